//! The origin that a connection speaks to (RFC 9110 section 4.3.1), and requests for URLs of it.

use super::send::Request;
use super::{Connection, Progress};
use crate::client::tunnel::Tunnel;
use crate::engine::error::{Error, Kind, error};
use crate::engine::host_port::ipv6;
use crate::engine::state::Phase;
use crate::engine::url::{self, Url};
use crate::memory::append;
use alloc::vec::Vec;

impl Connection {
    /// Whether a URL's scheme, host and port are those that the connection, or its tunnel, leads to.
    pub fn has_origin(&self, url: &Url<'_>) -> bool {
        let tunnel = self.opener.tunnel.as_deref();
        let host = tunnel.map_or(&self.host, Tunnel::host).ascii();
        let port = tunnel.map_or(self.port, Tunnel::port);
        url.https == self.opener.is_secure() && url.port == port && is_same_host(url.host, host)
    }

    /// Sends a request whose target is given as a whole URL of the connection's origin, or begins with a slash and
    /// is sent as it is.
    pub fn request_url<'h, H>(&mut self, mut request: Request<'_, H>) -> Result<(), Error>
    where
        H: Iterator<Item = Result<(&'h [u8], &'h [u8]), Error>> + Clone,
    {
        let mut composed = Vec::new();
        let target = self.target_of(request.target, &mut composed).inspect_err(|_| {
            if self.phase == Phase::Idle {
                self.progress = Progress::NotSent;
            }
        })?;
        self.request(Request {
            method: request.method,
            target,
            headers: request.headers,
            body: request.body.lend(),
            encode_chunked: request.encode_chunked,
        })
    }

    /// The target that is sent for a URL; put together in `composed` if it does not stand in the URL as it is.
    fn target_of<'a>(&self, text: &'a [u8], composed: &'a mut Vec<u8>) -> Result<&'a [u8], Error> {
        const ANOTHERS: Error =
            error!(Kind::InvalidUrl, "the URL's origin is not that of the connection");
        if text.starts_with(b"/") {
            return Ok(text);
        }
        let url = url::parse(text).map_err(|fault| fault.explain())?;
        if !self.has_origin(&url) {
            return Err(ANOTHERS);
        }
        if let Some(target) = url.target(text) {
            return Ok(target);
        }
        append(composed, b"/?")?;
        append(composed, url.query.unwrap_or_default())?;
        Ok(composed)
    }
}

/// Whether two hosts are the same: names in any case, IPv6 addresses in any form and without their zones.
fn is_same_host(one: &[u8], other: &str) -> bool {
    let addresses = || Some(ipv6(core::str::from_utf8(one).ok()?)? == ipv6(other)?);
    one.eq_ignore_ascii_case(other.as_bytes()) || addresses() == Some(true)
}
