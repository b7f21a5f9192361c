//! Name lookup.
//!
//! Names are looked up by the system (getaddrinfo), unless the program brings a function of its own: a resolver
//! with other servers, a cache, or a table for a test. Where a call may not wait for ever (a timeout, a
//! deadline, or a cancel handle) the lookup goes on a thread of the library's own, which ends when the lookup
//! does; nothing waits for it. Who asks for the same name of the same resolver meanwhile waits for that one lookup,
//! so a name server that hangs costs a thread for each name, however often it is tried again. More than 256 at the
//! same time are refused: HC_ERR_NAME_LOOKUP. Addresses are never looked up.
#![allow(unsafe_code)]

#[cfg(feature = "std")]
use crate::capi::callbacks::resolver::resolver;
use crate::capi::callbacks::resolver::{hc_release_fn, hc_resolve_fn};
use crate::capi::error::hc_error;
use crate::capi::kit::guard::guarded;
#[cfg(feature = "std")]
use crate::capi::objects::calls::on_connection;
use crate::capi::objects::opaque::hc_conn;
use core::ffi::c_void;

/// Sets who looks up the name that a connection goes to, from the next opening on: NULL for the system. An
/// opening under way is given up.
///
/// `context` is given to `callback`. It must stay valid until `release` is called with it: exactly once, when
/// neither the connection nor a running lookup needs it any more, and also if this function fails. `release`
/// may be NULL.
///
/// Errors: HC_ERR_UNSUPPORTED for a connection that is not made by hc_conn_new or hc_conn_new_tls,
/// HC_ERR_NO_MEMORY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_resolver(
    conn: *mut hc_conn,
    callback: hc_resolve_fn,
    context: *mut c_void,
    release: hc_release_fn,
) -> hc_error {
    guarded(|| set(conn, callback, context, release))
}

#[cfg(feature = "std")]
fn set(
    conn: *mut hc_conn,
    callback: hc_resolve_fn,
    context: *mut c_void,
    release: hc_release_fn,
) -> hc_error {
    let resolver = resolver(callback, context, release);
    on_connection(conn, |state| state.connect.set_resolver(&mut state.connection, resolver?))
}

/// There are no names to look up in this build.
#[cfg(not(feature = "std"))]
fn set(
    _: *mut hc_conn,
    _: hc_resolve_fn,
    context: *mut c_void,
    release: hc_release_fn,
) -> hc_error {
    if let Some(release) = release {
        // SAFETY: the caller vouched for the function and its context.
        unsafe { release(context) }
    }
    hc_error::HC_ERR_UNSUPPORTED
}
