//! The monotonic clock that limits and timings are measured by.

use super::sys;

/// Nanoseconds since an arbitrary moment, the same for all threads of the process; never goes
/// back. No system call where the platform keeps its clock in user space, as Linux does.
pub fn now() -> u64 {
    sys::monotonic_clock()
}
