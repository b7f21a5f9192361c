/* SPDX-License-Identifier: MIT OR Apache-2.0 */

/*
 * httpclient: an HTTP/1.1 client for http and https, with the small verbs of Python's http.client.
 *
 * This program prints a page that it fetches over HTTPS:
 *
 *     #include <httpclient.h>
 *     #include <stdio.h>
 *
 *     int main(void) {
 *         hc_conn *conn = NULL;
 *         hc_response *response = NULL;
 *         const char *body = NULL;
 *         size_t len = 0;
 *         hc_error err = hc_conn_new_tls("www.example.org", HC_PORT_DEFAULT, NULL, &conn);
 *         if (!err) err = hc_request(conn, "GET", "/", NULL, NULL, 0);
 *         if (!err) err = hc_getresponse(conn, &response);
 *         if (!err) err = hc_response_read_all(response, 1 << 20, &body, &len);
 *         if (err) fprintf(stderr, "%s: %s\n", hc_error_name(err), hc_conn_error_message(conn));
 *         else printf("%d, %zu bytes:\n%s\n", (int)hc_response_status(response), len, body);
 *         hc_response_free(response);
 *         hc_conn_free(conn);
 *         return err != HC_OK;
 *     }
 *
 * Contents: connections, requests, responses, headers of a response, errors, error detail, status codes, URLs,
 * settings, TLS, TLS sessions, event loops, proxies, version. Then, behind a line ADVANCED: requests step by
 * step, header blocks, interim responses, timings, trace, custom transports, dialers, name lookup, responses
 * without a connection, streams, leniency.
 *
 * Know before the first program: a call waits for ever unless hc_conn_set_timeout sets a limit. Redirects are
 * not followed (the section URLS shows how to) and bodies are not decompressed. hc_conn_new_url and
 * hc_request_url take a whole URL. A body that was read to its end leaves the connection open for the next
 * request.
 *
 * What holds for all functions, and is not repeated below:
 *
 * Errors. A function that can fail returns hc_error: HC_OK (0), or what happened. Every function that takes a
 * handle can return HC_ERR_INVALID_HANDLE (freed, or of another type), HC_ERR_INVALID_ARGUMENT (NULL),
 * HC_ERR_BUSY, HC_ERR_FORKED and HC_ERR_PANIC. What else it can return is under "Errors:"; without such a line
 * there is nothing else, but for HC_ERR_NO_MEMORY where something is made, sent or received. A function that
 * returns something other than hc_error gives what its comment says instead: NULL, 0, -1, false; one that
 * gives a text gives NULL also where there is no memory for it. hc_conn_error_message says more. Some codes
 * are families: hc_error_is(code, HC_ERR_OS) is true for HC_ERR_TIMEOUT, too.
 *
 * Blocking. A function never blocks, unless it says that it may or is like one that may.
 *
 * Handles. What comes as a handle (from functions with _new in their names, hc_getresponse and so on) is freed
 * by the function named _free of its type, which does nothing for NULL. A response may outlive its connection.
 * A handle is a number, not an address: do not follow it.
 *
 * Threads. Use a connection and its responses in one thread at a time; it may be another one each time. A call
 * that finds them in use returns HC_ERR_BUSY. Functions that take no handle may be called at any time by any
 * thread. There is nothing to initialize, and no signal is raised or caught. errno is left as it was. A thread
 * that is cancelled (pthread_cancel) within a call ends after it, at its next cancellation point: the call and
 * the functions of the program that it runs are not interrupted. With asynchronous cancellation call nothing
 * here.
 *
 * Text. Give text with a NUL at its end; the library gives its own so, too, and its length beside it where you
 * ask for it. Give NULL only where that is allowed. A bool is one byte, 0 or 1.
 *
 * Structs. Set the first field, size, to sizeof the struct before a call: so a newer library works with a
 * program that was compiled with an older header. Sizes are in bytes.
 *
 * Callbacks. Your functions run during your own calls, in the same thread; only a hc_resolve_fn and a
 * hc_release_fn may run in a thread of the library's. A function of yours must return: it must not unwind or
 * longjmp out. What it calls on the same connection returns HC_ERR_BUSY.
 *
 * Forks. A fork's child may only free the handles of its parent: anything else is HC_ERR_FORKED (on Linux;
 * elsewhere forks are not noticed). It may make its own, a TLS configuration too: a server that forks its
 * workers makes one in each, since sessions are not to be resumed by two processes. A handle that another
 * thread of the parent used at that moment stays HC_ERR_BUSY in the child. If another thread of the parent was
 * looking up a name then, the C library may wait for ever in the child's first lookup: a timeout ends the call
 * all the same.
 *
 * Versions. Everything is there since 0.1, unless it says otherwise.
 */

#ifndef HTTPCLIENT_H
#define HTTPCLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a call came to: HC_OK, which is 0, or another of the codes under ERRORS. 32 bits in C and in C++. */
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
enum hc_error : int32_t;
#endif
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum hc_error hc_error;
#else
typedef int32_t hc_error;
#endif
#endif

/* ================================================================================================
 * CONNECTIONS
 *
 * A connection is Python's HTTPConnection or HTTPSConnection: one host, reached when the first request needs
 * it, kept for the next one while the server and the rules of HTTP allow, and opened again by itself when they
 * do not.
 *
 * A kept connection is looked at before it is used again (see hc_conn_set_stale_check): if the server has
 * closed it meanwhile, or has sent bytes that nobody asked for, it is replaced by a new one before anything is
 * sent.
 * ================================================================================================ */

/**
 * A connection. Made by hc_conn_new and its relatives, freed by hc_conn_free; used by one thread at a time
 * together with its responses.
 */
typedef struct hc_conn hc_conn;

/**
 * Whom to trust in TLS and how: made once, then immutable and shared by any number of connections and threads.
 * Made by hc_tls_builder_build, freed by hc_tls_config_free: see the section TLS.
 */
typedef struct hc_tls_config hc_tls_config;

/** No port is given: the host may end in ":port", or else it is the scheme's own. */
#define HC_PORT_DEFAULT (-1)

/* States of a connection: hc_conn_state. */
#define HC_STATE_IDLE 0 /**< No request is under way. */
#define HC_STATE_REQUEST_STARTED 1 /**< Between hc_putrequest and hc_endheaders. */
#define HC_STATE_REQUEST_SENT 2 /**< The request was sent, its response is to be fetched. */

/* Bits of hc_conn_exchange_flags. */
#define HC_EXCHANGE_REUSED (1u << 0) /**< The request went out, at first, on a used connection. */
#define HC_EXCHANGE_REPLACED (1u << 1) /**< The stale check failed, and another connection was opened. */
#define HC_EXCHANGE_RETRIED (1u << 2) /**< The request was sent once more: see hc_conn_set_retry. */
#define HC_EXCHANGE_BODY_NOT_SENT (1u << 3) /**< The server answered early, and the rest was not sent. */

/**
 * Makes a connection for http to `host`, without opening it.
 *
 * `host` is a name or an address, copied; where `port` is HC_PORT_DEFAULT it may end in ":port", and an IPv6
 * address may stand in brackets. Otherwise `port` is 1 to 65535. A name beyond ASCII is given in UTF-8; it
 * goes to name servers, into Host and into TLS in its xn-- form (IDNA by UTS 46, as in browsers). The
 * connection goes to `*out`, to be freed by hc_conn_free; after a failure that is NULL.
 *
 * Errors: HC_ERR_INVALID_URL if the host, or a port written in it, is not valid; HC_ERR_ENCODING if the host
 * is not UTF-8, or beyond ASCII and without an xn-- form, or in a build without IDNA (hc_features);
 * HC_ERR_INVALID_ARGUMENT if a pointer is NULL or `port` is out of range; HC_ERR_UNSUPPORTED in a build
 * without sockets; HC_ERR_NO_MEMORY.
 */
hc_error hc_conn_new(const char *host,
                     int32_t port,
                     hc_conn **out);

/**
 * Makes a connection for https to `host`, without opening it.
 *
 * As hc_conn_new, with TLS on top and 443 as the default port. `config` says whom to trust and how; it may be
 * shared by any number of connections and freed at any time after this. NULL is the default: the server's
 * certificate must lead to a root of Mozilla's list, which is built in, and bear the host's name. That default
 * is made once in a process, and all connections with it can resume each other's sessions.
 *
 * Errors: those of hc_conn_new; HC_ERR_INVALID_URL also for a host that no certificate can name (a label that
 * begins or ends with a hyphen), unless `config` has another name verified; HC_ERR_UNSUPPORTED in a build
 * without TLS.
 */
hc_error hc_conn_new_tls(const char *host,
                         int32_t port,
                         const hc_tls_config *config,
                         hc_conn **out);

/**
 * Makes a connection for http to a host whose name is given with its length instead of a NUL at its end. A NUL
 * in it is an error. Otherwise as hc_conn_new.
 *
 * Errors: those of hc_conn_new, such as HC_ERR_INVALID_URL.
 */
hc_error hc_conn_new_bytes(const char *host,
                           size_t host_len,
                           int32_t port,
                           hc_conn **out);

/**
 * Makes a connection for https to a host whose name is given with its length instead of a NUL at its end. A
 * NUL in it is an error. Otherwise as hc_conn_new_tls, `config` included, for which NULL is the default.
 *
 * Errors: those of hc_conn_new_tls, such as HC_ERR_INVALID_URL.
 */
hc_error hc_conn_new_tls_bytes(const char *host,
                               size_t host_len,
                               int32_t port,
                               const hc_tls_config *config,
                               hc_conn **out);

/**
 * Makes a connection to the host of a URL, without opening it: for http or https, and to its port.
 *
 * hc_error err = hc_conn_new_url(url, NULL, &conn);
 * if (!err) err = hc_request_url(conn, "GET", url, NULL, NULL, 0);
 * if (!err) err = hc_getresponse(conn, &response);
 *
 * `url` is as hc_url_parse takes it, which says what is wrong with one that is refused; it is not kept.
 * `config` is for https, as in hc_conn_new_tls: NULL is the default. For http it is not looked at, and the
 * connection has no TLS: a program that must have TLS looks at the URL's scheme first (hc_url.https). User
 * information in the URL is not sent: see hc_url_copy_authorization. Otherwise as hc_conn_new.
 *
 * Errors: HC_ERR_INVALID_URL; HC_ERR_UNSUPPORTED in a build without sockets, and for https in one without TLS;
 * HC_ERR_INVALID_ARGUMENT if a pointer is NULL; HC_ERR_NO_MEMORY; those of hc_conn_new_tls for `config`.
 */
hc_error hc_conn_new_url(const char *url,
                         const hc_tls_config *config,
                         hc_conn **out);

/**
 * Makes a connection for http over a Unix-domain socket, such as a container engine's, without opening it.
 *
 * `path` is the socket's path, copied; `host` is what the Host field says, usually "localhost".
 *
 * Errors: those of hc_conn_new, such as HC_ERR_INVALID_URL; HC_ERR_VALUE for a path that is too long for a
 * socket's address (more than 107 bytes on Linux, 103 on BSD and macOS), HC_ERR_INVALID_ARGUMENT for an empty one.
 */
hc_error hc_conn_new_unix(const char *path,
                          const char *host,
                          hc_conn **out);

/**
 * Ends a connection's handle and closes the connection. A response that is still being read keeps the stream
 * and can be read on.
 *
 * NULL does nothing. Never blocks; with TLS over a transport of the program it is up to the program that its
 * `write` does not: see hc_conn_set_tls.
 *
 * Errors: HC_ERR_BUSY from a callback of the connection, or while another thread uses it: it is not freed
 * then.
 */
hc_error hc_conn_free(hc_conn *conn);

/**
 * Opens the connection now, if it is not open; a request does that by itself.
 *
 * Every address of the host is tried, IPv6 and IPv4 in turn, with a short head start for each (RFC 8305). With
 * TLS, the handshake is part of it. The timeout holds for each address, for the name lookup and for each step
 * of the handshake; hc_conn_set_connect_timeout bounds it all. After a failure the connection is closed and
 * its state is HC_STATE_IDLE. May block for the timeout of each step.
 *
 * Errors: HC_ERR_NAME_LOOKUP, HC_ERR_CONNECTION_REFUSED, HC_ERR_UNREACHABLE, HC_ERR_TIMEOUT,
 * HC_ERR_CONNECT_TIMEOUT, HC_ERR_DEADLINE and others of HC_ERR_OS; those of HC_ERR_TLS; HC_ERR_CANCELLED;
 * HC_WOULD_BLOCK.
 */
hc_error hc_conn_connect(hc_conn *conn);

/**
 * Closes the connection (hc_conn_free lets its responses be read on, this does not) and forgets the request
 * under way; the state is HC_STATE_IDLE again and the connection can be used again. A response that is still
 * unread ends: reading it gives nothing any more, and no error. A response for which hc_response_will_close is
 * true has the stream for itself, and can still be read. Never blocks, but as hc_conn_free.
 */
hc_error hc_conn_close(hc_conn *conn);

/**
 * The host as it was given, NUL-terminated, IPv6 without brackets; its length goes to `*len` unless that is
 * NULL. Valid until the connection is freed. NULL for an invalid or busy handle.
 */
const char *hc_conn_host(const hc_conn *conn,
                         size_t *len);

/** The port, 1 to 65535; 0 for an invalid or busy handle. */
int32_t hc_conn_port(const hc_conn *conn);

/**
 * Whether a URL has the origin of this connection (RFC 9110 section 4.3.1), so that hc_request_url can send a
 * request for it: the scheme is https if the library does TLS on the connection or hc_conn_set_secured said so,
 * else http; the host, which is the tunnel's if there is one, is the same in any case, an IPv6 address in any
 * form and without its zone; and the port is the same. `url` is as hc_url_parse takes it. False also for what
 * is no such URL, for NULL, and for an invalid or busy handle.
 */
bool hc_conn_has_origin(const hc_conn *conn,
                        const char *url);

/** The state of the request under way, one of HC_STATE_; -1 for an invalid or busy handle. */
int32_t hc_conn_state(const hc_conn *conn);

/**
 * Whether the connection is open. It is not while a response for which hc_response_will_close is true has its
 * stream. False for an invalid or busy handle.
 */
bool hc_conn_is_open(const hc_conn *conn);

/**
 * The address that the connection is open to, NUL-terminated: "127.0.0.1:80", "[::1]:80" or the path of a
 * Unix-domain socket; through a proxy it is the proxy's. Its length goes to `*len` unless that is NULL. Valid
 * until this is called again or the connection freed. NULL while the connection is not open, for a transport
 * of the program, and for an invalid or busy handle.
 */
const char *hc_conn_peer_address(const hc_conn *conn,
                                 size_t *len);

/**
 * The address that the connection is open from, such as "127.0.0.1:54321"; otherwise as hc_conn_peer_address.
 * NULL for a Unix-domain socket, too.
 */
const char *hc_conn_local_address(const hc_conn *conn,
                                  size_t *len);

/** How the current or last request went out: bits of HC_EXCHANGE_. 0 for an invalid or busy handle. */
uint32_t hc_conn_exchange_flags(const hc_conn *conn);

/* ================================================================================================
 * REQUESTS
 *
 * A request and its response are an exchange; it is under way from the first call for the request until
 * hc_getresponse has given the response. hc_request and its relatives send a whole request; hc_putrequest,
 * hc_putheader and hc_endheaders send one step by step, as in http.client. Either way the head goes out in one
 * write, together with a body of bytes. Host and "Accept-Encoding: identity" are added unless the program
 * gives its own, and so is what frames the body: Content-Length where its length is known, else
 * Transfer-Encoding: chunked.
 *
 * A body is one of four kinds, and each verb that sends one has a form for each: bytes; an open file, from its
 * offset to its end; a function that fills the library's buffer, a block at a time; a function that lends
 * pieces of its own memory, sent from where they lie. Each block or piece is one write, with what makes it a
 * chunk around it. Each call of a function means that what it gave before was sent.
 *
 * Nothing goes out that the server could read in two ways: a method or header name is a token, a value has no
 * control characters, a target no blanks, and a header that contradicts the body is refused. After a refusal
 * nothing was sent and the connection is as it was.
 *
 * In non-blocking use a call that returned HC_WOULD_BLOCK is repeated with the same arguments; its body is
 * borrowed until the call that ends with another code. Repeated with a body of another kind or length it is
 * HC_ERR_INVALID_ARGUMENT.
 *
 * A server may answer before it has the whole body, to refuse it for example. While a body goes out, the
 * library looks at what has arrived: whenever the connection takes no more for the moment, after each
 * mebibyte, and when sending fails. If the status is 300 or more (or what came is no response), the rest of
 * the body is not sent: the call returns HC_OK, hc_getresponse gives the response, and the connection ends
 * with it. If it is below 300, sending goes on, since the server may need the body; it stops only if sending
 * fails, or if the server takes nothing for one second. HC_EXCHANGE_BODY_NOT_SENT tells of a body that was not
 * sent whole.
 * ================================================================================================ */

#define HC_LENGTH_UNKNOWN (-1) /**< A number of bytes that is not known. */
/** What a hc_body_fn or hc_pieces_fn returns when it has nothing yet but is not at its end. */
#define HC_BODY_WOULD_BLOCK (-1073741824)

/**
 * Gives the next bytes of a request's body.
 *
 * Fills `buffer`, which has room for `capacity` bytes, from its front; `context` is what was given with the
 * function. Returns how many bytes there are now, 0 at the end of the body, or a negative number to fail the
 * request: HC_BODY_WOULD_BLOCK if there is nothing yet (the call then returns HC_WOULD_BLOCK and is to be
 * repeated), else a code of its own, which comes back as os_error beside HC_ERR_TRANSPORT. It is called for
 * each block, when the one before it was sent, so a program can show from here how far the body came. It is
 * not called again where the server has answered already (see above). Calls on the connection from here return
 * HC_ERR_BUSY.
 */
typedef int64_t (*hc_body_fn)(void *context, void *buffer, size_t capacity);

/**
 * Lends the next piece of a request's body: what an iterable is to http.client.
 *
 * Sets `*piece`, which is NULL before, and returns the length of the piece; `context` is what was given with
 * the function. 0 with NULL is the end of the body; 0 with a pointer is an empty piece, which is skipped and
 * ends nothing. A negative number is as for hc_body_fn, HC_BODY_WOULD_BLOCK included. Calls on the connection
 * from here return HC_ERR_BUSY.
 *
 * The piece is not copied: it must stay valid and unchanged until the function is called again, or the call
 * that sends it returns anything but HC_WOULD_BLOCK, or hc_conn_close or hc_conn_free is called.
 */
typedef int64_t (*hc_pieces_fn)(void *context, const void **piece);

/** Bytes of somebody else: `len` of them at `data`, which is not NULL unless `len` is 0. */
typedef struct hc_slice {
    const void *data; /**< The first byte. */
    size_t len; /**< How many there are. */
} hc_slice;

/* Kinds of body in hc_request_options. */
#define HC_BODY_NONE 0 /**< None. */
#define HC_BODY_BYTES 1 /**< Bytes. */
#define HC_BODY_FILE 2 /**< An open file. */
#define HC_BODY_CALLBACK 3 /**< A function that fills a buffer. */
#define HC_BODY_PIECES 4 /**< A function that lends pieces. */

/** A header with the lengths of its texts, which need no NUL. An empty text may be NULL. */
typedef struct hc_header {
    const char *name; /**< The name. */
    size_t name_len; /**< Its length. */
    const char *value; /**< The value. */
    size_t value_len; /**< Its length. */
} hc_header;

/**
 * A request for hc_request_with. Set all to 0, and size to sizeof(hc_request_options); then what is needed.
 * Texts are given with their lengths and need no NUL; an empty one may be NULL.
 */
typedef struct hc_request_options {
    size_t size; /**< sizeof(hc_request_options), set by the caller. */
    const char *method; /**< The method. */
    size_t method_len; /**< Its length. */
    const char *target; /**< The target; "/" if it is empty. With target_is_url: a URL. */
    size_t target_len; /**< Its length. */
    const struct hc_header *headers; /**< The headers, an array; may be NULL if there are none. */
    size_t header_count; /**< How many. */
    /**
     * The kind of the body: HC_BODY_NONE, HC_BODY_BYTES, HC_BODY_FILE, HC_BODY_CALLBACK or HC_BODY_PIECES.
     * Bytes and functions for another kind are refused; `fd`, `context` and `length` are then not looked at.
     */
    int32_t body_kind;
    int32_t fd; /**< HC_BODY_FILE: the descriptor. */
    const void *body; /**< HC_BODY_BYTES: the bytes; NULL is allowed if there are none. */
    size_t body_len; /**< HC_BODY_BYTES: how many. */
    hc_body_fn callback; /**< HC_BODY_CALLBACK: the function. */
    hc_pieces_fn pieces; /**< HC_BODY_PIECES: the function. */
    void *context; /**< HC_BODY_CALLBACK, HC_BODY_PIECES: given to the function. */
    /** HC_BODY_CALLBACK, HC_BODY_PIECES: the number of bytes that it will give, or HC_LENGTH_UNKNOWN. */
    int64_t length;
    /**
     * If the headers have Transfer-Encoding: the library makes the chunks, not the program. Without that
     * header it has no effect: then a body of unknown length is sent in chunks, and no other.
     */
    bool encode_chunked;
    /** The target is a whole URL of the connection's origin, or begins with "/", as in hc_request_url. */
    bool target_is_url;
} hc_request_options;

