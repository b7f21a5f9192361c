//! How a header field is given out: name and value, each with its length.
#![allow(unsafe_code)]

use crate::capi::kit::memory::give;
use crate::engine::error::{Error, Kind, error};
use crate::engine::fields::Field;
use core::ffi::c_char;
use core::ptr;

/// Where a text and its length go.
pub(crate) type Destination = (*mut *const c_char, *mut usize);

/// Gives a field out, or NULL and 0 if there is none.
///
/// # Safety
/// The destinations are NULL or can be written to. A NUL stands behind name and value.
pub(crate) unsafe fn write_field(
    field: Option<Field<'_>>,
    name: Destination,
    value: Destination,
) -> Result<(), Error> {
    const NO_SUCH: Error = error!(Kind::InvalidArgument, "there is no field of that index");
    // SAFETY: the caller's promise is the same.
    unsafe {
        write(field.map(|field| field.name), name);
        write(field.map(|field| field.value), value);
    }
    field.map(|_| ()).ok_or(NO_SUCH)
}

/// # Safety
/// The destination is NULL or can be written to.
unsafe fn write(text: Option<&[u8]>, (start, len): Destination) {
    // SAFETY: the caller's promise is the same.
    unsafe {
        let text = give(text.map(ptr::from_ref), len);
        if !start.is_null() {
            start.write(text);
        }
    }
}
