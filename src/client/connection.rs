//! `http.client.HTTPConnection`: http.client's verbs, and the one place where its state changes.

use super::body::{Body, Sending, Verb};
use super::open::Opener;
use super::response::Response;
use super::stream::Stream;
use super::trace::{Event, Trace};
use crate::engine::body::Decoder;
use crate::engine::buffer::{Buffer, HeadLimits};
use crate::engine::error::{Error, Kind};
use crate::engine::framing::response_framing;
use crate::engine::head::{Found, Head, ResponseReader};
use crate::engine::request::{BodyCoding, BodySize, RequestHead, RequestLine};
use crate::engine::state::{Call, Phase, check};
use crate::engine::target::{check_host, split_host_port, without_brackets};
#[cfg(feature = "tls")]
use crate::transport::tls::TlsConfig;
use crate::transport::{Dial, Interest, Limits};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// What can be set on a connection.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Time limits of each operation that follows.
    pub limits: Limits,
    /// Bounds of response heads.
    pub head_limits: HeadLimits,
    /// Open by itself when something is to be sent.
    pub auto_open: bool,
    /// Look for unsolicited bytes or an end of stream before a kept connection is used again.
    pub look: bool,
    /// Speak HTTP/1.0.
    pub http10: bool,
}

impl Settings {
    /// http.client's defaults.
    pub const DEFAULT: Settings = Settings {
        limits: Limits::NONE,
        head_limits: HeadLimits::DEFAULT,
        auto_open: true,
        look: true,
        http10: false,
    };
}

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

/// A connection to one host, opened when it is needed and used again while that is safe.
pub struct Connection {
    /// NUL-terminated, for C.
    host: String,
    port: u16,
    default_port: u16,
    /// What can be set.
    pub settings: Settings,
    opener: Opener,
    stream: Option<Stream>,
    streams: u64,
    phase: Phase,
    /// The stream that a response is held on, until that was read to its end or closed.
    held: Option<u64>,
    /// The stream that was given up while a response was held on it.
    lost: Option<u64>,
    head: RequestHead,
    out: Buffer,
    block: Buffer,
    sending: Option<Sending>,
    /// What the head announced of the body and is not sent yet, where that is known.
    owed: Option<u64>,
    progress: Progress,
    incoming: Incoming,
    trace: Option<Box<dyn Trace>>,
}

/// The response head that is being received.
#[derive(Default)]
struct Incoming {
    reader: Option<ResponseReader>,
    head: Head,
    /// Why no response can be had any more on this stream.
    failure: Option<Error>,
}

/// How far the current exchange came: whether its request may be sent again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// Nothing of the request was sent.
    #[default]
    NotSent,
    /// Some of the request was sent; the peer may have acted on it.
    Sent,
    /// Some of the response was received.
    Answered,
}

impl Connection {
    /// A connection to `host`; nothing is opened yet. Without `port`, the host may end in `:port`;
    /// the default is `default_port`.
    pub fn new(
        host: &str,
        port: Option<u16>,
        default_port: u16,
        dialer: impl FnOnce(&str, u16) -> Result<Box<dyn Dial>, Error>,
    ) -> Result<Connection, Error> {
        let (host, port) = host_and_port(host, port, default_port)?;
        let opener = Opener::new(dialer(host, port)?);
        Ok(Connection {
            host: terminated(host)?,
            port,
            default_port,
            settings: Settings::DEFAULT,
            opener,
            stream: None,
            streams: 0,
            phase: Phase::Idle,
            held: None,
            lost: None,
            head: RequestHead::default(),
            out: Buffer::new(),
            block: Buffer::new(),
            sending: None,
            owed: None,
            progress: Progress::NotSent,
            incoming: Incoming::default(),
            trace: None,
        })
    }

    /// Makes this an HTTPS connection, whose peer has to prove that it is the host.
    #[cfg(feature = "tls")]
    pub fn set_tls(&mut self, config: TlsConfig) -> Result<(), Error> {
        let mut name = terminated(self.host())?;
        name.pop();
        self.opener.set_tls(config, name);
        Ok(())
    }

