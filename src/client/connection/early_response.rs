//! Hearing while sending: the go-ahead that `Expect: 100-continue` asks for, and a final response that
//! comes before the request is out (RFC 9110 section 10.1.1, RFC 9112 section 9.5).
//!
//! While a body goes out, no operation waits by itself. Where one would block, what the server has
//! sent is read first, and then one wait is for either way. So a server that has answered and reads
//! no more is heard at once, and a body that flows costs no system call more than it has blocks.

use super::Progress;
use super::active::Active;
use super::transaction::Answer;
use crate::client::body::Body;
use crate::client::sending::{Sending, Verb};
use crate::client::settings::{ExpectWait, StaleCheck};
use crate::client::times::now;
use crate::engine::error::{Error, Kind};
use crate::engine::interim::Found;
use crate::engine::state::Phase;
use crate::transport::Interest;

/// What a server that is sent a request has said.
enum Heard {
    /// Nothing new, or nothing that matters.
    Nothing,
    /// That the body may come.
    GoAhead,
    /// Its answer, which is kept.
    Answer,
    /// The end of its stream.
    End,
}

/// A look at what has arrived is due after so many bytes that were sent without waiting.
const LOOK_EVERY: u64 = 1 << 20;

/// How long a server that has answered with success may take nothing of the request, in nanoseconds.
const STALLED: u64 = 1_000_000_000;

