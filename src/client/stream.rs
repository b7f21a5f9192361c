//! A connected transport with the bytes that were received from it and not yet used.

use super::times::now;
use crate::engine::buffer::{Buffer, HeadLimits};
use crate::engine::error::{Error, Kind, error};
use crate::engine::head::Head;
use crate::engine::interim::{Found, ResponseReader};
use crate::engine::leniency::{Leniency, Rule};
#[cfg(feature = "std")]
use crate::transport::cancel::Cancel;
use crate::transport::{End, Interest, LARGE, Limits, OpenFile, SMALL, Timeout, Transport};
use alloc::boxed::Box;
use alloc::vec::Vec;
use bytes::buf::UninitSlice;

/// Of a head that may be longer there is to be only one text.
const LONG_HEAD: usize = 64 << 10;

/// A connected transport and its receive buffer.
pub struct Stream {
    id: u64,
    pub(super) transport: Box<dyn Transport>,
    pub(super) input: Buffer,
    limits: Limits,
    /// No operation waits, whatever the limits say.
    never_waits: bool,
    /// Since when nothing came of what is asked for.
    stalled: Option<u64>,
    /// The timeout runs from then, not from each operation.
    held: bool,
    /// Bytes received so far, in the buffer or straight into the caller's memory.
    arrived: u64,
    /// The peer has ended the stream.
    pub(super) ended: bool,
    /// When the last exchange ended, where the look depends on that: nanoseconds of the clock.
    #[cfg(feature = "std")]
    pub(super) rested: Option<u64>,
}

impl Stream {
    /// `id` tells streams of one connection apart.
    pub(super) fn new(id: u64, transport: Box<dyn Transport>, limits: Limits) -> Stream {
        Stream {
            id,
            transport,
            input: Buffer::new(),
            limits,
            never_waits: false,
            stalled: None,
            held: false,
            arrived: 0,
            ended: false,
            #[cfg(feature = "std")]
            rested: None,
        }
    }

    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// Time limits for what follows, which is something new.
    // Measured, as the next two: 100 instructions of a small exchange less.
    #[inline(always)]
    pub fn set_limits(&mut self, limits: &Limits) {
        self.moved();
        if self.limits != *limits {
            self.limits = *limits;
            self.limit_transport();
        }
    }

    /// The time, if a timeout is to run from now.
    pub(super) fn clock(&self) -> Option<u64> {
        let timed = matches!(self.limits.timeout, Timeout::After(_)) && !self.never_waits;
        if timed { now() } else { None }
    }

    /// What is received next is not what is asked for, but stands before it: such bytes do not put the timeout
    /// off, which runs from `since`, or else from the first of such receives.
    ///
    /// A transport of the caller's keeps the time of single receives by itself.
    #[inline(never)]
    pub(super) fn hold_timeout(&mut self, since: Option<u64>) {
        if self.held || self.transport.is_the_callers() {
            return;
        }
        let stalled = since.or(self.stalled);
        self.stalled = stalled.or_else(|| self.clock());
        if stalled.is_some() {
            self.held = true;
            self.limit_transport();
        }
    }

    /// Something of what is asked for came: the timeout begins anew.
    #[inline(always)]
    pub(super) fn moved(&mut self) {
        self.stalled = None;
        if self.held {
            self.held = false;
            self.limit_transport();
        }
    }

    /// Lets what follows wait as the limits say, or not at all.
    pub(super) fn let_wait(&mut self, waits: bool) {
        if self.never_waits == waits {
            self.never_waits = !waits;
            self.limit_transport();
        }
    }

    #[cold]
    fn limit_transport(&mut self) {
        let timeout = if self.never_waits { Timeout::Nonblocking } else { self.limits.timeout };
        let limits = Limits { timeout, ..self.limits };
        let held = self.stalled.filter(|_| self.held);
        self.transport.set_limits(held.map_or(limits, |since| limits.within(since)));
    }

    #[cfg(feature = "std")]
    pub(super) fn set_cancel(&mut self, cancel: &Cancel) -> Result<(), Error> {
        self.transport.set_cancel(cancel)
    }

    /// Takes a head from the front of what was received, if one is complete, or the stream has `ended` behind it
    /// and that will do.
    #[inline(always)]
    pub(super) fn take_head(
        &mut self,
        reader: &mut ResponseReader,
        limits: &HeadLimits,
        head: &mut Head,
        leniency: &mut Leniency,
        ended: bool,
    ) -> Result<Found, Error> {
        let data = self.input.data();
        if data.len() > LONG_HEAD && !ended {
            return reader.read_long(&mut self.input, limits, head, leniency);
        }
        let found = match ended {
            true => reader.read_cut(data, limits, head, leniency)?,
            false if data.is_empty() => Found::Nothing,
            false => reader.read(data, limits, head, leniency)?,
        };
        if let Found::Final(len) | Found::Interim(len) = found {
            self.input.consume(len);
        }
        Ok(found)
    }

    /// Receives once into the buffer, with room for at least `least` bytes. 0: the end of the stream.
    pub(super) fn fill(&mut self, least: usize, leniency: &mut Leniency) -> Result<usize, Error> {
        self.fill_with(least, usize::MAX, leniency)
    }

