//! The response head: status line and fields, interim responses skipped (RFC 9112 sections 2 to 5).

use super::buffer::{BlockSearch, Buffer, HeadLimits, LineKind, LineSearch};
use super::error::{Error, Escaped, Kind, error};
use super::fields::{Fields, Span};
use super::grammar::{
    Integer, after_text, is_blank, is_control, is_space, is_text, is_token, trim, trim_of,
};
use super::leniency::{Leniency, Rule};
use crate::memory::{append, push};
use alloc::vec::Vec;
use core::ops::ControlFlow;

/// The versions that a response can have, as http.client reports them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// `HTTP/1.0`: 10.
    Http10,
    /// `HTTP/1.1` or a later minor version: 11.
    #[default]
    Http11,
}

/// A response head. Its memory can be used for the next one.
#[derive(Debug, Default)]
pub struct Head {
    /// The version of the status line.
    pub version: Version,
    /// 100 to 999.
    pub status: u16,
    /// The header fields. The status line stands before them in their text.
    pub fields: Fields,
    /// The reason in the status line; a NUL stands behind it.
    reason: Span,
    /// The byte that stood where the reason's NUL stands now.
    replaced: u8,
}

impl Head {
    /// The reason phrase, surrounding white space removed; a NUL follows it.
    pub fn reason(&self) -> &[u8] {
        match self.fields.line() {
            [] => c"".to_bytes(),
            line => self.reason.get(line),
        }
    }

    /// Makes it as new, but for its memory.
    pub fn clear(&mut self) {
        self.fields.clear();
        self.reason = Span::default();
        (self.version, self.status) = (Version::default(), 0);
    }

    /// A copy.
    ///
    /// # Errors
    /// `Kind::NoMemory`
    pub fn copy(&self) -> Result<Head, Error> {
        let Head { version, status, reason, replaced, .. } = *self;
        Ok(Head { version, status, fields: self.fields.copy()?, reason, replaced })
    }

    /// How much memory the texts hold.
    pub fn capacity(&self) -> usize {
        self.fields.capacity()
    }

    /// Appends the whole head as received to `out` (folded lines unfolded).
    pub fn write_raw(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        let base = out.len();
        self.fields.write_raw(out)?;
        if let Some(terminator) = out.get_mut(base + self.reason.end()) {
            *terminator = self.replaced;
        }
        Ok(())
    }

    /// Reads the status line at the front of `data`, and returns how long it is. `None`: it is not complete,
    /// or there is something about it that has to be looked at.
    fn read_plain_status_line(&mut self, data: &[u8]) -> Option<usize> {
        let (b"HTTP/1.", rest) = data.split_first_chunk()? else { return None };
        let ([minor @ b'0'..=b'9', b' ', status @ ..], rest) = rest.split_first_chunk::<5>()?
        else {
            return None;
        };
        let status = three_digits(status)?;
        let (start, end) = match rest {
            [b' ', reason @ ..] => (13, data.len() - after_text(reason).len()),
            _ => (12, 12),
        };
        let len = match data[end..] {
            [b'\r', b'\n', ..] => end + 2,
            [b'\n', ..] => end + 1,
            _ => return None,
        };
        let reason = trim(&data[start..end]);
        self.version = if *minor == b'0' { Version::Http10 } else { Version::Http11 };
        self.status = status;
        self.reason =
            if reason.is_empty() { Span::between(end, end) } else { Span::of(reason, data) };
        Some(len)
    }

    /// Puts a NUL behind the reason.
    fn terminate(&mut self) {
        self.replaced = self.fields.replace_in_line(self.reason.end(), 0);
    }

    fn parse_status_line(&mut self, line: &[u8], leniency: &mut Leniency) -> Result<(), Error> {
        let parts = StatusLine::split(line, leniency).ok_or_else(|| bad_status_line(line))?;
        self.version = parts.version(leniency)?;
        self.status = parts.status;
        self.reason = Span::of(parts.reason, line);
        Ok(())
    }
}

struct StatusLine<'a> {
    version: &'a [u8],
    status: u16,
    reason: &'a [u8],
}

