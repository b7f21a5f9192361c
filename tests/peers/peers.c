/* What a client meets at one real program, started by run.sh:
 *
 *     peers NAME PORT ORIGIN TLS_ORIGIN CA REFUSED FORBIDDEN
 *
 * NAME is a row of the table below, PORT where it listens. ORIGIN and TLS_ORIGIN are ports of servers behind it, the
 * latter with a certificate by CA; at REFUSED nobody listens, and FORBIDDEN is one that the proxy has been told not to
 * connect to. */
#define _POSIX_C_SOURCE 200809L

#include "client.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

/* --- What is expected -------------------------------------------------------------------------- */

typedef enum {
    STAYS,        /* The connection stays open behind an answer. */
    CLOSES,       /* It ends with each answer, and the answer says so. */
    CLOSES_UNSAID /* The same, but the answer does not say so. */
} keeping;

/* How a page comes for which the origin gives no length; none: there is no such page. */
typedef enum { NO_PAGE, CHUNKED, CHUNKED_OR_MEASURED } framing;

/* Pages with and without a length: sets of them. */
enum { SIZED = 1, UNSIZED = 2 };

/* An upload with Expect: how often 100 comes, and the status then. No status: there is no such upload. Late: the body
 * has to be there before anything comes. */
typedef struct {
    int interims;
    int status;
    bool late;
} go_ahead;

typedef struct {
    const char *name;
    keeping keeping;
    framing unsized;
    /* SIZED, UNSIZED: behind the answer to HEAD the page itself comes; or the connection ends, and nobody said so. */
    int behind_head, lost_behind_head;
    /* The status of an upload of 10 MB that is refused from its head; and that, if it went out whole, the next request
     * on that connection may have no answer. */
    int early;
    bool stalls;
    /* Uploads with Expect, of which the latter is refused, too. */
    go_ahead taken, denied;
    /* An idle connection ends without a word. */
    bool idle_ends;
    /* How an answer begins to a connection without a request; empty: that ends without a word. */
    const char *silent;
    /* The statuses to CONNECT: nobody listens there; that port is not allowed; no credentials, wrong ones. */
    int refused, forbidden, unknown, wrong;
} expectation;

static const expectation table[] = {
    {"nginx", STAYS, CHUNKED, 0, 0, 413, false, {1, 200, false}, {0, 413, false},
     true, "", 0, 0, 0, 0},
    {"apache", STAYS, CHUNKED, 0, 0, 413, false, {1, 200, false}, {0, 413, false},
     true, "", 0, 0, 0, 0},
    {"lighttpd", STAYS, CHUNKED_OR_MEASURED, 0, 0, 413, false, {1, 200, false}, {0, 413, false},
     true, "", 0, 0, 0, 0},
    {"haproxy", STAYS, CHUNKED, 0, 0, 413, false, {1, 200, false}, {0, 413, false},
     true, "HTTP/1.1 408 Request Time-out\r\n", 0, 0, 0, 0},
    {"varnish", STAYS, CHUNKED, 0, 0, 413, false, {1, 200, false}, {1, 413, false},
     true, "", 0, 0, 0, 0},
    {"busybox", CLOSES, NO_PAGE, 0, 0, 501, false, {0, 0, false}, {0, 501, false},
     false, NULL, 0, 0, 0, 0},
    {"gunicorn", STAYS, CHUNKED, 0, 0, 413, false, {1, 200, false}, {1, 413, false},
     true, "", 0, 0, 0, 0},
    {"uvicorn", STAYS, CHUNKED, 0, 0, 413, false, {1, 200, false}, {0, 413, false},
     true, NULL, 0, 0, 0, 0},
    {"waitress", STAYS, CHUNKED, SIZED | UNSIZED, 0, 413, false, {1, 200, false}, {1, 413, false},
     true, "", 0, 0, 0, 0},
    {"cheroot", STAYS, CHUNKED, SIZED | UNSIZED, 0, 413, false, {1, 200, false}, {1, 413, false},
     true, "HTTP/1.1 408 Request Timeout\r\n", 0, 0, 0, 0},
    {"aiohttp", STAYS, CHUNKED, UNSIZED, 0, 413, false, {1, 200, false}, {1, 413, false},
     true, "", 0, 0, 0, 0},
    {"tornado", STAYS, CHUNKED, 0, 0, 413, false, {1, 200, false}, {0, 413, false},
     true, "", 0, 0, 0, 0},
    {"node", STAYS, CHUNKED, 0, 0, 413, false, {1, 200, false}, {1, 413, false},
     true, "HTTP/1.1 408 Request Timeout\r\n", 0, 0, 0, 0},
    {"squid", STAYS, CHUNKED, 0, UNSIZED, 413, false, {1, 200, false}, {0, 413, false},
     true, "", 503, 403, 407, 407},
    {"tinyproxy", CLOSES_UNSAID, CHUNKED, 0, 0, 413, false, {1, 200, false}, {0, 413, false},
     false, NULL, 500, 403, 407, 401},
    {"privoxy", STAYS, CHUNKED, 0, 0, 413, true, {1, 200, false}, {0, 413, false},
     true, NULL, 503, 0, 0, 0},
    {"trafficserver", STAYS, CHUNKED, 0, 0, 413, false, {1, 200, false}, {0, 413, false},
     true, NULL, 200, 403, 0, 0},
    {"proxy.py", STAYS, CHUNKED, 0, UNSIZED, 413, false, {1, 200, true}, {0, 413, false},
     false, NULL, 502, 0, 407, 407},
    {"npm-proxy", STAYS, CHUNKED, 0, 0, 413, false, {1, 200, false}, {1, 413, false},
     true, NULL, 500, 0, 407, 407},
};

