/* Responses: every framing, the three ways to read, interim responses, and bodies cut short. */
#include "client.h"

#include <stdio.h>
#include <stdlib.h>

/* A response over a script that answers one request. */
typedef struct {
    server *peer;
    hc_conn *conn;
    hc_response *response;
} exchange;

static exchange ask(const char *method, const char *answer) {
    exchange it = {NULL, NULL, NULL};
    char *script = malloc(strlen(answer) + 100);

    sprintf(script, "read-head\nsend \"%s\"\nclose\n", answer);
    it.peer = server_start(script);
    free(script);
    it.conn = connect_to(it.peer);
    CHECK_INT(hc_request(it.conn, method, "/", NULL, NULL, 0), HC_OK);
    CHECK_INT(hc_getresponse(it.conn, &it.response), HC_OK);
    return it;
}

static void finish(exchange it) {
    CHECK_INT(hc_response_free(it.response), HC_OK);
    CHECK_INT(hc_conn_free(it.conn), HC_OK);
    server_finish(it.peer);
}

static void status_line(void) {
    size_t len = 0;
    exchange it = ask("GET", "HTTP/1.1 299 caf\\xe9 is open |Content-Length: 0||");

    CHECK_INT(hc_response_status(it.response), 299);
    CHECK_STR(hc_response_reason(it.response, &len), "caf\xe9 is open");
    CHECK_INT(len, 12);
    CHECK_INT(hc_response_version(it.response), 11);
    finish(it);

    it = ask("GET", "HTTP/1.0 999||");
    CHECK_INT(hc_response_status(it.response), 999);
    CHECK_STR(hc_response_reason(it.response, NULL), "");
    CHECK_INT(hc_response_version(it.response), 10);
    finish(it);
}

static void by_length(void) {
    char buffer[8];
    size_t count = 99;
    exchange it = ask("GET", "HTTP/1.1 200 OK|Content-Length: 10||0123456789");

    CHECK_INT(hc_response_length(it.response), 10);
    CHECK(!hc_response_chunked(it.response));
    CHECK(!hc_response_will_close(it.response));
    CHECK(!hc_response_is_closed(it.response));
    CHECK_INT(hc_response_read(it.response, buffer, 0, &count), HC_OK);
    CHECK_INT(count, 0);
    CHECK_INT(hc_response_read(it.response, NULL, 0, &count), HC_OK);
    CHECK_INT(hc_response_read(it.response, buffer, 8, &count), HC_OK);
    CHECK_MEM(buffer, count, "01234567", 8);
    CHECK_INT(hc_response_length(it.response), 2);
    CHECK_INT(hc_response_read(it.response, buffer, 8, &count), HC_OK);
    CHECK_MEM(buffer, count, "89", 2);
    CHECK(hc_response_is_closed(it.response));
    CHECK_INT(hc_response_length(it.response), 0);
    CHECK_INT(hc_response_read(it.response, buffer, 8, &count), HC_OK);
    CHECK_INT(count, 0);
    CHECK_INT(hc_response_read1(it.response, buffer, 8, &count), HC_OK);
    CHECK_INT(count, 0);
    CHECK_BODY(it.response, "");
    finish(it);
}

static void by_chunks(void) {
    char buffer[8];
    size_t count = 0;
    exchange it = ask("GET", "HTTP/1.1 200 OK|transfer-encoding: CHUNKED||"
                             "00a;ext=\\\"v\\\"|0123456789|1 ; x|a|000||");

    CHECK_INT(hc_response_length(it.response), HC_LENGTH_UNKNOWN);
    CHECK(hc_response_chunked(it.response));
    CHECK_INT(hc_response_read(it.response, buffer, 8, &count), HC_OK);
    CHECK_MEM(buffer, count, "01234567", 8);
    CHECK_INT(hc_response_read(it.response, buffer, 8, &count), HC_OK);
    CHECK_MEM(buffer, count, "89a", 3);
    CHECK(hc_response_is_closed(it.response));
    CHECK_INT(hc_response_read(it.response, buffer, 8, &count), HC_OK);
    CHECK_INT(count, 0);
    finish(it);
}

static void until_close(void) {
    exchange it = ask("GET", "HTTP/1.1 200 OK||all of it");

    CHECK_INT(hc_response_length(it.response), HC_LENGTH_UNKNOWN);
    CHECK(hc_response_will_close(it.response));
    CHECK_BODY(it.response, "all of it");
    CHECK(hc_response_is_closed(it.response));
    finish(it);
}

