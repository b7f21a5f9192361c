/* What a connection and a response were told, and what they know of themselves, read back: settings,
 * addresses, URLs, debug levels; and the settings of a response without a connection. */
#define _POSIX_C_SOURCE 200809L

#include "certificates.h"
#include "client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* --- Settings ------------------------------------------------------------------------------------ */

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

    CHECK_INT(hc_conn_blocksize(conn), 8192);
    CHECK_INT(hc_conn_set_blocksize(conn, 0), HC_ERR_INVALID_ARGUMENT);
    CHECK_STR(hc_conn_error_message(conn), "a block has at least 1 byte");
    CHECK_INT(hc_conn_set_blocksize(conn, 1), HC_OK);
    CHECK_INT(hc_conn_blocksize(conn), 1);

    CHECK_INT(hc_conn_limit(conn, HC_LIMIT_LINE), 65536);
    CHECK_INT(hc_conn_limit(conn, HC_LIMIT_HEADERS), 100);
    CHECK_INT(hc_conn_limit(conn, HC_LIMIT_HEAD_BYTES), 8 << 20);
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
    CHECK_INT(hc_conn_set_look(conn, -2), HC_ERR_INVALID_ARGUMENT);
    CHECK_STR(hc_conn_error_message(conn), "a negative time");
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

static void source_address(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    int32_t port = 7;
    size_t len = 7;

    CHECK(hc_conn_source_address(conn, &len, &port) == NULL);
    CHECK_INT(len, 0);
    CHECK_INT(port, 0);
    CHECK_INT(hc_conn_set_source_address(conn, "127.0.0.2", 0), HC_OK);
    CHECK_STR(hc_conn_source_address(conn, &len, &port), "127.0.0.2");
    CHECK_INT(len, 9);
    CHECK_INT(port, 0);
    CHECK_INT(hc_conn_set_source_address(conn, "not an address", 0), HC_ERR_INVALID_ARGUMENT);
    CHECK_STR(hc_conn_source_address(conn, NULL, NULL), "127.0.0.2");
    /* It is what is connected from, through all changes of the dialer. */
    CHECK_INT(hc_conn_set_address(conn, "127.0.0.1", server_port(peer)), HC_OK);
    CHECK_INT(hc_conn_connect(conn), HC_OK);
    CHECK(strncmp(hc_conn_local_address(conn, NULL), "127.0.0.2:", 10) == 0);
    CHECK_INT(hc_conn_set_source_address(conn, NULL, 54321), HC_OK);
    CHECK_STR(hc_conn_source_address(conn, &len, &port), "");
    CHECK_INT(port, 54321);
    CHECK_INT(hc_conn_set_source_address(conn, NULL, 0), HC_OK);
    CHECK(hc_conn_source_address(conn, NULL, NULL) == NULL);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
}

/* --- Addresses ------------------------------------------------------------------------------------ */

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
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
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
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un address = {0};
    hc_conn *conn = NULL;

    address.sun_family = AF_UNIX;
    sprintf(address.sun_path, "/tmp/httpclient-readback-%ld", (long)getpid());
    unlink(address.sun_path);
    REQUIRE(bind(listener, (struct sockaddr *)&address, sizeof address) == 0);
    REQUIRE(listen(listener, 1) == 0);
    CHECK_INT(hc_conn_new_unix(address.sun_path, "localhost", &conn), HC_OK);
    CHECK_INT(hc_conn_connect(conn), HC_OK);
    CHECK_STR(hc_conn_peer_address(conn, NULL), address.sun_path);
    CHECK(hc_conn_local_address(conn, NULL) == NULL);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    close(listener);
    unlink(address.sun_path);
}

