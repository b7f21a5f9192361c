//! `http.client.HTTPConnection`: what a connection is, opening and closing it. Its verbs are in `send` and
//! `receive`.

mod active;
mod compose;
mod early_response;
mod origin;
mod receive;
mod retry;
mod send;
mod transaction;

pub use self::send::Request;
pub use self::transaction::Reply;
use self::transaction::Transaction;
use super::channel::Channel;
use super::exchange::Exchange;
use super::open::Opener;
use super::stream::Stream;
use super::trace::{Interim, Place, Trace, Tracer};
use super::tunnel::Tunnel;
use crate::engine::buffer::Buffer;
use crate::engine::error::{Error, Kind, error};
use crate::engine::head::Head;
use crate::engine::host::Host;
use crate::engine::host_port::{split_host_port, without_brackets};
use crate::engine::state::Phase;
use crate::memory::{self, boxed};
#[cfg(feature = "std")]
use crate::transport::cancel::Cancel;
#[cfg(feature = "tls")]
use crate::transport::tls::TlsConfig;
use crate::transport::{Dial, Interest};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::{Deref, DerefMut};

/// A connection to one host, opened when it is needed and used again while that is safe.
pub struct Connection {
    host: Host,
    port: u16,
    default_port: u16,
    /// What Host says in the place of the host, unchecked.
    unchecked_host: Option<Vec<u8>>,
    /// What follows most targets, kept from the first request on. Empty, it is to be written again.
    automatic: Buffer,
    /// What its responses use of it.
    channel: Channel,
    opener: Opener,
    phase: Phase,
    progress: Progress,
    exchange: Exchange,
    transaction: Option<Box<Transaction>>,
    /// A call works on the transaction: still true only behind one that panicked.
    at_work: bool,
    trace: Tracer,
    /// The last response said HTTP/1.0: no chunks may be sent (RFC 9112 section 6.1).
    peer_http10: bool,
}

/// A connection is what its responses use, and more.
impl Deref for Connection {
    type Target = Channel;

