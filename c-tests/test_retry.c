/* Kept connections that the server has closed: the stale check, and requests that are sent again. */
#define _POSIX_C_SOURCE 200809L

#include "flow.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EXCHANGE "read-head\n" OK_EMPTY
/* Answers once, and closes instead of answering again. */
#define CLOSES_LATE EXCHANGE "read-head\nclose\n"

/* Sends `method` and receives the response; returns the first failure. */
static hc_error exchange(flow *flow, const char *method, const char *body) {
    size_t len = body == NULL ? 0 : strlen(body);
    hc_error err;

    DRIVE(flow, err, hc_request(flow->conn, method, "/", NULL, body, len));
    if (err == HC_OK) {
        DRIVE(flow, err, hc_getresponse(flow->conn, &flow->response));
    }
    hc_response_free(flow->response);
    flow->response = NULL;
    return err;
}

static void a_request_is_sent_again_where_asked(void) {
    server *peer = server_start(CLOSES_LATE "connection\n" EXCHANGE);
    flow flow = {plain("127.0.0.1", peer), NULL, 0, NULL};

    CHECK_INT(hc_conn_set_retry(flow.conn, true), HC_OK);
    CHECK_INT(exchange(&flow, "GET", NULL), HC_OK);
    CHECK_INT(hc_conn_exchange_flags(flow.conn), 0);
    CHECK_INT(exchange(&flow, "GET", NULL), HC_OK);
    CHECK_INT(hc_conn_exchange_flags(flow.conn), HC_EXCHANGE_REUSED | HC_EXCHANGE_RETRIED);
    finish(&flow);
    server_finish(peer);
}

static void any_method_is_sent_again_where_asked(void) {
    server *peer = server_start(CLOSES_LATE "connection\n" EXCHANGE);
    flow flow = {plain("127.0.0.1", peer), NULL, 0, NULL};

    CHECK_INT(hc_conn_set_retry(flow.conn, true), HC_OK);
    CHECK_INT(hc_conn_set_retry_any_method(flow.conn, true), HC_OK);
    CHECK_INT(exchange(&flow, "GET", NULL), HC_OK);
    CHECK_INT(exchange(&flow, "POST", NULL), HC_OK);
    CHECK_INT(hc_conn_exchange_flags(flow.conn), HC_EXCHANGE_REUSED | HC_EXCHANGE_RETRIED);
    finish(&flow);
    server_finish(peer);
}

static int64_t nothing(void *context, void *buffer, size_t capacity) {
    (void)context, (void)buffer, (void)capacity;
    return 0;
}

/* What a function gave cannot be had again. */
static void a_body_that_is_gone_is_not_sent_again(void) {
    server *peer = server_start(CLOSES_LATE);
    flow flow = {plain("127.0.0.1", peer), NULL, 0, NULL};
    hc_error err;

    CHECK_INT(hc_conn_set_retry(flow.conn, true), HC_OK);
    CHECK_INT(hc_conn_set_retry_any_method(flow.conn, true), HC_OK);
    CHECK_INT(exchange(&flow, "GET", NULL), HC_OK);
    DRIVE(&flow, err, hc_request_callback(flow.conn, "PUT", "/", NULL, nothing, NULL, 0));
    CHECK_INT(err, HC_OK);
    DRIVE(&flow, err, hc_getresponse(flow.conn, &flow.response));
    CHECK_INT(err, HC_ERR_REMOTE_DISCONNECTED);
    CHECK_INT(hc_conn_exchange_flags(flow.conn), HC_EXCHANGE_REUSED);
    finish(&flow);
    server_finish(peer);
}

static void a_body_of_bytes_is_sent_again(void) {
    server *peer = server_start(EXCHANGE "read-head\nread 4\nclose\n"
                                "connection\nread-head\nexpect \"data\"\n" OK_EMPTY);
    flow flow = {plain("127.0.0.1", peer), NULL, 0, NULL};

    CHECK_INT(hc_conn_set_retry(flow.conn, true), HC_OK);
    CHECK_INT(exchange(&flow, "GET", NULL), HC_OK);
    CHECK_INT(exchange(&flow, "PUT", "data"), HC_OK);
    CHECK_INT(hc_conn_exchange_flags(flow.conn), HC_EXCHANGE_REUSED | HC_EXCHANGE_RETRIED);
    finish(&flow);
    server_finish(peer);
}

