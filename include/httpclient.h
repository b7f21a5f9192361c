/* SPDX-License-Identifier: MIT OR Apache-2.0 */

/*
 * httpclient: Python's http.client for C.
 *
 * An HTTP/1.1 client for http and https: connections, requests sent in one call or step by step,
 * responses read as they arrive. The calls, their order and their errors are those of Python's
 * http.client, so that what is known of one holds for the other.
 *
 * What holds everywhere:
 *
 * Handles. Connections, responses and the like are opaque. What a function named _new makes is
 * freed by the function named _free, which does nothing for NULL. A response may outlive its
 * connection. A freed handle, or one of another type, is refused with HC_ERR_INVALID_HANDLE.
 *
 * Threads. A connection and its responses are one unit, used by one thread at a time; it may move
 * between threads. A call that finds it in use returns HC_ERR_BUSY. There is nothing to initialize,
 * and no signal is raised or caught. Functions leave errno as it was.
 *
 * Text. What goes in is NUL-terminated; what comes out is NUL-terminated too, and its length is
 * given beside it. NULL is allowed only where that is said.
 *
 * Sizes are in bytes. A struct that a program fills begins with its own size, so that a newer
 * library knows an older program.
 *
 * Languages that cannot read C: all is plain functions, opaque pointers, integer constants and a
 * few structs passed by pointer. No macro, inline function or variable argument list is needed.
 */

#ifndef HTTPCLIENT_H
#define HTTPCLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif


/* ================================================================================================
 * VERSION
 *
 * The version of this header is known to the preprocessor, that of the library to the functions;
 * with a shared library the second may be newer. Within one major version (while that is 0:
 * within one minor version) nothing is taken away or changes its meaning. Every function says since
 * which version it exists.
 * ================================================================================================ */

/** This header's version: major. */
#define HC_VERSION_MAJOR 0
/** This header's version: minor. */
#define HC_VERSION_MINOR 1
/** This header's version: patch. */
#define HC_VERSION_PATCH 0
/** This header's version as one number: major * 1000000 + minor * 1000 + patch. */
#define HC_VERSION_NUMBER 1000
/** This header's version as text. */
#define HC_VERSION_STRING "0.1.0"

/**
 * A bit of hc_features: sockets, name lookup, files and clocks are built in. Without it
 * connections run over the caller's own transport only.
 *
 * Since 0.1.
 */
#define HC_FEATURE_STD 1

/**
 * A bit of hc_features: https is built in.
 *
 * Since 0.1.
 */
#define HC_FEATURE_TLS 2

/**
 * A bit of hc_features: TLS uses the aws-lc provider, with post-quantum key exchange.
 *
 * Since 0.1.
 */
#define HC_FEATURE_AWS_LC 4

/**
 * The library's version as text, such as "0.1.0".
 *
 * The text is static: never NULL, never freed. Never blocks; may be called from any thread.
 *
 * Since 0.1.
 */
const char *hc_version_string(void);

/**
 * The library's version as one number that grows: major * 1000000 + minor * 1000 + patch. At
 * least HC_VERSION_NUMBER of the header a program was compiled with, or the library is too old
 * for it.
 *
 * Never blocks; may be called from any thread.
 *
 * Since 0.1.
 */
uint32_t hc_version_number(void);

/**
 * What this build of the library can do: HC_FEATURE_ bits. Bits that the header does not name may
 * be set.
 *
 * Every function of this header exists in every build; one whose feature is missing returns
 * HC_ERR_UNSUPPORTED. Never blocks; may be called from any thread.
 *
 * Since 0.1.
 */
uint32_t hc_features(void);


/* ================================================================================================
 * ERRORS
 *
 * Every function that can fail returns a code of type hc_error: HC_OK (0), or what happened.
 * The codes are http.client's exception classes by name, then Python's OSError family, then the
 * kinds of TLS failure that a program would tell apart. They form a tree as the classes in Python
 * do: hc_error_is(code, HC_ERR_HTTP) answers what "except HTTPException" would catch.
 *
 * A code is a plain 32-bit integer. Its number never changes once released; new ones are added
 * between, so handle those you do not know by asking for their family, or as a failure like any
 * other. The detail of a failure (a message for a person, errno, how much of a body came, the
 * line at fault) is kept by the handle on which the call failed.
 * ================================================================================================ */

