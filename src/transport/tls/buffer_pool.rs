//! Receive buffers that nobody uses just now: a stream needs one while something arrives, and none while it
//! is idle.

use crate::pool::Pool;
use crate::transport::{LARGE, SMALL};
use alloc::vec::Vec;

static SPARE: Pool<Vec<u8>> = Pool::new();

/// A buffer of at least [`SMALL`] bytes, whatever they are; without memory if none is spare.
pub(super) fn take() -> Vec<u8> {
    SPARE.take().unwrap_or_default()
}

/// Keeps a buffer for others, or frees it.
pub(super) fn give(buffer: Vec<u8>) {
    if (SMALL..=LARGE).contains(&buffer.len()) {
        SPARE.give(buffer);
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
        for _ in 0..64 {
            // Other tests may take and give at the same time.
            let length = take().len();
            assert!(length == 0 || (SMALL..=LARGE).contains(&length));
        }
    }
}
