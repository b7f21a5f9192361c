//! Requests step by step.
//!
//! hc_putrequest begins a request, hc_putheader adds to its head, and hc_endheaders and the functions named
//! after it send it, with a body or without. A body that the headers announce may also follow by hc_send and
//! the functions named after it, in as many calls as the program likes, as it is and never more than was
//! announced. hc_getresponse comes after that.
//!
//! What holds for requests in one call holds here too, repeating a call after HC_WOULD_BLOCK included.
#![allow(unsafe_code)]

use crate::capi::callbacks::body::{
    Callback, File, HC_LENGTH_UNKNOWN, Pieces, hc_body_fn, hc_pieces_fn, hc_slice,
};
use crate::capi::error::hc_error;
use crate::capi::kit::guard::guarded;
use crate::capi::kit::memory::{array, bytes, text, texts};
use crate::capi::objects::calls::on_connection;
use crate::capi::objects::opaque::hc_conn;
use crate::client::Body;
use crate::engine::error::{Error, Kind, error};
use crate::memory::push;
use alloc::vec::Vec;
use core::ffi::{c_char, c_void};

/// Begins a request step by step: the request line, Host unless `skip_host`, and Accept-Encoding unless
/// `skip_accept_encoding`. Nothing is sent before hc_endheaders. As in http.client, the state is
/// HC_STATE_REQUEST_STARTED afterwards even if the method or target was refused; hc_conn_close ends that.
///
/// Errors: HC_ERR_CANNOT_SEND_REQUEST, HC_ERR_VALUE, HC_ERR_INVALID_URL, HC_ERR_ENCODING;
/// HC_ERR_INVALID_ARGUMENT.
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

/// Begins a request whose method and target are given with their lengths instead of a NUL: one in them is
/// refused, not taken for their end. Otherwise as hc_putrequest.
///
/// Errors: those of hc_putrequest, such as HC_ERR_VALUE and HC_ERR_INVALID_URL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_putrequest_bytes(
    conn: *mut hc_conn,
    method: *const c_char,
    method_len: usize,
    target: *const c_char,
    target_len: usize,
    skip_host: bool,
    skip_accept_encoding: bool,
) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            // SAFETY: the caller's promise is that of these functions.
            let (method, target) =
                unsafe { (bytes(method.cast(), method_len)?, bytes(target.cast(), target_len)?) };
            state.connection.putrequest(method, target, skip_host, skip_accept_encoding)
        })
    })
}

/// Adds a header to the request begun. A refused one leaves those before it.
///
/// Errors: HC_ERR_CANNOT_SEND_HEADER if no request was begun; HC_ERR_VALUE for a name or value that is not
/// allowed, a second Host or Content-Length; HC_ERR_INVALID_ARGUMENT.
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

/// Adds a header with several values, joined by ", " (RFC 9110 section 5.3); `values` is ended by NULL and has
/// at least one. Otherwise as hc_putheader.
///
/// Errors: those of hc_putheader, such as HC_ERR_VALUE.
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
                return Err(NO_VALUE);
            }
            state.connection.putheader(name, &values)
        })
    })
}

/// Adds a header whose name and value are given with their lengths instead of a NUL, for languages whose texts
/// have none. Otherwise as hc_putheader.
///
/// Errors: those of hc_putheader, such as HC_ERR_VALUE.
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

/// Adds a header with several values, joined by ", ", whose texts are given with their lengths: `count` of
/// `values`, at least one. Otherwise as hc_putheader_values.
///
/// Errors: those of hc_putheader, such as HC_ERR_VALUE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_putheader_values_bytes(
    conn: *mut hc_conn,
    name: *const c_char,
    name_len: usize,
    values: *const hc_slice,
    count: usize,
) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            // SAFETY: the caller's promise is that of these functions.
            let (name, values) = unsafe { (bytes(name.cast(), name_len)?, slices(values, count)?) };
            if values.is_empty() {
                return Err(NO_VALUE);
            }
            state.connection.putheader(name, &values)
        })
    })
}

/// The bytes of an array of slices.
///
/// # Safety
/// `data` has `len` slices, or `len` is 0, and each of them is what it says, and all stays so for `'a`.
unsafe fn slices<'a>(data: *const hc_slice, len: usize) -> Result<Vec<&'a [u8]>, Error> {
    let mut texts = Vec::new();
    // SAFETY: the caller's promise is the same.
    for slice in unsafe { array(data, len) }? {
        // SAFETY: the same.
        push(&mut texts, unsafe { bytes(slice.data, slice.len) }?)?;
    }
    Ok(texts)
}

const NO_VALUE: Error = error!(Kind::InvalidArgument, "a header has at least one value");

/// Ends the head of the request begun and sends it in one write, with `body_len` bytes of `body` behind it.
/// NULL and 0: none now; what the headers announce is sent by hc_send.
///
/// `encode_chunked`: the body is sent as one chunk. A body that no header frames gets the header it needs.
/// Opens the connection if needed. May block for the timeout of each operation.
///
/// Errors: HC_ERR_CANNOT_SEND_HEADER if no request was begun; otherwise those of hc_request.
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

