//! Names to addresses.

use super::os_error::Strerror;
use super::sys;
use crate::engine::error::{Error, Escaped, Kind, NO_MEMORY};
use crate::memory::{self, Counted, boxed, push};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};

/// Looks up names. Never asked for literal addresses.
pub trait Resolve: Send + Sync {
    /// The addresses of `host`, each with `port`, in order of preference. May block, and may be
    /// called on a thread of the library's, also after the connection that asked is gone.
    ///
    /// # Errors
    /// `Kind::NameLookup` where the name has no address.
    fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Error>;
}

/// A resolver that is shared. Clones are the same one.
#[derive(Clone)]
pub struct Resolver(Counted<Box<dyn Resolve>>);

impl Resolver {
    /// Shares a resolver.
    ///
    /// # Errors
    /// `Kind::NoMemory`
    pub fn new(resolver: impl Resolve + 'static) -> Result<Resolver, Error> {
        let boxed: Box<dyn Resolve> = boxed(resolver)?;
        Ok(Resolver(Counted::new(boxed)?))
    }

    /// Whether both are the same one.
    pub(super) fn is(&self, other: &Resolver) -> bool {
        core::ptr::eq(&raw const *self.0, &raw const *other.0)
    }
}

/// Asks this resolver, or the system.
pub(super) fn resolve(
    resolver: Option<&Resolver>,
    host: &str,
    port: u16,
) -> Result<Vec<SocketAddr>, Error> {
    match resolver {
        Some(resolver) => resolver.0.resolve(host, port),
        None => ask_system(host, port),
    }
}

/// The system's resolver: `getaddrinfo`.
fn ask_system(host: &str, port: u16) -> Result<Vec<SocketAddr>, Error> {
    let name = memory::terminated(host.as_bytes())?;
    let mut addresses = Vec::new();
    let outcome = sys::look_up(&name, |mut address| {
        address.set_port(port);
        push(&mut addresses, address).is_ok()
    });
    let host = Escaped(host.as_bytes());
    match outcome {
        Ok(true) => Ok(addresses),
        Ok(false) | Err(sys::LookupError::NoMemory) => Err(NO_MEMORY),
        Err(sys::LookupError::System(errno)) => Err(Error::os(
            Kind::NameLookup,
            errno,
            format_args!("name lookup of {host} failed: {}", Strerror(errno)),
        )),
        Err(sys::LookupError::Lookup(code, reason)) if code == libc::EAI_AGAIN => Err(Error::os(
            Kind::NameLookup,
            code,
            format_args!("name lookup of {host} failed: {reason} (it may succeed later)"),
        )),
        Err(sys::LookupError::Lookup(code, reason)) => Err(Error::os(
            Kind::NameLookup,
            code,
            format_args!("name lookup of {host} failed: {reason}"),
        )
        .as_final()),
    }
}

/// The address that `host` spells out, if it is no name: IPv4, or IPv6 without brackets, with or
/// without a scope (`fe80::1%eth0`, `fe80::1%2`).
///
/// # Errors
/// `Kind::NameLookup` where the scope names no interface of this machine.
pub fn literal(host: &str, port: u16) -> Option<Result<SocketAddr, Error>> {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Some(Ok(SocketAddr::new(ip, port)));
    }
    let (ip, scope) = host.split_once('%')?;
    let ip = ip.parse::<Ipv6Addr>().ok()?;
    let index = match scope.parse() {
        Ok(index) => Some(index),
        Err(_) => match memory::terminated(scope.as_bytes()) {
            Ok(scope) => sys::interface_index(&scope),
            Err(error) => return Some(Err(error.into())),
        },
    };
    let address = index.map(|index| SocketAddrV6::new(ip, port, 0, index).into());
    Some(address.ok_or_else(|| {
        let scope = Escaped(scope.as_bytes());
        Error::format(Kind::NameLookup, format_args!("no network interface is called {scope}"))
    }))
}