/**
 * Sends a request with a body of bytes, or without one: http.client's request().
 *
 * `method` is sent as given; so is `target`, "/" if it is empty, but for a fragment, and the user information
 * of an http or https URL, which never go on the wire. (A proxy may be asked for another URL: that goes
 * whole.) `headers` is NULL, or names and values in turn, ended by NULL:
 *
 * const char *headers[] = {"Accept", "text/html", "X-Mood", "calm", NULL};
 *
 * A body without bytes is given as `body` NULL and `body_len` 0; then POST, PUT and PATCH say Content-Length:
 * 0. Otherwise `body` has `body_len` bytes, sent as they are, and is borrowed during the call. Opens the
 * connection if needed. May block for the timeout of each operation.
 *
 * Errors: HC_ERR_CANNOT_SEND_REQUEST while another request is under way; HC_ERR_VALUE for a method, header or
 * framing that HTTP does not allow, such as a body of unknown length to a server that answered in HTTP/1.0;
 * HC_ERR_INVALID_URL for such a target; HC_ERR_ENCODING; HC_ERR_NOT_CONNECTED; those of hc_conn_connect;
 * HC_ERR_BROKEN_PIPE, HC_ERR_CONNECTION_RESET, HC_ERR_TIMEOUT while sending: the rest cannot be sent. Call
 * hc_getresponse, since the server may have answered (the state stays HC_STATE_REQUEST_SENT), or hc_conn_close
 * before another request. HC_ERR_REMOTE_DISCONNECTED if the server closed the connection while the body waited
 * for its go-ahead (see hc_conn_set_expect_wait); HC_WOULD_BLOCK; HC_ERR_INVALID_ARGUMENT.
 */
hc_error hc_request(hc_conn *conn,
                    const char *method,
                    const char *target,
                    const char *const *headers,
                    const void *body,
                    size_t body_len);

/**
 * Sends a request for a whole URL, whose origin must be that of the connection; otherwise as hc_request.
 *
 * `url` is as hc_url_parse takes it; its path and query are the target, "/" where there is no path. A fragment
 * and user information are not sent: see hc_url_copy_authorization. What begins with "/" is a target by
 * itself, sent as hc_request does. For a URL of another origin nothing is sent and the connection is as it
 * was; hc_conn_has_origin tells so before. (A proxy that is sent whole URLs gets them by hc_request.) The URL
 * is borrowed during the call. May block as hc_request.
 *
 * Errors: those of hc_request; HC_ERR_INVALID_URL also for a URL of another origin.
 */
hc_error hc_request_url(hc_conn *conn,
                        const char *method,
                        const char *url,
                        const char *const *headers,
                        const void *body,
                        size_t body_len);

/**
 * Sends a request whose body is an open file, from its current offset to its end.
 *
 * `fd` is a descriptor, read in large blocks and not closed; on Linux a large file goes to a socket without
 * being read first (sendfile). A regular file is sent with its length; anything else, such as a pipe, in
 * chunks, and also files that say that their size is 0 and have content, as in /proc. Otherwise as hc_request.
 * May block as that, and for the reads of the file.
 *
 * Errors: those of hc_request; HC_ERR_OS if the file cannot be read, and HC_ERR_VALUE if it ends early or
 * grows (the connection is closed then, since the request cannot be completed); HC_ERR_UNSUPPORTED in a build
 * without std.
 */
hc_error hc_request_file(hc_conn *conn,
                         const char *method,
                         const char *target,
                         const char *const *headers,
                         int32_t fd);

/**
 * Sends a request whose body a function gives, block by block.
 *
 * `length` is the number of bytes that it will give in all, sent as Content-Length, or HC_LENGTH_UNKNOWN for
 * chunks. Otherwise as hc_request.
 *
 * Errors: those of hc_request; HC_ERR_TRANSPORT if the function failed, and HC_ERR_VALUE if it gave more or
 * fewer bytes than `length` (the connection is closed then); HC_ERR_INVALID_ARGUMENT if it is NULL.
 */
hc_error hc_request_callback(hc_conn *conn,
                             const char *method,
                             const char *target,
                             const char *const *headers,
                             hc_body_fn callback,
                             void *context,
                             int64_t length);

/**
 * Sends a request whose body a function lends, piece by piece: http.client's request() with an iterable.
 *
 * `length` is the number of bytes of all pieces together, sent as Content-Length, or HC_LENGTH_UNKNOWN for
 * chunks, one for each piece. Otherwise as hc_request.
 *
 * Errors: those of hc_request_callback, such as HC_ERR_TRANSPORT and HC_ERR_VALUE.
 */
hc_error hc_request_pieces(hc_conn *conn,
                           const char *method,
                           const char *target,
                           const char *const *headers,
                           hc_pieces_fn callback,
                           void *context,
                           int64_t length);

/**
 * Sends a request that is described by a struct: whatever hc_request, hc_request_file, hc_request_callback and
 * hc_request_pieces can send, with counted texts and an array of headers:
 *
 * hc_header headers[] = {{"Accept", 6, "text/html", 9}};
 * hc_request_options options = {0};
 * options.size = sizeof options;
 * options.method = "GET";
 * options.method_len = 3;
 * options.headers = headers;
 * options.header_count = 1;
 * code = hc_request_with(conn, &options);
 *
 * A NUL within a text is refused, where those functions would take it for the end. If the headers have
 * Transfer-Encoding, those functions make the chunks of the body; here they are made only with encode_chunked,
 * as in http.client. Body and texts are borrowed as by hc_request; the struct itself is not kept, and may be
 * another one when the call is repeated. Otherwise as hc_request. May block as those.
 *
 * Errors: those of the function for that kind of body, such as HC_ERR_TRANSPORT; with target_is_url those of
 * hc_request_url; HC_ERR_VALUE for Transfer-Encoding without encode_chunked (chunks of one's own are sent by
 * hc_send); HC_ERR_INVALID_ARGUMENT if options->size is not set, body_kind is none of HC_BODY_, or there are
 * bytes or a function for another kind.
 */
hc_error hc_request_with(hc_conn *conn,
                         const hc_request_options *options);

/* ================================================================================================
 * RESPONSES
 *
 * hc_getresponse waits for the head of the response; the body is read after that, in one of three ways:
 * hc_response_read fills a buffer, hc_response_read1 gives what is there, hc_response_read_all gathers
 * everything. The next request may be sent before the body was read; its response comes only after this one
 * was read to its end. (Closed before its end, a response takes the connection with it, and what was sent
 * behind it is lost.)
 *
 * A body that is cut short is always an error (unless you have closed the connection yourself): the bytes come
 * first, and then, on the next call, HC_ERR_INCOMPLETE_READ, whose detail has how many came and how many are
 * missing.
 * ================================================================================================ */

/**
 * A response. Made by hc_getresponse, freed by hc_response_free; used by one thread at a time together with
 * its connection, which it may outlive.
 */
typedef struct hc_response hc_response;

/**
 * Receives the head of the response to the last request: http.client's getresponse().
 *
 * The response goes to `*out`, to be freed by hc_response_free; after a failure that is NULL. Interim
 * responses (1xx but 101) are skipped: see hc_conn_set_interim. The response to a request that was not sent
 * whole ends the connection. A response after which the server closes the connection takes the stream over, so
 * the connection can be used for another request at once. May block for the timeout of each receive.
 *
 * Errors, by what to do next. Call again, nothing was lost: HC_WOULD_BLOCK, HC_ERR_TIMEOUT and its family. Too
 * early: HC_ERR_RESPONSE_NOT_READY, if no request was sent, or the last response is still unread. Send a new
 * request, the connection was closed: HC_ERR_REMOTE_DISCONNECTED if the server closed it instead of answering,
 * HC_ERR_INCOMPLETE_READ if it did so within the head, HC_ERR_NOT_CONNECTED if a failure of an earlier call has
 * closed it, HC_ERR_CANCELLED, and the rest of HC_ERR_OS. Call
 * hc_conn_close first: HC_ERR_BAD_STATUS_LINE, HC_ERR_UNKNOWN_PROTOCOL, HC_ERR_LINE_TOO_LONG,
 * HC_ERR_TOO_MANY_HEADERS, HC_ERR_BAD_HEADER, HC_ERR_BAD_FRAMING, HC_ERR_UNKNOWN_TRANSFER_ENCODING and the
 * rest of HC_ERR_HTTP. HC_ERR_NO_MEMORY.
 */
hc_error hc_getresponse(hc_conn *conn,
                        hc_response **out);

/**
 * Ends a response's handle and closes the response. What was given out of it (texts, the body of
 * hc_response_read_all) is not valid any more. NULL does nothing. Never blocks, but as hc_conn_free. Free it
 * before a long pause: until then it keeps the memory that it came in, a few KiB at least.
 *
 * Errors: HC_ERR_BUSY from a callback, or while another thread uses the connection: it is not freed then.
 */
hc_error hc_response_free(hc_response *response);

/**
 * Lets go of the connection: reading gives nothing any more, status and headers stay. If the body was not read
 * to its end, the connection is closed, since its rest could not be told from the next response. Never blocks,
 * but as hc_conn_free.
 */
hc_error hc_response_close(hc_response *response);

/** The status, 100 to 999; 0 for an invalid or busy handle. */
int32_t hc_response_status(const hc_response *response);

/**
 * The reason phrase as the server gave it, NUL-terminated, may be empty; its length goes to `*len` unless that
 * is NULL. Valid until the response is freed. NULL for an invalid or busy handle.
 */
const char *hc_response_reason(const hc_response *response,
                               size_t *len);

/**
 * The URL that the request was about, NUL-terminated: http.client's geturl(). It is the request's target if
 * that was a URL, else scheme, host, port (unless it is the scheme's own) and target, as they were sent:
 * without a fragment and user information, and the host in ASCII. Its length goes to `*len` unless that is
 * NULL. Valid until the response is freed. NULL for a response made by hc_response_new, for an invalid or busy
 * handle, and where there is no memory for it.
 */
const char *hc_response_url(const hc_response *response,
                            size_t *len);

/**
 * The version of HTTP that the server speaks: 10 for HTTP/1.0, 11 for HTTP/1.1; 0 for an invalid or busy
 * handle.
 */
int32_t hc_response_version(const hc_response *response);

/** How many bytes of the body are still to be read, or HC_LENGTH_UNKNOWN (also for an invalid or busy handle). */
int64_t hc_response_length(const hc_response *response);

/**
 * Whether the body comes in chunks (RFC 9112 section 7.1). They are taken apart while it is read. False for an
 * invalid or busy handle.
 */
bool hc_response_chunked(const hc_response *response);

/** Whether the connection ends with this response (RFC 9112 section 9.3). False for an invalid or busy handle. */
bool hc_response_will_close(const hc_response *response);

/**
 * Whether the response has let go of the connection: its end was read, or it was closed. True for an invalid
 * or busy handle.
 */
bool hc_response_is_closed(const hc_response *response);

/**
 * Reads the body into `buffer`, which has room for `capacity` bytes, until it is full or the body ends:
 * http.client's readinto(). The number of bytes read goes to `*count`; 0 with HC_OK is the end of the body (or
 * a `capacity` of 0). The memory may be uninitialized. Large reads go from the socket straight into it. May
 * block for the timeout of each receive.
 *
 * Errors: HC_ERR_INCOMPLETE_READ if the body ended early, its chunks are malformed, or a later request on the
 * same connection failed and closed it; HC_ERR_BAD_HEADER, HC_ERR_TOO_MANY_HEADERS, HC_ERR_LINE_TOO_LONG,
 * HC_ERR_HEAD_TOO_LARGE in trailers or chunk extensions; HC_ERR_CONNECTION_RESET and others of HC_ERR_OS;
 * HC_ERR_TIMEOUT, HC_ERR_DEADLINE, HC_WOULD_BLOCK: nothing was lost, the call can be repeated. All of these
 * come only after you have got the bytes before them. HC_ERR_INVALID_ARGUMENT.
 */
hc_error hc_response_read(hc_response *response,
                          void *buffer,
                          size_t capacity,
                          size_t *count);

/**
 * Reads what is there: as hc_response_read, but with at most one receive of body bytes, and waiting only if
 * there is nothing at all: http.client's read1().
 *
 * The response to a HEAD gives no bytes here and stays open: call hc_response_read, hc_response_close or
 * hc_response_free before the next response.
 *
 * Errors: those of hc_response_read, such as HC_ERR_INCOMPLETE_READ.
 */
hc_error hc_response_read1(hc_response *response,
                           void *buffer,
                           size_t capacity,
                           size_t *count);

/**
 * Reads the rest of the body into memory of the response: http.client's read() without an amount.
 *
 * The body's address goes to `*body` and its length to `*len`; a NUL stands behind it, and there may be others
 * in it. It is valid until hc_response_read_all is called again on this response, or the response is freed.
 * `max_len` is the greatest length, in bytes, that you accept. Memory grows with the bytes that come, not with
 * what the server announces. After a failure `*body` and `*len` have what came before it. Repeated after
 * HC_WOULD_BLOCK, HC_ERR_TIMEOUT, HC_ERR_DEADLINE or HC_ERR_TOO_LARGE (with a larger `max_len`), the call adds
 * to that and gives it all. May block for the timeout of each receive.
 *
 * Errors: HC_ERR_TOO_LARGE if the body has more than `max_len` bytes; those of hc_response_read, such as
 * HC_ERR_INCOMPLETE_READ; HC_ERR_NO_MEMORY.
 */
hc_error hc_response_read_all(hc_response *response,
                              size_t max_len,
                              const char **body,
                              size_t *len);

/**
 * Shows body bytes that can be read next, without taking them: http.client's peek().
 *
 * Their address goes to `*data` and how many there are to `*len`: at least 1 unless the body has ended, and
 * never more than the rest of the body or of the current chunk. They are valid until the next call on the
 * response or its connection. May block for the timeout of one receive.
 *
 * Errors: those of hc_response_read, such as HC_ERR_INCOMPLETE_READ.
 */
hc_error hc_response_peek(hc_response *response,
                          const void **data,
                          size_t *len);

/**
 * Reads a line: up to and with its LF, or as much of it as `capacity` holds: http.client's readline().
 *
 * The last line of a body may have no LF. No NUL is added. The response to a HEAD stays open, as with
 * hc_response_read1. The number of bytes goes to `*count`; 0 with HC_OK is the end of the body (or a
 * `capacity` of 0). May block for the timeout of each receive; after HC_WOULD_BLOCK or HC_ERR_TIMEOUT nothing
 * was lost, and the call can be repeated.
 *
 * Errors: those of hc_response_read, such as HC_ERR_INCOMPLETE_READ.
 */
hc_error hc_response_readline(hc_response *response,
                              void *buffer,
                              size_t capacity,
                              size_t *count);

/**
 * Reads what is left of the body and throws it away, so that the connection can be used again: at most
 * `max_len` bytes in each call, also in one that is repeated after HC_WOULD_BLOCK. Cheaper than a new
 * connection where little is left. May block for the timeout of each receive.
 *
 * Errors: HC_ERR_TOO_LARGE if more than `max_len` bytes are left (they can be read on); those of
 * hc_response_read, such as HC_ERR_INCOMPLETE_READ.
 */
hc_error hc_response_skip(hc_response *response,
                          uint64_t max_len);

/**
 * The head of the response as it was received, from the status line to the empty line, but with obsolete line
 * folding replaced by blanks. NUL-terminated; its length goes to `*len` unless that is NULL. Valid until the
 * response is freed. NULL for an invalid or busy handle.
 */
const char *hc_response_raw_head(const hc_response *response,
                                 size_t *len);

/* ================================================================================================
 * HEADERS OF A RESPONSE
 *
 * Headers keep their order, their case and their repetitions. White space around a value is removed. Trailers,
 * which may follow a chunked body, are kept apart: a field there never counts as a header.
 * ================================================================================================ */

/** How many headers the response has; 0 for an invalid or busy handle. */
size_t hc_response_header_count(const hc_response *response);

/**
 * The header at `index`, counted from 0 in the order they came: one of http.client's getheaders().
 *
 * Name and value are NUL-terminated and valid until the response is freed; the four pointers may be NULL each
 * if the program does not want what they would get. Allocates nothing.
 *
 * Errors: HC_ERR_INVALID_ARGUMENT if there is no such index (the four get NULL and 0).
 */
hc_error hc_response_header_at(const hc_response *response,
                               size_t index,
                               const char **name,
                               size_t *name_len,
                               const char **value,
                               size_t *value_len);

/**
 * The values of all headers of that name, any case, joined by ", ": http.client's getheader().
 *
 * The text is NUL-terminated and valid until the response is freed; its length goes to `*len` unless that is
 * NULL. NULL if there is no such header (an empty one is an empty text), for an invalid or busy handle, and
 * where there is no memory for it.
 */
const char *hc_response_getheader(const hc_response *response,
                                  const char *name,
                                  size_t *len);

/** The same for a name of `name_len` bytes, which needs no NUL. */
const char *hc_response_getheader_bytes(const hc_response *response,
                                        const char *name,
                                        size_t name_len,
                                        size_t *len);

/**
 * How many trailers came. They are there once the body was read to its end; before that, and for an invalid or
 * busy handle, it is 0.
 */
size_t hc_response_trailer_count(const hc_response *response);

/**
 * The trailer at `index`; otherwise as hc_response_header_at.
 *
 * Errors: HC_ERR_INVALID_ARGUMENT.
 */
hc_error hc_response_trailer_at(const hc_response *response,
                                size_t index,
                                const char **name,
                                size_t *name_len,
                                const char **value,
                                size_t *value_len);

/* ================================================================================================
 * ERRORS
 *
 * Every function that can fail returns a code of type hc_error: HC_OK (0), or what happened. The codes are
 * http.client's exception classes by name, then Python's OSError family, then the kinds of TLS failure that a
 * program would tell apart. They form a tree as the classes in Python do: hc_error_is(code, HC_ERR_HTTP)
 * answers what "except HTTPException" would catch.
 *
 * A code is a plain 32-bit integer. Its number never changes once released; new ones are added between, so
 * handle those you do not know by asking for their family, or as a failure like any other. The detail of a
 * failure (a message for a person, errno, how much of a body came, the line at fault) is kept by the handle on
 * which the call failed.
 * ================================================================================================ */

/**
 * What a call came to. An enumeration of 32 bits in C and in C++.
 *
 * Numbers: 0 success; 1 "not yet"; from 10 the use of the library; from 100 HTTP; from 200 the operating
 * system; from 300 TLS.
 */
