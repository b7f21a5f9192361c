//! TLS: certificates and keys that a program is given, and what a server sends.

use super::number;
use bytes::buf::UninitSlice;
use httpclient::engine::error::{Error, Kind};
use httpclient::transport::tls::{Tls, TlsConfig};
use httpclient::transport::{Interest, Limits, Transport};
use std::sync::OnceLock;

/// Roots, revocation lists, a certificate to trust, a client's chain and key: PEM or DER, or neither.
pub fn certificates(data: &[u8]) {
    let (chain, key) = data.split_at(data.len() / 2);
    let mut builder = TlsConfig::builder();
    let _ = builder.add_roots(data);
    let _ = builder.add_revocation_lists(data);
    let _ = builder.client_certificate(chain, key);
    let _ = builder.client_certificate(data, data);
    let _ = builder.build();
    let mut builder = TlsConfig::builder();
    if builder.trust_certificate(data).is_ok() {
        builder.build().unwrap();
    }
}

/// What a server sends, which ends; what goes to it is thrown away.
struct Recorded {
    bytes: Vec<u8>,
    at: usize,
    piece: usize,
}

impl Transport for Recorded {
    fn read(&mut self, buf: &mut UninitSlice, _: usize) -> Result<usize, Error> {
        let count = buf.len().min(self.bytes.len() - self.at).min(self.piece);
        buf[..count].copy_from_slice(&self.bytes[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }

    fn write(&mut self, parts: &[&[u8]]) -> Result<usize, Error> {
        Ok(parts.iter().map(|part| part.len()).sum())
    }

    fn is_quiet(&mut self) -> bool {
        true
    }

    fn set_limits(&mut self, _: Limits) {}

    fn interest(&self) -> Interest {
        Interest::READ
    }
}

/// A handshake with a server that says anything: it fails, by an error of TLS or of the stream's end.
pub fn tls(mut data: &[u8]) {
    static CONFIG: OnceLock<TlsConfig> = OnceLock::new();
    let config = CONFIG.get_or_init(|| TlsConfig::builder().build().unwrap());
    let piece = 1 + number(&mut data) * 64;
    let inner = Box::new(Recorded { bytes: data.to_vec(), at: 0, piece });
    let mut tls = Tls::start(inner, config, "a.test").unwrap();
    let error = tls.handshake().expect_err("without a key there is no handshake");
    assert!(error.kind().is(Kind::Tls), "{error}");
    let mut buffer = [0; 64];
    assert!(tls.read(UninitSlice::new(&mut buffer), 1).is_err());
    tls.finish();
}
