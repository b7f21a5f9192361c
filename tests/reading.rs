//! How responses are read where it is awkward: of nothing, past the end, after a close, through a timeout,
//! from a connection that is gone; and what a failure leaves behind.
#![cfg(feature = "std")]
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

mod transcript;

use bytes::buf::UninitSlice;
use httpclient::client::{Body, Connection, ReadMode, Response, StaleCheck};
use httpclient::engine::error::{Error, Kind};
use httpclient::engine::state::Phase;
use std::sync::{Arc, Mutex};
use transcript::{End, Log, Pace, Peer, connection, patiently, request};

const FIVE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const NEXT: &str = "HTTP/1.1 299 Next\r\nContent-Length: 0\r\n\r\n";

/// A connection whose streams answer so; the first of them ends so.
fn answering(replies: &[&str], end: End, pace: Pace) -> (Connection, Arc<Mutex<Log>>) {
    let replies = replies.iter().map(|reply| reply.as_bytes().to_vec()).collect();
    connection(vec![Peer { replies, end }], NEXT.as_bytes(), pace)
}

/// The response to a request with this method.
fn ask(connection: &mut Connection, method: &str) -> Response {
    let mut response = Response::default();
    request(connection, &format!("{method}|/"), &[], Body::None).unwrap();
    patiently(|| connection.getresponse(&mut response)).unwrap();
    response
}

fn read(
    connection: &mut Connection,
    response: &mut Response,
    count: usize,
    effort: ReadMode,
) -> Result<Vec<u8>, Kind> {
    let mut room = vec![0; count];
    let outcome = response.read(connection, UninitSlice::new(&mut room), effort);
    outcome.map(|count| room[..count].to_vec()).map_err(|error| error.kind())
}

fn readline(
    connection: &mut Connection,
    response: &mut Response,
    limit: usize,
) -> Result<Vec<u8>, Error> {
    let mut room = vec![0; limit];
    let count = response.readline(connection, UninitSlice::new(&mut room))?;
    Ok(room[..count].to_vec())
}

fn next_status(connection: &mut Connection) -> u16 {
    ask(connection, "GET").head().status
}

#[test]
fn read1_and_lines_leave_the_answer_to_head_open() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    let (mut connection, log) = answering(&[head, NEXT], End::Silence, Pace::Whole);
    let mut response = ask(&mut connection, "HEAD");
    assert_eq!(read(&mut connection, &mut response, 9, ReadMode::Once), Ok(vec![]));
    assert_eq!(readline(&mut connection, &mut response, 9).unwrap(), b"");
    assert_eq!(response.peek(&mut connection).unwrap(), b"");
    assert!(!response.is_closed(&connection));
    request(&mut connection, "/", &[], Body::None).unwrap();
    let mut next = Response::default();
    let early = connection.getresponse(&mut next).unwrap_err();
    assert_eq!(early.kind(), Kind::ResponseNotReady);
    assert_eq!(read(&mut connection, &mut response, 9, ReadMode::Fill), Ok(vec![]));
    assert!(response.is_closed(&connection));
    connection.getresponse(&mut next).unwrap();
    assert_eq!((next.head().status, log.lock().unwrap().sent.len()), (299, 1));
}

/// Nothing is received, and only a body that has no bytes at all ends with it.
#[test]
fn reads_of_nothing() {
    for (reply, closes) in [
        (FIVE, false),
        ("HTTP/1.1 200 OK\r\n\r\nhello", false),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", false),
        ("HTTP/1.1 204 None\r\n\r\n", true),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true),
    ] {
        for effort in [ReadMode::Fill, ReadMode::Once, ReadMode::Whole] {
            let (mut connection, _) = answering(&[reply], End::Silence, Pace::Whole);
            let mut response = ask(&mut connection, "GET");
            assert!(!response.is_closed(&connection), "before it was read");
            assert_eq!(read(&mut connection, &mut response, 0, effort), Ok(vec![]));
            assert_eq!(response.is_closed(&connection), closes, "{reply}");
        }
        let (mut connection, _) = answering(&[reply], End::Silence, Pace::Whole);
        let mut response = ask(&mut connection, "GET");
        assert_eq!(readline(&mut connection, &mut response, 0).unwrap(), b"");
        assert_eq!(response.is_closed(&connection), closes, "{reply}");
    }
}