    /// The host, IPv6 without brackets; a NUL stands behind it.
    pub fn host(&self) -> &str {
        &self.host[..self.host.len() - 1]
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The phase of the current request.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// How far the current exchange came.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// The stream, while one is open and not a response's own.
    pub fn stream(&self) -> Option<&Stream> {
        self.stream.as_ref()
    }

    /// Shows what happens to an observer, or to nobody.
    pub fn set_trace(&mut self, trace: Option<Box<dyn Trace>>) {
        self.trace = trace;
    }

    /// Opens the connection now, if it is not open.
    pub fn connect(&mut self) -> Result<(), Error> {
        if self.stream.is_some() {
            return Ok(());
        }
        self.progress = Progress::NotSent;
        self.open()
    }

    /// Ends what is under way and closes the stream; the state is Idle again. A response that is
    /// still unread on the stream ends with it; one that owns its stream is not touched.
    pub fn close(&mut self) {
        self.opener.abandon();
        self.drop_stream();
        self.become_idle();
    }

    fn drop_stream(&mut self) {
        if let Some(stream) = self.stream.take() {
            stream.finish();
        }
        self.held = None;
    }

    fn become_idle(&mut self) {
        self.phase = Phase::Idle;
        self.sending = None;
        self.out.clear();
        self.block.clear();
        self.incoming.reader = None;
        self.incoming.failure = None;
    }

    /// Sends a whole request: http.client's request(). A request that is refused before anything
    /// was sent leaves the connection as it was.
    pub fn request<'h, H>(&mut self, mut request: Request<'_, H>) -> Result<(), Error>
    where
        H: Iterator<Item = Result<(&'h [u8], &'h [u8]), Error>> + Clone,
    {
        if !self.is_repeated(Verb::Request, Call::PutRequest)? {
            self.progress = Progress::NotSent;
            if let Err(error) = self.compose(&request) {
                self.become_idle();
                return Err(error);
            }
        }
        self.send_message(&mut request.body)
    }

    /// Whether this call goes on with what it began before a `WouldBlock`; otherwise it must be
    /// allowed to begin.
    fn is_repeated(&self, verb: Verb, call: Call) -> Result<bool, Error> {
        match &self.sending {
            Some(sending) if sending.verb == verb => Ok(true),
            Some(_) if self.phase == Phase::Idle => Err(UNFINISHED),
            _ => check(self.phase, self.held.is_some(), call).map(|()| false),
        }
    }