/**
 * What a call came to. An enumeration of 32 bits in C and in C++.
 *
 * Numbers: 0 success; 1 "not yet"; from 10 the use of the library; from 100 HTTP; from 200 the
 * operating system; from 300 TLS.
 *
 * Since 0.1.
 */
enum hc_error
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /** Success. */
    HC_OK = 0,
    /**
     * A non-blocking call cannot go on now. Nothing was lost: wait until the connection is ready,
     * then make the same call again. Python: BlockingIOError. No failure, and in no family.
     */
    HC_WOULD_BLOCK = 1,
    /**
     * An argument is not allowed: NULL where it must not be, a size that cannot be, a wrong flag.
     * A mistake in the program; nothing was done. Python: TypeError.
     */
    HC_ERR_INVALID_ARGUMENT = 10,
    /** The handle was freed already, is of another type, or is none. Nothing was done. */
    HC_ERR_INVALID_HANDLE = 11,
    /**
     * The handle is in use: by a call in another thread, or by the call whose callback made this
     * one. Nothing was done; use a connection and its responses from one thread at a time.
     */
    HC_ERR_BUSY = 12,
    /**
     * A defect of this library was stopped at its border. The handle can only be freed; other
     * handles are not affected. Please report it.
     */
    HC_ERR_PANIC = 13,
    /** There is not enough memory. Python: MemoryError. */
    HC_ERR_NO_MEMORY = 14,
    /**
     * The process forked after the handle was made. In the child it can only be freed, so that
     * two processes never share one stream.
     */
    HC_ERR_FORKED = 15,
    /** The operation was cancelled by another thread. Reset the cancel handle before the next call. */
    HC_ERR_CANCELLED = 16,
    /**
     * This build or this transport cannot do it, such as TLS in a library built without it. See
     * hc_features.
     */
    HC_ERR_UNSUPPORTED = 17,
    /** The data does not fit the limit or the buffer that the caller gave. Give a larger one. */
    HC_ERR_TOO_LARGE = 18,
    /**
     * A value that HTTP cannot carry: a method, header name or header value with a character
     * that would end it, or framing headers that contradict the body. Nothing was sent. Python:
     * ValueError.
     */
    HC_ERR_VALUE = 20,
    /**
     * Text that cannot be encoded as the protocol asks: not ASCII, not ISO-8859-1, or no valid
     * international host name. Python: UnicodeError, a ValueError.
     */
    HC_ERR_ENCODING = 21,
    /**
     * The call does not fit what the handle has done so far, such as setting a tunnel on an open
     * connection. Python: RuntimeError.
     */
    HC_ERR_STATE = 22,
    /**
     * The family of all HTTP errors. By itself: a failure that has no class of its own.
     * http.client: HTTPException.
     */
    HC_ERR_HTTP = 100,
    /**
     * Sending without a connection while opening one automatically is off. Connect first.
     * http.client: NotConnected.
     */
    HC_ERR_NOT_CONNECTED = 101,
    /**
     * The URL, host, port or request target is malformed, or holds a blank or a control
     * character. Nothing was sent. http.client: InvalidURL.
     */
    HC_ERR_INVALID_URL = 102,
    /**
     * The answer is not HTTP/1.0 or HTTP/1.1. The detail holds the version that came.
     * http.client: UnknownProtocol.
     */
    HC_ERR_UNKNOWN_PROTOCOL = 103,
    /**
     * The body comes in a transfer coding other than chunked. http.client:
     * UnknownTransferEncoding.
     */
    HC_ERR_UNKNOWN_TRANSFER_ENCODING = 104,
    /**
     * The file cannot be sent as a body in the mode in which it is open. http.client:
     * UnimplementedFileMode.
     */
    HC_ERR_UNIMPLEMENTED_FILE_MODE = 105,
    /**
     * The stream ended before the body did. The bytes that came are valid but not all; the detail
     * says how many came and how many are missing. http.client: IncompleteRead.
     */
    HC_ERR_INCOMPLETE_READ = 106,
    /** The family of calls made in the wrong order. http.client: ImproperConnectionState. */
    HC_ERR_IMPROPER_CONNECTION_STATE = 110,
    /**
     * A request is begun while another is under way. Finish that one, or close the connection.
     * http.client: CannotSendRequest.
     */
    HC_ERR_CANNOT_SEND_REQUEST = 111,
    /**
     * A header is put, or the headers ended, while no request is begun. http.client:
     * CannotSendHeader.
     */
    HC_ERR_CANNOT_SEND_HEADER = 112,
    /**
     * A response is asked for before the request was sent, or while the one before is unread.
     * http.client: ResponseNotReady.
     */
    HC_ERR_RESPONSE_NOT_READY = 113,
    /**
     * The first line of the answer is no status line. The detail holds it. http.client:
     * BadStatusLine.
     */
    HC_ERR_BAD_STATUS_LINE = 120,
    /**
     * A status line, header line, chunk size or trailer line is longer than the limit.
     * http.client: LineTooLong.
     */
    HC_ERR_LINE_TOO_LONG = 121,
    /**
     * The server closed the connection without any answer, as it may on a connection that was
     * kept open for too long. Both a HC_ERR_BAD_STATUS_LINE and a HC_ERR_CONNECTION_RESET.
     * http.client: RemoteDisconnected.
     */
    HC_ERR_REMOTE_DISCONNECTED = 122,
    /** The answer has more header fields than the limit. http.client: HTTPException. */
    HC_ERR_TOO_MANY_HEADERS = 130,
    /** The head of the answer is larger than the limit. http.client has no such limit. */
    HC_ERR_HEAD_TOO_LARGE = 131,
    /** The server sent more interim (1xx) responses than the limit. http.client has no such limit. */
    HC_ERR_TOO_MANY_INTERIM = 132,
    /**
     * A header line of the answer is malformed. The detail holds it. http.client accepts or drops
     * such lines.
     */
    HC_ERR_BAD_HEADER = 133,
    /**
     * It cannot be told safely where the body ends: contradicting lengths, a malformed length or
     * chunk. http.client guesses.
     */
    HC_ERR_BAD_FRAMING = 134,
    /** The server switched protocols (101) without having been asked. */
    HC_ERR_UNEXPECTED_SWITCH = 135,
    /**
     * The family of all failures outside HTTP; TLS belongs to it. By itself: a failed system call
     * without a code of its own, with errno in the detail. Python: OSError.
     */
    HC_ERR_OS = 200,
    /** The family of lost and refused connections. Python: ConnectionError. */
    HC_ERR_CONNECTION = 201,
    /** Nothing listens at that address and port. Python: ConnectionRefusedError. */
    HC_ERR_CONNECTION_REFUSED = 202,
    /** The peer reset the connection. Python: ConnectionResetError. */
    HC_ERR_CONNECTION_RESET = 203,
    /** This side's system gave the connection up. Python: ConnectionAbortedError. */
    HC_ERR_CONNECTION_ABORTED = 204,
    /** The peer no longer takes data. It may have answered all the same. Python: BrokenPipeError. */
    HC_ERR_BROKEN_PIPE = 205,
    /** There is no way to the host or its network. Python: OSError. */
    HC_ERR_UNREACHABLE = 210,
    /** One operation took longer than the timeout. Python: TimeoutError. */
    HC_ERR_TIMEOUT = 211,
    /** The exchange as a whole took longer than its deadline. Also a HC_ERR_TIMEOUT. */
    HC_ERR_DEADLINE = 212,
    /** The host's name has no address, or could not be looked up. Python: socket.gaierror. */
    HC_ERR_NAME_LOOKUP = 213,
    /** The proxy refused the tunnel. The detail holds its status. Python: OSError. */
    HC_ERR_TUNNEL = 214,
    /** The caller's own transport or body callback failed. The detail holds the code that it gave. */
    HC_ERR_TRANSPORT = 215,
    /**
     * The family of TLS failures. By itself: one without a code of its own. Python:
     * ssl.SSLError.
     */
    HC_ERR_TLS = 300,
    /**
     * The family of refusals of the peer's certificate. By itself: it was refused for a reason
     * without a code of its own. Python: ssl.SSLCertVerificationError.
     */
    HC_ERR_TLS_CERTIFICATE = 301,
    /** The certificate is for another name. The detail holds the names. */
    HC_ERR_TLS_NAME_MISMATCH = 302,
    /** The certificate, or one that it rests on, has expired. Check this machine's clock too. */
    HC_ERR_TLS_EXPIRED = 303,
    /** The certificate is not valid yet. Check this machine's clock. */
    HC_ERR_TLS_NOT_YET_VALID = 304,
    /**
     * The certificate leads to no trusted root. A private CA must be added; a server may also have
     * left out an intermediate certificate.
     */
    HC_ERR_TLS_UNKNOWN_ISSUER = 305,
    /** A signature in the chain or in the handshake is wrong, or of a kind no longer accepted. */
    HC_ERR_TLS_BAD_SIGNATURE = 306,
    /** The certificate was revoked by its issuer. */
    HC_ERR_TLS_REVOKED = 307,
    /** The certificate is not meant for servers, or its CA may not vouch for this name. */
    HC_ERR_TLS_WRONG_PURPOSE = 308,
    /** The chain holds none of the pinned keys. */
    HC_ERR_TLS_PIN_MISMATCH = 309,
    /** The server asks for a client certificate, or refuses the one it was given. */
    HC_ERR_TLS_CLIENT_CERTIFICATE = 320,
    /** Client and server share no TLS version or cipher suite. */
    HC_ERR_TLS_PROTOCOL_VERSION = 321,
    /** The peer does not speak TLS: most likely plain HTTP on this port. */
    HC_ERR_TLS_NOT_TLS = 322,
    /**
     * The stream ended without TLS's own goodbye where only that marks the end of the body: it may
     * have been cut by an attacker. Python: ssl.SSLEOFError.
     */
    HC_ERR_TLS_TRUNCATED = 323,
    /**
     * The TLS configuration cannot be used: a file that does not parse, a key that does not belong
     * to its certificate, no roots.
     */
    HC_ERR_TLS_CONFIG = 324,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum hc_error hc_error;
