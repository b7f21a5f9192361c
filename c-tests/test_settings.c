/* Settings of a connection: timeouts, limits, the look before a connection is used again, and where it
 * goes to and comes from. */
#define _POSIX_C_SOURCE 200809L

#include "client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>

/* Waits, without reading, until something has arrived on the connection. */
static void wait_for_input(hc_conn *conn) {
    struct pollfd input = {0, POLLIN, 0};

    input.fd = hc_conn_fileno(conn);
    CHECK_INT(poll(&input, 1, PATIENCE_MS), 1);
}

/* What nobody asked for is never taken for an answer: the request goes over a new connection. */
static void unsolicited_bytes(void) {
    server *peer =
        server_start("read-head\nsend \"HTTP/1.1 204 No Content||\"\nawait\n"
                     "send \"HTTP/1.1 200 Evil|Content-Length: 0||\"\nwait-close\n"
                     "connection\n"
                     "read-head\nsend \"HTTP/1.1 200 OK|Content-Length: 4||good\"\n"
                     "wait-close\n");
    hc_conn *conn = connect_to(peer);

    CHECK_GET(conn, "/", 204, "");
    server_go_on(peer);
    wait_for_input(conn);
    CHECK_GET(conn, "/", 200, "good");
    end(conn, peer);
}

/* The same where the bytes came in one piece with the answer. */
static void unsolicited_bytes_behind_the_answer(int64_t look) {
    server *peer =
        server_start("read-head\nsend \"HTTP/1.1 200 OK|Content-Length: 2||ok\" "
                     "\"HTTP/1.1 200 Evil|Content-Length: 0||\"\nwait-close\n"
                     "connection\n"
                     "read-head\nsend \"HTTP/1.1 200 OK|Content-Length: 4||good\"\n"
                     "wait-close\n");
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_conn_set_stale_check(conn, look), HC_OK);
    CHECK_GET(conn, "/", 200, "ok");
    CHECK_GET(conn, "/", 200, "good");
    end(conn, peer);
}

static void unsolicited_bytes_in_one_piece(void) {
    unsolicited_bytes_behind_the_answer(HC_STALE_CHECK_ALWAYS);
}

static void unsolicited_bytes_in_one_piece_without_the_look(void) {
    unsolicited_bytes_behind_the_answer(HC_STALE_CHECK_NEVER);
}

static void ended_before_reuse(void) {
    server *peer = server_start("read-head\nsend \"HTTP/1.1 204 No Content||\"\nclose\n"
                                "connection\n"
                                "read-head\nsend \"HTTP/1.1 204 No Content||\"\nclose\n");
    hc_conn *conn = connect_to(peer);

    CHECK_GET(conn, "/", 204, "");
    wait_for_input(conn);
    CHECK_GET(conn, "/", 204, "");
    end(conn, peer);
}

/* With the look turned off the end is met by the request itself. */
static void ended_before_reuse_without_the_look(void) {
    server *peer = server_start("read-head\nsend \"HTTP/1.1 204 No Content||\"\nclose\n"
                                "connection\n"
                                "read-head\nsend \"HTTP/1.1 204 No Content||\"\nclose\n");
    hc_conn *conn = connect_to(peer);
    hc_response *response = NULL;
    hc_error code;

    CHECK_INT(hc_conn_set_stale_check(conn, HC_STALE_CHECK_NEVER), HC_OK);
    CHECK_GET(conn, "/", 204, "");
    wait_for_input(conn);
    code = send_get(conn, "/");
    if (code == HC_OK || code == of_socket(HC_ERR_BROKEN_PIPE) ||
        code == of_socket(HC_ERR_CONNECTION_RESET)) {
        code = hc_getresponse(conn, &response);
    }
    CHECK(hc_error_is(code, HC_ERR_CONNECTION) || code == of_socket(HC_ERR_CONNECTION_RESET));
    CHECK_INT(conn_detail(conn).retry, HC_RETRY_MAYBE_PROCESSED);
    CHECK_INT(hc_conn_state(conn), HC_STATE_IDLE);
    CHECK_GET(conn, "/", 204, "");
    end(conn, peer);
}

