//! `http.client.HTTPResponse`: a head, and a body that is read from a stream.

mod lease;
mod read;

use self::lease::Lease;
pub use self::read::ReadMode;
use super::channel::Channel;
use super::exchange::KEPT;
use super::joined::Joined;
use super::stream::Stream;
use super::times::{Times, now};
use crate::engine::body::Decoder;
use crate::engine::buffer::Buffer;
use crate::engine::error::Error;
use crate::engine::fields::Fields;
use crate::engine::framing::{BodyFraming, Framing};
use crate::engine::head::Head;
use crate::engine::leniency::Leniency;
use crate::memory::push;
#[cfg(feature = "std")]
use crate::transport::cancel::Cancel;
use alloc::vec::Vec;

/// A response. A new one is empty and closed; [`Connection::getresponse`] fills it, and can fill it
/// again with its memory used again.
pub struct Response {
    pub(super) head: Head,
    pub(super) leniency: Leniency,
    /// What it is about; a NUL stands behind it. Empty without a request.
    pub(super) url: Buffer,
    pub(super) debug_level: i32,
    framing: Framing,
    decoder: Decoder,
    /// It answers HEAD: read1() and readline() of http.client find nothing there and leave it open.
    pub(super) answers_head: bool,
    trailers: Fields,
    lease: Lease,
    /// An error that came behind bytes which went out first, or that cannot be got over.
    failure: Option<Error>,
    /// Body bytes that were taken for a line which is not complete yet.
    pending: Buffer,
    joined: Joined,
    /// The head as received, NUL-terminated, once it was asked for.
    raw: Vec<u8>,
    body: Buffer,
    /// What its stream receives into, before and after.
    pub(super) memory: Vec<u8>,
    /// What `body` holds was given out whole: the next call begins anew.
    gathered: bool,
    /// When the steps of the exchange were done, if that was noted.
    times: Option<Times>,
}

const NO_BODY: Framing =
    Framing { body: BodyFraming::Length(0), will_close: false, switched: false };

impl Default for Response {
    fn default() -> Response {
        Response {
            head: Head::default(),
            leniency: Leniency::STRICT,
            url: Buffer::new(),
            debug_level: 0,
            framing: NO_BODY,
            decoder: Decoder::new(NO_BODY.body, 0),
            answers_head: false,
            trailers: Fields::default(),
            lease: Lease::Ended,
            failure: None,
            pending: Buffer::new(),
            joined: Joined::default(),
            raw: Vec::new(),
            body: Buffer::new(),
            memory: Vec::new(),
            gathered: false,
            times: None,
        }
    }
}

impl Response {
    /// Starts with a head just received, whose stream stays the connection's.
    pub(super) fn begin_sharing(&mut self, framing: Framing, decoder: Decoder, id: u64) {
        self.begin(framing, decoder, Lease::Shared(id));
    }

    /// Starts with a head just received, whose stream the connection has let go of.
    pub(super) fn begin_owning(&mut self, framing: Framing, decoder: Decoder, stream: Stream) {
        self.begin(framing, decoder, Lease::Own(stream));
    }

    fn begin(&mut self, framing: Framing, decoder: Decoder, lease: Lease) {
        (self.framing, self.decoder, self.lease) = (framing, decoder, lease);
        if self.decoder.is_done() {
            self.note_end();
        }
    }

    /// Makes it as new, but for its memory; what only a large response needed is given back.
    pub fn rest(&mut self) {
        self.lease = Lease::Ended;
        self.leniency = Leniency::STRICT;
        self.debug_level = 0;
        self.framing = NO_BODY;
        self.decoder = Decoder::new(NO_BODY.body, 0);
        self.answers_head = false;
        self.failure = None;
        self.gathered = false;
        self.times = None;
        self.head.clear();
        self.trailers.clear();
        self.give_back();
        if self.head.capacity() > KEPT {
            self.head = Head::default();
        }
        self.url.clear();
        self.url.release(KEPT);
        if self.trailers.capacity() > KEPT {
            self.trailers = Fields::default();
        }
    }

    /// Gives back the memory that most responses have no need of: one look tells whether there is any.
    fn give_back(&mut self) {
        let Response { body, pending, raw, joined, .. } = self;
        if body.capacity() | pending.capacity() | raw.capacity() | joined.capacity() != 0 {
            (*body, *pending) = (Buffer::new(), Buffer::new());
            (*raw, *joined) = (Vec::new(), Joined::default());
        }
    }

