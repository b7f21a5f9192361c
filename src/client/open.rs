//! Opening a stream, from the inside out: dialing, TLS to the proxy, the tunnel through it, TLS to the
//! host.

use super::settings::Settings;
use super::stream::Stream;
use super::times::now;
use super::trace::Tracer;
use super::tunnel::{Connecting, Tunnel};
use crate::engine::error::{Error, Kind, error};
use crate::engine::head::Head;
use crate::memory::boxed;
#[cfg(feature = "std")]
use crate::transport::cancel::Cancel;
#[cfg(feature = "tls")]
use crate::transport::tls::{Tls, TlsConfig};
use crate::transport::{Deadline, Dial, Interest, Limits, Transport, later};
use alloc::boxed::Box;
#[cfg(feature = "tls")]
use alloc::string::String;

/// Opens streams; keeps its place where that has to wait.
pub(super) struct Opener {
    dialer: Box<dyn Dial>,
    pub(super) tunnel: Option<Box<Tunnel>>,
    /// The proxy's answer to the last CONNECT.
    pub(super) proxy_reply: Option<Box<Head>>,
    /// The exchange that it ended by refusing to connect: the body of its answer is still to come.
    pub(super) refused: Option<Box<Connecting>>,
    /// TLS to the proxy, which has to prove this name.
    #[cfg(feature = "tls")]
    pub(super) proxy_tls: Option<Box<(TlsConfig, String)>>,
    /// TLS to the host, which has to prove this name.
    #[cfg(feature = "tls")]
    pub(super) tls: Option<(TlsConfig, String)>,
    /// What is dialed is secured already, by somebody else's means.
    pub(super) secured: bool,
    /// Ends attempts from another thread; a new dialer gets it too.
    #[cfg(feature = "std")]
    cancel: Option<Cancel>,
    stage: Stage,
    /// When the opening under way began, if that matters.
    begun: Option<u64>,
}

/// The layer that is being opened. A layer starts on top of the one before it.
#[derive(Default)]
enum Stage {
    #[default]
    Dial,
    #[cfg(feature = "tls")]
    ProxyTls(Box<Tls>),
    Tunnel(Box<Connecting>),
    #[cfg(feature = "tls")]
    Tls(Box<Tls>),
}

/// What a step came to.
enum Step {
    Next(Stage),
    Open(Box<dyn Transport>),
}

impl Opener {
    pub(super) fn new(dialer: Box<dyn Dial>) -> Opener {
        Opener {
            dialer,
            tunnel: None,
            proxy_reply: None,
            refused: None,
            #[cfg(feature = "tls")]
            proxy_tls: None,
            #[cfg(feature = "tls")]
            tls: None,
            secured: false,
            #[cfg(feature = "std")]
            cancel: None,
            stage: Stage::Dial,
            begun: None,
        }
    }

    /// Whether what is opened is secured on its way to the host.
    pub(super) fn is_secure(&self) -> bool {
        #[cfg(feature = "tls")]
        return self.secured || self.tls.is_some();
        #[cfg(not(feature = "tls"))]
        return self.secured;
    }

    /// Goes on opening. Any failure but `WouldBlock` gives the attempt up, so that nothing can be sent
    /// in the clear over a half-opened stream.
    pub(super) fn drive(
        &mut self,
        settings: &Settings,
        trace: &mut Tracer,
    ) -> Result<Box<dyn Transport>, Error> {
        let bounded = Settings { limits: self.limits(settings), ..*settings };
        let outcome = loop {
            // A step that has to wait puts its stage back; one that fails does not.
            match self.step(&bounded, trace) {
                Ok(Step::Next(stage)) => self.stage = stage,
                Ok(Step::Open(mut transport)) => {
                    transport.set_limits(settings.limits);
                    break Ok(transport);
                }
                Err(error) => break Err(error),
            }
        };
        if !outcome.as_ref().is_err_and(|error| error.kind() == Kind::WouldBlock) {
            self.begun = None;
        }
        outcome
    }

