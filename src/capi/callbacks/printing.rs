//! http.client's debug output: what a connection does, as lines on standard output.
#![allow(unsafe_code)]

use crate::client::{Event, Trace};
use crate::memory::Composed;
use crate::uncancelled::uncancelled;
use core::fmt::{self, Write as _};
#[cfg(unix)]
use core::mem::ManuallyDrop;
#[cfg(unix)]
use std::fs::File;
use std::io::Write as _;
#[cfg(unix)]
use std::os::fd::FromRawFd as _;

/// Prints every event as http.client does.
pub(crate) struct Printer;

impl Trace for Printer {
    fn event(&mut self, event: Event, data: &[u8]) {
        // Debug output that cannot be made or written is lost, as nothing depends on it.
        let mut text = Composed::default();
        if write_lines(&mut text, event, data).is_ok() {
            print(text.text.as_bytes());
        }
    }
}

/// Writes to standard output, at once: std's buffer would take memory of which the program hears nothing.
#[cfg(unix)]
fn print(text: &[u8]) {
    // SAFETY: it is not closed here, since nothing drops the file. Where the program has closed it, the
    // system says so.
    let mut stdout = ManuallyDrop::new(unsafe { File::from_raw_fd(libc::STDOUT_FILENO) });
    let _ = uncancelled(|| stdout.write_all(text));
}

#[cfg(not(unix))]
fn print(text: &[u8]) {
    let _ = std::io::stdout().lock().write_all(text);
}

/// The lines of one event.
fn write_lines(text: &mut Composed, event: Event, data: &[u8]) -> fmt::Result {
    let mut head = data.split_inclusive(|&byte| byte == b'\n');
    match event {
        // http.client says nothing of these.
        Event::Info | Event::Piece => Ok(()),
        Event::Body => writeln!(text, "{}", Latin1(data)),
        Event::Send => writeln!(text, "send: {}", Bytes(data)),
        Event::Status => writeln!(text, "reply: {}", Str(data)),
        Event::Interim => {
            text.write_str("headers: [")?;
            for (index, field) in head.skip(1).enumerate() {
                let comma = if index == 0 { "" } else { ", " };
                write!(text, "{comma}{}", Bytes(field))?;
            }
            text.write_str("]\n")
        }
        Event::Tunnel => {
            head.next();
            head.try_for_each(|line| match core::str::from_utf8(line) {
                Ok(line) => writeln!(text, "header: {line}"),
                Err(_) => writeln!(text, "header: {}", Latin1(line)),
            })
        }
        Event::Head => write_fields(text, data),
    }
}

/// The fields of a head; what else there is in it, by leave, is no field to http.client either.
fn write_fields(text: &mut Composed, head: &[u8]) -> fmt::Result {
    let mut rest =
        head.iter().position(|&byte| byte == b'\n').map_or(&[][..], |lf| &head[lf + 1..]);
    while !rest.is_empty() {
        let (field, more) = rest.split_at(length_of_field(rest));
        rest = more;
        let end = field.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n'));
        let field = &field[..end.map_or(0, |last| last + 1)];
        let Some(colon) = field.iter().position(|&byte| byte == b':') else { continue };
        let (name, value) = (&field[..colon], &field[colon + 1..]);
        if !matches!(name, [] | [b' ' | b'\t', ..]) && !name.starts_with(b"From ") {
            let blanks = value.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            writeln!(text, "header: {}: {}", Latin1(name), Latin1(&value[blanks..]))?;
        }
    }
    Ok(())
}

/// How many bytes the first line has, with those that continue it.
fn length_of_field(lines: &[u8]) -> usize {
    let is_end = |place: &usize| {
        lines[*place] == b'\n' && !matches!(lines.get(place + 1), Some(b' ' | b'\t'))
    };
    (0..lines.len()).find(is_end).map_or(lines.len(), |lf| lf + 1)
}

/// A string that the bytes are in ISO-8859-1, as it is.
struct Latin1<'a>(&'a [u8]);

impl fmt::Display for Latin1<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|&byte| f.write_char(char::from(byte)))
    }
}

/// Python's notation of bytes.
struct Bytes<'a>(&'a [u8]);

impl fmt::Display for Bytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('b')?;
        quote(f, self.0, |char| char.is_ascii_graphic() || char == ' ')
    }
}

/// Python's notation of the string that the bytes are in ISO-8859-1.
struct Str<'a>(&'a [u8]);

impl fmt::Display for Str<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        quote(f, self.0, |char| !char.is_control() && !matches!(char, '\u{a0}' | '\u{ad}'))
    }
}

fn quote(
    f: &mut fmt::Formatter<'_>,
    bytes: &[u8],
    printable: impl Fn(char) -> bool,
) -> fmt::Result {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    f.write_char(quote)?;
    for char in bytes.iter().copied().map(char::from) {
        match char {
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            '\\' => f.write_str("\\\\")?,
            _ if char == quote => write!(f, "\\{char}")?,
            _ if printable(char) => f.write_char(char)?,
            _ => write!(f, "\\x{:02x}", u32::from(char))?,
        }
    }
    f.write_char(quote)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_http_client() {
        for (event, data, expected) in [
            (Event::Info, &b"connected"[..], ""),
            (Event::Send, b"GET / HTTP/1.1\r\n\r\n", "send: b'GET / HTTP/1.1\\r\\n\\r\\n'\n"),
            (Event::Send, b"it's \x00\xff\t\\", "send: b\"it's \\x00\\xff\\t\\\\\"\n"),
            (Event::Send, b"'\"", "send: b'\\'\"'\n"),
            (Event::Piece, b"of a reader that is sent", ""),
            (Event::Body, b"reading a readable", "reading a readable\n"),
            (
                Event::Status,
                b"HTTP/1.1 200 \xe9\xa0\r\n",
                "reply: 'HTTP/1.1 200 \u{e9}\\xa0\\r\\n'\n",
            ),
            (Event::Status, b"", "reply: ''\n"),
            (
                Event::Interim,
                b"HTTP/1.1 100 Continue\r\nA: b\r\n\r\n",
                "headers: [b'A: b\\r\\n', b'\\r\\n']\n",
            ),
            (
                Event::Tunnel,
                b"HTTP/1.1 200 OK\r\nX-Dummy: \xc3\xa9\r\nY: \xe9\r\n\r\n",
                "header: X-Dummy: \u{e9}\r\n\nheader: Y: \u{e9}\r\n\nheader: \r\n\n",
            ),
            (
                Event::Head,
                b"HTTP/1.1 200 OK\r\n X: y\r\nA: \t b \r\nA:c:d\r\n e\r\n: x\r\nFrom me: y\r\nno field\r\n\r\n",
                "header: A: b \nheader: A: c:d\r\n e\n",
            ),
            (Event::Head, b"HTTP/1.1 204 OK\r\n\r\n", ""),
        ] {
            let mut text = Composed::default();
            write_lines(&mut text, event, data).unwrap();
            assert_eq!(text.text, expected);
        }
    }
}
