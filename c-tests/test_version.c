/* The version of the header and of the library, and what the library was built with. */
#include "client.h"

#include <stdio.h>

static void the_header_agrees_with_itself(void) {
    char text[32];

    sprintf(text, "%d.%d.%d", HC_VERSION_MAJOR, HC_VERSION_MINOR, HC_VERSION_PATCH);
    CHECK_STR(HC_VERSION_STRING, text);
    CHECK_INT(HC_VERSION_NUMBER,
              HC_VERSION_MAJOR * 1000000 + HC_VERSION_MINOR * 1000 + HC_VERSION_PATCH);
}

/* The tests run with the library that their header is of. */
static void the_library_is_the_headers(void) {
    CHECK_STR(hc_version_string(), HC_VERSION_STRING);
    CHECK_INT(hc_version_number(), HC_VERSION_NUMBER);
    CHECK(hc_version_string() == hc_version_string());
}

static void features(void) {
    const uint32_t tls = HC_FEATURE_TLS, aws = HC_FEATURE_AWS_LC;

    /* This program has sockets to talk to. */
    CHECK(hc_features() & HC_FEATURE_STD);
    CHECK(!(hc_features() & aws) || (hc_features() & tls));
    CHECK_INT(hc_features(), hc_features());
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(the_header_agrees_with_itself),
        TEST(the_library_is_the_headers),
        TEST(features),
    };
    return RUN_TESTS(tests, argc, argv);
}
