//! Bodies: length, chunked and until-close decoding with trailers, and chunked encoding
//! (RFC 9112 sections 6, 7 and 8).

use super::buffer::{BlockSearch, HeadLimits, LineKind, LineSearch, too_many};
use super::error::{Error, Escaped, Kind, error};
use super::fields::Fields;
use super::framing::BodyFraming;
use super::grammar::{is_text, trim};
use super::head::{HEAD_TOO_LARGE, within_budget};
use super::leniency::{Leniency, Rule};
use bytes::buf::UninitSlice;
use core::ops::ControlFlow;

/// Takes the framing off a response body.
#[derive(Debug)]
pub struct Decoder {
    state: State,
    received: u64,
    /// The size of the latest chunk.
    chunk: u64,
    /// Bytes of heads, chunk-size lines and trailers so far, against `HeadLimits::bytes`.
    overhead: usize,
}

#[derive(Debug)]
enum State {
    /// So many bytes are left of a known length.
    Length(u64),
    UntilClose,
    /// A chunk-size line comes.
    Size(LineSearch),
    /// So many bytes are left of a chunk.
    Chunk(u64),
    /// The CRLF behind a chunk's data comes.
    ChunkEnd,
    Trailers(BlockSearch),
    Done,
}

/// What one [`Decoder::decode`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes taken from the front of the input.
    pub consumed: usize,
    /// Bytes written to the front of the output.
    pub produced: usize,
}

impl Decoder {
    /// A decoder at the start of a body; `overhead` is what its heads took of the byte budget.
    pub fn new(framing: BodyFraming, overhead: usize) -> Decoder {
        let state = match framing {
            BodyFraming::Length(0) => State::Done,
            BodyFraming::Length(length) => State::Length(length),
            BodyFraming::Chunked => State::Size(LineSearch::default()),
            BodyFraming::UntilClose => State::UntilClose,
        };
        Decoder { state, received: 0, chunk: 0, overhead }
    }

    /// Whether the body is complete.
    pub fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// Body bytes decoded so far.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Body bytes still to come, where the length is known.
    pub fn remaining(&self) -> Option<u64> {
        match self.state {
            State::Length(left) => Some(left),
            _ => None,
        }
    }

    /// How many body bytes certainly come next with no framing between them, so that they can be
    /// received straight into the caller's memory (then [`Decoder::advance`]).
    pub fn contiguous(&self) -> u64 {
        match self.state {
            State::Length(left) | State::Chunk(left) => left,
            State::UntilClose => u64::MAX,
            _ => 0,
        }
    }

    /// Whether the next bytes are those of a body that runs to the end of the stream.
    pub fn is_until_close(&self) -> bool {
        matches!(self.state, State::UntilClose)
    }

    /// The size of the chunk that is being read, or was read last: the next one is likely to be as large.
    pub fn chunk(&self) -> u64 {
        self.chunk
    }

    /// `count` body bytes, at most [`Decoder::contiguous`], went to the caller.
    pub fn advance(&mut self, count: usize) {
        let count = count as u64;
        self.received += count;
        match &mut self.state {
            State::Length(left) => {
                *left -= count;
                if *left == 0 {
                    self.state = State::Done;
                }
            }
            State::Chunk(left) => {
                *left -= count;
                if *left == 0 {
                    self.state = State::ChunkEnd;
                }
            }
            _ => {}
        }
    }

    /// Decodes from `input` into `output` until one of them is used up, or the body is complete.
    ///
    /// Framing is taken only when the bytes behind it are wanted: a full output ends the work, so
    /// that a read of exactly one chunk never waits for what follows it. A size line or trailer
    /// block is taken whole; until it is complete nothing of it is consumed. `progress` tells what
    /// was done, before an error as well: bytes in front of a fault are good.
    pub fn decode(
        &mut self,
        input: &[u8],
        output: &mut UninitSlice,
        limits: &HeadLimits,
        trailers: &mut Fields,
        leniency: &mut Leniency,
        progress: &mut Progress,
    ) -> Result<(), Error> {
        *progress = Progress::default();
        while progress.produced < output.len() && !self.is_done() {
            let rest = &input[progress.consumed..];
            let contiguous = self.contiguous();
            if contiguous == 0 {
                match self.take_framing(rest, limits, trailers, leniency)? {
                    Some(taken) => progress.consumed += taken,
                    None => break,
                }
                continue;
            }
            let room = output.len() - progress.produced;
            let count = (rest.len().min(room) as u64).min(contiguous) as usize;
            if count == 0 {
                break;
            }
            output[progress.produced..][..count].copy_from_slice(&rest[..count]);
            self.advance(count);
            progress.produced += count;
            progress.consumed += count;
        }
        Ok(())
    }

