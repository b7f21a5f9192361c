//! What has hurt other clients in TLS: the rows of docs/VULNERABILITIES.md that need certificates, under
//! their numbers.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use httpclient::client::{Body, Connection, Request, Response};
use httpclient::engine::error::{Error, Kind};
use httpclient::transport::Transport as _;
use httpclient::transport::tcp::{TcpDialer, TcpOptions};
use httpclient::transport::tls::TlsConfig;
use rcgen::{DnType, SanType};

use crate::peer::{self, Peer};
use crate::pki::{self, Ca, Leaf};
use crate::{PATIENT, get, read, refused, start, trusting, visit};

/// A certificate that has these texts as DNS names, whatever they look like.
fn named(ca: &Ca, names: &[&str]) -> Leaf {
    ca.leaf_with(&[], |params| {
        params.distinguished_name.push(DnType::CommonName, "good.example");
        let names = names.iter().map(|name| SanType::DnsName((*name).try_into().unwrap()));
        params.subject_alt_names.extend(names);
    })
}

#[test]
fn vuln_39_nul_in_a_name() {
    let ca = Ca::new("ca");
    let config = trusting(&ca).build().unwrap();
    for name in ["good.example\0.evil.test", "good.example\0", "\0good.example", "good.example "] {
        let (kind, message) = refused(&named(&ca, &[name]), &config, "good.example");
        assert!(kind.is(Kind::TlsCertificate), "{kind:?} {message}");
        assert!(!message.contains(char::is_control), "{message:?}");
    }
    // The good one beside it counts.
    visit(&named(&ca, &["evil\0.example", "good.example"]), &config, "good.example").unwrap();
}

#[test]
fn vuln_40_addresses_are_no_names() {
    let ca = Ca::new("ca");
    let config = trusting(&ca).build().unwrap();
    for names in [&["127.0.0.1"][..], &["*.0.0.1"], &["*"], &["good.example"], &["::1"]] {
        let (kind, _) = refused(&named(&ca, names), &config, "127.0.0.1");
        assert!(kind.is(Kind::TlsCertificate), "{names:?}: {kind:?}");
    }
    visit(&ca.leaf(&["127.0.0.1"]), &config, "127.0.0.1").unwrap();
    for bad in ["1.1.1.1 ;x", "1.1.1.1;x y", "[1.1.1.1", "1.1.1.1/"] {
        let made = Connection::new(bad, Some(443), 443, |_, _| unreachable!());
        assert_eq!(made.err().map(|error| error.kind()), Some(Kind::InvalidUrl), "{bad}");
    }
}

/// A request with the configuration that is made where none is given, to a server with this certificate.
fn request_by_default(leaf: &Leaf, host: &str) -> (Error, bool) {
    let (send, receive) = std::sync::mpsc::channel();
    let peer = Peer::tls(peer::config(leaf), 1, move |stream| {
        let mut request = Vec::new();
        let _ = stream.read_to_end(&mut request);
        send.send(request).unwrap();
    });
    let port = peer.address.port();
    let dialer = TcpDialer::new("127.0.0.1", port, TcpOptions::default()).unwrap();
    let mut connection =
        Connection::new(host, Some(port), 443, |_, _| Ok(Box::new(dialer))).unwrap();
    connection.settings.limits = PATIENT;
    connection.set_tls(TlsConfig::builder().build().unwrap()).unwrap();
    let outcome = connection.request(Request {
        method: b"GET",
        target: b"/secret",
        headers: std::iter::empty(),
        body: Body::None,
        encode_chunked: false,
    });
    assert!(connection.stream().is_none());
    let error = outcome.unwrap_err();
    drop(connection);
    peer.join();
    (error, receive.recv().unwrap().is_empty())
}

