//! What has hurt other HTTP clients: one test per known case that applies. Names begin with the
//! number of the case.
//!
//! Those of certificates and TLS sessions are in `tls/vulnerabilities.rs`, that of descriptors in
//! `transport_descriptors.rs`, and those of handles and memory in `c-tests/test_vulnerabilities.c`, which
//! shows through C and over sockets what can be seen there.
#![cfg(feature = "std")]
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

#[path = "transcript/memory.rs"]
mod memory;
mod transcript;

use bytes::buf::UninitSlice;
use httpclient::client::{Body, Connection, ReadMode, Request, Response};
use httpclient::engine::error::{Error, Kind};
use httpclient::transport::tcp::{TcpDialer, TcpOptions};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use transcript::{
    Blocks, End, PROBE_REQUEST, Pace, Peer, Reading, Transcript, connection, cut, kept, not_kept,
    patiently, refused, request, wire,
};

/// All 58 cases have a test.
#[test]
fn every_case_is_tested() {
    let sources = [
        include_str!("vulnerabilities.rs"),
        include_str!("tls/vulnerabilities.rs"),
        include_str!("transport_descriptors.rs"),
        include_str!("../c-tests/test_vulnerabilities.c"),
    ];
    for case in 1..=58 {
        let tested = ["fn", "static void"].map(|word| format!("{word} vuln_{case:02}_"));
        let mut all =
            sources.iter().flat_map(|source| tested.iter().map(|name| source.contains(name)));
        assert!(all.any(|found| found), "{case}");
    }
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

/// What a GET puts on the wire.
fn sent(line: &str, headers: &[(&str, &str)]) -> Result<String, Kind> {
    wire(|connection| request(connection, line, headers, Body::None))
}

/// A response with these lines in its head and this body.
fn response(lines: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\n{lines}\r\n\r\n{body}").into_bytes()
}

fn chunked(body: &str) -> Vec<u8> {
    response("Transfer-Encoding: chunked", body)
}

/// Runs a transcript that is too long to be split everywhere, at three paces.
fn run_long(bytes: &[u8]) -> transcript::Outcome {
    let transcript = Transcript::new(bytes);
    let whole = transcript.run_once(Pace::Whole, Reading::Big);
    assert_eq!(whole, transcript.run_once(Pace::Single, Reading::Once));
    assert_eq!(whole, transcript.run_once(Pace::SplitAt(bytes.len() / 2), Reading::All));
    whole
}

#[test]
fn vuln_01_line_break_in_a_value() {
    assert_eq!(sent("/", &[("X", "a\r\nY: b")]), Err(Kind::Value));
    assert_eq!(sent("/", &[("X", "a\nY: b")]), Err(Kind::Value));
    let steps = wire(|connection| {
        connection.putrequest(b"GET", b"/", false, false)?;
        connection.putheader(b"X", &[b"good", b"a\r\nY: b"])
    });
    assert_eq!(steps, Err(Kind::Value));
}

#[test]
fn vuln_02_folds_and_nul_in_a_value() {
    for bad in ["a\r\n b", "a\n b", "a\r b", "a\0b", "a\r\n\tb", "\r", "\n"] {
        assert_eq!(sent("/", &[("X", bad)]), Err(Kind::Value), "{bad:?}");
    }
}

#[test]
fn vuln_03_request_in_a_method() {
    for bad in ["GET / HTTP/1.1\r\nX: y\r\n\r\n", "GET /evil", "G\rT", "G\nT"] {
        assert_eq!(sent(&format!("{bad}|/"), &[]), Err(Kind::Value), "{bad:?}");
    }
}

#[test]
fn vuln_04_controls_and_blanks_in_a_target() {
    for byte in (0..=32u8).chain([127]) {
        let target = format!("/a{}b", char::from(byte));
        assert_eq!(sent(&target, &[]), Err(Kind::InvalidUrl), "{byte}");
    }
    assert_eq!(sent("/ HTTP/1.1\r\nX: y", &[]), Err(Kind::InvalidUrl));
}

#[test]
fn vuln_05_junk_in_the_host() {
    for bad in
        ["a\r\nX: y", "a b,c/d", "a/b", "a?b", "a#b", "u@h", "a\0", "a\tb", "[::1", "a]", "a\\b"]
    {
        let made = Connection::new(bad, Some(80), 80, |_, _| unreachable!());
        assert_eq!(made.err().map(|error| error.kind()), Some(Kind::InvalidUrl), "{bad:?}");
        let target = sent(&format!("http://{bad}/"), &[]);
        assert!(target.is_err() || !target.unwrap().contains(&format!("Host: {bad}")), "{bad:?}");
    }
}

#[test]
fn vuln_06_line_break_in_a_tunnel_s_target() {
    for bad in ["a\r\nX:y", "a:443\r\nX: y", "a b:443", "a/b:443", "a@b c:443"] {
        assert_eq!(sent(&format!("CONNECT|{bad}"), &[]), Err(Kind::InvalidUrl), "{bad:?}");
    }
    assert_eq!(sent("CONNECT|a:443", &[("X", "y\r\nZ: z")]), Err(Kind::Value));
}

#[test]
fn vuln_06_line_break_in_a_tunnel() {
    let (mut connection, log) = connection(vec![], OK, Pace::Whole);
    let mut refused = |host: &str, name: &[u8], value: &[u8]| {
        let headers = [Ok((name, value))].into_iter();
        connection.set_tunnel(host, Some(443), headers).unwrap_err().kind()
    };
    for bad in ["a\r\nX:y", "a b", "a/b", "a\0"] {
        assert_eq!(refused(bad, b"A", b"b"), Kind::InvalidUrl, "{bad:?}");
    }
    assert_eq!(refused("a", b"A", b"b\r\nX: y"), Kind::Value);
    assert_eq!(refused("a", b"A\r\nX", b"b"), Kind::Value);
    request(&mut connection, "/probe", &[], Body::None).unwrap();
    assert_eq!(log.lock().unwrap().sent.concat(), PROBE_REQUEST);
}

#[test]
fn vuln_07_body_on_get_is_framed() {
    let text = wire(|connection| request(connection, "GET|/", &[], Body::Bytes(b"GET /evil")));
    assert!(text.unwrap().ends_with("\r\nContent-Length: 9\r\n\r\nGET /evil"));
    let text = wire(|connection| {
        request(connection, "GET|/", &[], Body::Source(&mut Blocks::new(None, &["GET /evil"])))
    });
    assert!(text.unwrap().ends_with("chunked\r\n\r\n9\r\nGET /evil\r\n0\r\n\r\n"));
}

#[test]
fn vuln_08_smuggling_by_the_caller() {
    let post = |headers: &[(&str, &str)]| {
        wire(|connection| request(connection, "POST|/", headers, Body::Bytes(b"GET /evil")))
    };
    let chunks = ("Transfer-Encoding", "chunked");
    assert_eq!(post(&[("Content-Length", "9"), chunks]), Err(Kind::Value));
    assert_eq!(post(&[chunks, ("Content-Length", "9")]), Err(Kind::Value));
    assert_eq!(post(&[("Content-Length", "0")]), Err(Kind::Value));
    assert_eq!(post(&[("Content-Length", "90")]), Err(Kind::Value));
    // A request that was broken off never goes on elsewhere.
    let (mut connection, log) = connection(vec![], OK, Pace::Whole);
    connection.putrequest(b"POST", b"/", false, false).unwrap();
    connection.putheader(b"Content-Length", &[b"9"]).unwrap();
    connection.endheaders(&mut Body::None, false).unwrap();
    connection.surrender();
    assert_eq!(connection.send(b"GET /evil").unwrap_err().kind(), Kind::NotConnected);
    assert_eq!(log.lock().unwrap().sent.len(), 1);

    let (mut connection, log) = transcript::connection(vec![], OK, Pace::Hesitant);
    for _ in 0..3 {
        assert_eq!(post_evil(&mut connection).unwrap_err().kind(), Kind::WouldBlock);
    }
    connection.surrender();
    assert_eq!(post_evil(&mut connection).unwrap_err().kind(), Kind::ConnectionAborted);
    assert_eq!(log.lock().unwrap().sent, [b"PO"]);
}

/// send() does not lose the head that is being made, nor get between its parts.
#[test]
fn vuln_08_send_and_an_unfinished_head() {
    for pace in [Pace::Whole, Pace::Single] {
        let (mut connection, log) = connection(vec![], OK, pace);
        connection.putrequest(b"GET", b"/probe", false, false).unwrap();
        connection.send(b"raw").unwrap();
        connection.endheaders(&mut Body::None, false).unwrap();
        assert_eq!(log.lock().unwrap().sent.concat(), [b"raw", PROBE_REQUEST].concat());
    }
    let (mut connection, log) = connection(vec![], OK, Pace::Hesitant);
    for _ in 0..3 {
        assert_eq!(post_evil(&mut connection).unwrap_err().kind(), Kind::WouldBlock);
    }
    assert_eq!(connection.send(b"raw").unwrap_err().kind(), Kind::CannotSendRequest);
    patiently(|| post_evil(&mut connection)).unwrap();
    assert!(log.lock().unwrap().sent[0].ends_with(b"\r\nContent-Length: 9\r\n\r\nGET /evil"));
}

#[test]
fn vuln_09_nothing_of_a_request_is_left_for_the_next() {
    type Act = fn(&mut Connection);
    let before: [Act; 7] = [
        |c| request(c, "PUT|/", &[("X", "y"), ("Upgrade", "z")], Body::Bytes(b"body")).unwrap(),
        |c| request(c, "HEAD|/", &[], Body::None).unwrap(),
        |c| {
            let mut blocks = Blocks::new(None, &["a", "b"]);
            request(c, "POST|/", &[("Expect", "100-continue")], Body::Source(&mut blocks)).unwrap();
        },
        |c| {
            request(c, "GET|/", &[("Host", "o"), ("X", "\n")], Body::None)
                .unwrap_err()
                .kind()
                .is(Kind::Value)
                .then_some(())
                .unwrap()
        },
        |c| {
            c.putrequest(b"POST", b"/old", true, true).unwrap();
            c.putheader(b"X", &[b"y"]).unwrap();
            c.putheader(b"X", &[b"\n"]).unwrap_err();
        },
        |c| {
            c.putrequest(b"POST", b"/old", false, true).unwrap();
            c.putheader(b"Content-Length", &[b"4"]).unwrap();
            c.endheaders(&mut Body::None, false).unwrap();
            c.send(b"ab").unwrap();
        },
        |c| {
            c.putrequest(b"B AD", b"/", false, false)
                .unwrap_err()
                .kind()
                .is(Kind::Value)
                .then_some(())
                .unwrap()
        },
    ];
    for act in before {
        let (mut connection, log) = connection(vec![], OK, Pace::Whole);
        act(&mut connection);
        let mut first = Response::default();
        if connection.getresponse(&mut first).is_ok() {
            first.close(&mut connection);
        }
        connection.close();
        let old: usize = log.lock().unwrap().sent.concat().len();
        request(&mut connection, "/probe", &[], Body::None).unwrap();
        assert_eq!(&log.lock().unwrap().sent.concat()[old..], PROBE_REQUEST);
        let mut response = Response::default();
        connection.getresponse(&mut response).unwrap();
        response.read_all(&mut connection, 100).unwrap();
        assert_eq!(response.body(), b"hello");
    }
}

#[test]
fn vuln_10_extreme_lengths() {
    for length in [1 << 31, 1 << 32, (1 << 31) - 1, u64::from(u32::MAX), u64::MAX >> 1, u64::MAX] {
        let outcome = cut(
            &response(&format!("Content-Length: {length}"), "hello"),
            End::Close,
            b"hello",
            Kind::IncompleteRead,
        );
        assert_eq!(outcome.counts, (5, Some(length - 5)));
        let chunk = chunked(&format!("{length:x}\r\nhello"));
        cut(&chunk, End::Close, b"hello", Kind::IncompleteRead);
    }
}

#[test]
fn vuln_11_names_that_are_not_ascii() {
    // What looks like a delimiter, vanishes, or is empty once it is mapped is no name at all.
    for bad in ["\u{2100}.example", "a\u{200d}b", "\u{ff0e}", "a\u{ff0f}b", "a\u{fe55}80", "\u{ad}"]
    {
        let made = Connection::new(bad, Some(80), 80, |_, _| unreachable!());
        assert_eq!(made.err().map(|error| error.kind()), Some(Kind::Encoding), "{bad}");
    }
    // A request target is ASCII, whatever a host may be.
    let target = "http://b\u{fc}cher.example/";
    assert_eq!(sent(target, &[]), Err(Kind::Encoding));
}

#[test]
fn vuln_12_endless_lines() {
    let endless = "a".repeat(70_000);
    let lines = [
        format!("HTTP/1.1 200 {endless}"),
        format!("HTTP/1.1 200 OK\r\nA: {endless}"),
        format!("HTTP/1.1 200 OK\r\n{endless}"),
    ];
    for line in lines {
        let outcome = run_long(line.as_bytes());
        assert_eq!((outcome.error, outcome.line.len()), (Some(Kind::LineTooLong), 65_536));
    }
    for body in [format!("5;{endless}"), format!("0\r\nA: {endless}"), "0".repeat(70_000)] {
        assert_eq!(run_long(&chunked(&body)).error, Some(Kind::LineTooLong));
    }
}

#[test]
fn vuln_13_endless_headers() {
    let outcome = run_long(&response(&"A: b\r\n".repeat(1_001), ""));
    assert_eq!(outcome.error, Some(Kind::TooManyHeaders));
    // A head of as many fields and bytes as may be costs at most twice what was received.
    let line = format!("A: {}\r\n", "b".repeat((256 << 10) / 1_000 - 6));
    let most = response(&(line.repeat(999) + "Content-Length: 0"), "");
    let (mut connection, _) = connection(vec![], &most, Pace::Whole);
    request(&mut connection, "/", &[], Body::None).unwrap();
    let peak = memory::peak_of(|| {
        assert_eq!(connection.receive().unwrap().head().fields.len(), 1_000);
    });
    assert!(peak <= most.len() * 2, "{peak} for {}", most.len());
    let long = response(&format!("A: {}\r\n", "b".repeat(60_000)).repeat(90), "");
    let mut transcript = Transcript::new(&long);
    transcript.settings.head_limits.bytes = 1 << 20;
    let peak = memory::peak_of(|| {
        let outcome = transcript.run_once(Pace::Whole, Reading::Big);
        assert_eq!(outcome.error, Some(Kind::HeadTooLarge));
    });
    assert!(peak < 2 * long.len() + (4 << 20), "{peak}");
}

#[test]
fn vuln_14_endless_interim_responses_and_trailers() {
    let interim = "HTTP/1.1 100 Continue\r\n\r\n";
    let ok = String::from_utf8_lossy(OK);
    assert_eq!(run_long((interim.repeat(100) + &ok).as_bytes()).result(), Ok((200, &b"hello"[..])));
    let outcome = run_long((interim.repeat(101) + &ok).as_bytes());
    assert_eq!(outcome.error, Some(Kind::TooManyInterim));
    let outcome = run_long(&chunked(&("0\r\n".to_owned() + &"A: b\r\n".repeat(1_002))));
    assert_eq!(outcome.error, Some(Kind::TooManyHeaders));

    // One budget for all: interim heads, the head, extensions and trailers.
    let filler = format!("A: {}\r\n", "b".repeat(1000));
    let interim = format!("HTTP/1.1 103 Hints\r\n{filler}\r\n");
    let chunk = format!("1;{}\r\nx\r\n", "e".repeat(1000));
    let bytes = format!(
        "{interim}{interim}HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n{filler}\r\n{chunk}0\r\n{filler}\r\n"
    );
    for (limit, fits) in [(6000, true), (4600, false), (3500, false), (2500, false), (1500, false)]
    {
        let mut transcript = Transcript::new(bytes.as_bytes());
        transcript.settings.head_limits.bytes = limit;
        let expected = if fits { None } else { Some(Kind::HeadTooLarge) };
        assert_eq!(transcript.run().error, expected, "{limit}");
    }
}

/// The budget is met to the byte, wherever it ends, and before the line or block that exceeds it is whole.
#[test]
fn vuln_14_the_budget_is_exact() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let run = |bytes: &str, limit: usize| {
        let mut transcript = Transcript::new(bytes.as_bytes());
        transcript.settings.head_limits.bytes = limit;
        transcript.run().error
    };
    for (bytes, used) in [
        ("HTTP/1.1 204 None\r\n\r\n".into(), 21),
        ("HTTP/1.1 204 None\r\nA: b\r\n\r\n".into(), 27),
        (format!("{head}0\r\n\r\n"), head.len() + 2),
        (format!("HTTP/1.1 100 Go\r\n\r\n{head}0\r\n\r\n"), 19 + head.len() + 2),
        // The digits that a size needs, and the line ends, are not counted; all else of the line is, as far as
        // it is more than the data before it.
        (format!("{head}5;ext\r\nhello\r\n001\r\nx\r\n0\r\n\r\n"), head.len() + 4),
        (format!("{head}1;a\r\nx\r\n1;bcdef\r\ny\r\n0\r\n\r\n"), head.len() + 2 + 6 + 2 - 2),
        (format!("{head}0\r\nA: b\r\n\r\n"), head.len() + 8),
    ] {
        assert_eq!(run(&bytes, used), None, "{bytes}");
        assert_eq!(run(&bytes, used - 1), Some(Kind::HeadTooLarge), "{bytes}");
    }
    for unfinished in [
        "HTTP/1.1 200 OK and so on",
        "HTTP/1.1 200 OK\r\nA: b and so on",
        "HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\n",
    ] {
        assert_eq!(run(unfinished, unfinished.len()), Some(Kind::Timeout));
        assert_eq!(run(unfinished, unfinished.len() - 1), Some(Kind::HeadTooLarge));
    }
    // What stands in it does not matter then.
    for bad in ["no status line at all\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n"] {
        assert_eq!(run(bad, 20), Some(Kind::HeadTooLarge), "{bad}");
    }
    let extension = format!("{head}1;ext\r\nx\r\n");
    assert_eq!(run(&extension, head.len() + 4), Some(Kind::Timeout));
    assert_eq!(run(&extension, head.len() + 3), Some(Kind::HeadTooLarge));
    let trailers = format!("{head}0\r\nA: b and so on");
    assert_eq!(run(&trailers, head.len() + 14), Some(Kind::Timeout));
    assert_eq!(run(&trailers, head.len() + 13), Some(Kind::HeadTooLarge));
}

