//! The error tree: http.client's exception classes, the OS errors around them, and their data.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// What went wrong. The tree of [`Kind::parents`] is that of http.client's exceptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // one documented name each in `capi::error`
pub enum Kind {
    /// A non-blocking operation cannot go on now; repeat the call later. Nothing was lost.
    WouldBlock,

    // How the library is used.
    InvalidArgument,
    InvalidHandle,
    Busy,
    Panic,
    NoMemory,
    Forked,
    Cancelled,
    Unsupported,
    TooLarge,
    /// Python's ValueError.
    Value,
    /// Python's UnicodeError, a ValueError.
    Encoding,
    /// Python's RuntimeError.
    State,

    // http.client's HTTPException and its subclasses.
    Http,
    NotConnected,
    InvalidUrl,
    UnknownProtocol,
    UnknownTransferEncoding,
    UnimplementedFileMode,
    IncompleteRead,
    ImproperConnectionState,
    CannotSendRequest,
    CannotSendHeader,
    ResponseNotReady,
    BadStatusLine,
    LineTooLong,
    RemoteDisconnected,
    // Where http.client raises HTTPException itself, or accepts what RFC 9112 forbids.
    TooManyHeaders,
    HeadTooLarge,
    TooManyInterim,
    BadHeader,
    BadFraming,
    UnexpectedSwitch,

    // Python's OSError and its subclasses.
    Os,
    Connection,
    ConnectionRefused,
    ConnectionReset,
    ConnectionAborted,
    BrokenPipe,
    Unreachable,
    Timeout,
    ConnectTimeout,
    Deadline,
    NameLookup,
    Tunnel,
    Transport,

    // TLS: Python's ssl.SSLError, an OSError, and its certificate errors.
    Tls,
    TlsCertificate,
    TlsNameMismatch,
    TlsExpired,
    TlsNotYetValid,
    TlsUnknownIssuer,
    TlsBadSignature,
    TlsRevoked,
    TlsWrongPurpose,
    TlsPinMismatch,
    TlsClientCertificate,
    TlsProtocolVersion,
    TlsNotTls,
    TlsTruncated,
    TlsConfig,
    TlsTimeout,
}

impl Kind {
    /// The classes this one derives from directly: none, one, or two.
    pub const fn parents(self) -> &'static [Kind] {
        use Kind::*;
        match self {
            Encoding => &[Value],
            NotConnected
            | InvalidUrl
            | UnknownProtocol
            | UnknownTransferEncoding
            | UnimplementedFileMode
            | IncompleteRead
            | ImproperConnectionState
            | BadStatusLine
            | LineTooLong
            | TooManyHeaders
            | HeadTooLarge
            | TooManyInterim
            | BadHeader
            | BadFraming
            | UnexpectedSwitch => &[Http],
            CannotSendRequest | CannotSendHeader | ResponseNotReady => &[ImproperConnectionState],
            RemoteDisconnected => &[BadStatusLine, ConnectionReset],
            Connection | Unreachable | Timeout | NameLookup | Tunnel | Transport | Tls => &[Os],
            ConnectionRefused | ConnectionReset | ConnectionAborted | BrokenPipe => &[Connection],
            ConnectTimeout | Deadline => &[Timeout],
            TlsTimeout => &[Timeout, Tls],
            TlsCertificate | TlsClientCertificate | TlsProtocolVersion | TlsNotTls
            | TlsTruncated | TlsConfig => &[Tls],
            TlsNameMismatch | TlsExpired | TlsNotYetValid | TlsUnknownIssuer | TlsBadSignature
            | TlsRevoked | TlsWrongPurpose | TlsPinMismatch => &[TlsCertificate],
            _ => &[],
        }
    }

    /// Python's `isinstance`: whether this is `base` or derives from it.
    pub fn is(self, base: Kind) -> bool {
        self == base || self.parents().iter().any(|p| p.is(base))
    }
}

