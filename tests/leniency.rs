//! Rules that can be loosened: each flag takes what it is for and nothing else, says so, and lets no
//! message be taken for another. (Every other transcript is run with all flags set, too: see
//! `Transcript::run`.)
#![cfg(feature = "std")]
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

mod transcript;

use httpclient::client::{Body, Connection, Response};
use httpclient::engine::error::{Error, Kind};
use httpclient::engine::leniency::{Leniency, Rule};
use httpclient::engine::state::Phase;
use transcript::{
    End, Outcome, PROBE_REQUEST, Pace, Peer, Reading, Transcript, check_one_request, connection,
    patiently, request,
};

const OK: &str = "HTTP/1.1 200 OK\r\n";
const FIVE: &str = "Content-Length: 5\r\n\r\nhello";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

fn only(rule: Rule) -> Leniency {
    Leniency::of(rule as u32)
}

fn all_but(rule: Rule) -> Leniency {
    Leniency::of(Leniency::HTTP_CLIENT.allowed() & !(rule as u32))
}

/// Refused by the rule, however loose the others are, and taken by its flag alone; the answer is the
/// same with the preset.
#[track_caller]
fn taken(rule: Rule, refusal: Kind, bytes: impl AsRef<[u8]>, end: End) -> Outcome {
    let transcript = Transcript::new(bytes.as_ref()).end(end);
    let shown = bytes.as_ref().escape_ascii();
    let strict = transcript.run();
    assert_eq!((strict.error, strict.leniencies), (Some(refusal), 0), "{shown}");
    let others = transcript.clone().leniency(all_but(rule)).run();
    assert_eq!(others.error, Some(refusal), "{shown}");
    let outcome = transcript.clone().leniency(only(rule)).run();
    assert_eq!((outcome.error, outcome.leniencies), (None, rule as u32), "{shown}");
    assert_eq!(transcript.leniency(Leniency::HTTP_CLIENT).run(), outcome, "{shown}");
    outcome
}

/// Refused even with every flag set.
#[track_caller]
fn never(bytes: impl AsRef<[u8]>, end: End) {
    let bytes = bytes.as_ref();
    let outcome = Transcript::new(bytes).end(end).leniency(Leniency::HTTP_CLIENT).run();
    assert!(outcome.error.is_some(), "{}: {outcome:?}", bytes.escape_ascii());
    assert!(!outcome.reused);
}

fn field<'a>(outcome: &'a Outcome, name: &str) -> Option<&'a str> {
    outcome.fields.iter().find(|(n, _)| n == name).map(|(_, value)| &value[..])
}

#[test]
fn truncated_head() {
    let taken = |bytes: &str| taken(Rule::TruncatedHead, Kind::IncompleteRead, bytes, End::Close);
    for (bytes, reason) in [
        ("HTTP/1.1 200", ""),
        ("HTTP/1.1 200 Ok", "Ok"),
        ("HTTP/1.1 200 Ok\r", "Ok"),
        ("HTTP/1.1 200 Ok\r\n", "Ok"),
        ("HTTP/1.1 200 Ok\r\n\r", "Ok"),
    ] {
        let outcome = taken(bytes);
        assert_eq!((outcome.status, &outcome.reason[..], outcome.reused), (200, reason, false));
        assert!(outcome.will_close);
        assert_eq!((outcome.fields.len(), &outcome.body[..]), (0, &b""[..]));
    }
    for (lines, fields) in [
        ("A: b\r\nC: d\r\n", &[("A", "b"), ("C", "d")][..]),
        ("A: b\r\nC: d\r\n\r", &[("A", "b"), ("C", "d")]),
        ("A: b\r\nC: d\r", &[("A", "b"), ("C", "d")]),
        ("A: b\r\nC: d", &[("A", "b"), ("C", "d")]),
        ("A: b\r\nC:", &[("A", "b"), ("C", "")]),
        ("A: b\r\nC", &[("A", "b")]),
        ("A: b\r\n c", &[("A", "b   c")]),
        ("A: b\r\nTransfer-Encoding: chun", &[("A", "b"), ("Transfer-Encoding", "chun")]),
        ("A: b\r\nContent-Length: 0", &[("A", "b"), ("Content-Length", "0")]),
    ] {
        let transcript = format!("{OK}{lines}");
        let outcome = Transcript::new(transcript.as_bytes()).end(End::Close);
        assert_eq!(outcome.run().error, Some(Kind::IncompleteRead), "{lines:?}");
        let outcome = outcome.leniency(only(Rule::TruncatedHead)).run();
        assert_eq!(outcome.result(), Ok((200, &b""[..])), "{lines:?}");
        let found: Vec<_> = outcome.fields.iter().map(|(n, v)| (&n[..], &v[..])).collect();
        assert_eq!(found, fields, "{lines:?}");
        assert!(outcome.will_close && !outcome.reused);
    }
    // An interim head that is cut leaves no answer; what is announced and cannot come is missing.
    let run = |bytes: &str| {
        let transcript = Transcript::new(bytes.as_bytes()).end(End::Close);
        transcript.leniency(only(Rule::TruncatedHead)).run()
    };
    assert_eq!(run("HTTP/1.1 100 Continue\r\nA").error, Some(Kind::RemoteDisconnected));
    assert_eq!(run(&format!("{OK}Content-Length: 5")).error, Some(Kind::IncompleteRead));
    assert_eq!(run("").error, Some(Kind::RemoteDisconnected));
    assert_eq!(run("HTTP/1.1").error, Some(Kind::BadStatusLine));
    assert_eq!(run("HTTP/1.1").line, b"HTTP/1.1");
    assert_eq!(run("HTTP/1.1 20").error, Some(Kind::BadStatusLine));
    assert_eq!(run("HTTP/2 200").error, Some(Kind::UnknownProtocol));
    for bad in ["no colon\r\nA: b", "A : b\r\n", "A: b\rC: d", "A: \0", "no colon", ": x", "A\rB"] {
        assert_eq!(run(&format!("{OK}{bad}")).error, Some(Kind::BadHeader), "{bad:?}");
    }
    // A peer that breaks off, or goes silent, has not ended its stream.
    for (end, kind) in [
        (End::Silence, Kind::Timeout),
        (End::Fail(Kind::ConnectionReset), Kind::ConnectionReset),
        (End::Fail(Kind::TlsTruncated), Kind::TlsTruncated),
    ] {
        let transcript = Transcript::new(b"HTTP/1.1 200 OK\r\nA: b\r\n").end(end);
        let outcome = transcript.leniency(only(Rule::TruncatedHead)).run();
        assert_eq!(outcome.error, Some(kind));
    }
}