enum hc_error
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    HC_OK = 0, /**< Success. */
    /**
     * A non-blocking call cannot go on now. Nothing was lost: wait until the connection is ready, then make
     * the same call again. Python: BlockingIOError. No failure, and in no family.
     */
    HC_WOULD_BLOCK = 1,
    /**
     * An argument is not allowed: NULL where it must not be, a size that cannot be, a wrong flag. A mistake in
     * the program; nothing was done. Python: TypeError.
     */
    HC_ERR_INVALID_ARGUMENT = 10,
    /** The handle was freed already, is of another type, or is none. Nothing was done. */
    HC_ERR_INVALID_HANDLE = 11,
    /**
     * The handle is in use: by a call in another thread, or by the call whose callback made this one. Nothing
     * was done; use a connection and its responses from one thread at a time.
     */
    HC_ERR_BUSY = 12,
    /**
     * A defect of this library was stopped at its border. The handle can only be freed; other handles are not
     * affected. Please report it.
     */
    HC_ERR_PANIC = 13,
    /**
     * There is not enough memory. Python: MemoryError. Nothing is leaked and the handle is good: a call that
     * sets something up, or receives, can be made again and has lost nothing (but begin another TLS builder).
     * After one that sends, call hc_conn_close and begin the request anew, unless it may have been processed
     * already: see hc_error_detail.retry. Without memory TLS may end the program: see the README.
     */
    HC_ERR_NO_MEMORY = 14,
    /**
     * The process forked after the handle was made. In the child it can only be freed, so that two processes
     * never share one stream.
     */
    HC_ERR_FORKED = 15,
    /** The operation was cancelled by another thread. Call hc_cancel_rearm before the next call. */
    HC_ERR_CANCELLED = 16,
    /** This build or this transport cannot do it, such as TLS in a library built without it. See hc_features. */
    HC_ERR_UNSUPPORTED = 17,
    /** The data does not fit the limit or the buffer that the caller gave. Give a larger one. */
    HC_ERR_TOO_LARGE = 18,
    /**
     * A value that HTTP cannot carry: a method, header name or header value with a character that would end
     * it, or framing headers that contradict the body. Nothing was sent, unless a body turned out to be longer
     * or shorter than announced. Python: ValueError.
     */
    HC_ERR_VALUE = 20,
    /**
     * Text that cannot be encoded as the protocol asks: not ASCII, not ISO-8859-1, or no valid international
     * host name. Python: UnicodeError, a ValueError.
     */
    HC_ERR_ENCODING = 21,
    /**
     * The call does not fit what the handle has done so far, such as setting a tunnel on an open connection.
     * Python: RuntimeError.
     */
    HC_ERR_STATE = 22,
    /**
     * The family of all HTTP errors. By itself: a failure that has no class of its own. http.client:
     * HTTPException.
     */
    HC_ERR_HTTP = 100,
    /**
     * There is no connection, and none may be opened now: opening one automatically is off, the transport has
     * ended, or the rest of a request is to be sent. http.client: NotConnected.
     */
    HC_ERR_NOT_CONNECTED = 101,
    /**
     * The URL, host, port or request target is malformed, or holds a blank or a control character, or the URL
     * has another origin than the connection. Nothing was sent. http.client: InvalidURL.
     */
    HC_ERR_INVALID_URL = 102,
    /**
     * The answer is not HTTP/1.0 or HTTP/1.1. The detail holds the version that came. http.client:
     * UnknownProtocol.
     */
    HC_ERR_UNKNOWN_PROTOCOL = 103,
    /**
     * The body comes in a transfer coding that is not registered. (One that is, such as gzip, is left to the
     * program.) http.client: UnknownTransferEncoding.
     */
    HC_ERR_UNKNOWN_TRANSFER_ENCODING = 104,
    /**
     * For bindings, which map every class of http.client: no function returns it. http.client:
     * UnimplementedFileMode.
     */
    HC_ERR_UNIMPLEMENTED_FILE_MODE = 105,
    /**
     * The stream ended before the body or the head did, or a chunk is malformed. The bytes that came are valid
     * but not all; the detail says how many came and how many are missing. http.client: IncompleteRead.
     */
    HC_ERR_INCOMPLETE_READ = 106,
    /** The family of calls made in the wrong order. http.client: ImproperConnectionState. */
    HC_ERR_IMPROPER_CONNECTION_STATE = 110,
    /**
     * A request is begun while another is under way. Finish that one, or close the connection. http.client:
     * CannotSendRequest.
     */
    HC_ERR_CANNOT_SEND_REQUEST = 111,
    /** A header is put, or the headers ended, while no request is begun. http.client: CannotSendHeader. */
    HC_ERR_CANNOT_SEND_HEADER = 112,
    /**
     * A response is asked for before the request was sent, or while the one before is unread. http.client:
     * ResponseNotReady.
     */
    HC_ERR_RESPONSE_NOT_READY = 113,
    /** The first line of the answer is no status line. The detail holds it. http.client: BadStatusLine. */
    HC_ERR_BAD_STATUS_LINE = 120,
    /**
     * A status line, header line, chunk size or trailer line is longer than the limit. http.client:
     * LineTooLong.
     */
    HC_ERR_LINE_TOO_LONG = 121,
    /**
     * The server closed the connection without any answer, as it may on a connection that was kept open for
     * too long. Both a HC_ERR_BAD_STATUS_LINE and a HC_ERR_CONNECTION_RESET. http.client: RemoteDisconnected.
     */
    HC_ERR_REMOTE_DISCONNECTED = 122,
    /** The answer has more header fields than the limit. http.client: HTTPException. */
    HC_ERR_TOO_MANY_HEADERS = 130,
    /** The head of the answer is larger than the limit. http.client has no such limit. */
    HC_ERR_HEAD_TOO_LARGE = 131,
    /** The server sent more interim (1xx) responses than the limit. http.client has no such limit. */
    HC_ERR_TOO_MANY_INTERIM = 132,
    /** A header line of the answer is malformed. The detail holds it. http.client accepts or drops such lines. */
    HC_ERR_BAD_HEADER = 133,
    /**
     * It cannot be told safely where the body ends: lengths that contradict each other, or a malformed length.
     * http.client guesses.
     */
    HC_ERR_BAD_FRAMING = 134,
    HC_ERR_UNEXPECTED_SWITCH = 135, /**< The server switched protocols (101) without having been asked. */
    /**
     * The family of all failures outside HTTP; TLS belongs to it. By itself: a failed system call without a
     * code of its own, with errno in the detail. Python: OSError.
     */
    HC_ERR_OS = 200,
    HC_ERR_CONNECTION = 201, /**< The family of lost and refused connections. Python: ConnectionError. */
    /** Nothing listens at that address and port. Python: ConnectionRefusedError. */
    HC_ERR_CONNECTION_REFUSED = 202,
    HC_ERR_CONNECTION_RESET = 203, /**< The peer reset the connection. Python: ConnectionResetError. */
    /** This side's system gave the connection up. Python: ConnectionAbortedError. */
    HC_ERR_CONNECTION_ABORTED = 204,
    /** The peer no longer takes data. It may have answered all the same. Python: BrokenPipeError. */
    HC_ERR_BROKEN_PIPE = 205,
    HC_ERR_UNREACHABLE = 210, /**< There is no way to the host or its network. Python: OSError. */
    HC_ERR_TIMEOUT = 211, /**< One operation took longer than the timeout. Python: TimeoutError. */
    HC_ERR_DEADLINE = 212, /**< The deadline of hc_conn_set_deadline has passed. Also a HC_ERR_TIMEOUT. */
    /** The host's name has no address, or could not be looked up. Python: socket.gaierror. */
    HC_ERR_NAME_LOOKUP = 213,
    HC_ERR_TUNNEL = 214, /**< The proxy refused the tunnel. The detail holds its status. Python: OSError. */
    /** The caller's own transport or body callback failed. The detail holds the code that it gave. */
    HC_ERR_TRANSPORT = 215,
    /** Opening the connection took longer than hc_conn_set_connect_timeout allows. Also a HC_ERR_TIMEOUT. */
    HC_ERR_CONNECT_TIMEOUT = 216,
    /** The family of TLS failures. By itself: one without a code of its own. Python: ssl.SSLError. */
    HC_ERR_TLS = 300,
    /**
     * The family of refusals of the peer's certificate. By itself: it was refused for a reason without a code
     * of its own. Python: ssl.SSLCertVerificationError.
     */
    HC_ERR_TLS_CERTIFICATE = 301,
    /** The certificate is for another name. The message says for which, and which was expected. */
    HC_ERR_TLS_NAME_MISMATCH = 302,
    /**
     * The certificate, or one that it rests on, the root's too, has expired. Check this machine's clock too. The
     * message says whose, and when.
     */
    HC_ERR_TLS_EXPIRED = 303,
    /** The certificate, or one that it rests on, is not valid yet. Check this machine's clock. */
    HC_ERR_TLS_NOT_YET_VALID = 304,
    /**
     * The certificate leads to no trusted root; the message says where it leads. A private CA must be added; a
     * server may also have left out an intermediate certificate.
     */
    HC_ERR_TLS_UNKNOWN_ISSUER = 305,
    /**
     * A signature in the chain or in the handshake is wrong, or of a kind that is not accepted: the message says
     * which, whose, and what to do.
     */
    HC_ERR_TLS_BAD_SIGNATURE = 306,
    HC_ERR_TLS_REVOKED = 307, /**< The certificate was revoked by its issuer. */
    /** The certificate is not meant for servers, or its CA may not vouch for a name in it or sign certificates. */
    HC_ERR_TLS_WRONG_PURPOSE = 308,
    /** The server's certificate has none of the pinned keys, or is not the one that is trusted. */
    HC_ERR_TLS_PIN_MISMATCH = 309,
    /**
     * The server asks for a client certificate, or refuses the one it was given. So it is also where it has
     * asked, got none, and then closes the connection before any answer. Also where it asked for TLS
     * renegotiation, which is always refused, and did not go on without: such servers want it for one path alone.
     */
    HC_ERR_TLS_CLIENT_CERTIFICATE = 320,
    /** Client and server share no TLS version, or no cipher suite, key exchange or signature. */
    HC_ERR_TLS_PROTOCOL_VERSION = 321,
    HC_ERR_TLS_NOT_TLS = 322, /**< The peer does not speak TLS: most likely plain HTTP on this port. */
    /**
     * The stream ended without TLS's closing alert (close_notify), in the handshake, before a response, or in
     * a hc_stream: it may have been cut by an attacker. In a body this is HC_ERR_INCOMPLETE_READ. Python:
     * ssl.SSLEOFError.
     */
    HC_ERR_TLS_TRUNCATED = 323,
    /**
     * The TLS configuration cannot be used: a file that does not parse, a key that does not belong to its
     * certificate, no roots, settings that contradict each other.
     */
    HC_ERR_TLS_CONFIG = 324,
    /** The peer took longer than the timeout for a step of the handshake. Also a HC_ERR_TIMEOUT. */
    HC_ERR_TLS_TIMEOUT = 325,
};

/**
 * Whether `code` is `base` or belongs to its family: Python's isinstance.
 *
 * HC_ERR_CANNOT_SEND_REQUEST is a HC_ERR_IMPROPER_CONNECTION_STATE and a HC_ERR_HTTP;
 * HC_ERR_REMOTE_DISCONNECTED is both a HC_ERR_BAD_STATUS_LINE and a HC_ERR_CONNECTION_RESET. Any two numbers
 * may be given: HC_OK and numbers that are no codes belong to nothing.
 */
bool hc_error_is(int32_t code,
                 int32_t base);

/**
 * The name of a code as it is written in this header, such as "HC_ERR_INCOMPLETE_READ", for logs and for
 * bindings that map codes to exception classes.
 *
 * Any number may be given; one that is no code has the name "unknown". The text is static: never NULL, never
 * freed.
 */
const char *hc_error_name(int32_t code);

/**
 * What a code means, in a few English words for a person: "body ended early". The message kept by the handle
 * says more.
 *
 * Any number may be given. The text is static: never NULL, never freed.
 */
const char *hc_error_string(int32_t code);

/* ================================================================================================
 * ERROR DETAIL
 *
 * A call that fails leaves its detail with the connection, for hc_conn_error_detail; hc_response_error_detail
 * gives the same from a response, which may have outlived its connection. It stays until the next call on that
 * connection or its responses fails; a call that succeeds, or returns HC_WOULD_BLOCK, HC_ERR_BUSY or
 * HC_ERR_INVALID_HANDLE, leaves it as it is. So the detail belongs to a failure if its code is the one that
 * the call returned. Where there is no handle (a function named _new that failed) hc_error_string says what the
 * code means, and hc_conn_error_message(NULL) why the last connection on this thread could not be made.
 * ================================================================================================ */

/* Whether the request can be sent again: hc_error_detail.retry. */
#define HC_RETRY_NOT_SENT 0 /**< Nothing of the request was sent; it can be sent again. */
/**
 * Some of the request was sent and the server may have acted on it; send it again only if doing it twice does
 * no harm (RFC 9110 section 9.2.2).
 */
#define HC_RETRY_MAYBE_PROCESSED 1
#define HC_RETRY_RESPONSE_STARTED 2 /**< The response had begun; the server has acted on the request. */
/** Nothing of the request was sent, and to send it again will fail in the same way: there is no such host. */
#define HC_RETRY_FINAL 3

/* What the connection was doing: hc_error_detail.phase. */
#define HC_PHASE_NONE 0 /**< Nothing; a call was refused before it did anything. */
#define HC_PHASE_OPENING 1 /**< Opening the connection, from the name lookup to the end of the TLS handshake. */
#define HC_PHASE_SENDING 2 /**< Sending the request. */
#define HC_PHASE_HEAD 3 /**< Waiting for the head of the response, or reading it. */
#define HC_PHASE_BODY 4 /**< Reading the body of the response. */

/* Which line was too long: hc_error_detail.line_kind. */
#define HC_LINE_NONE 0 /**< None: the failure is another one. */
#define HC_LINE_STATUS 1 /**< The status line. */
#define HC_LINE_HEADER 2 /**< A header. */
#define HC_LINE_CHUNK_SIZE 3 /**< The size of a chunk, with its extension. */
#define HC_LINE_TRAILER 4 /**< A trailer. */

/**
 * What is known of a failure. Set size to sizeof(hc_error_detail) before asking for it.
 *
 * The pointers lead into the connection: they are valid until the next call on it or its responses that fails,
 * or until those are freed, and never freed by the program.
 */
typedef struct hc_error_detail {
    size_t size; /**< sizeof(hc_error_detail), set by the caller. */
    int32_t code; /**< The code, an hc_error; HC_OK if no call has failed yet. */
    /**
     * errno of the system call that failed, or the code that a callback gave; for HC_ERR_NAME_LOOKUP what
     * getaddrinfo returned (EAI_AGAIN, EAI_NONAME), or errno where that was EAI_SYSTEM. Else 0.
     */
    int32_t os_error;
    /**
     * Whether the request can be sent again: HC_RETRY_NOT_SENT, HC_RETRY_MAYBE_PROCESSED,
     * HC_RETRY_RESPONSE_STARTED or HC_RETRY_FINAL.
     */
    int32_t retry;
    int32_t phase; /**< What the connection was doing: one of HC_PHASE_. */
    int64_t received; /**< HC_ERR_INCOMPLETE_READ and other failures in a body: body bytes received. */
    int64_t expected; /**< The same: body bytes that are still missing, or HC_LENGTH_UNKNOWN. */
    /**
     * What happened, one line for a person; bytes from the server are escaped. NUL-terminated, never NULL, may
     * be empty. At most 512 bytes: a longer one ends with three dots. Where there is no memory for it, it says
     * that there was none, and `line` is NULL.
     */
    const char *message;
    size_t message_len; /**< Length of message without its NUL. */
    /**
     * The bytes at fault as they are, where there are such bytes: the status line with its end of
     * HC_ERR_BAD_STATUS_LINE, the version of HC_ERR_UNKNOWN_PROTOCOL, the line of HC_ERR_BAD_HEADER, that of
     * HC_ERR_LINE_TOO_LONG as far as the limit goes. They may contain anything, NUL too. NULL if there are
     * none.
     */
    const char *line;
    size_t line_len; /**< Length of line. */
    int32_t line_kind; /**< HC_ERR_LINE_TOO_LONG: which line it is, one of HC_LINE_; else HC_LINE_NONE. */
} hc_error_detail;

/**
 * The detail of the last call on this connection, or on a response of it, that failed. The pointers in it are
 * valid until the next such call that fails, or until the connection and its responses are freed.
 *
 * Errors: HC_ERR_INVALID_ARGUMENT if `out` is NULL or out->size is not set.
 */
hc_error hc_conn_error_detail(const hc_conn *conn,
                              hc_error_detail *out);

/**
 * The message of the last call on this connection, or on a response of it, that failed: one line for a person,
 * NUL-terminated, empty if none failed. Valid as the pointers of hc_conn_error_detail. Never NULL: for an
 * invalid or a busy handle it says so. For NULL it is the message of the last hc_conn_new or relative of it that
 * failed on this thread, which says which part of host and port was wrong; valid until the next one that fails
 * there, or the thread ends.
 */
const char *hc_conn_error_message(const hc_conn *conn);

/**
 * The detail of the last call on this response or its connection that failed: the same as hc_conn_error_detail
 * gives, for a response that may have outlived its connection.
 *
 * Errors: HC_ERR_INVALID_ARGUMENT if `out` is NULL or out->size is not set.
 */
hc_error hc_response_error_detail(const hc_response *response,
                                  hc_error_detail *out);

/**
 * The message of the last call on this response or its connection that failed: otherwise as
 * hc_conn_error_message.
 */
const char *hc_response_error_message(const hc_response *response);

/* ================================================================================================
 * STATUS CODES
 *
 * A response's status is a number, which may be any from 100 to 999. These are the registered ones, named as
 * in Python's http.HTTPStatus. Where RFC 9110 gave a code a new name, the old one is kept beside it.
 * ================================================================================================ */

#define HC_STATUS_CONTINUE 100 /**< 100 Continue. */
#define HC_STATUS_SWITCHING_PROTOCOLS 101 /**< 101 Switching Protocols. */
#define HC_STATUS_PROCESSING 102 /**< 102 Processing. */
#define HC_STATUS_EARLY_HINTS 103 /**< 103 Early Hints. */
/** 104 Upload Resumption Supported. In the IANA registry as temporary; not in http.client. */
#define HC_STATUS_UPLOAD_RESUMPTION_SUPPORTED 104
#define HC_STATUS_OK 200 /**< 200 OK. */
#define HC_STATUS_CREATED 201 /**< 201 Created. */
#define HC_STATUS_ACCEPTED 202 /**< 202 Accepted. */
#define HC_STATUS_NON_AUTHORITATIVE_INFORMATION 203 /**< 203 Non-Authoritative Information. */
#define HC_STATUS_NO_CONTENT 204 /**< 204 No Content. */
#define HC_STATUS_RESET_CONTENT 205 /**< 205 Reset Content. */
#define HC_STATUS_PARTIAL_CONTENT 206 /**< 206 Partial Content. */
#define HC_STATUS_MULTI_STATUS 207 /**< 207 Multi-Status. */
#define HC_STATUS_ALREADY_REPORTED 208 /**< 208 Already Reported. */
#define HC_STATUS_IM_USED 226 /**< 226 IM Used. */
#define HC_STATUS_MULTIPLE_CHOICES 300 /**< 300 Multiple Choices. */
#define HC_STATUS_MOVED_PERMANENTLY 301 /**< 301 Moved Permanently. */
#define HC_STATUS_FOUND 302 /**< 302 Found. */
#define HC_STATUS_SEE_OTHER 303 /**< 303 See Other. */
#define HC_STATUS_NOT_MODIFIED 304 /**< 304 Not Modified. */
#define HC_STATUS_USE_PROXY 305 /**< 305 Use Proxy. */
#define HC_STATUS_TEMPORARY_REDIRECT 307 /**< 307 Temporary Redirect. */
#define HC_STATUS_PERMANENT_REDIRECT 308 /**< 308 Permanent Redirect. */
#define HC_STATUS_BAD_REQUEST 400 /**< 400 Bad Request. */
#define HC_STATUS_UNAUTHORIZED 401 /**< 401 Unauthorized. */
#define HC_STATUS_PAYMENT_REQUIRED 402 /**< 402 Payment Required. */
#define HC_STATUS_FORBIDDEN 403 /**< 403 Forbidden. */
#define HC_STATUS_NOT_FOUND 404 /**< 404 Not Found. */
#define HC_STATUS_METHOD_NOT_ALLOWED 405 /**< 405 Method Not Allowed. */
#define HC_STATUS_NOT_ACCEPTABLE 406 /**< 406 Not Acceptable. */
#define HC_STATUS_PROXY_AUTHENTICATION_REQUIRED 407 /**< 407 Proxy Authentication Required. */
#define HC_STATUS_REQUEST_TIMEOUT 408 /**< 408 Request Timeout. */
#define HC_STATUS_CONFLICT 409 /**< 409 Conflict. */
#define HC_STATUS_GONE 410 /**< 410 Gone. */
#define HC_STATUS_LENGTH_REQUIRED 411 /**< 411 Length Required. */
#define HC_STATUS_PRECONDITION_FAILED 412 /**< 412 Precondition Failed. */
#define HC_STATUS_CONTENT_TOO_LARGE 413 /**< 413 Content Too Large. */
/** 413: the name of HC_STATUS_CONTENT_TOO_LARGE before Python 3.13. */
#define HC_STATUS_REQUEST_ENTITY_TOO_LARGE 413
#define HC_STATUS_URI_TOO_LONG 414 /**< 414 URI Too Long. */
#define HC_STATUS_REQUEST_URI_TOO_LONG 414 /**< 414: the name of HC_STATUS_URI_TOO_LONG before Python 3.13. */
#define HC_STATUS_UNSUPPORTED_MEDIA_TYPE 415 /**< 415 Unsupported Media Type. */
#define HC_STATUS_RANGE_NOT_SATISFIABLE 416 /**< 416 Range Not Satisfiable. */
/** 416: the name of HC_STATUS_RANGE_NOT_SATISFIABLE before Python 3.13. */
#define HC_STATUS_REQUESTED_RANGE_NOT_SATISFIABLE 416
#define HC_STATUS_EXPECTATION_FAILED 417 /**< 417 Expectation Failed. */
#define HC_STATUS_IM_A_TEAPOT 418 /**< 418 I'm a Teapot. */
#define HC_STATUS_MISDIRECTED_REQUEST 421 /**< 421 Misdirected Request. */
#define HC_STATUS_UNPROCESSABLE_CONTENT 422 /**< 422 Unprocessable Content. */
/** 422: the name of HC_STATUS_UNPROCESSABLE_CONTENT before Python 3.13. */
#define HC_STATUS_UNPROCESSABLE_ENTITY 422
#define HC_STATUS_LOCKED 423 /**< 423 Locked. */
#define HC_STATUS_FAILED_DEPENDENCY 424 /**< 424 Failed Dependency. */
#define HC_STATUS_TOO_EARLY 425 /**< 425 Too Early. */
#define HC_STATUS_UPGRADE_REQUIRED 426 /**< 426 Upgrade Required. */
#define HC_STATUS_PRECONDITION_REQUIRED 428 /**< 428 Precondition Required. */
#define HC_STATUS_TOO_MANY_REQUESTS 429 /**< 429 Too Many Requests. */
#define HC_STATUS_REQUEST_HEADER_FIELDS_TOO_LARGE 431 /**< 431 Request Header Fields Too Large. */
#define HC_STATUS_UNAVAILABLE_FOR_LEGAL_REASONS 451 /**< 451 Unavailable For Legal Reasons. */
#define HC_STATUS_INTERNAL_SERVER_ERROR 500 /**< 500 Internal Server Error. */
#define HC_STATUS_NOT_IMPLEMENTED 501 /**< 501 Not Implemented. */
#define HC_STATUS_BAD_GATEWAY 502 /**< 502 Bad Gateway. */
#define HC_STATUS_SERVICE_UNAVAILABLE 503 /**< 503 Service Unavailable. */
#define HC_STATUS_GATEWAY_TIMEOUT 504 /**< 504 Gateway Timeout. */
#define HC_STATUS_HTTP_VERSION_NOT_SUPPORTED 505 /**< 505 HTTP Version Not Supported. */
#define HC_STATUS_VARIANT_ALSO_NEGOTIATES 506 /**< 506 Variant Also Negotiates. */
#define HC_STATUS_INSUFFICIENT_STORAGE 507 /**< 507 Insufficient Storage. */
#define HC_STATUS_LOOP_DETECTED 508 /**< 508 Loop Detected. */
#define HC_STATUS_NOT_EXTENDED 510 /**< 510 Not Extended. */
#define HC_STATUS_NETWORK_AUTHENTICATION_REQUIRED 511 /**< 511 Network Authentication Required. */

/**
 * The standard reason phrase of a status code: "Not Found" for 404. http.client: responses.
 *
 * Any number may be given; NULL is the answer for one that is not registered. The text is static: never freed.
 * What a server itself sent as its reason is kept by the response.
 */
const char *hc_status_reason(int32_t code);

/* ================================================================================================
 * URLS
 *
 * Most programs begin with a URL: hc_conn_new_url makes a connection of it, and hc_request_url sends a request
 * for it. What both of them take is what hc_url_parse takes, which splits a URL for http or https;
 * hc_url_copy_host and hc_url_copy_target give single parts of it as texts.
 *
 * The grammar is RFC 3986 to the letter. Blanks, control characters, anything outside ASCII, a backslash, a
 * malformed percent escape, an empty host and a port outside 1 to 65535 are refused, so that no two programs
 * can read a URL differently. Nothing is decoded, escaped or normalized.
 *
 * What people type, and what servers send in Location, often does not keep to it. hc_url_repair makes a URL of
 * such a text that does, as browsers would read it. So this is how to follow a redirect:
 *
 *     const char *location = hc_response_getheader(response, "Location", NULL);
 *     if (location != NULL) err = hc_url_repair(url, location, url, sizeof url, NULL, NULL);
 *     if (!err && !hc_conn_has_origin(conn, url)) { ... } // another connection is needed
 *
 * A program that follows redirects counts them, and sends no Authorization and no Cookie to another origin
 * (RFC 9110 section 15.4). It should not go from https to http unasked.
 *
 * Functions with a parameter `len` put a text into `buffer`, which has room for `capacity` bytes, with a NUL
 * behind it. Its length without the NUL goes to `*len`, unless `len` is NULL. If the text does not fit, they
 * return HC_ERR_TOO_LARGE and write nothing to `buffer`; `*len` is the length all the same, and a buffer needs
 * one byte more than that. `buffer` may be NULL if `capacity` is 0, to ask for the length alone. After another
 * error `*len` is as it was, unless the function says otherwise.
 * ================================================================================================ */

