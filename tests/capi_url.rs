//! The URL splitter through the C interface: pointers, sizes, bounds.
#![allow(unsafe_code)]

use core::ffi::{CStr, c_char};
use httpclient::capi::api::url::{
    HC_HOST_IPV6, HC_HOST_NAME, hc_url, hc_url_copy_host, hc_url_copy_target, hc_url_decode,
    hc_url_encode, hc_url_parse, hc_url_repair, hc_url_resolve,
};
use httpclient::capi::error::hc_error;

fn parsed(url: &CStr) -> (hc_error, hc_url) {
    // SAFETY: all zero is a value of this struct.
    let mut out: hc_url = unsafe { core::mem::zeroed() };
    out.size = size_of::<hc_url>();
    // SAFETY: a NUL-terminated text and a struct with its size.
    (unsafe { hc_url_parse(url.as_ptr(), &mut out) }, out)
}

type Copy = unsafe extern "C" fn(*const hc_url, *mut c_char, usize) -> hc_error;

fn copied(copy: Copy, url: &hc_url, capacity: usize) -> Result<String, hc_error> {
    let mut buffer = vec![0x55u8; capacity + 1];
    // SAFETY: the buffer has that capacity.
    let code = unsafe { copy(url, buffer.as_mut_ptr().cast(), capacity) };
    assert_eq!(buffer[capacity], 0x55, "written beyond the capacity");
    match code {
        hc_error::HC_OK => {
            Ok(CStr::from_bytes_until_nul(&buffer).unwrap().to_str().unwrap().into())
        }
        _ => Err(code),
    }
}

#[test]
fn parts_point_into_the_url() {
    let url = c"https://u@[::1]:8443/p?q#f";
    let (code, out) = parsed(url);
    assert_eq!(code, hc_error::HC_OK);
    let at = |offset: usize| url.as_ptr().wrapping_add(offset);
    assert_eq!((out.scheme, out.scheme_len), (at(0), 5));
    assert_eq!((out.userinfo, out.userinfo_len), (at(8), 1));
    assert_eq!((out.host, out.host_len), (at(11), 3));
    assert_eq!((out.path, out.path_len), (at(20), 2));
    assert_eq!((out.query, out.query_len), (at(23), 1));
    assert_eq!((out.fragment, out.fragment_len), (at(25), 1));
    assert_eq!((out.host_kind, out.port, out.https), (HC_HOST_IPV6, 8443, true));
    assert!(out.error_message.is_null());

    let (code, out) = parsed(c"http://h");
    assert_eq!(code, hc_error::HC_OK);
    assert!(out.userinfo.is_null() && out.query.is_null() && out.fragment.is_null());
    assert!(!out.path.is_null() && out.path_len == 0);
    assert_eq!((out.host_kind, out.port, out.https), (HC_HOST_NAME, 80, false));
}

#[test]
fn copies_are_bounded_and_terminated() {
    let cases = [
        (c"http://h", "h", "/"),
        (c"http://h?", "h", "/?"),
        (c"http://h?q#f", "h", "/?q"),
        (c"http://h#f", "h", "/"),
        (c"http://u@h/p/?q=1#f", "h", "/p/?q=1"),
        (c"http://[::1]:8//p", "::1", "//p"),
    ];
    for (text, host, target) in cases {
        let (_, url) = parsed(text);
        let enough = text.count_bytes();
        assert_eq!(copied(hc_url_copy_host, &url, enough).unwrap(), host);
        assert_eq!(copied(hc_url_copy_target, &url, enough).unwrap(), target);
        for (copy, wanted) in [(hc_url_copy_host as Copy, host), (hc_url_copy_target, target)] {
            assert_eq!(copied(copy, &url, wanted.len() + 1).unwrap(), wanted);
            for capacity in 0..=wanted.len() {
                assert_eq!(copied(copy, &url, capacity), Err(hc_error::HC_ERR_TOO_LARGE));
            }
        }
    }
}

#[test]
fn refusals_say_what_and_where() {
    let (code, out) = parsed(c"http://h/a b");
    assert_eq!(code, hc_error::HC_ERR_INVALID_URL);
    // SAFETY: a static NUL-terminated text.
    let message = unsafe { CStr::from_ptr(out.error_message) };
    assert_eq!((out.error_offset, message), (10, c"character not allowed in a path"));
    assert!(out.host.is_null() && out.path.is_null());
    assert_eq!(out.size, size_of::<hc_url>());
    assert_eq!(copied(hc_url_copy_host, &out, 9), Err(hc_error::HC_ERR_INVALID_ARGUMENT));
    assert_eq!(copied(hc_url_copy_target, &out, 9), Err(hc_error::HC_ERR_INVALID_ARGUMENT));
}

