//! What one exchange leaves for the next one, which has its memory, whichever connection it is on: nothing.
#![cfg(feature = "std")]
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

#[path = "transcript/memory.rs"]
mod memory;
mod transcript;

use bytes::buf::UninitSlice;
use httpclient::client::{Body, Connection, Response, Source, StaleCheck};
use httpclient::engine::error::{Error, Kind};
use httpclient::engine::leniency::Leniency;
use httpclient::engine::state::Phase;
use httpclient::transport::{Dial, Interest, Limits, Transport};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use transcript::{Pace, connection, patiently, request};

const EMPTY: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

fn respond(connection: &mut Connection) -> Response {
    let mut response = Response::default();
    patiently(|| connection.getresponse(&mut response)).unwrap();
    response
}

/// A stream with an answer, which a look shows once something was sent; and what was sent.
#[derive(Clone, Default)]
struct Answering {
    answer: &'static [u8],
    sent: Arc<Mutex<Vec<u8>>>,
}

impl Dial for Answering {
    fn dial(&mut self, _: Limits) -> Result<Box<dyn Transport>, Error> {
        Ok(Box::new(self.clone()))
    }
}

impl Transport for Answering {
    fn read(&mut self, buf: &mut UninitSlice, _: usize) -> Result<usize, Error> {
        let count = self.answer.len().min(buf.len());
        if count == 0 {
            return Err(Error::new(Kind::WouldBlock, "nothing more"));
        }
        buf[..count].copy_from_slice(&self.answer[..count]);
        self.answer = &self.answer[count..];
        Ok(count)
    }

    fn write(&mut self, parts: &[&[u8]]) -> Result<usize, Error> {
        parts.iter().for_each(|part| self.sent.lock().unwrap().extend_from_slice(part));
        Ok(parts.iter().map(|part| part.len()).sum())
    }

    fn set_limits(&mut self, _: Limits) {}

    fn interest(&self) -> Interest {
        Interest::READ
    }

    fn is_quiet(&mut self) -> bool {
        self.answer.is_empty() || self.sent.lock().unwrap().is_empty()
    }
}

#[test]
fn what_a_request_needed_is_not_said_of_another_response() {
    for _ in 0..4 {
        let (mut connection, _) = connection(vec![], EMPTY.as_bytes(), Pace::Whole);
        connection.settings.leniency = Leniency::HTTP_CLIENT;
        request(&mut connection, "GE\"T|/", &[], Body::None).unwrap();
        let mut response = respond(&mut connection);
        assert_ne!(response.leniency().used(), 0);
        response.close(&mut connection);
    }
    let peer = Answering { answer: EMPTY.as_bytes(), ..Answering::default() };
    let mut connection = Connection::of_response(|| Ok(Box::new(peer)), b"GET").unwrap();
    let response = respond(&mut connection);
    assert_eq!((response.leniency().used(), response.url()), (0, None));
}

/// Gives two blocks of a longer body and panics.
struct Panicking(usize);

impl Source for Panicking {
    fn size(&self) -> Option<u64> {
        Some(100)
    }

    fn block_size(&self) -> usize {
        16
    }

    fn read(&mut self, room: &mut [u8]) -> Result<usize, Error> {
        self.0 += 1;
        assert!(self.0 < 3, "on purpose");
        room.fill(b'x');
        Ok(16)
    }
}

#[test]
fn behind_a_panic_nothing_goes_out_in_the_broken_body() {
    let (mut connection, log) = connection(vec![], EMPTY.as_bytes(), Pace::Whole);
    let post = AssertUnwindSafe(|| {
        let mut source = Panicking(0);
        request(&mut connection, "POST|/", &[], Body::Source(&mut source))
    });
    catch_unwind(post).unwrap_err();
    let refused = connection.getresponse(&mut Response::default()).unwrap_err();
    assert_eq!((refused.kind(), connection.phase()), (Kind::ResponseNotReady, Phase::Idle));
    request(&mut connection, "/next", &[], Body::None).unwrap();
    assert_eq!(respond(&mut connection).head().status, 200);
    let log = log.lock().unwrap();
    let [broken, next] = &log.sent[..] else { panic!("{} streams", log.sent.len()) };
    assert!(broken.ends_with(&[b'x'; 32]) && next.starts_with(b"GET /next "));
}

/// What arrived before the head is out is no answer to it, however much was sent before that.
#[test]
fn what_was_sent_before_the_head_is_not_counted_for_it() {
    let peer = Answering {
        answer: b"HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n",
        ..Answering::default()
    };
    let sent = Arc::clone(&peer.sent);
    let mut connection = Connection::new("h", None, 80, |_, _| Ok(Box::new(peer))).unwrap();
    connection.settings.stale_check = StaleCheck::Never;
    connection.putrequest(b"POST", b"/", false, false).unwrap();
    connection.send(&vec![b'x'; 2 << 20]).unwrap();
    connection.endheaders(&mut Body::Bytes(b"hello"), false).unwrap();
    let sent = sent.lock().unwrap();
    assert!(sent[2 << 20..].starts_with(b"POST / HTTP/1.1\r\n") && sent.ends_with(b"hello"));
    assert!(!connection.exchange().unsent);
}

#[test]
fn a_response_does_not_hold_its_request() {
    let (mut connection, log) = connection(vec![], EMPTY.as_bytes(), Pace::Whole);
    connection.settings.retry = true;
    request(&mut connection, "/", &[], Body::None).unwrap();
    respond(&mut connection).close(&mut connection);
    // Both are kept until the answer comes: what may be sent again, and the head.
    let (body, value) = (vec![b'x'; 10 << 20], "x".repeat(4 << 20));
    request(&mut connection, "PUT|/", &[("A", &value)], Body::Bytes(&body)).unwrap();
    assert!(connection.exchange().reused);
    log.lock().unwrap().sent.clear();
    let response = connection.receive().unwrap();
    let held = memory::held_by(response);
    assert!(held < 16 << 10, "{held}");
}
