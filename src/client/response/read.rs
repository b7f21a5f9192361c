//! Reading a body: read, read1, peek, readline, all at once, or skipping it.

use super::Response;
use super::lease::Lease;
use crate::client::channel::Channel;
use crate::client::settings::Settings;
use crate::client::stream::Stream;
use crate::engine::body::{Decoder, Progress};
use crate::engine::error::{Error, Kind};
use crate::engine::leniency::Leniency;
use bytes::buf::UninitSlice;

/// How long a read goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadMode {
    /// Until the caller's memory is full or the body ends.
    Fill,
    /// The same, and a body that is cut short is an error in any case.
    Whole,
    /// Until there is something, with at most one receive of body bytes.
    Once,
}

/// Reads of less than this go through the receive buffer; larger ones go straight to the caller.
const DIRECT: usize = 2048;
/// The receive buffer for bodies in small chunks.
const CHUNKS: usize = 64 * 1024;
/// The least that is left of a large chunk, of which that is received straight into the caller's memory too.
const FRAMING: usize = 1024;
/// A chunk with more than this left is received straight into the caller's memory.
const LARGE_CHUNK: usize = 16 * 1024;

impl Response {
    /// Reads into `out` and returns how much; 0 is the end of the body (or an empty `out`).
    ///
    /// Bytes come before errors: a body that is cut gives what arrived, and the next call the error.
    pub fn read(
        &mut self,
        channel: &mut Channel,
        out: &mut UninitSlice,
        effort: ReadMode,
    ) -> Result<usize, Error> {
        if self.answers_head && effort == ReadMode::Once {
            return Ok(0);
        }
        if self.has_nothing_left() {
            return Ok(0);
        }
        let mut count = self.take_pending(out);
        if count > 0 && (count == out.len() || effort == ReadMode::Once) {
            return Ok(count);
        }
        self.check_readable(channel)?;
        let ended = match effort {
            ReadMode::Fill | ReadMode::Whole => self.read_full(channel, out, effort, &mut count),
            ReadMode::Once => self.read_once(channel, out, &mut count),
        };
        let outcome = self.settle(channel, ended, count);
        self.close_if_done(channel);
        outcome
    }

    /// Whether the body was read to its end, and that was noticed.
    fn has_nothing_left(&self) -> bool {
        matches!(self.lease, Lease::Ended)
            && self.decoder.is_done()
            && self.pending.is_empty()
            && self.failure.is_none()
    }

    /// Takes bytes of an unfinished line.
    fn take_pending(&mut self, out: &mut UninitSlice) -> usize {
        if self.pending.is_empty() {
            return 0;
        }
        let count = self.pending.len().min(out.len());
        out[..count].copy_from_slice(&self.pending.data()[..count]);
        self.pending.consume(count);
        count
    }

    /// A failure that cannot be got over comes again with every call.
    fn check_readable(&mut self, channel: &mut Channel) -> Result<(), Error> {
        let Some(error) = self.failure.as_ref().map(Error::copy) else { return Ok(()) };
        self.let_go(channel);
        Err(error)
    }

    /// A body whose stream went away is cut short, unless the program closed the connection: then the
    /// response is closed too.
    fn check_lost(&self, channel: &Channel) -> Result<(), Error> {
        match self.lease {
            Lease::Shared(id) if channel.has_lost(id) && !self.decoder.is_done() => {
                Err(self.decoder.incomplete())
            }
            _ => Ok(()),
        }
    }

    fn close_if_done(&mut self, channel: &mut Channel) {
        if self.decoder.is_done() && self.pending.is_empty() {
            self.note_end();
            self.close(channel);
        }
    }

    /// Body bytes that can be read next, without taking them: at least one unless the body has ended,
    /// with at most one receive of body bytes. Never more than the rest of the body or of the chunk.
    pub fn peek<'a>(&'a mut self, channel: &'a mut Channel) -> Result<&'a [u8], Error> {
        if !self.pending.is_empty() {
            return Ok(self.pending.data());
        }
        let count = self.prepare(channel)?;
        let stream = stream_of(&mut self.lease, channel);
        Ok(stream.map_or(&[], |stream| &stream.input.data()[..count]))
    }

