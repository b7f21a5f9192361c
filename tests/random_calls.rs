//! Calls in any order, on streams that may do anything at any time: never a panic, never a call that
//! does not end, and after close() a connection that is as good as new.
//!
//! A failure names its case: `FUZZ_CASE=123 cargo test --test random_calls` runs that one alone, and
//! `FUZZ_CASES=1000000` runs more.
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

mod transcript;

use bytes::buf::UninitSlice;
use httpclient::client::{
    Body, Connection, Event, ExpectWait, Pieces, ReadMode, Request, Response, Settings, Source,
    StaleCheck, Trace,
};
use httpclient::engine::error::{Error, Kind};
use httpclient::engine::leniency::Leniency;
use httpclient::engine::state::Phase;
use httpclient::transport::{Dial, Interest, Limits, Transport};
use std::panic::catch_unwind;
use std::{env, iter};
use transcript::Random;

const CASES: u64 = 6_000;

const REPLIES: &[&[u8]] = &[
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n",
    b"HTTP/1.1 204 None\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n",
    b"HTTP/1.1 101 Go\r\nUpgrade: x\r\n\r\n",
    b"HTTP/1.0 200 OK\r\n\r\nuntil the end",
    b"HTTP/1.1 413 No\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno",
    b"HTTP/1.1 200 OK\r\nContent-Le",
    b"nonsense\r\n",
    b"",
];

/// A stream that takes and gives what it likes. Each has its own random numbers.
struct Erratic {
    random: Random,
    input: Vec<u8>,
    end: Kind,
}

impl Erratic {
    fn hesitate(&mut self) -> Result<(), Error> {
        match self.random.below(40) {
            0..8 => Err(Error::new(Kind::WouldBlock, "not yet")),
            8 => Err(Error::new(Kind::ConnectionReset, "the test says so")),
            _ => Ok(()),
        }
    }
}

impl Transport for Erratic {
    fn read(&mut self, buf: &mut UninitSlice, _: usize) -> Result<usize, Error> {
        self.hesitate()?;
        let some = self.random.one_of(&[1, 2, 7, 1 << 20]);
        let count = self.input.len().min(buf.len()).min(some);
        if count == 0 && self.end != Kind::IncompleteRead {
            return Err(Error::new(self.end, "the test says so"));
        }
        buf[..count].copy_from_slice(&self.input[..count]);
        self.input.drain(..count);
        Ok(count)
    }

    fn write(&mut self, parts: &[&[u8]]) -> Result<usize, Error> {
        self.hesitate()?;
        if self.random.below(4) == 0 {
            self.input.extend_from_slice(self.random.one_of(REPLIES));
        }
        let all: usize = parts.iter().map(|part| part.len()).sum();
        Ok(all.min(self.random.one_of(&[1, 20, 60, 1 << 20])))
    }

    fn is_quiet(&mut self) -> bool {
        self.input.is_empty() && self.random.below(8) > 0
    }

    fn set_limits(&mut self, _: Limits) {}

    fn interest(&self) -> Interest {
        Interest::BOTH
    }
}

struct Dialer(Random);

impl Dial for Dialer {
    fn dial(&mut self, _: Limits) -> Result<Box<dyn Transport>, Error> {
        let reply = self.0.one_of(REPLIES);
        match self.0.below(20) {
            0 => Err(Error::new(Kind::ConnectionRefused, "the test says so")),
            1..4 => Err(Error::new(Kind::WouldBlock, "not yet")),
            _ => Ok(Box::new(Erratic {
                random: Random::new(self.0.below(usize::MAX) as u64),
                input: if self.0.below(3) == 0 { reply.to_vec() } else { vec![] },
                end: self.0.one_of(&[Kind::IncompleteRead, Kind::WouldBlock, Kind::Timeout]),
            })),
        }
    }
}

/// A body that comes as it likes.
struct Parts<'a> {
    random: &'a mut Random,
    size: Option<u64>,
}

impl Parts<'_> {
    fn next(&mut self) -> Result<usize, Error> {
        match self.random.below(12) {
            0..3 => Ok(0),
            3..5 => Err(Error::new(Kind::WouldBlock, "not yet")),
            5 => Err(Error::new(Kind::Transport, "the test says so")),
            _ => Ok(1 + self.random.below(4)),
        }
    }
}

impl Source for Parts<'_> {
    fn size(&self) -> Option<u64> {
        self.size
    }

    fn block_size(&self) -> usize {
        8
    }

    fn read(&mut self, block: &mut [u8]) -> Result<usize, Error> {
        let count = self.next()?;
        block[..count].fill(b'x');
        Ok(count)
    }
}

impl Pieces for Parts<'_> {
    fn size(&self) -> Option<u64> {
        self.size
    }

    fn advance(&mut self) -> Result<bool, Error> {
        self.next().map(|count| count > 0)
    }

    fn piece(&self) -> &[u8] {
        b"piece"
    }
}

/// Is shown what happens.
struct Nobody;

impl Trace for Nobody {
    fn event(&mut self, _: Event, _: &[u8]) {}
}

