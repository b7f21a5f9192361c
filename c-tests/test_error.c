/* Error codes: their names, their texts and their families. */
#include "client.h"

static void names_and_texts(void) {
    int32_t code;
    int named = 0;

    CHECK_STR(hc_error_name(HC_OK), "HC_OK");
    CHECK_STR(hc_error_name(HC_WOULD_BLOCK), "HC_WOULD_BLOCK");
    CHECK_STR(hc_error_name(HC_ERR_INCOMPLETE_READ), "HC_ERR_INCOMPLETE_READ");
    CHECK_STR(hc_error_name(HC_ERR_TLS_CONFIG), "HC_ERR_TLS_CONFIG");
    for (code = -1000; code < 1000; code++) {
        bool known = strcmp(hc_error_name(code), "unknown") != 0;

        named += known;
        CHECK(hc_error_string(code) != NULL && strlen(hc_error_string(code)) > 0);
        /* Every code is in its own family; what is no code is in none. */
        CHECK_INT(hc_error_is(code, code), known && code != HC_OK);
    }
    CHECK(named > 50);
    CHECK_STR(hc_error_name(INT32_MIN), "unknown");
    CHECK_STR(hc_error_name(INT32_MAX), "unknown");
}

static void families(void) {
    CHECK(hc_error_is(HC_ERR_CANNOT_SEND_REQUEST, HC_ERR_IMPROPER_CONNECTION_STATE));
    CHECK(hc_error_is(HC_ERR_CANNOT_SEND_REQUEST, HC_ERR_HTTP));
    CHECK(hc_error_is(HC_ERR_REMOTE_DISCONNECTED, HC_ERR_BAD_STATUS_LINE));
    CHECK(hc_error_is(HC_ERR_REMOTE_DISCONNECTED, HC_ERR_CONNECTION_RESET));
    CHECK(hc_error_is(HC_ERR_REMOTE_DISCONNECTED, HC_ERR_HTTP));
    CHECK(hc_error_is(HC_ERR_REMOTE_DISCONNECTED, HC_ERR_OS));
    CHECK(hc_error_is(HC_ERR_DEADLINE, HC_ERR_TIMEOUT));
    CHECK(hc_error_is(HC_ERR_TLS_CONFIG, HC_ERR_OS));
    CHECK(!hc_error_is(HC_ERR_HTTP, HC_ERR_CANNOT_SEND_REQUEST));
    CHECK(!hc_error_is(HC_ERR_TIMEOUT, HC_ERR_HTTP));
    CHECK(!hc_error_is(HC_OK, HC_ERR_HTTP));
    CHECK(!hc_error_is(9999, 9999));
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(names_and_texts),
        TEST(families),
    };
    return RUN_TESTS(tests, argc, argv);
}
