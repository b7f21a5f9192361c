//! What is refused though OpenSSL takes it: the table of README.md, row by row. Each message names what it is, whose
//! certificate has it, and what to do.

use httpclient::engine::error::Kind;
use httpclient::transport::tls::{TlsConfig, TlsVersion};
use rcgen::{KeyPair, PublicKeyData, SigningKey};
use rustls::pki_types::CertificateRevocationListDer;
use rustls::pki_types::pem::PemObject as _;

use crate::openssl::{accepted, made, outcomes, read, refused, serve, trusting};
use crate::peer::Peer;
use crate::pki::{self, Ca};
use crate::{get, start};

/// The first column of the table.
const ROWS: [&str; 15] = [
    "RSA below 2,048 or above 8,192 bits",
    "keys on P-521",
    "ECDSA with SHA-512",
    "RSASSA-PSS with a salt that is not as long as the digest",
    "keys for RSASSA-PSS alone",
    "Ed448, secp256k1, Brainpool curves, DSA",
    "an X.509 certificate of version 1 or 2",
    "a critical extension beyond keyUsage, subjectAltName, basicConstraints, nameConstraints, extKeyUsage and \
     CRL distribution points",
    "nameConstraints for directory names, e-mail addresses, URIs",
    "more than 6 intermediate authorities",
    "a self-signed certificate with CA:TRUE that is given as a root and is the server's own, too",
    "the host as the common name alone",
    "a revocation list of version 1",
    "a revocation list without nextUpdate",
    "a revocation list signed with SHA-1",
];

#[test]
fn the_table_has_these_rows() {
    let readme = include_str!("../../README.md");
    let table = readme.split("<!-- limits: begin -->").nth(1).unwrap();
    let table = table.split("<!-- limits: end -->").next().unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| ")).skip(1);
    let firsts: Vec<&str> = rows.map(|row| row.split('|').nth(1).unwrap().trim()).collect();
    assert_eq!(firsts, ROWS);
}

fn expect(script: &str, kind: Kind, parts: &[&str]) {
    let (found, message) = refused(script);
    assert_eq!(found, kind, "{message}");
    for part in parts {
        assert!(message.contains(part), "{message}\nlacks {part}");
    }
}

const OTHER_BUILD: &str = "a build with the feature aws-lc-rs takes it";

/// Taken by the other provider, refused with these words by ring.
fn ring_refuses(script: &str, parts: &[&str]) {
    match cfg!(feature = "aws-lc-rs") {
        true => accepted(script),
        false => expect(script, Kind::TlsBadSignature, parts),
    }
}

#[test]
fn sizes_of_rsa_keys() {
    let size = "has an RSA key of 1024 bits, whose signature proves nothing any longer";
    let remedy = "issued anew for a key of 2048 to 8192 bits";
    for (script, whose) in [
        ("root root; key leaf $(rsa 1024); issue leaf root \"$HOST\"", "the server's certificate "),
        ("key root $(rsa 1024); root root; issue leaf root \"$HOST\"", "'root' (the root) "),
        (
            "root root; key mid $(rsa 1024); issue mid root \"$CA\"; issue leaf mid \"$HOST\"; cp mid.pem sent.pem",
            "'mid' (intermediate number 1) ",
        ),
    ] {
        expect(script, Kind::TlsBadSignature, &[whose, size, remedy]);
    }
    accepted("root root; key leaf $(rsa 2048); issue leaf root \"$HOST\"");
}

/// A key of a size that takes too long to make: nobody has its private half.
struct Large(Vec<u8>);

impl Large {
    /// An RSAPublicKey (RFC 8017, appendix A.1.1).
    fn new(bits: usize) -> Large {
        let long = |tag: u8, content: Vec<u8>| {
            let length = (content.len() as u16).to_be_bytes();
            [&[tag, 0x82][..], &length, &content].concat()
        };
        let mut modulus = vec![0xff; bits / 8];
        modulus.insert(0, 0);
        if bits % 8 > 0 {
            modulus[0] = (1 << (bits % 8)) - 1;
        }
        let exponent = [2, 3, 1, 0, 1].to_vec();
        Large(long(0x30, [long(2, modulus), exponent].concat()))
    }
}

