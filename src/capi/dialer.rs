//! Dialers.
//!
//! A program can be asked whenever a connection is to be opened, and give a stream of its own: one
//! through SOCKS, from a pool, out of a test. What the library does above that, the tunnel and TLS, stays
//! the library's.
#![allow(unsafe_code)]

use super::connection::hc_conn;
use super::entry::guarded;
use super::error::hc_error;
use super::transport::hc_transport;
use super::unit::on_connection;
use core::ffi::{c_char, c_void};

/// What a hc_dial_fn returns when it has filled in a transport.
///
/// Since 0.1.
pub const HC_DIAL_DONE: i64 = 0;

/// What a hc_dial_fn returns to have the library connect as it would without it.
///
/// Since 0.1.
pub const HC_DIAL_DEFAULT: i64 = 1;

/// Connects to `host` (a name beyond ASCII in its xn-- form) and `port`, in the place of the library.
///
/// `context` is what was given with the function. It fills in `transport`, whose size is set already and
/// whose other members are NULL and -1, and returns HC_DIAL_DONE; or returns HC_DIAL_DEFAULT;
/// HC_IO_WOULD_BLOCK if it cannot say yet (the call of the library then returns HC_WOULD_BLOCK and is to
/// be repeated; when, the program knows by itself); or another negative number, which comes back as
/// os_error beside HC_ERR_TRANSPORT. Calls on the connection from here return HC_ERR_BUSY.
///
/// Since 0.1.
#[allow(non_camel_case_types)]
pub type hc_dial_fn = Option<
    unsafe extern "C" fn(
        context: *mut c_void,
        host: *const c_char,
        port: i32,
        transport: *mut hc_transport,
    ) -> i64,
>;

/// Sets who is asked whenever the connection opens: NULL for nobody, the default. `context` must stay
/// valid until this is called again or the connection is freed. With a tunnel, `host` and `port` are
/// those of the proxy. It holds from the next opening on. Never blocks.
///
/// Errors: HC_ERR_UNSUPPORTED for a connection that is not made by hc_conn_new or hc_conn_new_tls;
/// HC_ERR_INVALID_HANDLE, HC_ERR_BUSY, HC_ERR_NO_MEMORY.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_dialer(
    conn: *mut hc_conn,
    function: hc_dial_fn,
    context: *mut c_void,
) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            let asked = function.map(|function| Asked { function, context });
            state.dialing.set_asked(&mut state.connection, asked)
        })
    })
}

/// The program's function.
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "std"), expect(dead_code, reason = "there are no sockets to replace"))]
pub(super) struct Asked {
    pub(super) function:
        unsafe extern "C" fn(*mut c_void, *const c_char, i32, *mut hc_transport) -> i64,
    pub(super) context: *mut c_void,
}

// SAFETY: the connection is used by one thread at a time, and the header says that it may move.
unsafe impl Send for Asked {}
