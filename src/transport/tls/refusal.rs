//! Why a chain is refused, in words that name the certificate at fault, and what to do about it. webpki knows neither
//! names nor remedies, so the certificates are looked at once more; only after they were refused.

use rustls::CertificateError as Alert;
use rustls::OtherError;
use rustls::pki_types::UnixTime;
use webpki::Error as E;

use super::algorithms::{Key, Signature};
use super::date::{Date, Validity, whole_seconds};
use super::oid::{Named, Oid};
use super::shown::{Member, Shown, Whose};
use super::{alt_names, constraints, der, purposes, rules};
use crate::engine::error::{Error, Escaped, Kind};
use crate::memory::arc;

/// What rustls is given for a broken rule, so that it tells the peer the alert that belongs to it.
pub(super) fn alert(rule: &E) -> Alert {
    match rule {
        E::BadDer | E::BadDerTime | E::TrailingData(_) => Alert::BadEncoding,
        E::CertExpired { .. } | E::InvalidCertValidity => Alert::Expired,
        E::CertNotValidYet { .. } => Alert::NotValidYet,
        E::UnknownIssuer => Alert::UnknownIssuer,
        E::CertNotValidForName(_) => Alert::NotValidForName,
        E::CertRevoked => Alert::Revoked,
        rule => match rules::broken(rule).0 {
            Kind::TlsBadSignature => Alert::BadSignature,
            Kind::TlsWrongPurpose if !matches!(rule, E::NameConstraintViolation) => {
                Alert::InvalidPurpose
            }
            _ if is_of_lists(rule) => Alert::UnknownRevocationStatus,
            _ => arc(rule.clone()).map_or(Alert::ApplicationVerificationFailure, |rule| {
                Alert::Other(OtherError(rule))
            }),
        },
    }
}

/// Whether a rule of revocation lists was met while a chain was verified.
fn is_of_lists(rule: &E) -> bool {
    matches!(
        rule,
        E::UnknownRevocationStatus
            | E::CrlExpired { .. }
            | E::IssuerNotCrlSigner
            | E::InvalidCrlSignatureForPublicKey
            | E::UnsupportedCrlSignatureAlgorithmContext(_)
            | E::UnsupportedCrlSignatureAlgorithmForPublicKeyContext(_)
    )
}

/// What there is to say of a chain that breaks a rule.
pub(super) fn explain(rule: &E, shown: Shown<'_>) -> Error {
    look(rule, shown).unwrap_or_else(|| {
        let (kind, text) = rules::broken(rule);
        Error::new(kind, text)
    })
}

/// More than the rule itself says, if there is more.
fn look(rule: &E, shown: Shown<'_>) -> Option<Error> {
    match rule {
        E::CertExpired { time, not_after } => {
            let whose = whose_date(not_after, shown)?;
            Some(expired(whose, &Date::of(not_after), &Date::of(time)))
        }
        E::CertNotValidYet { time, not_before } => {
            let whose = whose_date(not_before, shown)?;
            Some(not_yet_valid(whose, &Date::of(not_before), &Date::of(time)))
        }
        E::CrlExpired { next_update, .. } => Some(Error::format(
            Kind::TlsCertificate,
            format_args!("the revocation list given expired on {}", Date::of(next_update)),
        )),
        E::CertNotValidForName(context) => Some(alt_names::mismatch(&context.expected, shown.own)),
        E::UnknownIssuer | E::CaUsedAsEndEntity => {
            misplaced(shown).or_else(|| self_signed(shown)).or_else(|| match rule {
                E::UnknownIssuer => unknown_issuer(shown),
                _ => None,
            })
        }
        E::InvalidSignatureForPublicKey => bad_size(shown),
        E::UnsupportedSignatureAlgorithmContext(context) => {
            unsupported_signature(&context.signature_algorithm_id, shown)
        }
        E::UnsupportedSignatureAlgorithmForPublicKeyContext(context) => {
            unsupported_key(&context.signature_algorithm_id, shown)
        }
        E::RequiredEkuNotFoundContext(_) | E::EmptyEkuExtension => wrong_purpose(shown),
        E::NameConstraintViolation => unsupported_names(shown),
        // webpki reads each certificate that was sent, also one that has nothing to do with the chain: if such a one
        // cannot be read, that is what it reports where there is no way to a root.
        E::UnsupportedCriticalExtension => {
            critical_extension(shown).or_else(|| unknown_issuer(shown))
        }
        E::UnsupportedCertVersion => old_version(shown).or_else(|| unknown_issuer(shown)),
        E::EndEntityUsedAsCa => misplaced(shown).or_else(|| no_authority(shown)),
        E::PathLenConstraintViolated | E::ExtensionValueInvalid => misplaced(shown),
        _ => None,
    }
}

