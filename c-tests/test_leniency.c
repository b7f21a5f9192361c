/* Leniency: each flag through C, what was needed, the preset, and the checks that can be switched off. */
#include "client.h"

#include <stdio.h>
#include <stdlib.h>

/* A response and the end of the stream, from memory. */
typedef struct {
    const char *input;
    size_t left;
} recording;

static int64_t read_recording(void *context, void *buffer, size_t capacity) {
    recording *it = context;
    size_t count = capacity < it->left ? capacity : it->left;

    memcpy(buffer, it->input, count);
    it->input += count;
    it->left -= count;
    return (int64_t)count;
}

static int64_t write_nothing(void *context, const void *data, size_t len) {
    (void)context;
    (void)data;
    return (int64_t)len;
}

static void close_nothing(void *context) { (void)context; }

static hc_response *replay(recording *it, const char *text) {
    hc_transport transport;
    hc_response *response = NULL;

    it->input = text;
    it->left = strlen(text);
    memset(&transport, 0, sizeof transport);
    transport.size = sizeof transport;
    transport.context = it;
    transport.read = read_recording;
    transport.write = write_nothing;
    transport.close = close_nothing;
    transport.fd = -1;
    CHECK_INT(hc_response_new(&transport, "GET", &response), HC_OK);
    return response;
}

#define EVERY (HC_LENIENT_HTTP_CLIENT | HC_LENIENT_BARE_CR)
#define OK "HTTP/1.1 200 OK\r\n"
#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
#define FIVE "Content-Length: 5\r\n\r\nhello"

static const struct {
    uint32_t flag;
    hc_error refusal; /* of the head */
    const char *text;
    hc_error body;
} cases[] = {
    {HC_LENIENT_TRUNCATED_HEAD, HC_ERR_INCOMPLETE_READ, OK "Content-Length: 0\r\n", HC_OK},
    {HC_LENIENT_STATUS_CODE, HC_ERR_BAD_STATUS_LINE, "HTTP/1.1 +200 OK\r\n" FIVE, HC_OK},
    {HC_LENIENT_VERSION, HC_ERR_UNKNOWN_PROTOCOL, "HTTP/1.10 200 OK\r\n" FIVE, HC_OK},
    {HC_LENIENT_NAMELESS_FIELD, HC_ERR_BAD_HEADER, OK ": x\r\n" FIVE, HC_OK},
    {HC_LENIENT_FIELD_NAME, HC_ERR_BAD_HEADER, OK "a/b: c\r\n" FIVE, HC_OK},
    {HC_LENIENT_FROM_LINE, HC_ERR_BAD_HEADER, OK "From me\r\n" FIVE, HC_OK},
    {HC_LENIENT_LEADING_FOLD, HC_ERR_BAD_HEADER, OK " A: b\r\n" FIVE, HC_OK},
    {HC_LENIENT_CONTROL_BYTES, HC_ERR_BAD_HEADER, OK "A: \x1b\r\n" FIVE, HC_OK},
    {HC_LENIENT_RAW_VALUES, HC_OK, OK "A: b\r\n c\r\n" FIVE, HC_OK},
    {HC_LENIENT_BARE_CR, HC_ERR_BAD_HEADER, OK "A: b\r\r\n" FIVE, HC_OK},
    {HC_LENIENT_BARE_CR, HC_OK, CHUNKED "0\r\nA: b\r\r\n\r\n", HC_ERR_BAD_HEADER},
    {HC_LENIENT_NEGATIVE_LENGTH, HC_ERR_BAD_FRAMING, OK "Content-Length: -1\r\n\r\nhello", HC_OK},
    {HC_LENIENT_UNREADABLE_LENGTH, HC_ERR_BAD_FRAMING, OK "Content-Length: 0x5\r\n\r\nhello", HC_OK},
    {HC_LENIENT_INTEGER_LENGTH, HC_ERR_BAD_FRAMING, OK "Content-Length: +5\r\n\r\nhello", HC_OK},
    {HC_LENIENT_LAST_CHUNK, HC_OK, CHUNKED "0\r\n", HC_ERR_INCOMPLETE_READ},
    {HC_LENIENT_TRAILERS, HC_OK, CHUNKED "0\r\nno colon\r\n\r\n", HC_ERR_BAD_HEADER},
};

