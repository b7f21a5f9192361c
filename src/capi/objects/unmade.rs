//! Why the last connection that was to be made on a thread could not be: there is no handle to keep that.
#![allow(unsafe_code)]

use crate::capi::error::hc_error;
use crate::engine::error::Error;
use core::ffi::c_char;

/// Keeps why a connection could not be made, and gives the code.
pub(crate) fn refused(error: Error) -> hc_error {
    #[cfg(feature = "std")]
    kept::keep(error.message());
    error.kind().into()
}

/// What was kept last on this thread, NUL-terminated.
pub(crate) fn message() -> Option<*const c_char> {
    #[cfg(feature = "std")]
    return kept::message();
    #[cfg(not(feature = "std"))]
    None
}

#[cfg(feature = "std")]
mod kept {
    use core::cell::RefCell;
    use core::ffi::c_char;

    /// More than any message has.
    const ROOM: usize = 600;

    std::thread_local! {
        /// Its memory is the thread's: nothing is taken for it, and nothing is to be done when the thread ends.
        static MESSAGE: RefCell<[u8; ROOM]> = const { RefCell::new([0; ROOM]) };
    }

    pub(super) fn keep(message: &str) {
        let len = message.len().min(ROOM - 1);
        let _ = MESSAGE.try_with(|kept| {
            let mut kept = kept.borrow_mut();
            kept[..len].copy_from_slice(&message.as_bytes()[..len]);
            kept[len] = 0;
        });
    }

    pub(super) fn message() -> Option<*const c_char> {
        let kept = MESSAGE.try_with(|kept| (kept.borrow()[0] != 0).then_some(kept.as_ptr()));
        kept.ok().flatten().map(|kept| kept.cast_const().cast())
    }
}
