//! Errors.
//!
//! Every function that can fail returns a code of type hc_error: HC_OK (0), or what happened. The codes are
//! http.client's exception classes by name, then Python's OSError family, then the kinds of TLS failure that a
//! program would tell apart. They form a tree as the classes in Python do: hc_error_is(code, HC_ERR_HTTP)
//! answers what "except HTTPException" would catch.
//!
//! A code is a plain 32-bit integer. Its number never changes once released; new ones are added between, so
//! handle those you do not know by asking for their family, or as a failure like any other. The detail of a
//! failure (a message for a person, errno, how much of a body came, the line at fault) is kept by the handle on
//! which the call failed.
#![allow(unsafe_code)]

use crate::capi::error;
use core::ffi::c_char;

/// Whether `code` is `base` or belongs to its family: Python's isinstance.
///
/// HC_ERR_CANNOT_SEND_REQUEST is a HC_ERR_IMPROPER_CONNECTION_STATE and a HC_ERR_HTTP;
/// HC_ERR_REMOTE_DISCONNECTED is both a HC_ERR_BAD_STATUS_LINE and a HC_ERR_CONNECTION_RESET. Any two numbers
/// may be given: HC_OK and numbers that are no codes belong to nothing.
#[unsafe(no_mangle)]
pub extern "C" fn hc_error_is(code: i32, base: i32) -> bool {
    error::is(code, base)
}

/// The name of a code as it is written in this header, such as "HC_ERR_INCOMPLETE_READ", for logs and for
/// bindings that map codes to exception classes.
///
/// Any number may be given; one that is no code has the name "unknown". The text is static: never NULL, never
/// freed.
#[unsafe(no_mangle)]
pub extern "C" fn hc_error_name(code: i32) -> *const c_char {
    error::name(code)
}

/// What a code means, in a few English words for a person: "body ended early". The message kept by the handle
/// says more.
///
/// Any number may be given. The text is static: never NULL, never freed.
#[unsafe(no_mangle)]
pub extern "C" fn hc_error_string(code: i32) -> *const c_char {
    error::string(code)
}
