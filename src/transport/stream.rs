//! A connected stream socket, TCP or Unix: how bytes are moved, waited for and given up on.

use super::cancel::{Cancel, Sleeper, Watch};
use super::{Deadline, End, Interest, Limits, Timeout, Transport, clock, os_error, sys};
use crate::engine::error::{Error, Escaped, Kind, error};
use crate::memory::{self, Counted, NoMemory};
use crate::uncancelled::Closing;
use alloc::vec::Vec;
use bytes::buf::UninitSlice;
use core::fmt;
use core::net::SocketAddr;
use core::time::Duration;
use socket2::Socket;
use std::io::{self, IoSlice};
use std::os::fd::AsRawFd;

/// A connected stream socket. Dropping it closes the descriptor.
///
/// Without a deadline, and not in non-blocking mode, an operation is one system call that the
/// kernel ends by `SO_RCVTIMEO` or `SO_SNDTIMEO`. Otherwise it is one that never waits
/// (`MSG_DONTWAIT`), and `poll` where there was nothing to do yet.
pub struct Stream {
    /// Shared with the cancel token, which holds it weakly.
    socket: Counted<Closing<Socket>>,
    peer: Peer,
    limits: Limits,
    kernel: Kernel,
    waiting: Interest,
    watch: Option<Watch>,
}

/// What the other end is called.
#[derive(Clone)]
pub enum Peer {
    /// An address and port.
    Inet(SocketAddr),
    /// A path in the file system, or a Linux abstract name, which begins with a NUL.
    Unix(Counted<Vec<u8>>),
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Peer::Inet(address) => address.fmt(f),
            Peer::Unix(path) => Escaped(path).fmt(f),
        }
    }
}

/// What the kernel was told of the socket, so that it is told again only of changes.
pub(super) struct Kernel {
    pub(super) nonblocking: bool,
    pub(super) receive_timeout: Option<Duration>,
    pub(super) send_timeout: Option<Duration>,
    pub(super) low_water: usize,
}

impl Default for Kernel {
    /// As `socket` makes it.
    fn default() -> Kernel {
        Kernel { nonblocking: false, receive_timeout: None, send_timeout: None, low_water: 1 }
    }
}

/// A timeout as `SO_RCVTIMEO` takes it: whole microseconds, where zero would mean for ever.
pub(super) fn socket_timeout(timeout: Timeout) -> Option<Duration> {
    match timeout {
        Timeout::After(limit) => Some(limit.max(Duration::from_micros(1))),
        Timeout::Never | Timeout::Nonblocking => None,
    }
}

/// Which way bytes go.
#[derive(Clone, Copy)]
enum Way {
    In,
    Out,
}

impl Way {
    fn interest(self) -> Interest {
        match self {
            Way::In => Interest::READ,
            Way::Out => Interest::WRITE,
        }
    }
}

fn events(interest: Interest) -> libc::c_short {
    let read = if interest.read { libc::POLLIN } else { 0 };
    let write = if interest.write { libc::POLLOUT } else { 0 };
    read | write
}

/// "reading from 127.0.0.1:80".
struct Doing<'a>(Way, &'a Peer);

impl fmt::Display for Doing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Way::In => write!(f, "reading from {}", self.1),
            Way::Out => write!(f, "writing to {}", self.1),
        }
    }
}

/// Whether a failure of `sendfile` says that this file cannot be sent so, or not be read at all, and
/// nothing of the stream.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn is_of_the_file(error: &io::Error) -> bool {
    use libc::{EBADF, EINVAL, EIO, EISDIR, ENOMEM, ENOSYS, EOPNOTSUPP, EOVERFLOW, EPERM, ESPIPE};
    matches!(
        error.raw_os_error(),
        Some(
            EBADF
                | EINVAL
                | EIO
                | EISDIR
                | ENOMEM
                | ENOSYS
                | EOPNOTSUPP
                | EOVERFLOW
                | EPERM
                | ESPIPE
        )
    )
}

/// The most parts of one write.
const MAX_PARTS: usize = 4;

/// A read of which at least so much is still to come is worth a low-water mark: measured, a quarter
/// less CPU with 256 KiB, half with 1 MiB, and next to nothing below.
const BULK: usize = 256 * 1024;
/// The highest low-water mark; the kernel makes its buffer twice as large.
const LOW_WATER_MAX: usize = 1024 * 1024;

impl Stream {
    /// A socket that is connected to `peer`, and what its maker told the kernel.
    pub(super) fn new(
        socket: Closing<Socket>,
        peer: Peer,
        kernel: Kernel,
    ) -> Result<Stream, NoMemory> {
        Ok(Stream {
            socket: Counted::new(socket)?,
            peer,
            limits: Limits::NONE,
            kernel,
            waiting: Interest::default(),
            watch: None,
        })
    }