/* read1 gives the rest of the chunk at most, however much has arrived. */
static void check_chunk(hc_response *response, const char *expected) {
    char buffer[8];
    size_t len = strlen(expected), have = 0, count = 1;

    while (have < len && count > 0 &&
           hc_response_read1(response, buffer + have, sizeof buffer - have, &count) == HC_OK) {
        have += count;
    }
    CHECK_MEM(buffer, have, expected, len);
}

static void chunk_by_chunk(void) {
    exchange it = ask("GET", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||"
                             "2|ab|3|cde|0||");
    char byte;
    size_t count;

    check_chunk(it.response, "ab");
    CHECK_INT(hc_response_read1(it.response, &byte, 1, &count), HC_OK);
    CHECK_MEM(&byte, count, "c", 1);
    check_chunk(it.response, "de");
    CHECK_INT(hc_response_read1(it.response, &byte, 1, &count), HC_OK);
    CHECK_INT(count, 0);
    CHECK(hc_response_is_closed(it.response));
    finish(it);
}

/* Shows what comes next, again and again, and takes nothing away. */
static void peeking(void) {
    exchange it = ask("GET", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||"
                             "2|ab|3|cde|0||");
    const void *data = NULL;
    char byte, both[2];
    size_t len = 0, count = 0, i;

    CHECK_INT(hc_response_peek(it.response, NULL, &len), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_response_peek(it.response, &data, NULL), HC_ERR_INVALID_ARGUMENT);
    for (i = 0; i < 5; i++) {
        CHECK_INT(hc_response_peek(it.response, &data, &len), HC_OK);
        /* No further than its chunk. */
        CHECK(len >= 1 && len <= (i < 2 ? 2 - i : 5 - i));
        CHECK(memcmp(data, "abcde" + i, len) == 0);
        CHECK_INT(hc_response_peek(it.response, &data, &len), HC_OK);
        CHECK_INT(hc_response_read(it.response, &byte, 1, &count), HC_OK);
        CHECK_INT(byte, "abcde"[i]);
    }
    CHECK_INT(hc_response_peek(it.response, &data, &len), HC_OK);
    CHECK_INT(len, 0);
    CHECK_INT(hc_response_peek(NULL, &data, &len), HC_ERR_INVALID_ARGUMENT);
    finish(it);

    it = ask("GET", "HTTP/1.1 200 OK|Content-Length: 5||ab");
    CHECK_INT(hc_response_read(it.response, both, 2, &count), HC_OK);
    CHECK_MEM(both, count, "ab", 2);
    CHECK_INT(hc_response_peek(it.response, &data, &len), HC_ERR_INCOMPLETE_READ);
    CHECK_INT(len, 0);
    CHECK_INT(response_detail(it.response).received, 2);
    finish(it);
}

static void check_line(hc_response *response, size_t capacity, const char *expected) {
    char buffer[32];
    size_t count = 99;

    CHECK_INT(hc_response_readline(response, buffer, capacity, &count), HC_OK);
    CHECK_MEM(buffer, count, expected, strlen(expected));
}

/* With their ends, in pieces where there is no room, and across chunks; then nothing. */
static void lines(void) {
    exchange it = ask("GET", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||"
                             "5|one\\nt|9|wo|\\nlast|0||");
    char byte;
    size_t count = 0;

    CHECK_INT(hc_response_readline(it.response, NULL, 1, &count), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_response_readline(it.response, &byte, 1, NULL), HC_ERR_INVALID_ARGUMENT);
    check_line(it.response, 32, "one\n");
    check_line(it.response, 3, "two");
    check_line(it.response, 3, "\r\n");
    check_line(it.response, 32, "\n");
    check_line(it.response, 32, "last");
    check_line(it.response, 32, "");
    finish(it);
}

/* No more than was allowed, and what is left can be read. A call that is repeated after a wait counts
 * anew: for that, byte by byte, all but nothing is too much. */
static void skipping_too_much(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    hc_response *response = get(conn, "/bytes/100");
    const char *body = NULL;
    size_t len = 0;

    CHECK_INT(hc_response_skip(response, is_byte_by_byte() ? 0 : 99), HC_ERR_TOO_LARGE);
    CHECK_INT(response_detail(response).code, HC_ERR_TOO_LARGE);
    CHECK_INT(hc_response_read_all(response, 100, &body, &len), HC_OK);
    REQUIRE(len >= 1);
    CHECK_INT(body[len - 1], 99);
    CHECK_INT(hc_response_free(response), HC_OK);
    end(conn, peer);
}

