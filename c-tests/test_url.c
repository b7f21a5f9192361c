/* URLs: their parts, what is refused and where, the texts for opening and requesting; references, repairs, escapes. */
#include "client.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

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

/* --- Functions that give a text ------------------------------------------------------------------ */

/* What such a function is given, and which it is. */
typedef struct {
    hc_error (*call)(const void *of, char *buffer, size_t capacity, size_t *len);
    const void *of;
} giving;

/* The function gives this text (NULL: fails with this code and length), whatever the capacity, and writes no byte
 * too many: the sanitizers and valgrind see that. */
static void check_given(giving from, const char *expected, size_t expected_len, const char *file, int line) {
    size_t len = 77, capacity;
    char small[4];

    check_int(from.call(from.of, NULL, 0, &len), HC_ERR_TOO_LARGE, "asking for the length", file, line);
    check_int((long long)len, (long long)expected_len, "the length", file, line);
    check_int(from.call(from.of, NULL, 0, NULL), HC_ERR_TOO_LARGE, "without a length", file, line);
    check_int(from.call(from.of, NULL, 1, NULL), HC_ERR_INVALID_ARGUMENT, "no buffer", file, line);
    for (capacity = expected_len > 2 ? expected_len - 2 : 1; capacity <= expected_len + 2; capacity++) {
        char *buffer = malloc(capacity);
        hc_error code;

        if (!check_true(buffer != NULL, "memory", file, line)) {
            return;
        }
        memset(buffer, 'x', capacity);
        len = 77;
        code = from.call(from.of, buffer, capacity, &len);
        check_int((long long)len, (long long)expected_len, "the length", file, line);
        if (capacity > expected_len) {
            check_int(code, HC_OK, "enough", file, line);
            check_mem(buffer, len, expected, expected_len, "the text", file, line);
            check_true(buffer[expected_len] == '\0', "a NUL behind the text", file, line);
        } else {
            check_int(code, HC_ERR_TOO_LARGE, "too small", file, line);
            check_true(buffer[0] == 'x' && buffer[capacity - 1] == 'x', "nothing written", file, line);
        }
        free(buffer);
    }
    memset(small, 'x', sizeof small);
    if (expected_len >= 1) {
        check_int(from.call(from.of, small, 1, NULL), HC_ERR_TOO_LARGE, "1 byte", file, line);
        check_true(small[0] == 'x' && small[1] == 'x', "nothing written", file, line);
    }
}

/* It refuses what it is given, with the buffer untouched, and tells where. */
static void check_refused(giving from, hc_error expected, size_t at, const char *file, int line) {
    char buffer[64] = "as it was";
    size_t len = 77;

    check_int(from.call(from.of, buffer, sizeof buffer, &len), expected, "refused", file, line);
    check_int((long long)len, (long long)at, "where", file, line);
    check_str(buffer, "as it was", "the buffer", file, line);
    check_int(from.call(from.of, buffer, sizeof buffer, NULL), expected, "without where", file, line);
    check_int(from.call(from.of, NULL, 0, &len), expected, "without a buffer", file, line);
}

/* `*len` stays as it was. */
enum { NOWHERE = 77 };

#define CHECK_GIVEN(from, expected) check_given((from), (expected), strlen(expected), __FILE__, __LINE__)
#define CHECK_REFUSED(from, code, at) check_refused((from), (code), (at), __FILE__, __LINE__)

typedef struct {
    const char *base;
    const char *text;
} reference;

static hc_error resolve(const void *of, char *buffer, size_t capacity, size_t *len) {
    const reference *from = of;

    return hc_url_resolve(from->base, from->text, buffer, capacity, len);
}

static hc_error repair(const void *of, char *buffer, size_t capacity, size_t *len) {
    const reference *from = of;

    return hc_url_repair(from->base, from->text, buffer, capacity, len, NULL);
}

typedef struct {
    const void *data;
    size_t len;
    int32_t encoding;
} bytes;

static hc_error encode(const void *of, char *buffer, size_t capacity, size_t *len) {
    const bytes *from = of;

    return hc_url_encode(from->data, from->len, from->encoding, buffer, capacity, len);
}