#[test]
fn status_code() {
    for (code, status) in [("+200", 200), ("2_00", 200), ("0200", 200), ("00_999", 999)] {
        let bytes = format!("HTTP/1.1 {code} OK\r\n{FIVE}");
        let outcome = taken(Rule::StatusCode, Kind::BadStatusLine, &bytes, End::Silence);
        assert_eq!((outcome.result(), outcome.reused), (Ok((status, &b"hello"[..])), false));
        assert!(outcome.will_close);
    }
    // An interim one counts: nothing follows the final one.
    let bytes = format!("HTTP/1.1 0100 Continue\r\n\r\n{OK}{FIVE}");
    let outcome = taken(Rule::StatusCode, Kind::BadStatusLine, &bytes, End::Silence);
    assert_eq!((outcome.result(), outcome.reused), (Ok((200, &b"hello"[..])), false));
    for code in ["-200", "099", "1000", "2__00", "_200", "0x200", "200.0", "\u{b2}00", "+"] {
        never(format!("HTTP/1.1 {code} OK\r\n{FIVE}"), End::Close);
    }
}

#[test]
fn version() {
    for (version, number) in
        [("HTTP/1.x", 11), ("HTTP/1.10", 11), ("HTTP/1.", 11), ("HTTP/0.9", 10)]
    {
        let bytes = format!("{version} 200 OK\r\nConnection: keep-alive\r\n{FIVE}");
        let outcome = taken(Rule::Version, Kind::UnknownProtocol, &bytes, End::Silence);
        assert_eq!((outcome.result(), outcome.version), (Ok((200, &b"hello"[..])), number));
        assert!(outcome.reused);
    }
    for version in ["HTTP/2.0", "HTTP/0.9", "HTTP/1.x", "HTTP/"] {
        let bytes = format!("{version} 100 Continue\r\nA: b\r\n\r\n{OK}{FIVE}");
        let outcome = taken(Rule::Version, Kind::UnknownProtocol, &bytes, End::Silence);
        assert_eq!((outcome.result(), outcome.version), (Ok((200, &b"hello"[..])), 11));
        assert!(outcome.reused);
    }
    // What is shown is read.
    never(format!("HTTP/2.0 103 Hints\r\n\r\n{OK}{FIVE}"), End::Close);
    for version in ["HTTP/2.0", "HTTP/0.8", "HTTP/11", "http/1.1", "HTTP/1.\u{1}", "HTTP/1.\0"] {
        never(format!("{version} 200 OK\r\n{FIVE}"), End::Close);
    }
}

#[test]
fn unrequested_switch() {
    let bytes = format!("HTTP/1.1 101 Go\r\nUpgrade: x\r\n\r\n{OK}{FIVE}");
    let outcome = taken(Rule::UnrequestedSwitch, Kind::UnexpectedSwitch, &bytes, End::Silence);
    assert_eq!((outcome.result(), outcome.reused), (Ok((101, &b""[..])), false));
}

#[test]
fn lines_that_are_dropped() {
    for (rule, line) in [
        (Rule::NamelessField, ": x\r\n"),
        (Rule::NamelessField, ":\r\n"),
        (Rule::NamelessField, ": x\r\n y\r\n"),
        (Rule::FromLine, "From me\r\n"),
        (Rule::FromLine, "From me: now\r\n and then\r\n"),
    ] {
        for lines in
            [format!("{line}A: b\r\n"), format!("A: b\r\n{line}"), format!("A: b\r\n{line}{line}")]
        {
            let bytes = format!("{OK}{lines}{FIVE}");
            let outcome = taken(rule, Kind::BadHeader, &bytes, End::Silence);
            assert_eq!((outcome.result(), outcome.reused), (Ok((200, &b"hello"[..])), true));
            assert_eq!((outcome.fields.len(), field(&outcome, "A")), (2, Some("b")));
        }
    }
    for line in [" A: b\r\n", "\tTransfer-Encoding: chunked\r\n", " \r\n", " a\r\n b\r\n"] {
        let bytes = format!("{OK}{line}{FIVE}");
        let outcome = taken(Rule::LeadingFold, Kind::BadHeader, &bytes, End::Silence);
        assert_eq!((outcome.result(), outcome.fields.len()), (Ok((200, &b"hello"[..])), 1));
        assert!(outcome.will_close, "somebody may have taken it for a field");
        assert!(!outcome.reused);
    }
    for lines in [": a\rb", ": \0", "From a\rb", "From \0", " a\rb", "Frommer x", "from me"] {
        never(format!("{OK}{lines}\r\n{FIVE}"), End::Close);
    }
}