static void skipping(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    hc_response *response = get(conn, "/bytes/100?chunked=7");

    CHECK_INT(hc_response_skip(response, 100), HC_OK);
    CHECK(hc_response_is_closed(response));
    CHECK_INT(hc_response_skip(response, 0), HC_OK);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_GET(conn, "/bytes/0", 200, "");
    CHECK_INT(hc_conn_exchange_flags(conn), HC_EXCHANGE_REUSED);
    end(conn, peer);
}

static void the_raw_head(void) {
    static const char head[] = "HTTP/1.1 200  Odd \r\na: 1\r\nA:2\r\nContent-Length: 0\r\n\r\n";
    exchange it = ask("GET", "HTTP/1.1 103 Hints||"
                             "HTTP/1.1 200  Odd |a: 1|A:2|Content-Length: 0||");
    size_t len = 0;
    const char *raw = hc_response_raw_head(it.response, &len);

    CHECK_MEM(raw, len, head, strlen(head));
    CHECK_STR(hc_response_raw_head(it.response, NULL), head);
    CHECK_BODY(it.response, "");
    CHECK_STR(raw, head);
    CHECK(hc_response_raw_head(NULL, &len) == NULL);
    CHECK_INT(len, 0);
    finish(it);
}

/* As in http.client: closing the connection closes the response that is read from it. */
static void closed_with_its_connection(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    hc_response *response = get(conn, "/bytes/10000");
    char buffer[8];
    size_t count = 1;

    CHECK(!hc_response_is_closed(response));
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK(hc_response_is_closed(response));
    CHECK_INT(hc_response_read(response, buffer, sizeof buffer, &count), HC_OK);
    CHECK_INT(count, 0);
    CHECK_INT(hc_response_status(response), 200);
    CHECK_INT(hc_response_free(response), HC_OK);
    end(conn, peer);
}

static void without_body(void) {
    static const struct {
        const char *method;
        const char *answer;
    } cases[] = {
        {"HEAD", "HTTP/1.1 200 OK|Content-Length: 500||"},
        {"HEAD", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||"},
        {"GET", "HTTP/1.1 204 No Content||"},
        {"GET", "HTTP/1.1 304 Not Modified|Content-Length: 500||"},
        {"GET", "HTTP/1.1 200 OK|Content-Length: 0||"},
    };
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        exchange it = ask(cases[i].method, cases[i].answer);

        CHECK_INT(hc_response_length(it.response), 0);
        CHECK_BODY(it.response, "");
        CHECK(hc_response_is_closed(it.response));
        finish(it);
    }
}

static void interim_responses_are_skipped(void) {
    exchange it = ask("GET", "HTTP/1.1 100 Continue||"
                             "HTTP/1.1 103 Early Hints|Link: </a>||"
                             "HTTP/1.1 102 Processing||"
                             "HTTP/1.1 200 OK|Content-Length: 2||ok");

    CHECK_INT(hc_response_status(it.response), 200);
    CHECK_INT(hc_response_header_count(it.response), 1);
    CHECK_BODY(it.response, "ok");
    finish(it);
}

/* read1 gives what is there, and fills no more than it was asked to. */
static void read1(void) {
    server *peer = server_start("read-head\nsend \"HTTP/1.1 200 OK|Content-Length: 6||\"\n"
                                "send \"abc\"\nread-head\nsend \"def\"\nsend "
                                "\"HTTP/1.1 200 OK|Content-Length: 0||\"\nwait-close\n");
    hc_conn *conn = connect_to(peer);
    hc_response *response = get(conn, "/");
    char buffer[16];
    size_t have = 0;
    size_t count = 0;

    while (have < 3) {
        REQUIRE(hc_response_read1(response, buffer + have, sizeof buffer - have, &count) == HC_OK);
        CHECK(count > 0);
        have += count;
    }
    /* The rest comes only after the next request; so read1 cannot have waited for it. */
    CHECK_MEM(buffer, have, "abc", 3);
    CHECK_INT(send_get(conn, "/"), HC_OK);
    CHECK_INT(hc_getresponse(conn, &(hc_response *){NULL}), HC_ERR_RESPONSE_NOT_READY);
    CHECK_BODY(response, "def");
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_OK);
    CHECK_BODY(response, "");
    CHECK_INT(hc_response_free(response), HC_OK);
    end(conn, peer);
}