static void addresses_under_tls(void) {
    path chain = in_folder("server.pem"), key = in_folder("server.key");
    const char *options[] = {"--tls", NULL, NULL, NULL};
    hc_tls_builder *builder = NULL;
    hc_tls_config *config = NULL;
    hc_conn *conn = NULL, *plain;
    hc_response *response;
    server *peer;
    char expected[64];

    options[1] = chain.text;
    options[2] = key.text;
    peer = server_serve(options);
    CHECK_INT(hc_tls_builder_new(&builder), HC_OK);
    CHECK_INT(hc_tls_builder_add_roots_file(builder, FILE_AT("ca.pem")), HC_OK);
    CHECK_INT(hc_tls_builder_build(builder, &config), HC_OK);
    CHECK_INT(hc_tls_builder_free(builder), HC_OK);
    CHECK_INT(hc_conn_new_tls("localhost", server_port(peer), config, &conn), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    response = get(conn, "/bytes/0");
    sprintf(expected, "https://localhost:%d/bytes/0", server_port(peer));
    CHECK_STR(hc_response_url(response, NULL), expected);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK(strstr(hc_conn_peer_address(conn, NULL), strrchr(expected, ':') + 1) == NULL);
    sprintf(expected, ":%d", server_port(peer));
    CHECK(strstr(hc_conn_peer_address(conn, NULL), expected) != NULL);
    /* What TLS to a proxy is refused for is in the detail. */
    CHECK_INT(hc_conn_set_proxy_tls(conn, config), HC_ERR_STATE);
    CHECK_STR(hc_conn_error_message(conn), "the connection to the proxy is open already");
    CHECK_INT(conn_detail(conn).code, HC_ERR_STATE);
    CHECK_INT(conn_detail(conn).phase, HC_PHASE_NONE);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(hc_tls_config_free(config), HC_OK);
    CHECK_INT(hc_conn_new("h.test", 80, &plain), HC_OK);
    CHECK_INT(hc_conn_set_proxy_tls(plain, config), HC_ERR_INVALID_HANDLE);
    CHECK_INT(hc_conn_free(plain), HC_OK);
    server_finish(peer);
}

/* --- Responses ------------------------------------------------------------------------------------ */

static void check_url(hc_conn *conn, const char *target, const char *expected) {
    hc_response *response = get(conn, target);
    size_t len = 0;

    CHECK_STR(hc_response_url(response, &len), expected);
    CHECK_INT(len, expected == NULL ? 0 : strlen(expected));
    CHECK_INT(hc_response_skip(response, 1 << 20), HC_OK);
    CHECK_INT(hc_response_free(response), HC_OK);
}

static void urls(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    hc_response *first, *second = NULL;
    char base[64], url[128];

    sprintf(base, "http://127.0.0.1:%d", server_port(peer));
    sprintf(url, "%s/echo?a=b", base);
    check_url(conn, "/echo?a=b", url);
    check_url(conn, "/echo?a=b#fragment", url);
    check_url(conn, "http://user:secret@other.test/echo", "http://other.test/echo");
    sprintf(url, "%s/", base);
    check_url(conn, "", url);
    /* Each has its own, also where the next request is sent before this response is read. */
    first = get(conn, "/bytes/3");
    CHECK_INT(send_get(conn, "/bytes/4"), HC_OK);
    sprintf(url, "%s/bytes/3", base);
    CHECK_STR(hc_response_url(first, NULL), url);
    CHECK_INT(hc_response_skip(first, 100), HC_OK);
    CHECK_INT(hc_getresponse(conn, &second), HC_OK);
    CHECK_STR(hc_response_url(first, NULL), url);
    sprintf(url, "%s/bytes/4", base);
    CHECK_STR(hc_response_url(second, NULL), url);
    CHECK_INT(hc_response_free(first), HC_OK);
    /* It outlives the connection. */
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_STR(hc_response_url(second, NULL), url);
    CHECK_INT(hc_response_free(second), HC_OK);
    server_finish(peer);
}

/* Sends what the library prints nowhere. */
static int hide_output(void) {
    int kept;

    fflush(stdout);
    kept = dup(1);
    CHECK(freopen("/dev/null", "w", stdout) != NULL);
    return kept;
}

static void show_output(int kept) {
    fflush(stdout);
    dup2(kept, 1);
    close(kept);
}

static void debug_levels(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    hc_response *first, *second;
    int kept;

    CHECK_INT(hc_conn_debuglevel(conn), 0);
    first = get(conn, "/bytes/0");
    CHECK_INT(hc_response_debuglevel(first), 0);
    kept = hide_output();
    CHECK_INT(hc_response_skip(first, 0), HC_OK);
    CHECK_INT(hc_conn_set_debuglevel(conn, 2), HC_OK);
    second = get(conn, "/bytes/0");
    show_output(kept);
    CHECK_INT(hc_conn_debuglevel(conn), 2);
    CHECK_INT(hc_response_debuglevel(first), 0);
    CHECK_INT(hc_response_debuglevel(second), 2);
    CHECK_INT(hc_conn_set_debuglevel(conn, 0), HC_OK);
    CHECK_INT(hc_response_debuglevel(second), 2);
    CHECK_INT(hc_conn_debuglevel(conn), 0);
    CHECK_INT(hc_response_free(first), HC_OK);
    CHECK_INT(hc_response_free(second), HC_OK);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
}

/* --- Responses without a connection ---------------------------------------------------------------- */

typedef struct recording {
    const char *text;
    /* Bytes that come before the first HC_IO_WOULD_BLOCK. */
    size_t before_wait;
    size_t at;
    bool waited;
    int heads;
    hc_response *response;
} recording;

static int64_t play(void *context, void *buffer, size_t capacity) {
    recording *it = context;

    if (it->at == it->before_wait && !it->waited) {
        it->waited = true;
        return HC_IO_WOULD_BLOCK;
    }
    if (capacity == 0 || it->text[it->at] == '\0') {
        return 0;
    }
    memcpy(buffer, it->text + it->at++, 1);
    return 1;
}

static int64_t never_written(void *context, const void *data, size_t len) {
    (void)context, (void)data, (void)len;
    return -1;
}

static void count_heads(void *context, int32_t event, const char *data, size_t len) {
    recording *it = context;

    (void)data, (void)len;
    it->heads += event == HC_TRACE_HEAD || event == HC_TRACE_INTERIM;
    CHECK_INT(hc_response_set_limit(it->response, HC_LIMIT_LINE, 1), HC_ERR_BUSY);
}

static hc_response *recorded(recording *it, const char *text) {
    hc_transport transport = {.size = sizeof transport, .read = play, .write = never_written, .fd = -1};
    hc_response *response = NULL;

    memset(it, 0, sizeof *it);
    it->text = text;
    it->before_wait = (size_t)-1;
    transport.context = it;
    CHECK_INT(hc_response_new(&transport, "GET", &response), HC_OK);
    it->response = response;
    return response;
}

static const char ANSWER[] = "HTTP/1.1 103 Early\r\nA: b\r\n\r\n"
                             "HTTP/1.1 200 OK\r\nA: a long value\r\nContent-Length: 5\r\n\r\nhello";

static void settings_of_a_recorded_response(void) {
    recording it;
    hc_response *response = recorded(&it, ANSWER);
    size_t len = 7;

    CHECK(hc_response_url(response, &len) == NULL);
    CHECK_INT(len, 0);
    CHECK_INT(hc_response_set_limit(response, 99, 1), HC_ERR_INVALID_ARGUMENT);
    CHECK_STR(hc_response_error_message(response), "unknown limit");
    CHECK_INT(hc_response_set_limit(response, HC_LIMIT_LINE, 0), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_response_set_limit(response, HC_LIMIT_LINE, 20), HC_OK);
    CHECK_INT(hc_response_set_trace(response, count_heads, &it), HC_OK);
    CHECK_INT(hc_response_set_debuglevel(response, 0), HC_OK);
    CHECK_INT(hc_response_set_trace(response, count_heads, &it), HC_OK);
    CHECK_INT(hc_response_set_deadline(response, -2), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_response_set_deadline(response, PATIENCE_MS), HC_OK);
    CHECK_INT(hc_response_set_cancel(response, NULL), HC_OK);
    CHECK_INT(hc_response_begin(response), HC_OK);
    CHECK_INT(it.heads, 2);
    /* Too late, each of them. */
    CHECK_INT(hc_response_set_limit(response, HC_LIMIT_LINE, 10), HC_ERR_STATE);
    CHECK_STR(hc_response_error_message(response), "the head of this response was received already");
    CHECK_INT(hc_response_set_trace(response, NULL, NULL), HC_ERR_STATE);
    CHECK_INT(hc_response_set_debuglevel(response, 1), HC_ERR_STATE);
    CHECK_INT(hc_response_set_deadline(response, 0), HC_ERR_STATE);
    CHECK_INT(hc_response_set_cancel(response, NULL), HC_ERR_STATE);
    CHECK(hc_response_url(response, NULL) == NULL);
    CHECK_BODY(response, "hello");
    CHECK_INT(hc_response_free(response), HC_OK);
}

static void limits_of_a_recorded_response(void) {
    static const struct {
        int32_t which;
        size_t most;
        hc_error code;
    } cases[] = {
        {HC_LIMIT_LINE, 16, HC_ERR_LINE_TOO_LONG},
        {HC_LIMIT_HEADERS, 2, HC_ERR_TOO_MANY_HEADERS},
        {HC_LIMIT_HEAD_BYTES, 40, HC_ERR_HEAD_TOO_LARGE},
        {HC_LIMIT_INTERIM, 100, HC_OK},
    };
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        recording it;
        hc_response *response = recorded(&it, ANSWER);

        CHECK_INT(hc_response_set_limit(response, cases[i].which, cases[i].most), HC_OK);
        CHECK_INT(hc_response_begin(response), cases[i].code);
        CHECK_INT(hc_response_free(response), HC_OK);
    }
}

