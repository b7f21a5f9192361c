//! httpclient: an HTTP/1.1 client for http and https, with the small verbs of Python's http.client.
//!
//! This program prints a page that it fetches over HTTPS:
//!
//! include: examples/minimal.c
//!
//! Contents: connections, requests, responses, headers of a response, errors, error detail, status codes, URLs,
//! settings, TLS, TLS sessions, event loops, proxies, version. Then, behind a line ADVANCED: requests step by
//! step, header blocks, interim responses, timings, trace, custom transports, dialers, name lookup, responses
//! without a connection, streams, leniency.
//!
//! Know before the first program: a call waits for ever unless hc_conn_set_timeout sets a limit. Redirects are
//! not followed (the section URLS shows how to) and bodies are not decompressed. hc_conn_new_url and
//! hc_request_url take a whole URL. A body that was read to its end leaves the connection open for the next
//! request.
//!
//! What holds for all functions, and is not repeated below:
//!
//! Errors. A function that can fail returns hc_error: HC_OK (0), or what happened. Every function that takes a
//! handle can return HC_ERR_INVALID_HANDLE (freed, or of another type), HC_ERR_INVALID_ARGUMENT (NULL),
//! HC_ERR_BUSY, HC_ERR_FORKED and HC_ERR_PANIC. What else it can return is under "Errors:"; without such a line
//! there is nothing else, but for HC_ERR_NO_MEMORY where something is made, sent or received. A function that
//! returns something other than hc_error gives what its comment says instead: NULL, 0, -1, false; one that
//! gives a text gives NULL also where there is no memory for it. hc_conn_error_message says more. Some codes
//! are families: hc_error_is(code, HC_ERR_OS) is true for HC_ERR_TIMEOUT, too.
//!
//! Blocking. A function never blocks, unless it says that it may or is like one that may.
//!
//! Handles. What comes as a handle (from functions with _new in their names, hc_getresponse and so on) is freed
//! by the function named _free of its type, which does nothing for NULL. A response may outlive its connection.
//! A handle is a number, not an address: do not follow it.
//!
//! Threads. Use a connection and its responses in one thread at a time; it may be another one each time. A call
//! that finds them in use returns HC_ERR_BUSY. Functions that take no handle may be called at any time by any
//! thread. There is nothing to initialize, and no signal is raised or caught. errno is left as it was. A thread
//! that is cancelled (pthread_cancel) within a call ends after it, at its next cancellation point: the call and
//! the functions of the program that it runs are not interrupted. With asynchronous cancellation call nothing
//! here.
//!
//! Text. Give text with a NUL at its end; the library gives its own so, too, and its length beside it where you
//! ask for it. Give NULL only where that is allowed. A bool is one byte, 0 or 1.
//!
//! Structs. Set the first field, size, to sizeof the struct before a call: so a newer library works with a
//! program that was compiled with an older header. Sizes are in bytes.
//!
//! Callbacks. Your functions run during your own calls, in the same thread; only a hc_resolve_fn and a
//! hc_release_fn may run in a thread of the library's. A function of yours must return: it must not unwind or
//! longjmp out. What it calls on the same connection returns HC_ERR_BUSY.
//!
//! Forks. A fork's child may only free the handles of its parent: anything else is HC_ERR_FORKED (on Linux;
//! elsewhere forks are not noticed). It may make its own, a TLS configuration too: a server that forks its
//! workers makes one in each, since sessions are not to be resumed by two processes. A handle that another
//! thread of the parent used at that moment stays HC_ERR_BUSY in the child. If another thread of the parent was
//! looking up a name then, the C library may wait for ever in the child's first lookup: a timeout ends the call
//! all the same.
//!
//! Versions. Everything is there since 0.1, unless it says otherwise.
// The documentation is the C header's; it is the contract that callers keep.
#![allow(clippy::missing_safety_doc)]

pub mod api;
pub mod callbacks;
pub mod error;
mod kit;
pub mod objects;
