//! The opaque C types that many sections name.
#![allow(unsafe_code)]

use super::object::{Object, Type};
use crate::capi::kit::handle::Opaque;
#[cfg(feature = "tls")]
use crate::capi::kit::handle::Shareable;

/// A connection. Made by hc_conn_new and its relatives, freed by hc_conn_free; used by one thread at a time
/// together with its responses.
#[allow(non_camel_case_types)]
pub struct hc_conn {
    _opaque: (),
}

/// Whom to trust in TLS and how: made once, then immutable and shared by any number of connections and threads.
/// Made by hc_tls_builder_build, freed by hc_tls_config_free: see the section TLS.
#[allow(non_camel_case_types)]
pub struct hc_tls_config {
    _opaque: (),
}

impl Opaque for hc_conn {
    type Object = Object;
    const TYPE: u8 = Type::Connection as u8;
}

impl Opaque for hc_tls_config {
    type Object = Object;
    const TYPE: u8 = Type::TlsConfig as u8;
}

// SAFETY: such a handle is made for a configuration only, by hc_tls_builder_build.
#[cfg(feature = "tls")]
unsafe impl Shareable for hc_tls_config {
    type Content = crate::transport::tls::TlsConfig;
}
