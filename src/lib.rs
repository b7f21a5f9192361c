//! Python's `http.client` for everyone who can call C.
//!
//! The protocol is a pure machine in [`engine`]: bytes in, bytes out, no sockets, no clock, no
//! threads. A [`transport`] feeds it. [`client`] gives it `http.client`'s verbs, and [`capi`] is
//! the C interface that `include/httpclient.h` declares. Arrows only point down:
//!
//! ```text
//! capi -> client -> engine, transport -> engine::error
//! ```
//!
//! Below all are `memory` (allocations that can fail), `fork` and `lock` (processes that fork), `uncancelled` (threads
//! that are cancelled) and `pool`.
//!
//! docs/INTERNALS.md has the states of an exchange, and who has the stream when.
//!
//! Feature `std` (default) adds sockets and name lookup, feature `tls` (default) adds HTTPS.
//! Without them the crate is `no_std` + `alloc` and runs over the caller's own transport; feature
//! `firmware` lets C programs link it where there is no operating system.
#![no_std]
#![cfg_attr(not(test), warn(clippy::disallowed_methods, clippy::disallowed_macros))]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;
// Without the feature no code here can name std. A hosted target still links it, nameless, for its
// allocator and panic runtime; bare metal (`target_os = "none"`) does not.
#[cfg(not(any(feature = "std", target_os = "none")))]
extern crate std as _;

// Its comments are the header's, in plain text: brackets are no links there, and <words> no HTML.
#[allow(unsafe_code, rustdoc::broken_intra_doc_links, rustdoc::invalid_html_tags)]
pub mod capi;
pub mod client;
pub mod engine;
#[cfg(all(feature = "firmware", target_os = "none"))]
mod firmware;
#[allow(unsafe_code)]
mod fork;
#[allow(unsafe_code)]
mod lock;
mod memory;
#[cfg(feature = "std")]
mod pool;
pub mod transport;
mod uncancelled;
