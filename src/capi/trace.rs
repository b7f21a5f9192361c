//! Trace.
//!
//! A function of the program can be told what a connection sends and receives, as it does: for a log,
//! or to see interim responses.
#![allow(unsafe_code)]

use super::connection::{hc_conn, set};
use super::entry::{guard, guarded};
use super::error::hc_error;
use super::response::hc_response;
use super::unit::{Parts, on_connection, with_connection, with_response};
use crate::client::{Connection, Event, Trace};
use crate::engine::error::Error;
use alloc::boxed::Box;
use core::ffi::{c_char, c_void};

/// An event of a trace: a line of text about the connection.
///
/// Since 0.1.
pub const HC_TRACE_INFO: i32 = 0;
/// An event of a trace: a block of bytes goes out: the head of a request, its body if that is bytes, a
/// block or piece of one that comes in parts, with its framing if it is a chunk. The connection may fail
/// before it has taken the whole block.
///
/// Since 0.1.
pub const HC_TRACE_SEND: i32 = 1;
/// An event of a trace: a line of text about the body of a request, in the words of http.client's debug
/// output, such as "reading a readable".
///
/// Since 0.1.
pub const HC_TRACE_BODY: i32 = 5;
/// An event of a trace: the status line of a response came, interim or final, as it is and with its end,
/// whatever is wrong with it; or what came of it before the stream ended. Its head follows if it is good.
///
/// Since 0.1.
pub const HC_TRACE_STATUS: i32 = 6;
/// An event of a trace: the head of a proxy's answer to CONNECT came.
///
/// Since 0.1.
pub const HC_TRACE_TUNNEL: i32 = 4;
/// An event of a trace: the head of an interim (1xx) response came.
///
/// Since 0.1.
pub const HC_TRACE_INTERIM: i32 = 2;
/// An event of a trace: the head of the final response came, its status line included.
///
/// Since 0.1.
pub const HC_TRACE_HEAD: i32 = 3;

/// Is told what a connection does, while it does it.
///
/// `context` is what was given with it; `event` is one of HC_TRACE_, or one that a newer library has and a
/// program ignores; `data` has `len` bytes, not NUL-terminated, and is valid during the call only. Calls on
/// the connection or its responses from here return HC_ERR_BUSY.
///
/// Since 0.1.
#[allow(non_camel_case_types)]
pub type hc_trace_fn =
    Option<unsafe extern "C" fn(context: *mut c_void, event: i32, data: *const c_char, len: usize)>;

/// Sets who is told what the connection does: NULL for nobody, the default. `context` must stay
/// valid until this is called again or the connection and its responses are freed. Never blocks.
///
/// Errors: HC_ERR_INVALID_HANDLE, HC_ERR_BUSY, HC_ERR_NO_MEMORY.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_trace(
    conn: *mut hc_conn,
    function: hc_trace_fn,
    context: *mut c_void,
) -> hc_error {
    set(conn, |state| observe(&mut state.connection, function, context))
}

/// Shows what happens on a connection to a function of the program.
pub(super) fn observe(connection: &mut Connection, function: hc_trace_fn, context: *mut c_void) {
    let observer = function.map(|function| Observer { function, context });
    connection.set_trace(observer.map(|observer| Box::new(observer) as Box<dyn Trace>));
}

/// Prints what the connection does on standard output, in the lines of http.client, if `level` is above 0;
/// 0, the default, prints nothing: http.client's set_debuglevel(). Bytes are in Python's notation; a body
/// that is not bytes is called "<callback>", "<pieces>" or "<file>" where http.client prints the object. It
/// takes the place of a function set by hc_conn_set_trace, and such a function takes its place.
/// Credentials are printed as they are sent. Never blocks itself; printing may.
///
/// Errors: HC_ERR_UNSUPPORTED in a build without std; HC_ERR_INVALID_HANDLE, HC_ERR_BUSY.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_debuglevel(conn: *mut hc_conn, level: i32) -> hc_error {
    guarded(|| on_connection(conn, |state| print(&mut state.connection, level)))
}

/// Prints what happens on a connection, if the level is above 0.
pub(super) fn print(connection: &mut Connection, level: i32) -> Result<(), Error> {
    let printer = if level > 0 { Some(printer()?) } else { None };
    connection.set_trace(printer);
    connection.settings.debug_level = level;
    Ok(())
}

/// The level set by hc_conn_set_debuglevel, 0 by default and for an invalid or busy handle; a function set
/// by hc_conn_set_trace does not change it. Never blocks.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_debuglevel(conn: *const hc_conn) -> i32 {
    guard(0, || with_connection(conn, |state| state.connection.settings.debug_level).unwrap_or(0))
}

/// The level that the connection had at hc_getresponse: http.client's HTTPResponse.debuglevel. 0 for an
/// invalid or busy handle. Never blocks.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_debuglevel(response: *const hc_response) -> i32 {
    let level = |parts: Parts<'_>| match parts.response.has_begun() {
        true => parts.response.debug_level(),
        false => parts.connection.settings.debug_level,
    };
    guard(0, || with_response(response, level).unwrap_or(0))
}

#[cfg(feature = "std")]
fn printer() -> Result<Box<dyn Trace>, Error> {
    Ok(Box::new(super::printing::Printer))
}

#[cfg(not(feature = "std"))]
fn printer() -> Result<Box<dyn Trace>, Error> {
    Err(crate::engine::error::error!(
        crate::engine::error::Kind::Unsupported,
        "this build has no standard output"
    ))
}

struct Observer {
    function: unsafe extern "C" fn(*mut c_void, i32, *const c_char, usize),
    context: *mut c_void,
}

// SAFETY: the connection is used by one thread at a time, and the header says that it may move.
unsafe impl Send for Observer {}

impl Trace for Observer {
    fn event(&mut self, event: Event, data: &[u8]) {
        let event = match event {
            Event::Info => HC_TRACE_INFO,
            Event::Body => HC_TRACE_BODY,
            Event::Send | Event::Piece => HC_TRACE_SEND,
            Event::Status => HC_TRACE_STATUS,
            Event::Tunnel => HC_TRACE_TUNNEL,
            Event::Interim => HC_TRACE_INTERIM,
            Event::Head => HC_TRACE_HEAD,
        };
        // SAFETY: the caller vouched for the function and its context.
        unsafe { (self.function)(self.context, event, data.as_ptr().cast(), data.len()) }
    }
}