#[test]
fn vuln_15_time_is_linear() {
    // Quadratic work would take minutes here, byte by byte.
    let lines = response(&"Abc: def\r\n".repeat(20_000), "");
    let mut transcript = Transcript::new(&lines).line("HEAD|/");
    transcript.settings.head_limits.lines = usize::MAX;
    let outcome = transcript.run_once(Pace::Single, Reading::Big);
    assert_eq!((outcome.error, outcome.fields.len()), (None, 20_000));
    let large = response(&format!("A: {}", "b".repeat(8 << 20)), "");
    transcript = Transcript { bytes: &large, ..transcript };
    assert_eq!(transcript.run_once(Pace::Whole, Reading::Big).error, Some(Kind::LineTooLong));
}

#[test]
fn vuln_16_blank_before_the_colon() {
    refused(&response("Transfer-Encoding : chunked", "0\r\n\r\n"), Kind::BadHeader);
    refused(&response("Content-Length : 5", "hello"), Kind::BadHeader);
}

#[test]
fn vuln_17_a_field_behind_a_bare_cr() {
    refused(&response("X: a\rContent-Length: 3", "hello"), Kind::BadHeader);
    refused(b"HTTP/1.1 200 OK\r\nA: b\r\n\rX: y\r\n\r\n", Kind::BadHeader);
}

