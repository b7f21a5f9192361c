//! Hearing while sending: the go-ahead that Expect asks for, and final responses that come while a body
//! goes out. Each case runs with whatever the server says arriving whole, split at every byte, byte by
//! byte, and with `WouldBlock` before every operation; and over a transport that can wait and one that
//! cannot.
#![cfg(feature = "std")]
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

mod transcript;

use bytes::buf::UninitSlice;
use httpclient::client::{
    Body, Connection, ExpectWait, Interim, Progress, ReadMode, Response, Settings, Source,
    StaleCheck,
};
use httpclient::engine::error::{Error, Kind};
use httpclient::engine::head::Head;
use httpclient::engine::leniency::{Leniency, Rule};
use httpclient::transport::{Dial, Interest, Limits, Timeout, Transport, clock};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use transcript::Blocks;

/// What a server does on one stream.
#[derive(Clone, Default)]
struct Server {
    /// What it says once it has so many bytes of what is sent.
    says: Vec<(usize, Vec<u8>)>,
    /// How many bytes it takes; none: all.
    takes: Option<usize>,
    /// How sending fails behind that; none: it would block.
    breaks: Option<Kind>,
    /// The stream ends behind what it says.
    ends: bool,
}

impl Server {
    fn says(self, after: usize, text: &str) -> Server {
        let mut server = self;
        server.says.push((after, text.as_bytes().to_vec()));
        server
    }

    fn takes(self, takes: usize) -> Server {
        Server { takes: Some(takes), ..self }
    }

    fn breaks(self, kind: Kind) -> Server {
        Server { breaks: Some(kind), ..self }
    }

    fn ends(self) -> Server {
        Server { ends: true, ..self }
    }
}

/// How bytes come and go.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Pace {
    /// What the server says is split here.
    split: usize,
    /// One byte at a time, both ways.
    single: bool,
    /// `WouldBlock` before each operation.
    hesitant: bool,
    /// The transport can wait.
    waits: bool,
}

const WHOLE: Pace = Pace { split: 0, single: false, hesitant: false, waits: true };

impl Pace {
    /// Every way for a server that says so many bytes.
    fn all(len: usize) -> impl Iterator<Item = Pace> {
        let splits = (1..len).map(|split| Pace { split, ..WHOLE });
        let paces = [WHOLE, Pace { single: true, ..WHOLE }, Pace { hesitant: true, ..WHOLE }];
        let all = paces.into_iter().chain(splits);
        all.flat_map(|pace| [pace, Pace { waits: false, ..pace }])
    }
}

/// What was seen of all streams.
#[derive(Default)]
struct Log {
    /// What was sent, stream by stream.
    sent: Vec<Vec<u8>>,
    /// How many bytes had been sent on a stream each time something was waited for.
    waits: Vec<usize>,
    reads: usize,
}

struct Line {
    server: Server,
    pace: Pace,
    index: usize,
    input: Vec<u8>,
    read: usize,
    taken: usize,
    hesitated: [bool; 2],
    limits: Limits,
    interest: Interest,
    log: Arc<Mutex<Log>>,
}

fn would_block() -> Error {
    Error::new(Kind::WouldBlock, "not yet")
}

impl Line {
    /// Fails every other time, each way by itself.
    fn hesitate(&mut self, way: usize) -> Result<(), Error> {
        self.hesitated[way] = !self.hesitated[way] && self.pace.hesitant;
        if self.hesitated[way] { Err(would_block()) } else { Ok(()) }
    }

    fn arrive(&mut self) {
        while self.server.says.first().is_some_and(|(after, _)| *after <= self.taken) {
            self.input.extend(self.server.says.remove(0).1);
        }
    }

    fn readable(&self) -> bool {
        self.read < self.input.len() || (self.server.ends && self.server.says.is_empty())
    }

    fn writable(&self) -> bool {
        self.server.breaks.is_some() || self.server.takes.is_none_or(|takes| self.taken < takes)
    }

    /// What is to be done where nothing can be.
    fn nothing<T>(&mut self, interest: Interest) -> Result<T, Error> {
        self.interest = interest;
        match (self.limits.timeout, self.pace.waits) {
            (Timeout::After(_), true) => Err(Error::new(Kind::Timeout, "timed out")),
            (Timeout::Never, true) => panic!("waits for ever"),
            _ => Err(would_block()),
        }
    }
}