    /// What the other end is called.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    fn is_cancelled(&self) -> bool {
        self.watch.as_ref().is_some_and(Watch::is_cancelled)
    }

    /// Whether the kernel does the waiting.
    fn kernel_waits(&self) -> bool {
        self.limits.deadline.is_none() && self.limits.timeout != Timeout::Nonblocking
    }

    /// What ends an operation before it begins.
    fn begin(&mut self, way: Way) -> Result<(), Error> {
        self.waiting = Interest::default();
        if self.is_cancelled() {
            return Err(self.cancelled(way));
        }
        // Looked at each time: a peer that always has something ready must not outlast it.
        // But a timeout ends a wait: what is there already is taken, whatever the program did meanwhile.
        match self.limits.deadline {
            Some(Deadline { at, kind }) if kind != Kind::Timeout && clock::now() >= at => {
                Err(self.expired(kind, way))
            }
            _ => Ok(()),
        }
    }

    /// Tells the kernel how to wait.
    fn prepare(&mut self, way: Way) -> io::Result<()> {
        if self.kernel.nonblocking {
            self.socket.set_nonblocking(false)?;
            self.kernel.nonblocking = false;
        }
        let timeout = socket_timeout(self.limits.timeout);
        match way {
            Way::In if self.kernel.receive_timeout != timeout => {
                self.socket.set_read_timeout(timeout)?;
                self.kernel.receive_timeout = timeout;
            }
            Way::Out if self.kernel.send_timeout != timeout => {
                self.socket.set_write_timeout(timeout)?;
                self.kernel.send_timeout = timeout;
            }
            Way::In | Way::Out => {}
        }
        Ok(())
    }

    /// Has the kernel wake a blocked reader once for many bytes, or as usual.
    fn set_low_water(&mut self, bytes: usize) {
        if self.kernel.low_water == bytes {
            return;
        }
        // Only a hint: where the system does not take it, reads are as they were.
        let _ = sys::set_receive_low_water(&self.socket, bytes);
        self.kernel.low_water = bytes;
    }

    /// The low-water mark for a read of which `want` bytes are still to come.
    fn low_water_for(&self, want: usize) -> usize {
        let tcp = matches!(self.peer, Peer::Inet(_));
        if !cfg!(target_os = "linux") || !tcp || want < BULK || !self.kernel_waits() {
            return 1;
        }
        // Never more than half of what is to come: Linux first copies what there is, however
        // little it be, and then waits for the whole mark *again*. A power of two, so that it
        // does not change with every read of a body that nears its end.
        let half = want / 2;
        LOW_WATER_MAX.min(1 << half.ilog2())
    }

    /// Makes one system call, waiting as the limits say until it can do something.
    fn run(
        &mut self,
        way: Way,
        call: impl FnMut(&Socket, libc::c_int) -> io::Result<usize>,
    ) -> Result<usize, Error> {
        let flags = if self.kernel_waits() { 0 } else { libc::MSG_DONTWAIT };
        self.run_with(way, flags, call)
    }

    /// The same, beginning with these flags: `MSG_DONTWAIT` if the call does not wait.
    fn run_with(
        &mut self,
        way: Way,
        mut flags: libc::c_int,
        mut call: impl FnMut(&Socket, libc::c_int) -> io::Result<usize>,
    ) -> Result<usize, Error> {
        let timed = matches!(self.limits.timeout, Timeout::After(_));
        // Read before, not after: then neither a signal nor a descriptor that the program has made non-blocking
        // changes when the timeout ends.
        let started = if timed { clock::now() } else { 0 };
        loop {
            let error = match call(&self.socket, flags) {
                Ok(count) => return Ok(count),
                Err(error) => error,
            };
            if self.is_cancelled() {
                return Err(self.cancelled(way));
            }
            match error.raw_os_error() {
                // The kernel's timeout would begin anew with each signal, and never end under a
                // profiler's: from here on the clock counts.
                Some(libc::EINTR) if timed => flags = libc::MSG_DONTWAIT,
                Some(libc::EINTR) => {}
                // Also where the kernel's timeout has ended: then this one ends at once.
                Some(libc::EAGAIN) => self.poll(way, way.interest(), started, None)?,
                _ => return Err(self.failed(&error, way)),
            }
        }
    }

    /// Waits until the socket is ready, for an operation begun at `started`, or the clock reaches `until`.
    fn poll(
        &mut self,
        way: Way,
        interest: Interest,
        started: u64,
        until: Option<u64>,
    ) -> Result<(), Error> {
        if self.limits.timeout == Timeout::Nonblocking {
            self.waiting = interest;
            return Err(error!(Kind::WouldBlock, "the operation would block"));
        }
        let mut fds = [sys::pollfd(self.socket.as_raw_fd(), events(interest))];
        let expiry = self.limits.expiry(started);
        let end = expiry.map(|(at, _)| at).into_iter().chain(until).min();
        loop {
            match sys::poll(&mut fds, end) {
                Ok(0) => {
                    let now = clock::now();
                    match expiry {
                        _ if until.is_some_and(|at| now >= at) => return Ok(()),
                        Some((at, kind)) if now >= at => return Err(self.expired(kind, way)),
                        _ => {}
                    }
                }
                Ok(_) => return Ok(()),
                Err(error) => return Err(self.failed(&error, way)),
            }
        }
    }

    fn failed(&self, error: &io::Error, way: Way) -> Error {
        let error = os_error::from_io(error, &Doing(way, &self.peer));
        match error.kind() {
            // The system has given the connection up: to go on would find an end that the peer never made.
            Kind::Timeout => error.with_kind(Kind::ConnectionAborted),
            _ => error,
        }
    }

    fn expired(&self, kind: Kind, way: Way) -> Error {
        os_error::expired(kind, &Doing(way, &self.peer))
    }

    fn cancelled(&self, way: Way) -> Error {
        os_error::cancelled(&Doing(way, &self.peer))
    }
}

