//! `testserver`: what httpclient's demo, C tests and language probes talk to.
//!
//! It makes certificates, serves HTTP/1.1 with routes for every framing, or plays a script byte for
//! byte. Loopback only; it always ends by itself. `testserver --help` describes all of it.

mod certs;
mod http;
mod lifetime;
mod listen;
mod script;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use lifetime::Lifetime;
use listen::{Listener, Options};

const HELP: &str = include_str!("help.txt");

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("testserver: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[String]) -> Result<(), Box<dyn Error>> {
    match words.first().map(String::as_str) {
        Some("certs") => match &words[1..] {
            [dir] => Ok(certs::write_all(Path::new(dir))?),
            _ => Err("certs takes one directory".into()),
        },
        Some("serve") => serve(Arguments::parse(&words[1..])?),
        Some("script") => play(Arguments::parse(&words[1..])?),
        Some("help" | "--help" | "-h") => {
            print!("{HELP}");
            Ok(())
        }
        Some(other) => Err(format!("unknown command {other:?}; see --help").into()),
        None => Err("a command is missing; see --help".into()),
    }
}

fn serve(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    if !arguments.files.is_empty() {
        return Err(format!("serve takes no {:?}", arguments.files[0]).into());
    }
    let listener = Listener::bind(&arguments.listen)?;
    let life = arguments.lifetime.unwrap_or(Duration::from_secs(600));
    arguments.guard(Lifetime { limit: life, exit_code: 0 }, !arguments.ignore_stdin);
    listener.announce()?;
    Ok(http::serve(&listener)?)
}

fn play(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    if arguments.files.is_empty() {
        return Err("script takes at least one file, or -".into());
    }
    let listener = Listener::bind(&arguments.listen)?;
    let life = arguments.lifetime.unwrap_or(Duration::from_secs(600));
    // Standard input may be the script itself, so its end says nothing here.
    arguments.guard(Lifetime { limit: life, exit_code: 1 }, false);
    // Parsed once the port is known, because scripts may name it.
    let connections = script::load(&arguments.files, listener.port())?;
    listener.announce()?;
    Ok(script::play(&listener, &connections, arguments.timeout)?)
}

/// The options of `serve` and `script`.
struct Arguments {
    listen: Options,
    lifetime: Option<Duration>,
    parent: Option<u32>,
    ignore_stdin: bool,
    timeout: Duration,
    files: Vec<String>,
}

impl Arguments {
    fn parse(words: &[String]) -> Result<Self, Box<dyn Error>> {
        let mut parsed = Self {
            listen: Options::default(),
            lifetime: None,
            parent: None,
            ignore_stdin: false,
            timeout: Duration::from_secs(60),
            files: Vec::new(),
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match word.as_str() {
                "--tls" => {
                    parsed.listen.tls = Some((PathBuf::from(value()?), PathBuf::from(value()?)));
                }
                "--client-ca" => parsed.listen.client_ca = Some(PathBuf::from(value()?)),
                "--bind" => parsed.listen.address = value()?.parse()?,
                "--port-file" => parsed.listen.port_file = Some(PathBuf::from(value()?)),
                "--lifetime" => parsed.lifetime = Some(seconds(value()?)?),
                "--parent-pid" => parsed.parent = Some(value()?.parse()?),
                "--ignore-stdin" => parsed.ignore_stdin = true,
                "--timeout" => parsed.timeout = seconds(value()?)?,
                option if option.starts_with("--") => {
                    return Err(format!("unknown option {option}; see --help").into());
                }
                file => parsed.files.push(file.to_owned()),
            }
        }
        Ok(parsed)
    }

    fn guard(&self, lifetime: Lifetime, watch_stdin: bool) {
        lifetime.limit();
        if let Some(parent) = self.parent {
            lifetime.follow_parent(parent);
        }
        if watch_stdin {
            lifetime::follow_stdin();
        }
    }
}

fn seconds(word: &str) -> Result<Duration, Box<dyn Error>> {
    match word.parse()? {
        0 => Err("a time limit must be at least 1 second".into()),
        seconds => Ok(Duration::from_secs(seconds)),
    }
}

/// A count with an optional suffix `k`, `M` or `G` (powers of 1,024).
fn parse_size(word: &str) -> Option<u64> {
    let (digits, shift) = match word.as_bytes().last()? {
        b'k' => (&word[..word.len() - 1], 10),
        b'M' => (&word[..word.len() - 1], 20),
        b'G' => (&word[..word.len() - 1], 30),
        _ => (word, 0),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None; // `parse` would take a plus sign
    }
    digits.parse::<u64>().ok()?.checked_mul(1 << shift)
}

#[cfg(test)]
mod tests {
    use super::parse_size;

    #[test]
    fn sizes() {
        assert_eq!(parse_size("0"), Some(0));
        assert_eq!(parse_size("3k"), Some(3 << 10));
        assert_eq!(parse_size("4G"), Some(4 << 30));
        for wrong in ["", "k", "+1", "-1", "1K", "1kk", "99999999999999999999", "99999999999999G"] {
            assert_eq!(parse_size(wrong), None, "{wrong}");
        }
    }
}