/// What has come of a chunk does not wait for what stands behind it, and a complete amount for nothing.
#[test]
fn a_read_waits_for_nothing_that_it_does_not_give() {
    for (reply, pieces) in [
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello", &[2, 3][..]),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo", &[5]),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", &[5]),
        ("HTTP/1.1 200 OK\r\n\r\nhello", &[1, 4]),
    ] {
        for pace in [Pace::Whole, Pace::Single] {
            let (mut connection, _) = answering(&[reply], End::Fail(Kind::Panic), pace);
            let mut response = ask(&mut connection, "GET");
            let mut body = Vec::new();
            for &count in pieces {
                body.extend(read(&mut connection, &mut response, count, ReadMode::Fill).unwrap());
            }
            assert_eq!(body, b"hello", "{reply}");
            assert!(!response.is_closed(&connection));
        }
    }
}

#[test]
fn a_response_that_was_closed_is_empty_and_its_connection_another() {
    for reply in [FIVE, "HTTP/1.1 200 OK\r\n\r\nhello"] {
        let (mut connection, log) = answering(&[reply], End::Silence, Pace::Whole);
        let mut response = ask(&mut connection, "GET");
        assert_eq!(read(&mut connection, &mut response, 1, ReadMode::Fill), Ok(b"h".to_vec()));
        response.close(&mut connection);
        assert_eq!(log.lock().unwrap().finished, 1);
        assert!(response.is_closed(&connection));
        for effort in [ReadMode::Fill, ReadMode::Once, ReadMode::Whole] {
            assert_eq!(read(&mut connection, &mut response, 9, effort), Ok(vec![]));
        }
        assert_eq!(readline(&mut connection, &mut response, 9).unwrap(), b"");
        assert_eq!(response.peek(&mut connection).unwrap(), b"");
        assert!(response.skip(&mut connection, 9).unwrap());
        response.read_all(&mut connection, 9).unwrap();
        assert_eq!(response.body(), b"");
        assert_eq!((response.head().status, response.detach().is_none()), (200, true));
        assert_eq!(next_status(&mut connection), 299);
        assert_eq!(log.lock().unwrap().sent.len(), 2);
    }
}

#[test]
fn a_response_outlives_its_connection() {
    for pace in [Pace::Whole, Pace::Single] {
        let (mut connection, log) = answering(&[FIVE], End::Close, pace);
        let mut response = ask(&mut connection, "GET");
        assert_eq!(read(&mut connection, &mut response, 2, ReadMode::Fill), Ok(b"he".to_vec()));
        let stream = connection.surrender().unwrap();
        assert!(response.shares(&stream));
        response.inherit(stream);
        assert_eq!(log.lock().unwrap().finished, 0);
        assert_eq!(read(&mut connection, &mut response, 9, ReadMode::Fill), Ok(b"llo".to_vec()));
        assert!(response.is_closed(&connection));
        assert_eq!(log.lock().unwrap().finished, 1);
    }
}

/// peek() and readline() know where body, chunk and limit end.
#[test]
fn what_stands_behind_is_not_shown() {
    let evil = format!("{FIVE}{NEXT}");
    let (mut connection, log) = answering(&[&evil], End::Silence, Pace::Whole);
    let mut response = ask(&mut connection, "GET");
    assert_eq!(response.peek(&mut connection).unwrap(), b"hello");
    assert_eq!(read(&mut connection, &mut response, 2, ReadMode::Fill), Ok(b"he".to_vec()));
    assert_eq!(response.peek(&mut connection).unwrap(), b"llo");
    assert_eq!(readline(&mut connection, &mut response, 2).unwrap(), b"ll");
    assert_eq!(response.peek(&mut connection).unwrap(), b"o");
    assert_eq!(readline(&mut connection, &mut response, 9).unwrap(), b"o");
    assert!(response.is_closed(&connection));
    assert_eq!((next_status(&mut connection), log.lock().unwrap().sent.len()), (299, 2));

    let chunks = format!("{CHUNKED}2\r\na\n\r\n3\r\nbc\n\r\n0\r\n\r\n");
    let (mut connection, _) = answering(&[&chunks], End::Silence, Pace::Whole);
    let mut response = ask(&mut connection, "GET");
    assert_eq!(response.peek(&mut connection).unwrap(), b"a\n");
    assert_eq!(readline(&mut connection, &mut response, 1).unwrap(), b"a");
    assert_eq!(readline(&mut connection, &mut response, 9).unwrap(), b"\n");
    assert_eq!(response.peek(&mut connection).unwrap(), b"bc\n");
    assert_eq!(readline(&mut connection, &mut response, 9).unwrap(), b"bc\n");
    assert_eq!(readline(&mut connection, &mut response, 9).unwrap(), b"");
    assert!(response.is_closed(&connection));
}

