//! Event loops, deadlines, cancelling.
//!
//! With a timeout of 0 (hc_conn_set_timeout) no call waits. One that would have to returns HC_WOULD_BLOCK, and
//! nothing is lost; the program waits in its own event loop, and makes the same call again:
//!
//! ```c
//! while ((code = hc_getresponse(conn, &response)) == HC_WOULD_BLOCK) {
//!     uint32_t interest = hc_conn_interest(conn);
//!     int64_t timeout = hc_conn_next_timeout(conn);
//!     struct pollfd entry = {interest ? hc_conn_fileno(conn) : -1, 0, 0};
//!     if (interest & HC_INTEREST_READ) entry.events |= POLLIN;
//!     if (interest & HC_INTEREST_WRITE) entry.events |= POLLOUT;
//!     poll(&entry, 1, timeout > INT_MAX ? INT_MAX : (int)timeout);
//! }
//! ```
//!
//! All three are asked for anew after each HC_WOULD_BLOCK, since the descriptor can be another one each time.
//! While a response is read, hc_response_fileno and hc_response_interest take the place of the first two. When
//! a call has returned anything else there is nothing to wait for, and the interest is 0. It can be 0, too,
//! where what a call waits for is a function of the program, such as a body that has nothing yet: then the
//! program knows by itself when to repeat the call.
//!
//! Three limits end what takes too long, and the code says which it was: the timeout of one operation
//! (HC_ERR_TIMEOUT; in a TLS handshake HC_ERR_TLS_TIMEOUT), the time for opening a connection
//! (HC_ERR_CONNECT_TIMEOUT, see hc_conn_set_connect_timeout), and the deadline of everything (HC_ERR_DEADLINE).
//! A cancel handle ends whatever a connection is doing, from any thread. None of them interrupts a function of
//! yours (a transport, a dialer, a body): they are checked before each call of one. A name lookup that is given
//! up goes on in the background, and nobody waits for it.
#![allow(unsafe_code)]

use crate::capi::api::response::hc_response;
use crate::capi::error::hc_error;
use crate::capi::kit::guard::{guard, guarded, make};
use crate::capi::kit::handle::{self, Opaque};
use crate::capi::objects::calls::{on_connection, with_connection, with_response};
use crate::capi::objects::object::{Object, Type};
use crate::capi::objects::opaque::hc_conn;
use crate::client::{Connection, Stream};
use crate::engine::error::{Error, Kind, error};
use crate::transport::{Deadline, Interest};

/// Family: Bits of hc_conn_interest.
///
/// Wait until the descriptor is readable.
pub const HC_INTEREST_READ: u32 = 1 << 0;
/// Wait until the descriptor is writable.
pub const HC_INTEREST_WRITE: u32 = 1 << 1;

/// A handle to cancel with, from any thread and at any time. Made by hc_cancel_new, freed by hc_cancel_free;
/// given to any number of connections.
#[allow(non_camel_case_types)]
pub struct hc_cancel_handle {
    _opaque: (),
}

impl Opaque for hc_cancel_handle {
    type Object = Object;
    const TYPE: u8 = Type::Cancel as u8;
}

/// The descriptor to wait on after HC_WOULD_BLOCK, or -1 if there is none. It belongs to the connection: it may
/// be waited on, not read, written or closed, and may be another one after any call. While a name is looked up
/// or several addresses are tried it stands for all of that together.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_fileno(conn: *const hc_conn) -> i32 {
    guard(-1, || {
        with_connection(conn, |state| state.connection.fileno()).ok().flatten().unwrap_or(-1)
    })
}

/// What to wait for on hc_conn_fileno after HC_WOULD_BLOCK, level-triggered: HC_INTEREST_READ,
/// HC_INTEREST_WRITE, or both. 0 for an invalid or busy handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_interest(conn: *const hc_conn) -> u32 {
    guard(0, || with_connection(conn, |state| bits(state.connection.interest())).unwrap_or(0))
}

/// The descriptor to wait on after HC_WOULD_BLOCK from a call on a response, or -1 if there is none: that of
/// its connection while they share it, or its own once the response has taken the stream over (see
/// hc_response_will_close). It may not be read, written or closed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_fileno(response: *const hc_response) -> i32 {
    guard(-1, || of_response(response, Stream::fileno).flatten().unwrap_or(-1))
}

/// What to wait for on hc_response_fileno after HC_WOULD_BLOCK, as hc_conn_interest. 0 for an invalid or busy
/// handle, and for a closed response.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_interest(response: *const hc_response) -> u32 {
    guard(0, || of_response(response, Stream::interest).map_or(0, bits))
}

