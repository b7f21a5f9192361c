//! `http.client.HTTPConnection`: http.client's verbs, and the one place where its state changes.

use super::body::{Body, Owed, Sending, Verb};
use super::open::Opener;
use super::repeat::{Exchange, Repeat, is_closed_by_peer};
use super::response::Response;
use super::session::Session;
use super::stream::{Look, Stream};
use super::trace::{Event, Trace, Tracer};
use super::tunnel::Tunnel;
use crate::engine::body::Decoder;
use crate::engine::buffer::{Buffer, HeadLimits};
use crate::engine::error::{Error, Kind};
use crate::engine::framing::{BodyFraming, response_framing};
use crate::engine::head::{Found, Head, ResponseReader, Version};
use crate::engine::request::{BodyCoding, BodySize, RequestHead, RequestLine};
use crate::engine::state::{Call, Phase, check};
use crate::engine::target::{check_host, split_host_port, without_brackets};
#[cfg(feature = "std")]
use crate::transport::cancel::Cancel;
#[cfg(feature = "tls")]
use crate::transport::tls::TlsConfig;
use crate::transport::{Dial, Interest, Limits};
use alloc::boxed::Box;
use alloc::string::String;

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
    pub look: Look,
    /// Send a request once more where that is safe: see the module `repeat`.
    pub repeat: bool,
    /// Speak HTTP/1.0.
    pub http10: bool,
    /// Bytes that a body function is asked for at a time.
    pub block_size: usize,
}