static hc_error decode(const void *of, char *buffer, size_t capacity, size_t *len) {
    const bytes *from = of;

    return hc_url_decode(from->data, from->len, from->encoding, buffer, capacity, len);
}

static hc_error encode_form(const void *of, char *buffer, size_t capacity, size_t *len) {
    return hc_url_encode_form(of, buffer, capacity, len);
}

static hc_error authorize(const void *of, char *buffer, size_t capacity, size_t *len) {
    const reference *from = of;

    return hc_basic_authorization(from->base, from->text, buffer, capacity, len);
}

static hc_error copy_authorization(const void *of, char *buffer, size_t capacity, size_t *len) {
    return hc_url_copy_authorization(of, buffer, capacity, len);
}

static giving resolving(const reference *from) { return (giving){resolve, from}; }
static giving repairing(const reference *from) { return (giving){repair, from}; }

/* --- References ---------------------------------------------------------------------------------- */

/* RFC 3986 sections 5.4.1 and 5.4.2. */
static void examples_of_rfc_3986(void) {
    static const char *const cases[][2] = {
        {"g:h", "g:h"},
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q#s"},
        {"g#s", "http://a/b/c/g#s"},
        {"g?y#s", "http://a/b/c/g?y#s"},
        {";x", "http://a/b/c/;x"},
        {"g;x", "http://a/b/c/g;x"},
        {"g;x?y#s", "http://a/b/c/g;x?y#s"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"../../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {".g", "http://a/b/c/.g"},
        {"g..", "http://a/b/c/g.."},
        {"..g", "http://a/b/c/..g"},
        {"./../g", "http://a/b/g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/./x", "http://a/b/c/g?y/./x"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"g#s/./x", "http://a/b/c/g#s/./x"},
        {"g#s/../x", "http://a/b/c/g#s/../x"},
        {"http:g", "http:g"},
    };
    size_t i;

    CHECK_INT(sizeof cases / sizeof *cases, 42);
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        const reference from = {"http://a/b/c/d;p?q", cases[i][0]};

        CHECK_GIVEN(resolving(&from), cases[i][1]);
    }
}

static void references_that_lead_nowhere(void) {
    static const struct {
        const char *text;
        size_t offset;
    } cases[] = {
        {" g", 0}, {"g h", 1}, {"/a\r\nX: y", 2}, {"\t", 0}, {"g\x7f", 1}, {"\xc3\xbc", 0}, {"a\\b", 1},
        {"a/%4", 2}, {"?a[]", 2}, {"#a#b", 2}, {":a", 0}, {"//h:0", 4}, {"//", 2}, {"http://h\\@i", 8},
    };
    static const char *const bases[] = {"", "h", "/a", "ftp://h/", "http://h/a b", "http:a", "http://"};
    const reference good = {"http://h/", "a"}, no_base = {NULL, "a"}, no_text = {"http://h/", NULL};
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        const reference from = {"http://h/a", cases[i].text};

        CHECK_REFUSED(resolving(&from), HC_ERR_INVALID_URL, cases[i].offset);
    }
    for (i = 0; i < sizeof bases / sizeof *bases; i++) {
        const reference from = {bases[i], "g"};

        CHECK_REFUSED(resolving(&from), HC_ERR_INVALID_ARGUMENT, NOWHERE);
    }
    CHECK_GIVEN(resolving(&good), "http://h/a");
    CHECK_REFUSED(resolving(&no_base), HC_ERR_INVALID_ARGUMENT, NOWHERE);
    CHECK_REFUSED(resolving(&no_text), HC_ERR_INVALID_ARGUMENT, NOWHERE);
}

/* The buffer may be that of either text. */
static void in_place(void) {
    char url[64] = "http://h/a/b?c", text[64] = "../d e";
    hc_url parsed = {0};

    CHECK_INT(hc_url_resolve(url, "../d#e", url, sizeof url, NULL), HC_OK);
    CHECK_STR(url, "http://h/d#e");
    CHECK_INT(hc_url_repair(url, text, text, sizeof text, NULL, NULL), HC_OK);
    CHECK_STR(text, "http://h/d%20e");
    parsed.size = sizeof parsed;
    CHECK_INT(hc_url_repair(url, "//i/?a b", url, sizeof url, NULL, &parsed), HC_OK);
    CHECK_STR(url, "http://i/?a%20b");
    CHECK(parsed.host == url + 7 && parsed.query == url + 10);
    CHECK_INT(hc_url_resolve(url, url, url, sizeof url, NULL), HC_OK);
    CHECK_STR(url, "http://i/?a%20b");
}

