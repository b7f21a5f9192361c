/* Responses without a connection: from memory, whole, byte by byte, and cut at every place. */
#include "client.h"

static const char chunked[] = "HTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\n"
                              "HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\nA: b\r\n\r\n"
                              "3\r\nabc\r\n2;x\r\nde\r\n0\r\nT: 1\r\n\r\n";

typedef struct {
    const char *text;
    size_t len;
    size_t at;
    bool stutters; /* a byte at a time, and would block before each */
    bool paused;
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
    if (count == 0) {
        return it->at_the_end;
    }
    if (it->stutters) {
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

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(whole_and_byte_by_byte), TEST(cut_everywhere), TEST(framed_by_the_method),
        TEST(to_a_method_that_is_not_known),
        TEST(until_the_end_of_the_recording), TEST(failures), TEST(arguments),
    };
    return RUN_TESTS(tests, argc, argv);
}