fn of_response<R>(response: *const hc_response, ask: impl FnOnce(&Stream) -> R) -> Option<R> {
    let asked = with_response(response, |parts| parts.response.stream(parts.connection).map(ask));
    asked.ok().flatten()
}

fn bits(interest: Interest) -> u32 {
    u32::from(interest.read) * HC_INTEREST_READ + u32::from(interest.write) * HC_INTEREST_WRITE
}

/// When a call that returned HC_WOULD_BLOCK is to be repeated even if nothing became ready: in so many
/// milliseconds, rounded up, or -1 if there is no such time (also for an invalid or busy handle). Connecting
/// has such times, and a deadline is one. It holds for calls on responses, too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_next_timeout(conn: *const hc_conn) -> i64 {
    guard(-1, || {
        let due = with_connection(conn, |state| state.connection.next_timeout()).ok().flatten();
        due.map_or(-1, |due| {
            i64::try_from(system::until(due).div_ceil(1_000_000)).unwrap_or(i64::MAX)
        })
    })
}

/// Sets a deadline: in so many milliseconds from now, whatever the connection and its responses are doing ends
/// with HC_ERR_DEADLINE, name lookup, handshake and a server that drips its bytes included. It holds until it
/// is set again; HC_TIMEOUT_NONE (-1) takes it away, and 0 is now. With a later one, a response whose head or
/// body it interrupted can be read on.
///
/// Errors: HC_ERR_INVALID_ARGUMENT for another negative number; HC_ERR_UNSUPPORTED in a build without std.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_deadline(conn: *mut hc_conn, milliseconds: i64) -> hc_error {
    guarded(|| on_connection(conn, |state| end_by(&mut state.connection, milliseconds)))
}

/// Sets the deadline of a connection.
pub(crate) fn end_by(connection: &mut Connection, milliseconds: i64) -> Result<(), Error> {
    const NEGATIVE: Error = error!(Kind::InvalidArgument, "a negative deadline");
    const NO_CLOCK: Error = error!(Kind::Unsupported, "this build has no clock");
    connection.settings.limits.deadline = match milliseconds {
        -1 => None,
        0.. => Some(Deadline::of_all(system::after(milliseconds as u64).ok_or(NO_CLOCK)?)),
        _ => return Err(NEGATIVE),
    };
    Ok(())
}

/// Makes a handle to cancel with. It goes to `*out`, to be freed by hc_cancel_free. Never blocks; may be called
/// from any thread, as all functions of this handle.
///
/// Errors: HC_ERR_INVALID_ARGUMENT, HC_ERR_NO_MEMORY; HC_ERR_UNSUPPORTED in a build without std.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_cancel_new(out: *mut *mut hc_cancel_handle) -> hc_error {
    // SAFETY: the caller's promise is the same.
    unsafe { make(out, system::new_cancel) }
}

/// Ends a cancel handle. Connections that have it are not affected, but cannot be cancelled by it any more.
/// NULL does nothing.
///
/// Errors: HC_ERR_BUSY while another thread is in a call with it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_cancel_free(cancel: *mut hc_cancel_handle) -> hc_error {
    if cancel.is_null() { hc_error::HC_OK } else { guarded(|| handle::free(cancel)) }
}

/// Gives a connection a cancel handle, in place of one it had; NULL takes that away. It holds for the
/// connection, the stream it has, and its responses.
///
/// Errors: HC_ERR_NO_MEMORY: it has the one before; HC_ERR_UNSUPPORTED in a build without std.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_cancel(
    conn: *mut hc_conn,
    cancel: *const hc_cancel_handle,
) -> hc_error {
    guarded(|| {
        with_token(cancel, |token| {
            on_connection(conn, |state| {
                attach(&mut state.connection, token)?;
                // Those that have a stream of their own by now.
                state.responses().try_for_each(|response| attach_to_response(response, token))
            })
        })
    })
}

/// Has `work` use the token of a cancel handle.
pub(crate) fn with_token(
    cancel: *const hc_cancel_handle,
    work: impl FnOnce(&Token) -> hc_error,
) -> hc_error {
    system::token(cancel).map_or_else(|code| code, |token| work(&token))
}

use self::system::attach_to_response;
pub(crate) use self::system::{Token, attach};

