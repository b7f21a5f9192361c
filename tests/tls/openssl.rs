//! Certificates that rcgen does not make, by OpenSSL, and what comes of them.

use std::path::{Path, PathBuf};
use std::process::Command;

use httpclient::engine::error::{Error, Kind};
use httpclient::transport::Transport as _;
use httpclient::transport::tls::{TlsConfig, TlsConfigBuilder, TlsVersion};

use crate::configuration::tempdir;
use crate::peer::OpenSsl;
use crate::start;

/// What scripts may say. `key NAME OPTIONS` makes a key; `root NAME OPTIONS` a root for it; `issue NAME BY EXTENSIONS
/// OPTIONS` a certificate that another signed, of version 1 where there are no extensions.
const WORDS: &str = r#"
P256="-algorithm EC -pkeyopt ec_paramgen_curve:P-256"
rsa() { echo "-algorithm RSA -pkeyopt rsa_keygen_bits:$1"; }
CA='basicConstraints=critical,CA:TRUE\n'
HOST='subjectAltName=DNS:a.example\n'
printf '[req]\ndistinguished_name=name\n[name]\n' >none.cnf
key() { name=$1; shift; openssl genpkey ${*:-$P256} -out "$name.key"; }
root() {
    name=$1; shift
    [ -e "$name.key" ] || key "$name"
    openssl req -x509 -new -key "$name.key" -subj "/CN=$name" -days 9 -out "$name.pem" "$@"
}
issue() {
    name=$1 by=$2 extensions=$3; shift 3
    [ -e "$name.key" ] || key "$name"
    openssl req -config none.cnf -new -key "$name.key" -subj "/CN=$name" -out "$name.csr"
    if [ "$extensions" ]; then
        printf "$extensions" >"$name.ext"
        set -- -extfile "$name.ext" "$@"
    fi
    openssl x509 -req -in "$name.csr" -CA "$by.pem" -CAkey "$by.key" -CAcreateserial -days 9 -out "$name.pem" "$@"
}
"#;

/// A directory in which a script has run.
pub fn made(script: &str) -> PathBuf {
    let directory = tempdir("made");
    let text = format!("set -e\n{WORDS}\n{script}");
    let output = Command::new("sh").current_dir(&directory).args(["-c", &text]).output().unwrap();
    assert!(output.status.success(), "{script}: {output:?}");
    directory
}

pub fn read(directory: &Path, name: &str) -> Vec<u8> {
    std::fs::read(directory.join(name)).unwrap()
}

/// A server with leaf.pem, leaf.key and, if they are there, the intermediates of sent.pem.
pub fn serve(directory: &Path, more: &[&str]) -> OpenSsl {
    let mut arguments =
        vec!["-cert", "leaf.pem", "-key", "leaf.key", "-cipher", "ALL:@SECLEVEL=0", "-www"];
    if directory.join("sent.pem").exists() {
        arguments.extend(["-cert_chain", "sent.pem"]);
    }
    arguments.extend(more);
    OpenSsl::start(directory, &arguments)
}

/// Trusts root.pem.
pub fn trusting(directory: &Path) -> TlsConfigBuilder {
    let mut builder = TlsConfig::builder();
    builder.add_roots_file(&directory.join("root.pem")).unwrap();
    builder
}

/// A handshake with each version of TLS: how it ends.
pub fn outcomes(
    server: &OpenSsl,
    builder: impl Fn() -> TlsConfigBuilder,
    host: &str,
) -> [Result<(), Error>; 2] {
    [TlsVersion::V1_2, TlsVersion::V1_3].map(|version| {
        let mut builder = builder();
        builder.versions(version, version).unwrap();
        let mut tls = start(server.address, &builder.build().unwrap(), host).unwrap();
        let outcome = tls.handshake();
        tls.finish();
        outcome
    })
}

/// What the certificates that a script makes are refused with, for a.example, whatever the version of TLS.
pub fn refused(script: &str) -> (Kind, String) {
    let directory = made(script);
    let server = serve(&directory, &[]);
    let both = outcomes(&server, || trusting(&directory), "a.example")
        .map(|outcome| outcome.err().map(|error| (error.kind(), error.message().to_string())));
    let [first, second] = both.map(|refusal| refusal.expect(script));
    assert_eq!(first, second, "{script}");
    first
}

/// The certificates that a script makes are accepted.
pub fn accepted(script: &str) {
    let directory = made(script);
    let server = serve(&directory, &[]);
    for outcome in outcomes(&server, || trusting(&directory), "a.example") {
        outcome.unwrap_or_else(|error| panic!("{script}: {error}"));
    }
}