#[test]
fn field_name() {
    let name = "\"(),/;<=>?@[\\]{}A";
    let bytes = format!("{OK}{name}: b\r\n{FIVE}");
    let outcome = taken(Rule::FieldName, Kind::BadHeader, &bytes, End::Silence);
    assert_eq!((field(&outcome, name), outcome.reused), (Some("b"), true));
    for name in ["A B", "A ", "A\t", "A\u{1}", "A\u{7f}", "\u{e9}", "Transfer-Encoding "] {
        never(format!("{OK}{name}: b\r\n{FIVE}"), End::Close);
    }
}

#[test]
fn control_bytes() {
    for byte in (1..32u8).chain([127]).filter(|b| !b"\t\n\r".contains(b)) {
        let byte = char::from(byte);
        let bytes = format!("{OK}A: b{byte}c\r\n{FIVE}");
        let outcome = taken(Rule::ControlBytes, Kind::BadHeader, &bytes, End::Silence);
        assert_eq!(field(&outcome, "A"), Some(&format!("b{byte}c")[..]));
        assert!(outcome.reused);
    }
    let bytes = format!("HTTP/1.1 200 O\u{1b}K\r\n{FIVE}");
    let outcome = taken(Rule::ControlBytes, Kind::BadStatusLine, &bytes, End::Silence);
    assert_eq!((outcome.result(), &outcome.reason[..]), (Ok((200, &b"hello"[..])), "O\u{1b}K"));
    for space in ["\u{b}", "\u{c}", "\u{1c}", "\u{1f} "] {
        let bytes = format!("HTTP/1.1{space}200{space}O{space}K{space}\r\n{FIVE}");
        let outcome = taken(Rule::ControlBytes, Kind::BadStatusLine, &bytes, End::Silence);
        let reason = format!("O{space}K");
        assert_eq!((outcome.result(), &outcome.reason), (Ok((200, &b"hello"[..])), &reason));
    }
    for line in [&b"HTTP/1.1\x85200\xa0OK"[..], b"\xa0HTTP/1.1 200 OK\x1e"] {
        let bytes = [line, b"\r\n", FIVE.as_bytes()].concat();
        let outcome = taken(Rule::ControlBytes, Kind::BadStatusLine, &bytes, End::Silence);
        assert_eq!((outcome.result(), &outcome.reason[..]), (Ok((200, &b"hello"[..])), "OK"));
    }
    let bytes = [b"HTTP/1.0\x85200 OK\r\n", FIVE.as_bytes()].concat();
    let outcome = Transcript::new(&bytes).leniency(Leniency::HTTP_CLIENT).run();
    assert_eq!((outcome.result(), outcome.version), (Ok((200, &b"hello"[..])), 10));
    // It may be half of a letter.
    let bytes = [b"HTTP/1.1 200 \xc3\xa0\r\n", FIVE.as_bytes()].concat();
    let outcome = Transcript::new(&bytes).leniency(only(Rule::ControlBytes)).run();
    assert_eq!((&outcome.reason[..], outcome.leniencies), ("\u{c3}\u{a0}", 0));
    for bad in ["\0", "\r"] {
        never(format!("HTTP/1.1{bad}200 OK\r\n{FIVE}"), End::Close);
        never(format!("{OK}A: b{bad}c\r\n{FIVE}"), End::Close);
        never(format!("HTTP/1.1 200 O{bad}K\r\n{FIVE}"), End::Close);
    }
    // They do not make a framing field something else.
    never(format!("{OK}Transfer-Encoding: chunked\u{b}\r\n{FIVE}"), End::Close);
}

#[test]
fn raw_values() {
    for (lines, strict, raw) in [
        ("A: b \t\r\n", "b", "b \t"),
        ("A: b\r\n c\r\n", "b   c", "b\r\n c"),
        ("A: b\n\tc \r\n \r\n", "b \tc", "b\n\tc \r\n "),
        ("A:\r\n b\r\n", "b", "\r\n b"),
        ("A: \t\r\n", "", ""),
    ] {
        let bytes = format!("{OK}X: y\r\n{lines}Z: \r\n{FIVE}");
        let transcript = Transcript::new(bytes.as_bytes());
        assert_eq!(field(&transcript.run(), "A"), Some(strict), "{lines:?}");
        let outcome = transcript.clone().leniency(only(Rule::RawValues)).run();
        assert_eq!(field(&outcome, "A"), Some(raw), "{lines:?}");
        assert_eq!((field(&outcome, "X"), field(&outcome, "Z")), (Some("y"), Some("")));
        assert_eq!((outcome.result(), outcome.reused), (Ok((200, &b"hello"[..])), true));
        let needed = if raw == strict { 0 } else { Rule::RawValues as u32 };
        assert_eq!(outcome.leniencies, needed, "{lines:?}");
    }
    // With a line that is dropped, and framing fields that are folded.
    let bytes = format!("{OK}: x\r\n y\r\nA: b \r\nContent-Length:\r\n 5 \r\n\r\nhello");
    let outcome = Transcript::new(bytes.as_bytes()).leniency(Leniency::HTTP_CLIENT).run();
    assert_eq!((outcome.result(), outcome.reused), (Ok((200, &b"hello"[..])), true));
    assert_eq!(field(&outcome, "Content-Length"), Some("\r\n 5 "));
    assert_eq!(field(&outcome, "A"), Some("b "));
    let bytes = format!("{OK}Transfer-Encoding:\r\n chunked \r\n\r\n0\r\n\r\n");
    let outcome = Transcript::new(bytes.as_bytes()).leniency(Leniency::HTTP_CLIENT).run();
    assert_eq!((outcome.result(), outcome.reused), (Ok((200, &b""[..])), true));
}

