/* What the server says before the request is out, or before its final response: interim responses,
 * the go-ahead for a body, refusals during an upload. */
#define _POSIX_C_SOURCE 200809L

#include "certificates.h"
#include "client.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
    LARGE = 64 << 20, /* more than the kernel's buffers hold */
    WAIT_MS = 200,    /* a wait for a go-ahead that does not come */
};

#define REFUSAL "HTTP/1.1 413 Content Too Large|Content-Length: 3||big"

/* The connection stays open, with all that was sent unread, until another one is made. */
#define REFUSE_AND_HOLD "read-head\nsend \"" REFUSAL "\"\nhold\nconnection\nclose\n"
/* What has arrived before a reset is still there to be read. */
#define REFUSE_AND_RESET \
    "read-head\nread 100000\nsend \"" REFUSAL "\"\nclose\nconnection\nclose\n"

static const char *const expecting[] = {"Expect", "100-continue", NULL};
static const char *const announcing[] = {"Expect", "100-continue", "Content-Length", "4", NULL};

static long long now_ms(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static hc_conn *expect(const server *peer, int64_t wait) {
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_conn_set_expect_wait(conn, wait), HC_OK);
    return conn;
}

/* Waits as an event loop does for what a call that would block needs. */
static bool wait_for(hc_conn *conn) {
    uint32_t interest = hc_conn_interest(conn);
    int64_t timeout = hc_conn_next_timeout(conn);
    struct pollfd entry = {hc_conn_fileno(conn), 0, 0};

    if (interest & HC_INTEREST_READ) entry.events |= POLLIN;
    if (interest & HC_INTEREST_WRITE) entry.events |= POLLOUT;
    if (!CHECK(entry.events != 0)) return false;
    if (timeout < 0 || timeout > PATIENCE_MS) timeout = PATIENCE_MS;
    return CHECK(poll(&entry, 1, (int)timeout) > 0 || timeout < PATIENCE_MS);
}

#define DRIVE(conn, result, call) \
    do {                          \
        (result) = (call);        \
    } while ((result) == HC_WOULD_BLOCK && wait_for(conn))

/* Checks the response, whether the body was cut for it, and frees it. */
static void take(hc_conn *conn, int status, const char *body, bool unsent) {
    hc_response *response = NULL;
    hc_error err;

    DRIVE(conn, err, hc_getresponse(conn, &response));
    CHECK_INT(err, HC_OK);
    REQUIRE(err == HC_OK);
    CHECK_INT(hc_response_status(response), status);
    CHECK_INT((hc_conn_exchange_flags(conn) & HC_EXCHANGE_BODY_NOT_SENT) != 0, unsent);
    if (unsent) {
        CHECK(hc_response_will_close(response));
    }
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    CHECK_BODY(response, body);
    CHECK_INT(hc_response_free(response), HC_OK);
}

/* --- Interim responses ---------------------------------------------------------------------------- */

typedef struct notes {
    hc_conn *conn;
    int count;
    int32_t status[4];
    size_t fields[4];
    char link[64];
    int busy;
} notes;

static void note(void *context, int32_t status, const hc_headers *fields) {
    notes *notes = context;
    const char *link = hc_headers_get(fields, "LINK", NULL);

    REQUIRE(notes->count < 4);
    notes->status[notes->count] = status;
    notes->fields[notes->count] = hc_headers_count(fields);
    notes->count++;
    if (link != NULL) {
        snprintf(notes->link, sizeof notes->link, "%s", link);
    }
    if (notes->conn != NULL) {
        notes->busy += hc_conn_close(notes->conn) == HC_ERR_BUSY;
        notes->busy += hc_conn_set_interim(notes->conn, NULL, NULL) == HC_ERR_BUSY;
    }
    CHECK_INT(hc_headers_free((hc_headers *)fields), HC_ERR_BUSY);
}

