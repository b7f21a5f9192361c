//! What rustls reports, as `Error`: a kind that a program can branch on and a message that a
//! person can act on.

use core::cell::Cell;
use core::mem::ManuallyDrop;

use rustls::{CertRevocationListError, CertificateError, Error as Rustls};

use super::{alerts, peer_words, rules};
use crate::engine::error::{Error, Escaped, Kind, error};

/// Refuses a certificate by our own rules: the reason is told beside what passes through rustls.
pub(super) fn refuse(reason: Error) -> Rustls {
    refuse_as(CertificateError::ApplicationVerificationFailure, reason)
}

/// Refuses a certificate with the alert that belongs to this error of rustls's.
pub(super) fn refuse_as(alert: CertificateError, reason: Error) -> Rustls {
    explain(Some(reason));
    alert.into()
}

/// An error of a session.
pub(super) fn session(error: &Rustls) -> Error {
    match error {
        Rustls::InvalidCertificate(e) => {
            replace_explanation(None).unwrap_or_else(|| certificate(e))
        }
        Rustls::AlertReceived(alert) => alerts::received(*alert),
        Rustls::PeerIncompatible(why) => match peer_words::incompatible(why) {
            None => error!(
                Kind::TlsProtocolVersion,
                "the server supports none of the TLS versions offered"
            ),
            Some(what) => Error::format(
                Kind::TlsProtocolVersion,
                format_args!("nothing in common with the server: {what}"),
            ),
        },
        Rustls::NoCertificatesPresented => {
            error!(Kind::TlsCertificate, "the peer presented no certificate")
        }
        Rustls::InvalidCertRevocationList(e) => Error::new(Kind::TlsCertificate, list(e)),
        Rustls::InvalidMessage(what) => Error::format(
            Kind::Tls,
            format_args!("the peer sent an invalid TLS message: {}", peer_words::invalid(what)),
        ),
        Rustls::PeerMisbehaved(rustls::PeerMisbehaved::TooManyRenegotiationRequests) => {
            renegotiation()
        }
        Rustls::PeerMisbehaved(what) => Error::format(
            Kind::Tls,
            format_args!("the peer broke the TLS protocol: {}", peer_words::misbehaved(what)),
        ),
        Rustls::InappropriateMessage { got_type, .. } => Error::format(
            Kind::Tls,
            format_args!(
                "the peer sent a TLS record of type {}, which is not due",
                u8::from(*got_type)
            ),
        ),
        Rustls::InappropriateHandshakeMessage { got_type, .. } => Error::format(
            Kind::Tls,
            format_args!(
                "the peer sent a handshake message of type {}, which is not due",
                u8::from(*got_type)
            ),
        ),
        Rustls::General(text) => Error::format(Kind::Tls, format_args!("TLS: {text}")),
        e => Error::new(Kind::Tls, fault(e)),
    }
}

/// What there is to say of an error that has nothing more to it.
fn fault(error: &Rustls) -> &'static str {
    match error {
        Rustls::DecryptError => "a TLS record from the peer is corrupt (bad record MAC)",
        Rustls::PeerSentOversizedRecord => "the peer sent a TLS record that is too large",
        Rustls::EncryptError => "a TLS record could not be encrypted",
        Rustls::FailedToGetCurrentTime => "the system does not say what time it is",
        Rustls::FailedToGetRandomBytes => "the system gives no random numbers",
        Rustls::InvalidEncryptedClientHello(_) => "the encrypted hello failed",
        Rustls::NoApplicationProtocol => "the peer supports none of the ALPN protocols offered",
        Rustls::UnsupportedNameType => "the server's name is of a kind that cannot be verified",
        Rustls::InconsistentKeys(_) => "the private key does not belong to the client certificate",
        _ => "the TLS library failed by a fault of its own",
    }
}