impl Transport for Stream {
    fn read(&mut self, buf: &mut UninitSlice, want: usize) -> Result<usize, Error> {
        self.begin(Way::In)?;
        if self.kernel_waits() {
            self.prepare(Way::In).map_err(|error| self.failed(&error, Way::In))?;
        }
        // Also where we poll: the mark would hold that up, too.
        self.set_low_water(self.low_water_for(want));
        let count = self.run(Way::In, |socket, flags| sys::receive(socket, buf, flags))?;
        // A cancel ends the stream; that must not look like the peer's end.
        if count == 0 && self.is_cancelled() {
            return Err(self.cancelled(Way::In));
        }
        Ok(count)
    }

    fn write(&mut self, parts: &[&[u8]]) -> Result<usize, Error> {
        self.begin(Way::Out)?;
        if self.kernel_waits() {
            self.prepare(Way::Out).map_err(|error| self.failed(&error, Way::Out))?;
        }
        let mut slices = [IoSlice::new(&[]); MAX_PARTS];
        let mut filled = 0;
        for part in parts.iter().filter(|part| !part.is_empty()).take(MAX_PARTS) {
            slices[filled] = IoSlice::new(part);
            filled += 1;
        }
        match &slices[..filled] {
            [] => Ok(0),
            parts => self.run(Way::Out, |socket, flags| sys::send(socket, parts, flags)),
        }
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn send_file(&mut self, file: super::OpenFile<'_>, count: usize) -> Result<usize, Error> {
        self.begin(Way::Out)?;
        // The system call knows no flag that would keep it from waiting.
        if !self.kernel.nonblocking {
            self.socket.set_nonblocking(true).map_err(|error| self.failed(&error, Way::Out))?;
            self.kernel.nonblocking = true;
        }
        self.run_with(Way::Out, libc::MSG_DONTWAIT, |socket, _| {
            match sys::send_file(socket, file, count) {
                Err(error) if is_of_the_file(&error) => Ok(0),
                outcome => outcome,
            }
        })
    }

    fn is_quiet(&mut self) -> bool {
        let flags = libc::MSG_PEEK | libc::MSG_DONTWAIT;
        let mut byte = [0];
        let look = sys::receive(&self.socket, UninitSlice::new(&mut byte), flags);
        let nothing = |error: io::Error| {
            let code = error.raw_os_error();
            code == Some(libc::EAGAIN) || code == Some(libc::EWOULDBLOCK)
        };
        look.is_err_and(nothing) && !self.is_cancelled()
    }

    fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    fn fileno(&self) -> Option<i32> {
        Some(self.socket.as_raw_fd())
    }

    fn address(&self, end: End) -> Result<Option<Vec<u8>>, Error> {
        let address = match (end, &self.peer) {
            (End::Peer, Peer::Inet(address)) => Some(*address),
            (End::Peer, Peer::Unix(path)) => return Ok(Some(memory::copy(path)?)),
            // A client's end of a Unix socket has no name.
            (End::Local, _) => self.socket.local_addr().ok().and_then(|local| local.as_socket()),
        };
        match address {
            Some(address) => Ok(Some(memory::format(format_args!("{address}"))?.into())),
            None => Ok(None),
        }
    }

    fn interest(&self) -> Interest {
        self.waiting
    }

    fn stop_waiting(&mut self) {
        self.waiting = Interest::default();
    }

    fn wait(&mut self, interest: Interest, since: u64, until: Option<u64>) -> Result<(), Error> {
        let way = if interest.write { Way::Out } else { Way::In };
        self.begin(way)?;
        // Looked at first: a peer that always has something ready must not outlast it.
        match self.limits.expiry(since) {
            Some((at, kind)) if clock::now() >= at => Err(self.expired(kind, way)),
            _ => self.poll(way, interest, since, until),
        }
    }

    fn set_cancel(&mut self, cancel: &Cancel) -> Result<(), Error> {
        self.watch = Some(cancel.watch(Sleeper::Socket(self.socket.downgrade()))?);
        Ok(())
    }
}