/// Makes one call.
fn act(
    connection: &mut Connection,
    responses: &mut Vec<Response>,
    random: &mut Random,
) -> Result<(), Error> {
    let verb = random.below(16);
    let size = random.one_of(&[None, Some(5)]);
    let kind = random.below(4);
    let mut parts = Parts { random: &mut Random::new(random.below(usize::MAX) as u64), size };
    let mut body = match kind {
        0 => Body::None,
        1 => Body::Bytes(b"hello"),
        2 => Body::Source(&mut parts),
        _ => Body::Pieces(&mut parts),
    };
    match verb {
        0..5 => {
            let field = random.one_of(&[("Expect", "100-continue"), ("A", "b"), ("Host", "x")]);
            connection.request(Request {
                method: random.one_of(&[&b"GET"[..], b"PUT", b"HEAD", b"CONNECT"]),
                target: b"/",
                headers: iter::once(field)
                    .map(|(name, value)| Ok((name.as_bytes(), value.as_bytes()))),
                body,
                encode_chunked: random.below(2) == 0,
            })
        }
        5 => connection.putrequest(b"POST", random.one_of(&[b"/", b" "]), false, false),
        6 => connection.putheader(b"Content-Length", &[b"5"]),
        7 => connection.endheaders(&mut body, random.below(2) == 0),
        8 => connection.send_piece(&mut body),
        9 => connection.connect(),
        10 => connection.set_tunnel("t.test", Some(1), iter::empty()),
        11 if random.below(4) == 0 => {
            connection.close();
            assert_eq!(connection.phase(), Phase::Idle);
            Ok(())
        }
        11 => {
            let settings = &mut connection.settings;
            settings.retry = random.below(2) == 0;
            settings.retry_any_method = random.below(2) == 0;
            settings.http10 = random.below(4) == 0;
            settings.stale_check = random.one_of(&[StaleCheck::Always, StaleCheck::Never]);
            settings.expect_wait = random.one_of(&[ExpectWait::No, ExpectWait::AtMost(0)]);
            settings.leniency = random.one_of(&[Leniency::STRICT, Leniency::HTTP_CLIENT]);
            let watched = random.below(2) == 0;
            connection.set_trace(
                httpclient::client::Place::Other,
                watched.then(|| Box::new(Nobody) as Box<dyn Trace>),
            );
            Ok(())
        }
        12..14 => {
            let mut response = Response::default();
            connection.getresponse(&mut response)?;
            responses.push(response);
            Ok(())
        }
        _ => read(connection, responses, random),
    }
}

fn read(
    connection: &mut Connection,
    responses: &mut Vec<Response>,
    random: &mut Random,
) -> Result<(), Error> {
    if responses.is_empty() {
        return Ok(());
    }
    let index = random.below(responses.len());
    let response = &mut responses[index];
    let mut room = [0; 64];
    let room = UninitSlice::new(&mut room[..random.one_of(&[0, 1, 64])]);
    match random.below(7) {
        0 => response.read(connection, room, ReadMode::Fill).map(drop),
        1 => response.read(connection, room, ReadMode::Once).map(drop),
        2 => response.readline(connection, room).map(drop),
        3 => response.peek(connection).map(drop),
        4 => response.read_all(connection, random.one_of(&[3, 1 << 20])),
        5 => response.skip(connection, random.one_of(&[3, u64::MAX])).map(drop),
        _ => {
            responses.swap_remove(index).close(connection);
            Ok(())
        }
    }
}

/// A peer that answers properly.
struct Good;

impl Dial for Good {
    fn dial(&mut self, limits: Limits) -> Result<Box<dyn Transport>, Error> {
        let (mut dialer, _) = transcript::Dialer::new(vec![], REPLIES[0], transcript::Pace::Whole);
        dialer.dial(limits)
    }
}

fn run(case: u64) {
    let mut random = Random::new(case);
    let dialer = Dialer(Random::new(!case));
    let mut connection = Connection::new("h.test", None, 80, |_, _| Ok(Box::new(dialer))).unwrap();
    let mut responses = Vec::new();
    for _ in 0..random.below(120) {
        // Whatever it comes to.
        let _ = act(&mut connection, &mut responses, &mut random);
    }
    connection.close();
    if connection.tunnel().is_some() {
        return;
    }
    connection.set_dialer(Box::new(Good)).unwrap();
    connection.settings = Settings::DEFAULT;
    transcript::request(&mut connection, "/", &[], Body::None).unwrap();
    let mut response = Response::default();
    transcript::patiently(|| connection.getresponse(&mut response)).unwrap();
    transcript::patiently(|| response.read_all(&mut connection, 5)).unwrap();
    assert_eq!(response.body(), b"hello");
}

#[test]
fn calls_in_any_order() {
    let number = |name| env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    if let Some(case) = number("FUZZ_CASE") {
        return run(case);
    }
    for case in 0..number("FUZZ_CASES").unwrap_or(CASES) {
        assert!(catch_unwind(|| run(case)).is_ok(), "case {case}");
    }
}
