//! Requests.
//!
//! A request and its response are an exchange; it is under way from the first call for the request until
//! hc_getresponse has given the response. hc_request and its relatives send a whole request; hc_putrequest,
//! hc_putheader and hc_endheaders send one step by step, as in http.client. Either way the head goes out in one
//! write, together with a body of bytes. Host and "Accept-Encoding: identity" are added unless the program
//! gives its own, and so is what frames the body: Content-Length where its length is known, else
//! Transfer-Encoding: chunked.
//!
//! A body is one of four kinds, and each verb that sends one has a form for each: bytes; an open file, from its
//! offset to its end; a function that fills the library's buffer, a block at a time; a function that lends
//! pieces of its own memory, sent from where they lie. Each block or piece is one write, with what makes it a
//! chunk around it. Each call of a function means that what it gave before was sent.
//!
//! Nothing goes out that the server could read in two ways: a method or header name is a token, a value has no
//! control characters, a target no blanks, and a header that contradicts the body is refused. After a refusal
//! nothing was sent and the connection is as it was.
//!
//! In non-blocking use a call that returned HC_WOULD_BLOCK is repeated with the same arguments; its body is
//! borrowed until the call that ends with another code. Repeated with a body of another kind or length it is
//! HC_ERR_INVALID_ARGUMENT.
//!
//! A server may answer before it has the whole body, to refuse it for example. While a body goes out, the
//! library looks at what has arrived: whenever the connection takes no more for the moment, after each
//! mebibyte, and when sending fails. If the status is 300 or more (or what came is no response), the rest of
//! the body is not sent: the call returns HC_OK, hc_getresponse gives the response, and the connection ends
//! with it. If it is below 300, sending goes on, since the server may need the body; it stops only if sending
//! fails, or if the server takes nothing for one second. HC_EXCHANGE_BODY_NOT_SENT tells of a body that was not
//! sent whole.
#![allow(unsafe_code)]

use crate::capi::callbacks::body::{Callback, File, Pieces, hc_body_fn, hc_pieces_fn};
use crate::capi::error::hc_error;
use crate::capi::kit::guard::guarded;
use crate::capi::kit::memory::{array, bytes, copy_struct, text};
use crate::capi::objects::calls::on_connection;
use crate::capi::objects::conn::State;
use crate::capi::objects::opaque::hc_conn;
use crate::client::{Body, Connection, Request};
use crate::engine::error::{Error, Kind, error};
use core::ffi::{CStr, c_char, c_void};
use core::marker::PhantomData;
use core::mem::size_of;
use core::ptr;

/// Sends a request with a body of bytes, or without one: http.client's request().
///
/// `method` is sent as given; so is `target`, "/" if it is empty, but for a fragment, and the user information
/// of an http or https URL, which never go on the wire. (A proxy may be asked for another URL: that goes
/// whole.) `headers` is NULL, or names and values in turn, ended by NULL:
///
/// ```c
/// const char *headers[] = {"Accept", "text/html", "X-Mood", "calm", NULL};
/// ```
///
/// A body without bytes is given as `body` NULL and `body_len` 0; then POST, PUT and PATCH say Content-Length:
/// 0. Otherwise `body` has `body_len` bytes, sent as they are, and is borrowed during the call. Opens the
/// connection if needed. May block for the timeout of each operation.
///
/// Errors: HC_ERR_CANNOT_SEND_REQUEST while another request is under way; HC_ERR_VALUE for a method, header or
/// framing that HTTP does not allow, such as a body of unknown length to a server that answered in HTTP/1.0;
/// HC_ERR_INVALID_URL for such a target; HC_ERR_ENCODING; HC_ERR_NOT_CONNECTED; those of hc_conn_connect;
/// HC_ERR_BROKEN_PIPE, HC_ERR_CONNECTION_RESET, HC_ERR_TIMEOUT while sending: the rest cannot be sent. Call
/// hc_getresponse, since the server may have answered (the state stays HC_STATE_REQUEST_SENT), or hc_conn_close
/// before another request. HC_ERR_REMOTE_DISCONNECTED if the server closed the connection while the body waited
/// for its go-ahead (see hc_conn_set_expect_wait); HC_WOULD_BLOCK; HC_ERR_INVALID_ARGUMENT.
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
            let request = unsafe { request(method, target, headers, of_bytes(body, body_len)?) }?;
            state.connection.request(request)
        })
    })
}

