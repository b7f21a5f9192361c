//! How a response's body is delimited and whether its connection can be used again: one pure
//! function, in the order of RFC 9112 section 6.3.

use super::error::{Error, Escaped, Kind, error};
use super::fields::{Fields, Noted, elements};
use super::grammar::{Integer, decimal, is_name, trim};
use super::head::{Head, Version};
use super::leniency::{Leniency, Rule};

/// What delimits a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyFraming {
    /// So many bytes; 0 where there is no body at all.
    Length(u64),
    /// The chunked transfer coding.
    Chunked,
    /// The end of the stream.
    UntilClose,
}

/// The answer of [`response_framing`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Framing {
    /// What delimits the body.
    pub body: BodyFraming,
    /// The connection cannot carry another request.
    pub will_close: bool,
    /// The stream is not HTTP any more: what comes next on it is for the caller.
    pub switched: bool,
}

impl Framing {
    const fn http(body: BodyFraming, will_close: bool) -> Framing {
        Framing { body, will_close, switched: false }
    }

    /// A stream that stops being HTTP; `body` is what reading it as a response gives.
    const fn switched(body: BodyFraming) -> Framing {
        Framing { body, will_close: true, switched: true }
    }
}

/// What of the request decides how its response is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestFacts {
    /// The method.
    pub method: Method,
    /// An `Upgrade` field was sent, so a 101 may come.
    pub upgrade: bool,
}

/// The methods with rules of their own; compared as written, since methods are case-sensitive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// `HEAD`.
    Head,
    /// `CONNECT`.
    Connect,
    /// `TRACE`.
    Trace,
    /// Any other.
    #[default]
    Other,
}

/// Decides the framing of the response with this head. Where a loosened rule was needed that lets nothing
/// follow, the connection ends with it.
pub fn response_framing(
    request: RequestFacts,
    head: &Head,
    leniency: &mut Leniency,
) -> Result<Framing, Error> {
    let mut framing = framing_by_fields::<false>(request, head, leniency)?;
    framing.will_close |= leniency.ends_the_connection();
    Ok(framing)
}

/// The same for a proxy's refusal to connect, whose connection always ends.
#[cold]
pub fn refusal_framing(head: &Head) -> Result<Framing, Error> {
    let request = RequestFacts::default();
    let framing = framing_by_fields::<true>(request, head, &mut Leniency::default())?;
    Ok(Framing { will_close: true, ..framing })
}

/// Refusals have an instance of their own: what every response goes through is inlined then, with the functions
/// below that say so (measured: 60 instructions of a small exchange).
fn framing_by_fields<const REFUSAL: bool>(
    request: RequestFacts,
    head: &Head,
    leniency: &mut Leniency,
) -> Result<Framing, Error> {
    let asked_to_close = closes(head);

    // The stream stops being HTTP: after a 101, and after a 2xx to CONNECT, whatever the fields say.
    if head.status == 101 {
        if !request.upgrade && !leniency.allows(Rule::UnrequestedSwitch) {
            return Err(error!(
                Kind::UnexpectedSwitch,
                "got a 101 without having asked to upgrade"
            ));
        }
        return Ok(Framing::switched(BodyFraming::Length(0)));
    }
    if request.method == Method::Connect && (200..300).contains(&head.status) {
        return Ok(Framing::switched(BodyFraming::UntilClose));
    }

    // 1. No body, whatever the fields say.
    if request.method == Method::Head || matches!(head.status, 100..=199 | 204 | 304) {
        return Ok(Framing::http(BodyFraming::Length(0), asked_to_close));
    }

    // 2. Transfer-Encoding overrides Content-Length. Beside one, or in HTTP/1.0, it is a sign of
    // tampering: the connection ends with this response.
    let length = content_length(&head.fields);
    let suspicious = head.version == Version::Http10 || !matches!(length, Ok(None));
    let coding = match transfer_coding(&head.fields) {
        // A coding whose name was cut off says nothing, and nothing can follow it.
        Err(_) if leniency.needed(Rule::TruncatedHead) => Coding::NotChunked,
        coding => coding?,
    };
    let length = || length.or_else(|refusal| loose_length(&head.fields, leniency, refusal));
    match coding {
        Coding::Absent => {}
        Coding::Chunked => {
            return Ok(Framing::http(BodyFraming::Chunked, asked_to_close || suspicious));
        }
        Coding::NotChunked => {
            return Ok(Framing::http(BodyFraming::UntilClose, true));
        }
        Coding::Identity => {
            let body = length()?.map_or(BodyFraming::UntilClose, BodyFraming::Length);
            return Ok(Framing::http(body, true));
        }
    }

    // 3. Content-Length, or else the end of the stream.
    match length()? {
        Some(length) => Ok(Framing::http(BodyFraming::Length(length), asked_to_close)),
        None => Ok(Framing::http(BodyFraming::UntilClose, true)),
    }
}

