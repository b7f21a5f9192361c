/* Connections: making them, opening and closing, and using one again. */
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

/* What was special about an exchange, and what failed last. */
static void flags_and_failures(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    hc_error_detail detail;

    CHECK_INT(hc_conn_exchange_flags(conn), 0);
    CHECK_GET(conn, "/bytes/0", 200, "");
    CHECK_INT(hc_conn_exchange_flags(conn), 0);
    CHECK_GET(conn, "/bytes/0", 200, "");
    CHECK_INT(hc_conn_exchange_flags(conn), HC_EXCHANGE_REUSED);
    CHECK_STR(hc_conn_error_message(conn), "");
    CHECK_INT(hc_putheader(conn, "A", "b"), HC_ERR_CANNOT_SEND_HEADER);
    memset(&detail, 0, sizeof detail);
    detail.size = sizeof detail;
    CHECK_INT(hc_conn_error(conn, &detail), HC_OK);
    CHECK_INT(detail.code, HC_ERR_CANNOT_SEND_HEADER);
    CHECK_STR(hc_conn_error_message(conn), detail.message);
    CHECK_INT(hc_conn_exchange_flags(NULL), 0);
    CHECK_INT(hc_conn_error(NULL, &detail), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(hc_conn_error(conn, &detail), HC_ERR_INVALID_HANDLE);
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
        TEST_OF_SOCKETS(no_descriptor_lands_on_a_standard_stream),
        TEST(states),
        TEST(kept_alive),
        TEST(closed_by_the_answer),
        TEST(kept_by_http_10),
        TEST(flags_and_failures),
        TEST(unix_socket),
    };
    return RUN_TESTS(tests, argc, argv);
}
