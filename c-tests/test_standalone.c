/* Responses without a connection: from memory, whole, byte by byte, and cut at every place; and their
 * settings. */
#define _POSIX_C_SOURCE 200809L

#include "client.h"
#include "printed.h"

static const char chunked[] = "HTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\n"
                              "HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\nA: b\r\n\r\n"
                              "3\r\nabc\r\n2;x\r\nde\r\n0\r\nT: 1\r\n\r\n";

typedef struct {
    const char *text;
    size_t len;
    size_t at;
    bool stutters; /* a byte at a time, and would block before each */
    bool paused;
    const char *pause; /* the place in the text before which it would block, once */
    int64_t at_the_end;
    int written;
    int closed;
} recording;

static int64_t play(void *context, void *buffer, size_t capacity) {
    recording *it = context;
    size_t count = it->len - it->at < capacity ? it->len - it->at : capacity;

    CHECK(capacity > 0);
    CHECK_INT(it->closed, 0);
    if (it->stutters && (it->paused = !it->paused)) {
        return HC_IO_WOULD_BLOCK;
    }
    if (it->pause == it->text + it->at) {
        it->pause = NULL;
        return HC_IO_WOULD_BLOCK;
    }
    if (count == 0) {
        return it->at_the_end;
    }
    if (it->stutters || it->pause != NULL) {
        count = 1;
    }
    memcpy(buffer, it->text + it->at, count);
    it->at += count;
    return (int64_t)count;
}

static int64_t take_nothing(void *context, const void *data, size_t len) {
    (void)data;
    (void)len;
    ((recording *)context)->written++;
    return -1;
}

static void stop(void *context) { ((recording *)context)->closed++; }

static hc_transport functions_of(recording *it) {
    hc_transport functions;

    memset(&functions, 0, sizeof functions);
    functions.size = sizeof functions;
    functions.context = it;
    functions.read = play;
    functions.write = take_nothing;
    functions.close = stop;
    functions.fd = -1;
    return functions;
}

static hc_response *answer_to(const char *method, recording *it) {
    hc_transport functions = functions_of(it);
    hc_response *response = NULL;

    CHECK_INT(hc_response_new(&functions, method, &response), HC_OK);
    return response;
}

/* Receives the head; the program waits itself, and here there is nothing to wait for. */
static hc_error begin(hc_response *response) {
    hc_error code;
    int times = 0;

    do {
        code = hc_response_begin(response);
    } while (code == HC_WOULD_BLOCK && times++ < 10000);
    return code;
}

static hc_error read_all(hc_response *response, const char **body, size_t *len) {
    hc_error code;
    int times = 0;

    do {
        code = hc_response_read_all(response, 1 << 20, body, len);
    } while (code == HC_WOULD_BLOCK && times++ < 10000);
    return code;
}

static void whole_and_byte_by_byte(void) {
    int stutters;

    for (stutters = 0; stutters < 2; stutters++) {
        recording it = {.text = chunked, .len = strlen(chunked), .stutters = stutters != 0};
        hc_response *response = answer_to("GET", &it);
        const char *body = NULL;
        size_t len = 0;

        CHECK_INT(hc_response_status(response), 0);
        CHECK_STR(hc_response_reason(response, NULL), "");
        CHECK_STR(hc_response_raw_head(response, NULL), "");
        CHECK_INT(hc_response_header_count(response), 0);
        CHECK_INT(it.at, 0);
        CHECK_INT(begin(response), HC_OK);
        CHECK_INT(hc_response_begin(response), HC_ERR_RESPONSE_NOT_READY);
        CHECK_INT(hc_response_status(response), 200);
        CHECK_STR(hc_response_reason(response, NULL), "Fine");
        CHECK_STR(hc_response_getheader(response, "a", NULL), "b");
        CHECK_INT(read_all(response, &body, &len), HC_OK);
        CHECK_MEM(body, len, "abcde", 5);
        CHECK_INT(hc_response_trailer_count(response), 1);
        CHECK_INT(it.closed, 1);
        CHECK_INT(hc_response_free(response), HC_OK);
        CHECK_INT(it.closed, 1);
        CHECK_INT(it.written, 0);
    }
}

/* However far the recording goes: never the whole body, and never a wait without an end. */
static void cut_everywhere(void) {
    const size_t hints = strlen("HTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\n");
    size_t cut;

    for (cut = 0; cut < strlen(chunked); cut++) {
        recording it = {.text = chunked, .len = cut, .stutters = cut % 2 != 0};
        hc_response *response = answer_to("GET", &it);
        const char *body = NULL;
        size_t len = 0;
        hc_error code = begin(response);

        if (code == HC_OK) {
            code = read_all(response, &body, &len);
            CHECK_INT(code, HC_ERR_INCOMPLETE_READ);
            CHECK(len <= 5 && memcmp(body, "abcde", len) == 0);
        } else {
            /* Between two heads there is no byte of a head. */
            CHECK_INT(code, cut == 0 || cut == hints ? HC_ERR_REMOTE_DISCONNECTED
                                                     : HC_ERR_INCOMPLETE_READ);
            CHECK_INT(response_detail(response).code, code);
        }
        CHECK_INT(hc_response_free(response), HC_OK);
        CHECK_INT(it.closed, 1);
    }
}

