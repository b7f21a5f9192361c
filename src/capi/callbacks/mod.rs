//! C functions of the program as traits of Rust, with their types and constants.

#[cfg(feature = "std")]
pub(crate) mod asking;
pub mod body;
pub mod dialer;
pub mod key_log;
#[cfg(feature = "std")]
mod printing;
pub mod resolver;
pub mod trace;
pub mod transport;
