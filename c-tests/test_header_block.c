/* Header blocks that are parsed by themselves. */
#include "client.h"

#include <stdlib.h>

static hc_headers *parse(const char *block, size_t *taken) {
    hc_headers *headers = NULL;

    CHECK_INT(hc_headers_parse(block, strlen(block), &headers, taken), HC_OK);
    return headers;
}

static void check_field(const hc_headers *headers, size_t index, const char *name,
                        const char *value) {
    const char *n = NULL;
    const char *v = NULL;
    size_t n_len = 99;
    size_t v_len = 99;

    REQUIRE(hc_headers_at(headers, index, &n, &n_len, &v, &v_len) == HC_OK);
    CHECK_STR(n, name);
    CHECK_INT(n_len, strlen(name));
    CHECK_STR(v, value);
    CHECK_INT(v_len, strlen(value));
}

static void fields_in_order(void) {
    static const char block[] = "Vary: a\r\nOne:1\r\nvary: \tb, c \r\nEmpty:\r\n\r\n";
    size_t taken = 0;
    size_t len = 99;
    hc_headers *headers;
    const char *joined;
    char whole[sizeof block + 8];

    memcpy(whole, block, sizeof block);
    strcat(whole, "the body");
    headers = parse(whole, &taken);
    CHECK_INT(taken, sizeof block - 1);
    /* All was copied. */
    memset(whole, 'x', sizeof whole);
    CHECK_INT(hc_headers_count(headers), 4);
    check_field(headers, 0, "Vary", "a");
    check_field(headers, 1, "One", "1");
    check_field(headers, 2, "vary", "b, c");
    check_field(headers, 3, "Empty", "");
    joined = hc_headers_get(headers, "VARY", &len);
    CHECK_STR(joined, "a, b, c");
    CHECK_INT(len, 7);
    CHECK_STR(hc_headers_get(headers, "one", NULL), "1");
    CHECK(hc_headers_get(headers, "Vary", NULL) == joined);
    CHECK_STR(hc_headers_get(headers, "empty", &len), "");
    CHECK_INT(len, 0);
    len = 99;
    CHECK_STR(hc_headers_get(headers, "absent", &len), NULL);
    CHECK_INT(len, 0);
    CHECK_STR(hc_headers_get(headers, NULL, NULL), NULL);
    CHECK_INT(hc_headers_free(headers), HC_OK);
}

