//! The CONNECT exchange with a proxy (RFC 9110 section 9.3.6): http.client's set_tunnel().

use super::response::Response;
use super::stream::Stream;
use super::trace::{Event, Tracer};
use crate::engine::body::Decoder;
use crate::engine::buffer::{Buffer, HeadLimits};
use crate::engine::error::{Error, Escaped, Kind};
use crate::engine::fields::Fields;
use crate::engine::framing::refusal_framing;
use crate::engine::head::Head;
use crate::engine::host::Host;
use crate::engine::interim::{Found, ResponseReader};
use crate::engine::leniency::Leniency;
use crate::engine::request::{check_host_value, check_name, check_value, write_field};
use crate::engine::target::write_authority;
use crate::memory;
use core::mem;

/// Where a proxy is asked to connect to, and what else it is told.
pub struct Tunnel {
    host: Host,
    port: u16,
    /// For the proxy, Host included.
    fields: Fields,
    /// The proxy's host and port.
    proxy: Buffer,
}

impl Tunnel {
    /// A tunnel through this proxy to this host. The fields are for the proxy alone; Host is added unless it is
    /// among them. They are checked as those of any request.
    pub(super) fn new<'h>(
        (proxy_host, proxy_port): (&Host, u16),
        host: Host,
        port: u16,
        headers: impl Iterator<Item = Result<(&'h [u8], &'h [u8]), Error>>,
    ) -> Result<Tunnel, Error> {
        let mut proxy = Buffer::new();
        write_authority(&mut proxy, proxy_host.ascii(), Some(proxy_port))?;
        let mut tunnel = Tunnel { host, port, fields: Fields::default(), proxy };
        let mut has_host = false;
        for field in headers {
            let (name, value) = field?;
            check_name(name, &mut Leniency::default())?;
            check_value(name, value, &mut Leniency::default())?;
            if name.eq_ignore_ascii_case(b"host") {
                check_host_value(value)?;
                has_host = true;
            }
            tunnel.fields.push(name, value)?;
        }
        if !has_host {
            let mut authority = Buffer::new();
            write_authority(&mut authority, tunnel.host.ascii(), Some(port))?;
            tunnel.fields.push(b"Host", authority.data())?;
        }
        Ok(tunnel)
    }

    /// The host that the connection speaks to through the tunnel.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What goes to the proxy with CONNECT, Host included.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// The error of a stream that leads through the tunnel.
    #[cold]
    pub(super) fn explain(&self, error: Error) -> Error {
        let of_the_stream = error.kind().is(Kind::Os) || error.kind() == Kind::IncompleteRead;
        let proxy = self.proxy.data().escape_ascii();
        match memory::format(format_args!(", behind the tunnel through {proxy}")) {
            Ok(words) if of_the_stream => error.with_words("", &words),
            _ => error,
        }
    }

    fn request(&self, http10: bool) -> Result<Buffer, Error> {
        let mut out = Buffer::new();
        out.push(b"CONNECT ")?;
        write_authority(&mut out, self.host.ascii(), Some(self.port))?;
        out.push(if http10 { b" HTTP/1.0\r\n" } else { b" HTTP/1.1\r\n" })?;
        for field in self.fields.iter() {
            write_field(&mut out, field.name, &[field.value], b", ")?;
        }
        out.push(b"\r\n")?;
        Ok(out)
    }
}

/// The exchange under way, or one that ended with a refusal.
pub(super) struct Connecting {
    pub(super) stream: Stream,
    request: Buffer,
    reader: ResponseReader,
    reply: Head,
}

impl Connecting {
    pub(super) fn new(
        stream: Stream,
        tunnel: &Tunnel,
        http10: bool,
        trace: &mut Tracer,
    ) -> Result<Connecting, Error> {
        let request = tunnel.request(http10)?;
        trace.show(Event::Send, &[request.data()]);
        let (reader, reply) = (ResponseReader::default(), Head::default());
        Ok(Connecting { stream, request, reader, reply })
    }

    /// Goes on until the proxy has answered; gives the head of that. Every rule holds for it.
    pub(super) fn drive(&mut self, limits: &HeadLimits, trace: &mut Tracer) -> Result<Head, Error> {
        while !self.request.is_empty() {
            let sent = self.stream.send(&[self.request.data()])?;
            self.request.consume(sent);
        }
        let strict = &mut Leniency::default();
        // One timeout for all of the answer: it is not what is asked for.
        self.stream.hold_timeout(self.stream.clock());
        let mut ended = false;
        loop {
            let (reader, reply) = (&mut self.reader, &mut self.reply);
            match self.stream.take_head(reader, limits, reply, strict, ended)? {
                Found::Final(_) => break,
                Found::Interim(_) => trace.head(Event::Interim, &self.reply),
                Found::Nothing => ended = self.stream.fill(1, strict)? == 0,
            }
        }
        trace.tunnel_reply(&self.reply);
        Ok(mem::take(&mut self.reply))
    }

    /// The error for a call that failed before the proxy had answered.
    pub(super) fn explain(&self, error: Error) -> Error {
        match error.kind() {
            Kind::WouldBlock => error,
            Kind::RemoteDisconnected => Error::new(
                Kind::RemoteDisconnected,
                "the proxy closed the connection without an answer to CONNECT: is it a proxy?",
            ),
            _ => error.with_words("the proxy's answer to CONNECT: ", ""),
        }
    }

    /// Whether the proxy has connected: any 2xx says so (RFC 9110 section 9.3.6).
    pub(super) fn has_connected(reply: &Head) -> bool {
        (200..300).contains(&reply.status)
    }

    /// The error for a proxy that has not.
    pub(super) fn refusal(reply: &Head) -> Error {
        let (status, reason) = (reply.status, reply.reason().escape_ascii());
        let blank = if reply.reason().is_empty() { "" } else { " " };
        Error::format(
            Kind::Tunnel,
            format_args!("Tunnel connection failed: {status}{blank}{reason}"),
        )
        .with_line(reply.reason())
    }

    /// Bytes in the clear must not be taken for those of the tunnelled peer.
    pub(super) fn check_silence(&self) -> Result<(), Error> {
        if self.stream.input.is_empty() {
            return Ok(());
        }
        let shown = Escaped(self.stream.input.data());
        Err(Error::format(
            Kind::Tunnel,
            format_args!("the proxy sent {shown} behind its answer to CONNECT: is it a proxy?"),
        ))
    }

    /// Has the answer of a proxy that refused, whose head this is, begin as a response.
    #[cold]
    pub(super) fn hand_out(self, head: Head, response: &mut Response) -> Result<(), Error> {
        let framing = refusal_framing(&head)?;
        response.head = head;
        let decoder = Decoder::new(framing.body, self.reader.used());
        response.begin_owning(framing, decoder, self.stream);
        Ok(())
    }
}