/* A request that has no second chance: the server sees two connections only where `again`. */
static void no_repeat(bool retry, const char *method, const char *script) {
    server *peer = server_start(script);
    flow flow = {plain("127.0.0.1", peer), NULL, 0, NULL};

    CHECK_INT(hc_conn_set_retry(flow.conn, retry), HC_OK);
    CHECK_INT(exchange(&flow, "GET", NULL), HC_OK);
    CHECK(exchange(&flow, method, NULL) != HC_OK);
    CHECK_INT(hc_conn_exchange_flags(flow.conn), HC_EXCHANGE_REUSED);
    finish(&flow);
    server_finish(peer);
}

static void nothing_is_sent_twice_unasked(void) {
    server *peer;
    flow flow = {NULL, NULL, 0, NULL};

    no_repeat(false, "GET", CLOSES_LATE);
    no_repeat(false, "POST", CLOSES_LATE);
    no_repeat(true, "POST", CLOSES_LATE);
    no_repeat(true, "get", CLOSES_LATE);
    /* A byte of the response came. */
    no_repeat(true, "GET", EXCHANGE "read-head\nsend \"H\"\nclose\n");
    no_repeat(true, "GET", EXCHANGE "read-head\nsend \"HTTP/1.1 100 Continue||\"\nclose\n");
    /* Methods alone ask for nothing. */
    peer = server_start(CLOSES_LATE);
    flow.conn = plain("127.0.0.1", peer);
    CHECK_INT(hc_conn_set_retry_any_method(flow.conn, true), HC_OK);
    CHECK_INT(exchange(&flow, "GET", NULL), HC_OK);
    CHECK_INT(exchange(&flow, "POST", NULL), HC_ERR_REMOTE_DISCONNECTED);
    CHECK_INT(hc_conn_exchange_flags(flow.conn), HC_EXCHANGE_REUSED);
    finish(&flow);
    server_finish(peer);
    /* The connection is new. */
    peer = server_start("read-head\nclose\n");
    flow.conn = plain("127.0.0.1", peer);
    CHECK_INT(hc_conn_set_retry(flow.conn, true), HC_OK);
    CHECK_INT(exchange(&flow, "GET", NULL), HC_ERR_REMOTE_DISCONNECTED);
    CHECK_INT(hc_conn_exchange_flags(flow.conn), 0);
    finish(&flow);
    server_finish(peer);
}

static void only_one_repeat(void) {
    server *peer = server_start(CLOSES_LATE "connection\nread-head\nclose\n");
    flow flow = {plain("127.0.0.1", peer), NULL, 0, NULL};

    CHECK_INT(hc_conn_set_retry(flow.conn, true), HC_OK);
    CHECK_INT(exchange(&flow, "GET", NULL), HC_OK);
    CHECK_INT(exchange(&flow, "GET", NULL), HC_ERR_REMOTE_DISCONNECTED);
    CHECK_INT(hc_conn_exchange_flags(flow.conn), HC_EXCHANGE_REUSED | HC_EXCHANGE_RETRIED);
    finish(&flow);
    server_finish(peer);
}

/* An exchange, and then the server's end of the stream has come. */
static void become_stale(flow *flow) {
    CHECK_INT(exchange(flow, "GET", NULL), HC_OK);
    CHECK(poll_one(hc_conn_fileno(flow->conn), POLLIN, PATIENCE_MS));
}

static void a_stale_connection_is_replaced(void) {
    server *peer = server_start(EXCHANGE "connection\n" EXCHANGE);
    flow flow = {plain("127.0.0.1", peer), NULL, 0, NULL};

    become_stale(&flow);
    CHECK_INT(exchange(&flow, "GET", NULL), HC_OK);
    CHECK_INT(hc_conn_exchange_flags(flow.conn), HC_EXCHANGE_REPLACED);
    finish(&flow);
    server_finish(peer);
}