impl Transport for Line {
    fn read(&mut self, buf: &mut UninitSlice, _: usize) -> Result<usize, Error> {
        self.log.lock().unwrap().reads += 1;
        self.hesitate(0)?;
        self.arrive();
        if !self.readable() {
            return self.nothing(Interest::READ);
        }
        let mut count = (self.input.len() - self.read).min(buf.len());
        if self.read < self.pace.split {
            count = count.min(self.pace.split - self.read);
        }
        if self.pace.single || self.pace.hesitant {
            count = count.min(1);
        }
        buf[..count].copy_from_slice(&self.input[self.read..][..count]);
        self.read += count;
        Ok(count)
    }

    fn write(&mut self, parts: &[&[u8]]) -> Result<usize, Error> {
        self.hesitate(1)?;
        if !self.writable() {
            return self.nothing(Interest::WRITE);
        }
        let all = parts.concat();
        let room = self.server.takes.map_or(usize::MAX, |takes| takes - self.taken);
        if let (0, Some(kind)) = (room, self.server.breaks) {
            return Err(Error::new(kind, "broken"));
        }
        let slow = self.pace.single || self.pace.hesitant;
        let count = all.len().min(room).min(if slow { 1 } else { usize::MAX });
        self.taken += count;
        self.log.lock().unwrap().sent[self.index].extend_from_slice(&all[..count]);
        self.arrive();
        Ok(count)
    }

    fn is_quiet(&mut self) -> bool {
        self.arrive();
        !self.readable()
    }

    fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    fn interest(&self) -> Interest {
        self.interest
    }

    fn wait(&mut self, interest: Interest, _: u64, until: Option<u64>) -> Result<(), Error> {
        assert!(interest.read || interest.write);
        let mut log = self.log.lock().unwrap();
        log.waits.push(self.taken);
        assert!(log.waits.len() < 100_000, "waits that lead to nothing");
        drop(log);
        self.interest = interest;
        if !self.pace.waits || self.limits.timeout == Timeout::Nonblocking {
            return Err(would_block());
        }
        self.arrive();
        // After hesitation an operation can be done all the same.
        if (interest.read && self.readable()) || (interest.write && self.writable()) {
            return Ok(());
        }
        match until {
            Some(until) => {
                std::thread::sleep(Duration::from_nanos(until.saturating_sub(clock::now())));
                Ok(())
            }
            None => self.nothing(interest),
        }
    }
}

struct Servers(VecDeque<Server>, Pace, Arc<Mutex<Log>>);

impl Dial for Servers {
    fn dial(&mut self, limits: Limits) -> Result<Box<dyn Transport>, Error> {
        let mut log = self.2.lock().unwrap();
        log.sent.push(Vec::new());
        Ok(Box::new(Line {
            server: self.0.pop_front().unwrap_or_default(),
            pace: self.1,
            index: log.sent.len() - 1,
            input: Vec::new(),
            read: 0,
            taken: 0,
            hesitated: [false; 2],
            limits,
            interest: Interest::default(),
            log: self.2.clone(),
        }))
    }
}

fn connection(servers: &[Server], pace: Pace) -> (Connection, Arc<Mutex<Log>>) {
    let log = Arc::new(Mutex::new(Log::default()));
    let dialer = Servers(servers.to_vec().into(), pace, log.clone());
    let mut connection = Connection::new("h", None, 80, |_, _| Ok(Box::new(dialer))).unwrap();
    connection.settings.expect_wait = ExpectWait::Forever;
    // Nothing here is to wait so long: a timeout tells of a hang.
    connection.settings.limits.timeout = Timeout::After(Duration::from_secs(20));
    (connection, log)
}

/// Repeats a call as long as it would block, as an event loop does.
fn drive(
    connection: &mut Connection,
    mut call: impl FnMut(&mut Connection) -> Result<(), Error>,
) -> Result<(), Error> {
    for _ in 0..200_000 {
        match call(connection) {
            Err(error) if error.kind() == Kind::WouldBlock => match connection.next_timeout() {
                Some(at) if at > clock::now() => std::thread::sleep(Duration::from_micros(200)),
                _ => {}
            },
            outcome => return outcome,
        }
    }
    panic!("the call does not get on")
}

/// The ways to send a request with this body.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Bytes,
    Blocks,
    Chunks,
    Steps,
    StepsBlocks,
    Send,
}

impl Way {
    const ALL: [Way; 6] =
        [Way::Bytes, Way::Blocks, Way::Chunks, Way::Steps, Way::StepsBlocks, Way::Send];