static void read_all_with_a_maximum(void) {
    const char *body = NULL;
    size_t len = 0;
    exchange it = ask("GET", "HTTP/1.1 200 OK|Content-Length: 6||abcdef");

    CHECK_INT(hc_response_read_all(it.response, 6, &body, &len), HC_OK);
    CHECK_MEM(body, len, "abcdef", 6);
    finish(it);

    it = ask("GET", "HTTP/1.1 200 OK|Content-Length: 6||abcdef");
    CHECK_INT(hc_response_read_all(it.response, 5, &body, &len), HC_ERR_TOO_LARGE);
    CHECK_MEM(body, len, "abcde", 5);
    CHECK_INT(body[len], '\0');
    CHECK_INT(response_detail(it.response).code, HC_ERR_TOO_LARGE);
    finish(it);

    it = ask("GET", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||"
                    "1|a|0||");
    CHECK_INT(hc_response_read_all(it.response, 0, &body, &len), HC_ERR_TOO_LARGE);
    CHECK_MEM(body, len, "", 0);
    finish(it);

    it = ask("GET", "HTTP/1.1 204 OK||");
    CHECK_INT(hc_response_read_all(it.response, 0, &body, NULL), HC_OK);
    CHECK_STR(body, "");
    CHECK_INT(hc_response_read_all(it.response, 0, NULL, &len), HC_ERR_INVALID_ARGUMENT);
    finish(it);
}

static void large_bodies(void) {
    static const struct {
        const char *target;
        size_t size;
    } cases[] = {
        {"/bytes/3M", 3 << 20},
        {"/bytes/3M?chunked=64k", 3 << 20},
        {"/bytes/300000?chunked=7", 300000},
        {"/bytes/100000?piece=1", 100000},
    };
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        hc_response *response = get(conn, cases[i].target);
        const char *body = NULL;
        size_t len = 0;
        size_t at = 0;

        CHECK_INT(hc_response_read_all(response, (size_t)-1, &body, &len), HC_OK);
        CHECK_INT(len, cases[i].size);
        while (at < len && (unsigned char)body[at] == at % 251) {
            at++;
        }
        CHECK_INT(at, cases[i].size);
        CHECK_INT(hc_response_free(response), HC_OK);
    }
    end(conn, peer);
}

/* The bytes come first, then the error, again and again; the detail counts. */
static void check_cut(const char *answer, size_t received, int64_t expected) {
    char buffer[64];
    size_t count = 0;
    size_t have = 0;
    const char *body = NULL;
    size_t len = 0;
    hc_error code;
    hc_error_detail detail;
    exchange it = ask("GET", answer);

    while ((code = hc_response_read(it.response, buffer + have, 5, &count)) == HC_OK && count > 0) {
        have += count;
    }
    CHECK_INT(code, HC_ERR_INCOMPLETE_READ);
    CHECK_INT(count, 0);
    CHECK_INT(have, received);
    detail = response_detail(it.response);
    CHECK_INT(detail.received, received);
    CHECK_INT(detail.expected, expected);
    CHECK(strstr(detail.message, "IncompleteRead") != NULL);
    CHECK_INT(hc_response_read(it.response, buffer, 5, &count), HC_ERR_INCOMPLETE_READ);
    finish(it);

    it = ask("GET", answer);
    CHECK_INT(hc_response_read_all(it.response, 100, &body, &len), HC_ERR_INCOMPLETE_READ);
    CHECK_INT(len, received);
    CHECK(body != NULL && body[len] == '\0');
    finish(it);
}

static void incomplete_reads(void) {
    check_cut("HTTP/1.1 200 OK|Content-Length: 10||1234567", 7, 3);
    check_cut("HTTP/1.1 200 OK|Content-Length: 10||", 0, 10);
    check_cut("HTTP/1.1 200 OK|Connection: close|Content-Length: 9||12", 2, 7);
    check_cut("HTTP/1.1 200 OK|Transfer-Encoding: chunked||6|1234", 4,
              HC_LENGTH_UNKNOWN);
    check_cut("HTTP/1.1 200 OK|Transfer-Encoding: chunked||2|12|", 2,
              HC_LENGTH_UNKNOWN);
    check_cut("HTTP/1.1 200 OK|Transfer-Encoding: chunked||2|12|0|", 2,
              HC_LENGTH_UNKNOWN);
    check_cut("HTTP/1.1 200 OK|Transfer-Encoding: chunked||2|12|xyz|", 2,
              HC_LENGTH_UNKNOWN);
}

