//! Hosts, ports, authorities, request targets and methods: what they may be and how they are written
//! (RFC 9110 section 4.2, RFC 9112 section 3, RFC 3986 section 3.2).

use super::buffer::Buffer;
use super::error::{Error, Escaped, Kind, error};
use super::grammar::{is_blank_or_control, is_plain_path, is_token};
use super::host_port::{HostPort, is_ipv6, split_host_port};
use super::leniency::{Leniency, Rule};
use core::fmt;

/// Refuses a host that could be taken for something else on the wire: it must be an IPv6 address or
/// have the characters of a registered name (RFC 3986 section 3.2.2).
pub fn check_host(host: &str) -> Result<(), Error> {
    let fault = host.bytes().find(|&b| is_blank_or_control(b));
    if let Some(fault) = fault {
        let (shown, found) = (Escaped(host.as_bytes()), Escaped(core::slice::from_ref(&fault)));
        return Err(Error::format(
            Kind::InvalidUrl,
            format_args!("URL can't contain control characters. {shown} (found at least {found})"),
        ));
    }
    if !host.is_ascii() {
        return Err(NOT_ASCII);
    }
    if host.bytes().all(is_name_byte) && escapes_well(host.as_bytes()) || is_ipv6(host) {
        return Ok(());
    }
    let shown = Escaped(host.as_bytes());
    Err(Error::format(Kind::InvalidUrl, format_args!("{shown} is not a host")))
}

const NOT_ASCII: Error = error!(Kind::Encoding, "the host is not ASCII; give its xn-- form (IDNA)");

/// Whether an authority has a host, which http and https need (RFC 9110 section 4.2).
fn has_host(authority: &[u8]) -> bool {
    let host = authority.iter().rposition(|&b| b == b'@').map_or(0, |at| at + 1);
    !matches!(authority.get(host), None | Some(b':')) || authority[host..].starts_with(b"::")
}

/// Whether this may stand in brackets (RFC 3986 section 3.2.2): an IPv6 address, without a zone, or one of a later
/// version.
fn is_literal(address: &str) -> bool {
    let later = address.strip_prefix(['v', 'V']).and_then(|rest| rest.split_once('.'));
    let good = |(version, rest): (&str, &str)| {
        !version.is_empty()
            && version.bytes().all(|b| b.is_ascii_hexdigit())
            && !rest.is_empty()
            && rest.bytes().all(|b| b == b':' || b != b'%' && is_name_byte(b))
    };
    later.map_or_else(|| !address.contains('%') && is_ipv6(address), good)
}

/// Whether each `%` is that of an escape (RFC 3986 section 2.1).
fn escapes_well(host: &[u8]) -> bool {
    let escape = |at: usize| {
        host.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    memchr::memchr_iter(b'%', host).all(escape)
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=%".contains(&byte)
}

/// Writes a host as the authority of a URI: IPv6 in brackets and without its zone, which means
/// nothing to the peer (RFC 6874 section 4), then `:port` where one is to be shown.
pub fn write_authority(out: &mut Buffer, host: &str, port: Option<u16>) -> Result<(), Error> {
    if host.contains(':') {
        let address = host.split('%').next().unwrap_or(host);
        out.push(b"[")?;
        out.push(address.as_bytes())?;
        out.push(b"]")?;
    } else {
        out.push(host.as_bytes())?;
    }
    match port {
        Some(port) => {
            out.push(b":")?;
            write_decimal(out, u64::from(port))
        }
        None => Ok(()),
    }
}

/// Writes a number in decimal digits. (`core::fmt` takes ten times as long, once or twice a request.)
pub fn write_decimal(out: &mut Buffer, mut number: u64) -> Result<(), Error> {
    // 20 digits hold every 64-bit number.
    let mut digits = [b'0'; 20];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] += (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return out.push(&digits[first..]);
        }
    }
}

/// Refuses a method beyond ASCII, unless that may pass. http.client looks for that last.
pub fn check_method_ascii(method: &[u8], leniency: &mut Leniency) -> Result<(), Error> {
    if method.is_ascii() || leniency.allows(Rule::Ascii) {
        return Ok(());
    }
    let shown = Escaped(method);
    Err(Error::format(Kind::Encoding, format_args!("method {shown} is not ASCII")))
}

