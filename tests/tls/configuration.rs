//! What a configuration can be told, and what it refuses.

use std::io::Read;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use httpclient::engine::error::Kind;
use httpclient::transport::Transport;
use httpclient::transport::tls::{Tls, TlsConfig, TlsConfigBuilder, TlsVersion};

use rustls::pki_types::CertificateRevocationListDer;
use rustls::pki_types::pem::PemObject as _;

use crate::peer::{self, Peer, answer_one};
use crate::pki::{self, Ca};
use crate::{get, refused, start, trusting, visit};

fn kind_of(result: Result<impl Sized, httpclient::engine::error::Error>) -> Kind {
    result.err().expect("an error").kind()
}

/// The pin of a certificate, by OpenSSL.
pub fn pin_of(pem: &str) -> String {
    let directory = tempdir("pin");
    std::fs::write(directory.join("c.pem"), pem).unwrap();
    let command = "openssl x509 -in c.pem -noout -pubkey | openssl pkey -pubin -outform der \
                   | openssl dgst -sha256 -binary | openssl base64";
    let output = std::process::Command::new("sh")
        .current_dir(&directory)
        .args(["-c", command])
        .output()
        .unwrap();
    format!("sha256//{}", String::from_utf8(output.stdout).unwrap().trim())
}

pub fn tempdir(name: &str) -> std::path::PathBuf {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::SeqCst);
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("tls-{name}-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&path).unwrap();
    path
}

#[test]
fn roots_are_counted() {
    let (one, two) = (Ca::new("one"), Ca::new("two"));
    let mut builder = TlsConfig::builder();
    builder.add_roots(format!("{}text\n{BROKEN}{}", one.pem, two.pem).as_bytes()).unwrap();
    builder.add_roots(&two.der).unwrap();
    builder.add_bundled_roots().unwrap();
    let path = tempdir("roots").join("roots.pem");
    std::fs::write(&path, &one.pem).unwrap();
    builder.add_roots_file(&path).unwrap();
    assert_eq!(kind_of(builder.add_roots(b"nothing")), Kind::TlsConfig);
    let counts = builder.build().unwrap().roots();
    assert_eq!((counts.given.added, counts.given.failed), (4, 1));
    assert!(counts.bundled.added > 50);
    assert_eq!(counts.system.added, 0);
}

/// What text editors, `cat` and other tools make of PEM: nothing is lost without being counted.
#[test]
fn odd_pem_is_counted() {
    let (one, two) = (Ca::new("one").pem, Ca::new("two").pem);
    for (text, added, failed) in [
        (format!("\u{feff}{one}{two}"), 2, 0),
        (format!("{one}{two}").replace('\n', "\r\n"), 2, 0),
        (format!("{one}{two}").replace('\n', "\r"), 2, 0),
        (format!("{}{two}", one.trim_end()), 1, 1),
        (format!("{one}\0{two}"), 1, 1),
        (format!("{one}{}", &two[..two.len() - 10]), 1, 1),
        (format!("{}{two}{two}", &one[..one.len() - 30]), 1, 2),
        (format!("{one}{}", two.replace("CERTIFICATE", "TRUSTED CERTIFICATE")), 1, 1),
        (format!("{one}{}", two.replace("CERTIFICATE", "X509 CERTIFICATE")), 1, 1),
        (format!("{one}{}", two.replace("CERTIFICATE", "CERTIFICATE REQUEST")), 1, 0),
        (format!("caf\u{e9}\n{one}\nbehind it"), 1, 0),
        // 0 is the tag of a certificate's DER, too.
        (format!("0 caf\u{e9}\n{one}"), 1, 0),
        // One that is broken, whichever way, between two that are not.
        (format!("{one}{BROKEN}{two}"), 2, 1),
        (format!("{one}{}{two}", two.replacen('M', "*", 1)), 2, 1),
        (format!("{one}{}\n{two}", &two[..two.len() - 30]), 2, 1),
        (format!("{one}{}{two}", two.replace("END", "ENDE")), 2, 1),
        (format!("{one}{}{two}", two.replace("TE-----", "TE---")), 2, 1),
        (format!("{one}{}{two}", two.replacen('\n', "", 1)), 2, 1),
    ] {
        let mut builder = TlsConfig::builder();
        builder.add_roots(text.as_bytes()).unwrap();
        let counts = builder.build().unwrap().roots().given;
        assert_eq!((counts.added, counts.failed), (added, failed), "{text}");
        // Where one alone is meant, or all of them, that is an error.
        let mut builder = TlsConfig::builder();
        assert_eq!(builder.trust_certificate(text.as_bytes()).is_ok(), added + failed == 1);
    }
    // A client shows all of its chain or none.
    let leaf = pki::self_signed(&["a.example"], false);
    let marked = |text: &str| format!("\u{feff}{text}").into_bytes();
    let (chain, key) = (marked(&leaf.pem), marked(&leaf.key.serialize_pem()));
    let mut builder = TlsConfig::builder();
    builder.client_certificate(&chain, &key).unwrap();
    builder.build().unwrap();
    let chain = format!("{}{one}", leaf.pem.trim_end());
    let refused = TlsConfig::builder().client_certificate(chain.as_bytes(), &key);
    assert_eq!(kind_of(refused), Kind::TlsConfig);
}

#[test]
fn a_missing_file_is_named() {
    let error = TlsConfig::builder().add_roots_file("/no/such/file".as_ref()).unwrap_err();
    assert_eq!((error.kind(), error.os_error()), (Kind::TlsConfig, 2));
    assert!(error.message().contains("/no/such/file"));
}

