/* What has hurt other HTTP clients: the rows of docs/VULNERABILITIES.md that can be seen through C or over
 * sockets, each under its number. tests/vulnerabilities.rs has them in every detail, and tests/tls those of
 * certificates. */
#define _POSIX_C_SOURCE 200809L

#include "rows.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* --- 1 to 11: what goes out --------------------------------------------------------------------- */

static void vuln_01_line_break_in_a_value(void) { refuses_header("X", "a\r\nY: b"); }

static void vuln_02_folds_in_a_value(void) {
    refuses_header("X", "a\r\n b");
    refuses_header("X", "a\n b");
    refuses_header("X", "a\r b");
}

static void vuln_03_request_in_a_method(void) {
    refuses(HC_ERR_VALUE, "GET / HTTP/1.1\r\nX: y\r\n\r\nGET", "/", NULL, NULL);
    refuses(HC_ERR_VALUE, "GET /evil", "/", NULL, NULL);
}

static void vuln_04_controls_and_blanks_in_a_target(void) {
    char target[] = "/a_b";
    int byte;

    for (byte = 1; byte <= 0x20; byte++) {
        target[2] = (char)byte;
        refuses(HC_ERR_INVALID_URL, "GET", target, NULL, NULL);
    }
    refuses(HC_ERR_INVALID_URL, "GET", "/\x7f", NULL, NULL);
}

static void vuln_05_junk_in_the_host(void) {
    static const char *const bad[] = {"a\r\nX: y", "a b,c/d", "a/b", "u@h", "a#b", "a?b", "[::1"};
    hc_conn *conn = NULL;
    size_t i;

    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_INT(hc_conn_new(bad[i], 80, &conn), HC_ERR_INVALID_URL);
        CHECK(conn == NULL);
    }
}

/* The request that follows is as if nothing had been tried. */
static void vuln_06_line_break_in_a_tunnel(void) {
    server *peer = expecting("GET / HTTP/1.1|" AUTOMATIC "|");
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_conn_set_tunnel(conn, "a\r\nX:y", 443, NULL), HC_ERR_INVALID_URL);
    CHECK_INT(hc_conn_set_tunnel(conn, "a", 443, LIST("A", "b\r\nX: y")), HC_ERR_VALUE);
    CHECK_INT(hc_conn_set_tunnel(conn, "a", 443, LIST("A\r\nX", "y")), HC_ERR_VALUE);
    CHECK_GET(conn, "/", 299, "");
    end(conn, peer);
}

static void vuln_07_body_on_get_is_framed(void) {
    sends("GET / HTTP/1.1|" AUTOMATIC "Content-Length: 9||GET /evil", "GET", "/", NULL,
          "GET /evil");
}

static void vuln_08_smuggling_by_the_caller(void) {
    refuses(HC_ERR_VALUE, "POST", "/", LIST("Content-Length", "0"), "GET /evil");
    refuses(HC_ERR_VALUE, "POST", "/", LIST("Transfer-Encoding", "chunked", "Content-Length", "9"),
            "GET /evil");
}

static void vuln_09_nothing_of_a_request_is_left_for_the_next(void) {
    server *peer = server_start(
        "expect \"PUT /a HTTP/1.1|" AUTOMATIC "Content-Length: 4|X: y||body\"\n"
        "send \"" NEXT "\"\n"
        "expect \"GET / HTTP/1.1|" AUTOMATIC "|\"\nsend \"" NEXT "\"\n");
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_request(conn, "PUT", "/a", LIST("X", "y"), "body", 4), HC_OK);
    end_exchange(conn, 299);
    /* Refused, and given up, in between. */
    CHECK_INT(hc_request(conn, "PUT", "/b", LIST("X", "\n"), "body", 4), HC_ERR_VALUE);
    CHECK_GET(conn, "/", 299, "");
    end(conn, peer);
}

