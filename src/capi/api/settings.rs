//! Settings of a connection.
//!
//! Every setting can be changed at any time. It holds from the next operation on, or, where that is said, from
//! the next opening of the connection on.
#![allow(unsafe_code)]

use crate::capi::api::connection::set;
use crate::capi::error::hc_error;
use crate::capi::kit::guard::{guard, guarded};
use crate::capi::kit::memory::{give, utf8};
use crate::capi::objects::calls::{on_connection, with_connection};
use crate::capi::objects::conn::State;
use crate::capi::objects::opaque::hc_conn;
use crate::client::{Connection, StaleCheck};
use crate::engine::buffer::HeadLimits;
use crate::engine::error::{Error, Kind, error};
use crate::transport::Timeout;
#[cfg(feature = "std")]
use crate::transport::tcp::KeepAlive;
use core::ffi::c_char;
use core::ptr;
use core::time::Duration;

/// A timeout: wait for ever. The default.
pub const HC_TIMEOUT_NONE: i64 = -1;

/// Family: Limits for hc_conn_set_limit.
///
/// Bytes in a line of a head, of trailers or of a chunk's size, its end included; by default 65536.
pub const HC_LIMIT_LINE: i32 = 0;
/// Lines in a header block, the empty last one included, as http.client counts, which has 100; by default 1001:
/// 1,000 fields.
pub const HC_LIMIT_HEADERS: i32 = 1;
/// Bytes of all heads of one response together, interim responses and trailers included; by default 262144
/// (256 KiB). Of chunk extensions what is more than the data before it counts, too.
pub const HC_LIMIT_HEAD_BYTES: i32 = 2;
/// Interim (1xx) responses before the final one; by default 100.
pub const HC_LIMIT_INTERIM: i32 = 3;

/// Family: When a kept connection is checked: hc_conn_set_stale_check.
///
/// Before each request on a kept connection.
pub const HC_STALE_CHECK_ALWAYS: i64 = 0;
/// Never.
pub const HC_STALE_CHECK_NEVER: i64 = -1;

/// Sets how long each single operation (a name lookup, connecting to one address, one send, one receive) may
/// take, in milliseconds: HC_TIMEOUT_NONE waits for ever, 0 never waits but returns HC_WOULD_BLOCK. It holds
/// for reading responses too. Each begins anew with a byte of the request that leaves, and with one of the
/// response's headers or of its body's data that comes; not with a signal, a TLS record that is incomplete or
/// without data, what the server says while it takes nothing, a status line that is incomplete, interim
/// responses, a proxy's answer to CONNECT, chunk extensions or trailers.
///
/// Errors: HC_ERR_INVALID_ARGUMENT for another negative number; HC_ERR_UNSUPPORTED for a positive one in a build
/// without std, which has no clock.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_timeout(conn: *mut hc_conn, milliseconds: i64) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            state.connection.settings.limits.timeout = given_timeout(milliseconds)?;
            Ok(())
        })
    })
}

/// A timeout as C gives it.
pub(crate) fn given_timeout(milliseconds: i64) -> Result<Timeout, Error> {
    const NEGATIVE: Error = error!(Kind::InvalidArgument, "a negative timeout");
    match Timeout::from_milliseconds(milliseconds).ok_or(NEGATIVE)? {
        Timeout::After(_) if cfg!(not(feature = "std")) => Err(NO_CLOCK),
        timeout => Ok(timeout),
    }
}

const NO_CLOCK: Error = error!(Kind::Unsupported, "this build has no clock");

/// The timeout that hc_conn_set_timeout has set, in milliseconds; HC_TIMEOUT_NONE by default, and for an
/// invalid or busy handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_timeout(conn: *const hc_conn) -> i64 {
    look_up(conn, HC_TIMEOUT_NONE, |state| state.connection.settings.limits.timeout.milliseconds())
}

/// Sets how long opening the connection may take as a whole, in milliseconds: the name lookup, every address
/// that is tried, TLS to a proxy, its answer to CONNECT, and TLS to the host. After that time the call that
/// opens it fails with HC_ERR_CONNECT_TIMEOUT. HC_TIMEOUT_NONE, the default: there is no limit of the whole,
/// only hc_conn_set_timeout for each step. It counts anew whenever the connection opens, and holds beside the
/// timeout and a deadline: whichever is first.
///
/// Errors: HC_ERR_INVALID_ARGUMENT for 0, or a negative number but HC_TIMEOUT_NONE; HC_ERR_UNSUPPORTED in a
/// build without std.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_connect_timeout(
    conn: *mut hc_conn,
    milliseconds: i64,
) -> hc_error {
    const NOT_POSITIVE: Error = error!(Kind::InvalidArgument, "a time that is not positive");
    guarded(|| {
        on_connection(conn, |state| {
            state.connection.settings.connect_timeout = match milliseconds {
                HC_TIMEOUT_NONE => None,
                1.. if cfg!(feature = "std") => Some(Duration::from_millis(milliseconds as u64)),
                1.. => return Err(NO_CLOCK),
                _ => return Err(NOT_POSITIVE),
            };
            Ok(())
        })
    })
}

