//! URLs.
//!
//! Most programs begin with a URL: hc_conn_new_url makes a connection of it, and hc_request_url sends a request
//! for it. What both of them take is what hc_url_parse takes, which splits a URL for http or https;
//! hc_url_copy_host and hc_url_copy_target give single parts of it as texts.
//!
//! The grammar is RFC 3986 to the letter. Blanks, control characters, anything outside ASCII, a backslash, a
//! malformed percent escape, an empty host and a port outside 1 to 65535 are refused, so that no two programs
//! can read a URL differently. Nothing is decoded, escaped or normalized.
//!
//! What people type, and what servers send in Location, often does not keep to it. hc_url_repair makes a URL of
//! such a text that does, as browsers would read it. So this is how to follow a redirect:
//!
//! ```c
//! const char *location = hc_response_getheader(response, "Location", NULL);
//! if (location != NULL) err = hc_url_repair(url, location, url, sizeof url, NULL, NULL);
//! if (!err && !hc_conn_has_origin(conn, url)) { ... } // another connection is needed
//! ```
//!
//! A program that follows redirects counts them, and sends no Authorization and no Cookie to another origin
//! (RFC 9110 section 15.4). It should not go from https to http unasked.
//!
//! Functions with a parameter `len` put a text into `buffer`, which has room for `capacity` bytes, with a NUL
//! behind it. Its length without the NUL goes to `*len`, unless `len` is NULL. If the text does not fit, they
//! return HC_ERR_TOO_LARGE and write nothing to `buffer`; `*len` is the length all the same, and a buffer needs
//! one byte more than that. `buffer` may be NULL if `capacity` is 0, to ask for the length alone. After another
//! error `*len` is as it was, unless the function says otherwise.
#![allow(unsafe_code)]

use crate::capi::api::request::HeaderList;
use crate::capi::error::hc_error;
use crate::capi::kit::guard::guarded;
use crate::capi::kit::memory::{bytes, fill_struct, put, tell, text};
use crate::engine::basic::authorization;
use crate::engine::error::{Error, Kind, error};
use crate::engine::percent::{self, Encoding};
use crate::engine::reference::{self, Unresolved};
use crate::engine::repair;
use crate::engine::url::{self, Fault, HostKind, Url};
use core::ffi::{CStr, c_char, c_void};
use core::{mem, ptr, slice};

/// Family: Kinds of host in hc_url.
///
/// A name. (A system's name lookup may still take one such as "127.1" for an address.)
pub const HC_HOST_NAME: i32 = 0;
/// An IPv4 address of four decimal numbers.
pub const HC_HOST_IPV4: i32 = 1;
/// An IPv6 address. In the URL it stands in brackets, in hc_url without.
pub const HC_HOST_IPV6: i32 = 2;

/// Family: Where an encoded text is to stand: hc_url_encode, hc_url_decode.
///
/// Within a segment of a path, or in a query as a name or a value: only letters, digits and "-._~" stay as they
/// are. Python: urllib.parse.quote(text, safe="").
pub const HC_ENCODING_COMPONENT: i32 = 0;
/// In a path of several segments: "/" stays, too. Python: urllib.parse.quote(text).
pub const HC_ENCODING_PATH: i32 = 1;
/// In a form (application/x-www-form-urlencoded), which may be a query or a body: a blank is "+". Python:
/// urllib.parse.quote_plus(text).
pub const HC_ENCODING_FORM: i32 = 2;

/// The parts of a URL. Set size to sizeof(hc_url) before hc_url_parse.
///
/// Each part is a pointer into the URL that was parsed and a length in bytes. It is not NUL-terminated, is
/// valid as long as that text is, and is never freed by itself. A part that is absent is NULL with length 0,
/// one that is empty is not NULL.
#[repr(C)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy, Debug)]
pub struct hc_url {
    /// sizeof(hc_url), set by the caller.
    pub size: usize,
    /// "http" or "https" in the case given; the member https tells which.
    pub scheme: *const c_char,
    /// Length of scheme.
    pub scheme_len: usize,
    /// What stands before the "@", percent escapes and all; NULL if absent. It is never sent by itself: a
    /// program that wants it sent puts an Authorization header, which hc_url_copy_authorization makes of it.
    pub userinfo: *const c_char,
    /// Length of userinfo.
    pub userinfo_len: usize,
    /// The host, never empty; an IPv6 address without its brackets.
    pub host: *const c_char,
    /// Length of host.
    pub host_len: usize,
    /// The path from its first "/"; may be empty. See hc_url_copy_target for what is sent then.
    pub path: *const c_char,
    /// Length of path.
    pub path_len: usize,
    /// What follows the "?"; NULL if absent.
    pub query: *const c_char,
    /// Length of query.
    pub query_len: usize,
    /// What follows the "#"; NULL if absent. It is for the program, never for the server.
    pub fragment: *const c_char,
    /// Length of fragment.
    pub fragment_len: usize,
    /// Where the URL is refused: why, in a few static English words; else NULL.
    pub error_message: *const c_char,
    /// Where the URL is refused: index of the byte at fault; else 0.
    pub error_offset: usize,
    /// HC_HOST_NAME, HC_HOST_IPV4 or HC_HOST_IPV6.
    pub host_kind: i32,
    /// The port, 1 to 65535: the one given, else 80 for http and 443 for https.
    pub port: i32,
    /// Whether the scheme is https.
    pub https: bool,
}