    /// Takes one piece of framing from the front of `input`; `None`: more input is needed, or the
    /// body is complete.
    #[inline]
    pub fn take_framing(
        &mut self,
        input: &[u8],
        limits: &HeadLimits,
        trailers: &mut Fields,
        leniency: &mut Leniency,
    ) -> Result<Option<usize>, Error> {
        match self.take_plain_size(input, limits) {
            None => self.take_any_framing(input, limits, trailers, leniency),
            taken => Ok(taken),
        }
    }

    /// Takes all that stands before the data of most chunks: the end of the chunk before, digits, CRLF.
    #[inline]
    fn take_plain_size(&mut self, input: &[u8], limits: &HeadLimits) -> Option<usize> {
        let line = match self.state {
            State::ChunkEnd => input.strip_prefix(b"\r\n")?,
            State::Size(_) => input,
            _ => return None,
        };
        let (size, behind) = plain_size(line)?;
        if line.len() - behind.len() > limits.line {
            return None;
        }
        self.chunk = size;
        self.state = State::Chunk(size);
        Some(input.len() - behind.len())
    }

    fn take_any_framing(
        &mut self,
        input: &[u8],
        limits: &HeadLimits,
        trailers: &mut Fields,
        leniency: &mut Leniency,
    ) -> Result<Option<usize>, Error> {
        let budget = self.budget(limits);
        match &mut self.state {
            State::Size(search) => {
                let line = search
                    .run(input, limits.line, LineKind::ChunkSize, |_| ControlFlow::Break(()))?;
                if line.is_none() {
                    return Ok(None);
                }
                let line = &input[..search.position()];
                self.begin_chunk(line, limits)?;
                Ok(Some(line.len()))
            }
            State::ChunkEnd => match input {
                [b'\r', b'\n', ..] => {
                    self.state = State::Size(LineSearch::default());
                    Ok(Some(2))
                }
                [] | [b'\r'] => Ok(None),
                _ => Err(self
                    .bad_chunk("chunk data is not followed by CRLF", &input[..input.len().min(2)])),
            },
            State::Trailers(search) => {
                let lines = if leniency.has(Rule::Trailers) { usize::MAX } else { limits.lines };
                let bounds = HeadLimits { lines, ..*limits };
                let within = within_budget(input, budget.unwrap_or(0).min(limits.bytes));
                let found = search.run(within, &bounds, LineKind::Trailer)?;
                if found.is_none() && within.len() < input.len() {
                    return Err(error!(Kind::HeadTooLarge, HEAD_TOO_LARGE));
                }
                if let Some(len) = found {
                    let few = search.lines() <= limits.lines;
                    let read = read_trailers(&input[..len], few, trailers, limits, leniency);
                    if let Err(error) = read {
                        // Where there was no memory, they are looked for once more.
                        *search = BlockSearch::default();
                        return Err(error);
                    }
                    self.state = State::Done;
                }
                Ok(found)
            }
            State::Length(_) | State::UntilClose | State::Chunk(_) | State::Done => Ok(None),
        }
    }

    fn begin_chunk(&mut self, line: &[u8], limits: &HeadLimits) -> Result<(), Error> {
        let Some((size, digits)) = chunk_size(line) else {
            return Err(self.bad_chunk("malformed chunk size", line));
        };
        self.overhead = self.overhead.saturating_add(line.len() - digits - 2);
        if self.budget(limits).is_none() {
            return Err(error!(Kind::HeadTooLarge, HEAD_TOO_LARGE));
        }
        self.chunk = size;
        self.state = match size {
            0 => State::Trailers(BlockSearch::default()),
            size => State::Chunk(size),
        };
        Ok(())
    }

