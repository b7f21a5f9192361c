//! Public key pins: SHA-256 of the SubjectPublicKeyInfo (RFC 7469), of the server's own
//! certificate only. A pin on another certificate of the chain would prove nothing, since the
//! peer chooses what it sends there.

use core::fmt::{self, Write as _};

use crate::engine::error::{Error, Escaped, Kind};

/// A pin.
pub(super) type Pin = [u8; 32];

/// A pin from text: 64 hexadecimal digits, or base64, which `sha256/` or `sha256//` may precede.
pub(super) fn parse(text: &str) -> Result<Pin, Error> {
    // A slash after the prefix may also be the first digit: the length tells.
    let forms = [Some(text), text.strip_prefix("sha256/"), text.strip_prefix("sha256//")];
    let pin = hex(text).or_else(|| forms.into_iter().flatten().find_map(base64));
    pin.ok_or_else(|| {
        Error::format(
            Kind::TlsConfig,
            format_args!(
                "{} is not a SHA-256 pin: expected 64 hexadecimal digits or sha256/BASE64",
                Escaped(text.as_bytes())
            ),
        )
    })
}

/// A pin as `sha256/BASE64`.
pub(super) struct Shown<'a>(pub(super) &'a Pin);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256/")?;
        for group in self.0.chunks(3) {
            let word = group.iter().fold(0, |word, &byte| word << 8 | u32::from(byte));
            let word = word << (8 * (3 - group.len()));
            for place in 0..=group.len() {
                f.write_char(char::from(ALPHABET[(word >> (18 - 6 * place)) as usize & 63]))?;
            }
        }
        f.write_char('=')
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn hex(text: &str) -> Option<Pin> {
    let mut pin = [0; 32];
    // from_str_radix would take a sign.
    if text.len() != 64 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, digits) in pin.iter_mut().zip(text.as_bytes().chunks(2)) {
        let digits = core::str::from_utf8(digits).ok()?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(pin)
}

/// 32 bytes are 43 digits of base64 and one '='; the last digit's two low bits are zero.
fn base64(text: &str) -> Option<Pin> {
    let digits = text.strip_suffix('=')?.as_bytes();
    let mut pin = [0; 32];
    let (mut word, mut bits, mut out) = (0u32, 0, pin.iter_mut());
    if digits.len() != 43 {
        return None;
    }
    for digit in digits {
        word = word << 6 | ALPHABET.iter().position(|known| known == digit)? as u32;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            *out.next()? = (word >> bits) as u8;
            word &= (1 << bits) - 1;
        }
    }
    (word == 0).then_some(pin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::{String, ToString as _};

    #[test]
    fn every_form_of_a_pin_is_the_same_pin() {
        // In base64 it begins with a slash.
        let pin: Pin = core::array::from_fn(|i| (i * 37 + 255) as u8);
        let text = Shown(&pin).to_string();
        assert!(text.starts_with("sha256//"));
        let mut digits = String::new();
        for byte in pin {
            write!(digits, "{byte:02X}").unwrap();
        }
        for form in
            [text.clone(), text.replacen("sha256/", "sha256//", 1), text[7..].into(), digits]
        {
            assert_eq!(parse(&form).unwrap(), pin, "{form}");
        }
    }

    #[test]
    fn what_is_no_pin_is_refused() {
        let good = Shown(&[7; 32]).to_string();
        for bad in [
            "",
            "sha256/",
            "sha1/AAAA",
            &good[..good.len() - 1],
            &good.replace('=', "A"),
            &good.replace('c', "-"),
            &"+1".repeat(32),
        ] {
            assert_eq!(parse(bad).unwrap_err().kind(), Kind::TlsConfig, "{bad}");
        }
    }
}
