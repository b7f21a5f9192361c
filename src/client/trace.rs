//! What a connection shows of its work to observers, and what it notes of it.

use super::times::Stopwatch;
use crate::engine::head::Head;
use crate::transport::{End, Transport};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// The kind of a traced event; the data beside it are the raw bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A line for a person about the connection itself.
    Info,
    /// A block was sent.
    Send,
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

/// Who observes a connection.
#[derive(Default)]
pub(super) struct Tracer {
    pub(super) trace: Option<Box<dyn Trace>>,
    pub(super) interim: Option<Box<dyn Interim>>,
    pub(super) times: Stopwatch,
}

impl Tracer {
    /// A stream was connected.
    pub(super) fn connected(&mut self, transport: &dyn Transport) {
        let Some(trace) = &mut self.trace else { return };
        let mut line = String::from("connected");
        if let Some(address) = transport.address(End::Peer) {
            line.push_str(" to ");
            line.extend(address.escape_ascii().map(char::from));
        }
        trace.event(Event::Info, line.as_bytes());
    }

    /// Whether somebody wants to see what is sent.
    pub(super) fn is_watched(&self) -> bool {
        self.trace.is_some()
    }

    /// The first `count` bytes of `parts` were sent.
    pub(super) fn sent(&mut self, parts: &[&[u8]], mut count: usize) {
        let Some(trace) = &mut self.trace else { return };
        for part in parts {
            let shown = count.min(part.len());
            if shown > 0 {
                trace.event(Event::Send, &part[..shown]);
            }
            count -= shown;
        }
    }

    pub(super) fn tunnel_reply(&mut self, head: &Head) {
        self.times.note(|times| &mut times.tunnelled);
        self.head(Event::Tunnel, head);
    }

    /// An interim response was received.
    pub(super) fn interim(&mut self, head: &mut Head) {
        self.head(Event::Interim, head);
        if let Some(interim) = &mut self.interim {
            interim.interim(head);
        }
    }

    /// A head was received.
    pub(super) fn head(&mut self, event: Event, head: &Head) {
        if let Some(trace) = &mut self.trace {
            let mut raw = Vec::new();
            if head.write_raw(&mut raw).is_ok() {
                trace.event(event, &raw);
            }
        }
    }
}
