//! Ending an operation from another thread.

use super::wake::Wake;
use crate::engine::error::Error;
use crate::memory::{Counted, Weak, push};
use crate::uncancelled::Closing;
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
#[derive(Clone)]
pub struct Cancel(Counted<Shared>);

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
    list: Vec<Sleeper>,
    /// At this length those that are gone leave the list.
    crowded: usize,
}

impl Sleepers {
    /// Adds one. The list is swept whenever it has doubled since: it is at most twice as long as what
    /// lives, or short, and a sweep costs each one that was added a constant.
    fn add(&mut self, sleeper: Sleeper) -> Result<(), Error> {
        const SHORT: usize = 16;
        if self.list.len() >= self.crowded {
            self.list.retain(|sleeper| !sleeper.is_gone());
            self.crowded = (2 * self.list.len()).max(SHORT);
        }
        Ok(push(&mut self.list, sleeper)?)
    }
}

impl Cancel {
    /// A token that is not cancelled.
    ///
    /// # Errors
    /// `Kind::NoMemory`
    pub fn new() -> Result<Cancel, Error> {
        Ok(Cancel(Counted::new(Shared::default())?))
    }

    /// Cancels. Returns at once; again has no further effect.
    pub fn cancel(&self) {
        let mut sleepers = self.0.sleepers.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.is_cancelled() {
            self.0.turns.fetch_add(1, Ordering::Release);
        }
        mem::take(&mut *sleepers).list.iter().for_each(Sleeper::interrupt);
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
    pub(super) fn watch(&self, sleeper: Sleeper) -> Result<Watch, Error> {
        let mut sleepers = self.0.sleepers.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = self.0.turns.load(Ordering::Acquire);
        if turn % 2 == 1 {
            // A turn that is over: cancelled from the start.
            return Ok(Watch { cancel: self.clone(), turn: turn.wrapping_sub(1) });
        }
        sleepers.add(sleeper)?;
        Ok(Watch { cancel: self.clone(), turn })
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

/// What can be got out of a blocking system call, as long as it is there.
pub(super) enum Sleeper {
    /// A thread that blocks on a socket.
    Socket(Weak<Closing<Socket>>),
    /// A thread that polls.
    Wake(Weak<Wake>),
}

impl Sleeper {
    fn is_gone(&self) -> bool {
        match self {
            Sleeper::Socket(socket) => socket.is_gone(),
            Sleeper::Wake(wake) => wake.is_gone(),
        }
    }

    fn interrupt(&self) {
        match self {
            Sleeper::Socket(socket) => {
                // Fails where the peer was faster, and then nobody sleeps.
                let _ = socket.upgrade().map(|socket| socket.shutdown(Shutdown::Both));
            }
            Sleeper::Wake(wake) => {
                let _ = wake.upgrade().map(|wake| wake.ring());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::sys;
    use core::time::Duration;
    use std::time::Instant;

    fn add(cancel: &Cancel, wake: &Counted<Wake>) -> Watch {
        cancel.watch(Sleeper::Wake(wake.downgrade())).unwrap()
    }

    fn wake() -> Counted<Wake> {
        Counted::new(Wake::new().unwrap()).unwrap()
    }

    fn has_rung(wake: &Wake) -> bool {
        sys::poll(&mut [sys::pollfd(wake.fd(), libc::POLLIN)], Some(0)).unwrap() == 1
    }

    fn length(cancel: &Cancel) -> usize {
        cancel.0.sleepers.lock().unwrap().list.len()
    }

    #[test]
    fn all_that_live_are_interrupted() {
        let cancel = Cancel::new().unwrap();
        let mut kept = Vec::new();
        for _ in 0..100 {
            add(&cancel, &wake());
            let sleeper = wake();
            let watch = add(&cancel, &sleeper);
            kept.push((sleeper, watch));
        }
        cancel.cancel();
        assert!(kept.iter().all(|(sleeper, watch)| has_rung(sleeper) && watch.is_cancelled()));
        assert_eq!(length(&cancel), 0);
    }

    #[test]
    fn those_that_are_gone_leave_the_list() {
        let cancel = Cancel::new().unwrap();
        let kept: Vec<_> = (0..100).map(|_| wake()).collect();
        kept.iter().for_each(|sleeper| drop(add(&cancel, sleeper)));
        for _ in 0..10_000 {
            add(&cancel, &wake());
            assert!(length(&cancel) <= 2 * kept.len() + 1);
        }
    }

    /// Quadratic work would take minutes.
    #[test]
    fn a_hundred_thousand_register_quickly() {
        let (cancel, sleeper) = (Cancel::new().unwrap(), wake());
        let start = Instant::now();
        (0..100_000).for_each(|_| drop(add(&cancel, &sleeper)));
        assert!(start.elapsed() < Duration::from_secs(30));
        assert_eq!(length(&cancel), 100_000);
    }
}
