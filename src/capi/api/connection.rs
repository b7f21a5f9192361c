//! Connections.
//!
//! A connection is Python's HTTPConnection or HTTPSConnection: one host, reached when the first request needs
//! it, kept for the next one while the server and the rules of HTTP allow, and opened again by itself when they
//! do not.
//!
//! A kept connection is looked at before it is used again (see hc_conn_set_stale_check): if the server has
//! closed it meanwhile, or has sent bytes that nobody asked for, it is replaced by a new one before anything is
//! sent.
#![allow(unsafe_code)]

use crate::capi::error::hc_error;
use crate::capi::kit::guard::{guard, guarded, make};
use crate::capi::kit::memory::{bytes, decode, give, text};
use crate::capi::objects::calls::{NewConn, free, on_connection, with_connection};
use crate::capi::objects::conn::State;
use crate::capi::objects::connect_settings::ConnectSettings;
use crate::capi::objects::opaque::{hc_conn, hc_tls_config};
use crate::capi::objects::unmade;
use crate::client::Connection;
use crate::engine::error::{Error, Kind, error};
use crate::engine::state::Phase;
use crate::engine::url;
#[cfg(feature = "std")]
use crate::memory::boxed;
use crate::memory::push;
use crate::transport::{Dial, End};
use alloc::boxed::Box;
use core::ffi::c_char;
use core::ptr;

/// No port is given: the host may end in ":port", or else it is the scheme's own.
pub const HC_PORT_DEFAULT: i32 = -1;

/// Family: States of a connection: hc_conn_state.
///
/// No request is under way.
pub const HC_STATE_IDLE: i32 = 0;
/// Between hc_putrequest and hc_endheaders.
pub const HC_STATE_REQUEST_STARTED: i32 = 1;
/// The request was sent, its response is to be fetched.
pub const HC_STATE_REQUEST_SENT: i32 = 2;

/// Family: Bits of hc_conn_exchange_flags.
///
/// The request went out, at first, on a used connection.
pub const HC_EXCHANGE_REUSED: u32 = 1 << 0;
/// The stale check failed, and another connection was opened.
pub const HC_EXCHANGE_REPLACED: u32 = 1 << 1;
/// The request was sent once more: see hc_conn_set_retry.
pub const HC_EXCHANGE_RETRIED: u32 = 1 << 2;
/// The server answered early, and the rest was not sent.
pub const HC_EXCHANGE_BODY_NOT_SENT: u32 = 1 << 3;

/// Makes a connection for http to `host`, without opening it.
///
/// `host` is a name or an address, copied; where `port` is HC_PORT_DEFAULT it may end in ":port", and an IPv6
/// address may stand in brackets. Otherwise `port` is 1 to 65535. A name beyond ASCII is given in UTF-8; it
/// goes to name servers, into Host and into TLS in its xn-- form (IDNA by UTS 46, as in browsers). The
/// connection goes to `*out`, to be freed by hc_conn_free; after a failure that is NULL.
///
/// Errors: HC_ERR_INVALID_URL if the host, or a port written in it, is not valid; HC_ERR_ENCODING if the host
/// is not UTF-8, or beyond ASCII and without an xn-- form, or in a build without IDNA (hc_features);
/// HC_ERR_INVALID_ARGUMENT if a pointer is NULL or `port` is out of range; HC_ERR_UNSUPPORTED in a build
/// without sockets; HC_ERR_NO_MEMORY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_new(
    host: *const c_char,
    port: i32,
    out: *mut *mut hc_conn,
) -> hc_error {
    // SAFETY: the caller's promise is that of these functions.
    unsafe {
        unmade::making(|| {
            make(out, || {
                let connection = connection(host, port, 80, tcp)?;
                Ok(NewConn::new()?.fill(connection, ConnectSettings::Tcp(None)))
            })
        })
    }
}

/// Makes a connection for https to `host`, without opening it.
///
/// As hc_conn_new, with TLS on top and 443 as the default port. `config` says whom to trust and how; it may be
/// shared by any number of connections and freed at any time after this. NULL is the default: the server's
/// certificate must lead to a root of Mozilla's list, which is built in, and bear the host's name. That default
/// is made once in a process, and all connections with it can resume each other's sessions.
///
/// Errors: those of hc_conn_new; HC_ERR_INVALID_URL also for a host that no certificate can name (a label that
/// begins or ends with a hyphen), unless `config` has another name verified; HC_ERR_UNSUPPORTED in a build
/// without TLS.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_new_tls(
    host: *const c_char,
    port: i32,
    config: *const hc_tls_config,
    out: *mut *mut hc_conn,
) -> hc_error {
    // SAFETY: the caller's promise is that of these functions.
    unsafe {
        unmade::making(|| {
            make(out, || {
                let mut connection = connection(host, port, 443, tcp)?;
                crate::capi::api::tls::secure(&mut connection, config)?;
                Ok(NewConn::new()?.fill(connection, ConnectSettings::Tcp(None)))
            })
        })
    }
}

