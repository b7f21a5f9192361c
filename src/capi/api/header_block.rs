//! Header blocks.
//!
//! A block of header fields by itself: one that the program has from elsewhere, such as a part of a multipart
//! body, or that of an interim response. The rules are those of a response's headers.
#![allow(unsafe_code)]

use crate::capi::api::leniency::chosen;
use crate::capi::error::hc_error;
use crate::capi::kit::field_out::write_field;
use crate::capi::kit::guard::{guard, guarded, make};
use crate::capi::kit::handle::{self, Opaque};
use crate::capi::kit::memory::{bytes, give, text};
use crate::capi::objects::header_block::Headers;
use crate::capi::objects::object::{Object, Taken, Type};
use crate::engine::buffer::HeadLimits;
use crate::engine::error::Error;
use crate::engine::leniency::{Leniency, Rule};
use crate::memory::boxed;
use core::ffi::c_char;
use core::ptr;

/// Header fields, parsed. Made by hc_headers_parse, freed by hc_headers_free; one that a hc_interim_fn is given
/// belongs to the library. Does not change once it is made; used by one thread at a time.
#[allow(non_camel_case_types)]
pub struct hc_headers {
    _opaque: (),
}

impl Opaque for hc_headers {
    type Object = Object;
    const TYPE: u8 = Type::Headers as u8;
}

/// Parses a block of header lines: http.client's parse_headers().
///
/// The block is at the front of `block`, which has `len` bytes, and ends with its empty line; what stands
/// behind that is not looked at. How many bytes the block has, the empty line included, goes to `*consumed`
/// unless that is NULL. All is copied. The fields go to `*out`, to be freed by hc_headers_free; after a failure
/// that is NULL, and `*consumed` is 0. The limits are the defaults of HC_LIMIT_LINE, HC_LIMIT_HEADERS and
/// HC_LIMIT_HEAD_BYTES.
///
/// Errors: HC_ERR_INCOMPLETE_READ if there is no empty line: with more bytes it may succeed; HC_ERR_BAD_HEADER,
/// HC_ERR_LINE_TOO_LONG, HC_ERR_TOO_MANY_HEADERS, HC_ERR_HEAD_TOO_LARGE; HC_ERR_INVALID_ARGUMENT if a pointer
/// is NULL; HC_ERR_NO_MEMORY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_headers_parse(
    block: *const c_char,
    len: usize,
    out: *mut *mut hc_headers,
    consumed: *mut usize,
) -> hc_error {
    // SAFETY: the caller's promise is the same.
    unsafe { hc_headers_parse_lenient(block, len, 0, out, consumed) }
}

/// Parses a block of header lines, of which those rules are loosened that the HC_LENIENT_ flags in `flags` name,
/// as hc_conn_set_leniency does for the headers of a response; flags that are not about header lines have no
/// effect. Otherwise as hc_headers_parse.
///
/// Errors: those of hc_headers_parse, such as HC_ERR_BAD_HEADER; HC_ERR_INVALID_ARGUMENT for an unknown flag.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_headers_parse_lenient(
    block: *const c_char,
    len: usize,
    flags: u32,
    out: *mut *mut hc_headers,
    consumed: *mut usize,
) -> hc_error {
    let mut count = 0;
    // SAFETY: the caller's promise is that of these functions.
    let code = unsafe {
        make(out, || {
            let leniency = chosen(Leniency::ALL, flags).map_err(|error| error.kind())?;
            let (headers, length) = parse(block, len, leniency).map_err(|error| error.kind())?;
            let handle = handle::insert(Object::Headers(boxed(headers)?))?;
            count = length;
            Ok(handle)
        })
    };
    if !consumed.is_null() {
        // SAFETY: not NULL, and the caller vouches for the rest.
        unsafe { consumed.write(count) };
    }
    code
}

