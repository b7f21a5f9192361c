//! A function of the program that takes the lines of the key log.
#![allow(unsafe_code)]

use core::ffi::{c_char, c_void};

/// Takes a line of the key log: `line` has `len` bytes and a NUL, no line end, and is valid during the call
/// only. `context` is what was given with it.
///
/// A line for which there is no memory is left out. Called during handshakes, on the thread that makes them: with several threads also at the same time. Calls
/// on the connection from here return HC_ERR_BUSY.
#[allow(non_camel_case_types)]
pub type hc_key_log_fn =
    Option<unsafe extern "C" fn(context: *mut c_void, line: *const c_char, len: usize)>;

/// A function of the caller that takes the lines of the key log.
#[cfg(feature = "tls")]
pub(crate) struct KeyLog {
    pub(crate) callback: unsafe extern "C" fn(*mut c_void, *const c_char, usize),
    pub(crate) context: *mut c_void,
}

// SAFETY: the header demands a function that any thread may call, several at once.
#[cfg(feature = "tls")]
unsafe impl Send for KeyLog {}

// SAFETY: likewise.
#[cfg(feature = "tls")]
unsafe impl Sync for KeyLog {}

#[cfg(feature = "tls")]
impl KeyLog {
    /// Hands a line over; it is left out where there is no memory for the NUL behind it.
    pub(crate) fn line(&self, line: &str) {
        if let Ok(terminated) = crate::memory::terminated(line.as_bytes()) {
            // SAFETY: the caller vouched for the function and its context.
            crate::uncancelled::uncancelled(|| unsafe {
                (self.callback)(self.context, terminated.as_ptr().cast(), line.len());
            });
        }
    }
}
