/* HTTP/1.1 as a client can be checked for from outside: the 72 rows of docs/CONFORMANCE.md, each under its
 * number, through the C interface and over connections. tests/conformance has them in every detail. */
#define _POSIX_C_SOURCE 200809L

#include "rows.h"

#define SENT(method, lines, body) method " / HTTP/1.1|" AUTOMATIC lines "|" body

/* --- 1 to 24: requests that we send ------------------------------------------------------------- */

static void row_01_host_in_every_request(void) {
    sends(SENT("GET", "", ""), "GET", "/", NULL, NULL);
    sends(SENT("DELETE", "", ""), "DELETE", "/", NULL, NULL);
}

static void row_02_host_is_the_authority_of_the_target(void) {
    sends("GET http://o.test:81/x HTTP/1.1|Host: o.test:81|Accept-Encoding: identity||",
          "GET", "http://me:pw@o.test:81/x", NULL, NULL);
    sends("GET http://[::1]/ HTTP/1.1|Host: [::1]|Accept-Encoding: identity||", "GET",
          "http://[::1]/", NULL, NULL);
}

static void row_03_host_is_the_first_field(void) {
    sends("GET / HTTP/1.1|host: own.test|Accept-Encoding: identity|A: b||", "GET",
          "/", LIST("A", "b", "host", "own.test"), NULL);
}

static void row_04_exactly_one_host(void) {
    refuses(HC_ERR_VALUE, "GET", "/", LIST("Host", "a", "host", "a"), NULL);
}

static void row_05_an_empty_path_is_a_slash(void) {
    sends(SENT("GET", "", ""), "GET", "", NULL, NULL);
}

static void row_06_no_fragment_in_the_target(void) {
    sends(SENT("GET", "", ""), "GET", "/#part", NULL, NULL);
}

static void row_07_absolute_form_to_a_proxy(void) {
    sends("GET http://o.test/a?b HTTP/1.1|Host: o.test|Accept-Encoding: identity||",
          "GET", "http://o.test/a?b", NULL, NULL);
}

/* By set_tunnel, whose host may be an IPv6 address. */
static void row_08_connect_has_host_and_port(void) {
    server *peer = server_start(
        "expect \"CONNECT [::1]:80 HTTP/1.1|Host: [::1]:80||\"\nsend \"" OK "|\"\n"
        "expect \"GET / HTTP/1.1|Host: [::1]|Accept-Encoding: identity||\"\n"
        "send \"" NEXT "\"\n");
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_conn_set_tunnel(conn, "::1", HC_PORT_DEFAULT, NULL), HC_OK);
    CHECK_GET(conn, "/", 299, "");
    end(conn, peer);
    refuses(HC_ERR_INVALID_URL, "CONNECT", "o.test", NULL, NULL);
}

static void row_09_options_asterisk(void) {
    sends("OPTIONS * HTTP/1.1|" AUTOMATIC "|", "OPTIONS", "*", NULL, NULL);
}

static void row_10_never_length_and_transfer_encoding(void) {
    refuses(HC_ERR_VALUE, "POST", "/", LIST("Content-Length", "4", "Transfer-Encoding", "chunked"), "body");
}

static int64_t two_blocks(void *context, void *buffer, size_t capacity) {
    const char **rest = context;
    size_t len = strlen(*rest) < 2 ? strlen(*rest) : 2;

    CHECK(capacity >= 2);
    memcpy(buffer, *rest, len);
    *rest += len;
    return (int64_t)len;
}

