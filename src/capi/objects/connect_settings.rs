//! How a connection of the library's own sockets is dialed: what of it can be set one by one.

use crate::capi::callbacks::dialer::Asked;
use crate::client::Connection;
use crate::engine::error::{Error, Kind, error};
use crate::engine::host::Host;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;

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
#[derive(Clone, Default)]
pub(crate) struct Endpoints {
    /// The local address, with a NUL behind the host.
    source: Option<(String, u16)>,
    /// Where to, instead of the connection's host and port.
    address: Option<(Host, u16)>,
    /// The program, which may connect instead.
    asked: Option<Asked>,
    /// Who looks names up, instead of the system.
    #[cfg(feature = "std")]
    resolver: Option<alloc::sync::Arc<dyn crate::transport::resolve::Resolve>>,
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
        self.change(connection, |ends| ends.source = (!any).then(|| (format!("{host}\0"), port)))
    }

    /// Where it connects from, if that was set; a NUL stands behind the host.
    pub(crate) fn source(&self) -> Option<(&[u8], u16)> {
        let ConnectSettings::Tcp(Some(ends)) = self else { return None };
        let (host, port) = ends.source.as_ref()?;
        Some((&host.as_bytes()[..host.len() - 1], *port))
    }

    /// Connects to `address` instead of the connection's host and port.
    pub(crate) fn set_address(
        &mut self,
        connection: &mut Connection,
        address: Option<(&str, u16)>,
    ) -> Result<(), Error> {
        let address = match address {
            Some((host, port)) => Some((Host::new(host)?, port)),
            None => None,
        };
        self.change(connection, |ends| ends.address = address)
    }

    /// Asks the program first, or nobody.
    pub(crate) fn set_asked(
        &mut self,
        connection: &mut Connection,
        asked: Option<Asked>,
    ) -> Result<(), Error> {
        self.change(connection, |ends| ends.asked = asked)
    }

    /// Has `resolver` look names up, or the system.
    #[cfg(feature = "std")]
    pub(crate) fn set_resolver(
        &mut self,
        connection: &mut Connection,
        resolver: Option<alloc::sync::Arc<dyn crate::transport::resolve::Resolve>>,
    ) -> Result<(), Error> {
        self.change(connection, |ends| ends.resolver = resolver)
    }

    /// Makes a dialer of the changed ends; a change that is refused leaves all as it was.
    fn change(
        &mut self,
        connection: &mut Connection,
        change: impl FnOnce(&mut Endpoints),
    ) -> Result<(), Error> {
        let ConnectSettings::Tcp(ends) = self else {
            return Err(error!(Kind::Unsupported, "the connection is not made by TCP"));
        };
        let mut changed = ends.clone().unwrap_or_default();
        change(&mut changed);
        changed.apply(connection)?;
        *ends = Some(changed);
        Ok(())
    }
}

impl Endpoints {
    #[cfg(feature = "std")]
    fn apply(&self, connection: &mut Connection) -> Result<(), Error> {
        use crate::capi::callbacks::asking::AskingDialer;
        use crate::transport::Dial;
        use crate::transport::tcp::{TcpDialer, TcpOptions};
        let source = self.source.as_ref();
        let source = source.map(|(host, port)| (host.trim_end_matches('\0').into(), *port));
        let options = TcpOptions { source, resolver: self.resolver.clone() };
        let (host, port) = match &self.address {
            Some((host, port)) => (host, *port),
            None => (connection.host(), connection.port()),
        };
        let host = host.ascii();
        let own = Box::new(TcpDialer::new(host, port, options)?);
        let dialer: Box<dyn Dial> = match self.asked {
            Some(asked) => Box::new(AskingDialer::new(asked, host, port, own)?),
            None => own,
        };
        connection.set_dialer(dialer);
        Ok(())
    }

    #[cfg(not(feature = "std"))]
    fn apply(&self, _: &mut Connection) -> Result<(), Error> {
        Err(error!(Kind::Unsupported, "this build has no sockets"))
    }
}
