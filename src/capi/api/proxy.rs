//! Proxies.
//!
//! A connection to a proxy is made like any other, with the proxy's host and port. For http through it,
//! requests are sent with an absolute URL as their target. For https, or so that the proxy cannot read http,
//! call hc_conn_set_tunnel: the proxy connects to the real host (CONNECT, RFC 9110 section 9.3.6), and from
//! then on the connection is one to that host. The Host header, the default port and TLS are those of that
//! host.
#![allow(unsafe_code)]

use crate::capi::api::connection::given_port;
use crate::capi::api::request::{HeaderList, hc_header};
use crate::capi::api::response::hc_response;
use crate::capi::error::hc_error;
use crate::capi::kit::field_out::{Destination, write_field};
use crate::capi::kit::guard::{guard, guarded, make};
use crate::capi::kit::memory::{array, bytes, decode, give, utf8};
use crate::capi::objects::calls::{on_connection, receive_refusal, with_connection};
use crate::capi::objects::conn::State;
use crate::capi::objects::opaque::hc_conn;
use crate::capi::objects::opaque::hc_tls_config;
use crate::client::Tunnel;
use core::ffi::c_char;
use core::ptr;

/// Has the proxy, the connection's host, connect to `host`: http.client's set_tunnel().
///
/// `host` and `port` are as for hc_conn_new. `headers` are names and values in turn, ended by NULL, or NULL;
/// they go to the proxy alone, and requests' headers never do. Host is added unless it is among them. All is
/// copied. Nothing is sent before the connection opens; then an answer other than 2xx is HC_ERR_TUNNEL and closes
/// the connection: hc_conn_proxy_status and hc_conn_proxy_response tell what it was. Interim responses before it
/// are skipped. What fails behind the tunnel says so in its message. An opening under way is given up.
///
/// Errors: HC_ERR_STATE if the connection is open; HC_ERR_INVALID_URL, HC_ERR_ENCODING for the host;
/// HC_ERR_VALUE for a header; HC_ERR_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_tunnel(
    conn: *mut hc_conn,
    host: *const c_char,
    port: i32,
    headers: *const *const c_char,
) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            let port = given_port(port)?;
            // SAFETY: the caller's promise is that of these functions.
            let (host, headers) = unsafe { (utf8(host)?, HeaderList::new(headers)) };
            state.connection.set_tunnel(host, port, headers)
        })
    })
}

/// The same for texts with their lengths, which need no NUL: `host_len` bytes of `host`, and `header_count` of
/// `headers`, which may be NULL if there are none. A NUL in one is an error. Otherwise as hc_conn_set_tunnel.
///
/// Errors: those of hc_conn_set_tunnel, such as HC_ERR_VALUE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_tunnel_bytes(
    conn: *mut hc_conn,
    host: *const c_char,
    host_len: usize,
    port: i32,
    headers: *const hc_header,
    header_count: usize,
) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            let port = given_port(port)?;
            // SAFETY: the caller's promise is that of these functions.
            let (host, headers) =
                unsafe { (decode(bytes(host.cast(), host_len)?)?, array(headers, header_count)?) };
            // SAFETY: the same.
            let headers = headers.iter().map(|header| unsafe { header.texts() });
            state.connection.set_tunnel(host, port, headers)
        })
    })
}

/// Speaks TLS to the proxy itself, before the tunnel; `config` is as for hc_conn_new_tls, NULL for the default.
/// The proxy's certificate must be for the connection's host, because that host is the proxy. TLS to the host
/// behind the tunnel, if any, goes on inside, with its own configuration; hc_conn_tls_version and its like tell
/// of that alone. Messages of failures begin with "TLS to the proxy". An opening under way is given up, so that
/// nothing goes to the proxy in the clear from here on.
///
/// Errors: HC_ERR_STATE if the connection is open; HC_ERR_INVALID_URL for a proxy's name that no certificate can
/// have; HC_ERR_UNSUPPORTED in a build without TLS.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_proxy_tls(
    conn: *mut hc_conn,
    config: *const hc_tls_config,
) -> hc_error {
    guarded(|| crate::capi::api::tls::secure_proxy(conn, config))
}

/// The host behind the tunnel as it was given, NUL-terminated; NULL if no tunnel is set, and for an invalid or
/// busy handle. Its length goes to `*len` unless that is NULL. Valid until the tunnel is set again or the
/// connection freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_tunnel_host(
    conn: *const hc_conn,
    len: *mut usize,
) -> *const c_char {
    guard(ptr::null(), || {
        let host = |state: &mut State| {
            state.connection.tunnel().map(|tunnel| ptr::from_ref(tunnel.host().given().as_bytes()))
        };
        let host = with_connection(conn, host).ok().flatten();
        // SAFETY: `len` is the caller's promise.
        unsafe { give(host, len) }
    })
}

