/* Connections: making them, opening and closing, using one again, and their addresses. */
#define _POSIX_C_SOURCE 200809L

#include "tls_client.h"
#include "unix_socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>

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

static void hosts_with_their_lengths(void) {
    static const struct {
        const char *host;
        size_t len;
        hc_error code;
        hc_error code_of_tls; /* a certificate has to name it */
    } cases[] = {
        {"h.example", 9, HC_OK, HC_OK},
        {"h.example+", 9, HC_OK, HC_OK},
        {"h.example+", 10, HC_OK, HC_ERR_INVALID_URL},
        {"-h.example", 10, HC_OK, HC_ERR_INVALID_URL},
        {"h-.example", 10, HC_OK, HC_ERR_INVALID_URL},
        {"h.example.-", 11, HC_OK, HC_ERR_INVALID_URL},
        {"a-b_c.example.", 14, HC_OK, HC_OK},
        {"h.example\0.evil", 15, HC_ERR_INVALID_URL, HC_ERR_INVALID_URL},
        {"\0", 1, HC_ERR_INVALID_URL, HC_ERR_INVALID_URL},
        {"h\xff", 2, HC_ERR_ENCODING, HC_ERR_ENCODING},
        {NULL, 1, HC_ERR_INVALID_ARGUMENT, HC_ERR_INVALID_ARGUMENT},
    };
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        hc_conn *conn = NULL;

        CHECK_INT(hc_conn_new_bytes(cases[i].host, cases[i].len, HC_PORT_DEFAULT, &conn),
                  cases[i].code);
        CHECK((conn != NULL) == (cases[i].code == HC_OK));
        CHECK_INT(hc_conn_port(conn), cases[i].code == HC_OK ? 80 : 0);
        CHECK_INT(hc_conn_free(conn), HC_OK);
        CHECK_INT(hc_conn_new_tls_bytes(cases[i].host, cases[i].len, HC_PORT_DEFAULT, NULL, &conn),
                  cases[i].code_of_tls);
        CHECK_INT(hc_conn_port(conn), cases[i].code_of_tls == HC_OK ? 443 : 0);
        CHECK_INT(hc_conn_free(conn), HC_OK);
    }
    CHECK_INT(hc_conn_new_bytes("h", 1, 0, NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_new_tls_bytes("h", 1, 0, NULL, NULL), HC_ERR_INVALID_ARGUMENT);
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

static void hosts_of_urls(void) {
    static const struct {
        const char *url;
        const char *host;
        int32_t port;
    } cases[] = {
        {"http://example.org", "example.org", 80},
        {"HTTP://user:pw@Example.org:8080/a?b#c", "Example.org", 8080},
        {"http://[2001:db8::1]/", "2001:db8::1", 80},
        {"http://127.0.0.1:443/", "127.0.0.1", 443},
        {"https://example.org/", "example.org", 443},
        {"https://[::1]:80", "::1", 80},
    };
    static const char *const refused[] = {
        "", "example.org", "/a", "ftp://h/", "http:/h", "http://", "http://h:0/", "http://h:65536/",
        "http://h /", "http://h/a b", "http://h/\r\nX: y", " http://h/", "http://h\\@i/", "http://\xc3\xbc/",
        "https://[::1%25lo]/",
    };
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        hc_conn *conn = NULL;

        if (strncmp(cases[i].url, "https", 5) == 0 && !(hc_features() & HC_FEATURE_TLS)) {
            CHECK_INT(hc_conn_new_url(cases[i].url, NULL, &conn), HC_ERR_UNSUPPORTED);
            continue;
        }
        REQUIRE(hc_conn_new_url(cases[i].url, NULL, &conn) == HC_OK);
        CHECK_STR(hc_conn_host(conn, NULL), cases[i].host);
        CHECK_INT(hc_conn_port(conn), cases[i].port);
        CHECK_INT(hc_conn_state(conn), HC_STATE_IDLE);
        CHECK(!hc_conn_is_open(conn));
        CHECK(hc_conn_has_origin(conn, cases[i].url));
        CHECK_INT(hc_conn_free(conn), HC_OK);
    }
    for (i = 0; i < sizeof refused / sizeof *refused; i++) {
        hc_conn *conn = (hc_conn *)refused;

        if (!CHECK_INT(hc_conn_new_url(refused[i], NULL, &conn), HC_ERR_INVALID_URL)) {
            puts(refused[i]);
        }
        CHECK(conn == NULL);
    }
    CHECK_INT(hc_conn_new_url("http://h/", NULL, NULL), HC_ERR_INVALID_ARGUMENT);
    {
        hc_conn *conn = (hc_conn *)refused;

        CHECK_INT(hc_conn_new_url(NULL, NULL, &conn), HC_ERR_INVALID_ARGUMENT);
        CHECK(conn == NULL);
    }
}

