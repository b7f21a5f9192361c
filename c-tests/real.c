/* Exchanges with a real server, started by real.sh:
 *
 *     real PORT nginx|python */
#include "client.h"

#include <stdio.h>
#include <stdlib.h>

static int port;
static bool is_nginx;

static hc_conn *connect_to_it(void) {
    hc_conn *conn = NULL;

    CHECK_INT(hc_conn_new("127.0.0.1", port, &conn), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    return conn;
}

/* The same descriptor, answer after answer: the connection was kept. */
static void kept_alive(void) {
    hc_conn *conn = connect_to_it();
    int fd = -1;
    int i;

    for (i = 0; i < 5; i++) {
        CHECK_GET(conn, "/small.txt", 200, "hello\n");
        CHECK(hc_conn_is_open(conn));
        CHECK(i == 0 || hc_conn_fileno(conn) == fd);
        fd = hc_conn_fileno(conn);
    }
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

static void head_and_not_found(void) {
    hc_conn *conn = connect_to_it();
    hc_response *response = NULL;

    CHECK_INT(hc_request(conn, "HEAD", "/small.txt", NULL, NULL, 0), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_OK);
    CHECK_STR(hc_response_getheader(response, "content-length", NULL), "6");
    CHECK_BODY(response, "");
    CHECK_INT(hc_response_free(response), HC_OK);
    response = get(conn, "/no-such-file");
    CHECK_INT(hc_response_status(response), 404);
    CHECK_INT(hc_response_read_all(response, 1 << 20, &(const char *){NULL}, NULL), HC_OK);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_GET(conn, "/small.txt", 200, "hello\n");
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

static void large_file(void) {
    hc_conn *conn = connect_to_it();
    hc_response *response = get(conn, "/large.bin");
    const char *body = NULL;
    size_t len = 0;
    size_t at = 0;

    CHECK_INT(hc_response_length(response), 5000000);
    CHECK_INT(hc_response_read_all(response, (size_t)-1, &body, &len), HC_OK);
    CHECK_INT(len, 5000000);
    while (at < len && body[at] == '\0') {
        at++;
    }
    CHECK_INT(at, len);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

/* nginx takes a page in through its own proxy, where buffering off makes it chunked; the Python
 * handler chunks by itself. */
static void chunked(void) {
    hc_conn *conn = connect_to_it();
    int i;

    for (i = 0; i < 2; i++) {
        hc_response *response = get(conn, "/chunked");

        CHECK(hc_response_chunked(response));
        CHECK_BODY(response, "one two three ");
        CHECK_INT(hc_response_free(response), HC_OK);
    }
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

static void refused_by_the_server(void) {
    hc_conn *conn = connect_to_it();
    hc_response *response = NULL;

    CHECK_INT(hc_request(conn, "POST", "/small.txt", NULL, "body", 4), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_OK);
    CHECK_INT(hc_response_status(response), is_nginx ? 405 : 501);
    CHECK_INT(hc_response_read_all(response, 1 << 20, &(const char *){NULL}, NULL), HC_OK);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_GET(conn, "/small.txt", 200, "hello\n");
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(kept_alive), TEST(head_and_not_found), TEST(large_file),
        TEST(chunked),    TEST(refused_by_the_server),
    };

    if (argc != 3) {
        return 2;
    }
    port = atoi(argv[1]);
    is_nginx = strcmp(argv[2], "nginx") == 0;
    return RUN_TESTS(tests, 1, argv);
}