static void interim_responses_are_shown(void) {
    server *peer = server_start(
        "read-head\n"
        "dribble \"HTTP/1.1 100 Continue||HTTP/1.1 103 Early Hints|"
        "Link: a|link: b|X: y||HTTP/1.1 199 Odd||\" 1\n" OK_EMPTY
        "read-head\nsend \"HTTP/1.1 103 Early Hints||\"\n" OK_EMPTY "wait-close\n");
    hc_conn *conn = connect_to(peer);
    notes seen = {0};

    seen.conn = conn;
    CHECK_INT(hc_conn_set_interim(conn, note, &seen), HC_OK);
    CHECK_GET(conn, "/", 200, "");
    CHECK_INT(seen.count, 3);
    CHECK_INT(seen.status[0], 100);
    CHECK_INT(seen.fields[0], 0);
    CHECK_INT(seen.status[1], 103);
    CHECK_INT(seen.fields[1], 3);
    CHECK_STR(seen.link, "a, b");
    CHECK_INT(seen.status[2], 199);
    CHECK_INT(seen.busy, 6);
    CHECK_INT(hc_conn_set_interim(conn, NULL, NULL), HC_OK);
    CHECK_GET(conn, "/", 200, "");
    CHECK_INT(seen.count, 3);
    end(conn, peer);
}

static int64_t read_text(void *context, void *buffer, size_t capacity) {
    const char **rest = context;
    (void)capacity;

    if (**rest == '\0') return 0;
    *(char *)buffer = *(*rest)++;
    return 1;
}

static int64_t write_nothing(void *context, const void *data, size_t len) {
    (void)context, (void)data, (void)len;
    return HC_IO_WOULD_BLOCK;
}

static void interim_responses_without_a_connection(void) {
    const char *text = "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n";
    hc_transport functions;
    hc_response *response = NULL;
    notes seen = {0};

    memset(&functions, 0, sizeof functions);
    functions.size = sizeof functions;
    functions.context = &text;
    functions.read = read_text;
    functions.write = write_nothing;
    functions.fd = -1;
    CHECK_INT(hc_response_new(&functions, "GET", &response), HC_OK);
    CHECK_INT(hc_response_set_interim(response, note, &seen), HC_OK);
    CHECK_INT(hc_response_begin(response), HC_OK);
    CHECK_INT(hc_response_status(response), 204);
    CHECK_INT(seen.count, 1);
    CHECK_INT(seen.status[0], 103);
    CHECK_STR(seen.link, "a");
    CHECK_INT(hc_response_free(response), HC_OK);
}

/* --- Expect: 100-continue ------------------------------------------------------------------------- */

static void the_body_follows_the_go_ahead(void) {
    server *peer = server_start(
        "read-head\nsend \"HTTP/1.1 103 Early Hints||\"\n"
        "send \"HTTP/1.1 100 Continue||\"\nexpect \"body\"\n" OK_EMPTY
        "read-head\nsend \"HTTP/1.1 100 Continue||\"\nexpect \"body\"\n" OK_EMPTY
        "read-head\nsend \"HTTP/1.1 100 Continue||\"\nexpect \"body\"\n" OK_EMPTY
        "wait-close\n");
    hc_conn *conn = expect(peer, HC_TIMEOUT_NONE);
    notes seen = {0};
    hc_error err;

    CHECK_INT(hc_conn_set_interim(conn, note, &seen), HC_OK);
    CHECK_INT(hc_request(conn, "PUT", "/", expecting, "body", 4), HC_OK);
    CHECK_INT(seen.count, 2);
    take(conn, 200, "", false);
    /* Step by step: hc_endheaders waits, and hc_send need not. */
    CHECK_INT(hc_putrequest(conn, "PUT", "/", false, false), HC_OK);
    CHECK_INT(hc_putheader(conn, "Expect", "100-continue"), HC_OK);
    CHECK_INT(hc_putheader(conn, "Content-Length", "4"), HC_OK);
    CHECK_INT(hc_endheaders(conn, NULL, 0, false), HC_OK);
    CHECK_INT(seen.count, 3);
    CHECK_INT(hc_send(conn, "body", 4), HC_OK);
    take(conn, 200, "", false);
    /* Without blocking. */
    CHECK_INT(hc_conn_set_timeout(conn, 0), HC_OK);
    err = hc_request(conn, "PUT", "/", expecting, "body", 4);
    if (err == HC_WOULD_BLOCK) {
        CHECK(wait_for(conn));
        DRIVE(conn, err, hc_request(conn, "PUT", "/", expecting, "body", 4));
    }
    CHECK_INT(err, HC_OK);
    take(conn, 200, "", false);
    end(conn, peer);
}

