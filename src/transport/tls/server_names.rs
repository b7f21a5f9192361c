//! Configurations of rustls for each verified name, where the SNI is another one.
//!
//! rustls verifies the name that it sends, and remembers sessions under it. Where one SNI stands for
//! several servers, both would mix them up: so each name that is verified has its own verifier, and
//! sessions of its own.

use alloc::sync::Arc;
use alloc::vec::Vec;
use std::sync::{Mutex, PoisonError};

use rustls::client::{ClientConfig, Resumption};
use rustls::pki_types::ServerName;

use super::server_name;
use super::verify::{Names, Verifier};
use crate::engine::error::Error;
use crate::memory::{arc, push};

/// rustls keeps up to this many sessions for a server, and its bound is one of servers.
const SESSIONS_OF_ONE: usize = 8;

pub(super) struct PerName {
    /// What all names have in common.
    common: ClientConfig,
    verifier: Arc<Verifier>,
    /// How many names to remember.
    limit: usize,
    /// The oldest first.
    known: Mutex<Vec<(ServerName<'static>, Arc<ClientConfig>)>>,
}

impl PerName {
    /// At most `sessions` are remembered over all names.
    pub(super) fn new(common: ClientConfig, verifier: Arc<Verifier>, sessions: usize) -> PerName {
        let limit = sessions.div_ceil(SESSIONS_OF_ONE);
        PerName { common, verifier, limit, known: Mutex::default() }
    }

    /// The configuration that verifies `name`, whatever name rustls is given.
    pub(super) fn verifying(&self, name: &ServerName<'static>) -> Result<Arc<ClientConfig>, Error> {
        // A panic cannot leave the list half changed.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, config)) = known.iter().find(|(other, _)| other == name) {
            return Ok(config.clone());
        }
        let config = arc(self.derive(name)?)?;
        if self.limit > 0 {
            let remembered = (server_name::copy(name)?, config.clone());
            if known.len() == self.limit {
                known.remove(0);
            }
            push(&mut known, remembered)?;
        }
        Ok(config)
    }

    fn derive(&self, name: &ServerName<'static>) -> Result<ClientConfig, Error> {
        let verifier = self.verifier.for_names(Names::Fixed(server_name::copy(name)?));
        let mut config = self.common.clone();
        config.dangerous().set_certificate_verifier(arc(verifier)?);
        if self.limit > 0 {
            config.resumption = Resumption::in_memory_sessions(SESSIONS_OF_ONE);
        }
        Ok(config)
    }
}
