//! Certificates, keys and revocation lists from PEM or DER, in memory or in a file.

use alloc::vec::Vec;
use memchr::memmem;
use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};

use crate::engine::error::{Error, Kind, error};
use crate::memory::{self, collect, lengthen, push};
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
        e => Error::format(
            Kind::TlsConfig,
            format_args!("the private key is not valid PEM: {}", words(&e)),
        ),
    })
}

/// What is wrong with a PEM text.
pub(super) fn words(error: &PemError) -> &'static str {
    match error {
        PemError::MissingSectionEnd { .. } => "a section has no end",
        PemError::IllegalSectionStart { .. } => "a section's first line is malformed",
        PemError::Base64Decode(_) => "a section is not base64",
        PemError::Io(_) => "it cannot be read",
        PemError::NoItemsFound => "there is nothing of the kind",
        PemError::SectionTooLarge => "a section is too large",
        _ => "it is malformed",
    }
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
    /// The tag of a SEQUENCE, with which every certificate and list begins; and the digit 0, with which a comment
    /// in a PEM text may.
    const SEQUENCE: u8 = 0x30;
    let is_der = bytes.first() == Some(&SEQUENCE) && !bytes.is_ascii();
    if is_der && !bytes.windows(BEGIN.len()).any(|text| text == BEGIN) {
        let only = der(memory::copy(bytes)?);
        return Ok((collect(core::iter::once(only))?, 0));
    }
    let text = without_mark(bytes);
    let (mut good, mut failed) = (Vec::new(), 0);
    for section in begun(text) {
        if !section.is_labelled(label) {
            continue;
        }
        // Each by itself: one that is broken, or has no end, takes none of its neighbours along.
        match T::from_pem_slice(section.text) {
            Ok(item) if section.begins_line => push(&mut good, item)?,
            _ => failed += 1,
        }
    }
    Ok((good, failed))
}

/// What goes from one mark of a beginning to the next.
struct Section<'a> {
    text: &'a [u8],
    /// Where the mark does not begin its line, it is no PEM, but to be missed.
    begins_line: bool,
}

const BEGIN: &[u8] = b"-----BEGIN ";

/// The sections of a text.
fn begun(text: &[u8]) -> impl Iterator<Item = Section<'_>> {
    let mut places = memmem::find_iter(text, BEGIN).peekable();
    core::iter::from_fn(move || {
        let start = places.next()?;
        let end = places.peek().copied().unwrap_or(text.len());
        let begins_line = start == 0 || matches!(text[start - 1], b'\n' | b'\r');
        Some(Section { text: &text[start..end], begins_line })
    })
}

impl Section<'_> {
    /// Whether its label ends so. One like "TRUSTED CERTIFICATE" cannot be read, and is to be missed.
    fn is_labelled(&self, label: &[u8]) -> bool {
        /// Longer than any label.
        const LONGEST: usize = 64;
        let rest = &self.text[BEGIN.len()..];
        let rest = &rest[..rest.len().min(LONGEST)];
        let line_end = || rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        let end = memmem::find(rest, b"-----").or_else(line_end).unwrap_or(rest.len());
        let name = rest[..end].trim_ascii_end();
        let dashes = name.iter().rev().take_while(|&&byte| byte == b'-').count();
        name[..name.len() - dashes].ends_with(label)
    }
}

/// Without the byte order mark that some editors begin UTF-8 with.
fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text)
}