    /// Sends "hello" to `/`; what the call that begins it and, for `Send`, hc_send came to.
    fn send(self, connection: &mut Connection, headers: &[(&str, &str)]) -> Result<(), Error> {
        let size = if self == Way::Chunks { None } else { Some(5) };
        let mut blocks = Blocks::new(size, &["hel", "lo"]);
        if matches!(self, Way::Bytes | Way::Blocks | Way::Chunks) {
            return drive(connection, |connection| {
                let body = match self {
                    Way::Bytes => Body::Bytes(b"hello"),
                    _ => Body::Source(&mut blocks),
                };
                request(connection, headers, body)
            });
        }
        connection.putrequest(b"PUT", b"/", false, false).unwrap();
        for (name, value) in headers {
            connection.putheader(name.as_bytes(), &[value.as_bytes()]).unwrap();
        }
        if self == Way::Send {
            connection.putheader(b"Content-Length", &[b"5"]).unwrap();
        }
        drive(connection, |connection| {
            let mut body = match self {
                Way::Steps => Body::Bytes(b"hello"),
                Way::Send => Body::None,
                _ => Body::Source(&mut blocks),
            };
            connection.endheaders(&mut body, false)
        })?;
        match self {
            Way::Send => drive(connection, |connection| connection.send(b"hello")),
            _ => Ok(()),
        }
    }
}

fn request(
    connection: &mut Connection,
    headers: &[(&str, &str)],
    body: Body<'_>,
) -> Result<(), Error> {
    connection.request(httpclient::client::Request {
        method: b"PUT",
        target: b"/",
        headers: headers.iter().map(|(name, value)| Ok((name.as_bytes(), value.as_bytes()))),
        body,
        encode_chunked: true,
    })
}

fn response(connection: &mut Connection) -> Result<Response, Error> {
    let mut response = Response::default();
    drive(connection, |connection| connection.getresponse(&mut response))?;
    Ok(response)
}

fn body(connection: &mut Connection, response: &mut Response) -> Vec<u8> {
    let mut body = Vec::new();
    let mut block = [0; 100];
    loop {
        let mut count = 0;
        drive(connection, |connection| {
            count = response.read(connection, UninitSlice::new(&mut block), ReadMode::Fill)?;
            Ok(())
        })
        .unwrap();
        if count == 0 {
            return body;
        }
        body.extend_from_slice(&block[..count]);
    }
}

/// The next request has to go out as it is, on a stream that is `kept` or not.
fn check_next(connection: &mut Connection, log: &Mutex<Log>, kept: bool) {
    let before = log.lock().unwrap().sent.concat().len();
    let streams = log.lock().unwrap().sent.len();
    let next = |connection: &mut Connection| {
        connection.request(httpclient::client::Request {
            method: b"GET",
            target: b"/next",
            headers: std::iter::empty(),
            body: Body::None,
            encode_chunked: true,
        })
    };
    drive(connection, next).unwrap();
    let log = log.lock().unwrap();
    let all = log.sent.concat();
    assert_eq!(
        &all[before..],
        b"GET /next HTTP/1.1\r\nHost: h\r\nAccept-Encoding: identity\r\n\r\n"
    );
    assert_eq!(log.sent.len() == streams, kept, "kept");
}

const EXPECT: &[(&str, &str)] = &[("Expect", "100-continue")];
const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";
const HINTS: &str = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const TOO_LARGE: &str = "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno";

/// The length of the head of `way`'s request.
fn head_of(way: Way, headers: &[(&str, &str)]) -> usize {
    let (mut connection, log) = connection(&[Server::default()], WHOLE);
    connection.settings.expect_wait = ExpectWait::No;
    way.send(&mut connection, headers).unwrap();
    let sent = log.lock().unwrap().sent.concat();
    sent.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4
}

fn sent_behind(log: &Mutex<Log>, head: usize) -> Vec<u8> {
    log.lock().unwrap().sent[0][head..].to_vec()
}

fn wire_body(way: Way) -> &'static [u8] {
    if way == Way::Chunks { b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n" } else { b"hello" }
}

#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<(u16, usize)>>>);

impl Interim for Seen {
    fn interim(&mut self, head: &mut Head) {
        self.0.lock().unwrap().push((head.status, head.fields.len()));
    }
}

#[test]
fn the_body_follows_the_go_ahead() {
    for way in Way::ALL {
        let head = head_of(way, EXPECT);
        let server = Server::default()
            .says(head, &[HINTS, CONTINUE].concat())
            .says(head + wire_body(way).len(), OK);
        for pace in Pace::all(HINTS.len() + CONTINUE.len() + 3) {
            let (mut connection, log) = connection(std::slice::from_ref(&server), pace);
            let seen = Seen::default();
            connection.set_interim(Some(Box::new(seen.clone())));
            way.send(&mut connection, EXPECT).unwrap();
            assert_eq!(sent_behind(&log, head), wire_body(way), "{way:?} {pace:?}");
            assert_eq!(*seen.0.lock().unwrap(), [(103, 1), (100, 0)]);
            // The head went out alone, and nothing of the body before the go-ahead was there.
            assert!(!connection.exchange().unsent);
            let mut response = response(&mut connection).unwrap();
            assert_eq!(response.head().status, 200);
            assert_eq!(body(&mut connection, &mut response), b"ok");
            check_next(&mut connection, &log, true);
        }
    }
}