/// The limit that hc_conn_set_connect_timeout has set, in milliseconds; HC_TIMEOUT_NONE by default, and for an
/// invalid or busy handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_connect_timeout(conn: *const hc_conn) -> i64 {
    look_up(conn, HC_TIMEOUT_NONE, |state| {
        let limit = state.connection.settings.connect_timeout;
        limit.map_or(HC_TIMEOUT_NONE, |limit| limit.as_millis() as i64)
    })
}

/// Sets one of the HC_LIMIT_ bounds on what a response's head may be. `limit` is at least 1.
///
/// Errors: HC_ERR_INVALID_ARGUMENT for an unknown limit, or 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_limit(
    conn: *mut hc_conn,
    which: i32,
    limit: usize,
) -> hc_error {
    guarded(|| on_connection(conn, |state| limit_head(&mut state.connection, which, limit)))
}

/// Sets a bound of the responses on a connection.
pub(crate) fn limit_head(
    connection: &mut Connection,
    which: i32,
    limit: usize,
) -> Result<(), Error> {
    let place = place_of(&mut connection.settings.head_limits, which);
    let place = place.ok_or(error!(Kind::InvalidArgument, "unknown limit"))?;
    if limit == 0 {
        return Err(error!(Kind::InvalidArgument, "a limit is at least 1"));
    }
    *place = limit;
    Ok(())
}

/// Where the bound of this number is kept.
fn place_of(limits: &mut HeadLimits, which: i32) -> Option<&mut usize> {
    match which {
        HC_LIMIT_LINE => Some(&mut limits.line),
        HC_LIMIT_HEADERS => Some(&mut limits.lines),
        HC_LIMIT_HEAD_BYTES => Some(&mut limits.bytes),
        HC_LIMIT_INTERIM => Some(&mut limits.interim),
        _ => None,
    }
}

/// One of the HC_LIMIT_ bounds; 0 for an unknown one, and for an invalid or busy handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_limit(conn: *const hc_conn, which: i32) -> usize {
    look_up(conn, 0, |state| {
        place_of(&mut state.connection.settings.head_limits, which).map_or(0, |limit| *limit)
    })
}

/// Sets whether the connection opens by itself when something is to be sent; on by default. Off, that is
/// HC_ERR_NOT_CONNECTED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_auto_open(conn: *mut hc_conn, on: bool) -> hc_error {
    set(conn, |state| state.connection.settings.auto_open = on)
}

/// Whether the connection opens by itself; false for an invalid or busy handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_auto_open(conn: *const hc_conn) -> bool {
    look_up(conn, false, |state| state.connection.settings.auto_open)
}

/// Sets when a kept connection is checked before it is used again: whether the server has closed it, or has
/// sent bytes that nobody asked for.
///
/// HC_STALE_CHECK_ALWAYS, the default: before each request, for one system call. HC_STALE_CHECK_NEVER: never.
/// Any other number: only if the last exchange ended at least so many milliseconds ago (in a build without std:
/// always). Without the check, a response that the server sends unasked can be taken for the answer to the next
/// request: use this only with servers that you trust fully.
///
/// Errors: HC_ERR_INVALID_ARGUMENT for another negative number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_stale_check(
    conn: *mut hc_conn,
    idle_milliseconds: i64,
) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            state.connection.settings.stale_check = match idle_milliseconds {
                HC_STALE_CHECK_ALWAYS => StaleCheck::Always,
                HC_STALE_CHECK_NEVER => StaleCheck::Never,
                1.. => StaleCheck::AfterIdle((idle_milliseconds as u64).saturating_mul(1_000_000)),
                _ => return Err(error!(Kind::InvalidArgument, "a negative time")),
            };
            Ok(())
        })
    })
}

