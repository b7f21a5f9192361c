//! No message shows how Rust would print a value: every error that the dependencies can be made to give is said in
//! words.

use super::*;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    AlertDescription, ContentType, EncryptedClientHelloError, ExtendedKeyPurpose, HandshakeType,
    InconsistentKeys, InvalidMessage, OtherError, PeerIncompatible, PeerMisbehaved,
};
use webpki::Error as Rule;

use crate::transport::tls::client_request::Request;
use crate::transport::tls::refusal;
use crate::transport::tls::shown::Shown;

/// Refuses a text with braces, brackets, hexadecimal numbers or names of Rust's.
fn check(text: &str, of: &dyn core::fmt::Debug) {
    assert!(!text.is_empty() && text != crate::engine::error::NO_MESSAGE, "{of:?}");
    assert!(!text.contains(['{', '}', '[', ']', '"', '\n']), "{of:?}: {text}");
    assert!(!text.contains("0x") && !text.contains("Error"), "{of:?}: {text}");
    for word in text.split(|c: char| !c.is_ascii_alphanumeric()) {
        assert!(!is_camel(word), "{of:?}: {text}");
        assert!(word.len() < 32, "{of:?}: {text}");
    }
}

/// Whether a word is a name such as `HandshakeFailure`: from a capital on, a small letter comes before a capital.
fn is_camel(word: &str) -> bool {
    let letters = word.as_bytes();
    let inner =
        letters.windows(2).any(|two| two[0].is_ascii_lowercase() && two[1].is_ascii_uppercase());
    letters.first().is_some_and(u8::is_ascii_uppercase) && inner && word != "KiB"
}

fn check_session(error: &Rustls) -> (Kind, String) {
    let told = session(error);
    check(told.message(), error);
    (told.kind(), told.message().to_string())
}

/// One value for each of these variants.
macro_rules! all {
    ($type:ident: $($variant:ident),* $(,)?) => {
        vec![$($type::$variant),*]
    };
}

#[test]
fn camel_case_is_seen() {
    for name in ["HandshakeFailure", "UnknownCA2Be", "NoMemoryLeft"] {
        assert!(is_camel(name), "{name}");
    }
    for word in ["subjectAltName", "RSASSA", "OK", "brainpoolP256r1", "Ed25519", "", "KiB"] {
        assert!(!is_camel(word), "{word}");
    }
}

