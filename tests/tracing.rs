//! What is shown of a connection: the same events, however slowly the bytes go and come.
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

mod transcript;

use core::iter;
use httpclient::client::{Body, Connection, Event, Response, Trace};
use httpclient::engine::error::Error;
use std::sync::{Arc, Mutex};
use transcript::{Blocks, End, Pace, Peer, connection, patiently, request};

#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<(Event, String)>>>);

impl Trace for Recorder {
    fn event(&mut self, event: Event, data: &[u8]) {
        if event != Event::Info {
            let text = String::from_utf8_lossy(data).into_owned();
            self.0.lock().unwrap().push((event, text));
        }
    }
}

/// The events of `work` on a connection that is answered so, which are the same in every way that the
/// bytes can go and come.
fn events(
    replies: &[&str],
    end: End,
    work: impl Fn(&mut Connection) -> Result<(), Error>,
) -> Vec<(Event, String)> {
    let run = |pace| {
        let replies = replies.iter().map(|reply| reply.as_bytes().to_vec()).collect();
        let (mut connection, _) = connection(vec![Peer { replies, end }], b"", pace);
        let seen = Recorder::default();
        connection.set_trace(httpclient::client::Place::Other, Some(Box::new(seen.clone())));
        let _ = work(&mut connection);
        let seen = seen.0.lock().unwrap();
        seen.clone()
    };
    let whole = run(Pace::Whole);
    let len = replies.iter().map(|reply| reply.len()).max().unwrap_or(0);
    let splits = (1..len).map(Pace::SplitAt);
    for pace in splits.chain([Pace::Single, Pace::Hesitant]) {
        assert_eq!(run(pace), whole, "{pace:?}");
    }
    whole
}

fn answer(connection: &mut Connection) -> Result<(), Error> {
    let mut response = Response::default();
    patiently(|| connection.getresponse(&mut response))?;
    response.close(connection);
    Ok(())
}

fn get(connection: &mut Connection) -> Result<(), Error> {
    request(connection, "/", &[], Body::None)?;
    answer(connection)
}

const GET: &str = "GET / HTTP/1.1\r\nHost: h.test\r\nAccept-Encoding: identity\r\n\r\n";

fn shown(expected: &[(Event, &str)]) -> Vec<(Event, String)> {
    expected.iter().map(|&(event, text)| (event, text.to_owned())).collect()
}

#[test]
fn a_status_line_is_shown_once_and_before_its_head() {
    let final_head = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let replies = [&("HTTP/1.1 103 Early\r\nA: b\r\n\r\n".to_owned() + final_head)[..]];
    let expected = shown(&[
        (Event::Send, GET),
        (Event::Status, "HTTP/1.1 103 Early\r\n"),
        (Event::Interim, "HTTP/1.1 103 Early\r\nA: b\r\n\r\n"),
        (Event::Status, "HTTP/1.1 200 OK\r\n"),
        (Event::Head, final_head),
    ]);
    assert_eq!(events(&replies, End::Silence, get), expected);
}

#[test]
fn a_status_line_is_shown_whatever_is_wrong_with_it_or_behind_it() {
    for (reply, status) in [
        ("SSH-2.0-x\r\n", "SSH-2.0-x\r\n"),
        ("HTTP/2.0 200 OK\r\n\r\n", "HTTP/2.0 200 OK\r\n"),
        ("HTTP/1.1 200 OK\r\nno field\r\n\r\n", "HTTP/1.1 200 OK\r\n"),
        ("HTTP/1.1 200 OK\r\nA: b\r\n", "HTTP/1.1 200 OK\r\n"),
        ("HTTP/1.1 20", "HTTP/1.1 20"),
        ("", ""),
    ] {
        let expected = shown(&[(Event::Send, GET), (Event::Status, status)]);
        assert_eq!(events(&[reply], End::Close, get), expected, "{reply:?}");
    }
}

#[test]
fn a_status_line_over_the_limit_is_not_shown() {
    let limited = |connection: &mut Connection| {
        connection.settings.head_limits.line = 16;
        get(connection)
    };
    let seen = events(&["HTTP/1.1 200 Okay\r\n\r\n"], End::Close, limited);
    assert_eq!(seen, shown(&[(Event::Send, GET)]));
}

#[test]
fn a_body_is_shown_in_the_blocks_that_http_client_sends() {
    let post = |connection: &mut Connection| {
        let mut blocks = Blocks::new(None, &["one", "two"]);
        request(connection, "POST|/", &[], Body::Source(&mut blocks))
    };
    let head = "POST / HTTP/1.1\r\nHost: h.test\r\nAccept-Encoding: identity\r\n\
                Transfer-Encoding: chunked\r\n\r\n";
    let expected = shown(&[
        (Event::Body, "Unable to determine size of <callback>"),
        (Event::Send, head),
        (Event::Body, "reading a readable"),
        (Event::Send, "3\r\none\r\n"),
        (Event::Send, "3\r\ntwo\r\n"),
        (Event::Send, "0\r\n\r\n"),
    ]);
    assert_eq!(events(&[""], End::Silence, post), expected);
}

#[test]
fn connect_and_its_answer_are_shown() {
    let reply = "HTTP/1.1 407 Who\r\nA: b\r\n\r\n";
    let tunnel = |connection: &mut Connection| {
        connection.set_tunnel("o.test", Some(81), iter::empty())?;
        patiently(|| connection.connect())
    };
    let expected = shown(&[
        (Event::Send, "CONNECT o.test:81 HTTP/1.1\r\nHost: o.test:81\r\n\r\n"),
        (Event::Tunnel, reply),
    ]);
    assert_eq!(events(&[reply], End::Close, tunnel), expected);
}