#[test]
fn pins_in_addition_to_the_chain() {
    let ca = Ca::new("ca");
    let leaf = ca.leaf(&["a.example"]);
    let pin = pin_of(&leaf.pem);
    let with = |ca: &Ca, pins: &[&str]| {
        let mut builder = trusting(ca);
        pins.iter().for_each(|pin| builder.add_pin(pin).unwrap());
        builder.build().unwrap()
    };
    let wrong = format!("sha256/{}=", "A".repeat(43));
    visit(&leaf, &with(&ca, &[&wrong, &pin]), "a.example").unwrap();
    let (kind, message) = refused(&leaf, &with(&ca, &[&wrong]), "a.example");
    assert_eq!(kind, Kind::TlsPinMismatch);
    assert!(message.contains(&pin.replacen("//", "/", 1)), "{message} {pin}");
    let (kind, _) = refused(&leaf, &with(&Ca::new("other"), &[&pin]), "a.example");
    assert_eq!(kind, Kind::TlsUnknownIssuer);
}

#[test]
fn pins_instead_of_the_chain() {
    let leaf = pki::self_signed(&["a.example"], false);
    let mut builder = TlsConfig::builder();
    builder.pins_only();
    builder.add_pin(&pin_of(&leaf.pem)).unwrap();
    let config = builder.build().unwrap();
    visit(&leaf, &config, "a.example").unwrap();
    assert_eq!(refused(&leaf, &config, "b.example").0, Kind::TlsNameMismatch);
    let other = pki::self_signed(&["a.example"], false);
    assert_eq!(refused(&other, &config, "a.example").0, Kind::TlsPinMismatch);
}

#[test]
fn exactly_one_certificate() {
    for ca in [false, true] {
        let leaf = pki::self_signed(&["a.example"], ca);
        let mut builder = TlsConfig::builder();
        builder.trust_certificate(leaf.pem.as_bytes()).unwrap();
        let config = builder.build().unwrap();
        let tls = visit(&leaf, &config, "a.example").unwrap();
        assert_eq!(tls.verified_name().unwrap().as_deref(), Some("a.example"));
        assert_eq!(refused(&leaf, &config, "b.example").0, Kind::TlsNameMismatch);
        let other = pki::self_signed(&["a.example"], ca);
        assert_eq!(refused(&other, &config, "a.example").0, Kind::TlsPinMismatch);

        let mut builder = TlsConfig::builder();
        builder.trust_certificate(&leaf.chain[0]).unwrap();
        builder.dangerous_accept_any_name();
        let tls = visit(&leaf, &builder.build().unwrap(), "b.example").unwrap();
        assert_eq!(tls.verified_name().unwrap(), None);
    }
}

#[test]
fn any_name() {
    let ca = Ca::new("ca");
    let leaf = ca.leaf(&["a.example"]);
    let mut builder = trusting(&ca);
    builder.dangerous_accept_any_name();
    let config = builder.build().unwrap();
    visit(&leaf, &config, "b.example").unwrap();
    let other = Ca::new("other").leaf(&["b.example"]);
    assert_eq!(refused(&other, &config, "b.example").0, Kind::TlsUnknownIssuer);
    let expired = ca.leaf_with(&["b.example"], pki::expired);
    assert_eq!(refused(&expired, &config, "b.example").0, Kind::TlsExpired);
}

#[test]
fn any_certificate() {
    let mut builder = TlsConfig::builder();
    builder.dangerous_accept_any_certificate();
    let config = builder.build().unwrap();
    let ca = Ca::new("ca");
    let expired = ca.leaf_with(&["b.example"], pki::expired);
    for leaf in [expired, pki::self_signed(&[], true), ca.leaf(&["b.example"])] {
        visit(&leaf, &config, "a.example").unwrap();
    }
    // Nor is it parsed, which everything else needs.
    let mut garbage = ca.leaf(&["a.example"]);
    let pinned = pin_of(&garbage.pem);
    garbage.chain = vec![b"\x30\x03\x01\x02\x03".to_vec().into()];
    for version in [TlsVersion::V1_2, TlsVersion::V1_3] {
        let limited = |edit: &dyn Fn(&mut TlsConfigBuilder)| {
            let mut builder = TlsConfig::builder();
            builder.versions(version, version).unwrap();
            edit(&mut builder);
            builder.build().unwrap()
        };
        let any = limited(&|b| b.dangerous_accept_any_certificate());
        visit(&garbage, &any, "a.example").unwrap();
        let pins = limited(&|b| {
            b.add_pin(&pinned).unwrap();
            b.pins_only();
        });
        assert!(refused(&garbage, &pins, "a.example").0.is(Kind::TlsCertificate));
        let any_name = limited(&|b| b.dangerous_accept_any_name());
        assert!(refused(&garbage, &any_name, "a.example").0.is(Kind::TlsCertificate));
    }
}

