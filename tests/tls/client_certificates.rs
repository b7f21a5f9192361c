//! What a server says that wants a client certificate, and which ones it can be shown.

use std::io::{Read, Write};
use std::net::TcpStream;

use httpclient::engine::error::{Error, Kind};
use httpclient::transport::Transport as _;
use httpclient::transport::tls::{TlsConfig, TlsConfigBuilder, TlsVersion};
use rustls::server::{ServerConfig, ServerConnection, WebPkiClientVerifier};
use rustls::sign::SingleCertAndKey;
use rustls::{RootCertStore, SupportedProtocolVersion, version};

use crate::configuration::tempdir;
use crate::openssl::{made, read, serve};
use crate::peer::{self, Nginx, Peer};
use crate::pki::{self, Ca, Leaf};
use crate::{get, start, trusting};

const NONE: &str = "the server asked for a client certificate, got none, and ";

/// How a server ends that has asked.
#[derive(Clone, Copy, Debug)]
enum End {
    /// With an alert in the clear, which only TLS 1.2 has still.
    Alert(u8),
    /// Without a word.
    Closing,
    /// With what was not read still in its socket: the system resets the connection.
    Resetting,
}

/// Sends its own messages, reads what comes back, and ends so.
fn handshake_up_to(config: ServerConfig, mut stream: TcpStream, end: End) {
    let mut session = ServerConnection::new(config.into()).unwrap();
    while !session.wants_write() {
        session.read_tls(&mut stream).unwrap();
        session.process_new_packets().unwrap();
    }
    while session.wants_write() {
        session.write_tls(&mut stream).unwrap();
    }
    // The client's answer, some of which may come later.
    let mut answer = [0; 4096];
    match end {
        End::Resetting => assert_eq!(stream.peek(&mut answer[..1]).unwrap(), 1),
        _ => assert!(stream.read(&mut answer).unwrap() > 0),
    }
    if let End::Alert(number) = end {
        stream.write_all(&[21, 3, 3, 0, 2, 2, number]).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        // Closing it with something unread would reset it, and the alert might be lost.
        while stream.read(&mut answer).is_ok_and(|count| count > 0) {}
    }
}

fn asked(
    ca: &Ca,
    version: &'static SupportedProtocolVersion,
    clients: Option<&Ca>,
    end: End,
    builder: TlsConfigBuilder,
) -> Error {
    let config = peer::config_with(&ca.leaf(&["a.example"]), &[version], clients);
    let shared = std::sync::Mutex::new(Some(config));
    let peer = Peer::raw(1, move |stream| {
        let config = shared.lock().unwrap().take().unwrap();
        handshake_up_to(config, stream, end);
    });
    let mut tls = start(peer.address, &builder.build().unwrap(), "a.example").unwrap();
    let error = get(&mut tls).unwrap_err();
    drop(tls);
    peer.join();
    error
}

fn with_certificate(ca: &Ca) -> TlsConfigBuilder {
    let client = ca.leaf_with(&["client"], pki::for_clients);
    let mut builder = trusting(ca);
    let key = client.key.serialize_pem();
    builder.client_certificate(client.pem.as_bytes(), key.as_bytes()).unwrap();
    builder
}

/// GnuTLS, Go, Java, Mbed TLS, OpenSSL and wolfSSL do one or the other.
#[test]
fn tls_1_2_servers_that_get_none() {
    let ca = Ca::new("ca");
    let ends = [
        (End::Alert(40), "refused the session (alert handshake_failure)"),
        (End::Alert(42), "refused the session (alert bad_certificate)"),
        (End::Alert(50), "refused the session (alert decode_error)"),
        (End::Alert(116), "refused the session (alert certificate_required)"),
        (End::Alert(0), "closed the connection"),
        (End::Closing, "closed the connection"),
        (End::Resetting, "closed the connection"),
    ];
    for (end, text) in ends {
        let error = asked(&ca, &version::TLS12, Some(&ca), end, trusting(&ca));
        assert_eq!(error.kind(), Kind::TlsClientCertificate, "{end:?}: {error}");
        assert_eq!(error.message(), format!("{NONE}{text}"), "{end:?}");
    }
}

