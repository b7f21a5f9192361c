//! The error tree: http.client's exception classes, the OS errors around them, and their data.

use super::memory::{One, one};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// What went wrong. The tree of [`Kind::parents`] is that of http.client's exceptions.
///
/// A word, so that an [`Error`] is two of them whatever it holds, and is returned in registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(usize)]
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

    /// Whether the call that failed so has lost nothing, and can be made again: it was not ready, or out of time.
    pub fn can_be_repeated(self) -> bool {
        self == Kind::WouldBlock || self.is(Kind::Timeout)
    }
}

/// A failure as it travels: two words, of which one tells what they are.
///
/// Most failures are one of a few that need no more than a kind and a fixed text ([`error!`]). What is
/// known beyond that is put away once, by whoever knows it, and travels as a pointer. Making an error
/// never aborts for lack of memory: what cannot be stored is left out, down to the kind alone.
pub struct Error(Repr);

enum Repr {
    Fixed(&'static Fixed),
    Detailed(One<Detail>),
    Bare(Kind),
}

/// A failure of which there is nothing more to say: see [`error!`].
pub struct Fixed {
    /// What went wrong.
    pub kind: Kind,
    /// For a person.
    pub message: &'static str,
}

/// An error with a fixed message, made when the library is built: `error!(Kind::Value, "the method is empty")`.
macro_rules! error {
    ($kind:expr, $message:expr) => {
        $crate::engine::error::Error::fixed(
            const { &$crate::engine::error::Fixed { kind: $kind, message: $message } },
        )
    };
}
pub(crate) use error;

/// What is known of a failure beside a fixed text.
struct Detail {
    kind: Kind,
    message: Text,
    line: Vec<u8>,
    os: i32,
    received: u64,
    expected: Option<u64>,
}

impl Error {
    /// One that was made when the library was built.
    pub const fn fixed(fixed: &'static Fixed) -> Error {
        Error(Repr::Fixed(fixed))
    }

    /// An error with a message that the caller chose at run time.
    #[cold]
    pub fn new(kind: Kind, message: &'static str) -> Error {
        Error::detailed(kind, Text::Fixed(message))
    }

    /// An error with a composed message: `Error::format(kind, format_args!(...))`.
    #[cold]
    pub fn format(kind: Kind, message: fmt::Arguments<'_>) -> Error {
        Error::detailed(kind, Text::compose(message))
    }

    fn detailed(kind: Kind, message: Text) -> Error {
        let detail = Detail { kind, message, line: Vec::new(), os: 0, received: 0, expected: None };
        one(detail).map_or(Error(Repr::Bare(kind)), |detail| Error(Repr::Detailed(detail)))
    }

    /// An error of the operating system.
    #[cold]
    pub fn os(kind: Kind, errno: i32, message: fmt::Arguments<'_>) -> Error {
        Error::format(kind, message).with(|detail| detail.os = errno)
    }

    /// The body ended early: `received` bytes came, `expected` more were announced.
    #[cold]
    pub fn incomplete(received: u64, expected: Option<u64>) -> Error {
        let error = match expected {
            Some(more) => Error::format(
                Kind::IncompleteRead,
                format_args!("IncompleteRead({received} bytes read, {more} more expected)"),
            ),
            None => Error::format(
                Kind::IncompleteRead,
                format_args!("IncompleteRead({received} bytes read)"),
            ),
        };
        error.with_counts(received, expected)
    }

    /// The same error with another detail.
    fn with(mut self, change: impl FnOnce(&mut Detail)) -> Error {
        if let Repr::Fixed(&Fixed { kind, message }) = self.0 {
            self = Error::detailed(kind, Text::Fixed(message));
        }
        if let Repr::Detailed(detail) = &mut self.0 {
            let [detail] = &mut **detail;
            change(detail);
        }
        self
    }

    /// The same error as another kind.
    #[cold]
    pub fn with_kind(self, kind: Kind) -> Error {
        self.with(|detail| detail.kind = kind)
    }

    /// The same error with more before and behind its message.
    #[cold]
    pub fn with_words(self, before: &str, behind: &str) -> Error {
        self.with(|detail| {
            let message = detail.message.as_str();
            detail.message = Text::compose(format_args!("{before}{message}{behind}"));
        })
    }

    /// The same error with the bytes at fault attached.
    #[cold]
    pub fn with_line(self, line: &[u8]) -> Error {
        self.with(|detail| {
            detail.line.clear();
            if detail.line.try_reserve_exact(line.len()).is_ok() {
                detail.line.extend_from_slice(line);
            }
        })
    }

