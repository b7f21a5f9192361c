//! How a request goes out: its head and its body, step by step, and what of it is still owed.

use super::body::{Body, Source};
use super::stream::Stream;
use super::trace::{Event, Tracer};
use crate::engine::body::{ChunkHead, LAST_CHUNK};
use crate::engine::buffer::Buffer;
use crate::engine::error::{Error, Kind, error};
use crate::engine::request::BodyCoding;

/// What of a request's body the caller still has to send by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum RemainingBody {
    /// Nothing: the request is complete.
    #[default]
    Nothing,
    /// So many bytes.
    Bytes(u64),
    /// Chunks that it makes itself: where they end is not known here.
    Chunks {
        /// Some were sent.
        begun: bool,
    },
    /// Sending failed: the request can never be completed.
    BrokenOff,
}

impl RemainingBody {
    /// What is owed once `count` more bytes were sent; `None` if they are more than that.
    pub(super) fn after(self, count: u64) -> Option<RemainingBody> {
        match self {
            RemainingBody::Nothing => (count == 0).then_some(RemainingBody::Nothing),
            RemainingBody::Bytes(left) => match left.checked_sub(count)? {
                0 => Some(RemainingBody::Nothing),
                left => Some(RemainingBody::Bytes(left)),
            },
            RemainingBody::Chunks { begun } => {
                Some(RemainingBody::Chunks { begun: begun || count > 0 })
            }
            RemainingBody::BrokenOff => Some(RemainingBody::BrokenOff),
        }
    }

    /// Whether the request is certainly not complete.
    pub(super) fn is_something(self) -> bool {
        !matches!(self, RemainingBody::Nothing | RemainingBody::Chunks { begun: true })
    }
}

/// How many bytes a body that comes in parts may have.
#[derive(Clone, Copy, Debug)]
struct ExpectedLength {
    least: u64,
    most: u64,
}

impl ExpectedLength {
    /// Exactly what the head announces.
    fn of(coding: BodyCoding) -> ExpectedLength {
        match coding {
            BodyCoding::Raw(Some(length)) => ExpectedLength { least: length, most: length },
            _ => ExpectedLength { least: 0, most: u64::MAX },
        }
    }

    /// At most what is owed; more calls may bring the rest.
    fn of_piece(remaining_body: RemainingBody) -> ExpectedLength {
        let most = match remaining_body {
            RemainingBody::Nothing => 0,
            RemainingBody::Bytes(left) => left,
            RemainingBody::Chunks { .. } | RemainingBody::BrokenOff => u64::MAX,
        };
        ExpectedLength { least: 0, most }
    }

    fn check(self, taken: u64, ended: bool) -> Result<(), Error> {
        let announced = match self {
            ExpectedLength { most, .. } if taken > most => most,
            ExpectedLength { least, .. } if ended && taken < least => least,
            _ => return Ok(()),
        };
        Err(Error::format(
            Kind::Value,
            format_args!("the body source gave {taken} bytes where {announced} were announced"),
        ))
    }
}

/// A head and body on their way out: where the sending is, so that it can go on after `WouldBlock`.
#[derive(Debug)]
pub(super) struct Sending {
    coding: BodyCoding,
    expected: ExpectedLength,
    /// The body waits for the server's go-ahead.
    expects: bool,
    /// That came while the head was going out.
    gone_ahead: bool,
    stage: Stage,
    /// The stage's bytes were shown to who watches.
    shown: bool,
    /// How much of the stage's bytes is out.
    sent: usize,
    /// Body bytes taken from the source.
    taken: u64,
    /// The source is a file, but has to be read.
    indirect: bool,
    /// Bytes sent of all stages.
    pub(super) total: u64,
    /// The call that is to be repeated after `WouldBlock`.
    pub(super) verb: Verb,
    /// What body that call has: a repetition has the same.
    body: Option<Shape>,
}

/// What of a body must not change while it goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    None,
    Bytes(usize),
    Source,
    Pieces,
}

/// The calls that send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Verb {
    #[default]
    Request,
    EndHeaders,
    Send,
}

#[derive(Debug, Default, PartialEq)]
enum Stage {
    /// The head, with the whole body if that is bytes and need not wait.
    #[default]
    Head,
    /// The head is out, and the server's go-ahead is awaited.
    Await,
    /// The server's go-ahead is there; now the whole body, if that is bytes.
    Bytes,
    /// What goes before is out, and the body comes from a source.
    Source,
    /// The next block or piece is to be had from the source.
    Read,
    /// A block or piece is going out.
    Block,
    /// A block is going out straight from the source's file.
    Direct,
    /// The end of a chunked source is going out.
    Last,
    Done,
}

