//! The few fields of a certificate that rustls does not show: issuer, validity, subject and public key.
//!
//! Only a walk over X.509's outer structure (RFC 5280, section 4.1): nothing is verified here.

/// Parts of a certificate, each as its complete DER element.
pub(super) struct Fields<'a> {
    pub(super) issuer: &'a [u8],
    pub(super) validity: &'a [u8],
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
    let validity = next(&mut rest)?;
    let subject = next(&mut rest)?;
    let spki = next(&mut rest)?;
    Some(Fields { issuer, validity, subject, spki })
}

/// What a name (RFC 5280, section 4.1.2.4) calls whom it is for: the common name, or else the
/// organisation.
pub(super) fn called(name: &[u8]) -> Option<&[u8]> {
    attribute(name, COMMON_NAME).or_else(|| attribute(name, ORGANISATION))
}

/// The value of the first attribute of this type, as it is encoded: in ASCII or UTF-8, by and large.
fn attribute<'a>(name: &'a [u8], kind: &[u8]) -> Option<&'a [u8]> {
    let mut sets = element(name)?.0.content;
    while !sets.is_empty() {
        let (set, after) = element(sets)?;
        let mut attributes = set.content;
        while !attributes.is_empty() {
            let (attribute, after) = element(attributes)?;
            let (found, value) = element(attribute.content)?;
            if found.whole == kind {
                return Some(element(value)?.0.content);
            }
            attributes = after;
        }
        sets = after;
    }
    None
}

/// Object identifiers: 2.5.4.3 and 2.5.4.10.
const COMMON_NAME: &[u8] = &[6, 3, 0x55, 4, 3];
const ORGANISATION: &[u8] = &[6, 3, 0x55, 4, 10];

/// The content of the first and of the second of two times of a validity, such as `300101000000Z`.
pub(super) fn times(validity: &[u8]) -> Option<[&[u8]; 2]> {
    let (from, after) = element(element(validity)?.0.content)?;
    Some([from.content, element(after)?.0.content])
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
