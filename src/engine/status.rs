//! Status codes and their standard reason phrases.

use core::ffi::CStr;

/// The reason phrases of http.client's `responses` in Python 3.13's wording (that of RFC 9110), and
/// what the IANA registry has beyond. NUL-terminated for the C layer; sorted by code.
const REASONS: &[(u16, &CStr)] = &[
    (100, c"Continue"),
    (101, c"Switching Protocols"),
    (102, c"Processing"),
    (103, c"Early Hints"),
    (104, c"Upload Resumption Supported"),
    (200, c"OK"),
    (201, c"Created"),
    (202, c"Accepted"),
    (203, c"Non-Authoritative Information"),
    (204, c"No Content"),
    (205, c"Reset Content"),
    (206, c"Partial Content"),
    (207, c"Multi-Status"),
    (208, c"Already Reported"),
    (226, c"IM Used"),
    (300, c"Multiple Choices"),
    (301, c"Moved Permanently"),
    (302, c"Found"),
    (303, c"See Other"),
    (304, c"Not Modified"),
    (305, c"Use Proxy"),
    (307, c"Temporary Redirect"),
    (308, c"Permanent Redirect"),
    (400, c"Bad Request"),
    (401, c"Unauthorized"),
    (402, c"Payment Required"),
    (403, c"Forbidden"),
    (404, c"Not Found"),
    (405, c"Method Not Allowed"),
    (406, c"Not Acceptable"),
    (407, c"Proxy Authentication Required"),
    (408, c"Request Timeout"),
    (409, c"Conflict"),
    (410, c"Gone"),
    (411, c"Length Required"),
    (412, c"Precondition Failed"),
    (413, c"Content Too Large"),
    (414, c"URI Too Long"),
    (415, c"Unsupported Media Type"),
    (416, c"Range Not Satisfiable"),
    (417, c"Expectation Failed"),
    (418, c"I'm a Teapot"),
    (421, c"Misdirected Request"),
    (422, c"Unprocessable Content"),
    (423, c"Locked"),
    (424, c"Failed Dependency"),
    (425, c"Too Early"),
    (426, c"Upgrade Required"),
    (428, c"Precondition Required"),
    (429, c"Too Many Requests"),
    (431, c"Request Header Fields Too Large"),
    (451, c"Unavailable For Legal Reasons"),
    (500, c"Internal Server Error"),
    (501, c"Not Implemented"),
    (502, c"Bad Gateway"),
    (503, c"Service Unavailable"),
    (504, c"Gateway Timeout"),
    (505, c"HTTP Version Not Supported"),
    (506, c"Variant Also Negotiates"),
    (507, c"Insufficient Storage"),
    (508, c"Loop Detected"),
    (510, c"Not Extended"),
    (511, c"Network Authentication Required"),
];

/// The standard reason phrase of a status code, if it is a registered one.
pub fn reason(code: u16) -> Option<&'static CStr> {
    let index = REASONS.binary_search_by_key(&code, |&(code, _)| code).ok()?;
    Some(REASONS[index].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The 62 codes of http.client's `responses` in Python 3.13.
    fn of_http_client(code: u16) -> bool {
        matches!(code, 100..=103 | 200..=208 | 226 | 300..=305 | 307 | 308 | 400..=418 | 421..=426
            | 428 | 429 | 431 | 451 | 500..=508 | 510 | 511)
    }

    #[test]
    fn the_table_is_http_client_s_and_the_registry_s() {
        assert_eq!((0..=u16::MAX).filter(|&code| of_http_client(code)).count(), 62);
        for code in 0..=u16::MAX {
            assert_eq!(reason(code).is_some(), of_http_client(code) || code == 104, "{code}");
        }
    }

    #[test]
    fn wording_is_that_of_python_3_13() {
        let words = [
            (200, c"OK"),
            (203, c"Non-Authoritative Information"),
            (413, c"Content Too Large"),
            (414, c"URI Too Long"),
            (416, c"Range Not Satisfiable"),
            (418, c"I'm a Teapot"),
            (422, c"Unprocessable Content"),
            (511, c"Network Authentication Required"),
        ];
        for (code, phrase) in words {
            assert_eq!(reason(code), Some(phrase));
        }
    }
}
