//! What stands behind the handle of a TLS builder.

use super::detail::{LastError, Phase};
use crate::capi::error::hc_error;
use crate::client::Progress;
use crate::engine::error::{Error, Kind, error};
use crate::transport::tls::{TlsConfig, TlsConfigBuilder};

/// What a builder's handle stands for.
pub(crate) struct Builder {
    /// What was asked for so far; none once it was built, or after a panic.
    pub(super) tls: Option<TlsConfigBuilder>,
    pub(crate) error: LastError,
}

impl Builder {
    /// Makes a change. The builder is away meanwhile, so that none is built from half a change.
    pub(super) fn change(
        &mut self,
        change: impl FnOnce(&mut TlsConfigBuilder) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut tls = self.tls.take().ok_or(SPENT)?;
        let outcome = change(&mut tls);
        self.tls = Some(tls);
        outcome
    }

    /// Makes the configuration, unless a call before has failed: its caller may not have looked.
    pub(super) fn build(&mut self) -> Result<TlsConfig, hc_error> {
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
