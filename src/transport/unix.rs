//! Connecting to Unix-domain sockets.

use super::cancel::{Cancel, Watch};
use super::dial::{new_socket, sleep_under};
use super::os_error::Connecting;
use super::stream::{Kernel, Peer, Stream, socket_timeout};
use super::wake::Wake;
use super::{Dial, Interest, Limits, Timeout, Timings, Transport, clock, os_error, sys};
use crate::engine::error::{Error, Kind, error};
use crate::memory::{self, Counted, boxed};
use crate::uncancelled::uncancelled;
use alloc::boxed::Box;
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
    /// When to call again after `WouldBlock`.
    next_try: u64,
    cancel: Option<(Counted<Wake>, Watch)>,
}

impl UnixDialer {
    /// A dialer for a path in the file system or, on Linux, an abstract name, which begins with a NUL.
    ///
    /// # Errors
    /// `Kind::InvalidArgument` where it is empty or has a NUL elsewhere, `Kind::Value` where it is too long for a
    /// socket address (some 100 bytes).
    pub fn new(path: &[u8]) -> Result<UnixDialer, Error> {
        let abstract_name = cfg!(target_os = "linux") && path.first() == Some(&0);
        if path.is_empty() || (path.contains(&0) && !abstract_name) {
            return Err(error!(Kind::InvalidArgument, "a socket path is empty or has a NUL"));
        }
        const TOO_LONG: Error = error!(Kind::Value, "the path is too long for a socket address");
        // Looked at first: what socket2 says of it takes memory.
        if path.len() >= sys::UNIX_PATH {
            return Err(TOO_LONG);
        }
        let address = SockAddr::unix(Path::new(OsStr::from_bytes(path))).map_err(|_| TOO_LONG)?;
        let peer = Peer::Unix(Counted::new(memory::copy(path)?)?);
        Ok(UnixDialer { peer, address, cancel: None, dialing: None, timings: Timings::default() })
    }

    /// Tries until connected, failed, or ended by the limits.
    fn drive(&mut self, limits: Limits) -> Result<Stream, Error> {
        if self.dialing.is_none() {
            self.dialing = Some(Dialing::start(self.cancel.as_ref(), &self.peer)?);
        }
        loop {
            self.check(limits)?;
            match self.attempt(limits) {
                Ok(stream) => return Ok(stream),
                Err(error) => match error.raw_os_error() {
                    Some(libc::EINTR) => {}
                    // Either the listener's queue is full, or SO_SNDTIMEO ran out in waiting for it.
                    Some(libc::EAGAIN) => self.pause(limits)?,
                    _ => return Err(self.failed(&error)),
                },
            }
        }
    }

    /// What ends it from outside, also once connected.
    fn check(&self, limits: Limits) -> Result<(), Error> {
        let Some(dialing) = &self.dialing else { return Ok(()) };
        if dialing.is_cancelled() {
            return Err(os_error::cancelled(&Connecting(&self.peer)));
        }
        match limits.expiry(dialing.started) {
            Some((at, kind)) if clock::now() >= at => {
                Err(os_error::expired(kind, &Connecting(&self.peer)))
            }
            _ => Ok(()),
        }
    }

    /// One try. On failure the socket is gone.
    fn attempt(&self, limits: Limits) -> io::Result<Stream> {
        // Where the kernel's timeout is all that ends it, the kernel waits.
        let block = limits.deadline.is_none()
            && self.cancel.is_none()
            && (limits.timeout == Timeout::Never
                || (cfg!(target_os = "linux") && limits.timeout != Timeout::Nonblocking));
        let socket = new_socket(Domain::UNIX, None, !block)?;
        let send_timeout = if block { socket_timeout(limits.timeout) } else { None };
        if send_timeout.is_some() {
            socket.set_write_timeout(send_timeout)?;
        }
        uncancelled(|| socket.connect(&self.address))?;
        let kernel = Kernel { nonblocking: !block, send_timeout, ..Kernel::default() };
        let stream = Stream::new(socket, self.peer.clone(), kernel);
        stream.map_err(|_| io::Error::from_raw_os_error(libc::ENOMEM))
    }

    /// Waits for the next try.
    fn pause(&mut self, limits: Limits) -> Result<(), Error> {
        let Some(dialing) = &mut self.dialing else { return Ok(()) };
        let retry_at = clock::now().saturating_add(RETRY_INTERVAL);
        let end = limits.expiry(dialing.started).map_or(retry_at, |(at, _)| at.min(retry_at));
        dialing.next_try = end;
        if limits.timeout == Timeout::Nonblocking {
            return Err(error!(Kind::WouldBlock, "the listener's queue is full"));
        }
        dialing.sleep(end).map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &io::Error) -> Error {
        os_error::from_io(error, &Connecting(&self.peer))
    }

    /// Hands the stream over, with the token that may have been used just now.
    fn finish(&self, stream: &mut Stream, limits: Limits) -> Result<(), Error> {
        stream.set_limits(limits);
        match &self.cancel {
            Some(cancel) => {
                stream.set_cancel(cancel)?;
                self.check(limits)
            }
            None => Ok(()),
        }
    }
}

impl Dialing {
    fn start(cancel: Option<&Cancel>, peer: &Peer) -> Result<Dialing, Error> {
        let mut dialing = Dialing { started: clock::now(), next_try: 0, cancel: None };
        if let Some(cancel) = cancel {
            dialing.set_cancel(cancel, peer)?;
        }
        Ok(dialing)
    }

    fn set_cancel(&mut self, cancel: &Cancel, peer: &Peer) -> Result<(), Error> {
        self.cancel = Some(sleep_under(cancel, &Connecting(peer))?);
        Ok(())
    }

    fn is_cancelled(&self) -> bool {
        self.cancel.as_ref().is_some_and(|(_, watch)| watch.is_cancelled())
    }

    /// Sleeps until the clock reaches `until` or a cancel.
    fn sleep(&self, until: u64) -> io::Result<()> {
        match &self.cancel {
            Some((wake, _)) => sys::poll(&mut [sys::pollfd(wake.fd(), libc::POLLIN)], Some(until)),
            None => sys::poll(&mut [], Some(until)),
        }
        .map(|_| ())
    }
}

impl Dial for UnixDialer {
    fn dial(&mut self, limits: Limits) -> Result<Box<dyn Transport>, Error> {
        let result = self.drive(limits).and_then(|mut stream| {
            self.finish(&mut stream, limits)?;
            Ok(boxed(stream)? as Box<dyn Transport>)
        });
        // There is no lookup: it is done when it begins.
        let started = self.dialing.as_ref().map_or(0, |dialing| dialing.started);
        let connected = if result.is_ok() { clock::now() } else { 0 };
        self.timings = Timings { started, looked_up: started, connected };
        if !result.as_ref().is_err_and(|error| error.kind() == Kind::WouldBlock) {
            self.dialing = None;
        }
        result
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
        self.dialing.as_ref().map(|dialing| dialing.next_try)
    }

    fn timings(&self) -> Timings {
        self.timings
    }

    fn set_cancel(&mut self, cancel: &Cancel) -> Result<(), Error> {
        self.cancel = Some(cancel.clone());
        // A try under way goes on with the token.
        let Some(mut dialing) = self.dialing.take() else { return Ok(()) };
        dialing.set_cancel(cancel, &self.peer)?;
        self.dialing = Some(dialing);
        Ok(())
    }
}