impl Settings {
    /// http.client's defaults.
    pub const DEFAULT: Settings = Settings {
        limits: Limits::NONE,
        head_limits: HeadLimits::DEFAULT,
        auto_open: true,
        look: Look::Always,
        repeat: false,
        http10: false,
        block_size: 8192,
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
    /// The last stream that close() ended, and with it the response that was read from it.
    closed: u64,
    phase: Phase,
    held: Option<Held>,
    head: RequestHead,
    out: Buffer,
    block: Buffer,
    sending: Option<Sending>,
    owed: Owed,
    progress: Progress,
    exchange: Exchange,
    /// The request that was sent last, if it may be sent again.
    repeat: Option<Repeat>,
    incoming: Incoming,
    trace: Tracer,
    /// The last response said HTTP/1.0: no chunks may be sent (RFC 9112 section 6.1).
    peer_http10: bool,
    /// What was negotiated for the last stream, once somebody asked, or a response took the stream.
    #[cfg(feature = "tls")]
    session: Option<Session>,
}

/// A response that was handed out on the connection's stream and not yet read to its end or closed.
#[derive(Clone, Copy)]
struct Held {
    /// The id of the stream.
    stream: u64,
    /// It has no body, so the stream must be quiet already.
    empty: bool,
    /// What had arrived on the stream when a request went out behind this response. All of it has
    /// to be this response's: nothing could answer that request yet.
    arrived: u64,
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
            closed: 0,
            phase: Phase::Idle,
            held: None,
            head: RequestHead::default(),
            out: Buffer::new(),
            block: Buffer::new(),
            sending: None,
            owed: Owed::Nothing,
            progress: Progress::NotSent,
            exchange: Exchange::default(),
            repeat: None,
            incoming: Incoming::default(),
            trace: Tracer::default(),
            peer_http10: false,
            #[cfg(feature = "tls")]
            session: None,
        })
    }

    /// A connection that waits for the answer to a request with this method, sent by other means, on
    /// the stream that `dialer` gives at once.
    pub fn of_response(dialer: Box<dyn Dial>, method: &[u8]) -> Result<Connection, Error> {
        let mut connection = Connection::new("localhost", Some(80), 80, |_, _| Ok(dialer))?;
        connection.open()?;
        connection.head = RequestHead::sent(method);
        connection.phase = Phase::RequestSent;
        Ok(connection)
    }

    /// Makes this an HTTPS connection, whose peer has to prove that it is the host.
    #[cfg(feature = "tls")]
    pub fn set_tls(&mut self, config: TlsConfig) -> Result<(), Error> {
        let mut name = terminated(self.host())?;
        name.pop();
        self.opener.tls = Some((config, name));
        Ok(())
    }

    /// Takes another port for the one that goes without saying; a connection to that has the new one.
    pub fn set_default_port(&mut self, port: u16) {
        if self.port == self.default_port {
            self.port = port;
        }
        self.default_port = port;
    }

    /// Has a proxy, the host of this connection, connect to `host`: http.client's set_tunnel(). From
    /// then on this is a connection to that host; `headers` are for the proxy alone.
    pub fn set_tunnel<'h>(
        &mut self,
        host: &str,
        port: Option<u16>,
        headers: impl Iterator<Item = Result<(&'h [u8], &'h [u8]), Error>>,
    ) -> Result<(), Error> {
        if self.stream.is_some() {
            return Err(Error::new(Kind::State, "Can't set up tunnel for established connection"));
        }
        let (host, port) = host_and_port(host, port, self.default_port)?;
        let tunnel = Tunnel::new(terminated(host)?, port, headers)?;
        // What is half-opened leads somewhere else.
        self.opener.abandon();
        #[cfg(feature = "tls")]
        if let Some((_, name)) = &mut self.opener.tls {
            *name = terminated(host)?;
            name.pop();
        }
        self.opener.tunnel = Some(tunnel);
        self.opener.proxy_reply = None;
        Ok(())
    }

    /// The host and port behind the tunnel, if one is set; a NUL stands behind the host.
    pub fn tunnel(&self) -> Option<(&str, u16)> {
        self.opener.tunnel.as_ref().map(|tunnel| (tunnel.host.trim_end_matches('\0'), tunnel.port))
    }

    /// The proxy's answer to the last CONNECT: http.client's get_proxy_response_headers().
    pub fn proxy_reply(&self) -> Option<&Head> {
        self.opener.proxy_reply.as_ref()
    }

    /// Makes the dialed host (the proxy, where a tunnel is set) prove who it is by TLS first.
    #[cfg(feature = "tls")]
    pub fn set_proxy_tls(&mut self, config: TlsConfig) -> Result<(), Error> {
        if self.stream.is_some() {
            return Err(Error::new(Kind::State, "the connection to the proxy is open already"));
        }
        // What is half-opened may be in the clear.
        self.opener.abandon();
        let mut name = terminated(self.host())?;
        name.pop();
        self.opener.proxy_tls = Some((config, name));
        Ok(())
    }

    /// Lets `cancel` end whatever the connection, its stream and those it opens later are doing.
    #[cfg(feature = "std")]
    pub fn set_cancel(&mut self, cancel: &Cancel) {
        self.opener.set_cancel(cancel);
        if let Some(stream) = &mut self.stream {
            stream.set_cancel(cancel);
        }
    }

    /// Puts another dialer in the place of the present one, for the next opening.
    pub fn set_dialer(&mut self, dialer: Box<dyn Dial>) {
        self.opener.set_dialer(dialer);
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

    /// What happened on the way to the current or last exchange.
    pub fn exchange(&self) -> Exchange {
        self.exchange
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
            self.session = tls.and_then(|tls| Session::of(tls).ok());
        }
        self.session.as_ref()
    }

    /// What a TLS handshake has settled: there are none in this build.
    #[cfg(not(feature = "tls"))]
    pub fn tls_session(&mut self) -> Option<&Session> {
        None
    }

    /// Shows what happens to an observer, or to nobody.
    pub fn set_trace(&mut self, trace: Option<Box<dyn Trace>>) {
        self.trace.0 = trace;
    }

    /// Opens the connection now, if it is not open, and ends the opening: nothing of a handshake waits
    /// for a request to travel with.
    pub fn connect(&mut self) -> Result<(), Error> {
        if self.stream.is_none() {
            self.open()?;
        }
        self.stream.as_mut().map_or(Ok(()), Stream::flush)
    }

    /// Ends what is under way and closes the stream; the state is Idle again. A response that is
    /// still unread on the stream ends with it; one that owns its stream is not touched.
    pub fn close(&mut self) {
        self.opener.abandon();
        if let Some(stream) = &self.stream {
            self.closed = stream.id();
        }
        self.drop_stream();
        self.become_idle();
    }

    fn drop_stream(&mut self) {
        if let Some(stream) = self.stream.take() {
            stream.finish();
        }
        self.held = None;
        self.forget_session();
    }

    fn forget_session(&mut self) {
        #[cfg(feature = "tls")]
        {
            self.session = None;
        }
    }

    fn become_idle(&mut self) {
        self.phase = Phase::Idle;
        self.forget_request();
        self.repeat = None;
        self.incoming.reader = None;
        self.incoming.failure = None;
    }

    fn forget_request(&mut self) {
        self.sending = None;
        self.owed = Owed::Nothing;
        self.out.clear();
        self.block.clear();
    }

    /// Sends a whole request: http.client's request(). A request that is refused before anything
    /// was sent leaves the connection as it was.
    pub fn request<'h, H>(&mut self, mut request: Request<'_, H>) -> Result<(), Error>
    where
        H: Iterator<Item = Result<(&'h [u8], &'h [u8]), Error>> + Clone,
    {
        if !self.resumes(Verb::Request)? {
            check(self.phase, self.held.is_some(), Call::PutRequest)?;
            self.progress = Progress::NotSent;
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
        let kind = match &self.sending {
            None => return Ok(false),
            Some(sending) if sending.verb == verb => return Ok(true),
            Some(_) if verb == Verb::EndHeaders => Kind::CannotSendHeader,
            Some(_) => Kind::CannotSendRequest,
        };
        Err(Error::new(kind, self.phase.name()))
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
        let first_host = host.map(|(_, name, value)| (name, value));
        self.start_head(request.method, request.target, first_host, accept_encoding)?;
        self.head.add_framing(&mut self.out, size, framed)?;
        for (index, field) in request.headers.clone().enumerate() {
            let (name, value) = field?;
            if host.is_none_or(|(first, ..)| first != index) {
                self.head.field(&mut self.out, name, &[value])?;
            }
        }
        let encode = if framed { chunked && request.encode_chunked } else { true };
        let coding = self.head.finish(&mut self.out, size, encode)?;
        self.begin_sending(Sending::new(Verb::Request, coding));
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
        // Ours would stand before the caller's Host, which comes first (RFC 9110 section 7.2).
        let skip = skip_accept_encoding || host.is_some();
        self.write_line(method, target, host.is_some(), skip)?;
        if let Some((name, value)) = host {
            self.head.field(&mut self.out, name, &[value])?;
            if !skip_accept_encoding && !self.settings.http10 {
                self.head.field(&mut self.out, b"Accept-Encoding", &[b"identity"])?;
            }
        }
        Ok(())
    }

    fn write_line(
        &mut self,
        method: &[u8],
        target: &[u8],
        skip_host: bool,
        skip_accept_encoding: bool,
    ) -> Result<(), Error> {
        let line = RequestLine {
            method,
            target,
            authority: authority(&self.opener, &self.host, self.port, self.default_port),
            http10: self.settings.http10,
            peer_http10: self.peer_http10,
            skip_host,
            skip_accept_encoding,
        };
        self.head = RequestHead::start(&mut self.out, &line)?;
        Ok(())
    }

    /// The head is complete: from here on the state is Request-sent, as in http.client, whether or
    /// not the sending succeeds.
    fn begin_sending(&mut self, sending: Sending) {
        self.phase = Phase::RequestSent;
        self.progress = Progress::NotSent;
        self.exchange = Exchange::default();
        self.repeat = None;
        self.sending = Some(sending);
        self.incoming.failure = None;
    }

    /// Sends head and body; repeated after `WouldBlock`, it goes on where it was.
    fn send_message(&mut self, body: &mut Body<'_>) -> Result<(), Error> {
        if self.stream.is_none() && !self.settings.auto_open {
            self.end_sending(Owed::BrokenOff);
            return Err(CLOSED);
        }
        match self.drive_sending(body) {
            Err(error) if error.kind == Kind::WouldBlock => Err(error),
            Err(error) if self.can_send_again(&error, body) => {
                self.begin_again();
                if let Some(sending) = &mut self.sending {
                    sending.restart();
                }
                self.send_message(body)
            }
            Err(error) if self.sending.is_none() => Err(error),
            Err(error) => {
                let at_source = self.sending.as_ref().is_some_and(Sending::is_at_source);
                let of_the_stream = error.kind.is(Kind::Os) && !at_source;
                self.end_sending(Owed::BrokenOff);
                if !of_the_stream {
                    // The body's source failed: what went out can never become a request.
                    self.drop_stream();
                    self.become_idle();
                }
                Err(error)
            }
            Ok(()) => {
                self.keep_for_repeat(body);
                let owed = self.left_to_send(body);
                self.end_sending(owed);
                Ok(())
            }
        }
    }

    /// What the caller still has to send once a call has sent all it was given.
    fn left_to_send(&self, body: &Body<'_>) -> Owed {
        match (&self.sending, body) {
            (Some(sending), Body::Bytes(piece)) if sending.verb == Verb::Send => {
                self.owed.after(piece.len()).unwrap_or_default()
            }
            (Some(sending), body) => sending.leaves(body),
            (None, _) => Owed::Nothing,
        }
    }

    fn drive_sending(&mut self, body: &mut Body<'_>) -> Result<(), Error> {
        if let Err(error) = self.ready_stream() {
            if error.kind != Kind::WouldBlock {
                // Nothing was sent and nothing is half-open: the connection is as new.
                self.become_idle();
            }
            return Err(error);
        }
        let (Some(sending), Some(stream)) = (&mut self.sending, &mut self.stream) else {
            return Ok(());
        };
        // A piece goes out by itself; `out` may hold the head that putrequest has begun.
        let head = if sending.verb == Verb::Send { b"" } else { self.out.data() };
        let outcome = sending.drive(stream, head, &mut self.block, body, &mut self.trace);
        if sending.total > 0 {
            self.progress = Progress::Sent;
        }
        outcome
    }

    /// Whether the request may be sent once more, for all that is known before its response.
    fn is_repeatable(&self) -> bool {
        self.settings.repeat
            && self.settings.auto_open
            && self.exchange.reused
            && !self.exchange.repeated
            && self.head.is_idempotent()
    }

    /// Whether a request whose sending failed can be sent again: the peer has closed the stream, and
    /// has not said why.
    fn can_send_again(&mut self, error: &Error, body: &Body<'_>) -> bool {
        let whole_at_hand = !matches!(body, Body::Source(_))
            && self.sending.as_ref().is_some_and(|sending| sending.verb != Verb::Send);
        let others_response = self.held.is_some_and(|held| !held.empty);
        if !self.is_repeatable() || !is_closed_by_peer(error) || !whole_at_hand || others_response {
            return false;
        }
        let Some(stream) = &mut self.stream else { return false };
        // What arrived before the peer closed is a response; then the failure is the caller's.
        match stream.input.is_empty().then(|| stream.fill(1)) {
            Some(Ok(count)) => count == 0,
            Some(Err(error)) => is_closed_by_peer(&error),
            None => false,
        }
    }

    fn begin_again(&mut self) {
        self.drop_stream();
        self.progress = Progress::NotSent;
        self.exchange.repeated = true;
    }

    /// Keeps a copy of what went out. Without the memory for it there is no repeat.
    fn keep_for_repeat(&mut self, body: &Body<'_>) {
        let Some(sending) = &self.sending else { return };
        if self.is_repeatable() && sending.verb != Verb::Send && !matches!(body, Body::Source(_)) {
            self.repeat = sending.copy(self.out.data(), body).ok().map(Repeat::new);
        }
    }

    fn end_sending(&mut self, owed: Owed) {
        self.sending = None;
        self.block = Buffer::new();
        if self.phase == Phase::RequestSent {
            self.owed = owed;
            self.out.clear();
            self.out.release(KEPT);
        }
    }

    /// A stream that the current request can go out on: the kept one if it is quiet, or a new one.
    fn ready_stream(&mut self) -> Result<(), Error> {
        let (begun, piece) =
            self.sending.as_ref().map_or((false, false), |s| (s.total > 0, s.verb == Verb::Send));
        let limits = self.settings.limits;
        if let Some(stream) = &mut self.stream {
            stream.set_limits(limits);
            if begun || piece {
                return Ok(());
            }
            match &mut self.held {
                // What comes next is the rest of that response's body.
                Some(held) if !held.empty => {
                    held.arrived = stream.arrived();
                    self.exchange.reused = true;
                    return Ok(());
                }
                _ if stream.is_quiet(self.settings.look) => {
                    self.exchange.reused |= stream.arrived() > 0;
                    return Ok(());
                }
                _ => {
                    self.drop_stream();
                    self.exchange.replaced = true;
                }
            }
        }
        if begun || (piece && self.phase == Phase::RequestSent) {
            // The rest of a request must never be the beginning of one.
            return Err(Error::new(
                Kind::ConnectionAborted,
                "the connection was closed while the request was being sent",
            ));
        }
        if !self.settings.auto_open {
            return Err(CLOSED);
        }
        self.open()
    }

    fn open(&mut self) -> Result<(), Error> {
        let transport = self.opener.drive(&self.settings, &mut self.trace)?;
        self.forget_session();
        self.streams += 1;
        self.stream = Some(Stream::new(self.streams, transport, self.settings.limits));
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
        if self.sending.is_some() {
            return Err(Error::new(Kind::CannotSendRequest, self.phase.name()));
        }
        check(self.phase, self.held.is_some(), Call::PutRequest)?;
        self.phase = Phase::RequestStarted;
        self.progress = Progress::NotSent;
        self.out.clear();
        self.head = RequestHead::default();
        self.write_line(method, target, skip_host, skip_accept_encoding)
    }

    /// Adds a field: http.client's putheader(). A refused one leaves those before it.
    pub fn putheader(&mut self, name: &[u8], values: &[&[u8]]) -> Result<(), Error> {
        check(self.phase, self.held.is_some(), Call::PutHeader)?;
        self.check_begun()?;
        self.head.field(&mut self.out, name, values)
    }

    /// A request whose first line was refused cannot go on.
    fn check_begun(&self) -> Result<(), Error> {
        const REFUSED: Error = Error::new(Kind::CannotSendHeader, "the request line was refused");
        if self.out.is_empty() { Err(REFUSED) } else { Ok(()) }
    }

    /// Ends the head and sends it, with a body if one is given: http.client's endheaders(). A body
    /// that the fields so far do not frame is framed here.
    pub fn endheaders(&mut self, body: &mut Body<'_>, encode_chunked: bool) -> Result<(), Error> {
        if !self.resumes(Verb::EndHeaders)? {
            check(self.phase, self.held.is_some(), Call::EndHeaders)?;
            self.check_begun()?;
            let coding = self.finish_head(body, encode_chunked)?;
            self.begin_sending(Sending::new(Verb::EndHeaders, coding));
        }
        self.send_message(body)
    }

    /// A refused end leaves the head as it was.
    fn finish_head(&mut self, body: &Body<'_>, encode_chunked: bool) -> Result<BodyCoding, Error> {
        let (head, len) = (self.head.clone(), self.out.len());
        let coding = self.frame(body, encode_chunked);
        if coding.is_err() {
            self.head = head;
            self.out.truncate(len);
        }
        coding
    }

    fn frame(&mut self, body: &Body<'_>, encode_chunked: bool) -> Result<BodyCoding, Error> {
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
    /// After endheaders they may not be more than the head announced.
    pub fn send(&mut self, data: &[u8]) -> Result<(), Error> {
        if !self.resumes(Verb::Send)? {
            if self.phase == Phase::RequestSent {
                self.check_piece(data.len())?;
            }
            // More than what was kept goes out.
            self.repeat = None;
            self.sending = Some(Sending::new(Verb::Send, BodyCoding::Raw(None)));
        }
        self.send_message(&mut Body::Bytes(data))
    }

    fn check_piece(&self, len: usize) -> Result<(), Error> {
        if self.stream.is_none() {
            return Err(Error::new(Kind::NotConnected, "the request's connection is closed"));
        }
        if self.owed == Owed::BrokenOff {
            return Err(Error::new(Kind::BrokenPipe, "sending this request failed before"));
        }
        match self.owed.after(len) {
            Some(_) => Ok(()),
            None => Err(Error::new(Kind::Value, "the body is longer than the head announced")),
        }
    }

    /// Receives the head of the response to the last request into `response`, whose memory is used
    /// again: http.client's getresponse().
    pub fn getresponse(&mut self, response: &mut Response) -> Result<(), Error> {
        if self.incoming.reader.is_none() {
            check(self.phase, self.held.is_some(), Call::GetResponse)?;
            if let Some(error) = &self.incoming.failure {
                return Err(error.copy());
            }
            self.incoming.reader = Some(ResponseReader::default());
            // Into the memory of the response that it was before.
            core::mem::swap(&mut response.head, &mut self.incoming.head);
        }
        loop {
            match self.go_on_repeating().and_then(|()| self.receive_head()) {
                Ok(overhead) => return self.hand_out(response, overhead),
                Err(error) if self.can_repeat(&error) => {
                    self.begin_again();
                    self.repeat.iter_mut().for_each(Repeat::begin);
                }
                Err(error) => return Err(self.fail_response(error)),
            }
        }
    }

    /// Whether a request that went out whole can be sent again: the peer has closed the stream before
    /// a byte of the response came.
    fn can_repeat(&self, error: &Error) -> bool {
        let unanswered = self.incoming.reader.as_ref().is_some_and(|reader| reader.used() == 0)
            && self.stream.as_ref().is_some_and(|stream| stream.input.is_empty());
        let kept = self.repeat.as_ref().is_some_and(|repeat| !repeat.has_begun());
        kept && unanswered && is_closed_by_peer(error)
    }

    /// Sends the request again on a new stream, where that has begun.
    fn go_on_repeating(&mut self) -> Result<(), Error> {
        if !self.repeat.as_ref().is_some_and(Repeat::is_under_way) {
            return Ok(());
        }
        if self.stream.is_none() {
            self.open()?;
        }
        let limits = self.settings.limits;
        let (Some(repeat), Some(stream)) = (&mut self.repeat, &mut self.stream) else {
            return Ok(());
        };
        stream.set_limits(limits);
        repeat.drive(stream, &mut self.trace)?;
        self.progress = Progress::Sent;
        Ok(())
    }

    /// Reads until the final head is there; gives what all heads took.
    fn receive_head(&mut self) -> Result<usize, Error> {
        let limits = self.settings.limits;
        let (Some(stream), Some(reader)) = (&mut self.stream, &mut self.incoming.reader) else {
            return Err(Error::new(
                Kind::NotConnected,
                "the connection was closed before the response",
            ));
        };
        stream.set_limits(limits);
        loop {
            let head = &mut self.incoming.head;
            match reader.read(stream.input.data(), &self.settings.head_limits, head)? {
                Found::Final(len) => {
                    self.trace.head(Event::Head, head);
                    stream.input.consume(len);
                    return Ok(reader.used());
                }
                Found::Interim(len) => {
                    self.trace.head(Event::Interim, head);
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
        if self.sending.is_some() || self.owed.is_something() {
            // The peer still takes what comes next for this request's body.
            framing.will_close = true;
            self.forget_request();
        }
        self.repeat = None;
        self.incoming.reader = None;
        self.phase = Phase::Idle;
        self.peer_http10 = self.incoming.head.version == Version::Http10;
        let decoder = Decoder::new(framing.body, overhead);
        core::mem::swap(&mut response.head, &mut self.incoming.head);
        if framing.will_close {
            // The stream leaves; what it was secured by can still be asked for.
            self.tls_session();
        }
        let Some(stream) = self.stream.take() else { return Ok(()) };
        if framing.will_close {
            response.begin_owning(framing, decoder, stream);
        } else {
            let empty = framing.body == BodyFraming::Length(0);
            self.held = Some(Held { stream: stream.id(), empty, arrived: 0 });
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

    /// Whether this stream went away under the response that was read from it, and not by close().
    pub(super) fn has_lost(&self, id: u64) -> bool {
        self.closed != id && self.stream.as_ref().is_none_or(|stream| stream.id() != id)
    }

    /// A response lets go of the stream it shares. The stream is kept only if the response was
    /// read to its end, and nothing more had arrived when the next request went out: neither the
    /// rest of a body nor what nobody asked for must ever be taken for a response.
    pub(super) fn release(&mut self, id: u64, complete: bool) {
        let Some(held) = self.held.take_if(|held| held.stream == id) else { return };
        match &mut self.stream {
            Some(stream) if complete && stream.used() >= held.arrived => {
                stream.rest(self.settings.look);
            }
            _ => self.drop_stream(),
        }
    }

    /// The connection itself ends; a response that is held on its stream gets that for its own.
    pub fn surrender(&mut self) -> Option<Stream> {
        self.opener.abandon();
        let held = self.held.take();
        let stream = self.stream.take()?;
        if held.is_some_and(|held| held.stream == stream.id()) {
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

const CLOSED: Error =
    Error::new(Kind::NotConnected, "the connection is closed and may not open by itself");

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
    Ok((host, port))
}

/// What Host says: the tunnel's host or else the connection's, and the port if it is not the default.
fn authority<'a>(
    opener: &'a Opener,
    host: &'a str,
    port: u16,
    default_port: u16,
) -> (&'a str, Option<u16>) {
    let (host, port) =
        opener.tunnel.as_ref().map_or((host, port), |tunnel| (&tunnel.host, tunnel.port));
    (host.trim_end_matches('\0'), (port != default_port).then_some(port))
}

/// A copy with a NUL behind it.
fn terminated(text: &str) -> Result<String, Error> {
    let mut copy = String::new();
    copy.try_reserve_exact(text.len() + 1)?;
    copy.push_str(text);
    copy.push('\0');
    Ok(copy)
}
