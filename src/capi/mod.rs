//! httpclient: Python's http.client for C.
//!
//! An HTTP/1.1 client for http and https: connections, requests sent in one call or step by step,
//! responses read as they arrive. The calls, their order and their errors are those of Python's
//! http.client, so that what is known of one holds for the other.
//!
//! This program prints a page that it fetches over HTTPS:
//!
//! include: examples/minimal.c
//!
//! What holds everywhere:
//!
//! Handles. Connections, responses and the like are opaque. What a function named _new makes is
//! freed by the function named _free, which does nothing for NULL. A response may outlive its
//! connection. A freed handle, or one of another type, is refused with HC_ERR_INVALID_HANDLE. A
//! handle is a number and no address: nothing may follow it, nor scan it as a pointer.
//!
//! Threads. A connection and its responses are one unit, used by one thread at a time; it may move
//! between threads. A call that finds it in use returns HC_ERR_BUSY. There is nothing to initialize,
//! and no signal is raised or caught. Functions leave errno as it was.
//!
//! Text. What goes in is NUL-terminated; what comes out is NUL-terminated too, and its length is
//! given beside it where it is asked for. NULL is allowed only where that is said. A bool is one byte, 0
//! or 1.
//!
//! Callbacks. A function that the program gives is called during a call of its own, by the same thread; only
//! a hc_resolve_fn and a hc_release_fn may be called by a thread of the library's. It must return: nothing
//! may unwind or longjmp out of it. What it calls on the same connection returns HC_ERR_BUSY.
//!
//! Forks. A fork's child may only free the handles that it got from its parent; anything else on them is
//! HC_ERR_FORKED (on Linux; elsewhere forks are not noticed). It may make its own at any time. One that
//! another thread of the parent was using at that moment stays HC_ERR_BUSY there.
//!
//! Sizes are in bytes. Set the first field of a struct, its size, to sizeof the struct before a call: so a
//! newer library knows an older program.
//!
//! Languages that cannot read C: all is plain functions, opaque pointers, integer constants and a
//! few structs passed by pointer. No macro, inline function or variable argument list is needed.
// The documentation is the C header's; it is the contract that callers keep.
#![allow(clippy::missing_safety_doc)]

pub mod api;
pub mod callbacks;
pub mod error;
mod kit;
pub mod objects;