/// Sets how long a kept connection may have been idle, in milliseconds, to be used again; HC_TIMEOUT_NONE, the
/// default, is for ever. One that has been idle for longer is replaced before anything is sent, and
/// hc_conn_exchange_flags has HC_EXCHANGE_REPLACED.
///
/// Network address translators and load balancers forget a connection that is idle, often after some minutes,
/// and many tell neither end: a request on it is then answered by nobody, and waits for its timeout. The stale
/// check cannot see that. Off by default, as http.client has no such limit and it costs a look at the clock after
/// each exchange; for a client that rests between requests 118000 is a good choice (curl's). Time counts from
/// the end of an exchange that ends after this call: set it before the first.
///
/// Errors: HC_ERR_INVALID_ARGUMENT for another negative number; HC_ERR_UNSUPPORTED in a build without std.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_max_idle(conn: *mut hc_conn, milliseconds: i64) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            let limit = match milliseconds {
                HC_TIMEOUT_NONE => None,
                0.. if cfg!(feature = "std") => {
                    Some((milliseconds as u64).saturating_mul(NANOSECONDS))
                }
                0.. => return Err(NO_CLOCK),
                _ => return Err(error!(Kind::InvalidArgument, "a negative time")),
            };
            state.connection.settings.max_idle = limit;
            Ok(())
        })
    })
}

/// The limit that hc_conn_set_max_idle has set, in milliseconds; HC_TIMEOUT_NONE by default, and for an invalid or
/// busy handle. One that the clock does not hold (more than 584 years) comes back as the longest that it does.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_max_idle(conn: *const hc_conn) -> i64 {
    look_up(conn, HC_TIMEOUT_NONE, |state| {
        let limit = state.connection.settings.max_idle;
        limit.map_or(HC_TIMEOUT_NONE, |limit| (limit / NANOSECONDS) as i64)
    })
}

/// In a millisecond.
const NANOSECONDS: u64 = 1_000_000;

/// Sets TCP keepalive: probes that are sent while the connection is idle, so that what stands between does not
/// forget it and a peer that is gone is noticed (it is then an error of HC_ERR_OS: HC_ERR_CONNECTION_ABORTED).
///
/// The first probe goes out after `idle_seconds` without traffic, the next ones every `interval_seconds`, and
/// after `probes` without an answer the connection is broken. 0 for one of them leaves it to the system (Linux:
/// 7200, 75 and 9), 0 for all three is off, the default, as in http.client. Seconds are 0 to 32767, probes 0 to
/// 127. It holds from the next opening on, and an opening under way is given up; a system that does not know
/// one of them ignores it.
///
/// Errors: HC_ERR_INVALID_ARGUMENT for a number out of range; HC_ERR_UNSUPPORTED for a connection that is not made
/// by hc_conn_new or hc_conn_new_tls, and in a build without sockets.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_tcp_keepalive(
    conn: *mut hc_conn,
    idle_seconds: i32,
    interval_seconds: i32,
    probes: i32,
) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            set_keepalive(
                state,
                [(idle_seconds, 32_767), (interval_seconds, 32_767), (probes, 127)],
            )
        })
    })
}

/// Numbers with their bounds.
fn set_keepalive(state: &mut State, numbers: [(i32, u16); 3]) -> Result<(), Error> {
    const OUT_OF_RANGE: Error = error!(Kind::InvalidArgument, "a number is out of range");
    let within = |(number, most)| u16::try_from(number).ok().filter(|&number| number <= most);
    let [Some(idle), Some(interval), Some(probes)] = numbers.map(within) else {
        return Err(OUT_OF_RANGE);
    };
    #[cfg(feature = "std")]
    return state
        .connect
        .set_keepalive(&mut state.connection, KeepAlive { idle, interval, probes });
    #[cfg(not(feature = "std"))]
    {
        let _ = (state, idle, interval, probes);
        Err(error!(Kind::Unsupported, "this build has no sockets"))
    }
}

/// Sets whether a request is sent once more, on a new connection, where doing it twice does no harm; off by
/// default.
///
/// It is sent again only if all of this is true: the connection had been used before; the server closed it
/// before a byte of the response came; the method is GET, HEAD, OPTIONS, PUT, DELETE or TRACE; and the body, if
/// there is one, was given as bytes. A copy of the request is kept until its response comes. The repetition is
/// made by the call that finds out, hc_request or hc_getresponse, which then may fail as hc_conn_connect does;
/// hc_conn_exchange_flags tells of it. Never blocks itself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_retry(conn: *mut hc_conn, on: bool) -> hc_error {
    set(conn, |state| state.connection.settings.retry = on)
}

