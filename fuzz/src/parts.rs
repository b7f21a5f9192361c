//! Parts of messages, beside what others make of them.

use super::beside::{
    by_a_browser, by_another_parser, by_decoder, by_httparse, by_us, byte_by_byte,
    resolved_by_another_parser, shown,
};
use super::number;
use httpclient::engine::percent::{Encoding, decode, encode};
use httpclient::engine::reference::{Unresolved, resolve};
use httpclient::engine::repair::repair;
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
    escapes(data);
    for base in ["http://a/b/c/d;p?q", "https://u@h:8"] {
        reference(base, data);
    }
}

/// What is encoded is a part of a URL and decodes to what it was; what decodes at all does so in a URL, too.
fn escapes(data: &[u8]) {
    for encoding in [Encoding::Component, Encoding::Path, Encoding::Form] {
        let encoded: Vec<u8> = encode(data, encoding).collect();
        parse(&[b"http://h/?", &encoded[..]].concat()).unwrap();
        let decoded: Vec<u8> = decode(&encoded, encoding).unwrap().collect();
        assert_eq!(decoded, data);
    }
    let strict = parse(&[b"http://h/", data].concat()).is_ok();
    assert!(!strict || decode(data, Encoding::Path).is_ok());
}

/// A reference: resolved as fluent-uri does it, and repaired so that it needs no more repair, as browsers read it.
fn reference(base: &str, data: &[u8]) {
    let text = std::str::from_utf8(data).ok();
    let resolved = match resolve(base.as_bytes(), data) {
        Ok(url) => Some(String::from_utf8(url.data().to_vec()).unwrap()),
        Err(Unresolved::Reference(fault)) => {
            assert!(fault.offset <= data.len());
            None
        }
        Err(other) => panic!("{other:?}"),
    };
    let theirs = text.and_then(|text| resolved_by_another_parser(base, text, resolved.clone()));
    assert_eq!(resolved, theirs);

    let Ok(repaired) = repair(Some(base.as_bytes()), data) else { return };
    let repaired = repaired.data();
    parse(repaired).unwrap();
    assert_eq!(repair(None, repaired).unwrap().data(), repaired);
    // What hosts there are beyond ASCII is the same crate's affair. And url 2.5.8 takes "/c:" for a drive of Windows,
    // in http, too, and never leaves it by "..".
    let is_drive = |part: &[u8]| b"/\\".contains(&part[0]) && b":|".contains(&part[2]);
    let asked = data.is_ascii() && !data.windows(3).any(is_drive);
    if let Some(text) = text.filter(|_| asked) {
        let url = std::str::from_utf8(repaired).unwrap();
        assert_eq!(by_a_browser(None, url), by_a_browser(Some(base), text));
    }
}