impl Stage {
    /// What comes once the head is out, with the body if that is bytes.
    fn behind_head(body: &Body<'_>) -> Stage {
        if body.comes_in_parts() { Stage::Source } else { Stage::Done }
    }
}

impl Sending {
    /// A head, and a body that goes out as `coding` says.
    pub(super) fn new(verb: Verb, coding: BodyCoding) -> Sending {
        Sending {
            coding,
            expected: ExpectedLength::of(coding),
            expects: false,
            gone_ahead: false,
            stage: Stage::default(),
            shown: false,
            sent: 0,
            taken: 0,
            indirect: false,
            total: 0,
            verb,
            body: None,
        }
    }

    /// Some of a body that the caller sends by itself: as it is, and not more than is owed.
    pub(super) fn of_piece(remaining_body: Option<RemainingBody>) -> Sending {
        let sending = Sending::new(Verb::Send, BodyCoding::Raw(None));
        Sending {
            expected: remaining_body.map_or(sending.expected, ExpectedLength::of_piece),
            ..sending
        }
    }

    /// Has the body wait for the server's go-ahead.
    pub(super) fn expecting(self, expects: bool) -> Sending {
        Sending { expects, ..self }
    }

    /// Whether the head is out and the server's go-ahead is awaited: see [`Sending::go_ahead`].
    pub(super) fn is_awaiting(&self) -> bool {
        self.stage == Stage::Await
    }

    /// The body need not wait, or not any longer.
    pub(super) fn go_ahead(&mut self) {
        if self.is_awaiting() {
            self.stage = Stage::Bytes;
        } else {
            self.gone_ahead = true;
        }
    }

    /// What follows a head that is out by itself.
    fn behind_lone_head(&self) -> Stage {
        if self.gone_ahead { Stage::Bytes } else { Stage::Await }
    }

    /// Whether nothing of a request is out yet. What send() sends is the rest of one.
    pub(super) fn has_yet_to_begin(&self) -> bool {
        self.total == 0 && self.verb != Verb::Send
    }

    /// Whether there is more to send than a head.
    pub(super) fn has_body(&self) -> bool {
        self.verb == Verb::Send || !matches!(self.body, None | Some(Shape::None))
    }

    /// Refuses a repetition with another body, which would be mixed with the one that is on its way.
    pub(super) fn check_body(&mut self, body: &Body<'_>) -> Result<(), Error> {
        const ANOTHER: Error =
            error!(Kind::InvalidArgument, "the call is repeated with another body");
        let shape = match body {
            Body::None | Body::Later => Shape::None,
            Body::Bytes(bytes) => Shape::Bytes(bytes.len()),
            Body::Source(_) => Shape::Source,
            Body::Pieces(_) => Shape::Pieces,
        };
        if *self.body.get_or_insert(shape) == shape { Ok(()) } else { Err(ANOTHER) }
    }

    /// What the caller owes once this is out.
    pub(super) fn leaves(&self, body: &Body<'_>) -> RemainingBody {
        match (self.coding, body) {
            (BodyCoding::Raw(Some(length)), Body::None | Body::Later) if length > 0 => {
                RemainingBody::Bytes(length)
            }
            (BodyCoding::Raw(None), Body::None | Body::Later) => {
                RemainingBody::Chunks { begun: false }
            }
            _ => RemainingBody::Nothing,
        }
    }

    /// Begins again, for another stream.
    pub(super) fn restart(&mut self) {
        *self = Sending::new(self.verb, self.coding).expecting(self.expects);
    }

    /// A copy of all that went out of a head with a body of bytes, or with none.
    pub(super) fn copy(&self, head: &[u8], body: &Body<'_>) -> Result<Buffer, Error> {
        with_body(self.coding, head, body, |parts| {
            let mut copy = Buffer::new();
            parts.iter().try_for_each(|part| copy.push(part))?;
            Ok(copy)
        })
    }

    /// Whether it is the turn of the body's source, so that a failure is the source's.
    pub(super) fn is_at_source(&self) -> bool {
        self.stage == Stage::Read
    }

