//! The error tree: http.client's exception classes, the OS errors around them, and their data.

use crate::memory::{self, Composed, boxed};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::ffi::CStr;
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

    /// Whether a call that receives and failed so has lost nothing, and can be made again: it was not ready, or
    /// out of time or memory.
    pub fn can_be_repeated(self) -> bool {
        matches!(self, Kind::WouldBlock | Kind::NoMemory) || self.is(Kind::Timeout)
    }
}

/// The kind of a line that a peer sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// `HTTP/1.1 200 OK`.
    Status,
    /// A header field.
    Header,
    /// The size of a chunk.
    ChunkSize,
    /// A trailer field.
    Trailer,
}

impl LineKind {
    /// In http.client's words.
    pub(super) const fn name(self) -> &'static str {
        match self {
            LineKind::Status => "status line",
            LineKind::Header => "header line",
            LineKind::ChunkSize => "chunk size",
            LineKind::Trailer => "trailer line",
        }
    }
}

/// A failure as it travels: two words, of which one tells what they are.
///
/// Most failures are one of a few that need no more than a kind and a fixed text ([`error!`]). What is
/// known beyond that is put away once, by whoever knows it, and travels as a pointer. Making an error
/// never aborts for lack of memory: then the kind alone is told, and that there is no more.
pub struct Error(Repr);

enum Repr {
    Fixed(&'static Fixed),
    Detailed(Box<Detail>),
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
    /// The same will happen again.
    is_final: bool,
    /// What kind of line the bytes at fault are of.
    line_kind: Option<LineKind>,
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
        let detail = Detail {
            kind,
            message,
            line: Vec::new(),
            os: 0,
            received: 0,
            expected: None,
            is_final: false,
            line_kind: None,
        };
        boxed(detail).map_or(Error(Repr::Bare(kind)), |detail| Error(Repr::Detailed(detail)))
    }

