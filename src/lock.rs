//! A lock that a fork cannot leave locked.
//!
//! A fork's child has only the thread that forked. What another thread of the parent had locked at that moment
//! nobody would ever unlock there. So the lock remembers in which process it was taken (see `fork`): in another
//! one it is open, and what it guards is begun anew, since it may be half-changed.
//!
//! It is held for a few instructions, so waiting for it costs no more than letting others run.

use crate::fork;
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicUsize, Ordering};

/// What can be begun anew.
pub(crate) trait Renew {
    /// Begins anew. The value as it is may be changed halfway: it may be overwritten, but nothing more.
    fn renew(&mut self);
}

pub(crate) struct Lock<T> {
    /// 0, or else the number of the process whose thread has it.
    holder: AtomicUsize,
    value: UnsafeCell<T>,
}

// SAFETY: `value` is reached only by whoever put the number of its process into `holder`.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T: Renew> Lock<T> {
    pub(crate) const fn new(value: T) -> Lock<T> {
        Lock { holder: AtomicUsize::new(0), value: UnsafeCell::new(value) }
    }

    /// Runs `work` on the value, alone.
    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        let orphaned = self.acquire();
        let held = Held(&self.holder);
        // SAFETY: `holder` has this process's number by the line above, and keeps it until `held` is
        // dropped, so no other thread is here.
        let value = unsafe { &mut *self.value.get() };
        if orphaned {
            value.renew();
        }
        let result = work(value);
        drop(held);
        result
    }

    /// Takes the lock; true if a thread had it that this process does not have.
    fn acquire(&self) -> bool {
        // Never 0.
        let own = (fork::epoch() as usize).wrapping_mul(2) | 1;
        let take =
            |from| self.holder.compare_exchange(from, own, Ordering::Acquire, Ordering::Relaxed);
        let mut turns = 0;
        loop {
            match take(0) {
                Ok(_) => return false,
                Err(other) if other != 0 && other != own => {
                    if take(other).is_ok() {
                        return true;
                    }
                }
                Err(_) => pause(turns),
            }
            turns += 1;
        }
    }
}

/// Gives the lock back, also if the work panics.
struct Held<'a>(&'a AtomicUsize);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.store(0, Ordering::Release);
    }
}

/// Lets the holder run: also one that has less of a priority, which yielding alone would not.
#[cfg(feature = "std")]
fn pause(turns: u64) {
    const PATIENCE: u64 = 100;
    if turns < PATIENCE {
        std::thread::yield_now();
    } else {
        crate::uncancelled::uncancelled(|| {
            std::thread::sleep(core::time::Duration::from_micros(100));
        });
    }
}

#[cfg(not(feature = "std"))]
fn pause(_: u64) {
    core::hint::spin_loop();
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;

    struct Count(usize);

    impl Renew for Count {
        fn renew(&mut self) {
            self.0 = 0;
        }
    }

    #[test]
    fn one_thread_at_a_time() {
        static COUNT: Lock<Count> = Lock::new(Count(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..10_000 {
                        COUNT.with(|count| count.0 += 1);
                    }
                });
            }
        });
        assert_eq!(COUNT.with(|count| count.0), 40_000);
    }

    #[test]
    fn what_another_process_had_locked_begins_anew() {
        let lock = Lock::new(Count(7));
        let elsewhere = ((fork::epoch() as usize + 1) * 2) | 1;
        lock.holder.store(elsewhere, Ordering::Relaxed);
        assert_eq!(lock.with(|count| count.0), 0);
        lock.with(|count| count.0 = 5);
        assert_eq!(lock.with(|count| count.0), 5);
    }

    #[test]
    fn a_panic_gives_it_back() {
        let lock = Lock::new(Count(1));
        let work = || lock.with(|_| panic!("on purpose"));
        std::panic::catch_unwind(core::panic::AssertUnwindSafe(work)).unwrap_err();
        assert_eq!(lock.with(|count| count.0), 1);
    }
}
