/* Servers that cut, dribble, reset, send garbage and never stop: a precise code, in bounded memory
 * and time. */
#define _XOPEN_SOURCE 700

#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static const char head_text[] = "HTTP/1.1 200 OK\r\nA: b\r\n\r\n";

/* Writes text as a script has it. */
static void escape(char *out, const char *text, size_t len) {
    for (; len > 0; len--, text++) {
        out += *text == '\r' ? sprintf(out, "\\r") : *text == '\n' ? sprintf(out, "\\n")
                                                                  : sprintf(out, "%c", *text);
    }
}

/* One connection for each place at which the text can be cut; `end` is close or reset. */
static server *cut_everywhere(const char *text, size_t from, const char *end) {
    size_t len = strlen(text);
    char *script = malloc((len + 1) * (2 * len + 100));
    char *out = script;
    server *peer;
    size_t at;

    *out = '\0';
    for (at = from; at < len; at++) {
        out += sprintf(out, "connection\nread-head\n");
        if (at > 0) {
            out += sprintf(out, "send \"");
            escape(out, text, at);
            out += strlen(out);
            out += sprintf(out, "\"\n");
        }
        out += sprintf(out, "%s\n", end);
    }
    peer = server_start(script);
    free(script);
    return peer;
}

static void cut_in_the_head(void) {
    server *peer = cut_everywhere(head_text, 0, "close");
    hc_conn *conn = connect_to(peer);
    size_t at;

    for (at = 0; at < strlen(head_text); at++) {
        hc_response *response = NULL;
        hc_error code;

        CHECK_INT(send_get(conn, "/"), HC_OK);
        code = hc_getresponse(conn, &response);
        CHECK_INT(code, at == 0 ? HC_ERR_REMOTE_DISCONNECTED : HC_ERR_INCOMPLETE_READ);
        CHECK(response == NULL);
        CHECK_INT(hc_conn_state(conn), HC_STATE_IDLE);
        CHECK_INT(conn_detail(conn).retry,
                  at == 0 ? HC_RETRY_MAYBE_PROCESSED : HC_RETRY_RESPONSE_STARTED);
    }
    end(conn, peer);
}

static void reset_in_the_head(void) {
    server *peer = cut_everywhere(head_text, 0, "reset");
    hc_conn *conn = connect_to(peer);
    size_t at;

    for (at = 0; at < strlen(head_text); at++) {
        hc_response *response = NULL;

        CHECK_INT(send_get(conn, "/"), HC_OK);
        CHECK_INT(hc_getresponse(conn, &response), of_socket(HC_ERR_CONNECTION_RESET));
        CHECK_INT(hc_conn_state(conn), HC_STATE_IDLE);
    }
    end(conn, peer);
}

/* `most` is what of the body can have come. */
static void check_body_cut(const char *text, size_t head_len, size_t most) {
    server *peer = cut_everywhere(text, head_len, "close");
    hc_conn *conn = connect_to(peer);
    size_t at;

    for (at = head_len; at < strlen(text); at++) {
        hc_response *response = get(conn, "/");
        const char *body = NULL;
        size_t len = 99;

        CHECK_INT(hc_response_read_all(response, 1000, &body, &len), HC_ERR_INCOMPLETE_READ);
        CHECK(len <= most);
        CHECK_INT(response_detail(response).received, len);
        CHECK_INT(hc_response_free(response), HC_OK);
    }
    end(conn, peer);
}