static void row_11_every_content_is_framed(void) {
    server *peer = expecting(SENT("GET", "Transfer-Encoding: chunked|",
                                  "2|bo|2|dy|0||"));
    hc_conn *conn = connect_to(peer);
    const char *body = "body";

    CHECK_INT(hc_request_callback(conn, "GET", "/", NULL, two_blocks, &body, HC_LENGTH_UNKNOWN), HC_OK);
    end_exchange(conn, 299);
    end(conn, peer);
    sends(SENT("GET", "Content-Length: 4|", "body"), "GET", "/", NULL, "body");
    conn = NULL;
    CHECK_INT(hc_conn_new("h.test", 80, &conn), HC_OK);
    CHECK_INT(hc_putrequest(conn, "POST", "/", false, false), HC_OK);
    CHECK_INT(hc_putheader(conn, "Transfer-Encoding", "chunked"), HC_OK);
    CHECK_INT(hc_endheaders(conn, "raw", 3, false), HC_ERR_VALUE);
    CHECK(!hc_conn_is_open(conn));
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

static void row_12_no_chunks_to_http_1_0(void) {
    server *peer = server_start("read-head\nsend \"HTTP/1.0 200 OK|Content-Length: 0||\"\n");
    hc_conn *conn = connect_to(peer);
    const char *body = "body";

    CHECK_GET(conn, "/", 200, "");
    CHECK_INT(hc_request_callback(conn, "PUT", "/", NULL, two_blocks, &body, HC_LENGTH_UNKNOWN),
              HC_ERR_VALUE);
    CHECK_STR(body, "body");
    end(conn, peer);
}

static void row_13_the_final_coding_is_chunked(void) {
    refuses(HC_ERR_VALUE, "POST", "/", LIST("Transfer-Encoding", "chunked, gzip"), "body");
    refuses(HC_ERR_VALUE, "POST", "/", LIST("Transfer-Encoding", "gzip"), "body");
}

static void row_14_content_length_is_the_body_s(void) {
    static const char *const wrong[] = {"3", "5", "+4", "4, 4", "", "18446744073709551620"};
    server *peer = server_start("read-head\nread 4\nwait-close\n");
    hc_conn *conn = connect_to(peer);
    const char *body = "body";
    size_t i;

    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        refuses(HC_ERR_VALUE, "POST", "/", LIST("Content-Length", wrong[i]), "body");
    }
    /* What was half sent can never become another request. */
    CHECK_INT(hc_request_callback(conn, "POST", "/", NULL, two_blocks, &body, 5), HC_ERR_VALUE);
    CHECK(!hc_conn_is_open(conn));
    end(conn, peer);
}

static void row_15_no_obsolete_folding(void) {
    refuses_header("A", "b\r\n c");
    refuses_header("A", "b\n\tc");
}

static void row_16_no_controls_in_a_value(void) {
    refuses_header("A", "b\r\nC: d");
    refuses_header("A", "b\nc");
    refuses_header("A", "b\rc");
    refuses_header("A", "\x01");
    refuses_header("A", "\x7f");
}

static void row_17_a_field_name_is_a_token(void) {
    static const char *const bad[] = {"", " A", "A ", "A B", "A:", "A\r\nB", "A\t", "\xe9", "A(", "\x7f"};
    size_t i;

    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        refuses_header(bad[i], "b");
    }
}

static void row_18_a_method_is_a_token(void) {
    static const char *const bad[] = {"", "GET ", "G T", "GET\r\nA: b", "G/T", "G\x7f"};
    size_t i;

    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        refuses(HC_ERR_VALUE, bad[i], "/", NULL, NULL);
    }
}

static void row_19_no_chunked_in_te(void) { refuses_header("TE", "trailers, chunked;q=1"); }

static void row_20_te_comes_with_connection_te(void) {
    sends(SENT("GET", "TE: trailers|Connection: TE|", ""), "GET", "/", LIST("TE", "trailers"), NULL);
}

static void row_21_upgrade_comes_with_connection_upgrade(void) {
    sends(SENT("GET", "Upgrade: x|Connection: upgrade|", ""), "GET", "/", LIST("Upgrade", "x"),
          NULL);
}

static void row_22_no_expectation_without_content(void) { refuses_header("Expect", "100-continue"); }

static void row_23_trace_without_content(void) {
    refuses(HC_ERR_VALUE, "TRACE", "/", NULL, "body");
    sends(SENT("TRACE", "", ""), "TRACE", "/", NULL, NULL);
}