impl PublicKeyData for Large {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

impl SigningKey for Large {
    fn sign(&self, _message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(vec![1; self.0.len() - 20])
    }
}

#[test]
fn an_rsa_key_that_is_too_large() {
    for (bits, told) in [(8193, true), (16384, true), (8192, false)] {
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, "large");
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let root = params.self_signed(&Large::new(bits)).unwrap();
        let issuer = rcgen::Issuer::new(params, Large::new(bits));
        let key = KeyPair::generate().unwrap();
        let leaf = rcgen::CertificateParams::new(vec!["a.example".to_string()]).unwrap();
        let leaf = leaf.signed_by(&key, &issuer).unwrap();
        let leaf = pki::Leaf { chain: vec![leaf.der().clone()], pem: leaf.pem(), key };
        let mut builder = TlsConfig::builder();
        builder.add_roots(root.der()).unwrap();
        let (kind, message) = crate::refused(&leaf, &builder.build().unwrap(), "a.example");
        assert_eq!(kind, Kind::TlsBadSignature);
        let size = format!(
            "'large' (the root) has an RSA key of {bits} bits, whose signature is not supported"
        );
        assert_eq!(message.contains(&size), told, "{message}");
    }
}

#[test]
fn p521_and_sha512() {
    let p521 = "key root -algorithm EC -pkeyopt ec_paramgen_curve:P-521; root root";
    ring_refuses(
        &format!("{p521}; issue leaf root \"$HOST\" -sha384"),
        &[
            "the server's certificate is signed",
            "by the key in the certificate of 'root' (the root)",
            "P-521",
            OTHER_BUILD,
        ],
    );
    ring_refuses(
        &format!("{p521}; issue leaf root \"$HOST\" -sha512"),
        &["the server's certificate is signed with ECDSA with SHA-512", OTHER_BUILD],
    );
    let shown = "key leaf -algorithm EC -pkeyopt ec_paramgen_curve:P-521; root root; issue leaf root \"$HOST\"";
    // The server sees that nothing fits its key: it never shows it. In TLS 1.2 the other provider lacks the group of
    // this curve, too.
    let directory = made(shown);
    let server = serve(&directory, &[]);
    for (version, outcome) in [TlsVersion::V1_2, TlsVersion::V1_3].into_iter().zip(outcomes(
        &server,
        || trusting(&directory),
        "a.example",
    )) {
        if cfg!(feature = "aws-lc-rs") && version == TlsVersion::V1_3 {
            outcome.unwrap();
            continue;
        }
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), Kind::TlsProtocolVersion);
        for part in ["(alert handshake_failure)", "P-521", "aws-lc-rs", "TLS 1.3"] {
            assert!(error.message().contains(part), "{error}\nlacks {part}");
        }
    }
    for curve in ["P-256", "P-384"] {
        let root = format!("key root -algorithm EC -pkeyopt ec_paramgen_curve:{curve}; root root");
        ring_refuses(
            &format!("{root}; issue leaf root \"$HOST\" -sha512"),
            &["the server's certificate is signed with ECDSA with SHA-512", OTHER_BUILD],
        );
        accepted(&format!("{root}; issue leaf root \"$HOST\" -sha256"));
    }
    // Whose signature it is: the intermediate's own, not that by its key.
    ring_refuses(
        "root root; issue mid root \"$CA\" -sha512; issue leaf mid \"$HOST\"; cp mid.pem sent.pem",
        &["the certificate of 'mid' (intermediate number 1) is signed with ECDSA with SHA-512"],
    );
}

#[test]
fn salts_of_rsassa_pss() {
    let root = "key root $(rsa 2048); root root";
    let sign = "issue leaf root \"$HOST\" -sigopt rsa_padding_mode:pss";
    expect(
        &format!("{root}; {sign} -sigopt rsa_pss_saltlen:max"),
        Kind::TlsBadSignature,
        &[
            "the server's certificate is signed with RSASSA-PSS with SHA-256 (2.16.840.1.101.3.4.2.1) and a \
             salt of 222 bytes",
            "-sigopt rsa_pss_saltlen:digest",
        ],
    );
    expect(
        &format!("{root}; {sign} -sha1 -sigopt rsa_pss_saltlen:digest"),
        Kind::TlsBadSignature,
        &["RSASSA-PSS with SHA-1", "salt of 20 bytes", "issued anew with SHA-256"],
    );
    accepted(&format!("{root}; {sign} -sigopt rsa_pss_saltlen:digest"));
    accepted(&format!("{root}; {sign} -sha512 -sigopt rsa_pss_saltlen:digest"));
}

