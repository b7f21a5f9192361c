//! Transports of the program through the C interface: whose they are.
#![allow(unsafe_code, clippy::std_instead_of_core)]

use core::ffi::{CStr, c_char, c_void};
use core::ptr;
use httpclient::capi::api::transport::hc_conn_new_with_transport;
use httpclient::capi::callbacks::transport::hc_transport;
use httpclient::capi::error::hc_error;

unsafe extern "C" fn read(_: *mut c_void, _: *mut c_void, _: usize) -> i64 {
    0
}

unsafe extern "C" fn write(_: *mut c_void, _: *const c_void, len: usize) -> i64 {
    len as i64
}

unsafe extern "C" fn close(count: *mut c_void) {
    // SAFETY: the context is the test's counter.
    unsafe { *count.cast::<usize>() += 1 }
}

/// The code, and how often the transport was closed.
fn made(host: *const c_char, port: i32) -> (hc_error, usize) {
    let mut closed = 0usize;
    let transport = hc_transport {
        size: size_of::<hc_transport>(),
        context: ptr::from_mut(&mut closed).cast(),
        read: Some(read),
        write: Some(write),
        quiet: None,
        close: Some(close),
        fd: -1,
        writev: None,
    };
    let mut out = ptr::null_mut();
    // SAFETY: a whole struct, a text or NULL, and a place for the handle.
    let code = unsafe { hc_conn_new_with_transport(&transport, host, port, &mut out) };
    assert!(out.is_null());
    (code, closed)
}

#[test]
fn a_refused_argument_leaves_the_transport_to_the_program() {
    let host: &CStr = c"h.test";
    assert_eq!(made(ptr::null(), 80), (hc_error::HC_ERR_INVALID_ARGUMENT, 0));
    assert_eq!(made(host.as_ptr(), 0), (hc_error::HC_ERR_INVALID_ARGUMENT, 0));
    assert_eq!(made(c"a b".as_ptr(), 80), (hc_error::HC_ERR_INVALID_URL, 0));
}
