//! Headers of a response.
//!
//! Headers keep their order, their case and their repetitions. White space around a value is removed. Trailers,
//! which may follow a chunked body, are kept apart: a field there never counts as a header.
#![allow(unsafe_code)]

use crate::capi::api::response::{hc_response, look};
use crate::capi::error::hc_error;
use crate::capi::kit::field_out::{Destination, write_field};
use crate::capi::kit::guard::guarded;
use crate::capi::kit::memory::{bytes, give, text};
use crate::capi::objects::calls::on_response;
use crate::client::Response;
use crate::engine::error::Error;
use crate::engine::fields::Fields;
use core::ffi::c_char;
use core::ptr;

/// How many headers the response has; 0 for an invalid or busy handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_header_count(response: *const hc_response) -> usize {
    look(response, 0, |response| response.head().fields.len())
}

/// The header at `index`, counted from 0 in the order they came: one of http.client's getheaders().
///
/// Name and value are NUL-terminated and valid until the response is freed; the four pointers may be NULL each
/// if the program does not want what they would get. Allocates nothing.
///
/// Errors: HC_ERR_INVALID_ARGUMENT if there is no such index (the four get NULL and 0).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_header_at(
    response: *const hc_response,
    index: usize,
    name: *mut *const c_char,
    name_len: *mut usize,
    value: *mut *const c_char,
    value_len: *mut usize,
) -> hc_error {
    // SAFETY: the caller's promise is the same.
    unsafe {
        field_at(
            response,
            |response| &response.head().fields,
            index,
            (name, name_len),
            (value, value_len),
        )
    }
}

/// The values of all headers of that name, any case, joined by ", ": http.client's getheader().
///
/// The text is NUL-terminated and valid until the response is freed; its length goes to `*len` unless that is
/// NULL. NULL if there is no such header (an empty one is an empty text), for an invalid or busy handle, and
/// where there is no memory for it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_getheader(
    response: *const hc_response,
    name: *const c_char,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the caller's promise is that of these functions.
    unsafe { give(find(response, || text(name)), len) }
}

/// The same for a name of `name_len` bytes, which needs no NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_getheader_bytes(
    response: *const hc_response,
    name: *const c_char,
    name_len: usize,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the caller's promise is that of these functions.
    unsafe { give(find(response, || bytes(name.cast(), name_len)), len) }
}

/// The values of the headers of this name.
fn find<'a>(
    response: *const hc_response,
    name: impl FnOnce() -> Result<&'a [u8], Error>,
) -> Option<*const [u8]> {
    let mut found = None;
    guarded(|| {
        on_response(response, |_, response| {
            found = response.header(name()?)?.map(ptr::from_ref);
            Ok(())
        })
    });
    found
}

/// How many trailers came. They are there once the body was read to its end; before that, and for an invalid or
/// busy handle, it is 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_trailer_count(response: *const hc_response) -> usize {
    look(response, 0, |response| response.trailers().len())
}

/// The trailer at `index`; otherwise as hc_response_header_at.
///
/// Errors: HC_ERR_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_trailer_at(
    response: *const hc_response,
    index: usize,
    name: *mut *const c_char,
    name_len: *mut usize,
    value: *mut *const c_char,
    value_len: *mut usize,
) -> hc_error {
    // SAFETY: the caller's promise is the same.
    unsafe { field_at(response, Response::trailers, index, (name, name_len), (value, value_len)) }
}

/// # Safety
/// The destinations are NULL or can be written to.
unsafe fn field_at(
    response: *const hc_response,
    fields: impl FnOnce(&Response) -> &Fields,
    index: usize,
    name: Destination,
    value: Destination,
) -> hc_error {
    guarded(|| {
        on_response(response, |_, response| {
            // SAFETY: the caller's promise is the same.
            unsafe { write_field(fields(response).get(index), name, value) }
        })
    })
}
