//! What rustls reports, as `Error`: a kind that a program can branch on and a message that a
//! person can act on.

use alloc::string::String;
use core::cell::Cell;
use core::fmt;
use core::mem::ManuallyDrop;

use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error as Rustls, PeerIncompatible};

use crate::engine::error::{Error, Escaped, Kind, NO_MESSAGE, error};
use crate::memory;

/// Refuses a certificate by our own rules: the reason is told beside what passes through rustls.
pub(super) fn refuse(reason: Error) -> Rustls {
    explain(Some(reason));
    CertificateError::ApplicationVerificationFailure.into()
}

/// An error of a session.
pub(super) fn session(error: &Rustls) -> Error {
    match error {
        Rustls::InvalidCertificate(e) => {
            replace_explanation(None).unwrap_or_else(|| certificate(e))
        }
        Rustls::AlertReceived(alert) => received(*alert),
        Rustls::PeerIncompatible(why) => incompatible(why),
        Rustls::NoCertificatesPresented => {
            error!(Kind::TlsCertificate, "the peer presented no certificate")
        }
        Rustls::DecryptError => {
            error!(Kind::Tls, "a TLS record from the peer is corrupt (bad record MAC)")
        }
        Rustls::InvalidMessage(what) => {
            Error::format(Kind::Tls, format_args!("the peer sent an invalid TLS message: {what:?}"))
        }
        Rustls::PeerMisbehaved(what) => {
            Error::format(Kind::Tls, format_args!("the peer broke the TLS protocol: {what:?}"))
        }
        e => Error::format(Kind::Tls, format_args!("TLS: {e}")),
    }
}

/// An error in what the configuration was given.
pub(super) fn config(what: &str, error: &dyn fmt::Display) -> Error {
    Error::format(Kind::TlsConfig, format_args!("{what}: {error}"))
}

fn certificate(error: &CertificateError) -> Error {
    use CertificateError as C;
    match error {
        C::NotValidForNameContext { expected, presented } => Error::format(
            Kind::TlsNameMismatch,
            format_args!(
                "the certificate is not valid for {}: {}",
                Escaped(expected.to_str().as_bytes()),
                Presented(presented)
            ),
        ),
        C::NotValidForName => {
            error!(Kind::TlsNameMismatch, "the certificate is not valid for this host")
        }
        C::ExpiredContext { time, not_after } => Error::format(
            Kind::TlsExpired,
            format_args!("the certificate expired on {} (now: {})", Date(not_after), Date(time)),
        ),
        C::Expired => error!(Kind::TlsExpired, "the certificate has expired"),
        C::NotValidYetContext { time, not_before } => Error::format(
            Kind::TlsNotYetValid,
            format_args!(
                "the certificate is not valid before {} (now: {}; is the clock right?)",
                Date(not_before),
                Date(time)
            ),
        ),
        C::NotValidYet => error!(Kind::TlsNotYetValid, "the certificate is not yet valid"),
        C::UnknownIssuer => {
            error!(Kind::TlsUnknownIssuer, "no trusted root issued the certificate")
        }
        C::BadSignature => error!(
            Kind::TlsBadSignature,
            "a signature in the certificate chain is wrong: a certificate was changed, or an authority \
             has the name of a trusted root, but another key"
        ),
        C::UnsupportedSignatureAlgorithmContext { .. }
        | C::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => error!(
            Kind::TlsBadSignature,
            "the certificate chain is signed by an algorithm that is too weak or unknown (such as \
             SHA-1, or RSA below 2048 bits)"
        ),
        C::Revoked => error!(Kind::TlsRevoked, "the certificate has been revoked"),
        C::UnknownRevocationStatus => {
            error!(Kind::TlsCertificate, "no revocation list given covers the certificate's issuer")
        }
        C::ExpiredRevocationListContext { next_update, .. } => Error::format(
            Kind::TlsCertificate,
            format_args!("the revocation list given expired on {}", Date(next_update)),
        ),
        C::InvalidPurposeContext { .. } => Error::format(
            Kind::TlsWrongPurpose,
            format_args!("the certificate may not be used by a server: it {}", Purpose(error)),
        ),
        C::InvalidPurpose => {
            error!(Kind::TlsWrongPurpose, "the certificate may not be used by a server")
        }
        C::BadEncoding => {
            error!(Kind::TlsCertificate, "the certificate is not well-formed X.509")
        }
        C::Other(other) => rule(&other.0),
        e => {
            Error::format(Kind::TlsCertificate, format_args!("the certificate was refused: {e:?}"))
        }
    }
}

