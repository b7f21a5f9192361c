//! The server's name: as it is verified, and as it is sent (SNI, RFC 6066 section 3).

use rustls::pki_types::{DnsName, IpAddr, ServerName};

use crate::engine::error::{Error, Escaped, Kind, error};
use crate::engine::host_port::without_brackets;
use crate::memory;
use alloc::string::String;

/// Which name is sent.
pub(super) enum Sni {
    /// The host's, if that is no IP address.
    Session,
    /// None.
    Never,
    /// Always this one.
    Fixed(ServerName<'static>),
}

impl Sni {
    /// This name, or none.
    pub(super) fn of(host: Option<&str>) -> Result<Sni, Error> {
        match host.map(parse).transpose()? {
            None => Ok(Sni::Never),
            Some(dns @ ServerName::DnsName(_)) => Ok(Sni::Fixed(dns)),
            Some(_) => Err(error!(Kind::TlsConfig, "SNI carries host names, no IP addresses")),
        }
    }

    /// Whether any is sent.
    pub(super) fn is_sent(&self) -> bool {
        !matches!(self, Sni::Never)
    }

    /// The one that is always sent.
    pub(super) fn fixed(self) -> Option<ServerName<'static>> {
        if let Sni::Fixed(name) = self { Some(name) } else { None }
    }
}

/// A copy.
pub(super) fn copy(name: &ServerName<'_>) -> Result<ServerName<'static>, Error> {
    match name {
        ServerName::IpAddress(ip) => Ok(ServerName::IpAddress(*ip)),
        name => parse(&text(name)?),
    }
}

/// A name as text.
pub(super) fn text(name: &ServerName<'_>) -> Result<String, Error> {
    Ok(match name {
        ServerName::IpAddress(ip) => {
            memory::format(format_args!("{}", core::net::IpAddr::from(*ip)))?
        }
        name => memory::text(&name.to_str())?,
    })
}

/// The host as rustls wants it: a DNS name in small letters without its trailing dot, or an IP address without the
/// brackets of a URL and without a zone id (a zone is local to this machine, so no certificate
/// names it).
pub(super) fn parse(host: &str) -> Result<ServerName<'static>, Error> {
    let bare = without_brackets(host);
    let address = bare.split_once('%').map_or(bare, |(address, _zone)| address);
    if let Ok(ip) = address.parse::<core::net::IpAddr>() {
        return Ok(ServerName::IpAddress(IpAddr::from(ip)));
    }
    if !host.is_ascii() {
        return Err(Error::format(
            Kind::Encoding,
            format_args!(
                "the host name {} is not ASCII: give its IDNA form (xn--...)",
                Escaped(host.as_bytes())
            ),
        ));
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    // Servers that choose a certificate by SNI may compare letters as they are.
    let mut small = memory::text(name)?;
    small.make_ascii_lowercase();
    match DnsName::try_from(small) {
        // It would take a second dot, too.
        Ok(dns) if !name.ends_with('.') => Ok(ServerName::DnsName(dns)),
        _ => Err(Error::format(
            Kind::Value,
            format_args!(
                "{} is neither a host name nor an IP address: labels have 1 to 63 letters, digits, hyphens or \
                 underscores, no hyphen first or last",
                Escaped(host.as_bytes())
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_sent_in_small_letters() {
        for (host, name) in [
            ("WWW.Example.ORG.", "www.example.org"),
            ("A_b.example", "a_b.example"),
            ("[2001:DB8::1%eth0]", "2001:db8::1"),
        ] {
            assert_eq!(text(&parse(host).unwrap()).unwrap(), name);
        }
    }

    #[test]
    fn what_no_certificate_can_name_is_refused() {
        for host in ["-a.example", "a-.example", "a.-b", "", "a..b", "example.org.."] {
            let error = parse(host).unwrap_err();
            assert_eq!(error.kind(), Kind::Value, "{host}");
            assert!(error.message().contains("labels"), "{error}");
        }
    }
}
