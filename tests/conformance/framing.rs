//! Rows 44 to 57: how a body is delimited.

use crate::transcript::{End, Pace, Transcript, connection, cut, kept, not_kept, refused, request};
use httpclient::client::{Body, Connection, Response};
use httpclient::engine::error::Kind;

/// A response with these lines in its head, and what follows that.
fn response(lines: &str, rest: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\n{lines}\r\n\r\n{rest}").into_bytes()
}

const CHUNKS: &str = "5\r\nhello\r\n0\r\n\r\n";

#[test]
fn row_44_no_body_whatever_the_fields_say() {
    for lines in ["Content-Length: 5", "Transfer-Encoding: chunked", "Content-Length: x", "A: b"] {
        let bytes = response(lines, "");
        let outcome = Transcript::new(&bytes).line("HEAD|/").run();
        assert_eq!((outcome.result(), outcome.reused), (Ok((200, &b""[..])), true), "{lines}");
        for status in [204, 304] {
            let bytes = format!("HTTP/1.1 {status} None\r\n{lines}\r\n\r\n");
            kept(bytes.as_bytes(), status, b"");
        }
    }
    // Methods are case-sensitive: this is not HEAD.
    let bytes = response("Content-Length: 5", "hello");
    assert_eq!(Transcript::new(&bytes).line("head|/").run().body, b"hello");
}

#[test]
fn row_45_a_tunnel_has_no_framing() {
    for lines in ["Content-Length: 3", "Transfer-Encoding: chunked", "Content-Length: x", "A: b"] {
        let bytes = response(lines, "raw bytes");
        let outcome = Transcript::new(&bytes).line("CONNECT|o.test:443").end(End::Close).run();
        assert_eq!((outcome.result(), outcome.reused), (Ok((200, &b"raw bytes"[..])), false));
    }
    // Any success opens it, and nothing else does.
    for (status, tunnel) in [(201, true), (204, true), (299, true), (300, false), (199, false)] {
        let head = format!("HTTP/1.1 {status} X\r\nContent-Length: 3\r\n\r\n");
        let bytes = match status {
            199 => format!("{head}HTTP/1.1 400 No\r\nContent-Length: 3\r\n\r\nraw"),
            _ => format!("{head}raw"),
        };
        let transcript = Transcript::new(bytes.as_bytes()).line("CONNECT|o.test:443");
        let outcome = transcript.end(if tunnel { End::Close } else { End::Silence }).run();
        assert_eq!((outcome.error, &outcome.body[..]), (None, &b"raw"[..]), "{status}");
        assert_eq!((outcome.will_close, outcome.reused), (tunnel, !tunnel), "{status}");
    }
    let refusal = b"HTTP/1.1 407 Who?\r\nContent-Length: 3\r\n\r\nyou";
    let outcome = Transcript::new(refusal).line("CONNECT|o.test:443").run();
    assert_eq!((outcome.result(), outcome.reused), (Ok((407, &b"you"[..])), true));
}

#[test]
fn row_46_equal_lengths_are_one() {
    for lines in [
        "Content-Length: 5, 5",
        "Content-Length: 5\r\ncontent-length: 5",
        "Content-Length: 5 ,\t5\r\nContent-Length: 05",
    ] {
        kept(&response(lines, "hello"), 200, b"hello");
    }
}

#[test]
fn row_47_differing_lengths_are_an_error() {
    for lines in [
        "Content-Length: 5, 6",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 6\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 5\r\nContent-Length: 50",
    ] {
        refused(&response(lines, "hello"), Kind::BadFraming);
    }
}

#[test]
fn row_48_a_length_has_only_digits() {
    for bad in [
        "+5", "-5", "-1", "0x5", "5x", "5 5", "5.0", "0_5", "five", "", ",", "5,", ",5", "\"5\"",
        "5;q=1", "\u{a0}5", "5e0",
    ] {
        refused(&response(&format!("Content-Length: {bad}"), "hello"), Kind::BadFraming);
    }
    kept(&response("Content-Length: \t5 \t", "hello"), 200, b"hello");
}

#[test]
fn row_49_a_length_cannot_overflow() {
    for bad in ["18446744073709551616", "18446744073709551621", "100000000000000000005"] {
        refused(&response(&format!("Content-Length: {bad}"), "hello"), Kind::BadFraming);
    }
    let largest = response("Content-Length: 18446744073709551615", "hello");
    let outcome = cut(&largest, End::Close, b"hello", Kind::IncompleteRead);
    assert_eq!(outcome.counts, (5, Some(u64::MAX - 5)));
}

