//! Connections of HTTP on top: through a proxy that is itself spoken to by TLS, to a host behind it.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::buf::UninitSlice;
use httpclient::client::{Body, Connection, ReadMode, Request, Response, Times};
use httpclient::engine::error::{Error, Kind};
use httpclient::transport::tcp::{TcpDialer, TcpOptions};
use httpclient::transport::tls::TlsConfig;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::peer::{self, Peer};
use crate::pki::Ca;
use crate::{PATIENT, trusting};

/// A proxy that takes any CONNECT, and plays the host behind the tunnel, too: one request each. Who
/// refuses its certificate does not get that far.
fn proxy(proxy: ServerConfig, host: ServerConfig, count: usize) -> Peer {
    let host = Arc::new(host);
    Peer::tls(proxy, count, move |outer| {
        if !read_head(outer).starts_with(b"CONNECT inner.example:443 HTTP/1.1\r\n") {
            return;
        }
        outer.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").unwrap();
        outer.flush().unwrap();
        let session = ServerConnection::new(host.clone()).unwrap();
        let mut inner = StreamOwned::new(session, outer);
        if read_head(&mut inner).starts_with(b"GET / HTTP/1.1\r\nHost: inner.example\r\n") {
            inner.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").unwrap();
            inner.conn.send_close_notify();
            inner.flush().unwrap();
        }
    })
}

/// As much of a head as comes.
fn read_head(stream: &mut impl Read) -> Vec<u8> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        head.push(byte[0]);
    }
    head
}

/// A connection to a server of this machine.
pub fn to(address: SocketAddr) -> Result<Connection, Error> {
    let host = address.ip().to_string();
    let mut made = Connection::new(&host, Some(address.port()), 443, |host, port| {
        Ok(Box::new(TcpDialer::new(host, port, TcpOptions::default())?))
    })?;
    made.settings.limits = PATIENT;
    Ok(made)
}

type NoHeaders<'h> = std::iter::Empty<Result<(&'h [u8], &'h [u8]), Error>>;

pub const GET: Request<'static, NoHeaders<'static>> = Request {
    method: b"GET",
    target: b"/",
    headers: std::iter::empty(),
    body: Body::None,
    encode_chunked: false,
};

/// A GET of the host behind the tunnel.
fn get(
    peer: &Peer,
    to_proxy: &TlsConfig,
    to_host: &TlsConfig,
) -> Result<(Connection, Times), Error> {
    let mut connection = to(peer.address)?;
    connection.settings.timings = true;
    connection.set_tls(to_host.clone())?;
    connection.set_proxy_tls(to_proxy.clone())?;
    connection.set_tunnel("inner.example", None, std::iter::empty())?;
    connection.request(GET)?;
    let mut response = Response::default();
    connection.getresponse(&mut response)?;
    let mut body = [0; 16];
    let count = response.read(&mut connection, UninitSlice::new(&mut body), ReadMode::Fill)?;
    assert_eq!(&body[..count], b"ok");
    let times = response.times().unwrap();
    Ok((connection, times))
}

#[test]
fn tls_to_the_proxy_and_tls_inside_it() {
    let (outside, inside) = (Ca::new("outside"), Ca::new("inside"));
    let at_proxy = peer::config(&outside.leaf(&["127.0.0.1"]));
    let mut at_host = peer::config(&inside.leaf(&["inner.example"]));
    at_host.alpn_protocols = Vec::new();
    let peer = proxy(at_proxy, at_host, 3);
    let [to_proxy, to_host] = [&outside, &inside].map(|ca| trusting(ca).build().unwrap());

    let (mut connection, times) = get(&peer, &to_proxy, &to_host).unwrap();
    // What is told of the session is about the host.
    let session = connection.tls_session().unwrap();
    assert_eq!(session.peer_name(), Some(&b"inner.example"[..]));
    assert_eq!(session.alpn(), None);
    let steps = [
        times.began,
        times.looked_up,
        times.connected,
        times.tunnelled,
        times.secured,
        times.sent,
        times.first_byte,
        times.head,
        times.ended,
    ];
    assert!(times.began > 0 && steps.is_sorted(), "{steps:?}");
    assert!(times.connected < times.tunnelled && times.tunnelled < times.secured, "{steps:?}");
    drop(connection);

    // A failure says which of the two it is about.
    let error = get(&peer, &to_host, &to_host).err().unwrap();
    assert_eq!(error.kind(), Kind::TlsUnknownIssuer);
    assert!(error.message().starts_with("TLS to the proxy: no trusted root"), "{error}");
    let error = get(&peer, &to_proxy, &to_proxy).err().unwrap();
    assert_eq!(error.kind(), Kind::TlsUnknownIssuer);
    assert!(error.message().starts_with("no trusted root"), "{error}");
    peer.join();
}

/// Half-opened, a connection is on its way in the clear, or with another configuration.
#[test]
fn tls_is_not_put_on_what_is_half_open() {
    let config = TlsConfig::builder().build().unwrap();
    let peer = Peer::raw(1, |mut stream| drop(stream.read_to_end(&mut Vec::new())));
    let mut connection = to(peer.address).unwrap();
    connection.set_tls(config.clone()).unwrap();
    connection.settings.limits.timeout = httpclient::transport::Timeout::Nonblocking;
    // Until the ClientHello is out, and its answer is waited for.
    while connection.fileno().is_none() || connection.interest().write {
        assert_eq!(connection.connect().unwrap_err().kind(), Kind::WouldBlock);
    }
    assert_eq!(connection.set_tls(config).unwrap_err().kind(), Kind::State);
    drop(connection);
    peer.join();
}