/// Nothing of the response that it was before: neither its trailers nor its failure.
#[test]
fn a_response_that_is_filled_again_is_another() {
    let trailers = format!("{CHUNKED}0\r\nA: b\r\n\r\n");
    let broken = format!("{CHUNKED}5\r\nhelloXX");
    let (mut connection, _) = answering(&[&trailers, FIVE, &broken], End::Silence, Pace::Whole);
    let mut response = Response::default();
    let mut exchange = |connection: &mut Connection| {
        request(connection, "/", &[], Body::None).unwrap();
        connection.getresponse(&mut response).unwrap();
        let outcome = response.read_all(connection, 99).map_err(|error| error.kind());
        (outcome, response.body().to_vec(), response.trailers().len())
    };
    assert_eq!(exchange(&mut connection), (Ok(()), b"".to_vec(), 1));
    assert_eq!(exchange(&mut connection), (Ok(()), b"hello".to_vec(), 0));
    assert_eq!(exchange(&mut connection), (Err(Kind::IncompleteRead), b"hello".to_vec(), 0));
    assert_eq!(exchange(&mut connection), (Ok(()), b"".to_vec(), 0));
}

/// What waits as the beginning of a line is still to be read, by whatever call.
#[test]
fn a_line_that_is_not_complete_is_not_lost() {
    let (mut connection, _) = answering(&[FIVE], End::Silence, Pace::Hesitant);
    let mut response = ask(&mut connection, "GET");
    for _ in 0..3 {
        assert_eq!(
            readline(&mut connection, &mut response, 9).unwrap_err().kind(),
            Kind::WouldBlock
        );
        assert_eq!(response.remaining(), Some(5));
    }
    assert_eq!(response.peek(&mut connection).unwrap(), b"he");
    assert_eq!(read(&mut connection, &mut response, 9, ReadMode::Once), Ok(b"he".to_vec()));
    assert_eq!(response.remaining(), Some(3));
    assert_eq!(patiently(|| readline(&mut connection, &mut response, 2)).unwrap(), b"ll");
    patiently(|| response.read_all(&mut connection, 9)).unwrap();
    assert_eq!(response.body(), b"o");
}

/// Unlike http.client, which refuses to read on: nothing was lost.
#[test]
fn a_read_that_timed_out_can_be_repeated() {
    for (end, kind) in [(End::Silence, Kind::Timeout), (End::Fail(Kind::Deadline), Kind::Deadline)]
    {
        for (first, rest) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc", "def"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabc", "def\r\n0\r\n\r\n"),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0",
                "3\r\ndef\r\n0\r\n\r\n",
            ),
        ] {
            let rest = format!("{rest}{NEXT}");
            let (mut connection, _) = answering(&[first, &rest], end, Pace::Whole);
            let mut response = ask(&mut connection, "GET");
            assert_eq!(
                read(&mut connection, &mut response, 9, ReadMode::Fill),
                Ok(b"abc".to_vec())
            );
            for effort in [ReadMode::Fill, ReadMode::Once] {
                assert_eq!(read(&mut connection, &mut response, 9, effort), Err(kind));
            }
            assert_eq!(response.read_all(&mut connection, 9).unwrap_err().kind(), kind);
            assert_eq!(readline(&mut connection, &mut response, 9).unwrap_err().kind(), kind);
            assert!(!response.is_closed(&connection));
            // The rest comes with the next request.
            request(&mut connection, "/next", &[], Body::None).unwrap();
            assert_eq!(
                read(&mut connection, &mut response, 9, ReadMode::Fill),
                Ok(b"def".to_vec())
            );
            assert!(response.is_closed(&connection));
            let mut next = Response::default();
            connection.getresponse(&mut next).unwrap();
            assert_eq!(next.head().status, 299);
        }
        // A head, too.
        let (mut connection, _) = answering(&["HTTP/1.1 2", ""], end, Pace::Whole);
        request(&mut connection, "/", &[], Body::None).unwrap();
        let mut response = Response::default();
        for _ in 0..2 {
            assert_eq!(connection.getresponse(&mut response).unwrap_err().kind(), kind);
            assert_eq!(connection.phase(), Phase::RequestSent);
            assert!(connection.stream().is_some());
        }
    }
}

