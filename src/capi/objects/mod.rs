//! What handles stand for, and how calls get at it.

pub(crate) mod calls;
pub(crate) mod conn;
pub(crate) mod connect_settings;
pub mod detail;
pub(crate) mod header_block;
pub(crate) mod object;
pub mod opaque;
pub(crate) mod stream;
#[cfg(feature = "tls")]
mod tls_builder;
#[cfg(feature = "tls")]
pub(crate) mod tls_calls;
pub(crate) mod unmade;
