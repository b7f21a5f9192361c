//! A request that is under way, with the head of its response, and the memory that they need. A connection has
//! one from the first call for a request until its response is handed out, which takes it along, and none while it
//! is idle.

use crate::client::exchange::KEPT;
use crate::client::exchange::Retry;
use crate::client::response::Response;
use crate::client::sending::{RemainingBody, Sending};
use crate::engine::buffer::Buffer;
use crate::engine::error::Error;
use crate::engine::interim::ResponseReader;
use crate::engine::leniency::Leniency;
use crate::engine::request::{BodyCoding, BodySize, RequestHead};
use crate::memory::boxed;
#[cfg(feature = "std")]
use crate::pool::Pool;
use alloc::boxed::Box;
use core::ops::{Deref, DerefMut};

/// A request and the head of its response.
#[derive(Default)]
pub(super) struct Transaction {
    /// What the request's head has said so far.
    pub(super) head: RequestHead,
    /// What the request needed of the rules that are loosened.
    pub(super) leniency: Leniency,
    /// The request goes over TLS.
    pub(super) https: bool,
    /// Its response in the making.
    pub(super) response: Response,
    /// The lines of the head.
    pub(super) out: Buffer,
    /// A block of the body.
    pub(super) block: Buffer,
    pub(super) sending: Option<Sending>,
    pub(super) remaining_body: RemainingBody,
    /// When a wait for what the server may say or take ends.
    pub(super) patience: Option<u64>,
    /// Since when what is waited for has not moved: no byte was sent, and no go-ahead came.
    pub(super) stalled: Option<u64>,
    /// Bytes of a body that were sent since the last look at what has arrived.
    pub(super) unheard: u64,
    /// The request as it was sent, if it may be sent again.
    pub(super) retry: Option<Retry>,
    pub(super) incoming: Incoming,
}

impl Transaction {
    /// Nothing is under way any more; the memory stays, but for what only a large one needed.
    pub(super) fn clear(&mut self) {
        self.head = RequestHead::default();
        self.leniency = Leniency::STRICT;
        self.sending = None;
        self.remaining_body = RemainingBody::Nothing;
        self.patience = None;
        self.stalled = None;
        self.unheard = 0;
        self.retry = None;
        self.incoming.clear();
        self.block = Buffer::new();
        self.out.clear();
        self.out.release(KEPT);
        self.response.rest();
    }

    /// Adds a field to the head.
    pub(super) fn field(&mut self, name: &[u8], values: &[&[u8]]) -> Result<(), Error> {
        self.head.field(&mut self.out, name, values, &mut self.leniency)
    }

    /// Ends the head: see [`RequestHead::finish`].
    pub(super) fn finish_head(
        &mut self,
        body: BodySize,
        encode_chunked: bool,
    ) -> Result<BodyCoding, Error> {
        self.head.finish(&mut self.out, body, encode_chunked, &mut self.leniency)
    }

    /// The request is out: what it took is not needed any more, but for its URL.
    pub(super) fn drop_request(&mut self) {
        self.block = Buffer::new();
        if self.out.capacity() > KEPT && self.complete_url().is_ok() {
            self.out = Buffer::new();
        }
    }

    /// Composes the request's URL, whose Host says `authority` or would.
    pub(super) fn compose_url(&mut self, authority: &[u8]) -> Result<(), Error> {
        let Transaction { head, out, https, response, .. } = self;
        head.write_url(&mut response.url, out.data(), *https, authority)
    }

    /// The same where it was left for later, since all that it takes stands in the head.
    pub(super) fn complete_url(&mut self) -> Result<(), Error> {
        let Transaction { head, out, https, response, .. } = self;
        match head.automatic_host(out.data()) {
            Some(host) if response.url.is_empty() => {
                head.write_url(&mut response.url, out.data(), *https, host)
            }
            _ => Ok(()),
        }
    }
}

#[cfg(feature = "std")]
static SPARE: Pool<Box<Transaction>> = Pool::new();

/// A response, with the memory of its whole exchange.
pub struct Reply(pub(super) Box<Transaction>);

impl Reply {
    /// An empty one.
    ///
    /// # Errors
    /// `Kind::NoMemory`
    pub fn new() -> Result<Reply, Error> {
        #[cfg(feature = "std")]
        let spare = SPARE.take();
        #[cfg(not(feature = "std"))]
        let spare = None;
        match spare {
            Some(lent) => Ok(Reply(lent)),
            None => Ok(Reply(boxed(Transaction::default())?)),
        }
    }

    /// The URL that its request was about; a NUL stands behind it. `None` without a request.
    ///
    /// # Errors
    /// `Kind::NoMemory`
    pub fn url(&mut self) -> Result<Option<&[u8]>, Error> {
        self.0.complete_url()?;
        Ok(self.0.response.url())
    }

    /// Gives it up for the next exchange of any connection; without std it comes back, for one of the same.
    pub(super) fn give_up(mut self) -> Option<Reply> {
        self.0.clear();
        #[cfg(feature = "std")]
        SPARE.give(self.0);
        #[cfg(feature = "std")]
        return None;
        #[cfg(not(feature = "std"))]
        Some(self)
    }
}

impl Deref for Reply {
    type Target = Response;

    fn deref(&self) -> &Response {
        &self.0.response
    }
}

impl DerefMut for Reply {
    fn deref_mut(&mut self) -> &mut Response {
        &mut self.0.response
    }
}

/// The response head that is being received.
#[derive(Default)]
pub(super) struct Incoming {
    pub(super) reader: Option<ResponseReader>,
    /// What its request and it needed of the rules that are loosened.
    pub(super) leniency: Leniency,
    /// The head came while the request was still going out.
    pub(super) answer: Option<Answer>,
    /// The stream ended while the request was still going out.
    pub(super) ended: bool,
    /// Why no response can be had any more on this stream.
    pub(super) failure: Option<Error>,
}

impl Incoming {
    /// Nothing is received any more.
    #[inline]
    pub(super) fn clear(&mut self) {
        self.reader = None;
        self.leniency = Leniency::STRICT;
        self.answer = None;
        self.ended = false;
        self.failure = None;
    }
}

/// The answer that came while the request was still going out.
pub(super) struct Answer {
    /// What its head and those before it took, or why there is no good one.
    pub(super) head: Result<usize, Error>,
    /// Nothing more of the request is sent.
    pub(super) is_last_word: bool,
}