/// http.client's rule: Idle where the peer has gone, else only close() helps. The stream is gone at once.
#[test]
fn what_a_bad_head_leaves() {
    for (reply, end, phase) in [
        ("garbage\r\n", End::Silence, Phase::RequestSent),
        ("HTTP/2.0 200 OK\r\n", End::Silence, Phase::RequestSent),
        ("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", End::Silence, Phase::RequestSent),
        ("HTTP/1.1 101 Go\r\n\r\n", End::Silence, Phase::RequestSent),
        ("", End::Close, Phase::Idle),
        ("HTTP/1.1 200 OK\r\n", End::Close, Phase::Idle),
        ("garbage", End::Close, Phase::RequestSent),
        ("HTTP/1.1 2", End::Fail(Kind::ConnectionReset), Phase::Idle),
        ("HTTP/1.1 2", End::Fail(Kind::TlsTruncated), Phase::Idle),
    ] {
        let (mut connection, log) = answering(&[reply], end, Pace::Whole);
        request(&mut connection, "/", &[], Body::None).unwrap();
        let mut response = Response::default();
        let kind = connection.getresponse(&mut response).unwrap_err().kind();
        assert!(connection.stream().is_none(), "{reply:?}");
        assert_eq!(log.lock().unwrap().finished, 1);
        assert_eq!(connection.phase(), phase, "{reply:?}");
        let again = connection.getresponse(&mut response).unwrap_err().kind();
        assert_eq!(again, if phase == Phase::Idle { Kind::ResponseNotReady } else { kind });
        connection.close();
        assert_eq!(next_status(&mut connection), 299);
    }
}

/// A limit may be lowered between two calls, to less than has come by then.
#[test]
fn a_limit_that_is_lowered_meanwhile() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let whole = format!("{head}0\r\nA: b and so on\r\n\r\n");
    for calls in 1..whole.len() {
        let (mut connection, _) = answering(&[&whole], End::Silence, Pace::Hesitant);
        request(&mut connection, "/", &[], Body::None).unwrap();
        let mut response = Response::default();
        let mut begun = false;
        let mut step = |connection: &mut Connection| {
            if !begun {
                connection.getresponse(&mut response).map(|()| begun = true)
            } else {
                response.read_all(connection, 9)
            }
        };
        for _ in 0..calls {
            if let Err(error) = step(&mut connection) {
                assert_eq!(error.kind(), Kind::WouldBlock);
            }
        }
        connection.settings.head_limits.bytes = 10;
        let error = patiently(|| step(&mut connection)).unwrap_err();
        assert_eq!(error.kind(), Kind::HeadTooLarge, "after {calls} calls");
    }
}