static void a_block_without_fields(void) {
    size_t taken = 0;
    hc_headers *headers = parse("\r\nFirst: 1\r\n\r\n", &taken);

    CHECK_INT(taken, 2);
    CHECK_INT(hc_headers_count(headers), 0);
    CHECK_INT(hc_headers_at(headers, 0, NULL, NULL, NULL, NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_headers_free(headers), HC_OK);
}

/* Cut anywhere, a block is incomplete; nothing behind what there is may be looked at. */
static void cut_blocks(void) {
    static const char block[] = "A: 1\r\nB: 2\r\n 3\r\n\r\n";
    size_t len;

    for (len = 0; len < sizeof block - 1; len++) {
        char *cut = malloc(len > 0 ? len : 1);
        hc_headers *headers = (hc_headers *)&len;
        size_t taken = 99;

        REQUIRE(cut != NULL);
        memcpy(cut, block, len);
        CHECK_INT(hc_headers_parse(cut, len, &headers, &taken), HC_ERR_INCOMPLETE_READ);
        CHECK(headers == NULL);
        CHECK_INT(taken, 0);
        free(cut);
    }
}

static hc_error refusal(const char *block, size_t len) {
    hc_headers *headers = NULL;
    hc_error code = hc_headers_parse(block, len, &headers, NULL);

    CHECK(headers == NULL);
    return code;
}

static void refused_blocks(void) {
    enum { LINE = 65536, FIELDS = 1001, FIELD = 6 };
    static char line[LINE + 16];
    static char many[FIELDS * FIELD + 3];
    size_t i;

    CHECK_INT(refusal("no colon\r\n\r\n", 12), HC_ERR_BAD_HEADER);
    CHECK_INT(refusal("A : 1\r\n\r\n", 9), HC_ERR_BAD_HEADER);
    CHECK_INT(refusal(" A: 1\r\n\r\n", 9), HC_ERR_BAD_HEADER);
    CHECK_INT(refusal("A: \0\r\n\r\n", 8), HC_ERR_BAD_HEADER);
    /* A line that is too long is so before it ends. */
    memset(line, 'a', sizeof line);
    CHECK_INT(refusal(line, sizeof line), HC_ERR_LINE_TOO_LONG);
    for (i = 0; i < FIELDS; i++) {
        memcpy(many + i * FIELD, "A: 1\r\n", FIELD);
    }
    memcpy(many + FIELDS * FIELD, "\r\n", 3);
    CHECK_INT(refusal(many, FIELDS * FIELD + 2), HC_ERR_TOO_MANY_HEADERS);
    CHECK_INT(refusal(many + FIELD, (FIELDS - 1) * FIELD), HC_ERR_INCOMPLETE_READ);
}

static void loosened_rules(void) {
    static const char block[] = "a/b: 1\r\n: x\r\nC: d\r\r\n\r\n";
    hc_headers *headers = NULL;
    size_t taken = 99;

    CHECK_INT(hc_headers_parse_lenient(block, strlen(block), 0, &headers, &taken), HC_ERR_BAD_HEADER);
    CHECK_INT(taken, 0);
    CHECK_INT(hc_headers_parse_lenient(block, strlen(block), 1u << 31, &headers, &taken), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_headers_parse_lenient(block, strlen(block),
                                       HC_LENIENT_FIELD_NAME | HC_LENIENT_NAMELESS_FIELD | HC_LENIENT_BARE_CR, &headers,
                                       &taken),
              HC_OK);
    CHECK_INT(taken, strlen(block));
    CHECK_INT(hc_headers_count(headers), 2);
    CHECK_STR(hc_headers_get(headers, "A/B", NULL), "1");
    CHECK_STR(hc_headers_get_bytes(headers, "C+", 1, &taken), "d");
    CHECK_INT(taken, 1);
    CHECK(hc_headers_get_bytes(headers, "C\0", 2, NULL) == NULL);
    CHECK(hc_headers_get_bytes(headers, NULL, 1, NULL) == NULL);
    CHECK_INT(hc_headers_free(headers), HC_OK);
    CHECK_INT(hc_headers_parse_lenient("A:\r\n b \r\n\r\n", 12, HC_LENIENT_RAW_VALUES, &headers, NULL), HC_OK);
    CHECK_STR(hc_headers_get(headers, "A", NULL), "\r\n b ");
    CHECK_INT(hc_headers_free(headers), HC_OK);
}

static void arguments(void) {
    hc_headers *headers = NULL;
    size_t taken = 99;

    CHECK_INT(hc_headers_parse(NULL, 4, &headers, &taken), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(taken, 0);
    CHECK_INT(hc_headers_parse("\r\n", 2, NULL, &taken), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_headers_parse(NULL, 0, &headers, &taken), HC_ERR_INCOMPLETE_READ);
    CHECK_INT(hc_headers_free(NULL), HC_OK);
    CHECK_INT(hc_headers_count(NULL), 0);
    CHECK_STR(hc_headers_get(NULL, "A", NULL), NULL);
    CHECK_INT(hc_headers_at(NULL, 0, NULL, NULL, NULL, NULL), HC_ERR_INVALID_ARGUMENT);

    headers = parse("A: 1\r\n\r\n", NULL);
    CHECK_INT(hc_response_free((hc_response *)headers), HC_ERR_INVALID_HANDLE);
    CHECK_INT(hc_headers_free(headers), HC_OK);
    CHECK_INT(hc_headers_free(headers), HC_ERR_INVALID_HANDLE);
    CHECK_INT(hc_headers_count(headers), 0);
    CHECK_STR(hc_headers_get(headers, "A", NULL), NULL);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(fields_in_order), TEST(a_block_without_fields), TEST(cut_blocks),
        TEST(refused_blocks),  TEST(loosened_rules), TEST(arguments),
    };

    return RUN_TESTS(tests, argc, argv);
}
