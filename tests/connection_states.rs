//! Calls that come at awkward moments: what is half open, half sent or half read must never be taken
//! for something else.
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

mod transcript;

use bytes::buf::UninitSlice;
use core::iter;
use httpclient::client::{Body, Connection, ReadMode, Request, Response, Source};
use httpclient::engine::error::{Error, Kind};
use httpclient::engine::state::Phase;
use transcript::{End, Log, Pace, Peer, connection, patiently, request};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

fn peer(reply: &str) -> Peer {
    Peer { replies: vec![reply.as_bytes().to_vec()], end: End::Silence }
}

fn read(connection: &mut Connection, response: &mut Response) -> Result<Vec<u8>, Kind> {
    let mut room = [0; 64];
    let count = response.read(connection, UninitSlice::new(&mut room), ReadMode::Once);
    count.map(|count| room[..count].to_vec()).map_err(|error| error.kind())
}

/// A body whose reading fails.
struct Broken(Kind);

impl Source for Broken {
    fn size(&self) -> Option<u64> {
        Some(5)
    }

    fn block_size(&self) -> usize {
        5
    }

    fn read(&mut self, _: &mut [u8]) -> Result<usize, Error> {
        Err(Error::new(self.0, "the test says so"))
    }
}

#[test]
fn a_half_open_tunnel_is_not_taken_for_another() {
    let open = "HTTP/1.1 200 OK\r\n\r\n";
    let (mut connection, log) = connection(vec![peer(open), peer(open)], b"", Pace::Hesitant);
    connection.set_tunnel("a.test", Some(80), iter::empty()).unwrap();
    for _ in 0..20 {
        assert_eq!(connection.connect().unwrap_err().kind(), Kind::WouldBlock);
    }
    connection.set_tunnel("b.test", Some(80), iter::empty()).unwrap();
    patiently(|| connection.connect()).unwrap();
    let Log { sent, .. } = log.lock().unwrap().clone();
    assert_eq!(sent.len(), 2);
    assert!(sent[1].starts_with(b"CONNECT b.test:80 "), "{}", sent[1].escape_ascii());
}

#[test]
fn a_request_whose_body_cannot_be_read_is_given_up() {
    for kind in [Kind::Os, Kind::Transport, Kind::Value] {
        let (mut connection, log) = connection(vec![peer(OK)], OK.as_bytes(), Pace::Whole);
        let outcome = request(&mut connection, "POST|/", &[], Body::Source(&mut Broken(kind)));
        assert_eq!(outcome.unwrap_err().kind(), kind);
        assert_eq!(connection.phase(), Phase::Idle, "{kind:?}");
        assert!(connection.stream().is_none(), "{kind:?}");
        request(&mut connection, "/", &[], Body::None).unwrap();
        assert_eq!(log.lock().unwrap().sent.len(), 2, "{kind:?}");
    }
}

#[test]
fn nothing_answers_a_request_of_which_nothing_is_out() {
    let unasked = "HTTP/1.1 299 Unasked\r\nContent-Length: 0\r\n\r\n";
    let post = |connection: &mut Connection| {
        let (method, target) = (&b"POST"[..], &b"/"[..]);
        let body = Body::Bytes(b"hello");
        let headers = iter::empty::<Result<(&[u8], &[u8]), Error>>();
        connection.request(Request { method, target, headers, body, encode_chunked: false })
    };
    for cut in 1..=unasked.len() {
        // What was sent before has an answer that nobody fetched.
        let (mut connection, log) =
            connection(vec![peer(&unasked[..cut])], OK.as_bytes(), Pace::Hesitant);
        patiently(|| connection.send(b"x")).unwrap();
        let mut response = Response::default();
        assert_eq!(post(&mut connection).unwrap_err().kind(), Kind::WouldBlock);
        for _ in 0..9 {
            let early = connection.getresponse(&mut response).unwrap_err();
            assert_eq!(
                (early.kind(), connection.phase()),
                (Kind::ResponseNotReady, Phase::RequestSent)
            );
        }
        patiently(|| post(&mut connection)).unwrap();
        patiently(|| connection.getresponse(&mut response)).unwrap();
        assert_eq!(response.head().status, 200);
        assert_eq!(log.lock().unwrap().sent.len(), 2, "a new one: this one is not quiet");
    }
}

