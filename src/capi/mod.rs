//! httpclient: an HTTP/1.1 client for http and https, with the small verbs of Python's http.client.
//!
//! This program prints a page that it fetches over HTTPS:
//!
//! include: examples/minimal.c
//!
//! Contents: connections, requests, responses, headers, errors, status codes, URLs, settings, TLS, TLS
//! sessions, event loops and limits in time, proxies, version. Then, behind a line ADVANCED: requests step by
//! step, header blocks, interim responses, timings, trace, transports, dialers, name lookup, responses alone,
//! streams, leniency.
//!
//! What holds for all functions, and is not repeated below:
//!
//! Errors. A function that can fail returns hc_error: HC_OK (0), or what happened. Every function that takes a
//! handle can return HC_ERR_INVALID_HANDLE (freed, or of another type), HC_ERR_INVALID_ARGUMENT (NULL),
//! HC_ERR_BUSY, HC_ERR_FORKED and HC_ERR_PANIC. What else it can return stands under "Errors:". One that
//! returns something else gives NULL, 0, -1 or false then, as it says. hc_conn_error_message says more.
//!
//! Blocking. A function never blocks, unless it says that it may or is like one that may.
//!
//! Handles. What a function named _new makes is freed by the function named _free, which does nothing for NULL.
//! A response may outlive its connection. A handle is a number, not an address: do not follow it.
//!
//! Threads. Use a connection and its responses in one thread at a time; it may be another one each time. A call
//! that finds them in use returns HC_ERR_BUSY. Functions that take no handle may be called at any time by any
//! thread. There is nothing to initialize, and no signal is raised or caught. errno is left as it was.
//!
//! Text. Give text with a NUL at its end; the library gives its own so, too, and its length beside it where you
//! ask for it. Give NULL only where that is allowed. A bool is one byte, 0 or 1.
//!
//! Structs. Set the first field, size, to sizeof the struct before a call: so a newer library knows an older
//! program. Sizes are in bytes.
//!
//! Callbacks. The library calls a function of yours during a call of your own, by the same thread; only a
//! hc_resolve_fn and a hc_release_fn may be called by a thread of the library's. It must return: do not unwind
//! or longjmp out of it. What it calls on the same connection returns HC_ERR_BUSY.
//!
//! Forks. A fork's child may only free the handles of its parent: anything else is HC_ERR_FORKED (on Linux;
//! elsewhere forks are not noticed). It may make its own. A handle that another thread of the parent used at
//! that moment stays HC_ERR_BUSY in the child.
//!
//! Versions. Everything is there since 0.1, unless it says otherwise.
// The documentation is the C header's; it is the contract that callers keep.
#![allow(clippy::missing_safety_doc)]

pub mod api;
pub mod callbacks;
pub mod error;
mod kit;
pub mod objects;