/// A server may be of that mind before it has the whole head.
#[test]
fn the_go_ahead_may_come_early() {
    for way in Way::ALL {
        let head = head_of(way, EXPECT);
        let end = head + wire_body(way).len();
        for pace in Pace::all(CONTINUE.len()) {
            let server = Server::default().says(20, CONTINUE).says(end, OK);
            let (mut connection, log) = connection(&[server], pace);
            way.send(&mut connection, EXPECT).unwrap();
            assert_eq!(sent_behind(&log, head), wire_body(way), "{way:?} {pace:?}");
            assert_eq!(response(&mut connection).unwrap().head().status, 200);
        }
    }
}

#[test]
fn a_final_response_instead_of_the_go_ahead() {
    for way in Way::ALL {
        let head = head_of(way, EXPECT);
        for answer in [TOO_LARGE, OK, "HTTP/1.1 417 No\r\nContent-Length: 2\r\n\r\nno"] {
            let server = Server::default().says(head, &[HINTS, answer].concat());
            for pace in Pace::all(HINTS.len() + answer.len()) {
                let (mut connection, log) = connection(std::slice::from_ref(&server), pace);
                let outcome = way.send(&mut connection, EXPECT).map_err(|error| error.kind());
                let expected = if way == Way::Send { Err(Kind::BrokenPipe) } else { Ok(()) };
                assert_eq!(outcome, expected, "{way:?} {pace:?}");
                assert_eq!(sent_behind(&log, head), b"");
                assert!(connection.exchange().unsent);
                // It stays so, and the response stays there.
                let error = connection.send(b"hello").unwrap_err();
                assert_eq!(error.kind(), Kind::BrokenPipe);
                assert!(error.message().contains("answered already"), "{error}");
                let mut response = response(&mut connection).unwrap();
                assert_eq!(response.head().status, answer[9..12].parse().unwrap());
                assert!(response.framing().will_close);
                assert_eq!(
                    body(&mut connection, &mut response),
                    &answer.as_bytes()[answer.len() - 2..]
                );
                check_next(&mut connection, &log, false);
            }
        }
    }
}

#[test]
fn a_final_response_before_the_head_is_out() {
    for way in [Way::Bytes, Way::Blocks, Way::Chunks, Way::Steps, Way::StepsBlocks] {
        let head = head_of(way, EXPECT);
        for (answer, refuses) in [(TOO_LARGE, true), (OK, false)] {
            for after in [1, 20, head - 1] {
                let server = Server::default().says(after, answer);
                for pace in Pace::all(answer.len()) {
                    let (mut connection, log) = connection(std::slice::from_ref(&server), pace);
                    way.send(&mut connection, EXPECT).unwrap();
                    let sent = log.lock().unwrap().sent[0].len();
                    let expected = if refuses { 1..=head } else { head..=head };
                    assert!(expected.contains(&sent), "{way:?} {pace:?}: {sent} of {head}");
                    let response = response(&mut connection).unwrap();
                    assert_eq!(response.head().status, answer[9..12].parse().unwrap());
                    assert!(response.framing().will_close);
                }
            }
        }
    }
}

#[test]
fn the_body_follows_when_the_time_is_up() {
    for way in Way::ALL {
        let head = head_of(way, EXPECT);
        let server = Server::default().says(head + wire_body(way).len(), OK);
        for pace in Pace::all(1) {
            let (mut connection, log) = connection(std::slice::from_ref(&server), pace);
            connection.settings.expect_wait = ExpectWait::AtMost(5_000_000);
            let before = clock::now();
            way.send(&mut connection, EXPECT).unwrap();
            assert!(clock::now() - before >= 5_000_000);
            assert_eq!(sent_behind(&log, head), wire_body(way), "{way:?} {pace:?}");
            assert_eq!(connection.next_timeout(), None);
            assert_eq!(response(&mut connection).unwrap().head().status, 200);
        }
    }
}

