/* Bad input: each a precise code and a message, nothing sent, and the connection as good as before.
 * The scripted server sees one good request, and no byte of the others. */
#include "client.h"

#include <stdlib.h>

static hc_conn *conn;
static server *peer;

static void start(void) {
    peer = server_start("expect \"GET /good HTTP/1.1|Host: 127.0.0.1:\\p|"
                        "Accept-Encoding: identity||\"\n"
                        "send \"HTTP/1.1 204 OK||\"\nwait-close\n");
    conn = connect_to(peer);
    /* Open from the start: what is sent wrongly meets the script. */
    CHECK_INT(hc_conn_connect(conn), HC_OK);
}

static void finish(void) {
    CHECK_GET(conn, "/good", 204, "");
    end(conn, peer);
}

#define CHECK_REFUSED(call, refusal)                                \
    do {                                                         \
        CHECK_INT((call), (refusal));                               \
        CHECK_INT(conn_detail(conn).code, (refusal));               \
        CHECK_INT(conn_detail(conn).retry, HC_RETRY_NOT_SENT);   \
        CHECK(strlen(hc_conn_error_message(conn)) > 0);          \
        CHECK(strpbrk(hc_conn_error_message(conn), "\r\n") == NULL); \
        CHECK_INT(hc_conn_state(conn), HC_STATE_IDLE);           \
        CHECK(hc_conn_is_open(conn));                            \
    } while (0)

static void methods(void) {
    static const char *const bad[] = {"", " ", "GET ", " GET", "G T", "GET\r\nX: y", "G\nT", "G\rT",
                                      "G\tT", "G\x01T", "G\x7fT", "G(T", "G:T", "G/T", "GET /x"};
    char too_long[20000];
    size_t i;

    start();
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_REFUSED(hc_request(conn, bad[i], "/", NULL, NULL, 0), HC_ERR_VALUE);
    }
    CHECK_REFUSED(hc_request(conn, "G\xc3\x89T", "/", NULL, NULL, 0), HC_ERR_ENCODING);
    CHECK_REFUSED(hc_request(conn, NULL, "/", NULL, NULL, 0), HC_ERR_INVALID_ARGUMENT);
    /* What comes first in http.client is told of first. */
    CHECK_REFUSED(hc_request(conn, "G\xc3\x89T\r", "/\xc3\xa9", NULL, NULL, 0), HC_ERR_VALUE);
    CHECK_REFUSED(hc_request(conn, "G\rT", "/a b", NULL, NULL, 0), HC_ERR_VALUE);
    CHECK_REFUSED(hc_request(conn, "G\xc3\x89T", "/\xc3\xa9 b", NULL, NULL, 0), HC_ERR_INVALID_URL);
    memset(too_long, ' ', sizeof too_long);
    too_long[sizeof too_long - 1] = '\0';
    CHECK_REFUSED(hc_request(conn, too_long, "/", NULL, NULL, 0), HC_ERR_VALUE);
    CHECK(strlen(hc_conn_error_message(conn)) < 2000);
    finish();
}

static void targets(void) {
    static const char *const bad[] = {" ", "/a b", "/ HTTP/1.1\r\nX: y", "/\r", "/\n", "/\t", "/\x01",
                                      "/\x7f", "http://h/ x", "http://[::1/", "http://h:x/"};
    size_t i;

    start();
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        hc_error code = send_get(conn, bad[i]);

        CHECK(code == HC_ERR_INVALID_URL || (code == HC_ERR_VALUE && bad[i][0] == 'h'));
        CHECK(strlen(hc_conn_error_message(conn)) > 0);
        CHECK_INT(hc_conn_state(conn), HC_STATE_IDLE);
    }
    CHECK_REFUSED(send_get(conn, "/\xc3\xa9"), HC_ERR_ENCODING);
    CHECK_REFUSED(send_get(conn, NULL), HC_ERR_INVALID_ARGUMENT);
    finish();
}