/// Splits a URL into its parts.
///
/// `url` is NUL-terminated; `out` points into it afterwards and allocates nothing. After a refusal all parts of
/// `out` are absent, and error_message and error_offset say what and where.
///
/// Errors: HC_ERR_INVALID_URL; HC_ERR_INVALID_ARGUMENT if a pointer is NULL or out->size is not set (nothing is
/// written then).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_url_parse(url: *const c_char, out: *mut hc_url) -> hc_error {
    guarded(|| {
        // SAFETY: the caller vouches that `out` is NULL or has a size to read.
        if url.is_null() || !unsafe { has_size(out) } {
            return hc_error::HC_ERR_INVALID_ARGUMENT;
        }
        // SAFETY: not NULL, and NUL-terminated as the caller vouches.
        let text = unsafe { CStr::from_ptr(url) }.to_bytes();
        let (parts, code) = match url::parse(text) {
            Ok(parts) => (hc_url::from(parts), hc_error::HC_OK),
            Err(fault) => (fault.into(), hc_error::HC_ERR_INVALID_URL),
        };
        // SAFETY: `out` has a size, and the caller vouches that it is as long as that says.
        match unsafe { fill_struct(out, &parts, SIZE_0_1) } {
            Ok(()) => code,
            Err(error) => error.kind().into(),
        }
    })
}

/// Copies the host of a parsed URL into `buffer` as a NUL-terminated text, as opening a connection takes it
/// together with out->port: an IPv6 address has no brackets.
///
/// A buffer of strlen(url) bytes, for the URL that was parsed, is always large enough; it must not overlap that
/// URL, which must still be there.
///
/// Errors: HC_ERR_TOO_LARGE if `capacity` bytes do not hold it (nothing is written then);
/// HC_ERR_INVALID_ARGUMENT if a pointer is NULL or `url` was not parsed successfully.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_url_copy_host(
    url: *const hc_url,
    buffer: *mut c_char,
    capacity: usize,
) -> hc_error {
    // SAFETY: the caller's promise is that of these two functions.
    unsafe {
        match parsed(url) {
            Some(url) => copy([part(url.host, url.host_len), b"", b"", b""], buffer, capacity),
            None => hc_error::HC_ERR_INVALID_ARGUMENT,
        }
    }
}

/// Copies the request target of a parsed URL into `buffer` as a NUL-terminated text: the path ("/" where it is
/// empty), then "?" and the query if there is one, and never the fragment.
///
/// A buffer of strlen(url) bytes, for the URL that was parsed, is always large enough; it must not overlap that
/// URL, which must still be there.
///
/// Errors: HC_ERR_TOO_LARGE if `capacity` bytes do not hold it (nothing is written then);
/// HC_ERR_INVALID_ARGUMENT if a pointer is NULL or `url` was not parsed successfully.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_url_copy_target(
    url: *const hc_url,
    buffer: *mut c_char,
    capacity: usize,
) -> hc_error {
    // SAFETY: the caller's promise is that of these functions.
    unsafe {
        let Some(url) = parsed(url) else {
            return hc_error::HC_ERR_INVALID_ARGUMENT;
        };
        let slash: &[u8] = if url.path_len == 0 { b"/" } else { b"" };
        let mark: &[u8] = if url.query.is_null() { b"" } else { b"?" };
        let (path, query) = (part(url.path, url.path_len), part(url.query, url.query_len));
        copy([slash, path, mark, query], buffer, capacity)
    }
}

