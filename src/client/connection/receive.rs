//! Receiving: getresponse(), interim responses, and the stream that a response shares until it lets go of it.

use super::active::Active;
use super::transaction::{Incoming, Reply};
use super::{Connection, Progress};
use crate::client::channel::UnreadResponse;
use crate::client::exchange::Retry;
use crate::client::response::Response;
use crate::client::sending::Sending;
use crate::client::stream::Stream;
use crate::client::trace::Event;
use crate::engine::body::Decoder;
use crate::engine::error::{Error, Kind, error};
use crate::engine::framing::{BodyFraming, Method, response_framing};
use crate::engine::head::Version;
use crate::engine::interim::{Found, ResponseReader};
use crate::engine::leniency::Rule;
use crate::engine::request::RequestHead;
use crate::engine::state::{Call, Phase, check};
use crate::transport::Dial;
use alloc::boxed::Box;

impl Connection {
    /// A connection that waits for the answer to a request with this method, sent by other means, on
    /// the stream that `dialer` gives at once. Nothing fails once the dialer is there.
    pub fn of_response(
        dialer: impl FnOnce() -> Result<Box<dyn Dial>, Error>,
        method: &[u8],
    ) -> Result<Connection, Error> {
        let lent = Reply::new()?;
        let mut connection = Connection::new("localhost", Some(80), 80, |_, _| dialer())?;
        connection.transaction = Some(lent.0);
        connection.open()?;
        connection.with_transaction(|active| {
            active.transaction.head = RequestHead::sent(method);
            active.connection.phase = Phase::RequestSent;
            Ok(())
        })?;
        Ok(connection)
    }

    /// Receives the head of the response to the last request: http.client's getresponse().
    pub fn receive(&mut self) -> Result<Reply, Error> {
        let mut lent = self.borrow_transaction()?;
        match (Active { connection: self, transaction: &mut lent }).getresponse() {
            Ok(()) => {
                self.at_work = false;
                Ok(Reply(lent))
            }
            Err(error) => {
                self.return_transaction(lent);
                Err(error)
            }
        }
    }

    /// As [`Connection::receive`], into a response that is there, whatever it was before.
    pub fn getresponse(&mut self, response: &mut Response) -> Result<(), Error> {
        self.with_transaction(|active| {
            active.transaction.complete_url()?;
            active.getresponse()?;
            core::mem::swap(response, &mut active.transaction.response);
            Ok(())
        })
    }

    /// Whether a request was sent, and nothing of its response was asked for yet.
    pub fn is_before_response(&self) -> bool {
        let before = |incoming: &Incoming| incoming.reader.is_none() && incoming.failure.is_none();
        let transaction = self.transaction.as_ref();
        self.phase == Phase::RequestSent && transaction.is_some_and(|t| before(&t.incoming))
    }
}