impl<'a> StatusLine<'a> {
    /// `HTTP/... SP 3DIGIT [SP reason]`; any run of blanks and tabs separates. With leave there may be
    /// control bytes, and those that are white space to Python separate too.
    fn split(line: &'a [u8], leniency: &mut Leniency) -> Option<StatusLine<'a>> {
        let text = line.strip_suffix(b"\n")?;
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let mut bytes = text.iter().copied();
        if bytes.clone().all(is_text) {
            let strict = StatusLine::divide(text, is_blank, leniency);
            if strict.is_some() {
                return strict;
            }
        }
        if !leniency.has(Rule::ControlBytes) || !bytes.all(|b| is_text(b) || is_control(b)) {
            return None;
        }
        let parts = StatusLine::divide(text, is_space, leniency)?;
        leniency.allows(Rule::ControlBytes);
        Some(parts)
    }

    fn divide(
        text: &'a [u8],
        separates: impl Fn(u8) -> bool + Copy,
        leniency: &mut Leniency,
    ) -> Option<StatusLine<'a>> {
        let word = |text: &'a [u8]| {
            let text = trim_of(text, separates);
            text.split_at(text.iter().position(|&b| separates(b)).unwrap_or(text.len()))
        };
        let (version, rest) = word(text);
        let (status, reason) = word(rest);
        let is_plain = |b| is_text(b) && !is_space(b);
        if !version.starts_with(b"HTTP/") || !version.iter().copied().all(is_plain) {
            return None;
        }
        let status = three_digits(status).or_else(|| loose_status(status, leniency))?;
        Some(StatusLine { version, status, reason: trim_of(reason, separates) })
    }

    fn version(&self, leniency: &mut Leniency) -> Result<Version, Error> {
        match self.version {
            b"HTTP/1.0" => Ok(Version::Http10),
            [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'1'..=b'9'] => Ok(Version::Http11),
            b"HTTP/0.9" if leniency.allows(Rule::Version) => Ok(Version::Http10),
            // It is only skipped.
            _ if self.status == 100 && leniency.allows(Rule::Version) => Ok(Version::Http11),
            other if other.starts_with(b"HTTP/1.") && leniency.allows(Rule::Version) => {
                Ok(Version::Http11)
            }
            other => {
                let shown = Escaped(other);
                Err(Error::format(
                    Kind::UnknownProtocol,
                    format_args!("unknown protocol version {shown}"),
                )
                .with_line(other))
            }
        }
    }
}

#[inline]
fn three_digits(text: &[u8]) -> Option<u16> {
    let &[hundreds @ b'1'..=b'9', tens @ b'0'..=b'9', ones @ b'0'..=b'9'] = text else {
        return None;
    };
    let digit = |byte| u16::from(byte - b'0');
    Some(digit(hundreds) * 100 + digit(tens) * 10 + digit(ones))
}

/// A status as Python's int() reads it.
fn loose_status(text: &[u8], leniency: &mut Leniency) -> Option<u16> {
    match Integer::of(text)? {
        Integer::Natural(status @ 100..=999) if leniency.allows(Rule::StatusCode) => {
            Some(status as u16)
        }
        _ => None,
    }
}

fn bad_status_line(line: &[u8]) -> Error {
    Error::format(Kind::BadStatusLine, format_args!("{}", Escaped(line))).with_line(line)
}

/// Reads one head from arriving bytes: status line first, so that garbage is refused at once.
#[derive(Debug, Default)]
pub struct HeadReader {
    status: LineSearch,
    status_len: usize,
    block: BlockSearch,
}

impl HeadReader {
    /// Whether the status line is there, which is parsed into `head` then.
    #[inline(always)]
    fn read_status_line(
        &mut self,
        data: &[u8],
        limits: &HeadLimits,
        head: &mut Head,
        leniency: &mut Leniency,
    ) -> Result<bool, Error> {
        if self.status_len == 0 && self.status.is_new() {
            let within = within_budget(data, limits.bytes.min(limits.line));
            self.status_len = head.read_plain_status_line(within).unwrap_or(0);
        }
        if self.status_len == 0 {
            let within = within_budget(data, limits.bytes);
            let end = self
                .status
                .run(within, limits.line, LineKind::Status, |_| ControlFlow::Break(()))?;
            if end.is_none() {
                return check_budget(data.len(), limits).map(|()| false);
            }
            self.status_len = self.status.position();
            head.parse_status_line(&data[..self.status_len], leniency)?;
        }
        Ok(true)
    }

