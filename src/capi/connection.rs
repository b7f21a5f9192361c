//! Connections.
//!
//! A connection is Python's HTTPConnection or HTTPSConnection: one host, reached when the first
//! request needs it, kept for the next one while the server and the rules of HTTP allow, and opened
//! again by itself when they do not. Every setting can be changed at any time and holds from the
//! next operation on.
//!
//! A connection is quiet before it is used again: if the server has closed it meanwhile, or has sent
//! bytes that nobody asked for, it is replaced by a new one before anything is sent.
#![allow(unsafe_code)]

use super::detail::hc_error_detail;
use super::entry::{give, guard, guarded, make, utf8};
use super::error::hc_error;
use super::handle::{Opaque, Type};
use super::unit::{State, free, insert_connection, on_connection, with_connection};
use crate::client::{Connection, Event, Trace};
use crate::engine::error::{Error, Kind};
use crate::engine::state::Phase;
use crate::transport::{Dial, Timeout};
use alloc::boxed::Box;
use core::ffi::{c_char, c_void};
use core::ptr;
use core::time::Duration;

/// A connection. Made by hc_conn_new and its relatives, freed by hc_conn_free; used by one thread at
/// a time together with its responses.
///
/// Since 0.1.
#[allow(non_camel_case_types)]
pub struct hc_conn {
    _opaque: (),
}

impl Opaque for hc_conn {
    const TYPE: Type = Type::Connection;
}

/// A port that is not given: the host may end in ":port", else it is the scheme's own.
///
/// Since 0.1.
pub const HC_PORT_DEFAULT: i32 = -1;

/// A timeout: wait for ever. The default.
///
/// Since 0.1.
pub const HC_TIMEOUT_NONE: i64 = -1;

/// A bit of hc_conn_interest: wait until the descriptor is readable.
///
/// Since 0.1.
pub const HC_INTEREST_READ: u32 = 1;
/// A bit of hc_conn_interest: wait until the descriptor is writable.
///
/// Since 0.1.
pub const HC_INTEREST_WRITE: u32 = 2;

/// A state of a connection: no request is under way.
///
/// Since 0.1.
pub const HC_STATE_IDLE: i32 = 0;
/// A state of a connection: between hc_putrequest and hc_endheaders.
///
/// Since 0.1.
pub const HC_STATE_REQUEST_STARTED: i32 = 1;
/// A state of a connection: the request was sent, its response is to be fetched.
///
/// Since 0.1.
pub const HC_STATE_REQUEST_SENT: i32 = 2;

/// A limit: bytes in a line of a response's head, its end included; 65536.
///
/// Since 0.1.
pub const HC_LIMIT_LINE: i32 = 0;
/// A limit: lines in a header block, the empty last one included, as http.client counts; 100.
///
/// Since 0.1.
pub const HC_LIMIT_HEADERS: i32 = 1;
/// A limit: bytes of all heads of one response together, interim responses, trailers and chunk
/// extensions included; 8 MiB.
///
/// Since 0.1.
pub const HC_LIMIT_HEAD_BYTES: i32 = 2;
/// A limit: interim (1xx) responses before the final one; 100.
///
/// Since 0.1.
pub const HC_LIMIT_INTERIM: i32 = 3;

/// Makes a connection for http to `host`, without opening it.
///
/// `host` is a name or an address, copied; where `port` is HC_PORT_DEFAULT it may end in ":port", and
/// an IPv6 address may stand in brackets. Otherwise `port` is 1 to 65535. The connection goes to
/// `*out`, to be freed by hc_conn_free; after a failure that is NULL. Never blocks; may be called
/// from any thread.
///
/// Errors: HC_ERR_INVALID_URL if the host or port is none; HC_ERR_ENCODING if the host is not ASCII
/// (give its xn-- form); HC_ERR_INVALID_ARGUMENT if a pointer is NULL or `port` is out of range;
/// HC_ERR_UNSUPPORTED in a build without sockets; HC_ERR_NO_MEMORY.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_new(
    host: *const c_char,
    port: i32,
    out: *mut *mut hc_conn,
) -> hc_error {
    // SAFETY: the caller's promise is that of these functions.
    unsafe { make(out, || insert_connection(connection(host, port, 80, tcp)?)) }
}

