//! Where a TCP connection leads, and from where.

use super::resolve::{self, Resolver};
use crate::engine::error::{Error, Escaped, Kind};
use crate::memory;
use alloc::string::String;
use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::time::Duration;
use socket2::{Socket, TcpKeepalive};
use std::io;

/// How a `TcpDialer` connects.
#[derive(Clone, Default)]
pub struct TcpOptions {
    /// The local address to connect from, as `http.client`'s `source_address`: a literal address, or
    /// "" for any, and a port, or 0 for any. Addresses of the other family are then not reachable.
    pub source: Option<(String, u16)>,
    /// Whether and how TCP probes a connection that is idle.
    pub keepalive: KeepAlive,
    /// Who looks names up; `None` is the system's resolver.
    pub resolver: Option<Resolver>,
}

/// TCP keepalive (RFC 9293 section 3.8.4): seconds before the first probe and between two, and how many stay without
/// an answer. 0 is what the system has; 0 everywhere is no probes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeepAlive {
    /// Seconds without traffic before the first probe.
    pub idle: u16,
    /// Seconds between two.
    pub interval: u16,
    /// How many.
    pub probes: u16,
}

impl KeepAlive {
    /// Has the socket probe; where the system does not know how, it does not.
    pub(super) fn apply(self, socket: &Socket) {
        if self == KeepAlive::default() {
            return;
        }
        let mut keepalive = TcpKeepalive::new();
        if self.idle > 0 {
            keepalive = keepalive.with_time(Duration::from_secs(self.idle.into()));
        }
        #[cfg(any(
            target_os = "linux",
            target_os = "android",
            target_os = "freebsd",
            target_vendor = "apple"
        ))]
        {
            if self.interval > 0 {
                keepalive = keepalive.with_interval(Duration::from_secs(self.interval.into()));
            }
            if self.probes > 0 {
                keepalive = keepalive.with_retries(self.probes.into());
            }
        }
        let _ = socket.set_tcp_keepalive(&keepalive);
    }
}

/// Where to, and how.
pub(super) struct Endpoint {
    pub(super) host: String,
    pub(super) port: u16,
    /// The address that the host spells out, if that is all that it does.
    pub(super) ip: Option<IpAddr>,
    pub(super) options: TcpOptions,
    source: Source,
}

enum Source {
    Any,
    Port(u16),
    Address(SocketAddr),
}

impl Endpoint {
    /// A name or a literal address without brackets, and a port.
    pub(super) fn new(host: &str, port: u16, options: TcpOptions) -> Result<Endpoint, Error> {
        let source = match &options.source {
            None => Source::Any,
            Some((host, port)) if host.is_empty() => Source::Port(*port),
            Some((host, port)) => match resolve::literal(host, *port) {
                Some(address) => Source::Address(address?),
                None => {
                    let host = Escaped(host.as_bytes());
                    return Err(Error::format(
                        Kind::InvalidArgument,
                        format_args!("the source address {host} is not an IP address"),
                    ));
                }
            },
        };
        let ip = host.parse().ok();
        Ok(Endpoint { host: memory::text(host)?, port, ip, options, source })
    }

    /// Whether sockets are bound at all.
    pub(super) fn is_bound(&self) -> bool {
        !matches!(self.source, Source::Any)
    }

    /// What a socket for `address` is to be bound to.
    pub(super) fn source_for(&self, address: SocketAddr) -> io::Result<Option<SocketAddr>> {
        match self.source {
            Source::Any => Ok(None),
            Source::Port(port) => {
                let any: IpAddr = match address {
                    SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
                    SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
                };
                Ok(Some(SocketAddr::new(any, port)))
            }
            Source::Address(source) if source.is_ipv4() == address.is_ipv4() => Ok(Some(source)),
            Source::Address(_) => Err(io::Error::from_raw_os_error(libc::EAFNOSUPPORT)),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.host.as_bytes().escape_ascii();
        match self.host.contains(':') {
            true => write!(f, "[{host}]:{}", self.port),
            false => write!(f, "{host}:{}", self.port),
        }
    }
}
