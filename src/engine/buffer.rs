//! Growable bytes that are filled at the back and consumed at the front, and the resumable search
//! for the end of a line or of a header block in them.

pub use super::error::LineKind;
use super::error::{Error, Kind, NO_MEMORY};
use crate::memory::{append, lengthen};
use alloc::vec::Vec;
use core::ops::ControlFlow;

/// The least memory that is asked for: what is put together of many small pieces seldom needs more.
const LEAST: usize = 128;

/// What is taken ahead of need where memory is spared: a head that is long need not cost twice its length.
const FEW: usize = 16 << 10;

/// A first-in, first-out byte store, used again and again without giving its memory back.
///
/// Its memory is initialised once, when it grows; growth doubles, unless it is to be spared, and is fallible.
#[derive(Debug, Default)]
pub struct Buffer {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Buffer {
    /// An empty buffer without memory.
    pub const fn new() -> Buffer {
        Buffer { bytes: Vec::new(), start: 0, end: 0 }
    }

    /// An empty buffer with memory that was used before.
    pub const fn with_memory(bytes: Vec<u8>) -> Buffer {
        Buffer { bytes, start: 0, end: 0 }
    }

    /// An empty buffer with memory for so many bytes, for what does not grow.
    pub fn with_room(size: usize) -> Result<Buffer, Error> {
        let mut bytes = Vec::new();
        lengthen(&mut bytes, size)?;
        Ok(Buffer::with_memory(bytes))
    }

    /// Takes the memory, unless something is stored.
    pub fn take_memory(&mut self) -> Vec<u8> {
        if self.is_empty() { core::mem::take(self).bytes } else { Vec::new() }
    }

    /// What is stored.
    pub fn data(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// How many bytes are stored.
    pub fn len(&self) -> usize {
        self.end - self.start
    }

    /// Whether nothing is stored.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// How much memory is held.
    pub fn capacity(&self) -> usize {
        self.bytes.len()
    }

    /// Drops the first `count` stored bytes.
    pub fn consume(&mut self, count: usize) {
        self.start += count;
        debug_assert!(self.start <= self.end);
        if self.start == self.end {
            self.clear();
        }
    }

    /// Drops everything stored; the memory stays.
    pub fn clear(&mut self) {
        (self.start, self.end) = (0, 0);
    }

    /// Gives the memory back if it is more than `most` bytes and nothing is stored.
    pub fn release(&mut self, most: usize) {
        if self.is_empty() && self.bytes.len() > most {
            *self = Buffer::new();
        }
    }

    /// Room behind the stored bytes, at least `least` of it. Follow with [`Buffer::filled`].
    #[inline]
    pub fn space(&mut self, least: usize) -> Result<&mut [u8], Error> {
        if self.bytes.len() - self.end < least {
            self.make_room(least, usize::MAX)?;
        }
        Ok(&mut self.bytes[self.end..])
    }

    /// The same for what is not long, and where little memory counts more than few moves: a head.
    #[inline]
    pub fn space_sparingly(&mut self, least: usize) -> Result<&mut [u8], Error> {
        if self.bytes.len() - self.end < least {
            self.make_room(least, FEW)?;
        }
        Ok(&mut self.bytes[self.end..])
    }

    /// Grows by as much as there is, or by `most` more, or by what is needed.
    #[cold]
    fn make_room(&mut self, least: usize, most: usize) -> Result<(), Error> {
        let stored = self.len();
        self.bytes.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, stored);
        let needed = stored.checked_add(least).ok_or(NO_MEMORY)?;
        if needed > self.bytes.len() {
            let more = self.bytes.len().min(most);
            let size = needed.max(self.bytes.len().saturating_add(more)).max(LEAST);
            lengthen(&mut self.bytes, size)?;
        }
        Ok(())
    }

    /// Says that `count` bytes of the last [`Buffer::space`] have been written.
    pub fn filled(&mut self, count: usize) {
        self.end += count;
        debug_assert!(self.end <= self.bytes.len());
    }

    /// Stores `more`.
    #[inline]
    pub fn push(&mut self, more: &[u8]) -> Result<(), Error> {
        self.space(more.len())?[..more.len()].copy_from_slice(more);
        self.filled(more.len());
        Ok(())
    }

