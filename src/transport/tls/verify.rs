//! Whether the peer's certificate is accepted.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::hash::Hash;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

use super::der::{self, Fields};
use super::error;
use super::pins::{self, Pin};
use crate::engine::error::{Error as Explained, Kind, error};
use crate::memory::Counted;

/// Which certificates are trusted, whatever their names.
#[derive(Clone, Debug)]
pub(super) enum Trust {
    /// Those with a valid chain to a root.
    Chain(Arc<WebPkiServerVerifier>),
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
        session: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), Error> {
        match &self.trust {
            Trust::Chain(chain) => chain
                .verify_server_cert(end_entity, intermediates, session, &[], now)
                .map(drop)
                .or_else(pass_name)
                .inspect_err(|e| error::explain(explain(e, end_entity, intermediates))),
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
        self.check_trust(end_entity, intermediates, server_name, now)?;
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
            _ => verify_tls12_signature(message, cert, dss, &self.algorithms),
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
            _ => verify_tls13_signature(message, cert, dss, &self.algorithms),
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
    verify_server_name(&ParsedCertificate::try_from(certificate)?, name)
}

/// rustls checks the name last, so an error about it means that the chain is good.
fn pass_name(error: Error) -> Result<(), Error> {
    use CertificateError::{NotValidForName, NotValidForNameContext};
    match error {
        Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }) => Ok(()),
        error => Err(error),
    }
}

/// Says more of why a chain is refused than webpki does, which knows no names.
fn explain(
    error: &Error,
    end_entity: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
) -> Option<Explained> {
    use CertificateError as C;
    let Error::InvalidCertificate(why) = error else { return None };
    let own = der::fields(end_entity)?;
    let sent = intermediates;
    match why {
        C::UnknownIssuer | C::Other(_) if is_behind_others(&own, sent) => Some(Explained::new(
            Kind::TlsCertificate,
            "the server sends its certificates in the wrong order: its own must come first",
        )),
        C::UnknownIssuer | C::Other(_) if own.issuer == own.subject => Some(Explained::new(
            Kind::TlsUnknownIssuer,
            "the certificate is self-signed: if it is the right one, it must be given as the one \
             certificate to trust",
        )),
        C::UnknownIssuer => unknown_issuer(&own, sent),
        C::ExpiredContext { not_after: date, .. } => out_of_date(why, date, &own, sent),
        C::NotValidYetContext { not_before: date, .. } => out_of_date(why, date, &own, sent),
        _ => None,
    }
}

/// The certificates that have a certificate's structure.
fn fields<'a>(sent: &'a [CertificateDer<'_>]) -> impl Iterator<Item = Fields<'a>> {
    sent.iter().filter_map(|sent| der::fields(sent))
}

/// Whether another certificate than the first was issued by its holder: then it is no server's.
fn is_behind_others(own: &Fields<'_>, sent: &[CertificateDer<'_>]) -> bool {
    fields(sent).any(|other| other.issuer == own.subject && other.issuer != other.subject)
}

/// Follows the chain that was sent to its end.
fn unknown_issuer(own: &Fields<'_>, sent: &[CertificateDer<'_>]) -> Option<Explained> {
    let mut issuer = own.issuer;
    for _ in sent {
        match fields(sent).find(|other| other.subject == issuer) {
            Some(other) => issuer = other.issuer,
            None => break,
        }
    }
    let is_there = fields(sent).any(|other| other.subject == issuer);
    der::called(issuer).map(|authority| error::unknown_issuer(authority, is_there))
}

/// webpki does not say whose certificate has the date; it is told from the server's own by that.
fn out_of_date(
    why: &CertificateError,
    date: &UnixTime,
    own: &Fields<'_>,
    sent: &[CertificateDer<'_>],
) -> Option<Explained> {
    let date = error::utc_time(date);
    let is_it = |of: &Fields<'_>| {
        der::times(of.validity).is_some_and(|t| t.iter().any(|t| t.ends_with(&date)))
    };
    if is_it(own) {
        return None;
    }
    let authority = fields(sent).find(|sent| is_it(sent)).and_then(|it| der::called(it.subject));
    authority.and_then(|authority| error::authority_out_of_date(authority, why))
}
