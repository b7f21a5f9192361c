/* Interim responses, Expect: 100-continue, final responses that come while a body goes out, and timings:
 * over sockets, plain and with TLS, waiting and not. */
#define _POSIX_C_SOURCE 200809L

#include "certificates.h"
#include "client.h"

#include <poll.h>
#include <time.h>

static hc_tls_config *trust;

static long long now_ms(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* The four ways that each test runs. */
typedef struct {
    bool tls;
    bool waits;
} manner;

static const manner manners[] = {{false, true}, {false, false}, {true, true}, {true, false}};

enum { MANNERS = sizeof manners / sizeof manners[0] };

static server *start(manner how, const char *script) {
    static path certificate, key;
    const char *options[] = {"--tls", certificate.text, key.text, NULL};

    certificate = in_folder("server.pem");
    key = in_folder("server.key");
    return server_script(script, how.tls ? options : NULL);
}

static hc_conn *open_to(manner how, const server *peer) {
    hc_conn *conn = NULL;

    if (how.tls) {
        CHECK_INT(hc_conn_new_tls("localhost", server_port(peer), trust, &conn), HC_OK);
    } else {
        CHECK_INT(hc_conn_new("127.0.0.1", server_port(peer), &conn), HC_OK);
    }
    CHECK_INT(hc_conn_set_timeout(conn, how.waits ? PATIENCE_MS : 0), HC_OK);
    return conn;
}

/* Waits as the connection says. */
static bool wait_for(const hc_conn *conn) {
    uint32_t interest = hc_conn_interest(conn);
    int64_t timeout = hc_conn_next_timeout(conn);
    struct pollfd entry = {hc_conn_fileno(conn), 0, 0};

    if (interest & HC_INTEREST_READ) entry.events |= POLLIN;
    if (interest & HC_INTEREST_WRITE) entry.events |= POLLOUT;
    if (entry.events == 0) entry.fd = -1;
    if (!CHECK(timeout >= 0 || entry.fd >= 0)) return false;
    if (timeout < 0 || timeout > PATIENCE_MS) timeout = PATIENCE_MS;
    return CHECK(poll(&entry, 1, (int)timeout) > 0 || timeout < PATIENCE_MS);
}

#define DRIVE(conn, code, call)  \
    do {                         \
        (code) = (call);         \
    } while ((code) == HC_WOULD_BLOCK && wait_for(conn))

static hc_response *receive(hc_conn *conn, int status) {
    hc_response *response = NULL;
    hc_error code;

    DRIVE(conn, code, hc_getresponse(conn, &response));
    CHECK_INT(code, HC_OK);
    CHECK_INT(hc_response_status(response), status);
    return response;
}

/* The body is short and its head has come, so it is there or comes at once. */
static void end(hc_response *response, const char *body) {
    CHECK_INT(hc_response_length(response), strlen(body));
    CHECK_INT(hc_response_free(response), HC_OK);
}

/* --- Interim responses ---------------------------------------------------------------------------- */

typedef struct {
    hc_conn *conn;
    int count;
    int statuses[8];
    int busy;
    int fields;
    char link[32];
    const hc_headers *lent;
} seen;

static void see(void *context, int32_t status, const hc_headers *fields) {
    seen *all = context;
    const char *link = hc_headers_get(fields, "link", NULL);

    CHECK(fields != NULL);
    all->statuses[all->count++ % 8] = status;
    all->fields += (int)hc_headers_count(fields);
    if (link != NULL) {
        strncpy(all->link, link, sizeof all->link - 1);
    }
    all->busy += hc_conn_close(all->conn) == HC_ERR_BUSY;
    all->busy += hc_conn_set_interim(all->conn, NULL, NULL) == HC_ERR_BUSY;
    CHECK_INT(hc_headers_free((hc_headers *)fields), HC_ERR_BUSY);
    all->lent = fields;
}

#define INTERIMS                                                                                  \
    "HTTP/1.1 100 Continue\\r\\n\\r\\nHTTP/1.1 103 Early Hints\\r\\nLink: </a>\\r\\nLink: </b>"     \
    "\\r\\n\\r\\nHTTP/1.1 199 X\\r\\n\\r\\n"
#define NO_CONTENT "HTTP/1.1 204 No Content\\r\\n\\r\\n"

static void interim_responses_are_shown(void) {
    server *peer = server_start("read-head\nsend \"" INTERIMS NO_CONTENT "\"\n"
                                "read-head\nsend \"" INTERIMS NO_CONTENT "\"\nwait-close\n");
    seen all = {NULL, 0, {0}, 0, 0, "", NULL};

    all.conn = connect_to(peer);
    CHECK_INT(hc_conn_set_interim(all.conn, see, &all), HC_OK);
    CHECK_GET(all.conn, "/", 204, "");
    CHECK_INT(all.count, 3);
    CHECK_INT(all.statuses[0], 100);
    CHECK_INT(all.statuses[1], 103);
    CHECK_INT(all.statuses[2], 199);
    CHECK_INT(all.busy, 6);
    CHECK_INT(all.fields, 2);
    CHECK_STR(all.link, "</a>, </b>");
    /* It was lent. */
    CHECK_INT(hc_headers_count(all.lent), 0);
    CHECK_INT(hc_headers_free((hc_headers *)all.lent), HC_ERR_INVALID_HANDLE);
    CHECK_INT(hc_conn_set_interim(all.conn, NULL, NULL), HC_OK);
    CHECK_GET(all.conn, "/", 204, "");
    CHECK_INT(all.count, 3);
    CHECK_INT(hc_conn_free(all.conn), HC_OK);
    server_finish(peer);
}

static int64_t read_once(void *context, void *buffer, size_t capacity) {
    const char **text = context;
    size_t len = strlen(*text);

    if (len > capacity) len = capacity;
    memcpy(buffer, *text, len);
    *text += len;
    return (int64_t)len;
}

static int64_t never_write(void *context, const void *data, size_t len) {
    (void)context;
    (void)data;
    (void)len;
    return -2;
}

static void interim_responses_without_a_connection(void) {
    const char *text = "HTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n";
    hc_transport transport;
    hc_response *response = NULL;
    hc_timings timings;
    seen all = {NULL, 0, {0}, 0, 0, "", NULL};

    memset(&transport, 0, sizeof transport);
    transport.size = sizeof transport;
    transport.context = &text;
    transport.read = read_once;
    transport.write = never_write;
    transport.fd = -1;
    CHECK_INT(hc_response_new(&transport, "GET", &response), HC_OK);
    CHECK_INT(hc_response_set_interim(response, see, &all), HC_OK);
    CHECK_INT(hc_response_begin(response), HC_OK);
    CHECK_INT(hc_response_status(response), 204);
    CHECK_INT(all.count, 1);
    CHECK_STR(all.link, "</a>");
    timings.size = sizeof timings;
    CHECK_INT(hc_response_timings(response, &timings), HC_ERR_STATE);
    CHECK_INT(hc_response_free(response), HC_OK);
}

/* --- Expect ----------------------------------------------------------------------------------------- */

static const char *const expect[] = {"Expect", "100-continue", NULL};

static hc_error put(hc_conn *conn, const char *const *headers, const char *body) {
    hc_error code;

    DRIVE(conn, code, hc_request(conn, "PUT", "/", headers, body, strlen(body)));
    return code;
}

static void the_body_follows_the_go_ahead(void) {
    size_t i;

    for (i = 0; i < MANNERS; i++) {
        server *peer = start(manners[i], "read-head\npause 30\n"
                                         "send \"HTTP/1.1 103 X\\r\\n\\r\\n\"\n"
                                         "dribble \"HTTP/1.1 100 Continue\\r\\n\\r\\n\" 1\n"
                                         "expect \"hello\"\nsend \"" NO_CONTENT "\"\nwait-close\n");
        hc_conn *conn = open_to(manners[i], peer);

        CHECK_INT(hc_conn_set_expect_wait(conn, HC_TIMEOUT_NONE), HC_OK);
        CHECK_INT(put(conn, expect, "hello"), HC_OK);
        CHECK_INT(hc_conn_exchange_flags(conn), 0);
        end(receive(conn, 204), "");
        CHECK_INT(hc_conn_free(conn), HC_OK);
        server_finish(peer);
    }
}

/* The server would see more than a head if the body came before it had answered. */
static void the_body_stays_here_after_a_final_response(void) {
    size_t i;

    for (i = 0; i < MANNERS; i++) {
        server *peer = start(manners[i],
                             "read-head\n"
                             "send \"HTTP/1.1 417 No\\r\\nContent-Length: 2\\r\\n\\r\\nno\"\n"
                             "wait-close\n"
                             "connection\nread-head\n"
                             "send \"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n\"\nwait-close\n");
        hc_conn *conn = open_to(manners[i], peer);
        hc_response *response;
        hc_error code;

        CHECK_INT(hc_conn_set_expect_wait(conn, PATIENCE_MS), HC_OK);
        CHECK_INT(put(conn, expect, "hello"), HC_OK);
        CHECK_INT(hc_conn_exchange_flags(conn), HC_EXCHANGE_UNSENT);
        CHECK_INT(hc_send(conn, "hello", 5), HC_ERR_BROKEN_PIPE);
        CHECK(strstr(hc_conn_error_message(conn), "answered already") != NULL);
        CHECK_INT(conn_detail(conn).retry, HC_RETRY_RESPONSE_STARTED);
        response = receive(conn, 417);
        CHECK(hc_response_will_close(response));
        end(response, "no");
        DRIVE(conn, code, hc_request(conn, "GET", "/", NULL, NULL, 0));
        CHECK_INT(code, HC_OK);
        CHECK_INT(hc_conn_exchange_flags(conn), 0);
        end(receive(conn, 200), "");
        CHECK_INT(hc_conn_free(conn), HC_OK);
        server_finish(peer);
    }
}

static void the_body_follows_when_the_time_is_up(void) {
    size_t i;

    for (i = 0; i < MANNERS; i++) {
        server *peer = start(manners[i], "read-head\nexpect \"hello\"\nsend \"" NO_CONTENT "\"\n");
        hc_conn *conn = open_to(manners[i], peer);
        long long before = now_ms();

        CHECK_INT(hc_conn_set_expect_wait(conn, 60), HC_OK);
        CHECK_INT(put(conn, expect, "hello"), HC_OK);
        CHECK(now_ms() - before >= 60);
        end(receive(conn, 204), "");
        CHECK_INT(hc_conn_free(conn), HC_OK);
        server_finish(peer);
    }
}

static void the_wait_is_in_the_next_timeout(void) {
    server *peer = server_start("read-head\nwait-close\n");
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_conn_connect(conn), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, 0), HC_OK);
    CHECK_INT(hc_conn_set_expect_wait(conn, 60000), HC_OK);
    CHECK_INT(hc_request(conn, "PUT", "/", expect, "hello", 5), HC_WOULD_BLOCK);
    CHECK_INT(hc_conn_interest(conn), HC_INTEREST_READ);
    CHECK(hc_conn_next_timeout(conn) > 50000 && hc_conn_next_timeout(conn) <= 60000);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
}