#[test]
fn keys_for_rsassa_pss_alone() {
    expect(
        "key root -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048; root root -sigopt rsa_pss_saltlen:digest;
         issue leaf root \"$HOST\" -sigopt rsa_pss_saltlen:digest",
        Kind::TlsBadSignature,
        &["the key in the certificate of 'root' (the root)", "RSASSA-PSS alone", "plain RSA"],
    );
    let shown = "root root; key leaf -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048; issue leaf root \"$HOST\"";
    expect(shown, Kind::TlsProtocolVersion, &["handshake_failure", "RSASSA-PSS alone"]);
}

#[test]
fn other_keys() {
    for (key, name) in [
        ("-algorithm ED448", "Ed448 (1.3.101.113)"),
        ("-algorithm EC -pkeyopt ec_paramgen_curve:secp256k1", "secp256k1"),
        ("-algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP256r1", "brainpoolP256r1"),
    ] {
        expect(
            &format!("key root {key}; root root; issue leaf root \"$HOST\""),
            Kind::TlsBadSignature,
            &[
                "the server's certificate is signed with",
                name,
                "issued anew",
                "RSA, or ECDSA on P-256 or P-384",
            ],
        );
        let directory = made(&format!("root root; key leaf {key}; issue leaf root \"$HOST\""));
        let server = serve(&directory, &[]);
        let mut tls =
            start(server.address, &trusting(&directory).build().unwrap(), "a.example").unwrap();
        let error = tls.handshake().unwrap_err();
        assert_eq!(error.kind(), Kind::TlsProtocolVersion);
        assert!(error.message().contains("(alert handshake_failure)"), "{error}");
        assert!(error.message().contains("Brainpool curve"), "{error}");
    }
}

#[test]
fn sha_1() {
    for (root, name) in [("$P256", "ECDSA with SHA-1"), ("$(rsa 2048)", "RSA with SHA-1")] {
        expect(
            &format!("key root {root}; root root; issue leaf root \"$HOST\" -sha1"),
            Kind::TlsBadSignature,
            &["the server's certificate is signed with ", name, "issued anew with SHA-256"],
        );
    }
}

#[test]
fn version_1() {
    let text = "is not of version 3 of X.509";
    expect(
        "root root; issue leaf root ''",
        Kind::TlsCertificate,
        &["the server's certificate", text, "-extfile"],
    );
    expect(
        "root root; issue mid root ''; issue leaf mid \"$HOST\"; cp mid.pem sent.pem",
        Kind::TlsCertificate,
        &["'mid' (intermediate number 1)", text],
    );
}

#[test]
fn an_authority_that_is_none() {
    for constraints in ["basicConstraints=CA:FALSE\\n", "keyUsage=keyCertSign\\n"] {
        expect(
            &format!(
                "root root; issue mid root '{constraints}'; issue leaf mid \"$HOST\"; cp mid.pem sent.pem"
            ),
            Kind::TlsCertificate,
            &["'mid' (intermediate number 1) is no authority's"],
        );
    }
}

/// One that is sent along and has nothing to do with the chain is no reason for anything.
#[test]
fn a_stray_certificate_is_not_at_fault() {
    for stray in ["''", "\"${CA}certificatePolicies=critical,1.2.3\\n\""] {
        let made = "root root; issue leaf root \"$HOST\"; root other; issue stray other";
        accepted(&format!("{made} {stray}; cp stray.pem sent.pem"));
        expect(
            &format!("{made} {stray}; cp stray.pem sent.pem; cp other.pem root.pem"),
            Kind::TlsUnknownIssuer,
            &["it leads to 'root', which is not trusted"],
        );
    }
}

