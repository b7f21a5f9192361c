//! A host and a port in one text, as http.client's constructor and authorities have them.

use super::error::{Error, Escaped, Kind};
use core::net::Ipv6Addr;

/// A host and, where one was written, a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostPort<'a> {
    /// A registered name or an address, IPv6 without brackets; may be empty, as in http.client.
    pub host: &'a str,
    /// The port after the last colon.
    pub port: Option<u16>,
}

/// Splits `host`, `host:port`, `[v6]` or `[v6]:port` as http.client does. A bare IPv6 address is
/// taken for what it is.
pub fn split_host_port(text: &str) -> Result<HostPort<'_>, Error> {
    let bracket = text.rfind(']');
    let colon = text.rfind(':').filter(|&colon| bracket.is_none_or(|bracket| colon > bracket));
    let (host, port) = match colon {
        Some(_) if is_ipv6(text) => (text, None),
        Some(colon) => (&text[..colon], parse_port(&text[colon + 1..])?),
        None => (text, None),
    };
    Ok(HostPort { host: without_brackets(host), port })
}

/// Removes the brackets of `[v6]`.
pub fn without_brackets(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

fn parse_port(digits: &str) -> Result<Option<u16>, Error> {
    if digits.is_empty() {
        return Ok(None);
    }
    let number =
        if digits.bytes().all(|b| b.is_ascii_digit()) { digits.parse().ok() } else { None };
    match number {
        Some(port @ 1..) => Ok(Some(port)),
        _ => {
            let shown = Escaped(digits.as_bytes());
            Err(Error::format(Kind::InvalidUrl, format_args!("nonnumeric port: {shown}"))
                .with_line(digits.as_bytes()))
        }
    }
}

/// An IPv6 address, with or without a zone.
pub(super) fn is_ipv6(host: &str) -> bool {
    ipv6(host).is_some()
}

/// The same without its zone, which means nothing to the peer.
pub fn ipv6(host: &str) -> Option<Ipv6Addr> {
    let (address, zone) = host.split_once('%').unwrap_or((host, "1"));
    if zone.is_empty() { None } else { address.parse().ok() }
}
