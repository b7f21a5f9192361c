//! Things that nobody uses just now, for those who need one next: so what is idle does not keep one, and what
//! is busy does not allocate. Nobody waits here: where another thread is at it, there is none to be had, and
//! what is given is freed.

use crate::memory::push;
use alloc::vec::Vec;
use std::sync::Mutex;

/// How many are kept: more than are in use at the same time, but for many threads.
const MOST: usize = 32;

/// A pool of them.
pub(crate) struct Pool<T>(Mutex<Vec<T>>);

impl<T> Pool<T> {
    /// An empty one.
    pub(crate) const fn new() -> Pool<T> {
        Pool(Mutex::new(Vec::new()))
    }

    /// The one that was given last, if there is one.
    pub(crate) fn take(&self) -> Option<T> {
        self.0.try_lock().ok()?.pop()
    }

    /// Keeps it for others, or frees it.
    pub(crate) fn give(&self, value: T) {
        let Ok(mut spare) = self.0.try_lock() else { return };
        if spare.len() < MOST {
            // Without memory for the list it is freed.
            let _ = push(&mut spare, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_no_more_than_it_may() {
        let pool = Pool::new();
        assert_eq!(pool.take(), None);
        for value in 0..2 * MOST {
            pool.give(value);
        }
        for value in (0..MOST).rev() {
            assert_eq!(pool.take(), Some(value));
        }
        assert_eq!(pool.take(), None);
    }
}