/// A rule of certificates that is broken. rustls passes these on from webpki, which gives their names.
fn rule(broken: &dyn fmt::Display) -> Error {
    let Ok(name) = memory::format(format_args!("{broken}")) else {
        return Error::new(Kind::TlsCertificate, NO_MESSAGE);
    };
    let (kind, text) = match name.as_str() {
        "NameConstraintViolation" => (
            Kind::TlsWrongPurpose,
            "the certificate bears a name that one of its authorities may not vouch for",
        ),
        "CaUsedAsEndEntity" => {
            (Kind::TlsCertificate, "the certificate is that of an authority, not of a server")
        }
        "EndEntityUsedAsCa" => (
            Kind::TlsCertificate,
            "a certificate in the chain was issued by the holder of one that is no authority's",
        ),
        "PathLenConstraintViolated" => (
            Kind::TlsCertificate,
            "the certificate chain is longer than one of its authorities allows",
        ),
        "UnsupportedCertVersion" => {
            (Kind::TlsCertificate, "a certificate in the chain is not of version 3 of X.509")
        }
        name => {
            return Error::format(
                Kind::TlsCertificate,
                format_args!("the certificate was refused: {name}"),
            );
        }
    };
    Error::new(kind, text)
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

/// The subject of a sentence about an authority of this name.
struct AuthoritysCertificate<'a>(&'a [u8]);

impl fmt::Display for AuthoritysCertificate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Escaped(self.0);
        write!(f, "the certificate of {name}, an authority that the server's own rests on,")
    }
}

/// An authority's certificate in the chain has expired, or is not yet valid.
pub(super) fn authority_out_of_date(authority: &[u8], error: &CertificateError) -> Option<Error> {
    use CertificateError as C;
    let whose = AuthoritysCertificate(authority);
    Some(match error {
        C::ExpiredContext { time, not_after } => Error::format(
            Kind::TlsExpired,
            format_args!("{whose} expired on {} (now: {})", Date(not_after), Date(time)),
        ),
        C::NotValidYetContext { time, not_before } => Error::format(
            Kind::TlsNotYetValid,
            format_args!(
                "{whose} is not valid before {} (now: {}; is the clock right?)",
                Date(not_before),
                Date(time)
            ),
        ),
        _ => return None,
    })
}

/// Nobody who is trusted issued the certificate. `authority` is the name at which the chain ends, and
/// `sent` says whether its certificate is there.
pub(super) fn unknown_issuer(authority: &[u8], sent: bool) -> Error {
    let hint = match sent {
        true => "",
        false => {
            ", and whose certificate the server does not send (a server has to send those of \
             intermediate authorities)"
        }
    };
    Error::format(
        Kind::TlsUnknownIssuer,
        format_args!(
            "no trusted root issued the certificate: it leads to {}, which is not trusted{hint}",
            Escaped(authority)
        ),
    )
}

/// A moment of a validity as UTCTime, which is also the end of a GeneralizedTime.
pub(super) fn utc_time(time: &UnixTime) -> [u8; 13] {
    let (year, month, day, hour, minute, second) = moment(time);
    let mut text = [b'Z'; 13];
    let parts = [year % 100, month, day, hour, minute, second];
    for (digits, part) in text.chunks_exact_mut(2).zip(parts) {
        digits[0] = b'0' + (part / 10) as u8;
        digits[1] = b'0' + (part % 10) as u8;
    }
    text
}

/// A fatal alert says what the peer dislikes; what it says of certificates is about ours.
fn received(alert: AlertDescription) -> Error {
    use AlertDescription as A;
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
            format_args!(
                "the server refused the client certificate, or misses one (alert {alert:?})"
            ),
        ),
        A::ProtocolVersion => error!(
            Kind::TlsProtocolVersion,
            "the server does not support the TLS versions offered (alert ProtocolVersion)"
        ),
        A::HandshakeFailure | A::InsufficientSecurity => Error::format(
            Kind::TlsProtocolVersion,
            format_args!(
                "the server refused the handshake (alert {alert:?}): it supports none of the cipher \
                 suites, key exchanges or signatures offered, or does not serve this name"
            ),
        ),
        A::CloseNotify => truncated(true),
        A::UnrecognisedName => error!(
            Kind::Tls,
            "the server does not serve the name sent to it as SNI (alert UnrecognisedName)"
        ),
        A::NoApplicationProtocol => error!(
            Kind::Tls,
            "the server supports none of the ALPN protocols offered (alert NoApplicationProtocol)"
        ),
        alert => {
            Error::format(Kind::Tls, format_args!("the peer ended the session: alert {alert:?}"))
        }
    }
}

