//! One response, in every way it can arrive and be read.

use super::script::{End, Peer};
use super::wire::{connection, patiently, request};
use bytes::buf::UninitSlice;
use httpclient::client::{Body, Connection, Event, ReadMode, Response, Settings, Trace};
use httpclient::engine::error::{Error, Kind};
use httpclient::engine::fields::Fields;
use httpclient::engine::head::Version;
use httpclient::engine::leniency::{Leniency, Rule};
use httpclient::engine::state::Phase;
use std::sync::{Arc, Mutex};

pub use super::script::Pace;

/// The request that follows each transcript.
pub const PROBE_REQUEST: &[u8] =
    b"GET /probe HTTP/1.1\r\nHost: h.test\r\nAccept-Encoding: identity\r\n\r\n";
/// Its answer, which no transcript has.
const PROBE: &[u8] = b"HTTP/1.1 299 Probe\r\nContent-Length: 0\r\n\r\n";

/// How a body is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// read(1), again and again.
    Single,
    /// read() into more room than there is body.
    Big,
    /// read1() into more room than there is body.
    Once,
    /// read1(3).
    OnceSmall,
    /// All of it into memory of the response.
    All,
}

impl Reading {
    /// Every way.
    pub const ALL: [Reading; 5] =
        [Reading::Big, Reading::Single, Reading::Once, Reading::OnceSmall, Reading::All];

    fn is_once(self) -> bool {
        matches!(self, Reading::Once | Reading::OnceSmall)
    }
}

/// All that can be seen of a response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Heads of interim responses, as received.
    pub interim: Vec<String>,
    /// Status, once there was a head.
    pub status: u16,
    /// 10 or 11.
    pub version: u8,
    /// The reason phrase.
    pub reason: String,
    /// Names and values, in order.
    pub fields: Vec<(String, String)>,
    /// What was read of the body.
    pub body: Vec<u8>,
    /// Names and values of the trailer.
    pub trailers: Vec<(String, String)>,
    /// Why the head or the body could not be read.
    pub error: Option<Kind>,
    /// Of that error: body bytes received and missing.
    pub counts: (u64, Option<u64>),
    /// Of an error in the head: the bytes at fault.
    pub line: Vec<u8>,
    /// Whether the response said that the connection ends with it.
    pub will_close: bool,
    /// Whether the next request went out on the same stream.
    pub reused: bool,
    /// What the request itself put on the wire.
    pub sent: Vec<u8>,
    /// The bits of the rules whose loosening it needed.
    pub leniencies: u32,
}

impl Outcome {
    /// The status and the body, or the error.
    pub fn result(&self) -> Result<(u16, &[u8]), Kind> {
        self.error.map_or(Ok((self.status, &self.body)), Err)
    }
}

/// A case: a request and what comes back.
#[derive(Clone)]
pub struct Transcript<'a> {
    /// Method and target, as for [`request`].
    pub line: &'a str,
    /// The caller's fields.
    pub headers: &'a [(&'a str, &'a str)],
    /// What the peer sends.
    pub bytes: &'a [u8],
    /// What comes after that.
    pub end: End,
    /// The connection's settings.
    pub settings: Settings,
}

