//! Where trust anchors come from.

use rustls::RootCertStore;

use super::pem;
use crate::engine::error::{Error, Kind, error};
use crate::memory::push;

/// Roots of one source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RootCount {
    /// Trusted now.
    pub added: usize,
    /// Left out, since they could not be read or parsed.
    pub failed: usize,
}

/// How many roots came from where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RootCounts {
    /// Mozilla's, as compiled in.
    pub bundled: RootCount,
    /// The system's store.
    pub system: RootCount,
    /// The caller's, from memory and files.
    pub given: RootCount,
}

/// Trust anchors while a configuration is built.
pub(super) struct Roots {
    pub(super) store: RootCertStore,
    pub(super) counts: RootCounts,
    /// Whether the caller has chosen any source.
    pub(super) chosen: bool,
}

impl Roots {
    pub(super) fn new() -> Roots {
        Roots { store: RootCertStore::empty(), counts: RootCounts::default(), chosen: false }
    }

    pub(super) fn add_bundled(&mut self) -> Result<(), Error> {
        self.chosen = true;
        if self.counts.bundled.added == 0 {
            let roots = webpki_roots::TLS_SERVER_ROOTS;
            self.store.roots.try_reserve(roots.len())?;
            for root in roots {
                push(&mut self.store.roots, root.clone())?;
            }
            self.counts.bundled.added = roots.len();
        }
        Ok(())
    }

    /// The system's store, found now: nothing of the build host is compiled in.
    pub(super) fn add_system(&mut self) -> Result<(), Error> {
        self.chosen = true;
        let found = rustls_native_certs::load_native_certs();
        let (added, failed) = self.store.add_parsable_certificates(found.certs);
        let count = &mut self.counts.system;
        count.added += added;
        count.failed += failed + found.errors.len();
        match found.errors.first() {
            Some(e) if added == 0 => Err(super::error::config("the system's root store", e)),
            None if added == 0 => Err(error!(Kind::TlsConfig, NO_STORE)),
            _ => Ok(()),
        }
    }

    /// The caller's own: PEM or DER.
    pub(super) fn add(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.chosen = true;
        let (certificates, unreadable) = pem::certificates(bytes)?;
        let (added, failed) = self.store.add_parsable_certificates(certificates);
        self.counts.given.added += added;
        self.counts.given.failed += failed + unreadable;
        if added == 0 {
            return Err(error!(
                Kind::TlsConfig,
                "no usable certificate among the roots given: expected PEM or DER"
            ));
        }
        Ok(())
    }
}

const NO_STORE: &str = "the system has no root certificates where they are looked for: install them \
                        (package ca-certificates), or say by SSL_CERT_FILE where they are";