#[test]
fn the_raw_head_is_that_which_came() {
    let head = b"HTTP/1.1 200 OK \r\nA: b\r\n c \r\n: x\r\nD:  \r\nContent-Length: 0\r\n\r\n";
    let peer = Peer { replies: vec![head.to_vec()], end: End::Silence };
    let (mut connection, _) = connection(vec![peer], b"", Pace::Whole);
    connection.settings.leniency = Leniency::HTTP_CLIENT;
    request(&mut connection, "/", &[], Body::None).unwrap();
    let mut response = Response::default();
    connection.getresponse(&mut response).unwrap();
    assert_eq!(response.raw_head().unwrap(), head);
    assert_eq!(response.header(b"a").unwrap(), Some(&b"b\r\n c "[..]));
}

/// A response with that Content-Length.
fn length(value: &str) -> String {
    format!("{OK}Content-Length: {value}\r\n\r\nhello")
}

#[test]
fn lengths_that_are_none() {
    for (rule, values) in [
        (Rule::NegativeLength, &["-1", "-5", "-0_1", "-99999999999999999999"][..]),
        (Rule::UnreadableLength, &["abc", "", "5, 19", "5, +5", "0x5", "5.0", "5_", "5 5"]),
    ] {
        for value in values {
            let outcome = taken(rule, Kind::BadFraming, length(value), End::Close);
            assert_eq!((outcome.result(), outcome.reused), (Ok((200, &b"hello"[..])), false));
            assert!(outcome.will_close);
        }
    }
}

/// A number beyond 64 bits is one all the same: what has come can never be all.
#[test]
fn a_length_beyond_64_bits_is_never_reached() {
    for value in ["18446744073709551616", &"9".repeat(4300)] {
        let bytes = length(value);
        let transcript = Transcript::new(bytes.as_bytes()).end(End::Close);
        let rule = Rule::UnreadableLength;
        let refused = transcript.clone().leniency(all_but(rule)).run();
        assert_eq!(refused.error, Some(Kind::BadFraming));
        let outcome = transcript.clone().leniency(only(rule)).run();
        assert_eq!((outcome.status, outcome.leniencies), (200, rule as u32));
        assert_eq!((outcome.error, &outcome.body[..]), (Some(Kind::IncompleteRead), &b"hello"[..]));
        assert!(!outcome.reused);
        // With the preset that is hidden from reads by an amount, as http.client does.
        let transcript = transcript.leniency(Leniency::HTTP_CLIENT);
        let all = transcript.run_once(Pace::Whole, Reading::All);
        assert_eq!((all.error, &all.body[..]), (Some(Kind::IncompleteRead), &b"hello"[..]));
        assert_eq!(transcript.run_once(Pace::Whole, Reading::Big).error, None);
    }
}

#[test]
fn integer_length() {
    for value in ["+5", "0_5", "-0", "\u{a0}5", "+0_0_5"] {
        let bytes = OK.bytes().chain(*b"Content-Length: ");
        let bytes: Vec<u8> = bytes.chain(value.chars().map(|c| c as u8)).collect();
        let bytes = [&bytes[..], b"\r\n\r\nhello"].concat();
        let outcome = taken(Rule::IntegerLength, Kind::BadFraming, &bytes, End::Silence);
        let body = if value == "-0" { &b""[..] } else { b"hello" };
        assert_eq!((outcome.result(), outcome.reused), (Ok((200, body)), false));
        assert!(outcome.will_close);
    }
}

#[test]
fn lengths_that_differ_are_never_taken() {
    for lines in [
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 6\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: abc",
        "Content-Length: abc\r\nContent-Length: 5",
        "Content-Length: +5\r\nContent-Length: 5",
        "Content-Length: -1\r\nContent-Length: 5",
        "Content-Length: 5, 6\r\nContent-Length: 5",
    ] {
        never(format!("{OK}{lines}\r\n\r\nhello"), End::Close);
    }
}

#[test]
fn short_body() {
    let bytes = length("9");
    let transcript = Transcript::new(bytes.as_bytes()).end(End::Close);
    assert_eq!(transcript.run().error, Some(Kind::IncompleteRead));
    for leniency in [only(Rule::ShortBody), Leniency::HTTP_CLIENT] {
        let transcript = transcript.clone().leniency(leniency);
        for pace in [Pace::Whole, Pace::SplitAt(bytes.len() - 2), Pace::Single, Pace::Hesitant] {
            for reading in [Reading::Big, Reading::Single, Reading::Once, Reading::OnceSmall] {
                let outcome = transcript.run_once(pace, reading);
                assert_eq!((outcome.result(), outcome.reused), (Ok((200, &b"hello"[..])), false));
                assert_eq!(outcome.leniencies, Rule::ShortBody as u32);
            }
            let whole = transcript.run_once(pace, Reading::All);
            assert_eq!((whole.error, whole.counts), (Some(Kind::IncompleteRead), (5, Some(4))));
            assert_eq!((&whole.body[..], whole.leniencies), (&b"hello"[..], 0));
        }
    }
    let others = transcript.clone().leniency(all_but(Rule::ShortBody)).run();
    assert_eq!(others.error, Some(Kind::IncompleteRead));
    // Neither a chunk that is cut, nor a stream that breaks or says nothing more.
    never(format!("{CHUNKED}9\r\nhello"), End::Close);
    never(length("9"), End::Silence);
    never(length("9"), End::Fail(Kind::ConnectionReset));
    never(length("9"), End::Fail(Kind::ConnectionAborted));
}