/// What is said of a certificate where there was no place for more.
fn certificate(error: &CertificateError) -> Error {
    use CertificateError as C;
    let (kind, text) = match error {
        C::NotValidForNameContext { .. } | C::NotValidForName => {
            (Kind::TlsNameMismatch, "the certificate is not valid for this host")
        }
        C::ExpiredContext { .. } | C::Expired => {
            (Kind::TlsExpired, "a certificate in the chain has expired")
        }
        C::NotValidYetContext { .. } | C::NotValidYet => {
            (Kind::TlsNotYetValid, "a certificate in the chain is not yet valid")
        }
        C::UnknownIssuer => (Kind::TlsUnknownIssuer, "no trusted root issued the certificate"),
        C::BadSignature => (Kind::TlsBadSignature, rules::WRONG_SIGNATURE),
        C::UnsupportedSignatureAlgorithmContext { .. }
        | C::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            (Kind::TlsBadSignature, rules::WEAK_SIGNATURE)
        }
        C::Revoked => (Kind::TlsRevoked, "the certificate has been revoked"),
        C::UnknownRevocationStatus => {
            (Kind::TlsCertificate, "no revocation list given covers the certificate's issuer")
        }
        C::ExpiredRevocationListContext { .. } | C::ExpiredRevocationList => {
            (Kind::TlsCertificate, "the revocation list given has expired")
        }
        C::InvalidPurposeContext { .. } | C::InvalidPurpose => {
            (Kind::TlsWrongPurpose, "the certificate may not be used by a server")
        }
        C::BadEncoding => (Kind::TlsCertificate, "the certificate is not well-formed X.509"),
        C::UnhandledCriticalExtension => {
            (Kind::TlsCertificate, "the certificate has a critical extension that is not supported")
        }
        C::Other(other) => match other.0.downcast_ref::<webpki::Error>() {
            Some(rule) => rules::broken(rule),
            None => REFUSED,
        },
        // Deprecated, and in newer versions of rustls.
        _ => REFUSED,
    };
    Error::new(kind, text)
}

const REFUSED: (Kind, &str) = (Kind::TlsCertificate, "the certificate was refused");

/// What is wrong with a revocation list.
fn list(error: &CertRevocationListError) -> &'static str {
    use CertRevocationListError as L;
    use webpki::Error as E;
    rules::list(&match error {
        L::BadSignature => E::InvalidCrlSignatureForPublicKey,
        L::UnsupportedSignatureAlgorithmContext { .. }
        | L::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            return rules::WEAK_LIST;
        }
        L::InvalidCrlNumber => E::InvalidCrlNumber,
        L::InvalidRevokedCertSerialNumber => E::InvalidSerialNumber,
        L::IssuerInvalidForCrl => E::IssuerNotCrlSigner,
        L::UnsupportedCrlVersion => E::UnsupportedCrlVersion,
        L::UnsupportedCriticalExtension => E::UnsupportedCriticalExtension,
        L::UnsupportedDeltaCrl => E::UnsupportedDeltaCrl,
        L::UnsupportedIndirectCrl => E::UnsupportedIndirectCrl,
        L::UnsupportedRevocationReason => E::UnsupportedRevocationReason,
        _ => E::BadDer,
    })
}

std::thread_local! {
    /// What there is to say of the certificate that this thread's verifier has just refused: rustls's
    /// errors have no room for it, but one, and that has another alert.
    ///
    /// Nothing is to be done with it when the thread ends: there would have to be code for that, and the
    /// library may have been unloaded by then.
    static EXPLANATION: Cell<Option<ManuallyDrop<Error>>> = const { Cell::new(None) };
}

/// Has [`session`] give this error for the next certificate that is refused on this thread.
pub(super) fn explain(explanation: Option<Error>) {
    drop(replace_explanation(explanation));
}

fn replace_explanation(explanation: Option<Error>) -> Option<Error> {
    let explanation = explanation.map(ManuallyDrop::new);
    // Without a place for it, the error is rustls's.
    let last = EXPLANATION.try_with(|cell| cell.replace(explanation)).ok().flatten();
    last.map(ManuallyDrop::into_inner)
}

/// The peer began a second handshake in TLS 1.2, as servers do that want a client certificate on one path only.
pub(super) fn renegotiation() -> Error {
    error!(
        Kind::TlsClientCertificate,
        "the server asked for TLS renegotiation, which is always refused: it probably requires a \
         client certificate for this path alone"
    )
}

/// The peer's first bytes are no TLS record.
pub(super) fn not_tls(received: &[u8]) -> Error {
    let text = if received.starts_with(b"HTTP/") || received.starts_with(b"<") {
        "the peer speaks plain HTTP, not TLS"
    } else {
        "the peer does not speak TLS"
    };
    Error::format(
        Kind::TlsNotTls,
        format_args!("{text}: it sent {}", Escaped(&received[..received.len().min(32)])),
    )
    .with_line(&received[..received.len().min(512)])
}

/// An error of the inner transport, which says what was under way.
pub(super) fn during_handshake(error: Error) -> Error {
    let kind = match error.kind() {
        Kind::WouldBlock => return error,
        Kind::Timeout => Kind::TlsTimeout,
        kind => kind,
    };
    error.with_kind(kind).with_words("", " (during the TLS handshake)")
}

#[cfg(test)]
mod tests;
