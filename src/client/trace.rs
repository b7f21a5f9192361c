//! What a connection shows of its work to an observer.

/// The kind of a traced event; the data beside it are the raw bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A line for a person about the connection itself.
    Info,
    /// A block was sent.
    Send,
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