/* --- Repairs ------------------------------------------------------------------------------------- */

static void repairs(void) {
    static const char *const cases[][3] = {
        {NULL, "http://h/a?b#c", "http://h/a?b#c"},
        {NULL, " \thttp:\\\\h\\end with space?q=\xc3\xbc&a[]=1 \r\n",
         "http://h/end%20with%20space?q=%C3%BC&a%5B%5D=1"},
        {NULL, "http:h/%zz/../%41", "http://h/%41"},
        {NULL, "http://u@v@127.1/", "http://u%40v@127.0.0.1/"},
        {"http://h/a/b?c#d", "/end with space?q=\xfc", "http://h/end%20with%20space?q=%FC"},
        {"http://h/a/b?c#d", "%2E%2e\\g", "http://h/g"},
        {"http://h/a/b?c#d", "\\\\i/\x01/\x01", "http://i/%01/"},
        {"http://h/a/b?c#d", "http:g", "http://h/a/g"},
        {"http://h/a/b?c#d", "", "http://h/a/b?c"},
        {"http://h/a/b?c#d", "x:y z", NULL},
        {"http://h/a/b?c#d", "x y:z", "http://h/a/x%20y:z"},
    };
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        const reference from = {cases[i][0], cases[i][1]};

        if (cases[i][2] != NULL) {
            CHECK_GIVEN(repairing(&from), cases[i][2]);
        } else {
            CHECK_REFUSED(repairing(&from), HC_ERR_INVALID_URL, 0);
        }
    }
    if (hc_features() & HC_FEATURE_IDNA) {
        const reference from = {NULL, "http://B\xc3\xbc" "cher.example"};

        CHECK_GIVEN(repairing(&from), "http://xn--bcher-kva.example");
    }
}

static void what_cannot_be_repaired(void) {
    static const struct {
        const char *text;
        size_t offset;
    } cases[] = {
        {"", 0}, {" ", 1}, {"/a", 0}, {"example.org", 0}, {" ftp://h/", 1}, {"http://h/a\r\nX: y", 10},
        {"http://h/\n/", 9}, {"http://h/\t/", 9}, {"http://", 7}, {"http://ex ample/", 9}, {"http://a%00b/", 7},
        {"http://a%0d%0ab/", 7}, {"http://1.2.3.4.5/", 7}, {"http://h:0/", 9}, {"http://[::1/", 11},
        {"http://\xff/", 7}, {"http://\xe2\x84\x80/", 7},
    };
    const reference no_text = {NULL, NULL}, no_url = {"/a", "b"};
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        const reference from = {NULL, cases[i].text};
        char buffer[64] = "as it was";
        hc_url url;

        CHECK_REFUSED(repairing(&from), HC_ERR_INVALID_URL, cases[i].offset);
        memset(&url, 0x55, sizeof url);
        url.size = sizeof url;
        CHECK_INT(hc_url_repair(NULL, cases[i].text, buffer, sizeof buffer, NULL, &url), HC_ERR_INVALID_URL);
        CHECK(url.error_message != NULL && url.error_offset == cases[i].offset);
        PART(url, host, NULL);
        CHECK_STR(buffer, "as it was");
    }
    CHECK_REFUSED(repairing(&no_text), HC_ERR_INVALID_ARGUMENT, NOWHERE);
    CHECK_REFUSED(repairing(&no_url), HC_ERR_INVALID_ARGUMENT, NOWHERE);
}