/// # Safety
/// `block` has `len` readable bytes, or `len` is 0.
unsafe fn parse(
    block: *const c_char,
    len: usize,
    mut leniency: Leniency,
) -> Result<(Headers, usize), Error> {
    // SAFETY: the caller's promise is the same.
    let block = unsafe { bytes(block.cast(), len) }?;
    let mut headers = Headers::default();
    let length = headers.fields.parse_front(block, &HeadLimits::DEFAULT, &mut leniency)?;
    if leniency.has(Rule::RawValues) {
        headers.fields.make_raw(&mut leniency);
    }
    Ok((headers, length))
}

/// Ends a header block's handle; texts given out of it are not valid any more. NULL does nothing.
///
/// Errors: HC_ERR_BUSY for a block that the library lends to a hc_interim_fn, or while another thread uses it:
/// it is not freed then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_headers_free(headers: *mut hc_headers) -> hc_error {
    if headers.is_null() {
        return hc_error::HC_OK;
    }
    guarded(|| match handle::take_to_free(headers) {
        Ok(taken) if is_lent(&taken) => hc_error::HC_ERR_BUSY,
        Ok(taken) => {
            drop(taken.remove());
            hc_error::HC_OK
        }
        Err(code) => code,
    })
}

fn is_lent(taken: &Taken) -> bool {
    matches!(taken.before_freeing(), Ok(Object::Headers(headers)) if headers.lent)
}

/// How many fields there are; 0 for NULL, an invalid or busy handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_headers_count(headers: *const hc_headers) -> usize {
    guard(0, || on_headers(headers, |headers| Ok(headers.fields.len())).unwrap_or(0))
}

/// The field at `index`, counted from 0 in the order they came; as hc_response_header_at. The texts are valid
/// until the header block is freed.
///
/// Errors: HC_ERR_INVALID_ARGUMENT if there is no such index (the four get NULL and 0).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_headers_at(
    headers: *const hc_headers,
    index: usize,
    name: *mut *const c_char,
    name_len: *mut usize,
    value: *mut *const c_char,
    value_len: *mut usize,
) -> hc_error {
    let (name, value) = ((name, name_len), (value, value_len));
    guarded(|| {
        let outcome = on_headers(headers, |headers| {
            // SAFETY: the caller's promise is that of this function.
            unsafe { write_field(headers.fields.get(index), name, value) }
        });
        outcome.map_or_else(|code| code, |()| hc_error::HC_OK)
    })
}

/// The values of all fields of that name, any case, joined by ", ".
///
/// The text is NUL-terminated and valid until the header block is freed; its length goes to `*len` unless that
/// is NULL. NULL if there is no such field (an empty one is an empty text), and for NULL, an invalid or busy
/// handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_headers_get(
    headers: *const hc_headers,
    name: *const c_char,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the caller's promise is that of these functions.
    unsafe { give(find(headers, || text(name)), len) }
}

/// The same for a name of `name_len` bytes, which needs no NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_headers_get_bytes(
    headers: *const hc_headers,
    name: *const c_char,
    name_len: usize,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the caller's promise is that of these functions.
    unsafe { give(find(headers, || bytes(name.cast(), name_len)), len) }
}

/// The values of the fields of this name.
fn find<'a>(
    headers: *const hc_headers,
    name: impl FnOnce() -> Result<&'a [u8], Error>,
) -> Option<*const [u8]> {
    let get = |headers: &mut Headers| {
        Ok(headers.joined.get(&headers.fields, name()?)?.map(ptr::from_ref))
    };
    guard(None, || on_headers(headers, get).ok().flatten())
}

/// A call on a header block.
fn on_headers<R>(
    headers: *const hc_headers,
    work: impl FnOnce(&mut Headers) -> Result<R, Error>,
) -> Result<R, hc_error> {
    match handle::take(headers)?.get_mut()? {
        Object::Headers(headers) => work(headers).map_err(|error| error.kind().into()),
        _ => Err(hc_error::HC_ERR_INVALID_HANDLE),
    }
}
