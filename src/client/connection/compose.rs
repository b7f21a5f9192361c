//! Composing the head of a request: request line, automatic fields, the caller's fields, and what frames the body.

use super::active::Active;
use super::send::Request;
use super::{Connection, Progress};
use crate::client::body::Body;
use crate::client::sending::{Sending, Verb};
use crate::client::trace::Event;
use crate::client::tunnel::Tunnel;
use crate::engine::error::{Error, Kind, error};
use crate::engine::host_field::Automatic;
use crate::engine::request::{BodyCoding, BodySize, RequestHead, RequestLine};
use crate::engine::state::{Call, Phase, check};

impl Connection {
    /// Writes what follows most targets, where that is not known yet. Host says the tunnel's host or else
    /// the connection's, and the port if it is not the default.
    fn write_automatic(&mut self) -> Result<(), Error> {
        if !self.automatic.is_empty() {
            return Ok(());
        }
        let port = self.shown_port();
        let host = self.opener.tunnel.as_deref().map_or(&self.host, Tunnel::host);
        self.automatic = Automatic::write(host.ascii(), port)?;
        Ok(())
    }

    /// The port, if it is not the one that goes without saying.
    fn shown_port(&self) -> Option<u16> {
        let port = self.opener.tunnel.as_deref().map_or(self.port, Tunnel::port);
        (port != self.default_port).then_some(port)
    }
}

impl Active<'_> {
    /// The whole head in `out`, in http.client's order: request line, Host, Accept-Encoding, the
    /// framing field, the caller's fields.
    pub(super) fn compose<'h, H>(&mut self, request: &Request<'_, H>) -> Result<(), Error>
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
        if !framed && size == BodySize::Unknown {
            let body = request.body.notation().as_bytes();
            self.connection.trace.show(Event::Body, &[b"Unable to determine size of ", body]);
        }
        self.transaction.head.add_framing(&mut self.transaction.out, size, framed)?;
        for (index, field) in request.headers.clone().enumerate() {
            let (name, value) = field?;
            if host.is_none_or(|(first, ..)| first != index) {
                self.transaction.field(name, &[value])?;
            }
        }
        let encode = if framed { chunked && request.encode_chunked } else { true };
        let coding = self.transaction.finish_head(size, encode)?;
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
        self.transaction.out.clear();
        // Ours would stand before the caller's Host, which comes first (RFC 9110 section 7.2).
        let skip = skip_accept_encoding || host.is_some();
        self.write_line(method, target, host.is_some(), skip)?;
        if let Some((name, value)) = host {
            self.transaction.field(name, &[value])?;
            if !skip_accept_encoding && !self.connection.channel.settings.http10 {
                let (name, value) = (b"Accept-Encoding", b"identity");
                self.transaction.field(name, &[value])?;
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
        self.connection.write_automatic()?;
        let automatic = Automatic(self.connection.automatic.data());
        let line = RequestLine {
            method,
            target,
            automatic,
            unchecked_host: self
                .connection
                .unchecked_host
                .as_deref()
                .map(|host| (host, self.connection.shown_port())),
            http10: self.connection.channel.settings.http10,
            peer_http10: self.connection.peer_http10,
            skip_host,
            skip_accept_encoding,
        };
        self.transaction.leniency = self.connection.channel.settings.leniency;
        self.transaction.head =
            RequestHead::start(&mut self.transaction.out, &line, &mut self.transaction.leniency)?;
        self.transaction.https = self.connection.opener.is_secure();
        // Into memory that an earlier response had.
        self.transaction.response.url.clear();
        if self.transaction.head.is_automatic() {
            // The URL can be had from the head: it is composed when somebody asks for it.
            return Ok(());
        }
        self.transaction.compose_url(automatic.authority())
    }

    pub(super) fn putrequest(
        &mut self,
        method: &[u8],
        target: &[u8],
        skip_host: bool,
        skip_accept_encoding: bool,
    ) -> Result<(), Error> {
        if self.transaction.sending.is_some() {
            return Err(Error::new(Kind::CannotSendRequest, self.connection.phase.name()));
        }
        check(self.connection.phase, self.connection.channel.unread.is_some(), Call::PutRequest)?;
        self.connection.phase = Phase::RequestStarted;
        self.connection.progress = Progress::NotSent;
        self.transaction.out.clear();
        self.transaction.head = RequestHead::default();
        self.write_line(method, target, skip_host, skip_accept_encoding)
    }

    pub(super) fn putheader(&mut self, name: &[u8], values: &[&[u8]]) -> Result<(), Error> {
        check(self.connection.phase, self.connection.channel.unread.is_some(), Call::PutHeader)?;
        self.check_begun()?;
        self.transaction.field(name, values)
    }

    /// A request whose first line was refused cannot go on.
    pub(super) fn check_begun(&self) -> Result<(), Error> {
        const REFUSED: Error = error!(Kind::CannotSendHeader, "the request line was refused");
        if self.transaction.out.is_empty() { Err(REFUSED) } else { Ok(()) }
    }

    /// A refused end leaves the head as it was.
    pub(super) fn finish_head(
        &mut self,
        body: &Body<'_>,
        encode_chunked: bool,
    ) -> Result<BodyCoding, Error> {
        let (head, len) = (self.transaction.head.clone(), self.transaction.out.len());
        let coding = self.frame(body, encode_chunked);
        if coding.is_err() {
            self.transaction.head = head;
            self.transaction.out.truncate(len);
        }
        coding
    }

    fn frame(&mut self, body: &Body<'_>, encode_chunked: bool) -> Result<BodyCoding, Error> {
        let given = self.transaction.head.is_framed();
        let size = body.size();
        let size = if size == BodySize::None { BodySize::Later } else { size };
        let announced = match size {
            BodySize::Known(_) if encode_chunked && !self.connection.channel.settings.http10 => {
                BodySize::Unknown
            }
            size => size,
        };
        self.transaction.head.add_framing(&mut self.transaction.out, announced, given)?;
        self.transaction.finish_head(size, encode_chunked || !given)
    }
}