#else
typedef int32_t hc_error;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Whether `code` is `base` or belongs to its family: Python's isinstance.
 *
 * HC_ERR_CANNOT_SEND_REQUEST is a HC_ERR_IMPROPER_CONNECTION_STATE and a HC_ERR_HTTP;
 * HC_ERR_REMOTE_DISCONNECTED is both a HC_ERR_BAD_STATUS_LINE and a HC_ERR_CONNECTION_RESET.
 * Any two numbers may be given: HC_OK and numbers that are no codes belong to nothing. Never
 * blocks; may be called from any thread.
 *
 * Since 0.1.
 */
bool hc_error_is(int32_t code, int32_t base);

/**
 * The name of a code as it is written in this header, such as "HC_ERR_INCOMPLETE_READ", for logs
 * and for bindings that map codes to exception classes.
 *
 * Any number may be given; one that is no code has the name "unknown". The text is static: never
 * NULL, never freed. Never blocks; may be called from any thread.
 *
 * Since 0.1.
 */
const char *hc_error_name(int32_t code);

/**
 * What a code means, in a few English words for a person: "body ended early". The message kept by
 * the handle says more.
 *
 * Any number may be given. The text is static: never NULL, never freed. Never blocks; may be
 * called from any thread.
 *
 * Since 0.1.
 */
