//! Interim responses, and Expect: 100-continue.
//!
//! A server may send interim responses (1xx but 101) before the final one, such as 103 with early hints. They
//! are skipped, and a function of the program can be told of them.
//!
//! With "Expect: 100-continue" among its headers a request asks the server to say 100 before the body is sent,
//! or to refuse it without having to read it. As in http.client nothing waits for that unless
//! hc_conn_set_expect_wait says so.
#![allow(unsafe_code)]

use crate::capi::api::header_block::hc_headers;
use crate::capi::api::response::hc_response;
use crate::capi::error::hc_error;
use crate::capi::kit::guard::guarded;
use crate::capi::kit::handle::{self, Vacancy};
use crate::capi::objects::calls::{on_connection, on_response};
use crate::capi::objects::header_block::Headers;
use crate::capi::objects::object::Object;
use crate::capi::objects::opaque::hc_conn;
use crate::client::{ExpectWait, Interim};
use crate::engine::error::{Error, Kind, error};
use crate::engine::head::Head;
use crate::memory::{Room, boxed};
use crate::uncancelled::uncancelled;
use alloc::boxed::Box;
use core::ffi::c_void;
use core::{mem, ptr};

/// Is told of an interim response, by the call that receives it: hc_getresponse, or one that sends.
///
/// `context` is what was given with the function, `status` is 100 to 199 but not 101. `fields` is lent for the
/// call; it is not to be freed, and its texts are valid during the call only. It is NULL if there was no memory
/// for it, which all functions of hc_headers take for no fields. Calls on the connection or its responses from
/// here return HC_ERR_BUSY.
#[allow(non_camel_case_types)]
pub type hc_interim_fn =
    Option<unsafe extern "C" fn(context: *mut c_void, status: i32, fields: *const hc_headers)>;

/// Sets who is told of interim responses: NULL for nobody, the default. `context` must stay valid until this is
/// called again or the connection and its responses are freed.
///
/// Errors: HC_ERR_NO_MEMORY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_interim(
    conn: *mut hc_conn,
    callback: hc_interim_fn,
    context: *mut c_void,
) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            state.connection.set_interim(observer(callback, context)?);
            Ok(())
        })
    })
}

/// The same for a response made by hc_response_new, before hc_response_begin. For any other response it does
/// the same as hc_conn_set_interim on its connection.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_set_interim(
    response: *mut hc_response,
    callback: hc_interim_fn,
    context: *mut c_void,
) -> hc_error {
    guarded(|| {
        on_response(response, |connection, _| {
            connection.set_interim(observer(callback, context)?);
            Ok(())
        })
    })
}

/// Sets how long the body of a request with "Expect: 100-continue" waits for the server's 100, in milliseconds;
/// 0, the default, does not wait: http.client's way.
///
/// With a wait, the head goes out alone. When the server says 100, or the time is up, the body follows. When it
/// gives its final response instead, such as 417 or 413, the body is not sent: the call returns HC_OK,
/// hc_getresponse gives that response, and the connection ends with it (HC_EXCHANGE_BODY_NOT_SENT tells so;
/// after a 417 the program may send the request again without Expect). Other interim responses do not end the
/// wait. HC_TIMEOUT_NONE waits for as long as the timeout of an operation and the deadline allow; they bound a
/// shorter wait, too.
///
/// It holds for hc_request and its relatives and for hc_endheaders, also without a body: then hc_send does not
/// wait. Nothing waits in HTTP/1.0, nor behind a response whose body is still to be read. With a timeout of 0
/// the call returns HC_WOULD_BLOCK, and the end of the wait is in hc_conn_next_timeout. Over a transport of the
/// program whose `read` waits, the wait takes as long as that. Never blocks itself.
///
/// Errors: HC_ERR_INVALID_ARGUMENT for another negative number; HC_ERR_UNSUPPORTED for a positive one in a
/// build without std.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_expect_wait(
    conn: *mut hc_conn,
    milliseconds: i64,
) -> hc_error {
    const NEGATIVE: Error = error!(Kind::InvalidArgument, "a negative wait");
    const NO_CLOCK: Error = error!(Kind::Unsupported, "this build has no clock");
    guarded(|| {
        on_connection(conn, |state| {
            state.connection.settings.expect_wait = match milliseconds {
                -1 => ExpectWait::Forever,
                0 => ExpectWait::No,
                1.. if cfg!(not(feature = "std")) => return Err(NO_CLOCK),
                1.. => ExpectWait::AtMost((milliseconds as u64).saturating_mul(1_000_000)),
                _ => return Err(NEGATIVE),
            };
            Ok(())
        })
    })
}

struct Observer {
    callback: unsafe extern "C" fn(*mut c_void, i32, *const hc_headers),
    context: *mut c_void,
}

// SAFETY: the connection is used by one thread at a time, and the header says that it may move.
unsafe impl Send for Observer {}

fn observer(
    callback: hc_interim_fn,
    context: *mut c_void,
) -> Result<Option<Box<dyn Interim>>, Error> {
    match callback {
        Some(callback) => Ok(Some(boxed(Observer { callback, context })?)),
        None => Ok(None),
    }
}

impl Interim for Observer {
    fn interim(&mut self, head: &mut Head) {
        let room = Vacancy::new().and_then(|handle| Ok((handle, Room::new()?)));
        let handle = match room {
            Ok((handle, room)) => {
                let lent = Headers::lent(mem::take(&mut head.fields));
                handle.fill(Object::Headers(room.fill(lent)))
            }
            Err(_) => ptr::null_mut(),
        };
        // SAFETY: the caller vouched for the function and its context.
        uncancelled(|| unsafe { (self.callback)(self.context, i32::from(head.status), handle) });
        take_back(handle, head);
    }
}

/// Ends the handle; the fields' memory is the head's again.
fn take_back(handle: *mut hc_headers, head: &mut Head) {
    if let Ok(taken) = handle::take_to_free(handle) {
        if let Some(Object::Headers(headers)) = taken.remove() {
            head.fields = headers.fields;
        }
    }
}