/// Sets whether hc_conn_set_retry, which is to be on as well, holds for every method, POST among them; off by
/// default. A server that closes without an answer may have acted on the request all the same: this is for
/// requests that do no harm twice, such as a POST with an Idempotency-Key that the server knows.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_retry_any_method(conn: *mut hc_conn, on: bool) -> hc_error {
    set(conn, |state| state.connection.settings.retry_any_method = on)
}

/// Sets whether requests are HTTP/1.0: without the automatic Host and Accept-Encoding, and without chunked
/// bodies. Off by default.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_http10(conn: *mut hc_conn, on: bool) -> hc_error {
    set(conn, |state| state.connection.settings.http10 = on)
}

/// Whether requests are HTTP/1.0; false for an invalid or busy handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_http10(conn: *const hc_conn) -> bool {
    look_up(conn, false, |state| state.connection.settings.http10)
}

/// Sets how many bytes a body function is asked for at a time, and so the size of what is sent in one piece:
/// http.client's blocksize. 8192 by default, at least 1.
///
/// Errors: HC_ERR_INVALID_ARGUMENT for 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_blocksize(conn: *mut hc_conn, bytes: usize) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            if bytes == 0 {
                return Err(error!(Kind::InvalidArgument, "a block has at least 1 byte"));
            }
            state.connection.settings.block_size = bytes;
            Ok(())
        })
    })
}

/// How many bytes a body function is asked for at a time; 0 for an invalid or busy handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_blocksize(conn: *const hc_conn) -> usize {
    look_up(conn, 0, |state| state.connection.settings.block_size)
}

/// Sets the local address to connect from: http.client's source_address.
///
/// `host` is an IP address, or NULL or empty for any; `port` is 1 to 65535, or 0 for any. It holds from the
/// next opening on, and an opening under way is given up.
///
/// Errors: HC_ERR_INVALID_ARGUMENT if `host` is no IP address or `port` out of range; HC_ERR_UNSUPPORTED for a
/// connection that is not made by hc_conn_new or hc_conn_new_tls.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_source_address(
    conn: *mut hc_conn,
    host: *const c_char,
    port: i32,
) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            // SAFETY: the caller's promise is that of `utf8`.
            let host = if host.is_null() { "" } else { unsafe { utf8(host) }? };
            let port = u16::try_from(port).map_err(|_| BAD_PORT)?;
            state.connect.set_source(&mut state.connection, host, port)
        })
    })
}

/// The local host that hc_conn_set_source_address has set, NUL-terminated and empty for any; its length goes to
/// `*len` and the port, 0 for any, to `*port`, unless those are NULL. Valid until it is set again or the
/// connection freed. NULL and 0 if none is set, and for an invalid or busy handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_source_address(
    conn: *const hc_conn,
    len: *mut usize,
    port: *mut i32,
) -> *const c_char {
    let source = look_up(conn, None, |state| {
        let (host, port) = state.connect.source()?;
        Some((ptr::from_ref(host), i32::from(port)))
    });
    // SAFETY: the caller vouches for both.
    unsafe {
        if !port.is_null() {
            port.write(source.map_or(0, |(_, port)| port));
        }
        give(source.map(|(host, _)| host), len)
    }
}

/// Sets where to connect to instead of the connection's host and port. The Host header, SNI and the check of
/// the certificate still use the connection's host.
///
/// `host` is a name (as for hc_conn_new) or an IP address, or NULL for the connection's own host and port, as
/// at first; `port` is 1 to 65535. It holds from the next opening on, and an opening under way is given up.
///
/// Errors: HC_ERR_INVALID_URL, HC_ERR_ENCODING if `host` is not valid; HC_ERR_INVALID_ARGUMENT if `port` is out
/// of range; HC_ERR_UNSUPPORTED for a connection that is not made by hc_conn_new or hc_conn_new_tls.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_address(
    conn: *mut hc_conn,
    host: *const c_char,
    port: i32,
) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            if host.is_null() {
                return state.connect.set_address(&mut state.connection, None);
            }
            // SAFETY: the caller's promise is that of `utf8`.
            let host = unsafe { utf8(host) }?;
            let port = u16::try_from(port).ok().filter(|&port| port > 0).ok_or(BAD_PORT)?;
            state.connect.set_address(&mut state.connection, Some((host, port)))
        })
    })
}

const BAD_PORT: Error = error!(Kind::InvalidArgument, "a port is 1 to 65535");

/// A look at a setting.
fn look_up<R: Copy>(
    conn: *const hc_conn,
    otherwise: R,
    setting: impl FnOnce(&mut State) -> R,
) -> R {
    guard(otherwise, || with_connection(conn, setting).unwrap_or(otherwise))
}
