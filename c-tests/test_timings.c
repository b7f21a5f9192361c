/* When the steps of an exchange were done. */
#define _POSIX_C_SOURCE 200809L

#include "tls_client.h"

/* A pause of 20 milliseconds. */
enum { PAUSE = 20 * 1000 * 1000 };

static hc_timings timings_of(const hc_response *response) {
    hc_timings timings;

    memset(&timings, 0xff, sizeof timings);
    timings.size = sizeof timings;
    CHECK_INT(hc_response_timings(response, &timings), HC_OK);
    CHECK_INT(timings.size, sizeof timings);
    return timings;
}

static void steps_of_exchanges(void) {
    server *peer = server_start(
        "read-head\npause 20\nsend \"HTTP/1.1 200 OK|\"\npause 20\n"
        "send \"Content-Length: 2||\"\npause 20\nsend \"ok\"\n"
        "read-head\n" OK_EMPTY "wait-close\n");
    hc_conn *conn = connect_to(peer);
    hc_response *response;
    hc_timings times;

    CHECK_INT(hc_conn_set_timings(conn, true), HC_OK);
    response = get(conn, "/");
    times = timings_of(response);
    CHECK_INT(times.total, -1);
    CHECK_BODY(response, "ok");
    times = timings_of(response);
    /* A dialer looks nothing up that the library could know of. */
    CHECK_INT(times.lookup >= 0, !is_byte_by_byte());
    CHECK(times.lookup <= times.connect);
    CHECK_INT(times.tunnel, -1);
    CHECK_INT(times.tls, -1);
    CHECK(times.connect <= times.sent && times.sent <= times.first_byte);
    CHECK(times.first_byte <= times.head && times.head <= times.total);
    /* However late this program is, the server has made its pauses by then. */
    CHECK(times.first_byte >= 1 * PAUSE && times.head >= 2 * PAUSE && times.total >= 3 * PAUSE);
    times.size = 0;
    CHECK_INT(hc_response_timings(response, &times), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_response_timings(response, NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_response_free(response), HC_OK);
    /* Nothing was opened. */
    response = get(conn, "/");
    times = timings_of(response);
    CHECK_INT(times.lookup, -1);
    CHECK_INT(times.connect, -1);
    CHECK(times.sent >= 0 && times.sent <= times.head && times.head <= times.total);
    CHECK_INT(hc_response_free(response), HC_OK);
    end(conn, peer);
}

/* The same with what comes between connecting and sending. */
static void steps_of_opening(void) {
    server *peer = server_start("expect \"CONNECT origin.test:80 HTTP/1.1|"
                                "Host: origin.test:80||\"\npause 20\n"
                                "send \"HTTP/1.1 200 OK||\"\nread-head\n" OK_EMPTY);
    server *secure = serve("server");
    hc_tls_config *config = built(trusting());
    hc_conn *conn = connect_to(peer);
    hc_response *response;
    hc_timings times;
    char body[8];
    size_t count;
    int i;

    CHECK_INT(hc_conn_set_timings(conn, true), HC_OK);
    CHECK_INT(hc_conn_set_tunnel(conn, "origin.test", HC_PORT_DEFAULT, NULL), HC_OK);
    response = get(conn, "/");
    times = timings_of(response);
    CHECK(times.connect >= 0 && times.tunnel >= times.connect + 10000000);
    CHECK_INT(times.tls, -1);
    CHECK(times.sent >= times.tunnel && times.total >= times.head);
    CHECK_INT(hc_response_free(response), HC_OK);
    end(conn, peer);

    conn = connection("127.0.0.1", secure, config);
    CHECK_INT(hc_conn_set_timings(conn, true), HC_OK);
    for (i = 0; i < 2; i++) {
        response = get(conn, "/bytes/2");
        CHECK_INT(hc_response_read(response, body, sizeof body, &count), HC_OK);
        CHECK_INT(count, 2);
        times = timings_of(response);
        CHECK_INT(times.tunnel, -1);
        /* Only the first one opens the connection. */
        CHECK(i == 0 ? times.connect >= 0 && times.connect < times.tls : times.tls == -1);
        CHECK(times.tls < times.sent && times.sent < times.first_byte);
        CHECK(times.first_byte <= times.head && times.head <= times.total);
        CHECK_INT(hc_response_free(response), HC_OK);
    }
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(hc_tls_config_free(config), HC_OK);
    server_finish(secure);
}

/* Only what begins after it was asked for is timed. */
static void exchanges_that_are_not_timed(void) {
    server *peer = server_start("read-head\n" OK_EMPTY "read-head\n" OK_EMPTY "read-head\n" OK_EMPTY
                                "wait-close\n");
    hc_conn *conn = connect_to(peer);
    hc_response *response = get(conn, "/");
    hc_timings times;

    times.size = sizeof times;
    CHECK_INT(hc_conn_set_timings(conn, true), HC_OK);
    CHECK_INT(hc_response_timings(response, &times), HC_ERR_STATE);
    CHECK_INT(hc_response_free(response), HC_OK);
    response = get(conn, "/");
    CHECK_INT(hc_conn_set_timings(conn, false), HC_OK);
    CHECK(timings_of(response).total >= 0);
    CHECK_INT(hc_response_free(response), HC_OK);
    response = get(conn, "/");
    CHECK_INT(hc_response_timings(response, &times), HC_ERR_STATE);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_conn_set_timings(NULL, true), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_response_timings(NULL, &times), HC_ERR_INVALID_ARGUMENT);
    end(conn, peer);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(steps_of_exchanges),
        TEST(steps_of_opening),
        TEST(exchanges_that_are_not_timed),
    };

    return RUN_TESTS_WITH_CERTIFICATES(tests, argc, argv);
}