    /// An error of the operating system.
    #[cold]
    pub fn os(kind: Kind, errno: i32, message: fmt::Arguments<'_>) -> Error {
        Error::format(kind, message).with(|detail| {
            detail.os = errno;
            Ok(())
        })
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

    /// The same error with another detail. Where there is no memory for that, the texts are given up: none
    /// is told in part.
    fn with(mut self, change: impl FnOnce(&mut Detail) -> Result<(), memory::NoMemory>) -> Error {
        if let Repr::Fixed(&Fixed { kind, message }) = self.0 {
            self = Error::detailed(kind, Text::Fixed(message));
        }
        let Repr::Detailed(detail) = &mut self.0 else { return self };
        if change(detail).is_err() {
            detail.message = Text::Fixed(NO_MESSAGE);
            detail.line.clear();
        }
        self
    }

    /// The same error as another kind.
    #[cold]
    pub fn with_kind(self, kind: Kind) -> Error {
        match self.0 {
            Repr::Bare(_) => Error(Repr::Bare(kind)),
            _ => self.with(|detail| {
                detail.kind = kind;
                Ok(())
            }),
        }
    }

    /// The same error with more before and behind its message.
    #[cold]
    pub fn with_words(self, before: &str, behind: &str) -> Error {
        self.with(|detail| {
            let message = detail.message.as_str();
            if message != NO_MESSAGE {
                detail.message = Text::compose(format_args!("{before}{message}{behind}"));
            }
            Ok(())
        })
    }

    /// The same error with the bytes at fault attached.
    #[cold]
    pub fn with_line(self, line: &[u8]) -> Error {
        self.with(|detail| {
            detail.line = memory::copy(line)?;
            Ok(())
        })
    }

    /// The same error, of which is known that it will come again.
    #[cold]
    pub fn as_final(self) -> Error {
        self.with(|detail| {
            detail.is_final = true;
            Ok(())
        })
    }

    /// The same error, of a line of this kind.
    #[cold]
    pub fn of_line(self, kind: LineKind) -> Error {
        self.with(|detail| {
            detail.line_kind = Some(kind);
            Ok(())
        })
    }

    /// The same error with what came of a body, and what is missing.
    #[cold]
    pub fn with_counts(self, received: u64, expected: Option<u64>) -> Error {
        self.with(|detail| {
            (detail.received, detail.expected) = (received, expected);
            Ok(())
        })
    }

    fn detail(&self) -> Option<&Detail> {
        match &self.0 {
            Repr::Detailed(detail) => Some(detail),
            Repr::Fixed(_) | Repr::Bare(_) => None,
        }
    }

    /// What went wrong.
    pub fn kind(&self) -> Kind {
        match &self.0 {
            Repr::Fixed(fixed) => fixed.kind,
            Repr::Detailed(detail) => detail.kind,
            Repr::Bare(kind) => *kind,
        }
    }

    /// For a person: one line, control characters escaped.
    pub fn message(&self) -> &str {
        match &self.0 {
            Repr::Fixed(fixed) => fixed.message,
            Repr::Detailed(detail) => detail.message.as_str(),
            Repr::Bare(_) => NO_MESSAGE,
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

    /// `LineTooLong`: the kind of that line.
    pub fn line_kind(&self) -> Option<LineKind> {
        self.detail()?.line_kind
    }

    /// Whether the same is known to happen again.
    pub fn is_final(&self) -> bool {
        self.detail().is_some_and(|detail| detail.is_final)
    }

    /// `IncompleteRead`: body bytes received.
    pub fn received(&self) -> u64 {
        self.detail().map_or(0, |detail| detail.received)
    }

    /// `IncompleteRead`: body bytes still missing, where the length was known.
    pub fn expected(&self) -> Option<u64> {
        self.detail()?.expected
    }

    /// A copy.
    #[cold]
    pub fn copy(&self) -> Error {
        let detail = match &self.0 {
            Repr::Fixed(fixed) => return Error::fixed(fixed),
            Repr::Bare(kind) => return Error(Repr::Bare(*kind)),
            Repr::Detailed(detail) => detail,
        };
        let message = match &detail.message {
            Text::Fixed(text) => Text::Fixed(text),
            Text::Composed(text) => {
                memory::text(text).map_or(Text::Fixed(NO_MESSAGE), Text::Composed)
            }
        };
        let copy = Error::detailed(detail.kind, message).with(|copy| {
            (copy.os, copy.is_final) = (detail.os, detail.is_final);
            copy.line_kind = detail.line_kind;
            Ok(())
        });
        copy.with_counts(detail.received, detail.expected).with_line(&detail.line)
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

/// There was no memory.
impl From<memory::NoMemory> for Error {
    fn from(_: memory::NoMemory) -> Error {
        NO_MEMORY
    }
}

/// There is no memory for what was to be stored.
pub const NO_MEMORY: Error = error!(Kind::NoMemory, "out of memory");

/// The message of a failure for whose message there is no memory.
pub const NO_MESSAGE: &str = match NO_MESSAGE_FOR_C.to_str() {
    Ok(text) => text,
    Err(_) => "",
};

/// The same, with its NUL.
pub const NO_MESSAGE_FOR_C: &CStr = c"there was no memory to tell more";

/// A message: fixed, or composed.
enum Text {
    Fixed(&'static str),
    Composed(String),
}

impl Text {
    /// Composes a text. One longer than [`Text::MAX`] is cut and ends with three dots.
    fn compose(arguments: fmt::Arguments<'_>) -> Text {
        let mut bounded = Bounded::default();
        match fmt::write(&mut bounded, arguments) {
            Err(_) if !bounded.cut => Text::Fixed(NO_MESSAGE),
            _ => Text::Composed(bounded.composed.text),
        }
    }

    /// The longest composed message, in bytes.
    const MAX: usize = 512;
    const CUT: &str = "...";

    fn as_str(&self) -> &str {
        match self {
            Text::Fixed(text) => text,
            Text::Composed(text) => text,
        }
    }
}

#[derive(Default)]
struct Bounded {
    composed: Composed,
    /// It is as long as it may be, and ends with three dots.
    cut: bool,
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        let room = Text::MAX - Text::CUT.len() - self.composed.text.len();
        if piece.len() <= room {
            return self.composed.write_str(piece);
        }
        self.composed.write_str(&piece[..floor_char_boundary(piece, room)])?;
        self.composed.write_str(Text::CUT)?;
        self.cut = true;
        Err(fmt::Error)
    }
}

/// The most of a text, in bytes, that is not more than `most` and ends with a character.
fn floor_char_boundary(text: &str, most: usize) -> usize {
    (0..=most).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0)
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
    fn a_long_message_is_cut_and_says_so() {
        let message = |len| {
            let error = Error::format(Kind::Http, format_args!("{}\u{e9}\u{e9}", "a".repeat(len)));
            alloc::string::String::from(error.message())
        };
        assert!(message(505).ends_with("\u{e9}\u{e9}"));
        for len in 506..520 {
            assert!(message(len).ends_with("..."), "{len}");
            assert!((510..=512).contains(&message(len).len()), "{len}");
        }
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
