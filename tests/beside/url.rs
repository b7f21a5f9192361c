//! URLs.

use httpclient::engine::url::{HostKind, Url};

/// `scheme userinfo host port path query fragment`, absent parts as `-`.
pub fn shown(url: &Url<'_>) -> String {
    let text = |part: &[u8]| String::from_utf8(part.to_vec()).unwrap();
    let optional =
        |part: Option<&[u8]>| part.map_or("-".into(), |part| format!("'{}'", text(part)));
    let scheme = if url.https { "https" } else { "http" };
    let (userinfo, query, fragment) =
        (optional(url.userinfo), optional(url.query), optional(url.fragment));
    let (host, path) = (text(url.host), text(url.path));
    format!("{scheme} {userinfo} {host} {} '{path}' {query} {fragment}", url.port)
}

/// What the grammar's other reader says, with the rules that HTTP and this library add.
pub fn by_another_parser(url: &str) -> Option<String> {
    let uri = fluent_uri::Uri::parse(url).ok()?;
    let https = match uri.scheme().as_str().to_ascii_lowercase().as_str() {
        "http" => false,
        "https" => true,
        _ => return None,
    };
    let authority = uri.authority()?;
    let (host, port) = (authority.host(), authority.port().map(|port| port.as_str()));
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let future = host.starts_with("[v") || host.starts_with("[V");
    if host.is_empty() || host.contains('%') || future {
        return None;
    }
    let port = match port {
        None | Some("") => {
            if https {
                443
            } else {
                80
            }
        }
        Some(digits) => digits.parse::<u16>().ok().filter(|&port| port > 0)?,
    };
    Some(shown(&Url {
        scheme: b"",
        https,
        userinfo: authority.userinfo().map(|part| part.as_str().as_bytes()),
        host: bare.as_bytes(),
        host_kind: HostKind::Name,
        port,
        path: uri.path().as_str().as_bytes(),
        query: uri.query().map(|part| part.as_str().as_bytes()),
        fragment: uri.fragment().map(|part| part.as_str().as_bytes()),
    }))
}

/// Where a reference leads from a base by fluent-uri, `None` if it is malformed, also by the rules that this library
/// adds for hosts of http and https. Where it does not do what RFC 3986 says it is not asked, and ours is right: it
/// takes "%2e" for a dot, drops dots from the path of the base that an empty one leads to, and leaves them in a path
/// without a slash at its front behind a scheme of the reference's own (sections 5.2.2 and 5.2.4). Nor is it asked what
/// an authority of other schemes may be, of which we look at the characters alone.
pub fn resolved_by_another_parser(
    base: &str,
    reference: &str,
    ours: Option<String>,
) -> Option<String> {
    let scheme = reference.split([':', '/', '?', '#']).next()?;
    let is_known = matches!(&scheme.to_ascii_lowercase()[..], "http" | "https");
    if !is_known && reference[scheme.len()..].starts_with("://") {
        return ours;
    }
    let reference = fluent_uri::UriRef::parse(reference).ok()?;
    let is_rooted = reference.path().as_str().starts_with('/');
    let is_opaque = reference.scheme().is_some() && reference.authority().is_none() && !is_rooted;
    if is_opaque || reference.path().as_str().to_ascii_lowercase().contains("%2e") {
        return ours;
    }
    let base = fluent_uri::Uri::parse(base.split('#').next()?).ok()?;
    let scheme = reference.scheme().unwrap_or(base.scheme()).as_str().to_ascii_lowercase();
    if let (Some(authority), "http" | "https") = (reference.authority(), &scheme[..]) {
        by_another_parser(&format!("{scheme}://{}", authority.as_str()))?;
    }
    Some(reference.resolve_against(&base).ok()?.into_string())
}

/// The URL that a text stands for by the rules of browsers, with what we refuse in it refused, and in one form,
/// whatever is escaped that need not be.
pub fn by_a_browser(base: Option<&str>, text: &str) -> Option<String> {
    let inner = text.trim_matches(|c: char| c <= ' ');
    if inner.contains(['\0', '\t', '\n', '\r']) {
        return None;
    }
    let base = base.map(|base| url::Url::parse(base).unwrap());
    // The crate (2.5.8) finds no host behind more than two slashes of a reference; browsers do.
    let host_at = inner.find(|c| !matches!(c, '/' | '\\')).unwrap_or(inner.len());
    let text = if host_at < 2 { text } else { &format!("//{}", &inner[host_at..]) };
    let url = url::Url::options().base_url(base.as_ref()).parse(text).ok()?;
    let known = matches!(url.scheme(), "http" | "https") && url.port() != Some(0);
    // RFC 3986 has fewer characters for a name.
    let host = url.host_str()?;
    let name = !host.contains(['"', '`', '{', '}']);
    // And a name for name servers has no empty labels.
    let name = name && !(host.contains("xn--") && (host.starts_with('.') || host.contains("..")));
    (known && name).then(|| in_one_form(&url))
}

/// What RFC 3986 has escaped, and browsers have not; and the user information that says nothing.
fn in_one_form(url: &url::Url) -> String {
    let escaped = |text: &str| {
        let mut out = String::new();
        for (at, byte) in text.bytes().enumerate() {
            let digits = text.as_bytes().get(at + 1..at + 3);
            let escape = digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
            match byte {
                b'%' if !escape => out += "%25",
                b'"' | b'<' | b'>' | b'[' | b'\\' | b']' | b'^' | b'`' | b'{' | b'|' | b'}' => {
                    out += &format!("%{byte:02X}")
                }
                // A query of http has it escaped, a path has not.
                b'\'' => out += "%27",
                _ => out.push(byte.into()),
            }
        }
        out
    };
    let part =
        |mark: &str, part: Option<&str>| part.map_or(String::new(), |p| format!("{mark}{p}"));
    let (host, port) = (url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap());
    let fragment = url.fragment().map(|fragment| fragment.replace('#', "%23"));
    let rest = [url.path(), &part("?", url.query()), &part("#", fragment.as_deref())].concat();
    format!("{}://{host}:{port}{}", url.scheme(), escaped(&rest))
}