    fn deref(&self) -> &Channel {
        &self.channel
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut Channel {
        &mut self.channel
    }
}

/// How far the current exchange came: whether its request may be sent again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
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
        let opener = Opener::new(dialer(host.ascii(), port)?);
        Ok(Connection {
            host,
            port,
            default_port,
            unchecked_host: None,
            automatic: Buffer::new(),
            channel: Channel::new(),
            opener,
            phase: Phase::Idle,
            progress: Progress::NotSent,
            exchange: Exchange::default(),
            transaction: None,
            at_work: false,
            trace: Tracer::default(),
            peer_http10: false,
        })
    }

    /// Makes this an HTTPS connection, whose peer has to prove that it is the host. Before anything is
    /// opened: what is half-opened may be in the clear, or trust others.
    #[cfg(feature = "tls")]
    pub fn set_tls(&mut self, config: TlsConfig) -> Result<(), Error> {
        if self.channel.stream.is_some() || self.opener.is_under_way() {
            return Err(error!(Kind::State, "TLS cannot be put on a connection that is open"));
        }
        config.check_host(self.host.ascii())?;
        self.opener.tls = Some((config, memory::text(self.host.ascii())?));
        Ok(())
    }

    /// Says that what the dialer gives is secured already, or not: the scheme, and the port that goes without
    /// saying, are those of https then. Before anything is opened.
    ///
    /// # Errors
    /// `Kind::State`
    pub fn set_secured(&mut self, secured: bool) -> Result<(), Error> {
        if self.channel.stream.is_some() || self.opener.is_under_way() {
            return Err(error!(Kind::State, "the connection is open"));
        }
        self.opener.secured = secured;
        self.set_default_port(if self.opener.is_secure() { 443 } else { 80 });
        Ok(())
    }

    /// Takes another port for the one that goes without saying; a connection to that has the new one.
    pub fn set_default_port(&mut self, port: u16) {
        if self.port == self.default_port {
            self.port = port;
        }
        self.default_port = port;
        self.automatic.clear();
    }

    /// Has Host say `name` in the place of the host, or the host again. It is not checked at all.
    pub fn set_unchecked_host(&mut self, name: Option<&[u8]>) -> Result<(), Error> {
        self.unchecked_host = None;
        let Some(name) = name else { return Ok(()) };
        self.unchecked_host = Some(memory::copy(name)?);
        Ok(())
    }

    /// Has a proxy, the host of this connection, connect to `host`: http.client's set_tunnel(). From
    /// then on this is a connection to that host; `headers` are for the proxy alone.
    pub fn set_tunnel<'h>(
        &mut self,
        host: &str,
        port: Option<u16>,
        headers: impl Iterator<Item = Result<(&'h [u8], &'h [u8]), Error>>,
    ) -> Result<(), Error> {
        if self.channel.stream.is_some() {
            return Err(error!(Kind::State, "Can't set up tunnel for established connection"));
        }
        let (host, port) = host_and_port(host, port, self.default_port)?;
        #[cfg(feature = "tls")]
        if let Some((config, _)) = &self.opener.tls {
            config.check_host(host.ascii())?;
        }
        #[cfg(feature = "tls")]
        let proved = memory::text(host.ascii())?;
        let tunnel = boxed(Tunnel::new((&self.host, self.port), host, port, headers)?)?;
        // What is half-opened leads somewhere else.
        self.opener.abandon();
        #[cfg(feature = "tls")]
        if let Some((_, name)) = &mut self.opener.tls {
            *name = proved;
        }
        self.opener.tunnel = Some(tunnel);
        self.automatic.clear();
        self.opener.proxy_reply = None;
        self.opener.refused = None;
        Ok(())
    }

    /// The answer of the proxy that refused to connect, once; its body is still on the stream.
    ///
    /// # Errors
    /// `Kind::State` where no proxy has, or the answer was given already; `Kind::NoMemory`.
    pub fn take_refusal(&mut self) -> Result<Reply, Error> {
        let mut reply = Reply::new()?;
        let Opener { proxy_reply, refused, .. } = &mut self.opener;
        let (Some(head), Some(_)) = (proxy_reply, &refused) else {
            return Err(error!(Kind::State, "no proxy's refusal is there to be read"));
        };
        let head = head.copy()?;
        reply.debug_level = self.channel.settings.debug_level;
        if let Some(refused) = refused.take() {
            refused.hand_out(head, &mut reply)?;
        }
        Ok(reply)
    }

    /// Where the tunnel leads, if one is set, and what the proxy is told of it.
    pub fn tunnel(&self) -> Option<&Tunnel> {
        self.opener.tunnel.as_deref()
    }

    /// The proxy's answer to the last CONNECT: http.client's get_proxy_response_headers().
    pub fn proxy_reply(&self) -> Option<&Head> {
        self.opener.proxy_reply.as_deref()
    }

    /// Makes the dialed host (the proxy, where a tunnel is set) prove who it is by TLS first.
    #[cfg(feature = "tls")]
    pub fn set_proxy_tls(&mut self, config: TlsConfig) -> Result<(), Error> {
        if self.channel.stream.is_some() {
            return Err(error!(Kind::State, "the connection to the proxy is open already"));
        }
        config.check_host(self.host.ascii())?;
        // What is half-opened may be in the clear.
        self.opener.abandon();
        let proxy_tls = boxed((config, memory::text(self.host.ascii())?))?;
        self.opener.proxy_tls = Some(proxy_tls);
        Ok(())
    }

    /// Lets `cancel` end whatever the connection, its stream and those it opens later are doing.
    #[cfg(feature = "std")]
    pub fn set_cancel(&mut self, cancel: &Cancel) -> Result<(), Error> {
        if let Some(stream) = &mut self.channel.stream {
            stream.set_cancel(cancel)?;
        }
        self.opener.set_cancel(cancel)
    }

    /// Puts another dialer in the place of the present one, for the next opening.
    pub fn set_dialer(&mut self, dialer: Box<dyn Dial>) -> Result<(), Error> {
        self.opener.set_dialer(dialer)
    }

    /// The host, IPv6 without brackets.
    pub fn host(&self) -> &Host {
        &self.host
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

    /// Shows what happens to an observer in this place, or to nobody.
    pub fn set_trace(&mut self, place: Place, trace: Option<Box<dyn Trace>>) {
        self.trace.set(place, trace);
    }

    /// Shows interim responses to somebody, or to nobody.
    pub fn set_interim(&mut self, interim: Option<Box<dyn Interim>>) {
        self.trace.interim = interim;
    }

    /// Opens the connection now, if it is not open, and ends the opening: nothing of a handshake waits
    /// for a request to travel with.
    pub fn connect(&mut self) -> Result<(), Error> {
        if self.phase == Phase::Idle && self.channel.stream.is_none() {
            // What the last exchange came to is another story.
            self.progress = Progress::NotSent;
        }
        let opened = if self.channel.stream.is_none() { self.open() } else { Ok(()) };
        let connected = opened.and_then(|()| match &mut self.channel.stream {
            Some(stream) => {
                stream.set_limits(&self.channel.settings.limits);
                stream.flush()
            }
            None => Ok(()),
        });
        if connected.as_ref().is_err_and(|error| error.kind() != Kind::WouldBlock) {
            self.channel.drop_stream();
            self.end_transaction();
        }
        connected
    }

    /// Ends what is under way and closes the stream; the state is Idle again. A response that is
    /// still unread on the stream ends with it; one that owns its stream is not touched.
    pub fn close(&mut self) {
        self.opener.abandon();
        self.opener.refused = None;
        self.channel.close();
        self.end_transaction();
    }

    /// Ends the transaction that is under way.
    fn end_transaction(&mut self) {
        self.phase = Phase::Idle;
        self.at_work = false;
        if let Some(lent) = self.transaction.take() {
            self.take_back(Reply(lent));
        }
    }

    /// Takes the memory of a response that is closed, for the next exchange of any connection; without std, of
    /// this one.
    pub fn take_back(&mut self, reply: Reply) {
        let own = reply.give_up();
        self.transaction = self.transaction.take().or(own.map(|reply| reply.0));
    }

    pub(super) fn open(&mut self) -> Result<(), Error> {
        let transport = self.opener.drive(&self.channel.settings, &mut self.trace)?;
        self.channel.begin(transport);
        Ok(())
    }

    /// The connection itself ends; a response that is held on its stream gets that for its own.
    pub fn surrender(&mut self) -> Option<Stream> {
        self.opener.abandon();
        self.opener.refused = None;
        let unread = self.channel.unread.take();
        let stream = self.channel.stream.take()?;
        if unread.is_some_and(|unread| unread.stream == stream.id()) {
            Some(stream)
        } else {
            stream.finish();
            None
        }
    }

    /// The descriptor to wait on after `WouldBlock`.
    pub fn fileno(&self) -> Option<i32> {
        self.channel.stream.as_ref().map_or_else(|| self.opener.fileno(), Stream::fileno)
    }

    /// What to wait for after `WouldBlock`.
    pub fn interest(&self) -> Interest {
        self.channel.stream.as_ref().map_or_else(|| self.opener.interest(), Stream::interest)
    }

    /// The time of the clock at which the call is to be repeated in any case.
    pub fn next_timeout(&self) -> Option<u64> {
        let opening = if self.channel.stream.is_none() {
            self.opener.next_timeout(&self.channel.settings)
        } else {
            None
        };
        let deadline = self.channel.settings.limits.deadline.map(|deadline| deadline.at);
        let patience = self.transaction.as_ref().and_then(|lent| lent.patience);
        opening.into_iter().chain(patience).chain(deadline).min()
    }
}

/// http.client's constructor rule; the host is checked.
fn host_and_port(host: &str, port: Option<u16>, default_port: u16) -> Result<(Host, u16), Error> {
    let (host, port) = match port {
        Some(port) => (without_brackets(host), port),
        None => {
            let split = split_host_port(host)?;
            (split.host, split.port.unwrap_or(default_port))
        }
    };
    if host.is_empty() {
        return Err(error!(Kind::InvalidUrl, "the host is empty"));
    }
    Ok((Host::new(host)?, port))
}