    /// The number of bytes that the head took from the front of `data`, once it is complete and
    /// parsed into `head`. `data` must start where it started at the last call.
    pub fn read(
        &mut self,
        data: &[u8],
        limits: &HeadLimits,
        head: &mut Head,
        leniency: &mut Leniency,
    ) -> Result<Option<usize>, Error> {
        if !self.read_status_line(data, limits, head, leniency)? {
            return Ok(None);
        }
        if self.block.is_new() {
            // All at once, where all is there.
            let within = within_budget(data, limits.bytes);
            if let Some(len) = head.fields.read_plain(within, self.status_len, limits) {
                head.terminate();
                return Ok(Some(len));
            }
        }
        let Some(len) = self.find_end(data, limits)? else { return Ok(None) };
        let parsed = head.fields.parse(&data[..len], self.status_len, leniency);
        self.end(parsed, head)?;
        Ok(Some(len))
    }

    /// The same for a long head, of whose text there is only one: it is taken off the front of `input`, in the
    /// memory that it was received in.
    pub(super) fn read_long(
        &mut self,
        input: &mut Buffer,
        limits: &HeadLimits,
        head: &mut Head,
        leniency: &mut Leniency,
    ) -> Result<Option<usize>, Error> {
        if !self.read_status_line(input.data(), limits, head, leniency)? {
            return Ok(None);
        }
        let Some(len) = self.find_end(input.data(), limits)? else { return Ok(None) };
        let parsed = input.take_front(len).and_then(|mut text| {
            let parsed = head.fields.parse_text(&mut text, self.status_len, leniency);
            if parsed.is_err() {
                input.put_front(text)?;
            }
            parsed
        });
        self.end(parsed, head)?;
        Ok(Some(len))
    }

    /// The length of the head, once its empty line is there.
    fn find_end(&mut self, data: &[u8], limits: &HeadLimits) -> Result<Option<usize>, Error> {
        let block = within_budget(data, limits.bytes).get(self.status_len..).unwrap_or_default();
        match self.block.run(block, limits, LineKind::Header)? {
            Some(len) => Ok(Some(self.status_len + len)),
            None => check_budget(data.len(), limits).map(|()| None),
        }
    }

    fn end(&mut self, parsed: Result<(), Error>, head: &mut Head) -> Result<(), Error> {
        match parsed {
            Ok(()) => head.terminate(),
            // Where there was no memory, the block is looked for once more.
            Err(_) => self.block = BlockSearch::default(),
        }
        parsed
    }

    /// The same where the stream has ended behind `data`, which is no complete head: with leave, what
    /// came is taken for the whole. It takes all of `data`.
    pub fn read_cut(
        &self,
        data: &[u8],
        limits: &HeadLimits,
        head: &mut Head,
        leniency: &mut Leniency,
    ) -> Result<usize, Error> {
        if data.is_empty() || !leniency.allows(Rule::TruncatedHead) {
            return Err(self.end_of_stream(data));
        }
        let mut whole = Vec::new();
        whole.try_reserve_exact(data.len() + 2)?;
        append(&mut whole, &data[..self.without_cut_name(data)])?;
        if !whole.ends_with(b"\n") {
            push(&mut whole, b'\n')?;
        }
        push(&mut whole, b'\n')?;
        match HeadReader::default().read(&whole, limits, head, leniency) {
            Ok(Some(_)) => Ok(data.len()),
            Ok(None) => Err(self.end_of_stream(data)),
            Err(error) if error.kind() == Kind::BadStatusLine => Err(bad_status_line(data)),
            Err(error) => Err(error),
        }
    }

    /// Whether the status line was read.
    pub(super) fn has_status(&self) -> bool {
        self.status_len > 0
    }

    /// The length of a cut head without its last line, if that is the beginning of a field's name.
    fn without_cut_name(&self, data: &[u8]) -> usize {
        let last = memchr::memrchr(b'\n', data).map_or(0, |lf| lf + 1);
        let is_name = self.status_len > 0 && data[last..].iter().copied().all(is_token);
        if is_name { last } else { data.len() }
    }

