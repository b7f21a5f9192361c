//! Algorithms of signatures and keys by the names that people know, and what can be done about those that are
//! not supported.

use core::fmt;

use super::der;
use super::oid::{Named, Oid};

/// The algorithm of a signature: an AlgorithmIdentifier without tag and length.
pub(super) struct Signature<'a>(pub(super) &'a [u8]);

impl<'a> Signature<'a> {
    fn oid(&self) -> &'a [u8] {
        der::content(self.0).unwrap_or_default()
    }

    /// What to do about a signature of this kind, which is not supported.
    pub(super) fn remedy(&self) -> &'static str {
        match self.oid() {
            ECDSA_SHA512 if !cfg!(feature = "aws-lc-rs") => {
                "a build with the feature aws-lc-rs takes it, or it is to be issued anew with SHA-256 \
                 or SHA-384"
            }
            RSA_PSS if Pss::of(self.0).is_some_and(|pss| STRONG.contains(&pss.digest)) => {
                "it is to be issued anew with a salt as long as the digest (openssl: -sigopt \
                 rsa_pss_saltlen:digest)"
            }
            _ => {
                "it is to be issued anew with SHA-256, by a key of RSA, or ECDSA on P-256 or P-384"
            }
        }
    }
}

impl fmt::Display for Signature<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.oid(), Pss::of(self.0)) {
            (RSA_PSS, Some(pss)) => {
                let Pss { digest, salt } = pss;
                let digest = Named(Oid(digest), DIGESTS);
                write!(f, "RSASSA-PSS with {digest} and a salt of {salt} bytes")
            }
            (oid, _) => write!(f, "{}", Named(Oid(oid), SIGNATURES)),
        }
    }
}

/// The parameters of RSASSA-PSS (RFC 4055, section 3.1).
struct Pss<'a> {
    digest: &'a [u8],
    salt: usize,
}

impl<'a> Pss<'a> {
    fn of(algorithm: &'a [u8]) -> Option<Pss<'a>> {
        const HASH: u8 = 0xa0;
        const SALT: u8 = 0xa2;
        let parameters = der::elements(algorithm).nth(1)?;
        let mut pss = Pss { digest: SHA1, salt: 20 };
        for part in der::elements(parameters.content) {
            match part.tag() {
                HASH => pss.digest = der::content(der::content(part.content)?)?,
                SALT => pss.salt = small(der::content(part.content)?)?,
                _ => {}
            }
        }
        Some(pss)
    }
}

/// A public key: a SubjectPublicKeyInfo without tag and length.
pub(super) struct Key<'a>(pub(super) &'a [u8]);

impl<'a> Key<'a> {
    fn algorithm(&self) -> &'a [u8] {
        der::content(self.0).unwrap_or_default()
    }

    /// The size of an RSA key in bits; none for other keys.
    pub(super) fn rsa_bits(&self) -> Option<usize> {
        if der::content(self.algorithm())? != RSA {
            return None;
        }
        let key = der::elements(self.0).nth(1)?.content;
        // Behind the number of unused bits of a BIT STRING: a SEQUENCE of modulus and exponent.
        let numbers = der::content(key.get(1..)?)?;
        let modulus = der::content(numbers)?;
        let start = modulus.iter().position(|&byte| byte != 0)?;
        let first = modulus[start].leading_zeros() as usize;
        Some((modulus.len() - start) * 8 - first)
    }

    /// The size of an RSA key whose signatures prove nothing here: outside 2048 to 8192 bits.
    pub(super) fn bad_rsa_bits(&self) -> Option<usize> {
        let bits = self.rsa_bits()?;
        // ring counts whole bytes.
        let counted = if cfg!(feature = "aws-lc-rs") { bits } else { bits.next_multiple_of(8) };
        if (2048..=8192).contains(&counted) { None } else { Some(bits) }
    }

    /// What to do about a key of this kind, which is not supported.
    pub(super) fn remedy(&self) -> &'static str {
        let mut parts = der::elements(self.algorithm()).map(|part| part.content);
        match (parts.next(), parts.next()) {
            (Some(EC), Some(P521)) if !cfg!(feature = "aws-lc-rs") => {
                "a build with the feature aws-lc-rs takes it, or it is to be issued anew by a key on P-256 \
                 or P-384"
            }
            (Some(RSA_PSS), _) => {
                "it is to be issued anew by a key of plain RSA (rsaEncryption), which may sign with \
                 RSASSA-PSS all the same"
            }
            _ => "it is to be issued anew by a key of RSA, or ECDSA on P-256 or P-384",
        }
    }
}

impl fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = der::elements(self.algorithm()).map(|part| part.content);
        let oid = parts.next().unwrap_or_default();
        match (oid, self.rsa_bits(), parts.next()) {
            (_, Some(bits), _) => write!(f, "RSA with {bits} bits"),
            (EC, _, Some(curve)) => write!(f, "ECDSA on {}", Named(Oid(curve), CURVES)),
            _ => write!(f, "{}", Named(Oid(oid), KEYS)),
        }
    }
}

/// A number of one or two bytes.
fn small(integer: &[u8]) -> Option<usize> {
    match integer {
        [low] => Some(usize::from(*low)),
        [high, low] => Some(usize::from(*high) << 8 | usize::from(*low)),
        _ => None,
    }
}

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 1];
const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 10];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const P521: &[u8] = &[0x2b, 0x81, 4, 0, 35];
const ECDSA_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4];
const SHA1: &[u8] = &[0x2b, 14, 3, 2, 26];
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
const SHA384: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2];
const SHA512: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3];

/// The digests that are supported in RSASSA-PSS.
const STRONG: [&[u8]; 3] = [SHA256, SHA384, SHA512];

/// Object identifiers and the names for them.
type Names = &'static [(&'static [u8], &'static str)];

const SIGNATURES: Names = &[
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 4], "RSA with MD5"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 5], "RSA with SHA-1"),
    (RSA_PSS, "RSASSA-PSS"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 11], "RSA with SHA-256"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 12], "RSA with SHA-384"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 13], "RSA with SHA-512"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 14], "RSA with SHA-224"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1], "ECDSA with SHA-1"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 1], "ECDSA with SHA-224"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2], "ECDSA with SHA-256"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3], "ECDSA with SHA-384"),
    (ECDSA_SHA512, "ECDSA with SHA-512"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 3], "DSA with SHA-1"),
    (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 2], "DSA with SHA-256"),
    (&[0x2b, 0x65, 112], "Ed25519"),
    (&[0x2b, 0x65, 113], "Ed448"),
];

const DIGESTS: Names = &[
    (SHA1, "SHA-1"),
    (SHA256, "SHA-256"),
    (SHA384, "SHA-384"),
    (SHA512, "SHA-512"),
    (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 4], "SHA-224"),
];

const KEYS: Names = &[
    (RSA, "RSA"),
    (RSA_PSS, "RSASSA-PSS alone"),
    (EC, "ECDSA"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1], "DSA"),
    (&[0x2b, 0x65, 112], "Ed25519"),
    (&[0x2b, 0x65, 113], "Ed448"),
];

const CURVES: Names = &[
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7], "P-256"),
    (&[0x2b, 0x81, 4, 0, 34], "P-384"),
    (P521, "P-521"),
    (&[0x2b, 0x81, 4, 0, 10], "secp256k1"),
    (&[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 7], "brainpoolP256r1"),
    (&[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 11], "brainpoolP384r1"),
    (&[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 13], "brainpoolP512r1"),
];