/// Resolves a reference: gives where it leads from `base` (RFC 3986 section 5.2, strictly), such as
/// "http://h/a/c?d" for "../c?d" from "http://h/a/b/".
///
/// `base` is a URL as hc_url_parse takes it; its fragment does not matter. `reference` is a URL itself, a part
/// of one, or empty, without anything that RFC 3986 does not allow: for others there is hc_url_repair. It may
/// have another scheme, such as "mailto:x", where only the characters are looked at; so hc_url_parse says of
/// the result whether it is a URL for http or https. ("http:x" has a scheme, so nothing is taken from the base: it
/// stays what it is. hc_url_repair reads it as browsers do, relative to a base of the same scheme.)
///
/// A fragment is the reference's own. For a Location without one, RFC 9110 section 10.2.2 keeps the fragment of
/// the URL that was asked for: a program that shows URLs appends it; to servers none is ever sent.
///
/// See the introduction of this section for `buffer` and `len`. `buffer` may be that of `base` or `reference`.
///
/// Errors: HC_ERR_TOO_LARGE; HC_ERR_INVALID_URL if the reference is malformed: then `*len` is the index of the
/// byte at fault; HC_ERR_INVALID_ARGUMENT if `base` is no URL for http or https, or a pointer is NULL;
/// HC_ERR_NO_MEMORY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_url_resolve(
    base: *const c_char,
    reference: *const c_char,
    buffer: *mut c_char,
    capacity: usize,
    len: *mut usize,
) -> hc_error {
    answered(|| {
        // SAFETY: the caller's promise is that of these functions; neither text is looked at any more when the
        // result, which lies elsewhere, is put into the buffer.
        unsafe {
            let resolved = reference::resolve(text(base)?, text(reference)?);
            let url = resolved.map_err(|unresolved| refused(unresolved, len).0)?;
            put(url.data().iter().copied(), buffer, capacity, len)
        }
    })
}

/// Makes a URL of what people type and servers send: gives a URL that hc_url_parse takes, as browsers would
/// read the text, or says where they could not.
///
/// `text` is a URL, or with `base` a reference, too, resolved as hc_url_resolve does it. `base` is NULL or a
/// URL as hc_url_parse takes it. It is read by the rules of the WHATWG's URL standard:
///
/// Blanks and control characters around it are left out. A backslash before the query counts as "/". Where a
/// host is due, any number of slashes may stand before it: "http:/h" is "http://h"; but "http:x" is relative to
/// a base with the same scheme. Whatever else may not stand in a URL is percent-encoded, byte by byte: blanks,
/// brackets, all that is beyond ASCII (so UTF-8 stays UTF-8), and a "%" without two hexadecimal digits. Escapes
/// are left as they are. Segments "." and ".." are resolved, "%2e" counting as a dot. The last "@" before the
/// path ends user information. A host is percent-decoded, and goes into its xn-- form if it is beyond ASCII. A
/// host whose last label is a number becomes an IPv4 address of four decimal numbers: "127.1" is "127.0.0.1". A
/// text without a scheme, such as "example.org/x", is a reference: without a base it is refused, and the message
/// says that it has none. For what is typed into an address bar, put "http://" before such a text and repair that.
///
/// Refused are, unlike in browsers, a tab, CR or LF within the text, and port 0. No result has a blank, a
/// control character or a byte beyond ASCII in it. What the URL leads to is not judged: that is for the
/// program.
///
/// See the introduction of this section for `buffer` and `len`. `buffer` may be that of `base` or `text`. `out`
/// is NULL or has its size set: it is filled as by hc_url_parse, with pointers into `buffer`; after
/// HC_ERR_INVALID_URL its error_message and error_offset say what is wrong with `text` and where, and all parts
/// are absent.
///
/// Errors: HC_ERR_TOO_LARGE; HC_ERR_INVALID_URL, with `*len` the index of the byte at fault, or of the host's
/// first: also for a host beyond ASCII in a build without IDNA (hc_features); HC_ERR_INVALID_ARGUMENT if `base`
/// is no URL for http or https, out->size is not set, or a pointer is NULL; HC_ERR_NO_MEMORY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_url_repair(
    base: *const c_char,
    text: *const c_char,
    buffer: *mut c_char,
    capacity: usize,
    len: *mut usize,
    out: *mut hc_url,
) -> hc_error {
    answered(|| {
        // SAFETY: the caller's promise is that of these functions.
        unsafe {
            if !out.is_null() && !has_size(out) {
                return Err(NONE);
            }
            let mut parts = hc_url::EMPTY;
            let outcome = repaired(base, text, (buffer, capacity, len), &mut parts);
            if !out.is_null() {
                fill_struct(out, &parts, SIZE_0_1)?;
            }
            outcome
        }
    })
}