    /// The whole head in `out`, in http.client's order: request line, Host, Accept-Encoding, the
    /// framing field, the caller's fields.
    fn compose<'h, H>(&mut self, request: &Request<'_, H>) -> Result<(), Error>
    where
        H: Iterator<Item = Result<(&'h [u8], &'h [u8]), Error>> + Clone,
    {
        let (mut host, mut accept_encoding, mut framed, mut chunked) = (None, false, false, false);
        for (index, field) in request.headers.clone().enumerate() {
            let (name, value) = field?;
            match name {
                n if n.eq_ignore_ascii_case(b"host") => host = host.or(Some((index, name, value))),
                n if n.eq_ignore_ascii_case(b"accept-encoding") => accept_encoding = true,
                n if n.eq_ignore_ascii_case(b"content-length") => framed = true,
                n if n.eq_ignore_ascii_case(b"transfer-encoding") => {
                    (framed, chunked) = (true, true)
                }
                _ => {}
            }
        }
        let size = request.body.size();
        let first_host = host.map(|(index, ..)| index);
        let host = host.map(|(_, name, value)| (name, value));
        self.start_head(request.method, request.target, host, accept_encoding)?;
        self.head.add_framing(&mut self.out, size, framed)?;
        for (index, field) in request.headers.clone().enumerate() {
            let (name, value) = field?;
            if first_host != Some(index) {
                self.head.field(&mut self.out, name, &[value])?;
            }
        }
        let encode = if framed { chunked && request.encode_chunked } else { true };
        let coding = self.head.finish(&mut self.out, size, encode)?;
        self.begin_sending(Sending::new(Verb::Request, coding), Some(0));
        Ok(())
    }

    /// Request line and automatic fields; a Host of the caller stands in the place of ours.
    fn start_head(
        &mut self,
        method: &[u8],
        target: &[u8],
        host: Option<(&[u8], &[u8])>,
        skip_accept_encoding: bool,
    ) -> Result<(), Error> {
        self.out.clear();
        let port = (self.port != self.default_port).then_some(self.port);
        let line = RequestLine {
            method,
            target,
            authority: (&self.host[..self.host.len() - 1], port),
            http10: self.settings.http10,
            skip_host: host.is_some(),
            // Ours would stand before the caller's Host, which comes first (RFC 9110 section 7.2).
            skip_accept_encoding: skip_accept_encoding || host.is_some(),
        };
        self.head = RequestHead::start(&mut self.out, &line)?;
        if let Some((name, value)) = host {
            self.head.field(&mut self.out, name, &[value])?;
            if !skip_accept_encoding && !self.settings.http10 {
                self.head.field(&mut self.out, b"Accept-Encoding", &[b"identity"])?;
            }
        }
        Ok(())
    }

    /// The head is complete: from here on the state is Request-sent, as in http.client, whether or
    /// not the sending succeeds.
    fn begin_sending(&mut self, sending: Sending, owed: Option<u64>) {
        self.owed = owed;
        self.phase = Phase::RequestSent;
        self.progress = Progress::NotSent;
        self.sending = Some(sending);
        self.incoming.failure = None;
    }

    /// Sends head and body; repeated after `WouldBlock`, it goes on where it was.
    fn send_message(&mut self, body: &mut Body<'_>) -> Result<(), Error> {
        let opened = self.ready_stream();
        if let Err(error) = opened {
            if error.kind != Kind::WouldBlock {
                // Nothing was sent and nothing is half-open: the connection is as new.
                self.become_idle();
            }
            return Err(error);
        }
        let (Some(sending), Some(stream)) = (&mut self.sending, &mut self.stream) else {
            return Ok(());
        };
        let outcome = sending.drive(stream, &self.out, &mut self.block, body, &mut self.trace);
        if sending.total > 0 {
            self.progress = Progress::Sent;
        }
        match outcome {
            Err(error) if error.kind == Kind::WouldBlock => Err(error),
            Err(error) => {
                let of_the_stream = error.kind.is(Kind::Os) && !sending.is_at_source();
                self.end_sending();
                if of_the_stream {
                    // An answer may have come all the same, but no other request can follow.
                    self.owed = Some(u64::MAX);
                } else {
                    // The body's source failed: what went out can never become a request.
                    self.lost = self.held;
                    self.drop_stream();
                    self.become_idle();
                }
                Err(error)
            }
            Ok(()) => {
                self.end_sending();
                Ok(())
            }
        }
    }

    fn end_sending(&mut self) {
        self.sending = None;
        self.out.clear();
        self.out.release(KEPT);
        self.block = Buffer::new();
    }

    /// A stream that the current request can go out on: the kept one if it is quiet, or a new one.
    fn ready_stream(&mut self) -> Result<(), Error> {
        let started = self
            .sending
            .as_ref()
            .is_some_and(|sending| sending.verb == Verb::Send || sending.total > 0);
        let limits = self.settings.limits;
        if let Some(stream) = &mut self.stream {
            stream.set_limits(limits);
            if started || self.held.is_some() || stream.is_quiet(self.settings.look) {
                return Ok(());
            }
            self.drop_stream();
        }
        if !self.settings.auto_open {
            return Err(Error::new(
                Kind::NotConnected,
                "the connection is closed and may not open by itself",
            ));
        }
        self.open()
    }

    fn open(&mut self) -> Result<(), Error> {
        let limits = self.settings.limits;
        let transport = self.opener.drive(limits)?;
        self.streams += 1;
        let stream = Stream::new(self.streams, transport, limits);
        if let Some(trace) = &mut self.trace {
            trace.event(Event::Info, b"connected");
        }
        self.stream = Some(stream);
        Ok(())
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
        if self.sending.is_some() && self.phase == Phase::Idle {
            return Err(UNFINISHED);
        }
        check(self.phase, self.held.is_some(), Call::PutRequest)?;
        self.phase = Phase::RequestStarted;
        self.progress = Progress::NotSent;
        self.out.clear();
        self.head = RequestHead::default();
        let port = (self.port != self.default_port).then_some(self.port);
        let line = RequestLine {
            method,
            target,
            authority: (&self.host[..self.host.len() - 1], port),
            http10: self.settings.http10,
            skip_host,
            skip_accept_encoding,
        };
        self.head = RequestHead::start(&mut self.out, &line)?;
        Ok(())
    }

    /// Adds a field: http.client's putheader(). A refused one leaves those before it.
    pub fn putheader(&mut self, name: &[u8], values: &[&[u8]]) -> Result<(), Error> {
        check(self.phase, self.held.is_some(), Call::PutHeader)?;
        self.head.field(&mut self.out, name, values)
    }

    /// Ends the head and sends it, with a body if one is given: http.client's endheaders(). A body
    /// that the fields so far do not frame is framed here.
    pub fn endheaders(&mut self, body: &mut Body<'_>, encode_chunked: bool) -> Result<(), Error> {
        if !self.is_repeated(Verb::EndHeaders, Call::EndHeaders)? {
            let coding = self.finish_head(body, encode_chunked)?;
            let owed = match (&*body, coding) {
                (Body::None | Body::Later, BodyCoding::Raw(announced)) => announced,
                _ => Some(0),
            };
            self.begin_sending(Sending::new(Verb::EndHeaders, coding), owed);
        }
        self.send_message(body)
    }

    fn finish_head(&mut self, body: &Body<'_>, encode_chunked: bool) -> Result<BodyCoding, Error> {
        let given = self.head.is_framed();
        let size = body.size();
        let size = if size == BodySize::None { BodySize::Later } else { size };
        let announced = match size {
            BodySize::Known(_) if encode_chunked && !self.settings.http10 => BodySize::Unknown,
            size => size,
        };
        self.head.add_framing(&mut self.out, announced, given)?;
        self.head.finish(&mut self.out, size, encode_chunked || !given)
    }

    /// Sends bytes as they are, for a body that the caller sends by itself: http.client's send().
    pub fn send(&mut self, data: &[u8]) -> Result<(), Error> {
        match &self.sending {
            Some(sending) if sending.verb == Verb::Send => {}
            Some(_) => return Err(UNFINISHED),
            None => self.begin_piece(data.len() as u64)?,
        }
        self.send_message(&mut Body::Bytes(data))
    }

    /// A piece of the body that the caller sends after the head, if it may be sent now.
    fn begin_piece(&mut self, len: u64) -> Result<(), Error> {
        match self.phase {
            Phase::Idle => {}
            Phase::RequestStarted => {
                return Err(Error::new(Kind::State, "the head is not ended yet"));
            }
            Phase::RequestSent if self.stream.is_none() => return Err(CLOSED),
            Phase::RequestSent => self.pay(len)?,
        }
        self.out.clear();
        self.sending = Some(Sending::new(Verb::Send, BodyCoding::Raw(None)));
        Ok(())
    }

    /// Counts a piece of the body against what the head announced.
    fn pay(&mut self, len: u64) -> Result<(), Error> {
        let Some(owed) = self.owed else { return Ok(()) };
        self.owed = Some(owed.checked_sub(len).ok_or_else(|| {
            Error::format(
                Kind::Value,
                format_args!("{len} bytes, where {owed} of the announced body are left"),
            )
        })?);
        Ok(())
    }

    /// Receives the head of the response to the last request into `response`, whose memory is used
    /// again: http.client's getresponse().
    pub fn getresponse(&mut self, response: &mut Response) -> Result<(), Error> {
        if self.incoming.reader.is_none() {
            if self.sending.is_some() {
                return Err(Error::new(Kind::ResponseNotReady, UNFINISHED_TEXT));
            }
            check(self.phase, self.held.is_some(), Call::GetResponse)?;
            if let Some(error) = &self.incoming.failure {
                return Err(error.copy());
            }
            self.incoming.reader = Some(ResponseReader::default());
        }
        match self.receive_head() {
            Ok(overhead) => self.hand_out(response, overhead),
            Err(error) => Err(self.fail_response(error)),
        }
    }

    /// Reads until the final head is there; gives what all heads took.
    fn receive_head(&mut self) -> Result<usize, Error> {
        let limits = self.settings.limits;
        let (Some(stream), Some(reader)) = (&mut self.stream, &mut self.incoming.reader) else {
            return Err(CLOSED);
        };
        stream.set_limits(limits);
        loop {
            let head = &mut self.incoming.head;
            match reader.read(stream.input.data(), &self.settings.head_limits, head)? {
                Found::Final(len) => {
                    show_head(&mut self.trace, Event::Head, head);
                    stream.input.consume(len);
                    return Ok(reader.used());
                }
                Found::Interim(len) => {
                    show_head(&mut self.trace, Event::Interim, head);
                    stream.input.consume(len);
                }
                Found::Nothing => {
                    if stream.fill(1)? == 0 {
                        return Err(reader.end_of_stream(stream.input.data()));
                    }
                    self.progress = Progress::Answered;
                }
            }
        }
    }

    /// Makes `response` out of the head that was received.
    fn hand_out(&mut self, response: &mut Response, overhead: usize) -> Result<(), Error> {
        let mut framing = match response_framing(self.head.facts(), &self.incoming.head) {
            Ok(framing) => framing,
            Err(error) => return Err(self.fail_response(error)),
        };
        // The server would take the next request for the rest of this one's body.
        framing.will_close |= self.owed.is_some_and(|owed| owed > 0);
        self.incoming.reader = None;
        self.phase = Phase::Idle;
        let decoder = Decoder::new(framing.body, overhead);
        core::mem::swap(&mut response.head, &mut self.incoming.head);
        let Some(stream) = self.stream.take() else { return Ok(()) };
        if framing.will_close {
            response.begin_owning(framing, decoder, stream);
        } else {
            self.held = Some(stream.id());
            response.begin_sharing(framing, decoder, stream.id());
            self.stream = Some(stream);
        }
        Ok(())
    }

    /// http.client's rule: a broken connection is closed and the state is Idle; after any other
    /// failure only close() helps. Timeouts and `WouldBlock` can be tried again.
    fn fail_response(&mut self, error: Error) -> Error {
        match error.kind {
            Kind::WouldBlock | Kind::Timeout | Kind::Deadline => {}
            kind if kind.is(Kind::Os)
                || matches!(kind, Kind::NotConnected | Kind::Cancelled)
                || self.stream.as_ref().is_some_and(Stream::has_ended) =>
            {
                self.drop_stream();
                self.become_idle();
            }
            _ => {
                self.drop_stream();
                self.incoming.reader = None;
                self.incoming.failure = Some(error.copy());
            }
        }
        error
    }

    /// The stream that a response shares with this connection, while it does.
    pub(super) fn shared_stream(&mut self, id: u64) -> Option<&mut Stream> {
        self.stream.as_mut().filter(|stream| stream.id() == id)
    }

    /// Whether the stream with this id was given up under the response that was held on it.
    pub(super) fn has_lost(&self, id: u64) -> bool {
        self.lost == Some(id)
    }

    /// A response lets go of the stream it shares. The stream is kept only if the response was
    /// read to its end: what is left of a body must never be taken for a response.
    pub(super) fn release(&mut self, id: u64, complete: bool) {
        if self.held == Some(id) {
            self.held = None;
            if !complete {
                self.drop_stream();
            } else if let Some(stream) = &mut self.stream {
                stream.rest();
            }
        }
    }

    /// The connection itself ends; a response that is held on its stream gets that for its own.
    pub fn surrender(&mut self) -> Option<Stream> {
        self.opener.abandon();
        let held = self.held.take();
        let stream = self.stream.take()?;
        if held == Some(stream.id()) {
            Some(stream)
        } else {
            stream.finish();
            None
        }
    }

    /// The descriptor to wait on after `WouldBlock`.
    pub fn fileno(&self) -> Option<i32> {
        self.stream.as_ref().map_or_else(|| self.opener.fileno(), Stream::fileno)
    }

    /// What to wait for after `WouldBlock`.
    pub fn interest(&self) -> Interest {
        self.stream.as_ref().map_or_else(|| self.opener.interest(), Stream::interest)
    }

    /// The time of the clock at which the call is to be repeated in any case.
    pub fn next_timeout(&self) -> Option<u64> {
        let opening = if self.stream.is_none() { self.opener.next_timeout() } else { None };
        opening.into_iter().chain(self.settings.limits.deadline).min()
    }
}