/// Ends whatever the connections with this handle are doing, in any phase and within milliseconds, with
/// HC_ERR_CANCELLED. What they do later ends at once, until hc_cancel_rearm; a stream that was cancelled stays
/// closed. An event loop that waits for one of the library's descriptors wakes up. A function of the program
/// that waits just then is not interrupted, and a loop that waits for the descriptor of a transport of the
/// program is woken by the program. It works while other threads use the handle; a second call does nothing
/// more. Never blocks; not to be called from a signal handler.
///
/// Errors: HC_ERR_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_cancel(cancel: *const hc_cancel_handle) -> hc_error {
    guarded(|| system::set_cancelled(cancel, true))
}

/// Lets connections with this handle be used again after hc_cancel.
///
/// Errors: HC_ERR_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_cancel_rearm(cancel: *const hc_cancel_handle) -> hc_error {
    guarded(|| system::set_cancelled(cancel, false))
}

/// What needs clocks and threads.
#[cfg(feature = "std")]
mod system {
    use super::hc_cancel_handle;
    use crate::capi::error::hc_error;
    use crate::capi::kit::handle::{self, Shareable};
    use crate::capi::objects::object::Object;
    use crate::client::{Connection, Response};
    use crate::engine::error::Error;
    use crate::transport::cancel::Cancel;
    use crate::transport::clock;

    pub(crate) type Token = Cancel;

    // SAFETY: such a handle is made for a token only, by hc_cancel_new.
    unsafe impl Shareable for hc_cancel_handle {
        type Content = Cancel;
    }

    /// The time in so many milliseconds.
    pub(super) fn after(milliseconds: u64) -> Option<u64> {
        Some(clock::now().saturating_add(milliseconds.saturating_mul(1_000_000)))
    }

    /// Nanoseconds until a time.
    pub(super) fn until(time: u64) -> u64 {
        time.saturating_sub(clock::now())
    }

    pub(super) fn new_cancel() -> Result<*mut hc_cancel_handle, hc_error> {
        handle::insert(Object::Cancel(Cancel::new().map_err(|error| error.kind())?))
    }

    /// The token of a handle, or for NULL one that nobody will ever cancel.
    pub(super) fn token(handle: *const hc_cancel_handle) -> Result<Cancel, hc_error> {
        match handle.is_null() {
            true => Cancel::new().map_err(|error| error.kind().into()),
            false => with_token(handle, Cancel::clone),
        }
    }

    pub(crate) fn attach(connection: &mut Connection, token: &Token) -> Result<(), Error> {
        connection.set_cancel(token)
    }

    pub(super) fn attach_to_response(response: &mut Response, token: &Token) -> Result<(), Error> {
        response.set_cancel(token)
    }

    pub(super) fn set_cancelled(handle: *const hc_cancel_handle, cancelled: bool) -> hc_error {
        let set = |token: &Cancel| if cancelled { token.cancel() } else { token.rearm() };
        with_token(handle, set).map_or_else(|code| code, |()| hc_error::HC_OK)
    }

    fn with_token<R>(
        handle: *const hc_cancel_handle,
        work: impl FnOnce(&Cancel) -> R,
    ) -> Result<R, hc_error> {
        match handle::share(handle)?.get()? {
            Object::Cancel(token) => Ok(work(token)),
            _ => Err(hc_error::HC_ERR_INVALID_HANDLE),
        }
    }
}

/// There are no clocks and threads in this build.
#[cfg(not(feature = "std"))]
mod system {
    use super::hc_cancel_handle;
    use crate::capi::error::hc_error;
    use crate::client::{Connection, Response};
    use crate::engine::error::Error;

    pub(crate) enum Token {}

    pub(super) fn after(_: u64) -> Option<u64> {
        None
    }

    pub(super) fn until(_: u64) -> u64 {
        0
    }

    pub(super) fn new_cancel() -> Result<*mut hc_cancel_handle, hc_error> {
        Err(hc_error::HC_ERR_UNSUPPORTED)
    }

    pub(super) fn token(_: *const hc_cancel_handle) -> Result<Token, hc_error> {
        Err(hc_error::HC_ERR_UNSUPPORTED)
    }

    pub(crate) fn attach(_: &mut Connection, token: &Token) -> Result<(), Error> {
        match *token {}
    }

    pub(super) fn attach_to_response(_: &mut Response, token: &Token) -> Result<(), Error> {
        match *token {}
    }

    pub(super) fn set_cancelled(_: *const hc_cancel_handle, _: bool) -> hc_error {
        hc_error::HC_ERR_UNSUPPORTED
    }
}
