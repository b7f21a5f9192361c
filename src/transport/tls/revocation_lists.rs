//! Revocation lists as they are given, and what is wrong with those that cannot be used.

use rustls::pki_types::CertificateRevocationListDer;
use webpki::{CertRevocationList, Error as Rule, OwnedCertRevocationList};

use super::{der, rules};
use crate::engine::error::{Error, Kind};

/// Reads a list, which is so far behind the first.
pub(super) fn read(
    list: &CertificateRevocationListDer<'_>,
    number: usize,
) -> Result<CertRevocationList<'static>, Error> {
    OwnedCertRevocationList::from_der(list).map(CertRevocationList::from).map_err(|rule| {
        let text = look(list).unwrap_or_else(|| rules::list(&rule));
        match number {
            0 => Error::new(Kind::TlsConfig, text),
            _ => Error::format(
                Kind::TlsConfig,
                format_args!("revocation list {} of those given: {text}", number + 1),
            ),
        }
    })
}

/// What webpki does not tell from noise: there is no version, which makes it the first, or no date of the next list.
fn look(list: &[u8]) -> Option<&'static str> {
    const INTEGER: u8 = 2;
    const TIMES: [u8; 2] = [0x17, 0x18];
    let mut parts = der::elements(der::content(der::content(list)?)?);
    let first = parts.next()?;
    if first.tag() == der::SEQUENCE {
        return Some(rules::list(&Rule::UnsupportedCrlVersion));
    }
    let is_whole = first.tag() == INTEGER && parts.next()?.tag() == der::SEQUENCE;
    let is_named = parts.next()?.tag() == der::SEQUENCE && TIMES.contains(&parts.next()?.tag());
    let next_update = parts.next().is_some_and(|part| TIMES.contains(&part.tag()));
    (is_whole && is_named && !next_update).then_some(NO_NEXT_UPDATE)
}

const NO_NEXT_UPDATE: &str = "a revocation list does not say when the next one comes (nextUpdate), and would be \
     believed for ever: it is to be made anew with that date (openssl ca -gencrl -crldays N)";
