//! What a certificate says that its key is for: the extension extendedKeyUsage (RFC 5280, section 4.2.1.12).

use core::fmt;

use super::der::{self, Fields};
use super::oid::{Named, Oid};

const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 29, 37];
const SERVER: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];

/// The purposes of a certificate, if it names some and a server is not among them.
pub(super) fn without_server<'a>(fields: &Fields<'a>) -> Option<Purposes<'a>> {
    let list = der::content(fields.extension(EXTENDED_KEY_USAGE)?)?;
    let serves = der::elements(list).any(|purpose| purpose.content == SERVER);
    if serves { None } else { Some(Purposes(list)) }
}

/// A list of purposes: "client authentication (1.3.6.1.5.5.7.3.2), ...".
pub(super) struct Purposes<'a>(&'a [u8]);

impl fmt::Display for Purposes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Of more than a few the number says as much.
        const MOST: usize = 5;
        if self.0.is_empty() {
            return f.write_str("nothing at all");
        }
        for (place, purpose) in der::elements(self.0).take(MOST).enumerate() {
            let comma = if place > 0 { ", " } else { "" };
            write!(f, "{comma}{}", Named(Oid(purpose.content), NAMES))?;
        }
        match der::elements(self.0).count().saturating_sub(MOST) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

const NAMES: &[(&[u8], &str)] = &[
    (&[0x55, 29, 37, 0], "any purpose, which is none in particular"),
    (SERVER, "server authentication"),
    (&[0x2b, 6, 1, 5, 5, 7, 3, 2], "client authentication"),
    (&[0x2b, 6, 1, 5, 5, 7, 3, 3], "code signing"),
    (&[0x2b, 6, 1, 5, 5, 7, 3, 4], "e-mail protection"),
    (&[0x2b, 6, 1, 5, 5, 7, 3, 5], "IPsec end system"),
    (&[0x2b, 6, 1, 5, 5, 7, 3, 6], "IPsec tunnel"),
    (&[0x2b, 6, 1, 5, 5, 7, 3, 7], "IPsec user"),
    (&[0x2b, 6, 1, 5, 5, 7, 3, 8], "time stamping"),
    (&[0x2b, 6, 1, 5, 5, 7, 3, 9], "OCSP signing"),
    (&[0x2b, 6, 1, 5, 5, 7, 3, 17], "IKE for IPsec"),
    (&[0x2b, 6, 1, 5, 2, 3, 4], "Kerberos clients"),
    (&[0x2b, 6, 1, 5, 2, 3, 5], "Kerberos key distribution"),
    (&[0x2b, 6, 1, 4, 1, 0x82, 0x37, 10, 3, 3], "Microsoft server gated crypto"),
    (&[0x2b, 6, 1, 4, 1, 0x82, 0x37, 10, 3, 4], "Microsoft encrypted files"),
    (&[0x2b, 6, 1, 4, 1, 0x82, 0x37, 20, 2, 2], "Microsoft smart card logon"),
    (&[0x2b, 6, 1, 4, 1, 0x82, 0x37, 54, 1, 2], "Microsoft remote desktop"),
    (&[0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 4, 1], "Netscape server gated crypto"),
];
