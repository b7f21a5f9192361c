//! The border that every call crosses: panics stop here, and errno is kept.

#![allow(unsafe_code)]

use crate::capi::error::hc_error;
use core::ptr;

/// Runs a call so that no panic leaves the library, and errno stays as the caller had it.
pub(crate) fn guard<R>(broken: R, call: impl FnOnce() -> R) -> R {
    keep_errno(|| stop_panic(broken, call))
}

#[cfg(feature = "std")]
fn stop_panic<R>(broken: R, call: impl FnOnce() -> R) -> R {
    // What a panic leaves half-changed is marked dead by its own lock, and never looked at again.
    std::panic::catch_unwind(core::panic::AssertUnwindSafe(call)).unwrap_or(broken)
}

/// Without std there is no unwinding: a panic ends the program.
#[cfg(not(feature = "std"))]
fn stop_panic<R>(_: R, call: impl FnOnce() -> R) -> R {
    call()
}

#[cfg(feature = "std")]
fn keep_errno<R>(call: impl FnOnce() -> R) -> R {
    let before = errno::errno();
    let result = call();
    errno::set_errno(before);
    result
}

#[cfg(not(feature = "std"))]
fn keep_errno<R>(call: impl FnOnce() -> R) -> R {
    call()
}

/// A call whose answer is only a code.
pub(crate) fn guarded(call: impl FnOnce() -> hc_error) -> hc_error {
    guard(hc_error::HC_ERR_PANIC, call)
}

/// A call that makes something for `*out`: that is NULL unless it succeeds.
///
/// # Safety
/// `out` is NULL or can be written to.
pub(crate) unsafe fn make<T>(
    out: *mut *mut T,
    call: impl FnOnce() -> Result<*mut T, hc_error>,
) -> hc_error {
    if out.is_null() {
        return hc_error::HC_ERR_INVALID_ARGUMENT;
    }
    let (made, code) = match guard(Err(hc_error::HC_ERR_PANIC), call) {
        Ok(made) => (made, hc_error::HC_OK),
        Err(code) => (ptr::null_mut(), code),
    };
    // SAFETY: not NULL, and the caller vouches for the rest.
    unsafe { out.write(made) };
    code
}
