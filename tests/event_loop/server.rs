//! A server, and a proxy before it, that do what a plan says.

use super::plan::{Answer, Exchange, Expect, PAUSE, Plan, Random};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A certificate that signs itself, and a configuration with it.
pub struct Trust {
    pub pem: String,
    config: Arc<ServerConfig>,
}

impl Trust {
    pub fn new() -> Trust {
        let key = rcgen::KeyPair::generate().unwrap();
        let names = ["host.example".into(), "proxy.example".into()];
        let certificate = rcgen::CertificateParams::new(names).unwrap().self_signed(&key).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from(certificate.der().to_vec())],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        Trust { pem: certificate.pem(), config: Arc::new(config) }
    }
}

pub struct Peer {
    pub port: u16,
    ending: Arc<AtomicBool>,
    steps: Arc<AtomicUsize>,
    thread: JoinHandle<()>,
}

impl Peer {
    /// Ends the server, and tells how many steps it took.
    pub fn end(self) -> usize {
        self.ending.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        self.thread.join().unwrap();
        self.steps.load(Ordering::Relaxed)
    }
}

pub fn start(plan: Plan, trust: &Trust) -> Peer {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (ending, steps) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let (end, count, config) = (ending.clone(), steps.clone(), trust.config.clone());
    let thread = thread::spawn(move || {
        let mut random = Random::new(plan.seed ^ 0xabcd);
        while let Ok((stream, _)) = listener.accept() {
            if end.load(Ordering::Relaxed) {
                return;
            }
            stream.set_nodelay(true).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
            let raw = stream.try_clone().unwrap();
            let paced = Paced {
                stream,
                random: random.clone(),
                piece: 100,
                pauses: 10,
                steps: count.clone(),
            };
            random.below(2);
            // The client may have had enough at any moment.
            let _ = Server { plan: &plan, config: &config, raw }.serve(Box::new(paced));
        }
    });
    Peer { port, ending, steps, thread }
}

/// A stream both ways.
trait Duplex: Read + Write {
    fn pace(&mut self, piece: usize, pauses: usize);

    /// Says that the stream ends, where it has a way to.
    fn say_goodbye(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A socket that does little at a time, sometimes after a pause.
struct Paced {
    stream: TcpStream,
    random: Random,
    piece: usize,
    pauses: usize,
    steps: Arc<AtomicUsize>,
}

impl Paced {
    /// How much of `len` to do now.
    fn step(&mut self, len: usize) -> usize {
        self.steps.fetch_add(1, Ordering::Relaxed);
        if self.random.once_in(self.pauses) {
            thread::sleep(PAUSE);
        }
        len.min(1 + self.random.below(self.piece))
    }
}

impl Read for Paced {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.step(buf.len());
        self.stream.read(&mut buf[..count])
    }
}

impl Write for Paced {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let count = self.step(buf.len());
        self.stream.write(&buf[..count])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Duplex for Paced {
    fn pace(&mut self, piece: usize, pauses: usize) {
        (self.piece, self.pauses) = (piece, pauses);
    }
}

impl Duplex for StreamOwned<ServerConnection, Box<dyn Duplex>> {
    fn pace(&mut self, piece: usize, pauses: usize) {
        self.sock.pace(piece, pauses);
    }

    fn say_goodbye(&mut self) -> io::Result<()> {
        self.conn.send_close_notify();
        self.flush()
    }
}

struct Server<'a> {
    plan: &'a Plan,
    config: &'a Arc<ServerConfig>,
    /// The socket below all that.
    raw: TcpStream,
}

impl Server<'_> {
    fn secured(&self, stream: Box<dyn Duplex>) -> Box<dyn Duplex> {
        let session = ServerConnection::new(self.config.clone()).unwrap();
        Box::new(StreamOwned::new(session, stream))
    }

    fn serve(&self, mut stream: Box<dyn Duplex>) -> io::Result<()> {
        if let Some(tls) = self.plan.proxy {
            if tls {
                stream = self.secured(stream);
            }
            read_head(&mut *stream)?;
            stream.write_all(b"HTTP/1.1 200 Go on\r\nVia: tests\r\n\r\n")?;
        }
        if self.plan.tls {
            stream = self.secured(stream);
        }
        loop {
            let head = read_head(&mut *stream)?;
            // The target is the number of the exchange.
            let number =
                head.split_once(" /").and_then(|(_, rest)| rest.split_once(' ')).unwrap().0;
            let exchange = &self.plan.exchanges[number.parse::<usize>().unwrap()];
            stream.pace(exchange.piece, exchange.pauses);
            if !self.exchange(&mut *stream, exchange, &head)? || exchange.hangs_up {
                return Ok(());
            }
        }
    }

    /// Whether the connection goes on.
    fn exchange(
        &self,
        stream: &mut dyn Duplex,
        exchange: &Exchange,
        head: &str,
    ) -> io::Result<bool> {
        if exchange.is_refused() {
            const REFUSAL: &[u8] =
                b"HTTP/1.1 417 No\r\nConnection: close\r\nContent-Length: 2\r\n\r\nyy";
            stream.write_all(REFUSAL)?;
            // Who closes with something unread resets, and the client may never see the answer.
            while stream.read(&mut [0; 65536])? > 0 {}
            return Ok(false);
        }
        match exchange.expect {
            Expect::Continue => stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?,
            Expect::Silence => thread::sleep(2 * PAUSE),
            Expect::None | Expect::Refusal => {}
        }
        read_body(stream, exchange.size, head.contains("chunked"))?;
        for _ in 0..exchange.interim {
            stream.write_all(b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n")?;
        }
        let size = exchange.answer_size;
        let body = vec![b'y'; size];
        match exchange.answer {
            Answer::Length | Answer::Early => {
                write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n")?;
                stream.write_all(&body)?;
            }
            Answer::Chunked => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
                for chunk in body.chunks(1 + size / 5) {
                    write!(stream, "{:x};a=b\r\n", chunk.len())?;
                    stream.write_all(chunk)?;
                    stream.write_all(b"\r\n")?;
                }
                stream.write_all(b"0\r\nTrailer: yes\r\n\r\n")?;
            }
            Answer::Close => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
                stream.write_all(&body)?;
                stream.say_goodbye()?;
                return Ok(false);
            }
            Answer::Empty => stream.write_all(b"HTTP/1.1 204 None\r\n\r\n")?,
            Answer::Cut | Answer::Reset => {
                write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", size + 10)?;
                stream.write_all(&body)?;
                if exchange.answer == Answer::Reset {
                    socket2::SockRef::from(&self.raw).set_linger(Some(Duration::ZERO))?;
                }
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn read_head(stream: &mut dyn Duplex) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8(head).unwrap())
}

/// All of a request's body, which is so many times the letter x.
fn read_body(stream: &mut dyn Duplex, size: usize, chunked: bool) -> io::Result<()> {
    let mut buffer = vec![0; 256 << 10];
    let (mut seen, mut tail) = (0, Vec::new());
    while if chunked {
        !tail.ends_with(b"\r\n0\r\n\r\n") && tail != b"0\r\n\r\n"
    } else {
        seen < size
    } {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        seen += buffer[..count].iter().filter(|byte| **byte == b'x').count();
        tail.extend_from_slice(&buffer[count.saturating_sub(7)..count]);
        tail.drain(..tail.len().saturating_sub(7));
    }
    assert_eq!(seen, size, "of the request's body");
    Ok(())
}
