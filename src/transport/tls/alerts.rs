//! Alerts of the peer, by their names in the RFCs, and what they mean for us.

use core::fmt;

use rustls::AlertDescription as A;

use crate::engine::error::{Error, Kind, error};

/// An alert's name: `handshake_failure`.
pub(super) struct Name(pub(super) A);

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NAMES.iter().find(|(alert, _)| *alert == self.0) {
            Some((_, name)) => f.write_str(name),
            None => write!(f, "number {}", u8::from(self.0)),
        }
    }
}

/// RFC 8446, section 6, and the registry of IANA for the older and the newer ones.
const NAMES: &[(A, &str)] = &[
    (A::CloseNotify, "close_notify"),
    (A::UnexpectedMessage, "unexpected_message"),
    (A::BadRecordMac, "bad_record_mac"),
    (A::DecryptionFailed, "decryption_failed"),
    (A::RecordOverflow, "record_overflow"),
    (A::DecompressionFailure, "decompression_failure"),
    (A::HandshakeFailure, "handshake_failure"),
    (A::NoCertificate, "no_certificate"),
    (A::BadCertificate, "bad_certificate"),
    (A::UnsupportedCertificate, "unsupported_certificate"),
    (A::CertificateRevoked, "certificate_revoked"),
    (A::CertificateExpired, "certificate_expired"),
    (A::CertificateUnknown, "certificate_unknown"),
    (A::IllegalParameter, "illegal_parameter"),
    (A::UnknownCA, "unknown_ca"),
    (A::AccessDenied, "access_denied"),
    (A::DecodeError, "decode_error"),
    (A::DecryptError, "decrypt_error"),
    (A::ExportRestriction, "export_restriction"),
    (A::ProtocolVersion, "protocol_version"),
    (A::InsufficientSecurity, "insufficient_security"),
    (A::InternalError, "internal_error"),
    (A::InappropriateFallback, "inappropriate_fallback"),
    (A::UserCanceled, "user_canceled"),
    (A::NoRenegotiation, "no_renegotiation"),
    (A::MissingExtension, "missing_extension"),
    (A::UnsupportedExtension, "unsupported_extension"),
    (A::CertificateUnobtainable, "certificate_unobtainable"),
    (A::UnrecognisedName, "unrecognized_name"),
    (A::BadCertificateStatusResponse, "bad_certificate_status_response"),
    (A::BadCertificateHashValue, "bad_certificate_hash_value"),
    (A::UnknownPSKIdentity, "unknown_psk_identity"),
    (A::CertificateRequired, "certificate_required"),
    (A::NoApplicationProtocol, "no_application_protocol"),
    (A::EncryptedClientHelloRequired, "ech_required"),
];

/// A fatal alert says what the peer dislikes; what it says of certificates is about ours.
pub(super) fn received(alert: A) -> Error {
    let name = Name(alert);
    match alert {
        A::CertificateRequired => error!(
            Kind::TlsClientCertificate,
            "the server requires a client certificate (alert certificate_required)"
        ),
        A::BadCertificate
        | A::UnsupportedCertificate
        | A::CertificateRevoked
        | A::CertificateExpired
        | A::CertificateUnknown
        | A::UnknownCA
        | A::AccessDenied => Error::format(
            Kind::TlsClientCertificate,
            format_args!("the server refused the client certificate, or misses one (alert {name})"),
        ),
        A::ProtocolVersion => error!(
            Kind::TlsProtocolVersion,
            "the server does not support the TLS versions offered (alert protocol_version)"
        ),
        A::HandshakeFailure | A::InsufficientSecurity => Error::format(
            Kind::TlsProtocolVersion,
            format_args!(
                "the server refused the handshake (alert {name}): it supports none of the cipher suites, \
                 key exchanges or signatures offered{MORE_KEYS}, or does not serve this name"
            ),
        ),
        A::CloseNotify => closed(true),
        A::UnrecognisedName => error!(
            Kind::Tls,
            "the server does not serve the name sent to it as SNI (alert unrecognized_name)"
        ),
        A::NoApplicationProtocol => error!(
            Kind::Tls,
            "the server supports none of the ALPN protocols offered (alert no_application_protocol)"
        ),
        _ => Error::format(Kind::Tls, format_args!("the peer ended the session: alert {name}")),
    }
}

/// A server never shows the key for which it misses a signature algorithm.
const MORE_KEYS: &str = " (its key may be on P-521, which takes a build with the feature aws-lc-rs and TLS 1.3; or \
     Ed448, on secp256k1 or a Brainpool curve, or for RSASSA-PSS alone)";

/// The stream ended without close_notify, or with it in the handshake.
pub(super) fn closed(handshaking: bool) -> Error {
    Error::new(
        Kind::TlsTruncated,
        if handshaking {
            "the peer closed the connection during the TLS handshake"
        } else {
            "the peer closed the connection without ending the TLS session (no close_notify)"
        },
    )
}