/* Kinds of host in hc_url. */
/** A name. (A system's name lookup may still take one such as "127.1" for an address.) */
#define HC_HOST_NAME 0
#define HC_HOST_IPV4 1 /**< An IPv4 address of four decimal numbers. */
#define HC_HOST_IPV6 2 /**< An IPv6 address. In the URL it stands in brackets, in hc_url without. */

/* Where an encoded text is to stand: hc_url_encode, hc_url_decode. */
/**
 * Within a segment of a path, or in a query as a name or a value: only letters, digits and "-._~" stay as they
 * are. Python: urllib.parse.quote(text, safe="").
 */
#define HC_ENCODING_COMPONENT 0
/** In a path of several segments: "/" stays, too. Python: urllib.parse.quote(text). */
#define HC_ENCODING_PATH 1
/**
 * In a form (application/x-www-form-urlencoded), which may be a query or a body: a blank is "+". Python:
 * urllib.parse.quote_plus(text).
 */
#define HC_ENCODING_FORM 2

/**
 * The parts of a URL. Set size to sizeof(hc_url) before hc_url_parse.
 *
 * Each part is a pointer into the URL that was parsed and a length in bytes. It is not NUL-terminated, is
 * valid as long as that text is, and is never freed by itself. A part that is absent is NULL with length 0,
 * one that is empty is not NULL.
 */
typedef struct hc_url {
    size_t size; /**< sizeof(hc_url), set by the caller. */
    const char *scheme; /**< "http" or "https" in the case given; the member https tells which. */
    size_t scheme_len; /**< Length of scheme. */
    /**
     * What stands before the "@", percent escapes and all; NULL if absent. It is never sent by itself: a
     * program that wants it sent puts an Authorization header, which hc_url_copy_authorization makes of it.
     */
    const char *userinfo;
    size_t userinfo_len; /**< Length of userinfo. */
    const char *host; /**< The host, never empty; an IPv6 address without its brackets. */
    size_t host_len; /**< Length of host. */
    /** The path from its first "/"; may be empty. See hc_url_copy_target for what is sent then. */
    const char *path;
    size_t path_len; /**< Length of path. */
    const char *query; /**< What follows the "?"; NULL if absent. */
    size_t query_len; /**< Length of query. */
    /** What follows the "#"; NULL if absent. It is for the program, never for the server. */
    const char *fragment;
    size_t fragment_len; /**< Length of fragment. */
    const char *error_message; /**< Where the URL is refused: why, in a few static English words; else NULL. */
    size_t error_offset; /**< Where the URL is refused: index of the byte at fault; else 0. */
    int32_t host_kind; /**< HC_HOST_NAME, HC_HOST_IPV4 or HC_HOST_IPV6. */
    int32_t port; /**< The port, 1 to 65535: the one given, else 80 for http and 443 for https. */
    bool https; /**< Whether the scheme is https. */
} hc_url;

/**
 * Splits a URL into its parts.
 *
 * `url` is NUL-terminated; `out` points into it afterwards and allocates nothing. After a refusal all parts of
 * `out` are absent, and error_message and error_offset say what and where.
 *
 * Errors: HC_ERR_INVALID_URL; HC_ERR_INVALID_ARGUMENT if a pointer is NULL or out->size is not set (nothing is
 * written then).
 */
hc_error hc_url_parse(const char *url,
                      hc_url *out);

/**
 * Copies the host of a parsed URL into `buffer` as a NUL-terminated text, as opening a connection takes it
 * together with out->port: an IPv6 address has no brackets.
 *
 * A buffer of strlen(url) bytes, for the URL that was parsed, is always large enough; it must not overlap that
 * URL, which must still be there.
 *
 * Errors: HC_ERR_TOO_LARGE if `capacity` bytes do not hold it (nothing is written then);
 * HC_ERR_INVALID_ARGUMENT if a pointer is NULL or `url` was not parsed successfully.
 */
hc_error hc_url_copy_host(const hc_url *url,
                          char *buffer,
                          size_t capacity);

/**
 * Copies the request target of a parsed URL into `buffer` as a NUL-terminated text: the path ("/" where it is
 * empty), then "?" and the query if there is one, and never the fragment.
 *
 * A buffer of strlen(url) bytes, for the URL that was parsed, is always large enough; it must not overlap that
 * URL, which must still be there.
 *
 * Errors: HC_ERR_TOO_LARGE if `capacity` bytes do not hold it (nothing is written then);
 * HC_ERR_INVALID_ARGUMENT if a pointer is NULL or `url` was not parsed successfully.
 */
hc_error hc_url_copy_target(const hc_url *url,
                            char *buffer,
                            size_t capacity);

/**
 * Resolves a reference: gives where it leads from `base` (RFC 3986 section 5.2, strictly), such as
 * "http://h/a/c?d" for "../c?d" from "http://h/a/b/".
 *
 * `base` is a URL as hc_url_parse takes it; its fragment does not matter. `reference` is a URL itself, a part
 * of one, or empty, without anything that RFC 3986 does not allow: for others there is hc_url_repair. It may
 * have another scheme, such as "mailto:x", where only the characters are looked at; so hc_url_parse says of
 * the result whether it is a URL for http or https. ("http:x" has a scheme, so nothing is taken from the base: it
 * stays what it is. hc_url_repair reads it as browsers do, relative to a base of the same scheme.)
 *
 * A fragment is the reference's own. For a Location without one, RFC 9110 section 10.2.2 keeps the fragment of
 * the URL that was asked for: a program that shows URLs appends it; to servers none is ever sent.
 *
 * See the introduction of this section for `buffer` and `len`. `buffer` may be that of `base` or `reference`.
 *
 * Errors: HC_ERR_TOO_LARGE; HC_ERR_INVALID_URL if the reference is malformed: then `*len` is the index of the
 * byte at fault; HC_ERR_INVALID_ARGUMENT if `base` is no URL for http or https, or a pointer is NULL;
 * HC_ERR_NO_MEMORY.
 */
hc_error hc_url_resolve(const char *base,
                        const char *reference,
                        char *buffer,
                        size_t capacity,
                        size_t *len);

/**
 * Makes a URL of what people type and servers send: gives a URL that hc_url_parse takes, as browsers would
 * read the text, or says where they could not.
 *
 * `text` is a URL, or with `base` a reference, too, resolved as hc_url_resolve does it. `base` is NULL or a
 * URL as hc_url_parse takes it. It is read by the rules of the WHATWG's URL standard:
 *
 * Blanks and control characters around it are left out. A backslash before the query counts as "/". Where a
 * host is due, any number of slashes may stand before it: "http:/h" is "http://h"; but "http:x" is relative to
 * a base with the same scheme. Whatever else may not stand in a URL is percent-encoded, byte by byte: blanks,
 * brackets, all that is beyond ASCII (so UTF-8 stays UTF-8), and a "%" without two hexadecimal digits. Escapes
 * are left as they are. Segments "." and ".." are resolved, "%2e" counting as a dot. The last "@" before the
 * path ends user information. A host is percent-decoded, and goes into its xn-- form if it is beyond ASCII. A
 * host whose last label is a number becomes an IPv4 address of four decimal numbers: "127.1" is "127.0.0.1". A
 * text without a scheme, such as "example.org/x", is a reference: without a base it is refused, and the message
 * says that it has none. For what is typed into an address bar, put "http://" before such a text and repair that.
 *
 * Refused are, unlike in browsers, a tab, CR or LF within the text, and port 0. No result has a blank, a
 * control character or a byte beyond ASCII in it. What the URL leads to is not judged: that is for the
 * program.
 *
 * See the introduction of this section for `buffer` and `len`. `buffer` may be that of `base` or `text`. `out`
 * is NULL or has its size set: it is filled as by hc_url_parse, with pointers into `buffer`; after
 * HC_ERR_INVALID_URL its error_message and error_offset say what is wrong with `text` and where, and all parts
 * are absent.
 *
 * Errors: HC_ERR_TOO_LARGE; HC_ERR_INVALID_URL, with `*len` the index of the byte at fault, or of the host's
 * first: also for a host beyond ASCII in a build without IDNA (hc_features); HC_ERR_INVALID_ARGUMENT if `base`
 * is no URL for http or https, out->size is not set, or a pointer is NULL; HC_ERR_NO_MEMORY.
 */
hc_error hc_url_repair(const char *base,
                       const char *text,
                       char *buffer,
                       size_t capacity,
                       size_t *len,
                       hc_url *out);

/**
 * Percent-encodes bytes (RFC 3986 section 2.1), so that they can be put into a URL: `data_len` bytes of
 * `data`, whatever they are. `encoding` is one of HC_ENCODING_; `data` may be NULL if `data_len` is 0.
 *
 * A segment of a path that is "." or ".." stays that, and leads elsewhere: refuse it before, if the program
 * does not choose it. The text is at most three times as long. See the introduction of this section for
 * `buffer` and `len`; `buffer` must not overlap `data`.
 *
 * Errors: HC_ERR_TOO_LARGE; HC_ERR_INVALID_ARGUMENT.
 */
hc_error hc_url_encode(const void *data,
                       size_t data_len,
                       int32_t encoding,
                       char *buffer,
                       size_t capacity,
                       size_t *len);

/**
 * Encodes the fields of a form, which may be a query or the body of a POST: Python's urllib.parse.urlencode().
 * `fields` is NULL, or names and values in turn, ended by NULL:
 *
 * const char *fields[] = {"q", "rock & roll", "page", "2", NULL};
 * err = hc_url_encode_form(fields, buffer, sizeof buffer, &len); // q=rock+%26+roll&page=2
 *
 * A body is sent with "Content-Type: application/x-www-form-urlencoded". See the introduction of this section
 * for `buffer` and `len`; `buffer` must not overlap the texts.
 *
 * Errors: HC_ERR_TOO_LARGE; HC_ERR_INVALID_ARGUMENT, also for a name without a value.
 */
hc_error hc_url_encode_form(const char *const *fields,
                            char *buffer,
                            size_t capacity,
                            size_t *len);

/**
 * Decodes a percent-encoded text (RFC 3986 section 2.1), of `text_len` bytes: the opposite of hc_url_encode.
 * `encoding` is one of HC_ENCODING_: "+" becomes a blank for HC_ENCODING_FORM only. What is no escape stays as
 * it is, whatever bytes these are. `text` may be NULL if `text_len` is 0, as for a part of hc_url that is
 * absent.
 *
 * The result is never longer than the text. It can be any bytes: where "%00" became a NUL, `*len` is more than
 * strlen says. Decode a part after the URL was split, not before, and only once. See the introduction of this
 * section for `buffer` and `len`; `buffer` must not overlap `text`.
 *
 * Errors: HC_ERR_TOO_LARGE; HC_ERR_INVALID_URL for a "%" without two hexadecimal digits: then `*len` is its
 * index; HC_ERR_INVALID_ARGUMENT.
 */
hc_error hc_url_decode(const char *text,
                       size_t text_len,
                       int32_t encoding,
                       char *buffer,
                       size_t capacity,
                       size_t *len);

/**
 * Gives the value of an Authorization field for a user and a password: the Basic scheme of RFC 7617. Whoever
 * reads it has the password: it is for https only.
 *
 * Both are taken as they are, UTF-8 if they have characters beyond ASCII; either may be empty. The value has 6
 * bytes and 4 for every 3 bytes, or part of them, of user, ":" and password. See the introduction of this
 * section for `buffer` and `len`; `buffer` must not overlap the texts.
 *
 * Errors: HC_ERR_TOO_LARGE; HC_ERR_VALUE if `user` has a ":", or either of them a control character;
 * HC_ERR_INVALID_ARGUMENT if a pointer is NULL.
 */
hc_error hc_basic_authorization(const char *user,
                                const char *password,
                                char *buffer,
                                size_t capacity,
                                size_t *len);

/**
 * Gives the value of an Authorization field for the user information of a parsed URL, decoded: what stands
 * before its first ":" is the user, what stands behind it the password, empty if there is no ":". See
 * hc_basic_authorization for what that is, and the introduction of this section for `buffer` and `len`. The
 * URL that was parsed must still be there, and `buffer` must not overlap it.
 *
 * char value[256];
 * const char *headers[] = {"Authorization", value, NULL};
 * err = hc_url_copy_authorization(&parsed, value, sizeof value, NULL);
 * if (!err) err = hc_request_url(conn, "GET", url, headers, NULL, 0);
 *
 * Errors: HC_ERR_TOO_LARGE; HC_ERR_VALUE if the user, decoded, has a ":" or either of them a control
 * character; HC_ERR_INVALID_ARGUMENT if a pointer is NULL, or `url` was not parsed successfully or has no user
 * information.
 */
hc_error hc_url_copy_authorization(const hc_url *url,
                                   char *buffer,
                                   size_t capacity,
                                   size_t *len);

/* ================================================================================================
 * SETTINGS OF A CONNECTION
 *
 * Every setting can be changed at any time. It holds from the next operation on, or, where that is said, from
 * the next opening of the connection on.
 * ================================================================================================ */

#define HC_TIMEOUT_NONE (-1) /**< A timeout: wait for ever. The default. */

/* Limits for hc_conn_set_limit. */
/** Bytes in a line of a head, of trailers or of a chunk's size, its end included; by default 65536. */
#define HC_LIMIT_LINE 0
/**
 * Lines in a header block, the empty last one included, as http.client counts, which has 100; by default 1001:
 * 1,000 fields.
 */
#define HC_LIMIT_HEADERS 1
/**
 * Bytes of all heads of one response together, interim responses and trailers included; by default 262144
 * (256 KiB). Of chunk extensions what is more than the data before it counts, too.
 */
#define HC_LIMIT_HEAD_BYTES 2
#define HC_LIMIT_INTERIM 3 /**< Interim (1xx) responses before the final one; by default 100. */

/* When a kept connection is checked: hc_conn_set_stale_check. */
#define HC_STALE_CHECK_ALWAYS 0 /**< Before each request on a kept connection. */
#define HC_STALE_CHECK_NEVER (-1) /**< Never. */

/**
 * Sets how long each single operation (a name lookup, connecting to one address, one send, one receive) may
 * take, in milliseconds: HC_TIMEOUT_NONE waits for ever, 0 never waits but returns HC_WOULD_BLOCK. It holds
 * for reading responses too. Each begins anew with a byte of the request that leaves, and with one of the
 * response's headers or of its body's data that comes; not with a signal, a TLS record that is incomplete or
 * without data, what the server says while it takes nothing, a status line that is incomplete, interim
 * responses, a proxy's answer to CONNECT, chunk extensions or trailers.
 *
 * Errors: HC_ERR_INVALID_ARGUMENT for another negative number; HC_ERR_UNSUPPORTED for a positive one in a build
 * without std, which has no clock.
 */
hc_error hc_conn_set_timeout(hc_conn *conn,
                             int64_t milliseconds);

/**
 * The timeout that hc_conn_set_timeout has set, in milliseconds; HC_TIMEOUT_NONE by default, and for an
 * invalid or busy handle.
 */
int64_t hc_conn_timeout(const hc_conn *conn);

/**
 * Sets how long opening the connection may take as a whole, in milliseconds: the name lookup, every address
 * that is tried, TLS to a proxy, its answer to CONNECT, and TLS to the host. After that time the call that
 * opens it fails with HC_ERR_CONNECT_TIMEOUT. HC_TIMEOUT_NONE, the default: there is no limit of the whole,
 * only hc_conn_set_timeout for each step. It counts anew whenever the connection opens, and holds beside the
 * timeout and a deadline: whichever is first.
 *
 * Errors: HC_ERR_INVALID_ARGUMENT for 0, or a negative number but HC_TIMEOUT_NONE; HC_ERR_UNSUPPORTED in a
 * build without std.
 */
hc_error hc_conn_set_connect_timeout(hc_conn *conn,
                                     int64_t milliseconds);

/**
 * The limit that hc_conn_set_connect_timeout has set, in milliseconds; HC_TIMEOUT_NONE by default, and for an
 * invalid or busy handle.
 */
int64_t hc_conn_connect_timeout(const hc_conn *conn);

/**
 * Sets one of the HC_LIMIT_ bounds on what a response's head may be. `limit` is at least 1.
 *
 * Errors: HC_ERR_INVALID_ARGUMENT for an unknown limit, or 0.
 */
hc_error hc_conn_set_limit(hc_conn *conn, int32_t which, size_t limit);

/** One of the HC_LIMIT_ bounds; 0 for an unknown one, and for an invalid or busy handle. */
size_t hc_conn_limit(const hc_conn *conn, int32_t which);

/**
 * Sets whether the connection opens by itself when something is to be sent; on by default. Off, that is
 * HC_ERR_NOT_CONNECTED.
 */
hc_error hc_conn_set_auto_open(hc_conn *conn,
                               bool on);

/** Whether the connection opens by itself; false for an invalid or busy handle. */
bool hc_conn_auto_open(const hc_conn *conn);

/**
 * Sets when a kept connection is checked before it is used again: whether the server has closed it, or has
 * sent bytes that nobody asked for.
 *
 * HC_STALE_CHECK_ALWAYS, the default: before each request, for one system call. HC_STALE_CHECK_NEVER: never.
 * Any other number: only if the last exchange ended at least so many milliseconds ago (in a build without std:
 * always). Without the check, a response that the server sends unasked can be taken for the answer to the next
 * request: use this only with servers that you trust fully.
 *
 * Errors: HC_ERR_INVALID_ARGUMENT for another negative number.
 */
hc_error hc_conn_set_stale_check(hc_conn *conn,
                                 int64_t idle_milliseconds);

/**
 * Sets how long a kept connection may have been idle, in milliseconds, to be used again; HC_TIMEOUT_NONE, the
 * default, is for ever. One that has been idle for longer is replaced before anything is sent, and
 * hc_conn_exchange_flags has HC_EXCHANGE_REPLACED.
 *
 * Network address translators and load balancers forget a connection that is idle, often after some minutes,
 * and many tell neither end: a request on it is then answered by nobody, and waits for its timeout. The stale
 * check cannot see that. Off by default, as http.client has no such limit and it costs a look at the clock after
 * each exchange; for a client that rests between requests 118000 is a good choice (curl's). Time counts from
 * the end of an exchange that ends after this call: set it before the first.
 *
 * Errors: HC_ERR_INVALID_ARGUMENT for another negative number; HC_ERR_UNSUPPORTED in a build without std.
 */
hc_error hc_conn_set_max_idle(hc_conn *conn,
                              int64_t milliseconds);

/**
 * The limit that hc_conn_set_max_idle has set, in milliseconds; HC_TIMEOUT_NONE by default, and for an invalid or
 * busy handle. One that the clock does not hold (more than 584 years) comes back as the longest that it does.
 */
int64_t hc_conn_max_idle(const hc_conn *conn);

/**
 * Sets TCP keepalive: probes that are sent while the connection is idle, so that what stands between does not
 * forget it and a peer that is gone is noticed (it is then an error of HC_ERR_OS: HC_ERR_CONNECTION_ABORTED).
 *
 * The first probe goes out after `idle_seconds` without traffic, the next ones every `interval_seconds`, and
 * after `probes` without an answer the connection is broken. 0 for one of them leaves it to the system (Linux:
 * 7200, 75 and 9), 0 for all three is off, the default, as in http.client. Seconds are 0 to 32767, probes 0 to
 * 127. It holds from the next opening on, and an opening under way is given up; a system that does not know
 * one of them ignores it.
 *
 * Errors: HC_ERR_INVALID_ARGUMENT for a number out of range; HC_ERR_UNSUPPORTED for a connection that is not made
 * by hc_conn_new or hc_conn_new_tls, and in a build without sockets.
 */
hc_error hc_conn_set_tcp_keepalive(hc_conn *conn,
                                   int32_t idle_seconds,
                                   int32_t interval_seconds,
                                   int32_t probes);

/**
 * Sets whether a request is sent once more, on a new connection, where doing it twice does no harm; off by
 * default.
 *
 * It is sent again only if all of this is true: the connection had been used before; the server closed it
 * before a byte of the response came; the method is GET, HEAD, OPTIONS, PUT, DELETE or TRACE; and the body, if
 * there is one, was given as bytes. A copy of the request is kept until its response comes. The repetition is
 * made by the call that finds out, hc_request or hc_getresponse, which then may fail as hc_conn_connect does;
 * hc_conn_exchange_flags tells of it. Never blocks itself.
 */
hc_error hc_conn_set_retry(hc_conn *conn,
                           bool on);

/**
 * Sets whether hc_conn_set_retry, which is to be on as well, holds for every method, POST among them; off by
 * default. A server that closes without an answer may have acted on the request all the same: this is for
 * requests that do no harm twice, such as a POST with an Idempotency-Key that the server knows.
 */
hc_error hc_conn_set_retry_any_method(hc_conn *conn,
                                      bool on);

/**
 * Sets whether requests are HTTP/1.0: without the automatic Host and Accept-Encoding, and without chunked
 * bodies. Off by default.
 */
hc_error hc_conn_set_http10(hc_conn *conn,
                            bool on);

/** Whether requests are HTTP/1.0; false for an invalid or busy handle. */
bool hc_conn_http10(const hc_conn *conn);

/**
 * Sets how many bytes a body function is asked for at a time, and so the size of what is sent in one piece:
 * http.client's blocksize. 8192 by default, at least 1.
 *
 * Errors: HC_ERR_INVALID_ARGUMENT for 0.
 */
hc_error hc_conn_set_blocksize(hc_conn *conn,
                               size_t bytes);

