//! The CONNECT exchange with a proxy (RFC 9110 section 9.3.6): http.client's set_tunnel().

use super::stream::Stream;
use super::trace::{Event, Tracer};
use crate::engine::buffer::{Buffer, HeadLimits};
use crate::engine::error::{Error, Escaped, Kind};
use crate::engine::fields::Fields;
use crate::engine::head::{Head, HeadReader};
use crate::engine::host::Host;
use crate::engine::leniency::Leniency;
use crate::engine::request::{check_name, check_value, write_field};
use crate::engine::target::write_authority;
use core::mem;

/// Where a proxy is asked to connect to, and what else it is told.
pub struct Tunnel {
    host: Host,
    port: u16,
    /// For the proxy, Host included.
    fields: Fields,
}

impl Tunnel {
    /// A tunnel to this host. The fields are for the proxy alone; Host is added unless it is
    /// among them. They are checked as those of any request.
    pub(super) fn new<'h>(
        host: Host,
        port: u16,
        headers: impl Iterator<Item = Result<(&'h [u8], &'h [u8]), Error>>,
    ) -> Result<Tunnel, Error> {
        let mut tunnel = Tunnel { host, port, fields: Fields::default() };
        let mut has_host = false;
        for field in headers {
            let (name, value) = field?;
            check_name(name, &mut Leniency::default())?;
            check_value(name, value, &mut Leniency::default())?;
            has_host |= name.eq_ignore_ascii_case(b"host");
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

/// The exchange under way.
pub(super) struct Connecting {
    pub(super) stream: Stream,
    request: Buffer,
    reader: HeadReader,
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
        let (reader, reply) = (HeadReader::default(), Head::default());
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
        let len = loop {
            let data = self.stream.input.data();
            if let Some(len) = self.reader.read(data, limits, &mut self.reply, strict)? {
                break len;
            }
            if self.stream.fill(1, strict)? == 0 {
                let data = self.stream.input.data();
                break self.reader.read_cut(data, limits, &mut self.reply, strict)?;
            }
        };
        trace.tunnel_reply(&self.reply);
        self.stream.input.consume(len);
        Ok(mem::take(&mut self.reply))
    }

    /// Whether the proxy has connected.
    pub(super) fn judge(&self, reply: &Head) -> Result<(), Error> {
        if reply.status != 200 {
            let (status, reason) = (reply.status, reply.reason().escape_ascii());
            return Err(Error::format(
                Kind::Tunnel,
                format_args!("Tunnel connection failed: {status} {reason}"),
            )
            .with_line(reply.reason()));
        }
        // Bytes in the clear must not be taken for those of the tunnelled peer.
        if !self.stream.input.is_empty() {
            let shown = Escaped(self.stream.input.data());
            return Err(Error::format(
                Kind::Tunnel,
                format_args!("the proxy sent {shown} behind its answer to CONNECT"),
            ));
        }
        Ok(())
    }
}