    /// The limits of each step: the end of the opening as a whole is one.
    fn limits(&mut self, settings: &Settings) -> Limits {
        if settings.connect_timeout.is_some() && self.begun.is_none() {
            self.begun = now();
        }
        let end = self.end(settings).map(Deadline::of_opening);
        // Where both fall on one moment, it is the deadline of all that counts.
        let deadline = settings.limits.deadline.into_iter().chain(end);
        Limits { deadline: deadline.min_by_key(|deadline| deadline.at), ..settings.limits }
    }

    /// When the opening under way has taken too long.
    fn end(&self, settings: &Settings) -> Option<u64> {
        Some(later(self.begun?, settings.connect_timeout?))
    }

    fn step(&mut self, settings: &Settings, trace: &mut Tracer) -> Result<Step, Error> {
        let limits = settings.limits;
        match core::mem::take(&mut self.stage) {
            Stage::Dial => {
                self.refused = None;
                let mut transport = self.dialer.dial(limits)?;
                if self.secured && !transport.is_the_callers() {
                    return Err(IN_THE_CLEAR);
                }
                transport.set_limits(limits);
                trace.connected(&*transport);
                trace.times.note_dialed(self.dialer.timings());
                self.above_dialing(transport, settings, trace)
            }
            #[cfg(feature = "tls")]
            Stage::ProxyTls(tls) => match shake_hands(tls, limits) {
                Ok(tls) => self.above_proxy(tls, settings, trace),
                Err((tls, error)) => self.wait((tls, of_proxy(error)), Stage::ProxyTls),
            },
            Stage::Tunnel(mut connecting) => {
                connecting.stream.set_limits(&limits);
                let reply = match connecting.drive(&settings.head_limits, trace) {
                    Ok(reply) => boxed(reply)?,
                    Err(error) => {
                        let error = connecting.explain(error);
                        return self.wait((connecting, error), Stage::Tunnel);
                    }
                };
                let reply = self.proxy_reply.insert(reply);
                if !Connecting::has_connected(reply) {
                    self.refused = Some(connecting);
                    return Err(Connecting::refusal(reply));
                }
                connecting.check_silence()?;
                self.above_tunnel(connecting.stream.into_transport())
            }
            #[cfg(feature = "tls")]
            Stage::Tls(tls) => match shake_hands(tls, limits) {
                Ok(tls) => {
                    trace.times.note(|times| &mut times.secured);
                    Ok(Step::Open(tls))
                }
                Err((tls, error)) => {
                    let tunnel = self.tunnel.as_ref().filter(|_| error.kind() != Kind::WouldBlock);
                    let error = match tunnel {
                        Some(tunnel) => tunnel.explain(error),
                        None => error,
                    };
                    self.wait((tls, error), Stage::Tls)
                }
            },
        }
    }

    /// Keeps the place of a step that has to wait.
    fn wait<T>(
        &mut self,
        (layer, error): (T, Error),
        stage: impl FnOnce(T) -> Stage,
    ) -> Result<Step, Error> {
        if error.kind() == Kind::WouldBlock {
            self.stage = stage(layer);
        }
        Err(error)
    }

    fn above_dialing(
        &mut self,
        transport: Box<dyn Transport>,
        settings: &Settings,
        trace: &mut Tracer,
    ) -> Result<Step, Error> {
        #[cfg(feature = "tls")]
        if let Some((config, name)) = self.proxy_tls.as_deref() {
            return Ok(Step::Next(Stage::ProxyTls(boxed(Tls::start(transport, config, name)?)?)));
        }
        self.above_proxy(transport, settings, trace)
    }

    fn above_proxy(
        &mut self,
        transport: Box<dyn Transport>,
        settings: &Settings,
        trace: &mut Tracer,
    ) -> Result<Step, Error> {
        match &self.tunnel {
            Some(tunnel) => {
                let stream = Stream::new(0, transport, settings.limits);
                let connecting = Connecting::new(stream, tunnel, settings.http10, trace)?;
                // What another proxy said is no answer to this one's.
                self.proxy_reply = None;
                Ok(Step::Next(Stage::Tunnel(boxed(connecting)?)))
            }
            None => self.above_tunnel(transport),
        }
    }

