//! The few fields of a certificate that rustls does not show: its names, validity, public key, the algorithm that
//! signed it, and its extensions.
//!
//! Only a walk over X.509's outer structure (RFC 5280, section 4.1): nothing is verified here.

/// Parts of a certificate, each as its complete DER element but the last.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    /// Empty in version 1.
    version: &'a [u8],
    pub(super) signature: &'a [u8],
    pub(super) issuer: &'a [u8],
    pub(super) validity: &'a [u8],
    pub(super) subject: &'a [u8],
    pub(super) spki: &'a [u8],
    /// What is behind the public key.
    rest: &'a [u8],
}

/// The fields of a certificate, or none if it has not a certificate's structure.
pub(super) fn fields(certificate: &[u8]) -> Option<Fields<'_>> {
    let (outer, _) = element(certificate).filter(|(_, after)| after.is_empty())?;
    let (tbs, _) = element(outer.content)?;
    let mut rest = tbs.content;
    let mut version = &[][..];
    if rest.first() == Some(&VERSION) {
        version = next(&mut rest)?;
    }
    next(&mut rest)?; // serialNumber
    let signature = next(&mut rest)?;
    let issuer = next(&mut rest)?;
    let validity = next(&mut rest)?;
    let subject = next(&mut rest)?;
    let spki = next(&mut rest)?;
    Some(Fields { version, signature, issuer, validity, subject, spki, rest })
}

/// An extension of a certificate.
pub(super) struct Extension<'a> {
    /// Its object identifier, without tag and length.
    pub(super) id: &'a [u8],
    pub(super) critical: bool,
    pub(super) value: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Whether it is of version 3, which is the third and so called 2.
    pub(super) fn is_version_3(&self) -> bool {
        content(self.version) == Some(&[INTEGER, 1, 2])
    }

    /// The extensions, as far as they can be read.
    pub(super) fn extensions(&self) -> impl Iterator<Item = Extension<'a>> + use<'a> {
        let wrapped = elements(self.rest).find(|part| part.tag() == EXTENSIONS);
        let list = wrapped.and_then(|wrapped| content(wrapped.content)).unwrap_or_default();
        elements(list).filter_map(|extension| {
            let mut parts = elements(extension.content);
            let id = parts.next()?.content;
            let mut value = parts.next()?;
            let critical = value.tag() == BOOLEAN && value.content != [0];
            if value.tag() == BOOLEAN {
                value = parts.next()?;
            }
            Some(Extension { id, critical, value: value.content })
        })
    }

    /// The value of one extension.
    pub(super) fn extension(&self, id: &[u8]) -> Option<&'a [u8]> {
        self.extensions().find(|extension| extension.id == id).map(|extension| extension.value)
    }

    /// Whether it says that its holder is an authority.
    pub(super) fn is_authority(&self) -> bool {
        let constraints = self.extension(BASIC_CONSTRAINTS).and_then(content).unwrap_or_default();
        elements(constraints)
            .next()
            .is_some_and(|part| part.tag() == BOOLEAN && part.content != [0])
    }

    /// Whether its key may sign certificates: all that have no extension about that may.
    pub(super) fn may_sign_certificates(&self) -> bool {
        /// The sixth bit of a BIT STRING, behind the number of its unused bits.
        const KEY_CERT_SIGN: u8 = 0x04;
        let Some(usage) = self.extension(KEY_USAGE) else { return true };
        let bits = element(usage).map(|(bits, _)| bits.content);
        bits.and_then(|bits| bits.get(1)).is_some_and(|byte| byte & KEY_CERT_SIGN != 0)
    }
}

/// What a name (RFC 5280, section 4.1.2.4) calls whom it is for: the common name, or else the
/// organisation. The name is as its element, or without tag and length.
pub(super) fn called(name: &[u8]) -> Option<&[u8]> {
    let sets = content(name).filter(|_| name.first() == Some(&SEQUENCE)).unwrap_or(name);
    attribute(sets, COMMON_NAME).or_else(|| attribute(sets, ORGANISATION))
}

/// The value of the first attribute of this type, as it is encoded: in ASCII or UTF-8, by and large.
fn attribute<'a>(sets: &'a [u8], kind: &[u8]) -> Option<&'a [u8]> {
    let attributes = elements(sets).flat_map(|set| elements(set.content));
    let mut values = attributes.filter_map(|attribute| {
        let (found, value) = element(attribute.content)?;
        if found.content == kind { content(value) } else { None }
    });
    values.next()
}

/// Object identifiers: 2.5.4.3 and 2.5.4.10.
const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const ORGANISATION: &[u8] = &[0x55, 4, 10];

/// The extensions basicConstraints and keyUsage: 2.5.29.19 and 2.5.29.15.
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 29, 19];
const KEY_USAGE: &[u8] = &[0x55, 29, 15];

/// Whether this is one element and nothing else.
pub(super) fn is_one_element(der: &[u8]) -> bool {
    element(der).is_some_and(|(_, after)| after.is_empty())
}

/// The context tag of the optional version field.
const VERSION: u8 = 0xa0;
/// That of the extensions.
const EXTENSIONS: u8 = 0xa3;
const BOOLEAN: u8 = 1;
const INTEGER: u8 = 2;
pub(super) const SEQUENCE: u8 = 0x30;

/// An element.
#[derive(Clone, Copy)]
pub(super) struct Element<'a> {
    whole: &'a [u8],
    pub(super) content: &'a [u8],
}

impl Element<'_> {
    /// Its first byte.
    pub(super) fn tag(&self) -> u8 {
        self.whole.first().copied().unwrap_or_default()
    }
}

/// The elements of a list one after the other, up to the first that cannot be read.
pub(super) fn elements(mut list: &[u8]) -> impl Iterator<Item = Element<'_>> {
    core::iter::from_fn(move || {
        let (found, after) = element(list)?;
        list = after;
        Some(found)
    })
}

/// The content of the first element.
pub(super) fn content(der: &[u8]) -> Option<&[u8]> {
    element(der).map(|(found, _)| found.content)
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