    /// Reads a line up to and with its LF into `out`, or as much of it as fits; the last line of a
    /// body may have none. 0 is the end of the body (or an empty `out`).
    ///
    /// After `WouldBlock` or a timeout, what came of the line waits for the next call of any kind.
    pub fn readline(
        &mut self,
        channel: &mut Channel,
        out: &mut UninitSlice,
    ) -> Result<usize, Error> {
        if self.answers_head {
            return Ok(0);
        }
        loop {
            if let Some(end) = line_end(self.pending.data(), out.len()) {
                let count = self.take_pending(&mut out[..end]);
                self.close_if_done(channel);
                return Ok(count);
            }
            let available = match self.prepare(channel) {
                Err(error) if self.failure.is_none() || self.pending.is_empty() => {
                    return Err(error);
                }
                // The bytes come first; the failure is kept for the next call.
                outcome => outcome.unwrap_or(0),
            };
            let Some(stream) = stream_of(&mut self.lease, channel).filter(|_| available > 0) else {
                let count = self.take_pending(out);
                self.close_if_done(channel);
                return Ok(count);
            };
            let data = &stream.input.data()[..available];
            let count = line_end(data, out.len() - self.pending.len()).unwrap_or(available);
            self.pending.push(&data[..count])?;
            stream.input.consume(count);
            self.decoder.advance(count);
        }
    }

    /// Receives until the buffer of the stream begins with a body byte; tells how many stand there
    /// without framing between them, 0 at the end of the body.
    fn prepare(&mut self, channel: &mut Channel) -> Result<usize, Error> {
        self.check_readable(channel)?;
        let prepared = self.buffer_some(channel);
        let count = prepared.as_ref().copied().unwrap_or(0);
        self.settle(channel, prepared.map(|_| ()), 0)?;
        Ok(count)
    }

    fn buffer_some(&mut self, channel: &mut Channel) -> Result<usize, Error> {
        self.check_lost(channel)?;
        let Some((stream, settings)) = source(&mut self.lease, channel) else { return Ok(0) };
        let limits = &settings.head_limits;
        stream.set_limits(&settings.limits);
        let (decoder, leniency) = (&mut self.decoder, &mut self.leniency);
        loop {
            while let Some(taken) =
                decoder.take_framing(stream.input.data(), limits, &mut self.trailers, leniency)?
            {
                stream.input.consume(taken);
            }
            let contiguous = usize::try_from(decoder.contiguous()).unwrap_or(usize::MAX);
            let available = stream.input.len().min(contiguous);
            if available > 0 || decoder.is_done() {
                return Ok(available);
            }
            time(stream, decoder);
            if stream.fill(1, leniency)? == 0 {
                end(stream, decoder, ReadMode::Once, leniency)?;
            }
        }
    }

    /// Reads what is left of the body and throws it away, at most `most` bytes of it, so that the
    /// connection can be used again. Whether the body ended.
    pub fn skip(&mut self, channel: &mut Channel, most: u64) -> Result<bool, Error> {
        let mut left = most;
        loop {
            self.pending.clear();
            let available = self.prepare(channel)? as u64;
            let Some(stream) = stream_of(&mut self.lease, channel).filter(|_| available > 0) else {
                self.close_if_done(channel);
                return Ok(true);
            };
            let count = available.min(left) as usize;
            if count == 0 {
                return Ok(false);
            }
            stream.input.consume(count);
            self.decoder.advance(count);
            left -= count as u64;
        }
    }

    /// What a read answers that got `count` bytes before it ended.
    #[inline]
    fn settle(
        &mut self,
        channel: &mut Channel,
        outcome: Result<(), Error>,
        count: usize,
    ) -> Result<usize, Error> {
        let Err(error) = outcome else { return Ok(count) };
        self.settle_failure(channel, error, count)
    }

    fn settle_failure(
        &mut self,
        channel: &mut Channel,
        mut error: Error,
        count: usize,
    ) -> Result<usize, Error> {
        if error.kind() == Kind::TlsTruncated {
            let incomplete = self.decoder.incomplete();
            error = Error::format(Kind::IncompleteRead, format_args!("{incomplete}: {error}"));
        }
        if error.kind() != Kind::WouldBlock {
            error = error.with_counts(self.decoder.received(), self.remaining());
        }
        if error.kind().can_be_repeated() {
            if count == 0 {
                return Err(error);
            }
            if let Some(stream) = stream_of(&mut self.lease, channel) {
                stream.stop_waiting();
            }
            return Ok(count);
        }
        self.failure = Some(error.copy());
        if count > 0 {
            return Ok(count);
        }
        self.let_go(channel);
        Err(error)
    }

