//! Connecting by TCP.

use super::cancel::Cancel;
use super::dial::Attempts;
use super::endpoint::Endpoint;
pub use super::endpoint::{KeepAlive, TcpOptions};
use super::{Dial, Interest, Limits, Timings, Transport};
use crate::engine::error::{Error, Kind};
use crate::memory::boxed;
use alloc::boxed::Box;

/// Makes TCP connections to one host and port.
///
/// Every address of the host is tried by Happy Eyeballs (RFC 8305): a dead one costs 250 ms. The
/// timeout applies to the name lookup and to each attempt; the deadline applies to all. A name is looked
/// up on a thread of its own unless that may take for ever: with a timeout, a deadline or a cancel
/// token. Literal addresses never need one. Streams have `TCP_NODELAY` set and are close-on-exec.
pub struct TcpDialer {
    target: Endpoint,
    cancel: Option<Cancel>,
    /// One that has to wait, in a box, since an open connection has none.
    dialing: Option<Box<Attempts>>,
    timings: Timings,
}

impl TcpDialer {
    /// A dialer for `host`, a name or a literal address without brackets. Nothing is looked up yet.
    ///
    /// # Errors
    /// `Kind::InvalidArgument` where the source is not a literal address.
    pub fn new(host: &str, port: u16, options: TcpOptions) -> Result<TcpDialer, Error> {
        let target = Endpoint::new(host, port, options)?;
        Ok(TcpDialer { target, cancel: None, dialing: None, timings: Timings::default() })
    }
}

impl Dial for TcpDialer {
    fn dial(&mut self, limits: Limits) -> Result<Box<dyn Transport>, Error> {
        let mut dialing = match self.dialing.take() {
            Some(dialing) => *dialing,
            None => Attempts::start(&self.target, self.cancel.as_ref())?,
        };
        let result = dialing.drive(&self.target, limits);
        self.timings = dialing.timings();
        if result.as_ref().is_err_and(|error| error.kind() == Kind::WouldBlock) {
            self.dialing = Some(boxed(dialing)?);
        }
        let mut stream = result?;
        stream.set_limits(limits);
        Ok(boxed(stream)?)
    }

    fn abandon(&mut self) {
        self.dialing = None;
    }

    fn fileno(&self) -> Option<i32> {
        self.dialing.as_deref().and_then(Attempts::fileno)
    }

    fn interest(&self) -> Interest {
        self.dialing.as_deref().map(Attempts::interest).unwrap_or_default()
    }

    fn next_timeout(&self) -> Option<u64> {
        self.dialing.as_deref().and_then(Attempts::next_timeout)
    }

    fn timings(&self) -> Timings {
        self.timings
    }

    fn set_cancel(&mut self, cancel: &Cancel) -> Result<(), Error> {
        self.cancel = Some(cancel.clone());
        let Some(mut dialing) = self.dialing.take() else { return Ok(()) };
        dialing.set_cancel(&self.target, cancel)?;
        self.dialing = Some(dialing);
        Ok(())
    }
}
