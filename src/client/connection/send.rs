//! Sending: request(), and putrequest() to send(), with the retry of a request that met a closed stream.

use super::active::Active;
use super::{Connection, Progress};
use crate::client::body::Body;
use crate::client::exchange::Exchange;
use crate::client::sending::{RemainingBody, Sending, Verb};
use crate::client::settings::ExpectWait;
use crate::client::stream::Stream;
use crate::engine::buffer::Buffer;
use crate::engine::error::{Error, Kind, error};
use crate::engine::request::BodySize;
use crate::engine::state::{Call, Phase, check};

/// A request for [`Connection::request`].
pub struct Request<'a, H> {
    /// The method, sent as given.
    pub method: &'a [u8],
    /// The request target; empty is `/`.
    pub target: &'a [u8],
    /// The caller's fields, in order.
    pub headers: H,
    /// The body.
    pub body: Body<'a>,
    /// Chunk the body here, where the caller's fields have a Transfer-Encoding.
    pub encode_chunked: bool,
}

impl Connection {
    /// Sends a whole request: http.client's request(). A request that is refused before anything
    /// was sent leaves the connection as it was.
    pub fn request<'h, H>(&mut self, request: Request<'_, H>) -> Result<(), Error>
    where
        H: Iterator<Item = Result<(&'h [u8], &'h [u8]), Error>> + Clone,
    {
        self.with_transaction(|active| active.request(request))
    }

    /// Begins a request step by step: http.client's putrequest(). The state advances even if the
    /// method or target is refused, as there.
    pub fn putrequest(
        &mut self,
        method: &[u8],
        target: &[u8],
        skip_host: bool,
        skip_accept_encoding: bool,
    ) -> Result<(), Error> {
        self.with_transaction(|active| {
            active.putrequest(method, target, skip_host, skip_accept_encoding)
        })
    }

    /// Adds a field: http.client's putheader(). A refused one leaves those before it.
    pub fn putheader(&mut self, name: &[u8], values: &[&[u8]]) -> Result<(), Error> {
        self.with_transaction(|active| active.putheader(name, values))
    }

    /// Ends the head and sends it, with a body if one is given: http.client's endheaders(). A body
    /// that the fields so far do not frame is framed here.
    pub fn endheaders(&mut self, body: &mut Body<'_>, encode_chunked: bool) -> Result<(), Error> {
        self.with_transaction(|active| active.endheaders(body, encode_chunked))
    }

    /// Sends bytes as they are, for a body that the caller sends by itself: http.client's send().
    /// After endheaders they may not be more than the head announced.
    pub fn send(&mut self, data: &[u8]) -> Result<(), Error> {
        self.send_piece(&mut Body::Bytes(data))
    }

    /// The same for bytes of every kind. Where more come than the head announced, or their source
    /// fails, the request cannot be completed, unless nothing of them was sent.
    pub fn send_piece(&mut self, piece: &mut Body<'_>) -> Result<(), Error> {
        self.with_transaction(|active| active.send_piece(piece))
    }
}