static void no_wait_is_the_default(void) {
    server *peer = server_start("read-head\nexpect \"body\"\n" OK_EMPTY "wait-close\n");
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_request(conn, "PUT", "/", expecting, "body", 4), HC_OK);
    take(conn, 200, "", false);
    end(conn, peer);
}

/* Without blocking. */
static hc_error put_until_the_head_is_out(hc_conn *conn) {
    hc_error err;

    CHECK_INT(hc_conn_set_timeout(conn, 0), HC_OK);
    while ((err = hc_request(conn, "PUT", "/", expecting, "body", 4)) == HC_WOULD_BLOCK &&
           hc_conn_interest(conn) != HC_INTEREST_READ) {
        wait_for(conn);
    }
    return err;
}

static void the_body_follows_when_the_time_is_up(void) {
    server *peer = server_start("read-head\nexpect \"body\"\n" OK_EMPTY
                                "read-head\nexpect \"body\"\n" OK_EMPTY "wait-close\n"
                                "connection\nread-head\nwait-close\n");
    hc_conn *conn = expect(peer, WAIT_MS);
    long long began = now_ms();
    hc_error err;

    CHECK_INT(hc_request(conn, "PUT", "/", expecting, "body", 4), HC_OK);
    CHECK(now_ms() - began >= WAIT_MS);
    take(conn, 200, "", false);
    CHECK_INT(hc_conn_set_timeout(conn, 0), HC_OK);
    began = now_ms();
    DRIVE(conn, err, hc_request(conn, "PUT", "/", expecting, "body", 4));
    CHECK_INT(err, HC_OK);
    CHECK(now_ms() - began >= WAIT_MS);
    CHECK_INT(hc_conn_next_timeout(conn), -1);
    take(conn, 200, "", false);
    /* A wait that is long enough to be looked at. */
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_INT(hc_conn_connect(conn), HC_OK);
    CHECK_INT(hc_conn_set_expect_wait(conn, 10 * PATIENCE_MS), HC_OK);
    CHECK_INT(put_until_the_head_is_out(conn), HC_WOULD_BLOCK);
    CHECK(hc_conn_next_timeout(conn) > 9 * PATIENCE_MS);
    CHECK(hc_conn_next_timeout(conn) <= 10 * PATIENCE_MS);
    end(conn, peer);
}

/* The body stays here, and the request can be made again at once. */
static void a_final_response_instead(void) {
    server *peer = server_start(
        "read-head\nsend \"HTTP/1.1 417 Expectation Failed|Content-Length: 2||no\"\n"
        "wait-close\n"
        "connection\nread-head\nexpect \"body\"\n" OK_EMPTY "wait-close\n"
        "connection\nread-head\nsend \"" REFUSAL "\"\nwait-close\n");
    hc_conn *conn = expect(peer, HC_TIMEOUT_NONE);

    CHECK_INT(hc_request(conn, "PUT", "/", expecting, "body", 4), HC_OK);
    take(conn, 417, "no", true);
    CHECK_INT(hc_request(conn, "PUT", "/", NULL, "body", 4), HC_OK);
    take(conn, 200, "", false);
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_INT(hc_putrequest(conn, "PUT", "/", false, false), HC_OK);
    CHECK_INT(hc_putheader(conn, announcing[0], announcing[1]), HC_OK);
    CHECK_INT(hc_putheader(conn, announcing[2], announcing[3]), HC_OK);
    CHECK_INT(hc_endheaders(conn, NULL, 0, false), HC_OK);
    CHECK_INT(hc_send(conn, "body", 4), HC_ERR_BROKEN_PIPE);
    CHECK(strstr(hc_conn_error_message(conn), "answered") != NULL);
    CHECK_INT(conn_detail(conn).retry, HC_RETRY_RESPONSE_STARTED);
    take(conn, 413, "big", true);
    end(conn, peer);
}

