//! Tells a process from the one it was forked from, without a system call and without a handler.
//!
//! One page of memory is marked to be wiped in a fork's child. A number there, the epoch, is 0 in a
//! child until somebody asks for it, and then another than the parent's. What remembers the epoch it
//! was made in can so tell that it came over from the parent.

/// The epoch of this process.
#[cfg(all(feature = "std", target_os = "linux"))]
pub(super) fn epoch() -> u64 {
    use core::sync::atomic::{AtomicU64, Ordering};
    /// Copied by a fork, so a child goes on from its parent's number.
    static LAST: AtomicU64 = AtomicU64::new(0);

    let Some(epoch) = page() else { return 0 };
    match epoch.load(Ordering::Relaxed) {
        0 => {
            let next = LAST.fetch_add(1, Ordering::Relaxed) + 1;
            let first = epoch.compare_exchange(0, next, Ordering::Relaxed, Ordering::Relaxed);
            first.map_or_else(|other| other, |_| next)
        }
        known => known,
    }
}

/// The page that is wiped in a child; none where the kernel (before 4.14) cannot do that.
#[cfg(all(feature = "std", target_os = "linux"))]
fn page() -> Option<&'static core::sync::atomic::AtomicU64> {
    use std::sync::OnceLock;
    static PAGE: OnceLock<Option<&'static core::sync::atomic::AtomicU64>> = OnceLock::new();
    *PAGE.get_or_init(|| {
        const SIZE: usize = 4096;
        let (protection, flags) =
            (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        // SAFETY: a new mapping of our own, which overlaps nothing.
        let start = unsafe { libc::mmap(core::ptr::null_mut(), SIZE, protection, flags, -1, 0) };
        if start == libc::MAP_FAILED {
            return None;
        }
        // SAFETY: the mapping just made, whole.
        if unsafe { libc::madvise(start, SIZE, libc::MADV_WIPEONFORK) } != 0 {
            // SAFETY: nobody has seen it yet.
            unsafe { libc::munmap(start, SIZE) };
            return None;
        }
        // SAFETY: aligned, zeroed, and never unmapped from here on.
        Some(unsafe { &*start.cast() })
    })
}

/// Elsewhere forks are not noticed.
#[cfg(not(all(feature = "std", target_os = "linux")))]
pub(super) fn epoch() -> u64 {
    0
}
