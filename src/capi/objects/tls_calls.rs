//! Calls on the handles of TLS: builders, configurations, and the one that all connections without one share.

use super::detail::{LastError, Phase};
use super::object::{Object, Opaque};
use super::tls_builder::Builder;
use crate::capi::error::hc_error;
use crate::capi::kit::handle::{self, Shareable};
use crate::client::Progress;
use crate::engine::error::Error;
use crate::fork;
use crate::lock::{Lock, Renew};
use crate::memory::boxed;
use crate::transport::tls::{TlsConfig, TlsConfigBuilder};
use crate::uncancelled::uncancelled;

/// A handle for a new builder.
pub(crate) fn insert<B: Opaque>() -> Result<*mut B, hc_error> {
    let builder = Builder { tls: Some(TlsConfig::builder()), error: LastError::default() };
    handle::insert(Object::TlsBuilder(boxed(builder)?))
}

/// Runs `work` on a builder.
pub(crate) fn with_builder<B: Opaque, R>(
    handle: *const B,
    work: impl FnOnce(&mut Builder) -> R,
) -> Result<R, hc_error> {
    match handle::take(handle)?.get_mut()? {
        Object::TlsBuilder(builder) => Ok(work(builder)),
        _ => Err(hc_error::HC_ERR_INVALID_HANDLE),
    }
}

/// A change of a builder: its failure stays with the handle.
pub(crate) fn configure<B: Opaque>(
    handle: *mut B,
    change: impl FnOnce(&mut TlsConfigBuilder) -> Result<(), Error>,
) -> hc_error {
    // Files are read and written, and random numbers drawn.
    let outcome = with_builder(handle, |builder| match uncancelled(|| builder.change(change)) {
        Ok(()) => hc_error::HC_OK,
        Err(error) => builder.error.record(error, Progress::NotSent, Phase::None),
    });
    outcome.unwrap_or_else(|code| code)
}

/// Ends the building: a handle for the configuration.
pub(crate) fn build<B: Opaque, C: Opaque>(handle: *mut B) -> Result<*mut C, hc_error> {
    let config = with_builder(handle, |builder| uncancelled(|| builder.build()))??;
    handle::insert(Object::TlsConfig(config))
}

/// The configuration of a handle; that of all connections without one for NULL.
pub(crate) fn config<C: Shareable<Object = Object>>(
    handle: *const C,
) -> Result<TlsConfig, hc_error> {
    if handle.is_null() {
        return default().map_err(|error| error.kind().into());
    }
    match handle::share(handle)?.get()? {
        Object::TlsConfig(config) => Ok(config.clone()),
        _ => Err(hc_error::HC_ERR_INVALID_HANDLE),
    }
}

/// One configuration for all connections without one: they share its roots and its sessions.
fn default() -> Result<TlsConfig, Error> {
    static DEFAULT: Lock<DefaultConfig> = Lock::new(DefaultConfig { epoch: 0, config: None });
    if let Some(config) = DEFAULT.with(|default| default.get()) {
        return Ok(config);
    }
    // Not under the lock, which is held for an instant only: what another thread puts in meanwhile counts.
    let built = uncancelled(|| TlsConfig::builder().build())?;
    Ok(DEFAULT.with(|default| default.get_or_put(built)))
}

/// The default configuration, once there is one. A fork's child has its own: sessions are not to be resumed by
/// two processes, and a thread of the parent may be at the memory of those just then.
struct DefaultConfig {
    epoch: u64,
    config: Option<TlsConfig>,
}

impl DefaultConfig {
    fn get(&mut self) -> Option<TlsConfig> {
        if self.epoch != fork::epoch() {
            self.renew();
        }
        self.config.clone()
    }

    fn get_or_put(&mut self, built: TlsConfig) -> TlsConfig {
        self.get().unwrap_or_else(|| self.config.insert(built).clone())
    }
}

impl Renew for DefaultConfig {
    fn renew(&mut self) {
        core::mem::forget(self.config.take());
        self.epoch = fork::epoch();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capi::api::tls::hc_tls_builder;
    use crate::capi::objects::opaque::hc_tls_config;
    use core::panic::AssertUnwindSafe;
    use std::panic::catch_unwind;

    #[test]
    fn a_change_that_panics_leaves_nothing_to_build() {
        let handle: *mut hc_tls_builder = insert().unwrap();
        let broken = catch_unwind(AssertUnwindSafe(|| configure(handle, |_| panic!("on purpose"))));
        assert!(broken.is_err());
        assert_eq!(configure(handle, |_| Ok(())), hc_error::HC_ERR_STATE);
        assert_eq!(build::<_, hc_tls_config>(handle).unwrap_err(), hc_error::HC_ERR_STATE);
    }
}