#[test]
fn vuln_18_folded_transfer_encoding() {
    kept(&response("Transfer-Encoding:\r\n chunked", "5\r\nhello\r\n0\r\n\r\n"), 200, b"hello");
    refused(
        &response("Transfer-Encoding: chunked\r\n , identity", ""),
        Kind::UnknownTransferEncoding,
    );
}

#[test]
fn vuln_19_empty_name() {
    refused(&response(": v", ""), Kind::BadHeader);
}

#[test]
fn vuln_20_a_million_digits() {
    let digits = "1".repeat(60_000);
    let outcome = run_long(&response(&format!("Content-Length: {digits}"), "hello"));
    assert_eq!(outcome.error, Some(Kind::BadFraming));
    let million = "1".repeat(1_000_000);
    let mut transcript_bytes = response(&format!("Content-Length: {million}"), "hello");
    let mut transcript = Transcript::new(&transcript_bytes);
    transcript.settings.head_limits.line = usize::MAX;
    transcript.settings.head_limits.bytes = usize::MAX;
    assert_eq!(transcript.run_once(Pace::Whole, Reading::Big).error, Some(Kind::BadFraming));
    transcript_bytes = response(&format!("Content-Length: {}5", "0".repeat(20)), "hello");
    kept(&transcript_bytes, 200, b"hello");
    transcript_bytes = response(&format!("Content-Length: {}5", "0".repeat(60_000)), "hello");
    assert_eq!(run_long(&transcript_bytes).body, b"hello");
}

