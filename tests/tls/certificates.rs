//! Which certificates are accepted, and what is said of those that are not.

use httpclient::engine::error::Kind;
use httpclient::transport::Transport as _;
use httpclient::transport::tls::{TlsConfig, TlsVersion};
use rcgen::{BasicConstraints, IsCa};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::configuration::tempdir;
use crate::peer::{Nginx, OpenSsl};
use crate::pki::{self, Ca};
use crate::{refused, start, trusting, visit};

#[test]
fn good() {
    let ca = Ca::new("ca");
    let leaf = ca.leaf(&["good.example", "other.example"]);
    let config = trusting(&ca).build().unwrap();
    let tls = visit(&leaf, &config, "good.example").unwrap();
    assert_eq!(tls.version(), Some("TLSv1.3"));
    assert_eq!(tls.cipher_suite().unwrap().as_deref(), Some("TLS_AES_256_GCM_SHA384"));
    assert_eq!(tls.alpn(), Some(&b"http/1.1"[..]));
    assert_eq!(tls.verified_name().unwrap().as_deref(), Some("good.example"));
    assert_eq!(tls.peer_certificates().collect::<Vec<_>>(), [leaf.chain[0].as_ref()]);
    assert!(!tls.resumed());
    // The peer is rustls with ring, which knows no other.
    assert_eq!(tls.group().unwrap().as_deref(), Some("x25519"));
}