static void vuln_10_extreme_lengths(void) {
    static const char *const lengths[] = {"2147483648", "4294967296", "9223372036854775807",
                                          "18446744073709551615"};
    static const char *const sizes[] = {"80000000", "100000000", "7fffffffffffffff", "ffffffffffffffff"};
    char bytes[200];
    size_t i;

    for (i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        snprintf(bytes, sizeof bytes, OK "Content-Length: %s||hello", lengths[i]);
        bad_body(HC_ERR_INCOMPLETE_READ, bytes, "shutdown\n", "hello");
        snprintf(bytes, sizeof bytes, CHUNKED "%s|hello", sizes[i]);
        bad_body(HC_ERR_INCOMPLETE_READ, bytes, "shutdown\n", "hello");
    }
}

static void vuln_11_names_that_are_not_ascii(void) {
    hc_conn *conn = NULL;

    /* It stands for "a/c". */
    CHECK_INT(hc_conn_new("\xe2\x84\x80.example", 80, &conn), HC_ERR_ENCODING);
    CHECK_INT(hc_conn_new("\xff.example", 80, &conn), HC_ERR_ENCODING);
    refuses(HC_ERR_ENCODING, "GET", "http://b\xc3\xbc" "cher.example/", NULL, NULL);
}

/* --- 12 to 20: heads that come in ----------------------------------------------------------------- */

static void vuln_12_endless_lines(void) {
    bad_head(HC_ERR_LINE_TOO_LONG, "HTTP/1.1 200 \" \"a\" * 70000 \"", "");
    bad_head(HC_ERR_LINE_TOO_LONG, OK "A: \" \"a\" * 70000 \"", "");
    bad_body(HC_ERR_LINE_TOO_LONG, CHUNKED "5;\" \"a\" * 70000 \"", "", "");
    bad_body(HC_ERR_LINE_TOO_LONG, CHUNKED "0|A: \" \"a\" * 70000 \"", "", "");
}

static void vuln_13_endless_headers(void) {
    bad_head(HC_ERR_TOO_MANY_HEADERS, OK "\" \"A: b|\" * 1002 \"", "");
}

static void vuln_14_endless_interim_responses_and_trailers(void) {
    answers("GET", "\" \"HTTP/1.1 100 Go||\" * 100 \"" OK FIVE, "", 200, "hello", KEPT);
    bad_head(HC_ERR_TOO_MANY_INTERIM, "\" \"HTTP/1.1 100 Go||\" * 101 \"" OK FIVE, "");
    bad_body(HC_ERR_TOO_MANY_HEADERS, CHUNKED "0|\" \"A: b|\" * 1002 \"", "", "");
}

static void vuln_16_blank_before_the_colon(void) {
    bad_head(HC_ERR_BAD_HEADER, OK "Transfer-Encoding : chunked|" FIVE, "");
}

static void vuln_17_a_field_behind_a_bare_cr(void) {
    bad_head(HC_ERR_BAD_HEADER, OK "X: a\\rContent-Length: 3|" FIVE, "");
    bad_head(HC_ERR_BAD_HEADER, OK "A: b|\\rX: y|" FIVE, "");
}

static void vuln_18_folded_transfer_encoding(void) {
    answers("GET", OK "Transfer-Encoding:| chunked||5|hello|0||", "", 200,
            "hello", KEPT);
}

static void vuln_19_empty_name(void) { bad_head(HC_ERR_BAD_HEADER, OK ": v|" FIVE, ""); }

static void vuln_20_a_length_of_very_many_digits(void) {
    bad_head(HC_ERR_BAD_FRAMING, OK "Content-Length: \" \"1\" * 60000 \"||", "");
    bad_head(HC_ERR_BAD_FRAMING, OK "Content-Length: 100000000000000000005||hello", "");
    /* Zeros in front do not count: a length is 1*DIGIT. */
    answers("GET", OK "Content-Length: 000000000000000000005||hello", "", 200, "hello", KEPT);
}