/// A tunnel that did not come about leaves nothing that a request could go out on (BEHAVIOUR H6).
#[test]
fn what_a_failed_tunnel_leaves() {
    let long = "a".repeat(70_000);
    let many = "A: b\r\n".repeat(1_002);
    for (reply, end, kind) in [
        ("garbage\r\n".into(), End::Silence, Kind::BadStatusLine),
        (format!("HTTP/1.1 200 {long}"), End::Silence, Kind::LineTooLong),
        (format!("HTTP/1.1 200 OK\r\n{many}"), End::Silence, Kind::TooManyHeaders),
        ("HTTP/1.1 200 OK\r\nbad\r\n\r\n".into(), End::Silence, Kind::BadHeader),
        ("HTTP/1.1 200 OK\r\n".into(), End::Silence, Kind::Timeout),
        (String::new(), End::Silence, Kind::Timeout),
        (String::new(), End::Close, Kind::RemoteDisconnected),
        ("HTTP/1.1 200 OK\r\n".into(), End::Close, Kind::IncompleteRead),
        (String::new(), End::Fail(Kind::ConnectionReset), Kind::ConnectionReset),
        ("HTTP/1.1 100 Go\r\n\r\n".into(), End::Silence, Kind::Timeout),
        ("HTTP/1.1 101 Go\r\n\r\n".into(), End::Silence, Kind::Tunnel),
        ("HTTP/1.1 300 Go\r\n\r\n".into(), End::Silence, Kind::Tunnel),
        ("HTTP/1.1 302 Go\r\nLocation: x\r\n\r\n".into(), End::Silence, Kind::Tunnel),
        ("HTTP/2.0 200 OK\r\n\r\n".into(), End::Silence, Kind::UnknownProtocol),
    ] {
        let peer = Peer { replies: vec![reply.clone().into_bytes()], end };
        let good = Peer {
            replies: vec![b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), NEXT.into()],
            end: End::Silence,
        };
        let (mut connection, log) = connection(vec![peer, good], b"", Pace::Whole);
        connection.set_tunnel("o.test", Some(443), std::iter::empty()).unwrap();
        let error = request(&mut connection, "/secret", &[], Body::None).unwrap_err();
        assert_eq!(error.kind(), kind, "{reply:.40}");
        assert!(connection.stream().is_none());
        assert_eq!(connection.phase(), Phase::Idle);
        // An answer that is none is not shown as one.
        assert_eq!(connection.proxy_reply().is_some(), kind == Kind::Tunnel, "{reply:.40}");
        assert_eq!(next_status(&mut connection), 299);
        assert_eq!(connection.proxy_reply().map(|reply| reply.status), Some(200));
        let sent = log.lock().unwrap().sent.clone();
        let head = b"CONNECT o.test:443 HTTP/1.1\r\nHost: o.test:443\r\n\r\n";
        assert_eq!((sent.len(), &sent[0][..]), (2, &head[..]), "{reply:.40}");
        assert!(sent[1].starts_with(head));
    }
}

/// A tunnel that is set again has only what it was set with.
#[test]
fn a_tunnel_s_headers_are_its_own() {
    let (mut connection, log) = connection(vec![], b"HTTP/1.1 200 OK\r\n\r\n", Pace::Whole);
    let mut value = b"secret".to_vec();
    let headers = [Ok((&b"Proxy-Authorization"[..], &value[..]))];
    connection.set_tunnel("o.test", Some(443), headers.into_iter()).unwrap();
    value.fill(b'#');
    connection.connect().unwrap();
    connection.close();
    connection.set_tunnel("p.test", None, std::iter::empty()).unwrap();
    connection.connect().unwrap();
    let log = log.lock().unwrap();
    assert_eq!(
        [&log.sent[0][..], &log.sent[1][..]],
        [
            &b"CONNECT o.test:443 HTTP/1.1\r\nProxy-Authorization: secret\r\nHost: o.test:443\r\n\r\n"[..],
            b"CONNECT p.test:80 HTTP/1.1\r\nHost: p.test:80\r\n\r\n",
        ]
    );
}

/// Of what the proxy has said nothing is shown before it has said it, nor what it said another time.
#[test]
fn the_proxy_s_answer_is_whole() {
    let good = "HTTP/1.1 200 OK\r\nA: b\r\n\r\n";
    let again =
        Peer { replies: vec![b"HTTP/1.1 200 OK\r\nC: d\r\n\r\n".to_vec()], end: End::Silence };
    let first = Peer { replies: vec![good.into()], end: End::Silence };
    let (mut connection, _) = connection(vec![first, again], b"", Pace::Hesitant);
    connection.set_tunnel("o.test", Some(443), std::iter::empty()).unwrap();
    patiently(|| connection.connect()).unwrap();
    connection.close();
    let mut waits = 0;
    while let Err(error) = connection.connect() {
        assert_eq!(error.kind(), Kind::WouldBlock);
        assert!(connection.proxy_reply().is_none());
        waits += 1;
    }
    assert!(waits > good.len());
    let reply = connection.proxy_reply().unwrap();
    assert_eq!((reply.fields.len(), reply.fields.values(b"c").next()), (1, Some(&b"d"[..])));
}