    /// How many bytes there may still be that are no data. As many as the data go without saying: a long body
    /// may have an extension in each of its chunks.
    fn budget(&self, limits: &HeadLimits) -> Option<usize> {
        let data = usize::try_from(self.received).unwrap_or(usize::MAX);
        limits.bytes.saturating_add(data).checked_sub(self.overhead)
    }

    fn bad_chunk(&self, fault: &str, line: &[u8]) -> Error {
        let (received, shown) = (self.received, Escaped(line));
        Error::format(
            Kind::IncompleteRead,
            format_args!("IncompleteRead({received} bytes read): {fault} {shown}"),
        )
        .with_counts(received, None)
        .with_line(line)
    }

    /// The stream ended behind `input`. That completes a body which runs until then, and is an error in
    /// any other that is not complete (RFC 9112 section 8), unless that may pass.
    pub fn end_of_stream(&mut self, input: &[u8], leniency: &mut Leniency) -> Result<(), Error> {
        let complete = match &self.state {
            State::UntilClose | State::Done => true,
            State::Length(_) => leniency.allows(Rule::ShortBody),
            State::Trailers(_) => leniency.allows(Rule::LastChunk),
            State::Size(_) => is_cut_last_chunk(input) && leniency.allows(Rule::LastChunk),
            State::Chunk(_) | State::ChunkEnd => false,
        };
        if !complete {
            return Err(self.incomplete());
        }
        self.state = State::Done;
        Ok(())
    }

    /// The error for a body that cannot be completed any more.
    pub fn incomplete(&self) -> Error {
        Error::incomplete(self.received, self.remaining())
    }
}

/// Reads a trailer block. What cannot be read, or is too much, is dropped where that may pass.
fn read_trailers(
    block: &[u8],
    few: bool,
    trailers: &mut Fields,
    limits: &HeadLimits,
    leniency: &mut Leniency,
) -> Result<(), Error> {
    let outcome =
        if few { trailers.parse(block, 0, leniency) } else { Err(too_many(limits.lines)) };
    match outcome {
        Err(error)
            if matches!(error.kind(), Kind::BadHeader | Kind::TooManyHeaders)
                && !has_false_line_end(block)
                && leniency.allows(Rule::Trailers) =>
        {
            trailers.clear();
            Ok(())
        }
        outcome => outcome,
    }
}

/// Whether there is a NUL, or a CR that no LF follows.
fn has_false_line_end(block: &[u8]) -> bool {
    let lone = |at: usize| block[at] == 0 || block.get(at + 1) != Some(&b'\n');
    memchr::memchr2_iter(0, b'\r', block).any(lone)
}

/// Whether the line that announces the last chunk is there, but for its end.
fn is_cut_last_chunk(line: &[u8]) -> bool {
    let text = line.strip_suffix(b"\r").unwrap_or(line);
    matches!(size_of(text), Some((0, _)))
}

/// A size without leading zeros and its CRLF, and what stands behind it. `None`: there is something else, or
/// not all of it.
#[inline]
fn plain_size(line: &[u8]) -> Option<(u64, &[u8])> {
    let mut rest = line.strip_prefix(b"0").is_none().then_some(line)?;
    let mut size = 0;
    loop {
        let (&byte, behind) = rest.split_first()?;
        let digit = HEX_VALUES[byte as usize];
        if digit > 0xf || size > u64::MAX >> 4 {
            let behind = rest.strip_prefix(b"\r\n")?;
            return (size > 0).then_some((size, behind));
        }
        size = size << 4 | u64::from(digit);
        rest = behind;
    }
}

/// What each byte is worth as a digit; more than 15 for one that is none.
static HEX_VALUES: [u8; 256] = {
    let mut table = [0xff; 256];
    let mut value = 0;
    while value < 16 {
        let digit = b"0123456789abcdef"[value];
        table[digit as usize] = value as u8;
        table[digit.to_ascii_uppercase() as usize] = value as u8;
        value += 1;
    }
    table
};