#[test]
fn misbehaviour() {
    let mut all = all!(PeerMisbehaved:
        AttemptedDowngradeToTls12WhenTls13IsSupported, BadCertChainExtensions, CipherSuiteDifferedOnRetry,
        DisallowedEncryptedExtension, DuplicateClientHelloExtensions, DuplicateEncryptedExtensions,
        DuplicateHelloRetryRequestExtensions, DuplicateNewSessionTicketExtensions,
        DuplicateServerHelloExtensions, DuplicateServerNameTypes, EarlyDataAttemptedInSecondClientHello,
        EarlyDataExtensionWithoutResumption, EarlyDataOfferedWithVariedCipherSuite,
        EchAcceptanceVariedAfterRetry, HandshakeHashVariedAfterRetry,
        IllegalHelloRetryRequestWithEmptyCookie, IllegalHelloRetryRequestWithNoChanges,
        IllegalHelloRetryRequestWithOfferedGroup, IllegalHelloRetryRequestWithUnofferedCipherSuite,
        IllegalHelloRetryRequestWithUnofferedNamedGroup, IllegalHelloRetryRequestWithUnsupportedVersion,
        IllegalHelloRetryRequestWithWrongSessionId, IllegalHelloRetryRequestWithInvalidEch,
        IllegalMiddleboxChangeCipherSpec, IllegalTlsInnerPlaintext, IncorrectBinder, InvalidCertCompression,
        InvalidMaxEarlyDataSize, InvalidKeyShare, KeyEpochWithPendingFragment,
        KeyUpdateReceivedInQuicConnection, MessageInterleavedWithHandshakeMessage,
        MissingBinderInPskExtension, MissingKeyShare, MissingPskExtensionInSecondClientHello,
        MissingPskModesExtension, MissingQuicTransportParameters, OfferedDuplicateCertificateCompressions,
        OfferedDuplicateKeyShares, OfferedEarlyDataWithOldProtocolVersion, OfferedEmptyApplicationProtocol,
        OfferedIncorrectCompressions, PskExtensionMustBeLast, PskExtensionWithMismatchedIdsAndBinders,
        RefusedToFollowHelloRetryRequest, RejectedEarlyDataInterleavedWithHandshakeMessage,
        ResumptionAttemptedWithVariedEms, ResumptionOfferedWithVariedCipherSuite,
        ResumptionOfferedWithVariedEms, ResumptionOfferedWithIncompatibleCipherSuite,
        SelectedDifferentCipherSuiteAfterRetry, SelectedInvalidPsk, SelectedTls12UsingTls13VersionExtension,
        SelectedUnofferedApplicationProtocol, SelectedUnofferedCertCompression,
        SelectedUnofferedCipherSuite, SelectedUnofferedCompression, SelectedUnofferedKxGroup,
        SelectedUnofferedPsk, SelectedUnusableCipherSuiteForVersion, ServerEchoedCompatibilitySessionId,
        ServerHelloMustOfferUncompressedEcPoints, ServerNameDifferedOnRetry,
        ServerNameMustContainOneHostName, SignedKxWithWrongAlgorithm,
        SignedHandshakeWithUnadvertisedSigScheme, TooManyEmptyFragments, TooManyKeyUpdateRequests,
        TooManyRenegotiationRequests, TooManyWarningAlertsReceived, TooMuchEarlyDataReceived,
        UnexpectedCleartextExtension, UnsolicitedCertExtension, UnsolicitedEncryptedExtension,
        UnsolicitedSctList, UnsolicitedServerHelloExtension, WrongGroupForKeyShare, UnsolicitedEchExtension,
    );
    assert_eq!(all.len(), 78);
    for what in all.drain(..) {
        let (kind, message) = check_session(&Rustls::PeerMisbehaved(what.clone()));
        if what == PeerMisbehaved::TooManyRenegotiationRequests {
            assert_eq!(
                (kind, message.as_str()),
                (Kind::TlsClientCertificate, renegotiation().message())
            );
            assert!(message.contains("asked for TLS renegotiation, which is always refused"));
        } else {
            assert_eq!(kind, Kind::Tls);
        }
    }
}

#[test]
fn incompatibility() {
    let mut all = all!(PeerIncompatible:
        EcPointsExtensionRequired, ExtendedMasterSecretExtensionRequired, IncorrectCertificateTypeExtension,
        KeyShareExtensionRequired, NamedGroupsExtensionRequired,
        NoCertificateRequestSignatureSchemesInCommon, NoCipherSuitesInCommon, NoEcPointFormatsInCommon,
        NoKxGroupsInCommon, NoSignatureSchemesInCommon, NullCompressionRequired,
        ServerDoesNotSupportTls12Or13, ServerSentHelloRetryRequestWithUnknownExtension,
        ServerTlsVersionIsDisabledByOurConfig, SignatureAlgorithmsExtensionRequired,
        SupportedVersionsExtensionRequired, Tls12NotOffered, Tls12NotOfferedOrEnabled, Tls13RequiredForQuic,
        UncompressedEcPointsRequired, UnsolicitedCertificateTypeExtension,
    );
    all.push(PeerIncompatible::ServerRejectedEncryptedClientHello(None));
    assert_eq!(all.len(), 22);
    for why in all {
        assert_eq!(check_session(&Rustls::PeerIncompatible(why)).0, Kind::TlsProtocolVersion);
    }
}

