//! Transports for tests.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::buf::UninitSlice;
use httpclient::engine::error::{Error, Kind};
use httpclient::transport::{Interest, Limits, Timeout, Transport};

/// Calls that would be system calls.
#[derive(Default)]
pub struct Calls {
    pub reads: AtomicUsize,
    pub writes: AtomicUsize,
    pub looks: AtomicUsize,
    /// Bytes, not calls.
    pub received: AtomicUsize,
}

impl Calls {
    pub fn get(&self) -> (usize, usize, usize) {
        let load = |counter: &AtomicUsize| counter.load(Ordering::SeqCst);
        (load(&self.reads), load(&self.writes), load(&self.looks))
    }
}

/// A socket.
pub struct Tcp {
    stream: TcpStream,
    pub calls: Arc<Calls>,
    interest: Interest,
    nonblocking: bool,
    scratch: Vec<u8>,
}

impl Tcp {
    pub fn connect(address: SocketAddr) -> Tcp {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut tcp = Tcp {
            stream,
            calls: Arc::default(),
            interest: Interest::default(),
            nonblocking: false,
            scratch: vec![0; 256 << 10],
        };
        tcp.set_limits(crate::PATIENT);
        tcp
    }

    /// Tells how many bytes have arrived that were not read, if they are less than 64 KiB.
    pub fn waiting(&self) -> impl Fn() -> usize + use<> {
        let stream = self.stream.try_clone().unwrap();
        move || {
            // Both descriptors have the mode in common.
            stream.set_nonblocking(true).unwrap();
            let count = stream.peek(&mut [0; 64 << 10]).unwrap_or(0);
            stream.set_nonblocking(false).unwrap();
            count
        }
    }
}

/// A wait with a timeout is interrupted where the process was stopped and goes on.
fn repeat(mut call: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match call() {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

fn error(e: io::Error, nonblocking: bool) -> Error {
    let kind = match e.kind() {
        io::ErrorKind::WouldBlock if nonblocking => Kind::WouldBlock,
        io::ErrorKind::WouldBlock => Kind::Timeout,
        io::ErrorKind::ConnectionReset => Kind::ConnectionReset,
        io::ErrorKind::BrokenPipe => Kind::BrokenPipe,
        _ => Kind::Os,
    };
    Error::os(kind, e.raw_os_error().unwrap_or(0), format_args!("{e}"))
}

impl Transport for Tcp {
    fn read(&mut self, buf: &mut UninitSlice, want: usize) -> Result<usize, Error> {
        assert!(buf.len() > 0 && (1..=buf.len()).contains(&want), "{want} of {}", buf.len());
        self.calls.reads.fetch_add(1, Ordering::SeqCst);
        self.interest = Interest { read: true, write: false };
        let size = buf.len().min(self.scratch.len());
        let count = repeat(|| self.stream.read(&mut self.scratch[..size]))
            .map_err(|e| error(e, self.nonblocking))?;
        self.calls.received.fetch_add(count, Ordering::SeqCst);
        buf[..count].copy_from_slice(&self.scratch[..count]);
        Ok(count)
    }

    fn write(&mut self, parts: &[&[u8]]) -> Result<usize, Error> {
        self.calls.writes.fetch_add(1, Ordering::SeqCst);
        self.interest = Interest { read: false, write: true };
        assert_eq!(parts.len(), 1);
        repeat(|| self.stream.write(parts[0])).map_err(|e| error(e, self.nonblocking))
    }

    fn is_quiet(&mut self) -> bool {
        self.calls.looks.fetch_add(1, Ordering::SeqCst);
        self.stream.set_nonblocking(true).unwrap();
        let looked = self.stream.peek(&mut [0]);
        self.stream.set_nonblocking(self.nonblocking).unwrap();
        matches!(looked, Err(e) if e.kind() == io::ErrorKind::WouldBlock)
    }

    fn set_limits(&mut self, limits: Limits) {
        let timeout = match limits.timeout {
            Timeout::Never | Timeout::Nonblocking => None,
            Timeout::After(time) => Some(time),
        };
        self.stream.set_read_timeout(timeout).unwrap();
        self.stream.set_write_timeout(timeout).unwrap();
        self.nonblocking = limits.timeout == Timeout::Nonblocking;
        self.stream.set_nonblocking(self.nonblocking).unwrap();
    }

    fn interest(&self) -> Interest {
        self.interest
    }
}

/// Moves one byte at a time, and none every other time: then it "would block".
pub struct Dribble<T>(T, [bool; 2]);

impl Dribble<Tcp> {
    pub fn connect(address: SocketAddr) -> Dribble<Tcp> {
        let mut tcp = Tcp::connect(address);
        tcp.set_limits(Limits { timeout: Timeout::Nonblocking, deadline: None });
        Dribble(tcp, [false; 2])
    }
}

impl<T: Transport> Dribble<T> {
    fn turn(&mut self, way: usize) -> Result<(), Error> {
        self.1[way] = !self.1[way];
        if self.1[way] { Err(Error::new(Kind::WouldBlock, "would block")) } else { Ok(()) }
    }
}

impl<T: Transport> Transport for Dribble<T> {
    fn read(&mut self, buf: &mut UninitSlice, _want: usize) -> Result<usize, Error> {
        self.turn(0)?;
        self.0.read(&mut buf[..1], 1)
    }

    fn write(&mut self, parts: &[&[u8]]) -> Result<usize, Error> {
        self.turn(1)?;
        self.0.write(&[&parts[0][..1]])
    }

    fn is_quiet(&mut self) -> bool {
        self.0.is_quiet()
    }

    fn set_limits(&mut self, _limits: Limits) {}

    fn interest(&self) -> Interest {
        self.0.interest()
    }
}

/// Waits whatever its limits say, as a transport of the program's may.
pub struct Waiting(pub Tcp);

impl Transport for Waiting {
    fn read(&mut self, buf: &mut UninitSlice, want: usize) -> Result<usize, Error> {
        self.0.read(buf, want)
    }

    fn write(&mut self, parts: &[&[u8]]) -> Result<usize, Error> {
        self.0.write(parts)
    }

    fn is_quiet(&mut self) -> bool {
        self.0.is_quiet()
    }

    fn set_limits(&mut self, _limits: Limits) {}

    fn interest(&self) -> Interest {
        self.0.interest()
    }
}
