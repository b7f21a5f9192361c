//! Whether the peer's certificate is accepted.

use alloc::vec::Vec;
use core::fmt;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::hash::Hash;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use webpki::EndEntityCert;

use super::chain::Chain;
use super::pins::{self, Pin};
use super::shown::Shown;
use super::{der, error, refusal};
use crate::engine::error::{Error as Explained, Kind, error};
use crate::memory::Counted;

/// Which certificates are trusted, whatever their names.
#[derive(Clone, Debug)]
pub(super) enum Trust {
    /// Those with a valid chain to a root.
    Chain(Counted<Chain>),
    /// One, byte for byte. Its dates are not looked at: who gave it trusts it.
    Exactly(Counted<CertificateDer<'static>>),
    /// Those with a pinned key.
    Pinned,
    /// All, and signatures are not looked at either: there is nobody they could identify.
    Anyone,
}

/// Which name the certificate must bear.
#[derive(Debug)]
pub(super) enum Names {
    /// The one that rustls is given.
    Session,
    /// A fixed one.
    Fixed(ServerName<'static>),
    /// Any.
    Unchecked,
}

/// The rules of a configuration.
pub(super) struct Verifier {
    pub(super) trust: Trust,
    pub(super) names: Names,
    /// One of these must be the SHA-256 of the certificate's public key; none means any key.
    pub(super) pins: Counted<Vec<Pin>>,
    pub(super) sha256: &'static dyn Hash,
    pub(super) algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    /// The same rules for other names.
    pub(super) fn for_names(&self, names: Names) -> Verifier {
        let Verifier { trust, pins, sha256, algorithms, .. } = self;
        let (trust, pins) = (trust.clone(), pins.clone());
        Verifier { trust, names, pins, sha256: *sha256, algorithms: *algorithms }
    }

    fn check_trust(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        match &self.trust {
            Trust::Chain(chain) => chain.verify(end_entity, intermediates, now),
            Trust::Exactly(trusted) if **trusted != *end_entity => Err(error::refuse(error!(
                Kind::TlsPinMismatch,
                "the certificate is not the one that is trusted"
            ))),
            Trust::Exactly(_) | Trust::Pinned | Trust::Anyone => Ok(()),
        }
    }

    fn check_pins(&self, end_entity: &CertificateDer<'_>) -> Result<(), Error> {
        if self.pins.is_empty() {
            return Ok(());
        }
        let fields = der::fields(end_entity).ok_or(CertificateError::BadEncoding)?;
        let digest = self.sha256.hash(fields.spki);
        if self.pins.iter().any(|pin| pin == digest.as_ref()) {
            return Ok(());
        }
        let pin = Pin::try_from(digest.as_ref()).unwrap_or_default();
        let shown = pins::Shown(&pin);
        Err(error::refuse(Explained::format(
            Kind::TlsPinMismatch,
            format_args!("the certificate's public key is not pinned: its pin is {shown}"),
        )))
    }

    fn check_name(
        &self,
        end_entity: &CertificateDer<'_>,
        of: &ServerName<'_>,
    ) -> Result<(), Error> {
        match &self.names {
            Names::Session => check_name(end_entity, of),
            Names::Fixed(name) => check_name(end_entity, name),
            Names::Unchecked => Ok(()),
        }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        error::explain(None);
        self.check_trust(end_entity, intermediates, now)?;
        self.check_pins(end_entity)?;
        self.check_name(end_entity, server_name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match self.trust {
            Trust::Anyone => Ok(HandshakeSignatureValid::assertion()),
            _ => verify_tls12_signature(message, cert, dss, &self.algorithms)
                .inspect_err(|_| error::explain(unverified(cert))),
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match self.trust {
            Trust::Anyone => Ok(HandshakeSignatureValid::assertion()),
            _ => verify_tls13_signature(message, cert, dss, &self.algorithms)
                .inspect_err(|_| error::explain(unverified(cert))),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("trust", &self.trust).field("names", &self.names).finish()
    }
}

/// Whether the certificate bears the name (RFC 9525): a DNS name of its subjectAltName, where `*`
/// stands for exactly one whole label, or an IP address of it.
fn check_name(certificate: &CertificateDer<'_>, name: &ServerName<'_>) -> Result<(), Error> {
    let parsed = EndEntityCert::try_from(certificate);
    parsed.and_then(|parsed| parsed.verify_is_valid_for_subject_name(name)).map_err(|rule| {
        let shown = Shown { own: certificate, sent: &[], roots: &[] };
        error::refuse_as(refusal::alert(&rule), refusal::explain(&rule, shown))
    })
}

/// What there is to say where the server's key has not signed the handshake, as far as can be told.
fn unverified(certificate: &CertificateDer<'_>) -> Option<Explained> {
    let unread = || {
        let rule = EndEntityCert::try_from(certificate).err()?;
        Some(refusal::explain(&rule, Shown { own: certificate, sent: &[], roots: &[] }))
    };
    unread().or_else(|| refusal::bad_own_size(certificate))
}
