//! The HTTP/1.1 server: requests, the routes that `help.txt` lists, and replies in every framing.

use std::io::{self, BufRead, BufReader, BufWriter, ErrorKind, Read, Write};
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

use crate::listen::{Listener, Stream};
use crate::parse_size;

const MAX_HEAD: u64 = 1 << 20;
const MAX_ECHO: usize = 64 << 20;
const MAX_BYTES: u64 = 4 << 30;

/// Serves for ever, a thread for each connection.
pub fn serve(listener: &Listener) -> io::Result<()> {
    let mut number = 0_u64;
    loop {
        let stream = match listener.accept() {
            Ok(stream) => stream,
            // The peer left while it waited in the queue.
            Err(error) if error.kind() == ErrorKind::ConnectionAborted => continue,
            Err(error) => return Err(error),
        };
        number += 1;
        // Small stacks, since a benchmark opens thousands of connections.
        thread::Builder::new().stack_size(256 << 10).spawn(move || {
            // A client that leaves in the middle, or fails a TLS handshake, is its own affair.
            let _ = converse(stream, number);
        })?;
    }
}

/// Answers request after request until either side is done.
fn converse(stream: Stream, connection: u64) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut requests = 0_u64;
    loop {
        let request = match Request::read(&mut stream) {
            Ok(Some(request)) => request,
            Ok(None) => break,
            Err(refusal) => {
                refuse(&mut stream, refusal, None)?;
                break;
            }
        };
        requests += 1;
        let outcome = receive(&mut stream, &request).and_then(|body| {
            let tags = Tags { connection, requests, tls: stream.get_ref().tls_summary() };
            route(&request, body, &tags)
        });
        match outcome {
            Ok(reply) => {
                let keep = request.keep_alive() && reply.leaves_open(&request);
                reply.send(stream.get_mut(), Some(&request), keep)?;
                if !keep {
                    break;
                }
            }
            Err(refusal) => {
                refuse(&mut stream, refusal, Some(&request))?;
                break;
            }
        }
    }
    stream.into_inner().close();
    Ok(())
}

/// Why a request gets no reply from a route.
enum Refusal {
    Io(io::Error),
    Status(u16, &'static str),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn refuse(
    stream: &mut BufReader<Stream>,
    refusal: Refusal,
    request: Option<&Request>,
) -> io::Result<()> {
    match refusal {
        Refusal::Io(error) => Err(error),
        Refusal::Status(status, why) => {
            Reply::text(status, format!("{why}\n")).send(stream.get_mut(), request, false)
        }
    }
}

/// A request's head.
struct Request {
    method: String,
    target: String,
    /// HTTP/1.`minor`.
    minor: u8,
    /// Field lines as received, without their CR LF.
    lines: Vec<Vec<u8>>,
}

/// How the end of a request's body is found.
#[derive(Clone, Copy, Debug, PartialEq)]
enum BodyFraming {
    Length(u64),
    Chunked,
}

impl Request {
    /// Reads a head; `None` where the client closed instead.
    fn read(stream: &mut impl BufRead) -> Result<Option<Self>, Refusal> {
        let mut head = stream.take(MAX_HEAD);
        let mut line = read_line(&mut head)?;
        if line.as_deref() == Some(b"") {
            line = read_line(&mut head)?; // RFC 9112, section 2.2: one empty line is forgiven
        }
        let Some(line) = line else { return Ok(None) };
        let mut request = Self::parse_line(&line)?;
        loop {
            match read_line(&mut head)? {
                Some(line) if line.is_empty() => break,
                Some(line) => request.lines.push(line),
                None => return Err(Refusal::Status(431, "the head is too long or was cut")),
            }
        }
        request.check()?;
        Ok(Some(request))
    }

    fn parse_line(line: &[u8]) -> Result<Self, Refusal> {
        let bad = Refusal::Status(400, "bad request line");
        let Ok(line) = std::str::from_utf8(line) else { return Err(bad) };
        let words: Vec<&str> = line.split(' ').collect();
        let [method, target, version] = words[..] else { return Err(bad) };
        let minor = match version {
            "HTTP/1.0" => 0,
            "HTTP/1.1" => 1,
            _ => return Err(Refusal::Status(505, "only HTTP/1.0 and HTTP/1.1")),
        };
        if method.is_empty() || target.is_empty() {
            return Err(bad);
        }
        Ok(Self { method: method.into(), target: target.into(), minor, lines: Vec::new() })
    }