/* The parts lie in the buffer, if there is a result. */
static void parts_of_what_was_repaired(void) {
    char buffer[64] = "as it was";
    size_t len = 0;
    hc_url url;

    memset(&url, 0x55, sizeof url);
    url.size = sizeof url - 1;
    CHECK_INT(hc_url_repair(NULL, "http://h/", buffer, sizeof buffer, &len, &url), HC_ERR_INVALID_ARGUMENT);
    CHECK_STR(buffer, "as it was");
    url.size = sizeof url;
    CHECK_INT(hc_url_repair(NULL, "https://h/a b", buffer, 15, &len, &url), HC_ERR_TOO_LARGE);
    CHECK_INT(len, 15);
    PART(url, host, NULL);
    CHECK(url.error_message == NULL);
    CHECK_INT(hc_url_repair(NULL, "https://h:8/a b", buffer, 18, &len, &url), HC_OK);
    CHECK_INT(len, 17);
    PART(url, host, "h");
    PART(url, path, "/a%20b");
    CHECK(url.path == buffer + 11 && url.https && url.port == 8);
}

/* --- Escapes ------------------------------------------------------------------------------------- */

/* All bytes, by Python 3: quote(bytes(range(256)), safe=""), quote(), quote_plus(). */
static const char *const all_bytes[] = {
    "%00%01%02%03%04%05%06%07%08%09%0A%0B%0C%0D%0E%0F%10%11%12%13%14%15%16%17%18%19%1A%1B%1C%1D%1"
    "E%1F%20%21%22%23%24%25%26%27%28%29%2A%2B%2C-.%2F0123456789%3A%3B%3C%3D%3E%3F%40ABCDEFGHIJKLM"
    "NOPQRSTUVWXYZ%5B%5C%5D%5E_%60abcdefghijklmnopqrstuvwxyz%7B%7C%7D~%7F%80%81%82%83%84%85%86%87"
    "%88%89%8A%8B%8C%8D%8E%8F%90%91%92%93%94%95%96%97%98%99%9A%9B%9C%9D%9E%9F%A0%A1%A2%A3%A4%A5%A"
    "6%A7%A8%A9%AA%AB%AC%AD%AE%AF%B0%B1%B2%B3%B4%B5%B6%B7%B8%B9%BA%BB%BC%BD%BE%BF%C0%C1%C2%C3%C4%"
    "C5%C6%C7%C8%C9%CA%CB%CC%CD%CE%CF%D0%D1%D2%D3%D4%D5%D6%D7%D8%D9%DA%DB%DC%DD%DE%DF%E0%E1%E2%E3"
    "%E4%E5%E6%E7%E8%E9%EA%EB%EC%ED%EE%EF%F0%F1%F2%F3%F4%F5%F6%F7%F8%F9%FA%FB%FC%FD%FE%FF",
    "%00%01%02%03%04%05%06%07%08%09%0A%0B%0C%0D%0E%0F%10%11%12%13%14%15%16%17%18%19%1A%1B%1C%1D%1"
    "E%1F%20%21%22%23%24%25%26%27%28%29%2A%2B%2C-./0123456789%3A%3B%3C%3D%3E%3F%40ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZ%5B%5C%5D%5E_%60abcdefghijklmnopqrstuvwxyz%7B%7C%7D~%7F%80%81%82%83%84%85%86%87%8"
    "8%89%8A%8B%8C%8D%8E%8F%90%91%92%93%94%95%96%97%98%99%9A%9B%9C%9D%9E%9F%A0%A1%A2%A3%A4%A5%A6%"
    "A7%A8%A9%AA%AB%AC%AD%AE%AF%B0%B1%B2%B3%B4%B5%B6%B7%B8%B9%BA%BB%BC%BD%BE%BF%C0%C1%C2%C3%C4%C5"
    "%C6%C7%C8%C9%CA%CB%CC%CD%CE%CF%D0%D1%D2%D3%D4%D5%D6%D7%D8%D9%DA%DB%DC%DD%DE%DF%E0%E1%E2%E3%E"
    "4%E5%E6%E7%E8%E9%EA%EB%EC%ED%EE%EF%F0%F1%F2%F3%F4%F5%F6%F7%F8%F9%FA%FB%FC%FD%FE%FF",
    "%00%01%02%03%04%05%06%07%08%09%0A%0B%0C%0D%0E%0F%10%11%12%13%14%15%16%17%18%19%1A%1B%1C%1D%1"
    "E%1F+%21%22%23%24%25%26%27%28%29%2A%2B%2C-.%2F0123456789%3A%3B%3C%3D%3E%3F%40ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZ%5B%5C%5D%5E_%60abcdefghijklmnopqrstuvwxyz%7B%7C%7D~%7F%80%81%82%83%84%85%86%87%8"
    "8%89%8A%8B%8C%8D%8E%8F%90%91%92%93%94%95%96%97%98%99%9A%9B%9C%9D%9E%9F%A0%A1%A2%A3%A4%A5%A6%"
    "A7%A8%A9%AA%AB%AC%AD%AE%AF%B0%B1%B2%B3%B4%B5%B6%B7%B8%B9%BA%BB%BC%BD%BE%BF%C0%C1%C2%C3%C4%C5"
    "%C6%C7%C8%C9%CA%CB%CC%CD%CE%CF%D0%D1%D2%D3%D4%D5%D6%D7%D8%D9%DA%DB%DC%DD%DE%DF%E0%E1%E2%E3%E"
    "4%E5%E6%E7%E8%E9%EA%EB%EC%ED%EE%EF%F0%F1%F2%F3%F4%F5%F6%F7%F8%F9%FA%FB%FC%FD%FE%FF",
};

