//! Request heads: the request line, the automatic fields, the one validator of names and values, and
//! the rules that keep a body framed (RFC 9112 sections 3, 5 and 6; RFC 9110 sections 7.8, 9.3.8,
//! 10.1).

use super::buffer::Buffer;
use super::error::{Error, Escaped, Kind, error};
use super::framing::{Method, RequestFacts};
use super::grammar::{decimal, is_blank, is_control, is_plain_path, is_text, is_token, trim};
use super::host_field::{Automatic, write_unchecked_host};
use super::leniency::{Leniency, Rule};
use super::target::{Target, check_method, check_method_ascii, write_decimal};
use super::url::write_request_url;

/// What the request line and the automatic fields are made of.
#[derive(Clone, Copy, Debug)]
pub struct RequestLine<'a> {
    /// Sent as given.
    pub method: &'a [u8],
    /// Sent as given, but for a fragment and user information.
    pub target: &'a [u8],
    /// With Host for targets that have no authority.
    pub automatic: Automatic<'a>,
    /// For the Host field in the place of either, unchecked, and the port if that is to be shown.
    pub unchecked_host: Option<(&'a [u8], Option<u16>)>,
    /// Say HTTP/1.0, and add no field.
    pub http10: bool,
    /// The server is known to speak HTTP/1.0, where nothing can be chunked (RFC 9112 section 6.1).
    pub peer_http10: bool,
    /// Do not add Host.
    pub skip_host: bool,
    /// Do not add `Accept-Encoding: identity`.
    pub skip_accept_encoding: bool,
}

/// What is known of the body when the head is finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodySize {
    /// There is none.
    None,
    /// The caller sends it after the head, by itself.
    Later,
    /// So many bytes.
    Known(u64),
    /// As many as there will be.
    Unknown,
}

/// How the body goes out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BodyCoding {
    /// As it is: exactly so many bytes, or else (`None`) chunks that the caller makes by itself.
    Raw(Option<u64>),
    /// In chunks.
    Chunked,
    /// Nothing follows the head.
    #[default]
    Empty,
}

/// A request head in the making: what has been said in it so far. The lines themselves collect in a
/// buffer of the caller, and a refused line leaves no trace there.
#[derive(Clone, Debug, Default)]
pub struct RequestHead {
    traits: Traits,
    /// Where the target begins and ends.
    target: (usize, usize),
    /// Host and Accept-Encoding were written as [`Automatic`] has them.
    automatic: bool,
    /// We or the server speak HTTP/1.0: a body needs a length.
    http10: bool,
    /// We speak HTTP/1.1: there has to be a Host field.
    needs_host: bool,
    host: bool,
    content_length: Option<u64>,
    transfer_encoding: bool,
    expect_continue: bool,
    te: bool,
    upgrade: bool,
    connection_te: bool,
    connection_upgrade: bool,
}

/// How a request line ends, in either version.
const HTTP11: &[u8; 11] = b" HTTP/1.1\r\n";
const HTTP10: &[u8; 11] = b" HTTP/1.0\r\n";

impl RequestHead {
    /// Writes the request line and the automatic fields.
    pub fn start(
        out: &mut Buffer,
        line: &RequestLine<'_>,
        leniency: &mut Leniency,
    ) -> Result<RequestHead, Error> {
        let before = out.len();
        let started = RequestHead::write_start(out, line, leniency);
        if started.is_err() {
            out.truncate(before);
        }
        started
    }

