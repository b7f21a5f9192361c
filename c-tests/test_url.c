/* URLs: their parts, what is refused and where, and the texts for opening and requesting. */
#include "client.h"

#include <stdio.h>

#define PART(url, part, expected)                                          \
    check_part((url).part, (url).part##_len, (expected), #part, __FILE__, __LINE__)

/* A part is absent, or it points into the URL and has a length. */
static void check_part(const char *part, size_t len, const char *expected, const char *what,
                       const char *file, int line) {
    if (expected == NULL) {
        check_true(part == NULL && len == 0, what, file, line);
    } else {
        check_mem(part, len, expected, strlen(expected), what, file, line);
    }
}

static hc_url parse(const char *text, hc_error code) {
    hc_url url;

    memset(&url, 0x55, sizeof url);
    url.size = sizeof url;
    if (!CHECK_INT(hc_url_parse(text, &url), code)) {
        puts(text);
    }
    CHECK_INT(url.size, sizeof url);
    return url;
}

static void all_parts(void) {
    hc_url url = parse("hTTps://me:pw%20@[2001:DB8::1]:8443/a%2Fb/?q=1&r?#end", HC_OK);

    PART(url, scheme, "hTTps");
    PART(url, userinfo, "me:pw%20");
    PART(url, host, "2001:DB8::1");
    PART(url, path, "/a%2Fb/");
    PART(url, query, "q=1&r?");
    PART(url, fragment, "end");
    CHECK_INT(url.host_kind, HC_HOST_IPV6);
    CHECK_INT(url.port, 8443);
    CHECK(url.https);
    CHECK(url.error_message == NULL);
    CHECK_INT(url.error_offset, 0);
}

static void absent_and_empty_parts(void) {
    hc_url url = parse("http://h", HC_OK);

    PART(url, userinfo, NULL);
    PART(url, path, "");
    PART(url, query, NULL);
    PART(url, fragment, NULL);
    CHECK_INT(url.host_kind, HC_HOST_NAME);
    CHECK_INT(url.port, 80);
    CHECK(!url.https);

    url = parse("https://@192.0.2.1:/?#", HC_OK);
    PART(url, userinfo, "");
    CHECK(url.userinfo != NULL);
    PART(url, host, "192.0.2.1");
    PART(url, path, "/");
    PART(url, query, "");
    CHECK(url.query != NULL && url.fragment != NULL);
    PART(url, fragment, "");
    CHECK_INT(url.host_kind, HC_HOST_IPV4);
    CHECK_INT(url.port, 443);

    CHECK_INT(parse("http://h:1/", HC_OK).port, 1);
    CHECK_INT(parse("http://h:65535/", HC_OK).port, 65535);
}

static void refusals(void) {
    static const struct {
        const char *text;
        size_t offset;
    } cases[] = {
        {"http://h/a b", 10},       {"http://h/\t", 9},        {"http://h/\x7f", 9},
        {"http://h/caf\xc3\xa9", 12}, {"http://h\\x/", 8},       {"http://h/%4", 9},
        {"http://h/?%zz", 10},      {"http:///x", 7},          {"http://:80/", 7},
        {"http://h:0/", 9},         {"http://h:65536/", 9},    {"http://h:8a/", 10},
        {"http://[::1/", 11},        {"http://[::g]/", 8},      {"ftp://h/", 0},
        {"h/x", 0},                 {"", 0},
    };
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        hc_url url = parse(cases[i].text, HC_ERR_INVALID_URL);
        char buffer[64] = "as it was";

        CHECK(url.error_message != NULL && strlen(url.error_message) > 0);
        CHECK(url.error_offset <= strlen(cases[i].text));
        if (!CHECK_INT(url.error_offset, cases[i].offset)) {
            printf("    %s: %s\n", cases[i].text, url.error_message);
        }
        PART(url, scheme, NULL);
        PART(url, host, NULL);
        PART(url, path, NULL);
        /* Nor does it become a request. */
        CHECK_INT(hc_url_copy_host(&url, buffer, sizeof buffer), HC_ERR_INVALID_ARGUMENT);
        CHECK_INT(hc_url_copy_target(&url, buffer, sizeof buffer), HC_ERR_INVALID_ARGUMENT);
        CHECK_STR(buffer, "as it was");
    }
}