#[test]
fn contradictions_are_refused() {
    let pin = format!("sha256/{}=", "A".repeat(43));
    let leaf = pki::self_signed(&["a.example"], false);
    type Edit<'a> = &'a dyn Fn(&mut TlsConfigBuilder);
    let cases: [Edit; 11] = [
        &|b| b.pins_only(),
        &|b| {
            b.dangerous_accept_any_certificate();
            b.add_pin(&pin).unwrap();
        },
        &|b| {
            b.add_bundled_roots().unwrap();
            b.trust_certificate(leaf.pem.as_bytes()).unwrap();
        },
        &|b| {
            b.versions(TlsVersion::V1_2, TlsVersion::V1_2).unwrap();
            b.cipher_suites(&["TLS_AES_128_GCM_SHA256"]).unwrap();
        },
        &|b| b.cipher_suites(&[]).unwrap(),
        // Two choices, whichever comes last: the more careful one must not be lost.
        &|b| {
            b.trust_certificate(leaf.pem.as_bytes()).unwrap();
            b.dangerous_accept_any_certificate();
        },
        &|b| {
            b.dangerous_accept_any_certificate();
            b.trust_certificate(leaf.pem.as_bytes()).unwrap();
        },
        &|b| {
            b.trust_certificate(leaf.pem.as_bytes()).unwrap();
            b.add_pin(&pin).unwrap();
            b.pins_only();
        },
        &|b| {
            b.trust_certificate(leaf.pem.as_bytes()).unwrap();
            b.trust_certificate(pki::self_signed(&["a.example"], false).pem.as_bytes()).unwrap();
        },
        &|b| {
            b.verify_name("a.example").unwrap();
            b.dangerous_accept_any_name();
        },
        &|b| {
            b.verify_name("a.example").unwrap();
            b.dangerous_accept_any_certificate();
        },
    ];
    for (place, edit) in cases.iter().enumerate() {
        let mut builder = TlsConfig::builder();
        edit(&mut builder);
        assert_eq!(kind_of(builder.build()), Kind::TlsConfig, "case {place}");
    }
    // The same twice is none.
    let mut builder = TlsConfig::builder();
    for _ in 0..2 {
        builder.trust_certificate(leaf.pem.as_bytes()).unwrap();
        builder.dangerous_accept_any_name();
    }
    builder.build().unwrap();
}