/* --- 22 to 38: framing and persistence ------------------------------------------------------------ */

static void vuln_22_lengths_that_only_look_like_numbers(void) {
    bad_head(HC_ERR_BAD_FRAMING, OK "Content-Length: +5||hello", "");
    bad_head(HC_ERR_BAD_FRAMING, OK "Content-Length: 0_5||hello", "");
    bad_head(HC_ERR_BAD_FRAMING, OK "Content-Length: \\xa05||hello", "");
}

static void vuln_23_two_lengths(void) {
    bad_head(HC_ERR_BAD_FRAMING, OK "Content-Length: 6|" FIVE "!", "");
}

static void vuln_24_empty_length(void) {
    bad_head(HC_ERR_BAD_FRAMING, OK "Content-Length:||hello", "");
}

static void vuln_25_error_texts_are_escaped(void) {
    server *peer = answering("HTTP/1.1 2x \\x1b[2J\\x07\\x85\" \"\\x1b\" * 2000 \"||", "", REPLACED);
    hc_conn *conn = connect_to(peer);
    hc_response *response = NULL;
    const char *message;

    CHECK_INT(send_get(conn, "/"), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_ERR_BAD_STATUS_LINE);
    message = hc_conn_error_message(conn);
    CHECK(strlen(message) > 10 && strlen(message) < 600);
    for (; *message != '\0'; message++) {
        CHECK(*message >= ' ' && *message < 0x7f);
    }
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_GET(conn, "/", 299, "");
    end(conn, peer);
}

/* The server refuses what it was only told of; what follows must not be taken for that body. */
static void vuln_26_final_answer_before_the_body_was_sent(void) {
    server *peer = server_start("read-head\nsend \"HTTP/1.1 417 No|Content-Length: 0||\"\n"
                                "wait-close\nconnection\nread-head\nsend \"" NEXT "\"\n");
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_putrequest(conn, "PUT", "/", false, false), HC_OK);
    CHECK_INT(hc_putheader(conn, "Expect", "100-continue"), HC_OK);
    CHECK_INT(hc_putheader(conn, "Content-Length", "9"), HC_OK);
    CHECK_INT(hc_endheaders(conn, NULL, 0, false), HC_OK);
    end_exchange(conn, 417);
    CHECK_GET(conn, "/", 299, "");
    end(conn, peer);
}

static void vuln_27_early_hints_are_not_the_answer(void) {
    answers("GET", "HTTP/1.1 103 Early Hints|Link: </a>||" OK FIVE, "", 200, "hello", KEPT);
}

static void vuln_28_poisoned_response_queue(void) {
    answers("GET", OK FIVE OK "Content-Length: 4||evil", "", 200, "hello", REPLACED);
    answers("GET", OK FIVE "H", "", 200, "hello", REPLACED);
}

static void vuln_29_chunk_size_beyond_64_bits(void) {
    bad_body(HC_ERR_INCOMPLETE_READ, CHUNKED "10000000000000005|hello|0||", "", "");
}

static void vuln_30_chunk_size_ended_by_lf(void) {
    bad_body(HC_ERR_INCOMPLETE_READ, CHUNKED "5\\nhello\\n0\\n\\n", "", "");
}

static void vuln_31_junk_behind_chunk_data(void) {
    bad_body(HC_ERR_INCOMPLETE_READ, CHUNKED "5|helloXX0||", "", "hello");
}

static void vuln_33_empty_chunk_size(void) {
    bad_body(HC_ERR_INCOMPLETE_READ, CHUNKED ";a|hello", "", "");
}

static void vuln_34_chunk_sizes_that_only_look_like_numbers(void) {
    bad_body(HC_ERR_INCOMPLETE_READ, CHUNKED "+5|hello|0||", "", "");
    bad_body(HC_ERR_INCOMPLETE_READ, CHUNKED "5zz|hello|0||", "", "");
}

