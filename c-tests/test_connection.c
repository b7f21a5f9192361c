/* Connections: making them, opening and closing, settings, and using one again. */
#define _POSIX_C_SOURCE 200809L

#include "client.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void hosts_and_ports(void) {
    static const struct {
        const char *given;
        int32_t port;
        const char *host;
        int32_t expected;
    } cases[] = {
        {"example.org", HC_PORT_DEFAULT, "example.org", 80},
        {"example.org:8080", HC_PORT_DEFAULT, "example.org", 8080},
        {"example.org:", HC_PORT_DEFAULT, "example.org", 80},
        {"example.org", 65535, "example.org", 65535},
        {"[::1]:81", HC_PORT_DEFAULT, "::1", 81},
        {"[::1]", 1, "::1", 1},
        {"::1", HC_PORT_DEFAULT, "::1", 80},
    };
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        hc_conn *conn = NULL;
        size_t len = 0;

        REQUIRE(hc_conn_new(cases[i].given, cases[i].port, &conn) == HC_OK);
        CHECK_STR(hc_conn_host(conn, &len), cases[i].host);
        CHECK_INT(len, strlen(cases[i].host));
        CHECK_STR(hc_conn_host(conn, NULL), cases[i].host);
        CHECK_INT(hc_conn_port(conn), cases[i].expected);
        CHECK_INT(hc_conn_state(conn), HC_STATE_IDLE);
        CHECK(!hc_conn_is_open(conn));
        CHECK_INT(hc_conn_fileno(conn), -1);
        CHECK_INT(hc_conn_free(conn), HC_OK);
    }
}

static void default_port_of_https(void) {
    hc_conn *conn = NULL;

    if (!(hc_features() & HC_FEATURE_TLS)) {
        CHECK_INT(hc_conn_new_tls("h", HC_PORT_DEFAULT, NULL, &conn), HC_ERR_UNSUPPORTED);
        return;
    }
    REQUIRE(hc_conn_new_tls("h", HC_PORT_DEFAULT, NULL, &conn) == HC_OK);
    CHECK_INT(hc_conn_port(conn), 443);
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

static void opening_and_closing(void) {
    server *peer = server_start("wait-close\nconnection\nread-head\n"
                                "send \"HTTP/1.1 204 No Content\\r\\n\\r\\n\"\nwait-close\n");
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_conn_connect(conn), HC_OK);
    CHECK(hc_conn_is_open(conn));
    CHECK(hc_conn_fileno(conn) >= 0);
    CHECK_INT(hc_conn_connect(conn), HC_OK);
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK(!hc_conn_is_open(conn));
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_GET(conn, "/", 204, "");
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
}

static int64_t loopback(void *context, const char *host, char *addresses, size_t capacity) {
    (void)context, (void)host, (void)capacity;
    memcpy(addresses, "127.0.0.1", 9);
    return 9;
}

/* A program that has closed its standard streams gets none of the library's descriptors in their place. */
static void no_descriptor_lands_on_a_standard_stream(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    struct pollfd ready = {0, 0, 0};
    int kept[3], found[3], fd, high, low = 0;
    hc_error err;

    fflush(NULL);
    for (fd = 0; fd < 3; fd++) {
        REQUIRE((kept[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 10)) >= 0);
    }
    for (fd = 0; fd < 3; fd++) {
        close(fd);
    }
    err = hc_conn_connect(conn);
    high = hc_conn_fileno(conn);
    for (fd = 0; fd < 3; fd++) {
        found[fd] = fcntl(fd, F_GETFD);
    }
    /* Waiting for a name takes more descriptors. */
    hc_conn_set_address(conn, "h.test", server_port(peer));
    hc_conn_set_resolver(conn, loopback, NULL, NULL);
    hc_conn_set_timeout(conn, 0);
    hc_conn_close(conn);
    while (hc_conn_connect(conn) == HC_WOULD_BLOCK) {
        for (fd = 0; fd < 3; fd++) {
            low += fcntl(fd, F_GETFD) != -1;
        }
        ready.fd = hc_conn_fileno(conn);
        ready.events = hc_conn_interest(conn) & HC_INTEREST_WRITE ? POLLOUT : POLLIN;
        if (poll(&ready, 1, PATIENCE_MS) != 1) {
            break;
        }
    }
    low += hc_conn_fileno(conn) < 3;
    for (fd = 0; fd < 3; fd++) {
        dup2(kept[fd], fd);
        close(kept[fd]);
    }
    CHECK_INT(err, HC_OK);
    CHECK(high > 2);
    for (fd = 0; fd < 3; fd++) {
        CHECK_INT(found[fd], -1);
    }
    CHECK_INT(fcntl(hc_conn_fileno(conn), F_GETFD), FD_CLOEXEC);
    CHECK_INT(low, 0);
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    CHECK_GET(conn, "/bytes/0", 200, "");
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
}

