//! Responses.
//!
//! hc_getresponse waits for the head of the response; the body is read after that, in one of three ways:
//! hc_response_read fills a buffer, hc_response_read1 gives what is there, hc_response_read_all gathers
//! everything. The next request may be sent before the body was read; its response comes only after this one
//! was read to its end. (Closed before its end, a response takes the connection with it, and what was sent
//! behind it is lost.)
//!
//! A body that is cut short is always an error (unless you have closed the connection yourself): the bytes come
//! first, and then, on the next call, HC_ERR_INCOMPLETE_READ, whose detail has how many came and how many are
//! missing.
#![allow(unsafe_code)]

use crate::capi::callbacks::body::HC_LENGTH_UNKNOWN;
use crate::capi::error::hc_error;
use crate::capi::kit::guard::{guard, guarded, make};
use crate::capi::kit::handle::Opaque;
use crate::capi::kit::memory::{NULL, give, room};
use crate::capi::objects::calls::{free, on_response, receive, with_response};
use crate::capi::objects::conn::Parts;
use crate::capi::objects::detail::clamp;
use crate::capi::objects::object::{Object, Type};
use crate::capi::objects::opaque::hc_conn;
use crate::client::{Channel, ReadMode, Response};
use crate::engine::error::{Error, error};
use crate::engine::framing::BodyFraming;
use crate::engine::head::Version;
use bytes::buf::UninitSlice;
use core::ffi::{c_char, c_void};
use core::ptr;

/// A response. Made by hc_getresponse, freed by hc_response_free; used by one thread at a time together with
/// its connection, which it may outlive.
#[allow(non_camel_case_types)]
pub struct hc_response {
    _opaque: (),
}

impl Opaque for hc_response {
    type Object = Object;
    const TYPE: u8 = Type::Response as u8;
}

/// Receives the head of the response to the last request: http.client's getresponse().
///
/// The response goes to `*out`, to be freed by hc_response_free; after a failure that is NULL. Interim
/// responses (1xx but 101) are skipped: see hc_conn_set_interim. The response to a request that was not sent
/// whole ends the connection. A response after which the server closes the connection takes the stream over, so
/// the connection can be used for another request at once. May block for the timeout of each receive.
///
/// Errors, by what to do next. Call again, nothing was lost: HC_WOULD_BLOCK, HC_ERR_TIMEOUT and its family. Too
/// early: HC_ERR_RESPONSE_NOT_READY, if no request was sent, or the last response is still unread. Send a new
/// request, the connection was closed: HC_ERR_REMOTE_DISCONNECTED if the server closed it instead of answering,
/// HC_ERR_INCOMPLETE_READ if it did so within the head, HC_ERR_NOT_CONNECTED if a failure of an earlier call has
/// closed it, HC_ERR_CANCELLED, and the rest of HC_ERR_OS. Call
/// hc_conn_close first: HC_ERR_BAD_STATUS_LINE, HC_ERR_UNKNOWN_PROTOCOL, HC_ERR_LINE_TOO_LONG,
/// HC_ERR_TOO_MANY_HEADERS, HC_ERR_BAD_HEADER, HC_ERR_BAD_FRAMING, HC_ERR_UNKNOWN_TRANSFER_ENCODING and the
/// rest of HC_ERR_HTTP. HC_ERR_NO_MEMORY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_getresponse(
    conn: *mut hc_conn,
    out: *mut *mut hc_response,
) -> hc_error {
    // SAFETY: the caller's promise is the same.
    unsafe { make(out, || receive(conn)) }
}

/// Ends a response's handle and closes the response. What was given out of it (texts, the body of
/// hc_response_read_all) is not valid any more. NULL does nothing. Never blocks, but as hc_conn_free. Free it
/// before a long pause: until then it keeps the memory that it came in, a few KiB at least.
///
/// Errors: HC_ERR_BUSY from a callback, or while another thread uses the connection: it is not freed then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_free(response: *mut hc_response) -> hc_error {
    if response.is_null() { hc_error::HC_OK } else { guarded(|| free(response)) }
}

/// Lets go of the connection: reading gives nothing any more, status and headers stay. If the body was not read
/// to its end, the connection is closed, since its rest could not be told from the next response. Never blocks,
/// but as hc_conn_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_close(response: *mut hc_response) -> hc_error {
    guarded(|| {
        on_response(response, |connection, response| {
            response.close(connection);
            Ok(())
        })
    })
}

/// The status, 100 to 999; 0 for an invalid or busy handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_status(response: *const hc_response) -> i32 {
    look(response, 0, |response| i32::from(response.head().status))
}

/// The reason phrase as the server gave it, NUL-terminated, may be empty; its length goes to `*len` unless that
/// is NULL. Valid until the response is freed. NULL for an invalid or busy handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_reason(
    response: *const hc_response,
    len: *mut usize,
) -> *const c_char {
    let reason = look(response, None, |response| Some(ptr::from_ref(response.head().reason())));
    // SAFETY: `len` is the caller's promise.
    unsafe { give(reason, len) }
}

