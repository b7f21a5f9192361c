//! The codes, with their names and texts.
#![allow(unsafe_code)]

use crate::engine::error::Kind;
use crate::memory::NoMemory;
use core::ffi::c_char;

/// What a call came to. An enumeration of 32 bits in C and in C++.
///
/// Numbers: 0 success; 1 "not yet"; from 10 the use of the library; from 100 HTTP; from 200 the operating
/// system; from 300 TLS.
#[repr(i32)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum hc_error {
    /// Success.
    HC_OK = 0,
    /// A non-blocking call cannot go on now. Nothing was lost: wait until the connection is ready, then make
    /// the same call again. Python: BlockingIOError. No failure, and in no family.
    HC_WOULD_BLOCK = 1,

    /// An argument is not allowed: NULL where it must not be, a size that cannot be, a wrong flag. A mistake in
    /// the program; nothing was done. Python: TypeError.
    HC_ERR_INVALID_ARGUMENT = 10,
    /// The handle was freed already, is of another type, or is none. Nothing was done.
    HC_ERR_INVALID_HANDLE = 11,
    /// The handle is in use: by a call in another thread, or by the call whose callback made this one. Nothing
    /// was done; use a connection and its responses from one thread at a time.
    HC_ERR_BUSY = 12,
    /// A defect of this library was stopped at its border. The handle can only be freed; other handles are not
    /// affected. Please report it.
    HC_ERR_PANIC = 13,
    /// There is not enough memory. Python: MemoryError. Nothing is leaked and the handle is good: a call that
    /// sets something up, or receives, can be made again and has lost nothing (but begin another TLS builder).
    /// After one that sends, call hc_conn_close and begin the request anew, unless it may have been processed
    /// already: see hc_error_detail.retry. Without memory TLS may end the program: see the README.
    HC_ERR_NO_MEMORY = 14,
    /// The process forked after the handle was made. In the child it can only be freed, so that two processes
    /// never share one stream.
    HC_ERR_FORKED = 15,
    /// The operation was cancelled by another thread. Call hc_cancel_rearm before the next call.
    HC_ERR_CANCELLED = 16,
    /// This build or this transport cannot do it, such as TLS in a library built without it. See hc_features.
    HC_ERR_UNSUPPORTED = 17,
    /// The data does not fit the limit or the buffer that the caller gave. Give a larger one.
    HC_ERR_TOO_LARGE = 18,
    /// A value that HTTP cannot carry: a method, header name or header value with a character that would end
    /// it, or framing headers that contradict the body. Nothing was sent, unless a body turned out to be longer
    /// or shorter than announced. Python: ValueError.
    HC_ERR_VALUE = 20,
    /// Text that cannot be encoded as the protocol asks: not ASCII, not ISO-8859-1, or no valid international
    /// host name. Python: UnicodeError, a ValueError.
    HC_ERR_ENCODING = 21,
    /// The call does not fit what the handle has done so far, such as setting a tunnel on an open connection.
    /// Python: RuntimeError.
    HC_ERR_STATE = 22,

    /// The family of all HTTP errors. By itself: a failure that has no class of its own. http.client:
    /// HTTPException.
    HC_ERR_HTTP = 100,
    /// There is no connection, and none may be opened now: opening one automatically is off, the transport has
    /// ended, or the rest of a request is to be sent. http.client: NotConnected.
    HC_ERR_NOT_CONNECTED = 101,
    /// The URL, host, port or request target is malformed, or holds a blank or a control character, or the URL
    /// has another origin than the connection. Nothing was sent. http.client: InvalidURL.
    HC_ERR_INVALID_URL = 102,
    /// The answer is not HTTP/1.0 or HTTP/1.1. The detail holds the version that came. http.client:
    /// UnknownProtocol.
    HC_ERR_UNKNOWN_PROTOCOL = 103,
    /// The body comes in a transfer coding that is not registered. (One that is, such as gzip, is left to the
    /// program.) http.client: UnknownTransferEncoding.
    HC_ERR_UNKNOWN_TRANSFER_ENCODING = 104,
    /// For bindings, which map every class of http.client: no function returns it. http.client:
    /// UnimplementedFileMode.
    HC_ERR_UNIMPLEMENTED_FILE_MODE = 105,
    /// The stream ended before the body or the head did, or a chunk is malformed. The bytes that came are valid
    /// but not all; the detail says how many came and how many are missing. http.client: IncompleteRead.
    HC_ERR_INCOMPLETE_READ = 106,
    /// The family of calls made in the wrong order. http.client: ImproperConnectionState.
    HC_ERR_IMPROPER_CONNECTION_STATE = 110,
    /// A request is begun while another is under way. Finish that one, or close the connection. http.client:
    /// CannotSendRequest.
    HC_ERR_CANNOT_SEND_REQUEST = 111,
    /// A header is put, or the headers ended, while no request is begun. http.client: CannotSendHeader.
    HC_ERR_CANNOT_SEND_HEADER = 112,
    /// A response is asked for before the request was sent, or while the one before is unread. http.client:
    /// ResponseNotReady.
    HC_ERR_RESPONSE_NOT_READY = 113,
    /// The first line of the answer is no status line. The detail holds it. http.client: BadStatusLine.
    HC_ERR_BAD_STATUS_LINE = 120,
    /// A status line, header line, chunk size or trailer line is longer than the limit. http.client:
    /// LineTooLong.
    HC_ERR_LINE_TOO_LONG = 121,
    /// The server closed the connection without any answer, as it may on a connection that was kept open for
    /// too long. Both a HC_ERR_BAD_STATUS_LINE and a HC_ERR_CONNECTION_RESET. http.client: RemoteDisconnected.
    HC_ERR_REMOTE_DISCONNECTED = 122,
    /// The answer has more header fields than the limit. http.client: HTTPException.
    HC_ERR_TOO_MANY_HEADERS = 130,
    /// The head of the answer is larger than the limit. http.client has no such limit.
    HC_ERR_HEAD_TOO_LARGE = 131,
    /// The server sent more interim (1xx) responses than the limit. http.client has no such limit.
    HC_ERR_TOO_MANY_INTERIM = 132,
    /// A header line of the answer is malformed. The detail holds it. http.client accepts or drops such lines.
    HC_ERR_BAD_HEADER = 133,
    /// It cannot be told safely where the body ends: lengths that contradict each other, or a malformed length.
    /// http.client guesses.
    HC_ERR_BAD_FRAMING = 134,
    /// The server switched protocols (101) without having been asked.
    HC_ERR_UNEXPECTED_SWITCH = 135,

    /// The family of all failures outside HTTP; TLS belongs to it. By itself: a failed system call without a
    /// code of its own, with errno in the detail. Python: OSError.
    HC_ERR_OS = 200,
    /// The family of lost and refused connections. Python: ConnectionError.
    HC_ERR_CONNECTION = 201,
    /// Nothing listens at that address and port. Python: ConnectionRefusedError.
    HC_ERR_CONNECTION_REFUSED = 202,
    /// The peer reset the connection. Python: ConnectionResetError.
    HC_ERR_CONNECTION_RESET = 203,
    /// This side's system gave the connection up. Python: ConnectionAbortedError.
    HC_ERR_CONNECTION_ABORTED = 204,
    /// The peer no longer takes data. It may have answered all the same. Python: BrokenPipeError.
    HC_ERR_BROKEN_PIPE = 205,
    /// There is no way to the host or its network. Python: OSError.
    HC_ERR_UNREACHABLE = 210,
    /// One operation took longer than the timeout. Python: TimeoutError.
    HC_ERR_TIMEOUT = 211,
    /// The deadline of hc_conn_set_deadline has passed. Also a HC_ERR_TIMEOUT.
    HC_ERR_DEADLINE = 212,
    /// The host's name has no address, or could not be looked up. Python: socket.gaierror.
    HC_ERR_NAME_LOOKUP = 213,
    /// The proxy refused the tunnel. The detail holds its status. Python: OSError.
    HC_ERR_TUNNEL = 214,
    /// The caller's own transport or body callback failed. The detail holds the code that it gave.
    HC_ERR_TRANSPORT = 215,
    /// Opening the connection took longer than hc_conn_set_connect_timeout allows. Also a HC_ERR_TIMEOUT.
    HC_ERR_CONNECT_TIMEOUT = 216,

    /// The family of TLS failures. By itself: one without a code of its own. Python: ssl.SSLError.
    HC_ERR_TLS = 300,
    /// The family of refusals of the peer's certificate. By itself: it was refused for a reason without a code
    /// of its own. Python: ssl.SSLCertVerificationError.
    HC_ERR_TLS_CERTIFICATE = 301,
    /// The certificate is for another name. The message says for which, and which was expected.
    HC_ERR_TLS_NAME_MISMATCH = 302,
    /// The certificate, or one that it rests on, the root's too, has expired. Check this machine's clock too. The
    /// message says whose, and when.
    HC_ERR_TLS_EXPIRED = 303,
    /// The certificate, or one that it rests on, is not valid yet. Check this machine's clock.
    HC_ERR_TLS_NOT_YET_VALID = 304,
    /// The certificate leads to no trusted root; the message says where it leads. A private CA must be added; a
    /// server may also have left out an intermediate certificate.
    HC_ERR_TLS_UNKNOWN_ISSUER = 305,
    /// A signature in the chain or in the handshake is wrong, or of a kind that is not accepted: the message says
    /// which, whose, and what to do.
    HC_ERR_TLS_BAD_SIGNATURE = 306,
    /// The certificate was revoked by its issuer.
    HC_ERR_TLS_REVOKED = 307,
    /// The certificate is not meant for servers, or its CA may not vouch for a name in it or sign certificates.
    HC_ERR_TLS_WRONG_PURPOSE = 308,
    /// The server's certificate has none of the pinned keys, or is not the one that is trusted.
    HC_ERR_TLS_PIN_MISMATCH = 309,
    /// The server asks for a client certificate, or refuses the one it was given. So it is also where it has
    /// asked, got none, and then closes the connection before any answer. Also where it asked for TLS
    /// renegotiation, which is always refused, and did not go on without: such servers want it for one path alone.
    HC_ERR_TLS_CLIENT_CERTIFICATE = 320,
    /// Client and server share no TLS version, or no cipher suite, key exchange or signature.
    HC_ERR_TLS_PROTOCOL_VERSION = 321,
    /// The peer does not speak TLS: most likely plain HTTP on this port.
    HC_ERR_TLS_NOT_TLS = 322,
    /// The stream ended without TLS's closing alert (close_notify), in the handshake, before a response, or in
    /// a hc_stream: it may have been cut by an attacker. In a body this is HC_ERR_INCOMPLETE_READ. Python:
    /// ssl.SSLEOFError.
    HC_ERR_TLS_TRUNCATED = 323,
    /// The TLS configuration cannot be used: a file that does not parse, a key that does not belong to its
    /// certificate, no roots, settings that contradict each other.
    HC_ERR_TLS_CONFIG = 324,
    /// The peer took longer than the timeout for a step of the handshake. Also a HC_ERR_TIMEOUT.
    HC_ERR_TLS_TIMEOUT = 325,
}

