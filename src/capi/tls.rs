//! TLS.
#![allow(unsafe_code)]

use super::entry::guarded;
use super::error::hc_error;
use super::handle::{self, Object, Opaque, Type};
use crate::client::Connection;

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
    if config.is_null() {
        return hc_error::HC_OK;
    }
    guarded(|| match handle::take(config) {
        Ok(taken) => {
            drop(taken.remove());
            hc_error::HC_OK
        }
        Err(code) => code,
    })
}

/// Puts TLS on a connection.
#[cfg(feature = "tls")]
pub(super) fn secure(
    connection: &mut Connection,
    config: *const hc_tls_config,
) -> Result<(), hc_error> {
    use crate::transport::tls::TlsConfig;
    let config = if config.is_null() {
        TlsConfig::builder().build().map_err(|error| hc_error::from(error.kind))?
    } else {
        match handle::take(config)?.get()? {
            Object::TlsConfig(config) => config.clone(),
            _ => return Err(hc_error::HC_ERR_INVALID_HANDLE),
        }
    };
    connection.set_tls(config).map_err(|error| error.kind.into())
}

/// Puts TLS on a connection.
#[cfg(not(feature = "tls"))]
pub(super) fn secure(_: &mut Connection, _: *const hc_tls_config) -> Result<(), hc_error> {
    Err(hc_error::HC_ERR_UNSUPPORTED)
}
