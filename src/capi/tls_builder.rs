//! What stands behind the handles of TLS: the builder with its last failure, the configuration that
//! all connections without one share, and the key log's callback.

use super::connection::hc_tls_config;
use super::detail::{LastError, Phase};
use super::entry::text;
use super::error::hc_error;
use super::fork;
use super::handle::{self, Object};
use super::lock::{Lock, Renew};
use super::tls::hc_tls_builder;
use crate::client::Progress;
use crate::engine::error::{Error, Kind, error};
use crate::transport::tls::{TlsConfig, TlsConfigBuilder};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ffi::{c_char, c_void};
use std::path::Path;

/// What a builder's handle stands for.
pub(super) struct Builder {
    /// What was asked for so far; none once it was built, or after a panic.
    tls: Option<TlsConfigBuilder>,
    pub(super) error: LastError,
}

impl Builder {
    /// Makes a change. The builder is away meanwhile, so that none is built from half a change.
    fn change(
        &mut self,
        change: impl FnOnce(&mut TlsConfigBuilder) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut tls = self.tls.take().ok_or(SPENT)?;
        let outcome = change(&mut tls);
        self.tls = Some(tls);
        outcome
    }

    /// Makes the configuration, unless a call before has failed: its caller may not have looked.
    fn build(&mut self) -> Result<TlsConfig, hc_error> {
        let tls = self.tls.take();
        match self.error.code() {
            hc_error::HC_OK => {}
            failed => return Err(failed),
        }
        let built = tls.ok_or(SPENT).and_then(TlsConfigBuilder::build);
        built.map_err(|error| self.error.record(error, Progress::NotSent, Phase::None))
    }
}

const SPENT: Error = error!(Kind::State, "the configuration was built: begin another builder");

/// A handle for a new builder.
pub(super) fn insert() -> Result<*mut hc_tls_builder, hc_error> {
    let builder = Builder { tls: Some(TlsConfig::builder()), error: LastError::default() };
    handle::insert(Object::TlsBuilder(Box::new(builder)))
}

/// Runs `work` on a builder.
pub(super) fn with_builder<R>(
    handle: *const hc_tls_builder,
    work: impl FnOnce(&mut Builder) -> R,
) -> Result<R, hc_error> {
    match handle::take(handle)?.get_mut()? {
        Object::TlsBuilder(builder) => Ok(work(builder)),
        _ => Err(hc_error::HC_ERR_INVALID_HANDLE),
    }
}

/// A change of a builder: its failure stays with the handle.
pub(super) fn configure(
    handle: *mut hc_tls_builder,
    change: impl FnOnce(&mut TlsConfigBuilder) -> Result<(), Error>,
) -> hc_error {
    let outcome = with_builder(handle, |builder| match builder.change(change) {
        Ok(()) => hc_error::HC_OK,
        Err(error) => builder.error.record(error, Progress::NotSent, Phase::None),
    });
    outcome.unwrap_or_else(|code| code)
}

/// Ends the building: a handle for the configuration.
pub(super) fn build(handle: *mut hc_tls_builder) -> Result<*mut hc_tls_config, hc_error> {
    let config = with_builder(handle, Builder::build)??;
    handle::insert(Object::TlsConfig(config))
}

/// The configuration of a handle; that of all connections without one for NULL.
pub(super) fn config(handle: *const hc_tls_config) -> Result<TlsConfig, hc_error> {
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
    let built = TlsConfig::builder().build()?;
    Ok(DEFAULT.with(|default| default.get_or_put(built)))
}

/// The default configuration, once there is one. A fork's child has its own: sessions are not to be
/// resumed by two processes, and a thread of the parent may be at the memory of those just then.
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

/// A path of the caller.
///
/// # Safety
/// `path` is NULL or NUL-terminated, and stays so for `'a`.
#[cfg(unix)]
pub(super) unsafe fn path<'a>(path: *const c_char) -> Result<&'a Path, Error> {
    use std::os::unix::ffi::OsStrExt as _;
    // SAFETY: the caller's promise is the same.
    Ok(Path::new(std::ffi::OsStr::from_bytes(unsafe { text(path) }?)))
}

/// A path of the caller, in UTF-8.
///
/// # Safety
/// `path` is NULL or NUL-terminated, and stays so for `'a`.
#[cfg(not(unix))]
pub(super) unsafe fn path<'a>(path: *const c_char) -> Result<&'a Path, Error> {
    // SAFETY: the caller's promise is the same.
    Ok(Path::new(unsafe { super::entry::utf8(path) }?))
}

/// A function of the caller that takes the lines of the key log.
pub(super) struct KeyLog {
    pub(super) function: unsafe extern "C" fn(*mut c_void, *const c_char, usize),
    pub(super) context: *mut c_void,
}

// SAFETY: the header demands a function that any thread may call, several at once.
unsafe impl Send for KeyLog {}
// SAFETY: likewise.
unsafe impl Sync for KeyLog {}

impl KeyLog {
    /// Hands a line over; it is left out where there is no memory for the NUL behind it.
    pub(super) fn line(&self, line: &str) {
        let mut terminated = Vec::new();
        if terminated.try_reserve_exact(line.len() + 1).is_ok() {
            terminated.extend_from_slice(line.as_bytes());
            terminated.push(0);
            // SAFETY: the caller vouched for the function and its context.
            unsafe { (self.function)(self.context, terminated.as_ptr().cast(), line.len()) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::panic::AssertUnwindSafe;
    use std::panic::catch_unwind;

    #[test]
    fn a_change_that_panics_leaves_nothing_to_build() {
        let handle = insert().unwrap();
        let broken = catch_unwind(AssertUnwindSafe(|| configure(handle, |_| panic!("on purpose"))));
        assert!(broken.is_err());
        assert_eq!(configure(handle, |_| Ok(())), hc_error::HC_ERR_STATE);
        assert_eq!(build(handle).unwrap_err(), hc_error::HC_ERR_STATE);
    }
}