/// Lines, peek and skip, which transcripts do not read by.
#[test]
fn short_body_in_every_other_way() {
    use bytes::buf::UninitSlice;
    let peer = Peer { replies: vec![length("9").into_bytes()], end: End::Close };
    let begin = || {
        let (mut connection, _) = connection(vec![peer.clone()], b"", Pace::Whole);
        connection.settings.leniency = only(Rule::ShortBody);
        request(&mut connection, "/", &[], Body::None).unwrap();
        let mut response = Response::default();
        connection.getresponse(&mut response).unwrap();
        (connection, response)
    };
    let (mut connection, mut response) = begin();
    let mut line = [0; 20];
    let count = response.readline(&mut connection, UninitSlice::new(&mut line)).unwrap();
    assert_eq!(&line[..count], b"hello");
    assert_eq!(response.readline(&mut connection, UninitSlice::new(&mut line)).unwrap(), 0);
    assert!(response.is_closed(&connection));
    let (mut connection, mut response) = begin();
    assert!(response.skip(&mut connection, 100).unwrap());
    assert_eq!(response.peek(&mut connection).unwrap(), b"");
    assert_eq!(response.leniency().used(), Rule::ShortBody as u32);
    // What a request behind it took away was not cut by the server.
    let (mut connection, mut response) = begin();
    connection.surrender();
    let error = response.read_all(&mut connection, 100).unwrap_err();
    assert_eq!(error.kind(), Kind::IncompleteRead);
}

#[test]
fn last_chunk() {
    for end in ["0", "0\r", "0\r\n", "000;x\r\n\r", "0\r\nA", "0\r\nA: b\r\n"] {
        let bytes = format!("{CHUNKED}5\r\nhello\r\n{end}");
        let outcome = taken(Rule::LastChunk, Kind::IncompleteRead, &bytes, End::Close);
        assert_eq!((outcome.result(), outcome.reused), (Ok((200, &b"hello"[..])), false));
        assert!(outcome.trailers.is_empty());
    }
    for end in ["", "5", "0x", "0\r\r", "00a", "1\r\n", "hello"] {
        never(format!("{CHUNKED}5\r\nhello\r\n{end}"), End::Close);
    }
    never(format!("{CHUNKED}5\r\nhello\r\n0\r\n"), End::Silence);
    never(format!("{CHUNKED}5\r\nhello\r\n0\r\n"), End::Fail(Kind::ConnectionReset));
}

#[test]
fn trailers() {
    let body = |trailers: &str| format!("{CHUNKED}5\r\nhello\r\n0\r\nA: b\r\n{trailers}\r\n");
    for lines in ["nonsense\r\n", "C : d\r\n", "\u{e9}: d\r\n"] {
        let outcome = taken(Rule::Trailers, Kind::BadHeader, body(lines), End::Silence);
        assert_eq!((outcome.result(), outcome.reused), (Ok((200, &b"hello"[..])), false));
        assert!(outcome.trailers.is_empty());
    }
    let many = body(&"C: d\r\n".repeat(1_001));
    let outcome = taken(Rule::Trailers, Kind::TooManyHeaders, &many, End::Silence);
    assert_eq!((outcome.result(), outcome.trailers.len()), (Ok((200, &b"hello"[..])), 0));
    // The empty line counts, as everywhere: 999 more are as many as may be, and one more is too many.
    for (count, trailers, leniencies) in [(999, 1_000, 0), (1_000, 0, Rule::Trailers as u32)] {
        let bytes = body(&"C: d\r\n".repeat(count));
        let outcome = Transcript::new(bytes.as_bytes()).leniency(only(Rule::Trailers)).run();
        assert_eq!(outcome.result(), Ok((200, &b"hello"[..])));
        assert_eq!((outcome.trailers.len(), outcome.leniencies), (trailers, leniencies));
        assert_eq!(outcome.reused, leniencies == 0);
    }
    never(body("C: d\re\r\n"), End::Silence);
    never(body("\0\r\n"), End::Silence);
    never(body("\r\r\n"), End::Silence);
    // The byte budget holds, and good trailers are kept.
    let mut transcript = Transcript::new(many.as_bytes()).leniency(only(Rule::Trailers));
    transcript.settings.head_limits.bytes = 500;
    assert_eq!(transcript.run().error, Some(Kind::HeadTooLarge));
    let good = body("C: d\r\n");
    let outcome = Transcript::new(good.as_bytes()).leniency(only(Rule::Trailers)).run();
    assert_eq!((outcome.trailers.len(), outcome.leniencies, outcome.reused), (2, 0, true));
}

#[test]
fn tls_truncation() {
    let truncated = End::Fail(Kind::TlsTruncated);
    let bytes = format!("{OK}\r\nhello");
    let outcome = taken(Rule::TlsTruncation, Kind::IncompleteRead, &bytes, truncated);
    assert_eq!((outcome.result(), outcome.reused), (Ok((200, &b"hello"[..])), false));
    // Then it is an end of the stream as any other.
    let run = |bytes: &str, rules: u32| {
        let transcript = Transcript::new(bytes.as_bytes()).end(truncated);
        transcript.leniency(Leniency::of(rules)).run()
    };
    let flag = Rule::TlsTruncation as u32;
    assert_eq!(run(&length("9"), flag).error, Some(Kind::IncompleteRead));
    assert_eq!(run("", flag).error, Some(Kind::RemoteDisconnected));
    assert_eq!(run("HTTP/1.1 200 OK\r\n", flag).error, Some(Kind::IncompleteRead));
    let both = flag | Rule::TruncatedHead as u32;
    let outcome = run("HTTP/1.1 200 OK\r\n", both);
    assert_eq!((outcome.result(), outcome.leniencies), (Ok((200, &b""[..])), both));
}