#[test]
fn versions_and_suites() {
    let ca = Ca::new("ca");
    let leaf = ca.leaf(&["a.example"]);
    for (version, name, suite) in [
        (TlsVersion::V1_2, "TLSv1.2", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
        (TlsVersion::V1_3, "TLSv1.3", "TLS_CHACHA20_POLY1305_SHA256"),
    ] {
        let mut builder = trusting(&ca);
        builder.versions(version, version).unwrap();
        builder.cipher_suites(&[suite]).unwrap();
        let tls = visit(&leaf, &builder.build().unwrap(), "a.example").unwrap();
        assert_eq!(
            (tls.version(), tls.cipher_suite().unwrap().as_deref()),
            (Some(name), Some(suite))
        );
    }
    // More names than a ClientHello has room for, but one suite.
    let mut builder = trusting(&ca);
    builder.cipher_suites(&vec!["TLS_AES_128_GCM_SHA256"; 40_000]).unwrap();
    let tls = visit(&leaf, &builder.build().unwrap(), "a.example").unwrap();
    assert_eq!(tls.cipher_suite().unwrap().as_deref(), Some("TLS_AES_128_GCM_SHA256"));
    let mut builder = TlsConfig::builder();
    assert_eq!(kind_of(builder.cipher_suites(&["RC4-MD5"])), Kind::TlsConfig);
    assert_eq!(kind_of(builder.versions(TlsVersion::V1_3, TlsVersion::V1_2)), Kind::TlsConfig);
}

#[test]
fn no_version_in_common() {
    let ca = Ca::new("ca");
    let leaf = ca.leaf(&["a.example"]);
    let server = peer::config_with(&leaf, &[&rustls::version::TLS12], None);
    let peer = Peer::tls(server, 1, |stream| answer_one(stream, b""));
    let mut builder = trusting(&ca);
    builder.versions(TlsVersion::V1_3, TlsVersion::V1_3).unwrap();
    let mut tls = start(peer.address, &builder.build().unwrap(), "a.example").unwrap();
    assert_eq!(kind_of(get(&mut tls)), Kind::TlsProtocolVersion);
    peer.join();
}

#[test]
fn alpn() {
    let ca = Ca::new("ca");
    let leaf = ca.leaf(&["a.example"]);
    let mut builder = trusting(&ca);
    builder.alpn(&[]).unwrap();
    assert_eq!(visit(&leaf, &builder.build().unwrap(), "a.example").unwrap().alpn(), None);
    let mut builder = trusting(&ca);
    builder.alpn(&[b"h2"]).unwrap();
    let (kind, message) = refused(&leaf, &builder.build().unwrap(), "a.example");
    assert_eq!((kind, message.contains("ALPN")), (Kind::Tls, true), "{message}");
    let long = [b'a'; 256];
    for bad in [vec![&b""[..]], vec![b"http/1.1", b""], vec![&long], vec![&long[1..]; 17]] {
        assert_eq!(kind_of(TlsConfig::builder().alpn(&bad)), Kind::TlsConfig);
    }
    // The most there may be, with bytes that are no text, and one that is named again.
    let mut builder = trusting(&ca);
    let most: [&[u8]; 17] = core::array::from_fn(|i| match i {
        0 => &b"\0\xff"[..],
        1 | 16 => b"http/1.1",
        _ => &[b'a'; 255],
    });
    builder.alpn(&most).unwrap();
    let tls = visit(&leaf, &builder.build().unwrap(), "a.example").unwrap();
    assert_eq!(tls.alpn(), Some(&b"http/1.1"[..]));
}

#[test]
fn sni_and_the_verified_name_are_separate() {
    let ca = Ca::new("ca");
    let leaf = ca.leaf(&["real.example"]);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let server = peer::config(&leaf);
    let peer = Peer::tls(server, 5, {
        let seen = seen.clone();
        move |stream| {
            answer_one(stream, b"answer");
            seen.lock().unwrap().push(stream.conn.server_name().map(String::from));
        }
    });
    let visit = |name: &str, edit: &dyn Fn(&mut TlsConfigBuilder)| {
        let mut builder = trusting(&ca);
        edit(&mut builder);
        let mut tls = start(peer.address, &builder.build().unwrap(), name).unwrap();
        get(&mut tls).map(|_| tls.verified_name().unwrap().unwrap()).map_err(|e| e.kind())
    };
    let front = |b: &mut TlsConfigBuilder| b.sni(Some("front.example")).unwrap();
    assert_eq!(visit("real.example", &|_| {}), Ok("real.example".into()));
    assert_eq!(visit("real.example", &|b| b.sni(None).unwrap()), Ok("real.example".into()));
    assert_eq!(visit("real.example", &front), Ok("real.example".into()));
    assert_eq!(visit("front.example", &front), Err(Kind::TlsNameMismatch));
    let both = |b: &mut TlsConfigBuilder| {
        front(b);
        b.verify_name("real.example").unwrap();
    };
    assert_eq!(visit("10.0.0.1", &both), Ok("real.example".into()));
    peer.join();
    let expected = [
        Some("real.example"),
        None,
        Some("front.example"),
        Some("front.example"),
        Some("front.example"),
    ];
    assert_eq!(*seen.lock().unwrap(), expected.map(|name| name.map(String::from)));
    assert_eq!(kind_of(TlsConfig::builder().sni(Some("10.0.0.1"))), Kind::TlsConfig);
}

#[test]
fn an_address_is_not_sent_as_sni() {
    let ca = Ca::new("ca");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let peer = Peer::tls(peer::config(&ca.leaf(&["127.0.0.1", "a.example"])), 2, {
        let seen = seen.clone();
        move |stream| {
            answer_one(stream, b"answer");
            seen.lock().unwrap().push(stream.conn.server_name().map(String::from));
        }
    });
    let config = trusting(&ca).build().unwrap();
    for name in ["127.0.0.1", "a.example"] {
        get(&mut start(peer.address, &config, name).unwrap()).unwrap();
    }
    peer.join();
    assert_eq!(*seen.lock().unwrap(), [None, Some("a.example".to_owned())]);
}

/// rustls alone would verify the name that it sends as SNI.
#[test]
fn with_another_sni_a_wrong_name_still_fails_the_handshake() {
    let ca = Ca::new("ca");
    let leaf = ca.leaf(&["front.example"]);
    for version in [TlsVersion::V1_2, TlsVersion::V1_3] {
        let peer = Peer::tls(peer::config(&leaf), 1, |stream| {
            let error = stream.read(&mut [0; 100]).unwrap_err().to_string();
            assert!(error.contains("BadCertificate"), "{error}");
            assert!(stream.conn.is_handshaking(), "our Finished has arrived");
        });
        let mut builder = trusting(&ca);
        builder.versions(version, version).unwrap();
        builder.sni(Some("front.example")).unwrap();
        let tcp = crate::wire::Tcp::connect(peer.address);
        let calls = tcp.calls.clone();
        let config = builder.build().unwrap();
        let mut tls = Tls::start(Box::new(tcp), &config, "real.example").unwrap();
        let error = tls.write(&[b"GET / HTTP/1.1\r\n\r\n"]).unwrap_err();
        assert_eq!(error.kind(), Kind::TlsNameMismatch);
        let expected = "not valid for 'real.example': it is valid for 'front.example'";
        assert!(error.message().contains(expected), "{error}");
        assert_eq!(calls.get().1, 2, "a ClientHello and an alert");
        drop(tls);
        peer.join();
    }
}

#[test]
fn sessions_under_one_sni_belong_to_the_name_that_was_verified() {
    let ca = Ca::new("ca");
    let leaf = ca.leaf(&["a.example", "b.example"]);
    for version in [TlsVersion::V1_2, TlsVersion::V1_3] {
        let peer = Peer::tls(peer::config(&leaf), 7, |stream| answer_one(stream, b"answer"));
        let with = |sessions: usize| {
            let mut builder = trusting(&ca);
            builder.versions(version, version).unwrap();
            builder.sni(Some("front.example")).unwrap();
            builder.resumption(sessions).unwrap();
            builder.build().unwrap()
        };
        let resumed = |config: &TlsConfig, name: &str| {
            let mut tls = start(peer.address, config, name).unwrap();
            get(&mut tls).map(|_| tls.resumed()).map_err(|e| e.kind())
        };
        let config = with(256);
        assert_eq!(resumed(&config, "a.example"), Ok(false));
        assert_eq!(resumed(&config, "b.example"), Ok(false));
        assert_eq!(resumed(&config, "c.example"), Err(Kind::TlsNameMismatch));
        assert_eq!(resumed(&config.clone(), "a.example"), Ok(true));
        assert_eq!(resumed(&config, "b.example"), Ok(true));
        let config = with(0);
        assert_eq!(resumed(&config, "a.example"), Ok(false));
        assert_eq!(resumed(&config, "a.example"), Ok(false));
        peer.join();
    }
}

/// With the name as SNI, and with another: the bound is one of the whole configuration.
#[test]
fn remembered_sessions_are_bounded_and_belong_to_a_configuration() {
    let ca = Ca::new("ca");
    let leaf = ca.leaf(&["a.example", "b.example"]);
    for sni in [None, Some("front.example")] {
        let peer = Peer::tls(peer::config(&leaf), 5, |stream| answer_one(stream, b"answer"));
        let small = || {
            let mut builder = trusting(&ca);
            builder.resumption(1).unwrap();
            if sni.is_some() {
                builder.sni(sni).unwrap();
            }
            builder.build().unwrap()
        };
        let resumed = |config: &TlsConfig, name: &str| {
            let mut tls = start(peer.address, config, name).unwrap();
            get(&mut tls).unwrap();
            tls.resumed()
        };
        let config = small();
        assert!(!resumed(&config, "a.example"));
        assert!(!resumed(&small(), "a.example"));
        assert!(resumed(&config, "a.example"));
        assert!(!resumed(&config, "b.example"));
        assert!(!resumed(&config, "a.example"), "b.example has taken its place");
        peer.join();
    }
}

/// The server would accept early data with a resumed session.
#[test]
fn no_early_data_is_sent() {
    let ca = Ca::new("ca");
    let mut server = peer::config(&ca.leaf(&["a.example"]));
    server.max_early_data_size = 1 << 14;
    let peer = Peer::tls(server, 2, |stream| {
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock).unwrap();
            assert!(stream.conn.early_data().is_none());
        }
        answer_one(stream, b"answer");
    });
    let config = trusting(&ca).build().unwrap();
    for resumed in [false, true] {
        let mut tls = start(peer.address, &config, "a.example").unwrap();
        get(&mut tls).unwrap();
        assert_eq!(tls.resumed(), resumed);
    }
    peer.join();
}