/** How many bytes a body function is asked for at a time; 0 for an invalid or busy handle. */
size_t hc_conn_blocksize(const hc_conn *conn);

/**
 * Sets the local address to connect from: http.client's source_address.
 *
 * `host` is an IP address, or NULL or empty for any; `port` is 1 to 65535, or 0 for any. It holds from the
 * next opening on, and an opening under way is given up.
 *
 * Errors: HC_ERR_INVALID_ARGUMENT if `host` is no IP address or `port` out of range; HC_ERR_UNSUPPORTED for a
 * connection that is not made by hc_conn_new or hc_conn_new_tls.
 */
hc_error hc_conn_set_source_address(hc_conn *conn,
                                    const char *host,
                                    int32_t port);

/**
 * The local host that hc_conn_set_source_address has set, NUL-terminated and empty for any; its length goes to
 * `*len` and the port, 0 for any, to `*port`, unless those are NULL. Valid until it is set again or the
 * connection freed. NULL and 0 if none is set, and for an invalid or busy handle.
 */
const char *hc_conn_source_address(const hc_conn *conn,
                                   size_t *len,
                                   int32_t *port);

/**
 * Sets where to connect to instead of the connection's host and port. The Host header, SNI and the check of
 * the certificate still use the connection's host.
 *
 * `host` is a name (as for hc_conn_new) or an IP address, or NULL for the connection's own host and port, as
 * at first; `port` is 1 to 65535. It holds from the next opening on, and an opening under way is given up.
 *
 * Errors: HC_ERR_INVALID_URL, HC_ERR_ENCODING if `host` is not valid; HC_ERR_INVALID_ARGUMENT if `port` is out
 * of range; HC_ERR_UNSUPPORTED for a connection that is not made by hc_conn_new or hc_conn_new_tls.
 */
hc_error hc_conn_set_address(hc_conn *conn,
                             const char *host,
                             int32_t port);

/* ================================================================================================
 * TLS
 *
 * A connection for https verifies its server: the certificate must bear the host's name (for an IP address:
 * that address), be valid today, be meant for servers, and lead to a trusted root over the intermediate
 * certificates that the server sends. If one of these does not hold, nothing of the request is sent; the code
 * says which it was, and the message what was expected and what came.
 *
 * Without a configuration, the roots are those of Mozilla's list, which are built in, versions 1.2 and 1.3 are
 * offered, and sessions are resumed. For everything else there is a builder. This trusts a private authority,
 * and nobody else:
 *
 *     hc_tls_builder_new(&builder);
 *     hc_tls_builder_add_roots_file(builder, "ca.pem");
 *     code = hc_tls_builder_build(builder, &config);
 *     hc_tls_builder_free(builder);
 *     code = hc_conn_new_tls("intranet.example", HC_PORT_DEFAULT, config, &conn);
 *     hc_tls_config_free(config);
 *
 * A builder does not forget: if one of its calls has failed, hc_tls_builder_build fails with that code, so one
 * look at the end is enough, and no configuration comes out that lacks what was asked for.
 * hc_tls_builder_error_message, asked before the builder is freed, says what was wrong. What was built never
 * changes; any number of connections and threads may use it at once, and hc_tls_config_free may follow as soon
 * as the connections are made.
 *
 * Versions below 1.2 are never spoken, and signatures with SHA-1 or an RSA key of less than 2048 bits prove
 * nothing. The README has a table of what else is refused that OpenSSL takes, such as RSA above 8192 bits, or
 * P-521 in a build without aws-lc; the message names the certificate at fault (the server's, intermediate number
 * N, the root) and says what to do. A root that is not valid today proves nothing either, but for those of the
 * built-in list, whose dates are not known; where another way leads to one that is, that is taken. What is not
 * looked at: whether a certificate was revoked, unless there are revocation lists
 * (hc_tls_builder_add_revocation_lists; nobody is asked over the network), and certificate transparency. A
 * session that is resumed shows no certificate: what was verified for the first one, dates too, holds for it.
 *
 * The handshake is part of opening a connection: the server may take the connection's timeout for each of its
 * answers, in however many pieces they come. One that stalls is HC_ERR_TLS_TIMEOUT, with HC_PHASE_OPENING in
 * the detail. Where a response's end is the end of the stream, TLS has to say so (close_notify), or the body
 * counts as cut short: HC_ERR_INCOMPLETE_READ, but see HC_LENIENT_TLS_TRUNCATION.
 *
 * Whom to trust. Roots are added together: hc_tls_builder_add_bundled_roots for the built-in list,
 * hc_tls_builder_add_system_roots for the system's, hc_tls_builder_add_roots for one's own. Where none of
 * these is called, the built-in list holds. hc_tls_builder_trust_certificate trusts exactly one certificate
 * instead, for a device that has signed its own. hc_tls_builder_add_pin demands, on top of the verification,
 * one of the given public keys; with hc_tls_builder_trust_pins_only, instead of a root. Names are checked in
 * each of these cases. Choices that exclude each other are refused by hc_tls_builder_build; none of them is
 * silently without effect.
 *
 * Who we are. A server that wants to know gets the certificate of hc_tls_builder_set_client_certificate. A
 * server that wants one and gets none or a wrong one: HC_ERR_TLS_CLIENT_CERTIFICATE.
 *
 * What is dangerous. Two functions of the builder with this word in their names turn verification off, in part
 * or altogether. With hc_tls_builder_dangerous_accept_any_certificate the traffic is encrypted, but nobody
 * knows for whom: anyone on the way can pose as the server and read and change everything. For a test server,
 * hc_tls_builder_add_roots_file is no more work.
 * ================================================================================================ */

/**
 * Takes a line of the key log: `line` has `len` bytes and a NUL, no line end, and is valid during the call
 * only. `context` is what was given with it.
 *
 * A line for which there is no memory is left out. Called during handshakes, on the thread that makes them: with several threads also at the same time. Calls
 * on the connection from here return HC_ERR_BUSY.
 */
typedef void (*hc_key_log_fn)(void *context, const char *line, size_t len);

/* Versions of TLS: hc_tls_builder_set_versions. */
#define HC_TLS_1_2 12 /**< 1.2 (RFC 5246). */
#define HC_TLS_1_3 13 /**< 1.3 (RFC 8446). */

/* Sources of roots: hc_tls_config_root_count. */
#define HC_TLS_ROOTS_BUNDLED 0 /**< The list that is built in. */
#define HC_TLS_ROOTS_SYSTEM 1 /**< The system's store. */
#define HC_TLS_ROOTS_GIVEN 2 /**< The program, by hc_tls_builder_add_roots and hc_tls_builder_add_roots_file. */

/**
 * Collects what a configuration shall be. Made by hc_tls_builder_new, freed by hc_tls_builder_free; used by
 * one thread at a time.
 *
 * Every function that takes one can return HC_ERR_INVALID_ARGUMENT for a NULL that is not allowed,
 * HC_ERR_INVALID_HANDLE, HC_ERR_BUSY while another thread uses it, HC_ERR_STATE after it was built,
 * HC_ERR_NO_MEMORY, and HC_ERR_UNSUPPORTED in a build without TLS. None of them uses the network.
 */
typedef struct hc_tls_builder hc_tls_builder;

/**
 * Makes a builder: with nothing more, hc_tls_builder_build makes the default configuration.
 *
 * The builder goes to `*out`, to be freed by hc_tls_builder_free; after a failure that is NULL.
 *
 * Errors: HC_ERR_INVALID_ARGUMENT if `out` is NULL; HC_ERR_NO_MEMORY; HC_ERR_UNSUPPORTED in a build without
 * TLS.
 */
hc_error hc_tls_builder_new(hc_tls_builder **out);

/**
 * Ends a builder's handle, built or not. What it has built is not affected. NULL does nothing.
 *
 * Errors: HC_ERR_BUSY while another thread uses it: it is not freed then.
 */
hc_error hc_tls_builder_free(hc_tls_builder *builder);

/**
 * Trusts the roots of Mozilla's list, as they were when this library was built.
 *
 * Errors: those of every builder function, such as HC_ERR_STATE.
 */
hc_error hc_tls_builder_add_bundled_roots(hc_tls_builder *builder);

/**
 * Trusts the roots of the system's store, as they are now. Where the environment's SSL_CERT_FILE or
 * SSL_CERT_DIR is set, the store is there instead, for this function alone; not in a program that has more
 * rights than who started it (set-user-id and the like, the rule of secure_getenv), which does not believe
 * them. What cannot be read or parsed is left out and counted, see hc_tls_config_root_failures. May block to
 * read files.
 *
 * Errors: HC_ERR_TLS_CONFIG if there is not a single usable root, and on macOS in such a program while one of
 * the two is set; those of every builder function.
 */
hc_error hc_tls_builder_add_system_roots(hc_tls_builder *builder);

/**
 * Trusts the given certificates as roots: `data` has `len` bytes, either PEM with any number of them, or one
 * as DER; it is copied. What cannot be parsed is left out and counted, and takes nothing beside it along. A root
 * that is not valid today is kept, and proves nothing on the days on which it is not: HC_ERR_TLS_EXPIRED or
 * HC_ERR_TLS_NOT_YET_VALID from the connection.
 *
 * Errors: HC_ERR_TLS_CONFIG if none can be parsed; those of every builder function.
 */
hc_error hc_tls_builder_add_roots(hc_tls_builder *builder,
                                  const void *data,
                                  size_t len);

/**
 * Trusts the certificates in a file as roots: hc_tls_builder_add_roots with its contents. May block to read
 * it.
 *
 * Errors: HC_ERR_TLS_CONFIG if the file cannot be read (os_error of hc_tls_builder_error_detail is its errno),
 * is larger than 64 MiB, or has no certificate that can be parsed; those of every builder function.
 */
hc_error hc_tls_builder_add_roots_file(hc_tls_builder *builder,
                                       const char *file);

/**
 * Refuses servers whose certificate one of these revocation lists names: `data` has `len` bytes, either PEM
 * with any number of lists, or one as DER; it is copied. May be called several times.
 *
 * The server's own certificate is looked up, not those it rests on; its issuer must have a list here, or it is
 * refused too, and that list must not have expired. Lists are of version 2, have the date of the next one, and
 * are whole; one that is signed with SHA-1 is refused with the server's certificate (HC_ERR_TLS_CERTIFICATE).
 *
 * Errors: HC_ERR_TLS_CONFIG if a list cannot be parsed (what is inside is seen by hc_tls_builder_build); those
 * of every builder function.
 */
hc_error hc_tls_builder_add_revocation_lists(hc_tls_builder *builder,
                                             const void *data,
                                             size_t len);

/**
 * hc_tls_builder_add_revocation_lists with the contents of a file. May block to read it.
 *
 * Errors: HC_ERR_TLS_CONFIG if the file cannot be read or a list not be parsed; those of every builder
 * function.
 */
hc_error hc_tls_builder_add_revocation_lists_file(hc_tls_builder *builder,
                                                  const char *file);

/**
 * Shows this certificate to servers that ask for one. A later call replaces an earlier one.
 *
 * `chain` has `chain_len` bytes of PEM: the client's own certificate, then the one that issued it, and so on;
 * the root may be left out. `key` has `key_len` bytes of PEM with the private key of the first: PKCS#8, PKCS#1
 * or SEC1, not encrypted; RSA with 2048 bits or more, ECDSA on P-256 or P-384 (P-521, too, with
 * HC_FEATURE_AWS_LC), or Ed25519. Both are copied, and may be the same text. What else the certificate is like,
 * such as of version 1 of X.509 or expired, is the server's to judge.
 *
 * Errors: HC_ERR_TLS_CONFIG if any of it cannot be parsed or the chain is out of order (that the key can be
 * used and belongs to the certificate is seen by hc_tls_builder_build); those of every builder function.
 */
hc_error hc_tls_builder_set_client_certificate(hc_tls_builder *builder,
                                               const void *chain,
                                               size_t chain_len,
                                               const void *key,
                                               size_t key_len);

/**
 * hc_tls_builder_set_client_certificate with the contents of files, which may be one and the same. May block
 * to read them.
 *
 * Errors: HC_ERR_TLS_CONFIG if a file cannot be read, and as for hc_tls_builder_set_client_certificate; those
 * of every builder function.
 */
hc_error hc_tls_builder_set_client_certificate_files(hc_tls_builder *builder,
                                                     const char *chain_file,
                                                     const char *key_file);

/**
 * Accepts only servers with this public key, or that of another pin: HC_ERR_TLS_PIN_MISMATCH.
 *
 * `pin` is the SHA-256 of the SubjectPublicKeyInfo of the server's own certificate, either as "sha256/" and
 * base64, as curl has it, or as 64 hexadecimal digits. Everything else is verified as well, but see
 * hc_tls_builder_trust_pins_only. Pin a second key that is kept in reserve, or a server that changes its key
 * is out of reach.
 *
 * Errors: HC_ERR_TLS_CONFIG if `pin` has neither form; those of every builder function.
 */
hc_error hc_tls_builder_add_pin(hc_tls_builder *builder,
                                const char *pin);

/**
 * Lets the pins stand instead of a root: who issued the certificate and its dates are not looked at, its name
 * still is. There must be a pin, no roots or revocation lists, and no other choice of whom to trust.
 *
 * Errors: those of every builder function, such as HC_ERR_STATE.
 */
hc_error hc_tls_builder_trust_pins_only(hc_tls_builder *builder);

/**
 * Trusts exactly this certificate instead of roots, for a device that has signed its own: `data` has `len`
 * bytes with one certificate, as PEM or DER; it is copied. A server with another one is refused with
 * HC_ERR_TLS_PIN_MISMATCH. The dates are not checked. The name is, unless
 * hc_tls_builder_dangerous_accept_any_name is called, which is safe here: no other certificate is accepted
 * anyway. There must be no roots or revocation lists, no second certificate, and no other choice of whom to
 * trust. Pins, if any, hold as well. A certificate older than version 3 of X.509 cannot be trusted so: a
 * connection fails with HC_ERR_TLS_CERTIFICATE.
 *
 * Errors: HC_ERR_TLS_CONFIG if that is not one certificate; those of every builder function.
 */
hc_error hc_tls_builder_trust_certificate(hc_tls_builder *builder,
                                          const void *data,
                                          size_t len);

/**
 * hc_tls_builder_trust_certificate with the contents of a file. May block to read it.
 *
 * Errors: HC_ERR_TLS_CONFIG if the file cannot be read, or is not one certificate; those of every builder
 * function.
 */
hc_error hc_tls_builder_trust_certificate_file(hc_tls_builder *builder,
                                               const char *file);

/**
 * DANGEROUS with roots: accepts a certificate whatever names it bears. Whoever has a certificate of any of the
 * trusted roots, for any name, can then pose as the server. With pins, or exactly one trusted certificate, the
 * key tells the server apart, and this does no harm. To verify another name than the connection's, use
 * hc_tls_builder_verify_name instead; not both.
 *
 * Errors: those of every builder function, such as HC_ERR_STATE.
 */
hc_error hc_tls_builder_dangerous_accept_any_name(hc_tls_builder *builder);

/**
 * DANGEROUS: accepts any certificate of anybody, for any name. Anyone on the way can pose as the server, and
 * read and change everything that is sent. The certificate is not even parsed, nor its signature in the
 * handshake looked at, so servers are accepted whose certificates are malformed. There must be no roots,
 * revocation lists, pins or name to verify beside it, since they would have no effect.
 *
 * Errors: those of every builder function, such as HC_ERR_STATE.
 */
hc_error hc_tls_builder_dangerous_accept_any_certificate(hc_tls_builder *builder);

/**
 * Sends `host` as the server name indication (RFC 6066 section 3) instead of the connection's host, or none
 * for NULL. It is copied. What the certificate is verified for does not change.
 *
 * Errors: HC_ERR_VALUE if that is no host name, HC_ERR_TLS_CONFIG for an IP address, HC_ERR_ENCODING if it is
 * not ASCII (give its xn-- form); those of every builder function.
 */
hc_error hc_tls_builder_set_sni(hc_tls_builder *builder,
                                const char *host);

/**
 * Verifies the certificate for this host name or IP address instead of the connection's host, for a server
 * that is reached by another way. It is copied. The server name indication changes with it, unless
 * hc_tls_builder_set_sni says otherwise.
 *
 * Errors: HC_ERR_VALUE if that is neither, HC_ERR_ENCODING if it is not ASCII (give its xn-- form); those of
 * every builder function.
 */
hc_error hc_tls_builder_verify_name(hc_tls_builder *builder,
                                    const char *host);

/**
 * Sets the lowest and the highest version to offer: HC_TLS_1_2 or HC_TLS_1_3. The default is both.
 *
 * Errors: HC_ERR_INVALID_ARGUMENT for another number; HC_ERR_TLS_CONFIG if the lowest is above the highest;
 * those of every builder function.
 */
hc_error hc_tls_builder_set_versions(hc_tls_builder *builder,
                                     int32_t min,
                                     int32_t max);

/**
 * Offers only these cipher suites, the preferred first, by their IANA names: for TLS 1.3
 * "TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256" and "TLS_CHACHA20_POLY1305_SHA256"; for 1.2
 * "TLS_ECDHE_ECDSA_WITH_" or "TLS_ECDHE_RSA_WITH_" followed by "AES_256_GCM_SHA384", "AES_128_GCM_SHA256" or
 * "CHACHA20_POLY1305_SHA256". The default is all of them, in this order and those of 1.3 first. `names` is an
 * array that ends with NULL; a name in it twice counts once. Versions that no suite is left for are not
 * offered.
 *
 * Errors: HC_ERR_TLS_CONFIG for a name that this build does not have; HC_ERR_ENCODING for one that is not
 * UTF-8; those of every builder function. A list without a suite for any version that is offered is refused by
 * hc_tls_builder_build.
 */
hc_error hc_tls_builder_set_cipher_suites(hc_tls_builder *builder,
                                          const char *const *names);

/**
 * Offers these protocols (ALPN, RFC 7301), the preferred first; the default is "http/1.1" alone. `protocols`
 * is an array that ends with NULL; NULL, or an empty array, offers none. The server's choice is told by
 * hc_conn_tls_alpn; what is spoken is HTTP/1.1 whatever it is. A server that supports none of them may end the
 * handshake: HC_ERR_TLS.
 *
 * Errors: HC_ERR_TLS_CONFIG for a name that is empty or has more than 255 bytes, or if all of them together,
 * with a byte more for each, take more than 4 KiB; those of every builder function.
 */
hc_error hc_tls_builder_set_alpn(hc_tls_builder *builder,
                                 const char *const *protocols);

/**
 * Sets how many sessions the configuration remembers, over all servers, so that a later connection can resume
 * one with a shorter handshake; 0 turns that off. The default is 256. Up to eight are kept for a server, so
 * 256 is room for 32 servers; the oldest is dropped first. A session is resumed only for the name that it was
 * verified for. Requests are never sent as early data (0-RTT).
 *
 * Errors: HC_ERR_INVALID_ARGUMENT for more than 65536; those of every builder function, such as HC_ERR_STATE.
 */
hc_error hc_tls_builder_set_resumption(hc_tls_builder *builder,
                                       size_t sessions);

/**
 * Appends the secrets of every session to a file in the key log format of NSS, which protocol analysers read.
 * Whoever has the file can read the traffic: a new file can be read by its owner alone. It is opened now and
 * closed with the last connection of the configuration; lines that cannot be written are lost. The environment
 * variable SSLKEYLOGFILE has no effect. A later call, or one of hc_tls_builder_set_key_log, replaces an
 * earlier one. May block.
 *
 * Errors: HC_ERR_TLS_CONFIG if the file cannot be opened; those of every builder function.
 */
hc_error hc_tls_builder_set_key_log_file(hc_tls_builder *builder,
                                         const char *file);

/**
 * Hands the secrets of every session to a function, a line of NSS's key log format at a time. Whoever has the
 * lines can read the traffic.
 *
 * `context` must stay valid until the configuration and all connections made with it are freed. The function
 * is called on whatever thread makes a handshake, on several at the same time if they do. A later call, or one
 * of hc_tls_builder_set_key_log_file, replaces an earlier one.
 *
 * Errors: HC_ERR_INVALID_ARGUMENT if `callback` is NULL; those of every builder function.
 */
hc_error hc_tls_builder_set_key_log(hc_tls_builder *builder,
                                    hc_key_log_fn callback,
                                    void *context);

/**
 * Makes the configuration. It goes to `*out`, to be freed by hc_tls_config_free; after a failure that is NULL.
 *
 * The builder is used up, whether this succeeds or fails: all that is left is to ask for its error and to free
 * it. Takes some milliseconds of computing where there are roots; does not block.
 *
 * Errors: the code of the builder's last call that failed, if one did; HC_ERR_TLS_CONFIG if the key cannot be
 * used or does not belong to the client certificate, a revocation list is not well-formed, no version is left
 * for the cipher suites, or settings contradict each other, such as roots where no root is asked for, or two
 * choices of whom to trust instead of roots; those of every builder function.
 */
hc_error hc_tls_builder_build(hc_tls_builder *builder,
                              hc_tls_config **out);

/**
 * The detail of the last call on this builder that failed. The pointers in it are valid until the next call on
 * the builder that fails, or its end.
 *
 * Errors: HC_ERR_INVALID_ARGUMENT if `out` is NULL or out->size is not set; HC_ERR_UNSUPPORTED in a build
 * without TLS.
 */
hc_error hc_tls_builder_error_detail(const hc_tls_builder *builder,
                                     hc_error_detail *out);

/**
 * The message of the last call on this builder that failed: one line for a person, NUL-terminated, empty if
 * none failed. Valid as for hc_tls_builder_error_detail. Never NULL: for NULL, an invalid or a busy handle,
 * and in a build without TLS, it says so.
 */
const char *hc_tls_builder_error_message(const hc_tls_builder *builder);

/**
 * How many roots of a source the configuration trusts: HC_TLS_ROOTS_BUNDLED, HC_TLS_ROOTS_SYSTEM or
 * HC_TLS_ROOTS_GIVEN. 0 if the configuration uses no roots, for an invalid handle, and for another source.
 * NULL is the configuration of connections without one.
 */
