//! Splits an http or https URL into its parts, by RFC 3986 to the letter.
//!
//! A compact parser of our own: the well-kept no_std crates for this bring a chain of procedural
//! macros into every C programmer's build, and what HTTP asks beyond the grammar (scheme, port, a
//! host that is not empty, the place and reason of a fault) would remain to be done. The standard
//! library reads the addresses, and a test compares every answer with such a crate's.

use super::buffer::Buffer;
use super::error::{Error, Kind};
use core::ffi::CStr;
use core::net::{Ipv4Addr, Ipv6Addr};
use core::ops::Range;

/// The parts of a URL, each borrowed from it as it stands: nothing is decoded or normalized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Url<'a> {
    /// `http` or `https`, in the case given.
    pub scheme: &'a [u8],
    /// Whether the scheme is https.
    pub https: bool,
    /// What stands before the `@`.
    pub userinfo: Option<&'a [u8]>,
    /// Never empty, without the brackets of an IPv6 address.
    pub host: &'a [u8],
    /// What the host is.
    pub host_kind: HostKind,
    /// The port given, or the scheme's own.
    pub port: u16,
    /// Empty, or from the first `/`.
    pub path: &'a [u8],
    /// What follows the `?`.
    pub query: Option<&'a [u8]>,
    /// What follows the `#`.
    pub fragment: Option<&'a [u8]>,
}

impl Url<'_> {
    /// The request target in the URL `text` that was split: `None` if it must be put together of a slash and the
    /// query (RFC 9112 section 3.2.1).
    pub fn target<'t>(&self, text: &'t [u8]) -> Option<&'t [u8]> {
        let length = |mark: Option<&[u8]>| mark.map_or(0, |part| part.len() + 1);
        let end = text.len() - length(self.fragment);
        let start = end - length(self.query) - self.path.len();
        match (self.path, self.query) {
            (b"", None) => Some(b"/"),
            (b"", Some(_)) => None,
            _ => text.get(start..end),
        }
    }
}

/// What a URL's host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostKind {
    /// A name.
    Name,
    /// Four decimal numbers.
    Ipv4,
    /// An address that stood in brackets.
    Ipv6,
}

/// Why a text is no URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Index of the byte at fault; the text's length where something is missing at its end.
    pub offset: usize,
    /// For a person.
    pub message: &'static CStr,
}

pub(super) const NOT_IN_PATH: &CStr = c"character not allowed in a path";
pub(super) const NOT_IN_QUERY: &CStr = c"character not allowed in a query";
pub(super) const NOT_IN_FRAGMENT: &CStr = c"character not allowed in a fragment";
pub(super) const NO_DIGITS: &CStr = c"% without two hexadecimal digits";

impl Fault {
    /// The same as an error.
    pub fn explain(self) -> Error {
        let (offset, message) = (self.offset, self.message.to_str().unwrap_or_default());
        Error::format(Kind::InvalidUrl, format_args!("{message}, at byte {offset} of the URL"))
    }
}

/// Splits a URL.
pub fn parse(url: &[u8]) -> Result<Url<'_>, Fault> {
    let (scheme, https) = scheme(url)?;
    let start = scheme.len() + b"://".len();
    let end = find(url, start, |b| matches!(b, b'/' | b'?' | b'#')).unwrap_or(url.len());
    let authority = authority(url, start, end)?;

    let fragment_at = find(url, end, |b| b == b'#').unwrap_or(url.len());
    let query_at = find(&url[..fragment_at], end, |b| b == b'?').unwrap_or(fragment_at);
    let path = component(url, end..query_at, is_path, NOT_IN_PATH)?;
    let query = (query_at < fragment_at)
        .then(|| component(url, query_at + 1..fragment_at, is_query, NOT_IN_QUERY))
        .transpose()?;
    let fragment = (fragment_at < url.len())
        .then(|| component(url, fragment_at + 1..url.len(), is_query, NOT_IN_FRAGMENT))
        .transpose()?;

    Ok(Url {
        scheme,
        https,
        userinfo: authority.userinfo,
        host: authority.host,
        host_kind: authority.host_kind,
        port: authority.port.unwrap_or(if https { 443 } else { 80 }),
        path,
        query,
        fragment,
    })
}