#[test]
fn resumption() {
    let ca = Ca::new("ca");
    let leaf = ca.leaf(&["a.example", "b.example"]);
    for version in [TlsVersion::V1_2, TlsVersion::V1_3] {
        let peer = Peer::tls(peer::config(&leaf), 5, |stream| answer_one(stream, b"answer"));
        let resumed = |config: &TlsConfig, name: &str| {
            let mut tls = start(peer.address, config, name).unwrap();
            assert_eq!(get(&mut tls).unwrap(), b"answer");
            assert_eq!(tls.peer_certificates().len(), 1);
            tls.resumed()
        };
        let with = |sessions: usize| {
            let mut builder = trusting(&ca);
            builder.versions(version, version).unwrap();
            builder.resumption(sessions).unwrap();
            builder.build().unwrap()
        };
        let config = with(256);
        assert_eq!(
            [resumed(&config, "a.example"), resumed(&config.clone(), "a.example")],
            [false, true]
        );
        assert!(!resumed(&config, "b.example"));
        let config = with(0);
        assert_eq!([resumed(&config, "a.example"), resumed(&config, "a.example")], [false, false]);
        peer.join();
    }
}

#[test]
fn key_log() {
    let ca = Ca::new("ca");
    let leaf = ca.leaf(&["a.example"]);
    let lines = Arc::new(Mutex::new(Vec::<String>::new()));
    let mut builder = trusting(&ca);
    let sink = lines.clone();
    builder.key_log(move |line| sink.lock().unwrap().push(line.to_string())).unwrap();
    visit(&leaf, &builder.build().unwrap(), "a.example").unwrap();
    let lines = lines.lock().unwrap();
    let labels: Vec<_> = lines.iter().map(|line| line.split(' ').next().unwrap()).collect();
    assert!(labels.contains(&"CLIENT_TRAFFIC_SECRET_0"), "{labels:?}");
    assert!(lines.iter().all(|line| line.split(' ').count() == 3));

    let path = tempdir("keylog").join("keys");
    let mut builder = trusting(&ca);
    builder.key_log_file(&path).unwrap();
    visit(&leaf, &builder.build().unwrap(), "a.example").unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), lines.len());
}

#[test]
fn client_certificates() {
    let ca = Ca::new("ca");
    let clients = Ca::new("clients");
    let leaf = ca.leaf(&["a.example"]);
    let good = clients.leaf_with(&["client"], pki::for_clients);
    let wrong = Ca::new("others").leaf_with(&["client"], pki::for_clients);
    for version in [TlsVersion::V1_2, TlsVersion::V1_3] {
        let server = peer::config_with(&leaf, rustls::ALL_VERSIONS, Some(&clients));
        let peer = Peer::tls(server, 3, |stream| answer_one(stream, b"answer"));
        for (client, expected) in [(Some(&good), true), (None, false), (Some(&wrong), false)] {
            let mut builder = trusting(&ca);
            builder.versions(version, version).unwrap();
            if let Some(client) = client {
                let key = client.key.serialize_pem();
                builder.client_certificate(client.pem.as_bytes(), key.as_bytes()).unwrap();
            }
            let mut tls = start(peer.address, &builder.build().unwrap(), "a.example").unwrap();
            match get(&mut tls) {
                Ok(_) => assert!(expected),
                Err(e) => {
                    assert_eq!((expected, e.kind()), (false, Kind::TlsClientCertificate), "{e}")
                }
            }
        }
        peer.join();
    }
}