    /// Fills `out`, as far as the body goes.
    fn read_full(
        &mut self,
        channel: &mut Channel,
        out: &mut UninitSlice,
        effort: ReadMode,
        count: &mut usize,
    ) -> Result<(), Error> {
        self.check_lost(channel)?;
        let Some((stream, settings)) = source(&mut self.lease, channel) else { return Ok(()) };
        let limits = &settings.head_limits;
        let mut progress = Progress::default();
        let mut moved = usize::MAX;
        let (decoder, leniency) = (&mut self.decoder, &mut self.leniency);
        while !decoder.is_done() && *count < out.len() {
            let decoded = decoder.decode(
                stream.input.data(),
                &mut out[*count..],
                limits,
                &mut self.trailers,
                leniency,
                &mut progress,
            );
            stream.input.consume(progress.consumed);
            *count += progress.produced;
            decoded?;
            if *count == out.len() || decoder.is_done() {
                break;
            }
            if moved != *count {
                stream.set_limits(&settings.limits);
                moved = *count;
            }
            let received = receive(stream, decoder, out, effort, count, leniency)?;
            if received == 0 {
                if *count > 0 {
                    break;
                }
                end(stream, decoder, effort, leniency)?;
            }
        }
        Ok(())
    }

    /// Gives what is buffered, or else what one receive brings: never across chunks.
    fn read_once(
        &mut self,
        channel: &mut Channel,
        out: &mut UninitSlice,
        count: &mut usize,
    ) -> Result<(), Error> {
        self.check_lost(channel)?;
        let Some((stream, settings)) = source(&mut self.lease, channel) else { return Ok(()) };
        let limits = &settings.head_limits;
        stream.set_limits(&settings.limits);
        let (decoder, leniency) = (&mut self.decoder, &mut self.leniency);
        while *count == 0 && out.len() > 0 {
            while let Some(taken) =
                decoder.take_framing(stream.input.data(), limits, &mut self.trailers, leniency)?
            {
                stream.input.consume(taken);
            }
            if decoder.is_done() {
                break;
            }
            let contiguous = usize::try_from(decoder.contiguous()).unwrap_or(usize::MAX);
            let available = stream.input.len().min(contiguous).min(out.len());
            if available > 0 {
                out[..available].copy_from_slice(&stream.input.data()[..available]);
                stream.input.consume(available);
                decoder.advance(available);
                *count = available;
            } else if receive(stream, decoder, out, ReadMode::Once, count, leniency)? == 0 {
                end(stream, decoder, ReadMode::Once, leniency)?;
            }
        }
        Ok(())
    }

    /// Reads all that is left into memory of the response, at most `most` bytes of it. After an
    /// error what arrived is still there; [`Response::body`] has it.
    pub fn read_all(&mut self, channel: &mut Channel, most: usize) -> Result<(), Error> {
        if self.gathered {
            self.body.clear();
        }
        let outcome = self.gather(channel, most);
        self.gathered = match &outcome {
            Err(error) => !error.kind().can_be_repeated() && error.kind() != Kind::TooLarge,
            Ok(()) => true,
        };
        // The NUL stands behind the body's length, in its memory.
        self.body.space(1)?[0] = 0;
        outcome
    }

    fn gather(&mut self, channel: &mut Channel, most: usize) -> Result<(), Error> {
        loop {
            let room = self.room(most)?;
            if room == 0 {
                return self.end_or_too_large(channel, most);
            }
            // Initialised when it grew, and not again each time that there is nothing to be read yet.
            let mut body = core::mem::take(&mut self.body);
            let outcome = body.space(room).and_then(|space| {
                self.read(channel, UninitSlice::new(&mut space[..room]), ReadMode::Whole)
            });
            body.filled(outcome.as_ref().copied().unwrap_or(0));
            self.body = body;
            if outcome? == 0 {
                return Ok(());
            }
        }
    }

    /// Makes room in `body` for the next piece: as much as was received already, and never more
    /// than can still come.
    fn room(&mut self, most: usize) -> Result<usize, Error> {
        let used = self.body.len();
        let left = self.remaining().unwrap_or(u64::MAX).saturating_add(u64::from(used == 0));
        let room = used.clamp(4096, 1 << 24).min(most - used.min(most));
        let room = (room as u64).min(left) as usize;
        self.body.space(room + 1)?;
        Ok(room)
    }

