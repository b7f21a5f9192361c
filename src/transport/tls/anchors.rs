//! The roots of a configuration, and from when to when each is valid.

use alloc::vec::Vec;

use rustls::pki_types::{CertificateDer, TrustAnchor};

use super::date::Validity;
use super::der;
use crate::memory::{NoMemory, push};

/// Trust anchors with their dates, which webpki does not keep.
#[derive(Default)]
pub(super) struct Anchors {
    list: Vec<TrustAnchor<'static>>,
    /// As long as the list.
    validity: Vec<Validity>,
}

impl Anchors {
    pub(super) fn as_slice(&self) -> &[TrustAnchor<'static>] {
        &self.list
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// Adds roots of whose dates nothing is known: those of a list that is kept up to date.
    pub(super) fn add_dateless(&mut self, roots: &[TrustAnchor<'static>]) -> Result<(), NoMemory> {
        self.list.try_reserve(roots.len())?;
        for root in roots {
            self.add(root.clone(), Validity::ALWAYS)?;
        }
        Ok(())
    }

    /// Adds the holder of a certificate. False if it cannot be read.
    pub(super) fn add_certificate(
        &mut self,
        certificate: &CertificateDer<'_>,
    ) -> Result<bool, NoMemory> {
        let dates = der::fields(certificate).and_then(|fields| Validity::of(fields.validity));
        match (webpki::anchor_from_trusted_cert(certificate), dates) {
            (Ok(anchor), Some(validity)) => self.add(anchor.to_owned(), validity).map(|()| true),
            _ => Ok(false),
        }
    }

    fn add(&mut self, root: TrustAnchor<'static>, validity: Validity) -> Result<(), NoMemory> {
        self.validity.try_reserve(1)?;
        push(&mut self.list, root)?;
        push(&mut self.validity, validity)
    }

    /// When one of these is valid. Any other one never is: nothing is known of it.
    pub(super) fn validity_of(&self, root: &TrustAnchor<'_>) -> Validity {
        let place = self.list.iter().position(|other| core::ptr::eq(root, other));
        place.and_then(|place| self.validity.get(place)).copied().unwrap_or(Validity::NEVER)
    }
}