#[test]
fn a_client_certificate_with_its_chain() {
    let ca = Ca::new("ca");
    let root = Ca::new("clients");
    let outer = root.intermediate("outer", |_| {});
    let inner = outer.intermediate("inner", |_| {});
    let client = inner.leaf_with(&["client"], pki::for_clients);
    let key = client.key.serialize_pem();
    let chain = |certificates: &[&str]| certificates.concat().into_bytes();
    let whole = chain(&[&client.pem, &inner.pem, &outer.pem]);

    let server = peer::config_with(&ca.leaf(&["a.example"]), rustls::ALL_VERSIONS, Some(&root));
    let peer = Peer::tls(server, 4, |stream| answer_one(stream, b"answer"));
    for version in [TlsVersion::V1_2, TlsVersion::V1_3] {
        for (chain, complete) in [(&whole, true), (&chain(&[&client.pem, &inner.pem]), false)] {
            let mut builder = trusting(&ca);
            builder.versions(version, version).unwrap();
            builder.client_certificate(chain, key.as_bytes()).unwrap();
            let mut tls = start(peer.address, &builder.build().unwrap(), "a.example").unwrap();
            match get(&mut tls) {
                Ok(_) => assert!(complete),
                Err(e) => assert_eq!((complete, e.kind()), (false, Kind::TlsClientCertificate)),
            }
        }
    }
    peer.join();

    let gap = chain(&[&client.pem, &outer.pem]);
    let twisted = chain(&[&client.pem, &outer.pem, &inner.pem]);
    for (chain, place) in [(gap, "certificate 1 "), (twisted, "certificate 1 ")] {
        let refused = TlsConfig::builder().client_certificate(&chain, key.as_bytes());
        let error = refused.unwrap_err();
        let message = error.message();
        assert!(message.contains("out of order") && message.contains(place), "{message}");
    }
}

#[test]
fn client_certificates_are_checked_when_given() {
    let ca = Ca::new("ca");
    let (one, two) = (ca.leaf(&["one"]), ca.leaf(&["two"]));
    let key = one.key.serialize_pem();
    let mut builder = TlsConfig::builder();
    builder.client_certificate(two.pem.as_bytes(), key.as_bytes()).unwrap();
    let error = builder.build().unwrap_err();
    assert_eq!(error.kind(), Kind::TlsConfig);
    assert!(error.message().contains("does not belong"), "{error}");

    let mut builder = TlsConfig::builder();
    let chain = format!("{}{}", ca.pem, one.pem);
    let error = builder.client_certificate(chain.as_bytes(), key.as_bytes()).unwrap_err();
    assert!(error.message().contains("out of order"), "{error}");
    let chain = format!("{}{}", one.pem, ca.pem);
    builder.client_certificate(chain.as_bytes(), key.as_bytes()).unwrap();
    for (key, hint) in [
        ("", "no private key"),
        (
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n-----END ENCRYPTED PRIVATE KEY-----\n",
            "decrypt",
        ),
    ] {
        let error = builder.client_certificate(chain.as_bytes(), key.as_bytes()).unwrap_err();
        assert!(error.kind() == Kind::TlsConfig && error.message().contains(hint), "{error}");
    }
    builder.build().unwrap();
}

#[test]
fn every_form_of_key() {
    let directory = tempdir("keys");
    let run = |command: &str| {
        let status = std::process::Command::new("sh")
            .current_dir(&directory)
            .args(["-c", command])
            .stderr(std::process::Stdio::null())
            .status();
        assert!(status.unwrap().success(), "{command}");
    };
    run("openssl req -x509 -newkey rsa:2048 -nodes -keyout pkcs8.pem -out rsa.pem -subj /CN=x");
    run("openssl rsa -in pkcs8.pem -traditional -out pkcs1.pem");
    run("openssl ecparam -name prime256v1 -genkey -noout -out sec1.pem");
    run("openssl req -x509 -new -key sec1.pem -out ec.pem -subj /CN=x");
    for (chain, key) in [("rsa.pem", "pkcs8.pem"), ("rsa.pem", "pkcs1.pem"), ("ec.pem", "sec1.pem")]
    {
        let mut builder = TlsConfig::builder();
        builder.client_certificate_files(&directory.join(chain), &directory.join(key)).unwrap();
        builder.build().unwrap();
    }
}

/// Runs an ignored test of this file in a process of its own, with this environment and no other
/// store or key log in it.
fn in_a_process(test: &str, environment: &[(&str, &Path)]) {
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("configuration::{test}"), "--ignored"])
        .env_remove("SSL_CERT_FILE")
        .env_remove("SSL_CERT_DIR")
        .env_remove("SSLKEYLOGFILE")
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

const BROKEN: &str = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";

#[test]
fn the_system_store_honours_its_variables() {
    let directory = tempdir("system");
    let file = directory.join("roots.pem");
    let two = format!("{}{BROKEN}{}", Ca::new("one").pem, Ca::new("two").pem);
    std::fs::write(&file, &two).unwrap();
    in_a_process("with_a_system_store_of_two", &[("SSL_CERT_FILE", &file)]);
    let hashed = directory.join("hashed");
    std::fs::create_dir(&hashed).unwrap();
    std::fs::write(hashed.join("12345678.0"), &two).unwrap();
    in_a_process("with_a_system_store_of_two", &[("SSL_CERT_DIR", &hashed)]);
    let none = directory.join("none");
    in_a_process("without_a_system_store", &[("SSL_CERT_FILE", &none)]);
}

#[test]
#[ignore = "run by the_system_store_honours_its_variables, with them set"]
fn with_a_system_store_of_two() {
    let mut builder = TlsConfig::builder();
    builder.add_system_roots().unwrap();
    let counts = builder.build().unwrap().roots();
    assert_eq!((counts.system.added, counts.system.failed), (2, 1));
    assert_eq!((counts.bundled.added, counts.given.added), (0, 0));
    // Who did not ask for the system's store does not get it.
    let counts = TlsConfig::builder().build().unwrap().roots();
    assert_eq!((counts.system.added, counts.system.failed), (0, 0));
    assert!(counts.bundled.added > 50);
}