#[test]
fn vuln_21_memory_grows_with_what_arrives() {
    for bytes in [
        response("Content-Length: 8000000000", "hello"),
        response("Content-Length: 18446744073709551615", "hello"),
        chunked("1dcd65000\r\nhello"),
    ] {
        let peak = memory::peak_of(|| {
            let transcript = Transcript::new(&bytes).end(End::Close);
            let outcome = transcript.run_once(Pace::Whole, Reading::All);
            assert_eq!(
                (outcome.error, &outcome.body[..]),
                (Some(Kind::IncompleteRead), &b"hello"[..])
            );
        });
        // The largest buffer that does not wait for bytes is that for chunks, 64 KiB.
        assert!(peak < 128 << 10, "{peak} bytes for 5");
    }
}

#[test]
fn vuln_22_lengths_that_only_look_like_numbers() {
    for bad in ["+5", "0_5", "5_0", "-0", "0b1", "5 "] {
        let padded = format!("Content-Length: {bad}x");
        refused(&response(&padded, "hello"), Kind::BadFraming);
    }
    refused(&response("Content-Length: +5", "hello"), Kind::BadFraming);
    refused(&response("Content-Length: 0_5", "hello"), Kind::BadFraming);
    refused(b"HTTP/1.1 200 OK\r\nContent-Length: \xa05\r\n\r\nhello", Kind::BadFraming);
}