/// Makes a connection for https to `host`, without opening it.
///
/// As hc_conn_new, with TLS on top and 443 as the default port. `config` says whom to trust and how;
/// it may be shared by any number of connections and freed at any time after this. NULL is the
/// default: the server's certificate must lead to a root of Mozilla's list, which is built in, and
/// bear the host's name.
///
/// Errors: those of hc_conn_new; HC_ERR_INVALID_HANDLE; HC_ERR_UNSUPPORTED in a build without TLS.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_new_tls(
    host: *const c_char,
    port: i32,
    config: *const super::tls::hc_tls_config,
    out: *mut *mut hc_conn,
) -> hc_error {
    // SAFETY: the caller's promise is that of these functions.
    unsafe {
        make(out, || {
            let mut connection = connection(host, port, 443, tcp)?;
            super::tls::secure(&mut connection, config)?;
            insert_connection(connection)
        })
    }
}

/// Makes a connection for http over a Unix-domain socket, such as a container engine's, without
/// opening it.
///
/// `path` is the socket's path, copied; `host` is what the Host field says, usually "localhost".
///
/// Errors: those of hc_conn_new, such as HC_ERR_INVALID_URL; HC_ERR_INVALID_ARGUMENT for a path that is
/// empty or too long.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_new_unix(
    path: *const c_char,
    host: *const c_char,
    out: *mut *mut hc_conn,
) -> hc_error {
    // SAFETY: the caller's promise is that of these functions.
    unsafe {
        make(out, || {
            let path = super::entry::text(path).map_err(|error| hc_error::from(error.kind))?;
            insert_connection(connection(host, HC_PORT_DEFAULT, 80, |_, _| unix(path))?)
        })
    }
}

/// Ends a connection's handle and closes the connection. A response that is still being read keeps
/// the stream and can be read on.
///
/// NULL does nothing. Never blocks.
///
/// Errors: HC_ERR_INVALID_HANDLE; HC_ERR_BUSY from a callback of the connection, or while another
/// thread uses it: it is not freed then.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_free(conn: *mut hc_conn) -> hc_error {
    if conn.is_null() { hc_error::HC_OK } else { guarded(|| free(conn)) }
}

/// Opens the connection now, if it is not open; a request does that by itself.
///
/// Every address of the host is tried, IPv6 and IPv4 in turn, with a short head start for each (RFC
/// 8305); the timeout holds for each. With TLS, the handshake is part of it. After a failure
/// the connection is closed and its state is HC_STATE_IDLE. May block for the timeout, and for the
/// time of a name lookup.
///
/// Errors: HC_ERR_NAME_LOOKUP, HC_ERR_CONNECTION_REFUSED, HC_ERR_UNREACHABLE, HC_ERR_TIMEOUT and
/// others of HC_ERR_OS; those of HC_ERR_TLS; HC_WOULD_BLOCK; HC_ERR_INVALID_HANDLE, HC_ERR_BUSY.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_connect(conn: *mut hc_conn) -> hc_error {
    guarded(|| on_connection(conn, |state| state.connection.connect()))
}

/// Closes the connection and forgets the request under way; the state is HC_STATE_IDLE again and the
/// connection can be used again. A response that is still unread on it ends; one that the server
/// closes the connection after can be read on. Never blocks.
///
/// Errors: HC_ERR_INVALID_HANDLE, HC_ERR_BUSY.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_close(conn: *mut hc_conn) -> hc_error {
    set(conn, |state| state.connection.close())
}

/// Sets how long each single operation (connecting to one address, one send, one receive) may take,
/// in milliseconds: HC_TIMEOUT_NONE waits for ever, 0 never waits but returns HC_WOULD_BLOCK. It
/// holds for reading responses too. Never blocks.
///
/// Errors: HC_ERR_INVALID_ARGUMENT for another negative number; HC_ERR_INVALID_HANDLE, HC_ERR_BUSY.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_timeout(conn: *mut hc_conn, milliseconds: i64) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            state.connection.settings.limits.timeout = match milliseconds {
                HC_TIMEOUT_NONE => Timeout::Never,
                0 => Timeout::Nonblocking,
                1.. => Timeout::After(Duration::from_millis(milliseconds as u64)),
                _ => return Err(Error::new(Kind::InvalidArgument, "negative timeout")),
            };
            Ok(())
        })
    })
}