/// RFC 9112 section 9.3, with the older signs that http.client knows for HTTP/1.0.
#[inline(always)]
fn closes(head: &Head) -> bool {
    let is = |token: &'static [u8]| move |element: &[u8]| element.eq_ignore_ascii_case(token);
    let connection = || head.fields.noted(Noted::Connection);
    if head.fields.has(Noted::Connection) {
        // Mostly that is all that is said.
        let others = connection().filter(|value| !is_name(value, b"keep-alive"));
        if elements(others).any(is(b"close")) {
            return true;
        }
    }
    match head.version {
        Version::Http11 => false,
        Version::Http10 => {
            !(elements(connection()).any(is(b"keep-alive"))
                || head.fields.list(b"Proxy-Connection").any(is(b"keep-alive"))
                || head.fields.values(b"Keep-Alive").any(|value| !value.is_empty()))
        }
    }
}

enum Coding {
    Absent,
    /// The last coding is chunked.
    Chunked,
    /// Registered codings, the last of them not chunked.
    NotChunked,
    /// The obsolete `identity`, alone.
    Identity,
}

#[inline(always)]
fn transfer_coding(fields: &Fields) -> Result<Coding, Error> {
    if !fields.has(Noted::TransferEncoding) {
        return Ok(Coding::Absent);
    }
    let values = fields.noted(Noted::TransferEncoding);
    let mut count = 0;
    let mut chunked_at = None;
    let mut identity = false;
    for coding in elements(values) {
        count += 1;
        let is = |name: &str| coding.eq_ignore_ascii_case(name.as_bytes());
        if is("chunked") {
            if chunked_at.replace(count).is_some() {
                return Err(unknown_coding(b"chunked, chunked"));
            }
        } else if is("identity") {
            identity = true;
        } else if !["gzip", "x-gzip", "deflate", "compress", "x-compress"].into_iter().any(is) {
            return Err(unknown_coding(coding));
        }
    }
    match (identity, count) {
        (true, 1) => Ok(Coding::Identity),
        (true, _) => Err(unknown_coding(b"identity")),
        (false, 0) => Err(unknown_coding(b"")),
        (false, _) if chunked_at == Some(count) => Ok(Coding::Chunked),
        (false, _) => Ok(Coding::NotChunked),
    }
}

fn unknown_coding(coding: &[u8]) -> Error {
    let shown = Escaped(coding);
    Error::format(Kind::UnknownTransferEncoding, format_args!("unknown transfer coding {shown}"))
        .with_line(coding)
}

/// All Content-Length fields and their list elements must be the same number (RFC 9110 section 8.6).
#[inline(always)]
fn content_length(fields: &Fields) -> Result<Option<u64>, Error> {
    let mut agreed = None;
    for value in fields.noted(Noted::ContentLength) {
        let length = agreed_length(value).map_err(|fault| bad_length(value, fault))?;
        if agreed.is_some_and(|before| before != length) {
            return Err(bad_length(value, CONTRADICTS));
        }
        agreed = Some(length);
    }
    Ok(agreed)
}

const CONTRADICTS: &str = "contradicts another";

/// The one number that a value has, once or in a list.
fn agreed_length(value: &[u8]) -> Result<u64, &'static str> {
    if let Some(length) = decimal(value) {
        return Ok(length);
    }
    let mut agreed = None;
    for element in value.split(|&b| b == b',') {
        let length = decimal(trim(element)).ok_or("is not a number")?;
        if agreed.is_some_and(|before| before != length) {
            return Err(CONTRADICTS);
        }
        agreed = Some(length);
    }
    agreed.ok_or("is not a number")
}

/// What a Content-Length says that is no number; the refusal where that may not be asked, and where two
/// fields differ.
fn loose_length(
    fields: &Fields,
    leniency: &mut Leniency,
    refusal: Error,
) -> Result<Option<u64>, Error> {
    let mut values = fields.noted(Noted::ContentLength);
    let first = values.next().unwrap_or_default();
    if values.any(|other| other != first) {
        return Err(refusal);
    }
    match Integer::of(first) {
        Some(Integer::Negative) if leniency.allows(Rule::NegativeLength) => Ok(None),
        Some(Integer::Natural(length)) if leniency.allows(Rule::IntegerLength) => Ok(Some(length)),
        None if leniency.allows(Rule::UnreadableLength) => Ok(None),
        // A body of that length is never complete.
        Some(Integer::Large) if leniency.allows(Rule::UnreadableLength) => Ok(Some(u64::MAX)),
        _ => Err(refusal),
    }
}