#[test]
fn the_end_of_the_wait_is_a_timeout_of_the_connection() {
    let (mut connection, _) = connection(&[Server::default()], Pace { waits: false, ..WHOLE });
    connection.settings.expect_wait = ExpectWait::AtMost(60_000_000_000);
    let error = request(&mut connection, EXPECT, Body::Bytes(b"x")).unwrap_err();
    assert_eq!(error.kind(), Kind::WouldBlock);
    assert_eq!(connection.interest(), Interest::READ);
    let left = connection.next_timeout().unwrap() - clock::now();
    assert!((50_000_000_000..=60_000_000_000).contains(&left), "{left}");
    connection.close();
    assert_eq!(connection.next_timeout(), None);
}

#[test]
fn the_timeout_bounds_the_wait() {
    let (mut connection, _) = connection(&[Server::default()], WHOLE);
    let error = request(&mut connection, EXPECT, Body::Bytes(b"x")).unwrap_err();
    assert_eq!(error.kind(), Kind::Timeout);
    assert_eq!(connection.progress(), Progress::Sent);
}

#[test]
fn a_server_that_closes_gives_no_go_ahead() {
    let head = head_of(Way::Bytes, EXPECT);
    for (says, kind) in [
        ("", Kind::RemoteDisconnected),
        (HINTS, Kind::RemoteDisconnected),
        ("HTTP/1.1 2", Kind::IncompleteRead),
    ] {
        for pace in Pace::all(says.len()) {
            let server = Server::default().says(head, says).ends();
            let (mut connection, log) = connection(&[server], pace);
            let error = Way::Bytes.send(&mut connection, EXPECT).unwrap_err();
            assert_eq!(error.kind(), kind);
            assert_eq!(sent_behind(&log, head), b"");
            let answered = kind == Kind::IncompleteRead;
            let progress = if answered { Progress::Answered } else { Progress::Sent };
            assert_eq!(connection.progress(), progress, "{says} {pace:?}");
            // What getresponse says then, it says again; close helps in any case.
            assert!(response(&mut connection).is_err());
            connection.close();
            check_next(&mut connection, &log, false);
        }
    }
}

#[test]
fn what_is_no_response_ends_the_sending() {
    let head = head_of(Way::Bytes, EXPECT);
    for pace in Pace::all(10) {
        let server = Server::default().says(head, "220 smtp\r\n");
        let (mut connection, log) = connection(&[server], pace);
        Way::Bytes.send(&mut connection, EXPECT).unwrap();
        assert_eq!(sent_behind(&log, head), b"");
        assert_eq!(response(&mut connection).err().unwrap().kind(), Kind::BadStatusLine);
        assert_eq!(response(&mut connection).err().unwrap().kind(), Kind::BadStatusLine);
        connection.close();
        check_next(&mut connection, &log, false);
    }
}

#[test]
fn too_many_interim_responses_end_the_wait() {
    let head = head_of(Way::Bytes, EXPECT);
    let server = Server::default().says(head, &HINTS.repeat(4));
    let (mut connection, _) = connection(&[server], WHOLE);
    connection.settings.head_limits.interim = 3;
    Way::Bytes.send(&mut connection, EXPECT).unwrap();
    assert_eq!(response(&mut connection).err().unwrap().kind(), Kind::TooManyInterim);
}

#[test]
fn nothing_waits_in_http_10() {
    // The transport says so by a panic or a timeout if something does.
    let (mut connection, log) = connection(&[Server::default()], WHOLE);
    connection.settings.http10 = true;
    request(&mut connection, EXPECT, Body::Bytes(b"hello")).unwrap();
    assert!(log.lock().unwrap().sent[0].ends_with(b"hello"));
    assert_eq!(log.lock().unwrap().waits, []);
}

#[test]
fn nothing_waits_for_a_server_that_speaks_http_10() {
    let old = "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n";
    let (mut connection, log) = connection(&[Server::default().says(10, old)], WHOLE);
    Way::Bytes.send(&mut connection, &[]).unwrap();
    response(&mut connection).unwrap().close(&mut connection);
    Way::Bytes.send(&mut connection, EXPECT).unwrap();
    assert_eq!(log.lock().unwrap().waits, []);
}

#[test]
fn nothing_waits_behind_an_unread_body() {
    let (mut connection, log) = connection(&[Server::default().says(10, OK)], WHOLE);
    Way::Bytes.send(&mut connection, &[]).unwrap();
    let mut first = response(&mut connection).unwrap();
    Way::Bytes.send(&mut connection, EXPECT).unwrap();
    assert!(log.lock().unwrap().sent[0].ends_with(b"\r\n\r\nhello"));
    assert_eq!(body(&mut connection, &mut first), b"ok");
}