static void vuln_35_look_alikes_of_chunked(void) {
    bad_head(HC_ERR_UNKNOWN_TRANSFER_ENCODING, OK "Transfer-Encoding: chunked, identity|" FIVE, "");
    bad_head(HC_ERR_UNKNOWN_TRANSFER_ENCODING, OK "Transfer-Encoding: xchunked|" FIVE, "");
    bad_head(HC_ERR_BAD_HEADER, OK "Transfer-Encoding: chunked\\x0b|" FIVE, "");
}

static void vuln_36_content_codings_are_left_alone(void) {
    answers("GET", OK "Content-Encoding: \" \"gzip, \" * 1000 \"gzip|" FIVE, "", 200, "hello", KEPT);
}

/* Neither more than there is room for, nor beyond what is said to have come. */
static void vuln_37_never_more_than_asked(void) {
    static hc_error (*const ways[])(hc_response *, void *, size_t, size_t *) = {
        hc_response_read, hc_response_read1, hc_response_readline};
    char memory[16];
    size_t way, room, count;

    for (way = 0; way < 3; way++) {
        for (room = 1; room < 8; room += 3) {
            server *peer = answering(CHUNKED "5|hello|A|0123456789|0||", "", KEPT);
            hc_conn *conn = connect_to(peer);
            hc_response *response = get(conn, "/");
            size_t all = 0;

            do {
                memset(memory, '#', sizeof memory);
                CHECK_INT(ways[way](response, memory, room, &count), HC_OK);
                CHECK(count <= room);
                CHECK_MEM(memory + room, sizeof memory - room, "################", sizeof memory - room);
                all += count;
            } while (count > 0);
            CHECK_INT(all, 15);
            CHECK_INT(hc_response_free(response), HC_OK);
            CHECK_GET(conn, "/next", 299, "");
            CHECK_INT(hc_conn_free(conn), HC_OK);
            server_finish(peer);
        }
    }
}

static void vuln_38_tls_truncation(void) {
    server *peer;
    hc_conn *conn = connect_tls(&peer, "read-head\nsend \"" OK "|hello\"\ncut\n");
    hc_response *response = get(conn, "/");
    const char *body = NULL;
    size_t len = 0;

    CHECK_INT(hc_response_read_all(response, 100, &body, &len), HC_ERR_INCOMPLETE_READ);
    CHECK_MEM(body, len, "hello", 5);
    CHECK_INT(hc_response_free(response), HC_OK);
    end(conn, peer);
}

/* --- 41 to 52: TLS, tunnels, identities ----------------------------------------------------------- */

static void vuln_41_verified_by_default(void) {
    server *peer = serve("server");
    hc_conn *conn = connection("127.0.0.1", peer, NULL);

    CHECK(hc_error_is(send_get(conn, "/"), HC_ERR_TLS_CERTIFICATE));
    CHECK(!hc_conn_is_open(conn));
    end(conn, peer);
}

