//! Whose stream a response reads from: its connection's, or its own. A response that will be the last on its
//! stream takes that over at once; one that outlives its connection inherits it.

use crate::client::channel::Channel;
use crate::client::stream::Stream;
#[cfg(feature = "std")]
use crate::engine::error::Error;
#[cfg(feature = "std")]
use crate::transport::cancel::Cancel;
use alloc::vec::Vec;

/// Where the body is read from.
pub(super) enum Lease {
    /// The connection's stream of this id.
    Shared(u64),
    /// A stream of its own: the connection has let go of it.
    Own(Stream),
    /// Nothing: the response is closed.
    Ended,
}

impl Lease {
    /// The stream, its own or the connection's.
    pub(super) fn stream<'a>(&'a self, channel: &'a Channel) -> Option<&'a Stream> {
        match self {
            Lease::Own(stream) => Some(stream),
            Lease::Shared(id) => channel.stream().filter(|stream| stream.id() == *id),
            Lease::Ended => None,
        }
    }

    /// Lets `cancel` end what goes on on a stream of its own.
    #[cfg(feature = "std")]
    pub(super) fn set_cancel(&mut self, cancel: &Cancel) -> Result<(), Error> {
        match self {
            Lease::Own(stream) => stream.set_cancel(cancel),
            Lease::Shared(_) | Lease::Ended => Ok(()),
        }
    }

    /// Takes a stream of its own out.
    pub(super) fn detach(&mut self) -> Option<Stream> {
        match core::mem::replace(self, Lease::Ended) {
            Lease::Own(mut stream) => {
                // What held the timeout back was of the head.
                stream.moved();
                Some(stream)
            }
            other => {
                *self = other;
                None
            }
        }
    }

    /// The connection has ended: the stream that was shared with it is its own from now on.
    pub(super) fn inherit(&mut self, stream: Stream) {
        if self.shares(&stream) { *self = Lease::Own(stream) } else { stream.finish() }
    }

    /// Whether this is the stream that it shares.
    pub(super) fn shares(&self, stream: &Stream) -> bool {
        matches!(self, Lease::Shared(id) if *id == stream.id())
    }

    /// Ends it. A shared stream is kept for the next request only if nothing of this response is left on it
    /// (`complete`). The memory for what was received goes to `memory`.
    pub(super) fn end(&mut self, channel: &mut Channel, complete: bool, memory: &mut Vec<u8>) {
        match core::mem::replace(self, Lease::Ended) {
            Lease::Shared(id) => channel.release(id, complete, memory),
            Lease::Own(mut stream) => {
                stream.take_back(memory);
                stream.finish();
            }
            Lease::Ended => {}
        }
    }
}