#[test]
fn a_kept_connection_that_closes_while_the_go_ahead_is_awaited() {
    let first = head_of(Way::Bytes, &[]) + 5;
    let second = first + head_of(Way::Bytes, EXPECT);
    let head = head_of(Way::Bytes, EXPECT);
    for repeats in [true, false] {
        // The end comes once the second head is out: an empty saying holds it back until then.
        let kept = Server::default().says(first, OK).says(second, "").ends();
        let fresh = Server::default().says(head, CONTINUE).says(head + 5, OK);
        let (mut connection, log) = connection(&[kept, fresh], WHOLE);
        connection.settings.retry = repeats;
        Way::Bytes.send(&mut connection, &[]).unwrap();
        let mut answer = response(&mut connection).unwrap();
        assert_eq!(body(&mut connection, &mut answer), b"ok");
        let outcome = Way::Bytes.send(&mut connection, EXPECT).map_err(|error| error.kind());
        assert_eq!(outcome, if repeats { Ok(()) } else { Err(Kind::RemoteDisconnected) });
        assert_eq!(connection.exchange().retried, repeats);
        if repeats {
            assert!(log.lock().unwrap().sent[1].ends_with(b"\r\n\r\nhello"));
            assert_eq!(response(&mut connection).unwrap().head().status, 200);
        }
    }
}

/// A body of blocks of 1 KiB without end, which counts what it gave.
struct Endless(Arc<Mutex<usize>>);

impl Source for Endless {
    fn size(&self) -> Option<u64> {
        Some(1 << 40)
    }

    fn block_size(&self) -> usize {
        1024
    }

    fn read(&mut self, block: &mut [u8]) -> Result<usize, Error> {
        *self.0.lock().unwrap() += block.len();
        Ok(block.len())
    }
}

fn upload(connection: &mut Connection, gave: &Arc<Mutex<usize>>) -> Result<(), Error> {
    let mut source = Endless(gave.clone());
    drive(connection, |connection| request(connection, &[], Body::Source(&mut source)))
}

#[test]
fn a_refusal_during_an_upload_ends_it() {
    for server in [
        // The server reads no more, and keeps the connection.
        Server::default().says(4000, TOO_LARGE).takes(5000),
        Server::default().says(5000, &[HINTS, TOO_LARGE].concat()).takes(5000),
        // It closes, and what is sent then is answered with a reset.
        Server::default().says(4000, TOO_LARGE).takes(5000).breaks(Kind::BrokenPipe),
        Server::default().says(4000, TOO_LARGE).takes(5000).breaks(Kind::ConnectionReset),
        Server::default().says(4000, TOO_LARGE).takes(5000).breaks(Kind::BrokenPipe).ends(),
    ] {
        for pace in Pace::all(TOO_LARGE.len()) {
            let (mut connection, log) = connection(std::slice::from_ref(&server), pace);
            let gave = Arc::default();
            upload(&mut connection, &gave).unwrap();
            assert!(*gave.lock().unwrap() < 7000);
            assert!(connection.exchange().unsent);
            assert_eq!(connection.send(b"x").unwrap_err().kind(), Kind::BrokenPipe);
            let mut answer = response(&mut connection).unwrap();
            assert_eq!(answer.head().status, 413);
            assert!(answer.framing().will_close);
            assert_eq!(body(&mut connection, &mut answer), b"no");
            check_next(&mut connection, &log, false);
        }
    }
}

#[test]
fn a_refusal_ends_an_upload_that_never_blocks() {
    let (mut connection, _) = connection(&[Server::default().says(1000, TOO_LARGE)], WHOLE);
    let gave = Arc::default();
    upload(&mut connection, &gave).unwrap();
    assert!(*gave.lock().unwrap() <= (1 << 20) + 1024);
    assert_eq!(response(&mut connection).unwrap().head().status, 413);
}

/// Nor do pieces, each of which is sent by a call of its own.
#[test]
fn a_refusal_ends_pieces_that_never_block() {
    let piece = vec![b'x'; 400_000];
    let (mut connection, _) = connection(&[Server::default().says(1000, TOO_LARGE)], WHOLE);
    connection.putrequest(b"PUT", b"/", false, false).unwrap();
    connection.putheader(b"Content-Length", &[b"100000000"]).unwrap();
    connection.endheaders(&mut Body::None, false).unwrap();
    let sent = (0..250).take_while(|_| connection.send(&piece).is_ok()).count();
    assert_eq!(sent, 3, "the first three are over a mebibyte");
    assert!(connection.exchange().unsent);
    assert_eq!(response(&mut connection).unwrap().head().status, 413);
}

