/* Status codes and their standard reasons. */
#include "client.h"

static void registered(void) {
    static const struct {
        int32_t code;
        const char *reason;
    } cases[] = {
        {HC_STATUS_CONTINUE, "Continue"},
        {HC_STATUS_EARLY_HINTS, "Early Hints"},
        {HC_STATUS_OK, "OK"},
        {HC_STATUS_IM_USED, "IM Used"},
        {HC_STATUS_NOT_FOUND, "Not Found"},
        {HC_STATUS_IM_A_TEAPOT, "I'm a Teapot"},
        {HC_STATUS_CONTENT_TOO_LARGE, "Content Too Large"},
        {HC_STATUS_REQUEST_ENTITY_TOO_LARGE, "Content Too Large"},
        {HC_STATUS_NETWORK_AUTHENTICATION_REQUIRED, "Network Authentication Required"},
    };
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_STR(hc_status_reason(cases[i].code), cases[i].reason);
    }
}

/* Whatever is asked: a static text for what is registered, and NULL for all else. */
static void every_number(void) {
    int32_t code;
    int known = 0;

    for (code = -10; code < 2000; code++) {
        const char *reason = hc_status_reason(code);

        CHECK(reason == NULL || (code >= 100 && code <= 511 && strlen(reason) > 1));
        CHECK(reason == hc_status_reason(code));
        known += reason != NULL;
    }
    CHECK(known > 60);
    CHECK(hc_status_reason(INT32_MIN) == NULL);
    CHECK(hc_status_reason(INT32_MAX) == NULL);
    CHECK(hc_status_reason(306) == NULL);
}

/* What a server says itself is the response's, and nothing that is looked up. */
static void of_a_response(void) {
    server *peer = server_start("read-head\nsend \"HTTP/1.1 404 Gone Fishing|"
                                "Content-Length: 0||\"\nwait-close\n");
    hc_conn *conn = connect_to(peer);
    hc_response *response = get(conn, "/");

    CHECK_INT(hc_response_status(response), HC_STATUS_NOT_FOUND);
    CHECK_STR(hc_response_reason(response, NULL), "Gone Fishing");
    CHECK_STR(hc_status_reason(hc_response_status(response)), "Not Found");
    CHECK_INT(hc_response_free(response), HC_OK);
    end(conn, peer);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(registered),
        TEST(every_number),
        TEST(of_a_response),
    };
    return RUN_TESTS(tests, argc, argv);
}
