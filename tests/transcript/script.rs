//! Peers that follow a script, in place of sockets.

use bytes::buf::UninitSlice;
use httpclient::engine::error::{Error, Kind};
use httpclient::transport::{Dial, Interest, Limits, Timeout, Transport};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// What comes when a peer has sent all it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing: a read times out.
    Silence,
    /// The end of the stream.
    Close,
    /// Every read fails so.
    Fail(Kind),
}

/// The peer of one stream.
#[derive(Clone, Debug)]
pub struct Peer {
    /// What it sends upon each request. A request is what is written with no read in between.
    pub replies: Vec<Vec<u8>>,
    /// What comes after that.
    pub end: End,
}

/// How fast bytes come and go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// As many as there are.
    Whole,
    /// As many as there are, but nothing at once from both sides of this offset.
    SplitAt(usize),
    /// One at a time, both ways.
    Single,
    /// One at a time, both ways, and `WouldBlock` before each.
    Hesitant,
}

/// What the peers saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// What was written to each stream, in the order they were dialled.
    pub sent: Vec<Vec<u8>>,
    /// How many writes took bytes.
    pub writes: usize,
    /// How many streams were ended by `finish`.
    pub finished: usize,
}

/// Dials one peer after the other, and then peers that answer each request with `last`.
pub struct Dialer {
    peers: VecDeque<Peer>,
    last: Vec<u8>,
    pace: Pace,
    log: Arc<Mutex<Log>>,
}

impl Dialer {
    pub fn new(peers: Vec<Peer>, last: &[u8], pace: Pace) -> (Dialer, Arc<Mutex<Log>>) {
        let log = Arc::new(Mutex::new(Log::default()));
        let dialer = Dialer { peers: peers.into(), last: last.to_vec(), pace, log: log.clone() };
        (dialer, log)
    }
}

impl Dial for Dialer {
    fn dial(&mut self, _: Limits) -> Result<Box<dyn Transport>, Error> {
        let peer = self
            .peers
            .pop_front()
            .unwrap_or_else(|| Peer { replies: vec![self.last.clone(); 3], end: End::Silence });
        let mut log = self.log.lock().unwrap();
        log.sent.push(Vec::new());
        Ok(Box::new(Stream {
            index: log.sent.len() - 1,
            replies: peer.replies.into(),
            end: peer.end,
            pace: self.pace,
            input: Vec::new(),
            at: 0,
            hears: true,
            hesitated: false,
            limits: Limits::NONE,
            log: self.log.clone(),
        }))
    }
}

struct Stream {
    index: usize,
    replies: VecDeque<Vec<u8>>,
    end: End,
    pace: Pace,
    input: Vec<u8>,
    at: usize,
    /// The next write begins a request.
    hears: bool,
    hesitated: bool,
    limits: Limits,
    log: Arc<Mutex<Log>>,
}

impl Stream {
    /// Fails before every byte where that is the pace.
    fn hesitate(&mut self) -> Result<(), Error> {
        self.hesitated = !self.hesitated && self.pace == Pace::Hesitant;
        if self.hesitated { Err(Error::new(Kind::WouldBlock, "not yet")) } else { Ok(()) }
    }

    fn step(&self) -> usize {
        match self.pace {
            Pace::Whole => usize::MAX,
            Pace::SplitAt(offset) if self.at < offset => offset - self.at,
            Pace::SplitAt(_) => usize::MAX,
            Pace::Single | Pace::Hesitant => 1,
        }
    }
}

impl Transport for Stream {
    fn read(&mut self, buf: &mut UninitSlice, want: usize) -> Result<usize, Error> {
        assert!((1..=buf.len()).contains(&want), "want {want} of {}", buf.len());
        if self.limits.timeout == Timeout::Nonblocking {
            // A reply comes when its request is out.
            return Err(Error::new(Kind::WouldBlock, "not yet"));
        }
        self.hears = true;
        self.hesitate()?;
        let rest = &self.input[self.at..];
        if rest.is_empty() {
            return match self.end {
                End::Silence => Err(Error::new(Kind::Timeout, "timed out")),
                End::Close => Ok(0),
                End::Fail(kind) => Err(Error::new(kind, "the script says so")),
            };
        }
        let count = rest.len().min(buf.len()).min(self.step());
        buf[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }

    fn write(&mut self, parts: &[&[u8]]) -> Result<usize, Error> {
        let all: Vec<u8> = parts.concat();
        assert!(!all.is_empty() && parts.len() <= 4, "{parts:?}");
        self.hesitate()?;
        if core::mem::take(&mut self.hears) {
            self.input.extend(self.replies.pop_front().unwrap_or_default());
        }
        let slow = matches!(self.pace, Pace::Single | Pace::Hesitant);
        let count = if slow { 1 } else { all.len() };
        let mut log = self.log.lock().unwrap();
        log.sent[self.index].extend_from_slice(&all[..count]);
        log.writes += 1;
        Ok(count)
    }

    fn is_quiet(&mut self) -> bool {
        // The end comes behind the first reply.
        self.at == self.input.len() && (self.end == End::Silence || self.input.is_empty())
    }

    fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    fn finish(&mut self) {
        self.log.lock().unwrap().finished += 1;
    }

    fn interest(&self) -> Interest {
        Interest { read: true, write: true }
    }
}