const char *hc_error_string(int32_t code);


/* ================================================================================================
 * STATUS CODES
 *
 * A response's status is a number, which may be any from 100 to 999. These are the registered
 * ones, named as in Python's http.HTTPStatus. Where RFC 9110 gave a code a new name, the old one
 * is kept beside it.
 * ================================================================================================ */

/** 100 Continue. */
#define HC_STATUS_CONTINUE 100
/** 101 Switching Protocols. */
#define HC_STATUS_SWITCHING_PROTOCOLS 101
/** 102 Processing. */
#define HC_STATUS_PROCESSING 102
/** 103 Early Hints. */
#define HC_STATUS_EARLY_HINTS 103
/** 104 Upload Resumption Supported. In the IANA registry as temporary; not in http.client. */
#define HC_STATUS_UPLOAD_RESUMPTION_SUPPORTED 104
/** 200 OK. */
#define HC_STATUS_OK 200
/** 201 Created. */
#define HC_STATUS_CREATED 201
/** 202 Accepted. */
#define HC_STATUS_ACCEPTED 202
/** 203 Non-Authoritative Information. */
#define HC_STATUS_NON_AUTHORITATIVE_INFORMATION 203
/** 204 No Content. */
#define HC_STATUS_NO_CONTENT 204
/** 205 Reset Content. */
#define HC_STATUS_RESET_CONTENT 205
/** 206 Partial Content. */
#define HC_STATUS_PARTIAL_CONTENT 206
/** 207 Multi-Status. */
#define HC_STATUS_MULTI_STATUS 207
/** 208 Already Reported. */
#define HC_STATUS_ALREADY_REPORTED 208
/** 226 IM Used. */
#define HC_STATUS_IM_USED 226
/** 300 Multiple Choices. */
#define HC_STATUS_MULTIPLE_CHOICES 300
/** 301 Moved Permanently. */
#define HC_STATUS_MOVED_PERMANENTLY 301
/** 302 Found. */
#define HC_STATUS_FOUND 302
/** 303 See Other. */
#define HC_STATUS_SEE_OTHER 303
/** 304 Not Modified. */
#define HC_STATUS_NOT_MODIFIED 304
/** 305 Use Proxy. */
#define HC_STATUS_USE_PROXY 305
/** 307 Temporary Redirect. */
#define HC_STATUS_TEMPORARY_REDIRECT 307
/** 308 Permanent Redirect. */
#define HC_STATUS_PERMANENT_REDIRECT 308
/** 400 Bad Request. */
#define HC_STATUS_BAD_REQUEST 400
/** 401 Unauthorized. */
#define HC_STATUS_UNAUTHORIZED 401
/** 402 Payment Required. */
#define HC_STATUS_PAYMENT_REQUIRED 402
/** 403 Forbidden. */
#define HC_STATUS_FORBIDDEN 403
/** 404 Not Found. */
#define HC_STATUS_NOT_FOUND 404
/** 405 Method Not Allowed. */
#define HC_STATUS_METHOD_NOT_ALLOWED 405
/** 406 Not Acceptable. */
#define HC_STATUS_NOT_ACCEPTABLE 406
/** 407 Proxy Authentication Required. */
#define HC_STATUS_PROXY_AUTHENTICATION_REQUIRED 407
/** 408 Request Timeout. */
#define HC_STATUS_REQUEST_TIMEOUT 408
/** 409 Conflict. */
#define HC_STATUS_CONFLICT 409
/** 410 Gone. */
#define HC_STATUS_GONE 410
/** 411 Length Required. */
#define HC_STATUS_LENGTH_REQUIRED 411
/** 412 Precondition Failed. */
#define HC_STATUS_PRECONDITION_FAILED 412
/** 413 Content Too Large. */
#define HC_STATUS_CONTENT_TOO_LARGE 413
/** 413: the name of HC_STATUS_CONTENT_TOO_LARGE before Python 3.13. */
#define HC_STATUS_REQUEST_ENTITY_TOO_LARGE 413
/** 414 URI Too Long. */
#define HC_STATUS_URI_TOO_LONG 414
/** 414: the name of HC_STATUS_URI_TOO_LONG before Python 3.13. */
#define HC_STATUS_REQUEST_URI_TOO_LONG 414
/** 415 Unsupported Media Type. */
#define HC_STATUS_UNSUPPORTED_MEDIA_TYPE 415
/** 416 Range Not Satisfiable. */
#define HC_STATUS_RANGE_NOT_SATISFIABLE 416
/** 416: the name of HC_STATUS_RANGE_NOT_SATISFIABLE before Python 3.13. */
#define HC_STATUS_REQUESTED_RANGE_NOT_SATISFIABLE 416
/** 417 Expectation Failed. */
#define HC_STATUS_EXPECTATION_FAILED 417
/** 418 I'm a Teapot. */
#define HC_STATUS_IM_A_TEAPOT 418
/** 421 Misdirected Request. */
#define HC_STATUS_MISDIRECTED_REQUEST 421
/** 422 Unprocessable Content. */
#define HC_STATUS_UNPROCESSABLE_CONTENT 422
/** 422: the name of HC_STATUS_UNPROCESSABLE_CONTENT before Python 3.13. */
#define HC_STATUS_UNPROCESSABLE_ENTITY 422
/** 423 Locked. */
#define HC_STATUS_LOCKED 423
/** 424 Failed Dependency. */
#define HC_STATUS_FAILED_DEPENDENCY 424
/** 425 Too Early. */
#define HC_STATUS_TOO_EARLY 425
/** 426 Upgrade Required. */
#define HC_STATUS_UPGRADE_REQUIRED 426
/** 428 Precondition Required. */
#define HC_STATUS_PRECONDITION_REQUIRED 428
/** 429 Too Many Requests. */
#define HC_STATUS_TOO_MANY_REQUESTS 429
/** 431 Request Header Fields Too Large. */
#define HC_STATUS_REQUEST_HEADER_FIELDS_TOO_LARGE 431
/** 451 Unavailable For Legal Reasons. */
#define HC_STATUS_UNAVAILABLE_FOR_LEGAL_REASONS 451
/** 500 Internal Server Error. */
#define HC_STATUS_INTERNAL_SERVER_ERROR 500
/** 501 Not Implemented. */
#define HC_STATUS_NOT_IMPLEMENTED 501
/** 502 Bad Gateway. */
#define HC_STATUS_BAD_GATEWAY 502
/** 503 Service Unavailable. */
#define HC_STATUS_SERVICE_UNAVAILABLE 503
/** 504 Gateway Timeout. */
#define HC_STATUS_GATEWAY_TIMEOUT 504
/** 505 HTTP Version Not Supported. */
#define HC_STATUS_HTTP_VERSION_NOT_SUPPORTED 505
/** 506 Variant Also Negotiates. */
#define HC_STATUS_VARIANT_ALSO_NEGOTIATES 506
/** 507 Insufficient Storage. */
#define HC_STATUS_INSUFFICIENT_STORAGE 507
/** 508 Loop Detected. */
#define HC_STATUS_LOOP_DETECTED 508
/** 510 Not Extended. */
#define HC_STATUS_NOT_EXTENDED 510
/** 511 Network Authentication Required. */
#define HC_STATUS_NETWORK_AUTHENTICATION_REQUIRED 511

