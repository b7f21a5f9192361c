//! Where trust anchors come from.

use super::anchors::Anchors;
use super::{pem, system_store};
use crate::engine::error::{Error, Kind, error};
use rustls::pki_types::CertificateDer;

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
#[derive(Default)]
pub(super) struct Roots {
    pub(super) anchors: Anchors,
    pub(super) counts: RootCounts,
    /// Whether the caller has chosen any source.
    pub(super) chosen: bool,
}

impl Roots {
    pub(super) fn add_bundled(&mut self) -> Result<(), Error> {
        self.chosen = true;
        if self.counts.bundled.added == 0 {
            self.anchors.add_dateless(webpki_roots::TLS_SERVER_ROOTS)?;
            self.counts.bundled.added = webpki_roots::TLS_SERVER_ROOTS.len();
        }
        Ok(())
    }

    /// The system's store, found now: nothing of the build host is compiled in.
    pub(super) fn add_system(&mut self) -> Result<(), Error> {
        self.chosen = true;
        let found = system_store::load()?;
        let RootCount { added, failed } = add_all(&mut self.anchors, &found.certs)?;
        let count = &mut self.counts.system;
        count.added += added;
        count.failed += failed + found.errors.len();
        match found.errors.first() {
            Some(e) if added == 0 => Err(system_store::failed(e)),
            None if added == 0 => Err(error!(Kind::TlsConfig, NO_STORE)),
            _ => Ok(()),
        }
    }

    /// The caller's own: PEM or DER.
    pub(super) fn add(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.chosen = true;
        let (certificates, unreadable) = pem::certificates(bytes)?;
        let RootCount { added, failed } = add_all(&mut self.anchors, &certificates)?;
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

/// Adds those that can be read.
fn add_all(anchors: &mut Anchors, certificates: &[CertificateDer<'_>]) -> Result<RootCount, Error> {
    let mut count = RootCount::default();
    for certificate in certificates {
        match anchors.add_certificate(certificate)? {
            true => count.added += 1,
            false => count.failed += 1,
        }
    }
    Ok(count)
}

const NO_STORE: &str = "the system has no root certificates where they are looked for: install them \
                        (package ca-certificates), or say by SSL_CERT_FILE where they are";