size_t hc_tls_config_root_count(const hc_tls_config *config,
                                int32_t source);

/**
 * How many roots of a source were left out, since they could not be read or parsed. As for
 * hc_tls_config_root_count.
 */
size_t hc_tls_config_root_failures(const hc_tls_config *config, int32_t source);

/**
 * Ends the handle of a configuration; connections that use it are not affected. NULL does nothing.
 *
 * Errors: HC_ERR_BUSY while another thread uses it: it is not freed then.
 */
hc_error hc_tls_config_free(hc_tls_config *config);

/* ================================================================================================
 * TLS SESSIONS
 *
 * What the handshake of a connection has settled. It can be asked for while the connection is open, and also
 * after a response has taken the stream over because the server closes the connection after it. On a
 * connection without TLS, or closed, there is nothing to tell: NULL, 0 and false.
 *
 * Texts and certificates lie in the connection. They are valid until it closes or opens again, which sending a
 * request may do, or is freed.
 * ================================================================================================ */

/**
 * The version of TLS, as Python's ssl writes it: "TLSv1.3" or "TLSv1.2", NUL-terminated; its length goes to
 * `*len` unless that is NULL. NULL if there is no session, and for an invalid or busy handle.
 */
const char *hc_conn_tls_version(const hc_conn *conn,
                                size_t *len);

/** The IANA name of the cipher suite, such as "TLS_AES_128_GCM_SHA256". As for hc_conn_tls_version. */
const char *hc_conn_tls_cipher_suite(const hc_conn *conn, size_t *len);

/**
 * The IANA name of the group in which keys were exchanged, such as "x25519", or "X25519MLKEM768", which is
 * meant to withstand quantum computers; NULL also in a session of TLS 1.2 that is resumed, since that
 * exchanges none. As for hc_conn_tls_version.
 */
const char *hc_conn_tls_group(const hc_conn *conn,
                              size_t *len);

/**
 * The protocol that the server chose of those offered (ALPN), usually "http/1.1"; NULL also if it chose none.
 * As for hc_conn_tls_version.
 */
const char *hc_conn_tls_alpn(const hc_conn *conn,
                             size_t *len);

/**
 * The host name or IP address that the server's certificate was verified for; NULL also if the configuration
 * checks no name. As for hc_conn_tls_version.
 */
const char *hc_conn_tls_peer_name(const hc_conn *conn,
                                  size_t *len);

/**
 * Whether the session continues an earlier one of the same configuration, with a shorter handshake. False if
 * there is no session, and for an invalid or busy handle.
 */
bool hc_conn_tls_resumed(const hc_conn *conn);

/**
 * How many certificates the server has sent; in a resumed session, in the first. 0 if there is no session, and
 * for an invalid or busy handle.
 */
size_t hc_conn_tls_peer_certificate_count(const hc_conn *conn);

/**
 * A certificate of the server as DER. That of `index` 0 is the server's own, then come those it has sent
 * along, verified or not. Its address goes to `*der`, its length to `*len`; after a failure they are NULL and
 * 0.
 *
 * Errors: HC_ERR_INVALID_ARGUMENT if a pointer is NULL, or `index` is not below
 * hc_conn_tls_peer_certificate_count; HC_ERR_UNSUPPORTED in a build without TLS.
 */
hc_error hc_conn_tls_peer_certificate(const hc_conn *conn,
                                      size_t index,
                                      const void **der,
                                      size_t *len);

/* ================================================================================================
 * EVENT LOOPS, DEADLINES, CANCELLING
 *
 * With a timeout of 0 (hc_conn_set_timeout) no call waits. One that would have to returns HC_WOULD_BLOCK, and
 * nothing is lost; the program waits in its own event loop, and makes the same call again:
 *
 *     while ((code = hc_getresponse(conn, &response)) == HC_WOULD_BLOCK) {
 *         uint32_t interest = hc_conn_interest(conn);
 *         int64_t timeout = hc_conn_next_timeout(conn);
 *         struct pollfd entry = {interest ? hc_conn_fileno(conn) : -1, 0, 0};
 *         if (interest & HC_INTEREST_READ) entry.events |= POLLIN;
 *         if (interest & HC_INTEREST_WRITE) entry.events |= POLLOUT;
 *         poll(&entry, 1, timeout > INT_MAX ? INT_MAX : (int)timeout);
 *     }
 *
 * All three are asked for anew after each HC_WOULD_BLOCK, since the descriptor can be another one each time.
 * While a response is read, hc_response_fileno and hc_response_interest take the place of the first two. When
 * a call has returned anything else there is nothing to wait for, and the interest is 0. It can be 0, too,
 * where what a call waits for is a function of the program, such as a body that has nothing yet: then the
 * program knows by itself when to repeat the call.
 *
 * Three limits end what takes too long, and the code says which it was: the timeout of one operation
 * (HC_ERR_TIMEOUT; in a TLS handshake HC_ERR_TLS_TIMEOUT), the time for opening a connection
 * (HC_ERR_CONNECT_TIMEOUT, see hc_conn_set_connect_timeout), and the deadline of everything (HC_ERR_DEADLINE).
 * A cancel handle ends whatever a connection is doing, from any thread. None of them interrupts a function of
 * yours (a transport, a dialer, a body): they are checked before each call of one. A name lookup that is given
 * up goes on in the background, and nobody waits for it.
 * ================================================================================================ */

/* Bits of hc_conn_interest. */
#define HC_INTEREST_READ (1u << 0) /**< Wait until the descriptor is readable. */
#define HC_INTEREST_WRITE (1u << 1) /**< Wait until the descriptor is writable. */

/**
 * A handle to cancel with, from any thread and at any time. Made by hc_cancel_new, freed by hc_cancel_free;
 * given to any number of connections.
 */
typedef struct hc_cancel_handle hc_cancel_handle;

/**
 * The descriptor to wait on after HC_WOULD_BLOCK, or -1 if there is none. It belongs to the connection: it may
 * be waited on, not read, written or closed, and may be another one after any call. While a name is looked up
 * or several addresses are tried it stands for all of that together.
 */
int32_t hc_conn_fileno(const hc_conn *conn);

/**
 * What to wait for on hc_conn_fileno after HC_WOULD_BLOCK, level-triggered: HC_INTEREST_READ,
 * HC_INTEREST_WRITE, or both. 0 for an invalid or busy handle.
 */
uint32_t hc_conn_interest(const hc_conn *conn);

/**
 * The descriptor to wait on after HC_WOULD_BLOCK from a call on a response, or -1 if there is none: that of
 * its connection while they share it, or its own once the response has taken the stream over (see
 * hc_response_will_close). It may not be read, written or closed.
 */
int32_t hc_response_fileno(const hc_response *response);

/**
 * What to wait for on hc_response_fileno after HC_WOULD_BLOCK, as hc_conn_interest. 0 for an invalid or busy
 * handle, and for a closed response.
 */
uint32_t hc_response_interest(const hc_response *response);

/**
 * When a call that returned HC_WOULD_BLOCK is to be repeated even if nothing became ready: in so many
 * milliseconds, rounded up, or -1 if there is no such time (also for an invalid or busy handle). Connecting
 * has such times, and a deadline is one. It holds for calls on responses, too.
 */
int64_t hc_conn_next_timeout(const hc_conn *conn);

/**
 * Sets a deadline: in so many milliseconds from now, whatever the connection and its responses are doing ends
 * with HC_ERR_DEADLINE, name lookup, handshake and a server that drips its bytes included. It holds until it
 * is set again; HC_TIMEOUT_NONE (-1) takes it away, and 0 is now. With a later one, a response whose head or
 * body it interrupted can be read on.
 *
 * Errors: HC_ERR_INVALID_ARGUMENT for another negative number; HC_ERR_UNSUPPORTED in a build without std.
 */
hc_error hc_conn_set_deadline(hc_conn *conn,
                              int64_t milliseconds);

/**
 * Makes a handle to cancel with. It goes to `*out`, to be freed by hc_cancel_free. Never blocks; may be called
 * from any thread, as all functions of this handle.
 *
 * Errors: HC_ERR_INVALID_ARGUMENT, HC_ERR_NO_MEMORY; HC_ERR_UNSUPPORTED in a build without std.
 */
hc_error hc_cancel_new(hc_cancel_handle **out);

/**
 * Ends a cancel handle. Connections that have it are not affected, but cannot be cancelled by it any more.
 * NULL does nothing.
 *
 * Errors: HC_ERR_BUSY while another thread is in a call with it.
 */
hc_error hc_cancel_free(hc_cancel_handle *cancel);

/**
 * Gives a connection a cancel handle, in place of one it had; NULL takes that away. It holds for the
 * connection, the stream it has, and its responses.
 *
 * Errors: HC_ERR_NO_MEMORY: it has the one before; HC_ERR_UNSUPPORTED in a build without std.
 */
hc_error hc_conn_set_cancel(hc_conn *conn,
                            const hc_cancel_handle *cancel);

/**
 * Ends whatever the connections with this handle are doing, in any phase and within milliseconds, with
 * HC_ERR_CANCELLED. What they do later ends at once, until hc_cancel_rearm; a stream that was cancelled stays
 * closed. An event loop that waits for one of the library's descriptors wakes up. A function of the program
 * that waits just then is not interrupted, and a loop that waits for the descriptor of a transport of the
 * program is woken by the program. It works while other threads use the handle; a second call does nothing
 * more. Never blocks; not to be called from a signal handler.
 *
 * Errors: HC_ERR_INVALID_ARGUMENT.
 */
hc_error hc_cancel(const hc_cancel_handle *cancel);

/**
 * Lets connections with this handle be used again after hc_cancel.
 *
 * Errors: HC_ERR_INVALID_ARGUMENT.
 */
hc_error hc_cancel_rearm(const hc_cancel_handle *cancel);

/* ================================================================================================
 * PROXIES
 *
 * A connection to a proxy is made like any other, with the proxy's host and port. For http through it,
 * requests are sent with an absolute URL as their target. For https, or so that the proxy cannot read http,
 * call hc_conn_set_tunnel: the proxy connects to the real host (CONNECT, RFC 9110 section 9.3.6), and from
 * then on the connection is one to that host. The Host header, the default port and TLS are those of that
 * host.
 * ================================================================================================ */

/**
 * Has the proxy, the connection's host, connect to `host`: http.client's set_tunnel().
 *
 * `host` and `port` are as for hc_conn_new. `headers` are names and values in turn, ended by NULL, or NULL;
 * they go to the proxy alone, and requests' headers never do. Host is added unless it is among them. All is
 * copied. Nothing is sent before the connection opens; then an answer other than 2xx is HC_ERR_TUNNEL and closes
 * the connection: hc_conn_proxy_status and hc_conn_proxy_response tell what it was. Interim responses before it
 * are skipped. What fails behind the tunnel says so in its message. An opening under way is given up.
 *
 * Errors: HC_ERR_STATE if the connection is open; HC_ERR_INVALID_URL, HC_ERR_ENCODING for the host;
 * HC_ERR_VALUE for a header; HC_ERR_INVALID_ARGUMENT.
 */
hc_error hc_conn_set_tunnel(hc_conn *conn,
                            const char *host,
                            int32_t port,
                            const char *const *headers);

/**
 * The same for texts with their lengths, which need no NUL: `host_len` bytes of `host`, and `header_count` of
 * `headers`, which may be NULL if there are none. A NUL in one is an error. Otherwise as hc_conn_set_tunnel.
 *
 * Errors: those of hc_conn_set_tunnel, such as HC_ERR_VALUE.
 */
hc_error hc_conn_set_tunnel_bytes(hc_conn *conn,
                                  const char *host,
                                  size_t host_len,
                                  int32_t port,
                                  const hc_header *headers,
                                  size_t header_count);

/**
 * Speaks TLS to the proxy itself, before the tunnel; `config` is as for hc_conn_new_tls, NULL for the default.
 * The proxy's certificate must be for the connection's host, because that host is the proxy. TLS to the host
 * behind the tunnel, if any, goes on inside, with its own configuration; hc_conn_tls_version and its like tell
 * of that alone. Messages of failures begin with "TLS to the proxy". An opening under way is given up, so that
 * nothing goes to the proxy in the clear from here on.
 *
 * Errors: HC_ERR_STATE if the connection is open; HC_ERR_INVALID_URL for a proxy's name that no certificate can
 * have; HC_ERR_UNSUPPORTED in a build without TLS.
 */
hc_error hc_conn_set_proxy_tls(hc_conn *conn,
                               const hc_tls_config *config);

/**
 * The host behind the tunnel as it was given, NUL-terminated; NULL if no tunnel is set, and for an invalid or
 * busy handle. Its length goes to `*len` unless that is NULL. Valid until the tunnel is set again or the
 * connection freed.
 */
const char *hc_conn_tunnel_host(const hc_conn *conn,
                                size_t *len);

/** The port behind the tunnel; 0 if no tunnel is set, and for an invalid or busy handle. */
int32_t hc_conn_tunnel_port(const hc_conn *conn);

/**
 * How many headers go to the proxy: those given to hc_conn_set_tunnel, and Host if it was added to them. 0 if
 * no tunnel is set, and for an invalid or busy handle.
 */
size_t hc_conn_tunnel_header_count(const hc_conn *conn);

/**
 * The header for the proxy at `index`; as hc_response_header_at. The texts are valid until the tunnel is set
 * again or the connection freed.
 *
 * Errors: HC_ERR_INVALID_ARGUMENT if there is no such index.
 */
hc_error hc_conn_tunnel_header_at(const hc_conn *conn,
                                  size_t index,
                                  const char **name,
                                  size_t *name_len,
                                  const char **value,
                                  size_t *value_len);

/**
 * The status of the proxy's answer to the last CONNECT; 0 if there was none, and for an invalid or busy
 * handle.
 */
int32_t hc_conn_proxy_status(const hc_conn *conn);

/**
 * How many headers the proxy's answer to the last CONNECT had: http.client's get_proxy_response_headers(). 0
 * if there was none.
 */
size_t hc_conn_proxy_header_count(const hc_conn *conn);

/**
 * The header at `index` of the proxy's answer; as hc_response_header_at. The texts are valid until the
 * connection opens again, its tunnel is set, or it is freed.
 *
 * Errors: HC_ERR_INVALID_ARGUMENT if there is no such index.
 */
hc_error hc_conn_proxy_header_at(const hc_conn *conn,
                                 size_t index,
                                 const char **name,
                                 size_t *name_len,
                                 const char **value,
                                 size_t *value_len);

/**
 * Gives the answer of a proxy that refused to connect, when a call has failed with HC_ERR_TUNNEL: many proxies
 * explain themselves in its body. It goes to `*out` as a response that is read like any other, with the timeout
 * and the deadline of the connection, and freed by hc_response_free; after a failure that is NULL.
 *
 * It can be had once, and until the connection opens again, is closed or its tunnel is set; until then the
 * proxy's stream stays open. hc_response_url is NULL for it.
 *
 * Errors: HC_ERR_STATE if there is none, or it was given already; HC_ERR_BAD_FRAMING,
 * HC_ERR_UNKNOWN_TRANSFER_ENCODING and HC_ERR_UNEXPECTED_SWITCH if its head does not say where its body ends;
 * HC_ERR_NO_MEMORY: call again.
 */
hc_error hc_conn_proxy_response(hc_conn *conn,
                                hc_response **out);

/* ================================================================================================
 * VERSION
 *
 * The version of this header is known to the preprocessor, that of the library to the functions; with a shared
 * library the second may be newer. Within one major version (while that is 0: within one minor version)
 * nothing is taken away or changes its meaning. What is newer than 0.1 says since which version it is there.
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

/* Bits of hc_features. */
/**
 * Sockets, name lookup, files and clocks are built in. Without it connections run over the caller's own
 * transport only.
 */
#define HC_FEATURE_STD (1u << 0)
#define HC_FEATURE_TLS (1u << 1) /**< Https is built in. */
#define HC_FEATURE_AWS_LC (1u << 2) /**< TLS uses the aws-lc provider, with post-quantum key exchange. */
#define HC_FEATURE_IDNA (1u << 3) /**< Host names beyond ASCII (IDNA) are built in. */

/**
 * The library's version as text, such as "0.1.0".
 *
 * The text is static: never NULL, never freed.
 */
const char *hc_version_string(void);

/**
 * The library's version as one number that grows: major * 1000000 + minor * 1000 + patch. At least
 * HC_VERSION_NUMBER of the header a program was compiled with, or the library is too old for it.
 */
uint32_t hc_version_number(void);

/**
 * What this build of the library can do: HC_FEATURE_ bits. Bits that the header does not name may be set.
 *
 * Every function of this header exists in every build; one whose feature is missing returns
 * HC_ERR_UNSUPPORTED, or gives what it gives for nothing.
 */
uint32_t hc_features(void);

/* ################################################################################################
 *
 * ADVANCED: most programs need nothing of what follows.
 *
 * ################################################################################################ */

/* ================================================================================================
 * REQUESTS STEP BY STEP
 *
 * hc_putrequest begins a request, hc_putheader adds to its head, and hc_endheaders and the functions named
 * after it send it, with a body or without. A body that the headers announce may also follow by hc_send and
 * the functions named after it, in as many calls as the program likes, as it is and never more than was
 * announced. hc_getresponse comes after that.
 *
 * What holds for requests in one call holds here too, repeating a call after HC_WOULD_BLOCK included.
 * ================================================================================================ */

/**
 * Begins a request step by step: the request line, Host unless `skip_host`, and Accept-Encoding unless
 * `skip_accept_encoding`. Nothing is sent before hc_endheaders. As in http.client, the state is
 * HC_STATE_REQUEST_STARTED afterwards even if the method or target was refused; hc_conn_close ends that.
 *
 * Errors: HC_ERR_CANNOT_SEND_REQUEST, HC_ERR_VALUE, HC_ERR_INVALID_URL, HC_ERR_ENCODING;
 * HC_ERR_INVALID_ARGUMENT.
 */
hc_error hc_putrequest(hc_conn *conn,
                       const char *method,
                       const char *target,
                       bool skip_host,
                       bool skip_accept_encoding);

/**
 * Begins a request whose method and target are given with their lengths instead of a NUL: one in them is
 * refused, not taken for their end. Otherwise as hc_putrequest.
 *
 * Errors: those of hc_putrequest, such as HC_ERR_VALUE and HC_ERR_INVALID_URL.
 */
hc_error hc_putrequest_bytes(hc_conn *conn,
                             const char *method,
                             size_t method_len,
                             const char *target,
                             size_t target_len,
                             bool skip_host,
                             bool skip_accept_encoding);

/**
 * Adds a header to the request begun. A refused one leaves those before it.
 *
 * Errors: HC_ERR_CANNOT_SEND_HEADER if no request was begun; HC_ERR_VALUE for a name or value that is not
 * allowed, a second Host or Content-Length; HC_ERR_INVALID_ARGUMENT.
 */
hc_error hc_putheader(hc_conn *conn,
                      const char *name,
                      const char *value);

/**
 * Adds a header with several values, joined by ", " (RFC 9110 section 5.3); `values` is ended by NULL and has
 * at least one. Otherwise as hc_putheader.
 *
 * Errors: those of hc_putheader, such as HC_ERR_VALUE.
 */
hc_error hc_putheader_values(hc_conn *conn,
                             const char *name,
                             const char *const *values);

/**
 * Adds a header whose name and value are given with their lengths instead of a NUL, for languages whose texts
 * have none. Otherwise as hc_putheader.
 *
 * Errors: those of hc_putheader, such as HC_ERR_VALUE.
 */
hc_error hc_putheader_bytes(hc_conn *conn,
                            const char *name,
                            size_t name_len,
                            const char *value,
                            size_t value_len);

/**
 * Adds a header with several values, joined by ", ", whose texts are given with their lengths: `count` of
 * `values`, at least one. Otherwise as hc_putheader_values.
 *
 * Errors: those of hc_putheader, such as HC_ERR_VALUE.
 */
hc_error hc_putheader_values_bytes(hc_conn *conn,
                                   const char *name,
                                   size_t name_len,
                                   const hc_slice *values,
                                   size_t count);

/**
 * Ends the head of the request begun and sends it in one write, with `body_len` bytes of `body` behind it.
 * NULL and 0: none now; what the headers announce is sent by hc_send.
 *
 * `encode_chunked`: the body is sent as one chunk. A body that no header frames gets the header it needs.
 * Opens the connection if needed. May block for the timeout of each operation.
 *
 * Errors: HC_ERR_CANNOT_SEND_HEADER if no request was begun; otherwise those of hc_request.
 */
hc_error hc_endheaders(hc_conn *conn,
                       const void *body,
                       size_t body_len,
                       bool encode_chunked);

/**
 * Ends the head of the request begun and sends it, with an open file as its body: see hc_request_file.
 * `encode_chunked`: the file is sent in chunks whatever its size.
 *
 * Errors: HC_ERR_CANNOT_SEND_HEADER if no request was begun; otherwise those of hc_request_file, such as
 * HC_ERR_OS.
 */
hc_error hc_endheaders_file(hc_conn *conn,
                            int32_t fd,
                            bool encode_chunked);

/**
 * Ends the head of the request begun and sends it, with a body that a function gives: see hc_request_callback.
 * `encode_chunked`: it is sent in chunks even if `length` is known.
 *
 * Errors: HC_ERR_CANNOT_SEND_HEADER if no request was begun; otherwise those of hc_request_callback, such as
 * HC_ERR_TRANSPORT.
 */
hc_error hc_endheaders_callback(hc_conn *conn,
                                hc_body_fn callback,
                                void *context,
                                int64_t length,
                                bool encode_chunked);

/**
 * Ends the head of the request begun and sends it, with a body that a function lends: see hc_request_pieces.
 * `encode_chunked`: it is sent in chunks even if `length` is known.
 *
 * Errors: HC_ERR_CANNOT_SEND_HEADER if no request was begun; otherwise those of hc_request_pieces, such as
 * HC_ERR_TRANSPORT.
 */