    /// Stores `parts`, one behind the other.
    #[inline]
    pub fn push_parts<const N: usize>(&mut self, parts: [&[u8]; N]) -> Result<(), Error> {
        // A sum beyond memory's size would be that of parts that overlap: pushed one by one they fail.
        let len = parts.iter().fold(0usize, |len, part| len.saturating_add(part.len()));
        let mut space = self.space(len)?;
        for part in parts {
            let (here, behind) = space.split_at_mut(part.len());
            here.copy_from_slice(part);
            space = behind;
        }
        self.filled(len);
        Ok(())
    }

    /// Gives the first `len` stored bytes in the memory where they are; what stands behind them is copied to new
    /// memory. After a failure nothing has changed.
    pub fn take_front(&mut self, len: usize) -> Result<Vec<u8>, Error> {
        let mut rest = Buffer::new();
        if len < self.len() {
            rest.push(&self.data()[len..])?;
        }
        self.bytes.copy_within(self.start..self.end, 0);
        let mut front = core::mem::replace(self, rest).bytes;
        front.truncate(len);
        Ok(front)
    }

    /// Puts back what [`Buffer::take_front`] gave, in whose memory there is room for all.
    pub fn put_front(&mut self, mut front: Vec<u8>) -> Result<(), Error> {
        append(&mut front, self.data())?;
        let end = front.len();
        *self = Buffer { bytes: front, start: 0, end };
        Ok(())
    }

    /// Moves what is stored from `from` on to `to`, in front of what stands there.
    pub fn bring_forward(&mut self, from: usize, to: usize) {
        let stored = &mut self.bytes[self.start..self.end];
        let moved = stored.len().saturating_sub(from);
        stored.get_mut(to..).into_iter().for_each(|behind| behind.rotate_right(moved));
    }

    /// Forgets all but the first `count` stored bytes.
    pub fn truncate(&mut self, count: usize) {
        self.end = self.end.min(self.start + count);
    }
}

/// Bounds on what a peer may make us read before a body, all settable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadLimits {
    /// Bytes in a line, its terminator included.
    pub line: usize,
    /// Lines in a header block, the empty last one included: http.client counts so.
    pub lines: usize,
    /// Bytes of all heads of one response together: interim responses, the final head, trailers,
    /// and what chunk-size lines carry beyond their digits and beyond as much as the data.
    pub bytes: usize,
    /// Interim (1xx) responses before the final one.
    pub interim: usize,
}

impl HeadLimits {
    /// None, where others have been kept.
    pub(super) const NONE: HeadLimits =
        HeadLimits { line: usize::MAX, lines: usize::MAX, bytes: usize::MAX, interim: usize::MAX };

    /// http.client's line; 1,000 fields, where http.client has 99 and large sites send more; and far fewer bytes
    /// than http.client takes.
    pub const DEFAULT: HeadLimits =
        HeadLimits { line: 65_536, lines: 1_001, bytes: 256 << 10, interim: 100 };
}

/// A search through arriving bytes, line by line, that never looks at a byte twice.
///
/// Offsets count from the front of the stored bytes, so nothing may be consumed while one is under way.
#[derive(Clone, Copy, Debug, Default)]
pub struct LineSearch {
    line: usize,
    searched: usize,
}

impl LineSearch {
    /// Hands each complete line, terminator included, to `visit`, until that breaks or the data
    /// ends (`None`: more is needed). A line over `limit` bytes is `LineTooLong`.
    pub fn run<T>(
        &mut self,
        data: &[u8],
        limit: usize,
        kind: LineKind,
        mut visit: impl FnMut(&[u8]) -> ControlFlow<T>,
    ) -> Result<Option<T>, Error> {
        // There can be less than before, where a limit on what may be read was lowered meanwhile.
        let unseen = |searched| data.get(searched..).unwrap_or_default();
        while let Some(found) = memchr::memchr(b'\n', unseen(self.searched)) {
            let line = &data[self.line..self.searched + found + 1];
            check_length(line, limit, kind)?;
            self.line += line.len();
            self.searched = self.line;
            if let ControlFlow::Break(result) = visit(line) {
                return Ok(Some(result));
            }
        }
        self.searched = self.searched.max(data.len());
        check_length(unseen(self.line), limit, kind)?;
        Ok(None)
    }

    /// Whether no byte was looked at yet.
    pub fn is_new(&self) -> bool {
        self.searched == 0
    }

    /// Where the next line starts: the length of all lines visited so far.
    pub fn position(&self) -> usize {
        self.line
    }
}