#[test]
fn vuln_23_two_lengths() {
    refused(&response("Content-Length: 5\r\nContent-Length: 6", "hello!"), Kind::BadFraming);
}

#[test]
fn vuln_24_empty_length() {
    refused(&response("Content-Length:", "hello"), Kind::BadFraming);
    refused(&response("Content-Length: \t", "hello"), Kind::BadFraming);
}

#[test]
fn vuln_25_error_texts_are_escaped() {
    // That no text has a control character is checked of every error that a transcript ends in.
    let escape = "\x1b[2J\x07\u{85}".repeat(100);
    for bytes in [
        format!("HTTP/1.1 2x {escape}\r\n"),
        format!("HTTP/1.1 200 OK\r\n{escape}: x\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\nContent-Length: x{escape}\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5{escape}\r\n"),
    ] {
        assert!(Transcript::new(bytes.as_bytes()).run().error.is_some());
    }
    let (mut connection, _) = connection(vec![], b"", Pace::Whole);
    let error = request(&mut connection, "/", &[("X", &escape)], Body::None).unwrap_err();
    assert!(!error.message().contains(char::is_control) && error.message().len() < 600);
}

#[test]
fn vuln_26_final_answer_before_the_body_was_sent() {
    let reply = b"HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n";
    for pace in [Pace::Whole, Pace::Single, Pace::Hesitant] {
        let (mut connection, log) = connection(vec![], reply, pace);
        connection.putrequest(b"PUT", b"/", false, false).unwrap();
        connection.putheader(b"Expect", &[b"100-continue"]).unwrap();
        connection.putheader(b"Content-Length", &[b"9"]).unwrap();
        patiently(|| connection.endheaders(&mut Body::None, false)).unwrap();
        let mut response = Response::default();
        patiently(|| connection.getresponse(&mut response)).unwrap();
        assert_eq!(response.head().status, 417);
        assert!(response.framing().will_close);
        assert_eq!(connection.send(b"").map_err(|error| error.kind()), Ok(()), "Idle again");
        request(&mut connection, "/probe", &[], Body::None).unwrap();
        let log = log.lock().unwrap();
        assert_eq!(log.sent.last().unwrap(), PROBE_REQUEST, "on a stream of its own");
        assert!(!log.sent[0].ends_with(PROBE_REQUEST));
    }
}

/// The same without an expectation: the answer comes while the request is still going out.
#[test]
fn vuln_26_final_answer_while_the_body_is_sent() {
    let reply = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n";
    let (mut connection, log) = connection(vec![], reply, Pace::Hesitant);
    for _ in 0..3 {
        assert_eq!(post_evil(&mut connection).unwrap_err().kind(), Kind::WouldBlock);
    }
    let mut response = Response::default();
    patiently(|| connection.getresponse(&mut response)).unwrap();
    assert_eq!(response.head().status, 413);
    request(&mut connection, "/probe", &[], Body::None).unwrap();
    let log = log.lock().unwrap();
    assert_eq!((&log.sent[0][..], &log.sent[1][..]), (&b"PO"[..], PROBE_REQUEST));
}