hc_error hc_endheaders_pieces(hc_conn *conn,
                              hc_pieces_fn callback,
                              void *context,
                              int64_t length,
                              bool encode_chunked);

/**
 * Sends bytes as they are: http.client's send(), for a body announced by the headers and given piece by piece
 * after hc_endheaders. In HC_STATE_IDLE it opens the connection if needed. May block for the timeout of each
 * operation; after HC_WOULD_BLOCK repeat it with the same bytes.
 *
 * Errors: HC_ERR_NOT_CONNECTED, also if the request's connection has been closed meanwhile; those of
 * hc_conn_connect; HC_ERR_BROKEN_PIPE, also if the server has answered already and takes no more of the
 * request: then hc_getresponse gives the answer; HC_ERR_CONNECTION_RESET, HC_ERR_TIMEOUT; HC_WOULD_BLOCK;
 * HC_ERR_VALUE for more bytes than the headers announced; HC_ERR_CANNOT_SEND_REQUEST while another call is to
 * be repeated after HC_WOULD_BLOCK; HC_ERR_INVALID_ARGUMENT.
 */
hc_error hc_send(hc_conn *conn,
                 const void *data,
                 size_t len);

/**
 * Sends an open file as it is, from its current offset to its end, in large blocks: http.client's send() with
 * a file. Otherwise as hc_send; it may also block for the reads of the file.
 *
 * Errors: those of hc_send, and HC_ERR_OS if the file cannot be read. If it cannot be read, or has more than
 * the headers announced, and some of it was sent already, the connection is closed, since the request cannot
 * be completed. If nothing was sent yet, nothing changes. HC_ERR_UNSUPPORTED in a build without std.
 */
hc_error hc_send_file(hc_conn *conn,
                      int32_t fd);

/**
 * Sends what a function gives as it is, each block in one write, until it is at its end: http.client's send()
 * with a reader. The function is asked for hc_conn_set_blocksize bytes at a time. Otherwise as hc_send.
 *
 * Errors: those of hc_send, and HC_ERR_TRANSPORT if the function failed; if it fails or gives too much when
 * some was sent already, the connection is closed as by hc_send_file. HC_ERR_INVALID_ARGUMENT if it is NULL.
 */
hc_error hc_send_callback(hc_conn *conn,
                          hc_body_fn callback,
                          void *context);

/**
 * Sends what a function lends as it is, each piece in one write, until it is at its end: http.client's send()
 * with an iterable. Otherwise as hc_send.
 *
 * Errors: those of hc_send_callback, such as HC_ERR_TRANSPORT.
 */
hc_error hc_send_pieces(hc_conn *conn,
                        hc_pieces_fn callback,
                        void *context);

/* ================================================================================================
 * HEADER BLOCKS
 *
 * A block of header fields by itself: one that the program has from elsewhere, such as a part of a multipart
 * body, or that of an interim response. The rules are those of a response's headers.
 * ================================================================================================ */

/**
 * Header fields, parsed. Made by hc_headers_parse, freed by hc_headers_free; one that a hc_interim_fn is given
 * belongs to the library. Does not change once it is made; used by one thread at a time.
 */
typedef struct hc_headers hc_headers;

/**
 * Parses a block of header lines: http.client's parse_headers().
 *
 * The block is at the front of `block`, which has `len` bytes, and ends with its empty line; what stands
 * behind that is not looked at. How many bytes the block has, the empty line included, goes to `*consumed`
 * unless that is NULL. All is copied. The fields go to `*out`, to be freed by hc_headers_free; after a failure
 * that is NULL, and `*consumed` is 0. The limits are the defaults of HC_LIMIT_LINE, HC_LIMIT_HEADERS and
 * HC_LIMIT_HEAD_BYTES.
 *
 * Errors: HC_ERR_INCOMPLETE_READ if there is no empty line: with more bytes it may succeed; HC_ERR_BAD_HEADER,
 * HC_ERR_LINE_TOO_LONG, HC_ERR_TOO_MANY_HEADERS, HC_ERR_HEAD_TOO_LARGE; HC_ERR_INVALID_ARGUMENT if a pointer
 * is NULL; HC_ERR_NO_MEMORY.
 */
hc_error hc_headers_parse(const char *block,
                          size_t len,
                          hc_headers **out,
                          size_t *consumed);

/**
 * Parses a block of header lines, of which those rules are loosened that the HC_LENIENT_ flags in `flags` name,
 * as hc_conn_set_leniency does for the headers of a response; flags that are not about header lines have no
 * effect. Otherwise as hc_headers_parse.
 *
 * Errors: those of hc_headers_parse, such as HC_ERR_BAD_HEADER; HC_ERR_INVALID_ARGUMENT for an unknown flag.
 */
hc_error hc_headers_parse_lenient(const char *block,
                                  size_t len,
                                  uint32_t flags,
                                  hc_headers **out,
                                  size_t *consumed);

/**
 * Ends a header block's handle; texts given out of it are not valid any more. NULL does nothing.
 *
 * Errors: HC_ERR_BUSY for a block that the library lends to a hc_interim_fn, or while another thread uses it:
 * it is not freed then.
 */
hc_error hc_headers_free(hc_headers *headers);

/** How many fields there are; 0 for NULL, an invalid or busy handle. */
size_t hc_headers_count(const hc_headers *headers);

/**
 * The field at `index`, counted from 0 in the order they came; as hc_response_header_at. The texts are valid
 * until the header block is freed.
 *
 * Errors: HC_ERR_INVALID_ARGUMENT if there is no such index (the four get NULL and 0).
 */
hc_error hc_headers_at(const hc_headers *headers,
                       size_t index,
                       const char **name,
                       size_t *name_len,
                       const char **value,
                       size_t *value_len);

/**
 * The values of all fields of that name, any case, joined by ", ".
 *
 * The text is NUL-terminated and valid until the header block is freed; its length goes to `*len` unless that
 * is NULL. NULL if there is no such field (an empty one is an empty text), and for NULL, an invalid or busy
 * handle.
 */
const char *hc_headers_get(const hc_headers *headers,
                           const char *name,
                           size_t *len);

/** The same for a name of `name_len` bytes, which needs no NUL. */
const char *hc_headers_get_bytes(const hc_headers *headers,
                                 const char *name,
                                 size_t name_len,
                                 size_t *len);

/* ================================================================================================
 * INTERIM RESPONSES, AND EXPECT: 100-CONTINUE
 *
 * A server may send interim responses (1xx but 101) before the final one, such as 103 with early hints. They
 * are skipped, and a function of the program can be told of them.
 *
 * With "Expect: 100-continue" among its headers a request asks the server to say 100 before the body is sent,
 * or to refuse it without having to read it. As in http.client nothing waits for that unless
 * hc_conn_set_expect_wait says so.
 * ================================================================================================ */

/**
 * Is told of an interim response, by the call that receives it: hc_getresponse, or one that sends.
 *
 * `context` is what was given with the function, `status` is 100 to 199 but not 101. `fields` is lent for the
 * call; it is not to be freed, and its texts are valid during the call only. It is NULL if there was no memory
 * for it, which all functions of hc_headers take for no fields. Calls on the connection or its responses from
 * here return HC_ERR_BUSY.
 */
typedef void (*hc_interim_fn)(void *context, int32_t status, const hc_headers *fields);

/**
 * Sets who is told of interim responses: NULL for nobody, the default. `context` must stay valid until this is
 * called again or the connection and its responses are freed.
 *
 * Errors: HC_ERR_NO_MEMORY.
 */
hc_error hc_conn_set_interim(hc_conn *conn,
                             hc_interim_fn callback,
                             void *context);

/**
 * The same for a response made by hc_response_new, before hc_response_begin. For any other response it does
 * the same as hc_conn_set_interim on its connection.
 */
hc_error hc_response_set_interim(hc_response *response,
                                 hc_interim_fn callback,
                                 void *context);

/**
 * Sets how long the body of a request with "Expect: 100-continue" waits for the server's 100, in milliseconds;
 * 0, the default, does not wait: http.client's way.
 *
 * With a wait, the head goes out alone. When the server says 100, or the time is up, the body follows. When it
 * gives its final response instead, such as 417 or 413, the body is not sent: the call returns HC_OK,
 * hc_getresponse gives that response, and the connection ends with it (HC_EXCHANGE_BODY_NOT_SENT tells so;
 * after a 417 the program may send the request again without Expect). Other interim responses do not end the
 * wait. HC_TIMEOUT_NONE waits for as long as the timeout of an operation and the deadline allow; they bound a
 * shorter wait, too.
 *
 * It holds for hc_request and its relatives and for hc_endheaders, also without a body: then hc_send does not
 * wait. Nothing waits in HTTP/1.0, nor behind a response whose body is still to be read. With a timeout of 0
 * the call returns HC_WOULD_BLOCK, and the end of the wait is in hc_conn_next_timeout. Over a transport of the
 * program whose `read` waits, the wait takes as long as that. Never blocks itself.
 *
 * Errors: HC_ERR_INVALID_ARGUMENT for another negative number; HC_ERR_UNSUPPORTED for a positive one in a
 * build without std.
 */
hc_error hc_conn_set_expect_wait(hc_conn *conn,
                                 int64_t milliseconds);

/* ================================================================================================
 * TIMINGS
 *
 * When the steps of an exchange were done can be noted, for statistics and to see where time goes. It is off
 * by default: then no clock is read.
 * ================================================================================================ */

/**
 * When the steps of an exchange were done, in nanoseconds since it began: since hc_request or hc_endheaders
 * had the head complete. -1 for a step that was not made, as those of connecting where the connection was open
 * already. Set size to sizeof(hc_timings) before asking for it.
 */
typedef struct hc_timings {
    size_t size; /**< sizeof(hc_timings), set by the caller. */
    int64_t lookup; /**< The addresses of the host, or of the proxy, were known. */
    int64_t connect; /**< The transport was connected. */
    int64_t tunnel; /**< The proxy had answered CONNECT; TLS to the proxy itself was before that. */
    int64_t tls; /**< The TLS handshake with the host was done. */
    int64_t sent; /**< The request was sent: the system or the transport had its last byte. */
    int64_t first_byte; /**< The first byte of an answer had come, of an interim response too. */
    int64_t head; /**< The head of the response was complete. */
    int64_t total; /**< The body was read to its end; -1 until then. */
} hc_timings;

/**
 * Sets whether the exchanges that begin from now on are timed; off by default.
 *
 * Errors: HC_ERR_UNSUPPORTED in a build without std, which has no clock.
 */
hc_error hc_conn_set_timings(hc_conn *conn, bool on);

/**
 * The timings of the exchange that a response belongs to, as far as it came. If the request was sent a second
 * time (see hc_conn_set_retry), the steps are those of the second time; all times count from the beginning of
 * the exchange. Never blocks.
 *
 * Errors: HC_ERR_STATE if the exchange was not timed; HC_ERR_INVALID_ARGUMENT if `out` is NULL or out->size is
 * not set.
 */
hc_error hc_response_timings(const hc_response *response,
                             hc_timings *out);

/* ================================================================================================
 * TRACE
 *
 * A function of the program can be told what a connection sends and receives, as it does: for a log, or to see
 * interim responses.
 * ================================================================================================ */

/* Events of a trace. */
#define HC_TRACE_INFO 0 /**< A line of text about the connection. */
/**
 * A block of bytes goes out: the head of a request, its body if that is bytes, a block or piece of one that
 * comes in parts, with its framing if it is a chunk. The connection may fail before it has taken the whole
 * block.
 */
#define HC_TRACE_SEND 1
#define HC_TRACE_INTERIM 2 /**< The head of an interim (1xx) response came. */
#define HC_TRACE_HEAD 3 /**< The head of the final response came, its status line included. */
#define HC_TRACE_TUNNEL 4 /**< The head of a proxy's answer to CONNECT came. */
/**
 * A line of text about the body of a request, in the words of http.client's debug output, such as "reading a
 * readable".
 */
#define HC_TRACE_BODY 5
/**
 * The status line of a response came, interim or final, as it is and with its end, whatever is wrong with it;
 * or what came of it before the stream ended. Its head follows if it is good.
 */
#define HC_TRACE_STATUS 6

/**
 * Is told what a connection does, while it does it.
 *
 * `context` is what was given with it; `event` is one of HC_TRACE_, or one that a newer library has and a
 * program ignores; `data` has `len` bytes, not NUL-terminated, and is valid during the call only. An event for
 * which there is no memory is left out. Calls on the connection or its responses from here return HC_ERR_BUSY.
 */
typedef void (*hc_trace_fn)(void *context, int32_t event, const char *data, size_t len);

/**
 * Sets who is told what the connection does: NULL for nobody, the default. `context` must stay valid until
 * this is called again or the connection and its responses are freed.
 *
 * Errors: HC_ERR_NO_MEMORY.
 */
hc_error hc_conn_set_trace(hc_conn *conn,
                           hc_trace_fn callback,
                           void *context);

/**
 * Prints what the connection does on standard output, in the lines of http.client, if `level` is above 0; 0,
 * the default, prints nothing: http.client's set_debuglevel(). Bytes are in Python's notation; a body that is
 * not bytes is called "<callback>", "<pieces>" or "<file>" where http.client prints the object. A function set
 * by hc_conn_set_trace is told, too. Credentials are printed as they are sent. Never blocks itself; printing
 * may.
 *
 * Errors: HC_ERR_UNSUPPORTED in a build without std.
 */
hc_error hc_conn_set_debuglevel(hc_conn *conn,
                                int32_t level);

/**
 * The level set by hc_conn_set_debuglevel, 0 by default and for an invalid or busy handle; a function set by
 * hc_conn_set_trace does not change it.
 */
int32_t hc_conn_debuglevel(const hc_conn *conn);

/**
 * The level that the connection had at hc_getresponse: http.client's HTTPResponse.debuglevel. 0 for an invalid
 * or busy handle.
 */
int32_t hc_response_debuglevel(const hc_response *response);

/* ================================================================================================
 * CUSTOM TRANSPORTS
 *
 * A connection can run over any stream of bytes that the program brings: a UART, an SSH channel, the TCP of a
 * microcontroller, a pipe in memory. The program gives a few functions; everything above them works as over a
 * socket. This is there in every build, also without std. The functions are not interrupted: a timeout of TLS, a
 * deadline and a cancel handle are looked at before each call of them, and a timeout of a single read or write is
 * theirs to keep.
 * ================================================================================================ */

/**
 * What a function of a transport returns when it can do nothing now without waiting. The call of the library
 * then returns HC_WOULD_BLOCK, and is repeated later. A number that no function returns by accident: -1, which a
 * failed read(2) returns, is a failure as any other negative number is.
 */
#define HC_IO_WOULD_BLOCK (-1073741824)
/**
 * What a hc_read_fn returns where a stream that was secured ended without saying so, as TLS without close_notify
 * does: somebody may have cut it. That is HC_ERR_TLS_TRUNCATED, and HC_ERR_INCOMPLETE_READ in a body that runs to
 * the end of the stream, unless HC_LENIENT_TLS_TRUNCATION is set. 0 says that the end is the peer's.
 */
#define HC_IO_TRUNCATED (-1073741825)

/**
 * Receives at most `capacity` bytes, never 0, into `buffer`. Returns how many came, 0 at the end of the
 * stream, HC_IO_WOULD_BLOCK, HC_IO_TRUNCATED, or another negative number for a failure: it comes back as it is, as os_error
 * beside HC_ERR_TRANSPORT. May wait, or not, as the program likes. Calls on the connection from here return
 * HC_ERR_BUSY; so it is for all functions of a transport.
 */
typedef int64_t (*hc_read_fn)(void *context, void *buffer, size_t capacity);

/**
 * Sends at most `len` bytes, never 0, of `data`. Returns how many were taken (at least 1), or a negative
 * number as hc_read_fn.
 */
typedef int64_t (*hc_write_fn)(void *context, const void *data, size_t len);

/**
 * Sends from the front of `count` parts, one behind the other, as writev(2) does: `count` is 1 to 4, and no
 * part is empty. Returns how many bytes were taken of all parts together (at least 1), or a negative number as
 * hc_read_fn. The parts belong to the library, and are valid during the call.
 */
typedef int64_t (*hc_writev_fn)(void *context, const hc_slice *parts, size_t count);

/**
 * Says whether the stream is quiet before it is used for another request: neither bytes to be read nor an end.
 * Never waits.
 */
typedef bool (*hc_quiet_fn)(void *context);

/**
 * Closes the stream. Called once, when the library is done with the transport; nothing is called on it after
 * that. A fork's child that frees the handles it got from its parent calls it in the child.
 */
typedef void (*hc_close_fn)(void *context);

/** A transport of the program. Set size to sizeof(hc_transport). */
typedef struct hc_transport {
    size_t size; /**< sizeof(hc_transport), set by the caller. */
    void *context; /**< Given to each function of the transport. It must stay valid until close was called. */
    hc_read_fn read; /**< Receives; not NULL. */
    hc_write_fn write; /**< Sends; not NULL. */
    /**
     * Looks before another request; NULL if the transport cannot: then a response that the peer sends unasked
     * could be taken for the answer to the next request.
     */
    hc_quiet_fn quiet;
    hc_close_fn close; /**< Closes; NULL if there is nothing to do. */
    /** The descriptor that hc_conn_fileno gives, or -1: then the program knows by itself when to repeat a call. */
    int32_t fd;
    /**
     * Sends several parts in one go, a head and its body, in the place of write, which is then used for what
     * is one part only; NULL if the transport cannot. Ignored if size is too small for this member.
     */
    hc_writev_fn writev;
} hc_transport;

/**
 * Makes a connection for http over a transport of the program, already connected to the peer.
 *
 * The struct is copied; its context belongs to the connection until `close` is called, which happens at the
 * latest when the connection and its responses are freed. If this function fails, the transport is still
 * yours, and nothing was called on it. `host` and `port` are for the Host field. Once the stream has ended the
 * connection cannot open again: HC_ERR_NOT_CONNECTED.
 *
 * Errors: those of hc_conn_new, such as HC_ERR_INVALID_URL; HC_ERR_INVALID_ARGUMENT if `read` or `write` is
 * NULL or size is not set.
 */
hc_error hc_conn_new_with_transport(const hc_transport *transport,
                                    const char *host,
                                    int32_t port,
                                    hc_conn **out);

/**
 * Puts TLS on a connection with a transport of the program, which then moves what is encrypted.
 *
 * `config` is as for hc_conn_new_tls, NULL included. The default port becomes 443. Before the connection is
 * opened; a later call replaces an earlier one.
 *
 * Closing, by whichever call, sends the peer TLS's closing alert (close_notify) through the program's `write`
 * before `close` is called: what it does not take at once is not sent, and a `write` that waits makes that
 * call wait, hc_conn_free and hc_response_free included. The same holds for a dialer's transports.
 *
 * Errors: HC_ERR_STATE if it is open or being opened; HC_ERR_INVALID_URL for a host that no certificate can
 * name; HC_ERR_UNSUPPORTED for a connection that is not made by hc_conn_new_with_transport, and in a build
 * without TLS.
 */
hc_error hc_conn_set_tls(hc_conn *conn,
                         const hc_tls_config *config);

/**
 * Says that the transport of the program, or what its dialer gives, is secured already, by TLS of the program's
 * own for instance: then the connection is one for https. 443 is the default port, hc_response_url begins with
 * "https", and hc_conn_has_origin knows it. The library does no TLS, and checks nothing: whoever says this has
 * verified the peer. `on` false takes it back. Before the connection is opened. If a dialer leaves the connecting
 * to the library then (HC_DIAL_DEFAULT), opening fails with HC_ERR_STATE: that stream would be in the clear.
 *
 * A transport that notices that its stream was cut returns HC_IO_TRUNCATED.
 *
 * Errors: HC_ERR_STATE if it is open or being opened; HC_ERR_UNSUPPORTED for a connection that has neither a
 * transport nor a dialer of the program.
 */
hc_error hc_conn_set_secured(hc_conn *conn,
                             bool on);

/* ================================================================================================
 * DIALERS
 *
 * A program can be asked whenever a connection is to be opened, and give a stream of its own: one through
 * SOCKS, from a pool, out of a test. What the library does above that, the tunnel and TLS, stays the
 * library's.
 * ================================================================================================ */

#define HC_DIAL_DONE 0 /**< What a hc_dial_fn returns when it has filled in a transport. */
#define HC_DIAL_DEFAULT 1 /**< What a hc_dial_fn returns to have the library connect as it would without it. */

/**
 * Connects to `host` (a name beyond ASCII in its xn-- form) and `port`, in the place of the library.
 *
 * `context` is what was given with the function. It fills in `transport`, whose size is set already and whose
 * other members are NULL and -1, and returns HC_DIAL_DONE; or returns HC_DIAL_DEFAULT; HC_IO_WOULD_BLOCK if it
 * cannot say yet (the call of the library then returns HC_WOULD_BLOCK and is to be repeated; when, the program
 * knows by itself); or another negative number, which comes back as it is, as os_error beside
 * HC_ERR_TRANSPORT. After HC_DIAL_DONE the library closes the transport when it is done with it; after any
 * other answer it has not looked at it. Calls on the connection from here return HC_ERR_BUSY.
 */
typedef int64_t (*hc_dial_fn)(void *context, const char *host, int32_t port, hc_transport *transport);

/**
 * Sets who is asked whenever the connection opens: NULL for nobody, the default. `context` must stay valid
 * until this is called again or the connection is freed. With a tunnel, `host` and `port` are those of the
 * proxy. It holds from the next opening on, and an opening under way is given up.
 *
 * Errors: HC_ERR_UNSUPPORTED for a connection that is not made by hc_conn_new or hc_conn_new_tls,
 * HC_ERR_NO_MEMORY.
 */
hc_error hc_conn_set_dialer(hc_conn *conn,
                            hc_dial_fn callback,
                            void *context);

