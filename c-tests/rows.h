/* What test_rows.c and test_vulnerabilities.c share: a request or a response in a few words, over a real
 * connection. BYTES are written as in a script of the test server. */
#ifndef ROWS_H
#define ROWS_H

#include "tls_client.h"

#define OK "HTTP/1.1 200 OK|"
#define FIVE "Content-Length: 5||hello"
#define CHUNKED OK "Transfer-Encoding: chunked||"
#define NEXT "HTTP/1.1 299 Next|Content-Length: 0||"
#define LIST(...) (const char *const[]) { __VA_ARGS__, NULL }
/* The fields that every request has to a server that a test has started. */
#define AUTOMATIC HOST IDENTITY

static char script[8192];

/* The server compares what it reads to the byte, and then answers. */
static inline server *expecting(const char *bytes) {
    snprintf(script, sizeof script, "expect \"%s\"\nsend \"" NEXT "\"\nwait-close\n", bytes);
    return server_start(script);
}

/* The request puts exactly these bytes on the wire. */
static inline void sends(const char *bytes, const char *method, const char *target,
                         const char *const *headers, const char *body) {
    server *peer = expecting(bytes);
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_request(conn, method, target, headers, body, body ? strlen(body) : 0), HC_OK);
    end_exchange(conn, 299);
    end(conn, peer);
}

/* The request is refused before anybody is dialled. */
static inline void refuses(hc_error code, const char *method, const char *target,
                           const char *const *headers, const char *body) {
    hc_conn *conn = NULL;

    CHECK_INT(hc_conn_new("h.test", 80, &conn), HC_OK);
    if (!CHECK_INT(hc_request(conn, method, target, headers, body, body ? strlen(body) : 0), code)) {
        printf("%s %s\n", method, target);
    }
    CHECK(!hc_conn_is_open(conn));
    CHECK_INT(hc_conn_state(conn), HC_STATE_IDLE);
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

/* As `refuses`, for one header of a GET. */
static inline void refuses_header(const char *name, const char *value) {
    const char *headers[] = {name, value, NULL};

    refuses(HC_ERR_VALUE, "GET", "/", headers, NULL);
}

/* The connection carries the next request, or another one has to. */
typedef enum { KEPT, REPLACED } reuse;

static inline server *answering(const char *bytes, const char *then, reuse reused) {
    snprintf(script, sizeof script, "read-head\nsend \"%s\"\n%s%sread-head\nsend \"" NEXT "\"\n", bytes,
             then, reused == KEPT ? "" : "wait-close\nconnection\n");
    return server_start(script);
}

/* One exchange of which the body is read, and another one, which gets its own answer. `then` is what the
 * server does behind the bytes: a step with its line end, or nothing. */
static inline void answers(const char *method, const char *bytes, const char *then, int status,
                           const char *body, reuse reused) {
    server *peer = answering(bytes, then, reused);
    hc_conn *conn = connect_to(peer);
    hc_response *response = NULL;

    CHECK_INT(hc_request(conn, method, "/", NULL, NULL, 0), HC_OK);
    if (!CHECK_INT(hc_getresponse(conn, &response), HC_OK)) {
        puts(bytes);
    }
    CHECK_INT(hc_response_status(response), status);
    CHECK_BODY(response, body);
    CHECK_INT(hc_response_leniencies(response), 0);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_GET(conn, "/next", 299, "");
    end(conn, peer);
}

/* A response whose head fails; another connection has to carry the next request. */
static inline void bad_head(hc_error code, const char *bytes, const char *then) {
    server *peer = answering(bytes, then, REPLACED);
    hc_conn *conn = connect_to(peer);
    hc_response *response = NULL;

    CHECK_INT(send_get(conn, "/"), HC_OK);
    if (!CHECK_INT(hc_getresponse(conn, &response), code)) {
        puts(bytes);
    }
    CHECK(response == NULL);
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_GET(conn, "/next", 299, "");
    end(conn, peer);
}

/* A response whose body fails behind these bytes of it, however it is read. */
static inline void bad_body(hc_error code, const char *bytes, const char *then, const char *body) {
    static hc_error (*const ways[])(hc_response *, void *, size_t, size_t *) = {
        hc_response_read, hc_response_read1, hc_response_readline};
    size_t way;

    for (way = 0; way < 4; way++) {
        server *peer = answering(bytes, then, REPLACED);
        hc_conn *conn = connect_to(peer);
        hc_response *response = get(conn, "/");
        char buffer[64];
        size_t have = 0, count = 1;
        hc_error failure = HC_OK;

        if (way == 3) {
            const char *all = NULL;

            failure = hc_response_read_all(response, 1000, &all, &have);
            memcpy(buffer, all, have);
        }
        while (failure == HC_OK && count > 0) {
            failure = ways[way](response, buffer + have, sizeof buffer - have, &count);
            have += count;
        }
        if (!CHECK_INT(failure, code)) {
            puts(bytes);
        }
        CHECK_MEM(buffer, have, body, strlen(body));
        CHECK_INT(response_detail(response).received, have);
        CHECK_INT(hc_response_free(response), HC_OK);
        CHECK_GET(conn, "/next", 299, "");
        CHECK_INT(hc_conn_free(conn), HC_OK);
        server_finish(peer);
    }
}

/* An HTTPS connection to a server with this script. */
static inline hc_conn *connect_tls(server **peer, const char *steps) {
    path chain = in_folder("server.pem"), key = in_folder("server.key");
    const char *options[] = {"--tls", NULL, NULL, NULL};
    hc_tls_config *config = built(trusting());
    hc_conn *conn;

    options[1] = chain.text;
    options[2] = key.text;
    *peer = server_script(steps, options);
    conn = connection("127.0.0.1", *peer, config);
    CHECK_INT(hc_tls_config_free(config), HC_OK);
    return conn;
}

#endif
