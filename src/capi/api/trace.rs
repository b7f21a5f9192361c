//! Trace.
//!
//! A function of the program can be told what a connection sends and receives, as it does: for a log, or to see
//! interim responses.
#![allow(unsafe_code)]

use crate::capi::api::response::hc_response;
use crate::capi::callbacks::trace::hc_trace_fn;
use crate::capi::callbacks::trace::{observer, printer};
use crate::capi::error::hc_error;
use crate::capi::kit::guard::{guard, guarded};
use crate::capi::objects::calls::{on_connection, with_connection, with_response};
use crate::capi::objects::conn::Parts;
use crate::capi::objects::opaque::hc_conn;
use crate::client::{Connection, Place};
use crate::engine::error::Error;
use core::ffi::c_void;

/// Sets who is told what the connection does: NULL for nobody, the default. `context` must stay valid until
/// this is called again or the connection and its responses are freed.
///
/// Errors: HC_ERR_NO_MEMORY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_trace(
    conn: *mut hc_conn,
    callback: hc_trace_fn,
    context: *mut c_void,
) -> hc_error {
    guarded(|| on_connection(conn, |state| observe(&mut state.connection, callback, context)))
}

/// Shows what happens on a connection to a function of the program.
pub(crate) fn observe(
    connection: &mut Connection,
    callback: hc_trace_fn,
    context: *mut c_void,
) -> Result<(), Error> {
    connection.set_trace(Place::Other, observer(callback, context)?);
    Ok(())
}

/// Prints what the connection does on standard output, in the lines of http.client, if `level` is above 0; 0,
/// the default, prints nothing: http.client's set_debuglevel(). Bytes are in Python's notation; a body that is
/// not bytes is called "<callback>", "<pieces>" or "<file>" where http.client prints the object. A function set
/// by hc_conn_set_trace is told, too. Credentials are printed as they are sent. Never blocks itself; printing
/// may.
///
/// Errors: HC_ERR_UNSUPPORTED in a build without std.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_debuglevel(conn: *mut hc_conn, level: i32) -> hc_error {
    guarded(|| on_connection(conn, |state| print(&mut state.connection, level)))
}

/// Prints what happens on a connection, if the level is above 0.
pub(crate) fn print(connection: &mut Connection, level: i32) -> Result<(), Error> {
    let printer = if level > 0 { Some(printer()?) } else { None };
    connection.set_trace(Place::Printer, printer);
    connection.settings.debug_level = level;
    Ok(())
}

/// The level set by hc_conn_set_debuglevel, 0 by default and for an invalid or busy handle; a function set by
/// hc_conn_set_trace does not change it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_debuglevel(conn: *const hc_conn) -> i32 {
    guard(0, || with_connection(conn, |state| state.connection.settings.debug_level).unwrap_or(0))
}

/// The level that the connection had at hc_getresponse: http.client's HTTPResponse.debuglevel. 0 for an invalid
/// or busy handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_debuglevel(response: *const hc_response) -> i32 {
    let level = |parts: Parts<'_>| match parts.response.has_begun() {
        true => parts.response.debug_level(),
        false => parts.connection.settings.debug_level,
    };
    guard(0, || with_response(response, level).unwrap_or(0))
}