/// The last piece completes the request: an answer that is there then is no early one.
#[test]
fn the_last_piece_is_never_refused() {
    let piece = vec![b'x'; 2 << 20];
    let (mut connection, _) = connection(&[Server::default().says(1000, TOO_LARGE)], WHOLE);
    connection.putrequest(b"PUT", b"/", false, false).unwrap();
    connection.putheader(b"Content-Length", &[b"2097152"]).unwrap();
    connection.endheaders(&mut Body::None, false).unwrap();
    connection.send(&piece).unwrap();
    assert!(!connection.exchange().unsent);
    assert!(!response(&mut connection).unwrap().framing().will_close);
}

#[test]
fn a_refusal_ends_large_bytes_and_pieces() {
    let large = vec![b'x'; 100_000];
    let server = Server::default().says(1000, TOO_LARGE).takes(50_000);
    for pace in [WHOLE, Pace { waits: false, ..WHOLE }] {
        let (mut connection, log) = connection(std::slice::from_ref(&server), pace);
        drive(&mut connection, |c| request(c, &[], Body::Bytes(&large))).unwrap();
        assert_eq!(response(&mut connection).unwrap().head().status, 413);
        check_next(&mut connection, &log, false);
    }
    for pace in [WHOLE, Pace { waits: false, ..WHOLE }] {
        let (mut connection, _) = connection(std::slice::from_ref(&server), pace);
        connection.putrequest(b"PUT", b"/", false, false).unwrap();
        connection.putheader(b"Content-Length", &[b"100000"]).unwrap();
        drive(&mut connection, |c| c.endheaders(&mut Body::None, false)).unwrap();
        let mut sent = 0;
        let error = loop {
            match drive(&mut connection, |c| c.send(&large[..10_000])) {
                Ok(()) => sent += 10_000,
                Err(error) => break error,
            }
        };
        assert_eq!((sent, error.kind()), (40_000, Kind::BrokenPipe));
        assert!(error.message().contains("answered already"));
        assert_eq!(connection.progress(), Progress::Answered);
        assert_eq!(response(&mut connection).unwrap().head().status, 413);
    }
}

#[test]
fn a_source_that_waits_does_not_keep_the_answer_back() {
    struct Waiting;
    impl Source for Waiting {
        fn size(&self) -> Option<u64> {
            None
        }
        fn block_size(&self) -> usize {
            10
        }
        fn read(&mut self, _: &mut [u8]) -> Result<usize, Error> {
            Err(would_block())
        }
    }
    let (mut connection, _) = connection(&[Server::default().says(10, TOO_LARGE)], WHOLE);
    request(&mut connection, &[], Body::Source(&mut Waiting)).unwrap();
    assert_eq!(response(&mut connection).unwrap().head().status, 413);
}

/// Whatever the server has said by then: the advice must not depend on when that arrives.
#[test]
fn a_source_that_fails_has_failed() {
    struct Failing;
    impl Source for Failing {
        fn size(&self) -> Option<u64> {
            None
        }
        fn block_size(&self) -> usize {
            10
        }
        fn read(&mut self, _: &mut [u8]) -> Result<usize, Error> {
            Err(Error::new(Kind::Transport, "failed"))
        }
    }
    for answer in [TOO_LARGE, OK] {
        let (mut connection, _) = connection(&[Server::default().says(10, answer)], WHOLE);
        let error = request(&mut connection, &[], Body::Source(&mut Failing)).unwrap_err();
        assert_eq!(error.kind(), Kind::Transport);
        assert_eq!(connection.progress(), Progress::Sent);
    }
}

#[test]
fn success_before_the_end_of_the_body_does_not_cut_it() {
    let large = vec![b'x'; 3000];
    for pace in Pace::all(OK.len()) {
        let (mut connection, log) = connection(&[Server::default().says(100, OK)], pace);
        drive(&mut connection, |c| request(c, &[], Body::Bytes(&large))).unwrap();
        assert!(log.lock().unwrap().sent[0].ends_with(&large));
        assert!(!connection.exchange().unsent);
        let mut answer = response(&mut connection).unwrap();
        assert_eq!(body(&mut connection, &mut answer), b"ok");
        check_next(&mut connection, &log, true);
    }
}