/* ================================================================================================
 * NAME LOOKUP
 *
 * Names are looked up by the system (getaddrinfo), unless the program brings a function of its own: a resolver
 * with other servers, a cache, or a table for a test. Where a call may not wait for ever (a timeout, a
 * deadline, or a cancel handle) the lookup goes on a thread of the library's own, which ends when the lookup
 * does; nothing waits for it. Who asks for the same name of the same resolver meanwhile waits for that one lookup,
 * so a name server that hangs costs a thread for each name, however often it is tried again. More than 256 at the
 * same time are refused: HC_ERR_NAME_LOOKUP. Addresses are never looked up.
 * ================================================================================================ */

/**
 * Looks up a name.
 *
 * Writes the addresses of `host`, in order of preference and as text ("192.0.2.1 2001:db8::1"), with blanks or
 * newlines between them, into `addresses`, which has room for `capacity` bytes. Returns how many bytes that
 * are (those addresses that do not fit are left out), or a negative number for a failure: it comes back as it
 * is, as os_error beside HC_ERR_NAME_LOOKUP. 0 is no address, which is that error too.
 *
 * May wait. May be called on a thread of the library's, on several at the same time, and after the connection
 * was freed. `host` is valid during the call; a name beyond ASCII is in its xn-- form.
 */
typedef int64_t (*hc_resolve_fn)(void *context, const char *host, char *addresses, size_t capacity);

/**
 * Is told that the function given beside it will never be called again, so that its context may be freed. May
 * be called on a thread of the library's.
 */
typedef void (*hc_release_fn)(void *context);

/**
 * Sets who looks up the name that a connection goes to, from the next opening on: NULL for the system. An
 * opening under way is given up.
 *
 * `context` is given to `callback`. It must stay valid until `release` is called with it: exactly once, when
 * neither the connection nor a running lookup needs it any more, and also if this function fails. `release`
 * may be NULL.
 *
 * Errors: HC_ERR_UNSUPPORTED for a connection that is not made by hc_conn_new or hc_conn_new_tls,
 * HC_ERR_NO_MEMORY.
 */
hc_error hc_conn_set_resolver(hc_conn *conn,
                              hc_resolve_fn callback,
                              void *context,
                              hc_release_fn release);

/* ================================================================================================
 * RESPONSES WITHOUT A CONNECTION
 *
 * A response can also be read from any stream of bytes, where the request was sent by other means or the
 * answer was recorded: http.client's HTTPResponse(sock). Every rule of a response holds.
 * ================================================================================================ */

/**
 * Makes a response that will be read from a transport of the program: http.client's HTTPResponse().
 *
 * `method` is the method of the request that it answers, such as "GET": an answer to HEAD has no body. NULL:
 * it is not known, and the answer is read as one to any other method. Nothing is read before
 * hc_response_begin; until then the status is 0 and there are no headers. The struct is copied; its context
 * belongs to the response until `close` is called, as in hc_conn_new_with_transport. `write` is never called.
 * The response goes to `*out`, to be freed by hc_response_free; after a failure that is NULL.
 *
 * Errors: HC_ERR_INVALID_ARGUMENT if `transport`, `out`, `read` or `write` is NULL or size is not set;
 * HC_ERR_NO_MEMORY.
 */
hc_error hc_response_new(const hc_transport *transport,
                         const char *method,
                         hc_response **out);

/**
 * Sets one of the HC_LIMIT_ bounds of a response made by hc_response_new: as hc_conn_set_limit. Before
 * hc_response_begin.
 *
 * Errors: those of hc_conn_set_limit, such as HC_ERR_INVALID_ARGUMENT; HC_ERR_STATE if the head was received.
 */
hc_error hc_response_set_limit(hc_response *response,
                               int32_t which,
                               size_t limit);

/**
 * Sets who is told of the heads that a response made by hc_response_new receives: as hc_conn_set_trace. Before
 * hc_response_begin. `context` must stay valid until the response is freed.
 *
 * Errors: those of hc_conn_set_trace, such as HC_ERR_INVALID_HANDLE; HC_ERR_STATE if the head was received.
 */
hc_error hc_response_set_trace(hc_response *response,
                               hc_trace_fn callback,
                               void *context);

/**
 * Prints the heads that a response made by hc_response_new receives: as hc_conn_set_debuglevel. Before
 * hc_response_begin. Never blocks itself; printing may.
 *
 * Errors: those of hc_conn_set_debuglevel, such as HC_ERR_UNSUPPORTED; HC_ERR_STATE if the head was received.
 */
hc_error hc_response_set_debuglevel(hc_response *response,
                                    int32_t level);

/**
 * Sets a deadline for a response made by hc_response_new: as hc_conn_set_deadline. Before hc_response_begin;
 * it holds for the body, too. The functions of the transport are not interrupted: it is looked at before each
 * call of them.
 *
 * Errors: those of hc_conn_set_deadline, such as HC_ERR_INVALID_ARGUMENT; HC_ERR_STATE if the head was
 * received.
 */
hc_error hc_response_set_deadline(hc_response *response,
                                  int64_t milliseconds);

/**
 * Gives a response made by hc_response_new a cancel handle: as hc_conn_set_cancel. Before hc_response_begin;
 * it holds for the body, too. The functions of the transport are not interrupted: it is looked at before each
 * call of them.
 *
 * Errors: those of hc_conn_set_cancel, such as HC_ERR_UNSUPPORTED; HC_ERR_STATE if the head was received.
 */
hc_error hc_response_set_cancel(hc_response *response,
                                const hc_cancel_handle *cancel);

/**
 * Receives the head of a response made by hc_response_new: http.client's begin(). It succeeds once.
 *
 * Interim responses (1xx but 101) are skipped. The stream is closed when the body was read to its end, or the
 * response is closed; more may have been received from it than the response has.
 *
 * Errors: those of hc_getresponse, such as HC_ERR_REMOTE_DISCONNECTED for a stream without a byte;
 * HC_ERR_TIMEOUT, HC_WOULD_BLOCK: nothing was lost, the call can be repeated; after any other the response is
 * closed. HC_ERR_RESPONSE_NOT_READY if the head was received already.
 */
hc_error hc_response_begin(hc_response *response);

/* ================================================================================================
 * STREAMS
 *
 * After a response with status 101, or one of 2xx to a CONNECT request, the connection is no longer one of
 * HTTP: what follows is between the program and the server, such as WebSocket messages. The program takes the
 * stream out of the response and reads and writes it by itself, through TLS if there is TLS.
 * ================================================================================================ */

/**
 * A stream of bytes that was taken out of a response. Used by one thread at a time; it may move between
 * threads.
 */
typedef struct hc_stream hc_stream;

/**
 * Takes the stream out of a response that ended HTTP on it: status 101, or 2xx to CONNECT. The response is
 * closed by that; bytes that came behind its head are read from the stream first. It goes to `*out`, to be
 * freed by hc_stream_free; after a failure that is NULL. The connection's timeout, deadline and cancel handle
 * hold for it.
 *
 * Errors: HC_ERR_STATE for another response, one that was closed, or one whose stream was taken already;
 * HC_ERR_INVALID_ARGUMENT, HC_ERR_NO_MEMORY.
 */
hc_error hc_response_detach(hc_response *response,
                            hc_stream **out);

/**
 * Receives once: at most `capacity` bytes into `buffer`, which may be uninitialized. The number goes to
 * `*count`; 0 with HC_OK is the end of the stream (or a `capacity` of 0). May block for the timeout.
 *
 * Errors: HC_ERR_CONNECTION_RESET, HC_ERR_TIMEOUT and others of HC_ERR_OS; HC_ERR_TLS_TRUNCATED;
 * HC_WOULD_BLOCK; HC_ERR_CANCELLED; HC_ERR_FORKED; HC_ERR_INVALID_ARGUMENT.
 */
hc_error hc_stream_read(hc_stream *stream,
                        void *buffer,
                        size_t capacity,
                        size_t *count);

/**
 * Sends once: from the front of the `len` bytes of `data`. How many were taken goes to `*count`, at least 1
 * with HC_OK (0 for a `len` of 0). May block for the timeout.
 *
 * Errors: HC_ERR_BROKEN_PIPE; otherwise those of hc_stream_read, such as HC_ERR_TIMEOUT.
 */
hc_error hc_stream_write(hc_stream *stream,
                         const void *data,
                         size_t len,
                         size_t *count);

/**
 * Sets how long each operation on the stream may take, as hc_conn_set_timeout, and takes a deadline away.
 *
 * Errors: those of hc_conn_set_timeout, such as HC_ERR_INVALID_ARGUMENT.
 */
hc_error hc_stream_set_timeout(hc_stream *stream,
                               int64_t milliseconds);

/** The descriptor to wait on after HC_WOULD_BLOCK; otherwise as hc_conn_fileno. */
int32_t hc_stream_fileno(const hc_stream *stream);

/** What to wait for on hc_stream_fileno after HC_WOULD_BLOCK; otherwise as hc_conn_interest. */
uint32_t hc_stream_interest(const hc_stream *stream);

/**
 * The detail of the last call on this stream that failed; otherwise as hc_conn_error_detail.
 *
 * Errors: HC_ERR_INVALID_ARGUMENT.
 */
hc_error hc_stream_error_detail(const hc_stream *stream, hc_error_detail *out);

/** The message of the last call on this stream that failed; otherwise as hc_conn_error_message. */
const char *hc_stream_error_message(const hc_stream *stream);

/**
 * Closes a stream and ends its handle; TLS's closing alert (close_notify) goes out first. NULL does nothing.
 * Never blocks, but as hc_conn_free.
 *
 * Errors: HC_ERR_BUSY while another thread uses it: it is not freed then.
 */
hc_error hc_stream_free(hc_stream *stream);

/* ================================================================================================
 * LENIENCY
 *
 * Every rule of HTTP holds by default, in both directions. Where an old server, or a program that was written
 * for http.client, needs one of them loosened, there is a flag for that rule alone, and hc_response_leniencies
 * says which of the flags a response really needed. HC_LENIENT_HTTP_CLIENT sets all of them but
 * HC_LENIENT_BARE_CR: then the answers are http.client's, except where one message could be taken for another.
 *
 * No flag lets one message be taken for another: a malformed header line that no flag names, a CR as a line's
 * end, a NUL, two lengths that differ, a transfer coding that only looks like chunked, chunks with false sizes
 * or ends, and a request whose headers and body disagree are refused whatever is set. If a flag is dangerous
 * only because the connection is used again, the connection is not used again: hc_response_will_close is true
 * then, or the connection is closed when the body has been read. The answer of a proxy to CONNECT, and what is
 * sent to it, are never loosened.
 *
 * The references are to docs/BEHAVIOUR.md (H: its hazards) and docs/CONFORMANCE.md (C: its rows) of the
 * library's source.
 * ================================================================================================ */

/**
 * A response's head may be cut off by the end of the stream (H8, C33): what came of it is the head; a name
 * that is cut is dropped, and the body is empty. Instead of HC_ERR_INCOMPLETE_READ. Danger: headers may be
 * missing, and nothing else tells.
 */
#define HC_LENIENT_TRUNCATED_HEAD (1u << 0)
/**
 * A status may be written as Python's int() reads it: "+200", "2_00", "0200" (H11, C25). Instead of
 * HC_ERR_BAD_STATUS_LINE. The connection is not used again. Danger: a proxy in between may have read another
 * status.
 */
#define HC_LENIENT_STATUS_CODE (1u << 1)
/**
 * A version may be HTTP/0.9, which is taken for HTTP/1.0, or HTTP/1. and anything, which is taken for HTTP/1.1
 * (C28); in a 100 response, which is skipped, any version is accepted. Instead of HC_ERR_UNKNOWN_PROTOCOL.
 * Danger: such a server may mean something else by what follows.
 */
#define HC_LENIENT_VERSION (1u << 2)
/**
 * A 101 may come that was not asked for (C69): it is given out, with a length of 0, and ends the connection.
 * Instead of HC_ERR_UNEXPECTED_SWITCH. Danger: the request itself has no answer.
 */
#define HC_LENIENT_UNREQUESTED_SWITCH (1u << 3)
/**
 * A header may have no name, as in ": value" (C39): its line is dropped. Instead of HC_ERR_BAD_HEADER. Danger:
 * what the server meant to say is lost.
 */
#define HC_LENIENT_NAMELESS_FIELD (1u << 4)
/**
 * A header's name may have any visible ASCII character but a colon, as in "a/b: value" (C40). Instead of
 * HC_ERR_BAD_HEADER. Danger: a name that the program copies elsewhere may be refused or misread there.
 */
#define HC_LENIENT_FIELD_NAME (1u << 5)
/**
 * Among headers a line may begin with "From " (C41), as in a mailbox: it is dropped. Instead of
 * HC_ERR_BAD_HEADER. Danger: what the server meant to say is lost.
 */
#define HC_LENIENT_FROM_LINE (1u << 6)
/**
 * The first header may begin with a blank (C35): it is dropped, with all lines like it behind it. Instead of
 * HC_ERR_BAD_HEADER. The connection is not used again. Danger: a proxy in between may have taken the line for
 * a header.
 */
#define HC_LENIENT_LEADING_FOLD (1u << 7)
/**
 * Values of headers and the reason may have control bytes, but for NUL, CR and LF (H2, C31, C38), and any
 * white space of Python's may separate the parts of the status line. Instead of HC_ERR_BAD_HEADER and
 * HC_ERR_BAD_STATUS_LINE. Danger: they reach whatever the program does with the text; a terminal may obey
 * them.
 */
#define HC_LENIENT_CONTROL_BYTES (1u << 8)
/**
 * Values of headers keep the line breaks of obsolete folding and the blanks at their end (C34), and
 * hc_response_raw_head is as it came. Without the flag folding becomes blanks, and blanks around a value are
 * removed. How the body is delimited is decided as without it. Danger: a value that the program copies into
 * another message breaks that in two.
 */
#define HC_LENIENT_RAW_VALUES (1u << 9)
/**
 * A Content-Length may be negative (H11, C48): the body runs to the end of the stream. Instead of
 * HC_ERR_BAD_FRAMING. Danger: a body that is cut short cannot be told from a whole one.
 */
#define HC_LENIENT_NEGATIVE_LENGTH (1u << 10)
/**
 * A Content-Length may be no number at all: "abc", "", "0x5", "5, 19" (H11, C48): the body runs to the end of
 * the stream. It may also be a number that 64 bits do not hold (C49), which no body can have: it ends with
 * HC_ERR_INCOMPLETE_READ. Instead of HC_ERR_BAD_FRAMING. Danger: a body that is cut short cannot be told from
 * a whole one.
 */
#define HC_LENIENT_UNREADABLE_LENGTH (1u << 11)
/**
 * A Content-Length may be written as Python's int() reads it: "+5", "1_9" (H11, C48). Instead of
 * HC_ERR_BAD_FRAMING. The connection is not used again. Danger: a proxy in between may have seen another end
 * of the body.
 */
#define HC_LENIENT_INTEGER_LENGTH (1u << 12)
/**
 * A body of known length may be cut short by the end of the stream for every read but hc_response_read_all
 * (BEHAVIOUR 16.2, C50): reading gives what came, and then its end. Instead of HC_ERR_INCOMPLETE_READ behind
 * it. Danger: half a file is taken for a whole one, unless the program counts.
 */
#define HC_LENIENT_SHORT_BODY (1u << 13)
/**
 * A chunked body may be cut off behind the "0" of its last chunk (C63): it is complete, and has no trailers.
 * Instead of HC_ERR_INCOMPLETE_READ. Danger: if what was cut is a chunk whose size begins with 0, the body is
 * not complete.
 */
#define HC_LENIENT_LAST_CHUNK (1u << 14)
/**
 * Trailers may be malformed, or more than HC_LIMIT_HEADERS (H16, C64): all of them are dropped; the other
 * limits hold. Instead of HC_ERR_BAD_HEADER and HC_ERR_TOO_MANY_HEADERS. The connection is not used again.
 * Danger: a checksum in a trailer may be lost.
 */
#define HC_LENIENT_TRAILERS (1u << 15)
/**
 * A TLS session may end without its closing alert (H15, C56): that is the end of the stream. Instead of
 * HC_ERR_TLS_TRUNCATED, and HC_ERR_INCOMPLETE_READ for a body that runs until then. Danger: whoever can break
 * the connection can cut such a body where he likes.
 */
#define HC_LENIENT_TLS_TRUNCATION (1u << 16)
/**
 * A method may have any visible ASCII character, not those of a token alone (H12, C18); blanks and control
 * bytes never pass. Instead of HC_ERR_VALUE. Danger: the server may not know what to make of it.
 */
#define HC_LENIENT_METHOD (1u << 17)
/**
 * The name of a header that is sent may have any visible character but a colon, blanks behind the first of
 * them, and bytes beyond ASCII (H12, C17); not if it looks like one that frames the request. Instead of
 * HC_ERR_VALUE. Danger: the server may drop the blanks, and see a header that was not meant.
 */
#define HC_LENIENT_SENT_NAME (1u << 18)
/**
 * A value that is sent may have CR LF and a blank or tab in it (H12, C15), and several values of
 * hc_putheader_values are joined by CR LF TAB, as http.client does; not in headers that frame the request.
 * Instead of HC_ERR_VALUE, and values joined by ", ". Danger: a server or proxy that does not know folding
 * takes the rest for a header of its own.
 */
#define HC_LENIENT_SENT_FOLD (1u << 19)
/**
 * A value that is sent may have control bytes, but for NUL, CR and LF (H12, C16); not in headers that frame
 * the request. Instead of HC_ERR_VALUE. Danger: they reach the server's logs.
 */
#define HC_LENIENT_SENT_CONTROL_BYTES (1u << 20)
/**
 * "Expect: 100-continue" may be sent without content (C22). Instead of HC_ERR_VALUE. Danger: the server may
 * wait for content that never comes.
 */
#define HC_LENIENT_EXPECT (1u << 21)
/**
 * TRACE may have content (C23). Instead of HC_ERR_VALUE. Danger: it may come back, with what it has in it, or
 * be taken for the next request by a server that expects none.
 */
#define HC_LENIENT_TRACE_CONTENT (1u << 22)
/**
 * TE and Upgrade are sent without the options of Connection that they need, and TE may name chunked (C19 to
 * C21). Instead of the options being added, and HC_ERR_VALUE. Danger: a proxy may pass on what was meant for
 * itself.
 */
#define HC_LENIENT_CONNECTION_OPTIONS (1u << 23)
/**
 * All of the flags but HC_LENIENT_BARE_CR: the answers are http.client's wherever no message can be taken for
 * another by that.
 */
#define HC_LENIENT_HTTP_CLIENT 419430399
/**
 * In a header's value, or a trailer's, a CR may stand that no LF follows (C38): it is read as a blank (RFC 9112
 * section 2.2), by hc_response_raw_head too. Instead of HC_ERR_BAD_HEADER. The connection is not used again. Not
 * one of http.client's, which ends the line there. Danger: a proxy in between may have seen the end of a line,
 * and what follows as a header of its own.
 */
#define HC_LENIENT_BARE_CR (1u << 26)
/**
 * CONNECT may have a target that is no "host:port" (C8), such as a path, as long as nothing is in it that no
 * target may have. Instead of HC_ERR_INVALID_URL. Danger: a proxy may not know what to make of it.
 */
#define HC_LENIENT_CONNECT_TARGET (1u << 27)
/**
 * A request of HTTP/1.1 may have no Host (hc_putrequest with skip_host), or one that is no host and port (C1 to
 * C3). Instead of HC_ERR_VALUE. Danger: a server has to refuse the first, and may take the second for another.
 */
#define HC_LENIENT_HOST (1u << 28)

/* Checks for hc_conn_dangerous_skip_checks. */
/**
 * The request target has neither blanks nor control bytes. Unchecked, its bytes go out as they are given,
 * fragment and user information included.
 */
#define HC_UNCHECKED_TARGET (1u << 24)
#define HC_UNCHECKED_ASCII (1u << 25) /**< Method and request target are ASCII. */

/**
 * Sets which rules are loosened, any of the HC_LENIENT_ flags together; 0 for none, the default. It holds for
 * the requests and responses that begin from then on.
 *
 * Errors: HC_ERR_INVALID_ARGUMENT for an unknown flag.
 */
hc_error hc_conn_set_leniency(hc_conn *conn,
                              uint32_t flags);

/**
 * Sets which rules are loosened for a response made by hc_response_new, as hc_conn_set_leniency does for those
 * of a connection.
 *
 * Errors: HC_ERR_STATE if hc_response_begin was called already, or the response is not one of hc_response_new;
 * HC_ERR_INVALID_ARGUMENT for an unknown flag.
 */
hc_error hc_response_set_leniency(hc_response *response,
                                  uint32_t flags);

/**
 * Which of the HC_LENIENT_ flags this response and its request needed: where without them they would have been
 * refused, or read otherwise. What concerns the body is there once the body was read to its end. 0 for an
 * invalid or busy handle.
 */
uint32_t hc_response_leniencies(const hc_response *response);

/**
 * Switches checks of requests off, any of HC_UNCHECKED_ together; 0 switches all on again: what a subclass of
 * http.client's connection does by overriding _validate_path and _encode_request. It holds for the requests
 * that begin from then on.
 *
 * This is dangerous. Whoever chooses the target then chooses the whole request, and can put another one behind
 * it, in this connection's name. Only for targets that the program itself has made.
 *
 * Errors: HC_ERR_INVALID_ARGUMENT for an unknown check.
 */
hc_error hc_conn_dangerous_skip_checks(hc_conn *conn,
                                       uint32_t checks);

/**
 * Has Host say `host_len` bytes of `host`, and the port unless it is the default, whatever the bytes are: what
 * a subclass of http.client's connection does by overriding _validate_host. NULL: the connection's host again.
 * What is connected to does not change. The bytes are copied.
 *
 * This is dangerous. Whoever chooses the bytes can put headers and a whole request into this connection's
 * requests, and have a server answer for a host that it is not.
 *
 * Errors: HC_ERR_INVALID_ARGUMENT for a length that no memory has; HC_ERR_NO_MEMORY.
 */
hc_error hc_conn_dangerous_set_host(hc_conn *conn,
                                    const char *host,
                                    size_t host_len);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* HTTPCLIENT_H */