#[test]
fn names_are_normalised() {
    let ca = Ca::new("ca");
    let leaf = ca.leaf(&["good.example", "_under.good_example", "::1", "127.0.0.1"]);
    let config = trusting(&ca).build().unwrap();
    let names = ["good.example.", "GOOD.example", "127.0.0.1", "::1", "[::1]", "[::1%lo]", "::1%1"];
    for name in names.into_iter().chain(["_under.good_example"]) {
        visit(&leaf, &config, name).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
}

#[test]
fn what_is_no_name_is_refused_at_once() {
    let config = TlsConfig::builder().build().unwrap();
    for (name, kind) in [
        ("", Kind::Value),
        (".", Kind::Value),
        ("a b", Kind::Value),
        ("a..b", Kind::Value),
        ("a\0b", Kind::Value),
        ("1.2.3.4.5", Kind::Value),
        ("0x7f.1", Kind::Value),
        ("a.example..", Kind::Value),
        ("-a.example", Kind::Value),
        ("*.example", Kind::Value),
        (&"a".repeat(64), Kind::Value),
        (&"a.".repeat(150), Kind::Value),
        ("b\u{fc}cher.example", Kind::Encoding),
    ] {
        let tcp = crate::wire::Tcp::connect(crate::peer::Peer::raw(1, drop).address);
        let error = httpclient::transport::tls::Tls::start(Box::new(tcp), &config, name).err();
        assert_eq!(error.map(|e| e.kind()), Some(kind), "{name:?}");
    }
}

#[test]
fn wrong_name() {
    let ca = Ca::new("ca");
    let config = trusting(&ca).build().unwrap();
    let leaf = ca.leaf(&["good.example", "other.example", "10.1.2.3"]);
    let (kind, message) = refused(&leaf, &config, "evil.example");
    assert_eq!(kind, Kind::TlsNameMismatch);
    assert_eq!(
        message,
        "the certificate is not valid for 'evil.example': it is valid for 'good.example', \
         'other.example', '10.1.2.3'"
    );
    assert_eq!(refused(&leaf, &config, "10.1.2.4").0, Kind::TlsNameMismatch);
    visit(&leaf, &config, "10.1.2.3").unwrap();

    let (_, message) = refused(&ca.leaf(&["*.good.example", "::1"]), &config, "2001:db8::1");
    assert!(
        message.ends_with("'2001:db8::1': it is valid for '*.good.example', '::1'"),
        "{message}"
    );
    let many: Vec<String> = (0..200).map(|i| format!("{i}.good.example")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let (_, message) = refused(&ca.leaf(&many), &config, "evil.example");
    assert!(message.ends_with("'7.good.example' and 192 more"), "{message}");
}

#[test]
fn a_name_only_in_the_subject_does_not_count() {
    let ca = Ca::new("ca");
    let leaf = ca.leaf_with(&[], |params| {
        params.distinguished_name.push(rcgen::DnType::CommonName, "good.example");
    });
    let (kind, message) = refused(&leaf, &trusting(&ca).build().unwrap(), "good.example");
    assert_eq!(kind, Kind::TlsNameMismatch);
    assert!(message.ends_with("it names no host at all (no subjectAltName)"), "{message}");
}

#[test]
fn an_ip_address_as_a_dns_name_does_not_count() {
    let ca = Ca::new("ca");
    let leaf = ca.leaf(&["good.example"]);
    let (kind, _) = refused(&leaf, &trusting(&ca).build().unwrap(), "127.0.0.1");
    assert_eq!(kind, Kind::TlsNameMismatch);
}

#[test]
fn a_wildcard_is_one_label() {
    let ca = Ca::new("ca");
    let config = trusting(&ca).build().unwrap();
    let leaf = ca.leaf(&["*.good.example"]);
    visit(&leaf, &config, "a.good.example").unwrap();
    for name in ["good.example", "a.b.good.example", "agood.example", "127.0.0.1"] {
        assert_eq!(refused(&leaf, &config, name).0, Kind::TlsNameMismatch, "{name}");
    }
    let partial = ca.leaf(&["a*.good.example"]);
    assert!(refused(&partial, &config, "ab.good.example").0.is(Kind::TlsCertificate));
}

#[test]
fn dates() {
    let ca = Ca::new("ca");
    let config = trusting(&ca).build().unwrap();
    let (kind, message) =
        refused(&ca.leaf_with(&["a.example"], pki::expired), &config, "a.example");
    assert_eq!(kind, Kind::TlsExpired);
    assert!(
        message.starts_with("the server's certificate expired on 2002-02-03 00:00:00 UTC (now: 2"),
        "{message}"
    );
    let leaf = ca.leaf_with(&["a.example"], pki::not_yet_valid);
    let (kind, message) = refused(&leaf, &config, "a.example");
    assert_eq!(kind, Kind::TlsNotYetValid);
    assert!(
        message.starts_with(
            "the server's certificate is not valid before 2222-03-04 00:00:00 UTC (now: 2"
        ),
        "{message}"
    );
}

#[test]
fn self_signed() {
    let config = trusting(&Ca::new("ca")).build().unwrap();
    for ca in [false, true] {
        let leaf = pki::self_signed(&["a.example"], ca);
        let (kind, message) = refused(&leaf, &config, "a.example");
        assert_eq!(kind, Kind::TlsUnknownIssuer);
        assert!(message.contains("self-signed"), "{message}");
    }
}

#[test]
fn unknown_root() {
    let unknown = Ca::new("unknown");
    let mut leaf = unknown.leaf(&["a.example"]);
    let config = trusting(&Ca::new("ca")).build().unwrap();
    let (kind, message) = refused(&leaf, &config, "a.example");
    assert_eq!(kind, Kind::TlsUnknownIssuer);
    let expected = "it leads to 'unknown', which is not trusted, and whose certificate the server";
    assert!(message.contains(expected), "{message}");
    leaf.chain.push(unknown.der.clone());
    let (kind, message) = refused(&leaf, &config, "a.example");
    assert_eq!(kind, Kind::TlsUnknownIssuer);
    assert!(message.ends_with("it leads to 'unknown', which is not trusted"), "{message}");
    // The bundled roots are trusted where none is named.
    let config = TlsConfig::builder().build().unwrap();
    assert!(config.roots().bundled.added > 50);
    assert_eq!(refused(&leaf, &config, "a.example").0, Kind::TlsUnknownIssuer);
}

#[test]
fn a_root_of_the_same_name_with_another_key() {
    let leaf = Ca::new("ca").leaf(&["a.example"]);
    let config = trusting(&Ca::new("ca")).build().unwrap();
    let (kind, message) = refused(&leaf, &config, "a.example");
    assert_eq!(kind, Kind::TlsBadSignature, "{message}");
}

#[test]
fn intermediates() {
    let root = Ca::new("root");
    let config = trusting(&root).build().unwrap();
    let good = root.intermediate("intermediate", |_| {});
    let mut leaf = good.leaf(&["a.example"]);
    let (kind, message) = refused(&leaf, &config, "a.example");
    assert_eq!(kind, Kind::TlsUnknownIssuer);
    assert!(message.contains("it leads to 'intermediate', which"), "{message}");
    leaf.chain.push(good.der.clone());
    let tls = visit(&leaf, &config, "a.example").unwrap();
    assert_eq!(tls.peer_certificates().len(), 2);

    // Another than the server's own: looking at that one would show nothing wrong.
    let expired: (fn(&mut _), _, _) = (pki::expired, Kind::TlsExpired, "expired on 2002-02-03");
    let early = (pki::not_yet_valid as _, Kind::TlsNotYetValid, "is not valid before 2222-03-04");
    for (edit, expected, text) in [expired, early] {
        let bad = root.intermediate("bad", edit);
        let mut leaf = bad.leaf(&["a.example"]);
        leaf.chain.push(bad.der.clone());
        let (kind, message) = refused(&leaf, &config, "a.example");
        assert_eq!(kind, expected);
        let text = format!("the certificate of 'bad' (intermediate number 1) {text}");
        assert!(message.starts_with(&text), "{message}");
    }

    let constrained = root.intermediate("intermediate", pki::only_for("b.example"));
    let mut leaf = constrained.leaf(&["a.example"]);
    leaf.chain.push(constrained.der.clone());
    let (kind, message) = refused(&leaf, &config, "a.example");
    assert_eq!(kind, Kind::TlsWrongPurpose);
    assert!(message.contains("may not vouch for"), "{message}");
}

#[test]
fn authorities_that_are_none() {
    let root = Ca::new("root");
    let config = trusting(&root).build().unwrap();
    let last = root.intermediate("last", |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    });
    let beyond = last.intermediate("beyond", |_| {});
    let none = root.intermediate("none", |params| params.is_ca = IsCa::ExplicitNoCa);
    for (chain, text) in [(&[&beyond, &last][..], "longer than"), (&[&none], "no authority's")] {
        let mut leaf = chain[0].leaf(&["a.example"]);
        leaf.chain.extend(chain.iter().map(|authority| authority.der.clone()));
        let (kind, message) = refused(&leaf, &config, "a.example");
        assert_eq!((kind, message.contains(text)), (Kind::TlsCertificate, true), "{message}");
    }
    let leaf = root.leaf_with(&["a.example"], |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    });
    let (kind, message) = refused(&leaf, &config, "a.example");
    assert_eq!((kind, message.contains("not of a server")), (Kind::TlsCertificate, true));
}

