//! What comes from C as pointers becomes slices, and what goes out becomes pointers.
#![allow(unsafe_code)]

use crate::engine::error::{Error, Kind, error};
use crate::memory::push;
use alloc::vec::Vec;
use bytes::buf::UninitSlice;
use core::ffi::{CStr, c_char, c_void};
use core::mem::size_of;
use core::{ptr, slice};

/// A text of the caller, without its NUL.
///
/// # Safety
/// `text` is NULL or NUL-terminated, and stays so for `'a`.
pub(crate) unsafe fn text<'a>(text: *const c_char) -> Result<&'a [u8], Error> {
    if text.is_null() {
        return Err(NULL);
    }
    // SAFETY: not NULL, and the caller vouches for the rest.
    Ok(unsafe { CStr::from_ptr(text) }.to_bytes())
}

/// A text of the caller that must be UTF-8, such as a host.
///
/// # Safety
/// As for [`text`].
pub(crate) unsafe fn utf8<'a>(pointer: *const c_char) -> Result<&'a str, Error> {
    // SAFETY: the caller's promise is the same.
    decode(unsafe { text(pointer) }?)
}

/// A text that must be UTF-8.
pub(crate) fn decode(bytes: &[u8]) -> Result<&str, Error> {
    core::str::from_utf8(bytes).map_err(|_| error!(Kind::Encoding, "the text is not UTF-8"))
}

/// The texts of an array that ends with NULL.
///
/// # Safety
/// `array` is NULL or such an array of NUL-terminated texts, and all stays so for `'a`.
pub(crate) unsafe fn texts<'a>(array: *const *const c_char) -> Result<Vec<&'a [u8]>, Error> {
    if array.is_null() {
        return Err(NULL);
    }
    let mut texts = Vec::new();
    loop {
        // SAFETY: every entry before was not NULL, so the array goes on.
        let next = unsafe { array.add(texts.len()).read() };
        if next.is_null() {
            return Ok(texts);
        }
        // SAFETY: the caller's promise is the same.
        push(&mut texts, unsafe { text(next) }?)?;
    }
}

/// Bytes of the caller; NULL is allowed for none.
///
/// # Safety
/// `data` has `len` readable bytes that stay so for `'a`, or `len` is 0.
pub(crate) unsafe fn bytes<'a>(data: *const c_void, len: usize) -> Result<&'a [u8], Error> {
    // SAFETY: the caller's promise is the same.
    unsafe { array(data.cast(), len) }
}

/// An array of the caller; NULL is allowed for an empty one.
///
/// # Safety
/// `data` has `len` readable elements that stay so for `'a`, or `len` is 0.
pub(crate) unsafe fn array<'a, T>(data: *const T, len: usize) -> Result<&'a [T], Error> {
    if len == 0 {
        return Ok(&[]);
    }
    if data.is_null() || !data.is_aligned() || len > isize::MAX as usize / size_of::<T>() {
        return Err(NULL);
    }
    // SAFETY: not NULL, aligned, not too long, and the caller vouches for the rest.
    Ok(unsafe { slice::from_raw_parts(data, len) })
}

/// Fills a struct of the caller whose first field is its size: as much of `value` as that size has room for,
/// and never the size itself. A program that was compiled with an older header has a shorter struct; `least` is
/// the size of the first one that there was.
///
/// # Safety
/// `out` is NULL, or has a size that can be read and room for so many bytes. `T` is `repr(C)` and begins
/// with that size.
pub(crate) unsafe fn fill_struct<T: Copy>(
    out: *mut T,
    value: &T,
    least: usize,
) -> Result<(), Error> {
    const SIZE: usize = size_of::<usize>();
    // SAFETY: not NULL, and the caller vouches for the rest.
    let room = if out.is_null() { 0 } else { unsafe { out.cast::<usize>().read() } };
    if room < least {
        return Err(NO_SIZE);
    }
    let count = room.min(size_of::<T>()) - SIZE;
    // SAFETY: both have so many bytes behind their size, and a value of ours does not overlap theirs.
    unsafe {
        let (from, to) = (ptr::from_ref(value).cast::<u8>().add(SIZE), out.cast::<u8>().add(SIZE));
        ptr::copy_nonoverlapping(from, to, count);
    }
    Ok(())
}

/// A copy of a struct of the caller whose first field is its size: as much as that size says is there, and the
/// rest as in `empty`. `least` is the size of the first such struct that there was.
///
/// # Safety
/// `from` is NULL, or has a size that can be read and so many bytes. `T` is `repr(C)` and begins with
/// that size, and whatever the program may have written is one.
pub(crate) unsafe fn copy_struct<T: Copy>(
    from: *const T,
    empty: T,
    least: usize,
) -> Result<T, Error> {
    // SAFETY: not NULL, and the caller vouches for the rest.
    let size = if from.is_null() { 0 } else { unsafe { from.cast::<usize>().read() } };
    if size < least {
        return Err(NO_SIZE);
    }
    let mut copy = empty;
    let count = size.min(size_of::<T>());
    // SAFETY: both have so many bytes, and a value of ours does not overlap theirs.
    unsafe {
        ptr::copy_nonoverlapping(from.cast::<u8>(), ptr::from_mut(&mut copy).cast(), count);
    }
    Ok(copy)
}

