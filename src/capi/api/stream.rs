//! Streams.
//!
//! After a response with status 101, or one of 2xx to a CONNECT request, the connection is no longer one of
//! HTTP: what follows is between the program and the server, such as WebSocket messages. The program takes the
//! stream out of the response and reads and writes it by itself, through TLS if there is TLS.
#![allow(unsafe_code)]

use crate::capi::api::event_loop::{HC_INTEREST_READ, HC_INTEREST_WRITE};
use crate::capi::api::response::hc_response;
use crate::capi::api::settings::given_timeout;
use crate::capi::error::hc_error;
use crate::capi::kit::guard::{guard, guarded, make};
use crate::capi::kit::handle::{self, Opaque, Vacancy};
use crate::capi::kit::memory::{NULL, bytes, room};
use crate::capi::kit::poison::Poison;
use crate::capi::objects::calls::detach;
use crate::capi::objects::detail::{LastError, Phase, hc_error_detail, message_of};
use crate::capi::objects::object::{Object, Type};
use crate::capi::objects::stream::Detached;
use crate::client::{Progress, Stream};
use crate::engine::error::Error;
use crate::memory::Room;
use crate::transport::Limits;
use core::ffi::{c_char, c_void};

/// A stream of bytes that was taken out of a response. Used by one thread at a time; it may move between
/// threads.
#[allow(non_camel_case_types)]
pub struct hc_stream {
    _opaque: (),
}

impl Opaque for hc_stream {
    type Object = Object;
    const TYPE: u8 = Type::Stream as u8;
}

/// Takes the stream out of a response that ended HTTP on it: status 101, or 2xx to CONNECT. The response is
/// closed by that; bytes that came behind its head are read from the stream first. It goes to `*out`, to be
/// freed by hc_stream_free; after a failure that is NULL. The connection's timeout, deadline and cancel handle
/// hold for it.
///
/// Errors: HC_ERR_STATE for another response, one that was closed, or one whose stream was taken already;
/// HC_ERR_INVALID_ARGUMENT, HC_ERR_NO_MEMORY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_detach(
    response: *mut hc_response,
    out: *mut *mut hc_stream,
) -> hc_error {
    let taken = || {
        // Nothing fails once the stream is taken out.
        let (handle, room) = (Vacancy::new()?, Room::new()?);
        let detached = Detached { stream: detach(response)?, error: LastError::default() };
        Ok(handle.fill(Object::Stream(room.fill(Poison::new(detached)))))
    };
    // SAFETY: the caller's promise is the same.
    unsafe { make(out, taken) }
}

/// Receives once: at most `capacity` bytes into `buffer`, which may be uninitialized. The number goes to
/// `*count`; 0 with HC_OK is the end of the stream (or a `capacity` of 0). May block for the timeout.
///
/// Errors: HC_ERR_CONNECTION_RESET, HC_ERR_TIMEOUT and others of HC_ERR_OS; HC_ERR_TLS_TRUNCATED;
/// HC_WOULD_BLOCK; HC_ERR_CANCELLED; HC_ERR_FORKED; HC_ERR_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_stream_read(
    stream: *mut hc_stream,
    buffer: *mut c_void,
    capacity: usize,
    count: *mut usize,
) -> hc_error {
    let read = |stream: &mut Stream| {
        // SAFETY: the caller's promise is that of `room`.
        stream.read(unsafe { room(buffer, capacity) }?)
    };
    // SAFETY: the caller's promise is the same.
    unsafe { transfer(stream, count, read) }
}

/// Sends once: from the front of the `len` bytes of `data`. How many were taken goes to `*count`, at least 1
/// with HC_OK (0 for a `len` of 0). May block for the timeout.
///
/// Errors: HC_ERR_BROKEN_PIPE; otherwise those of hc_stream_read, such as HC_ERR_TIMEOUT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_stream_write(
    stream: *mut hc_stream,
    data: *const c_void,
    len: usize,
    count: *mut usize,
) -> hc_error {
    let write = |stream: &mut Stream| {
        // SAFETY: the caller's promise is that of `bytes`.
        stream.write(unsafe { bytes(data, len) }?)
    };
    // SAFETY: the caller's promise is the same.
    unsafe { transfer(stream, count, write) }
}

