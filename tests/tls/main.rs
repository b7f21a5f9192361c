//! TLS against rustls and OpenSSL servers, with certificates made here.
#![cfg(feature = "tls")]
// Tests have std.
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc)]
// The servers read to wait for a request, whatever its length.
#![allow(clippy::unused_io_amount)]

mod certificates;
mod client_certificates;
mod configuration;
mod connect;
mod cost;
mod expired_roots;
mod limits;
mod openssl;
mod peer;
mod pki;
mod stream;
mod vulnerabilities;
mod wire;

use std::net::SocketAddr;
use std::time::Duration;

use bytes::buf::UninitSlice;
use httpclient::engine::error::{Error, Kind};
use httpclient::transport::tls::{Tls, TlsConfig, TlsConfigBuilder};
use httpclient::transport::{Limits, Timeout, Transport};

/// Long enough never to be met by a test that works.
const PATIENT: Limits = Limits { timeout: Timeout::After(Duration::from_secs(60)), deadline: None };

fn trusting(ca: &pki::Ca) -> TlsConfigBuilder {
    let mut builder = TlsConfig::builder();
    builder.add_roots(ca.pem.as_bytes()).unwrap();
    builder
}

fn start(address: SocketAddr, config: &TlsConfig, name: &str) -> Result<Tls, Error> {
    let mut tls = Tls::start(Box::new(wire::Tcp::connect(address)), config, name)?;
    tls.set_limits(PATIENT);
    Ok(tls)
}

fn read(tls: &mut Tls, size: usize) -> Result<Vec<u8>, Error> {
    let mut buf = vec![0; size];
    let count = tls.read(UninitSlice::new(&mut buf), 1)?;
    buf.truncate(count);
    Ok(buf)
}

fn read_to_end(tls: &mut Tls) -> Result<Vec<u8>, Error> {
    let mut all = Vec::new();
    loop {
        match read(tls, 1 << 16)? {
            bytes if bytes.is_empty() => return Ok(all),
            bytes => all.extend(bytes),
        }
    }
}

/// Writes a request and reads the answer to its end.
fn get(tls: &mut Tls) -> Result<Vec<u8>, Error> {
    assert_eq!(tls.write(&[b"GET / ", b"", b"HTTP/1.1\r\n\r\n"])?, 18);
    let answer = read_to_end(tls)?;
    tls.finish();
    Ok(answer)
}

/// One exchange with a server that has this certificate.
fn visit(leaf: &pki::Leaf, config: &TlsConfig, name: &str) -> Result<Tls, Error> {
    let peer = peer::Peer::answering(leaf, b"answer");
    let mut tls = start(peer.address, config, name)?;
    let result = get(&mut tls).map(|answer| assert_eq!(answer, b"answer"));
    let tls = result.map(|()| tls);
    peer.join();
    tls
}

fn refused(leaf: &pki::Leaf, config: &TlsConfig, name: &str) -> (Kind, String) {
    match visit(leaf, config, name) {
        Ok(_) => panic!("{name} was accepted"),
        Err(e) => (e.kind(), e.message().to_string()),
    }
}