fn scheme(url: &[u8]) -> Result<(&[u8], bool), Fault> {
    let end = find(url, 0, |b| !b.is_ascii_alphanumeric()).unwrap_or(url.len());
    let scheme = &url[..end];
    let https = scheme.eq_ignore_ascii_case(b"https");
    if !https && !scheme.eq_ignore_ascii_case(b"http") {
        let end = find(url, 0, |b| !(b.is_ascii_alphanumeric() || b"+-.".contains(&b)));
        return match end.map(|end| url[end]) {
            Some(b':') => fault(0, c"scheme is not http or https"),
            _ => fault(0, c"no scheme: neither http:// nor https://"),
        };
    }
    match url[end..].iter().zip(b"://").position(|(a, b)| a != b) {
        Some(at) => fault(end + at, c"no :// after the scheme"),
        None if url.len() < end + b"://".len() => fault(url.len(), c"no :// after the scheme"),
        None => Ok((scheme, https)),
    }
}

pub(super) struct Authority<'a> {
    userinfo: Option<&'a [u8]>,
    host: &'a [u8],
    host_kind: HostKind,
    port: Option<u16>,
}

/// `[userinfo@]host[:port]` in `url[start..end]`.
pub(super) fn authority(url: &[u8], start: usize, end: usize) -> Result<Authority<'_>, Fault> {
    let within = &url[..end];
    let not_in_userinfo = c"character not allowed in user information";
    let (userinfo, host_at) = match find(within, start, |b| b == b'@') {
        Some(at) => (Some(component(url, start..at, is_userinfo, not_in_userinfo)?), at + 1),
        None => (None, start),
    };
    let (host, host_kind, host_end) = match within.get(host_at) {
        Some(b'[') => literal(within, host_at)?,
        _ => name(within, host_at)?,
    };
    Ok(Authority { userinfo, host, host_kind, port: port(within, host_end)? })
}

/// An IPv6 address in brackets, and where it ends. IPvFuture (`[v1.x]`), which nothing can connect
/// to, and zones, which have a meaning on one machine only, are not accepted.
pub(super) fn literal(within: &[u8], open: usize) -> Result<(&[u8], HostKind, usize), Fault> {
    let Some(close) = find(within, open, |b| b == b']') else {
        return fault(within.len(), c"no ] after the IPv6 address");
    };
    let host = &within[open + 1..close];
    match core::str::from_utf8(host).is_ok_and(|text| text.parse::<Ipv6Addr>().is_ok()) {
        true => Ok((host, HostKind::Ipv6, close + 1)),
        false => fault(open + 1, c"not an IPv6 address"),
    }
}

/// A name or an IPv4 address, and where it ends. RFC 3986 allows percent escapes here; no name
/// lookup understands them, and readers who do would see another host than we do.
fn name(within: &[u8], start: usize) -> Result<(&[u8], HostKind, usize), Fault> {
    let end = find(within, start, |b| b == b':').unwrap_or(within.len());
    if start == end {
        return fault(start, c"no host");
    }
    if let Some(at) = find(&within[..end], start, |b| !is_name(b)) {
        return fault(at, c"character not allowed in a host");
    }
    let host = &within[start..end];
    let ipv4 = core::str::from_utf8(host).is_ok_and(|text| text.parse::<Ipv4Addr>().is_ok());
    Ok((host, if ipv4 { HostKind::Ipv4 } else { HostKind::Name }, end))
}