    fn above_tunnel(&mut self, transport: Box<dyn Transport>) -> Result<Step, Error> {
        #[cfg(feature = "tls")]
        if let Some((config, name)) = &self.tls {
            return Ok(Step::Next(Stage::Tls(boxed(Tls::start(transport, config, name)?)?)));
        }
        Ok(Step::Open(transport))
    }

    /// Lets `cancel` end what is under way, and what is opened later. The dialer hands it on to the
    /// transports it makes.
    #[cfg(feature = "std")]
    pub(super) fn set_cancel(&mut self, cancel: &Cancel) -> Result<(), Error> {
        match &mut self.stage {
            Stage::Dial => {}
            Stage::Tunnel(connecting) => connecting.stream.set_cancel(cancel)?,
            #[cfg(feature = "tls")]
            Stage::ProxyTls(tls) | Stage::Tls(tls) => tls.set_cancel(cancel)?,
        }
        if let Some(refused) = &mut self.refused {
            refused.stream.set_cancel(cancel)?;
        }
        self.dialer.set_cancel(cancel)?;
        self.cancel = Some(cancel.clone());
        Ok(())
    }

    /// Puts another dialer in the place of the present one.
    pub(super) fn set_dialer(&mut self, dialer: Box<dyn Dial>) -> Result<(), Error> {
        let before = core::mem::replace(&mut self.dialer, dialer);
        #[cfg(feature = "std")]
        if let Some(cancel) = &self.cancel {
            if let Err(error) = self.dialer.set_cancel(cancel) {
                self.dialer = before;
                return Err(error);
            }
        }
        drop(before);
        self.abandon();
        Ok(())
    }

    /// Whether there is something of a stream already.
    pub(super) fn is_under_way(&self) -> bool {
        !matches!(self.stage, Stage::Dial)
    }

    /// Gives up an attempt under way.
    pub(super) fn abandon(&mut self) {
        self.dialer.abandon();
        self.stage = Stage::Dial;
        self.begun = None;
    }

    pub(super) fn fileno(&self) -> Option<i32> {
        match &self.stage {
            Stage::Dial => self.dialer.fileno(),
            Stage::Tunnel(connecting) => connecting.stream.fileno(),
            #[cfg(feature = "tls")]
            Stage::ProxyTls(tls) | Stage::Tls(tls) => tls.fileno(),
        }
    }

    pub(super) fn interest(&self) -> Interest {
        match &self.stage {
            Stage::Dial => self.dialer.interest(),
            Stage::Tunnel(connecting) => connecting.stream.interest(),
            #[cfg(feature = "tls")]
            Stage::ProxyTls(tls) | Stage::Tls(tls) => tls.interest(),
        }
    }

    pub(super) fn next_timeout(&self, settings: &Settings) -> Option<u64> {
        let dialing = match &self.stage {
            Stage::Dial => self.dialer.next_timeout(),
            _ => None,
        };
        dialing.into_iter().chain(self.end(settings)).min()
    }
}

const IN_THE_CLEAR: Error = error!(
    Kind::State,
    "the dialer left the connecting to the library, and the connection is to be secured already"
);

/// There may be two handshakes on the way to the host: says that this is the proxy's.
#[cfg(feature = "tls")]
fn of_proxy(error: Error) -> Error {
    if error.kind() == Kind::WouldBlock {
        return error;
    }
    error.with_words("TLS to the proxy: ", "")
}

/// Goes on with a handshake; a session that is not ready comes back with the reason.
#[cfg(feature = "tls")]
fn shake_hands(mut tls: Box<Tls>, limits: Limits) -> Result<Box<Tls>, (Box<Tls>, Error)> {
    tls.set_limits(limits);
    match tls.negotiate() {
        Ok(()) => Ok(tls),
        Err(error) => Err((tls, error)),
    }
}
