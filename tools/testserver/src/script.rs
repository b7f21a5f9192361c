//! The scripted server: plays connections byte for byte, and fails loudly where the client departs
//! from the script. The language is described in `help.txt`.

use std::fmt::{self, Write as _};
use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::thread;
use std::time::Duration;

use crate::listen::{Listener, Stream};
use crate::parse_size;

/// The steps of one connection, in order.
pub type Connection = Vec<Step>;

/// A step, and where it stands.
#[derive(Debug, PartialEq)]
pub struct Step {
    place: String,
    action: Action,
}

#[derive(Debug, PartialEq)]
enum Action {
    Expect(Vec<u8>),
    ReadHead,
    Read(u64),
    Send(Vec<u8>),
    TrySend(Vec<u8>),
    Dribble(Vec<u8>, Duration),
    Forever(Vec<u8>),
    Pause(Duration),
    Await,
    Shutdown,
    WaitClose,
    Close,
    Cut,
    Reset,
    Hold,
}

impl Action {
    fn is_last(&self) -> bool {
        matches!(self, Self::Close | Self::Cut | Self::Reset | Self::Hold)
    }
}

/// Reads and parses the files, `-` being standard input. `port` is what `\p` stands for.
pub fn load(files: &[String], port: u16) -> Result<Vec<Connection>, String> {
    let mut connections = Vec::new();
    for file in files {
        let text = match file.as_str() {
            "-" => io::read_to_string(io::stdin()),
            path => fs::read_to_string(path),
        };
        let text = text.map_err(|error| format!("{file}: {error}"))?;
        connections.extend(parse(file, &text, port)?);
    }
    Ok(connections)
}

fn parse(file: &str, text: &str, port: u16) -> Result<Vec<Connection>, String> {
    let mut connections: Vec<Connection> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line == "connection" {
            connections.push(Vec::new());
            continue;
        }
        let place = format!("{file}:{}", index + 1);
        let action = parse_step(line, port).map_err(|error| format!("{place}: {error}"))?;
        if connections.is_empty() {
            connections.push(Vec::new());
        }
        if let Some(steps) = connections.last_mut() {
            if steps.last().is_some_and(|step: &Step| step.action.is_last()) {
                return Err(format!("{place}: the connection has ended by here"));
            }
            steps.push(Step { place, action });
        }
    }
    match connections.is_empty() {
        true => Err(format!("{file}: no connection")),
        false => Ok(connections),
    }
}

fn parse_step(line: &str, port: u16) -> Result<Action, String> {
    let (verb, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let mut words = Words { rest, port };
    let action = match verb {
        "expect" => Action::Expect(words.bytes()?),
        "read-head" => Action::ReadHead,
        "read" => Action::Read(words.number()?),
        "send" => Action::Send(words.bytes()?),
        "try-send" => Action::TrySend(words.bytes()?),
        "dribble" => {
            let bytes = words.bytes()?;
            let apart = if words.at_end() { 0 } else { words.number()? };
            Action::Dribble(bytes, Duration::from_millis(apart))
        }
        "forever" => Action::Forever(words.bytes()?),
        "pause" => Action::Pause(Duration::from_millis(words.number()?)),
        "await" => Action::Await,
        "shutdown" => Action::Shutdown,
        "wait-close" => Action::WaitClose,
        "close" => Action::Close,
        "cut" => Action::Cut,
        "reset" => Action::Reset,
        "hold" => Action::Hold,
        _ => return Err(format!("unknown step {verb:?}")),
    };
    match words.at_end() {
        true => Ok(action),
        false => Err(format!("{:?} is too much for {verb}", words.rest.trim())),
    }
}

/// What stands after a step's verb.
struct Words<'a> {
    rest: &'a str,
    port: u16,
}