/// Sends a request for a whole URL, whose origin must be that of the connection; otherwise as hc_request.
///
/// `url` is as hc_url_parse takes it; its path and query are the target, "/" where there is no path. A fragment
/// and user information are not sent: see hc_url_copy_authorization. What begins with "/" is a target by
/// itself, sent as hc_request does. For a URL of another origin nothing is sent and the connection is as it
/// was; hc_conn_has_origin tells so before. (A proxy that is sent whole URLs gets them by hc_request.) The URL
/// is borrowed during the call. May block as hc_request.
///
/// Errors: those of hc_request; HC_ERR_INVALID_URL also for a URL of another origin.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_request_url(
    conn: *mut hc_conn,
    method: *const c_char,
    url: *const c_char,
    headers: *const *const c_char,
    body: *const c_void,
    body_len: usize,
) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            // SAFETY: the caller's promise is that of these functions.
            let request = unsafe { request(method, url, headers, of_bytes(body, body_len)?) }?;
            state.connection.request_url(request)
        })
    })
}

/// Sends a request whose body is an open file, from its current offset to its end.
///
/// `fd` is a descriptor, read in large blocks and not closed; on Linux a large file goes to a socket without
/// being read first (sendfile). A regular file is sent with its length; anything else, such as a pipe, in
/// chunks, and also files that say that their size is 0 and have content, as in /proc. Otherwise as hc_request.
/// May block as that, and for the reads of the file.
///
/// Errors: those of hc_request; HC_ERR_OS if the file cannot be read, and HC_ERR_VALUE if it ends early or
/// grows (the connection is closed then, since the request cannot be completed); HC_ERR_UNSUPPORTED in a build
/// without std.
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
/// `length` is the number of bytes that it will give in all, sent as Content-Length, or HC_LENGTH_UNKNOWN for
/// chunks. Otherwise as hc_request.
///
/// Errors: those of hc_request; HC_ERR_TRANSPORT if the function failed, and HC_ERR_VALUE if it gave more or
/// fewer bytes than `length` (the connection is closed then); HC_ERR_INVALID_ARGUMENT if it is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_request_callback(
    conn: *mut hc_conn,
    method: *const c_char,
    target: *const c_char,
    headers: *const *const c_char,
    callback: hc_body_fn,
    context: *mut c_void,
    length: i64,
) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            let block_size = state.connection.settings.block_size;
            let mut source = Callback::new(callback, context, length, block_size)?;
            // SAFETY: the caller's promise is that of this function.
            let request = unsafe { request(method, target, headers, Body::Source(&mut source)) }?;
            state.connection.request(request)
        })
    })
}

/// Sends a request whose body a function lends, piece by piece: http.client's request() with an iterable.
///
/// `length` is the number of bytes of all pieces together, sent as Content-Length, or HC_LENGTH_UNKNOWN for
/// chunks, one for each piece. Otherwise as hc_request.
///
/// Errors: those of hc_request_callback, such as HC_ERR_TRANSPORT and HC_ERR_VALUE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_request_pieces(
    conn: *mut hc_conn,
    method: *const c_char,
    target: *const c_char,
    headers: *const *const c_char,
    callback: hc_pieces_fn,
    context: *mut c_void,
    length: i64,
) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            let mut pieces = Pieces::new(callback, context, length, &mut state.lent)?;
            // SAFETY: the caller's promise is that of this function.
            let request = unsafe { request(method, target, headers, Body::Pieces(&mut pieces)) }?;
            state.connection.request(request)
        })
    })
}

/// Family: Kinds of body in hc_request_options.
///
/// None.
pub const HC_BODY_NONE: i32 = 0;
/// Bytes.
pub const HC_BODY_BYTES: i32 = 1;
/// An open file.
pub const HC_BODY_FILE: i32 = 2;
/// A function that fills a buffer.
pub const HC_BODY_CALLBACK: i32 = 3;
/// A function that lends pieces.
pub const HC_BODY_PIECES: i32 = 4;

