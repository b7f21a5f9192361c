/* Streams that a response gives out: after a 101, and after a 2xx to CONNECT. */
#include "harness.h"

#include <httpclient.h>
#include <string.h>

static hc_conn *connect_to(server *peer) {
    hc_conn *conn = NULL;
    CHECK_INT(hc_conn_new("127.0.0.1", server_port(peer), &conn), HC_OK);
    hc_conn_set_timeout(conn, 10000);
    return conn;
}

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

static void upgrade(void) {
    server *peer = server_start("read-head\n"
                                "send \"HTTP/1.1 101 Switching Protocols\\r\\n\\r\\nearly\"\n"
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
    CHECK_INT(hc_stream_write(stream, "ping", 4, &count), HC_OK);
    CHECK_INT(count, 4);
    expect(stream, "pong");

    CHECK_INT(hc_stream_set_timeout(stream, 0), HC_OK);
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
                                "send \"HTTP/1.1 200 OK\\r\\nContent-Length: 3\\r\\n\\r\\nhello\"\n"
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
                                "send \"HTTP/1.0 200 OK\\r\\n\\r\\nhello\"\n"
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

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(upgrade),
        TEST(connect_method),
        TEST(ordinary_response),
    };
    return RUN_TESTS(tests, argc, argv);
}