/// One call of request(), to be repeated as long as it would block.
fn post_evil(connection: &mut Connection) -> Result<(), Error> {
    connection.request(Request {
        method: b"POST",
        target: b"/",
        headers: std::iter::empty(),
        body: Body::Bytes(b"GET /evil"),
        encode_chunked: true,
    })
}

#[test]
fn vuln_27_early_hints_are_not_the_answer() {
    let hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    let outcome = kept(&[&hints[..], OK].concat(), 200, b"hello");
    assert_eq!(outcome.interim.len(), 1);
}

#[test]
fn vuln_28_poisoned_response_queue() {
    let evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
    not_kept(&[OK, evil.as_bytes()].concat(), End::Silence, 200, b"hello");
    not_kept(&[OK, b"H"].concat(), End::Silence, 200, b"hello");
}

/// Over sockets: the extra response comes in one segment with the first, or after it was read.
#[test]
fn vuln_28_poisoned_response_queue_on_a_socket() {
    let evil = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
    for together in [true, false] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = thread::spawn(move || {
            let mut request = [0; 1024];
            let (mut first, _) = listener.accept().unwrap();
            assert!(first.read(&mut request).unwrap() > 0);
            first.write_all(OK).unwrap();
            if together {
                first.write_all(evil).unwrap();
            }
            let (mut signal, _) = listener.accept().unwrap();
            signal.read_exact(&mut [0]).unwrap();
            if !together {
                first.write_all(evil).unwrap();
            }
            signal.write_all(b"!").unwrap();
            let (mut second, _) = listener.accept().unwrap();
            assert!(second.read(&mut request).unwrap() > 0);
            second.write_all(b"HTTP/1.1 299 Own\r\nContent-Length: 0\r\n\r\n").unwrap();
        });
        let dialer = TcpDialer::new("127.0.0.1", port, TcpOptions::default()).unwrap();
        let mut connection =
            Connection::new("127.0.0.1", Some(port), 80, |_, _| Ok(Box::new(dialer))).unwrap();
        let mut response = Response::default();
        request(&mut connection, "/", &[], Body::None).unwrap();
        connection.getresponse(&mut response).unwrap();
        response.read_all(&mut connection, 100).unwrap();
        assert_eq!(response.body(), b"hello");
        let mut signal = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        signal.write_all(b"!").unwrap();
        signal.read_exact(&mut [0]).unwrap();
        request(&mut connection, "/next", &[], Body::None).unwrap();
        connection.getresponse(&mut response).unwrap();
        assert_eq!(response.head().status, 299);
        server.join().unwrap();
    }
}

#[test]
fn vuln_29_chunk_size_beyond_64_bits() {
    cut(
        &chunked("10000000000000005\r\nhello\r\n0\r\n\r\n"),
        End::Silence,
        b"",
        Kind::IncompleteRead,
    );
}

#[test]
fn vuln_30_chunk_size_ended_by_lf() {
    cut(&chunked("5\nhello\n0\n\n"), End::Silence, b"", Kind::IncompleteRead);
}

#[test]
fn vuln_31_junk_behind_chunk_data() {
    cut(&chunked("5\r\nhelloXX0\r\n\r\n"), End::Silence, b"hello", Kind::IncompleteRead);
}

#[test]
fn vuln_32_extensions_have_a_budget() {
    let bytes = chunked(&format!("1;{}\r\nx\r\n", "e".repeat(4000)).repeat(300));
    let mut transcript = Transcript::new(&bytes);
    transcript.settings.head_limits.bytes = 1 << 20;
    let outcome = transcript.run_once(Pace::Whole, Reading::Big);
    assert_eq!(outcome.error, Some(Kind::HeadTooLarge));
    assert!((250..265).contains(&outcome.body.len()), "{}", outcome.body.len());
    assert_eq!(transcript.run_once(Pace::Single, Reading::Single), outcome);
    // By default it is 8 MiB.
    let many = chunked(&format!("1;{}\r\nx\r\n", "e".repeat(4000)).repeat(2200));
    let outcome = Transcript::new(&many).run_once(Pace::Whole, Reading::Big);
    assert_eq!(outcome.error, Some(Kind::HeadTooLarge));
}

#[test]
fn vuln_33_empty_chunk_size() {
    for body in ["\r\nhello", ";a\r\nhello", " \r\nhello"] {
        cut(&chunked(body), End::Silence, b"", Kind::IncompleteRead);
    }
}

#[test]
fn vuln_34_chunk_sizes_that_only_look_like_numbers() {
    for bad in ["0x5", "+5", "0_5", "-5", "5zz", "5 5", "\u{a0}5"] {
        let bytes = chunked(&format!("{bad}\r\nhello\r\n0\r\n\r\n"));
        cut(&bytes, End::Silence, b"", Kind::IncompleteRead);
    }
    cut(&chunked("00000000000000011111111111111111\r\n"), End::Silence, b"", Kind::IncompleteRead);
}

#[test]
fn vuln_35_look_alikes_of_chunked() {
    for bad in
        ["chunked, identity", "xchunked", "chunked, chunked", "identity, chunked", "chunked\u{b}"]
    {
        let bytes = response(&format!("Transfer-Encoding: {bad}\r\nContent-Length: 5"), "hello");
        let outcome = Transcript::new(&bytes).run();
        let refused = [Kind::UnknownTransferEncoding, Kind::BadHeader];
        assert!(outcome.error.is_some_and(|kind| refused.contains(&kind)), "{bad}: {outcome:?}");
    }
}

