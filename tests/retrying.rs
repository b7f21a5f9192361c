//! When a request is sent once more: only where nothing can have been processed twice, and only once.
#![cfg(feature = "std")]
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

use bytes::buf::UninitSlice;
use httpclient::client::{Body, Connection, Exchange, Request, Response};
use httpclient::engine::error::{Error, Kind};
use httpclient::transport::{Dial, Interest, Limits, Timeout, Transport};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// What a stream does when it is written to and read from, operation by operation. Behind that it takes
/// everything, and there is nothing to be read.
#[derive(Clone, Default)]
struct Script {
    /// Why the stream is never there.
    unopened: Option<Kind>,
    writes: VecDeque<Result<usize, Kind>>,
    reads: VecDeque<Result<&'static str, Kind>>,
}

impl Script {
    /// A stream that answers one request, and then does this.
    fn kept(writes: &[Result<usize, Kind>], reads: &[Result<&'static str, Kind>]) -> Script {
        let writes = [&[Ok(usize::MAX)], writes].concat();
        Script { writes: writes.into(), reads: [&[Ok(OK)], reads].concat().into(), unopened: None }
    }
}

struct Stream {
    script: Script,
    limits: Limits,
    sent: Arc<Mutex<Vec<Vec<u8>>>>,
    index: usize,
}

impl Transport for Stream {
    fn read(&mut self, out: &mut UninitSlice, _: usize) -> Result<usize, Error> {
        let nothing = if self.limits.timeout == Timeout::Nonblocking {
            Kind::WouldBlock
        } else {
            Kind::Timeout
        };
        let text = self.script.reads.pop_front().unwrap_or(Err(nothing));
        let text = text.map_err(|kind| Error::new(kind, "the test says so"))?;
        out[..text.len()].copy_from_slice(text.as_bytes());
        Ok(text.len())
    }

    fn write(&mut self, parts: &[&[u8]]) -> Result<usize, Error> {
        let most = self.script.writes.pop_front().unwrap_or(Ok(usize::MAX));
        let most = most.map_err(|kind| Error::new(kind, "the test says so"))?;
        let all = parts.concat();
        let count = most.min(all.len());
        self.sent.lock().unwrap()[self.index].extend(&all[..count]);
        Ok(count)
    }

    fn is_quiet(&mut self) -> bool {
        true
    }

    fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    fn interest(&self) -> Interest {
        Interest::default()
    }

