//! Requests.
//!
//! hc_request sends a whole request; hc_putrequest, hc_putheader and hc_endheaders send one step by
//! step, as in http.client. Either way the head goes out in one write, together with a body of
//! bytes. Host and "Accept-Encoding: identity" are added unless the program gives its own, and so is
//! what frames the body: Content-Length where its length is known, else Transfer-Encoding: chunked.
//!
//! Nothing goes out that the server could read in two ways: a method or header name is a token, a
//! value has no control characters, a target no blanks, and a header that contradicts the body is
//! refused. After a refusal nothing was sent and the connection is as it was.
//!
//! In non-blocking use a call that returned HC_WOULD_BLOCK is repeated with the same arguments; its
//! body is borrowed until the call that ends with another code. Repeated with a body of another kind or
//! length it is HC_ERR_INVALID_ARGUMENT.
//!
//! A server may answer before it has the whole body, to refuse it for example. While a body goes out,
//! what the server says is heard: whenever the connection takes no more for the moment, each time a
//! mebibyte was sent, and when sending fails. After a final response with a status from 300 on (or
//! after bytes that are no response) the rest of the body is not sent: the call returns HC_OK,
//! hc_getresponse gives the response, and the connection ends with it. After one below 300, whose
//! server may need the body, it is sent on, and the connection can be used again; only if sending fails
//! then, or the server takes nothing for a second, the rest is given up in the same way.
//! HC_EXCHANGE_UNSENT tells of a body that was not sent whole.
#![allow(unsafe_code)]

use super::connection::hc_conn;
use super::entry::{NULL, bytes, guarded, text, texts};
use super::error::hc_error;
use super::source::{Callback, File};
use super::unit::on_connection;
use crate::client::{Body, Request};
use crate::engine::error::{Error, Kind};
use core::ffi::{CStr, c_char, c_void};
use core::marker::PhantomData;

/// Gives the next bytes of a request's body.
///
/// Fills `buffer`, which has room for `capacity` bytes, from its front; `context` is what was given
/// with the function. Returns how many bytes there are now, 0 at the end of the body, or a negative
/// number to fail the request: HC_BODY_WOULD_BLOCK if there is nothing yet (the call then returns
/// HC_WOULD_BLOCK and is to be repeated), else a code of its own, which comes back as os_error beside
/// HC_ERR_TRANSPORT. It is called for each block, when the one before it was sent, so a program can
/// show from here how far the body came. It is not called again where the server has answered already
/// (see above). Calls on the connection from here return HC_ERR_BUSY.
///
/// Since 0.1.
#[allow(non_camel_case_types)]
pub type hc_body_fn =
    Option<unsafe extern "C" fn(context: *mut c_void, buffer: *mut c_void, capacity: usize) -> i64>;

/// What a hc_body_fn returns when it has nothing yet but is not at its end.
///
/// Since 0.1.
pub const HC_BODY_WOULD_BLOCK: i64 = -1;

/// Sends a request with a body of bytes, or without one: http.client's request().
///
/// `method` is sent as given; so is `target`, "/" if it is empty, but for a fragment or user
/// information, which never go on the wire. `headers` is NULL, or names and values in turn, ended by
/// NULL:
///
/// ```c
/// const char *headers[] = {"Accept", "text/html", "X-Mood", "calm", NULL};
/// ```
///
/// A body without bytes is given as `body` NULL and `body_len` 0; then POST, PUT and PATCH say
/// Content-Length: 0. Otherwise `body` has `body_len` bytes, sent as they are, and is borrowed during
/// the call. Opens the connection if needed. May block for the timeout of each operation.
///
/// Errors: HC_ERR_CANNOT_SEND_REQUEST while another request is under way; HC_ERR_VALUE for a method,
/// header or framing that HTTP does not allow, such as a body of unknown length to a server that
/// answered in HTTP/1.0; HC_ERR_INVALID_URL for such a target;
/// HC_ERR_ENCODING; HC_ERR_NOT_CONNECTED; those of hc_conn_connect; HC_ERR_BROKEN_PIPE,
/// HC_ERR_CONNECTION_RESET, HC_ERR_TIMEOUT while sending; HC_ERR_REMOTE_DISCONNECTED if the server closed
/// the connection while the body waited for its go-ahead (see hc_conn_set_expect_wait); HC_WOULD_BLOCK; HC_ERR_INVALID_ARGUMENT, HC_ERR_INVALID_HANDLE, HC_ERR_BUSY.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_request(
    conn: *mut hc_conn,
    method: *const c_char,
    target: *const c_char,
    headers: *const *const c_char,
    body: *const c_void,
    body_len: usize,
) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            // SAFETY: the caller's promise is that of these functions.
            let body = match unsafe { bytes(body, body_len) }? {
                [] if body.is_null() => Body::None,
                bytes => Body::Bytes(bytes),
            };
            // SAFETY: the same.
            let request = unsafe { request(method, target, headers, body) }?;
            state.connection.request(request)
        })
    })
}