static void states(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    hc_response *response = NULL;

    CHECK_INT(hc_putrequest(conn, "GET", "/bytes/3", false, false), HC_OK);
    CHECK_INT(hc_conn_state(conn), HC_STATE_REQUEST_STARTED);
    CHECK_INT(hc_endheaders(conn, NULL, 0, false), HC_OK);
    CHECK_INT(hc_conn_state(conn), HC_STATE_REQUEST_SENT);
    CHECK_INT(hc_getresponse(conn, &response), HC_OK);
    CHECK_INT(hc_conn_state(conn), HC_STATE_IDLE);
    /* One request ahead; its response waits until this one is read. */
    CHECK_INT(send_get(conn, "/bytes/0"), HC_OK);
    CHECK_INT(hc_conn_state(conn), HC_STATE_REQUEST_SENT);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_INT(hc_conn_state(conn), HC_STATE_IDLE);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
}

/* The number of the connection and of the request on it, as /echo tells them. */
static void check_numbers(hc_conn *conn, const char *connection, const char *request) {
    hc_response *response = get(conn, "/echo");

    CHECK_STR(hc_response_getheader(response, "X-Connection", NULL), connection);
    CHECK_STR(hc_response_getheader(response, "X-Request", NULL), request);
    CHECK_INT(hc_response_read_all(response, 10000, &(const char *){NULL}, NULL), HC_OK);
    CHECK_INT(hc_response_free(response), HC_OK);
}

static void kept_alive(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);

    check_numbers(conn, "1", "1");
    check_numbers(conn, "1", "2");
    CHECK_INT(hc_conn_set_look(conn, HC_LOOK_NEVER), HC_OK);
    check_numbers(conn, "1", "3");
    CHECK_INT(hc_conn_set_look(conn, HC_LOOK_ALWAYS), HC_OK);
    check_numbers(conn, "1", "4");
    CHECK_INT(hc_conn_close(conn), HC_OK);
    check_numbers(conn, "2", "1");
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
}

/* Each of these answers ends the connection; the next request opens another. */
static void closed_by_the_answer(void) {
    static const char *const heads[] = {
        "HTTP/1.1 200 OK\\r\\nConnection: close\\r\\nContent-Length: 2\\r\\n\\r\\nok",
        "HTTP/1.1 200 OK\\r\\nConnection: x, CLOSE\\r\\nContent-Length: 2\\r\\n\\r\\nok",
        "HTTP/1.0 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok",
    };
    char script[2048] = "";
    server *peer;
    hc_conn *conn;
    size_t i;

    for (i = 0; i < 3; i++) {
        sprintf(script + strlen(script), "connection\nread-head\nsend \"%s\"\nwait-close\n",
                heads[i]);
    }
    peer = server_start(script);
    conn = connect_to(peer);
    for (i = 0; i < 3; i++) {
        hc_response *response = get(conn, "/");

        CHECK(hc_response_will_close(response));
        CHECK(!hc_conn_is_open(conn));
        CHECK_BODY(response, "ok");
        CHECK_INT(hc_response_free(response), HC_OK);
    }
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
}

static void kept_by_http_10(void) {
    server *peer =
        server_start("read-head\nsend \"HTTP/1.0 200 OK\\r\\nConnection: keep-alive\\r\\n\"\n"
                     "send \"Content-Length: 2\\r\\n\\r\\nok\"\n"
                     "read-head\nsend \"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n\"\n");
    hc_conn *conn = connect_to(peer);

    CHECK_GET(conn, "/", 200, "ok");
    CHECK_GET(conn, "/", 200, "");
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
}

/* Waits, without reading, until something has arrived on the connection. What came together with the
 * answer before it was received already; then this ends after a while. */
static void wait_for_input(hc_conn *conn) {
    struct pollfd input = {0, POLLIN, 0};

    input.fd = hc_conn_fileno(conn);
    CHECK(poll(&input, 1, 2000) >= 0);
}

