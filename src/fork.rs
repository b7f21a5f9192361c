//! Tells a process from the one it was forked from, without a system call and without a handler.
//!
//! One page of memory is marked to be wiped in a fork's child. A number there, the epoch, is 0 in a child until
//! somebody asks for it, and then another than the parent's. What remembers the epoch it was made in can so
//! tell that it came over from the parent.

#[cfg(all(feature = "std", target_os = "linux"))]
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

/// The epoch of this process.
#[cfg(all(feature = "std", target_os = "linux"))]
#[inline]
pub(crate) fn epoch() -> u64 {
    let page = PAGE.load(Ordering::Acquire);
    // SAFETY: aligned, zeroed at first, and never unmapped.
    match unsafe { page.as_ref() }.map(|epoch| epoch.load(Ordering::Relaxed)) {
        None | Some(0) => begin(),
        Some(known) => known,
    }
}

/// The page that is wiped in a child, once there is one.
#[cfg(all(feature = "std", target_os = "linux"))]
static PAGE: AtomicPtr<AtomicU64> = AtomicPtr::new(core::ptr::null_mut());

/// Begins an epoch, the first of this process or after a fork.
#[cfg(all(feature = "std", target_os = "linux"))]
#[cold]
#[inline(never)]
fn begin() -> u64 {
    /// Copied by a fork, so a child goes on from its parent's number.
    static LAST: AtomicU64 = AtomicU64::new(0);

    let epoch = page();
    let next = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    let first = epoch.compare_exchange(0, next, Ordering::Relaxed, Ordering::Relaxed);
    first.map_or_else(|other| other, |_| next)
}

/// The page that is wiped in a child. Nobody waits for another thread to make it: a fork's child would wait for
/// a thread that it does not have.
#[cfg(all(feature = "std", target_os = "linux"))]
fn page() -> &'static AtomicU64 {
    /// Where the kernel (before 4.14) cannot wipe a page, forks are not noticed.
    static NEVER_WIPED: AtomicU64 = AtomicU64::new(0);

    let known = PAGE.load(Ordering::Acquire);
    let page = if known.is_null() {
        let new = map().unwrap_or(core::ptr::from_ref(&NEVER_WIPED).cast_mut());
        match PAGE.compare_exchange(known, new, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => new,
            // Another thread was faster; this page of ours stays unused.
            Err(other) => other,
        }
    } else {
        known
    };
    // SAFETY: aligned, zeroed at first, and never unmapped.
    unsafe { &*page }
}

/// A new page that is wiped in a child.
#[cfg(all(feature = "std", target_os = "linux"))]
fn map() -> Option<*mut AtomicU64> {
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
    Some(start.cast())
}

/// Elsewhere forks are not noticed.
#[cfg(not(all(feature = "std", target_os = "linux")))]
pub(crate) fn epoch() -> u64 {
    0
}