/// Sends a request whose body is an open file, from its current offset to its end.
///
/// `fd` is a descriptor, read in large blocks and not closed. A regular file is sent with its length;
/// anything else, such as a pipe, in chunks. Otherwise as hc_request. May block as that, and for the
/// reads of the file.
///
/// Errors: those of hc_request; HC_ERR_OS if the file cannot be read, and HC_ERR_VALUE if it ends
/// early or grows (the connection is closed then, since the request cannot be completed);
/// HC_ERR_UNSUPPORTED in a build without std.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_request_file(
    conn: *mut hc_conn,
    method: *const c_char,
    target: *const c_char,
    headers: *const *const c_char,
    fd: i32,
) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            let mut file = File::new(fd)?;
            // SAFETY: the caller's promise is that of this function.
            let request = unsafe { request(method, target, headers, Body::Source(&mut file)) }?;
            state.connection.request(request)
        })
    })
}

/// Sends a request whose body a function gives, block by block.
///
/// `length` is the number of bytes that it will give in all, sent as Content-Length, or
/// HC_LENGTH_UNKNOWN for chunks. Otherwise as hc_request.
///
/// Errors: those of hc_request; HC_ERR_TRANSPORT if the function failed, and HC_ERR_VALUE if it gave
/// more or fewer bytes than `length` (the connection is closed then); HC_ERR_INVALID_ARGUMENT if it is
/// NULL.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_request_callback(
    conn: *mut hc_conn,
    method: *const c_char,
    target: *const c_char,
    headers: *const *const c_char,
    function: hc_body_fn,
    context: *mut c_void,
    length: i64,
) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            let block_size = state.connection.settings.block_size;
            let mut source = Callback::new(function.ok_or(NULL)?, context, length, block_size)?;
            // SAFETY: the caller's promise is that of this function.
            let request = unsafe { request(method, target, headers, Body::Source(&mut source)) }?;
            state.connection.request(request)
        })
    })
}

/// Begins a request step by step: the request line, Host unless `skip_host`, and Accept-Encoding
/// unless `skip_accept_encoding`. Nothing is sent before hc_endheaders. As in http.client, the state is
/// HC_STATE_REQUEST_STARTED afterwards even if the method or target was refused; hc_conn_close ends
/// that. Never blocks.
///
/// Errors: HC_ERR_CANNOT_SEND_REQUEST, HC_ERR_VALUE, HC_ERR_INVALID_URL, HC_ERR_ENCODING;
/// HC_ERR_INVALID_ARGUMENT, HC_ERR_INVALID_HANDLE, HC_ERR_BUSY.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_putrequest(
    conn: *mut hc_conn,
    method: *const c_char,
    target: *const c_char,
    skip_host: bool,
    skip_accept_encoding: bool,
) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            // SAFETY: the caller's promise is that of these functions.
            let (method, target) = unsafe { (text(method)?, text(target)?) };
            state.connection.putrequest(method, target, skip_host, skip_accept_encoding)
        })
    })
}

/// Adds a header to the request begun. A refused one leaves those before it. Never blocks.
///
/// Errors: HC_ERR_CANNOT_SEND_HEADER if no request was begun; HC_ERR_VALUE for a name or value that is
/// not allowed, a second Host or Content-Length; HC_ERR_INVALID_ARGUMENT, HC_ERR_INVALID_HANDLE,
/// HC_ERR_BUSY.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_putheader(
    conn: *mut hc_conn,
    name: *const c_char,
    value: *const c_char,
) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            // SAFETY: the caller's promise is that of these functions.
            let (name, value) = unsafe { (text(name)?, text(value)?) };
            state.connection.putheader(name, &[value])
        })
    })
}

/// Adds a header with several values, joined by ", " (RFC 9110 section 5.3); `values` is ended by NULL and
/// has at least one. Otherwise as hc_putheader.
///
/// Errors: those of hc_putheader, such as HC_ERR_VALUE.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_putheader_values(
    conn: *mut hc_conn,
    name: *const c_char,
    values: *const *const c_char,
) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            // SAFETY: the caller's promise is that of these functions.
            let (name, values) = unsafe { (text(name)?, texts(values)?) };
            if values.is_empty() {
                return Err(Error::new(Kind::InvalidArgument, "a header has at least one value"));
            }
            state.connection.putheader(name, &values)
        })
    })
}

/// Adds a header whose name and value are given with their lengths instead of a NUL, for languages whose
/// texts have none. Otherwise as hc_putheader.
///
/// Errors: those of hc_putheader, such as HC_ERR_VALUE.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_putheader_bytes(
    conn: *mut hc_conn,
    name: *const c_char,
    name_len: usize,
    value: *const c_char,
    value_len: usize,
) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            // SAFETY: the caller's promise is that of these functions.
            let (name, value) =
                unsafe { (bytes(name.cast(), name_len)?, bytes(value.cast(), value_len)?) };
            state.connection.putheader(name, &[value])
        })
    })
}

