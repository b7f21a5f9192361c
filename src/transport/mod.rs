//! Where bytes go and come from. A transport never names HTTP; the engine never names a transport.

use crate::engine::error::Error;
use alloc::boxed::Box;
use bytes::buf::UninitSlice;
use core::time::Duration;

/// A connected, bidirectional byte stream.
///
/// Every method may fail with `Kind::WouldBlock` where the limits ask for non-blocking use: nothing
/// is lost then, and the same call is made again once [`Transport::interest`] is met. Dropping a
/// transport closes it at once.
pub trait Transport: Send {
    /// Receives at most `buf.len()` bytes (never 0-sized) and returns how many; 0 is the end of the
    /// stream. At least one byte ends a blocking wait.
    ///
    /// `want` is a hint: the peer still owes at least this many bytes, so a transport that can wait
    /// for them more cheaply in one go (`SO_RCVLOWAT`) may. It is never more than `buf.len()`, and 1
    /// where nothing is known.
    fn read(&mut self, buf: &mut UninitSlice, want: usize) -> Result<usize, Error>;

    /// Sends from the front of `parts`, in one operation where possible (at most 4 parts; empty ones
    /// are allowed, all empty is not), and returns how many bytes were taken, counted across parts.
    fn write(&mut self, parts: &[&[u8]]) -> Result<usize, Error>;

    /// One non-blocking look before an idle connection is used again: true if there is neither
    /// anything to read (for TLS: beyond session tickets and the like) nor an end of stream nor an error.
    fn is_quiet(&mut self) -> bool;

    /// Time limits for all that follows. Called before each operation whose limits differ.
    fn set_limits(&mut self, limits: Limits);

    /// Says goodbye in the stream's own way without waiting (TLS: close_notify), before a drop.
    fn finish(&mut self) {}

    /// The descriptor to wait on, if there is one.
    fn fileno(&self) -> Option<i32> {
        None
    }

    /// What to wait for after `WouldBlock`.
    fn interest(&self) -> Interest;

    /// This transport as TLS, where it is that.
    #[cfg(feature = "tls")]
    fn as_tls(&self) -> Option<&tls::Tls> {
        None
    }
}

/// Makes connected transports: whoever can be asked for a new one.
pub trait Dial: Send {
    /// Goes on connecting; `WouldBlock` as in [`Transport`]. After success it can be asked again,
    /// for another connection.
    fn dial(&mut self, limits: Limits) -> Result<Box<dyn Transport>, Error>;

    /// Gives up an attempt under way.
    fn abandon(&mut self);

    /// The descriptor to wait on after `WouldBlock`, if there is one.
    fn fileno(&self) -> Option<i32>;

    /// What to wait for after `WouldBlock`.
    fn interest(&self) -> Interest;

    /// The time of the monotonic clock, in nanoseconds, at which `dial` has work to do even if
    /// nothing became ready.
    fn next_timeout(&self) -> Option<u64>;
}

/// How long operations may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For each single operation, as Python's `socket.settimeout`.
    pub timeout: Timeout,
    /// For everything: nanoseconds of the monotonic clock (`transport::clock`), at which any
    /// operation under way ends with `Kind::Deadline`.
    pub deadline: Option<u64>,
}

/// Python's `socket.settimeout`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timeout {
    /// Block for ever.
    Never,
    /// Never block: `Kind::WouldBlock`.
    Nonblocking,
    /// At most so long (never zero), then `Kind::Timeout`.
    After(Duration),
}

impl Limits {
    /// Block for ever.
    pub const NONE: Limits = Limits { timeout: Timeout::Never, deadline: None };
}

/// What a transport waits for after `WouldBlock` (level-triggered).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// Readable.
    pub read: bool,
    /// Writable.
    pub write: bool,
}

#[cfg(feature = "tls")]
pub mod tls;