    fn write_start(
        out: &mut Buffer,
        line: &RequestLine<'_>,
        leniency: &mut Leniency,
    ) -> Result<RequestHead, Error> {
        let known = Traits::of_known(line.method);
        let usual = !line.http10 && !line.skip_host && !line.skip_accept_encoding;
        if let (Some(traits), true) = (known, usual && line.unchecked_host.is_none()) {
            if is_plain_path(line.target) && traits.method != Method::Connect {
                return RequestHead::write_plain(out, line, traits);
            }
        }
        if known.is_none() {
            check_method(line.method, leniency)?;
        }
        let traits = known.unwrap_or_else(|| Traits::of_other(line.method));
        let target = match traits.method {
            Method::Connect => Target::connect(line.target, leniency)?,
            _ => Target::new(line.target, leniency)?,
        };
        if known.is_none() {
            check_method_ascii(line.method, leniency)?;
        }
        let host = !line.http10 && !line.skip_host;
        let accept_encoding = !line.http10 && !line.skip_accept_encoding;
        let begin = out.len() + line.method.len() + 1;
        let [scheme, authority, rest] = target.parts();
        let end = begin + scheme.len() + authority.len() + rest.len();
        let version = if line.http10 { HTTP10 } else { HTTP11 };
        out.push_parts([line.method, b" ", scheme, authority, rest, version])?;
        if host {
            out.push(b"Host: ")?;
            match line.unchecked_host {
                Some((host, port)) => write_unchecked_host(out, host, port)?,
                None if target.authority.is_empty() => out.push(line.automatic.authority())?,
                None => target.write_host(out)?,
            }
            out.push(b"\r\n")?;
        }
        if accept_encoding {
            out.push(b"Accept-Encoding: identity\r\n")?;
        }
        Ok(RequestHead {
            traits,
            target: (begin, end),
            http10: line.http10 || line.peer_http10,
            needs_host: !line.http10,
            host,
            ..RequestHead::default()
        })
    }

    /// The same for a plain path and what most requests say.
    fn write_plain(
        out: &mut Buffer,
        line: &RequestLine<'_>,
        traits: Traits,
    ) -> Result<RequestHead, Error> {
        let begin = out.len() + line.method.len() + 1;
        out.push_parts([line.method, b" ", line.target, line.automatic.0])?;
        Ok(RequestHead {
            traits,
            target: (begin, begin + line.target.len()),
            automatic: true,
            http10: line.peer_http10,
            host: true,
            ..RequestHead::default()
        })
    }

    /// Writes a field; several values are joined by `, ` (RFC 9110 section 5.3). A refused one leaves no
    /// trace in `leniency` either.
    pub fn field(
        &mut self,
        out: &mut Buffer,
        name: &[u8],
        values: &[&[u8]],
        leniency: &mut Leniency,
    ) -> Result<(), Error> {
        let mut tried = *leniency;
        let before = out.len();
        let written = match Known::of(name) {
            Some(known) => self.known_field(out, known, (name, values), &mut tried),
            None => other_field(out, name, values, &mut tried),
        };
        match written {
            Ok(()) => *leniency = tried,
            Err(_) => out.truncate(before),
        }
        written
    }

    /// A field that has to agree with others or the body is written as the rules say, whatever may pass
    /// elsewhere: nobody must be able to read it in two ways.
    fn known_field(
        &mut self,
        out: &mut Buffer,
        known: Known,
        (name, values): (&[u8], &[&[u8]]),
        leniency: &mut Leniency,
    ) -> Result<(), Error> {
        for value in values {
            check_value(name, value, &mut Leniency::default())?;
        }
        self.note(known, values, leniency)?;
        let before = out.len();
        write_field(out, name, values, b", ")?;
        if known == Known::Host {
            // First of all fields (RFC 9110 section 7.2), whatever was written already.
            out.bring_forward(before, self.target.1 + HTTP11.len());
        }
        Ok(())
    }

    /// Remembers the fields that have to agree with each other and with the body.
    fn note(
        &mut self,
        known: Known,
        values: &[&[u8]],
        leniency: &mut Leniency,
    ) -> Result<(), Error> {
        let mut elements = values.iter().flat_map(|v| v.split(|&b| b == b',')).map(trim);
        match known {
            Known::Host => {
                if self.host {
                    return Err(error!(Kind::Value, "the request has a Host field already"));
                }
                let good = matches!(values, [value] if check_host_value(value).is_ok());
                if !good && !leniency.allows(Rule::Host) {
                    return Err(NO_AUTHORITY);
                }
                self.host = true;
            }
            Known::ContentLength => self.note_content_length(values)?,
            Known::TransferEncoding => {
                if self.transfer_encoding
                    || !elements.next_back().is_some_and(|e| e.eq_ignore_ascii_case(b"chunked"))
                {
                    return Err(error!(Kind::Value, "the last transfer coding must be chunked"));
                }
                self.transfer_encoding = true;
            }
            Known::Te => {
                let is_chunked =
                    |e: &[u8]| e.get(..7).is_some_and(|e| e.eq_ignore_ascii_case(b"chunked"));
                if elements.any(is_chunked) && !leniency.allows(Rule::ConnectionOptions) {
                    return Err(error!(Kind::Value, "TE must not name chunked"));
                }
                self.te = true;
            }
            Known::Upgrade => self.upgrade = true,
            Known::Expect => {
                self.expect_continue |= elements.any(|e| e.eq_ignore_ascii_case(b"100-continue"));
            }
            Known::Connection => {
                for element in elements {
                    self.connection_te |= element.eq_ignore_ascii_case(b"te");
                    self.connection_upgrade |= element.eq_ignore_ascii_case(b"upgrade");
                }
            }
        }
        Ok(())
    }