static void row_24_nothing_after_a_request(void) {
    server *peer = server_start(
        "expect \"" SENT("POST", "Content-Length: 4|", "body") "\"\nsend \"" NEXT "\"\n"
        "expect \"" SENT("GET", "", "") "\"\nsend \"" NEXT "\"\nwait-close\n");
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_request(conn, "POST", "/", NULL, "body", 4), HC_OK);
    end_exchange(conn, 299);
    CHECK_GET(conn, "/", 299, "");
    end(conn, peer);
}

/* --- 25 to 33: status lines that we read -------------------------------------------------------- */

static void bad_status(const char *line) {
    char bytes[200];

    snprintf(bytes, sizeof bytes, "%s|" FIVE, line);
    bad_head(HC_ERR_BAD_STATUS_LINE, bytes, "");
}

static void row_25_exactly_three_digits(void) {
    bad_status("HTTP/1.1 20 OK");
    bad_status("HTTP/1.1 2000 OK");
    bad_status("HTTP/1.1 +200 OK");
    bad_status("HTTP/1.1");
}

static void row_26_no_code_under_100(void) { bad_status("HTTP/1.1 099 OK"); }

static void row_27_http_is_case_sensitive(void) {
    bad_status("http/1.1 200 OK");
    bad_status("ICY 200 OK");
}

static void row_28_another_major_version_is_refused(void) {
    bad_head(HC_ERR_UNKNOWN_PROTOCOL, "HTTP/2.0 200 OK|" FIVE, "");
    bad_head(HC_ERR_UNKNOWN_PROTOCOL, "HTTP/0.9 200 OK|" FIVE, "");
    bad_head(HC_ERR_UNKNOWN_PROTOCOL, "HTTP/1.10 200 OK|" FIVE, "");
}

static void row_29_a_later_minor_version_is_1_1(void) {
    server *peer = answering("HTTP/1.2 200 OK|" FIVE, "", KEPT);
    hc_conn *conn = connect_to(peer);
    hc_response *response = get(conn, "/");

    CHECK_INT(hc_response_version(response), 11);
    CHECK_BODY(response, "hello");
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_GET(conn, "/next", 299, "");
    end(conn, peer);
}

static void row_30_a_bare_cr_is_refused(void) {
    bad_status("HTTP/1.1 200 O\\rK");
    bad_status("HTTP/1.1 200 OK\\r");
}

static void row_31_nul_in_the_reason_is_refused(void) { bad_status("HTTP/1.1 200 O\\0K"); }

static void row_32_a_missing_reason_is_tolerated(void) {
    answers("GET", "HTTP/1.1 200|" FIVE, "", 200, "hello", KEPT);
}

static void row_33_an_end_inside_the_head_is_incomplete(void) {
    bad_head(HC_ERR_INCOMPLETE_READ, "HTTP/1.1 200 OK", "shutdown\n");
    bad_head(HC_ERR_INCOMPLETE_READ, OK "Content-Length: 0|", "shutdown\n");
}

/* --- 34 to 43: fields that we read -------------------------------------------------------------- */

static void bad_field(const char *line) {
    char bytes[200];

    snprintf(bytes, sizeof bytes, OK "A: b|%s|" FIVE, line);
    bad_head(HC_ERR_BAD_HEADER, bytes, "");
}

static void row_34_folds_are_undone_before_anything_is_evaluated(void) {
    answers("GET", OK "A: b| Content-Length: 3|Content-Length:| 5||hello", "", 200,
            "hello", KEPT);
}

static void row_35_no_blank_before_the_first_field(void) {
    bad_head(HC_ERR_BAD_HEADER, OK " A: b|" FIVE, "");
}

static void row_36_no_blank_before_the_colon(void) { bad_field("Transfer-Encoding : chunked"); }

static void row_37_a_bare_cr_is_refused(void) { bad_field("A: b\\rContent-Length: 3"); }

static void row_38_nul_is_refused(void) { bad_field("A: \\0"); }

static void row_39_an_empty_name_is_refused(void) { bad_field(": b"); }

static void row_40_a_name_that_is_no_token_is_refused(void) {
    bad_field("A B: c");
    bad_field("A\\xe9: c");
    bad_field("A(: c");
}