static void cut_in_a_body(void) {
    static const char length[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    static const char chunks[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

    check_body_cut("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde", strlen(length), 4);
    check_body_cut("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: 1\r\n\r\n",
                   strlen(chunks), 5);
}

static void byte_by_byte(void) {
    server *peer = server_start(
        "read-head\n"
        "dribble \"HTTP/1.1 103 Hints|A: b||HTTP/1.1 200 OK|Transfer-Encoding:\"\n"
        "dribble \" chunked||3;x=y|abc|2|de|0|T: 1||\"\n"
        "read-head\ndribble \"HTTP/1.1 200 OK|Content-Length: 3||xyz\"\n");
    hc_conn *conn = connect_to(peer);

    CHECK_GET(conn, "/", 200, "abcde");
    CHECK_GET(conn, "/", 200, "xyz");
    end(conn, peer);
}

static long peak_kib(void) {
    struct rusage usage;

    CHECK_INT(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

static double seconds(void) {
    struct timespec now;

    CHECK_INT(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* What a server without end may cost: the head limit several times over, since buffers grow by
 * doubling and sanitizers keep what is freed for a while. */
enum { MOST_KIB = 96 << 10, MOST_SECONDS = 30 };

static void check_endless(const char *head, const char *forever, hc_error at_head,
                          hc_error at_body) {
    char script[1024];
    server *peer;
    hc_conn *conn;
    hc_response *response = NULL;
    const char *body;
    size_t len;
    long before = peak_kib();
    double start = seconds();

    sprintf(script, "read-head\nsend \"%s\"\nforever \"%s\"\n", head, forever);
    peer = server_start(script);
    conn = connect_to(peer);
    CHECK_INT(send_get(conn, "/"), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), at_head);
    if (response != NULL) {
        CHECK_INT(hc_response_read_all(response, 1 << 20, &body, &len), at_body);
    } else {
        CHECK(strlen(hc_conn_error_message(conn)) < 1000);
    }
    CHECK_INT(hc_response_free(response), HC_OK);
    end(conn, peer);
    CHECK(peak_kib() - before < MOST_KIB);
    CHECK(seconds() - start < MOST_SECONDS);
}

#define CHUNKED "HTTP/1.1 200 OK|Transfer-Encoding: chunked||"

static void endless_heads(void) {
    check_endless("HTTP/1.1 200 ", "x", HC_ERR_LINE_TOO_LONG, 0);
    check_endless("\\0\\xff", "\\x80\\x01", HC_ERR_LINE_TOO_LONG, 0);
    check_endless("SSH-2.0-x|", "garbage", HC_ERR_BAD_STATUS_LINE, 0);
    check_endless("HTTP/1.1 200 OK|A: ", "x", HC_ERR_LINE_TOO_LONG, 0);
    check_endless("HTTP/1.1 200 OK|", "A: b|", HC_ERR_TOO_MANY_HEADERS, 0);
    check_endless("HTTP/1.1 200 OK|A: b|", " fold|", HC_ERR_TOO_MANY_HEADERS, 0);
    check_endless("HTTP/1.1 100 Go||", "HTTP/1.1 100 Go||",
                  HC_ERR_TOO_MANY_INTERIM, 0);
    check_endless("HTTP/1.1 103 Go|", "A: b|", HC_ERR_TOO_MANY_HEADERS, 0);
    check_endless("HTTP/1.1 200 OK||", "endless body", HC_OK, HC_ERR_TOO_LARGE);
}

static void endless_chunks(void) {
    check_endless(CHUNKED, "1|x|", HC_OK, HC_ERR_TOO_LARGE);
    check_endless(CHUNKED "1", "0", HC_OK, HC_ERR_LINE_TOO_LONG);
    check_endless(CHUNKED "1;", "x", HC_OK, HC_ERR_LINE_TOO_LONG);
    check_endless(CHUNKED "0|", "A: b|", HC_OK, HC_ERR_TOO_MANY_HEADERS);
    check_endless(CHUNKED "0|A: ", "x", HC_OK, HC_ERR_LINE_TOO_LONG);
    check_endless(CHUNKED "zz|", "x", HC_OK, HC_ERR_INCOMPLETE_READ);
    check_endless(CHUNKED "FFFFFFFFFFFFFFFFF|", "x", HC_OK, HC_ERR_INCOMPLETE_READ);
    check_endless(CHUNKED "1|xx", "x", HC_OK, HC_ERR_INCOMPLETE_READ);
}

/* A byte of body in kilobytes of extensions: the extensions count against the head's limit. */
static void endless_chunk_extensions(void) {
    char extension[600];

    memset(extension, 'e', sizeof extension);
    memcpy(extension, "1;", 2);
    strcpy(extension + 500, "|x|");
    check_endless(CHUNKED, extension, HC_OK, HC_ERR_HEAD_TOO_LARGE);
}

/* Memory follows the bytes that come, not those that are announced. */
static void announced_but_never_sent(void) {
    static const char *const heads[] = {
        "HTTP/1.1 200 OK|Content-Length: 9223372036854775807||abc",
        "HTTP/1.1 200 OK|Content-Length: 18446744073709551615||abc",
        CHUNKED "7fffffffffffffff|abc",
        CHUNKED "ffffffffffffffff|abc",
    };
    size_t i;

    for (i = 0; i < sizeof heads / sizeof *heads; i++) {
        char script[300];
        long before = peak_kib();
        server *peer;
        hc_conn *conn;
        hc_response *response;
        const char *body = NULL;
        size_t len = 0;

        sprintf(script, "read-head\nsend \"%s\"\nclose\n", heads[i]);
        peer = server_start(script);
        conn = connect_to(peer);
        response = get(conn, "/");
        CHECK_INT(hc_response_read_all(response, (size_t)-1, &body, &len), HC_ERR_INCOMPLETE_READ);
        CHECK_MEM(body, len, "abc", 3);
        CHECK_INT(hc_response_free(response), HC_OK);
        CHECK_INT(hc_conn_free(conn), HC_OK);
        server_finish(peer);
        CHECK(peak_kib() - before < 16 << 10);
    }
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(cut_in_the_head),
        TEST(reset_in_the_head),
        TEST(cut_in_a_body),
        TEST(byte_by_byte),
        TEST(endless_heads),
        TEST(endless_chunks),
        TEST(endless_chunk_extensions),
        TEST(announced_but_never_sent),
    };
    return RUN_TESTS(tests, argc, argv);
}