#[test]
#[ignore = "run by the_system_store_honours_its_variables, with one set to nothing"]
fn without_a_system_store() {
    let mut builder = TlsConfig::builder();
    assert_eq!(kind_of(builder.add_system_roots()), Kind::TlsConfig);
    // Nor do the bundled roots take its place unasked.
    assert_eq!(kind_of(builder.build()), Kind::TlsConfig);
}

/// A set-user-id program, started by somebody else, does not believe its caller: so OpenSSL has it, by secure_getenv.
/// Such a program is made here, which takes root, and a file system that knows of such programs.
#[test]
#[cfg(unix)]
fn a_set_user_id_program_does_not_believe_its_environment() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;

    let directory = std::env::temp_dir().join(format!("hc-setuid-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let (program, file) = (directory.join("tests"), directory.join("roots.pem"));
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    std::fs::write(&file, format!("{}{BROKEN}{}", Ca::new("one").pem, Ca::new("two").pem)).unwrap();
    for (path, mode) in [(&directory, 0o755), (&program, 0o4755), (&file, 0o644)] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    let run = |test: &str, variable: &str, who: u32| {
        let mut command = std::process::Command::new(&program);
        let name = format!("configuration::{test}");
        command.args(["--exact", &name, "--ignored", "--nocapture"]).current_dir(&directory);
        command.env_clear().env(variable, &file).uid(who).output()
    };
    const NOBODY: u32 = 65534;
    let outcomes = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
        .map(|variable| run("with_more_rights_than_its_caller", variable, NOBODY));
    let believed = run("with_a_system_store_of_two", "SSL_CERT_FILE", 0);
    std::fs::remove_dir_all(&directory).unwrap();
    for outcome in outcomes {
        let Ok(output) = outcome else {
            eprintln!("not run: only root can make such a program");
            return;
        };
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
        if text.contains(NO_MORE_RIGHTS) {
            eprintln!("not run: {} knows no such programs", std::env::temp_dir().display());
            return;
        }
    }
    // Started by the one whose rights it has, it is a program like others.
    let output = believed.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

const NO_MORE_RIGHTS: &str = "no more rights";

#[test]
#[ignore = "run by a_set_user_id_program_does_not_believe_its_environment, with one of the variables set"]
fn with_more_rights_than_its_caller() {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ids = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    let ids: Vec<&str> = ids.unwrap_or_default().split_whitespace().take(2).collect();
    if ids.first() == ids.last() {
        println!("{NO_MORE_RIGHTS}");
        return;
    }
    let mut builder = TlsConfig::builder();
    // The machine may have no store; what it has is not the two of the file.
    let found = builder.add_system_roots();
    let counts = found.and_then(|()| builder.build()).map(|config| config.roots().system);
    assert!(counts.as_ref().is_err() || counts.is_ok_and(|count| count.added > 2));
}

#[test]
fn no_key_is_logged_unasked() {
    let file = tempdir("unasked").join("keys");
    in_a_process("with_a_key_log_in_the_environment", &[("SSLKEYLOGFILE", &file)]);
    assert!(!file.exists());
}

#[test]
#[ignore = "run by no_key_is_logged_unasked, with the variable set"]
fn with_a_key_log_in_the_environment() {
    let ca = Ca::new("ca");
    visit(&ca.leaf(&["a.example"]), &trusting(&ca).build().unwrap(), "a.example").unwrap();
}

/// Eight threads, one configuration: some sessions are new, some resumed, all are verified.
#[test]
fn a_configuration_is_shared_between_threads() {
    const THREADS: usize = 8;
    const EACH: usize = 25;
    let ca = Ca::new("ca");
    let names: Vec<String> = (0..4).map(|place| format!("{place}.example")).collect();
    let good: Vec<&str> = names.iter().map(String::as_str).collect();
    let leaf = ca.leaf(&good);
    let resumed = std::sync::atomic::AtomicUsize::new(0);
    // Room for two names, which drive each other out, and for all.
    for (sni, servers) in
        [(None, 2), (None, 8), (Some("front.example"), 2), (Some("front.example"), 8)]
    {
        let mut builder = trusting(&ca);
        builder.resumption(8 * servers).unwrap();
        if sni.is_some() {
            builder.sni(sni).unwrap();
        }
        let config = builder.build().unwrap();
        let server = Arc::new(peer::config(&leaf));
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                // A listener each, but one set of tickets.
                let peer =
                    Peer::tls_shared(server.clone(), EACH, |stream| answer_one(stream, b"answer"));
                let (config, resumed, good) = (config.clone(), &resumed, &good);
                scope.spawn(move || {
                    for turn in 0..EACH {
                        let bad = turn % 5 == 4;
                        let name = if bad { "evil.example" } else { good[(thread + turn) % 4] };
                        let mut tls = start(peer.address, &config, name).unwrap();
                        match get(&mut tls) {
                            Ok(_) => {
                                assert_eq!(tls.verified_name().unwrap().as_deref(), Some(name))
                            }
                            Err(e) => assert_eq!((bad, e.kind()), (true, Kind::TlsNameMismatch)),
                        }
                        assert!(!bad || !tls.resumed());
                        resumed.fetch_add(tls.resumed().into(), Ordering::Relaxed);
                    }
                    peer.join();
                });
            }
        });
        let resumed = resumed.swap(0, Ordering::Relaxed);
        // All but one for each thread and name, give or take those that begin at the same time.
        let enough = THREADS * (EACH * 4 / 5 - 4);
        assert!(servers == 2 || resumed >= enough / 2, "{sni:?}: {resumed} of {enough}");
    }
}