static void vuln_47_bytes_behind_the_proxy_s_answer(void) {
    server *peer = server_start("read-head\nsend \"" OK "|HTTP/1.1 200 Evil||\"\nwait-close\n");
    hc_conn *conn = NULL;

    CHECK_INT(hc_conn_new_tls("127.0.0.1", server_port(peer), NULL, &conn), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    CHECK_INT(hc_conn_set_tunnel(conn, "o.test", 443, NULL), HC_OK);
    CHECK_INT(send_get(conn, "/secret"), HC_ERR_TUNNEL);
    CHECK(!hc_conn_is_open(conn));
    end(conn, peer);
}

/* Its builder is used up, and a connection keeps the one it has. */
static void vuln_48_settings_of_tls_are_immutable(void) {
    server *peer = serve("server");
    hc_tls_builder *builder = builder_new();
    hc_tls_config *config = NULL;
    hc_conn *conn;

    CHECK_INT(hc_tls_builder_build(builder, &config), HC_OK);
    CHECK_INT(hc_tls_builder_add_roots_file(builder, FILE_AT("ca.pem")), HC_ERR_STATE);
    CHECK_INT(hc_tls_builder_dangerous_accept_any_certificate(builder), HC_ERR_STATE);
    CHECK_INT(hc_tls_builder_free(builder), HC_OK);
    conn = connection("127.0.0.1", peer, config);
    CHECK(hc_error_is(exchange(conn, "/bytes/1"), HC_ERR_TLS_CERTIFICATE));
    CHECK_INT(hc_conn_set_tls(conn, NULL), HC_ERR_UNSUPPORTED);
    CHECK(hc_error_is(exchange(conn, "/bytes/1"), HC_ERR_TLS_CERTIFICATE));
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(hc_tls_config_free(config), HC_OK);
    server_finish(peer);
}

static void vuln_49_connections_share_nothing(void) {
    server *peer = server_serve(NULL);
    hc_conn *first = connect_to(peer), *second = connect_to(peer);

    CHECK_GET(first, "/bytes/0", 200, "");
    CHECK_GET(second, "/bytes/0", 200, "");
    CHECK_INT(hc_conn_exchange_flags(second), 0);
    CHECK_INT(hc_conn_free(first), HC_OK);
    CHECK_INT(hc_conn_free(second), HC_OK);
    server_finish(peer);
}

static void vuln_50_zones_are_not_for_the_peer(void) {
    server *peer = server_start("expect \"CONNECT [fe80::1]:80 HTTP/1.1|Host: [fe80::1]:80||\"\n"
                                "send \"" OK "|\"\n"
                                "expect \"GET / HTTP/1.1|Host: [fe80::1]|"
                                "Accept-Encoding: identity||\"\nsend \"" NEXT "\"\n");
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_conn_set_tunnel(conn, "fe80::1%eth0", 80, NULL), HC_OK);
    CHECK_STR(hc_conn_tunnel_host(conn, NULL), "fe80::1%eth0");
    CHECK_GET(conn, "/", 299, "");
    end(conn, peer);
}

static void vuln_51_authorization_is_not_for_the_proxy(void) {
    server *peer = server_start(
        "expect \"CONNECT o.test:80 HTTP/1.1|Proxy-Authorization: a|Host: o.test:80||\"\n"
        "send \"" OK "|\"\n"
        "expect \"GET / HTTP/1.1|Host: o.test|Accept-Encoding: identity|"
        "Authorization: secret||\"\nsend \"" NEXT "\"\n");
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_conn_set_tunnel(conn, "o.test", 80, LIST("Proxy-Authorization", "a")), HC_OK);
    CHECK_INT(hc_request(conn, "GET", "/", LIST("Authorization", "secret"), NULL, 0), HC_OK);
    end_exchange(conn, 299);
    end(conn, peer);
}

static void vuln_52_redirects_are_not_followed(void) {
    answers("GET", "HTTP/1.1 302 Go|Location: http://evil.test/|Content-Length: 0||", "",
            302, "", KEPT);
}

/* --- 53 to 58: handles, descriptors, signals ------------------------------------------------------ */

typedef struct {
    hc_conn *conn;
    int calls;
} meddler;

static int64_t meddle(void *context, void *buffer, size_t capacity) {
    meddler *it = context;

    CHECK(capacity > 0);
    CHECK_INT(hc_conn_free(it->conn), HC_ERR_BUSY);
    CHECK_INT(hc_conn_close(it->conn), HC_ERR_BUSY);
    CHECK_INT((send_get)(it->conn, "/"), HC_ERR_BUSY);
    *(char *)buffer = 'x';
    return it->calls++ == 0;
}