/// Percent-encodes bytes (RFC 3986 section 2.1), so that they can be put into a URL: `data_len` bytes of
/// `data`, whatever they are. `encoding` is one of HC_ENCODING_; `data` may be NULL if `data_len` is 0.
///
/// A segment of a path that is "." or ".." stays that, and leads elsewhere: refuse it before, if the program
/// does not choose it. The text is at most three times as long. See the introduction of this section for
/// `buffer` and `len`; `buffer` must not overlap `data`.
///
/// Errors: HC_ERR_TOO_LARGE; HC_ERR_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_url_encode(
    data: *const c_void,
    data_len: usize,
    encoding: i32,
    buffer: *mut c_char,
    capacity: usize,
    len: *mut usize,
) -> hc_error {
    answered(|| {
        // SAFETY: the caller's promise is that of these functions.
        unsafe {
            let encoded = percent::encode(bytes(data, data_len)?, given(encoding)?);
            put(encoded, buffer, capacity, len)
        }
    })
}

/// Encodes the fields of a form, which may be a query or the body of a POST: Python's urllib.parse.urlencode().
/// `fields` is NULL, or names and values in turn, ended by NULL:
///
/// ```c
/// const char *fields[] = {"q", "rock & roll", "page", "2", NULL};
/// err = hc_url_encode_form(fields, buffer, sizeof buffer, &len); // q=rock+%26+roll&page=2
/// ```
///
/// A body is sent with "Content-Type: application/x-www-form-urlencoded". See the introduction of this section
/// for `buffer` and `len`; `buffer` must not overlap the texts.
///
/// Errors: HC_ERR_TOO_LARGE; HC_ERR_INVALID_ARGUMENT, also for a name without a value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_url_encode_form(
    fields: *const *const c_char,
    buffer: *mut c_char,
    capacity: usize,
    len: *mut usize,
) -> hc_error {
    answered(|| {
        // SAFETY: the caller's promise is that of these functions.
        unsafe {
            let fields = HeaderList::new(fields);
            fields.clone().try_for_each(|field| field.map(drop))?;
            let encoded = fields.flatten().enumerate().flat_map(|(index, (name, value))| {
                let separator: &[u8] = if index == 0 { b"" } else { b"&" };
                let name = percent::encode(name, Encoding::Form);
                let value = percent::encode(value, Encoding::Form);
                separator.iter().copied().chain(name).chain([b'=']).chain(value)
            });
            put(encoded, buffer, capacity, len)
        }
    })
}

/// Decodes a percent-encoded text (RFC 3986 section 2.1), of `text_len` bytes: the opposite of hc_url_encode.
/// `encoding` is one of HC_ENCODING_: "+" becomes a blank for HC_ENCODING_FORM only. What is no escape stays as
/// it is, whatever bytes these are. `text` may be NULL if `text_len` is 0, as for a part of hc_url that is
/// absent.
///
/// The result is never longer than the text. It can be any bytes: where "%00" became a NUL, `*len` is more than
/// strlen says. Decode a part after the URL was split, not before, and only once. See the introduction of this
/// section for `buffer` and `len`; `buffer` must not overlap `text`.
///
/// Errors: HC_ERR_TOO_LARGE; HC_ERR_INVALID_URL for a "%" without two hexadecimal digits: then `*len` is its
/// index; HC_ERR_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_url_decode(
    text: *const c_char,
    text_len: usize,
    encoding: i32,
    buffer: *mut c_char,
    capacity: usize,
    len: *mut usize,
) -> hc_error {
    answered(|| {
        // SAFETY: the caller's promise is that of these functions.
        unsafe {
            let decoded = percent::decode(bytes(text.cast(), text_len)?, given(encoding)?);
            let decoded = decoded.map_err(|fault| refused(fault.into(), len).0)?;
            put(decoded, buffer, capacity, len)
        }
    })
}