#[test]
fn alerts_that_are_about_something_else() {
    let ca = Ca::new("ca");
    // Without a request none of it is about a client certificate.
    for (end, kind) in [
        (End::Alert(40), Kind::TlsProtocolVersion),
        (End::Alert(50), Kind::Tls),
        (End::Alert(0), Kind::TlsTruncated),
        (End::Closing, Kind::TlsTruncated),
        (End::Resetting, Kind::ConnectionReset),
    ] {
        let error = asked(&ca, &version::TLS12, None, end, trusting(&ca));
        assert_eq!(error.kind(), kind, "{end:?}: {error}");
    }
    // With one, not everything is.
    let error = asked(&ca, &version::TLS12, Some(&ca), End::Alert(80), trusting(&ca));
    assert_eq!(error.kind(), Kind::Tls, "{error}");
    assert!(error.message().ends_with("alert internal_error"), "{error}");
    // Nor is it missing where it was sent.
    let error = asked(&ca, &version::TLS12, Some(&ca), End::Alert(40), with_certificate(&ca));
    assert_eq!(error.kind(), Kind::TlsClientCertificate);
    let expected = "the server refused the client certificate (alert handshake_failure)";
    assert_eq!(error.message(), expected);
    let error = asked(&ca, &version::TLS12, Some(&ca), End::Closing, with_certificate(&ca));
    assert_eq!(error.kind(), Kind::TlsTruncated);
}

/// In TLS 1.3 the handshake is over for us when the server learns that there is none.
#[test]
fn tls_1_3_servers_that_just_close() {
    let ca = Ca::new("ca");
    let asked = |clients, builder| asked(&ca, &version::TLS13, clients, End::Closing, builder);
    let error = asked(Some(&ca), trusting(&ca));
    assert_eq!(error.kind(), Kind::TlsClientCertificate, "{error}");
    assert_eq!(error.message(), format!("{NONE}closed the connection"));
    for (clients, builder) in [(None, trusting(&ca)), (Some(&ca), with_certificate(&ca))] {
        let error = asked(clients, builder);
        assert_eq!(error.kind(), Kind::TlsTruncated, "{error}");
    }
}

/// A server that would do without one.
fn asking(ca: &Ca, leaf: &Leaf, version: &'static SupportedProtocolVersion) -> ServerConfig {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(ca.der.clone()).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone());
    let key = rustls::crypto::ring::sign::any_supported_type(&leaf.key_der()).unwrap();
    let certified = rustls::sign::CertifiedKey::new(leaf.chain.clone(), key);
    ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_client_cert_verifier(verifier.allow_unauthenticated().build().unwrap())
        .with_cert_resolver(std::sync::Arc::new(SingleCertAndKey::from(certified)))
}

#[test]
fn a_farewell_without_an_answer() {
    let ca = Ca::new("ca");
    let leaf = ca.leaf(&["a.example"]);
    for version in [&version::TLS12, &version::TLS13] {
        for answer in [&b""[..], b"answer"] {
            let peer = Peer::tls(asking(&ca, &leaf, version), 1, move |stream| {
                peer::answer_one(stream, answer);
            });
            let config = trusting(&ca).build().unwrap();
            let mut tls = start(peer.address, &config, "a.example").unwrap();
            match get(&mut tls) {
                Ok(told) => assert_eq!((&told[..], answer), (&b"answer"[..], &b"answer"[..])),
                Err(error) => {
                    assert!(answer.is_empty());
                    assert_eq!(error.kind(), Kind::TlsClientCertificate);
                    assert_eq!(error.message(), format!("{NONE}closed the connection"));
                }
            }
            peer.join();
        }
    }
}

