//! TLS.
#![allow(unsafe_code)]

use super::entry::guarded;
use super::error::hc_error;
#[cfg(feature = "tls")]
use super::handle::Object;
use super::handle::{self, Opaque, Type};
use crate::client::Connection;
use crate::engine::error::{Error, Kind};
#[cfg(feature = "tls")]
use crate::transport::tls::TlsConfig;

/// Whom to trust and how: made once, then immutable and shared by any number of connections and
/// threads.
///
/// Since 0.1.
#[allow(non_camel_case_types)]
pub struct hc_tls_config {
    _opaque: (),
}

impl Opaque for hc_tls_config {
    const TYPE: Type = Type::TlsConfig;
}

/// Ends the handle of a configuration; connections that use it are not affected. NULL does nothing.
/// Never blocks.
///
/// Errors: HC_ERR_INVALID_HANDLE, HC_ERR_BUSY.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_tls_config_free(config: *mut hc_tls_config) -> hc_error {
    if config.is_null() { hc_error::HC_OK } else { guarded(|| handle::free(config)) }
}

/// Puts TLS on a connection.
#[cfg(feature = "tls")]
pub(super) fn secure(
    connection: &mut Connection,
    config: *const hc_tls_config,
) -> Result<(), Error> {
    connection.set_tls(given(config)?)
}

/// Puts TLS on a connection to a proxy.
#[cfg(feature = "tls")]
pub(super) fn secure_proxy(
    connection: &mut Connection,
    config: *const hc_tls_config,
) -> Result<(), Error> {
    connection.set_proxy_tls(given(config)?)
}

/// The configuration of a handle, or the default.
#[cfg(feature = "tls")]
fn given(config: *const hc_tls_config) -> Result<TlsConfig, Error> {
    const INVALID: Error = Error::new(Kind::InvalidHandle, "not a TLS configuration");
    if config.is_null() {
        return TlsConfig::builder().build();
    }
    match handle::take(config).map_err(|_| INVALID)?.get() {
        Ok(Object::TlsConfig(config)) => Ok(config.clone()),
        _ => Err(INVALID),
    }
}

/// There is no TLS in this build.
#[cfg(not(feature = "tls"))]
pub(super) fn secure(_: &mut Connection, _: *const hc_tls_config) -> Result<(), Error> {
    Err(NO_TLS)
}

/// There is no TLS in this build.
#[cfg(not(feature = "tls"))]
pub(super) fn secure_proxy(_: &mut Connection, _: *const hc_tls_config) -> Result<(), Error> {
    Err(NO_TLS)
}

#[cfg(not(feature = "tls"))]
const NO_TLS: Error = Error::new(Kind::Unsupported, "this build has no TLS");
