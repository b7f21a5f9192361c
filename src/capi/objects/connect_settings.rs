//! How a connection of the library's own sockets is dialed: what of it can be set one by one.

use crate::capi::callbacks::dialer::Asked;
use crate::client::Connection;
use crate::engine::error::{Error, Kind, error};
use crate::engine::host::Host;
use crate::memory::{self, boxed};
#[cfg(feature = "std")]
use crate::transport::resolve::Resolver;
#[cfg(feature = "std")]
use crate::transport::tcp::KeepAlive;
use alloc::boxed::Box;
use alloc::string::String;
use core::mem;

/// Who dials, and what can be set of it.
pub(crate) enum ConnectSettings {
    /// The library, by TCP.
    Tcp(Option<Box<Endpoints>>),
    /// Nobody: a transport of the program is there.
    CallerTransport,
    /// Whatever the connection was made with.
    Fixed,
}

/// What of a TCP connection is not as usual: its ends, and who is asked to connect.
#[derive(Default)]
pub(crate) struct Endpoints {
    /// The local address, with a NUL behind the host.
    source: Option<(String, u16)>,
    /// Where to, instead of the connection's host and port.
    address: Option<(Host, u16)>,
    /// The program, which may connect instead.
    asked: Option<Asked>,
    /// Whether and how TCP probes a connection that is idle.
    #[cfg(feature = "std")]
    keepalive: KeepAlive,
    /// Who looks names up, instead of the system.
    #[cfg(feature = "std")]
    resolver: Option<Resolver>,
}

impl ConnectSettings {
    /// Connects from `host` and `port`; empty and 0 are any.
    pub(crate) fn set_source(
        &mut self,
        connection: &mut Connection,
        host: &str,
        port: u16,
    ) -> Result<(), Error> {
        let any = host.is_empty() && port == 0;
        let mut source = match any {
            true => None,
            false => Some((memory::terminated_text(host)?, port)),
        };
        self.change(connection, |ends| mem::swap(&mut ends.source, &mut source))
    }

    /// Where it connects from, if that was set; a NUL stands behind the host.
    pub(crate) fn source(&self) -> Option<(&[u8], u16)> {
        let ConnectSettings::Tcp(Some(ends)) = self else { return None };
        ends.source().map(|(host, port)| (host.as_bytes(), port))
    }

    /// Connects to `address` instead of the connection's host and port.
    pub(crate) fn set_address(
        &mut self,
        connection: &mut Connection,
        address: Option<(&str, u16)>,
    ) -> Result<(), Error> {
        let mut address = match address {
            Some((host, port)) => Some((Host::new(host)?, port)),
            None => None,
        };
        self.change(connection, |ends| mem::swap(&mut ends.address, &mut address))
    }

    /// Has TCP probe a connection that is idle, or not.
    #[cfg(feature = "std")]
    pub(crate) fn set_keepalive(
        &mut self,
        connection: &mut Connection,
        mut keepalive: KeepAlive,
    ) -> Result<(), Error> {
        self.change(connection, |ends| mem::swap(&mut ends.keepalive, &mut keepalive))
    }

    /// Whether the program brings the transport, or may.
    pub(crate) fn may_be_the_program_s(&self) -> bool {
        match self {
            ConnectSettings::CallerTransport => true,
            ConnectSettings::Tcp(Some(ends)) => ends.asked.is_some(),
            ConnectSettings::Tcp(None) | ConnectSettings::Fixed => false,
        }
    }

    /// Asks the program first, or nobody.
    pub(crate) fn set_asked(
        &mut self,
        connection: &mut Connection,
        mut asked: Option<Asked>,
    ) -> Result<(), Error> {
        self.change(connection, |ends| mem::swap(&mut ends.asked, &mut asked))
    }

    /// Has `resolver` look names up, or the system.
    #[cfg(feature = "std")]
    pub(crate) fn set_resolver(
        &mut self,
        connection: &mut Connection,
        mut resolver: Option<Resolver>,
    ) -> Result<(), Error> {
        self.change(connection, |ends| mem::swap(&mut ends.resolver, &mut resolver))
    }

    /// Makes a dialer of the changed ends. A change that is refused is made once more: `swap` undoes itself.
    fn change(
        &mut self,
        connection: &mut Connection,
        mut swap: impl FnMut(&mut Endpoints),
    ) -> Result<(), Error> {
        let ConnectSettings::Tcp(ends) = self else {
            return Err(error!(Kind::Unsupported, "the connection is not made by TCP"));
        };
        let ends = match ends {
            Some(ends) => ends,
            None => ends.insert(boxed(Endpoints::default())?),
        };
        swap(ends);
        let applied = ends.apply(connection);
        if applied.is_err() {
            swap(ends);
        }
        applied
    }
}

impl Endpoints {
    /// The local address, without the NUL.
    fn source(&self) -> Option<(&str, u16)> {
        let (host, port) = self.source.as_ref()?;
        Some((host.trim_end_matches('\0'), *port))
    }

    #[cfg(feature = "std")]
    fn apply(&self, connection: &mut Connection) -> Result<(), Error> {
        use crate::capi::callbacks::asking::AskingDialer;
        use crate::transport::Dial;
        use crate::transport::tcp::{TcpDialer, TcpOptions};
        let source = match self.source() {
            Some((host, port)) => Some((memory::text(host)?, port)),
            None => None,
        };
        let (keepalive, resolver) = (self.keepalive, self.resolver.clone());
        let options = TcpOptions { source, keepalive, resolver };
        let (host, port) = match &self.address {
            Some((host, port)) => (host, *port),
            None => (connection.host(), connection.port()),
        };
        let host = host.ascii();
        let own = boxed(TcpDialer::new(host, port, options)?)?;
        let dialer: Box<dyn Dial> = match self.asked {
            Some(asked) => boxed(AskingDialer::new(asked, host, port, own)?)?,
            None => own,
        };
        connection.set_dialer(dialer)
    }

    #[cfg(not(feature = "std"))]
    fn apply(&self, _: &mut Connection) -> Result<(), Error> {
        Err(error!(Kind::Unsupported, "this build has no sockets"))
    }
}