#[test]
fn wrong_purpose() {
    let ca = Ca::new("ca");
    let leaf = ca.leaf_with(&["a.example"], pki::for_clients);
    let (kind, message) = refused(&leaf, &trusting(&ca).build().unwrap(), "a.example");
    assert_eq!(kind, Kind::TlsWrongPurpose);
    assert!(
        message.starts_with("the server's certificate may not be used by a server: it"),
        "{message}"
    );
}

#[test]
fn a_wrong_signature() {
    let ca = Ca::new("ca");
    let mut leaf = ca.leaf(&["a.example"]);
    let mut der = leaf.chain[0].to_vec();
    // The last byte belongs to the signature's second number.
    *der.last_mut().unwrap() ^= 1;
    leaf.chain = vec![der.into()];
    let (kind, message) = refused(&leaf, &trusting(&ca).build().unwrap(), "a.example");
    assert_eq!(kind, Kind::TlsBadSignature, "{message}");
}

#[test]
fn revocation() {
    let ca = Ca::new("ca");
    let leaf = ca.leaf_with(&["a.example"], pki::serial(7));
    let with = |list: &str| {
        let mut builder = trusting(&ca);
        builder.add_revocation_lists(list.as_bytes()).unwrap();
        builder.build().unwrap()
    };
    assert_eq!(refused(&leaf, &with(&ca.revoke(&[6, 7], 2222)), "a.example").0, Kind::TlsRevoked);
    visit(&leaf, &with(&ca.revoke(&[6], 2222)), "a.example").unwrap();
    let (kind, message) = refused(&leaf, &with(&ca.revoke(&[6], 2021)), "a.example");
    assert_eq!((kind, message.contains("2021-01-01")), (Kind::TlsCertificate, true), "{message}");
    let other = Ca::new("other").revoke(&[6], 2222);
    let (kind, message) = refused(&leaf, &with(&other), "a.example");
    assert_eq!(kind, Kind::TlsCertificate);
    assert_eq!(message, "no revocation list given covers the certificate's issuer");
    // Several in one text, and then there is one for each issuer.
    let both = [other, ca.revoke(&[7], 2222)].concat();
    assert_eq!(refused(&leaf, &with(&both), "a.example").0, Kind::TlsRevoked);
    let path = tempdir("lists").join("list.pem");
    std::fs::write(&path, both).unwrap();
    let mut builder = trusting(&ca);
    builder.add_revocation_lists_file(&path).unwrap();
    assert_eq!(refused(&leaf, &builder.build().unwrap(), "a.example").0, Kind::TlsRevoked);
}