    fn note_content_length(&mut self, values: &[&[u8]]) -> Result<(), Error> {
        let &[value] = values else {
            return Err(error!(Kind::Value, "Content-Length has one value"));
        };
        if self.content_length.is_some() {
            return Err(error!(Kind::Value, "the request has a Content-Length field already"));
        }
        let Some(length) = decimal(trim(value)) else {
            let shown = Escaped(value);
            return Err(Error::format(
                Kind::Value,
                format_args!("Content-Length {shown} is not a number"),
            ));
        };
        self.content_length = Some(length);
        Ok(())
    }

    /// Writes the field that frames the body, as http.client's request() decides, where the caller's
    /// own fields (`given`: one of Content-Length, Transfer-Encoding) do not.
    pub fn add_framing(
        &mut self,
        out: &mut Buffer,
        body: BodySize,
        given: bool,
    ) -> Result<(), Error> {
        match body {
            _ if given => Ok(()),
            BodySize::None if self.traits.expects_body => self.announce(out, 0),
            BodySize::None | BodySize::Later => Ok(()),
            BodySize::Known(length) => self.announce(out, length),
            BodySize::Unknown if self.http10 => Err(error!(
                Kind::Value,
                "a body of unknown length cannot be framed in HTTP/1.0: give a Content-Length"
            )),
            BodySize::Unknown => {
                self.transfer_encoding = true;
                out.push(b"Transfer-Encoding: chunked\r\n")
            }
        }
    }

    fn announce(&mut self, out: &mut Buffer, length: u64) -> Result<(), Error> {
        self.content_length = Some(length);
        out.push(b"Content-Length: ")?;
        write_decimal(out, length)?;
        out.push(b"\r\n")
    }

    /// Whether a field of the caller frames the body.
    pub fn is_framed(&self) -> bool {
        self.content_length.is_some() || self.transfer_encoding
    }

    /// Checks that head and body agree, writes what Upgrade and TE need beside them, and the empty
    /// line. `encode_chunked`: the caller wants its body chunked by us.
    pub fn finish(
        &mut self,
        out: &mut Buffer,
        body: BodySize,
        encode_chunked: bool,
        leniency: &mut Leniency,
    ) -> Result<BodyCoding, Error> {
        if self.needs_host && !self.host && !leniency.allows(Rule::Host) {
            return Err(error!(Kind::Value, "a request of HTTP/1.1 has a Host field"));
        }
        let coding = self.coding(body, encode_chunked)?;
        let has_content = self.transfer_encoding
            || self.content_length.unwrap_or(0) > 0
            || !matches!(body, BodySize::None | BodySize::Later | BodySize::Known(0));
        if self.traits.method == Method::Trace
            && has_content
            && !leniency.allows(Rule::TraceContent)
        {
            return Err(error!(Kind::Value, "TRACE has no content"));
        }
        if self.expect_continue && !has_content && !leniency.allows(Rule::Expect) {
            return Err(error!(Kind::Value, "Expect: 100-continue needs content"));
        }
        if self.te && !self.connection_te && !leniency.allows(Rule::ConnectionOptions) {
            out.push(b"Connection: TE\r\n")?;
        }
        if self.upgrade && !self.connection_upgrade && !leniency.allows(Rule::ConnectionOptions) {
            out.push(b"Connection: upgrade\r\n")?;
        }
        out.push(b"\r\n")?;
        Ok(coding)
    }

