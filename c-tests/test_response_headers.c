/* Headers and trailers of a response: order, case, repetitions, lookup by name, and their texts. */
#include "client.h"

static hc_conn *conn;
static server *peer;

/* The response to a GET with this head and body. */
static hc_response *answer(const char *script) {
    peer = server_start(script);
    conn = connect_to(peer);
    return get(conn, "/");
}

static void finish(hc_response *response) {
    CHECK_INT(hc_response_free(response), HC_OK);
    end(conn, peer);
}

/* Checks one field, header or trailer. */
typedef hc_error field_at(const hc_response *, size_t, const char **, size_t *, const char **,
                          size_t *);

static void check_field(field_at *at, const hc_response *response, size_t index, const char *name,
                        const char *value) {
    const char *n = NULL;
    const char *v = NULL;
    size_t n_len = 99;
    size_t v_len = 99;

    REQUIRE(at(response, index, &n, &n_len, &v, &v_len) == HC_OK);
    CHECK_STR(n, name);
    CHECK_INT(n_len, strlen(name));
    CHECK_STR(v, value);
    CHECK_INT(v_len, strlen(value));
}

static void order_case_and_repetitions(void) {
    hc_response *response = answer("read-head\n"
                                   "send \"HTTP/1.1 200 OK|\"\n"
                                   "send \"X-First: 1|set-cookie: a=1|\"\n"
                                   "send \"SET-COOKIE: b=2|X-Empty:|\"\n"
                                   "send \"X-Blank:  \\t two words \\t |\"\n"
                                   "send \"Content-Length: 0||\"\n"
                                   "wait-close\n");

    CHECK_INT(hc_response_header_count(response), 6);
    check_field(hc_response_header_at, response, 0, "X-First", "1");
    check_field(hc_response_header_at, response, 1, "set-cookie", "a=1");
    check_field(hc_response_header_at, response, 2, "SET-COOKIE", "b=2");
    check_field(hc_response_header_at, response, 3, "X-Empty", "");
    check_field(hc_response_header_at, response, 4, "X-Blank", "two words");
    check_field(hc_response_header_at, response, 5, "Content-Length", "0");
    finish(response);
}

static void index_beyond_the_last(void) {
    const char *name = "untouched";
    const char *value = "untouched";
    size_t name_len = 1;
    size_t value_len = 1;
    hc_response *response = answer("read-head\nsend \"HTTP/1.1 204 OK|A: b||\"\n");

    CHECK_INT(hc_response_header_at(response, 1, &name, &name_len, &value, &value_len),
              HC_ERR_INVALID_ARGUMENT);
    CHECK_STR(name, NULL);
    CHECK_STR(value, NULL);
    CHECK_INT(name_len, 0);
    CHECK_INT(value_len, 0);
    CHECK(strlen(hc_response_error_message(response)) > 0);
    CHECK_INT(hc_response_header_at(response, (size_t)-1, NULL, NULL, NULL, NULL),
              HC_ERR_INVALID_ARGUMENT);
    /* Nobody has to want all four. */
    CHECK_INT(hc_response_header_at(response, 0, NULL, NULL, NULL, NULL), HC_OK);
    CHECK_INT(hc_response_header_at(response, 0, &name, NULL, NULL, &value_len), HC_OK);
    CHECK_STR(name, "A");
    CHECK_INT(value_len, 1);
    finish(response);
}

static void lookup_by_name_joins(void) {
    size_t len = 99;
    const char *joined;
    hc_response *response = answer("read-head\n"
                                   "send \"HTTP/1.1 204 OK|Vary: a|One: 1|\"\n"
                                   "send \"vary: |VARY: b, c|Empty:||\"\n");

    joined = hc_response_getheader(response, "vArY", &len);
    CHECK_STR(joined, "a, , b, c");
    CHECK_INT(len, strlen("a, , b, c"));
    /* The text stays where it is, also after the next question. */
    CHECK_STR(hc_response_getheader(response, "ONE", NULL), "1");
    CHECK(hc_response_getheader(response, "Vary", NULL) == joined);
    CHECK_STR(hc_response_getheader(response, "empty", &len), "");
    CHECK_INT(len, 0);
    len = 99;
    CHECK_STR(hc_response_getheader(response, "absent", &len), NULL);
    CHECK_INT(len, 0);
    CHECK_STR(hc_response_getheader(response, "", NULL), NULL);
    CHECK_STR(hc_response_getheader(response, "Var", NULL), NULL);
    CHECK_STR(hc_response_getheader(response, NULL, &len), NULL);
    CHECK_STR(hc_response_getheader_bytes(response, "One-", 3, &len), "1");
    CHECK_INT(len, 1);
    CHECK_STR(hc_response_getheader_bytes(response, "One\0", 4, &len), NULL);
    CHECK_INT(len, 0);
    CHECK_STR(hc_response_getheader_bytes(response, NULL, 3, NULL), NULL);
    CHECK_STR(hc_response_getheader_bytes(response, NULL, 0, NULL), NULL);
    finish(response);
}

