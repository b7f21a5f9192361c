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