/// Behind the server's own, certificates may come in any order (RFC 8446, section 4.4.2); but its own
/// comes first.
#[test]
fn the_order_of_the_servers_chain() {
    let root = Ca::new("root");
    let config = trusting(&root).build().unwrap();
    let outer = root.intermediate("outer", |_| {});
    let inner = outer.intermediate("inner", |_| {});
    let mut leaf = inner.leaf(&["a.example"]);
    leaf.chain.extend([outer.der.clone(), inner.der.clone()]);
    visit(&leaf, &config, "a.example").unwrap();
    leaf.chain.swap(0, 2);
    let (kind, message) = refused(&leaf, &config, "a.example");
    assert_eq!(kind, Kind::TlsCertificate);
    assert!(message.contains("must come first"), "{message}");
}

/// rustls knows nothing of a certificate's dates but by the chain, which these do not look at.
#[test]
fn dates_where_no_chain_is_verified() {
    let ca = Ca::new("ca");
    for edit in [pki::expired, pki::not_yet_valid] {
        let leaf = ca.leaf_with(&["a.example"], edit);
        let mut builder = TlsConfig::builder();
        builder.trust_certificate(leaf.pem.as_bytes()).unwrap();
        visit(&leaf, &builder.build().unwrap(), "a.example").unwrap();
        let mut builder = TlsConfig::builder();
        builder.add_pin(&crate::configuration::pin_of(&leaf.pem)).unwrap();
        builder.pins_only();
        visit(&leaf, &builder.build().unwrap(), "a.example").unwrap();
        // With roots, a pin changes nothing of that.
        let mut builder = trusting(&ca);
        builder.add_pin(&crate::configuration::pin_of(&leaf.pem)).unwrap();
        let (kind, _) = refused(&leaf, &builder.build().unwrap(), "a.example");
        assert!(matches!(kind, Kind::TlsExpired | Kind::TlsNotYetValid));
    }
}

