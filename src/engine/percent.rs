//! Percent-encoding (RFC 3986 section 2.1), and that of forms.
//!
//! The crate writes; reading is done here, since it lets a broken escape pass for text.

use super::url::{Fault, NO_DIGITS};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

/// Where the text is to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Within a segment of a path, or a name or value of a query: only unreserved characters (RFC 3986
    /// section 2.3) stay.
    Component,
    /// In a path: `/` stays, too.
    Path,
    /// In a form: as within a query, but for `+` in the place of a blank.
    Form,
}

const COMPONENT: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
static ALL_BUT_UNRESERVED: AsciiSet = COMPONENT;
static ALL_BUT_SLASH: AsciiSet = COMPONENT.remove(b'/');
static ALL_BUT_BLANK: AsciiSet = COMPONENT.remove(b' ');

/// The bytes, encoded.
pub fn encode(bytes: &[u8], encoding: Encoding) -> impl Iterator<Item = u8> + Clone {
    let set = match encoding {
        Encoding::Component => &ALL_BUT_UNRESERVED,
        Encoding::Path => &ALL_BUT_SLASH,
        Encoding::Form => &ALL_BUT_BLANK,
    };
    // A blank is there in a form alone.
    percent_encode(bytes, set).flat_map(str::bytes).map(|b| if b == b' ' { b'+' } else { b })
}

/// What the text stands for; what is no escape stays as it is.
///
/// # Errors
/// Where a `%` has no two hexadecimal digits behind it.
pub fn decode(text: &[u8], encoding: Encoding) -> Result<Decoded<'_>, Fault> {
    let mut at = 0;
    while at < text.len() {
        at += match &text[at..] {
            [b'%', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => 3,
            [b'%', ..] => return Err(Fault { offset: at, message: NO_DIGITS }),
            _ => 1,
        };
    }
    Ok(Decoded { rest: text, form: encoding == Encoding::Form })
}

/// The bytes of a decoded text.
#[derive(Clone, Debug)]
pub struct Decoded<'a> {
    /// Without a broken escape.
    rest: &'a [u8],
    form: bool,
}

impl Iterator for Decoded<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (byte, rest) = match self.rest {
            [b'%', high, low, rest @ ..] => ((digit(*high) << 4) | digit(*low), rest),
            [b'+', rest @ ..] if self.form => (b' ', rest),
            [byte, rest @ ..] => (*byte, rest),
            [] => return None,
        };
        self.rest = rest;
        Some(byte)
    }
}

/// The value of a hexadecimal digit.
fn digit(digit: u8) -> u8 {
    char::from(digit).to_digit(16).unwrap_or_default() as u8
}