static hc_error with_header(const char *name, const char *value) {
    const char *headers[5] = {"X-Good", "1"};

    headers[2] = name;
    headers[3] = value;
    return hc_request(conn, "GET", "/", headers, NULL, 0);
}

static void headers(void) {
    static const char *const names[] = {"", " ", "A ", " A", "A B", "A:", "A\r\nB", "A\n", "A\t",
                                        "A\x01", "A\x7f", "\xc3\xa9", "A(B"};
    static const char *const values[] = {"a\r\nB: c", "a\rb", "a\nb", "a\r\n b", "\n", "\x01",
                                         "a\x7f" "b", "a\x08", "\x1f"};
    static const char *const odd[] = {"A", NULL};
    size_t i;

    start();
    for (i = 0; i < sizeof names / sizeof *names; i++) {
        CHECK_REFUSED(with_header(names[i], "v"), HC_ERR_VALUE);
    }
    for (i = 0; i < sizeof values / sizeof *values; i++) {
        CHECK_REFUSED(with_header("A", values[i]), HC_ERR_VALUE);
        CHECK_REFUSED(with_header("Host", values[i]), HC_ERR_VALUE);
    }
    CHECK_REFUSED(hc_request(conn, "GET", "/", odd, NULL, 0), HC_ERR_INVALID_ARGUMENT);
    finish();
}

static void framing(void) {
    static const struct {
        const char *name;
        const char *value;
        const char *second;
        const char *second_value;
    } cases[] = {
        {"Content-Length", "5", NULL, NULL},
        {"Content-Length", "x", NULL, NULL},
        {"Content-Length", "-1", NULL, NULL},
        {"Content-Length", "3, 3", NULL, NULL},
        {"Content-Length", "", NULL, NULL},
        {"Content-Length", "3", "Content-Length", "3"},
        {"Content-Length", "3", "Transfer-Encoding", "chunked"},
        {"Transfer-Encoding", "chunked", "Transfer-Encoding", "chunked"},
        {"Transfer-Encoding", "gzip", NULL, NULL},
        {"Transfer-Encoding", "chunked, gzip", NULL, NULL},
        {"Host", "a", "hOST", "a"},
    };
    static const char *const announced[] = {"Content-Length", "3", NULL};
    size_t i;

    start();
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *list[5] = {NULL, NULL, NULL, NULL, NULL};

        list[0] = cases[i].name;
        list[1] = cases[i].value;
        list[2] = cases[i].second;
        list[3] = cases[i].second_value;
        CHECK_REFUSED(hc_request(conn, "POST", "/", list, "abc", 3), HC_ERR_VALUE);
    }
    CHECK_REFUSED(hc_request(conn, "GET", "/", announced, NULL, 0), HC_ERR_VALUE);
    CHECK_REFUSED(hc_request(conn, "TRACE", "/", NULL, "abc", 3), HC_ERR_VALUE);
    CHECK_REFUSED(hc_request(conn, "POST", "/", NULL, NULL, 3), HC_ERR_INVALID_ARGUMENT);
    CHECK_REFUSED(hc_request(conn, "POST", "/", NULL, "x", (size_t)-1), HC_ERR_INVALID_ARGUMENT);
    finish();
}

