//! The HTTP/1.1 protocol as a pure machine (RFC 9110, RFC 9112): no sockets, no clock, no threads.
#![forbid(unsafe_code)]

pub mod error;