/* A wait in the head leaves the settings open, and they hold for the rest. */
static void settings_between_two_waits(void) {
    size_t at;

    for (at = 0; at < sizeof ANSWER - 6; at++) {
        recording it;
        hc_response *response = recorded(&it, ANSWER);

        it.before_wait = at;
        CHECK_INT(hc_response_begin(response), HC_WOULD_BLOCK);
        CHECK_INT(hc_response_set_trace(response, count_heads, &it), HC_OK);
        CHECK_INT(hc_response_begin(response), HC_OK);
        CHECK(it.heads == 1 || it.heads == 2);
        CHECK_INT(hc_response_set_trace(response, NULL, NULL), HC_ERR_STATE);
        CHECK_BODY(response, "hello");
        CHECK_INT(hc_response_free(response), HC_OK);
    }
}

static void recorded_responses_end_in_time(void) {
    hc_cancel_handle *cancel = NULL;
    recording it;
    hc_response *response = recorded(&it, ANSWER);

    CHECK_INT(hc_response_set_deadline(response, 0), HC_OK);
    CHECK_INT(hc_response_begin(response), HC_ERR_DEADLINE);
    CHECK_INT(hc_response_set_deadline(response, -1), HC_OK);
    CHECK_INT(hc_response_begin(response), HC_OK);
    CHECK_BODY(response, "hello");
    CHECK_INT(hc_response_free(response), HC_OK);

    /* A cancel in the body. */
    response = recorded(&it, ANSWER);
    CHECK_INT(hc_cancel_new(&cancel), HC_OK);
    CHECK_INT(hc_response_set_cancel(response, cancel), HC_OK);
    CHECK_INT(hc_response_begin(response), HC_OK);
    CHECK_INT(hc_cancel(cancel), HC_OK);
    CHECK_INT(hc_response_read_all(response, 100, &(const char *){NULL}, NULL), HC_ERR_CANCELLED);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_cancel_free(cancel), HC_OK);
}