/**
 * The standard reason phrase of a status code: "Not Found" for 404. http.client: responses.
 *
 * Any number may be given; NULL is the answer for one that is not registered. The text is static:
 * never freed. What a server itself sent as its reason is kept by the response. Never blocks; may
 * be called from any thread.
 *
 * Since 0.1.
 */
const char *hc_status_reason(int32_t code);


/* ================================================================================================
 * URLS
 *
 * Most programs begin with a URL. hc_url_parse splits one for http or https; hc_url_copy_host and
 * hc_url_copy_target then give what opening a connection and sending a request take.
 *
 * The grammar is RFC 3986 to the letter. Blanks, control characters, anything outside ASCII, a
 * backslash, a malformed percent escape, an empty host and a port outside 1 to 65535 are refused,
 * so that no two programs can read a URL differently. Nothing is decoded, escaped or normalized.
 * ================================================================================================ */

/**
 * A kind of host: a name. (A system's name lookup may still take one such as "127.1" for an
 * address.)
 *
 * Since 0.1.
 */
#define HC_HOST_NAME 0

/**
 * A kind of host: an IPv4 address of four decimal numbers.
 *
 * Since 0.1.
 */
#define HC_HOST_IPV4 1

/**
 * A kind of host: an IPv6 address. In the URL it stands in brackets, in hc_url without.
 *
 * Since 0.1.
 */
