//! Configurations of rustls for each verified name, where the SNI is another one.
//!
//! rustls verifies the name that it sends, and remembers sessions under it. Where one SNI stands for
//! several servers, both would mix them up: so each name that is verified has its own verifier, and
//! sessions of its own.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use std::sync::{Mutex, PoisonError};

use rustls::client::{ClientConfig, Resumption};
use rustls::pki_types::ServerName;

use super::verify::{Names, Verifier};

/// rustls keeps up to this many sessions for a server, and its bound is one of servers.
const SESSIONS_OF_ONE: usize = 8;

pub(super) struct PerName {
    /// What all names have in common.
    common: ClientConfig,
    verifier: Verifier,
    /// How many names to remember.
    limit: usize,
    /// The oldest first.
    known: Mutex<VecDeque<(ServerName<'static>, Arc<ClientConfig>)>>,
}

impl PerName {
    /// At most `sessions` are remembered over all names.
    pub(super) fn new(common: ClientConfig, verifier: Verifier, sessions: usize) -> PerName {
        let limit = sessions.div_ceil(SESSIONS_OF_ONE);
        PerName { common, verifier, limit, known: Mutex::default() }
    }

    /// The configuration that verifies `name`, whatever name rustls is given.
    pub(super) fn verifying(&self, name: &ServerName<'static>) -> Arc<ClientConfig> {
        // A panic cannot leave the list half changed.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, config)) = known.iter().find(|(other, _)| other == name) {
            return config.clone();
        }
        let config = Arc::new(self.derive(name));
        if self.limit > 0 {
            if known.len() == self.limit {
                known.pop_front();
            }
            known.push_back((name.clone(), config.clone()));
        }
        config
    }

    fn derive(&self, name: &ServerName<'static>) -> ClientConfig {
        let names = Names::Fixed(name.clone());
        let verifier = Verifier { names, ..self.verifier.clone() };
        let mut config = self.common.clone();
        config.dangerous().set_certificate_verifier(Arc::new(verifier));
        if self.limit > 0 {
            config.resumption = Resumption::in_memory_sessions(SESSIONS_OF_ONE);
        }
        config
    }
}