#[test]
fn vuln_36_content_codings_are_left_alone() {
    let codings = "gzip, ".repeat(1000) + "gzip";
    let bytes = response(&format!("Content-Encoding: {codings}\r\nContent-Length: 5"), "hello");
    assert_eq!(run_long(&bytes).result(), Ok((200, &b"hello"[..])));
}

#[test]
fn vuln_37_never_more_than_asked() {
    // Sources check the room that they are given; reads are checked here.
    let bytes = chunked("5\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n");
    for (room, effort) in [(1, ReadMode::Fill), (3, ReadMode::Once), (7, ReadMode::Fill)] {
        let (mut connection, _) = connection(vec![], &bytes, Pace::Whole);
        request(&mut connection, "/", &[], Body::None).unwrap();
        let mut response = Response::default();
        connection.getresponse(&mut response).unwrap();
        let mut memory = [b'#'; 16];
        while response.read(&mut connection, UninitSlice::new(&mut memory[..room]), effort).unwrap()
            > 0
        {
            assert_eq!(memory[room..], [b'#'; 16][room..]);
        }
    }
    let mut blocks = Blocks::new(Some(9), &["a", "bcdefghi"]);
    let text =
        wire(|connection| blocks_of(connection, &mut Blocks::new(Some(9), &["a", "bcdefghi"])));
    assert!(text.unwrap().ends_with("\r\n\r\nabcdefghi"));
    let (mut connection, _) = connection(vec![], b"", Pace::Whole);
    blocks_of(&mut connection, &mut blocks).unwrap();
}

fn blocks_of(connection: &mut Connection, blocks: &mut Blocks) -> Result<(), Error> {
    request(connection, "POST|/", &[], Body::Source(blocks))
}

#[test]
fn vuln_38_tls_truncation() {
    let truncated = End::Fail(Kind::TlsTruncated);
    let outcome = cut(&response("A: b", "hello"), truncated, b"hello", Kind::IncompleteRead);
    assert_eq!(outcome.counts, (5, None));
}

/// At least the oldest version with every known fault corrected.
fn check_version(name: &str, least: [u32; 3]) {
    let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock");
    // A package without the file resolves by Cargo.toml, which asks for as much.
    let Ok(lock) = std::fs::read_to_string(lock) else { return };
    let (_, rest) = lock.split_once(&format!("name = \"{name}\"\nversion = \"")).unwrap();
    let version: Vec<u32> =
        rest.split('"').next().unwrap().split('.').map(|n| n.parse().unwrap()).collect();
    assert!(version[..] >= least[..], "{name} {version:?}");
}

#[test]
fn vuln_43_version_of_webpki() {
    check_version("rustls-webpki", [0, 103, 13]);
}

#[test]
fn vuln_45_version_of_rustls() {
    check_version("rustls", [0, 23, 46]);
}

/// A peer that says goodbye, or nothing sensible, instead of shaking hands.
#[cfg(feature = "tls")]
#[test]
fn vuln_44_close_notify_in_the_handshake() {
    use httpclient::transport::tls::TlsConfig;
    for alert in [&b"\x15\x03\x03\x00\x02\x01\x00"[..], b"\x15\x03\x03\x00\x02\x02\x28"] {
        for end in [End::Close, End::Silence] {
            let peer = Peer { replies: vec![alert.repeat(3)], end };
            let (mut connection, log) = connection(vec![peer], b"", Pace::Whole);
            let mut config = TlsConfig::builder();
            config.add_bundled_roots().unwrap();
            connection.set_tls(config.build().unwrap()).unwrap();
            let error = request(&mut connection, "/secret", &[], Body::None).unwrap_err();
            assert!(error.kind().is(Kind::Os), "{error:?}");
            assert!(connection.stream().is_none());
            let sent = log.lock().unwrap().sent.concat();
            assert!(!sent.windows(7).any(|window| window == b"/secret"), "in the clear");
        }
    }
}

/// What a proxy sends in the clear together with its answer never reaches the tunnelled conversation.
#[test]
fn vuln_47_bytes_behind_the_proxy_s_answer() {
    for more in [&b"HTTP/1.1 200 Evil\r\nContent-Length: 0\r\n\r\n"[..], b"\x16\x03\x03", b"\n"] {
        let reply = [b"HTTP/1.1 200 OK\r\n\r\n", more].concat();
        let peer = Peer { replies: vec![reply], end: End::Silence };
        let (mut connection, _) = connection(vec![peer], b"", Pace::Whole);
        connection.set_tunnel("o.test", Some(443), std::iter::empty()).unwrap();
        let error = request(&mut connection, "/", &[], Body::None).unwrap_err();
        assert_eq!(error.kind(), Kind::Tunnel);
        assert!(connection.stream().is_none());
    }
}

#[test]
fn vuln_49_connections_share_nothing() {
    let logs: Vec<_> = (0..2)
        .map(|_| {
            let (mut connection, log) = connection(vec![], OK, Pace::Whole);
            request(&mut connection, "/", &[], Body::None).unwrap();
            let mut response = Response::default();
            connection.getresponse(&mut response).unwrap();
            response.read_all(&mut connection, 100).unwrap();
            log
        })
        .collect();
    assert!(logs.iter().all(|log| log.lock().unwrap().sent.len() == 1));
}