    fn check(&self) -> Result<(), Refusal> {
        let well_formed = |line: &Vec<u8>| {
            let name = line.split(|&byte| byte == b':').next().unwrap_or_default();
            name.len() < line.len() && !name.is_empty() && name.iter().all(u8::is_ascii_graphic)
        };
        if !self.lines.iter().all(well_formed) {
            return Err(Refusal::Status(400, "bad field line"));
        }
        match self.values("host").count() {
            0 if self.minor == 0 => {}
            1 => {}
            _ => return Err(Refusal::Status(400, "one Host field is needed")),
        }
        self.body_framing().map(|_| ())
    }

    /// The values of a field, trimmed, one for each line.
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.lines.iter().filter_map(move |line| {
            let colon = line.iter().position(|&byte| byte == b':')?;
            let same = line[..colon].eq_ignore_ascii_case(name.as_bytes());
            same.then(|| line[colon + 1..].trim_ascii())
        })
    }

    /// Whether a comma-separated field has this member.
    fn lists(&self, name: &str, member: &str) -> bool {
        self.values(name)
            .flat_map(|value| value.split(|&byte| byte == b','))
            .any(|value| value.trim_ascii().eq_ignore_ascii_case(member.as_bytes()))
    }

    fn body_framing(&self) -> Result<BodyFraming, Refusal> {
        let bad = |why| Err(Refusal::Status(400, why));
        let lengths: Vec<&[u8]> = self.values("content-length").collect();
        let codings: Vec<&[u8]> = self.values("transfer-encoding").collect();
        match (&lengths[..], &codings[..]) {
            ([], []) => Ok(BodyFraming::Length(0)),
            ([length], []) => {
                let digits = length.iter().all(u8::is_ascii_digit);
                match std::str::from_utf8(length).ok().and_then(|text| text.parse().ok()) {
                    Some(length) if digits => Ok(BodyFraming::Length(length)),
                    _ => bad("bad Content-Length"),
                }
            }
            ([], [coding]) if coding.eq_ignore_ascii_case(b"chunked") => match self.minor {
                0 => bad("Transfer-Encoding in HTTP/1.0"),
                _ => Ok(BodyFraming::Chunked),
            },
            ([], _) => Err(Refusal::Status(501, "only the chunked coding")),
            _ => bad("contradicting framing fields"),
        }
    }

    fn keep_alive(&self) -> bool {
        match self.minor {
            0 => self.lists("connection", "keep-alive") && !self.lists("connection", "close"),
            _ => !self.lists("connection", "close"),
        }
    }

    /// The path and the query, also of a target in absolute form.
    fn path_and_query(&self) -> (&str, &str) {
        let target = match self.target.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("/", |slash| &rest[slash..]),
            None => &self.target,
        };
        target.split_once('?').unwrap_or((target, ""))
    }

    fn path(&self) -> &str {
        self.path_and_query().0
    }

    fn query(&self, name: &str) -> Option<&str> {
        let mut pairs = self.path_and_query().1.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// A size from the query.
    fn size(&self, name: &str) -> Result<Option<u64>, Refusal> {
        let Some(word) = self.query(name) else { return Ok(None) };
        match parse_size(word) {
            Some(size) => Ok(Some(size)),
            None => Err(Refusal::Status(400, "bad number in the query")),
        }
    }
}