/* Refused, or read otherwise, with every other flag; taken with this one, which is reported. */
static void flags_of_responses(void) {
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        recording it;
        hc_response *response;
        const char *body = NULL;
        size_t len = 0;

        response = replay(&it, cases[i].text);
        CHECK_INT(hc_response_set_leniency(response, EVERY & ~cases[i].flag), HC_OK);
        CHECK_INT(hc_response_begin(response), cases[i].refusal);
        CHECK_INT(hc_response_read_all(response, 100, &body, &len), cases[i].body);
        CHECK_INT(hc_response_leniencies(response), 0);
        CHECK_INT(hc_response_free(response), HC_OK);

        response = replay(&it, cases[i].text);
        CHECK_INT(hc_response_set_leniency(response, cases[i].flag), HC_OK);
        if (!CHECK_INT(hc_response_begin(response), HC_OK)) {
            puts(cases[i].text);
        }
        CHECK_INT(hc_response_status(response), 200);
        CHECK_INT(hc_response_read_all(response, 100, &body, &len), HC_OK);
        CHECK_MEM(body, len, "hello", cases[i].flag == HC_LENIENT_TRUNCATED_HEAD ? 0 : 5);
        CHECK_INT(hc_response_leniencies(response), cases[i].flag);
        CHECK_INT(hc_response_free(response), HC_OK);
    }
}

static void raw_values(void) {
    recording it;
    size_t len = 0;
    hc_response *response = replay(&it, OK "A: b\r\n c \r\nD: \r\n" FIVE);

    CHECK_INT(hc_response_set_leniency(response, HC_LENIENT_RAW_VALUES), HC_OK);
    CHECK_INT(hc_response_begin(response), HC_OK);
    CHECK_STR(hc_response_getheader(response, "a", &len), "b\r\n c ");
    CHECK_INT(len, 6);
    CHECK_STR(hc_response_getheader(response, "D", NULL), "");
    CHECK_STR(hc_response_raw_head(response, NULL),
              OK "A: b\r\n c \r\nD: \r\nContent-Length: 5\r\n\r\n");
    CHECK_INT(hc_response_free(response), HC_OK);
}

/* Hidden from reads by amount, and from nothing else. */
static void short_body(void) {
    recording it;
    char buffer[16];
    size_t count = 0;
    size_t len = 0;
    const char *body = NULL;
    hc_response *response = replay(&it, OK "Content-Length: 9\r\n\r\nhello");

    CHECK_INT(hc_response_set_leniency(response, HC_LENIENT_SHORT_BODY), HC_OK);
    CHECK_INT(hc_response_begin(response), HC_OK);
    CHECK_INT(hc_response_read(response, buffer, sizeof buffer, &count), HC_OK);
    CHECK_MEM(buffer, count, "hello", 5);
    CHECK_INT(hc_response_leniencies(response), 0);
    CHECK_INT(hc_response_read(response, buffer, sizeof buffer, &count), HC_OK);
    CHECK_INT(count, 0);
    CHECK_INT(hc_response_leniencies(response), HC_LENIENT_SHORT_BODY);
    CHECK(hc_response_is_closed(response));
    CHECK_INT(hc_response_free(response), HC_OK);

    response = replay(&it, OK "Content-Length: 9\r\n\r\nhello");
    CHECK_INT(hc_response_set_leniency(response, HC_LENIENT_SHORT_BODY), HC_OK);
    CHECK_INT(hc_response_begin(response), HC_OK);
    CHECK_INT(hc_response_read_all(response, 100, &body, &len), HC_ERR_INCOMPLETE_READ);
    CHECK_MEM(body, len, "hello", 5);
    CHECK_INT(hc_response_free(response), HC_OK);
}