    fn coding(&self, body: BodySize, encode_chunked: bool) -> Result<BodyCoding, Error> {
        let refuse = |message| Err(Error::new(Kind::Value, message));
        if self.content_length.is_some() && self.transfer_encoding {
            return refuse("Content-Length and Transfer-Encoding exclude each other");
        }
        if self.transfer_encoding {
            return match body {
                _ if self.http10 => refuse("HTTP/1.0 has no Transfer-Encoding"),
                BodySize::Later => Ok(BodyCoding::Raw(None)),
                _ if encode_chunked => Ok(BodyCoding::Chunked),
                _ => refuse(
                    "a body under Transfer-Encoding: chunked must be encoded: ask for encode_chunked",
                ),
            };
        }
        match (body, self.content_length) {
            (BodySize::None, None | Some(0)) | (BodySize::Later, None) => Ok(BodyCoding::Empty),
            (BodySize::None, Some(_)) => {
                refuse("Content-Length announces a body, but there is none")
            }
            (BodySize::Later | BodySize::Unknown, length) => Ok(BodyCoding::Raw(length)),
            (BodySize::Known(size), Some(length)) if size != length => Err(Error::format(
                Kind::Value,
                format_args!("Content-Length is {length}, but the body has {size} bytes"),
            )),
            (BodySize::Known(_), length) => Ok(BodyCoding::Raw(length)),
        }
    }

    /// The head of a request that was sent by other means: only its method is known, and whoever reads
    /// a 101 in answer to it knows why.
    pub fn sent(method: &[u8]) -> RequestHead {
        RequestHead { traits: Traits::of(method), upgrade: true, ..RequestHead::default() }
    }

    /// The target as it stands in `head`, which this was started in.
    pub fn target<'a>(&self, head: &'a [u8]) -> &'a [u8] {
        head.get(self.target.0..self.target.1).unwrap_or_default()
    }

    /// Whether Host and Accept-Encoding were written as [`Automatic`] has them.
    pub fn is_automatic(&self) -> bool {
        self.automatic
    }

    /// The host and port that [`Automatic`] has put into `head`, which this was started in.
    pub fn automatic_host<'a>(&self, head: &'a [u8]) -> Option<&'a [u8]> {
        let behind = head.get(self.target.1..).filter(|_| self.automatic)?;
        behind.strip_prefix(Automatic::BEFORE)?.split(|&b| b == b'\r').next()
    }

    /// Writes the URL of this request, with a NUL behind it: see [`write_request_url`]. `head` is what this was
    /// started in. After a failure there is none.
    pub fn write_url(
        &self,
        url: &mut Buffer,
        head: &[u8],
        https: bool,
        authority: &[u8],
    ) -> Result<(), Error> {
        url.clear();
        let connect = self.traits.method == Method::Connect;
        let written = write_request_url(url, https, authority, connect, self.target(head));
        let written = written.and_then(|()| url.push(&[0]));
        if written.is_err() {
            url.clear();
        }
        written
    }

    /// What of this request decides how its response is read.
    pub fn facts(&self) -> RequestFacts {
        RequestFacts { method: self.traits.method, upgrade: self.upgrade }
    }

    /// Whether the method is one that does the same when it is sent twice.
    pub fn is_idempotent(&self) -> bool {
        self.traits.idempotent
    }

    /// Whether the request asks to be told before its body is sent, of a server that can know that
    /// (RFC 9110 section 10.1.1).
    pub fn awaits_continue(&self) -> bool {
        self.expect_continue && !self.http10
    }
}

/// What of a method decides how its request is sent.
#[derive(Clone, Copy, Debug, Default)]
struct Traits {
    method: Method,
    /// Sent twice it does the same as once.
    idempotent: bool,
    /// POST, PUT, PATCH in any case, as in http.client: a missing body is announced as empty.
    expects_body: bool,
}

impl Traits {
    fn of(name: &[u8]) -> Traits {
        Traits::of_known(name).unwrap_or_else(|| Traits::of_other(name))
    }

