//! The cryptographic provider of this build, and what it has.

use alloc::string::String;

use rustls::SupportedCipherSuite;
use rustls::crypto::hash::{Hash, HashAlgorithm};
use rustls::crypto::{CryptoProvider, SupportedKxGroup};

use crate::engine::error::{Error, Kind, error};
use crate::memory;

/// The provider as rustls has it.
pub(super) fn plain() -> CryptoProvider {
    #[cfg(feature = "aws-lc-rs")]
    return rustls::crypto::aws_lc_rs::default_provider();
    #[cfg(not(feature = "aws-lc-rs"))]
    return rustls::crypto::ring::default_provider();
}

/// The provider's SHA-256, which it lends to its cipher suites.
pub(super) fn sha256() -> Result<&'static dyn Hash, Error> {
    let of = |suite: &SupportedCipherSuite| match suite {
        SupportedCipherSuite::Tls13(suite) => suite.common.hash_provider,
        SupportedCipherSuite::Tls12(suite) => suite.common.hash_provider,
    };
    let mut hashes = plain().cipher_suites.into_iter().map(|suite| of(&suite));
    hashes
        .find(|hash| hash.algorithm() == HashAlgorithm::SHA256)
        .ok_or_else(|| error!(Kind::TlsConfig, "this build has no SHA-256"))
}

/// A suite's IANA name. rustls gives those of TLS 1.3 a prefix of its own.
pub(super) fn suite_name(suite: SupportedCipherSuite) -> Result<String, Error> {
    let name = memory::format(format_args!("{:?}", suite.suite()))?;
    match name.strip_prefix("TLS13_") {
        Some(rest) => Ok(memory::format(format_args!("TLS_{rest}"))?),
        None => Ok(name),
    }
}

/// A group's IANA name. rustls writes the curves of RFC 7748 in capitals.
pub(super) fn group_name(group: &dyn SupportedKxGroup) -> Result<String, Error> {
    let mut name = memory::format(format_args!("{:?}", group.name()))?;
    if matches!(name.as_str(), "X25519" | "X448") {
        name.make_ascii_lowercase();
    }
    Ok(name)
}