/// Gives the value of an Authorization field for a user and a password: the Basic scheme of RFC 7617. Whoever
/// reads it has the password: it is for https only.
///
/// Both are taken as they are, UTF-8 if they have characters beyond ASCII; either may be empty. The value has 6
/// bytes and 4 for every 3 bytes, or part of them, of user, ":" and password. See the introduction of this
/// section for `buffer` and `len`; `buffer` must not overlap the texts.
///
/// Errors: HC_ERR_TOO_LARGE; HC_ERR_VALUE if `user` has a ":", or either of them a control character;
/// HC_ERR_INVALID_ARGUMENT if a pointer is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_basic_authorization(
    user: *const c_char,
    password: *const c_char,
    buffer: *mut c_char,
    capacity: usize,
    len: *mut usize,
) -> hc_error {
    answered(|| {
        // SAFETY: the caller's promise is that of these functions.
        unsafe {
            let (user, password) = (text(user)?, text(password)?);
            let (user, password) = (user.iter().copied(), password.iter().copied());
            put(authorization(user, password)?, buffer, capacity, len)
        }
    })
}

/// Gives the value of an Authorization field for the user information of a parsed URL, decoded: what stands
/// before its first ":" is the user, what stands behind it the password, empty if there is no ":". See
/// hc_basic_authorization for what that is, and the introduction of this section for `buffer` and `len`. The
/// URL that was parsed must still be there, and `buffer` must not overlap it.
///
/// ```c
/// char value[256];
/// const char *headers[] = {"Authorization", value, NULL};
/// err = hc_url_copy_authorization(&parsed, value, sizeof value, NULL);
/// if (!err) err = hc_request_url(conn, "GET", url, headers, NULL, 0);
/// ```
///
/// Errors: HC_ERR_TOO_LARGE; HC_ERR_VALUE if the user, decoded, has a ":" or either of them a control
/// character; HC_ERR_INVALID_ARGUMENT if a pointer is NULL, or `url` was not parsed successfully or has no user
/// information.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_url_copy_authorization(
    url: *const hc_url,
    buffer: *mut c_char,
    capacity: usize,
    len: *mut usize,
) -> hc_error {
    answered(|| {
        // SAFETY: the caller's promise is that of these functions.
        unsafe {
            let userinfo = parsed(url).filter(|url| !url.userinfo.is_null());
            let userinfo = userinfo.map(|url| part(url.userinfo, url.userinfo_len)).ok_or(NONE)?;
            let colon = userinfo.iter().position(|&b| b == b':').unwrap_or(userinfo.len());
            let (user, password) = userinfo.split_at(colon);
            // A URL that was parsed has no broken escape.
            let decode = |half| percent::decode(half, Encoding::Component).map_err(|_| NONE);
            let password = password.strip_prefix(b":").unwrap_or_default();
            put(authorization(decode(user)?, decode(password)?)?, buffer, capacity, len)
        }
    })
}

/// A call whose failure nobody keeps but for its code.
fn answered(call: impl FnOnce() -> Result<(), Error>) -> hc_error {
    guarded(|| call().map_or_else(|error| error.kind().into(), |()| hc_error::HC_OK))
}

/// What must not be NULL is, or what is given is not what it must be.
const NONE: Error = error!(Kind::InvalidArgument, "NULL, or not what it has to be");

/// One of HC_ENCODING_.
fn given(encoding: i32) -> Result<Encoding, Error> {
    match encoding {
        HC_ENCODING_COMPONENT => Ok(Encoding::Component),
        HC_ENCODING_PATH => Ok(Encoding::Path),
        HC_ENCODING_FORM => Ok(Encoding::Form),
        _ => Err(NONE),
    }
}

/// A text that was refused: the place goes to `len`, and the fault comes back, too.
///
/// # Safety
/// `len` is NULL or can be written to.
unsafe fn refused(unresolved: Unresolved, len: *mut usize) -> (Error, Option<Fault>) {
    match unresolved {
        Unresolved::Base => (NONE, None),
        Unresolved::Error(error) => (error, None),
        Unresolved::Reference(fault) => {
            // SAFETY: the caller's promise is the same.
            unsafe { tell(fault.offset, len) };
            (error!(Kind::InvalidUrl, "malformed"), Some(fault))
        }
    }
}

/// Repairs a text into the caller's buffer, and tells in `parts` what came of it.
///
/// # Safety
/// As hc_url_repair says.
unsafe fn repaired(
    base: *const c_char,
    given: *const c_char,
    (buffer, capacity, len): (*mut c_char, usize, *mut usize),
    parts: &mut hc_url,
) -> Result<(), Error> {
    // SAFETY: the caller's promise is the same; neither text is looked at any more when the result, which lies
    // elsewhere, is put into the buffer.
    unsafe {
        let base = if base.is_null() { None } else { Some(text(base)?) };
        let url = repair::repair(base, text(given)?).map_err(|unresolved| {
            let (error, fault) = refused(unresolved, len);
            if let Some(fault) = fault {
                *parts = fault.into();
            }
            error
        })?;
        put(url.data().iter().copied(), buffer, capacity, len)?;
        if let Ok(url) = url::parse(part(buffer, url.len())) {
            *parts = url.into();
        }
    }
    Ok(())
}