static void endheaders_waits_for_send(void) {
    server *peer = server_start("read-head\nsend \"HTTP/1.1 100 C\\r\\n\\r\\n\"\nexpect \"hello\"\n"
                                "send \"" NO_CONTENT "\"\nread-head\n"
                                "send \"HTTP/1.1 413 No\\r\\nContent-Length: 0\\r\\n\\r\\n\"\nwait-close\n");
    hc_conn *conn = connect_to(peer);
    hc_response *response = NULL;
    int i;

    CHECK_INT(hc_conn_set_expect_wait(conn, HC_TIMEOUT_NONE), HC_OK);
    for (i = 0; i < 2; i++) {
        CHECK_INT(hc_putrequest(conn, "PUT", "/", false, false), HC_OK);
        CHECK_INT(hc_putheader(conn, "Expect", "100-continue"), HC_OK);
        CHECK_INT(hc_putheader(conn, "Content-Length", "5"), HC_OK);
        CHECK_INT(hc_endheaders(conn, NULL, 0, false), HC_OK);
        CHECK_INT(hc_send(conn, "hello", 5), i == 0 ? HC_OK : HC_ERR_BROKEN_PIPE);
        CHECK_INT(hc_getresponse(conn, &response), HC_OK);
        CHECK_INT(hc_response_status(response), i == 0 ? 204 : 413);
        CHECK_INT(hc_response_will_close(response), i == 1);
        CHECK_INT(hc_response_free(response), HC_OK);
    }
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
}

