//! Dialers of the program.

use super::transport::hc_transport;
use core::ffi::{c_char, c_void};

/// What a hc_dial_fn returns when it has filled in a transport.
pub const HC_DIAL_DONE: i64 = 0;

/// What a hc_dial_fn returns to have the library connect as it would without it.
pub const HC_DIAL_DEFAULT: i64 = 1;

/// Connects to `host` (a name beyond ASCII in its xn-- form) and `port`, in the place of the library.
///
/// `context` is what was given with the function. It fills in `transport`, whose size is set already and whose
/// other members are NULL and -1, and returns HC_DIAL_DONE; or returns HC_DIAL_DEFAULT; HC_IO_WOULD_BLOCK if it
/// cannot say yet (the call of the library then returns HC_WOULD_BLOCK and is to be repeated; when, the program
/// knows by itself); or another negative number, which comes back as it is, as os_error beside
/// HC_ERR_TRANSPORT. After HC_DIAL_DONE the library closes the transport when it is done with it; after any
/// other answer it has not looked at it. Calls on the connection from here return HC_ERR_BUSY.
#[allow(non_camel_case_types)]
pub type hc_dial_fn = Option<
    unsafe extern "C" fn(
        context: *mut c_void,
        host: *const c_char,
        port: i32,
        transport: *mut hc_transport,
    ) -> i64,
>;

/// The program's function.
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "std"), expect(dead_code, reason = "there are no sockets to replace"))]
pub(crate) struct Asked {
    pub(crate) callback:
        unsafe extern "C" fn(*mut c_void, *const c_char, i32, *mut hc_transport) -> i64,
    pub(crate) context: *mut c_void,
}

// SAFETY: the connection is used by one thread at a time, and the header says that it may move.
unsafe impl Send for Asked {}
