//! What a response knows of its request, however slowly both go over the wire.
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

mod transcript;

use core::iter;
use httpclient::client::{Body, Connection, Response};
use httpclient::engine::error::Kind;
use transcript::{End, Pace, Peer, connection, patiently, request};

const EMPTY: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const PACES: [Pace; 3] = [Pace::Whole, Pace::Single, Pace::Hesitant];

/// Answers more requests than any test here sends.
fn patient() -> Peer {
    Peer { replies: vec![EMPTY.to_vec(); 9], end: End::Silence }
}

fn answer(connection: &mut Connection) -> Response {
    let mut response = Response::default();
    patiently(|| connection.getresponse(&mut response)).unwrap();
    response
}

fn url(response: &Response) -> &str {
    core::str::from_utf8(response.url().unwrap()).unwrap()
}

#[test]
fn each_response_has_the_url_of_its_own_request() {
    for pace in PACES {
        let (mut connection, _) = connection(vec![patient()], EMPTY, pace);
        for (line, expected) in [
            ("/a?b#c", "http://h.test/a?b"),
            ("OPTIONS|*", "http://h.test"),
            ("http://u:p@other.test:8080/x", "http://other.test:8080/x"),
            ("", "http://h.test/"),
        ] {
            request(&mut connection, line, &[], Body::None).unwrap();
            let mut response = answer(&mut connection);
            assert_eq!(url(&response), expected, "{pace:?}");
            response.close(&mut connection);
            assert_eq!(url(&response), expected, "{pace:?}");
        }
    }
}

#[test]
fn the_memory_of_one_response_serves_the_next() {
    let (mut connection, _) = connection(vec![patient()], EMPTY, Pace::Whole);
    let mut response = Response::default();
    for round in 0..5 {
        let long = format!("/{}", "x".repeat(if round == 1 { 10_000 } else { round }));
        request(&mut connection, &long, &[], Body::None).unwrap();
        patiently(|| connection.getresponse(&mut response)).unwrap();
        assert_eq!(url(&response), format!("http://h.test{long}"));
        response.close(&mut connection);
        response.rest();
    }
}

#[test]
fn step_by_step_it_is_the_same() {
    let (mut connection, _) = connection(vec![patient()], EMPTY, Pace::Whole);
    connection.putrequest(b"GET", b"/steps", true, true).unwrap();
    connection.putheader(b"Host", &[b"elsewhere.test"]).unwrap();
    connection.endheaders(&mut Body::None, false).unwrap();
    // The connection's host: Host is the caller's to say.
    assert_eq!(url(&answer(&mut connection)), "http://h.test/steps");
}

#[test]
fn through_a_tunnel_the_url_is_about_the_host_behind_it() {
    for pace in PACES {
        let open = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
        let peer = Peer { replies: vec![open, EMPTY.to_vec()], end: End::Silence };
        let (mut connection, _) = connection(vec![peer], EMPTY, pace);
        connection.set_tunnel("a.test", Some(8443), iter::empty()).unwrap();
        request(&mut connection, "/x", &[], Body::None).unwrap();
        let response = answer(&mut connection);
        assert_eq!(url(&response), "http://a.test:8443/x", "{pace:?}");
        // Another tunnel later does not change what was asked then.
        connection.close();
        connection.set_tunnel("b.test", Some(80), iter::empty()).unwrap();
        assert_eq!(url(&response), "http://a.test:8443/x", "{pace:?}");
    }
}

#[test]
fn an_answer_to_connect_is_about_its_authority() {
    let open = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let peer = Peer { replies: vec![open], end: End::Silence };
    let (mut connection, _) = connection(vec![peer], EMPTY, Pace::Whole);
    request(&mut connection, "CONNECT|h.test:443", &[], Body::None).unwrap();
    assert_eq!(url(&answer(&mut connection)), "http://h.test:443");
}

#[test]
fn a_refused_request_leaves_nothing_behind() {
    let (mut connection, _) = connection(vec![patient()], EMPTY, Pace::Whole);
    request(&mut connection, "/first", &[], Body::None).unwrap();
    answer(&mut connection).close(&mut connection);
    let refused = request(&mut connection, "/a b", &[], Body::None);
    assert_eq!(refused.unwrap_err().kind(), Kind::InvalidUrl);
    request(&mut connection, "/second", &[], Body::None).unwrap();
    assert_eq!(url(&answer(&mut connection)), "http://h.test/second");
}

#[test]
fn a_response_keeps_the_debug_level_of_its_time() {
    let (mut connection, _) = connection(vec![patient()], EMPTY, Pace::Whole);
    let levels = [0, 2, 0, 5].map(|level| {
        connection.settings.debug_level = level;
        request(&mut connection, "/", &[], Body::None).unwrap();
        let mut response = answer(&mut connection);
        connection.settings.debug_level = 9;
        response.close(&mut connection);
        response.debug_level()
    });
    assert_eq!(levels, [0, 2, 0, 5]);
}