static void row_41_a_line_without_a_colon_is_refused(void) { bad_field("no colon"); }

static void row_42_cr_lf_cr_does_not_end_the_head(void) { bad_field("\\rX: y"); }

static void row_43_the_number_of_fields_is_a_setting(void) {
    server *peer = server_start("read-head\nsend \"" OK "\" \"A: b|\" * 150 \"" FIVE "\"\n"
                                "read-head\nsend \"" OK "\" \"A: b|\" * 151 \"" FIVE "\"\n");
    hc_conn *conn = connect_to(peer);
    hc_response *response;

    CHECK_INT(hc_conn_set_limit(conn, HC_LIMIT_HEADERS, 152), HC_OK);
    response = get(conn, "/");
    CHECK_INT(hc_response_header_count(response), 151);
    CHECK_BODY(response, "hello");
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(send_get(conn, "/"), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_ERR_TOO_MANY_HEADERS);
    end(conn, peer);
}

/* --- 44 to 57: framing -------------------------------------------------------------------------- */

static void row_44_no_body_whatever_the_fields_say(void) {
    answers("HEAD", OK "Content-Length: 5||", "", 200, "", KEPT);
    answers("HEAD", CHUNKED, "", 200, "", KEPT);
    answers("GET", "HTTP/1.1 204 No|Content-Length: 5||", "", 204, "", KEPT);
    answers("GET", "HTTP/1.1 304 No|Transfer-Encoding: chunked||", "", 304, "", KEPT);
}

static void row_45_a_tunnel_has_no_framing(void) {
    server *peer = server_start("read-head\nsend \"HTTP/1.1 299 Go|Content-Length: 3||raw bytes\"\n");
    hc_conn *conn = connect_to(peer);
    hc_response *response = NULL;

    CHECK_INT(hc_request(conn, "CONNECT", "o.test:443", NULL, NULL, 0), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_OK);
    CHECK_INT(hc_response_length(response), HC_LENGTH_UNKNOWN);
    CHECK_BODY(response, "raw bytes");
    CHECK_INT(hc_response_free(response), HC_OK);
    end(conn, peer);
}

static void row_46_equal_lengths_are_one(void) {
    answers("GET", OK "Content-Length: 5, 5|" FIVE, "", 200, "hello", KEPT);
}

static void row_47_differing_lengths_are_an_error(void) {
    bad_head(HC_ERR_BAD_FRAMING, OK "Content-Length: 6|" FIVE, "");
    bad_head(HC_ERR_BAD_FRAMING, OK "Content-Length: 5, 6||hello", "");
}

static void row_48_a_length_has_only_digits(void) {
    static const char *const bad[] = {"+5", "-1", "0x5", "5 5", "5_0", "", "5,", "\\xa05"};
    char bytes[100];
    size_t i;

    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(bytes, sizeof bytes, OK "Content-Length: %s||hello", bad[i]);
        bad_head(HC_ERR_BAD_FRAMING, bytes, "");
    }
}

static void row_49_a_length_cannot_overflow(void) {
    bad_head(HC_ERR_BAD_FRAMING, OK "Content-Length: 18446744073709551621||hello", "");
}

static void row_50_a_short_body_is_never_complete(void) {
    bad_body(HC_ERR_INCOMPLETE_READ, OK "Content-Length: 9||hello", "shutdown\n", "hello");
    bad_body(HC_ERR_INCOMPLETE_READ, OK "Content-Length: 9||", "shutdown\n", "");
    bad_body(HC_ERR_INCOMPLETE_READ, CHUNKED "5|hel", "shutdown\n", "hel");
    bad_body(HC_ERR_INCOMPLETE_READ, CHUNKED "5|hello|", "shutdown\n", "hello");
}

static void row_51_an_unknown_coding_is_never_given_a_length(void) {
    bad_head(HC_ERR_UNKNOWN_TRANSFER_ENCODING, OK "Transfer-Encoding: xchunked|" FIVE, "");
    bad_head(HC_ERR_UNKNOWN_TRANSFER_ENCODING, OK "Transfer-Encoding: \\\"chunked\\\"|" FIVE, "");
}