const NO_SIZE: Error = error!(Kind::InvalidArgument, "a struct without its size");

/// Gives a text out: the pointer, and the length where it is asked for. The text has a NUL behind it. It is not
/// looked at, since what it lies in may be another thread's again by now.
///
/// # Safety
/// `len` is NULL or can be written to.
pub(crate) unsafe fn give(text: Option<*const [u8]>, len: *mut usize) -> *const c_char {
    // SAFETY: the caller's promise is the same.
    unsafe { tell(text.map_or(0, |text| text.len()), len) };
    text.map_or(ptr::null(), |text| text.cast())
}

/// A pointer is NULL that must not be, or a length cannot be.
pub(crate) const NULL: Error =
    error!(Kind::InvalidArgument, "NULL, or a length no memory can have");

/// The caller's memory, which may be uninitialised.
///
/// # Safety
/// `buffer` has room for `capacity` bytes for `'a`, or `capacity` is 0.
pub(crate) unsafe fn room<'a>(
    buffer: *mut c_void,
    capacity: usize,
) -> Result<&'a mut UninitSlice, Error> {
    if capacity == 0 {
        return Ok(UninitSlice::new(&mut []));
    }
    if buffer.is_null() || capacity > isize::MAX as usize {
        return Err(NULL);
    }
    // SAFETY: not NULL, not too long, uninitialised is allowed for MaybeUninit, and the caller vouches
    // for the rest.
    Ok(UninitSlice::uninit(unsafe { slice::from_raw_parts_mut(buffer.cast(), capacity) }))
}

/// Puts a text into the caller's buffer with a NUL behind it, or nothing if that is too small. Its length goes to
/// `len` in either case, unless that is NULL.
///
/// # Safety
/// `buffer` has room for `capacity` bytes, none of which the text is made of, or `capacity` is 0; `len` is NULL
/// or can be written to.
pub(crate) unsafe fn put(
    text: impl Iterator<Item = u8> + Clone,
    buffer: *mut c_char,
    capacity: usize,
    len: *mut usize,
) -> Result<(), Error> {
    // SAFETY: the caller's promise is the same.
    let room = unsafe { room(buffer.cast(), capacity) }?;
    let count = text.clone().try_fold(0usize, |count, _| count.checked_add(1));
    let count = count.unwrap_or(usize::MAX);
    // SAFETY: the same.
    unsafe { tell(count, len) };
    if count >= capacity {
        return Err(error!(Kind::TooLarge, "the buffer is too small"));
    }
    for (index, byte) in text.chain([0]).enumerate() {
        room.write_byte(index, byte);
    }
    Ok(())
}

/// Tells a number where it is asked for.
///
/// # Safety
/// `out` is NULL or can be written to.
pub(crate) unsafe fn tell(number: usize, out: *mut usize) {
    if !out.is_null() {
        // SAFETY: not NULL, and the caller vouches for the rest.
        unsafe { out.write(number) };
    }
}

/// A path of the caller.
///
/// # Safety
/// `path` is NULL or NUL-terminated, and stays so for `'a`.
#[cfg(all(feature = "tls", unix))]
pub(crate) unsafe fn path<'a>(path: *const c_char) -> Result<&'a std::path::Path, Error> {
    use std::os::unix::ffi::OsStrExt as _;
    // SAFETY: the caller's promise is the same.
    Ok(std::path::Path::new(std::ffi::OsStr::from_bytes(unsafe { text(path) }?)))
}

/// A path of the caller, in UTF-8.
///
/// # Safety
/// `path` is NULL or NUL-terminated, and stays so for `'a`.
#[cfg(all(feature = "tls", not(unix)))]
pub(crate) unsafe fn path<'a>(path: *const c_char) -> Result<&'a std::path::Path, Error> {
    // SAFETY: the caller's promise is the same.
    Ok(std::path::Path::new(unsafe { utf8(path) }?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_end_with_null() {
        let array = [c"a".as_ptr(), c"".as_ptr(), ptr::null(), c"b".as_ptr()];
        // SAFETY: an array that ends with NULL, of static texts.
        assert_eq!(unsafe { texts(array.as_ptr()) }.unwrap(), [&b"a"[..], b""]);
        // SAFETY: NULL is allowed.
        assert_eq!(unsafe { texts(ptr::null()) }.unwrap_err().kind(), Kind::InvalidArgument);
    }
}