/// A line without its end, which must be CR LF or LF; `None` at the end of the stream.
fn read_line(stream: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    stream.read_until(b'\n', &mut line)?;
    if line.pop() != Some(b'\n') {
        return Ok(None);
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(Some(line))
}

/// What came as a request's body.
#[derive(Default)]
struct Received {
    length: u64,
    /// The bytes themselves, where the route wants them.
    bytes: Vec<u8>,
}

/// Takes the whole body, so that the connection can go on, unless the route is to leave it.
fn receive(stream: &mut BufReader<Stream>, request: &Request) -> Result<Received, Refusal> {
    let mut received = Received::default();
    let framing = request.body_framing()?;
    if request.path() == "/early" || framing == BodyFraming::Length(0) {
        return Ok(received);
    }
    if request.minor > 0 && request.lists("expect", "100-continue") {
        stream.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        stream.get_mut().flush()?;
    }
    let keep = request.path() == "/echo";
    read_body(stream, framing, &mut |bytes| {
        received.length += bytes.len() as u64;
        if keep {
            if received.bytes.len() + bytes.len() > MAX_ECHO {
                return Err(Refusal::Status(413, "more than an echo keeps"));
            }
            received.bytes.extend(bytes);
        }
        Ok(())
    })?;
    Ok(received)
}

type Sink<'a> = dyn FnMut(&[u8]) -> Result<(), Refusal> + 'a;

fn read_body(
    stream: &mut impl BufRead,
    framing: BodyFraming,
    sink: &mut Sink<'_>,
) -> Result<(), Refusal> {
    if let BodyFraming::Length(length) = framing {
        return read_exactly(stream, length, sink);
    }
    loop {
        let line = chunk_line(stream)?;
        let digits = line.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii_end();
        let size = std::str::from_utf8(digits).ok().filter(|text| !text.starts_with('+'));
        let Some(size) = size.and_then(|text| u64::from_str_radix(text, 16).ok()) else {
            return Err(Refusal::Status(400, "bad chunk size"));
        };
        if size == 0 {
            break;
        }
        read_exactly(stream, size, sink)?;
        if !chunk_line(stream)?.is_empty() {
            return Err(Refusal::Status(400, "no CR LF after a chunk"));
        }
    }
    while !chunk_line(stream)?.is_empty() {} // trailer fields
    Ok(())
}

fn chunk_line(stream: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let line = read_line(&mut stream.take(MAX_HEAD))?;
    line.ok_or_else(|| ErrorKind::UnexpectedEof.into())
}

fn read_exactly(stream: &mut impl Read, mut left: u64, sink: &mut Sink<'_>) -> Result<(), Refusal> {
    let mut block = vec![0; left.min(64 << 10) as usize];
    while left > 0 {
        let most = left.min(block.len() as u64) as usize;
        match stream.read(&mut block[..most]) {
            Ok(0) => return Err(io::Error::from(ErrorKind::UnexpectedEof).into()),
            Ok(count) => {
                left -= count as u64;
                sink(&block[..count])?;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// What an echo tells besides the request.
struct Tags {
    connection: u64,
    requests: u64,
    tls: Option<String>,
}

fn route(request: &Request, received: Received, tags: &Tags) -> Result<Reply, Refusal> {
    let (head, argument) = match request.path().strip_prefix('/') {
        Some(path) => path.split_once('/').unwrap_or((path, "")),
        None if request.target == "*" => return Ok(Reply::text(200, String::new())),
        None => return Err(Refusal::Status(400, "bad target")),
    };
    let number = || parse_size(argument).ok_or(Refusal::Status(400, "bad number in the path"));
    let delay = || Ok::<_, Refusal>(request.size("delay_ms")?.map(Duration::from_millis));
    match head {
        "" if argument.is_empty() => Ok(Reply::text(200, PAGE.into()).typed("text/html")),
        "bytes" => {
            let length = number()?;
            if length > MAX_BYTES {
                return Err(Refusal::Status(400, "at most 4G"));
            }
            let mut reply = Reply::pattern(length);
            if let Some(size) = request.size("chunked")? {
                reply.framing = Framing::Chunked { trailers: "" };
                reply.piece = Some(size.max(1));
            }
            reply.delay = delay()?;
            if let Some(size) = request.size("piece")? {
                reply.piece = Some(size.max(1));
                reply.delay = reply.delay.or(Some(Duration::ZERO));
            }
            Ok(reply)
        }
        "echo" => Ok(echo(request, received, tags)),
        "count" => Ok(Reply::text(200, received.length.to_string())),
        "status" => match number()? {
            code @ 200..=599 => Ok(Reply::text(code as u16, format!("{code}\n"))),
            _ => Err(Refusal::Status(400, "200 to 599")),
        },
        "headers" => {
            let mut reply = Reply::text(200, String::new());
            let fields = (1..=number()?.min(1 << 20)).map(|i| format!("X-Field-{i}: value {i}"));
            reply.fields.extend(fields);
            Ok(reply)
        }
        "close" => {
            let mut reply = Reply::pattern(request.size("size")?.unwrap_or(1 << 10));
            reply.framing = Framing::UntilClose;
            Ok(reply)
        }
        "redirect" => {
            let code = request.size("code")?.unwrap_or(302);
            let to = request.query("to").unwrap_or("/");
            let status = u16::try_from(code).ok().filter(|code| (300..400).contains(code));
            let status = status.ok_or(Refusal::Status(400, "300 to 399"))?;
            Ok(Reply::text(status, format!("{to}\n")).field(format!("Location: {to}")))
        }
        "early" => {
            let mut reply = Reply::text(401, "not before you say who you are\n".into())
                .field("WWW-Authenticate: Basic realm=\"testserver\"".into());
            reply.leaves_body = true;
            Ok(reply)
        }
        "interim" => {
            let mut reply = Reply::text(200, "after two interim responses\n".into());
            reply.interim = "HTTP/1.1 100 Continue\r\n\r\n\
                             HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n";
            Ok(reply)
        }
        "trailers" => {
            let mut reply = Reply::text(200, "a body with trailers\n".into())
                .field("Trailer: X-First, X-Second".into());
            reply.framing = Framing::Chunked { trailers: "X-First: one\r\nX-Second: two\r\n" };
            Ok(reply)
        }
        "slow-head" => {
            let mut reply = Reply::text(200, "after a slow head\n".into());
            reply.slow_head = Some(delay()?.unwrap_or(Duration::from_millis(10)));
            Ok(reply)
        }
        _ => Ok(Reply::text(404, "no such route\n".into())),
    }
}

const PAGE: &str = "<!DOCTYPE html>\n<title>testserver</title>\n<p>Hello from testserver.\n";

fn echo(request: &Request, received: Received, tags: &Tags) -> Reply {
    let Request { method, target, minor, lines } = request;
    let mut text = format!("{method} {target} HTTP/1.{minor}\n").into_bytes();
    for line in lines {
        text.extend(line);
        text.push(b'\n');
    }
    text.push(b'\n');
    text.extend(received.bytes);
    let mut reply = Reply::new(200, Content::Bytes(text))
        .typed("text/plain")
        .field(format!("X-Connection: {}", tags.connection))
        .field(format!("X-Request: {}", tags.requests));
    reply.fields.extend(tags.tls.iter().map(|tls| format!("X-Tls: {tls}")));
    reply
}

/// A final response, and how to send it.
struct Reply {
    status: u16,
    /// Field lines beyond those of the framing.
    fields: Vec<String>,
    content: Content,
    framing: Framing,
    /// The size of a chunk, or of a write.
    piece: Option<u64>,
    /// A pause after each piece.
    delay: Option<Duration>,
    /// The head goes a byte at a time, so long apart.
    slow_head: Option<Duration>,
    /// Whole responses that go before this one.
    interim: &'static str,
    /// The request's body was not read: nothing more can be read here.
    leaves_body: bool,
}

enum Content {
    Bytes(Vec<u8>),
    /// So many bytes, of which byte i is i modulo 251.
    Pattern(u64),
}

impl Content {
    fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Pattern(length) => *length,
        }
    }

    fn write(&self, out: &mut impl Write, at: u64, length: u64) -> io::Result<()> {
        match self {
            Self::Bytes(bytes) => out.write_all(&bytes[at as usize..(at + length) as usize]),
            Self::Pattern(_) => write_pattern(out, at, length),
        }
    }
}

/// A prime, so that no two blocks of a power of two are the same.
const PERIOD: u64 = 251;

static PATTERN: LazyLock<Vec<u8>> =
    LazyLock::new(|| (0..=PERIOD as u8 - 1).collect::<Vec<u8>>().repeat(261));

fn write_pattern(out: &mut impl Write, mut at: u64, mut length: u64) -> io::Result<()> {
    while length > 0 {
        let block = &PATTERN[(at % PERIOD) as usize..];
        let block = &block[..length.min(block.len() as u64) as usize];
        out.write_all(block)?;
        at += block.len() as u64;
        length -= block.len() as u64;
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq)]
enum Framing {
    Length,
    Chunked {
        /// Field lines, each ended by CR LF.
        trailers: &'static str,
    },
    UntilClose,
}

impl Reply {
    fn new(status: u16, content: Content) -> Self {
        Self {
            status,
            fields: Vec::new(),
            content,
            framing: Framing::Length,
            piece: None,
            delay: None,
            slow_head: None,
            interim: "",
            leaves_body: false,
        }
    }

    fn text(status: u16, text: String) -> Self {
        Self::new(status, Content::Bytes(text.into_bytes())).typed("text/plain")
    }

    fn pattern(length: u64) -> Self {
        Self::new(200, Content::Pattern(length)).typed("application/octet-stream")
    }

    fn typed(mut self, media_type: &str) -> Self {
        self.fields.retain(|line| !line.starts_with("Content-Type:"));
        self.field(format!("Content-Type: {media_type}"))
    }

    fn field(mut self, line: String) -> Self {
        self.fields.push(line);
        self
    }

    /// HTTP/1.0 knows no chunks.
    fn framing_for(&self, request: Option<&Request>) -> Framing {
        match self.framing {
            Framing::Chunked { .. } if request.is_some_and(|request| request.minor == 0) => {
                Framing::UntilClose
            }
            framing => framing,
        }
    }

    /// Whether a next request can come after this.
    fn leaves_open(&self, request: &Request) -> bool {
        !self.leaves_body && self.framing_for(Some(request)) != Framing::UntilClose
    }

    fn send(&self, out: &mut Stream, request: Option<&Request>, keep: bool) -> io::Result<()> {
        // One write for the head and a small body; large pieces pass by the buffer.
        let mut out = BufWriter::with_capacity(16 << 10, out);
        let old = request.is_some_and(|request| request.minor == 0);
        if !old {
            out.write_all(self.interim.as_bytes())?;
        }
        let framing = self.framing_for(request);
        let head = self.head(framing, old, keep);
        match self.slow_head {
            None => out.write_all(head.as_bytes())?,
            Some(delay) => {
                for byte in head.as_bytes().chunks(1) {
                    out.write_all(byte)?;
                    out.flush()?;
                    thread::sleep(delay);
                }
            }
        }
        let is_head = request.is_some_and(|request| request.method == "HEAD");
        if !is_head && !self.never_has_body() {
            self.send_body(&mut out, framing)?;
        }
        out.flush()
    }

    fn never_has_body(&self) -> bool {
        matches!(self.status, 204 | 304)
    }

    fn head(&self, framing: Framing, old: bool, keep: bool) -> String {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for line in &self.fields {
            head += line;
            head += "\r\n";
        }
        if !self.never_has_body() {
            match framing {
                Framing::Length => {
                    head += &format!("Content-Length: {}\r\n", self.content.length())
                }
                Framing::Chunked { .. } => head += "Transfer-Encoding: chunked\r\n",
                Framing::UntilClose => {}
            }
        }
        match (keep, old) {
            (false, _) => head += "Connection: close\r\n",
            (true, true) => head += "Connection: keep-alive\r\n",
            (true, false) => {}
        }
        head + "\r\n"
    }

    fn send_body(&self, out: &mut impl Write, framing: Framing) -> io::Result<()> {
        let length = self.content.length();
        let piece = self.piece.unwrap_or(if self.delay.is_some() { 1 << 10 } else { length });
        let mut at = 0;
        while at < length {
            let size = piece.min(length - at);
            if let Framing::Chunked { .. } = framing {
                write!(out, "{size:x}\r\n")?;
                self.content.write(out, at, size)?;
                out.write_all(b"\r\n")?;
            } else {
                self.content.write(out, at, size)?;
            }
            at += size;
            if let Some(delay) = self.delay {
                out.flush()?;
                thread::sleep(delay);
            }
        }
        if let Framing::Chunked { trailers } = framing {
            write!(out, "0\r\n{trailers}\r\n")?;
        }
        Ok(())
    }
}

/// Only of the codes that a reader of traces meets often; a reason may be empty.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        304 => "Not Modified",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        413 => "Content Too Large",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        505 => "HTTP Version Not Supported",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(head: &str) -> Result<Request, u16> {
        match Request::read(&mut head.as_bytes()) {
            Ok(request) => Ok(request.unwrap()),
            Err(Refusal::Status(status, _)) => Err(status),
            Err(Refusal::Io(error)) => panic!("{error}"),
        }
    }

    fn framing(fields: &str) -> Result<BodyFraming, u16> {
        let request = parse(&format!("POST / HTTP/1.1\r\nHost: h\r\n{fields}\r\n"))?;
        Ok(request.body_framing().ok().unwrap())
    }

    #[test]
    fn heads() {
        let request = parse("\r\nGET http://h/a/b?c=d&e=2k HTTP/1.1\r\nHOST:  h \r\n\r\n").unwrap();
        assert_eq!(request.path(), "/a/b");
        assert_eq!(request.query("c"), Some("d"));
        assert_eq!(request.size("e").ok(), Some(Some(2048)));
        assert_eq!(request.values("host").collect::<Vec<_>>(), [b"h"]);
        assert_eq!(request.lines, [b"HOST:  h "]);
        for (head, status) in [
            ("GET  / HTTP/1.1\r\n\r\n", 400),
            ("GET / HTTP/2.0\r\n\r\n", 505),
            ("GET / HTTP/1.1\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a", 431),
        ] {
            assert_eq!(parse(head).err(), Some(status), "{head}");
        }
        assert!(parse("GET / HTTP/1.0\r\n\r\n").is_ok());
    }

    #[test]
    fn body_framing() {
        assert_eq!(framing(""), Ok(BodyFraming::Length(0)));
        assert_eq!(framing("Content-Length: 12\r\n"), Ok(BodyFraming::Length(12)));
        assert_eq!(framing("Transfer-Encoding: Chunked\r\n"), Ok(BodyFraming::Chunked));
        assert_eq!(framing("Content-Length: +1\r\n"), Err(400));
        assert_eq!(framing("Content-Length: 1\r\nContent-Length: 1\r\n"), Err(400));
        assert_eq!(framing("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), Err(400));
        assert_eq!(framing("Transfer-Encoding: gzip, chunked\r\n"), Err(501));
    }

    #[test]
    fn keep_alive() {
        let keeps = |head: &str| parse(head).unwrap().keep_alive();
        assert!(keeps("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
        assert!(!keeps("GET / HTTP/1.1\r\nHost: h\r\nConnection: x, Close\r\n\r\n"));
        assert!(!keeps("GET / HTTP/1.0\r\n\r\n"));
        assert!(keeps("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
    }

    #[test]
    fn chunked_bodies() {
        let decode = |mut body: &[u8]| {
            let mut all = Vec::new();
            let outcome = read_body(&mut body, BodyFraming::Chunked, &mut |bytes| {
                all.extend(bytes);
                Ok(())
            });
            outcome.is_ok().then_some((all, body.len()))
        };
        let body = b"3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\nnext";
        assert_eq!(decode(body), Some((b"abc0123456789".to_vec(), 4)));
        for wrong in ["3\r\nabcd\r\n", "x\r\n", "+3\r\nabc\r\n0\r\n\r\n", "3\r\nab", "0\r\n"] {
            assert_eq!(decode(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn pattern() {
        let mut out = Vec::new();
        write_pattern(&mut out, 250, 100_000).unwrap();
        assert!(out.iter().zip(250_u64..).all(|(&byte, at)| u64::from(byte) == at % 251));
        assert_eq!(out.len(), 100_000);
    }
}
