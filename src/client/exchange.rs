//! A request that may have to go out again, and what happened on the way of an exchange.

use super::stream::Stream;
use crate::engine::buffer::Buffer;
use crate::engine::error::Error;

/// The most memory of a head, or of trailers, that is kept for the next exchange.
pub(super) const KEPT: usize = 4096;

/// What happened on the way to the current or last exchange.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    /// The request went out on a connection that had carried an exchange before.
    pub reused: bool,
    /// A kept connection was found closed or noisy, and replaced before anything was sent.
    pub replaced: bool,
    /// The request was sent again, on a new connection.
    pub retried: bool,
    /// The server answered before it had taken the whole body, and the rest was not sent.
    pub unsent: bool,
}

/// A request that went out whole, and may have to go out again.
pub(super) struct Retry {
    /// Head and body as they were sent; what is not sent again yet, once that has begun.
    wire: Buffer,
    begun: bool,
}

impl Retry {
    pub(super) fn new(wire: Buffer) -> Retry {
        Retry { wire, begun: false }
    }

    pub(super) fn has_begun(&self) -> bool {
        self.begun
    }

    pub(super) fn begin(&mut self) {
        self.begun = true;
    }

    /// Whether a new connection is still to take some of it.
    pub(super) fn is_under_way(&self) -> bool {
        self.begun && !self.wire.is_empty()
    }

    /// What is still to be sent again.
    pub(super) fn left(&self) -> &[u8] {
        self.wire.data()
    }

    /// Sends what is left.
    pub(super) fn drive(&mut self, stream: &mut Stream) -> Result<(), Error> {
        while !self.wire.is_empty() {
            let count = stream.send(&[self.wire.data()])?;
            self.wire.consume(count);
        }
        Ok(())
    }
}