static void framed_by_the_method(void) {
    static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
    recording it = {.text = text, .len = strlen(text)};
    hc_response *response = answer_to("HEAD", &it);

    CHECK_INT(hc_response_begin(response), HC_OK);
    CHECK_INT(hc_response_length(response), 0);
    CHECK_BODY(response, "");
    CHECK_INT(hc_response_free(response), HC_OK);
}

static void until_the_end_of_the_recording(void) {
    static const char text[] = "HTTP/1.0 200 OK\r\n\r\nto the last byte";
    recording it = {.text = text, .len = strlen(text)};
    hc_response *response = answer_to("GET", &it);

    CHECK_INT(hc_response_begin(response), HC_OK);
    CHECK_INT(hc_response_version(response), 10);
    CHECK_BODY(response, "to the last byte");
    CHECK_INT(hc_response_free(response), HC_OK);
}

static void failures(void) {
    static const char text[] = "SSH-2.0-x\r\n\r\n";
    recording it = {.text = text, .len = strlen(text)};
    hc_response *response = answer_to("GET", &it);
    hc_error_detail detail;

    CHECK_INT(hc_response_begin(response), HC_ERR_BAD_STATUS_LINE);
    detail = response_detail(response);
    CHECK(detail.line_len >= 9 && memcmp(detail.line, "SSH-2.0-x", 9) == 0);
    CHECK(strlen(hc_response_error_message(response)) > 0);
    CHECK(hc_response_is_closed(response));
    CHECK_INT(it.closed, 1);
    CHECK_INT(hc_response_free(response), HC_OK);

    it = (recording){.text = text, .len = 5, .at_the_end = -42};
    response = answer_to("GET", &it);
    CHECK_INT(hc_response_begin(response), HC_ERR_TRANSPORT);
    CHECK_INT(response_detail(response).os_error, -42);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(it.closed, 1);
}

/* Without a method the answer has the body that it says it has, as to a GET. */
static void to_a_method_that_is_not_known(void) {
    static const char *const texts[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 101 Switched\r\n\r\n",
        "HTTP/1.1 204 None\r\nContent-Length: 5\r\n\r\nhello",
    };
    static const char *const bodies[] = {"hello", "", ""};
    size_t i;

    for (i = 0; i < sizeof texts / sizeof *texts; i++) {
        recording it = {.text = texts[i], .len = strlen(texts[i]), .stutters = true};
        hc_response *response = answer_to(NULL, &it);
        const char *body = NULL;
        size_t len = 0;

        CHECK_INT(begin(response), HC_OK);
        CHECK_INT(read_all(response, &body, &len), HC_OK);
        CHECK_MEM(body, len, bodies[i], strlen(bodies[i]));
        CHECK_INT(hc_response_free(response), HC_OK);
        CHECK_INT(it.closed, 1);
    }
}

