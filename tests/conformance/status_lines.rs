//! Rows 25 to 33: status lines that we read.

use crate::transcript::{End, Transcript, kept, refused};
use httpclient::engine::error::Kind;

/// A response of no content that begins with this line.
fn response(line: &[u8]) -> Vec<u8> {
    [line, b"\r\nContent-Length: 0\r\n\r\n"].concat()
}

/// The line is refused as soon as it is there, and is what the error shows.
#[track_caller]
fn bad(line: &[u8]) {
    let outcome = refused(&response(line), Kind::BadStatusLine);
    assert_eq!(outcome.line, [line, b"\r\n"].concat());
    assert_eq!(refused(&[line, b"\r\n"].concat(), Kind::BadStatusLine).line, outcome.line);
}

#[test]
fn row_25_exactly_three_digits() {
    for code in
        ["2", "20", "2000", "0200", "+20", "-20", "2_0", "2x0", "20x", "0x1", "2.0", "\u{b2}00"]
    {
        bad(format!("HTTP/1.1 {code} OK").as_bytes());
    }
    bad(b"HTTP/1.1");
    bad(b"HTTP/1.1 ");
    bad(b"HTTP/1.1  OK");
    assert_eq!(kept(&response(b"HTTP/1.1 999 OK"), 999, b"").reason, "OK");
}

#[test]
fn row_26_no_code_under_100() {
    for code in ["000", "001", "020", "099"] {
        bad(format!("HTTP/1.1 {code} OK").as_bytes());
    }
}

#[test]
fn row_27_http_is_case_sensitive() {
    for name in ["http", "Http", "HTtP", "HTTPS", "ICY", "HTT"] {
        bad(format!("{name}/1.1 200 OK").as_bytes());
    }
    bad(b"HTTP 1.1 200 OK");
    bad(b"HTTP 200 OK");
}

#[test]
fn row_28_another_major_version_is_refused() {
    for version in
        ["2.0", "2", "0.9", "3.0", "11.1", "01.1", "1", "1.", "1.x", "1.10", "1,1", "1.1.1", ""]
    {
        let line = format!("HTTP/{version} 200 OK");
        let outcome = refused(&response(line.as_bytes()), Kind::UnknownProtocol);
        assert_eq!(outcome.line, format!("HTTP/{version}").as_bytes());
    }
}

#[test]
fn row_29_a_later_minor_version_is_1_1() {
    for minor in 1..=9 {
        assert_eq!(
            kept(&response(format!("HTTP/1.{minor} 200 OK").as_bytes()), 200, b"").version,
            11
        );
    }
}

#[test]
fn row_30_a_bare_cr_is_refused() {
    bad(b"HTTP/1.1 200 O\rK");
    bad(b"HTTP/1.1 200 OK\r");
    bad(b"HTTP/1.1 200\rOK");
    bad(b"HTTP/1.1\r200 OK");
    bad(b"\rHTTP/1.1 200 OK");
    bad(b"HTTP/1.1 200 OK\rContent-Length: 5");
}

#[test]
fn row_31_controls_in_the_reason_are_refused() {
    for byte in (0..=31u8).chain([127]).filter(|byte| !b"\t\n\r".contains(byte)) {
        bad(&[b"HTTP/1.1 200 O", &[byte][..], b"K"].concat());
    }
    let latin = kept(&response(b"HTTP/1.1 200 \xe7a\tva"), 200, b"");
    assert_eq!(latin.reason, "\u{e7}a\tva");
}

#[test]
fn row_32_a_missing_reason_is_tolerated() {
    for line in [&b"HTTP/1.1 200"[..], b"HTTP/1.1 200 ", b"HTTP/1.1 200  "] {
        assert_eq!(kept(&response(line), 200, b"").reason, "");
    }
}

#[test]
fn row_33_an_end_inside_the_head_is_incomplete() {
    let whole = b"HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 0\r\n\r\n";
    for len in 1..whole.len() {
        let outcome = Transcript::new(&whole[..len]).end(End::Close).run();
        assert_eq!(outcome.error, Some(Kind::IncompleteRead), "{len} bytes");
        assert_eq!((outcome.status, outcome.counts), (0, (len as u64, None)));
    }
    let outcome = Transcript::new(b"").end(End::Close).run();
    assert_eq!(outcome.error, Some(Kind::RemoteDisconnected));
    let interim = Transcript::new(b"HTTP/1.1 100 Continue\r\n\r\n").end(End::Close).run();
    assert_eq!(interim.error, Some(Kind::RemoteDisconnected));
    let garbage = Transcript::new(b"220 smtp.test").end(End::Close).run();
    assert_eq!(
        (garbage.error, &garbage.line[..]),
        (Some(Kind::BadStatusLine), &b"220 smtp.test"[..])
    );
}
