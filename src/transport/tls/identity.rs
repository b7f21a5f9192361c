//! The client's certificate chain and key.

use alloc::vec::Vec;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::{der, pem};
use crate::engine::error::{Error, Kind, error};

/// A chain and the key of its first certificate, not yet checked against each other.
pub(super) struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Identity {
    /// From PEM; `chain` begins with the client's own certificate.
    pub(super) fn parse(chain: &[u8], key: &[u8]) -> Result<Identity, Error> {
        let (chain, failed) = pem::certificates(chain)?;
        if chain.is_empty() || failed > 0 {
            return Err(error!(
                Kind::TlsConfig,
                "the client certificate cannot be read: expected PEM, the client's own first"
            ));
        }
        check_order(&chain)?;
        Ok(Identity { chain, key: pem::private_key(key)? })
    }

    /// The signer for handshakes, once key and certificate are known to belong together.
    pub(super) fn certify(self, provider: &CryptoProvider) -> Result<CertifiedKey, Error> {
        let key = provider.key_provider.load_private_key(self.key).map_err(|_| {
            error!(
                Kind::TlsConfig,
                "the private key cannot be used: it must be unharmed, and RSA with 2048 bits or more, \
                 ECDSA on P-256 or P-384, or Ed25519"
            )
        })?;
        // What the server makes of the certificate is its own affair, as of one of version 1: here it has only to
        // belong to the key. rustls would read it as if it were a server's.
        let certified = self.chain.first().and_then(|own| der::fields(own)).map(|own| own.spki);
        let given = key.public_key();
        if given.as_ref().is_some_and(|given| certified != Some(given.as_ref())) {
            return Err(error!(
                Kind::TlsConfig,
                "the private key does not belong to the client certificate"
            ));
        }
        Ok(CertifiedKey::new(self.chain, key))
    }
}

/// Each certificate must have been issued by the one after it: many servers accept nothing else.
fn check_order(chain: &[CertificateDer<'_>]) -> Result<(), Error> {
    let malformed = |place: usize| {
        Error::format(
            Kind::TlsConfig,
            format_args!("certificate {place} of the client's chain is not well-formed X.509"),
        )
    };
    let mut issuer = None;
    for (place, certificate) in (1..).zip(chain) {
        let fields = der::fields(certificate).ok_or_else(|| malformed(place))?;
        if issuer.is_some_and(|issuer| issuer != fields.subject) {
            return Err(Error::format(
                Kind::TlsConfig,
                format_args!(
                    "the client's chain is out of order: certificate {} was not issued by \
                     certificate {place} (the client's own comes first)",
                    place - 1
                ),
            ));
        }
        issuer = Some(fields.issuer);
    }
    Ok(())
}
