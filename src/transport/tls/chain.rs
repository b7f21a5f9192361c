//! Whether a chain of certificates leads to a root: webpki's verification, and what it does not look at.
//!
//! webpki goes every way there may be from the server's certificate to a root. Where it has found one, it asks
//! whether that is to be taken, and goes on to look for another if not: so a root that has expired does not keep
//! anybody from one that is valid, and has the same name and key.

use alloc::vec::Vec;
use core::cell::Cell;
use core::fmt;
use core::time::Duration;

use rustls::Error;
use rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime};
use webpki::{
    CertRevocationList, EndEntityCert, Error as Rule, ExpirationPolicy, KeyUsage,
    RevocationCheckDepth, RevocationOptionsBuilder, UnknownStatusPolicy, VerifiedPath,
};

use super::anchors::Anchors;
use super::date::{Validity, whole_seconds};
use super::shown::Shown;
use super::{der, error, refusal};
use crate::engine::error::Error as Explained;
use crate::memory::collect;

/// What chains are verified with.
pub(super) struct Chain {
    pub(super) roots: Anchors,
    pub(super) revocation_lists: Vec<CertRevocationList<'static>>,
    pub(super) algorithms: &'static [&'static dyn SignatureVerificationAlgorithm],
}

/// A way to a root that is not taken: the rule of webpki's that comes next to what is broken, and what to say.
type Objection = (Rule, Explained);

impl Chain {
    /// Verifies all but the name.
    pub(super) fn verify(
        &self,
        own: &CertificateDer<'_>,
        sent: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        let shown = Shown { own, sent, roots: self.roots.as_slice() };
        let explain = |rule: &Rule| refusal::explain(rule, shown);
        let certificate = EndEntityCert::try_from(own)
            .map_err(|rule| error::refuse_as(refusal::alert(&rule), explain(&rule)))?;
        let lists = collect(self.revocation_lists.iter()).map_err(|e| error::refuse(e.into()))?;
        let first = Cell::new(None);
        let look = |path: &VerifiedPath<'_>| match self.object(path, shown, now) {
            None => Ok(()),
            Some((rule, words)) => {
                first.set(stronger(first.take(), (rule.clone(), words)));
                Err(rule)
            }
        };
        let outcome = certificate.verify_for_usage(
            self.algorithms,
            self.roots.as_slice(),
            sent,
            now,
            KeyUsage::server_auth(),
            // Without lists there is no builder.
            RevocationOptionsBuilder::new(&lists).ok().map(|options| {
                options
                    .with_depth(RevocationCheckDepth::EndEntity)
                    .with_status_policy(UnknownStatusPolicy::Deny)
                    .with_expiration_policy(ExpirationPolicy::Enforce)
                    .build()
            }),
            Some(&look),
        );
        outcome.map(drop).map_err(|rule| {
            let ours = first.take().filter(|(objected, _)| *objected == rule);
            let words = ours.map_or_else(|| explain(&rule), |(_, words)| words);
            error::refuse_as(refusal::alert(&rule), words)
        })
    }

    /// Why a way is not taken, if it is not.
    fn object(
        &self,
        path: &VerifiedPath<'_>,
        shown: Shown<'_>,
        now: UnixTime,
    ) -> Option<Objection> {
        let root = path.anchor();
        let validity = self.roots.validity_of(root);
        if let Some(rule) = out_of_date(validity, now) {
            return Some((rule, refusal::root_out_of_date(&root.subject, validity, &now)));
        }
        // RFC 5280, section 6.1.4 (n).
        let mut authorities = path.intermediate_certificates().map(|authority| authority.der());
        let unfit = authorities.find(|authority| {
            der::fields(authority).is_none_or(|fields| !fields.may_sign_certificates())
        })?;
        Some((Rule::EndEntityUsedAsCa, refusal::no_cert_sign(&unfit, shown)))
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chain").field("roots", &self.roots.len()).finish_non_exhaustive()
    }
}

/// Which of two objections webpki reports in the end: dates before all else, and the first of two alike.
fn stronger(before: Option<Objection>, new: Objection) -> Option<Objection> {
    let is_usage = |objection: &Objection| matches!(objection.0, Rule::EndEntityUsedAsCa);
    match before {
        Some(before) if !is_usage(&before) || is_usage(&new) => Some(before),
        _ => Some(new),
    }
}

/// The rule that is broken if something is not valid now.
fn out_of_date(validity: Validity, time: UnixTime) -> Option<Rule> {
    let moment = |seconds: i64| {
        UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
    };
    let now = whole_seconds(&time);
    if now > validity.until {
        return Some(Rule::CertExpired { time, not_after: moment(validity.until) });
    }
    let early = now < validity.from;
    early.then(|| Rule::CertNotValidYet { time, not_before: moment(validity.from) })
}