impl Active<'_> {
    fn request<'h, H>(&mut self, mut request: Request<'_, H>) -> Result<(), Error>
    where
        H: Iterator<Item = Result<(&'h [u8], &'h [u8]), Error>> + Clone,
    {
        if !self.resumes(Verb::Request)? {
            check(
                self.connection.phase,
                self.connection.channel.unread.is_some(),
                Call::PutRequest,
            )?;
            self.connection.progress = Progress::NotSent;
            if let Err(error) = self.compose(&request) {
                self.become_idle();
                return Err(error);
            }
        }
        self.send_message(&mut request.body)
    }

    /// Whether a call goes on with what it began before `WouldBlock`. Another call that sends cannot
    /// come in between.
    fn resumes(&self, verb: Verb) -> Result<bool, Error> {
        let kind = match &self.transaction.sending {
            None => return Ok(false),
            Some(sending) if sending.verb == verb => return Ok(true),
            Some(_) if verb == Verb::EndHeaders => Kind::CannotSendHeader,
            Some(_) => Kind::CannotSendRequest,
        };
        Err(Error::new(kind, self.connection.phase.name()))
    }

    /// The head is complete: from here on the state is Request-sent, as in http.client, whether or
    /// not the sending succeeds.
    // Measured: 20 instructions of a small exchange less.
    #[inline(always)]
    pub(super) fn begin_sending(&mut self, sending: Sending) {
        self.connection.phase = Phase::RequestSent;
        self.connection.progress = Progress::NotSent;
        self.connection.exchange = Exchange::default();
        self.transaction.unheard = 0;
        self.transaction.stalled = None;
        self.transaction.sending = Some(sending.expecting(self.awaits_go_ahead()));
        self.connection.trace.times.begin(self.connection.channel.settings.timings);
    }

    /// Whether the body is held back until the server has said that it may come. Not behind a body that
    /// is still to be read: there the server could not be heard.
    fn awaits_go_ahead(&self) -> bool {
        self.connection.channel.settings.expect_wait != ExpectWait::No
            && self.transaction.head.awaits_continue()
            && self.connection.channel.unread.is_none_or(|unread| unread.empty)
    }

    /// Sends head and body; repeated after `WouldBlock`, it goes on where it was.
    fn send_message(&mut self, body: &mut Body<'_>) -> Result<(), Error> {
        if let Some(sending) = &mut self.transaction.sending {
            sending.check_body(body)?;
        }
        if self.connection.channel.stream.is_none() && !self.connection.channel.settings.auto_open {
            // Nothing was sent, and nothing that comes later can be the answer to it.
            self.become_idle();
            return Err(CLOSED);
        }
        match self.drive_sending(body) {
            Err(error) if error.kind() == Kind::WouldBlock => Err(error),
            Err(error) if self.can_send_again(&error, body) => {
                self.begin_again();
                self.transaction.retry = None;
                if let Some(sending) = &mut self.transaction.sending {
                    sending.restart();
                }
                self.send_message(body)
            }
            Err(error) => {
                self.break_off(&error);
                Err(error)
            }
            Ok(()) if self.is_refused() => {
                let piece = self
                    .transaction
                    .sending
                    .as_ref()
                    .is_some_and(|sending| sending.verb == Verb::Send);
                self.connection.exchange.unsent = true;
                self.end_sending(RemainingBody::BrokenOff);
                if piece { Err(ANSWERED) } else { Ok(()) }
            }
            Ok(()) => {
                self.connection.trace.times.note(|times| &mut times.sent);
                let remaining_body = self.left_to_send(body);
                self.end_sending(remaining_body);
                Ok(())
            }
        }
    }

    /// Gives up what is being sent.
    fn break_off(&mut self, error: &Error) {
        let Some(sending) = &self.transaction.sending else { return };
        let at_source = sending.is_at_source();
        if at_source && sending.verb == Verb::Send && sending.total == 0 {
            // Nothing of this call went out: the request is where it was.
            return self.end_sending(self.transaction.remaining_body);
        }
        self.end_sending(RemainingBody::BrokenOff);
        if at_source || !error.kind().is(Kind::Os) {
            // The body's source failed: what went out can never become a request.
            self.connection.channel.drop_stream();
            self.become_idle();
        }
    }

    /// What the caller still has to send once a call has sent all it was given.
    fn left_to_send(&self, body: &Body<'_>) -> RemainingBody {
        match &self.transaction.sending {
            Some(sending) if sending.verb == Verb::Send => {
                self.transaction.remaining_body.after(sending.total).unwrap_or_default()
            }
            Some(sending) => sending.leaves(body),
            None => RemainingBody::Nothing,
        }
    }

    fn drive_sending(&mut self, body: &mut Body<'_>) -> Result<(), Error> {
        let ready = self.ready_stream().and_then(|()| self.keep_for_retry(body));
        if let Err(error) = ready {
            if error.kind() != Kind::WouldBlock {
                // Nothing was sent and nothing is half-open: the connection is as new.
                self.become_idle();
            }
            return Err(error);
        }
        let outcome = self.send_and_hear(body);
        self.let_wait(true);
        outcome
    }

    fn end_sending(&mut self, remaining_body: RemainingBody) {
        self.transaction.sending = None;
        if remaining_body == RemainingBody::BrokenOff {
            // What did not go out whole is not sent again.
            self.transaction.retry = None;
        }
        self.connection.channel.stream.iter_mut().for_each(Stream::stop_waiting);
        if self.connection.phase == Phase::RequestSent {
            self.transaction.remaining_body = remaining_body;
            self.transaction.drop_request();
        } else {
            self.transaction.block = Buffer::new();
        }
    }

    /// A stream that the current request can go out on: the kept one if it is quiet, or a new one.
    fn ready_stream(&mut self) -> Result<(), Error> {
        let (begun, piece) = self
            .transaction
            .sending
            .as_ref()
            .map_or((false, false), |s| (s.total > 0, s.verb == Verb::Send));
        if let Some(stream) = &mut self.connection.channel.stream {
            stream.set_limits(&self.connection.channel.settings.limits);
            if begun || piece {
                return Ok(());
            }
            match &mut self.connection.channel.unread {
                // What comes next is the rest of that response's body.
                Some(unread) if !unread.empty => {
                    unread.arrived = stream.arrived();
                    self.connection.exchange.reused = true;
                    return Ok(());
                }
                _ if stream.may_be_used_again(&self.connection.channel.settings) => {
                    self.connection.exchange.reused |= stream.arrived() > 0;
                    return Ok(());
                }
                _ => {
                    self.connection.channel.drop_stream();
                    self.connection.exchange.replaced = true;
                }
            }
        }
        if begun || (piece && self.connection.phase == Phase::RequestSent) {
            // The rest of a request must never be the beginning of one.
            return Err(error!(
                Kind::ConnectionAborted,
                "the connection was closed while the request was being sent"
            ));
        }
        if !self.connection.channel.settings.auto_open {
            return Err(CLOSED);
        }
        self.connection.open()
    }

    fn endheaders(&mut self, body: &mut Body<'_>, encode_chunked: bool) -> Result<(), Error> {
        if !self.resumes(Verb::EndHeaders)? {
            check(
                self.connection.phase,
                self.connection.channel.unread.is_some(),
                Call::EndHeaders,
            )?;
            self.check_begun()?;
            let coding = self.finish_head(body, encode_chunked)?;
            self.begin_sending(Sending::new(Verb::EndHeaders, coding));
        }
        self.send_message(body)
    }

    fn send_piece(&mut self, piece: &mut Body<'_>) -> Result<(), Error> {
        if !self.resumes(Verb::Send)? {
            let sent = self.connection.phase == Phase::RequestSent;
            if sent {
                self.check_piece(piece.size())?;
            }
            // More than what was kept goes out.
            self.transaction.retry = None;
            self.transaction.sending =
                Some(Sending::of_piece(sent.then_some(self.transaction.remaining_body)));
        }
        self.send_message(piece)
    }

    fn check_piece(&self, size: BodySize) -> Result<(), Error> {
        if self.connection.channel.stream.is_none() {
            return Err(error!(Kind::NotConnected, "the request's connection is closed"));
        }
        match self.transaction.remaining_body {
            RemainingBody::BrokenOff if self.transaction.incoming.answer.is_some() => {
                return Err(ANSWERED);
            }
            RemainingBody::BrokenOff => {
                return Err(error!(Kind::BrokenPipe, "sending this request failed before"));
            }
            _ => {}
        }
        let known = if let BodySize::Known(size) = size { size } else { 0 };
        match self.transaction.remaining_body.after(known) {
            Some(_) => Ok(()),
            None => Err(error!(Kind::Value, "the body is longer than the head announced")),
        }
    }
}

const CLOSED: Error =
    error!(Kind::NotConnected, "the connection is closed and may not open by itself");

const ANSWERED: Error = error!(
    Kind::BrokenPipe,
    "the server has answered already and takes no more of this request: its response is to be fetched"
);