static void encoding_all_bytes(void) {
    unsigned char data[256];
    int32_t i;

    for (i = 0; i < 256; i++) {
        data[i] = (unsigned char)i;
    }
    for (i = 0; i < 3; i++) {
        const bytes plain = {data, sizeof data, i}, encoded = {all_bytes[i], strlen(all_bytes[i]), i};
        const bytes nothing = {NULL, 0, i};

        CHECK_GIVEN(((giving){encode, &plain}), all_bytes[i]);
        check_given((giving){decode, &encoded}, (const char *)data, sizeof data, __FILE__, __LINE__);
        CHECK_GIVEN(((giving){encode, &nothing}), "");
        CHECK_GIVEN(((giving){decode, &nothing}), "");
    }
    CHECK_INT(HC_ENCODING_COMPONENT, 0);
    CHECK_INT(HC_ENCODING_PATH, 1);
    CHECK_INT(HC_ENCODING_FORM, 2);
}

static void decoding(void) {
    static const struct {
        const char *text;
        size_t offset;
    } broken[] = {{"%", 0}, {"a%4", 1}, {"%41%4g", 3}, {"%g1", 0}, {"%%41", 0}, {"+%", 1}, {"% 1", 0}};
    const bytes plus = {"a+b%2B%2b c\xff", 12, HC_ENCODING_COMPONENT}, form = {"a+b%2B", 6, HC_ENCODING_FORM};
    const bytes nul = {"a%00b%0D%0A", 11, HC_ENCODING_PATH}, cut = {"%41%42", 5, HC_ENCODING_FORM};
    const bytes no_encoding = {"a", 1, 3}, negative = {"a", 1, -1}, no_text = {NULL, 1, 0};
    size_t i;

    CHECK_GIVEN(((giving){decode, &plus}), "a+b++ c\xff");
    CHECK_GIVEN(((giving){decode, &form}), "a b+");
    check_given((giving){decode, &nul}, "a\0b\r\n", 5, __FILE__, __LINE__);
    CHECK_REFUSED(((giving){decode, &cut}), HC_ERR_INVALID_URL, 3);
    for (i = 0; i < sizeof broken / sizeof *broken; i++) {
        const bytes from = {broken[i].text, strlen(broken[i].text), (int32_t)(i % 3)};

        CHECK_REFUSED(((giving){decode, &from}), HC_ERR_INVALID_URL, broken[i].offset);
    }
    CHECK_REFUSED(((giving){decode, &no_encoding}), HC_ERR_INVALID_ARGUMENT, NOWHERE);
    CHECK_REFUSED(((giving){encode, &no_encoding}), HC_ERR_INVALID_ARGUMENT, NOWHERE);
    CHECK_REFUSED(((giving){encode, &negative}), HC_ERR_INVALID_ARGUMENT, NOWHERE);
    CHECK_REFUSED(((giving){decode, &no_text}), HC_ERR_INVALID_ARGUMENT, NOWHERE);
    CHECK_REFUSED(((giving){encode, &no_text}), HC_ERR_INVALID_ARGUMENT, NOWHERE);
}

