//! Errors of the operating system: which kind each `errno` is, and how it reads.

use super::sys;
use crate::engine::error::{Error, Kind};
use core::fmt::{self, Write as _};
use std::io;

/// The kind that a caller branches on. Python's OSError subclasses, by the same numbers.
pub(super) fn kind(errno: i32) -> Kind {
    match errno {
        libc::ECONNREFUSED => Kind::ConnectionRefused,
        libc::ECONNRESET => Kind::ConnectionReset,
        libc::ECONNABORTED => Kind::ConnectionAborted,
        libc::EPIPE | libc::ESHUTDOWN => Kind::BrokenPipe,
        libc::EHOSTUNREACH | libc::ENETUNREACH | libc::EHOSTDOWN | libc::ENETDOWN => {
            Kind::Unreachable
        }
        libc::ETIMEDOUT => Kind::Timeout,
        libc::ENOMEM | libc::ENOBUFS => Kind::NoMemory,
        _ => Kind::Os,
    }
}

/// A failed system call as an error: "connection refused while connecting to 127.0.0.1:80 (errno 111)".
/// `doing` is the middle part.
pub(super) fn from_io(error: &io::Error, doing: &dyn fmt::Display) -> Error {
    match error.raw_os_error() {
        Some(errno) => {
            let text = Strerror(errno);
            Error::os(kind(errno), errno, format_args!("{text} while {doing} (errno {errno})"))
        }
        // Refused before any system call: a name that does not fit into an address, for one.
        None => Error::format(Kind::InvalidArgument, format_args!("{error} while {doing}")),
    }
}

/// A timeout or deadline that passed: "timed out while reading from 127.0.0.1:80".
pub(super) fn expired(kind: Kind, doing: &dyn fmt::Display) -> Error {
    match kind {
        Kind::Deadline => Error::format(kind, format_args!("deadline passed while {doing}")),
        Kind::ConnectTimeout => {
            Error::format(kind, format_args!("connect timeout passed while {doing}"))
        }
        _ => Error::format(kind, format_args!("timed out while {doing}")),
    }
}

/// The cancelled operation's error.
pub(super) fn cancelled(doing: &dyn fmt::Display) -> Error {
    Error::format(Kind::Cancelled, format_args!("cancelled while {doing}"))
}

/// What is being done while a connection to this is made.
pub(super) struct Connecting<'a>(pub(super) &'a dyn fmt::Display);

impl fmt::Display for Connecting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "connecting to {}", self.0)
    }
}

/// An error as std shows it, without taking memory for that.
#[cfg(feature = "tls")]
pub(super) struct Shown<'a>(pub(super) &'a io::Error);

#[cfg(feature = "tls")]
impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.raw_os_error() {
            Some(errno) => {
                let mut room = [0; 256];
                write!(f, "{} (os error {errno})", sys::strerror(errno, &mut room))
            }
            None => self.0.fmt(f),
        }
    }
}

/// The system's own text for `errno`, beginning in lower case as the middle of a sentence does.
pub(super) struct Strerror(pub(super) i32);

impl fmt::Display for Strerror {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut room = [0; 256];
        let text = sys::strerror(self.0, &mut room);
        let first = text.get(..1).unwrap_or_default();
        let rest = text.get(first.len()..).unwrap_or_default();
        first.chars().try_for_each(|first| f.write_char(first.to_ascii_lowercase()))?;
        f.write_str(rest)
    }
}
