//! The functions of the header, a file for each of its sections.

pub mod connection;
pub mod detail;
pub mod dialer;
pub mod error;
pub mod event_loop;
pub mod header_block;
pub mod interim;
pub mod leniency;
pub mod proxy;
pub mod request;
pub mod resolver;
pub mod response;
pub mod response_headers;
pub mod settings;
pub mod standalone;
pub mod status;
pub mod stepwise;
pub mod stream;
pub mod timings;
pub mod tls;
pub mod tls_session;
pub mod trace;
pub mod transport;
pub mod url;
pub mod version;
