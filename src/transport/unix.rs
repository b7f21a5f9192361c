//! Connecting to Unix-domain sockets.

use super::cancel::{Cancel, Watch};
use super::dial::{new_socket, sleep_under};
use super::stream::{Kernel, Peer, Stream, socket_timeout};
use super::wake::Wake;
use super::{Dial, Interest, Limits, Timeout, Timings, Transport, clock, os_error, sys};
use crate::engine::error::{Error, Kind};
use alloc::boxed::Box;
use alloc::sync::Arc;
use socket2::{Domain, SockAddr};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// How long until another try where the listener's queue is full. The system has no event for it.
const RETRY_INTERVAL: u64 = 10_000_000;

/// Makes connections to one Unix-domain socket.
pub struct UnixDialer {
    peer: Peer,
    address: SockAddr,
    cancel: Option<Cancel>,
    /// Kept from one call to the next in non-blocking mode.
    dialing: Option<Dialing>,
    timings: Timings,
}

struct Dialing {
    started: u64,
    retry_at: u64,
    deadline: Option<u64>,
    cancel: Option<(Arc<Wake>, Watch)>,
}

impl UnixDialer {
    /// A dialer for a path in the file system or, on Linux, an abstract name, which begins with a NUL.
    ///
    /// # Errors
    /// `Kind::InvalidArgument` where it is empty, has a NUL elsewhere, or is too long for a socket
    /// address (some 100 bytes).
    pub fn new(path: &[u8]) -> Result<UnixDialer, Error> {
        let abstract_name = cfg!(target_os = "linux") && path.first() == Some(&0);
        if path.is_empty() || (path.contains(&0) && !abstract_name) {
            return Err(Error::new(Kind::InvalidArgument, "a socket path is empty or has a NUL"));
        }
        let address = SockAddr::unix(Path::new(OsStr::from_bytes(path))).map_err(|_| {
            Error::new(Kind::InvalidArgument, "the path is too long for a socket address")
        })?;
        let peer = Peer::Unix(path.into());
        Ok(UnixDialer { peer, address, cancel: None, dialing: None, timings: Timings::default() })
    }

    /// Tries until connected, failed, or ended by the limits.
    fn drive(&mut self, limits: Limits) -> Result<Stream, Error> {
        let dialing = match self.dialing.take() {
            Some(dialing) => dialing,
            None => self.start()?,
        };
        let dialing = self.dialing.insert(Dialing { deadline: limits.deadline, ..dialing });
        let doing = format_args!("connecting to {}", self.peer);
        let expiry = limits.expiry(dialing.started);
        // Where the kernel's timeout is all that ends it, the kernel waits.
        let block = limits.deadline.is_none()
            && limits.timeout != Timeout::Nonblocking
            && dialing.cancel.is_none()
            && (limits.timeout == Timeout::Never || cfg!(target_os = "linux"));
        loop {
            if dialing.is_cancelled() {
                return Err(os_error::cancelled(doing));
            }
            match expiry {
                Some((at, kind)) if clock::now() >= at => {
                    return Err(os_error::expired(kind, doing));
                }
                _ => {}
            }
            let error = match connect(&self.address, limits, block) {
                Ok((socket, kernel)) => {
                    let mut stream = Stream::new(socket, self.peer.clone(), kernel);
                    if let Some((_, watch)) = &dialing.cancel {
                        stream.set_cancel(watch.token());
                    }
                    // Whoever cancelled before the stream had the token meant this attempt.
                    if dialing.is_cancelled() {
                        return Err(os_error::cancelled(doing));
                    }
                    return Ok(stream);
                }
                Err(error) => error,
            };
            match error.raw_os_error() {
                Some(libc::EINTR) => {}
                // SO_SNDTIMEO ran out.
                Some(libc::EAGAIN) if block => return Err(os_error::expired(Kind::Timeout, doing)),
                Some(libc::EAGAIN) => {
                    dialing.retry_at = clock::now().saturating_add(RETRY_INTERVAL);
                    if limits.timeout == Timeout::Nonblocking {
                        return Err(Error::new(Kind::WouldBlock, "the listener's queue is full"));
                    }
                    let until = expiry.map_or(dialing.retry_at, |(at, _)| at.min(dialing.retry_at));
                    dialing.pause(until).map_err(|error| os_error::from_io(&error, doing))?;
                }
                _ => return Err(os_error::from_io(&error, doing)),
            }
        }
    }

    fn start(&self) -> Result<Dialing, Error> {
        let cancel = self.cancel.as_ref().map(sleep_under).transpose();
        let cancel = cancel.map_err(|error| {
            os_error::from_io(&error, format_args!("connecting to {}", self.peer))
        })?;
        Ok(Dialing { started: clock::now(), retry_at: 0, deadline: None, cancel })
    }
}

impl Dialing {
    fn is_cancelled(&self) -> bool {
        self.cancel.as_ref().is_some_and(|(_, watch)| watch.is_cancelled())
    }

    /// Sleeps until the clock reaches `until` or a cancel.
    fn pause(&self, until: u64) -> io::Result<()> {
        match &self.cancel {
            Some((wake, _)) => sys::poll(&mut [sys::pollfd(wake.fd(), libc::POLLIN)], Some(until)),
            None => sys::poll(&mut [], Some(until)),
        }
        .map(|_| ())
    }
}

/// One try. On failure the socket is gone.
fn connect(
    address: &SockAddr,
    limits: Limits,
    block: bool,
) -> io::Result<(socket2::Socket, Kernel)> {
    let socket = new_socket(Domain::UNIX, None, !block)?;
    let send_timeout = if block { socket_timeout(limits.timeout) } else { None };
    if send_timeout.is_some() {
        socket.set_write_timeout(send_timeout)?;
    }
    socket.connect(address)?;
    Ok((socket, Kernel { nonblocking: !block, send_timeout, ..Kernel::default() }))
}

impl Dial for UnixDialer {
    fn dial(&mut self, limits: Limits) -> Result<Box<dyn Transport>, Error> {
        let result = self.drive(limits);
        if let Some(dialing) = &self.dialing {
            // There is no lookup: it is done when it begins.
            let started = dialing.started;
            let connected = if result.is_ok() { clock::now() } else { 0 };
            self.timings = Timings { started, looked_up: started, connected };
        }
        match result {
            Err(error) if error.kind == Kind::WouldBlock => return Err(error),
            _ => self.dialing = None,
        }
        let mut stream = result?;
        stream.set_limits(limits);
        Ok(Box::new(stream))
    }

    fn abandon(&mut self) {
        self.dialing = None;
    }

    /// The descriptor that a cancel makes readable, where there is a token; a full queue has none.
    fn fileno(&self) -> Option<i32> {
        let (wake, _) = self.dialing.as_ref()?.cancel.as_ref()?;
        Some(wake.fd())
    }

    fn interest(&self) -> Interest {
        Interest { read: self.fileno().is_some(), write: false }
    }

    fn next_timeout(&self) -> Option<u64> {
        let dialing = self.dialing.as_ref()?;
        Some(dialing.deadline.map_or(dialing.retry_at, |at| at.min(dialing.retry_at)))
    }

    fn timings(&self) -> Timings {
        self.timings
    }

    fn set_cancel(&mut self, cancel: &Cancel) {
        self.cancel = Some(cancel.clone());
        // No more than a try that did not succeed: the next call begins anew, with the token.
        self.dialing = None;
    }
}