/// Nothing that the strict rules refuse because somebody may see other messages in it is ever taken.
#[test]
fn what_has_no_flag() {
    for lines in [
        "no colon",
        "A : b",
        "Transfer-Encoding : chunked",
        "A\u{1}: b",
        "A: b\rContent-Length: 3",
        "A: \0",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: \"chunked\"",
    ] {
        never(format!("{OK}{lines}\r\n{FIVE}"), End::Close);
    }
    for body in [
        "5\nhello\r\n0\r\n\r\n",
        "5\r\nhelloXY0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        "+5\r\nhello\r\n0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
        "0_5\r\nhello\r\n0\r\n\r\n",
        " 5\r\nhello\r\n0\r\n\r\n",
        "5;a\rb\r\nhello\r\n0\r\n\r\n",
        "fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    ] {
        never(format!("{CHUNKED}{body}"), End::Close);
    }
}

/// Interim responses other than 100 are not answers, and bytes that nobody asked for are not either.
#[test]
fn the_next_answer_is_never_an_old_one() {
    for bytes in [
        format!("HTTP/1.1 103 Hints\r\n\r\n{OK}{FIVE}"),
        format!("HTTP/1.1 199 X\r\n: x\r\n\r\n{OK}{FIVE}"),
    ] {
        let outcome = Transcript::new(bytes.as_bytes()).leniency(Leniency::HTTP_CLIENT).run();
        assert_eq!((outcome.result(), outcome.reused), (Ok((200, &b"hello"[..])), true));
    }
    let bytes = format!("{OK}{FIVE}{OK}{FIVE}");
    let transcript = Transcript::new(bytes.as_bytes()).leniency(Leniency::HTTP_CLIENT);
    let outcome = transcript.run_once(Pace::Whole, Reading::Big);
    assert_eq!((outcome.result(), outcome.reused), (Ok((200, &b"hello"[..])), false));
    let none = b"HTTP/1.1 204 None\r\nTransfer-Encoding: chunked\r\n\r\n";
    let outcome = Transcript::new(none).leniency(Leniency::HTTP_CLIENT).run();
    assert_eq!((outcome.result(), outcome.reused), (Ok((204, &b""[..])), true));
}

/// What is sent, as slowly as may be, and what of the rules it needed.
fn sent(
    leniency: Leniency,
    act: impl Fn(&mut Connection) -> Result<(), Error>,
) -> Result<(String, u32), Kind> {
    let outcomes = [Pace::Whole, Pace::Hesitant].map(|pace| {
        let reply = b"HTTP/1.1 204 None\r\n\r\n".to_vec();
        let peer = Peer { replies: vec![reply], end: End::Silence };
        let (mut connection, log) = connection(vec![peer], b"", pace);
        connection.settings.leniency = leniency;
        patiently(|| act(&mut connection)).map_err(|error| error.kind())?;
        let sent = log.lock().unwrap().sent.concat();
        let mut response = Response::default();
        patiently(|| connection.getresponse(&mut response)).unwrap();
        let text = sent.iter().map(|&byte| char::from(byte)).collect();
        Ok((text, response.leniency().used()))
    });
    let [whole, hesitant] = outcomes;
    assert_eq!(whole, hesitant);
    whole
}

/// Refused with every other flag, sent with this one; the text of the request.
#[track_caller]
fn sent_with(rule: Rule, act: impl Fn(&mut Connection) -> Result<(), Error>) -> String {
    assert_eq!(sent(Leniency::STRICT, &act), Err(Kind::Value));
    assert_eq!(sent(all_but(rule), &act), Err(Kind::Value));
    let (text, used) = sent(only(rule), &act).unwrap();
    assert_eq!(used, rule as u32);
    assert_eq!(sent(Leniency::HTTP_CLIENT, &act), Ok((text.clone(), used)));
    check_one_request(&text.chars().map(|c| c as u8).collect::<Vec<_>>());
    text
}

/// A GET with that header, in one call.
fn get(name: &[u8], value: &[u8]) -> impl Fn(&mut Connection) -> Result<(), Error> {
    move |connection| {
        connection.request(httpclient::client::Request {
            method: b"GET",
            target: b"/",
            headers: core::iter::once((name, value)).map(Ok),
            body: Body::None,
            encode_chunked: false,
        })
    }
}

#[track_caller]
fn never_sent(act: impl Fn(&mut Connection) -> Result<(), Error>, kind: Kind) {
    assert_eq!(sent(Leniency::HTTP_CLIENT, act), Err(kind));
}

#[test]
fn method() {
    let act = |c: &mut Connection| request(c, "G@T/(x)|/", &[], Body::None);
    assert!(sent_with(Rule::Method, act).starts_with("G@T/(x) / HTTP/1.1\r\n"));
    for bad in ["", "GET /evil", "G\tT", "GET\r\nA: b", "G\0T", "G\u{7f}T"] {
        never_sent(|c| request(c, &format!("{bad}|/"), &[], Body::None), Kind::Value);
    }
    never_sent(|c| request(c, "G\u{e9}T|/", &[], Body::None), Kind::Encoding);
}

#[test]
fn sent_name() {
    for name in [&b"Key Space"[..], b"Key ", b"a/b", b"Nonbreak\xa0Space", b"\xa0Key"] {
        let text = sent_with(Rule::SentName, get(name, b"v"));
        let name: String = name.iter().map(|&b| char::from(b)).collect();
        assert!(text.ends_with(&format!("{name}: v\r\n\r\n")), "{text:?}");
    }
    for name in [
        &b""[..],
        b" Key",
        b"Key:",
        b"A\tB",
        b"A\x01",
        b"A\r\n b",
        b"A\0",
        b"A\x7f",
        b"Content-Length ",
        b"content-length\xa0",
        b"Transfer-Encoding ",
        b"Transfer -Encoding",
        b"\"Host\"",
        b"Connection ",
        b"(Expect)",
        b"\xa0TE",
        b"Upgrade ",
    ] {
        never_sent(get(name, b"5"), Kind::Value);
    }
}