    fn end_or_too_large(&mut self, channel: &mut Channel, most: usize) -> Result<(), Error> {
        let mut byte = [0; 1];
        match self.read(channel, UninitSlice::new(&mut byte), ReadMode::Whole)? {
            0 => Ok(()),
            _ => {
                let error = Error::format(
                    Kind::TooLarge,
                    format_args!("the body has more than {most} bytes"),
                );
                self.failure = Some(error.copy());
                Err(error)
            }
        }
    }

    /// What [`Response::read_all`] has gathered; a NUL stands behind it.
    pub fn body(&self) -> &[u8] {
        if self.body.capacity() == 0 { c"".to_bytes() } else { self.body.data() }
    }
}

/// The stream ended, and with it the body, if that may be.
fn end(
    stream: &Stream,
    decoder: &mut Decoder,
    effort: ReadMode,
    leniency: &mut Leniency,
) -> Result<(), Error> {
    if effort == ReadMode::Whole && decoder.remaining().is_some() {
        return Err(decoder.incomplete());
    }
    decoder.end_of_stream(stream.input.data(), leniency)
}

/// Says whether what is received next puts the timeout off: data do, and not what stands between them.
#[inline]
fn time(stream: &mut Stream, decoder: &Decoder) {
    if decoder.contiguous() == 0 {
        stream.hold_timeout(None);
    }
}

/// The stream that a response reads from, and how. None: it has let go of it, or the connection was closed,
/// which closes its response too.
fn source<'a>(
    lease: &'a mut Lease,
    channel: &'a mut Channel,
) -> Option<(&'a mut Stream, &'a Settings)> {
    let Channel { settings, stream, .. } = channel;
    let stream = match lease {
        Lease::Shared(id) => stream.as_mut().filter(|stream| stream.id() == *id),
        Lease::Own(stream) => return Some((stream, settings)),
        Lease::Ended => return None,
    };
    if stream.is_none() {
        *lease = Lease::Ended;
    }
    stream.map(|stream| (stream, &*settings))
}

fn stream_of<'a>(lease: &'a mut Lease, channel: &'a mut Channel) -> Option<&'a mut Stream> {
    source(lease, channel).map(|(stream, _)| stream)
}

/// The length of the first line, with its LF, if that is among the first `most` bytes; or `most` if
/// there are so many.
fn line_end(data: &[u8], most: usize) -> Option<usize> {
    let data = &data[..data.len().min(most)];
    memchr::memchr(b'\n', data).map(|lf| lf + 1).or((data.len() == most).then_some(most))
}

/// Receives once: straight into `out`, of which `count` bytes are filled, where that is worth it for the
/// whole of it and body bytes certainly come next; else into the stream's buffer. Returns how many bytes
/// came either way; those in `out` are added to `count`.
fn receive(
    stream: &mut Stream,
    decoder: &mut Decoder,
    out: &mut UninitSlice,
    effort: ReadMode,
    count: &mut usize,
    leniency: &mut Leniency,
) -> Result<usize, Error> {
    time(stream, decoder);
    let contiguous = usize::try_from(decoder.contiguous()).unwrap_or(usize::MAX);
    let room = (out.len() - *count).min(contiguous);
    let chunk = decoder.remaining().is_none() && !decoder.is_until_close();
    // What is left of a large chunk, and what stands before the next, is received by itself.
    let large = decoder.chunk() >= 2 * LARGE_CHUNK as u64 && out.len() >= LARGE_CHUNK;
    let direct = stream.input.is_empty()
        && room > 0
        && out.len() >= DIRECT
        && (!chunk || room >= if large { FRAMING } else { LARGE_CHUNK });
    if !direct {
        let (least, most) = match chunk && out.len() >= DIRECT {
            true if large => (2 * FRAMING, 2 * FRAMING),
            true => (CHUNKS, usize::MAX),
            false => (1, usize::MAX),
        };
        return stream.fill_with(least, most, leniency);
    }
    let want = if effort == ReadMode::Once || decoder.is_until_close() { 1 } else { room };
    let received = stream.receive(&mut out[*count..][..room], want, leniency)?;
    decoder.advance(received);
    *count += received;
    Ok(received)
}