    /// Goes on by one step, which is at most one operation on the stream, and tells whether all is out.
    /// `head` holds the head, `block` is room for the source's blocks.
    pub(super) fn step(
        &mut self,
        stream: &mut Stream,
        head: &[u8],
        block: &mut Buffer,
        body: &mut Body<'_>,
        trace: &mut Tracer,
    ) -> Result<bool, Error> {
        if !self.shown && trace.is_watched() {
            self.shown = true;
            self.show(head, block, body, trace);
        }
        let (sent, next) = match self.stage {
            Stage::Head if self.expects => (self.send(stream, &[head])?, self.behind_lone_head()),
            Stage::Head => (self.send_head(stream, head, body)?, Stage::behind_head(body)),
            Stage::Await => (true, Stage::Await),
            Stage::Bytes => (self.send_head(stream, b"", body)?, Stage::behind_head(body)),
            Stage::Source => (true, Stage::Read),
            Stage::Read if self.is_direct(body, trace) => (true, Stage::Direct),
            Stage::Direct => {
                self.send_direct(stream, body)?;
                (true, Stage::Read)
            }
            Stage::Read => (true, self.take_part(block, body, trace)?),
            Stage::Block => (self.send_part(stream, part(block, body))?, Stage::Read),
            Stage::Last => (self.send(stream, &[LAST_CHUNK])?, Stage::Done),
            Stage::Done => (true, Stage::Done),
        };
        if sent {
            if self.stage == Stage::Block {
                block.clear();
            }
            (self.stage, self.shown, self.sent) = (next, false, 0);
        }
        Ok(self.stage == Stage::Done)
    }

    /// Shows what goes out in this stage: in the blocks that http.client would send, though several of them
    /// may go out in one operation.
    fn show(&self, head: &[u8], block: &Buffer, body: &Body<'_>, trace: &mut Tracer) {
        match self.stage {
            Stage::Head => {
                if self.verb != Verb::Send {
                    trace.show(Event::Send, &[head]);
                }
                if !self.expects {
                    self.show_bytes(body, trace);
                }
            }
            Stage::Bytes => self.show_bytes(body, trace),
            Stage::Source => self.show_source(body, trace),
            Stage::Block => {
                let event = if self.verb == Verb::Send { Event::Piece } else { Event::Send };
                self.show_part(event, part(block, body), trace);
            }
            Stage::Last => trace.show(Event::Send, &[LAST_CHUNK]),
            Stage::Await | Stage::Read | Stage::Direct | Stage::Done => {}
        }
    }

    fn show_bytes(&self, body: &Body<'_>, trace: &mut Tracer) {
        match body {
            Body::Source(_) | Body::Pieces(_) => return,
            Body::Bytes([]) if self.verb != Verb::Send => trace.show(Event::Body, EMPTY_PIECE),
            Body::Bytes(bytes) => self.show_part(Event::Send, bytes, trace),
            Body::None | Body::Later => {}
        }
        if self.coding == BodyCoding::Chunked {
            trace.show(Event::Send, &[LAST_CHUNK]);
        }
    }

    fn show_source(&self, body: &Body<'_>, trace: &mut Tracer) {
        let sends = self.verb == Verb::Send;
        if sends {
            trace.show(Event::Body, &[b"send: ", body.notation().as_bytes()]);
        }
        if matches!(body, Body::Source(_)) {
            let verb: &[u8] = if sends { b"sending" } else { b"reading" };
            trace.show(Event::Body, &[verb, b" a readable"]);
        }
    }

    fn show_part(&self, event: Event, part: &[u8], trace: &mut Tracer) {
        if self.coding == BodyCoding::Chunked {
            let size = ChunkHead::new(part.len());
            trace.show(event, &[size.as_bytes(), part, b"\r\n"]);
        } else {
            trace.show(event, &[part]);
        }
    }

    /// The head goes out with a body of bytes in one operation, chunk framing included.
    fn send_head(
        &mut self,
        stream: &mut Stream,
        head: &[u8],
        body: &Body<'_>,
    ) -> Result<bool, Error> {
        with_body(self.coding, head, body, |parts| self.send(stream, parts))
    }

    /// Has the source give its next block or piece.
    fn take_part(
        &mut self,
        block: &mut Buffer,
        body: &mut Body<'_>,
        trace: &mut Tracer,
    ) -> Result<Stage, Error> {
        let part = match body {
            Body::Source(source) => fill(block, *source)?,
            Body::Pieces(pieces) => pieces.advance()?.then(|| pieces.piece().len()),
            _ => None,
        };
        self.taken = self.taken.saturating_add(part.unwrap_or(0) as u64);
        self.expected.check(self.taken, part.is_none())?;
        Ok(match part {
            // A chunk of no bytes would end the body.
            Some(0) => {
                if self.verb != Verb::Send {
                    trace.show(Event::Body, EMPTY_PIECE);
                }
                Stage::Read
            }
            Some(_) => Stage::Block,
            None if self.coding == BodyCoding::Chunked => Stage::Last,
            None => Stage::Done,
        })
    }

