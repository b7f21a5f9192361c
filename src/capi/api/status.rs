//! Status codes.
//!
//! A response's status is a number, which may be any from 100 to 999. These are the registered ones, named as
//! in Python's http.HTTPStatus. Where RFC 9110 gave a code a new name, the old one is kept beside it.
#![allow(unsafe_code)]

use crate::engine::status;
use core::ffi::{CStr, c_char};
use core::ptr;

/// 100 Continue.
pub const HC_STATUS_CONTINUE: i32 = 100;
/// 101 Switching Protocols.
pub const HC_STATUS_SWITCHING_PROTOCOLS: i32 = 101;
/// 102 Processing.
pub const HC_STATUS_PROCESSING: i32 = 102;
/// 103 Early Hints.
pub const HC_STATUS_EARLY_HINTS: i32 = 103;
/// 104 Upload Resumption Supported. In the IANA registry as temporary; not in http.client.
pub const HC_STATUS_UPLOAD_RESUMPTION_SUPPORTED: i32 = 104;
/// 200 OK.
pub const HC_STATUS_OK: i32 = 200;
/// 201 Created.
pub const HC_STATUS_CREATED: i32 = 201;
/// 202 Accepted.
pub const HC_STATUS_ACCEPTED: i32 = 202;
/// 203 Non-Authoritative Information.
pub const HC_STATUS_NON_AUTHORITATIVE_INFORMATION: i32 = 203;
/// 204 No Content.
pub const HC_STATUS_NO_CONTENT: i32 = 204;
/// 205 Reset Content.
pub const HC_STATUS_RESET_CONTENT: i32 = 205;
/// 206 Partial Content.
pub const HC_STATUS_PARTIAL_CONTENT: i32 = 206;
/// 207 Multi-Status.
pub const HC_STATUS_MULTI_STATUS: i32 = 207;
/// 208 Already Reported.
pub const HC_STATUS_ALREADY_REPORTED: i32 = 208;
/// 226 IM Used.
pub const HC_STATUS_IM_USED: i32 = 226;
/// 300 Multiple Choices.
pub const HC_STATUS_MULTIPLE_CHOICES: i32 = 300;
/// 301 Moved Permanently.
pub const HC_STATUS_MOVED_PERMANENTLY: i32 = 301;
/// 302 Found.
pub const HC_STATUS_FOUND: i32 = 302;
/// 303 See Other.
pub const HC_STATUS_SEE_OTHER: i32 = 303;
/// 304 Not Modified.
pub const HC_STATUS_NOT_MODIFIED: i32 = 304;
/// 305 Use Proxy.
pub const HC_STATUS_USE_PROXY: i32 = 305;
/// 307 Temporary Redirect.
pub const HC_STATUS_TEMPORARY_REDIRECT: i32 = 307;
/// 308 Permanent Redirect.
pub const HC_STATUS_PERMANENT_REDIRECT: i32 = 308;
/// 400 Bad Request.
pub const HC_STATUS_BAD_REQUEST: i32 = 400;
/// 401 Unauthorized.
pub const HC_STATUS_UNAUTHORIZED: i32 = 401;
/// 402 Payment Required.
pub const HC_STATUS_PAYMENT_REQUIRED: i32 = 402;
/// 403 Forbidden.
pub const HC_STATUS_FORBIDDEN: i32 = 403;
/// 404 Not Found.
pub const HC_STATUS_NOT_FOUND: i32 = 404;
/// 405 Method Not Allowed.
pub const HC_STATUS_METHOD_NOT_ALLOWED: i32 = 405;
/// 406 Not Acceptable.
pub const HC_STATUS_NOT_ACCEPTABLE: i32 = 406;
/// 407 Proxy Authentication Required.
pub const HC_STATUS_PROXY_AUTHENTICATION_REQUIRED: i32 = 407;
/// 408 Request Timeout.
pub const HC_STATUS_REQUEST_TIMEOUT: i32 = 408;
/// 409 Conflict.
pub const HC_STATUS_CONFLICT: i32 = 409;
/// 410 Gone.
pub const HC_STATUS_GONE: i32 = 410;
/// 411 Length Required.
pub const HC_STATUS_LENGTH_REQUIRED: i32 = 411;
/// 412 Precondition Failed.
pub const HC_STATUS_PRECONDITION_FAILED: i32 = 412;
/// 413 Content Too Large.
pub const HC_STATUS_CONTENT_TOO_LARGE: i32 = 413;
/// 413: the name of HC_STATUS_CONTENT_TOO_LARGE before Python 3.13.
pub const HC_STATUS_REQUEST_ENTITY_TOO_LARGE: i32 = 413;
/// 414 URI Too Long.
pub const HC_STATUS_URI_TOO_LONG: i32 = 414;
/// 414: the name of HC_STATUS_URI_TOO_LONG before Python 3.13.
pub const HC_STATUS_REQUEST_URI_TOO_LONG: i32 = 414;
/// 415 Unsupported Media Type.
pub const HC_STATUS_UNSUPPORTED_MEDIA_TYPE: i32 = 415;
/// 416 Range Not Satisfiable.
pub const HC_STATUS_RANGE_NOT_SATISFIABLE: i32 = 416;
/// 416: the name of HC_STATUS_RANGE_NOT_SATISFIABLE before Python 3.13.
pub const HC_STATUS_REQUESTED_RANGE_NOT_SATISFIABLE: i32 = 416;
/// 417 Expectation Failed.
pub const HC_STATUS_EXPECTATION_FAILED: i32 = 417;
/// 418 I'm a Teapot.
pub const HC_STATUS_IM_A_TEAPOT: i32 = 418;
/// 421 Misdirected Request.
pub const HC_STATUS_MISDIRECTED_REQUEST: i32 = 421;
/// 422 Unprocessable Content.
pub const HC_STATUS_UNPROCESSABLE_CONTENT: i32 = 422;
/// 422: the name of HC_STATUS_UNPROCESSABLE_CONTENT before Python 3.13.
pub const HC_STATUS_UNPROCESSABLE_ENTITY: i32 = 422;
/// 423 Locked.
pub const HC_STATUS_LOCKED: i32 = 423;
/// 424 Failed Dependency.
pub const HC_STATUS_FAILED_DEPENDENCY: i32 = 424;
/// 425 Too Early.
pub const HC_STATUS_TOO_EARLY: i32 = 425;
/// 426 Upgrade Required.
pub const HC_STATUS_UPGRADE_REQUIRED: i32 = 426;
/// 428 Precondition Required.
pub const HC_STATUS_PRECONDITION_REQUIRED: i32 = 428;
/// 429 Too Many Requests.
pub const HC_STATUS_TOO_MANY_REQUESTS: i32 = 429;
/// 431 Request Header Fields Too Large.
pub const HC_STATUS_REQUEST_HEADER_FIELDS_TOO_LARGE: i32 = 431;
/// 451 Unavailable For Legal Reasons.
pub const HC_STATUS_UNAVAILABLE_FOR_LEGAL_REASONS: i32 = 451;
/// 500 Internal Server Error.
pub const HC_STATUS_INTERNAL_SERVER_ERROR: i32 = 500;
/// 501 Not Implemented.
pub const HC_STATUS_NOT_IMPLEMENTED: i32 = 501;
/// 502 Bad Gateway.
pub const HC_STATUS_BAD_GATEWAY: i32 = 502;
/// 503 Service Unavailable.
pub const HC_STATUS_SERVICE_UNAVAILABLE: i32 = 503;
/// 504 Gateway Timeout.
pub const HC_STATUS_GATEWAY_TIMEOUT: i32 = 504;
/// 505 HTTP Version Not Supported.
pub const HC_STATUS_HTTP_VERSION_NOT_SUPPORTED: i32 = 505;
/// 506 Variant Also Negotiates.
pub const HC_STATUS_VARIANT_ALSO_NEGOTIATES: i32 = 506;
/// 507 Insufficient Storage.
pub const HC_STATUS_INSUFFICIENT_STORAGE: i32 = 507;
/// 508 Loop Detected.
pub const HC_STATUS_LOOP_DETECTED: i32 = 508;
/// 510 Not Extended.
pub const HC_STATUS_NOT_EXTENDED: i32 = 510;
/// 511 Network Authentication Required.
pub const HC_STATUS_NETWORK_AUTHENTICATION_REQUIRED: i32 = 511;

/// The standard reason phrase of a status code: "Not Found" for 404. http.client: responses.
///
/// Any number may be given; NULL is the answer for one that is not registered. The text is static: never freed.
/// What a server itself sent as its reason is kept by the response.
#[unsafe(no_mangle)]
pub extern "C" fn hc_status_reason(code: i32) -> *const c_char {
    u16::try_from(code).ok().and_then(status::reason).map_or(ptr::null(), CStr::as_ptr)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_codes_have_a_reason_and_others_none() {
        // SAFETY: a static NUL-terminated text.
        let reason = unsafe { CStr::from_ptr(hc_status_reason(HC_STATUS_NOT_FOUND)) };
        assert_eq!(reason, c"Not Found");
        for code in [i32::MIN, -404, 0, 99, 306, 509, 999, 65536 + 404, i32::MAX] {
            assert!(hc_status_reason(code).is_null(), "{code}");
        }
    }
}