/// A GET made step by step, with a header of several values.
fn several(values: &[&[u8]], name: &[u8]) -> impl Fn(&mut Connection) -> Result<(), Error> {
    move |connection| {
        if connection.phase() == Phase::Idle {
            connection.putrequest(b"GET", b"/", false, false)?;
            connection.putheader(name, values)?;
        }
        connection.endheaders(&mut Body::None, false)
    }
}

#[test]
fn sent_fold() {
    for value in ["is\r\n allowed", "is\r\n\tallowed", "\r\n x", "a\r\n b\r\n\t c "] {
        let text = sent_with(Rule::SentFold, get(b"A", value.as_bytes()));
        assert!(text.ends_with(&format!("A: {value}\r\n\r\n")), "{text:?}");
    }
    for value in [
        "a\n b",
        "a\r b",
        "a\r\nb",
        "a\r\n",
        "a\r\n ",
        "a\r\n \r\n b",
        "a\r\n\t\r\nGET / HTTP/1.1",
        "a\r\n \r b",
        "\r",
        "\n",
        "a\r\n \0",
    ] {
        never_sent(get(b"A", value.as_bytes()), Kind::Value);
    }
    for name in
        ["Content-Length", "Transfer-Encoding", "Host", "Connection", "TE", "Expect", "Upgrade"]
    {
        never_sent(get(name.as_bytes(), b"chunked,\r\n chunked"), Kind::Value);
        never_sent(get(name.as_bytes(), b"\r\n 0"), Kind::Value);
    }
    let joined = several(&[b"a", b"b"], b"A");
    assert!(sent(Leniency::STRICT, &joined).unwrap().0.ends_with("A: a, b\r\n\r\n"));
    let (text, used) = sent(only(Rule::SentFold), &joined).unwrap();
    assert!(text.ends_with("A: a\r\n\tb\r\n\r\n"));
    assert_eq!(used, Rule::SentFold as u32);
    for (values, name, line) in [
        (&[&b"a"[..], b""][..], &b"A"[..], "A: a, "),
        (&[b"a", b"b"], b"Connection", "Connection: a, b"),
    ] {
        let (text, used) = sent(Leniency::HTTP_CLIENT, several(values, name)).unwrap();
        assert!(text.ends_with(&format!("{line}\r\n\r\n")), "{text:?}");
        assert_eq!(used, 0);
    }
}

#[test]
fn sent_control_bytes() {
    let text = sent_with(Rule::SentControlBytes, get(b"A", b"b\x01\x1b\x7f"));
    assert!(text.ends_with("A: b\u{1}\u{1b}\u{7f}\r\n\r\n"));
    never_sent(get(b"A", b"\0"), Kind::Value);
    never_sent(get(b"Connection", b"\x01"), Kind::Value);
    never_sent(get(b"Content-Length", b"\x0b0"), Kind::Value);
}

#[test]
fn expect_without_content() {
    let text = sent_with(Rule::Expect, get(b"Expect", b"100-continue"));
    assert!(text.ends_with("Expect: 100-continue\r\n\r\n"));
}

#[test]
fn trace_with_content() {
    let text = sent_with(Rule::TraceContent, |c| request(c, "TRACE|/", &[], Body::Bytes(b"hello")));
    assert!(text.ends_with("Content-Length: 5\r\n\r\nhello"));
    // A body of no bytes is no content.
    let act = |c: &mut Connection| request(c, "TRACE|/", &[], Body::Bytes(b""));
    let (text, used) = sent(Leniency::STRICT, act).unwrap();
    assert!(text.ends_with("Content-Length: 0\r\n\r\n"));
    assert_eq!(used, 0);
}

#[test]
fn connection_options() {
    let text = sent_with(Rule::ConnectionOptions, get(b"TE", b"chunked"));
    assert!(text.ends_with("TE: chunked\r\n\r\n"));
    let upgrade = get(b"Upgrade", b"x");
    let (text, _) = sent(Leniency::STRICT, &upgrade).unwrap();
    assert!(text.ends_with("Upgrade: x\r\nConnection: upgrade\r\n\r\n"));
    let (text, used) = sent(Leniency::HTTP_CLIENT, &upgrade).unwrap();
    assert!(text.ends_with("Upgrade: x\r\n\r\n"));
    assert_eq!(used, Rule::ConnectionOptions as u32);
}

/// Head and body agree, whatever is allowed.
#[test]
fn requests_are_always_framed() {
    let post = |headers: &'static [(&'static str, &'static str)]| {
        move |c: &mut Connection| request(c, "POST|/", headers, Body::Bytes(b"GET /evil"))
    };
    for headers in [
        &[("Content-Length", "8")][..],
        &[("Content-Length", "x")],
        &[("Content-Length", "+9")],
        &[("Content-Length", "9"), ("Content-Length", "9")],
        &[("Content-Length", "9"), ("Transfer-Encoding", "chunked")],
        &[("Transfer-Encoding", "gzip")],
        &[("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")],
        &[("Host", "a"), ("Host", "b")],
    ] {
        never_sent(post(headers), Kind::Value);
    }
}

