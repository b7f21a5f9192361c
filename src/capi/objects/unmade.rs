//! Why the last connection that was to be made on a thread could not be: there is no handle to keep that.
#![allow(unsafe_code)]

use crate::capi::error::hc_error;
#[cfg(feature = "std")]
use crate::capi::error::string;
use crate::engine::error::Error;
use core::ffi::c_char;

/// Keeps why a connection could not be made, and gives the code.
pub(crate) fn refused(error: Error) -> hc_error {
    #[cfg(feature = "std")]
    kept::keep(error.message().as_bytes());
    error.kind().into()
}

/// Makes a connection. Of a failure of which nothing was kept, that is what the code says.
pub(crate) fn making(make: impl FnOnce() -> hc_error) -> hc_error {
    #[cfg(feature = "std")]
    kept::begin();
    let code = make();
    #[cfg(feature = "std")]
    if code != hc_error::HC_OK && !kept::has_kept() {
        // SAFETY: the texts of codes are NUL-terminated, and stay.
        kept::keep(unsafe { core::ffi::CStr::from_ptr(string(code as i32)) }.to_bytes());
    }
    code
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
    use core::cell::{Cell, RefCell};
    use core::ffi::c_char;

    /// More than any message has.
    const ROOM: usize = 600;

    std::thread_local! {
        /// Its memory is the thread's: nothing is taken for it, and nothing is to be done when the thread ends.
        static MESSAGE: RefCell<[u8; ROOM]> = const { RefCell::new([0; ROOM]) };
        /// Whether it is of the call that was begun last.
        static IS_NEW: Cell<bool> = const { Cell::new(false) };
    }

    pub(super) fn begin() {
        let _ = IS_NEW.try_with(|is_new| is_new.set(false));
    }

    pub(super) fn has_kept() -> bool {
        IS_NEW.try_with(Cell::get).unwrap_or(true)
    }

    pub(super) fn keep(message: &[u8]) {
        let len = message.len().min(ROOM - 1);
        let _ = IS_NEW.try_with(|is_new| is_new.set(true));
        let _ = MESSAGE.try_with(|kept| {
            let mut kept = kept.borrow_mut();
            kept[..len].copy_from_slice(&message[..len]);
            kept[len] = 0;
        });
    }

    pub(super) fn message() -> Option<*const c_char> {
        let kept = MESSAGE.try_with(|kept| (kept.borrow()[0] != 0).then_some(kept.as_ptr()));
        kept.ok().flatten().map(|kept| kept.cast_const().cast())
    }
}
