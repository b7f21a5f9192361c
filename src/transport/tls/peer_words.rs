//! What a peer did wrong, in words: rustls has names for it.

use rustls::{InvalidMessage as M, PeerIncompatible as I, PeerMisbehaved as P};

/// How a peer broke the protocol. Most of it no server can do to a client: that has no words of its own.
pub(super) fn misbehaved(what: &P) -> &'static str {
    match what {
        P::AttemptedDowngradeToTls12WhenTls13IsSupported => {
            "it speaks TLS 1.3, but somebody on the way made it TLS 1.2"
        }
        P::CipherSuiteDifferedOnRetry | P::SelectedDifferentCipherSuiteAfterRetry => {
            "it chose another cipher suite after it had asked for a second hello"
        }
        P::BadCertChainExtensions | P::UnsolicitedCertExtension => {
            "there is an extension at its certificates that was not asked for"
        }
        P::DisallowedEncryptedExtension
        | P::UnsolicitedEncryptedExtension
        | P::UnsolicitedServerHelloExtension
        | P::UnsolicitedSctList
        | P::UnsolicitedEchExtension => "it sent an extension that was not offered",
        P::UnexpectedCleartextExtension => {
            "it sent an extension in the clear that must be encrypted"
        }
        P::DuplicateEncryptedExtensions
        | P::DuplicateHelloRetryRequestExtensions
        | P::DuplicateNewSessionTicketExtensions
        | P::DuplicateServerHelloExtensions => "it sent an extension twice",
        P::HandshakeHashVariedAfterRetry => {
            "it changed its digest after it had asked for a second hello"
        }
        P::IllegalHelloRetryRequestWithEmptyCookie
        | P::IllegalHelloRetryRequestWithNoChanges
        | P::IllegalHelloRetryRequestWithOfferedGroup
        | P::IllegalHelloRetryRequestWithUnofferedCipherSuite
        | P::IllegalHelloRetryRequestWithUnofferedNamedGroup
        | P::IllegalHelloRetryRequestWithUnsupportedVersion
        | P::IllegalHelloRetryRequestWithWrongSessionId
        | P::IllegalHelloRetryRequestWithInvalidEch => {
            "it asked for a second hello in a way that is not allowed"
        }
        P::IllegalMiddleboxChangeCipherSpec => "a message change_cipher_spec came out of place",
        P::IllegalTlsInnerPlaintext => "a record is empty inside",
        P::InvalidCertCompression | P::SelectedUnofferedCertCompression => {
            "its certificates are compressed in a way that was not offered, or wrongly"
        }
        P::InvalidMaxEarlyDataSize => "it allows early data of an odd size",
        P::InvalidKeyShare | P::MissingKeyShare | P::WrongGroupForKeyShare => {
            "its part of the key exchange is missing or wrong"
        }
        P::KeyEpochWithPendingFragment | P::MessageInterleavedWithHandshakeMessage => {
            "a handshake message was broken off"
        }
        P::ResumptionOfferedWithVariedCipherSuite
        | P::ResumptionOfferedWithIncompatibleCipherSuite
        | P::ResumptionOfferedWithVariedEms
        | P::ResumptionAttemptedWithVariedEms => {
            "it resumed a session with other settings than before"
        }
        P::SelectedInvalidPsk | P::SelectedUnofferedPsk => {
            "it resumed a session that was not offered"
        }
        P::SelectedTls12UsingTls13VersionExtension => "it chose TLS 1.2 in the way of TLS 1.3",
        P::SelectedUnofferedApplicationProtocol => "it chose an ALPN protocol that was not offered",
        P::SelectedUnofferedCipherSuite | P::SelectedUnusableCipherSuiteForVersion => {
            "it chose a cipher suite that was not offered"
        }
        P::SelectedUnofferedCompression => "it chose a compression",
        P::SelectedUnofferedKxGroup => "it chose a key exchange that was not offered",
        P::ServerEchoedCompatibilitySessionId => "it gave an old session identifier back",
        P::ServerHelloMustOfferUncompressedEcPoints => "it takes no uncompressed points of a curve",
        P::SignedKxWithWrongAlgorithm | P::SignedHandshakeWithUnadvertisedSigScheme => {
            "it signed with an algorithm that was not offered"
        }
        P::TooManyEmptyFragments => "it sent too many empty records",
        P::TooManyKeyUpdateRequests => "it asked for new keys too often",
        P::TooManyRenegotiationRequests => "it asked for renegotiation too often",
        P::TooManyWarningAlertsReceived => "it sent too many warnings",
        _ => "it sent what is not allowed there",
    }
}

