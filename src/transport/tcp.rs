//! Connecting by TCP.

use super::cancel::Cancel;
use super::dial::Dialing;
use super::resolve::{self, Resolve, System};
use super::{Dial, Interest, Limits, Timings, Transport};
use crate::engine::error::{Error, Escaped, Kind};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::io;

/// Makes TCP connections to one host and port.
///
/// Every address of the host is tried by Happy Eyeballs (RFC 8305): a dead one costs 250 ms. The
/// timeout applies to the name lookup and to each attempt; the deadline applies to all. A name is looked
/// up on a thread of its own unless that may take for ever: with a timeout, a deadline or a cancel
/// token. Literal addresses never need one. Streams have `TCP_NODELAY` set and are close-on-exec.
pub struct TcpDialer {
    target: Arc<Target>,
    cancel: Option<Cancel>,
    /// In a box, since an open connection has none.
    dialing: Option<Box<Dialing>>,
    timings: Timings,
}

/// How a [`TcpDialer`] connects.
#[derive(Clone)]
pub struct TcpOptions {
    /// The local address to connect from, as `http.client`'s `source_address`: a literal address, or
    /// "" for any, and a port, or 0 for any. Addresses of the other family are then not reachable.
    pub source: Option<(String, u16)>,
    /// Who looks names up.
    pub resolver: Arc<dyn Resolve>,
}

impl Default for TcpOptions {
    /// From any address, by the system's resolver.
    fn default() -> TcpOptions {
        TcpOptions { source: None, resolver: Arc::new(System) }
    }
}

/// Where to, and how.
pub(super) struct Target {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) options: TcpOptions,
    source: Source,
}

enum Source {
    Any,
    Port(u16),
    Address(SocketAddr),
}

impl Target {
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

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.host.as_bytes().escape_ascii();
        match self.host.contains(':') {
            true => write!(f, "[{host}]:{}", self.port),
            false => write!(f, "{host}:{}", self.port),
        }
    }
}

impl TcpDialer {
    /// A dialer for `host`, a name or a literal address without brackets. Nothing is looked up yet.
    ///
    /// # Errors
    /// `Kind::InvalidArgument` where the source is not a literal address.
    pub fn new(host: &str, port: u16, options: TcpOptions) -> Result<TcpDialer, Error> {
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
        let target = Arc::new(Target { host: String::from(host), port, options, source });
        Ok(TcpDialer { target, cancel: None, dialing: None, timings: Timings::default() })
    }
}

impl Dial for TcpDialer {
    fn dial(&mut self, limits: Limits) -> Result<Box<dyn Transport>, Error> {
        let dialing = match &mut self.dialing {
            Some(dialing) => dialing,
            none => {
                let target = Arc::clone(&self.target);
                none.insert(Box::new(Dialing::start(target, self.cancel.as_ref())?))
            }
        };
        let result = dialing.drive(limits);
        self.timings = dialing.timings();
        match result {
            Err(error) if error.kind == Kind::WouldBlock => return Err(error),
            _ => self.dialing = None,
        }
        let mut stream = result?;
        stream.set_limits(limits);
        Ok(Box::new(stream))
    }

    fn abandon(&mut self) {
        self.dialing = None;
    }

    fn fileno(&self) -> Option<i32> {
        self.dialing.as_deref().and_then(Dialing::fileno)
    }

    fn interest(&self) -> Interest {
        self.dialing.as_deref().map(Dialing::interest).unwrap_or_default()
    }

    fn next_timeout(&self) -> Option<u64> {
        self.dialing.as_deref().and_then(Dialing::next_timeout)
    }

    fn timings(&self) -> Timings {
        self.timings
    }

    fn set_cancel(&mut self, cancel: &Cancel) {
        self.cancel = Some(cancel.clone());
        // One under way that cannot be cancelled is given up; the next call says why.
        if self.dialing.as_mut().is_some_and(|dialing| dialing.set_cancel(cancel).is_err()) {
            self.dialing = None;
        }
    }
}