/// `1*HEXDIG *( BWS ";" chunk-ext ) CRLF`: the size and how many digits it needed.
fn chunk_size(line: &[u8]) -> Option<(u64, usize)> {
    size_of(line.strip_suffix(b"\r\n")?)
}

fn size_of(text: &[u8]) -> Option<(u64, usize)> {
    let digits = text.iter().position(|b| !b.is_ascii_hexdigit()).unwrap_or(text.len());
    let (number, rest) = text.split_at(digits);
    let rest = trim(rest);
    let well_formed = !number.is_empty()
        && (rest.is_empty() || rest[0] == b';')
        && rest.iter().all(|&b| is_text(b));
    if !well_formed {
        return None;
    }
    let zeros = number.iter().position(|&b| b != b'0').unwrap_or(number.len() - 1);
    let significant = &number[zeros..];
    if significant.len() > 16 {
        return None;
    }
    let value = |digit: u8| u64::from(HEX_VALUES[digit as usize]);
    let size = significant.iter().fold(0, |size, &digit| size << 4 | value(digit));
    Some((size, significant.len()))
}

/// The line before a chunk's data: the length in upper-case hexadecimal without leading zeros, CRLF.
#[derive(Clone, Copy, Debug)]
pub struct ChunkHead {
    bytes: [u8; 18],
    start: u8,
}

impl ChunkHead {
    /// For a chunk of `length` bytes, which is not 0 (that would end the body).
    pub fn new(length: usize) -> ChunkHead {
        let mut bytes = *b"0000000000000000\r\n";
        let mut start = 16;
        let mut rest = length as u64;
        while rest > 0 {
            start -= 1;
            bytes[start] = b"0123456789ABCDEF"[(rest & 15) as usize];
            rest >>= 4;
        }
        ChunkHead { bytes, start: start as u8 }
    }

    /// The line.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[usize::from(self.start)..]
    }
}