/// All but one: the argument of `UnsupportedKeyExchangeAlgorithm` is private to rustls.
#[test]
fn invalid_messages() {
    let mut all = all!(InvalidMessage:
        CertificatePayloadTooLarge, HandshakePayloadTooLarge, InvalidCcs, InvalidContentType,
        InvalidCertificateStatusType, InvalidCertRequest, InvalidDhParams, InvalidEmptyPayload,
        InvalidKeyUpdate, InvalidServerName, MessageTooLarge, MessageTooShort, MissingKeyExchange,
        NoSignatureSchemes, UnknownProtocolVersion, UnsupportedCompression, UnsupportedCurveType,
        EmptyTicketValue, IllegalEmptyValue, PreSharedKeyIsNotFinalExtension,
        UnknownHelloRetryRequestExtension, UnknownCertificateExtension,
    );
    all.extend([
        InvalidMessage::MissingData("ClientHelloPayload"),
        InvalidMessage::TrailingData("ClientHelloPayload"),
        InvalidMessage::UnexpectedMessage("ClientHelloPayload"),
        InvalidMessage::IllegalEmptyList("ClientHelloPayload"),
        InvalidMessage::DuplicateExtension(0x1234),
    ]);
    assert_eq!(all.len(), 27);
    for what in all {
        assert_eq!(check_session(&Rustls::InvalidMessage(what)).0, Kind::Tls);
    }
}

#[test]
fn alerts() {
    for number in 0..=255 {
        for alert in [AlertDescription::from(number)] {
            let (kind, message) = check_session(&Rustls::AlertReceived(alert));
            assert!(kind.is(Kind::Tls));
            let is_known = !matches!(alert, AlertDescription::Unknown(_));
            // What is closed is said without the alert.
            if alert != AlertDescription::CloseNotify {
                assert!(message.contains("alert "), "{message}");
                assert_eq!(message.contains('_'), is_known, "{message}");
            }
            for request in [Request::Answered, Request::Unanswered, Request::Unfit] {
                if let Some(told) = request.refused(alert) {
                    check(told.message(), &alert);
                    assert_eq!(told.kind(), Kind::TlsClientCertificate);
                }
            }
        }
    }
    assert_eq!(AlertDescription::from(40), AlertDescription::HandshakeFailure);
    assert!(
        check_session(&Rustls::AlertReceived(40.into())).1.contains("(alert handshake_failure)")
    );
    assert!(check_session(&Rustls::AlertReceived(99.into())).1.contains("alert number 99"));
}

fn time() -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(1))
}

fn other() -> OtherError {
    OtherError(Arc::new(Rule::BadDer))
}

#[test]
#[allow(deprecated, reason = "they are there still")]
fn certificates() {
    use CertificateError as C;
    let mut all = all!(C:
        BadEncoding, Expired, NotValidYet, Revoked, UnhandledCriticalExtension, UnknownIssuer,
        UnknownRevocationStatus, ExpiredRevocationList, BadSignature, UnsupportedSignatureAlgorithm,
        NotValidForName, InvalidPurpose, InvalidOcspResponse, ApplicationVerificationFailure,
    );
    all.extend([
        C::ExpiredContext { time: time(), not_after: time() },
        C::NotValidYetContext { time: time(), not_before: time() },
        C::ExpiredRevocationListContext { time: time(), next_update: time() },
        C::UnsupportedSignatureAlgorithmContext {
            signature_algorithm_id: vec![6, 3, 43, 101, 113],
            supported_algorithms: vec![],
        },
        C::UnsupportedSignatureAlgorithmForPublicKeyContext {
            signature_algorithm_id: vec![6, 3, 43, 101, 113],
            public_key_algorithm_id: vec![6, 3, 43, 101, 113],
        },
        C::NotValidForNameContext {
            expected: ServerName::try_from("a.example").unwrap(),
            presented: vec!["DnsName(\"b.example\")".into()],
        },
        C::InvalidPurposeContext {
            required: ExtendedKeyPurpose::ServerAuth,
            presented: vec![ExtendedKeyPurpose::Other(vec![1, 2, 3])],
        },
        C::Other(other()),
    ]);
    assert_eq!(all.len(), 22);
    for error in all {
        assert!(check_session(&error.into()).0.is(Kind::TlsCertificate));
    }
}