static void steps(void) {
    hc_response *response = NULL;

    start();
    CHECK_REFUSED(hc_putheader(conn, "A", "b"), HC_ERR_CANNOT_SEND_HEADER);
    CHECK_REFUSED(hc_endheaders(conn, NULL, 0, false), HC_ERR_CANNOT_SEND_HEADER);
    CHECK_REFUSED(hc_getresponse(conn, &response), HC_ERR_RESPONSE_NOT_READY);
    CHECK_INT(hc_getresponse(conn, NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_REFUSED(hc_putrequest(conn, NULL, "/", false, false), HC_ERR_INVALID_ARGUMENT);
    CHECK_REFUSED(hc_putrequest(conn, "GET", NULL, false, false), HC_ERR_INVALID_ARGUMENT);
    CHECK_REFUSED(hc_send(conn, NULL, 1), HC_ERR_INVALID_ARGUMENT);

    CHECK_INT(hc_putrequest(conn, "GET", "/good", false, false), HC_OK);
    CHECK_INT(hc_putrequest(conn, "GET", "/", false, false), HC_ERR_CANNOT_SEND_REQUEST);
    CHECK_INT(send_get(conn, "/"), HC_ERR_CANNOT_SEND_REQUEST);
    CHECK_INT(hc_getresponse(conn, &response), HC_ERR_RESPONSE_NOT_READY);
    CHECK_INT(hc_putheader(conn, NULL, "b"), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_putheader(conn, "A", NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_putheader(conn, "A:", "b"), HC_ERR_VALUE);
    CHECK_INT(hc_endheaders(conn, NULL, 0, false), HC_OK);
    CHECK_INT(hc_endheaders(conn, NULL, 0, false), HC_ERR_CANNOT_SEND_HEADER);
    CHECK_INT(hc_putheader(conn, "A", "b"), HC_ERR_CANNOT_SEND_HEADER);
    CHECK_INT(send_get(conn, "/"), HC_ERR_CANNOT_SEND_REQUEST);
    CHECK_INT(hc_getresponse(conn, &response), HC_OK);
    CHECK_INT(hc_getresponse(conn, &(hc_response *){NULL}), HC_ERR_RESPONSE_NOT_READY);
    CHECK_INT(hc_response_read(response, NULL, 1, &(size_t){0}), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_response_read(response, NULL, 0, NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_BODY(response, "");
    CHECK_INT(hc_response_free(response), HC_OK);
    end(conn, peer);
}

static void hosts_and_ports(void) {
    static const char *const bad[] = {" ", "a b", "a\r\nb", "a\tb", "a/b", "a@b", "a#b", "a?b",
                                      "[::1", "h:x", "h:0", "h:65536", "h:-1", "h:+1", "h: 1", "a\x01"};
    static const int32_t ports[] = {0, -2, 65536, INT32_MAX, INT32_MIN};
    char *too_long = malloc(100001);
    hc_conn *made;
    size_t i;

    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        made = (hc_conn *)too_long;
        CHECK_INT(hc_conn_new(bad[i], HC_PORT_DEFAULT, &made), HC_ERR_INVALID_URL);
        CHECK(made == NULL);
    }
    for (i = 0; i < sizeof ports / sizeof *ports; i++) {
        made = (hc_conn *)too_long;
        CHECK_INT(hc_conn_new("h", ports[i], &made), HC_ERR_INVALID_ARGUMENT);
        CHECK(made == NULL);
    }
    CHECK_INT(hc_conn_new(NULL, 80, &made), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_new("h", 80, NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_new("b\xc3\xbc" "cher..example", 80, &made), HC_ERR_ENCODING);
    CHECK_INT(hc_conn_new("b\xfc" "cher.example", 80, &made), HC_ERR_ENCODING);
    CHECK_INT(hc_conn_new_unix(NULL, "h", &made), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_new_unix("/tmp/x", NULL, &made), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_new_unix("/tmp/x", "a b", &made), HC_ERR_INVALID_URL);
    memset(too_long, 'a', 100000);
    too_long[100000] = '\0';
    CHECK_INT(hc_conn_new_unix(too_long, "h", &made), HC_ERR_VALUE);
    if (hc_conn_new(too_long, 80, &made) == HC_OK) {
        CHECK_INT(hc_conn_connect(made), HC_ERR_NAME_LOOKUP);
        CHECK_INT(hc_conn_free(made), HC_OK);
    }
    free(too_long);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(methods), TEST(targets), TEST(headers), TEST(framing), TEST(steps),
        TEST(hosts_and_ports),
    };
    return RUN_TESTS(tests, argc, argv);
}