/* As Python 3's urlencode() has it. */
static void forms(void) {
    static const char *const fields[] = {"q", "rock & roll", "a[]", "1", "\xc3\xbc", "~*", "", "", NULL};
    static const char *const none[] = {NULL}, *const odd[] = {"a", "1", "b", NULL}, *const one[] = {"\r\n", "", NULL};

    CHECK_GIVEN(((giving){encode_form, fields}), "q=rock+%26+roll&a%5B%5D=1&%C3%BC=~%2A&=");
    CHECK_GIVEN(((giving){encode_form, one}), "%0D%0A=");
    CHECK_GIVEN(((giving){encode_form, none}), "");
    CHECK_GIVEN(((giving){encode_form, NULL}), "");
    CHECK_REFUSED(((giving){encode_form, odd}), HC_ERR_INVALID_ARGUMENT, NOWHERE);
}

/* A large text, once too large by a byte. */
static void much(void) {
    enum { SIZE = 1000000 };
    char *data = malloc(SIZE), *buffer = malloc(3 * SIZE + 1);
    size_t len = 0;

    REQUIRE(data != NULL && buffer != NULL);
    memset(data, 0, SIZE);
    CHECK_INT(hc_url_encode(data, SIZE, HC_ENCODING_FORM, buffer, 3 * SIZE, &len), HC_ERR_TOO_LARGE);
    CHECK_INT(len, 3 * SIZE);
    CHECK_INT(hc_url_encode(data, SIZE, HC_ENCODING_FORM, buffer, 3 * SIZE + 1, &len), HC_OK);
    CHECK_INT(strlen(buffer), 3 * SIZE);
    memset(data, 1, SIZE);
    CHECK_INT(hc_url_decode(buffer, len, HC_ENCODING_FORM, data, SIZE, &len), HC_ERR_TOO_LARGE);
    CHECK_INT(hc_url_decode(buffer, 3 * SIZE - 3, HC_ENCODING_FORM, data, SIZE, &len), HC_OK);
    CHECK_INT(len, SIZE - 1);
    CHECK(data[0] == 0 && data[SIZE - 2] == 0);
    CHECK_INT(hc_url_encode(data, SIZE_MAX, HC_ENCODING_FORM, buffer, 8, &len), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_url_encode(data, 1, HC_ENCODING_FORM, buffer, SIZE_MAX, &len), HC_ERR_INVALID_ARGUMENT);
    free(data);
    free(buffer);
}

/* --- Basic authorization ------------------------------------------------------------------------- */

/* RFC 7617 sections 2 and 2.1, and the lengths of groups. */
static void basic(void) {
    static const char *const cases[][3] = {
        {"Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
        {"test", "123\xc2\xa3", "Basic dGVzdDoxMjPCow=="},
        {"", "", "Basic Og=="}, {"a", "", "Basic YTo="}, {"", ":", "Basic Ojo="}, {"a", ":", "Basic YTo6"},
    };
    const reference refused[] = {{"a:b", "c"}, {"a\n", "b"}, {"a", "b\r\nX: y"}, {"\x7f", ""}, {"", "\t"}};
    const reference no_user = {NULL, ""}, no_password = {"", NULL};
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        const reference from = {cases[i][0], cases[i][1]};

        CHECK_GIVEN(((giving){authorize, &from}), cases[i][2]);
    }
    for (i = 0; i < sizeof refused / sizeof *refused; i++) {
        CHECK_REFUSED(((giving){authorize, &refused[i]}), HC_ERR_VALUE, NOWHERE);
    }
    CHECK_REFUSED(((giving){authorize, &no_user}), HC_ERR_INVALID_ARGUMENT, NOWHERE);
    CHECK_REFUSED(((giving){authorize, &no_password}), HC_ERR_INVALID_ARGUMENT, NOWHERE);
}