/* http does not look at the configuration; https takes a good one alone. */
static void configurations_of_urls(void) {
    hc_tls_config *none = (hc_tls_config *)(uintptr_t)7;
    hc_conn *conn = NULL;

    CHECK_INT(hc_conn_new_url("http://h/", none, &conn), HC_OK);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    if (hc_features() & HC_FEATURE_TLS) {
        CHECK_INT(hc_conn_new_url("https://h/", none, &conn), HC_ERR_INVALID_HANDLE);
        CHECK(conn == NULL);
    }
}

static void origins(void) {
    static const struct {
        const char *of;
        const char *url;
        bool same;
    } cases[] = {
        {"http://h", "http://h", true},
        {"http://h", "HTTP://H:80/a?b#c", true},
        {"http://h:80/x", "http://u@h:/", true},
        {"http://h", "http://h:81", false},
        {"http://h", "https://h:80", false},
        {"http://h", "http://h.", false},
        {"http://h", "http://hh", false},
        {"http://h", "/", false},
        {"http://h", "//h/", false},
        {"http://h", "", false},
        {"http://h", "http://h/ ", false},
        {"http://h:443", "https://h", false},
        {"http://127.0.0.1", "http://127.1", false},
        {"http://[::1]", "http://[0:0:0:0:0:0:0:1]", true},
        {"http://[2001:DB8::A]", "http://[2001:db8::a]", true},
        {"http://[::1]", "http://[::2]", false},
        {"https://h:444", "https://h:444/a", true},
        {"https://h", "http://h:443", false},
    };
    hc_conn *conn = NULL;
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (strncmp(cases[i].of, "https", 5) == 0 && !(hc_features() & HC_FEATURE_TLS)) {
            continue;
        }
        REQUIRE(hc_conn_new_url(cases[i].of, NULL, &conn) == HC_OK);
        if (!CHECK_INT(hc_conn_has_origin(conn, cases[i].url), cases[i].same)) {
            printf("    %s %s\n", cases[i].of, cases[i].url);
        }
        CHECK(!hc_conn_has_origin(conn, NULL));
        CHECK_INT(hc_conn_free(conn), HC_OK);
    }
    CHECK(!hc_conn_has_origin(NULL, "http://h"));

    /* The zone of an address is of no account, and a tunnel leads elsewhere. */
    REQUIRE(hc_conn_new("fe80::1%1", 8080, &conn) == HC_OK);
    CHECK(hc_conn_has_origin(conn, "http://[fe80:0::1]:8080/"));
    CHECK_INT(hc_conn_set_tunnel(conn, "H", 81, NULL), HC_OK);
    CHECK(!hc_conn_has_origin(conn, "http://[fe80::1]:8080/"));
    CHECK(hc_conn_has_origin(conn, "http://h:81/"));
    CHECK_INT(hc_conn_free(conn), HC_OK);

    if (hc_features() & HC_FEATURE_IDNA) {
        REQUIRE(hc_conn_new("b\xc3\xbc" "cher.example", HC_PORT_DEFAULT, &conn) == HC_OK);
        CHECK(hc_conn_has_origin(conn, "http://xn--bcher-kva.example/"));
        CHECK_INT(hc_conn_free(conn), HC_OK);
    }
}