    /// Those of a method that is known by its name, which so needs no check.
    fn of_known(name: &[u8]) -> Option<Traits> {
        let (method, idempotent, expects_body) = match name {
            b"GET" | b"DELETE" | b"OPTIONS" => (Method::Other, true, false),
            b"HEAD" => (Method::Head, true, false),
            b"POST" | b"PATCH" => (Method::Other, false, true),
            b"PUT" => (Method::Other, true, true),
            b"CONNECT" => (Method::Connect, false, false),
            b"TRACE" => (Method::Trace, true, false),
            _ => return None,
        };
        Some(Traits { method, idempotent, expects_body })
    }

    fn of_other(name: &[u8]) -> Traits {
        let expecting = [&b"POST"[..], b"PUT", b"PATCH"];
        let expects_body = expecting.into_iter().any(|method| name.eq_ignore_ascii_case(method));
        Traits { expects_body, ..Traits::default() }
    }
}

/// Whether this is what Host may say: host and port, or nothing (RFC 9110 section 7.2).
pub fn check_host_value(value: &[u8]) -> Result<(), Error> {
    if Target::is_host_value(trim(value)) { Ok(()) } else { Err(NO_AUTHORITY) }
}

const NO_AUTHORITY: Error = error!(Kind::Value, "the value of Host is no host and port");

/// The fields that have to agree with each other and with the body.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Host,
    ContentLength,
    TransferEncoding,
    Te,
    Upgrade,
    Expect,
    Connection,
}

impl Known {
    const ALL: [(&str, Known); 7] = [
        ("host", Known::Host),
        ("content-length", Known::ContentLength),
        ("transfer-encoding", Known::TransferEncoding),
        ("te", Known::Te),
        ("upgrade", Known::Upgrade),
        ("expect", Known::Expect),
        ("connection", Known::Connection),
    ];

    fn of(name: &[u8]) -> Option<Known> {
        let is_it = |(known, _): &&(&str, _)| name.eq_ignore_ascii_case(known.as_bytes());
        Known::ALL.iter().find(is_it).map(|&(_, known)| known)
    }

    /// Whether somebody may take `name`, which is no token, for one of them.
    fn looks_like_one(name: &[u8]) -> bool {
        Known::ALL.iter().any(|(known, _)| {
            let letters = name.iter().copied().filter(|&b| is_token(b));
            letters.map(|b| b.to_ascii_lowercase()).eq(known.bytes())
        })
    }
}

/// A field without rules of its own.
fn other_field(
    out: &mut Buffer,
    name: &[u8],
    values: &[&[u8]],
    leniency: &mut Leniency,
) -> Result<(), Error> {
    check_name(name, leniency)?;
    for value in values {
        check_value(name, value, leniency)?;
    }
    // A line of blanks alone can be taken for the empty line; the first has the name in it.
    let folded_parts = values.get(1..).unwrap_or_default();
    let foldable =
        !folded_parts.is_empty() && folded_parts.iter().all(|value| !trim(value).is_empty());
    let folded = foldable && leniency.allows(Rule::SentFold);
    write_field(out, name, values, if folded { b"\r\n\t" } else { b", " })
}

/// A field name is a token (RFC 9110 section 5.1). With leave it may have any visible character but a
/// colon, blanks behind the first of them, and bytes beyond ASCII.
pub fn check_name(name: &[u8], leniency: &mut Leniency) -> Result<(), Error> {
    if !name.is_empty() && name.iter().copied().all(is_token) {
        return Ok(());
    }
    let passes = |&b: &u8| b != b':' && (b == b' ' || b.is_ascii_graphic() || !b.is_ascii());
    let loose = name.first().is_some_and(|&b| b != b' ')
        && name.iter().all(passes)
        && !Known::looks_like_one(name);
    if loose && leniency.allows(Rule::SentName) {
        return Ok(());
    }
    let shown = Escaped(name);
    Err(Error::format(Kind::Value, format_args!("Invalid header name {shown}")).with_line(name))
}

/// A field value has no control characters but HTAB (RFC 9110 section 5.5): no CR, LF or NUL, and so
/// no obsolete folding either. Folding and other control characters may pass with leave.
pub fn check_value(name: &[u8], value: &[u8], leniency: &mut Leniency) -> Result<(), Error> {
    if value.iter().copied().all(is_text) || is_loose_value(value, leniency) {
        return Ok(());
    }
    let (name, shown) = (Escaped(name), Escaped(value));
    Err(Error::format(Kind::Value, format_args!("Invalid header value {shown} of {name}"))
        .with_line(value))
}

