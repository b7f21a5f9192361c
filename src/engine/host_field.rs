//! The Host field (RFC 9110 section 7.2), and what goes beside it in most requests.

use super::buffer::Buffer;
use super::error::Error;
use super::target::{write_authority, write_decimal};

/// What follows the target in most requests: the version and the automatic fields. It is the same in all
/// requests of a connection, and so written once for it.
#[derive(Clone, Copy, Debug)]
pub struct Automatic<'a>(pub &'a [u8]);

impl<'a> Automatic<'a> {
    pub(super) const BEFORE: &'static [u8] = b" HTTP/1.1\r\nHost: ";
    const BEHIND: &'static [u8] = b"\r\nAccept-Encoding: identity\r\n";

    /// Writes it for a host, with the port if that is to be shown.
    pub fn write(host: &str, port: Option<u16>) -> Result<Buffer, Error> {
        let authority = host.len() + b"[]:65535".len();
        let mut out = Buffer::with_room(Self::BEFORE.len() + authority + Self::BEHIND.len())?;
        out.push(Self::BEFORE)?;
        write_authority(&mut out, host, port)?;
        out.push(Self::BEHIND)?;
        Ok(out)
    }

    /// The host and port in it.
    pub fn authority(self) -> &'a [u8] {
        let behind = self.0.strip_prefix(Self::BEFORE).unwrap_or_default();
        behind.strip_suffix(Self::BEHIND).unwrap_or_default()
    }
}

/// Writes a name for Host as it is, and the port if it is to be shown.
pub(super) fn write_unchecked_host(
    out: &mut Buffer,
    host: &[u8],
    port: Option<u16>,
) -> Result<(), Error> {
    out.push(host)?;
    let Some(port) = port else { return Ok(()) };
    out.push(b":")?;
    write_decimal(out, u64::from(port))
}