static void from_a_url_over_tls(void) {
    server *peer = serve("server");
    hc_tls_config *config = built(trusting());
    char url[64];
    hc_conn *conn = NULL;

    sprintf(url, "https://localhost:%d/bytes/0", server_port(peer));
    REQUIRE(hc_conn_new_url(url, config, &conn) == HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    CHECK(hc_conn_has_origin(conn, url));
    CHECK_GET(conn, "/bytes/0", 200, "");
    CHECK_STR(hc_conn_tls_peer_name(conn, NULL), "localhost");
    CHECK_INT(hc_conn_free(conn), HC_OK);

    /* Without a configuration, an authority that the library does not know is not trusted. */
    REQUIRE(hc_conn_new_url(url, NULL, &conn) == HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    CHECK_INT(hc_conn_connect(conn), HC_ERR_TLS_UNKNOWN_ISSUER);
    CHECK_INT(hc_tls_config_free(config), HC_OK);
    end(conn, peer);
}

static void opening_and_closing(void) {
    server *peer = server_start("wait-close\nconnection\nread-head\n"
                                "send \"HTTP/1.1 204 No Content||\"\nwait-close\n");
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_conn_connect(conn), HC_OK);
    CHECK(hc_conn_is_open(conn));
    CHECK(hc_conn_fileno(conn) >= 0);
    CHECK_INT(hc_conn_connect(conn), HC_OK);
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK(!hc_conn_is_open(conn));
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_GET(conn, "/", 204, "");
    end(conn, peer);
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
    end(conn, peer);
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
    end(conn, peer);
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
    CHECK_INT(hc_conn_set_stale_check(conn, HC_STALE_CHECK_NEVER), HC_OK);
    check_numbers(conn, "1", "3");
    CHECK_INT(hc_conn_set_stale_check(conn, HC_STALE_CHECK_ALWAYS), HC_OK);
    check_numbers(conn, "1", "4");
    CHECK_INT(hc_conn_close(conn), HC_OK);
    check_numbers(conn, "2", "1");
    end(conn, peer);
}

/* Each of these answers ends the connection; the next request opens another. */
static void closed_by_the_answer(void) {
    static const char *const heads[] = {
        "HTTP/1.1 200 OK|Connection: close|Content-Length: 2||ok",
        "HTTP/1.1 200 OK|Connection: x, CLOSE|Content-Length: 2||ok",
        "HTTP/1.0 200 OK|Content-Length: 2||ok",
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
    end(conn, peer);
}

static void kept_by_http_10(void) {
    server *peer =
        server_start("read-head\nsend \"HTTP/1.0 200 OK|Connection: keep-alive|\"\n"
                     "send \"Content-Length: 2||ok\"\n"
                     "read-head\nsend \"HTTP/1.1 200 OK|Content-Length: 0||\"\n");
    hc_conn *conn = connect_to(peer);

    CHECK_GET(conn, "/", 200, "ok");
    CHECK_GET(conn, "/", 200, "");
    end(conn, peer);
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
    CHECK_INT(hc_conn_error_detail(conn, &detail), HC_OK);
    CHECK_INT(detail.code, HC_ERR_CANNOT_SEND_HEADER);
    CHECK_STR(hc_conn_error_message(conn), detail.message);
    CHECK_INT(hc_conn_exchange_flags(NULL), 0);
    CHECK_INT(hc_conn_error_detail(NULL, &detail), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(hc_conn_error_detail(conn, &detail), HC_ERR_INVALID_HANDLE);
    server_finish(peer);
}

static void unix_socket(void) {
    struct sockaddr_un address;
    hc_conn *conn = NULL;
    hc_response *response = NULL;
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    char request[256];
    int listener = listen_at(&address);
    int stream;

    char long_path[sizeof address.sun_path + 1];

    memset(long_path, 'a', sizeof long_path);
    long_path[sizeof long_path - 1] = '\0';
    CHECK_INT(hc_conn_new_unix(long_path, "localhost", &conn), HC_ERR_VALUE);
    CHECK_STR(hc_conn_error_message(NULL), "the path is too long for a socket address");
    CHECK_INT(hc_conn_new_unix("", "localhost", &conn), HC_ERR_INVALID_ARGUMENT);
    REQUIRE(hc_conn_new_unix(address.sun_path, "localhost", &conn) == HC_OK);
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
    unlink(address.sun_path);
}

static void note_info(void *context, int32_t event, const char *data, size_t len) {
    if (event == HC_TRACE_INFO && len < 200) {
        memcpy(context, data, len);
        ((char *)context)[len] = '\0';
    }
}

static void addresses(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    struct sockaddr_in own;
    socklen_t own_len = sizeof own;
    char expected[64], info[200] = "";
    hc_response *response;
    size_t len = 7;

    CHECK(hc_conn_peer_address(conn, &len) == NULL);
    CHECK_INT(len, 0);
    CHECK(hc_conn_local_address(conn, NULL) == NULL);
    CHECK_INT(hc_conn_set_trace(conn, note_info, info), HC_OK);
    CHECK_INT(hc_conn_connect(conn), HC_OK);
    sprintf(expected, "127.0.0.1:%d", server_port(peer));
    CHECK_STR(hc_conn_peer_address(conn, &len), expected);
    CHECK_INT(len, strlen(expected));
    sprintf(expected, "connected to 127.0.0.1:%d", server_port(peer));
    CHECK_STR(info, expected);
    REQUIRE(getsockname(hc_conn_fileno(conn), (struct sockaddr *)&own, &own_len) == 0);
    sprintf(expected, "127.0.0.1:%d", ntohs(own.sin_port));
    CHECK_STR(hc_conn_local_address(conn, &len), expected);
    CHECK_INT(len, strlen(expected));
    /* The response takes the stream, and the connection is not open any more. */
    response = get(conn, "/close");
    CHECK(hc_conn_peer_address(conn, NULL) == NULL);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_conn_connect(conn), HC_OK);
    CHECK(hc_conn_peer_address(conn, NULL) != NULL);
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK(hc_conn_peer_address(conn, NULL) == NULL);
    end(conn, peer);
}

static void addresses_of_ipv6(void) {
    struct sockaddr_in6 address = {0};
    socklen_t len = sizeof address;
    int listener = socket(AF_INET6, SOCK_STREAM, 0);
    hc_conn *conn = NULL;
    char expected[64];

    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    if (bind(listener, (struct sockaddr *)&address, sizeof address) == 0 &&
        listen(listener, 1) == 0) {
        getsockname(listener, (struct sockaddr *)&address, &len);
        CHECK_INT(hc_conn_new("::1", ntohs(address.sin6_port), &conn), HC_OK);
        CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
        CHECK_INT(hc_conn_connect(conn), HC_OK);
        sprintf(expected, "[::1]:%d", ntohs(address.sin6_port));
        CHECK_STR(hc_conn_peer_address(conn, NULL), expected);
        CHECK(strncmp(hc_conn_local_address(conn, NULL), "[::1]:", 6) == 0);
        CHECK_INT(hc_conn_free(conn), HC_OK);
    }
    close(listener);
}

static void addresses_of_a_unix_socket(void) {
    struct sockaddr_un address;
    int listener = listen_at(&address);
    hc_conn *conn = NULL;

    CHECK_INT(hc_conn_new_unix(address.sun_path, "localhost", &conn), HC_OK);
    CHECK_INT(hc_conn_connect(conn), HC_OK);
    CHECK_STR(hc_conn_peer_address(conn, NULL), address.sun_path);
    CHECK(hc_conn_local_address(conn, NULL) == NULL);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    close(listener);
    unlink(address.sun_path);
}

static void addresses_under_tls(void) {
    server *peer = serve("server");
    hc_tls_config *config = built(trusting());
    hc_conn *conn = connection("localhost", peer, config);
    char expected[64];

    CHECK_INT(hc_tls_config_free(config), HC_OK);
    CHECK_INT(hc_conn_connect(conn), HC_OK);
    sprintf(expected, "127.0.0.1:%d", server_port(peer));
    CHECK_STR(hc_conn_peer_address(conn, NULL), expected);
    CHECK(strncmp(hc_conn_local_address(conn, NULL), "127.0.0.1:", 10) == 0);
    end(conn, peer);
}

/* A program's own transport may be anything. */
static void no_addresses_of_a_transport(void) {
    server *peer = server_serve(NULL);
    hc_transport transport;
    hc_conn *conn = NULL;
    size_t len = 7;

    REQUIRE(connect_transport(server_port(peer), &transport));
    CHECK_INT(hc_conn_new_with_transport(&transport, "h.test", HC_PORT_DEFAULT, &conn), HC_OK);
    CHECK_GET(conn, "/bytes/0", 200, "");
    CHECK(hc_conn_is_open(conn));
    CHECK(hc_conn_peer_address(conn, &len) == NULL);
    CHECK_INT(len, 0);
    CHECK(hc_conn_local_address(conn, NULL) == NULL);
    end(conn, peer);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(hosts_and_ports),
        TEST(hosts_with_their_lengths),
        TEST(default_port_of_https),
        TEST(hosts_of_urls),
        TEST(configurations_of_urls),
        TEST(origins),
        TEST(from_a_url_over_tls),
        TEST(opening_and_closing),
        TEST_OF_SOCKETS(no_descriptor_lands_on_a_standard_stream),
        TEST(states),
        TEST(kept_alive),
        TEST(closed_by_the_answer),
        TEST(kept_by_http_10),
        TEST(flags_and_failures),
        TEST(unix_socket),
        /* Only the library's own sockets have addresses that it knows. */
        TEST_OF_SOCKETS(addresses),
        TEST(addresses_of_ipv6),
        TEST(addresses_of_a_unix_socket),
        TEST_OF_SOCKETS(addresses_under_tls),
        TEST(no_addresses_of_a_transport),
    };

    return RUN_TESTS_WITH_CERTIFICATES(tests, argc, argv);
}
