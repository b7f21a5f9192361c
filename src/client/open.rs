//! Opening a stream: dialing, and TLS on top.

use crate::engine::error::Error;
#[cfg(feature = "tls")]
use crate::engine::error::Kind;
#[cfg(feature = "tls")]
use crate::transport::tls::{Tls, TlsConfig};
use crate::transport::{Dial, Interest, Limits, Transport};
use alloc::boxed::Box;
#[cfg(feature = "tls")]
use alloc::string::String;

/// Opens streams; keeps its place where that has to wait.
pub struct Opener {
    dialer: Box<dyn Dial>,
    stage: Stage,
    #[cfg(feature = "tls")]
    tls: Option<(TlsConfig, String)>,
}

#[derive(Default)]
enum Stage {
    #[default]
    Dialing,
    #[cfg(feature = "tls")]
    Handshaking(Box<Tls>),
}

impl Opener {
    pub(super) fn new(dialer: Box<dyn Dial>) -> Opener {
        Opener {
            dialer,
            stage: Stage::Dialing,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }

    /// Puts TLS on top, for a peer that proves to be `name`.
    #[cfg(feature = "tls")]
    pub(super) fn set_tls(&mut self, config: TlsConfig, name: String) {
        self.tls = Some((config, name));
    }

    /// Goes on opening. Any failure but `WouldBlock` gives the attempt up, so that nothing can be
    /// sent in the clear over a half-opened stream.
    pub(super) fn drive(&mut self, limits: Limits) -> Result<Box<dyn Transport>, Error> {
        match core::mem::take(&mut self.stage) {
            Stage::Dialing => {
                let mut transport = self.dialer.dial(limits)?;
                transport.set_limits(limits);
                self.secure(transport, limits)
            }
            #[cfg(feature = "tls")]
            Stage::Handshaking(tls) => self.handshake(tls, limits),
        }
    }

    #[cfg(not(feature = "tls"))]
    fn secure(
        &mut self,
        transport: Box<dyn Transport>,
        _: Limits,
    ) -> Result<Box<dyn Transport>, Error> {
        Ok(transport)
    }

    #[cfg(feature = "tls")]
    fn secure(
        &mut self,
        transport: Box<dyn Transport>,
        limits: Limits,
    ) -> Result<Box<dyn Transport>, Error> {
        match &self.tls {
            None => Ok(transport),
            Some((config, name)) => {
                let tls = Box::new(Tls::start(transport, config, name)?);
                self.handshake(tls, limits)
            }
        }
    }

    #[cfg(feature = "tls")]
    fn handshake(
        &mut self,
        mut tls: Box<Tls>,
        limits: Limits,
    ) -> Result<Box<dyn Transport>, Error> {
        tls.set_limits(limits);
        match tls.handshake() {
            Ok(()) => Ok(tls),
            Err(error) => {
                if error.kind == Kind::WouldBlock {
                    self.stage = Stage::Handshaking(tls);
                }
                Err(error)
            }
        }
    }

    /// Gives up an attempt under way.
    pub(super) fn abandon(&mut self) {
        self.dialer.abandon();
        self.stage = Stage::Dialing;
    }

    pub(super) fn fileno(&self) -> Option<i32> {
        match &self.stage {
            Stage::Dialing => self.dialer.fileno(),
            #[cfg(feature = "tls")]
            Stage::Handshaking(tls) => tls.fileno(),
        }
    }

    pub(super) fn interest(&self) -> Interest {
        match &self.stage {
            Stage::Dialing => self.dialer.interest(),
            #[cfg(feature = "tls")]
            Stage::Handshaking(tls) => tls.interest(),
        }
    }

    pub(super) fn next_timeout(&self) -> Option<u64> {
        match &self.stage {
            Stage::Dialing => self.dialer.next_timeout(),
            #[cfg(feature = "tls")]
            Stage::Handshaking(_) => None,
        }
    }
}