#[test]
fn a_response_that_loses_its_stream_is_cut_short() {
    let half = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe";
    let lose = |connection: &mut Connection| {
        let mut broken = Broken(Kind::Value);
        request(connection, "POST|/", &[], Body::Source(&mut broken)).unwrap_err();
    };
    // As in http.client, close() is meant for the response too.
    let close = |connection: &mut Connection| connection.close();
    for (end, expected) in
        [(&lose as &dyn Fn(&mut Connection), Err(Kind::IncompleteRead)), (&close, Ok(vec![]))]
    {
        let (mut connection, _) = connection(vec![peer(half)], b"", Pace::Whole);
        let mut response = Response::default();
        request(&mut connection, "/", &[], Body::None).unwrap();
        connection.getresponse(&mut response).unwrap();
        assert_eq!(read(&mut connection, &mut response), Ok(b"he".to_vec()));
        end(&mut connection);
        assert_eq!(read(&mut connection, &mut response), expected);
        assert_eq!(read(&mut connection, &mut response), expected, "and again");
    }
}

#[test]
fn what_came_instead_of_a_head_decides_what_can_follow() {
    for (reply, kind, phase) in [
        // A connection that broke: the next request opens another.
        ("", Kind::RemoteDisconnected, Phase::Idle),
        ("HTTP/1.1 200 OK\r\nA: b", Kind::IncompleteRead, Phase::Idle),
        // An answer, though a bad one: this request has had its own, whether or not the stream ended.
        ("garbage", Kind::BadStatusLine, Phase::RequestSent),
        ("garbage\r\n", Kind::BadStatusLine, Phase::RequestSent),
        ("HTTP/1.1 200 OK\r\nA b\r\n\r\n", Kind::BadHeader, Phase::RequestSent),
    ] {
        let peers = vec![Peer { replies: vec![reply.as_bytes().to_vec()], end: End::Close }];
        let (mut connection, _) = connection(peers, OK.as_bytes(), Pace::Hesitant);
        let mut response = Response::default();
        request(&mut connection, "/", &[], Body::None).unwrap();
        let outcome = patiently(|| connection.getresponse(&mut response));
        assert_eq!(outcome.unwrap_err().kind(), kind, "{reply:?}");
        assert_eq!(
            (connection.phase(), connection.stream().is_some()),
            (phase, false),
            "{reply:?}"
        );
        connection.close();
        request(&mut connection, "/", &[], Body::None).unwrap();
        patiently(|| connection.getresponse(&mut response)).unwrap();
    }
}

#[test]
fn a_refused_end_leaves_the_head_as_it_was() {
    let (mut connection, log) = connection(vec![], b"", Pace::Whole);
    connection.putrequest(b"TRACE", b"/", false, true).unwrap();
    let refused = connection.endheaders(&mut Body::Bytes(b"hello"), false);
    assert_eq!(refused.unwrap_err().kind(), Kind::Value);
    connection.endheaders(&mut Body::None, false).unwrap();
    let sent = log.lock().unwrap().sent.concat();
    assert_eq!(sent.escape_ascii().to_string(), r"TRACE / HTTP/1.1\r\nHost: h.test\r\n\r\n");
}

#[test]
fn a_bound_on_the_body_bounds_what_is_given_out() {
    let (mut connection, _) = connection(vec![peer(OK)], b"", Pace::Whole);
    let mut response = Response::default();
    request(&mut connection, "/", &[], Body::None).unwrap();
    connection.getresponse(&mut response).unwrap();
    let outcome = response.read_all(&mut connection, 4);
    assert_eq!(outcome.unwrap_err().kind(), Kind::TooLarge);
    assert_eq!(response.body(), b"hell");
}

#[test]
fn an_empty_value_keeps_its_place_in_a_joined_field() {
    let reply = "HTTP/1.1 200 OK\r\nA:\r\na: b\r\nA:\r\nContent-Length: 0\r\n\r\n";
    let (mut connection, _) = connection(vec![peer(reply)], b"", Pace::Whole);
    let mut response = Response::default();
    request(&mut connection, "/", &[], Body::None).unwrap();
    connection.getresponse(&mut response).unwrap();
    assert_eq!(response.header(b"a").unwrap(), Some(&b", b, "[..]));
}
