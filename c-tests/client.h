/* What the C tests share beside the harness: a connection to a test server, and whole exchanges in
 * one line. Functions are inline so that a test may leave some of them unused. */
#ifndef CLIENT_H
#define CLIENT_H

#include "harness.h"
#include "httpclient.h"
#include "one_byte.h"

#include <string.h>

/* Long enough for a loaded machine, short enough to fail before the harness gives up. */
enum { PATIENCE_MS = 60000 };

/* A connection to a test server; a wait on it ends in any case. */
static inline hc_conn *connect_to(const server *peer) {
    hc_conn *conn = NULL;

    CHECK_INT(hc_conn_new("127.0.0.1", server_port(peer), &conn), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    return conn;
}

/* A GET without anything special. */
static inline hc_error send_get(hc_conn *conn, const char *target) {
    return hc_request(conn, "GET", target, NULL, NULL, 0);
}

/* Sends a GET and receives the head of its response, which is NULL if that failed. */
static inline hc_response *get(hc_conn *conn, const char *target) {
    hc_response *response = NULL;

    if (CHECK_INT(send_get(conn, target), HC_OK)) {
        CHECK_INT(hc_getresponse(conn, &response), HC_OK);
    }
    return response;
}

/* Checks that the rest of the body is this text. */
#define CHECK_BODY(response, expected) check_body((response), (expected), __FILE__, __LINE__)

static inline void check_body(hc_response *response, const char *expected, const char *file,
                              int line) {
    const char *body = NULL;
    size_t len = 0;

    check_int(hc_response_read_all(response, (size_t)-1, &body, &len), HC_OK, "reading the body",
              file, line);
    check_mem(body, len, expected, strlen(expected), "the body", file, line);
    check_true(body != NULL && body[len] == '\0', "a NUL behind the body", file, line);
}

/* Checks status and body of the response to a GET, and frees it. */
#define CHECK_GET(conn, target, status, body) \
    check_get((conn), (target), (status), (body), __FILE__, __LINE__)

static inline void check_get(hc_conn *conn, const char *target, int status, const char *body,
                             const char *file, int line) {
    hc_response *response = NULL;
    hc_error sent = send_get(conn, target);
    hc_error received = hc_getresponse(conn, &response);

    check_int(sent, HC_OK, "sending the request", file, line);
    check_int(received, HC_OK, "receiving the response", file, line);
    check_int(hc_response_status(response), status, "the status", file, line);
    check_body(response, body, file, line);
    check_int(hc_response_free(response), HC_OK, "freeing the response", file, line);
}

/* Of a server's script: what a request has of its own accord, and an answer without a body. */
#define HOST "Host: 127.0.0.1:\\p|"
#define IDENTITY "Accept-Encoding: identity|"
#define OK_EMPTY "send \"HTTP/1.1 200 OK|Content-Length: 0||\"\n"

/* Fetches the answer to a request that was sent and has no body in it, and frees it. */
static inline void end_exchange(hc_conn *conn, int status) {
    hc_response *response = NULL;

    CHECK_INT(hc_getresponse(conn, &response), HC_OK);
    CHECK_INT(hc_response_status(response), status);
    CHECK_BODY(response, "");
    CHECK_INT(hc_response_free(response), HC_OK);
}

/* Receives that answer of a script. */
static inline void take_answer(hc_conn *conn) { end_exchange(conn, 200); }

static inline void end(hc_conn *conn, server *peer) {
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
}

/* The detail of the last failure on a connection or response. */
static inline hc_error_detail conn_detail(const hc_conn *conn) {
    hc_error_detail detail;

    memset(&detail, 0, sizeof detail);
    detail.size = sizeof detail;
    CHECK_INT(hc_conn_error_detail(conn, &detail), HC_OK);
    return detail;
}

static inline hc_error_detail response_detail(const hc_response *response) {
    hc_error_detail detail;

    memset(&detail, 0, sizeof detail);
    detail.size = sizeof detail;
    CHECK_INT(hc_response_error_detail(response, &detail), HC_OK);
    return detail;
}

#endif