#define HC_HOST_IPV6 2

/**
 * The parts of a URL. Set size to sizeof(hc_url) before hc_url_parse.
 *
 * Each part is a pointer into the URL that was parsed and a length in bytes. It is not
 * NUL-terminated, is valid as long as that text is, and is never freed by itself. A part that is
 * absent is NULL with length 0, one that is empty is not NULL.
 *
 * Since 0.1.
 */
typedef struct hc_url {
    /** sizeof(hc_url), set by the caller. */
    size_t size;
    /** "http" or "https" in the case given; see https. */
    const char *scheme;
    /** Length of scheme. */
    size_t scheme_len;
    /**
     * What stands before the "@", percent escapes and all; NULL if absent. It is never sent by
     * itself: a program that wants it sent puts an Authorization header.
     */
    const char *userinfo;
    /** Length of userinfo. */
    size_t userinfo_len;
    /** The host, never empty; an IPv6 address without its brackets. */
    const char *host;
    /** Length of host. */
    size_t host_len;
    /** The path from its first "/"; may be empty. See hc_url_copy_target for what is sent then. */
    const char *path;
    /** Length of path. */
    size_t path_len;
    /** What follows the "?"; NULL if absent. */
    const char *query;
    /** Length of query. */
    size_t query_len;
    /** What follows the "#"; NULL if absent. It is for the program, never for the server. */
    const char *fragment;
    /** Length of fragment. */
    size_t fragment_len;
    /** Where the URL is refused: why, in a few static English words; else NULL. */
    const char *error_message;
    /** Where the URL is refused: index of the byte at fault; else 0. */
    size_t error_offset;
    /** HC_HOST_NAME, HC_HOST_IPV4 or HC_HOST_IPV6. */
    int32_t host_kind;
    /** The port, 1 to 65535: the one given, else 80 for http and 443 for https. */
    int32_t port;
    /** Whether the scheme is https. */
    bool https;
} hc_url;