impl Active<'_> {
    pub(super) fn getresponse(&mut self) -> Result<(), Error> {
        check(self.connection.phase, self.connection.channel.unread.is_some(), Call::GetResponse)?;
        if let Some(error) = &self.transaction.incoming.failure {
            return Err(error.copy());
        }
        if self.transaction.sending.as_ref().is_some_and(Sending::has_yet_to_begin) {
            // Whatever arrives before a request is no answer to it.
            return Err(NOT_BEGUN);
        }
        loop {
            match self.go_on_retrying().and_then(|()| self.receive_head()) {
                Ok(overhead) => return self.hand_out(overhead),
                Err(error) if self.can_retry(&error) => {
                    self.begin_again();
                    self.transaction.incoming.leniency =
                        self.connection.channel.settings.leniency.after(self.transaction.leniency);
                    self.transaction.retry.iter_mut().for_each(Retry::begin);
                }
                Err(error) => return Err(self.fail_response(error)),
            }
        }
    }

    /// Names the tunnel, behind which a failure of its stream may have any of two causes.
    fn explain(&self, error: Error) -> Error {
        match self.connection.tunnel() {
            Some(tunnel) if error.kind() != Kind::WouldBlock => tunnel.explain(error),
            _ => error,
        }
    }

    /// What the heads so far took.
    pub(super) fn overhead(&self) -> usize {
        self.transaction.incoming.reader.as_ref().map_or(0, ResponseReader::used)
    }

    /// Reads until the final head is there; gives what all heads took.
    fn receive_head(&mut self) -> Result<usize, Error> {
        if let Some(answer) = self.transaction.incoming.answer.take() {
            return answer.head;
        }
        self.begin_head();
        if let Some(stream) = &mut self.connection.channel.stream {
            stream.set_limits(&self.connection.channel.settings.limits);
        }
        let stream = self.connection.channel.stream.as_ref();
        let begun = stream.and_then(Stream::clock);
        let silent = stream.is_none_or(|stream| stream.input.is_empty());
        let mut ended = silent && self.receive_more()? == 0;
        loop {
            match self.take_head(ended)? {
                Found::Final(_) => return Ok(self.overhead()),
                Found::Interim(_) => {}
                Found::Nothing => {
                    self.time_head(begun);
                    ended = self.receive_more()? == 0;
                }
            }
        }
    }

    /// What comes before the final response's fields does not put off the timeout of what began at `begun`.
    #[cold]
    fn time_head(&mut self, begun: Option<u64>) {
        let head = &self.transaction.response.head;
        let reader = self.transaction.incoming.reader.as_ref();
        let moves = reader.is_some_and(|reader| reader.is_within_final(head));
        match &mut self.connection.channel.stream {
            Some(stream) if moves => stream.moved(),
            Some(stream) => stream.hold_timeout(begun),
            None => {}
        }
    }

    /// Begins to read heads, unless that has begun.
    pub(super) fn begin_head(&mut self) {
        if self.transaction.incoming.reader.is_none() {
            self.transaction.incoming.reader = Some(ResponseReader::default());
            self.connection.trace.begin_head();
            self.transaction.incoming.leniency =
                self.connection.channel.settings.leniency.after(self.transaction.leniency);
        }
    }

    /// Takes a head out of what was received, if one is complete or the stream has `ended` behind it and
    /// that will do; shows it to those who want to see it.
    pub(super) fn take_head(&mut self, ended: bool) -> Result<Found, Error> {
        let head = &mut self.transaction.response.head;
        let Incoming { reader, leniency, .. } = &mut self.transaction.incoming;
        let (Some(stream), Some(reader)) = (&mut self.connection.channel.stream, reader) else {
            return Err(CLOSED);
        };
        let limits = &self.connection.channel.settings.head_limits;
        if self.connection.trace.is_watched() {
            self.connection.trace.status_line(stream.input.data(), limits.line, ended);
        }
        let found = stream.take_head(reader, limits, head, leniency, ended)?;
        match found {
            Found::Final(_) => {
                self.connection.trace.head(Event::Head, head);
                self.connection.trace.times.note_first(|times| &mut times.first_byte);
                self.connection.trace.times.note(|times| &mut times.head);
            }
            Found::Interim(_) => {
                if stream.input.is_empty() {
                    // That was no response yet.
                    self.connection.progress = Progress::Sent;
                }
                self.connection.trace.interim(head);
            }
            Found::Nothing => {}
        }
        Ok(found)
    }

    /// Receives once. 0: the end of the stream.
    #[inline]
    pub(super) fn receive_more(&mut self) -> Result<usize, Error> {
        let Some(stream) = &mut self.connection.channel.stream else { return Err(CLOSED) };
        stream.lend(&mut self.transaction.response.memory);
        let count = stream.fill(1, &mut self.transaction.incoming.leniency)?;
        if count > 0 {
            self.connection.trace.times.note_first(|times| &mut times.first_byte);
            self.connection.progress = Progress::Answered;
        }
        Ok(count)
    }

    /// The error for a stream that ends before the final head is complete.
    pub(super) fn end_of_stream(&self) -> Error {
        match (&self.connection.channel.stream, &self.transaction.incoming.reader) {
            (Some(stream), Some(reader)) => reader.end_of_stream(stream.input.data()),
            _ => CLOSED,
        }
    }

    /// Has the response begin, whose head was received.
    fn hand_out(&mut self, overhead: usize) -> Result<(), Error> {
        let head = &mut self.transaction.response.head;
        let leniency = &mut self.transaction.incoming.leniency;
        let mut framing = match response_framing(self.transaction.head.facts(), head, leniency) {
            Ok(framing) => framing,
            Err(error) => return Err(self.fail_response(error)),
        };
        if leniency.has(Rule::RawValues) {
            head.fields.make_raw(leniency);
        }
        if self.transaction.sending.is_some() || self.transaction.remaining_body.is_something() {
            // The peer still takes what comes next for this request's body.
            framing.will_close = true;
            self.transaction.sending = None;
        }
        self.transaction.retry = None;
        self.connection.phase = Phase::Idle;
        self.connection.peer_http10 = self.transaction.response.head.version == Version::Http10;
        let decoder = Decoder::new(framing.body, overhead);
        let response = &mut self.transaction.response;
        response.leniency = self.transaction.incoming.leniency;
        response.debug_level = self.connection.channel.settings.debug_level;
        response.answers_head = self.transaction.head.facts().method == Method::Head;
        if framing.will_close {
            // The stream leaves; what it was secured by can still be asked for.
            self.connection.channel.tls_session();
        }
        response.time(self.connection.trace.times.times());
        if framing.will_close {
            if let Some(stream) = self.connection.channel.stream.take() {
                response.begin_owning(framing, decoder, stream);
            }
        } else if let Some(stream) = &mut self.connection.channel.stream {
            let empty = framing.body == BodyFraming::Length(0);
            if empty && self.connection.channel.settings.max_idle.is_some() {
                stream.rest_without_body(&self.connection.channel.settings);
            }
            self.connection.channel.unread =
                Some(UnreadResponse { stream: stream.id(), empty, arrived: 0 });
            response.begin_sharing(framing, decoder, stream.id());
        }
        Ok(())
    }

    /// http.client's rule: a broken connection is closed and the state is Idle, which an answer that the
    /// end of the stream cuts short is to us, too; after any other failure only close() helps. Timeouts
    /// and `WouldBlock` can be tried again.
    fn fail_response(&mut self, error: Error) -> Error {
        let error = self.explain(error);
        if error.kind() == Kind::BadStatusLine
            && self.connection.exchange.reused
            && self.overhead() == 0
        {
            // It may as well have been on its way before this request.
            self.connection.progress = self.connection.progress.min(Progress::Sent);
        }
        match error.kind() {
            kind if kind.can_be_repeated() => {}
            kind if kind.is(Kind::Os)
                || matches!(kind, Kind::NotConnected | Kind::Cancelled | Kind::IncompleteRead) =>
            {
                self.connection.channel.drop_stream();
                self.become_idle();
            }
            _ => {
                self.connection.channel.drop_stream();
                self.transaction.incoming.reader = None;
                self.transaction.incoming.failure = Some(error.copy());
            }
        }
        error
    }
}

const NOT_BEGUN: Error = error!(
    Kind::ResponseNotReady,
    "nothing of the request is out yet: the call that sends it is to be repeated"
);

const CLOSED: Error = error!(Kind::NotConnected, "the connection was closed before the response");