static void auto_open_off(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    hc_response *response = NULL;

    CHECK_INT(hc_conn_set_auto_open(conn, false), HC_OK);
    CHECK_INT(send_get(conn, "/never-sent"), HC_ERR_NOT_CONNECTED);
    CHECK_INT(conn_detail(conn).retry, HC_RETRY_NOT_SENT);
    /* There was no request: nothing that a server says can be the answer to it. */
    CHECK_INT(hc_conn_state(conn), HC_STATE_IDLE);
    CHECK_INT(hc_getresponse(conn, &response), HC_ERR_RESPONSE_NOT_READY);
    CHECK_INT(hc_putrequest(conn, "GET", "/never-sent", false, false), HC_OK);
    CHECK_INT(hc_endheaders(conn, NULL, 0, false), HC_ERR_NOT_CONNECTED);
    CHECK_INT(hc_conn_state(conn), HC_STATE_IDLE);
    CHECK_INT(hc_conn_connect(conn), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_ERR_RESPONSE_NOT_READY);
    /* What was refused is forgotten: the server sees this request and no other. */
    CHECK_GET(conn, "/bytes/0", 200, "");
    end(conn, peer);
}

/* As its entry says: closed and idle, whatever was begun. */
static void a_failed_connect_forgets_the_request(void) {
    hc_conn *conn = NULL;

    CHECK_INT(hc_conn_new("127.0.0.1", 1, &conn), HC_OK);
    CHECK_INT(hc_putrequest(conn, "GET", "/", false, false), HC_OK);
    CHECK_INT(hc_conn_connect(conn), HC_ERR_CONNECTION_REFUSED);
    CHECK_INT(hc_conn_state(conn), HC_STATE_IDLE);
    CHECK_INT(hc_putheader(conn, "A", "b"), HC_ERR_CANNOT_SEND_HEADER);
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

static void http_10(void) {
    server *peer = server_start("expect \"GET / HTTP/1.0||\"\n"
                                "send \"HTTP/1.0 200 OK||all\"\n");
    hc_conn *conn = connect_to(peer);
    hc_response *response;

    CHECK_INT(hc_conn_set_http10(conn, true), HC_OK);
    response = get(conn, "/");
    CHECK_INT(hc_response_version(response), 10);
    CHECK_BODY(response, "all");
    CHECK_INT(hc_response_free(response), HC_OK);
    end(conn, peer);
}

static void limits(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    hc_response *response = NULL;

    CHECK_INT(hc_conn_set_limit(conn, HC_LIMIT_LINE, 0), HC_ERR_INVALID_ARGUMENT);
    CHECK(strlen(hc_conn_error_message(conn)) > 0);
    CHECK_INT(hc_conn_set_limit(conn, 4, 1), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_limit(conn, -1, 1), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_limit(conn, HC_LIMIT_HEADERS, 8), HC_OK);
    CHECK_INT(send_get(conn, "/headers/10"), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_ERR_TOO_MANY_HEADERS);
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_INT(hc_conn_set_limit(conn, HC_LIMIT_HEADERS, 300), HC_OK);
    response = get(conn, "/headers/250");
    CHECK(hc_response_header_count(response) >= 250);
    CHECK_STR(hc_response_getheader(response, "x-field-250", NULL), "value 250");
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_INT(hc_conn_set_limit(conn, HC_LIMIT_HEAD_BYTES, 1000), HC_OK);
    CHECK_INT(send_get(conn, "/headers/200"), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_ERR_HEAD_TOO_LARGE);
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_INT(hc_conn_set_limit(conn, HC_LIMIT_LINE, 10), HC_OK);
    CHECK_INT(send_get(conn, "/"), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_ERR_LINE_TOO_LONG);
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_INT(hc_conn_set_limit(conn, HC_LIMIT_LINE, 1000), HC_OK);
    CHECK_INT(hc_conn_set_limit(conn, HC_LIMIT_INTERIM, 1), HC_OK);
    CHECK_INT(send_get(conn, "/interim"), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_ERR_TOO_MANY_INTERIM);
    end(conn, peer);
}

static void timeout_values(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_conn_set_timeout(conn, -2), HC_ERR_INVALID_ARGUMENT);
    CHECK(strlen(hc_conn_error_message(conn)) > 0);
    CHECK_INT(hc_conn_set_timeout(conn, INT64_MIN), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_timeout(conn, INT64_MAX), HC_OK);
    CHECK_GET(conn, "/bytes/0", 200, "");
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_GET(conn, "/bytes/0", 200, "");
    CHECK_INT(hc_conn_set_timeout(conn, HC_TIMEOUT_NONE), HC_OK);
    CHECK_GET(conn, "/bytes/0", 200, "");
    end(conn, peer);
}