/// A row of the table of errors.
struct Row {
    code: hc_error,
    kind: Kind,
    /// The code's name, NUL-terminated.
    name: &'static str,
    /// What it means, for a person, NUL-terminated.
    text: &'static str,
}

/// Makes the table and, from the same rows, the two conversions as exhaustive matches: a Kind or a code that
/// the table forgets does not compile.
macro_rules! errors {
    ($($code:ident $kind:ident $text:literal)*) => {
        const TABLE: &[Row] = &[$(Row {
            code: hc_error::$code,
            kind: Kind::$kind,
            name: concat!(stringify!($code), "\0"),
            text: concat!($text, "\0"),
        }),*];

        impl From<Kind> for hc_error {
            fn from(kind: Kind) -> hc_error {
                match kind {
                    $(Kind::$kind => hc_error::$code,)*
                }
            }
        }

        impl From<NoMemory> for hc_error {
            fn from(_: NoMemory) -> hc_error {
                hc_error::HC_ERR_NO_MEMORY
            }
        }

        impl hc_error {
            /// The engine's kind; none for HC_OK.
            pub const fn kind(self) -> Option<Kind> {
                match self {
                    hc_error::HC_OK => None,
                    $(hc_error::$code => Some(Kind::$kind),)*
                }
            }
        }
    };
}

