//! URLs.
//!
//! Most programs begin with a URL. hc_url_parse splits one for http or https; hc_url_copy_host and
//! hc_url_copy_target then give what opening a connection and sending a request take.
//!
//! The grammar is RFC 3986 to the letter. Blanks, control characters, anything outside ASCII, a backslash, a
//! malformed percent escape, an empty host and a port outside 1 to 65535 are refused, so that no two programs
//! can read a URL differently. Nothing is decoded, escaped or normalized.
#![allow(unsafe_code)]

use crate::capi::error::hc_error;
use crate::capi::kit::guard::guarded;
use crate::capi::kit::memory::fill_struct;
use crate::engine::url::{self, HostKind, Url};
use core::ffi::{CStr, c_char};
use core::{mem, ptr, slice};

/// Family: Kinds of host in hc_url.
///
/// A name. (A system's name lookup may still take one such as "127.1" for an address.)
pub const HC_HOST_NAME: i32 = 0;
/// An IPv4 address of four decimal numbers.
pub const HC_HOST_IPV4: i32 = 1;
/// An IPv6 address. In the URL it stands in brackets, in hc_url without.
pub const HC_HOST_IPV6: i32 = 2;

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
    /// program that wants it sent puts an Authorization header.
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
            Err(fault) => {
                let error_message = fault.message.as_ptr();
                let refused = hc_url { error_message, error_offset: fault.offset, ..hc_url::EMPTY };
                (refused, hc_error::HC_ERR_INVALID_URL)
            }
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