static void vuln_53_free_in_a_callback_and_use_after_free(void) {
    server *peer = expecting("PUT / HTTP/1.1|" AUTOMATIC "Content-Length: 1||x");
    meddler it = {connect_to(peer), 0};
    hc_response *response = NULL;
    char byte;
    size_t count;

    CHECK_INT(hc_request_callback(it.conn, "PUT", "/", NULL, meddle, &it, 1), HC_OK);
    CHECK(it.calls >= 1);
    CHECK_INT(hc_getresponse(it.conn, &response), HC_OK);
    CHECK_INT(hc_conn_free(it.conn), HC_OK);
    CHECK_INT(hc_conn_free(it.conn), HC_ERR_INVALID_HANDLE);
    CHECK_INT(hc_conn_close(it.conn), HC_ERR_INVALID_HANDLE);
    CHECK_INT(hc_response_status(response), 299);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_response_read(response, &byte, 1, &count), HC_ERR_INVALID_HANDLE);
    CHECK_INT(hc_response_free(response), HC_ERR_INVALID_HANDLE);
    server_finish(peer);
}

/* A peer that has closed raises no SIGPIPE, and its handler is left alone. */
static void vuln_54_no_signals(void) {
    server *peer = server_start("reset\n");
    hc_conn *conn = connect_to(peer);
    struct sigaction before, after;
    char *body = calloc(1, 1 << 22);

    CHECK_INT(sigaction(SIGPIPE, NULL, &before), 0);
    CHECK(before.sa_handler == SIG_DFL);
    CHECK(hc_error_is(hc_request(conn, "PUT", "/", NULL, body, 1 << 22), HC_ERR_CONNECTION));
    CHECK_INT(sigaction(SIGPIPE, NULL, &after), 0);
    CHECK(after.sa_handler == SIG_DFL);
    free(body);
    end(conn, peer);
}

/* The number of a closed descriptor is soon somebody else's. */
static void vuln_55_a_descriptor_is_closed_once(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    hc_response *response;
    int number, other;

    response = get(conn, "/bytes/10");
    number = hc_conn_fileno(conn);
    CHECK(number >= 0);
    CHECK_INT(hc_conn_close(conn), HC_OK);
    other = open("/dev/null", O_RDONLY);
    CHECK_INT(other, number);
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_INT(hc_response_close(response), HC_OK);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK(fcntl(other, F_GETFD) >= 0);
    CHECK_INT(close(other), 0);
    server_finish(peer);
}

/* A freed handle's number does not come back to another one soon. */
static void vuln_56_a_freed_handle_is_no_other(void) {
    hc_conn *old = NULL, *conn = NULL;
    int i;

    CHECK_INT(hc_conn_new("h.test", 80, &old), HC_OK);
    CHECK_INT(hc_conn_free(old), HC_OK);
    for (i = 0; i < 1000; i++) {
        CHECK_INT(hc_conn_new("h.test", 80, &conn), HC_OK);
        CHECK(conn != old);
        CHECK_INT(hc_conn_close(old), HC_ERR_INVALID_HANDLE);
        CHECK_INT(hc_conn_free(conn), HC_OK);
    }
}

/* Addresses are what the kernel says; what was not received is not written (valgrind looks at the rest). */
static void vuln_57_addresses_and_memory(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    char expected[32], buffer[8] = "#######";
    hc_response *response = get(conn, "/bytes/3");
    size_t len = 0, count = 0;

    snprintf(expected, sizeof expected, "127.0.0.1:%d", server_port(peer));
    CHECK_STR(hc_conn_peer_address(conn, &len), expected);
    CHECK_INT(len, strlen(expected));
    CHECK_MEM(hc_conn_local_address(conn, NULL), 10, "127.0.0.1:", 10);
    CHECK_INT(hc_response_read(response, buffer, sizeof buffer, &count), HC_OK);
    CHECK_MEM(buffer, sizeof buffer, "\0\1\2####\0", sizeof buffer);
    CHECK_INT(hc_response_free(response), HC_OK);
    end(conn, peer);
}