#[test]
fn arguments_are_checked() {
    let url = c"http://h";
    let (_, good) = parsed(url);
    let mut short = hc_url { size: size_of::<hc_url>() - 1, ..good };
    let invalid = hc_error::HC_ERR_INVALID_ARGUMENT;
    let null = core::ptr::null_mut();
    let mut buffer = [0; 8];
    // SAFETY: NULL, or what the functions ask for.
    unsafe {
        assert_eq!(hc_url_parse(core::ptr::null(), &mut { good }), invalid);
        assert_eq!(hc_url_parse(url.as_ptr(), core::ptr::null_mut()), invalid);
        assert_eq!(hc_url_parse(url.as_ptr(), &mut short), invalid);
        for copy in [hc_url_copy_host as Copy, hc_url_copy_target] {
            assert_eq!(copy(core::ptr::null(), buffer.as_mut_ptr(), 8), invalid);
            assert_eq!(copy(&short, buffer.as_mut_ptr(), 8), invalid);
            assert_eq!(copy(&good, null, 8), invalid);
        }
    }
}

/// Where a reference leads, put into the buffer that the base, or the reference, is in.
#[test]
fn a_text_may_be_replaced_by_its_result() {
    // SAFETY: all zero is a value of this struct.
    let mut out: hc_url = unsafe { core::mem::zeroed() };
    out.size = size_of::<hc_url>();
    let mut buffer = [0x55u8; 32];
    buffer[..15].copy_from_slice(b"http://h/a/b?c\0");
    let at = buffer.as_mut_ptr().cast();
    let mut len = 0;
    // SAFETY: NUL-terminated texts, a buffer of that capacity, and a struct with its size.
    unsafe {
        assert_eq!(hc_url_resolve(at, c"../d".as_ptr(), at, 31, &mut len), hc_error::HC_OK);
        assert_eq!((len, CStr::from_ptr(at)), (10, c"http://h/d"));
        let text = c" e f".as_ptr();
        assert_eq!(hc_url_repair(at, text, at, 31, &mut len, &mut out), hc_error::HC_OK);
        assert_eq!((len, CStr::from_ptr(at)), (14, c"http://h/e%20f"));
        assert_eq!((out.host.cast_mut(), out.path_len), (at.wrapping_add(7), 6));
        assert_eq!(hc_url_resolve(at, at, at, 31, &mut len), hc_error::HC_OK);
        assert_eq!(hc_url_repair(at, at, at, 14, &mut len, &mut out), hc_error::HC_ERR_TOO_LARGE);
        assert_eq!((len, CStr::from_ptr(at)), (14, c"http://h/e%20f"));
        assert!(out.host.is_null() && out.error_message.is_null());
    }
    assert_eq!(buffer[31], 0x55);
}

/// The buffer need not be initialized.
#[test]
fn escapes_fill_what_they_are_given() {
    let mut buffer = [core::mem::MaybeUninit::<c_char>::uninit(); 8];
    let at = buffer.as_mut_ptr().cast();
    let null = core::ptr::null_mut();
    let mut len = 0;
    // SAFETY: bytes with their length, and a buffer of that capacity or none.
    unsafe {
        let data = c"a b".as_ptr();
        assert_eq!(hc_url_encode(data.cast(), 3, 0, at, 5, &mut len), hc_error::HC_ERR_TOO_LARGE);
        assert_eq!(hc_url_encode(data.cast(), 3, 0, null, 0, &mut len), hc_error::HC_ERR_TOO_LARGE);
        assert_eq!(hc_url_encode(data.cast(), 3, 0, at, 6, &mut len), hc_error::HC_OK);
        assert_eq!((len, CStr::from_ptr(at)), (5, c"a%20b"));
        let text = c"a%2".as_ptr();
        assert_eq!(hc_url_decode(text, 3, 0, at, 8, &mut len), hc_error::HC_ERR_INVALID_URL);
        assert_eq!((len, CStr::from_ptr(at)), (1, c"a%20b"));
        assert_eq!(hc_url_decode(text, 1, 0, at, 8, core::ptr::null_mut()), hc_error::HC_OK);
        assert_eq!(CStr::from_ptr(at), c"a");
    }
}