fn is_loose_value(mut value: &[u8], leniency: &mut Leniency) -> bool {
    loop {
        value = match value {
            [] => return true,
            [byte, rest @ ..] if is_text(*byte) => rest,
            [byte, rest @ ..] if is_control(*byte) && leniency.allows(Rule::SentControlBytes) => {
                rest
            }
            [b'\r', b'\n', rest @ ..] if continues(rest) && leniency.allows(Rule::SentFold) => rest,
            _ => return false,
        };
    }
}

/// Whether what stands behind a line break goes on with the value: blanks, and then something in the
/// same line. A line of blanks alone can be taken for the empty line.
fn continues(line: &[u8]) -> bool {
    let text = line.iter().position(|&b| !is_blank(b));
    text.is_some_and(|at| at > 0 && !matches!(line[at], b'\r' | b'\n'))
}

/// Writes one field line, unchecked.
pub fn write_field(
    out: &mut Buffer,
    name: &[u8],
    values: &[&[u8]],
    separator: &[u8],
) -> Result<(), Error> {
    out.push_parts([name, b": "])?;
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.push(separator)?;
        }
        out.push(value)?;
    }
    out.push(b"\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    const LINE: RequestLine<'_> = RequestLine {
        method: b"GET",
        target: b"/",
        automatic: Automatic(b" HTTP/1.1\r\nHost: h\r\nAccept-Encoding: identity\r\n"),
        unchecked_host: None,
        http10: false,
        peer_http10: false,
        skip_host: false,
        skip_accept_encoding: true,
    };

    fn head(
        line: RequestLine<'_>,
        fields: &[(&str, &str)],
        body: BodySize,
        encode_chunked: bool,
    ) -> Result<(String, BodyCoding), Kind> {
        let mut out = Buffer::new();
        let mut make = || {
            let mut head = RequestHead::start(&mut out, &line, &mut Leniency::default())?;
            for (name, value) in fields {
                head.field(
                    &mut out,
                    name.as_bytes(),
                    &[value.as_bytes()],
                    &mut Leniency::default(),
                )?;
            }
            let given = head.is_framed();
            head.add_framing(&mut out, body, given)?;
            head.finish(
                &mut out,
                body,
                encode_chunked || body == BodySize::Unknown && !given,
                &mut Leniency::default(),
            )
        };
        let coding = make().map_err(|e| e.kind())?;
        Ok((String::from_utf8(out.data().to_vec()).unwrap(), coding))
    }

    #[test]
    fn heads() {
        let post = RequestLine { method: b"POST", ..LINE };
        let ipv6 = Automatic::write("::1", Some(81)).unwrap();
        let known = BodySize::Known(3);
        for (line, fields, body, text, coding) in [
            (LINE, &[][..], BodySize::None, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", BodyCoding::Empty),
            (
                RequestLine {
                    skip_accept_encoding: false,
                    automatic: Automatic(ipv6.data()),
                    ..LINE
                },
                &[("A", "b")],
                BodySize::None,
                "GET / HTTP/1.1\r\nHost: [::1]:81\r\nAccept-Encoding: identity\r\nA: b\r\n\r\n",
                BodyCoding::Empty,
            ),
            (
                post,
                &[],
                BodySize::None,
                "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n",
                BodyCoding::Empty,
            ),
            (
                LINE,
                &[],
                known,
                "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n",
                BodyCoding::Raw(Some(3)),
            ),
            (
                post,
                &[],
                BodySize::Unknown,
                "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
                BodyCoding::Chunked,
            ),
            (
                LINE,
                &[("Upgrade", "x"), ("TE", "trailers")],
                BodySize::None,
                "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: x\r\nTE: trailers\r\nConnection: TE\r\nConnection: upgrade\r\n\r\n",
                BodyCoding::Empty,
            ),
            (
                RequestLine { http10: true, skip_accept_encoding: false, ..LINE },
                &[],
                BodySize::None,
                "GET / HTTP/1.0\r\n\r\n",
                BodyCoding::Empty,
            ),
        ] {
            assert_eq!(head(line, fields, body, false), Ok((text.into(), coding)));
        }
    }

    #[test]
    fn what_would_lie_about_the_body_is_refused() {
        let known = BodySize::Known(3);
        for (fields, body) in [
            (&[("Content-Length", "4")][..], known),
            (&[("Content-Length", "4")], BodySize::None),
            (&[("Content-Length", "x")], known),
            (&[("Content-Length", "3"), ("Content-Length", "3")], known),
            (&[("Content-Length", "3"), ("Transfer-Encoding", "chunked")], known),
            (&[("Transfer-Encoding", "gzip")], known),
            (&[("Transfer-Encoding", "chunked, gzip")], known),
            (&[("Transfer-Encoding", "chunked")], known),
            (&[("Transfer-Encoding", "chunked")], BodySize::None),
            (&[("Expect", "100-continue")], BodySize::None),
            (&[("TE", "trailers, chunked")], BodySize::None),
            (&[("Host", "other")], BodySize::None),
        ] {
            assert_eq!(head(LINE, fields, body, false), Err(Kind::Value), "{fields:?}");
        }
        let trace = RequestLine { method: b"TRACE", ..LINE };
        assert_eq!(head(trace, &[], known, false), Err(Kind::Value));
        let old = RequestLine { http10: true, ..LINE };
        assert_eq!(head(old, &[], BodySize::Unknown, false), Err(Kind::Value));
        assert_eq!(
            head(old, &[("Transfer-Encoding", "chunked")], BodySize::Unknown, true),
            Err(Kind::Value)
        );
    }

    #[test]
    fn names_and_values() {
        for name in ["", "a b", "a:", "a\r", "a\n", "a\0", "é", " a", "a\t"] {
            assert_eq!(
                head(LINE, &[(name, "x")], BodySize::None, false),
                Err(Kind::Value),
                "{name:?}"
            );
        }
        for value in ["a\r\nB: c", "a\r\n b", "a\n b", "a\r b", "\0", "\x1b", "\x7f"] {
            assert_eq!(
                head(LINE, &[("a", value)], BodySize::None, false),
                Err(Kind::Value),
                "{value:?}"
            );
        }
        head(LINE, &[("a", "\t é ")], BodySize::None, false).unwrap();
    }

    #[test]
    fn the_target_is_found_again_as_it_was_written() {
        let mut leniency = Leniency::of(Rule::Target as u32);
        for (target, written) in [
            (&b"/a?b"[..], &b"/a?b"[..]),
            (b"", b"/"),
            (b"*", b"*"),
            (b"http://u@h.test/a", b"http://u@h.test/a"),
            (b"/a b", b"/a b"),
        ] {
            let mut out = Buffer::new();
            let line = RequestLine { target, ..LINE };
            let head = RequestHead::start(&mut out, &line, &mut leniency).unwrap();
            assert_eq!(head.target(out.data()), written);
        }
        let mut out = Buffer::new();
        let line = RequestLine { target: b"http://u@h.test/a#b", ..LINE };
        let head = RequestHead::start(&mut out, &line, &mut Leniency::default()).unwrap();
        assert_eq!(head.target(out.data()), b"http://h.test/a");
        assert_eq!(RequestHead::default().target(b""), b"");
    }

    #[test]
    fn a_refused_line_leaves_no_trace() {
        let mut out = Buffer::new();
        let mut head = RequestHead::start(&mut out, &LINE, &mut Leniency::default()).unwrap();
        let before = out.data().to_vec();
        head.field(&mut out, b"A", &[b"good", b"bad\n"], &mut Leniency::default()).unwrap_err();
        assert_eq!(out.data(), before);
        head.field(&mut out, b"A", &[b"b", b"c"], &mut Leniency::default()).unwrap();
        assert!(out.data().ends_with(b"A: b, c\r\n"));
        let mut out = Buffer::new();
        RequestHead::start(
            &mut out,
            &RequestLine { target: b"http://[", ..LINE },
            &mut Leniency::default(),
        )
        .unwrap_err();
        assert!(out.is_empty());
    }
}