#[rustfmt::skip]
errors! {
    HC_WOULD_BLOCK                    WouldBlock               "not ready yet; repeat the call later"

    HC_ERR_INVALID_ARGUMENT           InvalidArgument          "invalid argument"
    HC_ERR_INVALID_HANDLE             InvalidHandle            "invalid or freed handle"
    HC_ERR_BUSY                       Busy                     "handle is in use by another call"
    HC_ERR_PANIC                      Panic                    "internal error in the library"
    HC_ERR_NO_MEMORY                  NoMemory                 "out of memory"
    HC_ERR_FORKED                     Forked                   "handle belongs to the parent process"
    HC_ERR_CANCELLED                  Cancelled                "operation cancelled"
    HC_ERR_UNSUPPORTED                Unsupported              "not supported by this build or transport"
    HC_ERR_TOO_LARGE                  TooLarge                 "larger than the limit or buffer given"
    HC_ERR_VALUE                      Value                    "value not allowed in HTTP"
    HC_ERR_ENCODING                   Encoding                 "text cannot be encoded"
    HC_ERR_STATE                      State                    "not possible in this state"

    HC_ERR_HTTP                       Http                     "HTTP error"
    HC_ERR_NOT_CONNECTED              NotConnected             "not connected"
    HC_ERR_INVALID_URL                InvalidUrl               "invalid URL, host, port or request target"
    HC_ERR_UNKNOWN_PROTOCOL           UnknownProtocol          "unknown protocol version in the response"
    HC_ERR_UNKNOWN_TRANSFER_ENCODING  UnknownTransferEncoding  "unknown transfer encoding"
    HC_ERR_UNIMPLEMENTED_FILE_MODE    UnimplementedFileMode    "file mode not supported for a body"
    HC_ERR_INCOMPLETE_READ            IncompleteRead           "body ended early"
    HC_ERR_IMPROPER_CONNECTION_STATE  ImproperConnectionState  "call out of order"
    HC_ERR_CANNOT_SEND_REQUEST        CannotSendRequest        "another request is under way"
    HC_ERR_CANNOT_SEND_HEADER         CannotSendHeader         "no request has been begun"
    HC_ERR_RESPONSE_NOT_READY         ResponseNotReady         "no response to read now"
    HC_ERR_BAD_STATUS_LINE            BadStatusLine            "malformed status line"
    HC_ERR_LINE_TOO_LONG              LineTooLong              "line too long in the response"
    HC_ERR_REMOTE_DISCONNECTED        RemoteDisconnected       "server closed the connection without a response"
    HC_ERR_TOO_MANY_HEADERS           TooManyHeaders           "too many header fields in the response"
    HC_ERR_HEAD_TOO_LARGE             HeadTooLarge             "response head too large"
    HC_ERR_TOO_MANY_INTERIM           TooManyInterim           "too many interim responses"
    HC_ERR_BAD_HEADER                 BadHeader                "malformed header line in the response"
    HC_ERR_BAD_FRAMING                BadFraming               "response body has no safe boundary"
    HC_ERR_UNEXPECTED_SWITCH          UnexpectedSwitch         "server switched protocols unasked"

    HC_ERR_OS                         Os                       "operating system error"
    HC_ERR_CONNECTION                 Connection               "connection failed"
    HC_ERR_CONNECTION_REFUSED         ConnectionRefused        "connection refused"
    HC_ERR_CONNECTION_RESET           ConnectionReset          "connection reset by the peer"
    HC_ERR_CONNECTION_ABORTED         ConnectionAborted        "connection aborted"
    HC_ERR_BROKEN_PIPE                BrokenPipe               "broken pipe"
    HC_ERR_UNREACHABLE                Unreachable              "host or network unreachable"
    HC_ERR_TIMEOUT                    Timeout                  "timed out"
    HC_ERR_DEADLINE                   Deadline                 "deadline passed"
    HC_ERR_NAME_LOOKUP                NameLookup               "name lookup failed"
    HC_ERR_TUNNEL                     Tunnel                   "proxy refused the tunnel"
    HC_ERR_TRANSPORT                  Transport                "custom transport or callback failed"
    HC_ERR_CONNECT_TIMEOUT            ConnectTimeout           "opening the connection took too long"

    HC_ERR_TLS                        Tls                      "TLS error"
    HC_ERR_TLS_CERTIFICATE            TlsCertificate           "certificate not accepted"
    HC_ERR_TLS_NAME_MISMATCH          TlsNameMismatch          "certificate is for another name"
    HC_ERR_TLS_EXPIRED                TlsExpired               "certificate has expired"
    HC_ERR_TLS_NOT_YET_VALID          TlsNotYetValid           "certificate is not valid yet"
    HC_ERR_TLS_UNKNOWN_ISSUER         TlsUnknownIssuer         "certificate has no trusted issuer"
    HC_ERR_TLS_BAD_SIGNATURE          TlsBadSignature          "bad signature in the TLS handshake or certificate"
    HC_ERR_TLS_REVOKED                TlsRevoked               "certificate was revoked"
    HC_ERR_TLS_WRONG_PURPOSE          TlsWrongPurpose          "certificate is not meant for this purpose"
    HC_ERR_TLS_PIN_MISMATCH           TlsPinMismatch           "certificate matches no pin"
    HC_ERR_TLS_CLIENT_CERTIFICATE     TlsClientCertificate     "client certificate required or refused"
    HC_ERR_TLS_PROTOCOL_VERSION       TlsProtocolVersion       "no common TLS version or cipher suite"
    HC_ERR_TLS_NOT_TLS                TlsNotTls                "peer does not speak TLS"
    HC_ERR_TLS_TRUNCATED              TlsTruncated             "TLS stream cut short"
    HC_ERR_TLS_CONFIG                 TlsConfig                "unusable TLS configuration"
    HC_ERR_TLS_TIMEOUT                TlsTimeout               "timed out in the TLS handshake"
}