/// Makes a connection for http to a host whose name is given with its length instead of a NUL at its end. A NUL
/// in it is an error. Otherwise as hc_conn_new.
///
/// Errors: those of hc_conn_new, such as HC_ERR_INVALID_URL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_new_bytes(
    host: *const c_char,
    host_len: usize,
    port: i32,
    out: *mut *mut hc_conn,
) -> hc_error {
    // SAFETY: the caller's promise is that of these functions.
    unsafe {
        unmade::making(|| {
            make(out, || {
                let connection = connection_to(bytes(host.cast(), host_len), port, 80, tcp)?;
                Ok(NewConn::new()?.fill(connection, ConnectSettings::Tcp(None)))
            })
        })
    }
}

/// Makes a connection for https to a host whose name is given with its length instead of a NUL at its end. A
/// NUL in it is an error. Otherwise as hc_conn_new_tls, `config` included, for which NULL is the default.
///
/// Errors: those of hc_conn_new_tls, such as HC_ERR_INVALID_URL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_new_tls_bytes(
    host: *const c_char,
    host_len: usize,
    port: i32,
    config: *const hc_tls_config,
    out: *mut *mut hc_conn,
) -> hc_error {
    // SAFETY: the caller's promise is that of these functions.
    unsafe {
        unmade::making(|| {
            make(out, || {
                let mut connection = connection_to(bytes(host.cast(), host_len), port, 443, tcp)?;
                crate::capi::api::tls::secure(&mut connection, config)?;
                Ok(NewConn::new()?.fill(connection, ConnectSettings::Tcp(None)))
            })
        })
    }
}

/// Makes a connection to the host of a URL, without opening it: for http or https, and to its port.
///
/// ```c
/// hc_error err = hc_conn_new_url(url, NULL, &conn);
/// if (!err) err = hc_request_url(conn, "GET", url, NULL, NULL, 0);
/// if (!err) err = hc_getresponse(conn, &response);
/// ```
///
/// `url` is as hc_url_parse takes it, which says what is wrong with one that is refused; it is not kept.
/// `config` is for https, as in hc_conn_new_tls: NULL is the default. For http it is not looked at, and the
/// connection has no TLS: a program that must have TLS looks at the URL's scheme first (hc_url.https). User
/// information in the URL is not sent: see hc_url_copy_authorization. Otherwise as hc_conn_new.
///
/// Errors: HC_ERR_INVALID_URL; HC_ERR_UNSUPPORTED in a build without sockets, and for https in one without TLS;
/// HC_ERR_INVALID_ARGUMENT if a pointer is NULL; HC_ERR_NO_MEMORY; those of hc_conn_new_tls for `config`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_new_url(
    url: *const c_char,
    config: *const hc_tls_config,
    out: *mut *mut hc_conn,
) -> hc_error {
    // SAFETY: the caller's promise is that of these functions.
    unsafe {
        unmade::making(|| {
            make(out, || {
                let url = text(url).map_err(unmade::refused)?;
                let url = url::parse(url).map_err(|fault| unmade::refused(fault.explain()))?;
                let (port, default_port) = (i32::from(url.port), if url.https { 443 } else { 80 });
                let mut connection = connection_to(Ok(url.host), port, default_port, tcp)?;
                if url.https {
                    crate::capi::api::tls::secure(&mut connection, config)?;
                }
                Ok(NewConn::new()?.fill(connection, ConnectSettings::Tcp(None)))
            })
        })
    }
}

/// Makes a connection for http over a Unix-domain socket, such as a container engine's, without opening it.
///
/// `path` is the socket's path, copied; `host` is what the Host field says, usually "localhost".
///
/// Errors: those of hc_conn_new, such as HC_ERR_INVALID_URL; HC_ERR_VALUE for a path that is too long for a
/// socket's address (more than 107 bytes on Linux, 103 on BSD and macOS), HC_ERR_INVALID_ARGUMENT for an empty one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_new_unix(
    path: *const c_char,
    host: *const c_char,
    out: *mut *mut hc_conn,
) -> hc_error {
    // SAFETY: the caller's promise is that of these functions.
    unsafe {
        unmade::making(|| {
            make(out, || {
                let path = text(path).map_err(unmade::refused)?;
                let connection = connection(host, HC_PORT_DEFAULT, 80, |_, _| unix(path))?;
                Ok(NewConn::new()?.fill(connection, ConnectSettings::Fixed))
            })
        })
    }
}