/// A method is a token (RFC 9110 section 9.1). With leave it may have any visible character. Bytes beyond
/// ASCII are left to [`check_method_ascii`].
pub fn check_method(method: &[u8], leniency: &mut Leniency) -> Result<(), Error> {
    let shown = Escaped(method);
    let mut passes = |byte: u8| {
        is_token(byte)
            || !byte.is_ascii()
            || byte.is_ascii_graphic() && leniency.allows(Rule::Method)
    };
    let Some(&fault) = method.iter().find(|&&b| !passes(b)) else {
        if method.is_empty() {
            return Err(error!(Kind::Value, "the method is empty"));
        }
        return Ok(());
    };
    let found = Escaped(core::slice::from_ref(&fault));
    let refused = |message: fmt::Arguments<'_>| Err(Error::format(Kind::Value, message));
    if is_blank_or_control(fault) {
        refused(format_args!(
            "method can't contain control characters. {shown} (found at least {found})"
        ))
    } else {
        refused(format_args!("method {shown} is not a token (found at least {found})"))
    }
}

/// A request target, cut into what is written and what is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Target<'a> {
    /// `http://` or `https://` of an absolute-form, else empty.
    pub scheme: &'a [u8],
    /// The authority of an absolute-form or of CONNECT, without user information; else empty.
    pub authority: &'a [u8],
    /// Path and query, or the whole of any other form. Never a fragment.
    pub rest: &'a [u8],
    /// What is written, unchecked, in the place of all that.
    unchecked: Option<&'a [u8]>,
}