/* A silent server; what timed out can be tried again, and nothing was lost. */
static void timeout_of_the_head(void) {
    server *peer =
        server_start("read-head\nsend \"HTTP/1.1 2\"\nawait\n"
                     "send \"00 OK|Content-Length: 2||o\"\nawait\nsend \"k\"\n"
                     "wait-close\n");
    hc_conn *conn = connect_to(peer);
    hc_response *response = NULL;
    char body[2];
    size_t have = 0, count = 7;
    int i;

    CHECK_INT(send_get(conn, "/"), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, 50), HC_OK);
    for (i = 0; i < 2; i++) {
        CHECK_INT(hc_getresponse(conn, &response), of_socket(HC_ERR_TIMEOUT));
        CHECK(response == NULL);
        CHECK_INT(hc_conn_state(conn), HC_STATE_REQUEST_SENT);
    }
    server_go_on(peer);
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    REQUIRE(hc_getresponse(conn, &response) == HC_OK);
    CHECK_INT(hc_response_read(response, body, 1, &have), HC_OK);
    CHECK_INT(have, 1);
    CHECK_INT(hc_conn_set_timeout(conn, 50), HC_OK);
    for (i = 0; i < 2; i++) {
        CHECK_INT(hc_response_read(response, body + have, 1, &count), of_socket(HC_ERR_TIMEOUT));
        CHECK_INT(count, 0);
    }
    server_go_on(peer);
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    CHECK_INT(hc_response_read(response, body + have, 1, &count), HC_OK);
    have += count;
    CHECK_MEM(body, have, "ok", 2);
    CHECK_INT(hc_response_free(response), HC_OK);
    end(conn, peer);
}

/* How much a body function was asked for at a time, and how much it has given. */
typedef struct {
    size_t most;
    size_t given;
} block;

static int64_t give_block(void *context, void *buffer, size_t capacity) {
    block *it = context;
    size_t len = capacity < 100000 - it->given ? capacity : 100000 - it->given;

    it->most = capacity > it->most ? capacity : it->most;
    memset(buffer, 'x', len);
    it->given += len;
    return (int64_t)len;
}

static void blocksize(void) {
    static const size_t sizes[] = {1000, 65536, 7};
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    hc_response *response = NULL;
    block it = {0, 0};
    size_t i;

    CHECK_INT(hc_conn_set_blocksize(conn, 0), HC_ERR_INVALID_ARGUMENT);
    for (i = 0; i <= sizeof sizes / sizeof *sizes; i++) {
        it = (block){0, 0};
        if (i > 0) {
            CHECK_INT(hc_conn_set_blocksize(conn, sizes[i - 1]), HC_OK);
        }
        CHECK_INT(hc_request_callback(conn, "POST", "/count", NULL, give_block, &it, 100000), HC_OK);
        CHECK_INT(it.most, i > 0 ? sizes[i - 1] : 8192);
        CHECK_INT(hc_getresponse(conn, &response), HC_OK);
        CHECK_BODY(response, "100000");
        CHECK_INT(hc_response_free(response), HC_OK);
    }
    end(conn, peer);
}