#[test]
fn success_and_then_a_server_that_takes_no_more() {
    for (server, patient) in [
        (Server::default().says(100, OK).takes(5000), true),
        (Server::default().says(100, OK).takes(5000).breaks(Kind::BrokenPipe), false),
    ] {
        for pace in [WHOLE, Pace { waits: false, ..WHOLE }] {
            let (mut connection, log) = connection(std::slice::from_ref(&server), pace);
            let gave = Arc::default();
            let before = clock::now();
            upload(&mut connection, &gave).unwrap();
            assert_eq!(clock::now() - before >= 1_000_000_000, patient);
            assert!(connection.exchange().unsent);
            let mut answer = response(&mut connection).unwrap();
            assert_eq!(answer.head().status, 200);
            assert!(answer.framing().will_close);
            assert_eq!(body(&mut connection, &mut answer), b"ok");
            check_next(&mut connection, &log, false);
        }
    }
}

#[test]
fn failures_without_an_answer_are_failures() {
    for (server, kind) in [
        (Server::default().takes(5000).breaks(Kind::BrokenPipe), Kind::BrokenPipe),
        (
            Server::default().takes(5000).breaks(Kind::ConnectionReset).says(100, "").ends(),
            Kind::ConnectionReset,
        ),
        (
            Server::default().takes(5000).breaks(Kind::BrokenPipe).says(100, "HTTP/1.1 4"),
            Kind::BrokenPipe,
        ),
        (Server::default().takes(5000).breaks(Kind::BrokenPipe).says(100, HINTS), Kind::BrokenPipe),
        (Server::default().takes(5000), Kind::Timeout),
        (Server::default().takes(5000).says(100, "").ends(), Kind::Timeout),
        (Server::default().takes(5000).says(100, HINTS), Kind::Timeout),
    ] {
        for pace in [WHOLE, Pace { single: true, ..WHOLE }, Pace { hesitant: true, ..WHOLE }] {
            let (mut connection, _) = connection(std::slice::from_ref(&server), pace);
            let error = upload(&mut connection, &Arc::default()).unwrap_err();
            assert_eq!(error.kind(), kind);
            assert!(!connection.exchange().unsent);
            assert_ne!(connection.progress(), Progress::NotSent);
        }
    }
}

/// What has arrived before a byte of the request is out is no answer to it.
#[test]
fn nothing_is_heard_before_anything_is_sent() {
    let pace = Pace { single: true, waits: false, ..WHOLE };
    let first = head_of(Way::Bytes, &[]) + "hello".len();
    let server = Server::default().says(first, OK).says(first, OK).takes(first);
    let (mut connection, log) = connection(&[server], pace);
    connection.settings.stale_check = StaleCheck::Never;
    Way::Bytes.send(&mut connection, &[]).unwrap();
    let mut answer = response(&mut connection).unwrap();
    assert_eq!(body(&mut connection, &mut answer), b"ok");
    let reads = log.lock().unwrap().reads;
    for _ in 0..3 {
        let error = request(&mut connection, &[], Body::Bytes(b"hello")).unwrap_err();
        assert_eq!(error.kind(), Kind::WouldBlock);
        assert_eq!(connection.interest(), Interest::WRITE);
    }
    assert_eq!(connection.progress(), Progress::NotSent);
    assert_eq!(log.lock().unwrap().reads, reads);
}

/// A head that the end of the stream cuts answers no upload that still goes on; who asks for the response
/// gets it, where that is loosened.
#[test]
fn a_cut_head_during_an_upload() {
    let cut = "HTTP/1.1 413 Too Large\r\nX: y";
    for lenient in [true, false] {
        for pace in Pace::all(cut.len()) {
            let server = Server::default().says(100, cut).ends().takes(5000);
            let (mut connection, _) = connection(&[server.breaks(Kind::BrokenPipe)], pace);
            if lenient {
                connection.settings.leniency = Leniency::of(Rule::TruncatedHead as u32);
            }
            let error = upload(&mut connection, &Arc::default()).unwrap_err();
            assert_eq!(error.kind(), Kind::BrokenPipe);
            match response(&mut connection) {
                Ok(answer) => assert_eq!((answer.head().status, lenient), (413, true)),
                Err(error) => assert_eq!((error.kind(), lenient), (Kind::IncompleteRead, false)),
            }
        }
    }
}

#[test]
fn a_request_without_a_body_hears_nothing() {
    let (mut connection, log) = connection(&[Server::default()], WHOLE);
    connection.settings = Settings { limits: connection.settings.limits, ..Settings::DEFAULT };
    let get = |c: &mut Connection| {
        c.request(httpclient::client::Request {
            method: b"GET",
            target: b"/",
            headers: std::iter::empty(),
            body: Body::None,
            encode_chunked: true,
        })
    };
    drive(&mut connection, get).unwrap();
    assert_eq!(log.lock().unwrap().reads, 0);
}
