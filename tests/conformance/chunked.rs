//! Rows 58 to 66: the chunked coding.

use crate::transcript::{End, cut, kept, refused};
use httpclient::engine::error::Kind;

fn chunked(body: &[u8]) -> Vec<u8> {
    [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", body].concat()
}

/// The first chunk, "good", is had; what follows is refused at once.
#[track_caller]
fn bad(rest: &[u8]) {
    let bytes = chunked(&[b"4\r\ngood\r\n", rest].concat());
    let outcome = cut(&bytes, End::Silence, b"good", Kind::IncompleteRead);
    assert_eq!(outcome.counts, (4, None));
}

#[test]
fn row_58_blanks_before_an_extension() {
    for line in ["5 ;a=b", "5\t;a", "5 \t ; a = \"b\"", "5;", "5;a;b", "5 ", "5\t"] {
        let bytes = chunked(format!("{line}\r\nhello\r\n0 ;last\r\n\r\n").as_bytes());
        kept(&bytes, 200, b"hello");
    }
}

#[test]
fn row_59_only_crlf_after_the_size() {
    bad(b"5\nhello\r\n0\r\n\r\n");
    bad(b"5;a\nhello\r\n0\r\n\r\n");
    bad(b"5\r\r\nhello\r\n0\r\n\r\n");
    bad(b"5\rhello\r\n0\r\n\r\n");
    bad(b"0\n\r\n");
}

#[test]
fn row_60_only_hex_digits() {
    for size in ["0x5", "+5", "-5", "0_5", " 5", "5x", "5 5", "g", "", " ", ";a", "5h", "\"5\""] {
        bad(format!("{size}\r\nhello\r\n0\r\n\r\n").as_bytes());
    }
    kept(
        &chunked(b"A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n"),
        200,
        b"01234567890123456789",
    );
}

#[test]
fn row_61_sizes_cannot_overflow() {
    bad(b"10000000000000005\r\nhello\r\n0\r\n\r\n");
    bad(b"ffffffffffffffff5\r\nhello\r\n0\r\n\r\n");
    bad(format!("{}5\r\nhello", "1".repeat(1000)).as_bytes());
    // The largest one is believed, and costs nothing.
    let largest = chunked(b"ffffffffffffffff\r\nhello");
    cut(&largest, End::Close, b"hello", Kind::IncompleteRead);
    kept(&chunked(b"00000000000000000000005\r\nhello\r\n0000\r\n\r\n"), 200, b"hello");
}

#[test]
fn row_62_crlf_after_the_data_is_checked() {
    for bad in [&b"XX"[..], b"X\n", b"\n", b"\n\n", b"\rX", b"\n\r", b"0\r\n\r\n", b"lo\r\n"] {
        let bytes = chunked(&[b"5\r\nhello", bad, b"0\r\n\r\n"].concat());
        cut(&bytes, End::Silence, b"hello", Kind::IncompleteRead);
    }
}

#[test]
fn row_63_an_unfinished_last_chunk_is_incomplete() {
    for rest in ["", "0", "0\r", "0\r\n", "0\r\n\r", "0\r\nT: v\r\n", "0\r\nT: v\r\n\r"] {
        let bytes = chunked(format!("5\r\nhello\r\n{rest}").as_bytes());
        cut(&bytes, End::Close, b"hello", Kind::IncompleteRead);
    }
}

#[test]
fn row_64_trailers_are_parsed() {
    let outcome =
        kept(&chunked(b"5\r\nhello\r\n0\r\nDigest: x\r\nA:\r\na: b\r\n c\r\n\r\n"), 200, b"hello");
    let trailers: Vec<_> = outcome.trailers.iter().map(|(n, v)| (&n[..], &v[..])).collect();
    assert_eq!(trailers, [("Digest", "x"), ("A", ""), ("a", "b   c")]);
    for line in ["no colon", "A : b", ": b", "A: b\rc", "A: \0", " A: b"] {
        let bytes = chunked(format!("5\r\nhello\r\n0\r\n{line}\r\n\r\n").as_bytes());
        cut(&bytes, End::Silence, b"hello", Kind::BadHeader);
    }
}

#[test]
fn row_65_trailers_are_never_merged_into_the_headers() {
    let trailer =
        "Content-Length: 3\r\nTransfer-Encoding: x\r\nConnection: close\r\nSet-Cookie: a=b";
    let bytes = chunked(format!("5\r\nhello\r\n0\r\n{trailer}\r\n\r\n").as_bytes());
    let outcome = kept(&bytes, 200, b"hello");
    assert_eq!(outcome.fields, [("Transfer-Encoding".into(), "chunked".into())]);
    assert_eq!(outcome.trailers.len(), 4);
    assert_eq!(outcome.trailers[3], ("Set-Cookie".into(), "a=b".into()));
}

#[test]
fn row_66_no_line_break_inside_an_extension() {
    bad(b"5;a\nb\r\nhello\r\n0\r\n\r\n");
    bad(b"5;a\rb\r\nhello\r\n0\r\n\r\n");
    bad(b"5;a=\"\r\n 5\r\nhello\r\n0\r\n\r\n".strip_prefix(b"5;a=\"\r\n").unwrap());
    bad(b"5;a\0\r\nhello\r\n0\r\n\r\n");
    // A quoted string does not go on over the line: the data begin here.
    kept(&chunked(b"2;a=\"\r\n5\"\r\n0\r\n\r\n"), 200, b"5\"");
    refused(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked;a=b\r\n\r\n",
        Kind::UnknownTransferEncoding,
    );
}
