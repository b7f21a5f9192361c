//! Ending an operation from another thread.

use super::wake::Wake;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering};
use socket2::Socket;
use std::net::Shutdown;
use std::sync::{Mutex, PoisonError};

/// Ends, from any thread, whatever the streams and dialers it was given to are doing, within
/// milliseconds and with `Kind::Cancelled`.
///
/// Clones are the same token. It stays cancelled, and everything given to it later is cancelled at
/// once, until [`Cancel::rearm`]. A stream or an attempt that was cancelled stays so for ever.
/// Costs a stream no system call: looking is one atomic load, and a thread that blocks in the
/// kernel is woken by `shutdown` of the socket. Not to be used in a signal handler (it takes a lock).
#[derive(Clone, Default)]
pub struct Cancel(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// How often this was cancelled and re-armed: odd while it is cancelled. Changes under the lock only.
    turns: AtomicUsize,
    /// What to interrupt. The references are weak, so a descriptor is closed by its owner's drop;
    /// one that was taken from here cannot be closed, and its number not used again, meanwhile.
    sleepers: Mutex<Vec<Weak<dyn Interrupt>>>,
}

impl Cancel {
    /// A token that is not cancelled.
    pub fn new() -> Cancel {
        Cancel::default()
    }

    /// Cancels. Returns at once; again has no further effect.
    pub fn cancel(&self) {
        let mut sleepers = self.0.sleepers.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.is_cancelled() {
            self.0.turns.fetch_add(1, Ordering::Release);
        }
        for sleeper in sleepers.drain(..).filter_map(|weak| weak.upgrade()) {
            sleeper.interrupt();
        }
    }

    /// Lets the token be used again. What was cancelled before stays cancelled.
    pub fn rearm(&self) {
        let _guard = self.0.sleepers.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_cancelled() {
            self.0.turns.fetch_add(1, Ordering::Release);
        }
    }

    /// Whether it is cancelled now.
    pub fn is_cancelled(&self) -> bool {
        self.0.turns.load(Ordering::Acquire) % 2 == 1
    }

    /// Has `sleeper` interrupted by the next cancel, which the returned watch then shows.
    pub(super) fn watch(&self, sleeper: Weak<dyn Interrupt>) -> Watch {
        let mut sleepers = self.0.sleepers.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = self.0.turns.load(Ordering::Acquire);
        if turn % 2 == 1 {
            // A turn that is over: cancelled from the start.
            return Watch { cancel: self.clone(), turn: turn.wrapping_sub(1) };
        }
        // Those that are gone leave here, so the list is no longer than what lives.
        sleepers.retain(|weak| weak.strong_count() > 0);
        sleepers.push(sleeper);
        Watch { cancel: self.clone(), turn }
    }
}

/// A stream's or an attempt's view of its token.
pub(super) struct Watch {
    cancel: Cancel,
    turn: usize,
}

impl Watch {
    /// The token it watches.
    pub(super) fn token(&self) -> &Cancel {
        &self.cancel
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancel.0.turns.load(Ordering::Acquire) != self.turn
    }
}

/// What can be got out of a blocking system call.
pub(super) trait Interrupt: Send + Sync {
    fn interrupt(&self);
}

impl Interrupt for Socket {
    fn interrupt(&self) {
        // Fails where the peer was faster, and then nobody sleeps.
        let _ = self.shutdown(Shutdown::Both);
    }
}

impl Interrupt for Wake {
    fn interrupt(&self) {
        self.ring();
    }
}
