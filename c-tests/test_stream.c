/* Streams that a response gives out: after a 101, and after a 2xx to CONNECT. */
#include "client.h"

/* Reads exactly `len` bytes. */
static void expect(hc_stream *stream, const char *text) {
    char buffer[64];
    size_t len = strlen(text), have = 0, count = 1;
    while (have < len && count > 0 &&
           hc_stream_read(stream, buffer + have, len - have, &count) == HC_OK) {
        have += count;
    }
    CHECK_MEM(buffer, have, text, len);
}

/* Sends all of it. */
static void put(hc_stream *stream, const char *text) {
    size_t len = strlen(text), count = 1;
    while (len > 0 && count > 0 && hc_stream_write(stream, text, len, &count) == HC_OK) {
        text += count;
        len -= count;
    }
    CHECK_INT(len, 0);
}

static void upgrade(void) {
    server *peer = server_start("read-head\n"
                                "send \"HTTP/1.1 101 Switching Protocols||early\"\n"
                                "expect \"ping\"\n"
                                "send \"pong\"\n"
                                "wait-close\n");
    hc_conn *conn = connect_to(peer);
    const char *headers[] = {"Upgrade", "echo", NULL};
    hc_response *response = NULL;
    hc_stream *stream = NULL;
    size_t count = 0;
    char byte;
    REQUIRE(hc_request(conn, "GET", "/", headers, NULL, 0) == HC_OK);
    REQUIRE(hc_getresponse(conn, &response) == HC_OK);
    CHECK_INT(hc_response_status(response), 101);
    REQUIRE(hc_response_detach(response, &stream) == HC_OK);
    CHECK(hc_response_is_closed(response));
    CHECK(hc_stream_fileno(stream) >= 0);
    expect(stream, "early");
    put(stream, "ping");
    CHECK_INT(hc_stream_write(stream, NULL, 0, &count), HC_OK);
    CHECK_INT(count, 0);
    expect(stream, "pong");

    CHECK_INT(hc_stream_set_timeout(stream, 0), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, 0), HC_OK);
    CHECK_INT(hc_stream_read(stream, &byte, 1, &count), HC_WOULD_BLOCK);
    CHECK_INT(count, 0);
    CHECK_INT(hc_stream_interest(stream), HC_INTEREST_READ);
    CHECK_INT(hc_stream_set_timeout(stream, -2), HC_ERR_INVALID_ARGUMENT);

    /* The connection and the response are not needed any more. */
    hc_stream *again = stream;
    CHECK_INT(hc_response_detach(response, &again), HC_ERR_STATE);
    CHECK(again == NULL);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(hc_stream_free(stream), HC_OK);
    CHECK_INT(hc_stream_free(stream), HC_ERR_INVALID_HANDLE);
    CHECK_INT(hc_stream_free(NULL), HC_OK);
    server_finish(peer);
}

static void connect_method(void) {
    server *peer = server_start("read-head\n"
                                "send \"HTTP/1.1 200 OK|Content-Length: 3||hello\"\n"
                                "close\n");
    hc_conn *conn = connect_to(peer);
    hc_response *response = NULL;
    hc_stream *stream = NULL;
    size_t count = 1;
    char byte;
    REQUIRE(hc_request(conn, "CONNECT", "example.org:443", NULL, NULL, 0) == HC_OK);
    REQUIRE(hc_getresponse(conn, &response) == HC_OK);
    REQUIRE(hc_response_detach(response, &stream) == HC_OK);
    expect(stream, "hello");
    CHECK_INT(hc_stream_read(stream, &byte, 1, &count), HC_OK);
    CHECK_INT(count, 0);
    hc_stream_free(stream);
    hc_response_free(response);
    hc_conn_free(conn);
    server_finish(peer);
}

static void ordinary_response(void) {
    server *peer = server_start("read-head\n"
                                "send \"HTTP/1.0 200 OK||hello\"\n"
                                "close\n");
    hc_conn *conn = connect_to(peer);
    hc_response *response = NULL;
    hc_stream *stream = NULL;
    const char *body;
    size_t len;
    REQUIRE(hc_request(conn, "GET", "/", NULL, NULL, 0) == HC_OK);
    REQUIRE(hc_getresponse(conn, &response) == HC_OK);
    CHECK_INT(hc_response_detach(response, &stream), HC_ERR_STATE);
    CHECK(strlen(hc_response_error_message(response)) > 0);
    CHECK_INT(hc_response_read_all(response, 100, &body, &len), HC_OK);
    CHECK_STR(body, "hello");
    hc_response_free(response);
    hc_conn_free(conn);
    server_finish(peer);
}

/* A stream has the detail of its own failures. */
static void failures(void) {
    server *peer = server_start("read-head\n"
                                "send \"HTTP/1.1 101 Switching Protocols||x\"\n"
                                "read 1\n"
                                "reset\n");
    hc_conn *conn = connect_to(peer);
    hc_response *response = NULL;
    hc_stream *stream = (hc_stream *)conn;
    const char *headers[] = {"Upgrade", "echo", NULL};
    hc_error_detail detail;
    size_t count = 9;
    char byte;

    REQUIRE(hc_request(conn, "GET", "/", headers, NULL, 0) == HC_OK);
    REQUIRE(hc_getresponse(conn, &response) == HC_OK);
    CHECK_INT(hc_response_detach(NULL, &stream), HC_ERR_INVALID_ARGUMENT);
    CHECK(stream == NULL);
    CHECK_INT(hc_response_detach(response, NULL), HC_ERR_INVALID_ARGUMENT);
    REQUIRE(hc_response_detach(response, &stream) == HC_OK);
    memset(&detail, 0, sizeof detail);
    CHECK_INT(hc_stream_error_detail(stream, &detail), HC_ERR_INVALID_ARGUMENT);
    detail.size = sizeof detail;
    CHECK_INT(hc_stream_error_detail(stream, &detail), HC_OK);
    CHECK_INT(detail.code, HC_OK);
    CHECK_STR(hc_stream_error_message(stream), "");
    CHECK_INT(hc_stream_read(stream, NULL, 1, &count), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_stream_write(stream, NULL, 1, &count), HC_ERR_INVALID_ARGUMENT);
    expect(stream, "x");
    put(stream, "y");
    CHECK_INT(hc_stream_read(stream, &byte, 1, &count), of_socket(HC_ERR_CONNECTION_RESET));
    CHECK_INT(count, 0);
    CHECK_INT(hc_stream_error_detail(stream, &detail), HC_OK);
    CHECK_INT(detail.code, of_socket(HC_ERR_CONNECTION_RESET));
    CHECK(detail.os_error != 0);
    CHECK_STR(hc_stream_error_message(stream), detail.message);
    CHECK(strlen(detail.message) > 0);
    /* Not a word of it in those that it came from. */
    CHECK_STR(hc_response_error_message(response), "");
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(hc_stream_free(stream), HC_OK);
    CHECK_INT(hc_stream_read(stream, &byte, 1, &count), HC_ERR_INVALID_HANDLE);
    CHECK_INT(hc_stream_error_detail(stream, &detail), HC_ERR_INVALID_HANDLE);
    CHECK_STR(hc_stream_error_message(stream), hc_error_string(HC_ERR_INVALID_HANDLE));
    CHECK_INT(hc_stream_fileno(stream), -1);
    CHECK_INT(hc_stream_interest(stream), 0);
    server_finish(peer);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(upgrade),
        TEST(connect_method),
        TEST(ordinary_response),
        TEST(failures),
    };
    return RUN_TESTS(tests, argc, argv);
}