/// A header with the lengths of its texts, which need no NUL. An empty text may be NULL.
#[repr(C)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy, Debug)]
pub struct hc_header {
    /// The name.
    pub name: *const c_char,
    /// Its length.
    pub name_len: usize,
    /// The value.
    pub value: *const c_char,
    /// Its length.
    pub value_len: usize,
}

impl hc_header {
    /// Name and value.
    ///
    /// # Safety
    /// They are there for `'a`.
    pub(crate) unsafe fn texts<'a>(&self) -> Result<(&'a [u8], &'a [u8]), Error> {
        // SAFETY: the caller's promise is the same.
        unsafe {
            let name = bytes(self.name.cast(), self.name_len)?;
            Ok((name, bytes(self.value.cast(), self.value_len)?))
        }
    }
}

/// A request for hc_request_with. Set all to 0, and size to sizeof(hc_request_options); then what is needed.
/// Texts are given with their lengths and need no NUL; an empty one may be NULL.
#[repr(C)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy, Debug)]
pub struct hc_request_options {
    /// sizeof(hc_request_options), set by the caller.
    pub size: usize,
    /// The method.
    pub method: *const c_char,
    /// Its length.
    pub method_len: usize,
    /// The target; "/" if it is empty. With target_is_url: a URL.
    pub target: *const c_char,
    /// Its length.
    pub target_len: usize,
    /// The headers, an array; may be NULL if there are none.
    pub headers: *const hc_header,
    /// How many.
    pub header_count: usize,
    /// The kind of the body: HC_BODY_NONE, HC_BODY_BYTES, HC_BODY_FILE, HC_BODY_CALLBACK or HC_BODY_PIECES.
    /// Bytes and functions for another kind are refused; `fd`, `context` and `length` are then not looked at.
    pub body_kind: i32,
    /// HC_BODY_FILE: the descriptor.
    pub fd: i32,
    /// HC_BODY_BYTES: the bytes; NULL is allowed if there are none.
    pub body: *const c_void,
    /// HC_BODY_BYTES: how many.
    pub body_len: usize,
    /// HC_BODY_CALLBACK: the function.
    pub callback: hc_body_fn,
    /// HC_BODY_PIECES: the function.
    pub pieces: hc_pieces_fn,
    /// HC_BODY_CALLBACK, HC_BODY_PIECES: given to the function.
    pub context: *mut c_void,
    /// HC_BODY_CALLBACK, HC_BODY_PIECES: the number of bytes that it will give, or HC_LENGTH_UNKNOWN.
    pub length: i64,
    /// If the headers have Transfer-Encoding: the library makes the chunks, not the program. Without that
    /// header it has no effect: then a body of unknown length is sent in chunks, and no other.
    pub encode_chunked: bool,
    /// The target is a whole URL of the connection's origin, or begins with "/", as in hc_request_url.
    pub target_is_url: bool,
}

/// Sends a request that is described by a struct: whatever hc_request, hc_request_file, hc_request_callback and
/// hc_request_pieces can send, with counted texts and an array of headers:
///
/// ```c
/// hc_header headers[] = {{"Accept", 6, "text/html", 9}};
/// hc_request_options options = {0};
/// options.size = sizeof options;
/// options.method = "GET";
/// options.method_len = 3;
/// options.headers = headers;
/// options.header_count = 1;
/// code = hc_request_with(conn, &options);
/// ```
///
/// A NUL within a text is refused, where those functions would take it for the end. If the headers have
/// Transfer-Encoding, those functions make the chunks of the body; here they are made only with encode_chunked,
/// as in http.client. Body and texts are borrowed as by hc_request; the struct itself is not kept, and may be
/// another one when the call is repeated. Otherwise as hc_request. May block as those.
///
/// Errors: those of the function for that kind of body, such as HC_ERR_TRANSPORT; with target_is_url those of
/// hc_request_url; HC_ERR_VALUE for Transfer-Encoding without encode_chunked (chunks of one's own are sent by
/// hc_send); HC_ERR_INVALID_ARGUMENT if options->size is not set, body_kind is none of HC_BODY_, or there are
/// bytes or a function for another kind.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_request_with(
    conn: *mut hc_conn,
    options: *const hc_request_options,
) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            // SAFETY: the caller's promise is that of these functions.
            unsafe {
                let least = size_of::<hc_request_options>();
                let options = copy_struct(options, hc_request_options::EMPTY, least)?;
                options.check_kind()?;
                options.send(state)
            }
        })
    })
}