impl<'a> Target<'a> {
    /// Checks and cuts a target. A fragment and user information are left out: they never go on
    /// the wire (RFC 9110 sections 4.2.4 and 4.2.5). Nothing is escaped or normalised.
    pub fn new(text: &'a [u8], leniency: &mut Leniency) -> Result<Target<'a>, Error> {
        Target::unless_unchecked(text, leniency, Target::cut)
    }

    /// What `cut` makes of the target; unchecked, all of it is written as it is, and only what Host says
    /// comes from it, if it has a host.
    fn unless_unchecked(
        text: &'a [u8],
        leniency: &mut Leniency,
        cut: impl FnOnce(&'a [u8], &mut Leniency) -> Result<Target<'a>, Error>,
    ) -> Result<Target<'a>, Error> {
        let target = cut(text, leniency);
        if !leniency.has(Rule::Target) {
            return target;
        }
        let good = target.and_then(|target| target.host_port().map(|_| target));
        Ok(Target { unchecked: Some(text), ..good.unwrap_or_default() })
    }

    fn cut(text: &'a [u8], leniency: &mut Leniency) -> Result<Target<'a>, Error> {
        if is_plain_path(text) {
            return Ok(Target { rest: text, ..Target::default() });
        }
        let shown = Escaped(text);
        if let Some(fault) = text.iter().find(|&&b| is_blank_or_control(b)) {
            let found = Escaped(core::slice::from_ref(fault));
            return Err(Error::format(
                Kind::InvalidUrl,
                format_args!(
                    "URL can't contain control characters. {shown} (found at least {found})"
                ),
            ));
        }
        if !text.is_ascii() && !leniency.allows(Rule::Ascii) {
            return Err(Error::format(Kind::Encoding, format_args!("target {shown} is not ASCII")));
        }
        let text = text.split(|&b| b == b'#').next().unwrap_or(text);
        let scheme = [&b"http://"[..], b"https://"]
            .into_iter()
            .find(|s| text.get(..s.len()).is_some_and(|start| start.eq_ignore_ascii_case(s)))
            .map_or(0, <[u8]>::len);
        let (scheme, rest) = text.split_at(scheme);
        let end = match scheme {
            b"" => 0,
            _ => rest.iter().position(|b| b"/?".contains(b)).unwrap_or(rest.len()),
        };
        let (authority, rest) = rest.split_at(end);
        if !scheme.is_empty() && !has_host(authority) && !leniency.allows(Rule::Host) {
            return Err(Error::format(Kind::InvalidUrl, format_args!("{shown} has no host")));
        }
        let host = authority.iter().rposition(|&b| b == b'@').map_or(0, |at| at + 1);
        Ok(Target { scheme, authority: &authority[host..], rest, unchecked: None })
    }

    /// The target of CONNECT: `host:port`, which is its authority (RFC 9110 section 9.3.6). With leave a path or
    /// a URL is left alone, as http.client does.
    pub fn connect(text: &'a [u8], leniency: &mut Leniency) -> Result<Target<'a>, Error> {
        Target::unless_unchecked(text, leniency, Target::cut_connect)
    }

    fn cut_connect(text: &'a [u8], leniency: &mut Leniency) -> Result<Target<'a>, Error> {
        let target = Target::cut(text, leniency)?;
        let refused = || {
            let shown = Escaped(text);
            Error::format(
                Kind::InvalidUrl,
                format_args!("the target of CONNECT is host:port, not {shown}"),
            )
        };
        if !target.scheme.is_empty() || target.rest.is_empty() || target.rest.starts_with(b"/") {
            return if leniency.allows(Rule::ConnectTarget) { Ok(target) } else { Err(refused()) };
        }
        let host = target.rest.iter().rposition(|&b| b == b'@').map_or(0, |at| at + 1);
        let target = Target { authority: &target.rest[host..], rest: b"", ..target };
        match target.host_port()? {
            HostPort { host: "", .. } | HostPort { port: None, .. } => Err(refused()),
            _ => Ok(target),
        }
    }

    /// The parts that are written one behind the other; of an empty target `/`.
    pub fn parts(&self) -> [&'a [u8]; 3] {
        match self.unchecked {
            Some(text) if !text.is_empty() => [b"", b"", text],
            _ if self.scheme.is_empty() && self.authority.is_empty() && self.rest.is_empty() => {
                [b"", b"", b"/"]
            }
            _ => [self.scheme, self.authority, self.rest],
        }
    }

    /// Writes the Host value that the authority demands: as it is (RFC 9110 section 7.2), but for the
    /// zone of an IPv6 address, which is left out, and brackets that it lacks.
    pub fn write_host(&self, out: &mut Buffer) -> Result<(), Error> {
        let HostPort { host, port } = self.host_port()?;
        let plain = !host.contains(':') || self.authority.starts_with(b"[") && !host.contains('%');
        if plain { out.push(self.authority) } else { write_authority(out, host, port) }
    }

    /// Whether this is what Host may say: an authority without user information, or nothing (RFC 9110 section
    /// 7.2).
    pub fn is_host_value(value: &[u8]) -> bool {
        let Ok(text) = core::str::from_utf8(value) else { return false };
        let (literal, port) = match text.strip_prefix('[').and_then(|text| text.split_once(']')) {
            Some((address, port)) => (is_literal(address), port),
            None => {
                let (host, port) = text.split_at(text.find(':').unwrap_or(text.len()));
                let named = !host.is_empty() && check_host(host).is_ok();
                (named || text.is_empty(), port)
            }
        };
        literal && (port.is_empty() || split_host_port(port).is_ok() && port.starts_with(':'))
    }

    fn host_port(&self) -> Result<HostPort<'a>, Error> {
        // Whatever may pass in a target, Host has a host in it.
        let text = core::str::from_utf8(self.authority).map_err(|_| NOT_ASCII)?;
        let valid =
            text.contains('[') == text.contains(']') && text.starts_with('[') == text.contains('[');
        if !valid {
            let shown = Escaped(self.authority);
            return Err(Error::format(Kind::Value, format_args!("{shown} is not an authority")));
        }
        let split = split_host_port(text)?;
        check_host(split.host)?;
        Ok(split)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports() {
        for (text, host, port) in [
            ("www.x.org", "www.x.org", None),
            ("www.x.org:80", "www.x.org", Some(80)),
            ("www.x.org:", "www.x.org", None),
            ("[fe80::1]:8000", "fe80::1", Some(8000)),
            ("[fe80::1]", "fe80::1", None),
            ("[fe80::1]:", "fe80::1", None),
            ("::1", "::1", None),
            ("fe80::1%eth0", "fe80::1%eth0", None),
            ("", "", None),
        ] {
            assert_eq!(split_host_port(text).unwrap(), HostPort { host, port }, "{text}");
            check_host(host).unwrap();
        }
        for bad in ["x:abc", "user:pw@x", "x:+80", "x: 80", "x:8_0", "x:-1", "x:65536", "x:٨٠"] {
            assert_eq!(split_host_port(bad).unwrap_err().kind(), Kind::InvalidUrl, "{bad}");
        }
        for bad in [
            "a b", "a\r\nb", "a\0", "a/b", "a b,c/d", "user@x", "a]b", "[::1", "a#b", "a\x7f", ":",
            "%zz", "a%4", "%",
        ] {
            assert_eq!(check_host(bad).unwrap_err().kind(), Kind::InvalidUrl, "{bad}");
        }
        assert_eq!(check_host("bücher.example").unwrap_err().kind(), Kind::Encoding);
    }

    #[test]
    fn targets_and_their_hosts() {
        for (text, written, host) in [
            ("/a?b", "/a?b", ""),
            ("", "/", ""),
            ("*", "*", ""),
            ("/a#b?c", "/a", ""),
            ("http://h/x", "http://h/x", "h"),
            ("https://h:8443?q#f", "https://h:8443?q", "h:8443"),
            ("http://u:p@h:80/x@y", "http://h:80/x@y", "h:80"),
            ("HTTP://h/", "HTTP://h/", "h"),
            ("http://H:/x", "http://H:/x", "H:"),
            ("http://h:0080/x", "http://h:0080/x", "h:0080"),
            ("http://[::1]:/x", "http://[::1]:/x", "[::1]:"),
            ("http://::1/x", "http://::1/x", "[::1]"),
            ("http://a%41b/x", "http://a%41b/x", "a%41b"),
            ("http://[fe80::1%eth0]:80/x", "http://[fe80::1%eth0]:80/x", "[fe80::1]:80"),
            ("http:/x", "http:/x", ""),
            ("httpfoo", "httpfoo", ""),
            ("h:443", "h:443", ""),
        ] {
            let target = Target::new(text.as_bytes(), &mut Leniency::default()).unwrap();
            let mut out = Buffer::new();
            out.push_parts(target.parts()).unwrap();
            assert_eq!(out.data(), written.as_bytes());
            out.clear();
            target.write_host(&mut out).unwrap();
            assert_eq!(out.data(), host.as_bytes(), "{text}");
        }
        for bad in [
            "http://[::1/",
            "http://::1]/",
            "http://a b/",
            "http://x:y/",
            "http://a[::1]/",
            "http:///x",
            "http://",
            "https://u@/x",
            "http://:80/",
            "http://a%zz/",
        ] {
            let host = Target::new(bad.as_bytes(), &mut Leniency::default())
                .and_then(|t| t.write_host(&mut Buffer::new()));
            assert!(matches!(host.unwrap_err().kind(), Kind::Value | Kind::InvalidUrl), "{bad}");
        }
    }

    #[test]
    fn targets_of_connect() {
        for (text, written, host) in [
            ("h:443", "h:443", "h:443"),
            ("u:p@h:443", "h:443", "h:443"),
            ("[fe80::1]:443", "[fe80::1]:443", "[fe80::1]:443"),
        ] {
            let target = Target::connect(text.as_bytes(), &mut Leniency::default()).unwrap();
            let mut out = Buffer::new();
            out.push_parts(target.parts()).unwrap();
            assert_eq!(out.data(), written.as_bytes());
            out.clear();
            target.write_host(&mut out).unwrap();
            assert_eq!(out.data(), host.as_bytes(), "{text}");
        }
        for bad in [
            "h",
            "h:",
            "h:x",
            "a/b:443",
            "::1:443",
            "[::1]",
            "a b:443",
            "",
            "/",
            "/x?y=1",
            "http://h:443/",
            ":443",
        ] {
            let error = Target::connect(bad.as_bytes(), &mut Leniency::default()).unwrap_err();
            assert_eq!(error.kind(), Kind::InvalidUrl, "{bad}");
        }
    }

    #[test]
    fn bad_targets_and_methods() {
        for bad in ["/ b", "/\r\nX: y", "/\0", "/\x7f", "/\t"] {
            assert_eq!(
                Target::new(bad.as_bytes(), &mut Leniency::default()).unwrap_err().kind(),
                Kind::InvalidUrl
            );
        }
        assert_eq!(
            Target::new("/é".as_bytes(), &mut Leniency::default()).unwrap_err().kind(),
            Kind::Encoding
        );
        for bad in ["", "GET /", "G\r\nX", "G\0", "G\x7f", "G:", "G\t"] {
            assert_eq!(
                check_method(bad.as_bytes(), &mut Leniency::default()).unwrap_err().kind(),
                Kind::Value,
                "{bad:?}"
            );
        }
        let beyond = "GÉT".as_bytes();
        check_method(beyond, &mut Leniency::default()).unwrap();
        let refused = check_method_ascii(beyond, &mut Leniency::default());
        assert_eq!(refused.unwrap_err().kind(), Kind::Encoding);
        check_method(b"get-it!", &mut Leniency::default()).unwrap();
    }
}
