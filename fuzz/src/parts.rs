//! Parts of messages, beside what others make of them.

use super::beside::{by_another_parser, by_decoder, by_httparse, by_us, byte_by_byte, shown};
use super::number;
use httpclient::engine::url::parse;

/// A chunked body, which arrives and is taken in parts: as a decoder that goes byte by byte has it.
pub fn chunks(mut data: &[u8]) {
    let mut parts = number(&mut data);
    let below = |bound| {
        parts = parts.wrapping_mul(29).wrapping_add(7);
        parts / 8 % bound
    };
    assert_eq!(by_decoder(data, below), byte_by_byte(data));
}

/// A header block, which arrives in two parts: as httparse has it. That reads no more than 64 fields here.
pub fn fields(mut data: &[u8]) {
    let split = number(&mut data);
    let fields = data.iter().filter(|&&byte| byte == b'\n').count();
    if fields <= 64 {
        assert_eq!(by_us(data, split.min(data.len() + 17)), by_httparse(data));
    }
}

/// A URL: as fluent-uri has it, which knows no bytes beyond ASCII.
pub fn url(data: &[u8]) {
    let ours = parse(data).ok().map(|url| shown(&url));
    match std::str::from_utf8(data) {
        Ok(text) => assert_eq!(ours, by_another_parser(text)),
        Err(_) => assert_eq!(ours, None),
    }
}
