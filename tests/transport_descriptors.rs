//! No descriptor is left behind. One test in a process of its own, since it counts them all.
#![cfg(all(feature = "std", target_os = "linux"))]
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

use httpclient::engine::error::{Error, Kind};
use httpclient::transport::cancel::Cancel;
use httpclient::transport::resolve::{Resolve, Resolver};
use httpclient::transport::tcp::{TcpDialer, TcpOptions};
use httpclient::transport::{Deadline, Dial, Limits, Timeout, clock};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Mutex, mpsc};
use std::thread;

struct UnreadResponse(Mutex<mpsc::Receiver<SocketAddr>>);

impl Resolve for UnreadResponse {
    fn resolve(&self, _host: &str, _port: u16) -> Result<Vec<SocketAddr>, Error> {
        Ok(self.0.lock().unwrap().recv().into_iter().collect())
    }
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

#[test]
fn vuln_55_no_descriptor_is_left_behind() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let refusing = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nonblocking = Limits { timeout: Timeout::Nonblocking, deadline: None };
    let (sender, receiver) = mpsc::channel();
    let resolver = Resolver::new(UnreadResponse(Mutex::new(receiver))).unwrap();
    let cancel = Cancel::new().unwrap();
    clock::now();

    let before = descriptors();
    for round in 0..20 {
        for port in [address.port(), refusing.port()] {
            let mut dialer = TcpDialer::new("127.0.0.1", port, TcpOptions::default()).unwrap();
            drop(dialer.dial(Limits::NONE));
            dialer.set_cancel(&cancel).unwrap();
            drop(dialer.dial(Limits::NONE));
            drop(dialer.dial(nonblocking));
            let mut dialer = TcpDialer::new("localhost", port, TcpOptions::default()).unwrap();
            drop(dialer.dial(Limits::NONE));
            drop(dialer.dial(Limits {
                deadline: Some(Deadline::of_all(clock::now() + 60_000_000_000)),
                ..Limits::NONE
            }));
        }
        // A lookup that is given up: its thread still blocks, but holds no descriptor.
        let options = TcpOptions { resolver: Some(resolver.clone()), ..TcpOptions::default() };
        let mut dialer = TcpDialer::new("name.test", 80, options).unwrap();
        assert!(dialer.dial(nonblocking).is_err_and(|error| error.kind() == Kind::WouldBlock));
        drop(dialer);
        // A lookup's thread that just answered lets go of its bell a moment after we heard it.
        let patience = clock::now() + 60_000_000_000;
        while descriptors() != before {
            assert!(clock::now() < patience, "round {round}: {before}, {}", descriptors());
            thread::yield_now();
        }
    }
    drop(sender);
}