/// What one session was asked is not told of the next on the same thread.
#[test]
fn a_request_is_one_sessions() {
    let ca = Ca::new("ca");
    let error = asked(&ca, &version::TLS12, Some(&ca), End::Closing, trusting(&ca));
    assert_eq!(error.kind(), Kind::TlsClientCertificate);
    let error = asked(&ca, &version::TLS12, None, End::Closing, trusting(&ca));
    assert_eq!(error.kind(), Kind::TlsTruncated);
}

const CLIENTS: [&str; 5] = ["-Verify", "1", "-CAfile", "root.pem", "-verify_return_error"];

#[test]
fn a_key_that_the_server_takes_no_signature_of() {
    let directory = made(
        "root root; issue leaf root \"$HOST\"; issue client root 'extendedKeyUsage=clientAuth\\n'",
    );
    for version in ["-tls1_2", "-tls1_3"] {
        let mut flags = CLIENTS.to_vec();
        flags.extend([version, "-client_sigalgs", "RSA-PSS+SHA256"]);
        let server = serve(&directory, &flags);
        let mut builder = crate::openssl::trusting(&directory);
        builder
            .client_certificate(&read(&directory, "client.pem"), &read(&directory, "client.key"))
            .unwrap();
        let mut tls = start(server.address, &builder.build().unwrap(), "a.example").unwrap();
        let error = get(&mut tls).unwrap_err();
        assert_eq!(error.kind(), Kind::TlsClientCertificate);
        assert!(error.message().contains("takes no signature that the key given makes"), "{error}");
    }
}

/// What `openssl x509 -req` makes without extensions.
#[test]
fn a_client_certificate_of_version_1() {
    let directory = made(
        "root root; issue leaf root \"$HOST\"; issue client root ''; issue other root ''
         openssl x509 -in client.pem -noout -text | grep -q 'Version: 1 '",
    );
    let certificate = read(&directory, "client.pem");
    let leaf = String::from_utf8(read(&directory, "leaf.pem")).unwrap();
    let key = rcgen::KeyPair::from_pem(&String::from_utf8(read(&directory, "leaf.key")).unwrap())
        .unwrap();
    let root = String::from_utf8(read(&directory, "root.pem")).unwrap();
    for (version, flag) in [(TlsVersion::V1_2, "-tls1_2"), (TlsVersion::V1_3, "-tls1_3")] {
        let mut flags = CLIENTS.to_vec();
        flags.push(flag);
        let openssl = serve(&directory, &flags);
        let own = tempdir("nginx");
        std::fs::write(own.join("ca.pem"), &root).unwrap();
        std::fs::write(own.join("cert.pem"), &leaf).unwrap();
        std::fs::write(own.join("key.pem"), key.serialize_pem()).unwrap();
        let nginx = Nginx::start_in(&own, "ssl_client_certificate ca.pem; ssl_verify_client on;");
        for address in [openssl.address, nginx.address] {
            let mut builder = crate::openssl::trusting(&directory);
            builder.versions(version, version).unwrap();
            builder.client_certificate(&certificate, &read(&directory, "client.key")).unwrap();
            let mut tls = start(address, &builder.build().unwrap(), "a.example").unwrap();
            tls.write(&[b"GET / HTTP/1.0\r\nHost: a.example\r\n\r\n"]).unwrap();
            let answer = crate::read_to_end(&mut tls).unwrap();
            assert!(answer.starts_with(b"HTTP/1.") && answer[9..].starts_with(b"200"));
        }
    }
    // That it belongs to its key is looked at all the same.
    let mut builder = TlsConfig::builder();
    builder.client_certificate(&certificate, &read(&directory, "other.key")).unwrap();
    let error = builder.build().unwrap_err();
    assert_eq!(error.kind(), Kind::TlsConfig);
    assert!(error.message().contains("does not belong"), "{error}");
}
