/* The second run of every test: over a transport that would block before every byte.
 *
 * With HC_ONE_BYTE in the environment, a connection that a test makes gets a dialer, which wraps a
 * socket: each of its functions first says that it would block, and then moves one byte. What that
 * asks of a program, to repeat the call after waiting for what the library says, the functions below
 * do, in the place of those of the library whose names they take. So a test reads as it would for any
 * other connection, and one that waits itself, with a timeout of 0, is let do that.
 *
 * Beyond the first 64 KiB either way, a stream moves larger pieces, still with a pause before each: a
 * body of megabytes would take minutes. What the dialer cannot connect to is left to the
 * library. A test about the library's own sockets, or about bytes that come in one receive, says
 * TEST_OF_SOCKETS and is left out. */
#ifndef ONE_BYTE_H
#define ONE_BYTE_H

#include "harness.h"
#include "httpclient.h"

/* Give a connection just made its dialer, and remember its timeout. They do nothing in a first run, and
 * return `code`. */
hc_error one_byte_made(hc_error code, hc_conn *const *conn);
hc_error one_byte_timeout(hc_error code, const hc_conn *conn, int64_t milliseconds);

/* After HC_WOULD_BLOCK: whether to repeat the call, having waited. False in a first run, where the test
 * waits itself, and where the library has nothing to wait for: then it was not the transport. */
bool one_byte_wait_conn(const hc_conn *conn);
bool one_byte_wait_response(const hc_response *response);
bool one_byte_wait_stream(const hc_stream *stream);

/* The transport that the dialer gives, connected to that port, for a test that gives it to a connection
 * itself: in a first run it waits, and moves what there is. False if nobody listens there. */
bool connect_transport(int port, hc_transport *transport);
hc_error one_byte_given(hc_error code, const hc_transport *transport, hc_conn *const *conn);

/* A port whose listener will not answer, as its test says: connecting to it is left to the library. */
extern int one_byte_unanswered;

/* Whether this is the second run, where the library's own sockets are not used. */
bool is_byte_by_byte(void);

/* What a failure of a connection's socket comes back as: this code, or, where the transport is another,
 * HC_ERR_TRANSPORT. There the program's waiting has a limit, the timeout, and not the library's: for
 * HC_ERR_TIMEOUT it is HC_WOULD_BLOCK, and what was left undone can be gone on with. */
hc_error of_socket(hc_error code);

/* Whether a read is to be repeated until it has filled its room, as over a socket that waits. */
bool one_byte_fills(const hc_response *response);

#define REPEATED(handle, function, parameters, arguments)                           \
    static inline hc_error repeated_##function parameters {                         \
        hc_error code;                                                              \
                                                                                    \
        do {                                                                        \
            code = function arguments;                                              \
        } while (code == HC_WOULD_BLOCK && one_byte_wait_##handle(handle));         \
        return code;                                                                \
    }

REPEATED(conn, hc_conn_connect, (hc_conn *conn), (conn))
#define hc_conn_connect repeated_hc_conn_connect

REPEATED(conn, hc_request,
         (hc_conn *conn, const char *method, const char *target, const char *const *headers,
          const void *body, size_t len),
         (conn, method, target, headers, body, len))
#define hc_request repeated_hc_request

REPEATED(conn, hc_request_url,
         (hc_conn *conn, const char *method, const char *url, const char *const *headers,
          const void *body, size_t len),
         (conn, method, url, headers, body, len))
#define hc_request_url repeated_hc_request_url

REPEATED(conn, hc_request_with, (hc_conn *conn, const hc_request_options *options), (conn, options))
#define hc_request_with repeated_hc_request_with

REPEATED(conn, hc_request_file,
         (hc_conn *conn, const char *method, const char *target, const char *const *headers,
          int32_t fd),
         (conn, method, target, headers, fd))
#define hc_request_file repeated_hc_request_file

REPEATED(conn, hc_request_callback,
         (hc_conn *conn, const char *method, const char *target, const char *const *headers,
          hc_body_fn body, void *context, int64_t length),
         (conn, method, target, headers, body, context, length))
#define hc_request_callback repeated_hc_request_callback

REPEATED(conn, hc_request_pieces,
         (hc_conn *conn, const char *method, const char *target, const char *const *headers,
          hc_pieces_fn pieces, void *context, int64_t length),
         (conn, method, target, headers, pieces, context, length))
#define hc_request_pieces repeated_hc_request_pieces

REPEATED(conn, hc_endheaders,
         (hc_conn *conn, const void *body, size_t len, bool encode_chunked),
         (conn, body, len, encode_chunked))
#define hc_endheaders repeated_hc_endheaders