static void no_go_ahead_ever(void) {
    server *peer = server_start("read-head\nclose\nconnection\nread-head\nwait-close\n"
                                "connection\nread-head\nwait-close\n");
    hc_conn *conn = expect(peer, HC_TIMEOUT_NONE);

    CHECK_INT(hc_request(conn, "PUT", "/", expecting, "body", 4), HC_ERR_REMOTE_DISCONNECTED);
    CHECK_INT(conn_detail(conn).retry, HC_RETRY_MAYBE_PROCESSED);
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_INT(hc_conn_connect(conn), HC_OK);
    /* The deadline begins when the request is out, however long that takes. */
    CHECK_INT(put_until_the_head_is_out(conn), HC_WOULD_BLOCK);
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    CHECK_INT(hc_conn_set_deadline(conn, WAIT_MS), HC_OK);
    CHECK_INT(hc_request(conn, "PUT", "/", expecting, "body", 4), HC_ERR_DEADLINE);
    CHECK_INT(conn_detail(conn).retry, HC_RETRY_MAYBE_PROCESSED);
    CHECK_INT(hc_conn_set_deadline(conn, -1), HC_OK);
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_INT(hc_conn_connect(conn), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, WAIT_MS), HC_OK);
    CHECK_INT(hc_request(conn, "PUT", "/", expecting, "body", 4), of_socket(HC_ERR_TIMEOUT));
    CHECK(conn_detail(conn).retry == HC_RETRY_MAYBE_PROCESSED || is_byte_by_byte());
    end(conn, peer);
}

