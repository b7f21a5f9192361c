//! What a connection shows of its work to observers, and what it notes of it.

use super::times::Stopwatch;
use crate::engine::head::Head;
use crate::memory::{self, append};
use crate::transport::{End, Transport};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// The kind of a traced event; the data beside it are the raw bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A line for a person about the connection itself.
    Info,
    /// A line about the body of a request, in the words of http.client.
    Body,
    /// A block goes out: a head, a body of bytes, or a block or piece of one with its framing.
    Send,
    /// A block or piece of what send() was given goes out; http.client shows only what it comes from.
    Piece,
    /// The status line of a response came, as received, whatever is wrong with it; or what came of it
    /// before the stream ended.
    Status,
    /// The head of a proxy's answer to CONNECT, as received.
    Tunnel,
    /// The head of an interim response, as received.
    Interim,
    /// The head of the final response, as received.
    Head,
}

/// An observer.
pub trait Trace: Send {
    /// Something happened. The data are valid during the call only.
    fn event(&mut self, event: Event, data: &[u8]);
}

/// Is shown interim responses: 1xx but 101.
pub trait Interim: Send {
    /// One came. Its head is valid during the call only; its memory is used again, whatever it holds.
    fn interim(&mut self, head: &mut Head);
}

/// The observers that a connection may have, side by side.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// Whoever prints.
    Printer,
    /// Whoever else wants to know.
    Other,
}

/// Who observes a connection.
#[derive(Default)]
pub(super) struct Tracer {
    observers: [Option<Box<dyn Trace>>; 2],
    /// There is one.
    watched: bool,
    pub(super) interim: Option<Box<dyn Interim>>,
    pub(super) times: Stopwatch,
    /// The status line of the head that is being received was shown.
    has_status: bool,
}

impl Tracer {
    /// Puts an observer in this place, or nobody.
    pub(super) fn set(&mut self, place: Place, observer: Option<Box<dyn Trace>>) {
        self.observers[place as usize] = observer;
        self.watched = self.observers.iter().any(Option::is_some);
    }

    #[cold]
    fn tell(&mut self, event: Event, data: &[u8]) {
        self.observers.iter_mut().flatten().for_each(|observer| observer.event(event, data));
    }

    /// A stream was connected.
    pub(super) fn connected(&mut self, transport: &dyn Transport) {
        if !self.watched {
            return;
        }
        let line = match transport.address(End::Peer) {
            Ok(Some(address)) => {
                memory::format(format_args!("connected to {}", address.escape_ascii()))
            }
            Ok(None) => return self.tell(Event::Info, b"connected"),
            // What there is no memory to show is not shown.
            Err(_) => return,
        };
        if let Ok(line) = line {
            self.tell(Event::Info, line.as_bytes());
        }
    }

    /// Whether somebody wants to see what is sent.
    pub(super) fn is_watched(&self) -> bool {
        self.watched
    }

    /// Shows what `parts` are together.
    pub(super) fn show(&mut self, event: Event, parts: &[&[u8]]) {
        if !self.watched {
            return;
        }
        if let [part] = parts {
            return self.tell(event, part);
        }
        let mut whole = Vec::new();
        if parts.iter().try_for_each(|part| append(&mut whole, part)).is_ok() {
            self.tell(event, &whole);
        }
    }

    /// A response head is awaited.
    pub(super) fn begin_head(&mut self) {
        self.has_status = false;
    }

    /// Of a head, `data` came so far. Its status line is shown before it is looked at, once it is there or
    /// the stream has `ended` within; not if it is over the limit.
    #[cold]
    pub(super) fn status_line(&mut self, data: &[u8], limit: usize, ended: bool) {
        if self.has_status || data.is_empty() && !ended {
            return;
        }
        let end = memchr::memchr(b'\n', data).map(|lf| lf + 1).or(ended.then_some(data.len()));
        let Some(end) = end else { return };
        self.has_status = true;
        if end <= limit {
            self.tell(Event::Status, &data[..end]);
        }
    }

    pub(super) fn tunnel_reply(&mut self, head: &Head) {
        self.times.note(|times| &mut times.tunnelled);
        self.head(Event::Tunnel, head);
    }

    /// An interim response was received.
    pub(super) fn interim(&mut self, head: &mut Head) {
        self.head(Event::Interim, head);
        self.begin_head();
        if let Some(interim) = &mut self.interim {
            interim.interim(head);
        }
    }

    /// A head was received.
    pub(super) fn head(&mut self, event: Event, head: &Head) {
        if self.watched {
            let mut raw = Vec::new();
            if head.write_raw(&mut raw).is_ok() {
                self.tell(event, &raw);
            }
        }
    }
}