fn check_length(line: &[u8], limit: usize, kind: LineKind) -> Result<(), Error> {
    if line.len() <= limit {
        return Ok(());
    }
    let name = kind.name();
    Err(Error::format(
        Kind::LineTooLong,
        format_args!("got more than {limit} bytes when reading {name}"),
    )
    .with_line(&line[..limit])
    .of_line(kind))
}

/// The search for the empty line that ends a header block, within the limits.
#[derive(Clone, Copy, Debug, Default)]
pub struct BlockSearch {
    search: LineSearch,
    lines: usize,
}

impl BlockSearch {
    /// The length of the block with its empty line, once that is there.
    pub fn run(
        &mut self,
        data: &[u8],
        limits: &HeadLimits,
        kind: LineKind,
    ) -> Result<Option<usize>, Error> {
        let most = limits.lines;
        let lines = &mut self.lines;
        let outcome = self.search.run(data, limits.line, kind, |line| {
            *lines += 1;
            if *lines > most {
                ControlFlow::Break(Err(too_many(most)))
            } else if matches!(line, b"\n" | b"\r\n") {
                ControlFlow::Break(Ok(()))
            } else {
                ControlFlow::Continue(())
            }
        })?;
        match outcome {
            None => Ok(None),
            Some(end) => end.map(|()| Some(self.search.position())),
        }
    }

    /// Whether no byte was looked at yet.
    pub fn is_new(&self) -> bool {
        self.search.is_new()
    }

    /// How many lines were seen.
    pub fn lines(&self) -> usize {
        self.lines
    }
}

pub(super) fn too_many(most: usize) -> Error {
    Error::format(Kind::TooManyHeaders, format_args!("got more than {most} headers"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_compacts_and_releases() {
        let mut buffer = Buffer::new();
        buffer.push(b"hello").unwrap();
        buffer.consume(3);
        buffer.push(&[b'x'; 100]).unwrap();
        assert_eq!(&buffer.data()[..4], b"loxx");
        assert_eq!(buffer.len(), 102);
        buffer.release(0);
        assert_eq!(buffer.len(), 102, "stored bytes are never released");
        buffer.consume(102);
        buffer.release(0);
        assert_eq!(buffer.capacity(), 0);
    }

    #[test]
    fn what_is_taken_off_the_front_can_be_put_back() {
        let mut buffer = Buffer::new();
        buffer.push(b"..head and body").unwrap();
        buffer.consume(2);
        let memory = buffer.data().as_ptr();
        let front = buffer.take_front(4).unwrap();
        assert_eq!((&front[..], buffer.data()), (&b"head"[..], &b" and body"[..]));
        buffer.put_front(front).unwrap();
        assert_eq!(buffer.data(), b"head and body");
        let front = buffer.take_front(13).unwrap();
        assert_eq!((&front[..], buffer.capacity()), (&b"head and body"[..], 0));
        assert_eq!(front.as_ptr() as usize, memory as usize - 2, "it was not copied");
    }

    #[test]
    fn a_hopeless_size_is_an_error() {
        let mut buffer = Buffer::new();
        buffer.push(b"x").unwrap();
        assert_eq!(buffer.space(usize::MAX).unwrap_err().kind(), Kind::NoMemory);
        assert_eq!(buffer.space(isize::MAX as usize - 1).unwrap_err().kind(), Kind::NoMemory);
        assert_eq!(buffer.data(), b"x");
    }

    #[test]
    fn a_block_is_found_wherever_the_data_is_split() {
        let block = b"A: b\r\nC: d\n\r\nrest";
        for split in 0..block.len() {
            let mut search = BlockSearch::default();
            let first =
                search.run(&block[..split], &HeadLimits::DEFAULT, LineKind::Header).unwrap();
            let end = first.or(search.run(block, &HeadLimits::DEFAULT, LineKind::Header).unwrap());
            assert_eq!(end, Some(13), "split at {split}");
        }
    }

    #[test]
    fn lines_are_limited_before_their_end_arrives() {
        let limits = HeadLimits { line: 4, ..HeadLimits::DEFAULT };
        for (data, fits) in
            [(&b"abc\n"[..], true), (b"abcd", true), (b"abcde", false), (b"abcd\n", false)]
        {
            let outcome = BlockSearch::default().run(data, &limits, LineKind::Header);
            assert_eq!(outcome.is_ok(), fits, "{data:?}");
        }
    }
}
