//! The few fields of a certificate that rustls does not show: issuer, subject and public key.
//!
//! Only a walk over X.509's outer structure (RFC 5280, section 4.1): nothing is verified here.

/// Parts of a certificate, each as its complete DER element.
pub(super) struct Fields<'a> {
    pub(super) issuer: &'a [u8],
    pub(super) subject: &'a [u8],
    pub(super) spki: &'a [u8],
}

/// The fields of a certificate, or none if it has not a certificate's structure.
pub(super) fn fields(certificate: &[u8]) -> Option<Fields<'_>> {
    let (outer, _) = element(certificate).filter(|(_, after)| after.is_empty())?;
    let (tbs, _) = element(outer.content)?;
    let mut rest = tbs.content;
    if rest.first() == Some(&VERSION) {
        next(&mut rest)?;
    }
    next(&mut rest)?; // serialNumber
    next(&mut rest)?; // signature
    let issuer = next(&mut rest)?;
    next(&mut rest)?; // validity
    let subject = next(&mut rest)?;
    let spki = next(&mut rest)?;
    Some(Fields { issuer, subject, spki })
}

/// Whether this is one element and nothing else.
pub(super) fn is_one_element(der: &[u8]) -> bool {
    element(der).is_some_and(|(_, after)| after.is_empty())
}

/// The context tag of the optional version field.
const VERSION: u8 = 0xa0;

struct Element<'a> {
    whole: &'a [u8],
    content: &'a [u8],
}

fn next<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (found, after) = element(rest)?;
    *rest = after;
    Some(found.whole)
}

/// The element at the front and what follows it.
fn element(der: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let short = usize::from(*der.get(1)?);
    let (header, length) = if short < 0x80 {
        (2, short)
    } else {
        let octets = der.get(2..2 + (short & 0x7f)).filter(|o| o.len() <= 4)?;
        let length = octets.iter().fold(0, |sum, &octet| sum << 8 | usize::from(octet));
        (2 + octets.len(), length)
    };
    let (whole, after) = der.split_at_checked(header.checked_add(length)?)?;
    Some((Element { whole, content: &whole[header..] }, after))
}