/// What ends a chunked body without trailers.
pub const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    /// Feeds `input` in pieces of `step` into outputs of `room`; then the end of the stream.
    fn decode(
        framing: BodyFraming,
        input: &[u8],
        step: usize,
        room: usize,
    ) -> Result<(Vec<u8>, usize), Kind> {
        let mut decoder = Decoder::new(framing, 0);
        let mut trailers = Fields::default();
        let (mut body, mut consumed, mut arrived) = (Vec::new(), 0, 0);
        loop {
            let mut output = alloc::vec![0; room];
            let slice = UninitSlice::new(&mut output);
            let mut progress = Progress::default();
            let rest = &input[consumed..arrived];
            decoder
                .decode(
                    rest,
                    slice,
                    &HeadLimits::DEFAULT,
                    &mut trailers,
                    &mut Leniency::default(),
                    &mut progress,
                )
                .map_err(|e| e.kind())?;
            consumed += progress.consumed;
            body.extend_from_slice(&output[..progress.produced]);
            if decoder.is_done() {
                return Ok((body, consumed));
            }
            if progress.produced < room {
                if arrived == input.len() {
                    let rest = &input[consumed..];
                    let mut leniency = Leniency::STRICT;
                    decoder.end_of_stream(rest, &mut leniency).map_err(|e| e.kind())?;
                    return Ok((body, consumed));
                }
                arrived = (arrived + step).min(input.len());
            }
        }
    }

    fn every_way(framing: BodyFraming, input: &[u8]) -> Result<(Vec<u8>, usize), Kind> {
        let whole = decode(framing, input, usize::MAX / 2, 4096);
        for step in 1..8 {
            for room in 1..8 {
                assert_eq!(
                    decode(framing, input, step, room),
                    whole,
                    "{input:?} by {step} into {room}"
                );
            }
        }
        whole
    }

    #[test]
    fn good_bodies() {
        use BodyFraming::*;
        for (framing, input, body, rest) in [
            (Length(5), &b"helloHTTP"[..], &b"hello"[..], 4),
            (Length(0), b"HTTP", b"", 4),
            (UntilClose, b"hello", b"hello", 0),
            (Chunked, b"5\r\nhello\r\n0\r\n\r\nHTTP", b"hello", 4),
            (Chunked, b"0005;a=b\r\nhello\r\n3 \t;x\r\n!!!\r\n0\r\nT: v\r\n\r\n", b"hello!!!", 0),
            (Chunked, b"a\r\n0123456789\r\n000;last\r\n\r\n", b"0123456789", 0),
            (Chunked, b"5 \r\nhello\r\n0\r\n\r\n", b"hello", 0),
        ] {
            assert_eq!(
                every_way(framing, input),
                Ok((body.to_vec(), input.len() - rest)),
                "{input:?}"
            );
        }
    }

    #[test]
    fn bad_chunks() {
        for input in [
            &b"5\nhello\r\n0\r\n\r\n"[..],
            b"\r\nhello",
            b"5\r\nhelloXX0\r\n\r\n",
            b"5\r\nhello\n0\r\n\r\n",
            b"0x5\r\nhello",
            b"+5\r\nhello",
            b"-5\r\nhello",
            b"0_5\r\nhello",
            b" 5\r\nhello",
            b"5zz\r\nhello",
            b"5;a\rb\r\nhello",
            b"5;a\0\r\nhello",
            b"10000000000000005\r\nhello",
            b"5\r\nhell",
            b"5\r\nhello",
            b"5\r\nhello\r\n",
            b"5\r\nhello\r\n0",
            b"5\r\nhello\r\n0\r\n",
            b"5\r\nhello\r\n0\r\nT: v\r\n",
            b"",
        ] {
            assert_eq!(
                every_way(BodyFraming::Chunked, input),
                Err(Kind::IncompleteRead),
                "{input:?}"
            );
        }
        assert_eq!(every_way(BodyFraming::Length(6), b"hello"), Err(Kind::IncompleteRead));
        assert_eq!(every_way(BodyFraming::Chunked, b"0\r\nbad\r\n\r\n"), Err(Kind::BadHeader));
    }

    #[test]
    fn sizes_fill_64_bits_and_no_more() {
        assert_eq!(chunk_size(b"ffffffffffffffff\r\n"), Some((u64::MAX, 16)));
        assert_eq!(chunk_size(b"0000000000000000000000005\r\n"), Some((5, 1)));
        assert_eq!(chunk_size(b"0\r\n"), Some((0, 1)));
        assert_eq!(chunk_size(b"10000000000000000\r\n"), None);
    }

    #[test]
    fn extensions_have_a_budget_and_chunks_do_not() {
        let limits = HeadLimits { bytes: 1000, ..HeadLimits::DEFAULT };
        let run = |chunk: &[u8]| {
            let mut decoder = Decoder::new(BodyFraming::Chunked, 0);
            let mut byte = [0; 1];
            for _ in 0..10_000 {
                let out = UninitSlice::new(&mut byte);
                let (mut trailers, mut progress) = (Fields::default(), Progress::default());
                let mut leniency = Leniency::STRICT;
                decoder
                    .decode(chunk, out, &limits, &mut trailers, &mut leniency, &mut progress)
                    .map_err(|e| e.kind())?;
                let rest = &chunk[progress.consumed..];
                decoder
                    .take_framing(rest, &limits, &mut trailers, &mut leniency)
                    .map_err(|e| e.kind())?;
            }
            Ok(())
        };
        assert_eq!(run(b"1\r\nx\r\n"), Ok(()));
        assert_eq!(run(b"1;aaaaaaaaaaaaaaaaaaaa\r\nx\r\n"), Err(Kind::HeadTooLarge));
    }

    #[test]
    fn chunk_heads() {
        assert_eq!(ChunkHead::new(1).as_bytes(), b"1\r\n");
        assert_eq!(ChunkHead::new(0xABCDE).as_bytes(), b"ABCDE\r\n");
        assert_eq!(ChunkHead::new(usize::MAX).as_bytes(), b"FFFFFFFFFFFFFFFF\r\n");
    }
}
