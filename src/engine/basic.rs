//! The Basic authentication scheme (RFC 7617).

use super::error::{Error, Kind, error};

/// The value of an Authorization field.
///
/// Base64 (RFC 4648 section 4) is written here: that is smaller than a crate for it, and leaves no copy of a
/// password behind.
///
/// # Errors
/// `Kind::Value` for a control character, and for a `:` in the user, who would end there.
pub fn authorization(
    user: impl Iterator<Item = u8> + Clone,
    password: impl Iterator<Item = u8> + Clone,
) -> Result<impl Iterator<Item = u8> + Clone, Error> {
    if user.clone().any(|b| b == b':') {
        return Err(error!(Kind::Value, "a user cannot have a colon"));
    }
    if user.clone().chain(password.clone()).any(|b| b.is_ascii_control()) {
        return Err(error!(Kind::Value, "a user or password cannot have control characters"));
    }
    let credentials = user.chain([b':']).chain(password);
    Ok(b"Basic ".iter().copied().chain(Base64 { bytes: credentials, group: [0; 4], given: 4 }))
}

/// Bytes as Base64: four characters for three of them.
#[derive(Clone)]
struct Base64<I> {
    bytes: I,
    group: [u8; 4],
    /// How many of the group were given.
    given: usize,
}

impl<I: Iterator<Item = u8>> Iterator for Base64<I> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        if self.given == self.group.len() {
            let first = self.bytes.next()?;
            self.group = group(first, self.bytes.next(), self.bytes.next());
            self.given = 0;
        }
        let character = self.group[self.given];
        self.given += 1;
        Some(character)
    }
}

/// The characters of up to three bytes.
fn group(first: u8, second: Option<u8>, third: Option<u8>) -> [u8; 4] {
    let (b, c) = (second.unwrap_or_default(), third.unwrap_or_default());
    [
        character(first >> 2),
        character((first << 4 | b >> 4) & 63),
        if second.is_some() { character((b << 2 | c >> 6) & 63) } else { b'=' },
        if third.is_some() { character(c & 63) } else { b'=' },
    ]
}

/// The character of six bits.
const fn character(bits: u8) -> u8 {
    match bits {
        0..26 => b'A' + bits,
        26..52 => b'a' - 26 + bits,
        52..62 => bits - 52 + b'0',
        62 => b'+',
        _ => b'/',
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    fn value(user: &[u8], password: &[u8]) -> Option<String> {
        let value = authorization(user.iter().copied(), password.iter().copied()).ok()?;
        String::from_utf8(value.collect()).ok()
    }

    #[test]
    fn the_examples_of_the_rfc() {
        // RFC 7617 sections 2 and 2.1.
        let wanted = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
        assert_eq!(value(b"Aladdin", b"open sesame").unwrap(), wanted);
        assert_eq!(value(b"test", "123\u{a3}".as_bytes()).unwrap(), "Basic dGVzdDoxMjPCow==");
    }

    #[test]
    fn every_character_and_length() {
        // By Python's base64.b64encode().
        let all: [u8; 64] = core::array::from_fn(|at| at as u8);
        let text: String = all.map(|bits| char::from(character(bits))).iter().collect();
        assert_eq!(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
        for (user, password, wanted) in [
            (&b""[..], &b""[..], "Basic Og=="),
            (b"a", b"", "Basic YTo="),
            (b"a", b"b", "Basic YTpi"),
            (b"a", b":b", "Basic YTo6Yg=="),
            (b"\xff\xfe", b"\x80", "Basic //46gA=="),
            (b"\xfb\xef", b" ~", "Basic ++86IH4="),
        ] {
            assert_eq!(value(user, password).unwrap(), wanted);
        }
    }

    #[test]
    fn what_would_end_early_is_refused() {
        for byte in 0..=u8::MAX {
            let text = [b'a', byte, b'b'];
            let control = byte < b' ' || byte == 0x7f;
            assert_eq!(value(&text, b"x").is_none(), control || byte == b':', "{byte}");
            assert_eq!(value(b"x", &text).is_none(), control, "{byte}");
        }
    }
}
