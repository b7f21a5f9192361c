//! Secrets for a protocol analyser, only where the caller asked for them.

use alloc::boxed::Box;
use core::fmt;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::Mutex;

use crate::engine::error::{Error, Kind};
use crate::memory::{self, boxed};
use crate::transport::os_error::Shown;

/// Takes one line of the NSS key log format, without its line end.
pub(super) type Sink = Box<dyn Fn(&str) + Send + Sync>;

/// Formats what rustls reports and hands it to a sink.
pub(super) struct KeyLog(pub(super) Sink);

impl rustls::KeyLog for KeyLog {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let (random, secret) = (Hex(client_random), Hex(secret));
        // What there is no memory for is lost, as what cannot be written.
        if let Ok(line) = memory::format(format_args!("{label} {random} {secret}")) {
            (self.0)(&line);
        }
    }
}

/// Bytes as hexadecimal digits.
struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyLog")
    }
}

/// A sink that appends to a file. What cannot be written later is lost: a log for debugging does
/// not end a connection.
pub(super) fn file(path: &Path) -> Result<Sink, Error> {
    let file = open(path).map_err(|e| {
        Error::os(
            Kind::TlsConfig,
            e.raw_os_error().unwrap_or(0),
            format_args!("cannot open the key log {}: {}", path.display(), Shown(&e)),
        )
    })?;
    let file = Mutex::new(file);
    Ok(boxed(move |line: &str| {
        let line = memory::format(format_args!("{line}\n"));
        if let (Ok(mut file), Ok(line)) = (file.lock(), line) {
            // One write a line, so that processes may share the file.
            let _ = file.write_all(line.as_bytes());
        }
    })?)
}

fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // Whoever reads the file reads the traffic.
        options.mode(0o600);
    }
    options.open(path)
}