#[test]
#[allow(deprecated, reason = "they are there still")]
fn revocation_lists() {
    use CertRevocationListError as L;
    let mut all = all!(L:
        BadSignature, UnsupportedSignatureAlgorithm, InvalidCrlNumber, InvalidRevokedCertSerialNumber,
        IssuerInvalidForCrl, ParseError, UnsupportedCrlVersion, UnsupportedCriticalExtension,
        UnsupportedDeltaCrl, UnsupportedIndirectCrl, UnsupportedRevocationReason,
    );
    all.extend([
        L::UnsupportedSignatureAlgorithmContext {
            signature_algorithm_id: vec![6, 3, 43, 101, 113],
            supported_algorithms: vec![],
        },
        L::UnsupportedSignatureAlgorithmForPublicKeyContext {
            signature_algorithm_id: vec![6, 3, 43, 101, 113],
            public_key_algorithm_id: vec![6, 3, 43, 101, 113],
        },
        L::Other(other()),
    ]);
    assert_eq!(all.len(), 14);
    for error in all {
        let (kind, message) = check_session(&Rustls::InvalidCertRevocationList(error));
        assert_eq!(kind, Kind::TlsCertificate);
        assert!(message.contains("revocation list"), "{message}");
    }
}

#[test]
fn everything_else() {
    let all = [
        Rustls::InappropriateMessage {
            expect_types: vec![ContentType::Handshake],
            got_type: ContentType::Alert,
        },
        Rustls::InappropriateHandshakeMessage {
            expect_types: vec![HandshakeType::ServerHello],
            got_type: HandshakeType::CertificateRequest,
        },
        Rustls::InvalidEncryptedClientHello(EncryptedClientHelloError::SniRequired),
        Rustls::NoCertificatesPresented,
        Rustls::UnsupportedNameType,
        Rustls::DecryptError,
        Rustls::EncryptError,
        Rustls::General("a text".into()),
        Rustls::FailedToGetCurrentTime,
        Rustls::FailedToGetRandomBytes,
        Rustls::HandshakeNotComplete,
        Rustls::PeerSentOversizedRecord,
        Rustls::NoApplicationProtocol,
        Rustls::BadMaxFragmentSize,
        Rustls::InconsistentKeys(InconsistentKeys::KeyMismatch),
        Rustls::Other(other()),
    ];
    for error in all {
        assert!(check_session(&error).0.is(Kind::Tls));
    }
}

