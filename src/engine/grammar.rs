//! The byte classes of RFC 9110 section 5.6 and RFC 9112 that several parts share.

use core::mem::size_of;

/// A character of a token (`tchar`).
pub const fn is_token(byte: u8) -> bool {
    TOKEN[byte as usize]
}

static TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < table.len() {
        table[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let others = b"!#$%&'*+-.^_`|~";
    let mut index = 0;
    while index < others.len() {
        table[others[index] as usize] = true;
        index += 1;
    }
    table
};

/// What stands behind the characters of a token at the front.
pub fn after_token(text: &[u8]) -> &[u8] {
    let usual = |b: u8| b.is_ascii_alphanumeric() | (b == b'-');
    let mut rest = text;
    loop {
        rest = after_run(rest, usual);
        // What is none of these may be of a token all the same.
        match rest {
            [byte, behind @ ..] if is_token(*byte) => rest = behind,
            _ => return rest,
        }
    }
}

/// What stands behind the text ([`is_text`]) at the front.
pub fn after_text(text: &[u8]) -> &[u8] {
    let visible = |b: u8| (b >= b' ') & (b != 0x7f);
    let mut rest = text;
    loop {
        rest = after_run(rest, visible);
        // What is none of these may be HTAB.
        match rest {
            [b'\t', behind @ ..] => rest = behind,
            _ => return rest,
        }
    }
}

/// Whether a request target is a path, perhaps with a query, that has nothing in it to be looked at: it begins
/// with a slash, and consists of visible ASCII characters other than `#`.
pub fn is_plain_path(text: &[u8]) -> bool {
    let plain = |b: u8| b.is_ascii_graphic() & (b != b'#');
    text.first() == Some(&b'/') && after_run(text, plain).is_empty()
}

/// What stands behind the bytes of a class at the front. Where there are vector instructions, a class without
/// branches becomes a few of them for a block: in this form, which is to be measured when it is changed.
#[inline]
fn after_run(text: &[u8], within: impl Fn(u8) -> bool) -> &[u8] {
    const BLOCK: usize = size_of::<u128>();
    let mut rest = text;
    if cfg!(any(target_feature = "sse2", target_feature = "neon")) {
        while let Some((block, behind)) = rest.split_first_chunk::<BLOCK>() {
            let mut outside = [0; BLOCK];
            for (outside, byte) in outside.iter_mut().zip(block) {
                *outside = if within(*byte) { 0 } else { 0xff };
            }
            let first = u128::from_le_bytes(outside).trailing_zeros() as usize / 8;
            if first < BLOCK {
                return rest.get(first..).unwrap_or_default();
            }
            rest = behind;
        }
    }
    while let [byte, behind @ ..] = rest {
        if !within(*byte) {
            break;
        }
        rest = behind;
    }
    rest
}

/// What a field value or reason phrase may contain: HTAB, SP, VCHAR, obs-text.
pub const fn is_text(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}

/// A control character that can neither end a line nor a text: none of NUL, CR and LF. HTAB is text.
pub const fn is_control(byte: u8) -> bool {
    (byte < b' ' || byte == 0x7f) && !matches!(byte, 0 | b'\t' | b'\n' | b'\r')
}

/// SP or HTAB.
pub const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// White space as Python has it, in Latin-1.
pub const fn is_space(byte: u8) -> bool {
    matches!(byte, 0x09..=0x0d | 0x1c..=0x20 | 0x85 | 0xa0)
}

/// What can stand in no request target and no host: blanks and control characters.
pub const fn is_blank_or_control(byte: u8) -> bool {
    byte <= b' ' || byte == 0x7f
}

/// Without the blanks and tabs around it.
#[inline]
pub fn trim(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = text {
        text = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

/// Without the bytes of a class around it.
pub fn trim_of(text: &[u8], class: impl Fn(u8) -> bool) -> &[u8] {
    let start = text.iter().position(|&b| !class(b)).unwrap_or(text.len());
    let end = text.iter().rposition(|&b| !class(b)).map_or(start, |last| last + 1);
    &text[start..end]
}

/// A number in digits and nothing else, however many zeros it begins with; `None` also for one beyond 64 bits.
pub fn decimal(mut text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    while text.len() > 20 {
        text = text.strip_prefix(b"0")?;
    }
    // 19 digits are never beyond 64 bits.
    let (sure, last) = text.split_at(text.len().min(19));
    let mut number = 0;
    for digit in sure {
        let value = digit.wrapping_sub(b'0');
        if value > 9 {
            return None;
        }
        number = number * 10 + u64::from(value);
    }
    match last {
        [] => Some(number),
        [digit @ b'0'..=b'9', ..] => number.checked_mul(10)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    }
}

/// Whether a token is this name of at least 8 letters and dashes, in any case: no other character of a token
/// becomes one of these where upper case becomes lower.
pub fn is_name(token: &[u8], name: &[u8]) -> bool {
    let lower = |word: &[u8; 8]| u64::from_le_bytes(*word) | 0x2020_2020_2020_2020;
    let same = |ends: (Option<&[u8; 8]>, Option<&[u8; 8]>)| matches!(ends, (Some(token), Some(name)) if lower(token) == lower(name));
    let middle = |text: &[u8]| text.len().saturating_sub(8).min(8);
    token.len() == name.len()
        && name.len() <= 24
        && same((token.first_chunk(), name.first_chunk()))
        && same((token[middle(token)..].first_chunk(), name[middle(name)..].first_chunk()))
        && same((token.last_chunk(), name.last_chunk()))
}

/// A whole number as Python's int() reads it: white space around it, a sign, single underscores between
/// digits and leading zeros pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integer {
    /// Below zero.
    Negative,
    /// Zero or more.
    Natural(u64),
    /// Beyond 64 bits.
    Large,
}

impl Integer {
    /// What int() takes for a number, for fear of the time that longer ones need.
    const MOST_DIGITS: usize = 4300;

    /// Reads one; the text is Latin-1.
    pub fn of(text: &[u8]) -> Option<Integer> {
        // In a text of ASCII alone, int() knows the white space of C.
        let space =
            if text.is_ascii() { |b: u8| b == 0xb || b.is_ascii_whitespace() } else { is_space };
        let (negative, digits) = match trim_of(text, space) {
            [b'-', digits @ ..] => (true, digits),
            [b'+', digits @ ..] => (false, digits),
            digits => (false, digits),
        };
        if digits.iter().filter(|b| b.is_ascii_digit()).count() > Integer::MOST_DIGITS {
            return None;
        }
        let mut number = Some(0u64);
        for group in digits.split(|&b| b == b'_') {
            if group.is_empty() || !group.iter().all(u8::is_ascii_digit) {
                return None;
            }
            for digit in group {
                let digit = u64::from(digit - b'0');
                number = number.and_then(|n| n.checked_mul(10)?.checked_add(digit));
            }
        }
        Some(match number {
            Some(0) => Integer::Natural(0),
            _ if negative => Integer::Negative,
            Some(number) => Integer::Natural(number),
            None => Integer::Large,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_at_the_front_ends_where_its_class_ends() {
        for byte in 0..=u8::MAX {
            for before in
                [&b""[..], b"\t", b"abc", b"abcdefg", b"abcdefgh", b"a\tcdefghijklmnopqrs"]
            {
                for behind in [&b""[..], b"x", b"\x7f\r\nabcdefghijklm"] {
                    let text = [before, &[byte], behind].concat();
                    let first = |class: fn(u8) -> bool| text.iter().position(|&b| !class(b));
                    let behind = |class| &text[first(class).unwrap_or(text.len())..];
                    assert_eq!(after_text(&text), behind(is_text));
                    assert_eq!(after_token(&text), behind(is_token));
                    let path = [b"/", &text[..]].concat();
                    let plain = path.iter().all(|b| b.is_ascii_graphic() && *b != b'#');
                    assert_eq!(is_plain_path(&path), plain);
                }
            }
        }
    }

    #[test]
    fn names_are_the_same_in_any_case_and_no_others_are() {
        for name in [
            "Connection",
            "Content-Length",
            "Transfer-Encoding",
            "abcdefgh",
            "a-c-e-g-i-k-m-o-q-s-u-wx",
        ] {
            assert!(is_name(name.to_ascii_uppercase().as_bytes(), name.as_bytes()));
            for (at, byte) in
                (0..name.len()).flat_map(|at| (0..=u8::MAX).map(move |byte| (at, byte)))
            {
                let mut other = name.as_bytes().to_vec();
                other[at] = byte;
                let same = other.eq_ignore_ascii_case(name.as_bytes());
                assert_eq!(
                    is_name(&other, name.as_bytes()),
                    same || !is_token(byte) && byte == b'\r' && name.as_bytes()[at] == b'-'
                );
            }
            assert!(!is_name(&name.as_bytes()[1..], name.as_bytes()));
        }
    }

    #[test]
    fn integers_are_read_as_python_reads_them() {
        for (text, integer) in [
            (&b"5"[..], Some(Integer::Natural(5))),
            (b" \t+05 \xa0", Some(Integer::Natural(5))),
            (b"\x0b\x0c\r\n5\t", Some(Integer::Natural(5))),
            (b"\x1c5\x85", Some(Integer::Natural(5))),
            (b"\x1c5", None),
            (b"1_9", Some(Integer::Natural(19))),
            (b"-0", Some(Integer::Natural(0))),
            (b"-1", Some(Integer::Negative)),
            (b"-99999999999999999999", Some(Integer::Negative)),
            (b"18446744073709551615", Some(Integer::Natural(u64::MAX))),
            (b"18446744073709551616", Some(Integer::Large)),
            (b"", None),
            (b" ", None),
            (b"+", None),
            (b"--1", None),
            (b"+ 5", None),
            (b"_5", None),
            (b"5_", None),
            (b"1__9", None),
            (b"5 5", None),
            (b"0x5", None),
            (b"\xb2", None),
        ] {
            assert_eq!(Integer::of(text), integer, "{text:?}");
        }
        assert_eq!(Integer::of(&[b'9'; 4300]), Some(Integer::Large));
        assert_eq!(Integer::of(&[b'0'; 4300]), Some(Integer::Natural(0)));
        assert_eq!(Integer::of(&[b'0'; 4301]), None);
        let grouped = [&b"9_".repeat(4299)[..], b"9"].concat();
        assert_eq!(Integer::of(&grouped), Some(Integer::Large));
    }
}