#[test]
fn vuln_50_zones_are_not_for_the_peer() {
    let (dialer, log) = transcript::Dialer::new(vec![], b"", Pace::Whole);
    let mut dialled = String::new();
    let mut connection = Connection::new("fe80::1%eth0", Some(8080), 80, |host, _| {
        dialled.push_str(host);
        Ok(Box::new(dialer))
    })
    .unwrap();
    request(&mut connection, "/", &[], Body::None).unwrap();
    let sent = String::from_utf8(log.lock().unwrap().sent.concat()).unwrap();
    assert!(sent.contains("\r\nHost: [fe80::1]:8080\r\n") && !sent.contains("eth0"), "{sent}");
    assert_eq!((&dialled[..], connection.host().given()), ("fe80::1%eth0", "fe80::1%eth0"));
}

#[test]
fn vuln_51_authorization_is_not_for_the_proxy() {
    let connected = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let peer = Peer { replies: vec![connected], end: End::Silence };
    let (mut connection, log) = connection(vec![peer], b"", Pace::Whole);
    connection.set_tunnel("o.test", Some(443), std::iter::empty()).unwrap();
    connection.connect().unwrap();
    let connect = log.lock().unwrap().sent.concat();
    assert_eq!(connect, b"CONNECT o.test:443 HTTP/1.1\r\nHost: o.test:443\r\n\r\n");
    request(&mut connection, "/", &[("Authorization", "secret")], Body::None).unwrap();
    let sent = log.lock().unwrap().sent.concat();
    assert!(sent.starts_with(&connect) && sent.ends_with(b"Authorization: secret\r\n\r\n"));
}

#[test]
fn vuln_52_redirects_are_not_followed() {
    let reply = b"HTTP/1.1 302 Found\r\nLocation: http://evil.test/\r\nContent-Length: 0\r\n\r\n";
    let (mut connection, log) = connection(vec![], reply, Pace::Whole);
    request(&mut connection, "/", &[("Authorization", "secret")], Body::None).unwrap();
    let mut response = Response::default();
    connection.getresponse(&mut response).unwrap();
    assert_eq!(response.head().status, 302);
    let log = log.lock().unwrap();
    assert_eq!(log.sent.len(), 1);
    assert_eq!(log.sent[0].windows(6).filter(|window| window == b"secret").count(), 1);
}

/// Signals belong to the program: nothing in the sources sets one, or an alarm.
#[test]
fn vuln_54_no_signals() {
    fn visit(directory: &std::path::Path) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                for word in ["libc::signal", "sigaction", "libc::alarm", "setitimer", "siglongjmp"]
                {
                    assert!(!text.contains(word), "{word} in {}", path.display());
                }
            }
        }
    }
    visit(concat!(env!("CARGO_MANIFEST_DIR"), "/src").as_ref());
}

/// A response knows its stream by number: it does not read from the one that came after.
#[test]
fn vuln_56_streams_are_told_apart() {
    let peer = |body: &str| Peer {
        replies: vec![response(&format!("Content-Length: {}", body.len()), body)],
        end: End::Silence,
    };
    let (mut connection, _) = connection(vec![peer("first"), peer("second")], b"", Pace::Whole);
    let (mut first, mut second) = (Response::default(), Response::default());
    for response in [&mut first, &mut second] {
        request(&mut connection, "/", &[], Body::None).unwrap();
        connection.getresponse(response).unwrap();
        if response.remaining() == Some(5) {
            connection.close();
        }
    }
    first.read_all(&mut connection, 100).unwrap();
    assert_eq!(first.body(), b"", "closed with its connection");
    second.read_all(&mut connection, 100).unwrap();
    assert_eq!(second.body(), b"second");
}

#[test]
fn vuln_58_endless_head_from_a_proxy() {
    let endless = "a".repeat(70_000);
    for (bytes, kind) in [
        (format!("HTTP/1.1 200 {endless}"), Kind::LineTooLong),
        (format!("HTTP/1.1 200 OK\r\nA: {endless}"), Kind::LineTooLong),
        (format!("HTTP/1.1 200 OK\r\n{}", "A: b\r\n".repeat(1_002)), Kind::TooManyHeaders),
        ("HTTP/1.1 100 Continue\r\n\r\n".repeat(200), Kind::TooManyInterim),
    ] {
        let transcript = Transcript::new(bytes.as_bytes()).line("CONNECT|o.test:443");
        assert_eq!(transcript.run_once(Pace::Whole, Reading::Big).error, Some(kind));
        assert_eq!(transcript.run_once(Pace::Single, Reading::Big).error, Some(kind));
    }
    let reply = format!("HTTP/1.1 200 OK\r\n{}", "A: b\r\n".repeat(1_002)).into_bytes();
    let peer = Peer { replies: vec![reply], end: End::Silence };
    let (mut connection, _) = connection(vec![peer], b"", Pace::Whole);
    connection.set_tunnel("o.test", Some(443), std::iter::empty()).unwrap();
    let error = request(&mut connection, "/", &[], Body::None).unwrap_err();
    assert_eq!(error.kind(), Kind::TooManyHeaders);
}
