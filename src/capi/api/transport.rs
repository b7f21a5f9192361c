//! Custom transports.
//!
//! A connection can run over any stream of bytes that the program brings: a UART, an SSH channel, the TCP of a
//! microcontroller, a pipe in memory. The program gives a few functions; everything above them works as over a
//! socket. This is there in every build, also without std. The functions are not interrupted: a timeout of TLS, a
//! deadline and a cancel handle are looked at before each call of them, and a timeout of a single read or write is
//! theirs to keep.
#![allow(unsafe_code)]

use crate::capi::api::connection::connection;
use crate::capi::callbacks::transport::{given, hc_transport};
use crate::capi::error::hc_error;
use crate::capi::kit::guard::{guarded, make};
use crate::capi::objects::calls::{NewConn, on_connection};
use crate::capi::objects::connect_settings::ConnectSettings;
use crate::capi::objects::opaque::hc_conn;
use crate::capi::objects::opaque::hc_tls_config;
use crate::capi::objects::unmade;
use crate::engine::error::{Error, Kind, error};
use core::ffi::c_char;

/// Makes a connection for http over a transport of the program, already connected to the peer.
///
/// The struct is copied; its context belongs to the connection until `close` is called, which happens at the
/// latest when the connection and its responses are freed. If this function fails, the transport is still
/// yours, and nothing was called on it. `host` and `port` are for the Host field. Once the stream has ended the
/// connection cannot open again: HC_ERR_NOT_CONNECTED.
///
/// Errors: those of hc_conn_new, such as HC_ERR_INVALID_URL; HC_ERR_INVALID_ARGUMENT if `read` or `write` is
/// NULL or size is not set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_new_with_transport(
    transport: *const hc_transport,
    host: *const c_char,
    port: i32,
    out: *mut *mut hc_conn,
) -> hc_error {
    // SAFETY: the caller's promise is that of these functions.
    unsafe {
        unmade::making(|| {
            make(out, || {
                let new = NewConn::new()?;
                // Nothing fails once the transport is taken.
                let connection = connection(host, port, 80, |_, _| given(transport))?;
                Ok(new.fill(connection, ConnectSettings::CallerTransport))
            })
        })
    }
}

/// Puts TLS on a connection with a transport of the program, which then moves what is encrypted.
///
/// `config` is as for hc_conn_new_tls, NULL included. The default port becomes 443. Before the connection is
/// opened; a later call replaces an earlier one.
///
/// Closing, by whichever call, sends the peer TLS's closing alert (close_notify) through the program's `write`
/// before `close` is called: what it does not take at once is not sent, and a `write` that waits makes that
/// call wait, hc_conn_free and hc_response_free included. The same holds for a dialer's transports.
///
/// Errors: HC_ERR_STATE if it is open or being opened; HC_ERR_INVALID_URL for a host that no certificate can
/// name; HC_ERR_UNSUPPORTED for a connection that is not made by hc_conn_new_with_transport, and in a build
/// without TLS.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_tls(
    conn: *mut hc_conn,
    config: *const hc_tls_config,
) -> hc_error {
    guarded(|| crate::capi::api::tls::secure_given(conn, config))
}

/// Says that the transport of the program, or what its dialer gives, is secured already, by TLS of the program's
/// own for instance: then the connection is one for https. 443 is the default port, hc_response_url begins with
/// "https", and hc_conn_has_origin knows it. The library does no TLS, and checks nothing: whoever says this has
/// verified the peer. `on` false takes it back. Before the connection is opened. If a dialer leaves the connecting
/// to the library then (HC_DIAL_DEFAULT), opening fails with HC_ERR_STATE: that stream would be in the clear.
///
/// A transport that notices that its stream was cut returns HC_IO_TRUNCATED.
///
/// Errors: HC_ERR_STATE if it is open or being opened; HC_ERR_UNSUPPORTED for a connection that has neither a
/// transport nor a dialer of the program.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_secured(conn: *mut hc_conn, on: bool) -> hc_error {
    const NOT_THEIRS: Error =
        error!(Kind::Unsupported, "the connection has no transport or dialer of the program");
    guarded(|| {
        on_connection(conn, |state| match state.connect.may_be_the_program_s() {
            true => state.connection.set_secured(on),
            false => Err(NOT_THEIRS),
        })
    })
}