#[test]
fn critical_extensions() {
    for (extension, name) in [
        ("certificatePolicies=critical,1.2.3", "certificatePolicies (2.5.29.32)"),
        ("1.2.3.400=critical,ASN1:NULL", ": 1.2.3.400"),
    ] {
        let mid = format!("issue mid root \"${{CA}}{extension}\\n\"; cp mid.pem sent.pem");
        let leaf = format!("issue leaf root \"${{HOST}}{extension}\\n\"");
        for (script, whose) in [
            (format!("root root; {leaf}"), "the server's certificate "),
            (
                format!("root root; {mid}; issue leaf mid \"$HOST\""),
                "'mid' (intermediate number 1) ",
            ),
        ] {
            expect(
                &script,
                Kind::TlsCertificate,
                &[whose, "critical extension", name, "issued anew"],
            );
        }
        // The same, but not critical.
        accepted(&format!("root root; {}", leaf.replace("critical,", "")));
    }
}

#[test]
fn constraints_of_kinds_that_are_not_supported() {
    let names = "subjectAltName=DNS:a.example,email:me@a.example,URI:https://a.example/\\n";
    for (constraint, kind) in [
        ("permitted;dirName:dn\\n[dn]\\nCN=leaf", "directoryName"),
        ("permitted;email:a.example", "e-mail address"),
        ("permitted;URI:a.example", "URI"),
        ("excluded;URI:b.example", "URI"),
    ] {
        let mid = format!("issue mid root \"${{CA}}nameConstraints=critical,{constraint}\\n\"");
        let script = format!("root root; {mid}; issue leaf mid '{names}'; cp mid.pem sent.pem");
        let whose = "'mid' (intermediate number 1) restricts names of the kind";
        expect(
            &script,
            Kind::TlsCertificate,
            &[whose, kind, "not supported", "hc_tls_builder_trust_certificate"],
        );
    }
    // A root's own.
    expect(
        "root root -addext 'nameConstraints=permitted;email:a.example';
         issue leaf root 'subjectAltName=DNS:a.example,email:me@a.example\\n'",
        Kind::TlsCertificate,
        &["'root' (the root) restricts names of the kind e-mail address"],
    );
    // Those that are supported hold or are violated.
    let mid = |name: &str| {
        format!(
            "root root; issue mid root \"${{CA}}nameConstraints=critical,permitted;DNS:{name}\\n\";
                 issue leaf mid '{names}'; cp mid.pem sent.pem"
        )
    };
    accepted(&mid("a.example"));
    expect(&mid("b.example"), Kind::TlsWrongPurpose, &["may not vouch for"]);
}

#[test]
fn a_network_mask_that_is_none() {
    expect(
        "root root; issue mid root \"${CA}nameConstraints=critical,permitted;IP:10.0.0.0/255.0.255.0\\n\";
         issue leaf mid 'subjectAltName=DNS:a.example,IP:10.0.0.1\\n'; cp mid.pem sent.pem",
        Kind::TlsCertificate,
        &["network mask", "ones must stand together"],
    );
}

#[test]
fn intermediate_authorities_have_a_number() {
    let chain = |count: usize| {
        let mut script = "root root; cp root.pem a0.pem; cp root.key a0.key".to_string();
        for number in 1..=count {
            script +=
                &format!("; issue a{number} a{} \"$CA\"; cat a{number}.pem >>sent.pem", number - 1);
        }
        script + &format!("; issue leaf a{count} \"$HOST\"")
    };
    accepted(&chain(6));
    expect(
        &chain(7),
        Kind::TlsCertificate,
        &["more than 6 certificates of intermediate authorities"],
    );
}

/// What `openssl req -x509` makes by its defaults.
#[test]
fn an_authority_of_its_own() {
    expect(
        "root leaf -addext \"subjectAltName=DNS:a.example\"; cp leaf.pem root.pem",
        Kind::TlsUnknownIssuer,
        &[
            "self-signed and among the roots given",
            "CA:TRUE",
            "hc_tls_builder_trust_certificate instead",
        ],
    );
    expect(
        "root root; root leaf -addext \"subjectAltName=DNS:a.example\"",
        Kind::TlsUnknownIssuer,
        &["self-signed: ", "(hc_tls_builder_trust_certificate)"],
    );
    let directory = made("root leaf -addext \"subjectAltName=DNS:a.example\"");
    let server = serve(&directory, &[]);
    let mut builder = TlsConfig::builder();
    builder.trust_certificate(&read(&directory, "leaf.pem")).unwrap();
    let mut tls = start(server.address, &builder.build().unwrap(), "a.example").unwrap();
    tls.handshake().unwrap();
}