static void row_52_transfer_encoding_with_length_closes(void) {
    answers("GET", OK "Content-Length: 5|Transfer-Encoding: chunked||5|hello|0||",
            "", 200, "hello", REPLACED);
}

static void row_53_chunked_that_is_not_final_reads_until_close(void) {
    answers("GET", OK "Transfer-Encoding: chunked, gzip|" FIVE, "shutdown\n", 200, "hello", REPLACED);
}

static void row_54_chunked_after_gzip_frames(void) {
    answers("GET", OK "Transfer-Encoding: gzip, chunked||5|hello|0||", "", 200,
            "hello", KEPT);
}

static void row_55_transfer_encoding_in_http_1_0_closes(void) {
    answers("GET",
            "HTTP/1.0 200 OK|Connection: keep-alive|Transfer-Encoding: chunked||"
            "5|hello|0||",
            "", 200, "hello", REPLACED);
}

/* --- 58 to 66: chunks (56 and 57 need TLS: below) ------------------------------------------------ */

static void bad_chunks(const char *rest) {
    char bytes[200];

    snprintf(bytes, sizeof bytes, CHUNKED "4|good|%s", rest);
    bad_body(HC_ERR_INCOMPLETE_READ, bytes, "", "good");
}

static void row_58_blanks_before_an_extension(void) {
    answers("GET", CHUNKED "5 \\t; a=\\\"b\\\"|hello|0 ;x||", "", 200, "hello", KEPT);
}

static void row_59_only_crlf_after_the_size(void) { bad_chunks("5\\nhello\\n0\\n\\n"); }

static void row_60_only_hex_digits(void) {
    bad_chunks("0x5|hello|0||");
    bad_chunks("-5|hello|0||");
    bad_chunks("|hello|0||");
}

static void row_61_sizes_cannot_overflow(void) {
    bad_chunks("10000000000000005|hello|0||");
}

static void row_62_crlf_after_the_data_is_checked(void) {
    bad_body(HC_ERR_INCOMPLETE_READ, CHUNKED "4|goodXY0||", "", "good");
    bad_body(HC_ERR_INCOMPLETE_READ, CHUNKED "4|good\\n0||", "", "good");
}

static void row_63_an_unfinished_last_chunk_is_incomplete(void) {
    bad_body(HC_ERR_INCOMPLETE_READ, CHUNKED "5|hello|0|", "shutdown\n", "hello");
    bad_body(HC_ERR_INCOMPLETE_READ, CHUNKED "5|hello|0|A: b|", "shutdown\n", "hello");
}

/* Also that they are not among the headers. */
static void check_trailers(const char *name, const char *value) {
    char bytes[200];
    server *peer;
    hc_conn *conn;
    hc_response *response;
    const char *found_name = NULL, *found_value = NULL;

    snprintf(bytes, sizeof bytes, CHUNKED "5|hello|0|%s: %s||", name, value);
    peer = answering(bytes, "", KEPT);
    conn = connect_to(peer);
    response = get(conn, "/");
    CHECK_INT(hc_response_trailer_count(response), 0);
    CHECK_BODY(response, "hello");
    CHECK_INT(hc_response_trailer_count(response), 1);
    CHECK_INT(hc_response_trailer_at(response, 0, &found_name, NULL, &found_value, NULL), HC_OK);
    CHECK_STR(found_name, name);
    CHECK_STR(found_value, value);
    CHECK_INT(hc_response_header_count(response), 1);
    CHECK(hc_response_getheader(response, name, NULL) == NULL);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_GET(conn, "/next", 299, "");
    end(conn, peer);
}

static void row_64_trailers_are_parsed(void) {
    check_trailers("Digest", "x");
    bad_body(HC_ERR_BAD_HEADER, CHUNKED "5|hello|0|A : b||", "", "hello");
}

static void row_65_trailers_are_never_merged_into_the_headers(void) {
    check_trailers("Connection", "close");
    check_trailers("Content-Length", "3");
}