impl Words<'_> {
    fn at_end(&self) -> bool {
        self.rest.trim_start().is_empty()
    }

    fn skip(&mut self, prefix: char) -> bool {
        match self.rest.trim_start().strip_prefix(prefix) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn number(&mut self) -> Result<u64, String> {
        let text = self.rest.trim_start();
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        self.rest = &text[end..];
        parse_size(&text[..end]).ok_or_else(|| format!("{:?} is not a number", &text[..end]))
    }

    /// One or more strings, each perhaps repeated.
    fn bytes(&mut self) -> Result<Vec<u8>, String> {
        if !self.skip('"') {
            return Err("a string in double quotes is missing".to_owned());
        }
        let mut all = Vec::new();
        loop {
            let text = self.string()?;
            let times = if self.skip('*') { self.number()? } else { 1 };
            all.extend(text.repeat(usize::try_from(times).map_err(|_| "too many".to_owned())?));
            if !self.skip('"') {
                break;
            }
        }
        match all.is_empty() {
            true => Err("no bytes".to_owned()),
            false => Ok(all),
        }
    }

    /// The rest of a string, after its opening quote.
    fn string(&mut self) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        let mut chars = self.rest.chars();
        while let Some(char) = chars.next() {
            match char {
                '"' => {
                    self.rest = chars.as_str();
                    return Ok(bytes);
                }
                '\\' => self.escape(&mut chars, &mut bytes)?,
                '|' => bytes.extend(b"\r\n"),
                _ => bytes.extend(char.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        Err("the string does not end".to_owned())
    }

    fn escape(&self, chars: &mut std::str::Chars<'_>, bytes: &mut Vec<u8>) -> Result<(), String> {
        match chars.next() {
            Some('r') => bytes.push(b'\r'),
            Some('n') => bytes.push(b'\n'),
            Some('t') => bytes.push(b'\t'),
            Some('0') => bytes.push(0),
            Some(same @ ('\\' | '"' | '|')) => bytes.push(same as u8),
            Some('p') => bytes.extend(self.port.to_string().as_bytes()),
            Some('x') => {
                let mut digit = || chars.next().and_then(|char| char.to_digit(16));
                match (digit(), digit()) {
                    (Some(high), Some(low)) => bytes.push((high * 16 + low) as u8),
                    _ => return Err("\\x needs two hexadecimal digits".to_owned()),
                }
            }
            other => return Err(format!("unknown escape \\{}", other.unwrap_or(' '))),
        }
        Ok(())
    }
}

/// Bytes as a script would write them.
struct Escaped<'a>(&'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for &byte in self.0 {
            match byte {
                b'\r' => f.write_str("\\r")?,
                b'\n' => f.write_str("\\n")?,
                b'\t' => f.write_str("\\t")?,
                0 => f.write_str("\\0")?,
                b'\\' | b'"' | b'|' => write!(f, "\\{}", byte as char)?,
                b' '..=b'~' => f.write_char(byte as char)?,
                _ => write!(f, "\\x{byte:02x}")?,
            }
        }
        f.write_char('"')
    }
}

/// Plays all connections. The error names the step that failed, and how.
pub fn play(
    listener: &Listener,
    connections: &[Connection],
    timeout: Duration,
) -> Result<(), String> {
    let setup = |error: io::Error| format!("cannot set a timeout: {error}");
    listener.set_timeout(timeout).map_err(setup)?;
    let mut held = Vec::new();
    for (index, steps) in connections.iter().enumerate() {
        let number = index + 1;
        let stream = listener
            .accept()
            .map_err(|error| format!("connection {number} did not come: {}", explain(&error)))?;
        stream.set_timeout(timeout).map_err(setup)?;
        held.extend(play_connection(listener, stream, steps)?);
    }
    for (stream, place) in &mut held {
        io::copy(stream, &mut io::sink())
            .or_else(closed_is_fine)
            .map_err(|error| format!("{place}: {}", explain(&error)))?;
    }
    Ok(())
}

/// A connection that stays open, and the `hold` that asked for it.
type UnreadResponse<'a> = (Stream, &'a str);

fn play_connection<'a>(
    listener: &Listener,
    mut stream: Stream,
    steps: &'a [Step],
) -> Result<Option<UnreadResponse<'a>>, String> {
    for Step { place, action } in steps {
        let failed = |failure: Failure| format!("{place}: {failure}");
        match action {
            Action::Close => break,
            Action::Cut => return Ok(None),
            Action::Hold => return Ok(Some((stream, place))),
            Action::Await => drop(listener.accept().map_err(|error| failed(error.into()))?),
            Action::Reset => {
                return stream.reset().map(|()| None).map_err(|error| failed(error.into()));
            }
            action => perform(&mut stream, action).map_err(failed)?,
        }
    }
    stream.close();
    Ok(None)
}