/// Ends a connection's handle and closes the connection. A response that is still being read keeps the stream
/// and can be read on.
///
/// NULL does nothing. Never blocks; with TLS over a transport of the program it is up to the program that its
/// `write` does not: see hc_conn_set_tls.
///
/// Errors: HC_ERR_BUSY from a callback of the connection, or while another thread uses it: it is not freed
/// then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_free(conn: *mut hc_conn) -> hc_error {
    if conn.is_null() { hc_error::HC_OK } else { guarded(|| free(conn)) }
}

/// Opens the connection now, if it is not open; a request does that by itself.
///
/// Every address of the host is tried, IPv6 and IPv4 in turn, with a short head start for each (RFC 8305). With
/// TLS, the handshake is part of it. The timeout holds for each address, for the name lookup and for each step
/// of the handshake; hc_conn_set_connect_timeout bounds it all. After a failure the connection is closed and
/// its state is HC_STATE_IDLE. May block for the timeout of each step.
///
/// Errors: HC_ERR_NAME_LOOKUP, HC_ERR_CONNECTION_REFUSED, HC_ERR_UNREACHABLE, HC_ERR_TIMEOUT,
/// HC_ERR_CONNECT_TIMEOUT, HC_ERR_DEADLINE and others of HC_ERR_OS; those of HC_ERR_TLS; HC_ERR_CANCELLED;
/// HC_WOULD_BLOCK.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_connect(conn: *mut hc_conn) -> hc_error {
    guarded(|| on_connection(conn, |state| state.connection.connect()))
}

/// Closes the connection (hc_conn_free lets its responses be read on, this does not) and forgets the request
/// under way; the state is HC_STATE_IDLE again and the connection can be used again. A response that is still
/// unread ends: reading it gives nothing any more, and no error. A response for which hc_response_will_close is
/// true has the stream for itself, and can still be read. Never blocks, but as hc_conn_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_close(conn: *mut hc_conn) -> hc_error {
    set(conn, |state| state.connection.close())
}

/// The host as it was given, NUL-terminated, IPv6 without brackets; its length goes to `*len` unless that is
/// NULL. Valid until the connection is freed. NULL for an invalid or busy handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_host(conn: *const hc_conn, len: *mut usize) -> *const c_char {
    guard(ptr::null(), || {
        let host = with_connection(conn, |state| {
            ptr::from_ref(state.connection.host().given().as_bytes())
        });
        // SAFETY: `len` is the caller's promise.
        unsafe { give(host.ok(), len) }
    })
}

/// The port, 1 to 65535; 0 for an invalid or busy handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_port(conn: *const hc_conn) -> i32 {
    guard(0, || with_connection(conn, |state| i32::from(state.connection.port())).unwrap_or(0))
}

/// Whether a URL has the origin of this connection (RFC 9110 section 4.3.1), so that hc_request_url can send a
/// request for it: the scheme is https if the library does TLS on the connection or hc_conn_set_secured said so,
/// else http; the host, which is the tunnel's if there is one, is the same in any case, an IPv6 address in any
/// form and without its zone; and the port is the same. `url` is as hc_url_parse takes it. False also for what
/// is no such URL, for NULL, and for an invalid or busy handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_has_origin(conn: *const hc_conn, url: *const c_char) -> bool {
    guard(false, || {
        // SAFETY: the caller's promise is that of this function.
        let Ok(Ok(url)) = unsafe { text(url) }.map(url::parse) else { return false };
        with_connection(conn, |state| state.connection.has_origin(&url)).unwrap_or(false)
    })
}

/// The state of the request under way, one of HC_STATE_; -1 for an invalid or busy handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_state(conn: *const hc_conn) -> i32 {
    let state = |state: &mut State| match state.connection.phase() {
        Phase::Idle => HC_STATE_IDLE,
        Phase::RequestStarted => HC_STATE_REQUEST_STARTED,
        Phase::RequestSent => HC_STATE_REQUEST_SENT,
    };
    guard(-1, || with_connection(conn, state).unwrap_or(-1))
}

/// Whether the connection is open. It is not while a response for which hc_response_will_close is true has its
/// stream. False for an invalid or busy handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_is_open(conn: *const hc_conn) -> bool {
    guard(false, || {
        with_connection(conn, |state| state.connection.stream().is_some()).unwrap_or(false)
    })
}