    /// The same, and at most `most` bytes.
    pub(super) fn fill_with(
        &mut self,
        least: usize,
        most: usize,
        leniency: &mut Leniency,
    ) -> Result<usize, Error> {
        if self.ended {
            return Ok(0);
        }
        let first = if self.input.capacity() == 0 { SMALL } else { 1 };
        let space = self.input.space_sparingly(least.max(first))?;
        let most = space.len().min(most);
        let outcome = self.transport.read(UninitSlice::new(&mut space[..most]), 1);
        let count = self.note_received(outcome, leniency)?;
        self.input.filled(count);
        Ok(count)
    }

    /// Receives once, straight into the caller's memory; nothing may be buffered. 0: the end.
    pub(super) fn receive(
        &mut self,
        out: &mut UninitSlice,
        want: usize,
        leniency: &mut Leniency,
    ) -> Result<usize, Error> {
        debug_assert!(self.input.is_empty());
        if self.ended {
            return Ok(0);
        }
        let outcome = self.transport.read(out, want);
        self.note_received(outcome, leniency)
    }

    /// Notes what a receive brought; with leave, a TLS session that just ends is an end of the stream.
    #[inline]
    fn note_received(
        &mut self,
        outcome: Result<usize, Error>,
        leniency: &mut Leniency,
    ) -> Result<usize, Error> {
        let count = match outcome {
            Err(error)
                if error.kind() == Kind::TlsTruncated && leniency.allows(Rule::TlsTruncation) =>
            {
                0
            }
            outcome => outcome?,
        };
        self.arrived += count as u64;
        self.ended = count == 0;
        Ok(count)
    }

    /// Bytes received so far.
    pub(super) fn arrived(&self) -> u64 {
        self.arrived
    }

    /// Bytes received and used so far.
    pub(super) fn used(&self) -> u64 {
        self.arrived - self.input.len() as u64
    }

    /// Sends from the front of at most 4 parts.
    pub(super) fn send(&mut self, parts: &[&[u8]]) -> Result<usize, Error> {
        match self.transport.write(parts)? {
            0 => Err(error!(Kind::Transport, "the transport took no bytes")),
            count => Ok(count),
        }
    }

    /// Waits until one of `interest` is met or the clock reaches `until`: see [`Transport::wait`].
    pub(super) fn wait(
        &mut self,
        interest: Interest,
        since: u64,
        until: Option<u64>,
    ) -> Result<(), Error> {
        self.transport.wait(interest, since, until)
    }

    /// Sends from an open file: see [`Transport::send_file`].
    pub(super) fn send_file(&mut self, file: OpenFile<'_>, count: usize) -> Result<usize, Error> {
        self.transport.send_file(file, count)
    }

    /// Sends what the transport holds back.
    pub(super) fn flush(&mut self) -> Result<(), Error> {
        self.transport.flush()
    }

    /// Receives once, what was received before first. 0: the end of the stream, or no room.
    pub fn read(&mut self, out: &mut UninitSlice) -> Result<usize, Error> {
        if self.input.is_empty() && out.len() > 0 {
            return self.receive(out, 1, &mut Leniency::default());
        }
        let count = self.input.len().min(out.len());
        out[..count].copy_from_slice(&self.input.data()[..count]);
        self.input.consume(count);
        Ok(count)
    }

    /// Sends from the front of `data` and returns how much was taken.
    pub fn write(&mut self, data: &[u8]) -> Result<usize, Error> {
        if data.is_empty() { Ok(0) } else { self.send(&[data]) }
    }

    /// Uses this memory for what it receives, if it has none.
    pub(super) fn lend(&mut self, memory: &mut Vec<u8>) {
        if self.input.capacity() == 0 {
            self.input = Buffer::with_memory(core::mem::take(memory));
        }
    }

    /// Gives the memory for what it receives back, if that is not in use and worth keeping.
    pub(super) fn take_back(&mut self, memory: &mut Vec<u8>) {
        let lent = self.input.take_memory();
        if (SMALL..=LARGE).contains(&lent.len()) {
            *memory = lent;
        }
    }

    /// The transport alone; nothing may be buffered.
    pub(super) fn into_transport(self) -> Box<dyn Transport> {
        debug_assert!(self.input.is_empty());
        self.transport
    }

    /// Says goodbye before the stream is dropped.
    pub fn finish(mut self) {
        // That is no part of what may have been waited for.
        self.moved();
        self.transport.finish();
    }

    /// The descriptor, if the transport has one.
    pub fn fileno(&self) -> Option<i32> {
        self.transport.fileno()
    }

    /// The text of one end's address, where the transport has such.
    pub fn address(&self, end: End) -> Result<Option<Vec<u8>>, Error> {
        self.transport.address(end)
    }

    /// What to wait for after `WouldBlock`.
    pub fn interest(&self) -> Interest {
        self.transport.interest()
    }

    /// The call that would have blocked is over in another way: nobody waits.
    pub(super) fn stop_waiting(&mut self) {
        self.transport.stop_waiting();
    }

    /// The TLS session, if the stream is one.
    #[cfg(feature = "tls")]
    pub fn as_tls(&self) -> Option<&crate::transport::tls::Tls> {
        self.transport.as_tls()
    }
}