/// The URL that the request was about, NUL-terminated: http.client's geturl(). It is the request's target if
/// that was a URL, else scheme, host, port (unless it is the scheme's own) and target, as they were sent:
/// without a fragment and user information, and the host in ASCII. Its length goes to `*len` unless that is
/// NULL. Valid until the response is freed. NULL for a response made by hc_response_new, for an invalid or busy
/// handle, and where there is no memory for it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_url(
    response: *const hc_response,
    len: *mut usize,
) -> *const c_char {
    let url = |parts: Parts<'_>| parts.response.url().ok().flatten().map(ptr::from_ref);
    let url = guard(None, || with_response(response, url).unwrap_or(None));
    // SAFETY: `len` is the caller's promise.
    unsafe { give(url, len) }
}

/// The version of HTTP that the server speaks: 10 for HTTP/1.0, 11 for HTTP/1.1; 0 for an invalid or busy
/// handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_version(response: *const hc_response) -> i32 {
    look(response, 0, |response| match response.head().version {
        Version::Http10 => 10,
        Version::Http11 => 11,
    })
}

/// How many bytes of the body are still to be read, or HC_LENGTH_UNKNOWN (also for an invalid or busy handle).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_length(response: *const hc_response) -> i64 {
    look(response, HC_LENGTH_UNKNOWN, |response| {
        response.remaining().map_or(HC_LENGTH_UNKNOWN, clamp)
    })
}

/// Whether the body comes in chunks (RFC 9112 section 7.1). They are taken apart while it is read. False for an
/// invalid or busy handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_chunked(response: *const hc_response) -> bool {
    look(response, false, |response| response.framing().body == BodyFraming::Chunked)
}

/// Whether the connection ends with this response (RFC 9112 section 9.3). False for an invalid or busy handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_will_close(response: *const hc_response) -> bool {
    look(response, false, |response| response.framing().will_close)
}

/// Whether the response has let go of the connection: its end was read, or it was closed. True for an invalid
/// or busy handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_is_closed(response: *const hc_response) -> bool {
    let is_closed = |parts: Parts<'_>| parts.response.is_closed(parts.connection);
    guard(true, || with_response(response, is_closed).unwrap_or(true))
}

/// Reads the body into `buffer`, which has room for `capacity` bytes, until it is full or the body ends:
/// http.client's readinto(). The number of bytes read goes to `*count`; 0 with HC_OK is the end of the body (or
/// a `capacity` of 0). The memory may be uninitialized. Large reads go from the socket straight into it. May
/// block for the timeout of each receive.
///
/// Errors: HC_ERR_INCOMPLETE_READ if the body ended early, its chunks are malformed, or a later request on the
/// same connection failed and closed it; HC_ERR_BAD_HEADER, HC_ERR_TOO_MANY_HEADERS, HC_ERR_LINE_TOO_LONG,
/// HC_ERR_HEAD_TOO_LARGE in trailers or chunk extensions; HC_ERR_CONNECTION_RESET and others of HC_ERR_OS;
/// HC_ERR_TIMEOUT, HC_ERR_DEADLINE, HC_WOULD_BLOCK: nothing was lost, the call can be repeated. All of these
/// come only after you have got the bytes before them. HC_ERR_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_read(
    response: *mut hc_response,
    buffer: *mut c_void,
    capacity: usize,
    count: *mut usize,
) -> hc_error {
    // SAFETY: the caller's promise is the same.
    unsafe {
        fill(response, buffer, capacity, count, |r, connection, out| {
            r.read(connection, out, ReadMode::Fill)
        })
    }
}

/// Reads what is there: as hc_response_read, but with at most one receive of body bytes, and waiting only if
/// there is nothing at all: http.client's read1().
///
/// The response to a HEAD gives no bytes here and stays open: call hc_response_read, hc_response_close or
/// hc_response_free before the next response.
///
/// Errors: those of hc_response_read, such as HC_ERR_INCOMPLETE_READ.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_read1(
    response: *mut hc_response,
    buffer: *mut c_void,
    capacity: usize,
    count: *mut usize,
) -> hc_error {
    // SAFETY: the caller's promise is the same.
    unsafe {
        fill(response, buffer, capacity, count, |r, connection, out| {
            r.read(connection, out, ReadMode::Once)
        })
    }
}

/// Reads the rest of the body into memory of the response: http.client's read() without an amount.
///
/// The body's address goes to `*body` and its length to `*len`; a NUL stands behind it, and there may be others
/// in it. It is valid until hc_response_read_all is called again on this response, or the response is freed.
/// `max_len` is the greatest length, in bytes, that you accept. Memory grows with the bytes that come, not with
/// what the server announces. After a failure `*body` and `*len` have what came before it. Repeated after
/// HC_WOULD_BLOCK, HC_ERR_TIMEOUT, HC_ERR_DEADLINE or HC_ERR_TOO_LARGE (with a larger `max_len`), the call adds
/// to that and gives it all. May block for the timeout of each receive.
///
/// Errors: HC_ERR_TOO_LARGE if the body has more than `max_len` bytes; those of hc_response_read, such as
/// HC_ERR_INCOMPLETE_READ; HC_ERR_NO_MEMORY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_read_all(
    response: *mut hc_response,
    max_len: usize,
    body: *mut *const c_char,
    len: *mut usize,
) -> hc_error {
    guarded(|| {
        let mut gathered: Option<*const [u8]> = None;
        let code = on_response(response, |connection, response| {
            if body.is_null() {
                return Err(NULL);
            }
            let outcome = response.read_all(connection, max_len);
            gathered = Some(ptr::from_ref(response.body()));
            outcome
        });
        // SAFETY: the pointers are NULL or can be written to.
        unsafe {
            let start = give(gathered, len);
            if !body.is_null() {
                body.write(start);
            }
        }
        code
    })
}

