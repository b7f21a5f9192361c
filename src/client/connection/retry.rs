//! One retry of a request on a new connection, where nothing can have been processed twice: the
//! kept connection was closed by the peer before a byte of the response came, and the method is
//! idempotent (RFC 9112 section 9.3.1).

use super::Progress;
use super::active::Active;
use crate::client::body::Body;
use crate::client::exchange::Retry;
use crate::client::sending::Verb;
use crate::client::trace::Event;
use crate::engine::error::{Error, Kind};
use crate::engine::leniency::Leniency;

impl Active<'_> {
    /// Whether the request may be sent once more, for all that is known before its response.
    pub(super) fn is_retryable(&self) -> bool {
        self.connection.channel.settings.retry
            && self.connection.channel.settings.auto_open
            && self.connection.exchange.reused
            && !self.connection.exchange.retried
            && (self.connection.channel.settings.retry_any_method
                || self.transaction.head.is_idempotent())
    }

    /// Whether a request whose sending failed can be sent again: the peer has closed the stream, and
    /// has not said why.
    pub(super) fn can_send_again(&mut self, error: &Error, body: &Body<'_>) -> bool {
        let whole_at_hand = !body.comes_in_parts()
            && self.transaction.sending.as_ref().is_some_and(|sending| sending.verb != Verb::Send);
        let others_response = self.connection.channel.unread.is_some_and(|unread| !unread.empty);
        if !self.is_retryable() || !is_closed_by_peer(error) || !whole_at_hand || others_response {
            return false;
        }
        // What arrived before the peer closed is a response; then the failure is the caller's.
        if !self.is_unanswered() {
            return false;
        }
        match self
            .connection
            .channel
            .stream
            .as_mut()
            .map(|stream| stream.fill(1, &mut Leniency::default()))
        {
            Some(Ok(count)) => count == 0,
            Some(Err(error)) => is_closed_by_peer(&error),
            None => false,
        }
    }

    pub(super) fn begin_again(&mut self) {
        self.connection.channel.drop_stream();
        self.transaction.incoming.clear();
        self.transaction.patience = None;
        self.transaction.stalled = None;
        self.connection.progress = Progress::NotSent;
        self.connection.exchange.retried = true;
    }

    /// Keeps a copy of what is about to go out: before it does, since there may be no memory for it.
    pub(super) fn keep_for_retry(&mut self, body: &Body<'_>) -> Result<(), Error> {
        if !self.connection.channel.settings.retry || self.transaction.retry.is_some() {
            return Ok(());
        }
        let Some(sending) = &self.transaction.sending else { return Ok(()) };
        if self.is_retryable() && sending.has_yet_to_begin() && !body.comes_in_parts() {
            let copy = sending.copy(self.transaction.out.data(), body)?;
            self.transaction.retry = Some(Retry::new(copy));
        }
        Ok(())
    }

    /// Whether a request that went out whole can be sent again: the peer has closed the stream before
    /// a byte of the response came.
    pub(super) fn can_retry(&self, error: &Error) -> bool {
        let kept = self.transaction.retry.as_ref().is_some_and(|retry| !retry.has_begun());
        kept && self.is_unanswered() && is_closed_by_peer(error)
    }

    /// Whether not a byte of an answer has come.
    pub(super) fn is_unanswered(&self) -> bool {
        self.overhead() == 0
            && self.connection.channel.stream.as_ref().is_some_and(|stream| stream.input.is_empty())
    }

    /// Sends the request again on a new stream, where that has begun.
    pub(super) fn go_on_retrying(&mut self) -> Result<(), Error> {
        if !self.transaction.retry.as_ref().is_some_and(Retry::is_under_way) {
            return Ok(());
        }
        let opens = self.connection.channel.stream.is_none();
        if opens {
            self.connection.open()?;
        }
        let limits = self.connection.channel.settings.limits;
        let (Some(retry), Some(stream)) =
            (&mut self.transaction.retry, &mut self.connection.channel.stream)
        else {
            return Ok(());
        };
        if opens {
            self.connection.trace.show(Event::Send, &[retry.left()]);
        }
        stream.set_limits(&limits);
        retry.drive(stream)?;
        self.connection.trace.times.note(|times| &mut times.sent);
        self.connection.progress = Progress::Sent;
        Ok(())
    }
}

/// Whether an error says that the peer has closed the connection.
fn is_closed_by_peer(error: &Error) -> bool {
    error.kind().is(Kind::Connection) || error.kind() == Kind::TlsTruncated
}
