//! Error detail.
//!
//! A call that fails leaves its detail with the connection, for hc_conn_error_detail; hc_response_error_detail
//! gives the same from a response, which may have outlived its connection. It stays until the next call on that
//! connection or its responses fails; a call that succeeds, or returns HC_WOULD_BLOCK, HC_ERR_BUSY or
//! HC_ERR_INVALID_HANDLE, leaves it as it is. So the detail belongs to a failure if its code is the one that
//! the call returned. Where there is no handle (a function named _new that failed) hc_error_string says what the
//! code means, and hc_conn_error_message(NULL) why the last connection on this thread could not be made.
#![allow(unsafe_code)]

use crate::capi::api::response::hc_response;
use crate::capi::error::hc_error;
use crate::capi::kit::guard::guarded;
use crate::capi::objects::calls::{with_connection, with_response};
use crate::capi::objects::conn::Parts;
use crate::capi::objects::detail::{hc_error_detail, message_of};
use crate::capi::objects::opaque::hc_conn;
use crate::capi::objects::unmade;
use core::ffi::c_char;

/// The detail of the last call on this connection, or on a response of it, that failed. The pointers in it are
/// valid until the next such call that fails, or until the connection and its responses are freed.
///
/// Errors: HC_ERR_INVALID_ARGUMENT if `out` is NULL or out->size is not set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_error_detail(
    conn: *const hc_conn,
    out: *mut hc_error_detail,
) -> hc_error {
    guarded(|| {
        // SAFETY: the caller's promise is that of `write`.
        let outcome = with_connection(conn, |state| unsafe { state.error.write(out) });
        outcome.unwrap_or_else(|code| code)
    })
}

/// The message of the last call on this connection, or on a response of it, that failed: one line for a person,
/// NUL-terminated, empty if none failed. Valid as the pointers of hc_conn_error_detail. Never NULL: for an
/// invalid or a busy handle it says so. For NULL it is the message of the last hc_conn_new or relative of it that
/// failed on this thread, which says which part of host and port was wrong; valid until the next one that fails
/// there, or the thread ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_error_message(conn: *const hc_conn) -> *const c_char {
    if conn.is_null() {
        return unmade::message().unwrap_or(message_of(|| Err(hc_error::HC_ERR_INVALID_ARGUMENT)));
    }
    message_of(|| with_connection(conn, |state| state.error.message().as_ptr().cast()))
}

/// The detail of the last call on this response or its connection that failed: the same as hc_conn_error_detail
/// gives, for a response that may have outlived its connection.
///
/// Errors: HC_ERR_INVALID_ARGUMENT if `out` is NULL or out->size is not set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_error_detail(
    response: *const hc_response,
    out: *mut hc_error_detail,
) -> hc_error {
    guarded(|| {
        // SAFETY: the caller's promise is that of `write`.
        let outcome = with_response(response, |parts| unsafe { parts.error.write(out) });
        outcome.unwrap_or_else(|code| code)
    })
}

/// The message of the last call on this response or its connection that failed: otherwise as
/// hc_conn_error_message.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_error_message(response: *const hc_response) -> *const c_char {
    let message = |parts: Parts<'_>| parts.error.message().as_ptr().cast();
    message_of(|| with_response(response, message))
}