/// Whatever comes in: an error or a configuration, and never more than was asked for.
#[test]
fn odd_input_is_refused() {
    let ca = Ca::new("ca");
    let leaf = ca.leaf(&["a.example"]);
    let key = leaf.key.serialize_pem();
    let list = ca.revoke(&[1], 2222);
    let fed = |input: &[u8]| {
        let mut builder = TlsConfig::builder();
        let outcomes = [
            builder.add_roots(input),
            builder.trust_certificate(input),
            builder.add_revocation_lists(input),
            builder.client_certificate(input, key.as_bytes()),
            builder.client_certificate(leaf.pem.as_bytes(), input),
        ];
        let _ = builder.build();
        outcomes.map(|outcome| outcome.map_err(|e| assert_eq!(e.kind(), Kind::TlsConfig)).is_ok())
    };
    // Cut anywhere, nothing is a certificate.
    for (place, _) in ca.der.iter().enumerate() {
        assert_eq!(fed(&ca.der[..place])[..2], [false; 2], "DER cut at {place}");
    }
    for place in 0..ca.pem.trim_end().len() {
        assert_eq!(fed(&ca.pem.as_bytes()[..place]), [false; 5], "PEM cut at {place}");
    }
    // A byte changed may be in a name, but no key may be read from it, and nothing panics.
    for place in 0..ca.der.len() {
        for change in [0x00, 0x80, 0xff] {
            let mut der = ca.der.to_vec();
            der[place] = change;
            fed(&der);
        }
    }
    for (input, what) in [
        (&b""[..], "nothing"),
        (b"\0", "a NUL"),
        (b"0", "half a tag"),
        (b"\x30\x84\xff\xff\xff\xff\xff", "a length of 4 GiB"),
        (b"\x30\x80\0\0\xff", "an indefinite length"),
        (&[0x30; 10_000], "deep nesting"),
        (&[0; 10_000], "NULs"),
        (b"-----BEGIN CERTIFICATE-----", "no end"),
        (b"-----BEGIN CERTIFICATE-----\n\xff\n-----END CERTIFICATE-----\n", "no base64"),
        (key.as_bytes(), "a key"),
    ] {
        assert_eq!(fed(input)[..4], [false; 4], "{what}");
    }
    assert_eq!(fed(&[ca.pem.as_bytes(), b"\0\0\0"].concat())[..2], [true; 2], "NULs behind");
    assert!(!fed(&[&ca.der, &b"\n"[..]].concat())[1], "DER with something behind it");

    let list = CertificateRevocationListDer::from_pem_slice(list.as_bytes()).unwrap();
    for place in 0..list.len() {
        assert!(!fed(&list[..place])[2], "a list cut at {place}");
    }
    // What is inside is looked at when all is built.
    let mut inside = list.to_vec();
    inside[4] ^= 1;
    let mut builder = trusting(&ca);
    builder.add_revocation_lists(&inside).unwrap();
    assert_eq!(kind_of(builder.build()), Kind::TlsConfig);
}

#[test]
fn odd_files_are_refused() {
    let directory = tempdir("files");
    let empty = directory.join("empty");
    std::fs::write(&empty, "").unwrap();
    let huge = directory.join("huge");
    std::fs::File::create(&huge).unwrap().set_len(1 << 40).unwrap();
    let endless = Path::new("/dev/zero");
    let inside = empty.join("file");
    for (path, errno) in [
        (directory.as_path(), libc::EISDIR),
        (&empty, 0),
        (&huge, 0),
        (endless, 0),
        (&inside, libc::ENOTDIR),
    ] {
        let mut builder = TlsConfig::builder();
        for outcome in [
            builder.add_roots_file(path),
            builder.add_revocation_lists_file(path),
            builder.trust_certificate_file(path),
            builder.client_certificate_files(path, path),
        ] {
            let error = outcome.unwrap_err();
            assert_eq!(
                (error.kind(), error.os_error()),
                (Kind::TlsConfig, errno),
                "{}",
                path.display()
            );
        }
        assert_eq!(kind_of(builder.build()), Kind::TlsConfig);
    }
    std::fs::remove_file(&huge).unwrap();
}

/// Other tests of a build with aws-lc-rs show the fall back to x25519, since their peer uses ring.
#[cfg(feature = "aws-lc-rs")]
#[test]
fn post_quantum_key_exchange() {
    let ca = Ca::new("ca");
    let leaf = ca.leaf(&["a.example"]);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(leaf.chain.clone(), leaf.key_der())
        .unwrap();
    let peer = Peer::tls(server, 2, |stream| answer_one(stream, b"answer"));
    for (version, group) in [(TlsVersion::V1_3, "X25519MLKEM768"), (TlsVersion::V1_2, "x25519")] {
        let mut builder = trusting(&ca);
        builder.versions(version, version).unwrap();
        let mut tls = start(peer.address, &builder.build().unwrap(), "a.example").unwrap();
        get(&mut tls).unwrap();
        assert_eq!(tls.group().unwrap().as_deref(), Some(group));
    }
    peer.join();
}
