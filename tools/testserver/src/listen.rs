//! The listening socket, and connections that are plain or TLS.

use std::error::Error;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use socket2::SockRef;

/// Where and how to listen.
pub struct Options {
    pub address: IpAddr,
    /// Certificate chain and private key, both PEM files.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Clients must show a certificate that one of these signed.
    pub client_ca: Option<PathBuf>,
    pub port_file: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self { address: Ipv4Addr::LOCALHOST.into(), tls: None, client_ca: None, port_file: None }
    }
}

/// A listening socket on a port that the system chose.
pub struct Listener {
    socket: TcpListener,
    port: u16,
    tls: Option<Arc<ServerConfig>>,
    port_file: Option<PathBuf>,
}

impl Listener {
    pub fn bind(options: &Options) -> Result<Self, Box<dyn Error>> {
        if !options.address.is_loopback() {
            return Err(format!("{} is not a loopback address", options.address).into());
        }
        let tls = match &options.tls {
            Some((chain, key)) => Some(tls_config(chain, key, options.client_ca.as_deref())?),
            None if options.client_ca.is_some() => return Err("--client-ca needs --tls".into()),
            None => None,
        };
        let socket = TcpListener::bind((options.address, 0))?;
        let port = socket.local_addr()?.port();
        Ok(Self { socket, port, tls, port_file: options.port_file.clone() })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Tells the port: `PORT n` on standard output, and the number in the port file.
    pub fn announce(&self) -> io::Result<()> {
        if let Some(path) = &self.port_file {
            // Renamed into place, so that a reader never sees half a number.
            let unfinished = path.with_extension("unfinished");
            fs::write(&unfinished, format!("{}\n", self.port))?;
            fs::rename(&unfinished, path)?;
        }
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "PORT {}", self.port)?;
        stdout.flush()
    }

    /// Bounds how long `accept` waits.
    pub fn set_timeout(&self, timeout: Duration) -> io::Result<()> {
        SockRef::from(&self.socket).set_read_timeout(Some(timeout))
    }

    /// Waits for the next connection. A TLS handshake happens at its first read or write.
    pub fn accept(&self) -> io::Result<Stream> {
        let (socket, _) = self.socket.accept()?;
        // Each write is to be seen by the client as it was made.
        socket.set_nodelay(true)?;
        match &self.tls {
            None => Ok(Stream::Plain(socket)),
            Some(config) => {
                let session =
                    ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
                Ok(Stream::Tls(Box::new(StreamOwned::new(session, socket))))
            }
        }
    }
}

fn tls_config(
    chain: &Path,
    key: &Path,
    client_ca: Option<&Path>,
) -> Result<Arc<ServerConfig>, Box<dyn Error>> {
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    let builder = match client_ca {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let mut roots = RootCertStore::empty();
            for root in read_chain(path)? {
                roots.add(root)?;
            }
            builder.with_client_cert_verifier(
                WebPkiClientVerifier::builder_with_provider(roots.into(), provider).build()?,
            )
        }
    };
    let key =
        PrivateKeyDer::from_pem_file(key).map_err(|error| format!("{}: {error}", key.display()))?;
    let mut config = builder.with_single_cert(read_chain(chain)?, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, Box<dyn Error>> {
    let chain = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    if chain.is_empty() {
        return Err(format!("{}: no certificate", path.display()).into());
    }
    Ok(chain)
}

/// One accepted connection.
pub enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Stream {
    /// What the TLS handshake agreed on, in words; `None` for a plain connection.
    pub fn tls_summary(&self) -> Option<String> {
        let Self::Tls(stream) = self else { return None };
        let session = &stream.conn;
        let version = session.protocol_version().and_then(|version| version.as_str());
        let alpn = session.alpn_protocol().map_or("none".into(), String::from_utf8_lossy);
        let client = if session.peer_certificates().is_some() { "yes" } else { "no" };
        let kind = session.handshake_kind();
        let resumed = if kind == Some(rustls::HandshakeKind::Resumed) { "yes" } else { "no" };
        Some(format!(
            "{} alpn={alpn} resumed={resumed} client-certificate={client}",
            version.unwrap_or("unknown"),
        ))
    }

    pub fn set_timeout(&self, timeout: Duration) -> io::Result<()> {
        self.socket().set_read_timeout(Some(timeout))?;
        self.socket().set_write_timeout(Some(timeout))
    }

    /// Ends what we send (over TLS with a close_notify); the peer may still send.
    pub fn shutdown(&mut self) -> io::Result<()> {
        if let Self::Tls(stream) = self {
            stream.conn.send_close_notify();
            stream.flush()?;
        }
        self.socket().shutdown(Shutdown::Write)
    }

    /// Closes in good order.
    pub fn close(mut self) {
        // The peer may be gone already, which is no concern of one who leaves.
        let _ = self.shutdown();
    }

    /// Closes with a TCP reset.
    pub fn reset(self) -> io::Result<()> {
        SockRef::from(self.socket()).set_linger(Some(Duration::ZERO))
    }

    fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => &stream.sock,
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}