/// Writes the URL that a request is about (RFC 9112 section 3.3): its target where that is one, else
/// put together from the connection's scheme and authority.
pub fn write_request_url(
    out: &mut Buffer,
    https: bool,
    authority: &[u8],
    connect: bool,
    target: &[u8],
) -> Result<(), Error> {
    let has = |scheme: &[u8]| {
        target.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    let scheme: &[u8] = if https { b"https://" } else { b"http://" };
    match target {
        [b'/', ..] => out.push_parts([scheme, authority, target]),
        _ if has(b"http://") || has(b"https://") => out.push(target),
        _ if connect => out.push_parts([scheme, target]),
        b"*" => out.push_parts([scheme, authority]),
        [b'?', ..] => out.push_parts([scheme, authority, target]),
        _ => out.push_parts([scheme, authority, b"/", target]),
    }
}

/// `:port` from `start` to the end, where there is one. An empty port is the scheme's own.
pub(super) fn port(within: &[u8], start: usize) -> Result<Option<u16>, Fault> {
    match &within[start..] {
        [] | [b':'] => return Ok(None),
        [b':', ..] => {}
        _ => return fault(start, c"no : between host and port"),
    }
    let digits = start + 1;
    if let Some(at) = find(within, digits, |b| !b.is_ascii_digit()) {
        return fault(at, c"port is not a number");
    }
    let value = within[digits..]
        .iter()
        .try_fold(0u16, |value, digit| value.checked_mul(10)?.checked_add(u16::from(digit - b'0')));
    match value {
        Some(1..) => Ok(value),
        _ => fault(digits, c"port is not from 1 to 65535"),
    }
}

/// `url[range]`, where each byte is `allowed` or belongs to a percent escape.
pub(super) fn component<'a>(
    url: &'a [u8],
    range: Range<usize>,
    allowed: fn(u8) -> bool,
    message: &'static CStr,
) -> Result<&'a [u8], Fault> {
    let start = range.start;
    let part = &url[range];
    let mut at = 0;
    while at < part.len() {
        at += match &part[at..] {
            [b'%', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => 3,
            [b'%', ..] => return fault(start + at, NO_DIGITS),
            [byte, ..] if allowed(*byte) => 1,
            _ => return fault(start + at, message),
        };
    }
    Ok(part)
}

/// RFC 3986 unreserved and sub-delims.
pub(super) fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte)
}

pub(super) fn is_userinfo(byte: u8) -> bool {
    is_name(byte) || byte == b':'
}

pub(super) fn is_path(byte: u8) -> bool {
    is_name(byte) || matches!(byte, b':' | b'@' | b'/')
}

/// An authority of any scheme.
pub(super) fn is_authority(byte: u8) -> bool {
    is_userinfo(byte) || matches!(byte, b'@' | b'[' | b']')
}

/// Query and fragment.
pub(super) fn is_query(byte: u8) -> bool {
    is_path(byte) || byte == b'?'
}

/// The index of the first such byte from `start`.
pub(super) fn find(bytes: &[u8], start: usize, wanted: impl Fn(u8) -> bool) -> Option<usize> {
    let from = bytes.get(start..)?;
    from.iter().position(|&b| wanted(b)).map(|at| start + at)
}

pub(super) fn fault<T>(offset: usize, message: &'static CStr) -> Result<T, Fault> {
    Err(Fault { offset, message })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::target::write_authority;

    #[test]
    fn the_url_of_a_request() {
        for (https, authority, connect, target, url) in [
            (false, ("h.test", None), false, "/a?b", "http://h.test/a?b"),
            (true, ("h.test", Some(8443)), false, "/", "https://h.test:8443/"),
            (false, ("fe80::1%eth0", None), false, "/", "http://[fe80::1]/"),
            (false, ("proxy.test", None), false, "http://h.test/x", "http://h.test/x"),
            (false, ("proxy.test", None), false, "HTTPS://h.test", "HTTPS://h.test"),
            (false, ("h.test", None), false, "*", "http://h.test"),
            (false, ("h.test", None), false, "?q", "http://h.test?q"),
            (false, ("h.test", None), false, "a", "http://h.test/a"),
            (false, ("proxy.test", None), true, "h.test:443", "http://h.test:443"),
            (false, ("proxy.test", None), true, "/", "http://proxy.test/"),
        ] {
            let mut out = Buffer::new();
            let (host, port) = authority;
            let mut authority = Buffer::new();
            write_authority(&mut authority, host, port).unwrap();
            let (authority, target) = (authority.data(), target.as_bytes());
            write_request_url(&mut out, https, authority, connect, target).unwrap();
            assert_eq!(out.data(), url.as_bytes());
        }
    }
}
