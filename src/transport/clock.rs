//! The monotonic clock that limits and timings are measured by.

use std::sync::OnceLock;
use std::time::Instant;

static ORIGIN: OnceLock<Instant> = OnceLock::new();

/// Nanoseconds since an arbitrary moment, the same for all threads of the process; never goes
/// back. No system call where the platform keeps its clock in user space, as Linux does.
pub fn now() -> u64 {
    let origin = ORIGIN.get_or_init(Instant::now);
    // 584 years fit.
    origin.elapsed().as_nanos() as u64
}
