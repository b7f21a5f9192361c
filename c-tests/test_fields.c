/* Header blocks by themselves: hc_headers. */
#include "client.h"

static hc_headers *parse(const char *block, size_t len, size_t taken) {
    hc_headers *headers = NULL;
    size_t count = 99;

    CHECK_INT(hc_headers_parse(block, len, &headers, &count), HC_OK);
    CHECK_INT(count, taken);
    return headers;
}

static void check_at(const hc_headers *headers, size_t index, const char *name, const char *value) {
    const char *n = NULL;
    const char *v = NULL;
    size_t n_len = 99;
    size_t v_len = 99;

    REQUIRE(CHECK_INT(hc_headers_at(headers, index, &n, &n_len, &v, &v_len), HC_OK));
    CHECK_STR(n, name);
    CHECK_INT(n_len, strlen(name));
    CHECK_STR(v, value);
    CHECK_INT(v_len, strlen(value));
}

static void order_case_and_repetitions(void) {
    static const char block[] = "X-First: 1\r\nset-cookie: a=1\r\nSET-COOKIE:  b=2 \r\nEmpty:\r\n"
                                "Folded: a\r\n b\r\n\r\nwhat follows: is left\r\n";
    size_t len = strlen("what follows: is left\r\n");
    hc_headers *headers = parse(block, sizeof block - 1, sizeof block - 1 - len);
    const char *joined;

    CHECK_INT(hc_headers_count(headers), 5);
    check_at(headers, 0, "X-First", "1");
    check_at(headers, 1, "set-cookie", "a=1");
    check_at(headers, 2, "SET-COOKIE", "b=2");
    check_at(headers, 3, "Empty", "");
    check_at(headers, 4, "Folded", "a   b");
    joined = hc_headers_get(headers, "Set-Cookie", &len);
    CHECK_STR(joined, "a=1, b=2");
    CHECK_INT(len, 8);
    CHECK(hc_headers_get(headers, "set-cookie", NULL) == joined);
    CHECK_STR(hc_headers_get(headers, "x-first", NULL), "1");
    CHECK_STR(hc_headers_get(headers, "EMPTY", &len), "");
    CHECK_INT(len, 0);
    CHECK(hc_headers_get(headers, "other", &len) == NULL);
    CHECK(hc_headers_get(headers, NULL, NULL) == NULL);
    CHECK_INT(hc_headers_at(headers, 5, NULL, NULL, NULL, &len), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_headers_at(headers, 0, NULL, NULL, NULL, NULL), HC_OK);
    CHECK_INT(hc_headers_free(headers), HC_OK);
    CHECK_INT(hc_headers_free(headers), HC_ERR_INVALID_HANDLE);
    CHECK_INT(hc_headers_count(headers), 0);
    CHECK_INT(hc_headers_free(NULL), HC_OK);
    CHECK_INT(hc_headers_count(NULL), 0);
    CHECK(hc_headers_get(NULL, "a", NULL) == NULL);
}

static void nothing_but_the_end(void) {
    hc_headers *headers = parse("\r\n", 2, 2);

    CHECK_INT(hc_headers_count(headers), 0);
    CHECK_INT(hc_headers_free(headers), HC_OK);
    headers = parse("A: b\n\nmore", 10, 6);
    check_at(headers, 0, "A", "b");
    CHECK_INT(hc_headers_free(headers), HC_OK);
}

#define CHECK_REFUSED(block, len, code) check_refused((block), (len), (code), __LINE__)

static void check_refused(const char *block, size_t len, hc_error code, int line) {
    hc_headers *headers = (hc_headers *)&code;
    size_t taken = 99;

    check_int(hc_headers_parse(block, len, &headers, &taken), code, "refused", __FILE__, line);
    check_true(headers == NULL && taken == 0, "nothing was made", __FILE__, line);
}

/* A block that is cut anywhere is incomplete, and nothing else. */
static void cut_at_every_byte(void) {
    static const char block[] = "A: b\r\nCc:\td e\r\n\r\n";
    size_t len;

    for (len = 0; len < sizeof block - 1; len++) {
        CHECK_REFUSED(block, len, HC_ERR_INCOMPLETE_READ);
    }
    CHECK_REFUSED(NULL, 0, HC_ERR_INCOMPLETE_READ);
    CHECK_INT(hc_headers_free(parse(block, len, len)), HC_OK);
}

static void what_is_refused(void) {
    static char large[70000];
    static char many[2000];
    size_t i;

    CHECK_REFUSED("no colon\r\n\r\n", 12, HC_ERR_BAD_HEADER);
    CHECK_REFUSED("A : b\r\n\r\n", 9, HC_ERR_BAD_HEADER);
    CHECK_REFUSED(" A: b\r\n\r\n", 9, HC_ERR_BAD_HEADER);
    CHECK_REFUSED("A: \0\r\n\r\n", 8, HC_ERR_BAD_HEADER);
    CHECK_REFUSED("A: b\rC: d\r\n\r\n", 13, HC_ERR_BAD_HEADER);
    memset(large, 'x', sizeof large);
    memcpy(large, "A: ", 3);
    CHECK_REFUSED(large, sizeof large, HC_ERR_LINE_TOO_LONG);
    for (i = 0; i < 150; i++) {
        memcpy(many + 6 * i, "A: b\r\n", 6);
    }
    memcpy(many + 6 * i, "\r\n", 2);
    CHECK_REFUSED(many, 6 * i + 2, HC_ERR_TOO_MANY_HEADERS);
    CHECK_REFUSED(NULL, 1, HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_headers_parse("\r\n", 2, NULL, NULL), HC_ERR_INVALID_ARGUMENT);
}

static void another_handle(void) {
    hc_headers *headers = parse("A: b\r\n\r\n", 8, 8);

    CHECK_INT(hc_conn_free((hc_conn *)headers), HC_ERR_INVALID_HANDLE);
    CHECK_INT(hc_response_free((hc_response *)headers), HC_ERR_INVALID_HANDLE);
    CHECK_INT(hc_headers_count(headers), 1);
    CHECK_INT(hc_headers_free(headers), HC_OK);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(order_case_and_repetitions),
        TEST(nothing_but_the_end),
        TEST(cut_at_every_byte),
        TEST(what_is_refused),
        TEST(another_handle),
    };

    return RUN_TESTS(tests, argc, argv);
}