impl hc_request_options {
    const EMPTY: hc_request_options = hc_request_options {
        size: size_of::<hc_request_options>(),
        method: ptr::null(),
        method_len: 0,
        target: ptr::null(),
        target_len: 0,
        headers: ptr::null(),
        header_count: 0,
        body_kind: HC_BODY_NONE,
        fd: 0,
        body: ptr::null(),
        body_len: 0,
        callback: None,
        pieces: None,
        context: ptr::null_mut(),
        length: 0,
        encode_chunked: false,
        target_is_url: false,
    };

    /// Refuses a body of no kind, and one of several.
    fn check_kind(&self) -> Result<(), Error> {
        let given = [
            (HC_BODY_BYTES, !self.body.is_null() || self.body_len > 0),
            (HC_BODY_CALLBACK, self.callback.is_some()),
            (HC_BODY_PIECES, self.pieces.is_some()),
        ];
        let another = given.iter().any(|&(kind, given)| given && kind != self.body_kind);
        match self.body_kind {
            HC_BODY_NONE..=HC_BODY_PIECES if !another => Ok(()),
            _ => Err(error!(Kind::InvalidArgument, "a body has exactly one kind")),
        }
    }

    /// # Safety
    /// What the options point to is there.
    unsafe fn send(&self, state: &mut State) -> Result<(), Error> {
        // SAFETY: the caller's promise is the same.
        let send = |connection: &mut Connection, body| unsafe { self.send_with(connection, body) };
        match self.body_kind {
            HC_BODY_BYTES => {
                // SAFETY: the same.
                let bytes = unsafe { bytes(self.body, self.body_len) }?;
                send(&mut state.connection, Body::Bytes(bytes))
            }
            HC_BODY_FILE => {
                let mut file = File::new(self.fd)?;
                send(&mut state.connection, Body::Source(&mut file))
            }
            HC_BODY_CALLBACK => {
                let block_size = state.connection.settings.block_size;
                let mut source =
                    Callback::new(self.callback, self.context, self.length, block_size)?;
                send(&mut state.connection, Body::Source(&mut source))
            }
            HC_BODY_PIECES => {
                let mut pieces =
                    Pieces::new(self.pieces, self.context, self.length, &mut state.lent)?;
                send(&mut state.connection, Body::Pieces(&mut pieces))
            }
            _ => send(&mut state.connection, Body::None),
        }
    }

    /// # Safety
    /// What the options point to is there.
    unsafe fn send_with(&self, connection: &mut Connection, body: Body<'_>) -> Result<(), Error> {
        // SAFETY: the caller's promise is that of these functions.
        let (method, target, headers) = unsafe {
            (
                bytes(self.method.cast(), self.method_len)?,
                bytes(self.target.cast(), self.target_len)?,
                array(self.headers, self.header_count)?,
            )
        };
        // SAFETY: the caller's promise is the same.
        let headers = headers.iter().map(|header| unsafe { header.texts() });
        let encode_chunked = self.encode_chunked;
        let request = Request { method, target, headers, body, encode_chunked };
        match self.target_is_url {
            true => connection.request_url(request),
            false => connection.request(request),
        }
    }
}

/// A body of bytes, or none.
///
/// # Safety
/// `body` has `body_len` readable bytes that stay so for `'a`, or `body_len` is 0.
unsafe fn of_bytes<'a>(body: *const c_void, body_len: usize) -> Result<Body<'a>, Error> {
    // SAFETY: the caller's promise is the same.
    Ok(match unsafe { bytes(body, body_len) }? {
        [] if body.is_null() => Body::None,
        bytes => Body::Bytes(bytes),
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
pub(crate) struct HeaderList<'a> {
    next: *const *const c_char,
    texts: PhantomData<&'a CStr>,
}

impl HeaderList<'_> {
    /// # Safety
    /// The list is NULL, or NUL-terminated texts ended by NULL, for the lifetime that comes out.
    pub(crate) unsafe fn new(list: *const *const c_char) -> Self {
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
