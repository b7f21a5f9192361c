//! Servers to talk to: rustls in a thread, OpenSSL as a process, and plain scripts.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::crypto::ring::{self, default_provider};
use rustls::server::{ServerConfig, ServerConnection, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{RootCertStore, StreamOwned};

use crate::pki::{Ca, Leaf};

pub type Stream = StreamOwned<ServerConnection, TcpStream>;

/// A listening socket whose one or several connections a script serves.
pub struct Peer {
    pub address: SocketAddr,
    thread: JoinHandle<()>,
}

impl Peer {
    /// `script` gets each of `count` connections in turn.
    pub fn raw(count: usize, script: impl Fn(TcpStream) + Send + 'static) -> Peer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let thread = std::thread::spawn(move || {
            for _ in 0..count {
                let (stream, _) = listener.accept().unwrap();
                stream.set_nodelay(true).unwrap();
                stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
                script(stream);
            }
        });
        Peer { address, thread }
    }

    pub fn tls(
        config: ServerConfig,
        count: usize,
        script: impl Fn(&mut Stream) + Send + 'static,
    ) -> Peer {
        Peer::tls_shared(Arc::new(config), count, script)
    }

    /// The same with a configuration of several servers, which then know each other's tickets.
    pub fn tls_shared(
        config: Arc<ServerConfig>,
        count: usize,
        script: impl Fn(&mut Stream) + Send + 'static,
    ) -> Peer {
        Peer::raw(count, move |stream| {
            let session = ServerConnection::new(config.clone()).unwrap();
            script(&mut StreamOwned::new(session, stream));
        })
    }

    /// Answers one request of at most 16 KiB with `answer`, and closes.
    pub fn answering(leaf: &Leaf, answer: &'static [u8]) -> Peer {
        Peer::tls(config(leaf), 1, move |stream| answer_one(stream, answer))
    }

    /// Waits for the script's end, and passes its failure on.
    pub fn join(self) {
        self.thread.join().unwrap();
    }
}

pub fn answer_one(stream: &mut Stream, answer: &[u8]) {
    // The client may have refused the handshake.
    if stream.read(&mut [0; 16384]).is_ok_and(|count| count > 0) {
        stream.write_all(answer).unwrap();
        stream.conn.send_close_notify();
        stream.flush().unwrap();
    }
}

pub fn config(leaf: &Leaf) -> ServerConfig {
    config_with(leaf, rustls::ALL_VERSIONS, None)
}

pub fn config_with(
    leaf: &Leaf,
    versions: &[&'static rustls::SupportedProtocolVersion],
    clients: Option<&Ca>,
) -> ServerConfig {
    let provider = Arc::new(default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(versions)
        .unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(ca) => {
            let mut roots = RootCertStore::empty();
            roots.add(ca.der.clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    // Unchecked: some tests show a chain that does not begin with the key's certificate.
    let key = ring::sign::any_supported_type(&leaf.key_der()).unwrap();
    let certified = CertifiedKey::new(leaf.chain.clone(), key);
    let mut config = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}

/// `openssl s_server`, ended when dropped.
pub struct OpenSsl {
    pub address: SocketAddr,
    /// Where it runs, and finds files to serve.
    pub directory: PathBuf,
    child: Child,
    /// It ends when it can read no more, or write no more.
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl OpenSsl {
    pub fn start(directory: &Path, arguments: &[&str]) -> OpenSsl {
        let mut child = Command::new("openssl")
            .current_dir(directory)
            .args(["s_server", "-accept", "127.0.0.1:0"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let address = loop {
            let mut line = String::new();
            assert!(stdout.read_line(&mut line).unwrap() > 0, "openssl s_server did not start");
            if let Some(address) = line.strip_prefix("ACCEPT ") {
                break address.trim().parse().unwrap();
            }
        };
        OpenSsl { address, directory: directory.to_path_buf(), child, stdin, stdout }
    }

    /// Types a line: a command, if it is one of its letters, or else text to send.
    pub fn say(&mut self, line: &str) {
        // In one write: only the first letter that it reads at once can be a command.
        self.stdin.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    /// Reads up to a line that it prints and that has this in it.
    pub fn hear(&mut self, expected: &str) {
        let mut line = String::new();
        while !line.contains(expected) {
            line.clear();
            assert!(self.stdout.read_line(&mut line).unwrap() > 0, "no {expected}");
        }
    }
}

impl Drop for OpenSsl {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `nginx` in the foreground, ended when dropped.
pub struct Nginx {
    /// With TLS.
    pub address: SocketAddr,
    /// Without.
    pub plain: SocketAddr,
    child: Child,
}

impl Nginx {
    pub fn start(leaf: &Leaf) -> Nginx {
        Nginx::start_with(leaf, None)
    }

    /// Demands a certificate of clients, if there is an authority for them.
    pub fn start_with(leaf: &Leaf, clients: Option<&Ca>) -> Nginx {
        let directory = crate::configuration::tempdir("nginx");
        std::fs::write(directory.join("cert.pem"), &leaf.pem).unwrap();
        std::fs::write(directory.join("key.pem"), leaf.key.serialize_pem()).unwrap();
        let mut verify = "";
        if let Some(ca) = clients {
            std::fs::write(directory.join("ca.pem"), &ca.pem).unwrap();
            verify = "ssl_client_certificate ca.pem; ssl_verify_client on;";
        }
        Nginx::start_in(&directory, verify)
    }

    /// With cert.pem and key.pem of this directory.
    pub fn start_in(directory: &Path, verify: &str) -> Nginx {
        // It cannot be given port 0. Ports that were free a moment ago may be taken by now.
        let mut attempts = (0..10).filter_map(|_| Nginx::try_ports(directory, verify));
        attempts.next().expect("nginx did not start")
    }

    /// None if it ends: it could not listen.
    fn try_ports(directory: &Path, verify: &str) -> Option<Nginx> {
        let free = || TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, plain) = (free(), free());
        let [address, plain] = [address, plain].map(|socket| socket.local_addr().unwrap());
        let paths: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|name| format!("{name}_temp_path temp;"))
            .concat();
        let text = format!(
            "daemon off; master_process off; pid nginx.pid; error_log error.log; events {{}}
             http {{ {paths} access_log off;
               server {{ listen {address} ssl; listen {plain};
                 ssl_certificate cert.pem; ssl_certificate_key key.pem;
                 ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers ALL:@SECLEVEL=0;
                 ssl_session_cache shared:s:1m; {verify}
                 location / {{ return 200 'hello from nginx'; }} }} }}"
        );
        std::fs::write(directory.join("nginx.conf"), text).unwrap();
        let mut child = Command::new("nginx")
            .args(["-e", "error.log", "-c", "nginx.conf", "-p"])
            .arg(directory)
            .current_dir(directory)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // It writes its number down once it listens.
        while !directory.join("nginx.pid").exists() {
            if child.try_wait().unwrap().is_some() {
                return None;
            }
            std::thread::yield_now();
        }
        Some(Nginx { address, plain, child })
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
