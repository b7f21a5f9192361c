//! Responses without a connection.
//!
//! A response can also be read from any stream of bytes, where the request was sent by other means or the
//! answer was recorded: http.client's HTTPResponse(sock). Every rule of a response holds.
#![allow(unsafe_code)]

use crate::capi::api::event_loop::end_by;
use crate::capi::api::event_loop::{attach, hc_cancel_handle, with_token};
use crate::capi::api::response::hc_response;
use crate::capi::api::settings::limit_head;
use crate::capi::api::trace::observe;
use crate::capi::api::trace::print;
use crate::capi::callbacks::trace::hc_trace_fn;
use crate::capi::callbacks::transport::{given, hc_transport};
use crate::capi::error::hc_error;
use crate::capi::kit::guard::{guarded, make};
use crate::capi::kit::memory::text;
use crate::capi::objects::calls::{NewConn, before_begin, on_response};
use crate::client::Connection;
use core::ffi::{c_char, c_void};

/// Makes a response that will be read from a transport of the program: http.client's HTTPResponse().
///
/// `method` is the method of the request that it answers, such as "GET": an answer to HEAD has no body. NULL:
/// it is not known, and the answer is read as one to any other method. Nothing is read before
/// hc_response_begin; until then the status is 0 and there are no headers. The struct is copied; its context
/// belongs to the response until `close` is called, as in hc_conn_new_with_transport. `write` is never called.
/// The response goes to `*out`, to be freed by hc_response_free; after a failure that is NULL.
///
/// Errors: HC_ERR_INVALID_ARGUMENT if `transport`, `out`, `read` or `write` is NULL or size is not set;
/// HC_ERR_NO_MEMORY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_new(
    transport: *const hc_transport,
    method: *const c_char,
    out: *mut *mut hc_response,
) -> hc_error {
    // SAFETY: the caller's promise is that of these functions.
    unsafe {
        make(out, || {
            NewConn::new()?.fill_response(|| {
                let method = if method.is_null() { b"" } else { text(method)? };
                // Nothing fails once the transport is taken.
                Connection::of_response(|| given(transport), method)
            })
        })
    }
}

/// Sets one of the HC_LIMIT_ bounds of a response made by hc_response_new: as hc_conn_set_limit. Before
/// hc_response_begin.
///
/// Errors: those of hc_conn_set_limit, such as HC_ERR_INVALID_ARGUMENT; HC_ERR_STATE if the head was received.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_set_limit(
    response: *mut hc_response,
    which: i32,
    limit: usize,
) -> hc_error {
    guarded(|| before_begin(response, |connection| limit_head(connection, which, limit)))
}

/// Sets who is told of the heads that a response made by hc_response_new receives: as hc_conn_set_trace. Before
/// hc_response_begin. `context` must stay valid until the response is freed.
///
/// Errors: those of hc_conn_set_trace, such as HC_ERR_INVALID_HANDLE; HC_ERR_STATE if the head was received.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_set_trace(
    response: *mut hc_response,
    callback: hc_trace_fn,
    context: *mut c_void,
) -> hc_error {
    guarded(|| before_begin(response, |connection| observe(connection, callback, context)))
}

/// Prints the heads that a response made by hc_response_new receives: as hc_conn_set_debuglevel. Before
/// hc_response_begin. Never blocks itself; printing may.
///
/// Errors: those of hc_conn_set_debuglevel, such as HC_ERR_UNSUPPORTED; HC_ERR_STATE if the head was received.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_set_debuglevel(
    response: *mut hc_response,
    level: i32,
) -> hc_error {
    guarded(|| before_begin(response, |connection| print(connection, level)))
}

/// Sets a deadline for a response made by hc_response_new: as hc_conn_set_deadline. Before hc_response_begin;
/// it holds for the body, too. The functions of the transport are not interrupted: it is looked at before each
/// call of them.
///
/// Errors: those of hc_conn_set_deadline, such as HC_ERR_INVALID_ARGUMENT; HC_ERR_STATE if the head was
/// received.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_set_deadline(
    response: *mut hc_response,
    milliseconds: i64,
) -> hc_error {
    guarded(|| before_begin(response, |connection| end_by(connection, milliseconds)))
}

/// Gives a response made by hc_response_new a cancel handle: as hc_conn_set_cancel. Before hc_response_begin;
/// it holds for the body, too. The functions of the transport are not interrupted: it is looked at before each
/// call of them.
///
/// Errors: those of hc_conn_set_cancel, such as HC_ERR_UNSUPPORTED; HC_ERR_STATE if the head was received.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_set_cancel(
    response: *mut hc_response,
    cancel: *const hc_cancel_handle,
) -> hc_error {
    guarded(|| {
        with_token(cancel, |token| before_begin(response, |connection| attach(connection, token)))
    })
}

/// Receives the head of a response made by hc_response_new: http.client's begin(). It succeeds once.
///
/// Interim responses (1xx but 101) are skipped. The stream is closed when the body was read to its end, or the
/// response is closed; more may have been received from it than the response has.
///
/// Errors: those of hc_getresponse, such as HC_ERR_REMOTE_DISCONNECTED for a stream without a byte;
/// HC_ERR_TIMEOUT, HC_WOULD_BLOCK: nothing was lost, the call can be repeated; after any other the response is
/// closed. HC_ERR_RESPONSE_NOT_READY if the head was received already.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_begin(response: *mut hc_response) -> hc_error {
    guarded(|| {
        on_response(response, |connection, response| {
            connection.getresponse(response)?;
            if let Some(stream) = connection.surrender() {
                response.inherit(stream);
            }
            Ok(())
        })
    })
}
