//! Requests, and what they put on the wire.

use super::script::{Dialer, Log, Pace, Peer};
use httpclient::client::{Body, Connection, Request, Source};
use httpclient::engine::error::{Error, Kind};
use httpclient::engine::leniency::Leniency;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// A connection to `h.test` whose streams follow the script.
pub fn connection(peers: Vec<Peer>, last: &[u8], pace: Pace) -> (Connection, Arc<Mutex<Log>>) {
    let (dialer, log) = Dialer::new(peers, last, pace);
    let connection = Connection::new("h.test", None, 80, |_, _| Ok(Box::new(dialer))).unwrap();
    (connection, log)
}

/// More repetitions than any transcript here has bytes.
const PATIENCE: usize = 4 << 20;

/// Repeats a call as long as it would block; a call that never gets on is a failure.
pub fn patiently<T>(mut call: impl FnMut() -> Result<T, Error>) -> Result<T, Error> {
    for _ in 0..PATIENCE {
        match call() {
            Err(error) if error.kind() == Kind::WouldBlock => {}
            outcome => return outcome,
        }
    }
    panic!("the call does not get on")
}

/// A body that comes in blocks.
pub struct Blocks {
    size: Option<u64>,
    blocks: VecDeque<Vec<u8>>,
}

impl Blocks {
    pub fn new(size: Option<u64>, blocks: &[&str]) -> Blocks {
        Blocks { size, blocks: blocks.iter().map(|block| block.as_bytes().to_vec()).collect() }
    }
}

impl Source for Blocks {
    fn size(&self) -> Option<u64> {
        self.size
    }

    fn block_size(&self) -> usize {
        8192
    }

    fn read(&mut self, room: &mut [u8]) -> Result<usize, Error> {
        assert_eq!(room.len(), 8192, "never more, nor less, than the block size");
        let block = self.blocks.pop_front().unwrap_or_default();
        room[..block.len()].copy_from_slice(&block);
        Ok(block.len())
    }
}

/// http.client's request(), to its end.
pub fn request(
    connection: &mut Connection,
    line: &str,
    headers: &[(&str, &str)],
    mut body: Body<'_>,
) -> Result<(), Error> {
    let (method, target) = line.split_once('|').unwrap_or(("GET", line));
    patiently(|| {
        let body = match &mut body {
            Body::None => Body::None,
            Body::Later => Body::Later,
            Body::Bytes(bytes) => Body::Bytes(bytes),
            Body::Source(source) => Body::Source(*source),
            Body::Pieces(pieces) => Body::Pieces(*pieces),
        };
        connection.request(Request {
            method: method.as_bytes(),
            target: target.as_bytes(),
            headers: headers.iter().map(|(name, value)| Ok((name.as_bytes(), value.as_bytes()))),
            body,
            encode_chunked: true,
        })
    })
}

/// What `act` puts on the wire, however slowly the wire takes it. What is refused must have sent
/// nothing and dialled nobody, and after close() the connection is as new.
pub fn wire(act: impl Fn(&mut Connection) -> Result<(), Error>) -> Result<String, Kind> {
    let outcomes = [Pace::Whole, Pace::Single, Pace::Hesitant].map(|pace| {
        let (mut connection, log) = connection(vec![], b"", pace);
        let outcome = act(&mut connection).map_err(|error| error.kind());
        if outcome.is_err() {
            assert_eq!(*log.lock().unwrap(), Log::default());
            connection.close();
            request(&mut connection, "/probe", &[], Body::None).unwrap();
            let sent = log.lock().unwrap().sent.concat();
            assert_eq!(sent, super::PROBE_REQUEST, "after a refusal");
        }
        let sent = log.lock().unwrap().sent.concat();
        outcome.map(|()| String::from_utf8(sent).unwrap())
    });
    let [whole, single, hesitant] = outcomes;
    assert_eq!(whole, single);
    assert_eq!(whole, hesitant);
    if whole.is_err() {
        let (mut connection, log) = connection(vec![], b"", Pace::Whole);
        connection.settings.leniency = Leniency::ALL;
        if act(&mut connection).is_ok() {
            check_one_request(&log.lock().unwrap().sent.concat());
        }
    }
    whole
}

/// However loose the rules: what was sent is one request, nothing of which can be taken for another.
pub fn check_one_request(sent: &[u8]) {
    let shown = sent.escape_ascii();
    let end =
        sent.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or_else(|| panic!("{shown}"));
    let (head, body) = (&sent[..end + 2], &sent[end + 4..]);
    let text: String = head.iter().map(|&byte| char::from(byte)).collect();
    let mut lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(lines.pop(), Some(""), "{shown}");
    assert!(lines.iter().all(|line| !line.contains(['\r', '\n', '\0'])), "{shown}");
    assert!(lines.iter().all(|line| !line.trim().is_empty()), "{shown}");
    let words: Vec<&str> = lines[0].split(' ').collect();
    assert!(words.len() == 3 && words.iter().all(|word| !word.is_empty()), "{shown}");
    let value = |name: &str| {
        let is_it = |line: &&&str| {
            let start = line.split(':').next().unwrap_or_default().trim();
            start.eq_ignore_ascii_case(name)
        };
        let found: Vec<_> = lines[1..].iter().filter(is_it).collect();
        assert!(found.len() <= 1, "{shown}");
        found.first().map(|line| line.split_once(':').unwrap().1.trim().to_owned())
    };
    match (value("Content-Length"), value("Transfer-Encoding")) {
        (Some(length), None) => assert_eq!(length, body.len().to_string(), "{shown}"),
        (None, Some(coding)) => {
            assert!(coding.ends_with("chunked") && body.ends_with(b"0\r\n\r\n"), "{shown}");
        }
        (None, None) => assert!(body.is_empty(), "{shown}"),
        (Some(_), Some(_)) => panic!("{shown}"),
    }
}
