//! The rules of certificates and revocation lists that may be broken, in words: webpki has names for them.

use webpki::Error as E;

use crate::engine::error::Kind;

/// What kind of failure it is, and what there is to say without a look at the certificates.
#[allow(deprecated, reason = "no version of webpki that makes them is excluded")]
pub(super) fn broken(rule: &E) -> (Kind, &'static str) {
    match rule {
        E::CertExpired { .. } => (Kind::TlsExpired, "the certificate has expired"),
        E::InvalidCertValidity => {
            (Kind::TlsExpired, "a certificate in the chain ends to be valid before it begins to")
        }
        E::CertNotValidYet { .. } => (Kind::TlsNotYetValid, "the certificate is not yet valid"),
        E::CertNotValidForName(_) | E::UnsupportedNameType => {
            (Kind::TlsNameMismatch, "the certificate is not valid for this host")
        }
        E::UnknownIssuer => (Kind::TlsUnknownIssuer, "no trusted root issued the certificate"),
        E::InvalidSignatureForPublicKey => (Kind::TlsBadSignature, WRONG_SIGNATURE),
        E::SignatureAlgorithmMismatch => (
            Kind::TlsBadSignature,
            "a certificate in the chain names two algorithms for its one signature",
        ),
        E::UnsupportedSignatureAlgorithm
        | E::UnsupportedSignatureAlgorithmContext(_)
        | E::UnsupportedSignatureAlgorithmForPublicKey
        | E::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
            (Kind::TlsBadSignature, WEAK_SIGNATURE)
        }
        E::CertRevoked => (Kind::TlsRevoked, "the certificate has been revoked"),
        E::CertDistrusted => {
            (Kind::TlsUnknownIssuer, "a key in the certificate chain is known to be in wrong hands")
        }
        E::RequiredEkuNotFound | E::RequiredEkuNotFoundContext(_) | E::EmptyEkuExtension => {
            (Kind::TlsWrongPurpose, "the certificate may not be used by a server")
        }
        E::NameConstraintViolation => (
            Kind::TlsWrongPurpose,
            "the certificate bears a name that one of its authorities may not vouch for",
        ),
        other => (Kind::TlsCertificate, structure(other)),
    }
}

/// Rules of how certificates are made and put together.
fn structure(rule: &E) -> &'static str {
    match rule {
        E::CaUsedAsEndEntity => "the certificate is that of an authority, not of a server",
        E::EndEntityUsedAsCa => {
            "a certificate in the chain was issued by the holder of one that is no authority's"
        }
        E::PathLenConstraintViolated => {
            "the certificate chain is longer than one of its authorities allows"
        }
        E::UnsupportedCertVersion => "a certificate in the chain is not of version 3 of X.509",
        E::UnsupportedCriticalExtension => {
            "a certificate in the chain has a critical extension that is not supported"
        }
        E::ExtensionValueInvalid | E::MalformedExtensions => {
            "an extension of a certificate in the chain is malformed, or there twice"
        }
        E::InvalidNetworkMaskConstraint => {
            "an authority in the chain is restricted to addresses by a network mask that is none: its ones \
             must stand together"
        }
        E::MalformedNameConstraint => {
            "the names that an authority in the chain is restricted to are malformed"
        }
        E::MalformedDnsIdentifier => "a name in the certificate is malformed",
        E::InvalidSerialNumber => "a serial number in the certificate chain is malformed",
        E::MaximumPathDepthExceeded => {
            "there are more than 6 certificates of intermediate authorities between the server's and a root"
        }
        E::MaximumPathBuildCallsExceeded
        | E::MaximumSignatureChecksExceeded
        | E::MaximumNameConstraintComparisonsExceeded => {
            "the server sends so many certificates that no way to a root was found within bounds"
        }
        E::BadDer | E::BadDerTime | E::TrailingData(_) => {
            "a certificate in the chain is not well-formed X.509"
        }
        other => list(other),
    }
}

/// Rules of revocation lists.
#[allow(deprecated, reason = "no version of webpki that makes them is excluded")]
pub(super) fn list(rule: &E) -> &'static str {
    match rule {
        E::BadDer | E::BadDerTime | E::TrailingData(_) | E::MalformedExtensions => {
            "a revocation list is not well-formed"
        }
        E::UnknownRevocationStatus => "no revocation list given covers the certificate's issuer",
        E::CrlExpired { .. } => "the revocation list given has expired",
        E::IssuerNotCrlSigner => {
            "the authority that issued the certificate may not sign revocation lists (its keyUsage lacks \
             cRLSign)"
        }
        E::InvalidCrlSignatureForPublicKey => {
            "the signature of the revocation list given is wrong: it was changed, or its issuer has another \
             key now"
        }
        E::UnsupportedCrlSignatureAlgorithm
        | E::UnsupportedCrlSignatureAlgorithmContext(_)
        | E::UnsupportedCrlSignatureAlgorithmForPublicKey
        | E::UnsupportedCrlSignatureAlgorithmForPublicKeyContext(_) => WEAK_LIST,
        E::UnsupportedCrlVersion => {
            "a revocation list is of another version than 2, as openssl makes it where its configuration \
             has no crl_extensions: it needs one, such as authorityKeyIdentifier or crlNumber"
        }
        E::InvalidCrlNumber => "the number of a revocation list is malformed",
        E::InvalidSerialNumber => "a serial number in a revocation list is malformed",
        E::UnsupportedDeltaCrl => {
            "a revocation list has only the changes of another (a delta CRL), which is not supported: the \
             whole list is needed"
        }
        E::UnsupportedIndirectCrl => {
            "a revocation list is for certificates of other issuers (an indirect CRL), which is not supported"
        }
        E::UnsupportedCriticalExtension => {
            "a revocation list has a critical extension that is not supported"
        }
        E::UnsupportedRevocationReason | E::UnsupportedRevocationReasonsPartitioning => {
            "a revocation list gives a reason that is not known, or is for some reasons alone"
        }
        E::UnsupportedCrlIssuingDistributionPoint => {
            "a revocation list is for a part of an authority's certificates that is named in a way that is \
             not supported"
        }
        E::SignatureAlgorithmMismatch => {
            "a revocation list names two algorithms for its one signature"
        }
        E::ExtensionValueInvalid => {
            "an extension of a revocation list is malformed, or there twice"
        }
        _ => "the certificate breaks a rule that is not known here",
    }
}

/// A signature is there, of a kind that is supported, and does not verify.
pub(super) const WRONG_SIGNATURE: &str = "a signature in the certificate chain is wrong: a certificate was \
     changed, or an authority has the name of a trusted root, but another key";

/// A signature is of a kind that is not supported.
pub(super) const WEAK_SIGNATURE: &str = "the certificate chain is signed by an algorithm that is too weak or \
     unknown (such as SHA-1, or RSA below 2048 bits)";

/// The same of a revocation list.
pub(super) const WEAK_LIST: &str = "the revocation list given is signed by an algorithm that is too weak or not \
     supported (such as SHA-1): it is to be made anew with SHA-256 (openssl ca -gencrl -md sha256)";
