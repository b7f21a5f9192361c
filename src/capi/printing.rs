//! http.client's debug output: what a connection does, as lines on standard output.

use crate::client::{Event, Trace};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;
use std::io::Write as _;

/// Prints every event as http.client does.
pub(super) struct Printer;

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
        Event::Info => {}
        Event::Send => print(&mut text, "send: ", &bytes(data)),
        Event::Interim => {
            print(&mut text, "reply: ", &string(head.next().unwrap_or(b"")));
            let fields: Vec<String> = head.map(bytes).collect();
            print(&mut text, "headers: ", &alloc::format!("[{}]", fields.join(", ")));
        }
        Event::Tunnel => {
            head.next();
            head.for_each(|line| print(&mut text, "header: ", &latin1(line)));
        }
        Event::Head => {
            print(&mut text, "reply: ", &string(head.next().unwrap_or(b"")));
            for line in head.map(<[u8]>::trim_ascii_end).filter(|line| !line.is_empty()) {
                let colon = line.iter().position(|&byte| byte == b':').unwrap_or(line.len());
                let (name, value) = line.split_at(colon);
                let value = value.strip_prefix(b":").unwrap_or(value).trim_ascii_start();
                print(
                    &mut text,
                    "header: ",
                    &alloc::format!("{}: {}", latin1(name), latin1(value)),
                );
            }
        }
    }
    text
}

fn print(text: &mut String, label: &str, what: &str) {
    text.push_str(label);
    text.push_str(what);
    text.push('\n');
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
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
            (
                Event::Interim,
                b"HTTP/1.1 100 Continue\r\nA: b\r\n\r\n",
                "reply: 'HTTP/1.1 100 Continue\\r\\n'\nheaders: [b'A: b\\r\\n', b'\\r\\n']\n",
            ),
            (
                Event::Tunnel,
                b"HTTP/1.1 200 OK\r\nX-Dummy: 1\r\n\r\n",
                "header: X-Dummy: 1\r\n\nheader: \r\n\n",
            ),
            (
                Event::Head,
                b"HTTP/1.1 200 \xe9\xa0\r\nA:  b\r\nA: c:d\r\n\r\n",
                "reply: 'HTTP/1.1 200 \u{e9}\\xa0\\r\\n'\nheader: A: b\nheader: A: c:d\n",
            ),
        ] {
            assert_eq!(lines(event, data), expected);
        }
    }
}