static void a_stale_connection_is_used_where_nobody_looks(void) {
    server *peer = server_start(EXCHANGE "connection\n" EXCHANGE "connection\n" EXCHANGE);
    flow flow = {plain("127.0.0.1", peer), NULL, 0, NULL};

    become_stale(&flow);
    CHECK_INT(hc_conn_set_stale_check(flow.conn, -2), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_stale_check(flow.conn, HC_STALE_CHECK_NEVER), HC_OK);
    CHECK_INT(exchange(&flow, "GET", NULL), HC_ERR_REMOTE_DISCONNECTED);
    CHECK_INT(hc_conn_set_stale_check(flow.conn, PATIENCE_MS), HC_OK);
    become_stale(&flow);
    /* It rested for less than that, and may be sent again. */
    CHECK_INT(hc_conn_set_retry(flow.conn, true), HC_OK);
    CHECK_INT(exchange(&flow, "GET", NULL), HC_OK);
    CHECK_INT(hc_conn_exchange_flags(flow.conn), HC_EXCHANGE_REUSED | HC_EXCHANGE_RETRIED);
    finish(&flow);
    server_finish(peer);
}

static void it_is_looked_at_after_an_idle_time(void) {
    server *peer = server_start(EXCHANGE "connection\n" EXCHANGE);
    flow flow = {plain("127.0.0.1", peer), NULL, 0, NULL};

    CHECK_INT(hc_conn_set_stale_check(flow.conn, 1), HC_OK);
    become_stale(&flow);
    nap();
    CHECK_INT(exchange(&flow, "GET", NULL), HC_OK);
    CHECK_INT(hc_conn_exchange_flags(flow.conn), HC_EXCHANGE_REPLACED);
    finish(&flow);
    server_finish(peer);
}

/* What comes on a used connection and is no response may have been on its way before the request. */
static void garbage_on_a_used_connection(void) {
    server *peer = server_start("read-head\n" OK_EMPTY "read-head\nsend \"garbage|\"\nwait-close\n"
                                "connection\nread-head\nsend \"garbage|\"\nwait-close\n"
                                "connection\nread-head\n" OK_EMPTY "read-head\nsend \"HTTP/1.1 200 OK|A B||\"\nwait-close\n");
    hc_conn *conn = connect_to(peer);
    hc_response *response = NULL;

    CHECK_GET(conn, "/", 200, "");
    CHECK_INT(send_get(conn, "/"), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_ERR_BAD_STATUS_LINE);
    CHECK_INT(conn_detail(conn).retry, HC_RETRY_MAYBE_PROCESSED);
    CHECK_INT(hc_conn_close(conn), HC_OK);
    /* On a new one it can only be the answer. */
    CHECK_INT(send_get(conn, "/"), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_ERR_BAD_STATUS_LINE);
    CHECK_INT(conn_detail(conn).retry, HC_RETRY_RESPONSE_STARTED);
    CHECK_INT(hc_conn_close(conn), HC_OK);
    /* And so is what has begun as a response. */
    CHECK_GET(conn, "/", 200, "");
    CHECK_INT(send_get(conn, "/"), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_ERR_BAD_HEADER);
    CHECK_INT(conn_detail(conn).retry, HC_RETRY_RESPONSE_STARTED);
    end(conn, peer);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(a_request_is_sent_again_where_asked),
        TEST(any_method_is_sent_again_where_asked),
        TEST(a_body_that_is_gone_is_not_sent_again),
        TEST(a_body_of_bytes_is_sent_again),
        TEST(nothing_is_sent_twice_unasked),
        TEST(only_one_repeat),
        TEST(garbage_on_a_used_connection),
        TEST(a_stale_connection_is_replaced),
        /* The library knows which failures of its sockets are the peer's close. */
        TEST_OF_SOCKETS(a_stale_connection_is_used_where_nobody_looks),
        TEST(it_is_looked_at_after_an_idle_time),
    };

    return RUN_TESTS_WITH_CERTIFICATES(tests, argc, argv);
}