/// The port behind the tunnel; 0 if no tunnel is set, and for an invalid or busy handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_tunnel_port(conn: *const hc_conn) -> i32 {
    let port =
        |state: &mut State| state.connection.tunnel().map_or(0, |tunnel| i32::from(tunnel.port()));
    guard(0, || with_connection(conn, port).unwrap_or(0))
}

/// How many headers go to the proxy: those given to hc_conn_set_tunnel, and Host if it was added to them. 0 if
/// no tunnel is set, and for an invalid or busy handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_tunnel_header_count(conn: *const hc_conn) -> usize {
    let count =
        |state: &mut State| state.connection.tunnel().map_or(0, |tunnel| tunnel.fields().len());
    guard(0, || with_connection(conn, count).unwrap_or(0))
}

/// The header for the proxy at `index`; as hc_response_header_at. The texts are valid until the tunnel is set
/// again or the connection freed.
///
/// Errors: HC_ERR_INVALID_ARGUMENT if there is no such index.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_tunnel_header_at(
    conn: *const hc_conn,
    index: usize,
    name: *mut *const c_char,
    name_len: *mut usize,
    value: *mut *const c_char,
    value_len: *mut usize,
) -> hc_error {
    let (name, value): (Destination, Destination) = ((name, name_len), (value, value_len));
    guarded(|| {
        on_connection(conn, |state| {
            let fields = state.connection.tunnel().map(Tunnel::fields);
            // SAFETY: the caller's promise is that of this function.
            unsafe { write_field(fields.and_then(|fields| fields.get(index)), name, value) }
        })
    })
}

/// The status of the proxy's answer to the last CONNECT; 0 if there was none, and for an invalid or busy
/// handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_proxy_status(conn: *const hc_conn) -> i32 {
    let status = |state: &mut State| {
        state.connection.proxy_reply().map_or(0, |reply| i32::from(reply.status))
    };
    guard(0, || with_connection(conn, status).unwrap_or(0))
}

/// How many headers the proxy's answer to the last CONNECT had: http.client's get_proxy_response_headers(). 0
/// if there was none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_proxy_header_count(conn: *const hc_conn) -> usize {
    let count =
        |state: &mut State| state.connection.proxy_reply().map_or(0, |reply| reply.fields.len());
    guard(0, || with_connection(conn, count).unwrap_or(0))
}

/// The header at `index` of the proxy's answer; as hc_response_header_at. The texts are valid until the
/// connection opens again, its tunnel is set, or it is freed.
///
/// Errors: HC_ERR_INVALID_ARGUMENT if there is no such index.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_proxy_header_at(
    conn: *const hc_conn,
    index: usize,
    name: *mut *const c_char,
    name_len: *mut usize,
    value: *mut *const c_char,
    value_len: *mut usize,
) -> hc_error {
    let (name, value): (Destination, Destination) = ((name, name_len), (value, value_len));
    guarded(|| {
        on_connection(conn, |state| {
            let fields = state.connection.proxy_reply().map(|reply| &reply.fields);
            // SAFETY: the caller's promise is that of this function.
            unsafe { write_field(fields.and_then(|fields| fields.get(index)), name, value) }
        })
    })
}

/// Gives the answer of a proxy that refused to connect, when a call has failed with HC_ERR_TUNNEL: many proxies
/// explain themselves in its body. It goes to `*out` as a response that is read like any other, with the timeout
/// and the deadline of the connection, and freed by hc_response_free; after a failure that is NULL.
///
/// It can be had once, and until the connection opens again, is closed or its tunnel is set; until then the
/// proxy's stream stays open. hc_response_url is NULL for it.
///
/// Errors: HC_ERR_STATE if there is none, or it was given already; HC_ERR_BAD_FRAMING,
/// HC_ERR_UNKNOWN_TRANSFER_ENCODING and HC_ERR_UNEXPECTED_SWITCH if its head does not say where its body ends;
/// HC_ERR_NO_MEMORY: call again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_proxy_response(
    conn: *mut hc_conn,
    out: *mut *mut hc_response,
) -> hc_error {
    // SAFETY: the caller's promise is the same.
    unsafe { make(out, || receive_refusal(conn)) }
}