/// The size of hc_url in version 0.1.
const SIZE_0_1: usize = mem::size_of::<hc_url>();

impl hc_url {
    /// Nothing in it.
    const EMPTY: hc_url = hc_url {
        size: 0,
        scheme: ptr::null(),
        scheme_len: 0,
        userinfo: ptr::null(),
        userinfo_len: 0,
        host: ptr::null(),
        host_len: 0,
        path: ptr::null(),
        path_len: 0,
        query: ptr::null(),
        query_len: 0,
        fragment: ptr::null(),
        fragment_len: 0,
        error_message: ptr::null(),
        error_offset: 0,
        host_kind: HC_HOST_NAME,
        port: 0,
        https: false,
    };
}

impl From<Url<'_>> for hc_url {
    fn from(url: Url<'_>) -> hc_url {
        let pointer = |part: Option<&[u8]>| part.map_or(ptr::null(), |p| p.as_ptr().cast());
        let length = |part: Option<&[u8]>| part.map_or(0, <[u8]>::len);
        hc_url {
            scheme: pointer(Some(url.scheme)),
            scheme_len: url.scheme.len(),
            userinfo: pointer(url.userinfo),
            userinfo_len: length(url.userinfo),
            host: pointer(Some(url.host)),
            host_len: url.host.len(),
            path: pointer(Some(url.path)),
            path_len: url.path.len(),
            query: pointer(url.query),
            query_len: length(url.query),
            fragment: pointer(url.fragment),
            fragment_len: length(url.fragment),
            host_kind: match url.host_kind {
                HostKind::Name => HC_HOST_NAME,
                HostKind::Ipv4 => HC_HOST_IPV4,
                HostKind::Ipv6 => HC_HOST_IPV6,
            },
            port: i32::from(url.port),
            https: url.https,
            ..hc_url::EMPTY
        }
    }
}

impl From<Fault> for hc_url {
    fn from(fault: Fault) -> hc_url {
        let (error_message, error_offset) = (fault.message.as_ptr(), fault.offset);
        hc_url { error_message, error_offset, ..hc_url::EMPTY }
    }
}

/// Whether this is a struct of a size that we know.
///
/// # Safety
///
/// `url` is NULL or its size can be read.
unsafe fn has_size(url: *const hc_url) -> bool {
    // SAFETY: the caller's promise.
    !url.is_null() && unsafe { (*url).size } >= SIZE_0_1
}

/// The struct, if it holds a parsed URL.
///
/// # Safety
///
/// `url` is NULL, or its size can be read and tells how much else can.
unsafe fn parsed<'a>(url: *const hc_url) -> Option<&'a hc_url> {
    // SAFETY: the caller's promise; the size covers all that the reference does.
    unsafe { has_size(url).then(|| &*url).filter(|url| !url.host.is_null()) }
}

/// # Safety
///
/// `start` is NULL, or `length` bytes can be read from it.
unsafe fn part<'a>(start: *const c_char, length: usize) -> &'a [u8] {
    match start.is_null() {
        true => &[],
        // SAFETY: the caller's promise.
        false => unsafe { slice::from_raw_parts(start.cast(), length) },
    }
}

/// Writes the pieces one after another, then a NUL.
///
/// # Safety
///
/// `buffer` is NULL, or `capacity` bytes can be written to it, none of them in a piece.
unsafe fn copy(pieces: [&[u8]; 4], buffer: *mut c_char, capacity: usize) -> hc_error {
    if buffer.is_null() {
        return hc_error::HC_ERR_INVALID_ARGUMENT;
    }
    // The pieces lie in one text, so their sum cannot overflow.
    if pieces.iter().map(|piece| piece.len()).sum::<usize>() >= capacity {
        return hc_error::HC_ERR_TOO_LARGE;
    }
    let mut end = buffer.cast::<u8>();
    for piece in pieces {
        // SAFETY: all pieces and the NUL fit into the capacity, and none overlaps the buffer.
        unsafe {
            ptr::copy_nonoverlapping(piece.as_ptr(), end, piece.len());
            end = end.add(piece.len());
        }
    }
    // SAFETY: as above.
    unsafe { end.write(0) };
    hc_error::HC_OK
}
