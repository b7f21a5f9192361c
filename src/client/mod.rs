//! http.client's verbs over any transport: [`Connection`] and [`Response`].
//!
//! A response reads from the stream of its connection while that is shared, and owns the stream once
//! the connection has let go of it, so either may end first. The two are one unit, used by one
//! thread at a time; a method of a response takes its connection as a parameter for that reason.
#![forbid(unsafe_code)]

mod body;
mod channel;
mod connection;
mod exchange;
mod joined;
mod open;
mod response;
mod sending;
mod session;
mod settings;
mod stale_check;
mod stream;
mod times;
mod trace;
mod tunnel;

pub use body::{Body, Pieces, Source};
pub use channel::Channel;
pub use connection::{Connection, Progress, Reply, Request};
pub use exchange::Exchange;
pub use joined::Joined;
pub use response::{ReadMode, Response};
pub use session::Session;
pub use settings::{ExpectWait, Settings, StaleCheck};
pub use stream::Stream;
pub use times::Times;
pub use trace::{Event, Interim, Place, Trace};
pub use tunnel::Tunnel;