/// webpki does not say whose certificate has a date; it is told by that.
fn whose_date<'a>(date: &UnixTime, shown: Shown<'a>) -> Option<Whose<'a>> {
    let is_it = |member: &Member<'_>| {
        Validity::of(member.fields.validity).is_some_and(|validity| validity.has_end(date))
    };
    shown.members().find(is_it).map(|member| member.whose)
}

fn expired(whose: Whose<'_>, date: &Date, now: &Date) -> Error {
    Error::format(Kind::TlsExpired, format_args!("{whose} expired on {date} (now: {now})"))
}

fn not_yet_valid(whose: Whose<'_>, date: &Date, now: &Date) -> Error {
    Error::format(
        Kind::TlsNotYetValid,
        format_args!("{whose} is not valid before {date} (now: {now}; is the clock right?)"),
    )
}

/// A root of this name is not valid today.
pub(super) fn root_out_of_date(name: &[u8], validity: Validity, now: &UnixTime) -> Error {
    let whose = Whose::Root(name);
    match whole_seconds(now) > validity.until {
        true => expired(whose, &Date(validity.until), &Date::of(now)),
        false => not_yet_valid(whose, &Date(validity.from), &Date::of(now)),
    }
}

/// An authority in the chain may not sign certificates.
pub(super) fn no_cert_sign(certificate: &[u8], shown: Shown<'_>) -> Error {
    let place = shown.sent.iter().position(|sent| **sent == *certificate);
    let name = der::fields(certificate).map(|fields| fields.subject).unwrap_or_default();
    let whose = Whose::Intermediate(place.map_or(0, |place| place + 1), name);
    Error::format(
        Kind::TlsWrongPurpose,
        format_args!(
            "{whose} does not allow its key to sign certificates (its keyUsage lacks keyCertSign), but it \
             has issued one in the chain"
        ),
    )
}

/// An authority in the chain is none by its certificate.
fn no_authority(shown: Shown<'_>) -> Option<Error> {
    let mut authorities = shown.members().filter(|member| !matches!(member.whose, Whose::Server));
    let whose = authorities.find(|member| !member.fields.is_authority())?.whose;
    Some(Error::format(
        Kind::TlsCertificate,
        format_args!(
            "{whose} is no authority's (its basicConstraints lack CA:TRUE), but its holder has issued one in \
             the chain"
        ),
    ))
}

/// The server's own certificate is not the first: another was issued by its holder.
fn misplaced(shown: Shown<'_>) -> Option<Error> {
    let own = shown.server()?;
    let is_below = |other: &Member<'_>| {
        other.fields.issuer == own.subject && other.fields.issuer != other.fields.subject
    };
    shown.others().any(|other| is_below(&other)).then(|| {
        Error::new(
            Kind::TlsCertificate,
            "the server sends its certificates in the wrong order: its own must come first",
        )
    })
}

/// The server's certificate was signed by itself.
fn self_signed(shown: Shown<'_>) -> Option<Error> {
    let own = shown.server().filter(|own| own.issuer == own.subject)?;
    let is_root = shown
        .roots()
        .any(|root| der::content(own.spki) == Some(root.subject_public_key_info.as_ref()));
    Some(Error::new(
        Kind::TlsUnknownIssuer,
        match is_root {
            true => {
                "the certificate is self-signed and among the roots given, but says that it is an \
                 authority's (CA:TRUE, as openssl req -x509 makes it), and a root is no server's: give it to \
                 hc_tls_builder_trust_certificate instead"
            }
            false => {
                "the certificate is self-signed: if it is the right one, it must be given as the one \
                 certificate to trust (hc_tls_builder_trust_certificate)"
            }
        },
    ))
}

/// Nobody who is trusted issued the certificate: follows the chain that was sent to its end.
fn unknown_issuer(shown: Shown<'_>) -> Option<Error> {
    let mut issuer = shown.server()?.issuer;
    for _ in shown.sent {
        match shown.others().find(|other| other.fields.subject == issuer) {
            Some(other) => issuer = other.fields.issuer,
            None => break,
        }
    }
    let is_sent = shown.others().any(|other| other.fields.subject == issuer);
    let hint = match is_sent {
        true => "",
        false => {
            ", and whose certificate the server does not send (a server has to send those of intermediate \
             authorities)"
        }
    };
    Some(Error::format(
        Kind::TlsUnknownIssuer,
        format_args!(
            "no trusted root issued the certificate: it leads to {}, which is not trusted{hint}",
            Escaped(der::called(issuer)?)
        ),
    ))
}

/// A signature does not verify by an RSA key whose size is not supported: that is all there is to it.
fn bad_size(shown: Shown<'_>) -> Option<Error> {
    let mut issuers = shown.members().filter_map(|member| der::content(member.fields.issuer));
    let (whose, bits) = issuers.find_map(|issuer| {
        shown.keys_of(issuer).find_map(|(whose, key)| Some((whose, Key(key).bad_rsa_bits()?)))
    })?;
    Some(bad_rsa_size(whose, bits))
}