/// In TLS 1.2 a server that misses a client certificate says only `handshake_failure`. After it
/// has shown its own certificate, nothing else is left to fail.
pub(super) fn missing_client_certificate() -> Error {
    error!(
        Kind::TlsClientCertificate,
        "the server ended the handshake after presenting its certificate (alert \
         HandshakeFailure): it probably requires a client certificate"
    )
}

/// The peer began a second handshake in TLS 1.2, as servers do that want a client certificate on one path only.
pub(super) fn renegotiation() -> Error {
    error!(
        Kind::TlsClientCertificate,
        "the server asked for TLS renegotiation, which is always refused: it probably requires a \
         client certificate for this path alone"
    )
}

fn incompatible(why: &PeerIncompatible) -> Error {
    use PeerIncompatible as P;
    match why {
        P::ServerDoesNotSupportTls12Or13
        | P::ServerTlsVersionIsDisabledByOurConfig
        | P::Tls12NotOffered
        | P::Tls12NotOfferedOrEnabled
        | P::SupportedVersionsExtensionRequired => {
            error!(Kind::TlsProtocolVersion, "the server supports none of the TLS versions offered")
        }
        why => Error::format(
            Kind::TlsProtocolVersion,
            format_args!("nothing in common with the server: {why:?}"),
        ),
    }
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

/// The stream ended without close_notify.
pub(super) fn truncated(handshaking: bool) -> Error {
    Error::new(
        Kind::TlsTruncated,
        if handshaking {
            "the peer closed the connection during the TLS handshake"
        } else {
            "the peer closed the connection without ending the TLS session (no close_notify)"
        },
    )
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

/// The names of a certificate. rustls gives them as `DnsName("a.example")` and the like.
struct Presented<'a>(&'a [String]);

impl fmt::Display for Presented<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("it names no host at all (no subjectAltName)");
        }
        /// Of more than a few names, the number says as much.
        const SHOWN: usize = 8;
        f.write_str("it is valid for ")?;
        for (i, name) in self.0.iter().take(SHOWN).enumerate() {
            let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
            let name = inner.unwrap_or(name).trim_matches('"');
            write!(f, "{}", if i > 0 { ", " } else { "" })?;
            match name.parse::<core::net::IpAddr>() {
                Ok(address) => write!(f, "'{address}'")?,
                Err(_) => write!(f, "{}", Escaped(name.as_bytes()))?,
            }
        }
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// What rustls says of a purpose: "certificate does not allow extended key usage for server
/// authentication, allows client authentication".
struct Purpose<'a>(&'a CertificateError);

impl fmt::Display for Purpose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = memory::format(format_args!("{}", self.0)).map_err(|_| fmt::Error)?;
        f.write_str(text.strip_prefix("certificate ").unwrap_or(&text))
    }
}

/// A moment as `2026-01-31 23:59:59 UTC`.
struct Date<'a>(&'a UnixTime);

impl fmt::Display for Date<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day, hour, minute, second) = moment(self.0);
        write!(f, "{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
    }
}

/// Year, month, day, hour, minute and second.
fn moment(time: &UnixTime) -> (u64, u64, u64, u64, u64, u64) {
    let seconds = time.as_secs();
    let (days, clock) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    (year, month, day, clock / 3600, clock / 60 % 60, clock % 60)
}

/// The Gregorian date of a day since 1970-01-01. Years are counted from March, so that the leap
/// day is a year's last.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468; // since 0000-03-01
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153; // 0 is March
    let day = day - (153 * month + 2) / 5 + 1;
    let january = u64::from(month >= 10);
    (era * 400 + year + january, month + 3 - 12 * january, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use core::time::Duration;

    #[test]
    fn dates_are_gregorian() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_399, "2000-02-28 23:59:59 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (951_868_800, "2000-03-01 00:00:00 UTC"),
            (1_735_689_599, "2024-12-31 23:59:59 UTC"),
            (1_735_689_600, "2025-01-01 00:00:00 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"),
        ] {
            let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
            assert_eq!(Date(&time).to_string(), text);
        }
    }
}
