/* The detail that a handle keeps of a failure. */
#define _POSIX_C_SOURCE 200809L

#include "client.h"

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static void nothing_failed_yet(void) {
    hc_conn *conn = NULL;
    hc_error_detail detail;

    REQUIRE(hc_conn_new("h", 1, &conn) == HC_OK);
    CHECK_STR(hc_conn_error_message(conn), "");
    detail = conn_detail(conn);
    CHECK_INT(detail.size, sizeof detail);
    CHECK_INT(detail.code, HC_OK);
    CHECK_INT(detail.os_error, 0);
    CHECK_STR(detail.message, "");
    CHECK_INT(detail.message_len, 0);
    CHECK(detail.line == NULL);
    CHECK_INT(detail.line_len, 0);
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

static void detail_needs_its_size(void) {
    hc_conn *conn = NULL;
    hc_error_detail detail;
    struct {
        hc_error_detail detail;
        char later_fields[64];
    } newer;

    REQUIRE(hc_conn_new("h", 1, &conn) == HC_OK);
    memset(&detail, 0, sizeof detail);
    CHECK_INT(hc_conn_error_detail(conn, &detail), HC_ERR_INVALID_ARGUMENT);
    detail.size = offsetof(hc_error_detail, line_kind) - 1;
    CHECK_INT(hc_conn_error_detail(conn, &detail), HC_ERR_INVALID_ARGUMENT);
    CHECK(detail.message == NULL);
    CHECK_INT(hc_conn_error_detail(conn, NULL), HC_ERR_INVALID_ARGUMENT);
    /* A program built with a newer header: what this library does not know is left alone. */
    memset(&newer, 0x55, sizeof newer);
    newer.detail.size = sizeof newer;
    CHECK_INT(hc_conn_error_detail(conn, &newer.detail), HC_OK);
    CHECK_INT(newer.detail.size, sizeof newer);
    CHECK_INT(newer.later_fields[0], 0x55);
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

/* A port on which nothing listens: bound, so that nobody else gets it, but not listening. */
static int reserve_port(int *port) {
    struct sockaddr_in address;
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0) {
        return -1;
    }
    *port = ntohs(address.sin_port);
    return fd;
}

static void refused(void) {
    int port = 0;
    int fd = reserve_port(&port);
    hc_conn *conn = NULL;
    hc_error_detail detail;
    char shown[16];

    REQUIRE(fd >= 0 && hc_conn_new("127.0.0.1", port, &conn) == HC_OK);
    errno = 77;
    CHECK_INT(send_get(conn, "/"), HC_ERR_CONNECTION_REFUSED);
    CHECK_INT(errno, 77);
    detail = conn_detail(conn);
    CHECK_INT(detail.code, HC_ERR_CONNECTION_REFUSED);
    CHECK_INT(detail.os_error, ECONNREFUSED);
    CHECK_INT(detail.phase, HC_PHASE_OPENING);
    CHECK_INT(detail.retry, HC_RETRY_NOT_SENT);
    CHECK_INT(detail.message_len, strlen(detail.message));
    CHECK(detail.message == hc_conn_error_message(conn));
    sprintf(shown, "%d", port);
    CHECK(strstr(detail.message, shown) != NULL);
    CHECK(strchr(detail.message, '\n') == NULL);
    CHECK_INT(hc_conn_state(conn), HC_STATE_IDLE);
    CHECK_INT(hc_conn_connect(conn), HC_ERR_CONNECTION_REFUSED);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    close(fd);
}

static void line_at_fault(void) {
    server *peer = server_start("read-head\nsend \"SSH-2.0-\\x01caf\\xe9||\"\nwait-close\n"
                                "connection\n"
                                "read-head\nsend \"HTTP/2.0 200 OK||\"\nwait-close\n"
                                "connection\n"
                                "read-head\nsend \"HTTP/1.1 200 OK|A B: c||\"\n"
                                "wait-close\n");
    hc_conn *conn = connect_to(peer);
    hc_response *response = NULL;
    hc_error_detail detail;

    CHECK_INT(send_get(conn, "/"), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_ERR_BAD_STATUS_LINE);
    CHECK(response == NULL);
    detail = conn_detail(conn);
    CHECK_INT(detail.retry, HC_RETRY_RESPONSE_STARTED);
    CHECK_INT(detail.phase, HC_PHASE_HEAD);
    CHECK(detail.line_len >= 13 && memcmp(detail.line, "SSH-2.0-\x01" "caf\xe9", 13) == 0);
    /* A terminal must not be driven by what a server sends. */
    CHECK(strchr(detail.message, '\x01') == NULL && strchr(detail.message, '\xe9') == NULL);
    CHECK_INT(hc_conn_close(conn), HC_OK);

    CHECK_INT(send_get(conn, "/"), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_ERR_UNKNOWN_PROTOCOL);
    detail = conn_detail(conn);
    CHECK_MEM(detail.line, detail.line_len, "HTTP/2.0", 8);
    CHECK_INT(hc_conn_close(conn), HC_OK);

    CHECK_INT(send_get(conn, "/"), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_ERR_BAD_HEADER);
    detail = conn_detail(conn);
    CHECK(detail.line != NULL && memcmp(detail.line, "A B: c", 6) == 0);
    end(conn, peer);
}

/* A success, or "not yet", leaves the detail of the failure before. */
static void detail_stays(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    const char *message;

    CHECK_INT(hc_request(conn, "G T", "/", NULL, NULL, 0), HC_ERR_VALUE);
    message = hc_conn_error_message(conn);
    CHECK(strlen(message) > 0);
    CHECK_GET(conn, "/bytes/0", 200, "");
    CHECK(hc_conn_error_message(conn) == message);
    CHECK_INT(conn_detail(conn).code, HC_ERR_VALUE);
    end(conn, peer);
}

/* What is refused was not sent, whatever the exchange before it came to. */
static void retry_is_of_the_request_that_failed(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);

    CHECK_GET(conn, "/bytes/0", 200, "");
    CHECK_INT(hc_request(conn, "G T", "/", NULL, NULL, 0), HC_ERR_VALUE);
    CHECK_INT(conn_detail(conn).retry, HC_RETRY_NOT_SENT);
    CHECK_INT(conn_detail(conn).phase, HC_PHASE_NONE);
    CHECK_GET(conn, "/bytes/0", 200, "");
    CHECK_INT(hc_putrequest(conn, "GET", "/a b", false, false), HC_ERR_INVALID_URL);
    CHECK_INT(conn_detail(conn).retry, HC_RETRY_NOT_SENT);
    end(conn, peer);
}