static void row_66_no_line_break_inside_an_extension(void) {
    bad_chunks("5;a\\rb|hello|0||");
    bad_chunks("5;a\\nb|hello|0||");
}

/* --- 67 to 72: interim responses and persistence ------------------------------------------------ */

static void row_67_every_1xx_but_101_is_skipped(void) {
    answers("GET",
            "HTTP/1.1 100 Continue||HTTP/1.1 103 Hints|Link: x||"
            "HTTP/1.1 199 X||" OK FIVE,
            "", 200, "hello", KEPT);
}

static void row_68_an_interim_response_has_no_body(void) {
    answers("GET", "HTTP/1.1 103 Hints|Content-Length: 5||" OK FIVE, "", 200, "hello", KEPT);
    answers("GET", "HTTP/1.1 100 Go|Transfer-Encoding: chunked||" OK FIVE, "", 200, "hello",
            KEPT);
}

static void row_69_a_101_that_was_not_asked_for_is_an_error(void) {
    bad_head(HC_ERR_UNEXPECTED_SWITCH, "HTTP/1.1 101 Go|Upgrade: x||", "");
}

static void row_70_close_anywhere_in_any_connection_line(void) {
    answers("GET", OK "Connection: a|Connection: b ,\\tCLOSE|" FIVE, "", 200, "hello", REPLACED);
    answers("GET", OK "Connection: disclose|" FIVE, "", 200, "hello", KEPT);
}

static void row_71_unsolicited_bytes_end_the_connection(void) {
    answers("GET", OK FIVE OK "Content-Length: 4||evil", "", 200, "hello", REPLACED);
    answers("GET", OK FIVE "|", "", 200, "hello", REPLACED);
    answers("HEAD", OK FIVE, "", 200, "", REPLACED);
}

static void row_72_http_1_0_closes_unless_told_otherwise(void) {
    answers("GET", "HTTP/1.0 200 OK|" FIVE, "", 200, "hello", REPLACED);
    answers("GET", "HTTP/1.0 200 OK|Connection: Keep-Alive|" FIVE, "", 200, "hello", KEPT);
}

/* --- 56 and 57: the end of a TLS session -------------------------------------------------------- */

static void row_56_tls_that_just_ends_is_incomplete(void) {
    server *peer;
    hc_conn *conn = connect_tls(&peer, "read-head\nsend \"" OK "|hello\"\ncut\n"
                                       "connection\nread-head\nsend \"" OK "A: b|\"\ncut\n"
                                       "connection\nread-head\nsend \"" OK FIVE "\"\ncut\n");
    hc_response *response = get(conn, "/");
    const char *body = NULL;
    size_t len = 0;

    CHECK_INT(hc_response_read_all(response, 100, &body, &len), HC_ERR_INCOMPLETE_READ);
    CHECK_MEM(body, len, "hello", 5);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(send_get(conn, "/"), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_ERR_TLS_TRUNCATED);
    CHECK_INT(hc_conn_close(conn), HC_OK);
    /* What was complete before is complete. */
    CHECK_GET(conn, "/", 200, "hello");
    end(conn, peer);
}