static void user_information(void) {
    static const char *const cases[][2] = {
        {"http://Aladdin:open%20sesame@h/", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
        {"http://a@h/", "Basic YTo="}, {"http://a:@h/", "Basic YTo="}, {"http://@h/", "Basic Og=="},
        {"http://a:%3A@h/", "Basic YTo6"}, {"http://a::@h/", "Basic YTo6"},
    };
    static const char *const refused[] = {"http://a%3ab@h", "http://a%0d%0a@h", "http://a:%00@h"};
    hc_url url, absent = parse("http://h/", HC_OK), none = parse("h", HC_ERR_INVALID_URL);
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        url = parse(cases[i][0], HC_OK);
        CHECK_GIVEN(((giving){copy_authorization, &url}), cases[i][1]);
    }
    for (i = 0; i < sizeof refused / sizeof *refused; i++) {
        url = parse(refused[i], HC_OK);
        CHECK_REFUSED(((giving){copy_authorization, &url}), HC_ERR_VALUE, NOWHERE);
    }
    CHECK_REFUSED(((giving){copy_authorization, &absent}), HC_ERR_INVALID_ARGUMENT, NOWHERE);
    CHECK_REFUSED(((giving){copy_authorization, &none}), HC_ERR_INVALID_ARGUMENT, NOWHERE);
    CHECK_REFUSED(((giving){copy_authorization, NULL}), HC_ERR_INVALID_ARGUMENT, NOWHERE);
}

/* --- All together -------------------------------------------------------------------------------- */

/* What the header shows: a URL as it was typed, and a redirect to another path and to another origin. */
static void following_redirects(void) {
    server *other = server_start("expect \"GET /end%20here HTTP/1.1|Host: localhost:\\p|" IDENTITY "|\"\n" OK_EMPTY);
    server *peer;
    char script[512], url[128];
    const char *location = NULL;
    hc_conn *conn = NULL;
    hc_response *response = NULL;
    int moves = 0;

    sprintf(script,
            "expect \"GET /a/b?q HTTP/1.1|" HOST IDENTITY "|\"\n"
            "send \"HTTP/1.1 302 Found|Location: ../c d|Content-Length: 0||\"\n"
            "expect \"GET /c%%20d HTTP/1.1|" HOST IDENTITY "|\"\n"
            "send \"HTTP/1.1 301 Moved|Location: http:\\x5c\\x5clocalhost:%d/end here|Content-Length: 0||\"\n"
            "wait-close\n",
            server_port(other));
    peer = server_start(script);
    sprintf(url, " http://127.1:%d/a/./b?q#f", server_port(peer));
    CHECK_INT(hc_url_repair(NULL, url, url, sizeof url, NULL, NULL), HC_OK);
    for (;;) {
        if (conn == NULL || !hc_conn_has_origin(conn, url)) {
            CHECK_INT(hc_conn_free(conn), HC_OK);
            REQUIRE(hc_conn_new_url(url, NULL, &conn) == HC_OK);
            CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
        }
        REQUIRE(hc_request_url(conn, "GET", url, NULL, NULL, 0) == HC_OK);
        REQUIRE(hc_getresponse(conn, &response) == HC_OK);
        location = hc_response_getheader(response, "Location", NULL);
        if (location == NULL || ++moves > 5) {
            break;
        }
        CHECK_INT(hc_url_repair(url, location, url, sizeof url, NULL, NULL), HC_OK);
        CHECK_INT(hc_response_skip(response, UINT64_MAX), HC_OK);
        CHECK_INT(hc_response_free(response), HC_OK);
    }
    CHECK_INT(moves, 2);
    CHECK_INT(hc_response_status(response), 200);
    CHECK_INT(hc_response_free(response), HC_OK);
    end(conn, peer);
    server_finish(other);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(all_parts),
        TEST(absent_and_empty_parts),
        TEST(refusals),
        TEST(arguments),
        TEST(copies),
        TEST(from_a_url_to_a_response),
        TEST(examples_of_rfc_3986),
        TEST(references_that_lead_nowhere),
        TEST(in_place),
        TEST(repairs),
        TEST(what_cannot_be_repaired),
        TEST(parts_of_what_was_repaired),
        TEST(encoding_all_bytes),
        TEST(decoding),
        TEST(forms),
        TEST(much),
        TEST(basic),
        TEST(user_information),
        TEST(following_redirects),
    };
    return RUN_TESTS(tests, argc, argv);
}
