//! Certificates, keys and revocation lists from PEM or DER, in memory or in a file.

use alloc::vec::Vec;
use memchr::memmem;
use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};

use crate::engine::error::{Error, Kind, error};
use crate::memory::{self, collect, lengthen};
use crate::transport::os_error::Shown;

/// The certificates in `bytes`, which is PEM (any number) or one DER certificate, and how many
/// PEM sections could not be read.
pub(super) fn certificates(bytes: &[u8]) -> Result<(Vec<CertificateDer<'static>>, usize), Error> {
    sections(bytes, b"CERTIFICATE", CertificateDer::from)
}

/// The revocation lists in `bytes`, likewise.
pub(super) fn revocation_lists(
    bytes: &[u8],
) -> Result<(Vec<CertificateRevocationListDer<'static>>, usize), Error> {
    sections(bytes, b"CRL", CertificateRevocationListDer::from)
}

/// The first private key in PEM: PKCS#8, PKCS#1 or SEC1.
pub(super) fn private_key(bytes: &[u8]) -> Result<PrivateKeyDer<'static>, Error> {
    PrivateKeyDer::from_pem_slice(without_mark(bytes)).map_err(|e| match e {
        _ if bytes.windows(9).any(|window| window == b"ENCRYPTED") => error!(
            Kind::TlsConfig,
            "the private key is encrypted: decrypt it first (openssl pkey -in KEY -out PLAIN)"
        ),
        PemError::NoItemsFound => error!(
            Kind::TlsConfig,
            "no private key found: expected PEM with a PKCS#8, PKCS#1 or SEC1 key"
        ),
        e => Error::format(Kind::TlsConfig, format_args!("the private key is not valid PEM: {e}")),
    })
}

/// More than any certificate store or revocation list has: a file that goes on is something else.
const LARGEST: usize = 64 << 20;

/// The contents of a file that the configuration names.
pub(super) fn file(path: &Path) -> Result<Vec<u8>, Error> {
    /// How much is read at a time.
    const PIECE: usize = 64 << 10;
    let failed = |e: io::Error| {
        Error::os(
            Kind::TlsConfig,
            e.raw_os_error().unwrap_or(0),
            format_args!("cannot read {}: {}", path.display(), Shown(&e)),
        )
    };
    let mut file = File::open(path).map_err(failed)?;
    // std's `read_to_end` aborts without memory.
    let (mut bytes, mut len) = (Vec::new(), 0);
    loop {
        lengthen(&mut bytes, len + PIECE)?;
        match file.read(&mut bytes[len..]) {
            Ok(0) => break,
            Ok(count) => len += count,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(failed(e)),
        }
        if len > LARGEST {
            return Err(Error::format(
                Kind::TlsConfig,
                format_args!("{} is larger than {} MiB", path.display(), LARGEST >> 20),
            ));
        }
    }
    bytes.truncate(len);
    Ok(bytes)
}

fn sections<T: PemObject>(
    bytes: &[u8],
    label: &[u8],
    der: fn(Vec<u8>) -> T,
) -> Result<(Vec<T>, usize), Error> {
    /// The tag of a SEQUENCE: no PEM text begins with it ('0'), but every certificate and list.
    const SEQUENCE: u8 = 0x30;
    if bytes.first() == Some(&SEQUENCE) && !bytes.is_ascii() {
        let only = der(memory::copy(bytes)?);
        return Ok((collect(core::iter::once(only))?, 0));
    }
    let text = without_mark(bytes);
    let mut failed = 0;
    let good = T::pem_slice_iter(text).filter_map(|item| item.inspect_err(|_| failed += 1).ok());
    let good = collect(good)?;
    let lost = begun(text, label).saturating_sub(good.len());
    Ok((good, failed.max(lost)))
}

/// How many sections begin whose label ends so. The parser passes over one that does not begin with
/// its line or has a label like "TRUSTED CERTIFICATE", and takes one without an end, and all up to the
/// next end, for one: they are to be missed.
fn begun(text: &[u8], label: &[u8]) -> usize {
    const BEGIN: &[u8] = b"-----BEGIN ";
    /// Longer than any label.
    const LONGEST: usize = 64;
    let is_labelled = |place: &usize| {
        let rest = &text[place + BEGIN.len()..];
        let rest = &rest[..rest.len().min(LONGEST)];
        memmem::find(rest, b"-----").is_some_and(|end| rest[..end].ends_with(label))
    };
    memmem::find_iter(text, BEGIN).filter(is_labelled).count()
}

/// Without the byte order mark that some editors begin UTF-8 with.
fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text)
}