/// A header that is refused leaves nothing behind, not even the note of what it had needed.
#[test]
fn a_refused_header_needs_nothing() {
    let act = |c: &mut Connection| {
        if c.phase() == Phase::Idle {
            c.putrequest(b"GET", b"/probe", false, false)?;
            assert_eq!(c.putheader(b"A B", &[b"\x01", b"\n"]).unwrap_err().kind(), Kind::Value);
        }
        c.endheaders(&mut Body::None, false)
    };
    let (text, used) = sent(Leniency::HTTP_CLIENT, act).unwrap();
    assert_eq!((text.as_bytes(), used), (PROBE_REQUEST, 0));
}

/// What a response needed is its own; the next one begins anew.
#[test]
fn each_response_has_its_own() {
    let replies =
        ["HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 204 OK\r\n\r\n"];
    let replies = replies.map(|reply| reply.as_bytes().to_vec()).to_vec();
    let (mut connection, log) =
        connection(vec![Peer { replies, end: End::Silence }], b"", Pace::Whole);
    connection.settings.leniency = Leniency::HTTP_CLIENT;
    let mut used = Vec::new();
    for headers in [&[("A", "\x01")][..], &[]] {
        request(&mut connection, "/", headers, Body::None).unwrap();
        let mut response = Response::default();
        connection.getresponse(&mut response).unwrap();
        response.read_all(&mut connection, 10).unwrap();
        used.push(response.leniency().used());
    }
    assert_eq!(used, [Rule::SentControlBytes as u32 | Rule::NamelessField as u32, 0]);
    assert_eq!(log.lock().unwrap().sent.len(), 1);
}

/// The answer to CONNECT that opens a tunnel is never loosened, nor what is sent to the proxy.
#[test]
fn tunnels_are_strict() {
    for reply in
        ["HTTP/1.1 +200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\n: x\r\n\r\n", "HTTP/1.1 200 OK\r\n"]
    {
        let peer = Peer { replies: vec![reply.as_bytes().to_vec()], end: End::Close };
        let (mut connection, _) = connection(vec![peer], b"", Pace::Whole);
        connection.settings.leniency = Leniency::HTTP_CLIENT;
        let bad = [Ok((&b"A B"[..], &b"c"[..]))];
        let error = connection.set_tunnel("o.test", None, bad.into_iter()).unwrap_err();
        assert_eq!(error.kind(), Kind::Value);
        connection.set_tunnel("o.test", None, std::iter::empty()).unwrap();
        assert!(connection.connect().unwrap_err().kind().is(Kind::Http), "{reply:?}");
    }
}

#[test]
fn unchecked_targets() {
    let act = |target: &'static str| {
        move |c: &mut Connection| request(c, &format!("GET|{target}"), &[], Body::None)
    };
    let unchecked = only(Rule::Target);
    for target in ["/a b", "/a\0b", "/\r\nX: y", "/a#b", "http://u:p@o.test/a#b", "\u{7f}"] {
        let (text, _) = sent(unchecked, act(target)).unwrap();
        let host = if target.starts_with("http") { "o.test" } else { "h.test" };
        let start = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n");
        assert!(text.starts_with(&start), "{text:?}");
    }
    assert!(sent(unchecked, act("")).unwrap().0.starts_with("GET / HTTP/1.1\r\n"));
    assert!(sent(unchecked, act("http://[/")).unwrap().0.contains("\r\nHost: h.test\r\n"));
    let connect = |c: &mut Connection| request(c, "CONNECT|a b", &[], Body::None);
    assert!(sent(unchecked, connect).unwrap().0.starts_with("CONNECT a b HTTP/1.1\r\n"));
    // The preset does not switch it off, and the other checks hold.
    never_sent(act("/a b"), Kind::InvalidUrl);
    let bad = |c: &mut Connection| request(c, "GE T|/", &[], Body::None);
    assert_eq!(sent(unchecked, bad), Err(Kind::Value));
}

#[test]
fn unchecked_ascii() {
    let act = |c: &mut Connection| request(c, "G\u{e9}T|/\u{2603}", &[], Body::None);
    never_sent(act, Kind::Encoding);
    let (text, _) = sent(only(Rule::Ascii), act).unwrap();
    let text: Vec<u8> = text.chars().map(|c| c as u8).collect();
    assert!(text.starts_with("G\u{e9}T /\u{2603} HTTP/1.1\r\n".as_bytes()));
    let both = |c: &mut Connection| request(c, "GET|/\u{2603} x", &[], Body::None);
    assert_eq!(sent(only(Rule::Ascii), both), Err(Kind::InvalidUrl));
    // What Host says is checked all the same, in whatever encoding.
    for target in
        [&b"http://\xc3\xa9.test/"[..], b"http://\xe9.test/", b"http://\xe9,x:y/", b"http://[\xe9/"]
    {
        let act = |c: &mut Connection| {
            let headers = std::iter::empty();
            let body = Body::None;
            c.request(httpclient::client::Request {
                method: b"GET",
                target,
                headers,
                body,
                encode_chunked: false,
            })
        };
        assert_eq!(sent(only(Rule::Ascii), act), Err(Kind::Encoding), "{target:?}");
    }
}

#[test]
fn unchecked_host() {
    let act = |name: Option<&'static [u8]>| {
        move |c: &mut Connection| {
            c.set_unchecked_host(name)?;
            request(c, "/", &[], Body::None)
        }
    };
    let host = |name| sent(Leniency::STRICT, act(name)).unwrap().0;
    assert!(host(Some(b"a b\r\nX: y")).starts_with("GET / HTTP/1.1\r\nHost: a b\r\nX: y\r\n"));
    assert!(host(Some(b"")).starts_with("GET / HTTP/1.1\r\nHost: \r\n"));
    assert!(host(None).starts_with("GET / HTTP/1.1\r\nHost: h.test\r\n"));
}
