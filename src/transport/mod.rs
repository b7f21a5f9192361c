//! Where bytes go and come from. A transport never names HTTP; the engine never names a transport.

use crate::engine::error::{Error, Kind, error};
use alloc::boxed::Box;
use alloc::vec::Vec;
use bytes::buf::UninitSlice;

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

    /// Sends at most `count` bytes of an open file from its offset, which moves on, without reading them
    /// first, and returns how many. 0: it cannot be done like that; whoever reads the file learns
    /// whether it is at its end or cannot be read.
    fn send_file(&mut self, _file: OpenFile<'_>, _count: usize) -> Result<usize, Error> {
        Ok(0)
    }

    /// One non-blocking look before an idle connection is used again: true if there is neither
    /// anything to read (for TLS: beyond session tickets and the like) nor an end of stream nor an error.
    fn is_quiet(&mut self) -> bool;

    /// Time limits for all that follows. Called before each operation whose limits differ.
    fn set_limits(&mut self, limits: Limits);

    /// Sends what the transport has held back to let it travel with the next write (TLS: the end of the
    /// handshake).
    fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }

    /// Says goodbye in the stream's own way without waiting (TLS: close_notify), before a drop.
    fn finish(&mut self) {}

    /// The descriptor to wait on, if there is one.
    fn fileno(&self) -> Option<i32> {
        None
    }

    /// The text of one end's address, where it has one: `127.0.0.1:80`, `[::1]:80`, the path of a socket.
    ///
    /// # Errors
    /// `Kind::NoMemory`
    fn address(&self, _end: End) -> Result<Option<Vec<u8>>, Error> {
        Ok(None)
    }

    /// What to wait for after `WouldBlock`.
    fn interest(&self) -> Interest;

    /// Nobody will repeat the operation that would have blocked: there is nothing to wait for.
    fn stop_waiting(&mut self) {}

    /// Waits, within the limits, until one of `interest` is met or the clock reaches `until`; it need not
    /// say which. A timeout runs from `since`: when that began what this wait is a part of. Asked after an
    /// operation that would block although the limits now let it wait. A transport that cannot wait fails
    /// with `Kind::WouldBlock`, and has this interest from then on.
    fn wait(&mut self, _interest: Interest, _since: u64, _until: Option<u64>) -> Result<(), Error> {
        Err(error!(Kind::WouldBlock, "the transport is not ready"))
    }

    /// Lets `cancel` end whatever this transport does, now and later, with `Kind::Cancelled`.
    /// One token at a time; a transport that cannot be interrupted ignores it.
    ///
    /// # Errors
    /// `Kind::NoMemory`: it has the token that it had before.
    #[cfg(feature = "std")]
    fn set_cancel(&mut self, _cancel: &cancel::Cancel) -> Result<(), Error> {
        Ok(())
    }

    /// Whether the caller brought it, who knows how it is secured.
    fn is_the_callers(&self) -> bool {
        false
    }

    /// This transport as TLS, where it is that.
    #[cfg(feature = "tls")]
    fn as_tls(&self) -> Option<&tls::Tls> {
        None
    }
}

/// An end of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Theirs.
    Peer,
    /// Ours.
    Local,
}

/// An open file that is lent.
#[cfg(feature = "std")]
pub type OpenFile<'a> = std::os::fd::BorrowedFd<'a>;

/// An open file that is lent: without std there is none.
#[cfg(not(feature = "std"))]
pub type OpenFile<'a> = (core::convert::Infallible, core::marker::PhantomData<&'a ()>);

/// Makes connected transports: whoever can be asked for a new one. One that never fails with
/// `Kind::WouldBlock` need not do more than `dial`.
pub trait Dial: Send {
    /// Goes on connecting; `Kind::WouldBlock` as in [`Transport`]. Any other outcome ends the
    /// attempt, and the next call begins a new one.
    fn dial(&mut self, limits: Limits) -> Result<Box<dyn Transport>, Error>;

    /// Gives up an attempt under way.
    fn abandon(&mut self) {}

    /// After `WouldBlock`: the one descriptor to wait on, if there is one. It may be another after
    /// each call of `dial`.
    fn fileno(&self) -> Option<i32> {
        None
    }

    /// After `WouldBlock`: what to wait for on the descriptor.
    fn interest(&self) -> Interest {
        Interest::default()
    }

    /// After `WouldBlock`: nanoseconds of the clock at which `dial` must be called again even if
    /// nothing is ready.
    fn next_timeout(&self) -> Option<u64> {
        None
    }

    /// How long the latest attempt took, as far as it came.
    fn timings(&self) -> Timings {
        Timings::default()
    }

    /// Lets `cancel` end attempts, also one under way, and the transports they make, with
    /// `Kind::Cancelled`. After it [`Dial::fileno`] is known only when `dial` was called again.
    ///
    /// # Errors
    /// `Kind::NoMemory` and those of the system: an attempt under way is given up.
    #[cfg(feature = "std")]
    fn set_cancel(&mut self, _cancel: &cancel::Cancel) -> Result<(), Error> {
        Ok(())
    }
}

/// When the steps of connecting were done: nanoseconds of the clock, 0 for a step not reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    /// The attempt began.
    pub started: u64,
    /// The addresses were known.
    pub looked_up: u64,
    /// The stream was connected.
    pub connected: u64,
}

/// A receive buffer: what a small body fits in at one receive, with a head of the size that many servers send.
pub(crate) const SMALL: usize = if cfg!(feature = "std") { 4096 } else { 2048 };
/// The largest receive buffer that is kept for another exchange.
pub(crate) const LARGE: usize = 2 * SMALL;

/// What a transport waits for after `WouldBlock` (level-triggered).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// Readable.
    pub read: bool,
    /// Writable.
    pub write: bool,
}

impl Interest {
    /// Readable alone.
    pub const READ: Interest = Interest { read: true, write: false };
    /// Writable alone.
    pub const WRITE: Interest = Interest { read: false, write: true };
    /// Either.
    pub const BOTH: Interest = Interest { read: true, write: true };
}

mod timeout;
pub use self::timeout::{Deadline, Limits, Timeout, later};

#[cfg(feature = "std")]
pub mod cancel;
#[cfg(feature = "std")]
pub mod clock;
#[cfg(feature = "std")]
mod dial;
#[cfg(feature = "std")]
mod endpoint;
#[cfg(feature = "std")]
mod lookup;
#[cfg(feature = "std")]
mod os_error;
#[cfg(feature = "std")]
pub mod resolve;
#[cfg(feature = "std")]
pub mod stream;
#[cfg(feature = "std")]
#[allow(unsafe_code)]
mod sys;
#[cfg(feature = "std")]
pub mod tcp;
#[cfg(feature = "tls")]
pub mod tls;
#[cfg(feature = "std")]
pub mod unix;
#[cfg(feature = "std")]
mod wake;
