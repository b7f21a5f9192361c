//! Thread cancellation (`pthread_cancel`) held off.
//!
//! A cancelled thread is unwound from the next cancellation point that it comes to, and most system calls that may
//! wait are one. No frame of Rust may be unwound so: the process would abort, and what the call was doing would
//! stay half done. So whatever is a cancellation point, or may come to one in a function of the program, runs with
//! cancellation held off; the thread ends at the first such point behind the call. What every small exchange does
//! (`sys::receive`, `sys::send`) pays nothing for that where the system has calls that are none.
#![allow(unsafe_code)]

#[cfg(feature = "std")]
use core::mem::ManuallyDrop;
#[cfg(feature = "std")]
use core::ops::Deref;

/// Does some work with cancellation held off.
pub(crate) fn uncancelled<R>(work: impl FnOnce() -> R) -> R {
    let _held = Held::new();
    work()
}

/// Cancellation is held off while it lives.
struct Held {
    #[cfg(all(feature = "std", unix, not(target_os = "android")))]
    before: core::ffi::c_int,
}

#[cfg(all(feature = "std", unix, not(target_os = "android")))]
mod system {
    use core::ffi::c_int;

    /// PTHREAD_CANCEL_DISABLE
    pub(super) const DISABLE: c_int = if cfg!(target_vendor = "apple") { 0 } else { 1 };

    unsafe extern "C" {
        // POSIX; the crate libc does not have it.
        pub(super) fn pthread_setcancelstate(state: c_int, before: *mut c_int) -> c_int;
    }
}

impl Held {
    #[cfg(all(feature = "std", unix, not(target_os = "android")))]
    fn new() -> Held {
        let mut before = 0;
        // SAFETY: the pointer is to a live value. It cannot fail with this state.
        unsafe { system::pthread_setcancelstate(system::DISABLE, &mut before) };
        Held { before }
    }

    /// There is nothing to hold off.
    #[cfg(not(all(feature = "std", unix, not(target_os = "android"))))]
    fn new() -> Held {
        Held {}
    }
}

#[cfg(all(feature = "std", unix, not(target_os = "android")))]
impl Drop for Held {
    fn drop(&mut self) {
        let mut own = 0;
        // SAFETY: the state is one that the system gave, and the pointer is to a live value.
        unsafe { system::pthread_setcancelstate(self.before, &mut own) };
    }
}

/// What is closed with cancellation held off: `close` is a cancellation point.
#[cfg(feature = "std")]
pub(crate) struct Closing<T>(ManuallyDrop<T>);

#[cfg(feature = "std")]
impl<T> Closing<T> {
    pub(crate) fn new(value: T) -> Closing<T> {
        Closing(ManuallyDrop::new(value))
    }
}

#[cfg(feature = "std")]
impl<T> Deref for Closing<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

#[cfg(feature = "std")]
impl<T> Drop for Closing<T> {
    fn drop(&mut self) {
        // SAFETY: nobody looks at the value after its owner's drop.
        uncancelled(|| unsafe { ManuallyDrop::drop(&mut self.0) });
    }
}
