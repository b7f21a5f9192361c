//! What a connection shows of its work to an observer.

use crate::engine::head::Head;
use alloc::boxed::Box;
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

/// The observer of a connection, if there is one.
#[derive(Default)]
pub(super) struct Tracer(pub(super) Option<Box<dyn Trace>>);

impl Tracer {
    pub(super) fn info(&mut self, text: &str) {
        if let Some(trace) = &mut self.0 {
            trace.event(Event::Info, text.as_bytes());
        }
    }

    /// Whether somebody wants to see what is sent.
    pub(super) fn is_watched(&self) -> bool {
        self.0.is_some()
    }

    /// The first `count` bytes of `parts` were sent.
    pub(super) fn sent(&mut self, parts: &[&[u8]], mut count: usize) {
        let Some(trace) = &mut self.0 else { return };
        for part in parts {
            let shown = count.min(part.len());
            if shown > 0 {
                trace.event(Event::Send, &part[..shown]);
            }
            count -= shown;
        }
    }

    pub(super) fn tunnel_reply(&mut self, head: &Head) {
        self.head(Event::Tunnel, head);
    }

    /// A head was received.
    pub(super) fn head(&mut self, event: Event, head: &Head) {
        if let Some(trace) = &mut self.0 {
            let mut raw = Vec::new();
            if head.write_raw(&mut raw).is_ok() {
                trace.event(event, &raw);
            }
        }
    }
}