static void a_server_that_closes_or_says_nothing(void) {
    server *peer = server_start("read-head\nclose\nconnection\nread-head\nhold\n");
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_conn_set_expect_wait(conn, HC_TIMEOUT_NONE), HC_OK);
    CHECK_INT(put(conn, expect, "hello"), HC_ERR_REMOTE_DISCONNECTED);
    CHECK_INT(conn_detail(conn).retry, HC_RETRY_MAYBE_PROCESSED);
    CHECK_INT(conn_detail(conn).phase, HC_PHASE_SENDING);
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_INT(hc_conn_set_deadline(conn, 100), HC_OK);
    CHECK_INT(put(conn, expect, "hello"), HC_ERR_DEADLINE);
    CHECK_INT(conn_detail(conn).retry, HC_RETRY_MAYBE_PROCESSED);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
}

static void arguments(void) {
    hc_conn *conn = NULL;

    CHECK_INT(hc_conn_new("h", HC_PORT_DEFAULT, &conn), HC_OK);
    CHECK_INT(hc_conn_set_expect_wait(conn, -2), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_expect_wait(conn, INT64_MAX), HC_OK);
    CHECK_INT(hc_conn_set_expect_wait(conn, 0), HC_OK);
    CHECK_INT(hc_conn_set_expect_wait(NULL, 0), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_interim(NULL, NULL, NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_response_set_interim(NULL, NULL, NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_timings(NULL, true), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

/* --- Answers that come early ------------------------------------------------------------------------- */

#define REFUSES "HTTP/1.1 413 Too Large\\r\\nContent-Length: 2\\r\\n\\r\\nno"
#define ACCEPTS "HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok"

/* More than the buffers of both kernels hold. */
enum { LARGE = 64 << 20 };

/* A body that counts how far it came. */
static int64_t give(void *context, void *buffer, size_t capacity) {
    int64_t *gave = context;

    if (*gave + (int64_t)capacity > LARGE) capacity = (size_t)(LARGE - *gave);
    memset(buffer, 'x', capacity);
    *gave += (int64_t)capacity;
    return (int64_t)capacity;
}

static void upload(manner how, const char *script, int status, bool whole) {
    server *peer = start(how, script);
    hc_conn *conn = open_to(how, peer);
    int64_t gave = 0;
    long long before = now_ms();
    hc_response *response;
    hc_error code;

    DRIVE(conn, code, hc_request_callback(conn, "PUT", "/", NULL, give, &gave, LARGE));
    if (!CHECK_INT(code, HC_OK)) {
        printf("    %s: %s\n", script, hc_conn_error_message(conn));
    }
    CHECK_INT(gave == LARGE, whole);
    CHECK_INT(hc_conn_exchange_flags(conn), whole ? 0 : HC_EXCHANGE_UNSENT);
    response = receive(conn, status);
    CHECK_INT(hc_response_will_close(response), !whole);
    end(response, "ok");
    CHECK(now_ms() - before < PATIENCE_MS);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
}

/* (a) The server answers and closes; what it did not read makes its kernel send a reset. */
static void a_refusal_and_a_reset(void) {
    size_t i;

    for (i = 0; i < MANNERS; i++) {
        upload(manners[i], "read-head\nread 100000\nsend \"" REFUSES "\"\nclose\n", 413, false);
    }
}

/* (b) It answers, reads no more and keeps the connection. */
static void a_refusal_and_silence(void) {
    size_t i;

    for (i = 0; i < MANNERS; i++) {
        upload(manners[i], "read-head\nread 100000\nsend \"" REFUSES "\"\npause 2500\n", 413, false);
    }
}

/* The same with success: the server may be slow, so it gets a second. */
static void success_and_silence(void) {
    size_t i;

    for (i = 0; i < MANNERS; i++) {
        upload(manners[i], "read-head\nread 100000\nsend \"" ACCEPTS "\"\npause 2500\n", 200, false);
    }
}

/* (c) It answers with success and reads on. */
static void success_and_reading_on(void) {
    size_t i;

    for (i = 0; i < MANNERS; i++) {
        upload(manners[i],
               "read-head\nread 100000\nsend \"" ACCEPTS "\"\nread 67008864\nwait-close\n", 200, true);
    }
}

/* The same for pieces. */
static void a_refusal_between_pieces(void) {
    static char piece[1 << 20];
    size_t i;

    for (i = 0; i < MANNERS; i++) {
        server *peer = start(manners[i], "read-head\nread 100000\nsend \"" REFUSES "\"\npause 2500\n");
        hc_conn *conn = open_to(manners[i], peer);
        hc_error code;
        int pieces = 0;

        CHECK_INT(hc_putrequest(conn, "PUT", "/", false, false), HC_OK);
        CHECK_INT(hc_putheader(conn, "Content-Length", "67108864"), HC_OK);
        DRIVE(conn, code, hc_endheaders(conn, NULL, 0, false));
        CHECK_INT(code, HC_OK);
        do {
            DRIVE(conn, code, hc_send(conn, piece, sizeof piece));
        } while (code == HC_OK && ++pieces < 64);
        CHECK_INT(code, HC_ERR_BROKEN_PIPE);
        CHECK(strstr(hc_conn_error_message(conn), "answered already") != NULL);
        CHECK_INT(hc_send(conn, piece, 1), HC_ERR_BROKEN_PIPE);
        end(receive(conn, 413), "no");
        CHECK_INT(hc_conn_free(conn), HC_OK);
        server_finish(peer);
    }
}

/* --- Timings ------------------------------------------------------------------------------------------ */

static hc_timings timings_of(const hc_response *response) {
    hc_timings timings;

    memset(&timings, 0x55, sizeof timings);
    timings.size = sizeof timings;
    CHECK_INT(hc_response_timings(response, &timings), HC_OK);
    CHECK_INT(timings.size, sizeof timings);
    return timings;
}

static void timings_in_order(void) {
    size_t i;

    for (i = 0; i < 4; i += 2) {
        server *peer = start(manners[i], "read-head\npause 20\nsend \"HTTP/1.1 200 OK\\r\\n\"\npause 20\n"
                                         "send \"Content-Length: 2\\r\\n\\r\\n\"\npause 20\nsend \"ok\"\n"
                                         "read-head\nsend \"" ACCEPTS "\"\n"
                                         "read-head\nsend \"" ACCEPTS "\"\nwait-close\n");
        hc_conn *conn = open_to(manners[i], peer);
        hc_response *response;
        hc_timings t;

        CHECK_INT(hc_conn_set_timings(conn, true), HC_OK);
        response = get(conn, "/");
        CHECK_INT(timings_of(response).total, -1);
        CHECK_BODY(response, "ok");
        t = timings_of(response);
        CHECK(0 <= t.lookup && t.lookup <= t.connect && t.connect <= t.sent);
        CHECK_INT(t.tunnel, -1);
        CHECK(manners[i].tls ? t.connect < t.tls && t.tls <= t.sent : t.tls == -1);
        CHECK(t.sent < t.first_byte && t.first_byte + 10000000 < t.head);
        CHECK(t.head + 10000000 < t.total && t.total < PATIENCE_MS * 1000000LL);
        CHECK_INT(hc_response_free(response), HC_OK);

        /* The connection is kept. */
        response = get(conn, "/");
        CHECK_BODY(response, "ok");
        t = timings_of(response);
        CHECK(t.lookup == -1 && t.connect == -1 && t.tls == -1);
        CHECK(0 < t.sent && t.sent < t.first_byte && t.first_byte <= t.head && t.head < t.total);
        CHECK_INT(hc_response_free(response), HC_OK);

        CHECK_INT(hc_conn_set_timings(conn, false), HC_OK);
        response = get(conn, "/");
        CHECK_INT(hc_response_timings(response, &t), HC_ERR_STATE);
        CHECK_INT(hc_response_free(response), HC_OK);
        CHECK_INT(hc_conn_free(conn), HC_OK);
        server_finish(peer);
    }
}

static void timings_need_their_size(void) {
    server *peer = server_start("read-head\nsend \"" NO_CONTENT "\"\nwait-close\n");
    hc_conn *conn = connect_to(peer);
    hc_response *response;
    hc_timings timings;

    CHECK_INT(hc_conn_set_timings(conn, true), HC_OK);
    response = get(conn, "/");
    timings.size = sizeof timings - 1;
    CHECK_INT(hc_response_timings(response, &timings), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_response_timings(response, NULL), HC_ERR_INVALID_ARGUMENT);
    /* No body: it ends with its head. */
    CHECK(timings_of(response).total >= timings_of(response).head);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_response_timings(response, &timings), HC_ERR_INVALID_HANDLE);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(interim_responses_are_shown),
        TEST(interim_responses_without_a_connection),
        TEST(the_body_follows_the_go_ahead),
        TEST(the_body_stays_here_after_a_final_response),
        TEST(the_body_follows_when_the_time_is_up),
        TEST(the_wait_is_in_the_next_timeout),
        TEST(endheaders_waits_for_send),
        TEST(a_server_that_closes_or_says_nothing),
        TEST(arguments),
        TEST(a_refusal_and_a_reset),
        TEST(a_refusal_and_silence),
        TEST(success_and_silence),
        TEST(success_and_reading_on),
        TEST(a_refusal_between_pieces),
        TEST(timings_in_order),
        TEST(timings_need_their_size),
    };
    hc_tls_builder *builder = NULL;
    int result;

    if (!make_certificates()) {
        return 2;
    }
    CHECK_INT(hc_tls_builder_new(&builder), HC_OK);
    CHECK_INT(hc_tls_builder_add_roots_file(builder, FILE_AT("ca.pem")), HC_OK);
    CHECK_INT(hc_tls_builder_build(builder, &trust), HC_OK);
    hc_tls_builder_free(builder);
    result = RUN_TESTS(tests, argc, argv);
    hc_tls_config_free(trust);
    remove_certificates();
    return result;
}