    /// The same error with what came of a body, and what is missing.
    #[cold]
    pub fn with_counts(self, received: u64, expected: Option<u64>) -> Error {
        self.with(|detail| (detail.received, detail.expected) = (received, expected))
    }

    fn detail(&self) -> Option<&Detail> {
        match &self.0 {
            Repr::Detailed(detail) => Some(&detail[0]),
            Repr::Fixed(_) | Repr::Bare(_) => None,
        }
    }

    /// What went wrong.
    pub fn kind(&self) -> Kind {
        match &self.0 {
            Repr::Fixed(fixed) => fixed.kind,
            Repr::Detailed(detail) => detail[0].kind,
            Repr::Bare(kind) => *kind,
        }
    }

    /// For a person: one line, control characters escaped.
    pub fn message(&self) -> &str {
        match &self.0 {
            Repr::Fixed(fixed) => fixed.message,
            Repr::Detailed(detail) => detail[0].message.as_str(),
            Repr::Bare(_) => "",
        }
    }

    /// The bytes at fault, as received or given, where there are such bytes: the status line of
    /// `BadStatusLine`, the version of `UnknownProtocol`, the field of `BadHeader`, the start of the line of
    /// `LineTooLong`.
    pub fn line(&self) -> &[u8] {
        self.detail().map_or(&[], |detail| &detail.line)
    }

    /// `errno` of the system call that failed, or the code a custom transport gave; else 0.
    pub fn os_error(&self) -> i32 {
        self.detail().map_or(0, |detail| detail.os)
    }

    /// `IncompleteRead`: body bytes received.
    pub fn received(&self) -> u64 {
        self.detail().map_or(0, |detail| detail.received)
    }

    /// `IncompleteRead`: body bytes still missing, where the length was known.
    pub fn expected(&self) -> Option<u64> {
        self.detail()?.expected
    }

    /// A copy. What there is no memory for is left out.
    #[cold]
    pub fn copy(&self) -> Error {
        let detail = match &self.0 {
            Repr::Fixed(fixed) => return Error::fixed(fixed),
            Repr::Bare(kind) => return Error(Repr::Bare(*kind)),
            Repr::Detailed(detail) => &detail[0],
        };
        let message = match &detail.message {
            Text::Fixed(text) => Text::Fixed(text),
            Text::Composed(text) => Text::compose(format_args!("{text}")),
        };
        Error::detailed(detail.kind, message)
            .with(|copy| copy.os = detail.os)
            .with_counts(detail.received, detail.expected)
            .with_line(&detail.line)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.kind(), self.message())
    }
}

impl core::error::Error for Error {}

/// There was no memory for a buffer to grow.
impl From<alloc::collections::TryReserveError> for Error {
    fn from(_: alloc::collections::TryReserveError) -> Error {
        NO_MEMORY
    }
}

/// There is no memory for what was to be stored.
pub const NO_MEMORY: Error = error!(Kind::NoMemory, "out of memory");

/// A message: fixed, or composed within available memory.
enum Text {
    Fixed(&'static str),
    Composed(String),
}

impl Text {
    /// Composes a text, cut short where memory or [`Text::MAX`] ends it.
    fn compose(arguments: fmt::Arguments<'_>) -> Text {
        let mut bounded = Bounded(String::new());
        // The only failure is "no more room", and then what fits is the text.
        let _ = fmt::write(&mut bounded, arguments);
        Text::Composed(bounded.0)
    }

    /// The longest composed message, in bytes.
    const MAX: usize = 512;

    fn as_str(&self) -> &str {
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

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::size_of;

    #[test]
    fn a_failure_travels_in_two_words() {
        assert_eq!(size_of::<Result<(), Error>>(), 2 * size_of::<usize>());
        assert_eq!(size_of::<Result<usize, Error>>(), 2 * size_of::<usize>());
        assert_eq!(size_of::<Result<&mut u8, Error>>(), 2 * size_of::<usize>());
    }

    #[test]
    fn what_is_attached_to_a_fixed_error_and_copied_is_there() {
        let fixed = error!(Kind::Timeout, "timed out");
        let error = fixed.copy().with_counts(3, Some(4)).with_line(b"line").copy();
        assert_eq!((error.kind(), error.message()), (Kind::Timeout, "timed out"));
        assert_eq!((error.received(), error.expected(), error.line()), (3, Some(4), &b"line"[..]));
        let error = error.with_kind(Kind::Http).with_words("it ", "!");
        assert_eq!(
            (error.kind(), error.message(), error.line()),
            (Kind::Http, "it timed out!", &b"line"[..])
        );
        assert_eq!((fixed.received(), fixed.line()), (0, &b""[..]));
    }
}
