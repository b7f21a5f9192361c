//! Rows 34 to 43: fields that we read.

use crate::transcript::{End, Transcript, kept, not_kept, refused};
use httpclient::engine::error::Kind;

/// A response with these lines before a body of 5 bytes.
fn response(lines: &[u8]) -> Vec<u8> {
    [b"HTTP/1.1 200 OK\r\n", lines, b"Content-Length: 5\r\n\r\nhello"].concat()
}

/// The line, terminator apart, is refused and shown, first or between good ones.
#[track_caller]
fn bad(line: &[u8]) {
    let first = [line, b"\r\n"].concat();
    let between = [b"A: b\r\n", line, b"\r\n"].concat();
    for lines in [first, between] {
        assert_eq!(refused(&response(&lines), Kind::BadHeader).line, line);
    }
    let last = [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", line, b"\r\n\r\nhello"].concat();
    assert_eq!(refused(&last, Kind::BadHeader).line, line);
}

#[test]
fn row_34_folds_are_undone_before_anything_is_evaluated() {
    let outcome = kept(&response(b"A: b\r\n c\r\n\td\r\nE: f\n g\r\n"), 200, b"hello");
    let fields: Vec<_> = outcome.fields.iter().map(|(n, v)| (&n[..], &v[..])).collect();
    assert_eq!(fields, [("A", "b   c  \td"), ("E", "f  g"), ("Content-Length", "5")]);

    // The length stands in the fold, or what looks like one is only a fold.
    kept(b"HTTP/1.1 200 OK\r\nContent-Length:\r\n 5\r\n\r\nhello", 200, b"hello");
    kept(
        b"HTTP/1.1 200 OK\r\nA: b\r\n Content-Length: 3\r\nContent-Length: 5\r\n\r\nhello",
        200,
        b"hello",
    );
    refused(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n 5\r\n\r\nhello", Kind::BadFraming);
    let chunks =
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    kept(chunks, 200, b"hello");
    not_kept(&response(b"Connection: keep-alive,\r\n\tclose\r\n"), End::Silence, 200, b"hello");
}

#[test]
fn row_35_no_blank_before_the_first_field() {
    for line in [&b" A: b"[..], b"\tA: b", b"  ", b" Content-Length: 5", b" "] {
        let bytes = response(&[line, b"\r\n"].concat());
        assert_eq!(refused(&bytes, Kind::BadHeader).status, 0);
    }
}

#[test]
fn row_36_no_blank_before_the_colon() {
    bad(b"A : b");
    bad(b"A\t: b");
    bad(b"Transfer-Encoding : chunked");
    bad(b"Content-Length : 3");
}

#[test]
fn row_37_a_bare_cr_is_refused() {
    bad(b"A: b\rc");
    bad(b"A: b\rContent-Length: 3");
    bad(b"A\r: b");
    bad(b"A: b\r");
    bad(b"\rA: b");
}

#[test]
fn row_38_nul_is_refused() {
    bad(b"A: b\0c");
    bad(b"A: \0");
    bad(b"A\0: b");
    bad(b"\0");
}

#[test]
fn row_39_an_empty_name_is_refused() {
    bad(b": b");
    bad(b":");
    bad(b":A: b");
}

#[test]
fn row_40_a_name_that_is_no_token_is_refused() {
    for byte in
        (0..=255u8).filter(|b| !b.is_ascii_alphanumeric() && !b"!#$%&'*+-.^_`|~:\n\r".contains(b))
    {
        let line = [b"A", &[byte][..], b"B: c"].concat();
        assert_eq!(refused(&response(&[&line[..], b"\r\n"].concat()), Kind::BadHeader).line, line);
    }
    let outcome = kept(&response(b"!#$%&'*+-.^_`|~09azAZ: b\r\n"), 200, b"hello");
    assert_eq!(outcome.fields[0].0, "!#$%&'*+-.^_`|~09azAZ");
}

#[test]
fn row_41_a_line_without_a_colon_is_refused() {
    bad(b"no colon");
    bad(b"Content-Length");
    bad(b"From somebody");
    bad(b"HTTP/1.1 200 OK");
}

#[test]
fn row_42_cr_lf_cr_does_not_end_the_head() {
    refused(
        b"HTTP/1.1 200 OK\r\nA: b\r\n\rX: y\r\nContent-Length: 5\r\n\r\nhello",
        Kind::BadHeader,
    );
    refused(b"HTTP/1.1 200 OK\r\n\rX\r\n\r\n", Kind::BadHeader);
    refused(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\r\n\r\nhello", Kind::BadHeader);
    // Until the real end there is no head at all.
    let outcome = Transcript::new(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\rX").run();
    assert_eq!(outcome.error, Some(Kind::Timeout));
}

#[test]
fn row_43_the_number_of_fields_is_a_setting() {
    // The blank line counts, as in http.client.
    let with = |count: usize| {
        let lines: String = (1..count).map(|n| format!("A{n}: b\r\n")).collect();
        response(lines.as_bytes())
    };
    assert_eq!(kept(&with(1_000), 200, b"hello").fields.len(), 1_000);
    refused(&with(1_001), Kind::TooManyHeaders);

    let bytes = with(300);
    let mut transcript = Transcript::new(&bytes);
    transcript.settings.head_limits.lines = 301;
    let outcome = transcript.run();
    assert_eq!((outcome.result(), outcome.fields.len()), (Ok((200, &b"hello"[..])), 300));
    transcript.settings.head_limits.lines = 300;
    assert_eq!(transcript.run().error, Some(Kind::TooManyHeaders));
}