static void closing_early(void) {
    char buffer[8];
    size_t count = 9;
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    hc_response *response = get(conn, "/bytes/1M");

    CHECK_INT(hc_response_close(response), HC_OK);
    CHECK_INT(hc_response_close(response), HC_OK);
    CHECK(hc_response_is_closed(response));
    CHECK(!hc_conn_is_open(conn));
    CHECK_INT(hc_response_status(response), 200);
    CHECK_INT(hc_response_read(response, buffer, sizeof buffer, &count), HC_OK);
    CHECK_INT(count, 0);
    CHECK_INT(hc_response_free(response), HC_OK);

    /* Freed unread: the next request goes over another connection. */
    response = get(conn, "/bytes/1M");
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_GET(conn, "/bytes/0", 200, "");
    end(conn, peer);
}

static void heads_that_fail(void) {
    static const struct {
        const char *head;
        hc_error code;
    } cases[] = {
        {"HTTP/1.1 200 OK|Transfer-Encoding: zip||", HC_ERR_UNKNOWN_TRANSFER_ENCODING},
        {"HTTP/1.1 200 OK|Content-Length: 1|Content-Length: 2||", HC_ERR_BAD_FRAMING},
        {"HTTP/1.1 200 OK|Content-Length: -1||", HC_ERR_BAD_FRAMING},
        {"HTTP/1.1 200 OK|Content-Length: 0x1||", HC_ERR_BAD_FRAMING},
        {"HTTP/1.1 200 OK|Content-Length: 99999999999999999999||", HC_ERR_BAD_FRAMING},
        {"HTTP/1.1 200 OK|no colon||", HC_ERR_BAD_HEADER},
        {"HTTP/1.1 200 OK|: v||", HC_ERR_BAD_HEADER},
        {"HTTP/1.1 200 OK|A: b\\0c||", HC_ERR_BAD_HEADER},
        {"HTTP/1.1 101 Switching|Upgrade: x||", HC_ERR_UNEXPECTED_SWITCH},
        {"HTTP/1.1 20 OK||", HC_ERR_BAD_STATUS_LINE},
        {"HTTP/3 200 OK||", HC_ERR_UNKNOWN_PROTOCOL},
        {"||", HC_ERR_BAD_STATUS_LINE},
    };
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        char script[512];
        server *peer;
        hc_conn *conn;
        hc_response *response = NULL;

        sprintf(script, "read-head\nsend \"%s\"\nwait-close\nconnection\nread-head\n"
                        "send \"HTTP/1.1 204 OK||\"\n", cases[i].head);
        peer = server_start(script);
        conn = connect_to(peer);
        CHECK_INT(send_get(conn, "/"), HC_OK);
        if (!CHECK_INT(hc_getresponse(conn, &response), cases[i].code)) {
            puts(cases[i].head);
        }
        CHECK(response == NULL);
        CHECK(strlen(hc_conn_error_message(conn)) > 0);
        /* It stays so until the connection is closed. */
        CHECK_INT(hc_getresponse(conn, &response), cases[i].code);
        CHECK_INT(send_get(conn, "/"), HC_ERR_CANNOT_SEND_REQUEST);
        CHECK_INT(hc_send(conn, "x", 1), HC_ERR_NOT_CONNECTED);
        CHECK_INT(hc_conn_close(conn), HC_OK);
        CHECK_GET(conn, "/", 204, "");
        CHECK_INT(hc_conn_free(conn), HC_OK);
        server_finish(peer);
    }
}

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

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(status_line),
        TEST(by_length),
        TEST(by_chunks),
        TEST(until_close),
        TEST(closed_with_its_connection),
        TEST(chunk_by_chunk),
        TEST(peeking),
        TEST(lines),
        TEST(skipping_too_much),
        TEST(skipping),
        TEST(the_raw_head),
        TEST(without_body),
        TEST(interim_responses_are_skipped),
        TEST(read1),
        TEST(read_all_with_a_maximum),
        TEST(large_bodies),
        TEST(incomplete_reads),
        TEST(closing_early),
        TEST(heads_that_fail),
        TEST(urls),
    };
    return RUN_TESTS(tests, argc, argv);
}