/// Whoever has announced chunks and sent none has not sent a request.
#[test]
fn an_answer_to_half_a_request_ends_the_connection() {
    type Rest = fn(&mut Connection);
    let nothing: Rest = |_| {};
    let some: Rest = |connection| connection.send(b"5\r\nhello\r\n0\r\n\r\n").unwrap();
    let half: Rest = |connection| connection.send(b"hel").unwrap();
    for (name, value, rest, will_close) in [
        ("Transfer-Encoding", "chunked", nothing, true),
        ("Transfer-Encoding", "chunked", some, false),
        ("Content-Length", "5", nothing, true),
        ("Content-Length", "5", half, true),
    ] {
        let (mut connection, log) = answering(&[NEXT, NEXT], End::Silence, Pace::Whole);
        connection.putrequest(b"POST", b"/", false, false).unwrap();
        connection.putheader(name.as_bytes(), &[value.as_bytes()]).unwrap();
        connection.endheaders(&mut Body::None, false).unwrap();
        rest(&mut connection);
        let mut response = Response::default();
        connection.getresponse(&mut response).unwrap();
        assert_eq!(response.framing().will_close, will_close, "{name}");
        read(&mut connection, &mut response, 1, ReadMode::Fill).unwrap();
        assert_eq!(next_status(&mut connection), 299);
        assert_eq!(log.lock().unwrap().sent.len(), 1 + usize::from(will_close));
    }
}

/// Whatever the look would say: a stream that the peer has ended is not used again.
#[test]
fn without_a_look_what_has_arrived_counts_all_the_same() {
    for (reply, end) in [(format!("{FIVE}{NEXT}"), End::Silence), (FIVE.to_owned(), End::Silence)] {
        let (mut connection, log) = answering(&[&reply, NEXT], end, Pace::Whole);
        connection.settings.stale_check = StaleCheck::Never;
        let mut response = ask(&mut connection, "GET");
        assert_eq!(read(&mut connection, &mut response, 9, ReadMode::Fill), Ok(b"hello".to_vec()));
        let streams = if reply == FIVE { 1 } else { 2 };
        assert_eq!((next_status(&mut connection), log.lock().unwrap().sent.len()), (299, streams));
    }
}

/// Only a stream that is not HTTP any more is given out, and with it what was received.
#[test]
fn detaching() {
    for (line, reply, behind) in [
        ("GET", "HTTP/1.1 101 Go\r\n\r\nraw", Some("raw")),
        ("CONNECT", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nraw", Some("raw")),
        ("CONNECT", "HTTP/1.1 299 OK\r\n\r\n", Some("")),
        ("CONNECT", "HTTP/1.1 403 No\r\nConnection: close\r\n\r\nraw", None),
        ("GET", "HTTP/1.1 200 OK\r\n\r\nraw", None),
        ("GET", FIVE, None),
    ] {
        let (mut connection, log) = answering(&[reply], End::Close, Pace::Whole);
        let target = if line == "CONNECT" { "o.test:443" } else { "/" };
        let headers: &[_] = if line == "GET" { &[("Upgrade", "x")] } else { &[] };
        request(&mut connection, &format!("{line}|{target}"), headers, Body::None).unwrap();
        let mut response = Response::default();
        connection.getresponse(&mut response).unwrap();
        let stream = response.detach();
        assert_eq!(stream.is_some(), behind.is_some(), "{line} {reply}");
        let (Some(mut stream), Some(behind)) = (stream, behind) else { continue };
        assert!(response.detach().is_none() && response.is_closed(&connection));
        let mut room = [0; 9];
        let count = stream.read(UninitSlice::new(&mut room)).unwrap();
        assert_eq!(&room[..count], behind.as_bytes());
        assert_eq!(log.lock().unwrap().finished, 0, "it is the caller's");
        assert_eq!(next_status(&mut connection), 299);
    }
}