/* RFC 9112 section 2.2: a CR is a blank where it ends no line, whatever stands behind it. */
static void bare_crs(void) {
    static const char head[] = OK "A: b\rC: d\r\r\nE:\r\r\n f\rg \r\r\nContent-Length: 5\r\r\n\r\nhello";
    static const struct {
        uint32_t flags;
        const char *folded, *raw;
    } ways[] = {
        {HC_LENIENT_BARE_CR, "f g", OK "A: b C: d \r\nE:    f g  \r\nContent-Length: 5 \r\n\r\n"},
        {HC_LENIENT_BARE_CR | HC_LENIENT_RAW_VALUES, "\r\n f g  ",
         OK "A: b C: d \r\nE: \r\n f g  \r\nContent-Length: 5 \r\n\r\n"},
    };
    size_t i, len = 0;

    for (i = 0; i < sizeof ways / sizeof *ways; i++) {
        recording it;
        hc_response *response = replay(&it, head);

        CHECK_INT(hc_response_set_leniency(response, ways[i].flags), HC_OK);
        CHECK_INT(hc_response_begin(response), HC_OK);
        CHECK(hc_response_getheader(response, "C", NULL) == NULL);
        CHECK_INT(strncmp(hc_response_getheader(response, "A", &len), "b C: d", 6), 0);
        CHECK_STR(hc_response_getheader(response, "E", NULL), ways[i].folded);
        CHECK_STR(hc_response_raw_head(response, NULL), ways[i].raw);
        CHECK(hc_response_will_close(response));
        CHECK_BODY(response, "hello");
        CHECK_INT(hc_response_free(response), HC_OK);
    }
}

/* What no flag takes. */
static void never(void) {
    static const char *const texts[] = {
        OK "A : b\r\n" FIVE,
        OK "no colon\r\n" FIVE,
        OK "A\r: b\r\n" FIVE,
        OK "\r\r\n" FIVE,
        "HTTP/1.1 200 O\rK\r\n" FIVE,
        OK "Transfer-Encoding: chun\rked\r\n\r\n0\r\n\r\n",
        OK "Content-Length: 3\r\n" FIVE,
        OK "Transfer-Encoding: xchunked\r\n" FIVE,
    };
    size_t i;

    for (i = 0; i < sizeof texts / sizeof *texts; i++) {
        recording it;
        hc_response *response = replay(&it, texts[i]);
        CHECK_INT(hc_response_set_leniency(response, EVERY), HC_OK);
        CHECK(hc_error_is(hc_response_begin(response), HC_ERR_HTTP));
        CHECK_INT(hc_response_free(response), HC_OK);
    }
}

/* A loosened length ends the connection; a 101 that was not asked for, too. The setting can go again. */
static void on_a_connection(void) {
    server *peer = server_start(
        "read-head\nsend \"HTTP/1.1 200 OK|Content-Length: +2||ok\"\nwait-close\n"
        "connection\nread-head\nsend \"HTTP/1.1 101 Go||\"\nwait-close\n"
        "connection\nread-head\nsend \"HTTP/1.1 200 OK|Content-Length: +2||ok\"\n"
        "wait-close\n");
    hc_conn *conn = connect_to(peer);
    hc_response *response;

    CHECK_INT(hc_conn_set_leniency(conn, HC_LENIENT_HTTP_CLIENT), HC_OK);
    response = get(conn, "/");
    CHECK(hc_response_will_close(response));
    CHECK_BODY(response, "ok");
    CHECK_INT(hc_response_leniencies(response), HC_LENIENT_INTEGER_LENGTH);
    CHECK_INT(hc_response_set_leniency(response, 0), HC_ERR_STATE);
    CHECK_INT(hc_response_free(response), HC_OK);
    response = get(conn, "/");
    CHECK_INT(hc_response_status(response), 101);
    CHECK_INT(hc_response_length(response), 0);
    CHECK_INT(hc_response_leniencies(response), HC_LENIENT_UNREQUESTED_SWITCH);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_conn_set_leniency(conn, 0), HC_OK);
    CHECK_INT(send_get(conn, "/"), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_ERR_BAD_FRAMING);
    end(conn, peer);
}