static void retry_after_sending(void) {
    server *peer = server_start("read-head\nclose\n");
    hc_conn *conn = connect_to(peer);
    hc_response *response = NULL;

    CHECK_INT(send_get(conn, "/"), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_ERR_REMOTE_DISCONNECTED);
    CHECK_INT(conn_detail(conn).retry, HC_RETRY_MAYBE_PROCESSED);
    end(conn, peer);
}

/* Every failing kind of call, and the succeeding ones, leave errno as they found it. */
static void errno_is_kept(void) {
    server *peer = server_start("read-head\n"
                                "send \"HTTP/1.1 200 OK|Content-Length: 5||abc\"\n"
                                "wait-close\n"
                                "connection\nread-head\nreset\n");
    hc_conn *conn = connect_to(peer);
    hc_response *response = NULL;
    char buffer[8];
    size_t count;

    errno = 88;
    CHECK_INT(send_get(conn, "/"), HC_OK);
    CHECK_INT(errno, 88);
    CHECK_INT(hc_getresponse(conn, &response), HC_OK);
    CHECK_INT(errno, 88);
    CHECK_INT(hc_response_read(response, buffer, 3, &count), HC_OK);
    CHECK_INT(errno, 88);
    CHECK_INT(hc_conn_set_timeout(conn, 0), HC_OK);
    CHECK_INT(hc_response_read(response, buffer, sizeof buffer, &count), HC_WOULD_BLOCK);
    CHECK_INT(errno, 88);
    CHECK_INT(hc_conn_set_timeout(conn, 20), HC_OK);
    CHECK_INT(hc_response_read(response, buffer, sizeof buffer, &count), of_socket(HC_ERR_TIMEOUT));
    CHECK_INT(errno, 88);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(errno, 88);
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    CHECK_INT(send_get(conn, "/"), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), of_socket(HC_ERR_CONNECTION_RESET));
    CHECK(conn_detail(conn).os_error == ECONNRESET || is_byte_by_byte());
    CHECK_INT(errno, 88);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(hc_conn_new("no such name.invalid", 80, &conn), HC_ERR_INVALID_URL);
    CHECK_INT(errno, 88);
    REQUIRE(hc_conn_new("no-such-name.invalid", 80, &conn) == HC_OK);
    CHECK_INT(hc_conn_connect(conn), HC_ERR_NAME_LOOKUP);
    CHECK_INT(errno, 88);
    end(conn, peer);
}