/// Sets how long each operation on the stream may take, as hc_conn_set_timeout, and takes a deadline away.
///
/// Errors: those of hc_conn_set_timeout, such as HC_ERR_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_stream_set_timeout(
    stream: *mut hc_stream,
    milliseconds: i64,
) -> hc_error {
    guarded(|| {
        let timeout = match given_timeout(milliseconds) {
            Ok(timeout) => timeout,
            Err(error) => return error.kind().into(),
        };
        let limits = Limits { timeout, deadline: None };
        with_stream(stream, |detached| detached.stream.set_limits(&limits))
            .map_or_else(|code| code, |()| hc_error::HC_OK)
    })
}

/// The descriptor to wait on after HC_WOULD_BLOCK; otherwise as hc_conn_fileno.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_stream_fileno(stream: *const hc_stream) -> i32 {
    guard(-1, || {
        with_stream(stream, |detached| detached.stream.fileno()).ok().flatten().unwrap_or(-1)
    })
}

/// What to wait for on hc_stream_fileno after HC_WOULD_BLOCK; otherwise as hc_conn_interest.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_stream_interest(stream: *const hc_stream) -> u32 {
    guard(0, || {
        with_stream(stream, |detached| {
            let interest = detached.stream.interest();
            u32::from(interest.read) * HC_INTEREST_READ
                + u32::from(interest.write) * HC_INTEREST_WRITE
        })
        .unwrap_or(0)
    })
}

/// The detail of the last call on this stream that failed; otherwise as hc_conn_error_detail.
///
/// Errors: HC_ERR_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_stream_error_detail(
    stream: *const hc_stream,
    out: *mut hc_error_detail,
) -> hc_error {
    guarded(|| {
        // SAFETY: the caller's promise is that of `write`.
        let outcome = with_stream(stream, |detached| unsafe { detached.error.write(out) });
        outcome.unwrap_or_else(|code| code)
    })
}

/// The message of the last call on this stream that failed; otherwise as hc_conn_error_message.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_stream_error_message(stream: *const hc_stream) -> *const c_char {
    let message = |detached: &mut Detached| detached.error.message().as_ptr().cast();
    message_of(|| with_stream(stream, message))
}

/// Closes a stream and ends its handle; TLS's closing alert (close_notify) goes out first. NULL does nothing.
/// Never blocks, but as hc_conn_free.
///
/// Errors: HC_ERR_BUSY while another thread uses it: it is not freed then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_stream_free(stream: *mut hc_stream) -> hc_error {
    if stream.is_null() {
        return hc_error::HC_OK;
    }
    guarded(|| match handle::take_to_free(stream) {
        Ok(taken) => {
            let is_parents = taken.is_parents();
            if let Some(Object::Stream(detached)) = taken.remove() {
                // Nothing goes out on the parent's stream from a fork's child, nor after a panic.
                if let (Some(detached), false) = (detached.into_inner(), is_parents) {
                    detached.stream.finish();
                }
            }
            hc_error::HC_OK
        }
        Err(code) => code,
    })
}

/// # Safety
/// `count` is NULL or can be written to.
unsafe fn transfer(
    stream: *mut hc_stream,
    count: *mut usize,
    work: impl FnOnce(&mut Stream) -> Result<usize, Error>,
) -> hc_error {
    guarded(|| {
        let mut moved = 0;
        let outcome = with_stream(stream, |detached| {
            let outcome = if count.is_null() { Err(NULL) } else { work(&mut detached.stream) };
            match outcome {
                Ok(count) => moved = count,
                Err(error) => {
                    return detached.error.record(error, Progress::Answered, Phase::Body);
                }
            }
            hc_error::HC_OK
        });
        if !count.is_null() {
            // SAFETY: not NULL, and the caller vouches for the rest.
            unsafe { count.write(moved) };
        }
        outcome.unwrap_or_else(|code| code)
    })
}

fn with_stream<R>(
    handle: *const hc_stream,
    work: impl FnOnce(&mut Detached) -> R,
) -> Result<R, hc_error> {
    match handle::take(handle)?.get_mut()? {
        Object::Stream(detached) => detached.run(work),
        _ => Err(hc_error::HC_ERR_INVALID_HANDLE),
    }
}