    /// Keeps when the steps of the exchange so far were done.
    pub(super) fn time(&mut self, times: Option<Times>) {
        self.times = times;
    }

    /// When the steps of the exchange were done, if that was noted.
    pub fn times(&self) -> Option<Times> {
        self.times
    }

    /// Notes the end of the body, if this is the first call that notices it.
    fn note_end(&mut self) {
        if let Some(times) = self.times.as_mut().filter(|times| times.ended == 0) {
            times.ended = now().unwrap_or_default();
        }
    }

    /// Whether its head was received.
    pub fn has_begun(&self) -> bool {
        self.head.status != 0
    }

    /// The URL that its request was about; a NUL stands behind it. `None` without a request.
    pub fn url(&self) -> Option<&[u8]> {
        self.url.data().split_last().map(|(_, url)| url)
    }

    /// The debuglevel that its connection had when it came.
    pub fn debug_level(&self) -> i32 {
        self.debug_level
    }

    /// The head.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The head as it was received, folded lines unfolded; a NUL stands behind it.
    pub fn raw_head(&mut self) -> Result<&[u8], Error> {
        if !self.has_begun() {
            return Ok(c"".to_bytes());
        }
        if self.raw.is_empty() {
            let mut raw = Vec::new();
            self.head.write_raw(&mut raw)?;
            push(&mut raw, 0)?;
            self.raw = raw;
        }
        Ok(&self.raw[..self.raw.len() - 1])
    }

    /// Which rules were loosened for this response, and which of them it and its request needed so far.
    pub fn leniency(&self) -> Leniency {
        self.leniency
    }

    /// Trailer fields, once the body was read to its end.
    pub fn trailers(&self) -> &Fields {
        &self.trailers
    }

    /// How the body is delimited, and whether the connection ends with it.
    pub fn framing(&self) -> Framing {
        self.framing
    }

    /// Body bytes still to be read, where that is known.
    pub fn remaining(&self) -> Option<u64> {
        let left = if self.decoder.is_done() { Some(0) } else { self.decoder.remaining() };
        left.map(|left| left + self.pending.len() as u64)
    }

    /// Whether it has let go of its stream: its end was noticed, or it or its connection was closed.
    pub fn is_closed(&self, channel: &Channel) -> bool {
        match self.lease {
            Lease::Ended => self.pending.is_empty(),
            Lease::Shared(id) => channel.has_closed(id),
            Lease::Own(_) => false,
        }
    }

    /// The stream that it reads from, its own or the connection's.
    pub fn stream<'a>(&'a self, channel: &'a Channel) -> Option<&'a Stream> {
        self.lease.stream(channel)
    }

    /// Lets `cancel` end what goes on on a stream of its own.
    #[cfg(feature = "std")]
    pub fn set_cancel(&mut self, cancel: &Cancel) -> Result<(), Error> {
        self.lease.set_cancel(cancel)
    }

    /// Takes the stream out, once it is not HTTP any more: after a 101 or a 2xx to CONNECT, and before
    /// the response is closed. What was received behind the head is still in it.
    pub fn detach(&mut self) -> Option<Stream> {
        if self.framing.switched { self.lease.detach() } else { None }
    }

    /// The stream was the connection's, which has ended: from now on it is the response's own.
    pub fn inherit(&mut self, stream: Stream) {
        self.lease.inherit(stream);
    }

    /// Whether it shares this stream with its connection.
    pub fn shares(&self, stream: &Stream) -> bool {
        self.lease.shares(stream)
    }

    /// Lets go of the stream. An unread rest is not waited for: the connection closes instead.
    pub fn close(&mut self, channel: &mut Channel) {
        self.let_go(channel);
        self.pending.clear();
        self.failure = None;
    }

    fn let_go(&mut self, channel: &mut Channel) {
        let complete = self.decoder.is_done() && self.failure.is_none();
        let complete = complete && !self.leniency.ends_the_connection();
        self.lease.end(channel, complete, &mut self.memory);
    }

    /// All values of the fields of that name, any case, joined by `, `; a NUL stands behind it.
    /// `None` if there is no such field.
    pub fn header(&mut self, name: &[u8]) -> Result<Option<&[u8]>, Error> {
        self.joined.get(&self.head.fields, name)
    }
}