/// What rcgen does not make, OpenSSL does: the PEM of a root, of a server's certificate that it signed,
/// and of that one's key.
fn by_openssl(root: &str, leaf: &str, digest: &str) -> [String; 3] {
    let directory = tempdir("weak");
    let script = format!(
        "openssl req -x509 {root} -nodes -keyout ca.key -out ca.pem -subj /CN=ca -days 9 &&
         openssl req {leaf} -nodes -keyout leaf.key -out leaf.csr -subj /CN=leaf &&
         printf 'subjectAltName=DNS:a.example,DNS:www.a.example\n' > ext &&
         openssl x509 -req {digest} -in leaf.csr -CA ca.pem -CAkey ca.key -days 9 \
             -CAcreateserial -extfile ext -out leaf.pem",
    );
    let mut run = std::process::Command::new("sh");
    let output = run.current_dir(&directory).args(["-c", &script]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    ["ca.pem", "leaf.pem", "leaf.key"]
        .map(|name| std::fs::read_to_string(directory.join(name)).unwrap())
}

const EC: &str = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1";

#[test]
fn weak_algorithms() {
    for (root, digest) in [("-newkey rsa:2048", "-sha1"), ("-newkey rsa:1024", "-sha256")] {
        let [root, pem, key] = by_openssl(root, EC, digest);
        let chain = CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<_, _>>();
        let key = rcgen::KeyPair::from_pem(&key).unwrap();
        let leaf = pki::Leaf { chain: chain.unwrap(), pem, key };
        let mut builder = TlsConfig::builder();
        builder.add_roots(root.as_bytes()).unwrap();
        let (kind, message) = refused(&leaf, &builder.build().unwrap(), "a.example");
        assert_eq!(kind, Kind::TlsBadSignature, "{message}");
    }
}

/// A server's certificate as others are given it: roots, chain and key as PEM, and what comes of it.
struct Row {
    what: &'static str,
    root: String,
    chain: String,
    key: String,
    outcome: Result<(), Kind>,
}

/// The good and the bad, for a client that asks for [`HOST`].
fn rows() -> Vec<Row> {
    let ca = Ca::new("ca");
    let root = ca.pem.clone();
    let row = |what, leaf: pki::Leaf, sent: &[&Ca], outcome| Row {
        what,
        root: root.clone(),
        chain: sent.iter().fold(leaf.pem, |chain, authority| chain + &authority.pem),
        key: leaf.key.serialize_pem(),
        outcome,
    };
    let names = |names: &[&str]| ca.leaf(names);
    let edited = |edit: fn(&mut rcgen::CertificateParams)| ca.leaf_with(&[HOST], edit);
    let inner = ca.intermediate("inner", |_| {});
    let expired = ca.intermediate("expired", pki::expired);
    let constrained = ca.intermediate("constrained", pki::only_for("b.example"));
    let mut rows = vec![
        row("good", names(&[HOST]), &[], Ok(())),
        row("good, with an intermediate", inner.leaf(&[HOST]), &[&inner], Ok(())),
        row("wildcard", names(&["*.a.example"]), &[], Ok(())),
        row("wildcard below", names(&["*.www.a.example"]), &[], MISMATCH),
        row("wildcard of two labels", names(&["*.example"]), &[], MISMATCH),
        row("wrong name", names(&["b.example"]), &[], MISMATCH),
        row("an address", names(&["127.0.0.1"]), &[], MISMATCH),
        row("no name", names(&[]), &[], MISMATCH),
        row("expired", edited(pki::expired), &[], Err(Kind::TlsExpired)),
        row("not yet valid", edited(pki::not_yet_valid), &[], Err(Kind::TlsNotYetValid)),
        row("wrong purpose", edited(pki::for_clients), &[], Err(Kind::TlsWrongPurpose)),
        row("self-signed", pki::self_signed(&[HOST], false), &[], UNKNOWN),
        row("unknown root", Ca::new("other").leaf(&[HOST]), &[], UNKNOWN),
        row("missing intermediate", inner.leaf(&[HOST]), &[], UNKNOWN),
        row("expired intermediate", expired.leaf(&[HOST]), &[&expired], Err(Kind::TlsExpired)),
        row(
            "name constraints",
            constrained.leaf(&[HOST]),
            &[&constrained],
            Err(Kind::TlsWrongPurpose),
        ),
    ];
    for (what, root, leaf, digest) in [
        ("SHA-1", "-newkey rsa:2048", EC, "-sha1"),
        ("an authority with RSA-1024", "-newkey rsa:1024", EC, "-sha256"),
        ("RSA-1024", "-newkey rsa:2048", "-newkey rsa:1024", "-sha256"),
    ] {
        let [root, chain, key] = by_openssl(root, leaf, digest);
        rows.push(Row { what, root, chain, key, outcome: Err(Kind::TlsBadSignature) });
    }
    rows
}

const HOST: &str = "www.a.example";
const MISMATCH: Result<(), Kind> = Err(Kind::TlsNameMismatch);
const UNKNOWN: Result<(), Kind> = Err(Kind::TlsUnknownIssuer);

/// Each with both versions: in 1.2 the server signs what it chooses itself.
#[test]
fn openssl_and_nginx_with_every_certificate() {
    for row in rows() {
        let directory = tempdir("row");
        std::fs::write(directory.join("cert.pem"), &row.chain).unwrap();
        std::fs::write(directory.join("key.pem"), &row.key).unwrap();
        let arguments =
            "-cert cert.pem -cert_chain cert.pem -key key.pem -cipher ALL:@SECLEVEL=0 -www";
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let openssl = OpenSsl::start(&directory, &arguments);
        let nginx = Nginx::start_in(&directory, "");
        for version in [TlsVersion::V1_2, TlsVersion::V1_3] {
            let mut builder = TlsConfig::builder();
            builder.add_roots(row.root.as_bytes()).unwrap();
            builder.versions(version, version).unwrap();
            let config = builder.build().unwrap();
            for (server, address) in [("s_server", openssl.address), ("nginx", nginx.address)] {
                let mut tls = start(address, &config, HOST).unwrap();
                let outcome = tls.handshake().map_err(|error| error.kind());
                assert_eq!(outcome, row.outcome, "{} from {server} {version:?}", row.what);
                tls.finish();
            }
        }
    }
}