static void joined_empty_values(void) {
    hc_response *response =
        answer("read-head\nsend \"HTTP/1.1 204 OK|A:|a: x|B:|b:||\"\n");

    /* Python: ", ".join(["", "x"]). */
    CHECK_STR(hc_response_getheader(response, "a", NULL), ", x");
    CHECK_STR(hc_response_getheader(response, "b", NULL), ", ");
    finish(response);
}

static void folded_and_8_bit_values(void) {
    hc_response *response = answer("read-head\n"
                                   "send \"HTTP/1.1 204 OK|Name: caf\\xe9|\"\n"
                                   "send \"Folded: one|  two||\"\n");

    CHECK_STR(hc_response_getheader(response, "name", NULL), "caf\xe9");
    CHECK(hc_response_getheader(response, "folded", NULL) != NULL);
    CHECK(strchr(hc_response_getheader(response, "folded", NULL), '\n') == NULL);
    finish(response);
}

static void trailers_are_apart(void) {
    hc_response *response =
        answer("read-head\n"
               "send \"HTTP/1.1 200 OK|Transfer-Encoding: chunked|A: head||\"\n"
               "send \"3|abc|0|A: trailer|B: 2|b: 3||\"\n"
               "wait-close\n");

    CHECK_INT(hc_response_trailer_count(response), 0);
    CHECK_INT(hc_response_trailer_at(response, 0, NULL, NULL, NULL, NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_BODY(response, "abc");
    CHECK_INT(hc_response_trailer_count(response), 3);
    check_field(hc_response_trailer_at, response, 0, "A", "trailer");
    check_field(hc_response_trailer_at, response, 1, "B", "2");
    check_field(hc_response_trailer_at, response, 2, "b", "3");
    CHECK_INT(hc_response_header_count(response), 2);
    CHECK_STR(hc_response_getheader(response, "A", NULL), "head");
    CHECK_STR(hc_response_getheader(response, "B", NULL), NULL);
    finish(response);
}

/* Texts stay valid until the response is freed, whatever the connection does. */
static void texts_outlive_the_exchange(void) {
    const char *name = NULL;
    const char *value = NULL;
    const char *reason;
    hc_response *response = answer("read-head\n"
                                   "send \"HTTP/1.1 200 First|A: one|a: two|\"\n"
                                   "send \"Content-Length: 0||\"\n"
                                   "read-head\n"
                                   "send \"HTTP/1.1 200 Second|B: three|\"\n"
                                   "send \"Content-Length: 0||\"\n");
    hc_response *second;

    CHECK_INT(hc_response_header_at(response, 0, &name, NULL, &value, NULL), HC_OK);
    reason = hc_response_reason(response, NULL);
    CHECK_BODY(response, "");
    second = get(conn, "/");
    CHECK_STR(hc_response_reason(second, NULL), "Second");
    CHECK_INT(hc_conn_free(conn), HC_OK);
    conn = NULL;
    CHECK_STR(name, "A");
    CHECK_STR(value, "one");
    CHECK_STR(reason, "First");
    CHECK_STR(hc_response_getheader(response, "A", NULL), "one, two");
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_STR(hc_response_getheader(second, "B", NULL), "three");
    finish(second);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(order_case_and_repetitions),
        TEST(index_beyond_the_last),
        TEST(lookup_by_name_joins),
        TEST(joined_empty_values),
        TEST(folded_and_8_bit_values),
        TEST(trailers_are_apart),
        TEST(texts_outlive_the_exchange),
    };
    return RUN_TESTS(tests, argc, argv);
}
