//! Ending an operation from another thread.

use super::wake::Wake;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::mem;
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
    sleepers: Mutex<Sleepers>,
}

#[derive(Default)]
struct Sleepers {
    list: Vec<Weak<dyn Interrupt>>,
    /// At this length those that are gone leave the list.
    crowded: usize,
}

impl Sleepers {
    /// Adds one. The list is swept whenever it has doubled since: it is at most twice as long as what
    /// lives, or short, and a sweep costs each one that was added a constant.
    fn add(&mut self, sleeper: Weak<dyn Interrupt>) {
        const SHORT: usize = 16;
        if self.list.len() >= self.crowded {
            self.list.retain(|weak| weak.strong_count() > 0);
            self.crowded = (2 * self.list.len()).max(SHORT);
        }
        self.list.push(sleeper);
    }
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
        for sleeper in mem::take(&mut *sleepers).list.iter().filter_map(Weak::upgrade) {
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
        sleepers.add(sleeper);
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

#[cfg(test)]
mod tests {
    use super::*;
    use core::sync::atomic::AtomicBool;
    use core::time::Duration;
    use std::time::Instant;

    #[derive(Default)]
    struct Sleeper(AtomicBool);

    impl Interrupt for Sleeper {
        fn interrupt(&self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    fn add(cancel: &Cancel) -> (Arc<Sleeper>, Watch) {
        let sleeper = Arc::new(Sleeper::default());
        let weak: Weak<Sleeper> = Arc::downgrade(&sleeper);
        let watch = cancel.watch(weak);
        (sleeper, watch)
    }

    fn length(cancel: &Cancel) -> usize {
        cancel.0.sleepers.lock().unwrap().list.len()
    }

    #[test]
    fn all_that_live_are_interrupted() {
        let cancel = Cancel::new();
        let kept: Vec<_> = (0..1000)
            .map(|_| {
                drop(add(&cancel));
                add(&cancel)
            })
            .collect();
        cancel.cancel();
        assert!(kept.iter().all(|(s, watch)| s.0.load(Ordering::Relaxed) && watch.is_cancelled()));
        assert_eq!(length(&cancel), 0);
    }

    #[test]
    fn those_that_are_gone_leave_the_list() {
        let cancel = Cancel::new();
        let kept: Vec<_> = (0..100).map(|_| add(&cancel)).collect();
        for _ in 0..10_000 {
            drop(add(&cancel));
            assert!(length(&cancel) <= 2 * kept.len() + 1);
        }
    }

    /// Quadratic work would take minutes.
    #[test]
    fn a_hundred_thousand_register_quickly() {
        let cancel = Cancel::new();
        let start = Instant::now();
        let kept: Vec<_> = (0..100_000).map(|_| add(&cancel)).collect();
        assert!(start.elapsed() < Duration::from_secs(30));
        assert_eq!(length(&cancel), kept.len());
    }
}
