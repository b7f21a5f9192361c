//! When the steps of an exchange were done.

use crate::memory::boxed;
use crate::transport::Timings;
#[cfg(feature = "std")]
use crate::transport::clock;
use alloc::boxed::Box;

/// The time of the clock in nanoseconds, where the build has a clock.
pub(super) fn now() -> Option<u64> {
    #[cfg(feature = "std")]
    return Some(clock::now());
    #[cfg(not(feature = "std"))]
    None
}

/// When the steps of an exchange were done, by the clock; 0 for a step that was not made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// The request's head was complete, and the exchange began.
    pub began: u64,
    /// The addresses of the host were known.
    pub looked_up: u64,
    /// The transport was connected.
    pub connected: u64,
    /// The proxy's answer to CONNECT was there.
    pub tunnelled: u64,
    /// The TLS handshake with the host was done.
    pub secured: u64,
    /// The last byte of the request that was sent so far was sent.
    pub sent: u64,
    /// The first byte of an answer was there, of an interim response too.
    pub first_byte: u64,
    /// The final head was complete.
    pub head: u64,
    /// The body was read to its end.
    pub ended: u64,
}

/// Notes the steps of the current exchange, if somebody asked for that before it began.
#[derive(Default)]
pub(super) struct Stopwatch(Option<Box<Times>>);

impl Stopwatch {
    /// An exchange begins, and is timed or not.
    pub(super) fn begin(&mut self, timed: bool) {
        let began = if timed { now() } else { None };
        // Without the memory for them there is nothing to tell.
        self.0 = began.and_then(|began| boxed(Times { began, ..Times::default() }).ok());
    }

    /// A step is done: the last time counts.
    pub(super) fn note(&mut self, step: impl FnOnce(&mut Times) -> &mut u64) {
        if let Some(times) = self.0.as_deref_mut() {
            *step(times) = now().unwrap_or_default();
        }
    }

    /// A step is done: the first time counts.
    pub(super) fn note_first(&mut self, step: impl Fn(&mut Times) -> &mut u64) {
        if self.0.as_deref_mut().is_some_and(|times| *step(times) == 0) {
            self.note(step);
        }
    }

    /// A transport is connected; its dialer tells how, if it knows.
    pub(super) fn note_dialed(&mut self, timings: Timings) {
        self.note(|times| &mut times.connected);
        if let Some(times) = self.0.as_deref_mut() {
            // Those of an earlier attempt say nothing about this one.
            times.looked_up = if timings.connected >= times.began { timings.looked_up } else { 0 };
        }
    }

    /// What was noted.
    pub(super) fn times(&self) -> Option<Times> {
        self.0.as_deref().copied()
    }
}
