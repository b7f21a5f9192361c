/* What a connection tells of what it does: to a function, or on standard output. */
#define _POSIX_C_SOURCE 200809L

#include "client.h"
#include "printed.h"

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

static void of_one_exchange(void) {
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

/* The head of the final response, as it came, and after the request. */
typedef struct {
    char heads[512];
    size_t len;
    char order[16];
    size_t events;
} heads;

static void take_heads(void *context, int32_t event, const char *data, size_t len) {
    heads *to = context;

    if (to->events < sizeof to->order - 1 && event != HC_TRACE_INFO) {
        to->order[to->events++] = (char)('0' + event);
    }
    if ((event == HC_TRACE_HEAD || event == HC_TRACE_TUNNEL || event == HC_TRACE_INTERIM) &&
        to->len + len < sizeof to->heads) {
        memcpy(to->heads + to->len, data, len);
        to->len += len;
    }
}

static void heads_and_tunnels(void) {
    static const char tunnel[] = "HTTP/1.1 200 Connected\r\nX: y\r\n\r\n";
    static const char hints[] = "HTTP/1.1 103 Hints\r\n\r\n";
    static const char final[] = "HTTP/1.1 204 OK\r\nA: b\r\n\r\n";
    server *peer = server_start("read-head\nsend \"HTTP/1.1 200 Connected\\r\\nX: y\\r\\n\\r\\n\"\n"
                                "read-head\nsend \"HTTP/1.1 103 Hints\\r\\n\\r\\n\"\n"
                                "send \"HTTP/1.1 204 OK\\r\\nA: b\\r\\n\\r\\n\"\nwait-close\n");
    hc_conn *conn = connect_to(peer);
    static heads seen;
    char expected[256];

    CHECK_INT(hc_conn_set_tunnel(conn, "h.test", 80, NULL), HC_OK);
    CHECK_INT(hc_conn_set_trace(conn, take_heads, &seen), HC_OK);
    CHECK_GET(conn, "/", 204, "");
    sprintf(expected, "%s%s%s", tunnel, hints, final);
    CHECK_MEM(seen.heads, seen.len, expected, strlen(expected));
    /* First to the proxy, then to the server; a write of one byte is an event, too. */
    CHECK_INT(seen.order[0], '0' + HC_TRACE_SEND);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
}

static void on_standard_output(void) {
    server *peer = server_start("read-head\nsend \"HTTP/1.1 204 OK\\r\\nA: b\\r\\n\\r\\n\"\n"
                                "read-head\nsend \"HTTP/1.1 204 OK\\r\\nA: b\\r\\n\\r\\n\"\n"
                                "read-head\nsend \"HTTP/1.1 204 OK\\r\\nA: b\\r\\n\\r\\n\"\n"
                                "wait-close\n");
    hc_conn *conn = connect_to(peer);
    char text[16384];
    static log seen;
    printed to;

    to = print_to_file();
    CHECK_GET(conn, "/", 204, "");
    print_again(to, text, sizeof text);
    CHECK_STR(text, "");
    CHECK_INT(hc_conn_set_debuglevel(conn, 1), HC_OK);
    to = print_to_file();
    CHECK_GET(conn, "/", 204, "");
    print_again(to, text, sizeof text);
    CHECK(strncmp(text, "send: b'G", 9) == 0);
    CHECK(strstr(text, "reply: 'HTTP/1.1 204 OK\\r\\n'\n") != NULL);
    CHECK(strstr(text, "header: A: b\n") != NULL);
    /* One takes the place of the other. */
    CHECK_INT(hc_conn_set_trace(conn, write_log, &seen), HC_OK);
    to = print_to_file();
    CHECK_GET(conn, "/", 204, "");
    print_again(to, text, sizeof text);
    CHECK_STR(text, "");
    CHECK_INT(seen.heads, 1);
    CHECK_INT(hc_conn_set_debuglevel(conn, 0), HC_OK);
    CHECK_INT(hc_conn_set_debuglevel(NULL, 1), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
}

/* A response has the level that its connection had when it came. */
static void debug_levels(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    hc_response *first, *second;
    char text[4096];
    printed to;

    CHECK_INT(hc_conn_debuglevel(conn), 0);
    first = get(conn, "/bytes/0");
    CHECK_INT(hc_response_debuglevel(first), 0);
    CHECK_INT(hc_response_skip(first, 0), HC_OK);
    CHECK_INT(hc_conn_set_debuglevel(conn, 2), HC_OK);
    to = print_to_file();
    second = get(conn, "/bytes/0");
    print_again(to, text, sizeof text);
    CHECK(strncmp(text, "send: b'G", 9) == 0);
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

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(of_one_exchange),
        TEST(heads_and_tunnels),
        TEST(on_standard_output),
        TEST(debug_levels),
    };
    return RUN_TESTS(tests, argc, argv);
}