fn row(code: i32) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.code as i32 == code)
}

/// Whether `code` is `base` or belongs to its family.
pub(crate) fn is(code: i32, base: i32) -> bool {
    match (row(code), row(base)) {
        (Some(code), Some(base)) => code.kind.is(base.kind),
        _ => false,
    }
}

/// The name of a code, NUL-terminated.
pub(crate) fn name(code: i32) -> *const c_char {
    match row(code) {
        Some(row) => row.name.as_ptr().cast(),
        None if code == hc_error::HC_OK as i32 => c"HC_OK".as_ptr(),
        None => c"unknown".as_ptr(),
    }
}

/// What a code means, NUL-terminated.
pub(crate) fn string(code: i32) -> *const c_char {
    match row(code) {
        Some(row) => row.text.as_ptr().cast(),
        None if code == hc_error::HC_OK as i32 => c"success".as_ptr(),
        None => c"unknown error code".as_ptr(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::String;
    use core::ffi::CStr;

    fn text(pointer: *const c_char) -> &'static str {
        // SAFETY: the functions above return static NUL-terminated texts.
        unsafe { CStr::from_ptr(pointer) }.to_str().unwrap()
    }

    /// `TlsNotTls` is `TLS_NOT_TLS`.
    fn screaming_snake(camel: &str) -> String {
        let mut snake = String::new();
        for c in camel.chars() {
            if c.is_ascii_uppercase() && !snake.is_empty() {
                snake.push('_');
            }
            snake.push(c.to_ascii_uppercase());
        }
        snake
    }

    #[test]
    fn every_row_maps_both_ways_and_is_named_after_its_kind() {
        for row in TABLE {
            assert_eq!(hc_error::from(row.kind), row.code);
            assert_eq!(row.code.kind(), Some(row.kind));
            let snake = screaming_snake(&format!("{:?}", row.kind));
            let prefix = if row.kind == Kind::WouldBlock { "HC_" } else { "HC_ERR_" };
            assert_eq!(text(name(row.code as i32)), format!("{prefix}{snake}"));
        }
    }

    #[test]
    fn rows_stand_in_the_order_of_their_numbers() {
        for pair in TABLE.windows(2) {
            assert!((pair[0].code as i32) < pair[1].code as i32, "{}", pair[1].name);
        }
    }

    #[test]
    fn families_have_their_hundreds() {
        let family = |kind: Kind| match kind {
            _ if kind.is(Kind::Tls) => 3,
            _ if kind.is(Kind::Http) => 1,
            _ if kind.is(Kind::Os) => 2,
            _ => 0,
        };
        for row in TABLE {
            assert_eq!(row.code as i32 / 100, family(row.kind), "{}", row.name);
        }
    }

    #[test]
    fn texts_are_short_single_lines() {
        for row in TABLE {
            for text in [text(name(row.code as i32)), text(string(row.code as i32))] {
                assert!((2..=60).contains(&text.len()), "{text}");
                assert!(text.bytes().all(|b| (b' '..=b'~').contains(&b)), "{text}");
            }
        }
    }

    #[test]
    fn is_answers_as_isinstance_does() {
        use hc_error::*;
        let is = |code: hc_error, base: hc_error| super::is(code as i32, base as i32);
        for row in TABLE {
            assert!(is(row.code, row.code));
            assert!(!is(HC_OK, row.code) && !is(row.code, HC_OK));
        }
        assert!(!is(HC_OK, HC_OK));
        assert!(is(HC_ERR_CANNOT_SEND_REQUEST, HC_ERR_IMPROPER_CONNECTION_STATE));
        assert!(is(HC_ERR_CANNOT_SEND_REQUEST, HC_ERR_HTTP));
        assert!(!is(HC_ERR_HTTP, HC_ERR_CANNOT_SEND_REQUEST));
        for base in [
            HC_ERR_BAD_STATUS_LINE,
            HC_ERR_HTTP,
            HC_ERR_CONNECTION_RESET,
            HC_ERR_CONNECTION,
            HC_ERR_OS,
        ] {
            assert!(is(HC_ERR_REMOTE_DISCONNECTED, base), "{base:?}");
        }
        assert!(is(HC_ERR_TLS_EXPIRED, HC_ERR_TLS_CERTIFICATE));
        assert!(is(HC_ERR_TLS_EXPIRED, HC_ERR_OS));
        assert!(!is(HC_ERR_TLS_EXPIRED, HC_ERR_HTTP));
        assert!(is(HC_ERR_ENCODING, HC_ERR_VALUE));
        assert!(is(HC_ERR_DEADLINE, HC_ERR_TIMEOUT));
        assert!(is(HC_ERR_CONNECT_TIMEOUT, HC_ERR_TIMEOUT));
    }

    #[test]
    fn numbers_that_are_no_codes_are_harmless() {
        for code in [i32::MIN, -1, 2, 99, 1000, i32::MAX] {
            assert!(!super::is(code, code));
            assert_eq!(text(name(code)), "unknown");
            assert_eq!(text(string(code)), "unknown error code");
        }
        assert_eq!(text(name(0)), "HC_OK");
        assert_eq!(text(string(0)), "success");
    }
}