static const expectation *expected;
static int port, origin, tls_origin, refused, forbidden;
static const char *ca;

/* --- Exchanges --------------------------------------------------------------------------------- */

enum { UPLOAD = 10000000 };
/* In less than that no server gives a connection up. */
#define SOON 0.5

static bool is_proxy(void) { return expected->refused != 0; }

static const char *const credentials[] = {"Proxy-Authorization", "Basic dXNlcjpyaWdodA==", NULL};
static const char *const wrong_credentials[] = {"Proxy-Authorization", "Basic dXNlcjp3cm9uZw==", NULL};

static hc_conn *connect_to_it(void) {
    hc_conn *conn = NULL;

    CHECK_INT(hc_conn_new("127.0.0.1", port, &conn), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    /* The servers give an idle connection up after a second or two: on a busy machine that may be in between. */
    CHECK_INT(hc_conn_set_retry(conn, true), HC_OK);
    return conn;
}

/* One exchange, until its head has come. Through a proxy the target is a URL. */
static hc_response *exchange(hc_conn *conn, const char *method, const char *path, bool expect, const void *body,
                             size_t len) {
    const char *headers[] = {"Expect", "100-continue", credentials[0], credentials[1], NULL};
    const char *const *first = expect ? headers : headers + 2;
    hc_response *response = NULL;
    char target[64];

    snprintf(target, sizeof target, "http://127.0.0.1:%d%s", origin, path);
    if (!is_proxy()) {
        headers[2] = NULL;
    }
    if (!CHECK_INT(hc_request(conn, method, is_proxy() ? target : path, first, body, len), HC_OK) ||
        !CHECK_INT(hc_getresponse(conn, &response), HC_OK)) {
        printf("    %s %s: %s\n", method, path, hc_conn_error_message(conn));
    }
    return response;
}

static void check_page(hc_conn *conn) {
    hc_response *response = exchange(conn, "GET", "/small.txt", false, NULL, 0);

    CHECK_INT(hc_response_status(response), 200);
    CHECK_BODY(response, "hello\n");
    CHECK_INT(hc_response_free(response), HC_OK);
}

/* The status of an answer of which the rest does not matter. */
static void check_status(hc_response *response, int status) {
    const char *body;

    CHECK_INT(hc_response_status(response), status);
    CHECK_INT(hc_response_read_all(response, 1 << 20, &body, NULL), HC_OK);
    CHECK_INT(hc_response_free(response), HC_OK);
}

/* Waits until the server sends something by itself, or closes. */
static bool wait_for_the_server(const hc_conn *conn) {
    struct pollfd one = {.fd = hc_conn_fileno(conn), .events = POLLIN};

    return CHECK(one.fd >= 0) && CHECK_INT(poll(&one, 1, PATIENCE_MS), 1);
}

/* Whether the last request needed another connection, as was found out before or after it was sent. */
static bool is_on_another(const hc_conn *conn) {
    return (hc_conn_exchange_flags(conn) & (HC_EXCHANGE_REPLACED | HC_EXCHANGE_RETRIED)) != 0;
}

static double now(void) {
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void rest_until(double then) {
    double left = then - now();

    if (left > 0) {
        struct timespec pause = {(time_t)left, (long)((left - (double)(time_t)left) * 1e9)};

        nanosleep(&pause, NULL);
    }
}

/* --- Checks ------------------------------------------------------------------------------------ */

static void keeps_alive(void) {
    hc_conn *conn = connect_to_it();
    int i;

    for (i = 0; i < 3; i++) {
        double begin = now();

        check_page(conn);
        CHECK_INT(hc_conn_is_open(conn), expected->keeping != CLOSES);
        if (i == 0 || expected->keeping == CLOSES) {
            CHECK_INT(hc_conn_exchange_flags(conn), 0);
        } else if (expected->keeping == CLOSES_UNSAID) {
            CHECK(is_on_another(conn));
        } else if (now() - begin < SOON) {
            CHECK_INT(hc_conn_exchange_flags(conn), HC_EXCHANGE_REUSED);
        }
    }
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

/* What comes behind the head of an answer to HEAD is not taken for the next answer. */
static void head(void) {
    static const char *const pages[] = {"/small.txt", "/chunked"};
    int i;

    for (i = 0; i < (expected->unsized == NO_PAGE ? 1 : 2); i++) {
        int page = i == 0 ? SIZED : UNSIZED;
        hc_conn *conn = connect_to_it();
        hc_response *response = exchange(conn, "HEAD", pages[i], false, NULL, 0);
        double begin;

        CHECK_INT(hc_response_status(response), 200);
        CHECK_STR(hc_response_getheader(response, "Content-Length", NULL), i == 0 ? "6" : NULL);
        CHECK_BODY(response, "");
        CHECK_INT(hc_response_free(response), HC_OK);
        if ((expected->behind_head & page) != 0 && hc_conn_is_open(conn)) {
            wait_for_the_server(conn);
        }
        begin = now();
        check_page(conn);
        if (((expected->behind_head | expected->lost_behind_head) & page) != 0) {
            CHECK(hc_conn_exchange_flags(conn) == 0 || is_on_another(conn));
        } else if (expected->keeping == STAYS && now() - begin < SOON) {
            CHECK_INT(hc_conn_exchange_flags(conn), HC_EXCHANGE_REUSED);
        }
        CHECK_INT(hc_conn_free(conn), HC_OK);
    }
}

static void page_without_length(void) {
    hc_conn *conn = connect_to_it();
    int i;

    for (i = 0; i < 2; i++) {
        hc_response *response = exchange(conn, "GET", "/chunked", false, NULL, 0);

        if (expected->unsized == CHUNKED || hc_response_chunked(response)) {
            CHECK(hc_response_chunked(response));
            CHECK_INT(hc_response_length(response), HC_LENGTH_UNKNOWN);
        } else {
            CHECK_INT(hc_response_length(response), strlen("one two three "));
        }
        CHECK_BODY(response, "one two three ");
        CHECK_INT(hc_response_free(response), HC_OK);
    }
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

/* The status is delivered each time, however much of the body the server has taken by then. */
static void early_refusal(void) {
    hc_conn *conn = connect_to_it();
    char *body = calloc(1, UPLOAD);
    int i, left = 0;

    CHECK_INT(hc_conn_set_retry_any_method(conn, true), HC_OK);
    for (i = 0; i < 5; i++) {
        check_status(exchange(conn, "POST", "/early", false, body, UPLOAD), expected->early);
        left += (hc_conn_exchange_flags(conn) & HC_EXCHANGE_BODY_NOT_SENT) != 0;
        if (expected->stalls) {
            CHECK_INT(hc_conn_close(conn), HC_OK);
        }
        check_page(conn);
    }
    printf("    of 5 bodies that were refused %d were not sent whole\n", left);
    free(body);
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

static void count_interim(void *context, int32_t status, const hc_headers *fields) {
    (void)fields;
    *(int *)context += status == 100;
}

static void expect_continue(const char *path, size_t len, const char *answer, go_ahead wanted) {
    hc_conn *conn = connect_to_it();
    char *body = calloc(1, len);
    hc_response *response;
    int interims = 0;

    CHECK_INT(hc_conn_set_interim(conn, count_interim, &interims), HC_OK);
    /* Where no 100 comes the wait has to end. */
    CHECK_INT(hc_conn_set_expect_wait(conn, wanted.interims > 0 && !wanted.late ? PATIENCE_MS : 100), HC_OK);
    response = exchange(conn, "POST", path, true, body, len);
    CHECK_INT(interims, wanted.interims);
    if (answer != NULL) {
        CHECK_BODY(response, answer);
    }
    check_status(response, wanted.status);
    /* A server that did not read the body may close now, though it did not say so. */
    check_page(conn);
    free(body);
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

static void upload_with_expect(void) { expect_continue("/count", 100000, "100000", expected->taken); }

static void refusal_with_expect(void) { expect_continue("/early", UPLOAD, NULL, expected->denied); }

/* A kept connection ends without a word, and the next request goes out on another one. */
static double idle_seconds(void) {
    hc_conn *conn = connect_to_it();
    double begin, seconds;
    char byte;

    check_page(conn);
    begin = now();
    if (!wait_for_the_server(conn)) {
        hc_conn_free(conn);
        return 0;
    }
    seconds = now() - begin;
    CHECK_INT(recv(hc_conn_fileno(conn), &byte, 1, MSG_PEEK), 0);
    check_page(conn);
    CHECK_INT(hc_conn_exchange_flags(conn), HC_EXCHANGE_REPLACED);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    return seconds;
}

/* Requests at the very moment when the server gives the connection up: some find it open that is not any more. */
static void reuse_at_the_idle_end(void) {
    enum { COUNT = 24 };
    double seconds = idle_seconds();
    hc_conn *conns[COUNT];
    double due[COUNT];
    int i, kept = 0, replaced = 0, retried = 0;

    for (i = 0; i < COUNT; i++) {
        conns[i] = connect_to_it();
        check_page(conns[i]);
        due[i] = now() + seconds + (i % 9 - 4) / 1000.0;
        /* So that those before it do not hold it up then. */
        rest_until(now() + 0.005);
    }
    for (i = 0; i < COUNT; i++) {
        uint32_t flags;

        rest_until(due[i]);
        check_page(conns[i]);
        flags = hc_conn_exchange_flags(conns[i]);
        kept += flags == HC_EXCHANGE_REUSED;
        replaced += (flags & HC_EXCHANGE_REPLACED) != 0;
        retried += (flags & HC_EXCHANGE_RETRIED) != 0;
        CHECK_INT(hc_conn_free(conns[i]), HC_OK);
    }
    printf("    idle for %.2f s; of %d requests then %d on the same connection, %d on another one, %d sent again;\n"
           "    of %d the answer before had ended it\n",
           seconds, COUNT, kept, replaced, retried, COUNT - kept - replaced - retried);
}

/* What the server says to a client that asked for nothing is no answer to the request that comes after it. */
static void silent_connection(void) {
    hc_conn *conn = connect_to_it();
    size_t len = strlen(expected->silent);
    char bytes[64];
    ssize_t count;

    CHECK_INT(hc_conn_connect(conn), HC_OK);
    REQUIRE(wait_for_the_server(conn));
    count = recv(hc_conn_fileno(conn), bytes, sizeof bytes, MSG_PEEK);
    if (len > 0 && count > (ssize_t)len) {
        count = (ssize_t)len;
    }
    CHECK_MEM(bytes, count < 0 ? 0 : (size_t)count, expected->silent, len);
    check_page(conn);
    CHECK_INT(hc_conn_exchange_flags(conn), HC_EXCHANGE_REPLACED);
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

/* --- CONNECT ----------------------------------------------------------------------------------- */

static void tunnel(void) {
    hc_tls_builder *builder = NULL;
    hc_tls_config *config = NULL;
    hc_conn *conn = NULL;
    hc_response *response;
    int i;

    CHECK_INT(hc_tls_builder_new(&builder), HC_OK);
    CHECK_INT(hc_tls_builder_add_roots_file(builder, ca), HC_OK);
    CHECK_INT(hc_tls_builder_build(builder, &config), HC_OK);
    CHECK_INT(hc_conn_new_tls("127.0.0.1", port, config, &conn), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    CHECK_INT(hc_conn_set_tunnel(conn, "127.0.0.1", tls_origin, credentials), HC_OK);
    for (i = 0; i < 2; i++) {
        response = get(conn, "/status/404");
        check_status(response, 404);
        CHECK_INT(hc_conn_exchange_flags(conn), i == 0 ? 0 : HC_EXCHANGE_REUSED);
    }
    CHECK_INT(hc_conn_proxy_status(conn), 200);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(hc_tls_config_free(config), HC_OK);
    CHECK_INT(hc_tls_builder_free(builder), HC_OK);
}

static void check_connect(int to, const char *const *headers, int status) {
    hc_conn *conn = connect_to_it();

    CHECK_INT(hc_conn_set_tunnel(conn, "127.0.0.1", to, headers), HC_OK);
    if (status == 200) {
        /* It says so before it knows, and closes then. */
        hc_response *response = NULL;

        CHECK_INT(hc_conn_connect(conn), HC_OK);
        wait_for_the_server(conn);
        CHECK_INT(send_get(conn, "/"), HC_OK);
        CHECK_INT(hc_getresponse(conn, &response), HC_ERR_REMOTE_DISCONNECTED);
    } else {
        CHECK_INT(hc_conn_connect(conn), HC_ERR_TUNNEL);
        CHECK(!hc_conn_is_open(conn));
    }
    CHECK_INT(hc_conn_proxy_status(conn), status);
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

static void connect_refused(void) { check_connect(refused, credentials, expected->refused); }

static void connect_forbidden(void) { check_connect(forbidden, credentials, expected->forbidden); }

static void connect_without_credentials(void) { check_connect(tls_origin, NULL, expected->unknown); }

static void connect_with_wrong_credentials(void) { check_connect(tls_origin, wrong_credentials, expected->wrong); }

int main(int argc, char **argv) {
    test_case tests[16];
    size_t count = 0, i;

    if (argc != 8) {
        return 2;
    }
    for (i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (strcmp(table[i].name, argv[1]) == 0) {
            expected = &table[i];
        }
    }
    if (expected == NULL) {
        return 2;
    }
    port = atoi(argv[2]);
    origin = atoi(argv[3]);
    tls_origin = atoi(argv[4]);
    ca = argv[5];
    refused = atoi(argv[6]);
    forbidden = atoi(argv[7]);
#define ADD(when, function)                             \
    do {                                                \
        if (when) {                                     \
            tests[count++] = (test_case)TEST(function); \
        }                                               \
    } while (0)
    ADD(true, keeps_alive);
    ADD(true, head);
    ADD(expected->unsized != NO_PAGE, page_without_length);
    ADD(expected->early != 0, early_refusal);
    ADD(expected->taken.status != 0, upload_with_expect);
    ADD(expected->denied.status != 0, refusal_with_expect);
    ADD(expected->idle_ends, reuse_at_the_idle_end);
    ADD(expected->silent != NULL, silent_connection);
    ADD(is_proxy(), tunnel);
    ADD(is_proxy(), connect_refused);
    ADD(expected->forbidden != 0, connect_forbidden);
    ADD(expected->unknown != 0, connect_without_credentials);
    ADD(expected->wrong != 0, connect_with_wrong_credentials);
    return run_tests(tests, count, 1, argv);
}
