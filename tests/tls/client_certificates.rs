//! Which certificates of our own a server can be shown.

use httpclient::engine::error::Kind;
use httpclient::transport::Transport as _;
use httpclient::transport::tls::{TlsConfig, TlsVersion};

use crate::configuration::tempdir;
use crate::openssl::{made, read, serve};
use crate::peer::Nginx;
use crate::start;

const CLIENTS: [&str; 5] = ["-Verify", "1", "-CAfile", "root.pem", "-verify_return_error"];

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