/* What is refused stays the program's. */
static void arguments(void) {
    recording it = {.text = "", .len = 0};
    hc_transport functions = functions_of(&it);
    hc_response *response = (hc_response *)&it;
    hc_conn *conn = NULL;

    CHECK_INT(hc_response_new(NULL, "GET", &response), HC_ERR_INVALID_ARGUMENT);
    CHECK(response == NULL);
    CHECK_INT(hc_response_new(&functions, "GET", NULL), HC_ERR_INVALID_ARGUMENT);
    functions.read = NULL;
    CHECK_INT(hc_response_new(&functions, "GET", &response), HC_ERR_INVALID_ARGUMENT);
    functions = functions_of(&it);
    functions.write = NULL;
    CHECK_INT(hc_response_new(&functions, "GET", &response), HC_ERR_INVALID_ARGUMENT);
    functions = functions_of(&it);
    functions.size = 0;
    CHECK_INT(hc_response_new(&functions, "GET", &response), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(it.closed, 0);

    CHECK_INT(hc_response_begin(NULL), HC_ERR_INVALID_ARGUMENT);
    REQUIRE(hc_conn_new("h", 80, &conn) == HC_OK);
    CHECK_INT(hc_response_begin((hc_response *)(void *)conn), HC_ERR_INVALID_HANDLE);
    CHECK_INT(hc_conn_free(conn), HC_OK);

    response = answer_to("GET", &it);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(it.closed, 1);
    CHECK_INT(hc_response_begin(response), HC_ERR_INVALID_HANDLE);
}

/* --- Settings ------------------------------------------------------------------------------------ */

static const char answer[] = "HTTP/1.1 103 Early\r\nA: b\r\n\r\n"
                             "HTTP/1.1 200 OK\r\nA: a long value\r\nContent-Length: 5\r\n\r\nhello";

static recording new_recording(void) { return (recording){.text = answer, .len = strlen(answer)}; }

/* Counts the heads of a response, which is busy then. */
typedef struct {
    hc_response *response;
    int heads;
} watch;

static void count_heads(void *context, int32_t event, const char *data, size_t len) {
    watch *it = context;

    (void)data, (void)len;
    it->heads += event == HC_TRACE_HEAD || event == HC_TRACE_INTERIM;
    CHECK_INT(hc_response_set_limit(it->response, HC_LIMIT_LINE, 1), HC_ERR_BUSY);
}

static void settings(void) {
    recording it = new_recording();
    hc_response *response = answer_to("GET", &it);
    watch seen = {response, 0};
    size_t len = 7;

    CHECK(hc_response_url(response, &len) == NULL);
    CHECK_INT(len, 0);
    CHECK_INT(hc_response_set_limit(response, 99, 1), HC_ERR_INVALID_ARGUMENT);
    CHECK_STR(hc_response_error_message(response), "unknown limit");
    CHECK_INT(hc_response_set_limit(response, HC_LIMIT_LINE, 0), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_response_set_limit(response, HC_LIMIT_LINE, 20), HC_OK);
    CHECK_INT(hc_response_set_trace(response, count_heads, &seen), HC_OK);
    CHECK_INT(hc_response_set_debuglevel(response, 0), HC_OK);
    CHECK_INT(hc_response_set_trace(response, count_heads, &seen), HC_OK);
    CHECK_INT(hc_response_set_deadline(response, -2), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_response_set_deadline(response, PATIENCE_MS), HC_OK);
    CHECK_INT(hc_response_set_cancel(response, NULL), HC_OK);
    CHECK_INT(hc_response_begin(response), HC_OK);
    CHECK_INT(seen.heads, 2);
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

static void limits(void) {
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

    for (i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
        recording it = new_recording();
        hc_response *response = answer_to("GET", &it);

        it.stutters = i % 2 == 1;
        CHECK_INT(hc_response_set_limit(response, cases[i / 2].which, cases[i / 2].most), HC_OK);
        CHECK_INT(begin(response), cases[i / 2].code);
        CHECK_INT(hc_response_free(response), HC_OK);
    }
}

/* A wait in the head leaves the settings open, and they hold for the rest. */
static void settings_between_two_waits(void) {
    size_t at;

    for (at = 0; at < strlen(answer) - strlen("hello"); at++) {
        recording it = new_recording();
        hc_response *response = answer_to("GET", &it);
        watch seen = {response, 0};

        it.pause = answer + at;
        CHECK_INT(hc_response_begin(response), HC_WOULD_BLOCK);
        CHECK_INT(hc_response_set_trace(response, count_heads, &seen), HC_OK);
        CHECK_INT(hc_response_begin(response), HC_OK);
        CHECK(seen.heads == 1 || seen.heads == 2);
        CHECK_INT(hc_response_set_trace(response, NULL, NULL), HC_ERR_STATE);
        CHECK_BODY(response, "hello");
        CHECK_INT(hc_response_free(response), HC_OK);
    }
}

static void deadlines_and_cancels(void) {
    hc_cancel_handle *cancel = NULL;
    recording it = new_recording();
    hc_response *response = answer_to("GET", &it);

    CHECK_INT(hc_response_set_deadline(response, 0), HC_OK);
    CHECK_INT(hc_response_begin(response), HC_ERR_DEADLINE);
    CHECK_INT(hc_response_set_deadline(response, -1), HC_OK);
    CHECK_INT(hc_response_begin(response), HC_OK);
    CHECK_BODY(response, "hello");
    CHECK_INT(hc_response_free(response), HC_OK);

    /* A cancel in the body. */
    it = new_recording();
    it.pause = answer + strlen(answer) - 1;
    response = answer_to("GET", &it);
    CHECK_INT(hc_cancel_new(&cancel), HC_OK);
    CHECK_INT(hc_response_set_cancel(response, cancel), HC_OK);
    CHECK_INT(hc_response_begin(response), HC_OK);
    CHECK_INT(hc_cancel(cancel), HC_OK);
    CHECK_INT(hc_response_read_all(response, 100, &(const char *){NULL}, NULL), HC_ERR_CANCELLED);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_cancel_free(cancel), HC_OK);
}

static void debug_levels(void) {
    recording it = new_recording();
    hc_response *response = answer_to("GET", &it);
    char text[4096];
    printed to;

    CHECK_INT(hc_response_debuglevel(response), 0);
    CHECK_INT(hc_response_set_debuglevel(response, 3), HC_OK);
    CHECK_INT(hc_response_debuglevel(response), 3);
    to = print_to_file();
    CHECK_INT(hc_response_begin(response), HC_OK);
    print_again(to, text, sizeof text);
    CHECK(strstr(text, "reply: 'HTTP/1.1 200 OK\\r\\n'\n") != NULL);
    CHECK(strstr(text, "header: A: a long value\n") != NULL);
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
    end(conn, peer);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(whole_and_byte_by_byte), TEST(cut_everywhere), TEST(framed_by_the_method),
        TEST(to_a_method_that_is_not_known), TEST(until_the_end_of_the_recording), TEST(failures),
        TEST(arguments), TEST(settings), TEST(limits), TEST(settings_between_two_waits),
        TEST(deadlines_and_cancels), TEST(debug_levels), TEST(not_for_a_response_with_a_connection),
    };
    return RUN_TESTS(tests, argc, argv);
}