static void debuglevel_of_a_recorded_response(void) {
    recording it;
    hc_response *response = recorded(&it, ANSWER);
    int kept = hide_output();

    CHECK_INT(hc_response_debuglevel(response), 0);
    CHECK_INT(hc_response_set_debuglevel(response, 3), HC_OK);
    CHECK_INT(hc_response_debuglevel(response), 3);
    CHECK_INT(hc_response_begin(response), HC_OK);
    show_output(kept);
    CHECK_INT(hc_response_debuglevel(response), 3);
    CHECK_INT(hc_response_free(response), HC_OK);
}

/* What belongs to a connection is set there. */
static void not_for_a_response_with_a_connection(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    hc_response *response = get(conn, "/bytes/3");

    CHECK_INT(send_get(conn, "/bytes/3"), HC_OK);
    CHECK_INT(hc_response_set_limit(response, HC_LIMIT_LINE, 1), HC_ERR_STATE);
    CHECK_INT(hc_response_set_trace(response, NULL, NULL), HC_ERR_STATE);
    CHECK_INT(hc_conn_limit(conn, HC_LIMIT_LINE), 65536);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(settings),
        TEST_OF_SOCKETS(source_address),
        TEST_OF_SOCKETS(addresses),
        TEST_OF_SOCKETS(addresses_of_ipv6),
        TEST_OF_SOCKETS(addresses_of_a_unix_socket),
        TEST_OF_SOCKETS(addresses_under_tls),
        TEST(urls),
        TEST(debug_levels),
        TEST(settings_of_a_recorded_response),
        TEST(limits_of_a_recorded_response),
        TEST(settings_between_two_waits),
        TEST(recorded_responses_end_in_time),
        TEST(debuglevel_of_a_recorded_response),
        TEST(not_for_a_response_with_a_connection),
    };
    int result;

    if (!make_certificates()) {
        fprintf(stderr, "test_readback: testserver makes no certificates\n");
        return 2;
    }
    result = RUN_TESTS(tests, argc, argv);
    remove_certificates();
    return result;
}
