//! The byte classes of RFC 9110 section 5.6 and RFC 9112 that several parts share.

/// A character of a token (`tchar`).
pub const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
}

/// What a field value or reason phrase may contain: HTAB, SP, VCHAR, obs-text.
pub const fn is_text(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}

/// SP or HTAB.
pub const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// What can stand in no request target and no host: blanks and control characters.
pub const fn is_blank_or_control(byte: u8) -> bool {
    byte <= b' ' || byte == 0x7f
}

/// Without the blanks and tabs around it.
pub fn trim(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|&b| !is_blank(b)).unwrap_or(text.len());
    let end = text.iter().rposition(|&b| !is_blank(b)).map_or(start, |last| last + 1);
    &text[start..end]
}

/// A number of 1 to 20 digits and nothing else; `None` also for one beyond 64 bits.
pub fn decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 20 {
        return None;
    }
    text.iter().try_fold(0u64, |number, &digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}