#[test]
fn vuln_41_verified_by_default() {
    let ca = Ca::new("ca");
    for leaf in [
        ca.leaf(&["a.example"]),
        ca.leaf(&["b.example"]),
        ca.leaf_with(&["a.example"], pki::expired),
        pki::self_signed(&["a.example"], false),
    ] {
        let (error, nothing_sent) = request_by_default(&leaf, "a.example");
        assert!(error.kind().is(Kind::TlsCertificate), "{error:?}");
        assert!(nothing_sent);
    }
}

/// Thirty authorities of one name and one key, each of which may have signed each other: as many paths as
/// there are orders of them.
#[test]
fn vuln_42_a_chain_of_many_paths() {
    let root = Ca::new("x");
    let leaf = root.leaf(&["a.example"]);
    let mut chain = leaf.chain.clone();
    for serial in 1..=30 {
        chain.push(root.again("x", serial));
    }
    let leaf = Leaf { chain, ..leaf };
    // The root that is trusted has that name, too, and another key.
    let config = trusting(&Ca::new("x")).build().unwrap();
    let begun = Instant::now();
    let (kind, _) = refused(&leaf, &config, "a.example");
    assert!(kind.is(Kind::TlsCertificate), "{kind:?}");
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
}

#[test]
fn vuln_46_a_storm_of_key_updates() {
    let ca = Ca::new("ca");
    let config = trusting(&ca).build().unwrap();
    let peer = Peer::tls(peer::config(&ca.leaf(&["a.example"])), 1, |stream| {
        stream.read(&mut [0; 100]).unwrap();
        for _ in 0..100_000 {
            if stream.conn.refresh_traffic_keys().is_err() || stream.flush().is_err() {
                break;
            }
        }
    });
    let mut tls = start(peer.address, &config, "a.example").unwrap();
    tls.write(&[b"GET"]).unwrap();
    let begun = Instant::now();
    let error = read(&mut tls, 100).unwrap_err();
    assert!(error.kind().is(Kind::Tls), "{error:?}");
    assert!(begun.elapsed() < Duration::from_secs(30));
    drop(tls);
    peer.join();
}

/// A session belongs to the configuration that it was made under: another, even of the same settings, shakes
/// hands anew.
#[test]
fn vuln_48_sessions_belong_to_their_configuration() {
    let ca = Ca::new("ca");
    let leaf = ca.leaf(&["a.example"]);
    let peer = Peer::tls_shared(std::sync::Arc::new(peer::config(&leaf)), 4, |stream| {
        peer::answer_one(stream, b"answer");
    });
    let (one, other) = (trusting(&ca).build().unwrap(), trusting(&ca).build().unwrap());
    let resumed = [&one, &one, &other, &one].map(|config| {
        let mut tls = start(peer.address, config, "a.example").unwrap();
        get(&mut tls).unwrap();
        tls.resumed()
    });
    assert_eq!(resumed, [false, true, false, true]);
    peer.join();
}

/// Plain text behind the proxy's answer to CONNECT, over sockets: it never reaches the TLS session, nor does
/// anything go out behind it.
#[test]
fn vuln_47_plaintext_before_tls_on_a_socket() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let proxy = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = vec![0; 49];
        stream.read_exact(&mut head).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 Evil\r\n\r\n").unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        (head, rest)
    });
    let dialer = TcpDialer::new("127.0.0.1", port, TcpOptions::default()).unwrap();
    let mut connection =
        Connection::new("127.0.0.1", Some(port), 443, |_, _| Ok(Box::new(dialer))).unwrap();
    connection.settings.limits = PATIENT;
    connection.set_tls(TlsConfig::builder().build().unwrap()).unwrap();
    connection.set_tunnel("o.test", None, std::iter::empty()).unwrap();
    let error = connection.connect().unwrap_err();
    assert!(error.kind() == Kind::Tunnel, "{error:?}");
    assert!(connection.getresponse(&mut Response::default()).is_err());
    drop(connection);
    let (head, rest) = proxy.join().unwrap();
    assert_eq!(&head, b"CONNECT o.test:443 HTTP/1.1\r\nHost: o.test:443\r\n\r\n");
    assert_eq!(rest, b"");
}