/// Sets one of the HC_LIMIT_ bounds on what a response's head may be. `limit` is at least 1. Never
/// blocks.
///
/// Errors: HC_ERR_INVALID_ARGUMENT for an unknown limit, or 0; HC_ERR_INVALID_HANDLE, HC_ERR_BUSY.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_limit(
    conn: *mut hc_conn,
    which: i32,
    limit: usize,
) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            let limits = &mut state.connection.settings.head_limits;
            let place = match which {
                HC_LIMIT_LINE => &mut limits.line,
                HC_LIMIT_HEADERS => &mut limits.lines,
                HC_LIMIT_HEAD_BYTES => &mut limits.bytes,
                HC_LIMIT_INTERIM => &mut limits.interim,
                _ => return Err(Error::new(Kind::InvalidArgument, "unknown limit")),
            };
            if limit == 0 {
                return Err(Error::new(Kind::InvalidArgument, "a limit is at least 1"));
            }
            *place = limit;
            Ok(())
        })
    })
}

/// Sets whether the connection opens by itself when something is to be sent; on by default. Off, that
/// is HC_ERR_NOT_CONNECTED, and the request is forgotten. Never blocks.
///
/// Errors: HC_ERR_INVALID_HANDLE, HC_ERR_BUSY.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_auto_open(conn: *mut hc_conn, on: bool) -> hc_error {
    set(conn, |state| state.connection.settings.auto_open = on)
}

/// Sets whether a kept connection is looked at before it is used again; on by default, for one
/// system call a request. Off, a response that the server sends unasked can be taken for the answer
/// to the next request: only for servers that are trusted like oneself. Never blocks.
///
/// Errors: HC_ERR_INVALID_HANDLE, HC_ERR_BUSY.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_look(conn: *mut hc_conn, on: bool) -> hc_error {
    set(conn, |state| state.connection.settings.look = on)
}

/// Sets whether requests are HTTP/1.0: without the automatic Host and Accept-Encoding, and without
/// chunked bodies. Off by default. Never blocks.
///
/// Errors: HC_ERR_INVALID_HANDLE, HC_ERR_BUSY.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_http10(conn: *mut hc_conn, on: bool) -> hc_error {
    set(conn, |state| state.connection.settings.http10 = on)
}

/// An event of a trace: a line of text about the connection.
///
/// Since 0.1.
pub const HC_TRACE_INFO: i32 = 0;
/// An event of a trace: bytes were sent.
///
/// Since 0.1.
pub const HC_TRACE_SEND: i32 = 1;
/// An event of a trace: the head of an interim (1xx) response came.
///
/// Since 0.1.
pub const HC_TRACE_INTERIM: i32 = 2;
/// An event of a trace: the head of the final response came.
///
/// Since 0.1.
pub const HC_TRACE_HEAD: i32 = 3;

/// Is told what a connection does, while it does it.
///
/// `context` is what was given with it; `event` is one of HC_TRACE_; `data` has `len` bytes, not
/// NUL-terminated, and is valid during the call only. Calls on the connection or its responses from
/// here return HC_ERR_BUSY.
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
    set(conn, |state| {
        let trace =
            function.map(|function| Box::new(Observer { function, context }) as Box<dyn Trace>);
        state.connection.set_trace(trace);
    })
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
            Event::Send => HC_TRACE_SEND,
            Event::Interim => HC_TRACE_INTERIM,
            Event::Head => HC_TRACE_HEAD,
        };
        // SAFETY: the caller vouched for the function and its context.
        unsafe { (self.function)(self.context, event, data.as_ptr().cast(), data.len()) }
    }
}

/// The host, NUL-terminated, IPv6 without brackets; its length goes to `*len` unless that is NULL.
/// Valid until the connection is freed. NULL for an invalid or busy handle. Never blocks.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_host(conn: *const hc_conn, len: *mut usize) -> *const c_char {
    guard(ptr::null(), || {
        let host = with_connection(conn, |state| ptr::from_ref(state.connection.host().as_bytes()));
        // SAFETY: the text lies in the connection, behind a NUL; `len` is the caller's promise.
        unsafe { give(host.ok().map(|host| &*host), len) }
    })
}

/// The port, 1 to 65535; 0 for an invalid or busy handle. Never blocks.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_port(conn: *const hc_conn) -> i32 {
    guard(0, || with_connection(conn, |state| i32::from(state.connection.port())).unwrap_or(0))
}

/// The state of the request under way, one of HC_STATE_; -1 for an invalid or busy handle. Never
/// blocks.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_state(conn: *const hc_conn) -> i32 {
    let state = |state: &mut State| match state.connection.phase() {
        Phase::Idle => HC_STATE_IDLE,
        Phase::RequestStarted => HC_STATE_REQUEST_STARTED,
        Phase::RequestSent => HC_STATE_REQUEST_SENT,
    };
    guard(-1, || with_connection(conn, state).unwrap_or(-1))
}

