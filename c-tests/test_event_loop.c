/* Not waiting: a timeout of 0 in every call. */
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

static const char text[] = "first line\nsecond line\nand the rest of it, which has no end of line";

/* Requests, and reads `text` by every call that reads, each of which has to wait. */
static void read_in_all_ways(flow *flow) {
    char buffer[128];
    const char *body;
    size_t count;
    hc_error err;

    CHECK_INT(hc_conn_interest(flow->conn), 0);
    DRIVE(flow, err, hc_request(flow->conn, "GET", "/", NULL, NULL, 0));
    CHECK_INT(err, HC_OK);
    CHECK_INT(hc_conn_interest(flow->conn), 0);
    DRIVE(flow, err, hc_getresponse(flow->conn, &flow->response));
    REQUIRE(err == HC_OK);
    CHECK_INT(hc_response_interest(flow->response), 0);

    DRIVE(flow, err, hc_response_readline(flow->response, buffer, sizeof buffer, &count));
    CHECK_INT(err, HC_OK);
    CHECK_MEM(buffer, count, text, 11);
    DRIVE(flow, err, hc_response_read1(flow->response, buffer, 1, &count));
    CHECK_INT(err, HC_OK);
    CHECK_MEM(buffer, count, text + 11, 1);
    /* With a timeout of 0 a read gives what there is, as a socket does. */
    size_t got = 0;
    while (got < 10) {
        DRIVE(flow, err, hc_response_read(flow->response, buffer + got, 10 - got, &count));
        REQUIRE(err == HC_OK && count > 0);
        /* It may have come to a wait behind those bytes, and that is over, too. */
        CHECK_INT(hc_response_interest(flow->response), 0);
        got += count;
    }
    CHECK_MEM(buffer, got, text + 12, 10);
    DRIVE(flow, err, hc_response_read_all(flow->response, 1000, &body, &count));
    CHECK_INT(err, HC_OK);
    CHECK_MEM(body, count, text + 22, sizeof text - 1 - 22);
    CHECK(hc_response_is_closed(flow->response));
    CHECK_INT(hc_response_interest(flow->response), 0);
    CHECK_INT(hc_conn_interest(flow->conn), 0);
}

/* A server that sends `text` byte by byte, each when the client waits for it. */
static server *slow_server(const char *const *options) {
    static const char response[] =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        "10\r\nfirst line\nsecon\r\n33\r\nd line\nand the rest of it, which has no end of line\r\n"
        "0\r\n\r\n";
    char script[sizeof response * sizeof "await\nsend \"\\x00\"\n"];
    char *end = script + sprintf(script, "read-head\n");
    size_t i;

    for (i = 0; i < sizeof response - 1; i++) {
        end += sprintf(end, "await\nsend \"\\x%02x\"\n", (unsigned)response[i]);
    }
    return server_script(script, options);
}

static void every_read_would_block(void) {
    server *peer = slow_server(NULL);
    flow flow = {plain("127.0.0.1", peer), NULL, 0, peer};

    read_in_all_ways(&flow);
    CHECK(flow.waits > 20);
    finish(&flow);
    server_finish(peer);
}

static void a_name_is_looked_up_without_blocking(void) {
    server *peer = server_serve(NULL);
    flow flow = {plain("localhost", peer), NULL, 0, NULL};
    hc_error err;

    CHECK_INT(hc_conn_interest(flow.conn), 0);
    /* The lookup's thread may be faster than the call. */
    DRIVE(&flow, err, hc_conn_connect(flow.conn));
    CHECK_INT(err, HC_OK);
    CHECK_INT(hc_conn_interest(flow.conn), 0);
    finish(&flow);
    server_finish(peer);
}

static void a_large_body_waits_for_a_slow_reader(void) {
    server *slow = server_start("read-head\nawait\nread 16777216\n"
                                "send \"HTTP/1.1 204 No Content||\"\n");
    flow flow = {plain("127.0.0.1", slow), NULL, 0, NULL};
    char *body = calloc(1, LARGE);
    hc_error err;

    DRIVE(&flow, err, hc_conn_connect(flow.conn));
    REQUIRE(err == HC_OK);
    /* Once something is out, an early answer is heard, too. */
    while ((err = hc_request(flow.conn, "PUT", "/", NULL, body, LARGE)) == HC_WOULD_BLOCK &&
           hc_conn_interest(flow.conn) == HC_INTEREST_WRITE) {
        wait_for(&flow);
    }
    CHECK_INT(err, HC_WOULD_BLOCK);
    CHECK_INT(hc_conn_interest(flow.conn), HC_INTEREST_READ | HC_INTEREST_WRITE);
    server_go_on(slow);
    DRIVE(&flow, err, hc_request(flow.conn, "PUT", "/", NULL, body, LARGE));
    CHECK_INT(err, HC_OK);
    DRIVE(&flow, err, hc_getresponse(flow.conn, &flow.response));
    CHECK_INT(err, HC_OK);
    finish(&flow);
    free(body);
    server_finish(slow);
}