impl<'a> Transcript<'a> {
    /// A GET that is answered by `bytes`, and then silence.
    pub fn new(bytes: &'a [u8]) -> Transcript<'a> {
        let settings = Settings::DEFAULT;
        Transcript { line: "/", headers: &[], bytes, end: End::Silence, settings }
    }

    /// The same with another request line, `METHOD|target`.
    pub fn line(self, line: &'a str) -> Transcript<'a> {
        Transcript { line, ..self }
    }

    /// The same with fields in the request.
    pub fn headers(self, headers: &'a [(&'a str, &'a str)]) -> Transcript<'a> {
        Transcript { headers, ..self }
    }

    /// The same with another end.
    pub fn end(self, end: End) -> Transcript<'a> {
        Transcript { end, ..self }
    }

    /// The same with rules loosened.
    pub fn leniency(mut self, leniency: Leniency) -> Transcript<'a> {
        self.settings.leniency = leniency;
        self
    }

    /// Runs it in every way; all must agree. What every rule has passed may not change with any leniency,
    /// and what they refuse may not harm another exchange.
    pub fn run(&self) -> Outcome {
        let outcome = self.run_alike();
        if self.settings.leniency == Leniency::STRICT {
            for (pace, reading) in [
                (Pace::Whole, Reading::Big),
                (Pace::Single, Reading::Single),
                (Pace::Hesitant, Reading::All),
            ] {
                let loose = self.clone().leniency(Leniency::ALL).run_once(pace, reading);
                check_loose(&outcome, &loose);
            }
        }
        outcome
    }

    fn run_alike(&self) -> Outcome {
        let expected = self.run_once(Pace::Whole, Reading::Big);
        let check = |pace, reading| {
            let outcome = self.run_once(pace, reading);
            let shown = self.bytes[..self.bytes.len().min(500)].escape_ascii();
            assert_eq!(outcome, expected, "{pace:?}, {reading:?}: {shown}");
        };
        for reading in Reading::ALL {
            for pace in [Pace::Whole, Pace::Single, Pace::Hesitant] {
                check(pace, reading);
            }
        }
        for position in self.positions() {
            check(Pace::SplitAt(position), Reading::Big);
            check(Pace::SplitAt(position), Reading::ALL[1 + position % 4]);
        }
        expected
    }

    /// Where to split: everywhere, but in bytes too many for that at both ends and in steps between.
    fn positions(&self) -> impl Iterator<Item = usize> + use<> {
        let len = self.bytes.len();
        let step = if len <= 1000 { 1 } else { len / 97 };
        (1..len).filter(move |p| *p % step == 0 || *p < 40 || len - *p < 40)
    }

    /// Runs it once, and another request after it.
    pub fn run_once(&self, pace: Pace, reading: Reading) -> Outcome {
        let replies = vec![self.bytes.to_vec(), PROBE.to_vec()];
        let (mut connection, log) = connection(vec![Peer { replies, end: self.end }], PROBE, pace);
        connection.settings = self.settings;
        let interim = Interim::default();
        connection.set_trace(httpclient::client::Place::Other, Some(Box::new(interim.clone())));
        let mut outcome = Outcome::default();
        request(&mut connection, self.line, self.headers, Body::None).unwrap();
        outcome.sent = log.lock().unwrap().sent.concat();

        let mut response = Response::default();
        match patiently(|| connection.getresponse(&mut response)) {
            Ok(()) => read_response(&mut connection, &mut response, reading, &mut outcome),
            Err(error) => {
                outcome.line = error.line().to_vec();
                note_error(&mut outcome, &error);
            }
        }
        outcome.interim = interim.0.lock().unwrap().clone();
        response.close(&mut connection);
        connection.set_trace(httpclient::client::Place::Other, None);
        probe(&mut connection);
        outcome.reused = log.lock().unwrap().sent.len() == 1;
        outcome
    }
}

/// A loose outcome beside the strict one of the same bytes. That the next request got its own answer is
/// known by now.
fn check_loose(strict: &Outcome, loose: &Outcome) {
    let framing = |outcome: &Outcome| {
        let Outcome { status, version, body, trailers, error, reused, .. } = outcome.clone();
        (status, version, body, trailers, error, reused)
    };
    if strict.error.is_none() {
        let harmless = Rule::RawValues as u32 | Rule::ConnectionOptions as u32;
        assert_eq!(loose.leniencies & !harmless, 0);
        assert_eq!(framing(loose), framing(strict));
    } else if loose.error.is_none() && loose.leniencies == 0 {
        panic!("taken without a leniency: {loose:?}");
    }
}

/// The next request gets its own answer.
fn probe(connection: &mut Connection) {
    if connection.phase() != Phase::Idle {
        connection.close();
    }
    connection.settings.head_limits = Settings::DEFAULT.head_limits;
    request(connection, "/probe", &[], Body::None).unwrap();
    let mut response = Response::default();
    patiently(|| connection.getresponse(&mut response)).unwrap();
    assert_eq!(response.head().status, 299, "the answer to another request");
}

fn read_response(
    connection: &mut Connection,
    response: &mut Response,
    reading: Reading,
    outcome: &mut Outcome,
) {
    let head = response.head();
    outcome.status = head.status;
    outcome.version = if head.version == Version::Http10 { 10 } else { 11 };
    outcome.reason = text(head.reason());
    outcome.fields = texts(&head.fields);
    outcome.will_close = response.framing().will_close;
    match read_body(connection, response, reading, &mut outcome.body) {
        Ok(()) => {
            // As in http.client, read1() leaves the answer to HEAD open.
            let left_open = outcome.sent.starts_with(b"HEAD ") && reading.is_once();
            assert_eq!(response.is_closed(connection), !left_open, "read to its end");
        }
        Err(error) => {
            note_error(outcome, &error);
            if error.kind() != Kind::Timeout {
                let again = response.read(connection, UninitSlice::new(&mut [0]), ReadMode::Fill);
                assert_eq!(again.unwrap_err().kind(), error.kind(), "an error is not forgotten");
            }
        }
    }
    outcome.trailers = texts(response.trailers());
    outcome.leniencies = response.leniency().used();
}

fn read_body(
    connection: &mut Connection,
    response: &mut Response,
    reading: Reading,
    body: &mut Vec<u8>,
) -> Result<(), Error> {
    let (room, effort) = match reading {
        Reading::Single => (1, ReadMode::Fill),
        Reading::Big => (1 << 16, ReadMode::Fill),
        Reading::Once => (1 << 16, ReadMode::Once),
        Reading::OnceSmall => (3, ReadMode::Once),
        Reading::All => {
            let outcome = patiently(|| response.read_all(connection, 1 << 24));
            *body = response.body().to_vec();
            return outcome;
        }
    };
    let mut block = vec![0; room];
    loop {
        let count = patiently(|| response.read(connection, UninitSlice::new(&mut block), effort))?;
        if count == 0 {
            return Ok(());
        }
        body.extend_from_slice(&block[..count]);
    }
}

fn note_error(outcome: &mut Outcome, error: &Error) {
    assert!(!error.message().contains(char::is_control), "{error:?}");
    outcome.error = Some(error.kind());
    outcome.counts = (error.received(), error.expected());
}

fn text(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

fn texts(fields: &Fields) -> Vec<(String, String)> {
    fields.iter().map(|field| (text(field.name), text(field.value))).collect()
}

/// An observer of interim responses.
#[derive(Clone, Default)]
struct Interim(Arc<Mutex<Vec<String>>>);

impl Trace for Interim {
    fn event(&mut self, event: Event, data: &[u8]) {
        if event == Event::Interim {
            self.0.lock().unwrap().push(text(data));
        }
    }
}

/// A response that is complete and whose connection carries the next request.
#[track_caller]
pub fn kept(bytes: &[u8], status: u16, body: &[u8]) -> Outcome {
    let outcome = Transcript::new(bytes).run();
    assert_eq!(outcome.result(), Ok((status, body)));
    assert!(outcome.reused, "the connection should have been kept");
    outcome
}

/// A response that is complete and whose connection does not carry the next request.
#[track_caller]
pub fn not_kept(bytes: &[u8], end: End, status: u16, body: &[u8]) -> Outcome {
    let outcome = Transcript::new(bytes).end(end).run();
    assert_eq!(outcome.result(), Ok((status, body)));
    assert!(!outcome.reused, "the connection should not have been kept");
    outcome
}

/// A response whose head is refused, without a need to wait for more.
#[track_caller]
pub fn refused(bytes: &[u8], kind: Kind) -> Outcome {
    let outcome = Transcript::new(bytes).run();
    assert_eq!((outcome.error, outcome.status), (Some(kind), 0));
    assert!(!outcome.reused, "the connection should not have been kept");
    outcome
}

/// A response whose body fails after some bytes of it.
#[track_caller]
pub fn cut(bytes: &[u8], end: End, body: &[u8], kind: Kind) -> Outcome {
    let outcome = Transcript::new(bytes).end(end).run();
    assert_eq!((outcome.error, &outcome.body[..]), (Some(kind), body));
    assert!(!outcome.reused, "the connection should not have been kept");
    outcome
}