    /// Whether the next block goes out without being read: from a large file, as it is, and unseen.
    fn is_direct(&self, body: &Body<'_>, trace: &Tracer) -> bool {
        let Body::Source(source) = body else { return false };
        let large = source.file().is_some() && source.size() >= Some(DIRECT_FROM);
        let raw = matches!(self.coding, BodyCoding::Raw(_));
        large && raw && self.taken < self.expected.most && !self.indirect && !trace.is_watched()
    }

    fn send_direct(&mut self, stream: &mut Stream, body: &Body<'_>) -> Result<(), Error> {
        let Body::Source(source) = body else { return Ok(()) };
        let Some(file) = source.file() else { return Ok(()) };
        // Never more than announced, though the file may have grown.
        let left = self.expected.most - self.taken;
        let count = stream.send_file(file, left.min(DIRECT) as usize)?;
        self.indirect = count == 0;
        self.taken += count as u64;
        self.total += count as u64;
        Ok(())
    }

    fn send_part(&mut self, stream: &mut Stream, part: &[u8]) -> Result<bool, Error> {
        if self.coding == BodyCoding::Chunked {
            let size = ChunkHead::new(part.len());
            self.send(stream, &[size.as_bytes(), part, b"\r\n"])
        } else {
            self.send(stream, &[part])
        }
    }

    /// Sends of what is left of `parts` as much as the stream takes at once; true: that was all.
    fn send(&mut self, stream: &mut Stream, parts: &[&[u8]]) -> Result<bool, Error> {
        let all: usize = parts.iter().map(|part| part.len()).sum();
        if self.sent < all {
            let rest = after(parts, self.sent);
            let count = stream.send(&rest[..parts.len()])?;
            self.sent += count;
            self.total += count as u64;
        }
        Ok(self.sent >= all)
    }
}

/// What http.client says of a piece that has no bytes.
const EMPTY_PIECE: &[&[u8]] = &[b"Zero length chunk ignored"];

/// A file with so much to come is sent without being read (`sendfile`). Measured to a peer that
/// throws away what comes: half the CPU time for 1 GiB, a quarter less for 64 MiB, none for 4 MiB.
const DIRECT_FROM: u64 = 16 << 20;

/// Bytes that are sent so in one operation, at most.
const DIRECT: u64 = 512 << 10;

/// Reads a block into `block` and gives its length; `None` at the end.
fn fill(block: &mut Buffer, source: &mut dyn Source) -> Result<Option<usize>, Error> {
    let size = source.block_size().max(1);
    let count = source.read(&mut block.space(size)?[..size])?;
    block.filled(count);
    Ok((count > 0).then_some(count))
}

/// The block or piece that was taken last.
fn part<'a>(block: &'a Buffer, body: &'a Body<'_>) -> &'a [u8] {
    match body {
        Body::Pieces(pieces) => pieces.piece(),
        _ => block.data(),
    }
}

/// Gives a head and a body of bytes to `send` as they go out, chunk framing included.
fn with_body<R>(
    coding: BodyCoding,
    head: &[u8],
    body: &Body<'_>,
    send: impl FnOnce(&[&[u8]]) -> R,
) -> R {
    let bytes = if let Body::Bytes(bytes) = body { *bytes } else { b"" };
    match (coding, body) {
        (BodyCoding::Chunked, Body::Bytes([]) | Body::None) => send(&[head, LAST_CHUNK]),
        (BodyCoding::Chunked, Body::Bytes(_)) => {
            let size = ChunkHead::new(bytes.len());
            send(&[head, size.as_bytes(), bytes, b"\r\n0\r\n\r\n"])
        }
        _ => send(&[head, bytes]),
    }
}

/// The parts without their first `count` bytes.
fn after<'a>(parts: &[&'a [u8]], mut count: usize) -> [&'a [u8]; 4] {
    let mut rest: [&[u8]; 4] = [b""; 4];
    for (rest, part) in rest.iter_mut().zip(parts) {
        let skipped = count.min(part.len());
        *rest = &part[skipped..];
        count -= skipped;
    }
    rest
}