/// Does what a step says that leaves the connection open.
fn perform(stream: &mut Stream, action: &Action) -> Result<(), Failure> {
    match action {
        Action::Expect(bytes) => expect(stream, bytes),
        Action::ReadHead => read_head(stream),
        Action::Read(count) => match io::copy(&mut stream.take(*count), &mut io::sink())? {
            got if got == *count => Ok(()),
            got => Err(Failure::Text(format!("the client closed after {got} of {count} bytes"))),
        },
        Action::Send(bytes) => Ok(send(stream, bytes)?),
        Action::TrySend(bytes) => Ok(send(stream, bytes).or_else(closed_is_fine)?),
        Action::Dribble(bytes, apart) => dribble(stream, bytes, *apart),
        Action::Forever(bytes) => Ok(forever(stream, bytes).or_else(closed_is_fine)?),
        Action::Pause(time) => {
            thread::sleep(*time);
            Ok(())
        }
        Action::Shutdown => Ok(stream.shutdown()?),
        Action::WaitClose => wait_close(stream),
        // The caller's, since they end the connection, or need more than it.
        Action::Close | Action::Cut | Action::Reset | Action::Hold | Action::Await => Ok(()),
    }
}

fn send(stream: &mut Stream, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes)?;
    stream.flush()
}

fn dribble(stream: &mut Stream, bytes: &[u8], apart: Duration) -> Result<(), Failure> {
    for byte in bytes.chunks(1) {
        send(stream, byte)?;
        thread::sleep(apart);
    }
    Ok(())
}

fn forever(stream: &mut Stream, bytes: &[u8]) -> io::Result<()> {
    // Short strings go many to a write, or the client would wait for system calls.
    let block = bytes.repeat((16 << 10) / bytes.len() + 1);
    loop {
        send(stream, &block)?;
    }
}

/// Reads up to the first byte that differs, so that a mismatch is found without a timeout.
fn expect(stream: &mut Stream, wanted: &[u8]) -> Result<(), Failure> {
    let mut got = vec![0; wanted.len()];
    let mut filled = 0;
    while filled < wanted.len() {
        let read = stream.read(&mut got[filled..]);
        let why = match read {
            Ok(0) => Some("the client closed".to_owned()),
            Ok(count) => {
                filled += count;
                (!wanted.starts_with(&got[..filled])).then(|| "other bytes came".to_owned())
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => None,
            Err(error) => Some(explain(&error)),
        };
        if let Some(why) = why {
            got.truncate(filled);
            return Err(Failure::Mismatch { why, wanted: wanted.to_vec(), got });
        }
    }
    Ok(())
}

/// Reads a byte at a time, to leave what follows the head for the next step.
fn read_head(stream: &mut Stream) -> Result<(), Failure> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_exact(&mut byte) {
            Ok(()) => head.push(byte[0]),
            Err(error) => {
                let why = explain(&error);
                let wanted = b"\r\n\r\n".to_vec();
                return Err(Failure::Mismatch { why, wanted, got: head });
            }
        }
    }
    Ok(())
}

fn wait_close(stream: &mut Stream) -> Result<(), Failure> {
    let mut unexpected = vec![0; 4096];
    let read = stream.read(&mut unexpected).or_else(|error| match error.kind() {
        // TLS without close_notify: not closed, but cut.
        ErrorKind::UnexpectedEof => Err(error),
        _ => closed_is_fine(error),
    });
    match read? {
        0 => Ok(()),
        count => {
            unexpected.truncate(count);
            let why = "bytes came before the client closed".to_owned();
            Err(Failure::Mismatch { why, wanted: Vec::new(), got: unexpected })
        }
    }
}

/// Takes the ways in which a closing peer shows itself for a plain end.
fn closed_is_fine<T: Default>(error: io::Error) -> io::Result<T> {
    match error.kind() {
        ErrorKind::BrokenPipe | ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof => {
            Ok(T::default())
        }
        _ => Err(error),
    }
}

fn explain(error: &io::Error) -> String {
    match error.kind() {
        // SO_RCVTIMEO reports itself as EAGAIN.
        ErrorKind::WouldBlock | ErrorKind::TimedOut => "timed out".to_owned(),
        ErrorKind::UnexpectedEof => "the client closed".to_owned(),
        _ => error.to_string(),
    }
}

