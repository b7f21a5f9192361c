//! The HTTP/1.1 protocol as a pure machine (RFC 9110, RFC 9112): no sockets, no clock, no threads.
#![forbid(unsafe_code)]

pub mod basic;
pub mod body;
pub mod buffer;
pub mod error;
pub mod fields;
pub mod framing;
pub mod grammar;
pub mod head;
pub mod host;
pub mod host_field;
pub mod host_port;
pub mod interim;
pub mod leniency;
pub mod percent;
pub mod reference;
pub mod repair;
pub mod request;
pub mod state;
pub mod status;
pub mod target;
pub mod url;
