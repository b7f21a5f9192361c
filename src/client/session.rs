//! What a TLS handshake has settled, kept for as long as somebody may ask.

#[cfg(feature = "tls")]
use crate::{
    engine::error::Error,
    memory::{push, terminated},
    transport::tls::Tls,
};
use alloc::vec::Vec;

/// What a TLS handshake has settled. Behind each text stands a NUL, for C.
pub struct Session {
    version: Option<Vec<u8>>,
    cipher_suite: Option<Vec<u8>>,
    group: Option<Vec<u8>>,
    alpn: Option<Vec<u8>>,
    peer_name: Option<Vec<u8>>,
    resumed: bool,
    peer_certificates: Vec<Vec<u8>>,
}

impl Session {
    /// A copy, since the stream may leave its connection.
    #[cfg(feature = "tls")]
    pub(super) fn of(tls: &Tls) -> Result<Session, Error> {
        let mut peer_certificates = Vec::new();
        for certificate in tls.peer_certificates() {
            push(&mut peer_certificates, terminated(certificate)?)?;
        }
        Ok(Session {
            version: tls.version().map(str::as_bytes).map(terminated).transpose()?,
            cipher_suite: tls.cipher_suite()?.map(|n| terminated(n.as_bytes())).transpose()?,
            group: tls.group()?.map(|n| terminated(n.as_bytes())).transpose()?,
            alpn: tls.alpn().map(terminated).transpose()?,
            peer_name: tls.verified_name()?.map(|n| terminated(n.as_bytes())).transpose()?,
            resumed: tls.resumed(),
            peer_certificates,
        })
    }

    /// The protocol version, as Python's `ssl` writes it: `TLSv1.3`.
    pub fn version(&self) -> Option<&[u8]> {
        text(&self.version)
    }

    /// The IANA name of the cipher suite.
    pub fn cipher_suite(&self) -> Option<&[u8]> {
        text(&self.cipher_suite)
    }

    /// The IANA name of the group of the key exchange, if keys were exchanged.
    pub fn group(&self) -> Option<&[u8]> {
        text(&self.group)
    }

    /// The ALPN protocol that the server chose, if any.
    pub fn alpn(&self) -> Option<&[u8]> {
        text(&self.alpn)
    }

    /// The name that the server's certificate was verified for, if one was.
    pub fn peer_name(&self) -> Option<&[u8]> {
        text(&self.peer_name)
    }

    /// Whether the session continues an earlier one.
    pub fn resumed(&self) -> bool {
        self.resumed
    }

    /// How many certificates the server has sent.
    pub fn peer_certificates(&self) -> usize {
        self.peer_certificates.len()
    }

    /// One of them as DER, its own first.
    pub fn peer_certificate(&self, index: usize) -> Option<&[u8]> {
        self.peer_certificates.get(index).and_then(|der| without_nul(der))
    }
}

fn text(text: &Option<Vec<u8>>) -> Option<&[u8]> {
    text.as_deref().and_then(without_nul)
}

fn without_nul(terminated: &[u8]) -> Option<&[u8]> {
    terminated.split_last().map(|(_, text)| text)
}
