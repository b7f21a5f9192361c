//! The names that a certificate bears, and why none of them is the one that is asked for.

use core::fmt;
use core::net::IpAddr;

use rustls::pki_types::ServerName;

use super::der;
use crate::engine::error::{Error, Escaped, Kind};

const SUBJECT_ALT_NAME: &[u8] = &[0x55, 29, 17];

/// A certificate does not bear this name.
pub(super) fn mismatch(expected: &ServerName<'_>, certificate: &[u8]) -> Error {
    let names = Names::of(certificate);
    let why = match expected {
        ServerName::IpAddress(ip) if names.has_as_dns_name(IpAddr::from(*ip)) => Why::Text,
        ServerName::IpAddress(_) => Why::Others(&names),
        dns => names.too_wide(&dns.to_str()).map_or(Why::Others(&names), Why::TooWide),
    };
    Error::format(
        Kind::TlsNameMismatch,
        format_args!("the certificate is not valid for {}: {why}", Asked(expected)),
    )
}

/// Why a name does not count.
enum Why<'a> {
    /// An address is there as a text.
    Text,
    /// This wildcard stands for too many.
    TooWide(&'a [u8]),
    /// There are others.
    Others(&'a Names<'a>),
}

impl fmt::Display for Why<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Text => f.write_str(
                "it has it as a DNS name, not as an IP address (openssl writes these as IP:, not DNS:)",
            ),
            Why::TooWide(wildcard) => write!(
                f,
                "{} does not count, since a wildcard right below a top-level label would stand for the \
                 names of everybody there",
                Escaped(wildcard)
            ),
            Why::Others(names) => write!(f, "{names}"),
        }
    }
}

/// A name as it was asked for.
struct Asked<'a>(&'a ServerName<'a>);

impl fmt::Display for Asked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ServerName::IpAddress(ip) => write!(f, "'{}'", IpAddr::from(*ip)),
            name => write!(f, "{}", Escaped(name.to_str().as_bytes())),
        }
    }
}

/// The names of a certificate, as its subjectAltName lists them.
struct Names<'a>(&'a [u8]);

/// One of them.
enum Name<'a> {
    Dns(&'a [u8]),
    Ip(IpAddr),
}

impl<'a> Names<'a> {
    fn of(certificate: &'a [u8]) -> Names<'a> {
        let value = der::fields(certificate).and_then(|fields| fields.extension(SUBJECT_ALT_NAME));
        Names(value.and_then(der::content).unwrap_or_default())
    }

    fn iter(&self) -> impl Iterator<Item = Name<'a>> + use<'a> {
        const DNS: u8 = 0x82;
        const IP: u8 = 0x87;
        der::elements(self.0).filter_map(|name| match (name.tag(), name.content.len()) {
            (DNS, _) => Some(Name::Dns(name.content)),
            (IP, 4) => <[u8; 4]>::try_from(name.content).ok().map(|ip| Name::Ip(ip.into())),
            (IP, 16) => <[u8; 16]>::try_from(name.content).ok().map(|ip| Name::Ip(ip.into())),
            _ => None,
        })
    }

    /// Whether an address is there as a text.
    fn has_as_dns_name(&self, ip: IpAddr) -> bool {
        let is_it =
            |text: &[u8]| core::str::from_utf8(text).is_ok_and(|text| text.parse() == Ok(ip));
        self.iter().any(|name| matches!(name, Name::Dns(text) if is_it(text)))
    }

    /// A wildcard that would stand for the host, were it not for all names below a top-level label.
    fn too_wide(&self, host: &str) -> Option<&'a [u8]> {
        let (_, parent) = host.split_once('.').filter(|(_, parent)| !parent.contains('.'))?;
        self.iter().find_map(|name| match name {
            Name::Dns(text) => {
                let domain = text.strip_prefix(b"*.")?;
                if domain.eq_ignore_ascii_case(parent.as_bytes()) { Some(text) } else { None }
            }
            Name::Ip(_) => None,
        })
    }
}

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Of more than a few names, the number says as much.
        const SHOWN: usize = 8;
        if self.0.is_empty() {
            return f.write_str("it names no host at all (no subjectAltName)");
        }
        if self.iter().next().is_none() {
            return f.write_str("its subjectAltName has neither a DNS name nor an IP address");
        }
        f.write_str("it is valid for ")?;
        for (place, name) in self.iter().take(SHOWN).enumerate() {
            f.write_str(if place > 0 { ", " } else { "" })?;
            match name {
                Name::Dns(text) => write!(f, "{}", Escaped(text))?,
                Name::Ip(ip) => write!(f, "'{ip}'")?,
            }
        }
        match self.iter().count().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}
