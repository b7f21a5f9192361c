//! What a configuration can be told, and what it refuses.

use std::sync::{Arc, Mutex};

use httpclient::engine::error::Kind;
use httpclient::transport::tls::{TlsConfig, TlsConfigBuilder, TlsVersion};

use crate::peer::{self, Peer, answer_one};
use crate::pki::{self, Ca};
use crate::{get, refused, start, trusting, visit};

fn kind_of(result: Result<impl Sized, httpclient::engine::error::Error>) -> Kind {
    result.err().expect("an error").kind
}

/// The pin of a certificate, by OpenSSL.
fn pin_of(pem: &str) -> String {
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
    let broken = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    builder.add_roots(format!("{}text\n{broken}{}", one.pem, two.pem).as_bytes()).unwrap();
    builder.add_roots(&two.der).unwrap();
    builder.add_bundled_roots();
    let path = tempdir("roots").join("roots.pem");
    std::fs::write(&path, &one.pem).unwrap();
    builder.add_roots_file(&path).unwrap();
    assert_eq!(kind_of(builder.add_roots(b"nothing")), Kind::TlsConfig);
    let counts = builder.build().unwrap().roots();
    assert_eq!((counts.given.added, counts.given.failed), (4, 1));
    assert!(counts.bundled.added > 50);
    assert_eq!(counts.system.added, 0);
}

#[test]
fn a_missing_file_is_named() {
    let error = TlsConfig::builder().add_roots_file("/no/such/file".as_ref()).unwrap_err();
    assert_eq!((error.kind, error.os), (Kind::TlsConfig, 2));
    assert!(error.message.as_str().contains("/no/such/file"));
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
        assert_eq!(tls.verified_name().as_deref(), Some("a.example"));
        assert_eq!(refused(&leaf, &config, "b.example").0, Kind::TlsNameMismatch);
        let other = pki::self_signed(&["a.example"], ca);
        assert_eq!(refused(&other, &config, "a.example").0, Kind::TlsPinMismatch);

        let mut builder = TlsConfig::builder();
        builder.trust_certificate(&leaf.chain[0]).unwrap();
        builder.dangerous_accept_any_name();
        let tls = visit(&leaf, &builder.build().unwrap(), "b.example").unwrap();
        assert_eq!(tls.verified_name(), None);
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
}

#[test]
fn contradictions_are_refused() {
    let pin = format!("sha256/{}=", "A".repeat(43));
    let leaf = pki::self_signed(&["a.example"], false);
    type Edit<'a> = &'a dyn Fn(&mut TlsConfigBuilder);
    let cases: [Edit; 4] = [
        &|b| b.pins_only(),
        &|b| {
            b.dangerous_accept_any_certificate();
            b.add_pin(&pin).unwrap();
        },
        &|b| {
            b.add_bundled_roots();
            b.trust_certificate(leaf.pem.as_bytes()).unwrap();
        },
        &|b| {
            b.versions(TlsVersion::V1_2, TlsVersion::V1_2).unwrap();
            b.cipher_suites(&["TLS_AES_128_GCM_SHA256"]).unwrap();
        },
    ];
    for (place, edit) in cases.iter().enumerate() {
        let mut builder = TlsConfig::builder();
        edit(&mut builder);
        assert_eq!(kind_of(builder.build()), Kind::TlsConfig, "case {place}");
    }
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
        assert_eq!((tls.version(), tls.cipher_suite().as_deref()), (Some(name), Some(suite)));
    }
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
    assert_eq!(kind_of(TlsConfig::builder().alpn(&[b""])), Kind::TlsConfig);
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
        get(&mut tls).map(|_| tls.verified_name().unwrap().into_owned()).map_err(|e| e.kind)
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
            builder.resumption(sessions);
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
    builder.key_log(move |line| sink.lock().unwrap().push(line.to_string()));
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
                    assert_eq!((expected, e.kind), (false, Kind::TlsClientCertificate), "{e}")
                }
            }
        }
        peer.join();
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
    assert_eq!(error.kind, Kind::TlsConfig);
    assert!(error.message.as_str().contains("does not belong"), "{error}");

    let mut builder = TlsConfig::builder();
    let chain = format!("{}{}", ca.pem, one.pem);
    let error = builder.client_certificate(chain.as_bytes(), key.as_bytes()).unwrap_err();
    assert!(error.message.as_str().contains("out of order"), "{error}");
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
        assert!(error.kind == Kind::TlsConfig && error.message.as_str().contains(hint), "{error}");
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

#[test]
fn the_system_store_honours_its_variables() {
    let path = tempdir("system").join("roots.pem");
    std::fs::write(&path, format!("{}{}", Ca::new("one").pem, Ca::new("two").pem)).unwrap();
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "configuration::with_a_system_store_of_two", "--ignored"])
        .env("SSL_CERT_FILE", &path)
        .env_remove("SSL_CERT_DIR")
        .status();
    assert!(status.unwrap().success());
}

#[test]
#[ignore = "run by the_system_store_honours_its_variables, with them set"]
fn with_a_system_store_of_two() {
    let mut builder = TlsConfig::builder();
    builder.add_system_roots().unwrap();
    let counts = builder.build().unwrap().roots();
    assert_eq!((counts.system.added, counts.system.failed), (2, 0));
    assert_eq!((counts.bundled.added, counts.given.added), (0, 0));
}

#[test]
fn a_configuration_is_shared_between_threads() {
    let ca = Ca::new("ca");
    let config = trusting(&ca).build().unwrap();
    let leaf = &ca.leaf(&["a.example"]);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| visit(leaf, &config, "a.example").unwrap());
        }
    });
}

#[test]
fn a_dangerous_choice_does_not_outlive_its_replacement() {
    let leaf = pki::self_signed(&["a.example"], false);
    let mut builder = TlsConfig::builder();
    builder.dangerous_accept_any_certificate();
    builder.trust_certificate(leaf.pem.as_bytes()).unwrap();
    let config = builder.build().unwrap();
    assert_eq!(refused(&leaf, &config, "b.example").0, Kind::TlsNameMismatch);
}