/**
 * Splits a URL into its parts.
 *
 * `url` is NUL-terminated; `out` points into it afterwards and allocates nothing. After a refusal
 * all parts of `out` are absent, and error_message and error_offset say what and where. Never
 * blocks; may be called from any thread.
 *
 * Errors: HC_ERR_INVALID_URL; HC_ERR_INVALID_ARGUMENT if a pointer is NULL or out->size is not
 * set (nothing is written then).
 *
 * Since 0.1.
 */
hc_error hc_url_parse(const char *url, hc_url *out);

/**
 * Copies the host of a parsed URL into `buffer` as a NUL-terminated text, as opening a connection
 * takes it together with out->port: an IPv6 address has no brackets.
 *
 * A buffer of strlen(url) bytes, for the URL that was parsed, is always large enough; it must not
 * overlap that URL, which must still be there. Never blocks; may be called from any thread.
 *
 * Errors: HC_ERR_TOO_LARGE if `capacity` bytes do not hold it (nothing is written then);
 * HC_ERR_INVALID_ARGUMENT if a pointer is NULL or `url` was not parsed successfully.
 *
 * Since 0.1.
 */
hc_error hc_url_copy_host(const hc_url *url, char *buffer, size_t capacity);

/**
 * Copies the request target of a parsed URL into `buffer` as a NUL-terminated text: the path ("/"
 * where it is empty), then "?" and the query if there is one, and never the fragment.
 *
 * A buffer of strlen(url) bytes, for the URL that was parsed, is always large enough; it must not
 * overlap that URL, which must still be there. Never blocks; may be called from any thread.
 *
 * Errors: HC_ERR_TOO_LARGE if `capacity` bytes do not hold it (nothing is written then);
 * HC_ERR_INVALID_ARGUMENT if a pointer is NULL or `url` was not parsed successfully.
 *
 * Since 0.1.
 */
hc_error hc_url_copy_target(const hc_url *url, char *buffer, size_t capacity);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* HTTPCLIENT_H */