static void vuln_58_endless_head_from_a_proxy(void) {
    static const struct {
        const char *reply;
        hc_error code;
    } cases[] = {
        {"HTTP/1.1 200 \" \"a\" * 70000 \"", HC_ERR_LINE_TOO_LONG},
        {OK "\" \"A: b|\" * 1002 \"", HC_ERR_TOO_MANY_HEADERS},
    };
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        server *peer;
        hc_conn *conn;

        snprintf(script, sizeof script, "read-head\nsend \"%s\"\nwait-close\n", cases[i].reply);
        peer = server_start(script);
        conn = connect_to(peer);
        CHECK_INT(hc_conn_set_tunnel(conn, "o.test", 443, NULL), HC_OK);
        CHECK_INT(send_get(conn, "/secret"), cases[i].code);
        CHECK(!hc_conn_is_open(conn));
        CHECK_INT(hc_conn_free(conn), HC_OK);
        server_finish(peer);
    }
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(vuln_01_line_break_in_a_value),
        TEST(vuln_02_folds_in_a_value),
        TEST(vuln_03_request_in_a_method),
        TEST(vuln_04_controls_and_blanks_in_a_target),
        TEST(vuln_05_junk_in_the_host),
        TEST(vuln_06_line_break_in_a_tunnel),
        TEST(vuln_07_body_on_get_is_framed),
        TEST(vuln_08_smuggling_by_the_caller),
        TEST(vuln_09_nothing_of_a_request_is_left_for_the_next),
        TEST(vuln_10_extreme_lengths),
        TEST(vuln_11_names_that_are_not_ascii),
        TEST(vuln_12_endless_lines),
        TEST(vuln_13_endless_headers),
        TEST(vuln_14_endless_interim_responses_and_trailers),
        TEST(vuln_16_blank_before_the_colon),
        TEST(vuln_17_a_field_behind_a_bare_cr),
        TEST(vuln_18_folded_transfer_encoding),
        TEST(vuln_19_empty_name),
        TEST(vuln_20_a_length_of_very_many_digits),
        TEST(vuln_22_lengths_that_only_look_like_numbers),
        TEST(vuln_23_two_lengths),
        TEST(vuln_24_empty_length),
        TEST(vuln_25_error_texts_are_escaped),
        TEST(vuln_26_final_answer_before_the_body_was_sent),
        TEST(vuln_27_early_hints_are_not_the_answer),
        TEST_OF_SOCKETS(vuln_28_poisoned_response_queue),
        TEST(vuln_29_chunk_size_beyond_64_bits),
        TEST(vuln_30_chunk_size_ended_by_lf),
        TEST(vuln_31_junk_behind_chunk_data),
        TEST(vuln_33_empty_chunk_size),
        TEST(vuln_34_chunk_sizes_that_only_look_like_numbers),
        TEST(vuln_35_look_alikes_of_chunked),
        TEST(vuln_36_content_codings_are_left_alone),
        TEST(vuln_37_never_more_than_asked),
        TEST(vuln_38_tls_truncation),
        TEST(vuln_41_verified_by_default),
        TEST_OF_SOCKETS(vuln_47_bytes_behind_the_proxy_s_answer),
        TEST(vuln_48_settings_of_tls_are_immutable),
        TEST(vuln_49_connections_share_nothing),
        TEST(vuln_50_zones_are_not_for_the_peer),
        TEST(vuln_51_authorization_is_not_for_the_proxy),
        TEST(vuln_52_redirects_are_not_followed),
        TEST(vuln_53_free_in_a_callback_and_use_after_free),
        TEST_OF_SOCKETS(vuln_54_no_signals),
        TEST_OF_SOCKETS(vuln_55_a_descriptor_is_closed_once),
        TEST(vuln_56_a_freed_handle_is_no_other),
        TEST_OF_SOCKETS(vuln_57_addresses_and_memory),
        TEST(vuln_58_endless_head_from_a_proxy),
    };

    return RUN_TESTS_WITH_CERTIFICATES(tests, argc, argv);
}
