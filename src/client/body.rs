//! Request bodies and how they go out.

use super::stream::Stream;
use super::trace::{Event, Trace};
use crate::engine::body::{ChunkHead, LAST_CHUNK};
use crate::engine::buffer::Buffer;
use crate::engine::error::{Error, Kind};
use crate::engine::request::{BodyCoding, BodySize};
use alloc::boxed::Box;

/// The body of a request. It is borrowed: where a call is repeated after `WouldBlock`, it is given
/// the same body again.
pub enum Body<'a> {
    /// There is none.
    None,
    /// The caller sends it after the head, by itself.
    Later,
    /// These bytes.
    Bytes(&'a [u8]),
    /// Blocks as they come.
    Source(&'a mut dyn Source),
}

/// Gives a body block by block.
pub trait Source {
    /// The length of the whole body, if it is known. Exactly so much must come.
    fn size(&self) -> Option<u64>;

    /// Bytes that one block should have.
    fn block_size(&self) -> usize;

    /// Fills the front of `block` and returns how much of it; 0 ends the body.
    fn read(&mut self, block: &mut [u8]) -> Result<usize, Error>;
}

impl Body<'_> {
    /// What is known of the size before anything is sent.
    pub fn size(&self) -> BodySize {
        match self {
            Body::None => BodySize::None,
            Body::Later => BodySize::Later,
            Body::Bytes(bytes) => BodySize::Known(bytes.len() as u64),
            Body::Source(source) => source.size().map_or(BodySize::Unknown, BodySize::Known),
        }
    }
}

/// A head and body on their way out: where the sending is, so that it can go on after `WouldBlock`.
#[derive(Debug)]
pub(super) struct Sending {
    /// The call that is to be repeated until all is out.
    pub(super) verb: Verb,
    coding: BodyCoding,
    stage: Stage,
    /// How much of the stage's bytes is out.
    sent: usize,
    /// Body bytes taken from the source.
    taken: u64,
    /// Bytes sent of all stages.
    pub(super) total: u64,
}

/// The calls that send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Request,
    EndHeaders,
    /// It does not begin a request but goes on with one.
    Send,
}

#[derive(Debug, PartialEq)]
enum Stage {
    /// The head, with the whole body if that is bytes.
    Head,
    /// A block of the source is to be read.
    Read,
    /// A block of the source is going out.
    Block,
    /// The end of a chunked source is going out.
    Last,
    Done,
}

impl Sending {
    pub(super) fn new(verb: Verb, coding: BodyCoding) -> Sending {
        Sending { verb, coding, stage: Stage::Head, sent: 0, taken: 0, total: 0 }
    }

    /// Whether it is the source's turn, so that a failure is the source's.
    pub(super) fn is_at_source(&self) -> bool {
        self.stage == Stage::Read
    }

    /// Goes on until all is out. `head` holds the head, `block` is room for the source's blocks.
    pub(super) fn drive(
        &mut self,
        stream: &mut Stream,
        head: &Buffer,
        block: &mut Buffer,
        body: &mut Body<'_>,
        trace: &mut Option<Box<dyn Trace>>,
    ) -> Result<(), Error> {
        loop {
            self.stage = match self.stage {
                Stage::Head => {
                    self.send_head(stream, head.data(), body, trace)?;
                    if matches!(body, Body::Source(_)) { Stage::Read } else { Stage::Done }
                }
                Stage::Read => match body {
                    Body::Source(source) => self.read_block(block, *source)?,
                    _ => Stage::Done,
                },
                Stage::Block => {
                    self.send_block(stream, block.data(), trace)?;
                    block.clear();
                    Stage::Read
                }
                Stage::Last => {
                    self.send(stream, &[LAST_CHUNK], trace)?;
                    Stage::Done
                }
                Stage::Done => return Ok(()),
            };
            self.sent = 0;
        }
    }

    /// The head goes out with a body of bytes in one operation, chunk framing included.
    fn send_head(
        &mut self,
        stream: &mut Stream,
        head: &[u8],
        body: &Body<'_>,
        trace: &mut Option<Box<dyn Trace>>,
    ) -> Result<(), Error> {
        let bytes = if let Body::Bytes(bytes) = body { *bytes } else { b"" };
        match (self.coding, body) {
            (BodyCoding::Chunked, Body::Bytes([]) | Body::None) => {
                self.send(stream, &[head, LAST_CHUNK], trace)
            }
            (BodyCoding::Chunked, Body::Bytes(_)) => {
                let size = ChunkHead::new(bytes.len());
                self.send(stream, &[head, size.as_bytes(), bytes, b"\r\n0\r\n\r\n"], trace)
            }
            _ => self.send(stream, &[head, bytes], trace),
        }
    }

    fn read_block(&mut self, block: &mut Buffer, source: &mut dyn Source) -> Result<Stage, Error> {
        let size = source.block_size().max(1);
        let count = source.read(&mut block.space(size)?[..size])?;
        block.filled(count);
        self.taken += count as u64;
        let announced = match self.coding {
            BodyCoding::Raw(announced) => announced,
            _ => None,
        };
        match announced {
            Some(length) if self.taken > length || (count == 0 && self.taken < length) => {
                let taken = self.taken;
                Err(Error::format(
                    Kind::Value,
                    format_args!(
                        "the body source gave {taken} bytes where {length} were announced"
                    ),
                ))
            }
            _ if count > 0 => Ok(Stage::Block),
            _ if self.coding == BodyCoding::Chunked => Ok(Stage::Last),
            _ => Ok(Stage::Done),
        }
    }

    fn send_block(
        &mut self,
        stream: &mut Stream,
        block: &[u8],
        trace: &mut Option<Box<dyn Trace>>,
    ) -> Result<(), Error> {
        if self.coding == BodyCoding::Chunked {
            let size = ChunkHead::new(block.len());
            self.send(stream, &[size.as_bytes(), block, b"\r\n"], trace)
        } else {
            self.send(stream, &[block], trace)
        }
    }

    /// Sends what is left of `parts`.
    fn send(
        &mut self,
        stream: &mut Stream,
        parts: &[&[u8]],
        trace: &mut Option<Box<dyn Trace>>,
    ) -> Result<(), Error> {
        let all: usize = parts.iter().map(|part| part.len()).sum();
        while self.sent < all {
            let rest = after(parts, self.sent);
            let count = stream.send(&rest[..parts.len()])?;
            if let Some(trace) = trace {
                show_sent(trace.as_mut(), &rest[..parts.len()], count);
            }
            self.sent += count;
            self.total += count as u64;
        }
        Ok(())
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

fn show_sent(trace: &mut dyn Trace, parts: &[&[u8]], mut count: usize) {
    for part in parts {
        let shown = count.min(part.len());
        if shown > 0 {
            trace.event(Event::Send, &part[..shown]);
        }
        count -= shown;
    }
}