const UNFINISHED_TEXT: &str = "the call that would block is to be repeated first";
/// Another call came between one that returned `WouldBlock` and its repetition.
const UNFINISHED: Error = Error::new(Kind::State, UNFINISHED_TEXT);
const CLOSED: Error =
    Error::new(Kind::NotConnected, "the connection was closed before the response");

/// The send buffer that an idle connection keeps.
const KEPT: usize = 4096;

/// http.client's constructor rule; the host is checked.
fn host_and_port(host: &str, port: Option<u16>, default_port: u16) -> Result<(&str, u16), Error> {
    let (host, port) = match port {
        Some(port) => (without_brackets(host), port),
        None => {
            let split = split_host_port(host)?;
            (split.host, split.port.unwrap_or(default_port))
        }
    };
    check_host(host)?;
    if port == 0 {
        return Err(Error::new(Kind::InvalidUrl, "there is no port 0"));
    }
    Ok((host, port))
}

/// A copy with a NUL behind it.
fn terminated(text: &str) -> Result<String, Error> {
    let mut copy = String::new();
    copy.try_reserve_exact(text.len() + 1)?;
    copy.push_str(text);
    copy.push('\0');
    Ok(copy)
}

fn show_head(trace: &mut Option<Box<dyn Trace>>, event: Event, head: &Head) {
    if let Some(trace) = trace {
        let mut raw = Vec::new();
        if head.write_raw(&mut raw).is_ok() {
            trace.event(event, &raw);
        }
    }
}