static void arguments(void) {
    char buffer[16];
    struct {
        hc_url url;
        char later_fields[32];
    } newer;
    hc_url url;

    memset(&url, 0, sizeof url);
    CHECK_INT(hc_url_parse("http://h", &url), HC_ERR_INVALID_ARGUMENT);
    CHECK(url.host == NULL);
    CHECK_INT(hc_url_parse("http://h", NULL), HC_ERR_INVALID_ARGUMENT);
    url.size = sizeof url;
    CHECK_INT(hc_url_parse(NULL, &url), HC_ERR_INVALID_ARGUMENT);
    /* A program built with a newer header: what this library does not know is left alone. */
    memset(&newer, 0x55, sizeof newer);
    newer.url.size = sizeof newer;
    CHECK_INT(hc_url_parse("http://h", &newer.url), HC_OK);
    CHECK_INT(newer.later_fields[0], 0x55);

    url = parse("http://h", HC_OK);
    CHECK_INT(hc_url_copy_host(NULL, buffer, sizeof buffer), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_url_copy_host(&url, NULL, sizeof buffer), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_url_copy_target(NULL, buffer, sizeof buffer), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_url_copy_target(&url, NULL, sizeof buffer), HC_ERR_INVALID_ARGUMENT);
}

/* One byte too few is refused with nothing written, and as many as needed suffice. */
static void copies(void) {
    static const struct {
        const char *text;
        const char *host;
        const char *target;
    } cases[] = {
        {"http://h", "h", "/"},
        {"http://h?q", "h", "/?q"},
        {"http://[::1]:8/a?#f", "::1", "/a?"},
        {"https://u@example.org/a/b;c?d=e#f", "example.org", "/a/b;c?d=e"},
    };
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        hc_url url = parse(cases[i].text, HC_OK);
        size_t host_len = strlen(cases[i].host), target_len = strlen(cases[i].target);
        char buffer[64] = "as it was";

        CHECK_INT(hc_url_copy_host(&url, buffer, host_len), HC_ERR_TOO_LARGE);
        CHECK_INT(hc_url_copy_target(&url, buffer, target_len), HC_ERR_TOO_LARGE);
        CHECK_INT(hc_url_copy_target(&url, buffer, 0), HC_ERR_TOO_LARGE);
        CHECK_STR(buffer, "as it was");
        CHECK_INT(hc_url_copy_host(&url, buffer, host_len + 1), HC_OK);
        CHECK_STR(buffer, cases[i].host);
        CHECK_INT(hc_url_copy_target(&url, buffer, target_len + 1), HC_OK);
        CHECK_STR(buffer, cases[i].target);
        /* The documented size. */
        CHECK_INT(hc_url_copy_host(&url, buffer, strlen(cases[i].text)), HC_OK);
        CHECK_INT(hc_url_copy_target(&url, buffer, strlen(cases[i].text)), HC_OK);
    }
}

static void from_a_url_to_a_response(void) {
    server *peer = server_serve(NULL);
    char text[64], host[64], target[64];
    hc_conn *conn = NULL;
    hc_url url;

    sprintf(text, "http://127.0.0.1:%d/bytes/0?x#y", server_port(peer));
    url = parse(text, HC_OK);
    CHECK_INT(hc_url_copy_host(&url, host, sizeof host), HC_OK);
    CHECK_INT(hc_url_copy_target(&url, target, sizeof target), HC_OK);
    CHECK_INT(hc_conn_new(host, url.port, &conn), HC_OK);
    CHECK_GET(conn, target, 200, "");
    end(conn, peer);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(all_parts),  TEST(absent_and_empty_parts),   TEST(refusals), TEST(arguments),
        TEST(copies),     TEST(from_a_url_to_a_response),
    };
    return RUN_TESTS(tests, argc, argv);
}