static void waits_that_are_not_allowed(void) {
    hc_conn *conn = NULL;

    CHECK_INT(hc_conn_new("127.0.0.1", 1, &conn), HC_OK);
    CHECK_INT(hc_conn_set_expect_wait(conn, -2), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_expect_wait(conn, INT64_MAX), HC_OK);
    CHECK_INT(hc_conn_set_expect_wait(NULL, 0), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_interim(NULL, NULL, NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

/* --- An answer during an upload ------------------------------------------------------------------- */

static int64_t zeros(void *context, void *buffer, size_t capacity) {
    size_t *given = context;

    memset(buffer, 0, capacity);
    *given += capacity;
    return (int64_t)capacity;
}

static void bytes_are_refused(hc_conn *conn) {
    char *body = calloc(1, LARGE);
    hc_error err;

    REQUIRE(body != NULL);
    DRIVE(conn, err, hc_request(conn, "PUT", "/", NULL, body, LARGE));
    CHECK_INT(err, HC_OK);
    free(body);
    take(conn, 413, "big", true);
}

/* Without a refusal this body would have no end. */
static void a_function_is_refused(hc_conn *conn) {
    size_t given = 0;
    hc_error err;

    DRIVE(conn, err,
          hc_request_callback(conn, "PUT", "/", NULL, zeros, &given, HC_LENGTH_UNKNOWN));
    CHECK_INT(err, HC_OK);
    CHECK(given > 0);
    take(conn, 413, "big", true);
}

static void pieces_are_refused(hc_conn *conn) {
    static const char piece[65536];
    hc_error err = HC_OK;

    CHECK_INT(hc_putrequest(conn, "PUT", "/", false, false), HC_OK);
    CHECK_INT(hc_putheader(conn, "Content-Length", "1000000000000"), HC_OK);
    DRIVE(conn, err, hc_endheaders(conn, NULL, 0, false));
    while (err == HC_OK) {
        DRIVE(conn, err, hc_send(conn, piece, sizeof piece));
    }
    CHECK_INT(err, HC_ERR_BROKEN_PIPE);
    CHECK_INT(hc_send(conn, piece, sizeof piece), HC_ERR_BROKEN_PIPE);
    take(conn, 413, "big", true);
}

/* Large enough to be sent without being read. */
static void a_file_is_refused(hc_conn *conn) {
    FILE *file = tmpfile();
    hc_error err;

    REQUIRE(file != NULL);
    CHECK_INT(ftruncate(fileno(file), LARGE), 0);
    DRIVE(conn, err, hc_request_file(conn, "PUT", "/", NULL, fileno(file)));
    CHECK_INT(err, HC_OK);
    CHECK(lseek(fileno(file), 0, SEEK_CUR) < LARGE);
    fclose(file);
    take(conn, 413, "big", true);
}

typedef void upload(hc_conn *);
static upload *const uploads[] = {bytes_are_refused, a_function_is_refused, pieces_are_refused,
                                  a_file_is_refused};

/* Every kind of upload, blocking and not, against a server that ends each connection in this way. */
static void refuse(const char *script, const char *const *options, hc_tls_config *tls) {
    size_t i;
    int blocking;

    for (i = 0; i < sizeof uploads / sizeof uploads[0]; i++) {
        for (blocking = 0; blocking < 2; blocking++) {
            server *peer = server_script(script, options);
            hc_conn *conn = NULL;

            if (tls == NULL) {
                CHECK_INT(hc_conn_new("127.0.0.1", server_port(peer), &conn), HC_OK);
            } else {
                CHECK_INT(hc_conn_new_tls("localhost", server_port(peer), tls, &conn), HC_OK);
            }
            CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
            CHECK_INT(hc_conn_connect(conn), HC_OK);
            /* No timeout can end what does not hear the refusal. */
            CHECK_INT(hc_conn_set_timeout(conn, blocking ? HC_TIMEOUT_NONE : 0), HC_OK);
            uploads[i](conn);
            CHECK_INT(hc_conn_free(conn), HC_OK);
            /* The script's second connection. */
            conn = connect_to(peer);
            CHECK_INT(hc_conn_connect(conn), HC_OK);
            end(conn, peer);
        }
    }
}

static void a_refusal_and_no_more_reading(void) {
    refuse(REFUSE_AND_HOLD, NULL, NULL);
}

static void a_refusal_and_a_reset(void) {
    refuse(REFUSE_AND_RESET, NULL, NULL);
}

static void a_refusal_over_tls(void) {
    path chain = in_folder("server.pem");
    path key = in_folder("server.key");
    const char *const options[] = {"--tls", chain.text, key.text, NULL};
    hc_tls_builder *builder = NULL;
    hc_tls_config *tls = NULL;

    CHECK_INT(hc_tls_builder_new(&builder), HC_OK);
    CHECK_INT(hc_tls_builder_add_roots_file(builder, FILE_AT("ca.pem")), HC_OK);
    CHECK_INT(hc_tls_builder_build(builder, &tls), HC_OK);
    CHECK_INT(hc_tls_builder_free(builder), HC_OK);
    refuse(REFUSE_AND_HOLD, options, tls);
    CHECK_INT(hc_tls_config_free(tls), HC_OK);
}

/* A server that succeeds early gets the whole body, and is asked again. */
static void success_before_the_end_of_the_body(void) {
    server *peer = server_start("read-head\nread 1000\n" OK_EMPTY "read 67107864\nread-head\n" OK_EMPTY
                                "wait-close\n");
    hc_conn *conn = connect_to(peer);
    char *body = calloc(1, LARGE);

    REQUIRE(body != NULL);
    CHECK_INT(hc_request(conn, "PUT", "/", NULL, body, LARGE), HC_OK);
    take(conn, 200, "", false);
    CHECK_GET(conn, "/", 200, "");
    CHECK_INT(hc_conn_exchange_flags(conn) & HC_EXCHANGE_REUSED, HC_EXCHANGE_REUSED);
    free(body);
    end(conn, peer);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(interim_responses_are_shown),
        TEST(interim_responses_without_a_connection),
        TEST(the_body_follows_the_go_ahead),
        TEST(no_wait_is_the_default),
        TEST(the_body_follows_when_the_time_is_up),
        TEST(a_final_response_instead),
        TEST(no_go_ahead_ever),
        TEST(waits_that_are_not_allowed),
        TEST(a_refusal_and_no_more_reading),
        /* The library knows which failures of its sockets are the peer's reset. */
        TEST_OF_SOCKETS(a_refusal_and_a_reset),
        TEST(a_refusal_over_tls),
        TEST(success_before_the_end_of_the_body),
    };

    return RUN_TESTS_WITH_CERTIFICATES(tests, argc, argv);
}