/// Ends the head of the request begun and sends it in one write, with `body_len` bytes of `body`
/// behind it. NULL and 0: none now; what the headers announce is sent by hc_send.
///
/// `encode_chunked`: the body is sent as one chunk. A body that no header frames gets the header it
/// needs. Opens the connection if needed. May block for the timeout of each operation.
///
/// Errors: HC_ERR_CANNOT_SEND_HEADER if no request was begun; otherwise those of hc_request.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_endheaders(
    conn: *mut hc_conn,
    body: *const c_void,
    body_len: usize,
    encode_chunked: bool,
) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            // SAFETY: the caller's promise is that of this function.
            let mut body = match unsafe { bytes(body, body_len) }? {
                [] if body.is_null() => Body::None,
                bytes => Body::Bytes(bytes),
            };
            state.connection.endheaders(&mut body, encode_chunked)
        })
    })
}

/// Ends the head of the request begun and sends it, with an open file as its body: see
/// hc_request_file. `encode_chunked`: the file is sent in chunks whatever its size.
///
/// Errors: HC_ERR_CANNOT_SEND_HEADER if no request was begun; otherwise those of hc_request_file, such as
/// HC_ERR_OS.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_endheaders_file(
    conn: *mut hc_conn,
    fd: i32,
    encode_chunked: bool,
) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            let mut file = File::new(fd)?;
            state.connection.endheaders(&mut Body::Source(&mut file), encode_chunked)
        })
    })
}

/// Ends the head of the request begun and sends it, with a body that a function gives: see
/// hc_request_callback. `encode_chunked`: it is sent in chunks even if `length` is known.
///
/// Errors: HC_ERR_CANNOT_SEND_HEADER if no request was begun; otherwise those of hc_request_callback, such
/// as HC_ERR_TRANSPORT.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_endheaders_callback(
    conn: *mut hc_conn,
    function: hc_body_fn,
    context: *mut c_void,
    length: i64,
    encode_chunked: bool,
) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            let block_size = state.connection.settings.block_size;
            let mut source = Callback::new(function.ok_or(NULL)?, context, length, block_size)?;
            state.connection.endheaders(&mut Body::Source(&mut source), encode_chunked)
        })
    })
}

/// Sends bytes as they are: http.client's send(), for a body announced by the headers and given piece
/// by piece after hc_endheaders. In HC_STATE_IDLE it opens the connection if needed. May block for the
/// timeout of each operation; after HC_WOULD_BLOCK repeat it with the same bytes.
///
/// Errors: HC_ERR_NOT_CONNECTED, also if the request's connection has been closed meanwhile; those of
/// hc_conn_connect; HC_ERR_BROKEN_PIPE, also if the server has answered already and takes no more of
/// the request: then hc_getresponse gives the answer; HC_ERR_CONNECTION_RESET, HC_ERR_TIMEOUT;
/// HC_WOULD_BLOCK;
/// HC_ERR_VALUE for more bytes than the headers announced; HC_ERR_CANNOT_SEND_REQUEST while another
/// call is to be repeated after HC_WOULD_BLOCK; HC_ERR_INVALID_ARGUMENT, HC_ERR_INVALID_HANDLE, HC_ERR_BUSY.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_send(conn: *mut hc_conn, data: *const c_void, len: usize) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            // SAFETY: the caller's promise is that of this function.
            let data = unsafe { bytes(data, len) }?;
            state.connection.send(data)
        })
    })
}

/// A request from what C gives.
///
/// # Safety
/// The texts are NULL or NUL-terminated, the headers as hc_request says, for `'a`.
unsafe fn request<'a>(
    method: *const c_char,
    target: *const c_char,
    headers: *const *const c_char,
    body: Body<'a>,
) -> Result<Request<'a, HeaderList<'a>>, Error> {
    // SAFETY: the caller's promise is the same.
    let (method, target) = unsafe { (text(method)?, text(target)?) };
    // SAFETY: the same.
    let headers = unsafe { HeaderList::new(headers) };
    Ok(Request { method, target, headers, body, encode_chunked: true })
}

/// Names and values in turn, ended by NULL.
#[derive(Clone)]
pub(super) struct HeaderList<'a> {
    next: *const *const c_char,
    texts: PhantomData<&'a CStr>,
}

impl HeaderList<'_> {
    /// # Safety
    /// The list is NULL, or NUL-terminated texts ended by NULL, for the lifetime that comes out.
    pub(super) unsafe fn new(list: *const *const c_char) -> Self {
        HeaderList { next: list, texts: PhantomData }
    }
}

impl<'a> Iterator for HeaderList<'a> {
    type Item = Result<(&'a [u8], &'a [u8]), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next.is_null() {
            return None;
        }
        // SAFETY: the list was not at its NULL yet, so there is an entry here and, behind a name,
        // another, which may be the NULL of a list that is cut short.
        let (name, value) = unsafe { (text(*self.next), self.next.add(1)) };
        let name = name.ok()?;
        // SAFETY: as above.
        match unsafe { text(*value) } {
            Ok(text) => {
                // SAFETY: behind a value stands the next name, or NULL.
                self.next = unsafe { value.add(1) };
                Some(Ok((name, text)))
            }
            Err(error) => {
                self.next = core::ptr::null();
                Some(Err(error))
            }
        }
    }
}