/// Ends the head of the request begun and sends it, with an open file as its body: see hc_request_file.
/// `encode_chunked`: the file is sent in chunks whatever its size.
///
/// Errors: HC_ERR_CANNOT_SEND_HEADER if no request was begun; otherwise those of hc_request_file, such as
/// HC_ERR_OS.
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

/// Ends the head of the request begun and sends it, with a body that a function gives: see hc_request_callback.
/// `encode_chunked`: it is sent in chunks even if `length` is known.
///
/// Errors: HC_ERR_CANNOT_SEND_HEADER if no request was begun; otherwise those of hc_request_callback, such as
/// HC_ERR_TRANSPORT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_endheaders_callback(
    conn: *mut hc_conn,
    callback: hc_body_fn,
    context: *mut c_void,
    length: i64,
    encode_chunked: bool,
) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            let block_size = state.connection.settings.block_size;
            let mut source = Callback::new(callback, context, length, block_size)?;
            state.connection.endheaders(&mut Body::Source(&mut source), encode_chunked)
        })
    })
}

/// Ends the head of the request begun and sends it, with a body that a function lends: see hc_request_pieces.
/// `encode_chunked`: it is sent in chunks even if `length` is known.
///
/// Errors: HC_ERR_CANNOT_SEND_HEADER if no request was begun; otherwise those of hc_request_pieces, such as
/// HC_ERR_TRANSPORT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_endheaders_pieces(
    conn: *mut hc_conn,
    callback: hc_pieces_fn,
    context: *mut c_void,
    length: i64,
    encode_chunked: bool,
) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            let mut pieces = Pieces::new(callback, context, length, &mut state.lent)?;
            state.connection.endheaders(&mut Body::Pieces(&mut pieces), encode_chunked)
        })
    })
}

/// Sends bytes as they are: http.client's send(), for a body announced by the headers and given piece by piece
/// after hc_endheaders. In HC_STATE_IDLE it opens the connection if needed. May block for the timeout of each
/// operation; after HC_WOULD_BLOCK repeat it with the same bytes.
///
/// Errors: HC_ERR_NOT_CONNECTED, also if the request's connection has been closed meanwhile; those of
/// hc_conn_connect; HC_ERR_BROKEN_PIPE, also if the server has answered already and takes no more of the
/// request: then hc_getresponse gives the answer; HC_ERR_CONNECTION_RESET, HC_ERR_TIMEOUT; HC_WOULD_BLOCK;
/// HC_ERR_VALUE for more bytes than the headers announced; HC_ERR_CANNOT_SEND_REQUEST while another call is to
/// be repeated after HC_WOULD_BLOCK; HC_ERR_INVALID_ARGUMENT.
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

/// Sends an open file as it is, from its current offset to its end, in large blocks: http.client's send() with
/// a file. Otherwise as hc_send; it may also block for the reads of the file.
///
/// Errors: those of hc_send, and HC_ERR_OS if the file cannot be read. If it cannot be read, or has more than
/// the headers announced, and some of it was sent already, the connection is closed, since the request cannot
/// be completed. If nothing was sent yet, nothing changes. HC_ERR_UNSUPPORTED in a build without std.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_send_file(conn: *mut hc_conn, fd: i32) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            let mut file = File::new(fd)?;
            state.connection.send_piece(&mut Body::Source(&mut file))
        })
    })
}

/// Sends what a function gives as it is, each block in one write, until it is at its end: http.client's send()
/// with a reader. The function is asked for hc_conn_set_blocksize bytes at a time. Otherwise as hc_send.
///
/// Errors: those of hc_send, and HC_ERR_TRANSPORT if the function failed; if it fails or gives too much when
/// some was sent already, the connection is closed as by hc_send_file. HC_ERR_INVALID_ARGUMENT if it is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_send_callback(
    conn: *mut hc_conn,
    callback: hc_body_fn,
    context: *mut c_void,
) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            let block_size = state.connection.settings.block_size;
            let mut source = Callback::new(callback, context, HC_LENGTH_UNKNOWN, block_size)?;
            state.connection.send_piece(&mut Body::Source(&mut source))
        })
    })
}

/// Sends what a function lends as it is, each piece in one write, until it is at its end: http.client's send()
/// with an iterable. Otherwise as hc_send.
///
/// Errors: those of hc_send_callback, such as HC_ERR_TRANSPORT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_send_pieces(
    conn: *mut hc_conn,
    callback: hc_pieces_fn,
    context: *mut c_void,
) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            let mut pieces = Pieces::new(callback, context, HC_LENGTH_UNKNOWN, &mut state.lent)?;
            state.connection.send_piece(&mut Body::Pieces(&mut pieces))
        })
    })
}
