//! TLS sessions.
//!
//! What the handshake of a connection has settled. It can be asked for while the connection is open, and also
//! after a response has taken the stream over because the server closes the connection after it. On a
//! connection without TLS, or closed, there is nothing to tell: NULL, 0 and false.
//!
//! Texts and certificates lie in the connection. They are valid until it closes or opens again, which sending a
//! request may do, or is freed.
#![allow(unsafe_code)]

use crate::capi::error::hc_error;
use crate::capi::kit::guard::{guard, guarded};
use crate::capi::kit::memory::{NULL, give};
use crate::capi::objects::calls::{on_connection, with_connection};
use crate::capi::objects::opaque::hc_conn;
use crate::client::Session;
use crate::engine::error::{Error, Kind, error};
use core::ffi::{c_char, c_void};
use core::ptr;

/// The version of TLS, as Python's ssl writes it: "TLSv1.3" or "TLSv1.2", NUL-terminated; its length goes to
/// `*len` unless that is NULL. NULL if there is no session, and for an invalid or busy handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_tls_version(
    conn: *const hc_conn,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the caller's promise is the same.
    unsafe { text(conn, len, Session::version) }
}

/// The IANA name of the cipher suite, such as "TLS_AES_128_GCM_SHA256". As for hc_conn_tls_version.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_tls_cipher_suite(
    conn: *const hc_conn,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the caller's promise is the same.
    unsafe { text(conn, len, Session::cipher_suite) }
}

/// The IANA name of the group in which keys were exchanged, such as "x25519", or "X25519MLKEM768", which is
/// meant to withstand quantum computers; NULL also in a session of TLS 1.2 that is resumed, since that
/// exchanges none. As for hc_conn_tls_version.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_tls_group(conn: *const hc_conn, len: *mut usize) -> *const c_char {
    // SAFETY: the caller's promise is the same.
    unsafe { text(conn, len, Session::group) }
}

/// The protocol that the server chose of those offered (ALPN), usually "http/1.1"; NULL also if it chose none.
/// As for hc_conn_tls_version.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_tls_alpn(conn: *const hc_conn, len: *mut usize) -> *const c_char {
    // SAFETY: the caller's promise is the same.
    unsafe { text(conn, len, Session::alpn) }
}

/// The host name or IP address that the server's certificate was verified for; NULL also if the configuration
/// checks no name. As for hc_conn_tls_version.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_tls_peer_name(
    conn: *const hc_conn,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the caller's promise is the same.
    unsafe { text(conn, len, Session::peer_name) }
}

/// Whether the session continues an earlier one of the same configuration, with a shorter handshake. False if
/// there is no session, and for an invalid or busy handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_tls_resumed(conn: *const hc_conn) -> bool {
    look(conn, false, Session::resumed)
}

/// How many certificates the server has sent; in a resumed session, in the first. 0 if there is no session, and
/// for an invalid or busy handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_tls_peer_certificate_count(conn: *const hc_conn) -> usize {
    look(conn, 0, Session::peer_certificates)
}

/// A certificate of the server as DER. That of `index` 0 is the server's own, then come those it has sent
/// along, verified or not. Its address goes to `*der`, its length to `*len`; after a failure they are NULL and
/// 0.
///
/// Errors: HC_ERR_INVALID_ARGUMENT if a pointer is NULL, or `index` is not below
/// hc_conn_tls_peer_certificate_count; HC_ERR_UNSUPPORTED in a build without TLS.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_tls_peer_certificate(
    conn: *const hc_conn,
    index: usize,
    der: *mut *const c_void,
    len: *mut usize,
) -> hc_error {
    if cfg!(not(feature = "tls")) {
        return hc_error::HC_ERR_UNSUPPORTED;
    }
    guarded(|| {
        let mut found: Option<*const [u8]> = None;
        let code = on_connection(conn, |state| {
            if der.is_null() || len.is_null() {
                return Err(NULL);
            }
            let session = state.connection.tls_session();
            let certificate = session.and_then(|session| session.peer_certificate(index));
            found = Some(ptr::from_ref(certificate.ok_or(NO_SUCH)?));
            Ok(())
        });
        // SAFETY: the pointers are NULL or can be written to.
        unsafe {
            let start = give(found, len);
            if !der.is_null() {
                der.write(start.cast());
            }
        }
        code
    })
}

const NO_SUCH: Error = error!(Kind::InvalidArgument, "there is no certificate of that index");

/// A look at a session that cannot fail.
fn look<R: Copy>(conn: *const hc_conn, otherwise: R, look: impl FnOnce(&Session) -> R) -> R {
    guard(otherwise, || {
        let found = with_connection(conn, |state| state.connection.tls_session().map(look));
        found.ok().flatten().unwrap_or(otherwise)
    })
}

/// A text of a session.
///
/// # Safety
/// `len` is NULL or can be written to.
unsafe fn text(
    conn: *const hc_conn,
    len: *mut usize,
    which: impl FnOnce(&Session) -> Option<&[u8]>,
) -> *const c_char {
    let text = look(conn, None, |session| which(session).map(ptr::from_ref));
    // SAFETY: `len` is the caller's promise.
    unsafe { give(text, len) }
}