/* Where http.client says something definite, the message says the same. */
static void http_clients_own_words(void) {
    static const char *const name[] = {"A:", "b", NULL};
    static const char *const value[] = {"A", "b\n", NULL};
    hc_conn *conn = NULL;
    hc_response *response = NULL;

    REQUIRE(hc_conn_new("h", 1, &conn) == HC_OK);
#define CHECK_SAYS(call, failure, words)                  \
    do {                                                  \
        CHECK_INT((call), (failure));                     \
        CHECK_STR(hc_conn_error_message(conn), (words));  \
    } while (0)
    CHECK_SAYS(send_get(conn, "/a b"), HC_ERR_INVALID_URL,
               "URL can't contain control characters. '/a b' (found at least ' ')");
    CHECK_SAYS(hc_request(conn, "G\rT", "/", NULL, NULL, 0), HC_ERR_VALUE,
               "method can't contain control characters. 'G\\rT' (found at least '\\r')");
    CHECK_SAYS(hc_request(conn, "GET", "/", name, NULL, 0), HC_ERR_VALUE, "Invalid header name 'A:'");
    CHECK_SAYS(hc_request(conn, "GET", "/", value, NULL, 0), HC_ERR_VALUE,
               "Invalid header value 'b\\n' of 'A'");
    CHECK_SAYS(hc_conn_set_tunnel(conn, "x:abc", HC_PORT_DEFAULT, NULL), HC_ERR_INVALID_URL,
               "nonnumeric port: 'abc'");
    CHECK_SAYS(hc_conn_set_tunnel(conn, "a\tb", 1, NULL), HC_ERR_INVALID_URL,
               "URL can't contain control characters. 'a\\tb' (found at least '\\t')");
    CHECK_SAYS(hc_getresponse(conn, &response), HC_ERR_RESPONSE_NOT_READY, "Idle");
    CHECK_INT(hc_putrequest(conn, "GET", "/", false, false), HC_OK);
    CHECK_SAYS(send_get(conn, "/"), HC_ERR_CANNOT_SEND_REQUEST, "Request-started");
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

/* The same for failures that the server has a part in. */
static void http_clients_own_words_on_answers(void) {
    server *peer = server_start(
        "read-head\nclose\n"
        "connection\nread-head\nsend \"HTTP/1.1 200 OK|Content-Length: 5||abc\"\nclose\n"
        "connection\nread-head\n"
        "send \"HTTP/1.1 200 OK|Transfer-Encoding: chunked||3|abc|5|de\"\nclose\n"
        "connection\nread-head\nsend \"HTTP/1.1 200 OK|A: b|C: d||\"\nwait-close\n");
    hc_conn *conn = connect_to(peer);
    hc_response *response = NULL;
    const char *body;
    size_t len;

    CHECK_INT(send_get(conn, "/"), HC_OK);
    CHECK_SAYS(send_get(conn, "/"), HC_ERR_CANNOT_SEND_REQUEST, "Request-sent");
    CHECK_SAYS(hc_conn_set_tunnel(conn, "x", 1, NULL), HC_ERR_STATE,
               "Can't set up tunnel for established connection");
    CHECK_SAYS(hc_getresponse(conn, &response), HC_ERR_REMOTE_DISCONNECTED,
               "Remote end closed connection without response");

    CHECK_INT(send_get(conn, "/"), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_OK);
    CHECK_SAYS(hc_response_read_all(response, 100, &body, &len), HC_ERR_INCOMPLETE_READ,
               "IncompleteRead(3 bytes read, 2 more expected)");
    CHECK_MEM(body, len, "abc", 3);
    CHECK_INT(hc_response_free(response), HC_OK);

    CHECK_INT(send_get(conn, "/"), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_OK);
    CHECK_SAYS(hc_response_read_all(response, 100, &body, &len), HC_ERR_INCOMPLETE_READ,
               "IncompleteRead(5 bytes read)");
    CHECK_MEM(body, len, "abcde", 5);
    CHECK_INT(hc_response_free(response), HC_OK);

    CHECK_INT(hc_conn_set_limit(conn, HC_LIMIT_HEADERS, 2), HC_OK);
    CHECK_INT(send_get(conn, "/"), HC_OK);
    CHECK_SAYS(hc_getresponse(conn, &response), HC_ERR_TOO_MANY_HEADERS, "got more than 2 headers");
    end(conn, peer);
}

/* A response has the detail of its own failures, also where its connection has ended. */
static void a_response_tells_its_own_failure(void) {
    server *peer =
        server_start("read-head\nsend \"HTTP/1.1 200 OK|Content-Length: 5||ab\"\n");
    hc_conn *conn = connect_to(peer);
    hc_response *response = get(conn, "/");
    hc_error_detail detail;
    const char *body;

    CHECK_INT(hc_conn_free(conn), HC_OK);
    memset(&detail, 0, sizeof detail);
    CHECK_INT(hc_response_error_detail(response, &detail), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_response_error_detail(response, NULL), HC_ERR_INVALID_ARGUMENT);
    detail.size = sizeof detail;
    CHECK_INT(hc_response_error_detail(response, &detail), HC_OK);
    CHECK_INT(detail.code, HC_OK);
    CHECK_STR(hc_response_error_message(response), "");
    CHECK_INT(hc_response_read_all(response, 9, &body, NULL), HC_ERR_INCOMPLETE_READ);
    CHECK_INT(hc_response_error_detail(response, &detail), HC_OK);
    CHECK_INT(detail.code, HC_ERR_INCOMPLETE_READ);
    CHECK_INT(detail.phase, HC_PHASE_BODY);
    CHECK_STR(hc_response_error_message(response), detail.message);
    CHECK_INT(detail.message_len, strlen(detail.message));
    CHECK_INT(hc_response_free(response), HC_OK);
    server_finish(peer);
}

/* Where there is no handle, the thread has the message. */
static void why_a_connection_could_not_be_made(void) {
    static const struct {
        const char *host;
        int32_t port;
        hc_error code;
        const char *message;
    } cases[] = {
        {"", 80, HC_ERR_INVALID_URL, "the host is empty"},
        {"h:x", HC_PORT_DEFAULT, HC_ERR_INVALID_URL, "nonnumeric port: 'x'"},
        {"a b", 80, HC_ERR_INVALID_URL, "URL can't contain control characters. 'a b' (found at least ' ')"},
        {"h%zz", 80, HC_ERR_INVALID_URL, "'h%zz' is not a host"},
        {"h", 0, HC_ERR_INVALID_ARGUMENT, "a port is 1 to 65535"},
        {"\xff", 80, HC_ERR_ENCODING, "the text is not UTF-8"},
    };
    hc_conn *conn = NULL;
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_INT(hc_conn_new(cases[i].host, cases[i].port, &conn), cases[i].code);
        CHECK_STR(hc_conn_error_message(conn), cases[i].message);
    }
    CHECK_INT(hc_conn_new_url("http://h:99999/", NULL, &conn), HC_ERR_INVALID_URL);
    CHECK(strstr(hc_conn_error_message(conn), "at byte 9 of the URL") != NULL);
    CHECK_INT(hc_conn_new_url(NULL, NULL, &conn), HC_ERR_INVALID_ARGUMENT);
    CHECK_STR(hc_conn_error_message(conn), "NULL, or a length no memory can have");
    CHECK_INT(hc_conn_new("h", 80, NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_STR(hc_conn_error_message(conn), hc_error_string(HC_ERR_INVALID_ARGUMENT));
    if (hc_features() & HC_FEATURE_TLS) {
        CHECK_INT(hc_conn_new_tls("h", 443, (hc_tls_config *)0x1234, &conn), HC_ERR_INVALID_HANDLE);
        CHECK_STR(hc_conn_error_message(conn), hc_error_string(HC_ERR_INVALID_HANDLE));
    }
    /* What a handle has is its own. */
    CHECK_INT(hc_conn_new("h", 80, &conn), HC_OK);
    CHECK_STR(hc_conn_error_message(conn), "");
    CHECK_INT(hc_conn_free(conn), HC_OK);
    if (hc_features() & HC_FEATURE_TLS) {
        CHECK_INT(hc_conn_new_tls("-h", 443, NULL, &conn), HC_ERR_INVALID_URL);
        CHECK(strstr(hc_conn_error_message(NULL), "no hyphen first or last") != NULL);
    }
}

static void which_line_was_too_long(void) {
    static const struct {
        const char *bytes;
        int32_t kind;
    } cases[] = {
        {"HTTP/1.1 200 \" \"a\" * 300 \"", HC_LINE_STATUS},
        {"HTTP/1.1 200 OK|A: \" \"a\" * 300 \"", HC_LINE_HEADER},
        {"HTTP/1.1 200 OK|Transfer-Encoding: chunked||5;\" \"a\" * 300 \"", HC_LINE_CHUNK_SIZE},
        {"HTTP/1.1 200 OK|Transfer-Encoding: chunked||0|A: \" \"a\" * 300 \"", HC_LINE_TRAILER},
    };
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        char script[512], block[10];
        server *peer;
        hc_conn *conn;
        hc_response *response = NULL;
        hc_error_detail older;
        hc_error err;
        size_t count;

        sprintf(script, "read-head\nsend \"%s\"\nwait-close\n", cases[i].bytes);
        peer = server_start(script);
        conn = connect_to(peer);
        CHECK_INT(hc_conn_set_limit(conn, HC_LIMIT_LINE, 200), HC_OK);
        CHECK_INT(conn_detail(conn).line_kind, HC_LINE_NONE);
        CHECK_INT(send_get(conn, "/"), HC_OK);
        err = hc_getresponse(conn, &response);
        if (err == HC_OK) err = hc_response_read(response, block, sizeof block, &count);
        CHECK_INT(err, HC_ERR_LINE_TOO_LONG);
        CHECK_INT(conn_detail(conn).line_kind, cases[i].kind);
        /* A program that was compiled before there was this member. */
        older.size = offsetof(hc_error_detail, line_kind);
        older.line_kind = 77;
        CHECK_INT(hc_conn_error_detail(conn, &older), HC_OK);
        CHECK_INT(older.code, HC_ERR_LINE_TOO_LONG);
        CHECK_INT(older.line_kind, 77);
        CHECK_INT(hc_response_free(response), HC_OK);
        end(conn, peer);
    }
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(why_a_connection_could_not_be_made),
        TEST(which_line_was_too_long),
        TEST(nothing_failed_yet),
        TEST(detail_needs_its_size),
        TEST(refused),
        TEST(line_at_fault),
        TEST(detail_stays),
        TEST(retry_is_of_the_request_that_failed),
        TEST(retry_after_sending),
        TEST(http_clients_own_words),
        TEST(http_clients_own_words_on_answers),
        TEST(errno_is_kept),
        TEST(a_response_tells_its_own_failure),
    };
    return RUN_TESTS(tests, argc, argv);
}