/* The server compares what it reads to the byte. */
static void requests(void) {
    static const char *const folded[] = {"X", "a\r\n b", "Key ", "\x01", NULL};
    server *peer = server_start(
        "expect \"G@T / HTTP/1.1|Host: a b:\\p|Accept-Encoding: identity|"
        "X: a| b|Key : \\x01||\"\nsend \"HTTP/1.1 204 OK||\"\n"
        "expect \"GET /a b\\x00#c HTTP/1.1||\"\nsend \"HTTP/1.1 204 OK||\"\n");
    hc_conn *conn = connect_to(peer);
    hc_response *response = NULL;

    CHECK_INT(hc_request(conn, "G@T", "/", folded, NULL, 0), HC_ERR_VALUE);
    CHECK_INT(hc_conn_set_leniency(conn, HC_LENIENT_HTTP_CLIENT), HC_OK);
    CHECK_INT(hc_conn_dangerous_set_host(conn, "a bc", 3), HC_OK);
    CHECK_INT(hc_request(conn, "G@T", "/", folded, NULL, 0), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_OK);
    CHECK_INT(hc_response_leniencies(response),
              HC_LENIENT_METHOD | HC_LENIENT_SENT_NAME | HC_LENIENT_SENT_FOLD |
                  HC_LENIENT_SENT_CONTROL_BYTES);
    CHECK_BODY(response, "");
    CHECK_INT(hc_response_free(response), HC_OK);

    CHECK_INT(send_get(conn, "/a b"), HC_ERR_INVALID_URL);
    CHECK_INT(hc_conn_dangerous_skip_checks(conn, HC_UNCHECKED_TARGET | HC_UNCHECKED_ASCII), HC_OK);
    CHECK_INT(hc_putrequest_bytes(conn, "GET", 3, "/a b\0#c", 7, true, true), HC_OK);
    CHECK_INT(hc_endheaders(conn, NULL, 0, false), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_OK);
    CHECK_INT(hc_response_leniencies(response), HC_LENIENT_HOST);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_conn_dangerous_skip_checks(conn, 0), HC_OK);
    CHECK_INT(hc_conn_dangerous_set_host(conn, NULL, 0), HC_OK);
    CHECK_INT(send_get(conn, "/\xe9"), HC_ERR_ENCODING);
    end(conn, peer);
}

static void arguments(void) {
    recording it;
    hc_response *response = replay(&it, OK FIVE);
    hc_conn *conn = NULL;

    CHECK_INT(hc_conn_new("127.0.0.1", 80, &conn), HC_OK);
    CHECK_INT(hc_conn_set_leniency(conn, HC_LENIENT_HTTP_CLIENT + 1), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_leniency(conn, HC_UNCHECKED_TARGET), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_leniency(conn, 0x80000000u), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_dangerous_skip_checks(conn, 1), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_dangerous_set_host(conn, NULL, 1), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_leniency(NULL, 0), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_free(conn), HC_OK);

    CHECK_INT(hc_response_set_leniency(response, HC_UNCHECKED_ASCII), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_response_set_leniency(NULL, 0), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_response_leniencies(NULL), 0);
    CHECK_INT(hc_response_set_leniency(response, 0), HC_OK);
    CHECK_INT(hc_response_begin(response), HC_OK);
    CHECK_INT(hc_response_set_leniency(response, 0), HC_ERR_STATE);
    CHECK_INT(hc_response_free(response), HC_OK);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(flags_of_responses),
        TEST(raw_values),
        TEST(short_body),
        TEST(bare_crs),
        TEST(never),
        TEST(on_a_connection),
        TEST(requests),
        TEST(arguments),
    };
    return RUN_TESTS(tests, argc, argv);
}
