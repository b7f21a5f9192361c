//! Dialers.
//!
//! A program can be asked whenever a connection is to be opened, and give a stream of its own: one through
//! SOCKS, from a pool, out of a test. What the library does above that, the tunnel and TLS, stays the
//! library's.
#![allow(unsafe_code)]

use crate::capi::callbacks::dialer::{Asked, hc_dial_fn};
use crate::capi::error::hc_error;
use crate::capi::kit::guard::guarded;
use crate::capi::objects::calls::on_connection;
use crate::capi::objects::opaque::hc_conn;
use core::ffi::c_void;

/// Sets who is asked whenever the connection opens: NULL for nobody, the default. `context` must stay valid
/// until this is called again or the connection is freed. With a tunnel, `host` and `port` are those of the
/// proxy. It holds from the next opening on, and an opening under way is given up.
///
/// Errors: HC_ERR_UNSUPPORTED for a connection that is not made by hc_conn_new or hc_conn_new_tls,
/// HC_ERR_NO_MEMORY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_dialer(
    conn: *mut hc_conn,
    callback: hc_dial_fn,
    context: *mut c_void,
) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            let asked = callback.map(|callback| Asked { callback, context });
            state.connect.set_asked(&mut state.connection, asked)
        })
    })
}
