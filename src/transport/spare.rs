//! Receive buffers that nobody uses just now.
//!
//! A stream needs one while something arrives, and none while it is idle. So an idle stream costs no
//! buffer, and a busy one no allocation. Nobody waits here: where another thread is at it, memory is
//! allocated and freed instead.

use alloc::vec::Vec;
use std::sync::Mutex;

/// What a small body fits in at one receive, with a head of the size that many servers send.
pub(crate) const SMALL: usize = 4096;
/// The largest buffer that is kept.
const LARGE: usize = 8192;
/// How many are kept: more than are busy at the same time, but for many threads.
const MOST: usize = 32;

static SPARE: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

/// A buffer of at least [`SMALL`] bytes, whatever they are; without memory if none is spare.
pub(crate) fn take() -> Vec<u8> {
    SPARE.try_lock().ok().and_then(|mut spare| spare.pop()).unwrap_or_default()
}

/// Keeps a buffer for others, or frees it.
pub(crate) fn give(buffer: Vec<u8>) {
    let Ok(mut spare) = SPARE.try_lock() else { return };
    let fits = (SMALL..=LARGE).contains(&buffer.len());
    if fits && spare.len() < MOST && spare.try_reserve(1).is_ok() {
        spare.push(buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_buffers_of_a_useful_size_are_kept() {
        for size in [0, 1, SMALL - 1, LARGE + 1, 1 << 20] {
            give(alloc::vec![0; size]);
        }
        for _ in 0..2 * MOST {
            give(alloc::vec![0; SMALL]);
        }
        // Other tests may take and give at the same time.
        assert!(SPARE.lock().unwrap().len() <= MOST);
        for _ in 0..2 * MOST {
            let length = take().len();
            assert!(length == 0 || (SMALL..=LARGE).contains(&length));
        }
    }
}