/// Shows body bytes that can be read next, without taking them: http.client's peek().
///
/// Their address goes to `*data` and how many there are to `*len`: at least 1 unless the body has ended, and
/// never more than the rest of the body or of the current chunk. They are valid until the next call on the
/// response or its connection. May block for the timeout of one receive.
///
/// Errors: those of hc_response_read, such as HC_ERR_INCOMPLETE_READ.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_peek(
    response: *mut hc_response,
    data: *mut *const c_void,
    len: *mut usize,
) -> hc_error {
    guarded(|| {
        let mut seen = (ptr::null(), 0);
        let code = on_response(response, |connection, response| {
            if data.is_null() || len.is_null() {
                return Err(NULL);
            }
            let bytes = response.peek(connection)?;
            seen = (bytes.as_ptr().cast::<c_void>(), bytes.len());
            Ok(())
        });
        if !data.is_null() && !len.is_null() {
            // SAFETY: not NULL, and the caller vouches for the rest.
            unsafe {
                data.write(seen.0);
                len.write(seen.1);
            }
        }
        code
    })
}

/// Reads a line: up to and with its LF, or as much of it as `capacity` holds: http.client's readline().
///
/// The last line of a body may have no LF. No NUL is added. The response to a HEAD stays open, as with
/// hc_response_read1. The number of bytes goes to `*count`; 0 with HC_OK is the end of the body (or a
/// `capacity` of 0). May block for the timeout of each receive; after HC_WOULD_BLOCK or HC_ERR_TIMEOUT nothing
/// was lost, and the call can be repeated.
///
/// Errors: those of hc_response_read, such as HC_ERR_INCOMPLETE_READ.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_readline(
    response: *mut hc_response,
    buffer: *mut c_void,
    capacity: usize,
    count: *mut usize,
) -> hc_error {
    // SAFETY: the caller's promise is the same.
    unsafe { fill(response, buffer, capacity, count, Response::readline) }
}

/// Reads what is left of the body and throws it away, so that the connection can be used again: at most
/// `max_len` bytes in each call, also in one that is repeated after HC_WOULD_BLOCK. Cheaper than a new
/// connection where little is left. May block for the timeout of each receive.
///
/// Errors: HC_ERR_TOO_LARGE if more than `max_len` bytes are left (they can be read on); those of
/// hc_response_read, such as HC_ERR_INCOMPLETE_READ.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_skip(response: *mut hc_response, max_len: u64) -> hc_error {
    const MORE: Error = error!(crate::engine::error::Kind::TooLarge, "the body goes on");
    guarded(|| {
        on_response(response, |connection, response| match response.skip(connection, max_len)? {
            true => Ok(()),
            false => Err(MORE),
        })
    })
}

/// The head of the response as it was received, from the status line to the empty line, but with obsolete line
/// folding replaced by blanks. NUL-terminated; its length goes to `*len` unless that is NULL. Valid until the
/// response is freed. NULL for an invalid or busy handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_raw_head(
    response: *const hc_response,
    len: *mut usize,
) -> *const c_char {
    let mut raw = None;
    guarded(|| {
        on_response(response, |_, response| {
            raw = Some(ptr::from_ref(response.raw_head()?));
            Ok(())
        })
    });
    // SAFETY: `len` is the caller's promise.
    unsafe { give(raw, len) }
}

/// A look at a response that cannot fail.
pub(crate) fn look<R: Copy>(
    response: *const hc_response,
    otherwise: R,
    work: impl FnOnce(&mut Response) -> R,
) -> R {
    guard(otherwise, || with_response(response, |parts| work(parts.response)).unwrap_or(otherwise))
}

/// # Safety
/// `buffer` has room for `capacity` bytes, and `count` can be written to, or they are NULL.
unsafe fn fill(
    response: *mut hc_response,
    buffer: *mut c_void,
    capacity: usize,
    count: *mut usize,
    read: impl FnOnce(&mut Response, &mut Channel, &mut UninitSlice) -> Result<usize, Error>,
) -> hc_error {
    guarded(|| {
        let mut filled = 0;
        let code = on_response(response, |connection, response| {
            if count.is_null() {
                return Err(NULL);
            }
            // SAFETY: the caller's promise is the same.
            let buffer = unsafe { room(buffer, capacity) }?;
            filled = read(response, connection, buffer)?;
            Ok(())
        });
        if !count.is_null() {
            // SAFETY: not NULL, and the caller vouches for the rest.
            unsafe { count.write(filled) };
        }
        code
    })
}