/* The name stays what Host is about. */
static void another_address(void) {
    server *peer = server_start("expect \"GET / HTTP/1.1|Host: device.example:8080|"
                                "Accept-Encoding: identity||\"\n"
                                "send \"HTTP/1.1 204 No Content||\"\nwait-close\n");
    hc_conn *conn = NULL;

    REQUIRE(hc_conn_new("device.example", 8080, &conn) == HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    CHECK_INT(hc_conn_set_address(conn, "a b", 80), HC_ERR_INVALID_URL);
    CHECK_INT(hc_conn_set_address(conn, "127.0.0.1", 0), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_address(conn, "127.0.0.1", 65536), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_address(conn, "127.0.0.1", server_port(peer)), HC_OK);
    CHECK_STR(hc_conn_host(conn, NULL), "device.example");
    CHECK_INT(hc_conn_port(conn), 8080);
    CHECK_GET(conn, "/", 204, "");
    CHECK_INT(hc_conn_close(conn), HC_OK);
    /* And back: the name means nothing to anybody. */
    CHECK_INT(hc_conn_set_address(conn, NULL, 80), HC_OK);
    end(conn, peer);
}

static void source_address_read_back(void) {
    hc_conn *conn = NULL;
    int32_t port = 7;
    size_t len = 7;

    REQUIRE(hc_conn_new("127.0.0.1", 80, &conn) == HC_OK);
    CHECK(hc_conn_source_address(conn, &len, &port) == NULL);
    CHECK_INT(len, 0);
    CHECK_INT(port, 0);
    CHECK_INT(hc_conn_set_source_address(conn, "127.0.0.2", 0), HC_OK);
    CHECK_STR(hc_conn_source_address(conn, &len, &port), "127.0.0.2");
    CHECK_INT(len, 9);
    CHECK_INT(port, 0);
    /* What is refused changes nothing. */
    CHECK_INT(hc_conn_set_source_address(conn, "localhost", 0), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_source_address(conn, "not an address", 0), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_source_address(conn, "127.0.0.3", -1), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_source_address(conn, "127.0.0.3", 65536), HC_ERR_INVALID_ARGUMENT);
    CHECK_STR(hc_conn_source_address(conn, NULL, NULL), "127.0.0.2");
    CHECK_INT(hc_conn_set_address(conn, "127.0.0.1", 81), HC_OK);
    CHECK_STR(hc_conn_source_address(conn, NULL, NULL), "127.0.0.2");
    CHECK_INT(hc_conn_set_source_address(conn, NULL, 54321), HC_OK);
    CHECK_STR(hc_conn_source_address(conn, &len, &port), "");
    CHECK_INT(len, 0);
    CHECK_INT(port, 54321);
    CHECK_INT(hc_conn_set_source_address(conn, NULL, 0), HC_OK);
    CHECK(hc_conn_source_address(conn, NULL, NULL) == NULL);
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

/* The address that the peer of a connected socket sees. */
static void check_source(hc_conn *conn, const char *expected) {
    struct sockaddr_in local;
    socklen_t len = sizeof local;
    char text[INET_ADDRSTRLEN] = "";

    CHECK_GET(conn, "/bytes/0", 200, "");
    REQUIRE(getsockname(hc_conn_fileno(conn), (struct sockaddr *)&local, &len) == 0);
    CHECK_STR(inet_ntop(AF_INET, &local.sin_addr, text, sizeof text), expected);
    CHECK_INT(hc_conn_close(conn), HC_OK);
}

static void source_address(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_conn_set_source_address(conn, "127.0.0.2", 0), HC_OK);
    check_source(conn, "127.0.0.2");
    /* It stays where the address to connect to is another. */
    CHECK_INT(hc_conn_set_address(conn, "127.0.0.1", server_port(peer)), HC_OK);
    check_source(conn, "127.0.0.2");
    CHECK_INT(hc_conn_set_source_address(conn, NULL, 0), HC_OK);
    check_source(conn, "127.0.0.1");
    /* A documentation address is nobody's here. */
    CHECK_INT(hc_conn_set_source_address(conn, "192.0.2.1", 0), HC_OK);
    CHECK(hc_error_is(hc_conn_connect(conn), HC_ERR_OS));
    end(conn, peer);
}

static int64_t nothing_to_read(void *context, void *buffer, size_t capacity) {
    (void)context;
    (void)buffer;
    (void)capacity;
    return 0;
}

static int64_t all_written(void *context, const void *data, size_t len) {
    (void)context;
    (void)data;
    return (int64_t)len;
}

/* What is about TCP is refused by a connection that is not made by it. */
static void of_other_connections(void) {
    hc_transport functions;
    hc_conn *conns[2] = {NULL, NULL};
    size_t i;

    memset(&functions, 0, sizeof functions);
    functions.size = sizeof functions;
    functions.read = nothing_to_read;
    functions.write = all_written;
    functions.fd = -1;
    REQUIRE(hc_conn_new_with_transport(&functions, "h", 80, &conns[0]) == HC_OK);
    REQUIRE(hc_conn_new_unix("/tmp/nobody", "h", &conns[1]) == HC_OK);
    for (i = 0; i < 2; i++) {
        CHECK_INT(hc_conn_set_source_address(conns[i], "127.0.0.1", 0), HC_ERR_UNSUPPORTED);
        CHECK_INT(hc_conn_set_address(conns[i], "127.0.0.1", 80), HC_ERR_UNSUPPORTED);
        CHECK_INT(hc_conn_set_dialer(conns[i], NULL, NULL), HC_ERR_UNSUPPORTED);
        CHECK_INT(hc_conn_set_resolver(conns[i], NULL, NULL, NULL), HC_ERR_UNSUPPORTED);
        CHECK_INT(hc_conn_set_timeout(conns[i], 5), HC_OK);
        CHECK_INT(hc_conn_set_retry(conns[i], true), HC_OK);
        CHECK_INT(hc_conn_free(conns[i]), HC_OK);
    }
}

/* What was set is what is read back; what is refused leaves it. */
static void settings(void) {
    hc_conn *conn = NULL;
    int64_t timeout;

    CHECK_INT(hc_conn_new("h.test", 80, &conn), HC_OK);
    CHECK_INT(hc_conn_timeout(conn), HC_TIMEOUT_NONE);
    for (timeout = 0; timeout < 100000000; timeout = timeout * 7 + 1) {
        CHECK_INT(hc_conn_set_timeout(conn, timeout), HC_OK);
        CHECK_INT(hc_conn_timeout(conn), timeout);
    }
    CHECK_INT(hc_conn_set_timeout(conn, INT64_MAX), HC_OK);
    CHECK(hc_conn_timeout(conn) == INT64_MAX);
    CHECK_INT(hc_conn_set_timeout(conn, -2), HC_ERR_INVALID_ARGUMENT);
    CHECK(hc_conn_timeout(conn) == INT64_MAX);
    CHECK_INT(hc_conn_set_timeout(conn, HC_TIMEOUT_NONE), HC_OK);
    CHECK_INT(hc_conn_timeout(conn), HC_TIMEOUT_NONE);

    CHECK_INT(hc_conn_connect_timeout(conn), HC_TIMEOUT_NONE);
    CHECK_INT(hc_conn_set_connect_timeout(conn, INT64_MAX), HC_OK);
    CHECK(hc_conn_connect_timeout(conn) == INT64_MAX);
    CHECK_INT(hc_conn_set_connect_timeout(conn, 0), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_connect_timeout(conn, -2), HC_ERR_INVALID_ARGUMENT);
    CHECK(hc_conn_connect_timeout(conn) == INT64_MAX);
    CHECK_INT(hc_conn_set_connect_timeout(conn, HC_TIMEOUT_NONE), HC_OK);
    CHECK_INT(hc_conn_connect_timeout(conn), HC_TIMEOUT_NONE);

    CHECK_INT(hc_conn_set_retry_any_method(conn, true), HC_OK);
    CHECK_INT(hc_conn_set_retry_any_method(conn, false), HC_OK);

    CHECK_INT(hc_conn_blocksize(conn), 8192);
    CHECK_INT(hc_conn_set_blocksize(conn, 0), HC_ERR_INVALID_ARGUMENT);
    CHECK_STR(hc_conn_error_message(conn), "a block has at least 1 byte");
    CHECK_INT(hc_conn_set_blocksize(conn, 1), HC_OK);
    CHECK_INT(hc_conn_blocksize(conn), 1);

    CHECK_INT(hc_conn_limit(conn, HC_LIMIT_LINE), 65536);
    CHECK_INT(hc_conn_limit(conn, HC_LIMIT_HEADERS), 1001);
    CHECK_INT(hc_conn_limit(conn, HC_LIMIT_HEAD_BYTES), 256 << 10);
    CHECK_INT(hc_conn_limit(conn, HC_LIMIT_INTERIM), 100);
    CHECK_INT(hc_conn_limit(conn, 99), 0);
    CHECK_INT(hc_conn_limit(conn, -1), 0);
    CHECK_INT(hc_conn_set_limit(conn, HC_LIMIT_HEADERS, 200), HC_OK);
    CHECK_INT(hc_conn_set_limit(conn, HC_LIMIT_HEADERS, 0), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_limit(conn, HC_LIMIT_HEADERS), 200);
    CHECK_INT(hc_conn_limit(conn, HC_LIMIT_LINE), 65536);

    CHECK(hc_conn_auto_open(conn) && !hc_conn_http10(conn));
    CHECK_INT(hc_conn_set_auto_open(conn, false), HC_OK);
    CHECK_INT(hc_conn_set_http10(conn, true), HC_OK);
    CHECK(!hc_conn_auto_open(conn) && hc_conn_http10(conn));
    CHECK_INT(hc_conn_set_stale_check(conn, -2), HC_ERR_INVALID_ARGUMENT);
    CHECK_STR(hc_conn_error_message(conn), "a negative time");
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

/* A kept connection is replaced once it has been idle for too long; time is the system's, so that the bounds are
 * none at all and one that nothing reaches. */
static void idle_for_too_long(void) {
    server *peer = server_start("read-head\n" OK_EMPTY "wait-close\nconnection\nread-head\n" OK_EMPTY
                                "read-head\n" OK_EMPTY "wait-close\nconnection\nread-head\n" OK_EMPTY);
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_conn_max_idle(conn), HC_TIMEOUT_NONE);
    CHECK_INT(hc_conn_set_max_idle(conn, -2), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_max_idle(conn, 0), HC_OK);
    CHECK_INT(hc_conn_max_idle(conn), 0);
    CHECK_GET(conn, "/", 200, "");
    CHECK_GET(conn, "/", 200, "");
    CHECK_INT(hc_conn_exchange_flags(conn), HC_EXCHANGE_REPLACED);
    CHECK_INT(hc_conn_set_max_idle(conn, INT64_MAX), HC_OK);
    CHECK_GET(conn, "/", 200, "");
    CHECK_INT(hc_conn_exchange_flags(conn), HC_EXCHANGE_REUSED);
    /* Not looked at by the stale check: this one holds by itself. */
    CHECK_INT(hc_conn_set_stale_check(conn, HC_STALE_CHECK_NEVER), HC_OK);
    CHECK_INT(hc_conn_set_max_idle(conn, 0), HC_OK);
    CHECK_GET(conn, "/", 200, "");
    CHECK_INT(hc_conn_exchange_flags(conn), HC_EXCHANGE_REPLACED);
    end(conn, peer);
}

/* The two looks at a kept connection do not get into each other's way. */
static void idle_limit_and_stale_check(void) {
    server *peer = server_start("read-head\n" OK_EMPTY "shutdown\nwait-close\n"
                                "connection\nread-head\n" OK_EMPTY "wait-close\nconnection\nread-head\n" OK_EMPTY);
    struct timespec two_ms = {0, 2 * 1000 * 1000};
    hc_conn *conn = connect_to(peer);
    hc_response *response;

    CHECK_INT(hc_conn_set_stale_check(conn, 1), HC_OK);
    CHECK_GET(conn, "/", 200, "");
    wait_for_input(conn);
    nanosleep(&two_ms, NULL);
    CHECK_INT(hc_conn_set_max_idle(conn, INT64_MAX), HC_OK);
    response = get(conn, "/");
    CHECK_INT(hc_conn_exchange_flags(conn), HC_EXCHANGE_REPLACED);
    /* A response without a body has ended, though its handle is still there. */
    CHECK_INT(hc_conn_set_max_idle(conn, 0), HC_OK);
    CHECK_INT(send_get(conn, "/"), HC_OK);
    CHECK_INT(hc_conn_exchange_flags(conn), HC_EXCHANGE_REPLACED);
    CHECK_INT(hc_response_free(response), HC_OK);
    take_answer(conn);
    end(conn, peer);
}

/* What an earlier exchange came to says nothing of a connection that cannot be opened. */
static void a_failed_connect_has_sent_nothing(void) {
    server *peer = server_start("read-head\n" OK_EMPTY "wait-close\n");
    hc_conn *conn = connect_to(peer);

    CHECK_GET(conn, "/", 200, "");
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_INT(hc_conn_set_address(conn, "127.0.0.1", 1), HC_OK);
    CHECK_INT(hc_conn_connect(conn), HC_ERR_CONNECTION_REFUSED);
    CHECK_INT(conn_detail(conn).retry, HC_RETRY_NOT_SENT);
    end(conn, peer);
}

/* The program looks at its own descriptor. */
static void keepalive(void) {
    server *peer = server_start("wait-close\nconnection\nwait-close\n");
    hc_conn *conn = connect_to(peer);
    int on = -1, idle = 0, interval = 0, probes = 0;
    socklen_t len = sizeof on;

    CHECK_INT(hc_conn_set_tcp_keepalive(conn, -1, 0, 0), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_tcp_keepalive(conn, 32768, 0, 0), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_tcp_keepalive(conn, 1, 32768, 0), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_tcp_keepalive(conn, 1, 1, 128), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_connect(conn), HC_OK);
    CHECK_INT(getsockopt(hc_conn_fileno(conn), SOL_SOCKET, SO_KEEPALIVE, &on, &len), 0);
    CHECK_INT(on, 0);
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_INT(hc_conn_set_tcp_keepalive(conn, 32767, 7, 127), HC_OK);
    CHECK_INT(hc_conn_connect(conn), HC_OK);
    CHECK_INT(getsockopt(hc_conn_fileno(conn), SOL_SOCKET, SO_KEEPALIVE, &on, &len), 0);
    CHECK_INT(getsockopt(hc_conn_fileno(conn), IPPROTO_TCP, TCP_KEEPIDLE, &idle, &len), 0);
    CHECK_INT(getsockopt(hc_conn_fileno(conn), IPPROTO_TCP, TCP_KEEPINTVL, &interval, &len), 0);
    CHECK_INT(getsockopt(hc_conn_fileno(conn), IPPROTO_TCP, TCP_KEEPCNT, &probes, &len), 0);
    CHECK_INT(on, 1);
    CHECK_INT(idle, 32767);
    CHECK_INT(interval, 7);
    CHECK_INT(probes, 127);
    end(conn, peer);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(unsolicited_bytes),
        TEST(unsolicited_bytes_in_one_piece),
        /* They come in one receive, and nobody would see them otherwise. */
        TEST_OF_SOCKETS(unsolicited_bytes_in_one_piece_without_the_look),
        TEST(ended_before_reuse),
        TEST(ended_before_reuse_without_the_look),
        TEST(auto_open_off),
        TEST_OF_SOCKETS(a_failed_connect_forgets_the_request),
        TEST(http_10),
        TEST(limits),
        TEST(timeout_values),
        TEST_OF_SOCKETS(idle_for_too_long),
        TEST_OF_SOCKETS(idle_limit_and_stale_check),
        TEST_OF_SOCKETS(a_failed_connect_has_sent_nothing),
        TEST_OF_SOCKETS(keepalive),
        TEST(timeout_of_the_head),
        TEST(blocksize),
        TEST(another_address),
        TEST(source_address_read_back),
        TEST_OF_SOCKETS(source_address),
        TEST(of_other_connections),
        TEST(settings),
    };
    return RUN_TESTS(tests, argc, argv);
}
