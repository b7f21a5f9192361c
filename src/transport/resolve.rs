//! Names to addresses: in place where that may block, on a thread of its own where it may not.

use super::wake::Wake;
use super::{os_error, sys};
use crate::engine::error::{Error, Escaped, Kind, error};
use alloc::string::{String, ToString};
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};
use core::panic::AssertUnwindSafe;
use std::net::ToSocketAddrs;
use std::os::fd::RawFd;
use std::panic::catch_unwind;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Looks up names. Never asked for literal addresses.
pub trait Resolve: Send + Sync {
    /// The addresses of `host`, each with `port`, in order of preference. May block, and may be
    /// called on a thread of the library's, also after the connection that asked is gone.
    ///
    /// # Errors
    /// `Kind::NameLookup` where the name has no address.
    fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Error>;
}

/// The system's resolver: `getaddrinfo`.
pub struct System;

impl Resolve for System {
    fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Error> {
        match (host, port).to_socket_addrs() {
            Ok(addresses) => Ok(addresses.collect()),
            Err(error) => {
                let text = error.to_string();
                let reason = text.rsplit("address information: ").next().unwrap_or(&text);
                let host = Escaped(host.as_bytes());
                Err(Error::os(
                    Kind::NameLookup,
                    error.raw_os_error().unwrap_or(0),
                    format_args!("name lookup of {host} failed: {reason}"),
                ))
            }
        }
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
    let index = scope.parse().ok().or_else(|| sys::interface_index(scope));
    let address = index.map(|index| SocketAddrV6::new(ip, port, 0, index).into());
    Some(address.ok_or_else(|| {
        let scope = Escaped(scope.as_bytes());
        Error::format(Kind::NameLookup, format_args!("no network interface is called {scope}"))
    }))
}

/// A lookup on a thread of its own. Dropping it leaves the thread to end by itself: nothing waits
/// for it, and its answer is thrown away.
pub(super) struct Lookup(Arc<Slot>);

/// Where the thread puts its answer.
struct Slot {
    answer: Mutex<Option<Result<Vec<SocketAddr>, Error>>>,
    wake: Wake,
}

impl Lookup {
    pub(super) fn start(
        resolver: Option<Arc<dyn Resolve>>,
        host: &str,
        port: u16,
    ) -> Result<Lookup, Error> {
        let failed =
            |error| os_error::from_io(&error, &format_args!("starting the name lookup of {host}"));
        let wake = Wake::new().map_err(failed)?;
        let slot = Arc::new(Slot { answer: Mutex::new(None), wake });
        let weak = Arc::downgrade(&slot);
        let host_copy = String::from(host);
        let work = move || answer(resolver.as_deref().unwrap_or(&System), &host_copy, port, &weak);
        let builder = thread::Builder::new().name("name lookup".to_string());
        // Not joined, on purpose.
        sys::with_signals_blocked(|| builder.spawn(work)).map_err(failed)?;
        Ok(Lookup(slot))
    }

    /// The answer, once and as soon as it is there.
    pub(super) fn take(&self) -> Option<Result<Vec<SocketAddr>, Error>> {
        self.0.answer.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Readable once there is an answer.
    pub(super) fn fd(&self) -> RawFd {
        self.0.wake.fd()
    }
}

/// The thread's work.
fn answer(resolver: &dyn Resolve, host: &str, port: u16, slot: &Weak<Slot>) {
    // The asker must hear of it if a resolver of the caller's panics.
    let answer = catch_unwind(AssertUnwindSafe(|| resolver.resolve(host, port)))
        .unwrap_or_else(|_| Err(error!(Kind::Panic, "the resolver panicked")));
    if let Some(slot) = slot.upgrade() {
        *slot.answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
        slot.wake.ring();
    }
}