REPEATED(conn, hc_endheaders_file, (hc_conn *conn, int32_t fd, bool encode_chunked),
         (conn, fd, encode_chunked))
#define hc_endheaders_file repeated_hc_endheaders_file

REPEATED(conn, hc_endheaders_callback,
         (hc_conn *conn, hc_body_fn body, void *context, int64_t length, bool encode_chunked),
         (conn, body, context, length, encode_chunked))
#define hc_endheaders_callback repeated_hc_endheaders_callback

REPEATED(conn, hc_endheaders_pieces,
         (hc_conn *conn, hc_pieces_fn pieces, void *context, int64_t length, bool encode_chunked),
         (conn, pieces, context, length, encode_chunked))
#define hc_endheaders_pieces repeated_hc_endheaders_pieces

REPEATED(conn, hc_send, (hc_conn *conn, const void *data, size_t len), (conn, data, len))
#define hc_send repeated_hc_send

REPEATED(conn, hc_send_file, (hc_conn *conn, int32_t fd), (conn, fd))
#define hc_send_file repeated_hc_send_file

REPEATED(conn, hc_send_callback, (hc_conn *conn, hc_body_fn body, void *context),
         (conn, body, context))
#define hc_send_callback repeated_hc_send_callback

REPEATED(conn, hc_send_pieces, (hc_conn *conn, hc_pieces_fn pieces, void *context),
         (conn, pieces, context))
#define hc_send_pieces repeated_hc_send_pieces

REPEATED(conn, hc_getresponse, (hc_conn *conn, hc_response **out), (conn, out))
#define hc_getresponse repeated_hc_getresponse

/* A failure behind some bytes comes again with the next call. */
static inline hc_error repeated_hc_response_read(hc_response *response, void *buffer,
                                                 size_t capacity, size_t *count) {
    size_t have = 0;
    hc_error code;

    for (;;) {
        code = hc_response_read(response, (char *)buffer + have, capacity - have, count);
        if (code == HC_WOULD_BLOCK && one_byte_wait_response(response)) {
            continue;
        }
        if (code != HC_OK || *count == 0 || !one_byte_fills(response)) {
            break;
        }
        have += *count;
        *count = 0;
        if (have == capacity) {
            break;
        }
    }
    if (have > 0) {
        *count += have;
        return HC_OK;
    }
    return code;
}
#define hc_response_read repeated_hc_response_read

REPEATED(response, hc_response_read1,
         (hc_response *response, void *buffer, size_t capacity, size_t *count),
         (response, buffer, capacity, count))
#define hc_response_read1 repeated_hc_response_read1

REPEATED(response, hc_response_read_all,
         (hc_response *response, size_t most, const char **body, size_t *len),
         (response, most, body, len))
#define hc_response_read_all repeated_hc_response_read_all

REPEATED(response, hc_response_peek, (hc_response *response, const void **data, size_t *len),
         (response, data, len))
#define hc_response_peek repeated_hc_response_peek

REPEATED(response, hc_response_readline,
         (hc_response *response, void *buffer, size_t capacity, size_t *count),
         (response, buffer, capacity, count))
#define hc_response_readline repeated_hc_response_readline

REPEATED(response, hc_response_skip, (hc_response *response, uint64_t most), (response, most))
#define hc_response_skip repeated_hc_response_skip

REPEATED(stream, hc_stream_read,
         (hc_stream *stream, void *buffer, size_t capacity, size_t *count),
         (stream, buffer, capacity, count))
#define hc_stream_read repeated_hc_stream_read

REPEATED(stream, hc_stream_write,
         (hc_stream *stream, const void *data, size_t len, size_t *count),
         (stream, data, len, count))
#define hc_stream_write repeated_hc_stream_write

#define hc_conn_new(host, port, out) one_byte_made(hc_conn_new((host), (port), (out)), (out))
#define hc_conn_new_bytes(host, len, port, out) \
    one_byte_made(hc_conn_new_bytes((host), (len), (port), (out)), (out))
#define hc_conn_new_tls(host, port, config, out) \
    one_byte_made(hc_conn_new_tls((host), (port), (config), (out)), (out))
#define hc_conn_new_tls_bytes(host, len, port, config, out) \
    one_byte_made(hc_conn_new_tls_bytes((host), (len), (port), (config), (out)), (out))
#define hc_conn_new_url(url, config, out) one_byte_made(hc_conn_new_url((url), (config), (out)), (out))
#define hc_conn_new_with_transport(transport, host, port, out)                               \
    one_byte_given(hc_conn_new_with_transport((transport), (host), (port), (out)), (transport), \
                   (out))
#define hc_conn_set_timeout(conn, milliseconds) \
    one_byte_timeout(hc_conn_set_timeout((conn), (milliseconds)), (conn), (milliseconds))

#endif