fn bad_length(value: &[u8], fault: &str) -> Error {
    let shown = Escaped(value);
    Error::format(Kind::BadFraming, format_args!("Content-Length {shown} {fault}")).with_line(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::buffer::HeadLimits;
    use crate::engine::interim::ResponseReader;

    fn framing(request: RequestFacts, text: &str) -> Result<Framing, Kind> {
        let mut head = Head::default();
        let text = text.replace('\n', "\r\n") + "\r\n\r\n";
        let mut leniency = Leniency::STRICT;
        ResponseReader::default()
            .read(text.as_bytes(), &HeadLimits::DEFAULT, &mut head, &mut leniency)
            .unwrap();
        response_framing(request, &head, &mut leniency).map_err(|e| e.kind())
    }

    const GET: RequestFacts = RequestFacts { method: Method::Other, upgrade: false };
    const KEEP: bool = false;
    const CLOSE: bool = true;

    #[test]
    fn the_table() {
        use BodyFraming::*;
        for (text, body, will_close) in [
            ("HTTP/1.1 200 OK\nContent-Length: 5", Length(5), KEEP),
            ("HTTP/1.1 200 OK\nContent-Length: 5, 5\nContent-Length: 05", Length(5), KEEP),
            ("HTTP/1.1 200 OK\nContent-Length: 18446744073709551615", Length(u64::MAX), KEEP),
            ("HTTP/1.1 200 OK\nContent-Length: 5\nConnection: x, Close", Length(5), CLOSE),
            (
                "HTTP/1.1 200 OK\nContent-Length: 5\nConnection: x\nConnection: close",
                Length(5),
                CLOSE,
            ),
            ("HTTP/1.1 200 OK\nContent-Length: 5\nConnection: disclose", Length(5), KEEP),
            ("HTTP/1.1 200 OK", UntilClose, CLOSE),
            ("HTTP/1.1 204 No\nContent-Length: 5", Length(0), KEEP),
            ("HTTP/1.1 304 No\nTransfer-Encoding: chunked", Length(0), KEEP),
            ("HTTP/1.1 204 No\nContent-Length: x", Length(0), KEEP),
            ("HTTP/1.1 200 OK\nTransfer-Encoding: Chunked", Chunked, KEEP),
            ("HTTP/1.1 200 OK\nTransfer-Encoding: gzip\nTransfer-Encoding: chunked", Chunked, KEEP),
            ("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nContent-Length: 5", Chunked, CLOSE),
            ("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nContent-Length: x", Chunked, CLOSE),
            (
                "HTTP/1.1 200 OK\nTransfer-Encoding: chunked, gzip\nContent-Length: 5",
                UntilClose,
                CLOSE,
            ),
            ("HTTP/1.1 200 OK\nTransfer-Encoding: identity\nContent-Length: 5", Length(5), CLOSE),
            ("HTTP/1.0 200 OK\nTransfer-Encoding: chunked\nConnection: keep-alive", Chunked, CLOSE),
            ("HTTP/1.0 200 OK\nContent-Length: 5", Length(5), CLOSE),
            ("HTTP/1.0 200 OK\nContent-Length: 5\nConnection: Keep-Alive", Length(5), KEEP),
            ("HTTP/1.0 200 OK\nContent-Length: 5\nKeep-Alive: 300", Length(5), KEEP),
            ("HTTP/1.0 200 OK\nContent-Length: 5\nProxy-Connection: keep-alive", Length(5), KEEP),
        ] {
            assert_eq!(framing(GET, text), Ok(Framing::http(body, will_close)), "{text}");
        }
    }

    #[test]
    fn what_is_refused() {
        for (text, kind) in [
            ("Content-Length: 5\nContent-Length: 6", Kind::BadFraming),
            ("Content-Length: +5", Kind::BadFraming),
            ("Content-Length: -1", Kind::BadFraming),
            ("Content-Length: 0x5", Kind::BadFraming),
            ("Content-Length: 5_0", Kind::BadFraming),
            ("Content-Length:", Kind::BadFraming),
            ("Content-Length: 5,", Kind::BadFraming),
            ("Content-Length: 18446744073709551616", Kind::BadFraming),
            ("Transfer-Encoding: xchunked", Kind::UnknownTransferEncoding),
            ("Transfer-Encoding: chunked, identity", Kind::UnknownTransferEncoding),
            (
                "Transfer-Encoding: chunked\nTransfer-Encoding: chunked",
                Kind::UnknownTransferEncoding,
            ),
            ("Transfer-Encoding:", Kind::UnknownTransferEncoding),
        ] {
            let text = alloc::format!("HTTP/1.1 200 OK\n{text}");
            assert_eq!(framing(GET, &text), Err(kind), "{text}");
        }
    }

    #[test]
    fn the_request_matters() {
        let head = RequestFacts { method: Method::Head, ..GET };
        let connect = RequestFacts { method: Method::Connect, ..GET };
        let upgrade = RequestFacts { upgrade: true, ..GET };
        let empty = Framing::http(BodyFraming::Length(0), KEEP);
        let tunnel = Framing::switched(BodyFraming::UntilClose);
        assert_eq!(framing(head, "HTTP/1.1 200 OK\nContent-Length: 5"), Ok(empty));
        assert_eq!(framing(connect, "HTTP/1.1 200 OK\nContent-Length: 5"), Ok(tunnel));
        assert_eq!(framing(connect, "HTTP/1.1 407 No\nContent-Length: 0"), Ok(empty));
        assert_eq!(framing(GET, "HTTP/1.1 101 Go"), Err(Kind::UnexpectedSwitch));
        let switched = Framing::switched(BodyFraming::Length(0));
        assert_eq!(framing(upgrade, "HTTP/1.1 101 Go"), Ok(switched));
    }
}