/// The same of the server's own key, with which it signs the handshake.
pub(super) fn bad_own_size(certificate: &[u8]) -> Option<Error> {
    let bits = Key(der::content(der::fields(certificate)?.spki)?).bad_rsa_bits()?;
    Some(bad_rsa_size(Whose::Server, bits))
}

fn bad_rsa_size(whose: Whose<'_>, bits: usize) -> Error {
    let why = if bits < 2048 { "proves nothing any longer" } else { "is not supported" };
    Error::format(
        Kind::TlsBadSignature,
        format_args!(
            "{whose} has an RSA key of {bits} bits, whose signature {why}: it is to be issued anew for a key \
             of 2048 to 8192 bits"
        ),
    )
}

/// The certificate whose signature is of this algorithm.
fn signed_with<'a>(algorithm: &[u8], shown: Shown<'a>) -> Option<Member<'a>> {
    shown.members().find(|member| der::content(member.fields.signature) == Some(algorithm))
}

fn unsupported_signature(algorithm: &[u8], shown: Shown<'_>) -> Option<Error> {
    let member = signed_with(algorithm, shown)?;
    let signature = Signature(algorithm);
    Some(Error::format(
        Kind::TlsBadSignature,
        format_args!(
            "{} is signed with {signature}, which is too weak or not supported: {}",
            member.whose,
            signature.remedy()
        ),
    ))
}

fn unsupported_key(algorithm: &[u8], shown: Shown<'_>) -> Option<Error> {
    let member = signed_with(algorithm, shown)?;
    let (issuer, key) = shown.keys_of(der::content(member.fields.issuer)?).next()?;
    let key = Key(key);
    Some(Error::format(
        Kind::TlsBadSignature,
        format_args!(
            "{} is signed with {} by the key in {issuer}, which is one of {key} and not supported: {}",
            member.whose,
            Signature(algorithm),
            key.remedy()
        ),
    ))
}

fn wrong_purpose(shown: Shown<'_>) -> Option<Error> {
    let (whose, purposes) = shown
        .members()
        .find_map(|member| Some((member.whose, purposes::without_server(&member.fields)?)))?;
    let who =
        if matches!(whose, Whose::Server) { "be used by a server" } else { "vouch for servers" };
    Some(Error::format(
        Kind::TlsWrongPurpose,
        format_args!("{whose} may not {who}: its extendedKeyUsage allows {purposes}"),
    ))
}

fn unsupported_names(shown: Shown<'_>) -> Option<Error> {
    let (whose, kind) = constraints::unsupported(shown)?;
    Some(Error::format(
        Kind::TlsCertificate,
        format_args!(
            "{whose} restricts names of the kind {kind} (nameConstraints), which is not supported: whether \
             the chain keeps to that is not known. The authority needs a certificate without, or the server's \
             is given to hc_tls_builder_trust_certificate"
        ),
    ))
}

fn critical_extension(shown: Shown<'_>) -> Option<Error> {
    let (whose, id) = shown.members().find_map(|member| {
        let mut extensions = member.fields.extensions();
        let unknown = extensions.find(|e| e.critical && !is_supported(e.id))?;
        Some((member.whose, Oid(unknown.id)))
    })?;
    Some(Error::format(
        Kind::TlsCertificate,
        format_args!(
            "{whose} has a critical extension that is not supported: {}. It is to be issued anew without, or \
             with it not critical",
            Named(id, EXTENSIONS)
        ),
    ))
}

/// Whether webpki knows an extension.
fn is_supported(id: &[u8]) -> bool {
    matches!(id, [0x55, 29, 15 | 17 | 19 | 30 | 31 | 37])
}

const EXTENSIONS: &[(&[u8], &str)] = &[
    (&[0x55, 29, 18], "issuerAltName"),
    (&[0x55, 29, 32], "certificatePolicies"),
    (&[0x55, 29, 33], "policyMappings"),
    (&[0x55, 29, 36], "policyConstraints"),
    (&[0x55, 29, 54], "inhibitAnyPolicy"),
    (&[0x2b, 6, 1, 5, 5, 7, 1, 24], "TLS feature (must-staple)"),
    (&[0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 3], "precertificate poison"),
];

fn old_version(shown: Shown<'_>) -> Option<Error> {
    let member = shown.members().find(|member| !member.fields.is_version_3())?;
    Some(Error::format(
        Kind::TlsCertificate,
        format_args!(
            "{} is not of version 3 of X.509, and older ones are not supported: it is to be issued anew with \
             extensions (openssl x509 -req -extfile FILE)",
            member.whose
        ),
    ))
}