/// As it is told of a certificate of which there is nothing to say, and as of a list.
#[test]
#[allow(deprecated, reason = "they are there still")]
fn rules() {
    let id = || vec![6, 3, 43, 101, 113];
    let algorithm = || webpki::UnsupportedSignatureAlgorithmContext {
        signature_algorithm_id: id(),
        supported_algorithms: vec![],
    };
    let key = || webpki::UnsupportedSignatureAlgorithmForPublicKeyContext {
        signature_algorithm_id: id(),
        public_key_algorithm_id: id(),
    };
    let name = webpki::InvalidNameContext {
        expected: ServerName::try_from("a.example").unwrap(),
        presented: vec!["DnsName(\"b.example\")".into()],
    };
    let purpose = webpki::RequiredEkuNotFoundContext {
        required: webpki::KeyUsage::server_auth(),
        present: vec![vec![1, 2, 3]],
    };
    let mut all = all!(Rule:
        BadDer, BadDerTime, CaUsedAsEndEntity, CertDistrusted, CertRevoked, EmptyEkuExtension,
        EndEntityUsedAsCa, ExtensionValueInvalid, InvalidCertValidity, InvalidCrlNumber,
        InvalidNetworkMaskConstraint, InvalidSerialNumber, InvalidCrlSignatureForPublicKey,
        InvalidSignatureForPublicKey, IssuerNotCrlSigner, MalformedDnsIdentifier, MalformedExtensions,
        MalformedNameConstraint, MaximumNameConstraintComparisonsExceeded, MaximumPathBuildCallsExceeded,
        MaximumPathDepthExceeded, MaximumSignatureChecksExceeded, NameConstraintViolation,
        PathLenConstraintViolated, RequiredEkuNotFound, SignatureAlgorithmMismatch, UnknownIssuer,
        UnknownRevocationStatus, UnsupportedCertVersion, UnsupportedCriticalExtension,
        UnsupportedCrlIssuingDistributionPoint, UnsupportedCrlVersion, UnsupportedDeltaCrl,
        UnsupportedIndirectCrl, UnsupportedNameType, UnsupportedRevocationReason,
        UnsupportedRevocationReasonsPartitioning, UnsupportedCrlSignatureAlgorithm,
        UnsupportedSignatureAlgorithm, UnsupportedCrlSignatureAlgorithmForPublicKey,
        UnsupportedSignatureAlgorithmForPublicKey,
    );
    all.extend([
        Rule::CertExpired { time: time(), not_after: time() },
        Rule::CertNotValidYet { time: time(), not_before: time() },
        Rule::CrlExpired { time: time(), next_update: time() },
        Rule::CertNotValidForName(name),
        Rule::RequiredEkuNotFoundContext(purpose),
        Rule::TrailingData(webpki::DerTypeId::Time),
        Rule::UnsupportedCrlSignatureAlgorithmContext(algorithm()),
        Rule::UnsupportedSignatureAlgorithmContext(algorithm()),
        Rule::UnsupportedCrlSignatureAlgorithmForPublicKeyContext(key()),
        Rule::UnsupportedSignatureAlgorithmForPublicKeyContext(key()),
    ]);
    assert_eq!(all.len(), 51);
    let own = CertificateDer::from(Vec::new());
    for rule in all {
        let told = refusal::explain(&rule, Shown { own: &own, sent: &[], roots: &[] });
        check(told.message(), &rule);
        assert!(told.kind().is(Kind::TlsCertificate));
        assert!(!told.message().contains("is not known here"), "{rule:?}");
        check(super::super::rules::list(&rule), &rule);
        // By itself, as rustls would have it.
        check_session(&refusal::alert(&rule).into());
    }
}

/// Whatever a server sends in the place of certificates, what is looked at again is only looked at.
#[test]
fn garbage_is_only_garbage() {
    let params = rcgen::CertificateParams::new(vec!["a.example".to_string()]).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let whole = params.self_signed(&key).unwrap().der().to_vec();
    let id = || vec![6, 3, 43, 101, 113];
    let rules = [
        Rule::UnknownIssuer,
        Rule::InvalidSignatureForPublicKey,
        Rule::NameConstraintViolation,
        Rule::UnsupportedCriticalExtension,
        Rule::UnsupportedCertVersion,
        Rule::EmptyEkuExtension,
        Rule::CertExpired { time: time(), not_after: time() },
        Rule::CertNotValidForName(webpki::InvalidNameContext {
            expected: ServerName::try_from("a.example").unwrap(),
            presented: vec![],
        }),
        Rule::UnsupportedSignatureAlgorithmContext(webpki::UnsupportedSignatureAlgorithmContext {
            signature_algorithm_id: id(),
            supported_algorithms: vec![],
        }),
    ];
    let cut = (0..whole.len()).map(|len| whole[..len].to_vec());
    let changed = (0..whole.len()).flat_map(|place| {
        let whole = &whole;
        [0, 0x30, 0x7f, 0x84, 0xff].into_iter().map(move |byte| {
            let mut changed = whole.clone();
            changed[place] = byte;
            changed
        })
    });
    for der in cut.chain(changed) {
        let sent = [CertificateDer::from(der), CertificateDer::from(whole.clone())];
        let shown = Shown { own: &sent[0], sent: &sent, roots: &[] };
        for rule in &rules {
            refusal::explain(rule, shown);
        }
        refusal::no_cert_sign(&sent[0], shown);
        refusal::bad_own_size(&sent[0]);
    }
}
