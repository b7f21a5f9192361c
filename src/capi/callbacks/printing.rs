//! http.client's debug output: what a connection does, as lines on standard output.

use crate::client::{Event, Trace};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;
use std::io::Write as _;

/// Prints every event as http.client does.
pub(crate) struct Printer;

impl Trace for Printer {
    fn event(&mut self, event: Event, data: &[u8]) {
        // Debug output that cannot be written is lost, as nothing depends on it.
        let _ = std::io::stdout().lock().write_all(lines(event, data).as_bytes());
    }
}

/// The lines of one event.
fn lines(event: Event, data: &[u8]) -> String {
    let mut text = String::new();
    let mut head = data.split_inclusive(|&byte| byte == b'\n');
    match event {
        // http.client says nothing of these.
        Event::Info | Event::Piece => {}
        Event::Body => print(&mut text, "", &latin1(data)),
        Event::Send => print(&mut text, "send: ", &bytes(data)),
        Event::Status => print(&mut text, "reply: ", &string(data)),
        Event::Interim => {
            let fields: Vec<String> = head.skip(1).map(bytes).collect();
            print(&mut text, "headers: ", &alloc::format!("[{}]", fields.join(", ")));
        }
        Event::Tunnel => {
            head.next();
            head.for_each(|line| print(&mut text, "header: ", &utf8(line)));
        }
        Event::Head => print_fields(&mut text, data),
    }
    text
}

/// The fields of a head; what else there is in it, by leave, is no field to http.client either.
fn print_fields(text: &mut String, head: &[u8]) {
    let mut lines = head.split_inclusive(|&byte| byte == b'\n').skip(1).peekable();
    while let Some(line) = lines.next() {
        let mut field = line.to_vec();
        while let Some(more) = lines.next_if(|line| matches!(line, [b' ' | b'\t', ..])) {
            field.extend_from_slice(more);
        }
        let end = field.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n'));
        let field = &field[..end.map_or(0, |last| last + 1)];
        let Some(colon) = field.iter().position(|&byte| byte == b':') else { continue };
        let (name, value) = (&field[..colon], &field[colon + 1..]);
        if !matches!(name, [] | [b' ' | b'\t', ..]) && !name.starts_with(b"From ") {
            let blanks = value.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            let value = latin1(&value[blanks..]);
            print(text, "header: ", &alloc::format!("{}: {value}", latin1(name)));
        }
    }
}

fn print(text: &mut String, label: &str, what: &str) {
    text.push_str(label);
    text.push_str(what);
    text.push('\n');
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// Text as UTF-8 where it is that: http.client decodes the lines of a proxy so.
fn utf8(bytes: &[u8]) -> String {
    core::str::from_utf8(bytes).map_or_else(|_| latin1(bytes), String::from)
}

/// Python's notation of bytes.
fn bytes(bytes: &[u8]) -> String {
    alloc::format!("b{}", quoted(bytes, |char| char.is_ascii_graphic() || char == ' '))
}

/// Python's notation of the string that the bytes are in ISO-8859-1.
fn string(bytes: &[u8]) -> String {
    quoted(bytes, |char| !char.is_control() && !matches!(char, '\u{a0}' | '\u{ad}'))
}

fn quoted(bytes: &[u8], printable: impl Fn(char) -> bool) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    let mut text = String::from(quote);
    for char in bytes.iter().copied().map(char::from) {
        match char {
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\\' => text.push_str("\\\\"),
            _ if char == quote => text.extend(['\\', char]),
            _ if printable(char) => text.push(char),
            _ => {
                // Writing to a String cannot fail.
                let _ = write!(text, "\\x{:02x}", u32::from(char));
            }
        }
    }
    text.push(quote);
    text
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
            assert_eq!(lines(event, data), expected);
        }
    }
}