/// The address that the connection is open to, NUL-terminated: "127.0.0.1:80", "[::1]:80" or the path of a
/// Unix-domain socket; through a proxy it is the proxy's. Its length goes to `*len` unless that is NULL. Valid
/// until this is called again or the connection freed. NULL while the connection is not open, for a transport
/// of the program, and for an invalid or busy handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_peer_address(
    conn: *const hc_conn,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the caller's promise is the same.
    unsafe { address(conn, End::Peer, len) }
}

/// The address that the connection is open from, such as "127.0.0.1:54321"; otherwise as hc_conn_peer_address.
/// NULL for a Unix-domain socket, too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_local_address(
    conn: *const hc_conn,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the caller's promise is the same.
    unsafe { address(conn, End::Local, len) }
}

/// # Safety
/// `len` is NULL or can be written to.
unsafe fn address(conn: *const hc_conn, end: End, len: *mut usize) -> *const c_char {
    let ask = |state: &mut State| {
        let mut text = state.connection.stream()?.address(end).ok()??;
        push(&mut text, 0).ok()?;
        let kept = &mut state.addresses[end as usize];
        *kept = text;
        Some(ptr::from_ref(&kept[..kept.len() - 1]))
    };
    guard(ptr::null(), || {
        let text = with_connection(conn, ask).ok().flatten();
        // SAFETY: the caller's promise is the same.
        unsafe { give(text, len) }
    })
}

/// How the current or last request went out: bits of HC_EXCHANGE_. 0 for an invalid or busy handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_exchange_flags(conn: *const hc_conn) -> u32 {
    let flags = |state: &mut State| {
        let exchange = state.connection.exchange();
        u32::from(exchange.reused) * HC_EXCHANGE_REUSED
            + u32::from(exchange.replaced) * HC_EXCHANGE_REPLACED
            + u32::from(exchange.retried) * HC_EXCHANGE_RETRIED
            + u32::from(exchange.unsent) * HC_EXCHANGE_BODY_NOT_SENT
    };
    guard(0, || with_connection(conn, flags).unwrap_or(0))
}

/// A setting that cannot fail.
pub(crate) fn set(conn: *mut hc_conn, change: impl FnOnce(&mut State)) -> hc_error {
    guarded(|| with_connection(conn, change).map_or_else(|code| code, |()| hc_error::HC_OK))
}

/// A connection from what C gives.
///
/// # Safety
/// `host` is NULL or NUL-terminated.
pub(crate) unsafe fn connection(
    host: *const c_char,
    port: i32,
    default_port: u16,
    dialer: impl FnOnce(&str, u16) -> Result<Box<dyn Dial>, Error>,
) -> Result<Connection, hc_error> {
    // SAFETY: the caller's promise is the same.
    connection_to(unsafe { text(host) }, port, default_port, dialer)
}

fn connection_to(
    host: Result<&[u8], Error>,
    port: i32,
    default_port: u16,
    dialer: impl FnOnce(&str, u16) -> Result<Box<dyn Dial>, Error>,
) -> Result<Connection, hc_error> {
    let made = || Connection::new(decode(host?)?, given_port(port)?, default_port, dialer);
    made().map_err(unmade::refused)
}

/// A port as the functions named _new take it.
pub(crate) fn given_port(port: i32) -> Result<Option<u16>, Error> {
    match port {
        HC_PORT_DEFAULT => Ok(None),
        1..=0xffff => Ok(Some(port as u16)),
        _ => Err(error!(Kind::InvalidArgument, "a port is 1 to 65535")),
    }
}

#[cfg(feature = "std")]
fn tcp(host: &str, port: u16) -> Result<Box<dyn Dial>, Error> {
    use crate::transport::tcp::{TcpDialer, TcpOptions};
    Ok(boxed(TcpDialer::new(host, port, TcpOptions::default())?)?)
}

#[cfg(feature = "std")]
fn unix(path: &[u8]) -> Result<Box<dyn Dial>, Error> {
    Ok(boxed(crate::transport::unix::UnixDialer::new(path)?)?)
}

#[cfg(not(feature = "std"))]
fn tcp(_: &str, _: u16) -> Result<Box<dyn Dial>, Error> {
    Err(NO_SOCKETS)
}

#[cfg(not(feature = "std"))]
fn unix(_: &[u8]) -> Result<Box<dyn Dial>, Error> {
    Err(NO_SOCKETS)
}

#[cfg(not(feature = "std"))]
const NO_SOCKETS: Error = error!(Kind::Unsupported, "this build has no sockets");
