//! What a connection and its responses share: the stream, who reads from it, and how.

use super::session::Session;
use super::settings::Settings;
use super::stream::Stream;
#[cfg(feature = "tls")]
use crate::memory::boxed;
use crate::transport::Transport;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// The stream of a connection, which its responses read from while they share it.
pub struct Channel {
    /// What can be set.
    pub settings: Settings,
    pub(super) stream: Option<Stream>,
    /// How many streams there were: their ids are 1 and so on.
    streams: u64,
    /// The last stream that close() ended, and with it the response that was read from it.
    closed: u64,
    pub(super) unread: Option<UnreadResponse>,
    /// What was negotiated for the last stream, once somebody asked, or a response took the stream.
    #[cfg(feature = "tls")]
    session: Option<Box<Session>>,
}

/// A response that was handed out on the stream and not yet read to its end or closed.
#[derive(Clone, Copy)]
pub(super) struct UnreadResponse {
    /// The id of the stream.
    pub(super) stream: u64,
    /// It has no body, so the stream must be quiet already.
    pub(super) empty: bool,
    /// What had arrived on the stream when a request went out behind this response. All of it has
    /// to be this response's: nothing could answer that request yet.
    pub(super) arrived: u64,
}

impl Channel {
    /// One without a stream.
    pub(super) const fn new() -> Channel {
        Channel {
            settings: Settings::DEFAULT,
            stream: None,
            streams: 0,
            closed: 0,
            unread: None,
            #[cfg(feature = "tls")]
            session: None,
        }
    }

    /// The stream, while one is open and not a response's own.
    pub fn stream(&self) -> Option<&Stream> {
        self.stream.as_ref()
    }

    /// What the TLS handshake has settled; none without TLS, and while the connection is closed. It
    /// stays when a response takes the stream.
    #[cfg(feature = "tls")]
    pub fn tls_session(&mut self) -> Option<&Session> {
        if self.session.is_none() {
            let tls = self.stream.as_ref().and_then(Stream::as_tls);
            // Without the memory for a copy there is nothing to tell.
            self.session = tls.and_then(|tls| boxed(Session::of(tls).ok()?).ok());
        }
        self.session.as_deref()
    }

    /// What a TLS handshake has settled: there are none in this build.
    #[cfg(not(feature = "tls"))]
    pub fn tls_session(&mut self) -> Option<&Session> {
        None
    }

    /// The next stream of the connection.
    pub(super) fn begin(&mut self, transport: Box<dyn Transport>) {
        self.forget_session();
        self.streams += 1;
        self.stream = Some(Stream::new(self.streams, transport, self.settings.limits));
    }

    /// Ends the stream, and the response that is read from it.
    pub(super) fn close(&mut self) {
        if let Some(stream) = &self.stream {
            self.closed = stream.id();
        }
        self.drop_stream();
    }

    pub(super) fn drop_stream(&mut self) {
        if let Some(stream) = self.stream.take() {
            stream.finish();
        }
        self.unread = None;
        self.forget_session();
    }

    fn forget_session(&mut self) {
        #[cfg(feature = "tls")]
        {
            self.session = None;
        }
    }

    /// Whether close() has ended this stream.
    pub(super) fn has_closed(&self, id: u64) -> bool {
        self.closed == id
    }

    /// Whether this stream went away under the response that was read from it, and not by close().
    pub(super) fn has_lost(&self, id: u64) -> bool {
        self.closed != id && self.stream.as_ref().is_none_or(|stream| stream.id() != id)
    }

    /// A response lets go of the stream it shares. The stream is kept only if the response was
    /// read to its end, and nothing more had arrived when the next request went out: neither the
    /// rest of a body nor what nobody asked for must ever be taken for a response.
    pub(super) fn release(&mut self, id: u64, complete: bool, memory: &mut Vec<u8>) {
        let Some(unread) = self.unread.take_if(|unread| unread.stream == id) else { return };
        match &mut self.stream {
            Some(stream) if complete && stream.used() >= unread.arrived => {
                stream.take_back(memory);
                stream.rest(&self.settings);
            }
            _ => self.drop_stream(),
        }
    }
}