#[test]
fn a_common_name_alone() {
    let script = "root root; key a.example; issue a.example root 'basicConstraints=CA:FALSE\\n';
                  cp a.example.pem leaf.pem; cp a.example.key leaf.key";
    expect(script, Kind::TlsNameMismatch, &["'a.example'", "no host at all (no subjectAltName)"]);
}

/// What is wrong with a revocation list of a small authority, by the time the configuration is built.
fn list_refused(script: &str, parts: &[&str]) {
    let directory = made(&format!("{AUTHORITY}\n{script}"));
    let mut builder = trusting(&directory);
    builder.add_revocation_lists_file(&directory.join("list.pem")).unwrap();
    let error = builder.build().unwrap_err();
    assert_eq!(error.kind(), Kind::TlsConfig);
    for part in parts {
        assert!(error.message().contains(part), "{error}\nlacks {part}");
    }
}

/// `openssl ca` with little in its configuration.
const AUTHORITY: &str = r#"
root root; issue leaf root "$HOST"
: >index; echo 01 >number
printf '[ca]\ndefault_ca=own\n[own]\ndatabase=index\ncrlnumber=number\n[lists]\nauthorityKeyIdentifier=keyid\n' >ca.cnf
list() { openssl ca -config ca.cnf -gencrl -cert root.pem -keyfile root.key -out list.pem "$@"; }
"#;

#[test]
fn revocation_lists_of_version_1() {
    let script = "sed -i /crlnumber/d ca.cnf; list -crldays 9 -md sha256";
    list_refused(script, &["another version than 2", "crl_extensions"]);
    // Which of several.
    let directory = made(&format!("{AUTHORITY}\n{script}"));
    let mut builder = trusting(&directory);
    builder.add_revocation_lists(Ca::new("other").revoke(&[1], 2222).as_bytes()).unwrap();
    builder.add_revocation_lists_file(&directory.join("list.pem")).unwrap();
    let error = builder.build().unwrap_err();
    assert!(error.message().starts_with("revocation list 2 of those given: "), "{error}");
}

/// `openssl ca` writes a date always; so it is taken out, and the list signed by nobody.
#[test]
fn revocation_lists_without_an_end() {
    let ca = Ca::new("ca");
    let text = ca.revoke(&[7], 2222);
    let mut bytes = CertificateRevocationListDer::from_pem_slice(text.as_bytes()).unwrap().to_vec();
    let date = b"\x18\x0f22220101000000Z";
    let place = bytes.windows(date.len()).position(|window| window == date).unwrap();
    bytes.drain(place..place + date.len());
    // Both lengths around it are of one or two bytes.
    for at in [1, if bytes[1] == 0x82 { 5 } else { 4 }] {
        match bytes[at] {
            0x82 => {
                let length = u16::from_be_bytes([bytes[at + 1], bytes[at + 2]]) - date.len() as u16;
                bytes[at + 1..at + 3].copy_from_slice(&length.to_be_bytes());
            }
            0x81 => bytes[at + 1] -= date.len() as u8,
            _ => bytes[at] -= date.len() as u8,
        }
    }
    let mut builder = crate::trusting(&ca);
    builder.add_revocation_lists(&bytes).unwrap();
    let error = builder.build().unwrap_err();
    assert_eq!(error.kind(), Kind::TlsConfig);
    assert!(error.message().contains("(nextUpdate)"), "{error}");
    assert!(error.message().contains("-crldays N"), "{error}");
}

#[test]
fn revocation_lists_that_can_be_used() {
    let use_list = |digest: &str| {
        let directory = made(&format!("{AUTHORITY}\nlist -crldays 9 -crlexts lists -md {digest}"));
        let server = serve(&directory, &[]);
        let mut builder = trusting(&directory);
        builder.add_revocation_lists_file(&directory.join("list.pem")).unwrap();
        let mut tls = start(server.address, &builder.build().unwrap(), "a.example").unwrap();
        tls.handshake().map_err(|error| (error.kind(), error.message().to_string()))
    };
    use_list("sha256").unwrap();
    let (kind, message) = use_list("sha1").unwrap_err();
    assert_eq!(kind, Kind::TlsCertificate);
    assert!(
        message.contains("revocation list given is signed by an algorithm that is too weak"),
        "{message}"
    );
    assert!(message.contains("SHA-256 (openssl ca -gencrl -md sha256)"), "{message}");
}