/// A failure with all that is known of it.
///
/// Making one never aborts for lack of memory: a text that cannot be stored is left out.
#[derive(Debug)]
pub struct Error {
    /// What went wrong.
    pub kind: Kind,
    /// For a person: one line, control characters escaped.
    pub message: Text,
    /// The bytes at fault, as received or given, where there are such bytes: the status line of
    /// `BadStatusLine`, the version of `UnknownProtocol`, the field of `BadHeader`, the start of the line of
    /// `LineTooLong`.
    pub line: Vec<u8>,
    /// `errno` of the system call that failed, or the code a custom transport gave; else 0.
    pub os: i32,
    /// `IncompleteRead`: body bytes received.
    pub received: u64,
    /// `IncompleteRead`: body bytes still missing, where the length was known.
    pub expected: Option<u64>,
}

impl Error {
    /// An error with a fixed message.
    pub const fn new(kind: Kind, message: &'static str) -> Error {
        Error {
            kind,
            message: Text::Fixed(message),
            line: Vec::new(),
            os: 0,
            received: 0,
            expected: None,
        }
    }

    /// An error with a composed message: `Error::format(kind, format_args!(...))`.
    pub fn format(kind: Kind, message: fmt::Arguments<'_>) -> Error {
        let mut error = Error::new(kind, "");
        error.message = Text::compose(message);
        error
    }

    /// An error of the operating system.
    pub fn os(kind: Kind, errno: i32, message: fmt::Arguments<'_>) -> Error {
        let mut error = Error::format(kind, message);
        error.os = errno;
        error
    }

    /// The body ended early: `received` bytes came, `expected` more were announced.
    pub fn incomplete(received: u64, expected: Option<u64>) -> Error {
        let mut error = match expected {
            Some(more) => Error::format(
                Kind::IncompleteRead,
                format_args!("IncompleteRead({received} bytes read, {more} more expected)"),
            ),
            None => Error::format(
                Kind::IncompleteRead,
                format_args!("IncompleteRead({received} bytes read)"),
            ),
        };
        (error.received, error.expected) = (received, expected);
        error
    }

    /// The same error with the bytes at fault attached.
    pub fn with_line(mut self, line: &[u8]) -> Error {
        if self.line.try_reserve_exact(line.len()).is_ok() {
            self.line.extend_from_slice(line);
        }
        self
    }

    /// A copy. The text or line is left out where there is no memory for it.
    pub fn copy(&self) -> Error {
        let message = match &self.message {
            Text::Fixed(text) => Text::Fixed(text),
            Text::Composed(text) => Text::compose(format_args!("{text}")),
        };
        let bare = Error { message, line: Vec::new(), ..*self };
        bare.with_line(&self.line)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message.as_str())
    }
}

impl core::error::Error for Error {}

/// There was no memory for a buffer to grow.
impl From<alloc::collections::TryReserveError> for Error {
    fn from(_: alloc::collections::TryReserveError) -> Error {
        Error::new(Kind::NoMemory, "out of memory")
    }
}

/// A message: fixed, or composed within available memory.
#[derive(Debug)]
pub enum Text {
    /// Known at compile time.
    Fixed(&'static str),
    /// Made for this error.
    Composed(String),
}

impl Text {
    /// Composes a text, cut short where memory or [`Text::MAX`] ends it.
    pub fn compose(arguments: fmt::Arguments<'_>) -> Text {
        let mut bounded = Bounded(String::new());
        // The only failure is "no more room", and then what fits is the text.
        let _ = fmt::write(&mut bounded, arguments);
        Text::Composed(bounded.0)
    }

    /// The longest composed message, in bytes.
    pub const MAX: usize = 512;

    /// The text.
    pub fn as_str(&self) -> &str {
        match self {
            Text::Fixed(text) => text,
            Text::Composed(text) => text,
        }
    }
}

struct Bounded(String);

impl fmt::Write for Bounded {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        let mut room = (Text::MAX - self.0.len()).min(piece.len());
        while !piece.is_char_boundary(room) {
            room -= 1;
        }
        self.0.try_reserve(room).map_err(|_| fmt::Error)?;
        self.0.push_str(&piece[..room]);
        if room < piece.len() { Err(fmt::Error) } else { Ok(()) }
    }
}

/// Shows bytes from the wire or the caller inside a message: quoted, escaped, cut after 80 bytes,
/// so that no peer can write control sequences into a log.
pub struct Escaped<'a>(pub &'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = &self.0[..self.0.len().min(80)];
        let rest = if shown.len() < self.0.len() { "..." } else { "" };
        write!(f, "'{}{rest}'", shown.escape_ascii())
    }
}