/// What there is not in common with a server. None where that is a version of TLS.
pub(super) fn incompatible(why: &I) -> Option<&'static str> {
    Some(match why {
        I::ServerDoesNotSupportTls12Or13
        | I::ServerTlsVersionIsDisabledByOurConfig
        | I::Tls12NotOffered
        | I::Tls12NotOfferedOrEnabled
        | I::SupportedVersionsExtensionRequired => return None,
        I::EcPointsExtensionRequired
        | I::NoEcPointFormatsInCommon
        | I::UncompressedEcPointsRequired => "it takes no uncompressed points of a curve",
        I::ExtendedMasterSecretExtensionRequired => "it has no extended master secret",
        I::IncorrectCertificateTypeExtension | I::UnsolicitedCertificateTypeExtension => {
            "it has another type of certificates than X.509"
        }
        I::KeyShareExtensionRequired | I::NamedGroupsExtensionRequired | I::NoKxGroupsInCommon => {
            "no key exchange in common"
        }
        I::NoCertificateRequestSignatureSchemesInCommon => {
            "it asks for a client certificate, and takes no signature algorithm that is known here"
        }
        I::NoCipherSuitesInCommon => "no cipher suite in common",
        I::NoSignatureSchemesInCommon | I::SignatureAlgorithmsExtensionRequired => {
            "no signature algorithm in common"
        }
        I::NullCompressionRequired => "it compresses",
        I::ServerSentHelloRetryRequestWithUnknownExtension => {
            "it needs an extension that is not known here"
        }
        I::ServerRejectedEncryptedClientHello(_) => "it takes no encrypted hello",
        _ => "it needs what is not supported here",
    })
}

/// What is wrong with a message.
pub(super) fn invalid(what: &M) -> &'static str {
    match what {
        M::CertificatePayloadTooLarge => "its certificates take more than 64 KiB",
        M::HandshakePayloadTooLarge | M::MessageTooLarge => "a message is too large",
        M::MessageTooShort | M::MissingData(_) => "a message is too short",
        M::TrailingData(_) => "a message is longer than what is in it",
        M::InvalidCcs => "change_cipher_spec is malformed",
        M::InvalidContentType => "a record is of an unknown type",
        M::UnknownProtocolVersion => "a record has an unknown version",
        M::InvalidCertificateStatusType => "a certificate's status is of an unknown type",
        M::InvalidCertRequest => "its request for a certificate has a context",
        M::InvalidDhParams
        | M::MissingKeyExchange
        | M::UnsupportedCurveType
        | M::UnsupportedKeyExchangeAlgorithm(_) => "its part of the key exchange cannot be read",
        M::InvalidEmptyPayload | M::IllegalEmptyValue | M::IllegalEmptyList(_) => {
            "something is empty that must not be"
        }
        M::InvalidKeyUpdate => "a key update is malformed",
        M::InvalidServerName => "a server name is malformed",
        M::NoSignatureSchemes => "there is no signature algorithm",
        M::UnexpectedMessage(_) => "a message is of a type that is not due",
        M::UnsupportedCompression => "it compresses",
        M::EmptyTicketValue => "a ticket is empty",
        M::DuplicateExtension(_) => "an extension is there twice",
        M::PreSharedKeyIsNotFinalExtension => "an extension is out of place",
        M::UnknownHelloRetryRequestExtension | M::UnknownCertificateExtension => {
            "an extension is not known"
        }
        _ => "it cannot be read",
    }
}