/* What nobody asked for is never taken for an answer: the request goes over a new connection. */
static void unsolicited_bytes(void) {
    server *peer =
        server_start("read-head\nsend \"HTTP/1.1 204 No Content\\r\\n\\r\\n\"\npause 100\n"
                     "send \"HTTP/1.1 200 Evil\\r\\nContent-Length: 0\\r\\n\\r\\n\"\nwait-close\n"
                     "connection\n"
                     "read-head\nsend \"HTTP/1.1 200 OK\\r\\nContent-Length: 4\\r\\n\\r\\ngood\"\n"
                     "wait-close\n");
    hc_conn *conn = connect_to(peer);

    CHECK_GET(conn, "/", 204, "");
    wait_for_input(conn);
    CHECK_GET(conn, "/", 200, "good");
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
}

/* The same where the bytes came in one piece with the answer, look or no look. */
static void unsolicited_bytes_behind_the_answer(void) {
    server *peer =
        server_start("read-head\nsend \"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok\" "
                     "\"HTTP/1.1 200 Evil\\r\\nContent-Length: 0\\r\\n\\r\\n\"\nwait-close\n"
                     "connection\n"
                     "read-head\nsend \"HTTP/1.1 200 OK\\r\\nContent-Length: 4\\r\\n\\r\\ngood\"\n"
                     "wait-close\n");
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_conn_set_look(conn, HC_LOOK_NEVER), HC_OK);
    CHECK_GET(conn, "/", 200, "ok");
    CHECK_GET(conn, "/", 200, "good");
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
}

static void ended_before_reuse(void) {
    server *peer = server_start("read-head\nsend \"HTTP/1.1 204 No Content\\r\\n\\r\\n\"\nclose\n"
                                "connection\n"
                                "read-head\nsend \"HTTP/1.1 204 No Content\\r\\n\\r\\n\"\nclose\n");
    hc_conn *conn = connect_to(peer);

    CHECK_GET(conn, "/", 204, "");
    wait_for_input(conn);
    CHECK_GET(conn, "/", 204, "");
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
}

/* With the look turned off the end is met by the request itself. */
static void ended_before_reuse_without_the_look(void) {
    server *peer = server_start("read-head\nsend \"HTTP/1.1 204 No Content\\r\\n\\r\\n\"\nclose\n"
                                "connection\n"
                                "read-head\nsend \"HTTP/1.1 204 No Content\\r\\n\\r\\n\"\nclose\n");
    hc_conn *conn = connect_to(peer);
    hc_response *response = NULL;
    hc_error code;

    CHECK_INT(hc_conn_set_look(conn, HC_LOOK_NEVER), HC_OK);
    CHECK_GET(conn, "/", 204, "");
    wait_for_input(conn);
    code = send_get(conn, "/");
    if (code == HC_OK || code == HC_ERR_BROKEN_PIPE || code == HC_ERR_CONNECTION_RESET) {
        code = hc_getresponse(conn, &response);
    }
    CHECK(hc_error_is(code, HC_ERR_CONNECTION));
    CHECK_INT(conn_detail(conn).retry, HC_RETRY_MAYBE_PROCESSED);
    CHECK_INT(hc_conn_state(conn), HC_STATE_IDLE);
    CHECK_GET(conn, "/", 204, "");
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
}

static void auto_open_off(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_conn_set_auto_open(conn, false), HC_OK);
    CHECK_INT(send_get(conn, "/never-sent"), HC_ERR_NOT_CONNECTED);
    CHECK_INT(conn_detail(conn).retry, HC_RETRY_NOT_SENT);
    /* As in http.client, only closing ends the request. */
    CHECK_INT(hc_conn_state(conn), HC_STATE_REQUEST_SENT);
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_INT(hc_conn_connect(conn), HC_OK);
    /* What was refused is forgotten: the server sees this request and no other. */
    CHECK_GET(conn, "/bytes/0", 200, "");
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
}

static void http_10(void) {
    server *peer = server_start("expect \"GET / HTTP/1.0\\r\\n\\r\\n\"\n"
                                "send \"HTTP/1.0 200 OK\\r\\n\\r\\nall\"\n");
    hc_conn *conn = connect_to(peer);
    hc_response *response;

    CHECK_INT(hc_conn_set_http10(conn, true), HC_OK);
    response = get(conn, "/");
    CHECK_INT(hc_response_version(response), 10);
    CHECK_BODY(response, "all");
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
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
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
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
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
}