/// Whether the connection is open. A response that the server closes the connection after has taken
/// it over, and then it is not. False for an invalid or busy handle. Never blocks.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_is_open(conn: *const hc_conn) -> bool {
    guard(false, || {
        with_connection(conn, |state| state.connection.stream().is_some()).unwrap_or(false)
    })
}

/// The descriptor to wait on after HC_WOULD_BLOCK, or -1 if there is none. It belongs to the
/// connection: it may be waited on, not read, written or closed, and may be another one after any
/// call. Never blocks.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_fileno(conn: *const hc_conn) -> i32 {
    guard(-1, || {
        with_connection(conn, |state| state.connection.fileno()).ok().flatten().unwrap_or(-1)
    })
}

/// What to wait for on hc_conn_fileno after HC_WOULD_BLOCK, level-triggered: HC_INTEREST_READ,
/// HC_INTEREST_WRITE, or both. 0 for an invalid or busy handle. Never blocks.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_interest(conn: *const hc_conn) -> u32 {
    let interest = |state: &mut State| {
        let interest = state.connection.interest();
        u32::from(interest.read) * HC_INTEREST_READ + u32::from(interest.write) * HC_INTEREST_WRITE
    };
    guard(0, || with_connection(conn, interest).unwrap_or(0))
}

/// The detail of the last call on this connection that failed. The pointers in it are valid until
/// the next call on the connection that fails, or its end. Never blocks.
///
/// Errors: HC_ERR_INVALID_ARGUMENT if `out` is NULL or out->size is not set; HC_ERR_INVALID_HANDLE,
/// HC_ERR_BUSY.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_error(
    conn: *const hc_conn,
    out: *mut hc_error_detail,
) -> hc_error {
    guarded(|| {
        // SAFETY: the caller's promise is that of `write`.
        let outcome = with_connection(conn, |state| unsafe { state.error.write(out) });
        outcome.map_or_else(
            |code| code,
            |written| written.map_or_else(|e| e.kind.into(), |()| hc_error::HC_OK),
        )
    })
}

/// The message of the last call on this connection that failed: one line for a person,
/// NUL-terminated; empty if none failed, NULL for an invalid or busy handle. Valid as for
/// hc_conn_error. Never blocks.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_error_message(conn: *const hc_conn) -> *const c_char {
    guard(ptr::null(), || {
        with_connection(conn, |state| state.error.message().as_ptr().cast()).unwrap_or(ptr::null())
    })
}

/// A setting that cannot fail.
fn set(conn: *mut hc_conn, change: impl FnOnce(&mut State)) -> hc_error {
    guarded(|| with_connection(conn, change).map_or_else(|code| code, |()| hc_error::HC_OK))
}

/// A connection from what C gives.
///
/// # Safety
/// `host` is NULL or NUL-terminated.
pub(super) unsafe fn connection(
    host: *const c_char,
    port: i32,
    default_port: u16,
    dialer: impl FnOnce(&str, u16) -> Result<Box<dyn Dial>, Error>,
) -> Result<Connection, hc_error> {
    let port = given_port(port)?;
    // SAFETY: the caller's promise is the same.
    let made =
        unsafe { utf8(host) }.and_then(|host| Connection::new(host, port, default_port, dialer));
    made.map_err(|error| error.kind.into())
}

/// A port as the functions named _new take it.
pub(super) fn given_port(port: i32) -> Result<Option<u16>, hc_error> {
    match port {
        HC_PORT_DEFAULT => Ok(None),
        1..=0xffff => Ok(Some(port as u16)),
        _ => Err(hc_error::HC_ERR_INVALID_ARGUMENT),
    }
}

#[cfg(feature = "std")]
fn tcp(host: &str, port: u16) -> Result<Box<dyn Dial>, Error> {
    use crate::transport::tcp::{TcpDialer, TcpOptions};
    Ok(Box::new(TcpDialer::new(host, port, TcpOptions::default())?))
}

#[cfg(feature = "std")]
fn unix(path: &[u8]) -> Result<Box<dyn Dial>, Error> {
    Ok(Box::new(crate::transport::unix::UnixDialer::new(path)?))
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
const NO_SOCKETS: Error = Error::new(Kind::Unsupported, "this build has no sockets");