/// Why a step did not go as written.
enum Failure {
    Text(String),
    Mismatch { why: String, wanted: Vec<u8>, got: Vec<u8> },
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Text(explain(&error))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Mismatch { why, wanted, got } => {
                let same = wanted.iter().zip(got).take_while(|(a, b)| a == b).count();
                writeln!(f, "{why}; the same up to byte {same}")?;
                writeln!(f, "    expected {}", Escaped(wanted))?;
                write!(f, "    received {}", Escaped(got))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actions(text: &str) -> Vec<Vec<Action>> {
        let connections = parse("test", text, 8080).unwrap();
        connections.into_iter().map(|c| c.into_iter().map(|step| step.action).collect()).collect()
    }

    fn error(text: &str) -> String {
        parse("test", text, 8080).unwrap_err()
    }

    #[test]
    fn every_step() {
        let ms = Duration::from_millis;
        let text = "expect \"a\"\nread-head\nread 2k\nsend \"b\"\ntry-send \"c\"\ndribble \"d\"\n\
                    dribble \"e\" 5\nforever \"f\"\npause 7\nawait\nshutdown\nwait-close\nclose";
        let steps = vec![
            Action::Expect(b"a".to_vec()),
            Action::ReadHead,
            Action::Read(2048),
            Action::Send(b"b".to_vec()),
            Action::TrySend(b"c".to_vec()),
            Action::Dribble(b"d".to_vec(), ms(0)),
            Action::Dribble(b"e".to_vec(), ms(5)),
            Action::Forever(b"f".to_vec()),
            Action::Pause(ms(7)),
            Action::Await,
            Action::Shutdown,
            Action::WaitClose,
            Action::Close,
        ];
        assert_eq!(actions(text), [steps]);
        assert_eq!(actions("cut"), [[Action::Cut]]);
        assert_eq!(actions("reset"), [[Action::Reset]]);
        assert_eq!(actions("hold"), [[Action::Hold]]);
    }

    #[test]
    fn connections_and_comments() {
        let first = "# a comment\n\n  close\nconnection\nconnection\n reset ";
        assert_eq!(actions(first), [vec![Action::Close], vec![], vec![Action::Reset]]);
        assert_eq!(actions("connection\nclose"), [[Action::Close]]);
        assert_eq!(error("# nothing\n"), "test: no connection");
    }

    #[test]
    fn strings() {
        let bytes = |text: &str| match actions(text).remove(0).remove(0) {
            Action::Send(bytes) => bytes,
            other => panic!("{other:?}"),
        };
        assert_eq!(bytes(r#"send "\r\n\t\0\\\"\x7f\xFF""#), b"\r\n\t\0\\\"\x7f\xff");
        assert_eq!(bytes(r#"send "Host: h:\p""#), b"Host: h:8080");
        assert_eq!(bytes(r#"send "a: b||c\|d""#), b"a: b\r\n\r\nc|d");
        assert_eq!(bytes(r#"send "ab" * 3 "c" "d"*2"#), b"abababcdd");
        assert_eq!(bytes("send \"# é * 2\""), "# é * 2".as_bytes());
    }

    #[test]
    fn wrong_scripts_name_their_line() {
        assert_eq!(error("close\nconnection\nopen"), "test:3: unknown step \"open\"");
        assert_eq!(error("close\nclose"), "test:2: the connection has ended by here");
        for wrong in [
            "send",
            "send x",
            "send \"x",
            "send \"\\q\"",
            "send \"\\x1g\"",
            "send \"\\x1",
            "send \"x\" *",
            "send \"x\" * y",
            "send \"x\" 3",
            "send \"\"",
            "read",
            "read -1",
            "read 1 2",
            "pause",
            "close now",
            "dribble \"x\" y",
        ] {
            assert!(error(wrong).starts_with("test:1: "), "{wrong}");
        }
    }

    #[test]
    fn escaping_is_the_inverse_of_parsing() {
        let all: Vec<u8> = (0..=255).collect();
        let line = format!("send {}", Escaped(&all));
        assert_eq!(actions(&line), [[Action::Send(all)]]);
    }
}