    fn wait(&mut self, _: Interest, _: u64, _: Option<u64>) -> Result<(), Error> {
        Ok(())
    }
}

struct Dialer(VecDeque<Script>, Arc<Mutex<Vec<Vec<u8>>>>);

impl Dial for Dialer {
    fn dial(&mut self, limits: Limits) -> Result<Box<dyn Transport>, Error> {
        let script = self.0.pop_front().ok_or(Error::new(Kind::ConnectionRefused, "no more"))?;
        if let Some(kind) = script.unopened {
            return Err(Error::new(kind, "the test says so"));
        }
        let mut sent = self.1.lock().unwrap();
        sent.push(Vec::new());
        let index = sent.len() - 1;
        Ok(Box::new(Stream { script, limits, sent: self.1.clone(), index }))
    }
}

const OK: &str = "HTTP/1.1 204 None\r\n\r\n";
const BODY: &[u8] = b"body";

fn connection(scripts: &[Script]) -> (Connection, Arc<Mutex<Vec<Vec<u8>>>>) {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let dialer = Dialer(scripts.to_vec().into(), sent.clone());
    let mut connection = Connection::new("h.test", None, 80, |_, _| Ok(Box::new(dialer))).unwrap();
    connection.settings.retry = true;
    (connection, sent)
}

fn get(connection: &mut Connection) -> Result<(), Error> {
    connection.request(Request {
        method: b"GET",
        target: b"/",
        headers: std::iter::empty(),
        body: Body::None,
        encode_chunked: false,
    })
}

/// A GET, which is answered, and then a PUT or what `method` says; the status of its answer, what happened on
/// the way, and how many streams took how much of it.
fn second(method: &str, scripts: &[Script]) -> (Result<u16, Kind>, Exchange, Vec<usize>) {
    let (mut connection, sent) = connection(scripts);
    let mut exchange = |method: &str| {
        let mut response = Response::default();
        connection.request(Request {
            method: method.as_bytes(),
            target: b"/",
            headers: std::iter::empty(),
            body: if method == "GET" { Body::None } else { Body::Bytes(BODY) },
            encode_chunked: false,
        })?;
        connection.getresponse(&mut response)?;
        response.read_all(&mut connection, 9)?;
        Ok::<_, Error>(response.head().status)
    };
    exchange("GET").unwrap();
    let first = sent.lock().unwrap()[0].len();
    let outcome = exchange(method).map_err(|error| error.kind());
    let mut counts: Vec<usize> = sent.lock().unwrap().iter().map(Vec::len).collect();
    counts[0] -= first;
    (outcome, connection.exchange(), counts)
}

fn answering() -> Script {
    Script {
        reads: [Ok("HTTP/1.1 299 Own\r\nContent-Length: 0\r\n\r\n")].into(),
        ..Script::default()
    }
}

const RESET: Kind = Kind::ConnectionReset;
const PIPE: Kind = Kind::BrokenPipe;

#[test]
fn a_request_that_nobody_took_goes_out_again() {
    for method in ["GET", "PUT", "DELETE", "HEAD", "OPTIONS"] {
        for (writes, reads) in [
            (&[Err(PIPE)][..], &[Ok("")][..]),
            (&[Err(RESET)], &[Err(RESET)]),
            (&[Ok(5), Err(PIPE)], &[Ok("")]),
            (&[], &[Ok("")]),
            (&[], &[Err(RESET)]),
        ] {
            let scripts = [Script::kept(writes, reads), answering()];
            let (outcome, exchange, sent) = second(method, &scripts);
            assert_eq!((outcome, sent.len()), (Ok(299), 2), "{method} {writes:?} {reads:?}");
            assert!(exchange.reused && exchange.retried);
            assert!(sent[1] > 30);
        }
    }
}

/// Whoever closes a connection at once has not done so because it was old.
#[test]
fn a_first_request_does_not_go_out_again() {
    for (writes, reads) in [(vec![Err(PIPE)], vec![Ok("")]), (vec![], vec![Ok("")])] {
        let script = Script { writes: writes.into(), reads: reads.into(), ..Script::default() };
        let (mut connection, sent) = connection(&[script, answering()]);
        let outcome =
            get(&mut connection).and_then(|()| connection.getresponse(&mut Response::default()));
        assert!(outcome.unwrap_err().kind().is(Kind::Connection));
        assert_eq!(sent.lock().unwrap().len(), 1);
    }
}

/// Opening may take too long in several ways. The next call goes on with the same request.
#[test]
fn a_repeat_that_opens_too_slowly_goes_on() {
    for kind in [Kind::Timeout, Kind::ConnectTimeout, Kind::TlsTimeout, Kind::Deadline] {
        let slow = Script { unopened: Some(kind), ..Script::default() };
        let (mut connection, sent) = connection(&[Script::kept(&[], &[Ok("")]), slow, answering()]);
        let mut response = Response::default();
        get(&mut connection).unwrap();
        connection.getresponse(&mut response).unwrap();
        response.read_all(&mut connection, 9).unwrap();
        get(&mut connection).unwrap();
        assert_eq!(connection.getresponse(&mut response).unwrap_err().kind(), kind);
        connection.getresponse(&mut response).unwrap();
        assert_eq!((response.head().status, sent.lock().unwrap().len()), (299, 2), "{kind:?}");
    }
}

#[test]
fn once_and_not_again() {
    let fails = Script { writes: [Err(PIPE)].into(), ..Script::default() };
    let closes = Script { reads: [Ok("")].into(), ..Script::default() };
    for (again, kind) in [(fails, PIPE), (closes, Kind::RemoteDisconnected)] {
        for first in [Script::kept(&[Err(PIPE)], &[Ok("")]), Script::kept(&[], &[Ok("")])] {
            let (outcome, exchange, sent) = second("PUT", &[first, again.clone(), answering()]);
            assert_eq!((outcome, sent.len()), (Err(kind), 2));
            assert!(exchange.retried);
        }
    }
}

#[test]
fn what_may_have_been_processed_does_not_go_out_again() {
    let interim = "HTTP/1.1 103 Hints\r\n\r\n";
    for (method, writes, reads, outcome) in [
        // Twice is not once.
        ("POST", &[Err(PIPE)][..], &[Ok("")][..], Err(PIPE)),
        ("PATCH", &[], &[Ok("")], Err(Kind::RemoteDisconnected)),
        ("put", &[], &[Ok("")], Err(Kind::RemoteDisconnected)),
        // Something of an answer has come.
        ("GET", &[], &[Ok("H"), Ok("")], Err(Kind::IncompleteRead)),
        ("GET", &[], &[Ok(interim), Ok("")], Err(Kind::RemoteDisconnected)),
        ("PUT", &[], &[Ok("H"), Err(RESET)], Err(RESET)),
        ("GET", &[Err(PIPE)], &[Ok("H")], Err(PIPE)),
        ("PUT", &[Ok(5), Err(Kind::WouldBlock), Err(PIPE)], &[Ok(interim), Ok("")], Err(PIPE)),
        ("PUT", &[Ok(5), Err(Kind::WouldBlock), Err(PIPE)], &[Ok("H"), Ok("")], Err(PIPE)),
        // The server has not closed the connection.
        ("GET", &[Err(Kind::Timeout)], &[], Err(Kind::Timeout)),
        ("GET", &[Err(PIPE)], &[Err(Kind::Timeout)], Err(PIPE)),
        ("GET", &[], &[Err(Kind::Timeout)], Err(Kind::Timeout)),
    ] {
        let scripts = [Script::kept(writes, reads), answering()];
        let (found, exchange, sent) = second(method, &scripts);
        assert_eq!((found, sent.len()), (outcome, 1), "{method} {writes:?} {reads:?}");
        assert!(exchange.reused && !exchange.retried);
    }
}