/// An address as a text, and a wildcard for everybody: OpenSSL refuses both, too.
#[test]
fn names_that_do_not_count() {
    let ca = Ca::new("ca");
    let config = crate::trusting(&ca).build().unwrap();
    let visit = |names: &[&str], host: &str| {
        let leaf = ca.leaf_with(&[], |params| {
            let dns = |name: &&str| rcgen::SanType::DnsName((*name).try_into().unwrap());
            params.subject_alt_names = names.iter().map(dns).collect();
        });
        let peer = Peer::answering(&leaf, b"answer");
        let error = get(&mut start(peer.address, &config, host).unwrap()).unwrap_err();
        peer.join();
        assert_eq!(error.kind(), Kind::TlsNameMismatch);
        error.message().to_string()
    };
    for address in ["127.0.0.1", "::1"] {
        let message = visit(&["b.example", address], address);
        let expected = format!(
            "the certificate is not valid for '{address}': it has it as a DNS name, not as an IP address"
        );
        assert!(message.starts_with(&expected), "{message}");
    }
    let message = visit(&["b.example", "*.Example"], "a.example");
    let expected = "'*.Example' does not count, since a wildcard right below a top-level label";
    assert!(message.contains(expected), "{message}");
    // Of others there is no such thing to say.
    for (name, host) in [("*.example", "a.b.example"), ("*.other", "a.example"), ("*", "a.example")]
    {
        let message = visit(&[name], host);
        assert!(message.ends_with(&format!("it is valid for '{name}'")), "{message}");
    }
    let message = visit(&["127.0.0.1"], "127.0.0.2");
    assert!(message.ends_with("it is valid for '127.0.0.1'"), "{message}");
}

#[test]
fn purposes_are_named() {
    let text = |usage: &str| format!("extendedKeyUsage={usage}\\n");
    for (usage, told) in [
        ("clientAuth", "client authentication (1.3.6.1.5.5.7.3.2)"),
        ("1.3.6.1.4.1.311.10.3.4", "Microsoft encrypted files (1.3.6.1.4.1.311.10.3.4)"),
        ("1.2.840.200.99999,codeSigning", "1.2.840.200.99999, code signing (1.3.6.1.5.5.7.3.3)"),
        ("anyExtendedKeyUsage", "any purpose, which is none in particular (2.5.29.37.0)"),
    ] {
        expect(
            &format!("root root; issue leaf root \"${{HOST}}{}\"", text(usage)),
            Kind::TlsWrongPurpose,
            &[
                "the server's certificate may not be used by a server: its extendedKeyUsage allows ",
                told,
            ],
        );
    }
    expect(
        &format!(
            "root root; issue mid root \"${{CA}}{}\"; issue leaf mid \"$HOST\"; cp mid.pem sent.pem",
            text("clientAuth")
        ),
        Kind::TlsWrongPurpose,
        &[
            "'mid' (intermediate number 1) may not vouch for servers: its extendedKeyUsage allows client",
        ],
    );
}

#[test]
fn authorities_whose_keys_are_not_for_certificates() {
    let chain = |usage: &str| {
        format!(
            "root root; issue good root \"$CA\"; issue mid good \"${{CA}}keyUsage={usage}\\n\";
             issue leaf mid \"$HOST\"; cat good.pem mid.pem >sent.pem"
        )
    };
    for usage in ["cRLSign", "critical,digitalSignature,cRLSign", "decipherOnly,keyAgreement"] {
        expect(
            &chain(usage),
            Kind::TlsWrongPurpose,
            &[
                "'mid' (intermediate number 2) does not allow its key to sign certificates",
                "keyCertSign",
            ],
        );
    }
    accepted(&chain("keyCertSign"));
    accepted(&chain("critical,digitalSignature,keyCertSign,cRLSign"));
    // Another certificate of the same authority is a way around.
    accepted(
        "root root; issue mid root \"${CA}keyUsage=cRLSign\\n\"; cp mid.pem sent.pem;
         issue mid root \"${CA}keyUsage=keyCertSign\\n\"; cat mid.pem >>sent.pem; issue leaf mid \"$HOST\"",
    );
}