impl Active<'_> {
    /// Sends on until all is out, or the server has said its last word.
    pub(super) fn send_and_hear(&mut self, body: &mut Body<'_>) -> Result<(), Error> {
        while !self.is_refused() {
            if self.transaction.sending.as_ref().is_some_and(Sending::is_awaiting) {
                self.await_go_ahead()?;
                continue;
            }
            if self.transaction.unheard >= LOOK_EVERY && self.hears() {
                // A server that takes everything may have answered all the same.
                self.look()?;
                continue;
            }
            match self.send_some(body) {
                Ok(true) => break,
                Ok(false) => {}
                Err(error) => self.get_over(error)?,
            }
        }
        Ok(())
    }

    /// Whether the server has said its last word before the request was out.
    pub(super) fn is_refused(&self) -> bool {
        self.transaction.incoming.answer.as_ref().is_some_and(|answer| answer.is_last_word)
    }

    /// One step of the sending. It does not wait where something can be done about that.
    fn send_some(&mut self, body: &mut Body<'_>) -> Result<bool, Error> {
        let waits = !self.hears() && self.transaction.incoming.answer.is_none();
        self.let_wait(waits);
        let (Some(sending), Some(stream)) =
            (&mut self.transaction.sending, &mut self.connection.channel.stream)
        else {
            return Ok(true);
        };
        // A piece goes out by itself; `out` may hold the head that putrequest has begun.
        let head = if sending.verb == Verb::Send { b"" } else { self.transaction.out.data() };
        let before = sending.total;
        let mut outcome = sending.step(
            stream,
            head,
            &mut self.transaction.block,
            body,
            &mut self.connection.trace,
        );
        let sent = sending.total - before;
        if let (Ok(true), false) = (&outcome, waits) {
            // What the transport has taken must go out without another call.
            outcome = stream.flush().map(|()| true);
        }
        if sent > 0 {
            self.connection.progress = self.connection.progress.max(Progress::Sent);
            self.transaction.patience = None;
            self.transaction.stalled = None;
            self.transaction.unheard += sent;
        }
        outcome
    }

    /// Whether what arrives once the request has begun to go out can only be the answer to it, and there
    /// is a body for which that matters.
    fn hears(&self) -> bool {
        self.connection.phase == Phase::RequestSent
            && self.transaction.incoming.answer.is_none()
            && !self.transaction.incoming.ended
            && self.connection.channel.unread.is_none_or(|unread| unread.empty)
            && self.transaction.sending.as_ref().is_some_and(|s| s.has_body() || s.is_awaiting())
    }

    /// Lets operations on the stream wait as the settings say, or not at all.
    pub(super) fn let_wait(&mut self, waits: bool) {
        if let Some(stream) = &mut self.connection.channel.stream {
            stream.let_wait(waits);
        }
    }

    /// Reads what has arrived, if anything has.
    fn look(&mut self) -> Result<(), Error> {
        self.transaction.unheard = 0;
        let quiet = self
            .connection
            .channel
            .stream
            .as_mut()
            .is_none_or(|stream| stream.is_quiet(StaleCheck::Always));
        if quiet { Ok(()) } else { self.hear().map(|_| ()) }
    }

    /// A step of the sending failed. That is no failure where it can go on after a wait, or where the
    /// server has answered.
    fn get_over(&mut self, error: Error) -> Result<(), Error> {
        let at_source = self.transaction.sending.as_ref().is_some_and(Sending::is_at_source);
        let broken = error.kind().is(Kind::Connection) || error.kind() == Kind::TlsTruncated;
        if at_source {
            // One that waits may wait for ever where the server has refused; one that fails has failed.
            if error.kind() == Kind::WouldBlock && self.hears() {
                self.look()?;
            }
            return if self.is_refused() { Ok(()) } else { Err(error) };
        }
        if error.kind() == Kind::WouldBlock {
            return self.wait_to_send(error);
        }
        if broken && self.hears() && self.connection.progress != Progress::NotSent {
            // What arrived before is still there. A failure of that, too, is the same failure.
            let _ = self.hear();
        }
        self.end_if_answered(broken, error)
    }

    /// Waits until the stream takes more, or the server says something.
    fn wait_to_send(&mut self, error: Error) -> Result<(), Error> {
        let interest = match (self.hears(), &self.transaction.incoming.answer) {
            // What has arrived by now was not asked for: it must not become the answer.
            (true, _) if self.connection.progress == Progress::NotSent => Interest::WRITE,
            (true, _) => {
                self.transaction.unheard = 0;
                if !matches!(self.hear()?, Heard::Nothing) {
                    return Ok(());
                }
                Interest::BOTH
            }
            // What comes now is the body of the answer.
            (false, Some(_)) => {
                self.transaction.patience =
                    self.transaction.patience.or_else(|| Some(now()?.saturating_add(STALLED)));
                Interest::WRITE
            }
            // The stream has waited as the limits say.
            (false, None) => return Err(error),
        };
        if self.is_out_of_patience() {
            return self.end_if_answered(true, error);
        }
        let waited = self.wait(interest);
        waited.or_else(|error| self.end_if_answered(error.kind().is(Kind::Timeout), error))
    }

    /// The request cannot go on: that is what its answer is for, if there is one, or a failure.
    fn end_if_answered(&mut self, ends: bool, error: Error) -> Result<(), Error> {
        match &mut self.transaction.incoming.answer {
            Some(answer) if ends => {
                answer.is_last_word = true;
                Ok(())
            }
            _ => Err(error),
        }
    }

    /// Waits for the server's word on a request whose head is out.
    fn await_go_ahead(&mut self) -> Result<(), Error> {
        if let Some(answer) = &mut self.transaction.incoming.answer {
            // It came while the head was still going out: the body is not wanted.
            answer.is_last_word = true;
            return Ok(());
        }
        if let ExpectWait::AtMost(limit) = self.connection.channel.settings.expect_wait {
            self.transaction.patience =
                self.transaction.patience.or_else(|| Some(now()?.saturating_add(limit)));
        }
        loop {
            match self.hear()? {
                Heard::Answer => return Ok(()),
                Heard::GoAhead => break,
                Heard::End => return Err(self.end_of_stream()),
                Heard::Nothing if self.is_out_of_patience() => break,
                Heard::Nothing => {}
            }
            let interest = self.flush_head()?;
            self.wait(interest)?;
        }
        self.transaction.patience = None;
        self.transaction.stalled = None;
        if let Some(sending) = &mut self.transaction.sending {
            sending.go_ahead();
        }
        Ok(())
    }

    /// Sends what the transport holds back of the head; what is then to be waited for.
    fn flush_head(&mut self) -> Result<Interest, Error> {
        match self.connection.channel.stream.as_mut().map_or(Ok(()), |stream| stream.flush()) {
            Ok(()) => Ok(Interest::READ),
            Err(error) if error.kind() == Kind::WouldBlock => Ok(Interest::BOTH),
            Err(error) => Err(error),
        }
    }

    fn wait(&mut self, interest: Interest) -> Result<(), Error> {
        self.let_wait(true);
        // Not since this wait began: a server that says a byte now and then must not put the timeout off.
        let since = *self.transaction.stalled.get_or_insert_with(|| now().unwrap_or_default());
        let patience = self.transaction.patience;
        let outcome = match &mut self.connection.channel.stream {
            Some(stream) => stream.wait(interest, since, patience),
            None => Ok(()),
        };
        if outcome.is_err() {
            // The next call has a timeout of its own.
            self.transaction.stalled = None;
        }
        outcome
    }

    fn is_out_of_patience(&self) -> bool {
        self.transaction.patience.is_some_and(|end| now().is_some_and(|now| now >= end))
    }

    /// Reads what has arrived, without waiting for more.
    fn hear(&mut self) -> Result<Heard, Error> {
        let awaiting = self.transaction.sending.as_ref().is_some_and(Sending::is_awaiting);
        self.let_wait(false);
        self.begin_head();
        loop {
            let head = match self.take_head(false) {
                Ok(Found::Interim(_)) if self.transaction.response.head.status != 100 => continue,
                Ok(Found::Interim(_)) if awaiting => return Ok(Heard::GoAhead),
                Ok(Found::Interim(_)) => {
                    // Not waited for yet: the head is still going out.
                    self.transaction.sending.iter_mut().for_each(Sending::go_ahead);
                    continue;
                }
                Ok(Found::Nothing) => match self.receive_more() {
                    Ok(0) => return Ok(self.hear_end()),
                    Ok(_) => continue,
                    Err(error) if error.kind() == Kind::WouldBlock => return Ok(Heard::Nothing),
                    Err(error) if error.kind() == Kind::TlsTruncated => return Ok(self.hear_end()),
                    Err(error) => return Err(error),
                },
                Ok(Found::Final(_)) => Ok(self.overhead()),
                Err(error) if error.kind() == Kind::NoMemory => return Err(error),
                Err(error) => Err(error),
            };
            // A server that refuses, or does not speak HTTP, reads the rest only to throw it away;
            // one that succeeds may need it.
            let refuses = head.is_err() || self.transaction.response.head.status >= 300;
            self.transaction.incoming.answer =
                Some(Answer { head, is_last_word: awaiting || refuses });
            return Ok(Heard::Answer);
        }
    }

    fn hear_end(&mut self) -> Heard {
        self.transaction.incoming.ended = true;
        Heard::End
    }
}