    /// The error for a stream that ends before the head is complete (RFC 9112 section 8).
    pub(super) fn end_of_stream(&self, data: &[u8]) -> Error {
        if data.is_empty() {
            return error!(
                Kind::RemoteDisconnected,
                "Remote end closed connection without response"
            );
        }
        let start = &data[..data.len().min(5)];
        if self.status_len == 0 && !b"HTTP/".starts_with(start) {
            return bad_status_line(data);
        }
        error!(Kind::IncompleteRead, "the stream ended inside the response head")
            .with_counts(data.len() as u64, None)
    }
}

pub(super) const HEAD_TOO_LARGE: &str = "the heads of this response exceed their byte limit";

/// What of `data` may be read: so it does not matter how much of what is too much has arrived.
pub(super) fn within_budget(data: &[u8], budget: usize) -> &[u8] {
    &data[..data.len().min(budget)]
}

fn check_budget(used: usize, limits: &HeadLimits) -> Result<(), Error> {
    if used <= limits.bytes {
        return Ok(());
    }
    Err(error!(Kind::HeadTooLarge, HEAD_TOO_LARGE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status_line(line: &[u8]) -> Result<(u16, Version, Vec<u8>), Kind> {
        let mut head = Head::default();
        head.parse_status_line(line, &mut Leniency::default()).map_err(|e| e.kind())?;
        Ok((head.status, head.version, head.reason.get(line).to_vec()))
    }

    #[test]
    fn status_lines_that_pass() {
        for (line, status, version, reason) in [
            (&b"HTTP/1.1 200 OK\r\n"[..], 200, Version::Http11, &b"OK"[..]),
            (b"HTTP/1.0 404 Not  Found \n", 404, Version::Http10, b"Not  Found"),
            (b"HTTP/1.1 200\r\n", 200, Version::Http11, b""),
            (b"HTTP/1.1 200 \r\n", 200, Version::Http11, b""),
            (b"HTTP/1.2 999 caf\xe9\r\n", 999, Version::Http11, b"caf\xe9"),
            (b" HTTP/1.1\t100   x\r\n", 100, Version::Http11, b"x"),
        ] {
            assert_eq!(status_line(line), Ok((status, version, reason.to_vec())), "{line:?}");
        }
    }

    #[test]
    fn status_lines_that_fail() {
        for bad in [
            &b"\r\n"[..],
            b"hello\r\n",
            b"http/1.1 200 OK\r\n",
            b"HTTP/1.1\r\n",
            b"HTTP/1.1 20 OK\r\n",
            b"HTTP/1.1 2000 OK\r\n",
            b"HTTP/1.1 099 OK\r\n",
            b"HTTP/1.1 +20 OK\r\n",
            b"HTTP/1.1 2_0 OK\r\n",
            b"HTTP/1.1 200 a\rb\r\n",
            b"HTTP/1.1 200 a\0b\r\n",
            b"HTTP/1.1 200 OK\r\r\n",
        ] {
            assert_eq!(status_line(bad), Err(Kind::BadStatusLine), "{bad:?}");
        }
        for unknown in [&b"HTTP/2.0 200 OK\r\n"[..], b"HTTP/0.9 200 OK\r\n", b"HTTP/1.x 200 OK\r\n"]
        {
            assert_eq!(status_line(unknown), Err(Kind::UnknownProtocol), "{unknown:?}");
        }
    }

    #[test]
    fn the_raw_head_can_be_had_back() {
        let data = b"HTTP/1.1 200 OK \r\nA: b\r\n\r\n";
        let mut head = Head::default();
        let mut leniency = Leniency::STRICT;
        let mut reader = HeadReader::default();
        let len = reader.read(data, &HeadLimits::DEFAULT, &mut head, &mut leniency).unwrap();
        assert_eq!(len, Some(data.len()));
        let mut raw = Vec::new();
        head.write_raw(&mut raw).unwrap();
        assert_eq!(raw, data);
    }

    #[test]
    fn garbage_is_refused_before_the_head_ends() {
        let mut head = Head::default();
        let mut reader = HeadReader::default();
        let error =
            reader.read(b"220 smtp\r\n", &HeadLimits::DEFAULT, &mut head, &mut Leniency::default());
        assert_eq!(error.unwrap_err().kind(), Kind::BadStatusLine);
    }
}
