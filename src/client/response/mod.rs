//! `http.client.HTTPResponse`: a head, and a body that is read from a stream.

mod read;

pub use self::read::Effort;
use super::connection::Connection;
use super::stream::Stream;
use crate::engine::body::Decoder;
use crate::engine::buffer::Buffer;
use crate::engine::error::Error;
use crate::engine::fields::Fields;
use crate::engine::framing::{BodyFraming, Framing};
use crate::engine::head::Head;
use crate::engine::leniency::Leniency;
use alloc::vec::Vec;

/// A response. A new one is empty and closed; [`Connection::getresponse`] fills it, and can fill it
/// again with its memory used again.
pub struct Response {
    pub(super) head: Head,
    pub(super) leniency: Leniency,
    framing: Framing,
    decoder: Decoder,
    trailers: Fields,
    lease: Lease,
    /// An error that came behind bytes which went out first, or that cannot be got over.
    failure: Option<Error>,
    /// Body bytes that were taken for a line which is not complete yet.
    pending: Buffer,
    joined: Vec<Joined>,
    /// The head as received, NUL-terminated, once it was asked for.
    raw: Vec<u8>,
    body: Buffer,
    /// What `body` holds was given out whole: the next call begins anew.
    gathered: bool,
}

/// Where the body is read from.
enum Lease {
    /// The connection's stream of this id.
    Shared(u64),
    /// A stream of its own: the connection has let go of it.
    Own(Stream),
    /// Nothing: the response is closed.
    Ended,
}

/// The values of a repeated field, made into one on request.
struct Joined {
    /// Index of the first field of that name.
    first: usize,
    /// The values joined by `, `, and a NUL.
    text: Vec<u8>,
}

/// The largest head, and the largest trailers, whose memory is kept for the next response.
const KEPT: usize = 4096;

impl Default for Response {
    fn default() -> Response {
        Response {
            head: Head::default(),
            leniency: Leniency::STRICT,
            framing: Framing { body: BodyFraming::Length(0), will_close: false, switched: false },
            decoder: Decoder::new(BodyFraming::Length(0), 0),
            trailers: Fields::default(),
            lease: Lease::Ended,
            failure: None,
            pending: Buffer::new(),
            joined: Vec::new(),
            raw: Vec::new(),
            body: Buffer::new(),
            gathered: false,
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
        self.trailers.clear();
        self.failure = None;
        self.pending = Buffer::new();
        self.joined.clear();
        self.raw.clear();
        self.body = Buffer::new();
        self.gathered = false;
    }

    /// Between uses: gives memory back that only a large response needed.
    pub fn rest(&mut self) {
        self.body = Buffer::new();
        self.joined = Vec::new();
        self.pending = Buffer::new();
        self.raw = Vec::new();
        if self.head.capacity() > KEPT {
            self.head = Head::default();
        }
        if self.trailers.capacity() > KEPT {
            self.trailers = Fields::default();
        }
    }

    /// The head.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The head as it was received, folded lines unfolded; a NUL stands behind it.
    pub fn raw_head(&mut self) -> Result<&[u8], Error> {
        if self.raw.is_empty() {
            let mut raw = Vec::new();
            self.head.write_raw(&mut raw)?;
            raw.try_reserve(1)?;
            raw.push(0);
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
    pub fn is_closed(&self, connection: &Connection) -> bool {
        match self.lease {
            Lease::Ended => self.pending.is_empty(),
            Lease::Shared(id) => connection.has_closed(id),
            Lease::Own(_) => false,
        }
    }

    /// The stream that it reads from, its own or the connection's.
    pub fn stream<'a>(&'a self, connection: &'a Connection) -> Option<&'a Stream> {
        match &self.lease {
            Lease::Own(stream) => Some(stream),
            Lease::Shared(id) => connection.stream().filter(|stream| stream.id() == *id),
            Lease::Ended => None,
        }
    }

    /// Takes the stream out, once it is not HTTP any more: after a 101 or a 2xx to CONNECT, and before
    /// the response is closed. What was received behind the head is still in it.
    pub fn detach(&mut self) -> Option<Stream> {
        if !self.framing.switched {
            return None;
        }
        match core::mem::replace(&mut self.lease, Lease::Ended) {
            Lease::Own(stream) => Some(stream),
            other => {
                self.lease = other;
                None
            }
        }
    }

    /// The stream was the connection's, which has ended: from now on it is the response's own.
    pub fn inherit(&mut self, stream: Stream) {
        match self.lease {
            Lease::Shared(id) if id == stream.id() => self.lease = Lease::Own(stream),
            _ => stream.finish(),
        }
    }

    /// Whether it reads from the stream with this id of its connection.
    pub fn shares(&self, stream: &Stream) -> bool {
        matches!(self.lease, Lease::Shared(id) if id == stream.id())
    }

    /// Lets go of the stream. An unread rest is not waited for: the connection closes instead.
    pub fn close(&mut self, connection: &mut Connection) {
        self.let_go(connection);
        self.pending.clear();
        self.failure = None;
    }

    fn let_go(&mut self, connection: &mut Connection) {
        match core::mem::replace(&mut self.lease, Lease::Ended) {
            Lease::Shared(id) => {
                let complete = self.decoder.is_done() && self.failure.is_none();
                connection.release(id, complete && !self.leniency.ends_the_connection());
            }
            Lease::Own(stream) => stream.finish(),
            Lease::Ended => {}
        }
    }

    /// All values of the fields of that name, any case, joined by `, `; a NUL stands behind it.
    /// `None` if there is no such field.
    pub fn header(&mut self, name: &[u8]) -> Result<Option<&[u8]>, Error> {
        let fields = &self.head.fields;
        let mut same = fields.iter().enumerate().filter(|(_, f)| f.name.eq_ignore_ascii_case(name));
        let Some((first, field)) = same.next() else { return Ok(None) };
        if same.next().is_none() {
            return Ok(Some(field.value));
        }
        let known = self.joined.iter().position(|joined| joined.first == first);
        let index = match known {
            Some(index) => index,
            None => {
                let text = join(fields, name)?;
                self.joined.try_reserve(1)?;
                self.joined.push(Joined { first, text });
                self.joined.len() - 1
            }
        };
        let text = &self.joined[index].text;
        Ok(Some(&text[..text.len() - 1]))
    }
}

fn join(fields: &Fields, name: &[u8]) -> Result<Vec<u8>, Error> {
    let mut text = Vec::new();
    for (index, value) in fields.values(name).enumerate() {
        text.try_reserve(value.len() + 3)?;
        if index > 0 {
            text.extend_from_slice(b", ");
        }
        text.extend_from_slice(value);
    }
    text.push(0);
    Ok(text)
}