#[test]
fn row_50_a_short_body_is_never_complete() {
    let outcome =
        cut(&response("Content-Length: 9", "hello"), End::Close, b"hello", Kind::IncompleteRead);
    assert_eq!(outcome.counts, (5, Some(4)));
    let outcome = cut(&response("Content-Length: 9", ""), End::Close, b"", Kind::IncompleteRead);
    assert_eq!(outcome.counts, (0, Some(9)));
    let chunked = response("Transfer-Encoding: chunked", CHUNKS);
    for missing in 1..=CHUNKS.len() {
        let bytes = &chunked[..chunked.len() - missing];
        let expected = b"hello".len().min((CHUNKS.len() - missing).saturating_sub(3));
        let outcome = cut(bytes, End::Close, &b"hello"[..expected], Kind::IncompleteRead);
        assert_eq!(outcome.counts, (expected as u64, None));
    }
}

#[test]
fn row_51_an_unknown_coding_is_never_given_a_length() {
    for bad in
        ["xchunked", "br", "chunkedx", "\"chunked\"", "chunked;q=1", "", ",", "chunked chunked"]
    {
        for lines in [
            format!("Transfer-Encoding: {bad}"),
            format!("Transfer-Encoding: {bad}\r\nContent-Length: 5"),
            format!("Content-Length: 5\r\nTransfer-Encoding: {bad}"),
            format!("Content-Length: 5\r\nTransfer-Encoding: {bad}\r\nTransfer-Encoding: {bad}"),
        ] {
            refused(&response(&lines, "hello"), Kind::UnknownTransferEncoding);
        }
    }
}

#[test]
fn row_52_transfer_encoding_with_length_closes() {
    for lines in [
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Content-Length: x\r\nTransfer-Encoding: chunked",
        "Content-Length: 1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked",
    ] {
        not_kept(&response(lines, CHUNKS), End::Silence, 200, b"hello");
    }
}

#[test]
fn row_53_chunked_that_is_not_final_reads_until_close() {
    for lines in [
        "Transfer-Encoding: chunked, gzip",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: deflate",
        "Transfer-Encoding: gzip\r\nContent-Length: 3",
        "Transfer-Encoding: x-gzip",
        "Transfer-Encoding: Compress",
        "Transfer-Encoding: chunked, x-compress",
    ] {
        not_kept(&response(lines, CHUNKS), End::Close, 200, CHUNKS.as_bytes());
    }
}

#[test]
fn row_54_chunked_after_gzip_frames() {
    for lines in [
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: gzip\r\ntransfer-encoding: Chunked",
        "Transfer-Encoding: , gzip ,\tCHUNKED ,",
        "Transfer-Encoding: deflate, X-Gzip, compress, x-compress, chunked",
    ] {
        kept(&response(lines, CHUNKS), 200, b"hello");
    }
}

#[test]
fn row_55_transfer_encoding_in_http_1_0_closes() {
    let bytes = format!(
        "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n{CHUNKS}"
    );
    assert_eq!(not_kept(bytes.as_bytes(), End::Silence, 200, b"hello").version, 10);
}

#[test]
fn row_56_tls_that_just_ends_is_incomplete() {
    let truncated = End::Fail(Kind::TlsTruncated);
    let outcome = cut(&response("A: b", "hello"), truncated, b"hello", Kind::IncompleteRead);
    assert_eq!(outcome.counts, (5, None));
    cut(&response("Content-Length: 9", "hello"), truncated, b"hello", Kind::IncompleteRead);
    cut(
        &response("Transfer-Encoding: chunked", "5\r\nhello"),
        truncated,
        b"hello",
        Kind::IncompleteRead,
    );
    // What was complete before is complete.
    not_kept(&response("Content-Length: 5", "hello"), truncated, 200, b"hello");
    let head = Transcript::new(b"HTTP/1.1 200 OK\r\nA: b\r\n").end(truncated).run();
    assert_eq!((head.error, head.status), (Some(Kind::TlsTruncated), 0));
}

/// That a TLS session answers finish() with close_notify is shown among the tests of TLS.
#[test]
fn row_57_every_stream_is_said_goodbye_to() {
    type End = fn(&mut Connection, &mut Response);
    let ends: [(&str, End); 3] = [
        ("Content-Length: 0", |connection, _| connection.close()),
        ("Content-Length: 5", |connection, response| response.close(connection)),
        ("Connection: close", |connection, response| response.close(connection)),
    ];
    for (lines, end) in ends {
        let (mut connection, log) = connection(vec![], &response(lines, ""), Pace::Whole);
        request(&mut connection, "/", &[], Body::None).unwrap();
        let mut response = Response::default();
        connection.getresponse(&mut response).unwrap();
        assert_eq!(log.lock().unwrap().finished, 0);
        end(&mut connection, &mut response);
        assert_eq!(log.lock().unwrap().finished, 1, "{lines}");
    }
}
