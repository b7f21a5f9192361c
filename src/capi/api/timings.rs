//! Timings.
//!
//! When the steps of an exchange were done can be noted, for statistics and to see where time goes. It is off
//! by default: then no clock is read.
#![allow(unsafe_code)]

use crate::capi::api::response::hc_response;
use crate::capi::error::hc_error;
use crate::capi::kit::guard::guarded;
use crate::capi::kit::memory::fill_struct;
use crate::capi::objects::calls::{on_connection, on_response};
use crate::capi::objects::opaque::hc_conn;
use crate::client::Times;
use crate::engine::error::{Error, Kind, error};
use core::mem::size_of;

/// When the steps of an exchange were done, in nanoseconds since it began: since hc_request or hc_endheaders
/// had the head complete. -1 for a step that was not made, as those of connecting where the connection was open
/// already. Set size to sizeof(hc_timings) before asking for it.
#[repr(C)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy, Debug)]
pub struct hc_timings {
    /// sizeof(hc_timings), set by the caller.
    pub size: usize,
    /// The addresses of the host, or of the proxy, were known.
    pub lookup: i64,
    /// The transport was connected.
    pub connect: i64,
    /// The proxy had answered CONNECT; TLS to the proxy itself was before that.
    pub tunnel: i64,
    /// The TLS handshake with the host was done.
    pub tls: i64,
    /// The request was sent: the system or the transport had its last byte.
    pub sent: i64,
    /// The first byte of an answer had come, of an interim response too.
    pub first_byte: i64,
    /// The head of the response was complete.
    pub head: i64,
    /// The body was read to its end; -1 until then.
    pub total: i64,
}

/// Sets whether the exchanges that begin from now on are timed; off by default.
///
/// Errors: HC_ERR_UNSUPPORTED in a build without std, which has no clock.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_timings(conn: *mut hc_conn, on: bool) -> hc_error {
    const NO_CLOCK: Error = error!(Kind::Unsupported, "this build has no clock");
    guarded(|| {
        on_connection(conn, |state| {
            if on && cfg!(not(feature = "std")) {
                return Err(NO_CLOCK);
            }
            state.connection.settings.timings = on;
            Ok(())
        })
    })
}

/// The timings of the exchange that a response belongs to, as far as it came. If the request was sent a second
/// time (see hc_conn_set_retry), the steps are those of the second time; all times count from the beginning of
/// the exchange. Never blocks.
///
/// Errors: HC_ERR_STATE if the exchange was not timed; HC_ERR_INVALID_ARGUMENT if `out` is NULL or out->size is
/// not set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_timings(
    response: *const hc_response,
    out: *mut hc_timings,
) -> hc_error {
    const NOT_TIMED: Error = error!(Kind::State, "the exchange was not timed");
    guarded(|| {
        on_response(response, |_, response| {
            let timings = since_it_began(&response.times().ok_or(NOT_TIMED)?);
            // SAFETY: the caller's promise is that of this function.
            unsafe { fill_struct(out, &timings, SIZE_0_1) }
        })
    })
}

fn since_it_began(times: &Times) -> hc_timings {
    let since = |time: u64| match time {
        0 => -1,
        time => i64::try_from(time.saturating_sub(times.began)).unwrap_or(i64::MAX),
    };
    hc_timings {
        size: 0,
        lookup: since(times.looked_up),
        connect: since(times.connected),
        tunnel: since(times.tunnelled),
        tls: since(times.secured),
        sent: since(times.sent),
        first_byte: since(times.first_byte),
        head: since(times.head),
        total: since(times.ended),
    }
}

/// The size of hc_timings in version 0.1.
const SIZE_0_1: usize = size_of::<hc_timings>();