/* The server fails where the stream ends without it. */
static void row_57_we_send_close_notify(void) {
    server *peer;
    hc_conn *conn = connect_tls(&peer, "read-head\nsend \"" OK FIVE "\"\nwait-close\n"
                                       "connection\nread-head\nsend \"" OK "Connection: close|" FIVE
                                       "\"\nwait-close\n");

    CHECK_GET(conn, "/", 200, "hello");
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_GET(conn, "/", 200, "hello");
    end(conn, peer);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(row_01_host_in_every_request),
        TEST(row_02_host_is_the_authority_of_the_target),
        TEST(row_03_host_is_the_first_field),
        TEST(row_04_exactly_one_host),
        TEST(row_05_an_empty_path_is_a_slash),
        TEST(row_06_no_fragment_in_the_target),
        TEST(row_07_absolute_form_to_a_proxy),
        TEST(row_08_connect_has_host_and_port),
        TEST(row_09_options_asterisk),
        TEST(row_10_never_length_and_transfer_encoding),
        TEST(row_11_every_content_is_framed),
        TEST(row_12_no_chunks_to_http_1_0),
        TEST(row_13_the_final_coding_is_chunked),
        TEST(row_14_content_length_is_the_body_s),
        TEST(row_15_no_obsolete_folding),
        TEST(row_16_no_controls_in_a_value),
        TEST(row_17_a_field_name_is_a_token),
        TEST(row_18_a_method_is_a_token),
        TEST(row_19_no_chunked_in_te),
        TEST(row_20_te_comes_with_connection_te),
        TEST(row_21_upgrade_comes_with_connection_upgrade),
        TEST(row_22_no_expectation_without_content),
        TEST(row_23_trace_without_content),
        TEST(row_24_nothing_after_a_request),
        TEST(row_25_exactly_three_digits),
        TEST(row_26_no_code_under_100),
        TEST(row_27_http_is_case_sensitive),
        TEST(row_28_another_major_version_is_refused),
        TEST(row_29_a_later_minor_version_is_1_1),
        TEST(row_30_a_bare_cr_is_refused),
        TEST(row_31_nul_in_the_reason_is_refused),
        TEST(row_32_a_missing_reason_is_tolerated),
        TEST(row_33_an_end_inside_the_head_is_incomplete),
        TEST(row_34_folds_are_undone_before_anything_is_evaluated),
        TEST(row_35_no_blank_before_the_first_field),
        TEST(row_36_no_blank_before_the_colon),
        TEST(row_37_a_bare_cr_is_refused),
        TEST(row_38_nul_is_refused),
        TEST(row_39_an_empty_name_is_refused),
        TEST(row_40_a_name_that_is_no_token_is_refused),
        TEST(row_41_a_line_without_a_colon_is_refused),
        TEST(row_42_cr_lf_cr_does_not_end_the_head),
        TEST(row_43_the_number_of_fields_is_a_setting),
        TEST(row_44_no_body_whatever_the_fields_say),
        TEST(row_45_a_tunnel_has_no_framing),
        TEST(row_46_equal_lengths_are_one),
        TEST(row_47_differing_lengths_are_an_error),
        TEST(row_48_a_length_has_only_digits),
        TEST(row_49_a_length_cannot_overflow),
        TEST(row_50_a_short_body_is_never_complete),
        TEST(row_51_an_unknown_coding_is_never_given_a_length),
        TEST(row_52_transfer_encoding_with_length_closes),
        TEST(row_53_chunked_that_is_not_final_reads_until_close),
        TEST(row_54_chunked_after_gzip_frames),
        TEST(row_55_transfer_encoding_in_http_1_0_closes),
        TEST(row_56_tls_that_just_ends_is_incomplete),
        /* Closing waits for nobody: a transport that would block is not given it. */
        TEST_OF_SOCKETS(row_57_we_send_close_notify),
        TEST(row_58_blanks_before_an_extension),
        TEST(row_59_only_crlf_after_the_size),
        TEST(row_60_only_hex_digits),
        TEST(row_61_sizes_cannot_overflow),
        TEST(row_62_crlf_after_the_data_is_checked),
        TEST(row_63_an_unfinished_last_chunk_is_incomplete),
        TEST(row_64_trailers_are_parsed),
        TEST(row_65_trailers_are_never_merged_into_the_headers),
        TEST(row_66_no_line_break_inside_an_extension),
        TEST(row_67_every_1xx_but_101_is_skipped),
        TEST(row_68_an_interim_response_has_no_body),
        TEST(row_69_a_101_that_was_not_asked_for_is_an_error),
        TEST(row_70_close_anywhere_in_any_connection_line),
        /* What one receive brought along, which is a matter of the socket. */
        TEST_OF_SOCKETS(row_71_unsolicited_bytes_end_the_connection),
        TEST(row_72_http_1_0_closes_unless_told_otherwise),
    };

    return RUN_TESTS_WITH_CERTIFICATES(tests, argc, argv);
}