/* A silent server; what timed out can be tried again, and nothing was lost. */
static void timeout_of_the_head(void) {
    server *peer =
        server_start("read-head\nsend \"HTTP/1.1 2\"\npause 300\n"
                     "send \"00 OK\\r\\nContent-Length: 2\\r\\n\\r\\no\"\npause 300\nsend \"k\"\n"
                     "wait-close\n");
    hc_conn *conn = connect_to(peer);
    hc_response *response = NULL;
    char body[2];
    size_t have = 0;
    int timeouts = 0;
    hc_error code;

    CHECK_INT(send_get(conn, "/"), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, 50), HC_OK);
    while ((code = hc_getresponse(conn, &response)) == HC_ERR_TIMEOUT && timeouts < 200) {
        CHECK(response == NULL);
        CHECK_INT(hc_conn_state(conn), HC_STATE_REQUEST_SENT);
        timeouts++;
    }
    CHECK_INT(code, HC_OK);
    CHECK(timeouts > 0);
    timeouts = 0;
    while (have < 2 && timeouts < 200) {
        size_t count = 7;

        code = hc_response_read(response, body + have, 2 - have, &count);
        CHECK(code == HC_OK || code == HC_ERR_TIMEOUT);
        CHECK(code == HC_OK || count == 0);
        timeouts += code == HC_ERR_TIMEOUT;
        have += count;
    }
    CHECK(timeouts > 0);
    CHECK_MEM(body, have, "ok", 2);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
}

typedef struct {
    char text[4096];
    size_t len;
    int heads;
    int interims;
    int infos;
} log;

static void write_log(void *context, int32_t event, const char *data, size_t len) {
    log *to = context;

    to->heads += event == HC_TRACE_HEAD;
    to->interims += event == HC_TRACE_INTERIM;
    to->infos += event == HC_TRACE_INFO;
    if (event == HC_TRACE_SEND && to->len + len < sizeof to->text) {
        memcpy(to->text + to->len, data, len);
        to->len += len;
    }
}

static void trace(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    hc_response *response;
    static log seen;

    CHECK_INT(hc_conn_set_trace(conn, write_log, &seen), HC_OK);
    response = get(conn, "/interim");
    CHECK_INT(hc_response_read_all(response, 100000, &(const char *){NULL}, NULL), HC_OK);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(seen.heads, 1);
    CHECK_INT(seen.interims, 2);
    CHECK_INT(seen.infos, 1);
    CHECK(seen.len > 30 && memcmp(seen.text, "GET /interim HTTP/1.1\r\n", 23) == 0);
    CHECK_INT(hc_conn_set_trace(conn, NULL, NULL), HC_OK);
    CHECK_GET(conn, "/bytes/0", 200, "");
    CHECK_INT(seen.heads, 1);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
}

static void unix_socket(void) {
    char path[64];
    struct sockaddr_un address;
    hc_conn *conn = NULL;
    hc_response *response = NULL;
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    char request[256];
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    int stream;

    sprintf(path, "/tmp/httpclient-test-%ld", (long)getpid());
    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    strcpy(address.sun_path, path);
    unlink(path);
    REQUIRE(bind(listener, (struct sockaddr *)&address, sizeof address) == 0);
    REQUIRE(listen(listener, 1) == 0);
    REQUIRE(hc_conn_new_unix(path, "localhost", &conn) == HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    CHECK_INT(send_get(conn, "/v1"), HC_OK);
    stream = accept(listener, NULL, NULL);
    memset(request, 0, sizeof request);
    CHECK(read(stream, request, sizeof request - 1) > 0);
    CHECK_STR(request, "GET /v1 HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: identity\r\n\r\n");
    CHECK_INT(write(stream, answer, strlen(answer)), strlen(answer));
    CHECK_INT(hc_getresponse(conn, &response), HC_OK);
    CHECK_BODY(response, "ok");
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    close(stream);
    close(listener);
    unlink(path);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(hosts_and_ports),
        TEST(default_port_of_https),
        TEST(opening_and_closing),
        TEST(no_descriptor_lands_on_a_standard_stream),
        TEST(states),
        TEST(kept_alive),
        TEST(closed_by_the_answer),
        TEST(kept_by_http_10),
        TEST(unsolicited_bytes),
        TEST(unsolicited_bytes_behind_the_answer),
        TEST(ended_before_reuse),
        TEST(ended_before_reuse_without_the_look),
        TEST(auto_open_off),
        TEST(http_10),
        TEST(limits),
        TEST(timeout_values),
        TEST(timeout_of_the_head),
        TEST(trace),
        TEST(unix_socket),
    };
    return RUN_TESTS(tests, argc, argv);
}