static void nothing_of_a_large_body_is_lost(void) {
    server *peer = server_serve(NULL);
    flow flow = {plain("127.0.0.1", peer), NULL, 0, NULL};

    echo(&flow, 8 << 20);
    echo(&flow, 3);
    CHECK_INT(hc_conn_exchange_flags(flow.conn), HC_EXCHANGE_REUSED);
    finish(&flow);
    server_finish(peer);
}

static void skipping_would_block(void) {
    server *peer = server_start(
        "read-head\nsend \"HTTP/1.1 200 OK|Content-Length: 10240||\" \"x\" * 1k\n"
        "await\nsend \"x\" * 4k\nawait\nsend \"x\" * 5k\n"
        "read-head\n" OK_EMPTY "wait-close\n");
    flow flow = {plain("127.0.0.1", peer), NULL, 0, NULL};
    hc_error err;

    DRIVE(&flow, err, hc_request(flow.conn, "GET", "/", NULL, NULL, 0));
    CHECK_INT(err, HC_OK);
    DRIVE(&flow, err, hc_getresponse(flow.conn, &flow.response));
    CHECK_INT(err, HC_OK);
    flow.waits = 0;
    flow.awaits = peer;
    DRIVE(&flow, err, hc_response_skip(flow.response, 10240));
    CHECK_INT(err, HC_OK);
    CHECK(flow.waits >= 2);
    hc_response_free(flow.response);
    flow.response = NULL;
    flow.awaits = NULL;
    DRIVE(&flow, err, hc_request(flow.conn, "GET", "/", NULL, NULL, 0));
    CHECK_INT(err, HC_OK);
    DRIVE(&flow, err, hc_getresponse(flow.conn, &flow.response));
    CHECK_INT(err, HC_OK);
    CHECK_INT(hc_conn_exchange_flags(flow.conn), HC_EXCHANGE_REUSED);
    finish(&flow);
    server_finish(peer);
}

static void a_response_that_owns_its_stream_is_waited_for(void) {
    server *peer = server_start("read-head\n"
                                "send \"HTTP/1.1 200 OK|Connection: close||\"\n"
                                "await\n"
                                "dribble \"0123456789\" 2\n");
    flow flow = {plain("127.0.0.1", peer), NULL, 0, NULL};
    const char *body;
    size_t len;
    hc_error err;

    DRIVE(&flow, err, hc_request(flow.conn, "GET", "/", NULL, NULL, 0));
    CHECK_INT(err, HC_OK);
    DRIVE(&flow, err, hc_getresponse(flow.conn, &flow.response));
    CHECK_INT(err, HC_OK);
    CHECK(!hc_conn_is_open(flow.conn));
    CHECK_INT(hc_conn_fileno(flow.conn), -1);
    CHECK_INT(hc_conn_interest(flow.conn), 0);
    CHECK(hc_response_fileno(flow.response) >= 0);
    flow.awaits = peer;
    DRIVE(&flow, err, hc_response_read_all(flow.response, 100, &body, &len));
    CHECK_INT(err, HC_OK);
    CHECK_STR(body, "0123456789");
    CHECK_INT(hc_response_fileno(flow.response), -1);
    CHECK_INT(hc_response_interest(flow.response), 0);
    finish(&flow);
    server_finish(peer);
}

/* --- TLS ------------------------------------------------------------------------------------------ */

static void tls_would_block_too(void) {
    path chain = in_folder("server.pem"), key = in_folder("server.key");
    const char *options[] = {"--tls", chain.text, key.text, NULL};
    server *slow = slow_server(options);
    flow flow = {secured(server_port(slow)), NULL, 0, NULL};
    hc_error err;

    CHECK_INT(hc_conn_interest(flow.conn), 0);
    DRIVE(&flow, err, hc_conn_connect(flow.conn));
    CHECK_INT(err, HC_OK);
    flow.awaits = slow;
    read_in_all_ways(&flow);
    CHECK(flow.waits > 20);
    finish(&flow);
    server_finish(slow);
}

static void nothing_of_a_large_body_is_lost_over_tls(void) {
    path chain = in_folder("server.pem"), key = in_folder("server.key");
    const char *options[] = {"--tls", chain.text, key.text, NULL};
    server *peer = server_serve(options);
    flow flow = {secured(server_port(peer)), NULL, 0, NULL};

    echo(&flow, 8 << 20);
    echo(&flow, 3);
    finish(&flow);
    server_finish(peer);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(every_read_would_block),
        TEST_OF_SOCKETS(a_name_is_looked_up_without_blocking),
        TEST(a_large_body_waits_for_a_slow_reader),
        TEST(nothing_of_a_large_body_is_lost),
        TEST(skipping_would_block),
        TEST(a_response_that_owns_its_stream_is_waited_for),
        TEST(tls_would_block_too),
        TEST(nothing_of_a_large_body_is_lost_over_tls),
    };

    return RUN_TESTS_WITH_CERTIFICATES(tests, argc, argv);
}
