/* Dialers: the program that is asked for a stream whenever a connection opens. */
#define _POSIX_C_SOURCE 200809L

#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* What a dialer answers, what it was asked, and what became of its streams. */
typedef struct {
    int64_t answer;
    int pauses; /* so often it cannot say yet */
    int port;   /* of the server that it connects to */
    int asked;
    char host[64];
    int32_t asked_port;
    hc_conn *conn; /* called back into, if not NULL */
    int busy;
    int open; /* streams that are not closed */
} dialer;

/* A socket that waits, as one of the program's own might. */
typedef struct {
    int fd;
    dialer *of;
} stream;

static int64_t outcome(ssize_t count) { return count >= 0 ? count : -1000 - errno; }

static int64_t read_stream(void *context, void *buffer, size_t capacity) {
    return outcome(recv(((stream *)context)->fd, buffer, capacity, 0));
}

static int64_t write_stream(void *context, const void *data, size_t len) {
    return outcome(send(((stream *)context)->fd, data, len, MSG_NOSIGNAL));
}

static void close_stream(void *context) {
    stream *it = context;

    it->of->open--;
    close(it->fd);
    free(it);
}

static int connect_port(int port) {
    struct sockaddr_in address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_INT(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static int64_t dial(void *context, const char *host, int32_t port, hc_transport *transport) {
    dialer *it = context;
    stream *made;

    it->asked++;
    it->asked_port = port;
    strncpy(it->host, host, sizeof it->host - 1);
    CHECK_INT(transport->size, sizeof *transport);
    CHECK(transport->context == NULL && transport->read == NULL && transport->write == NULL);
    CHECK(transport->writev == NULL && transport->quiet == NULL && transport->close == NULL);
    CHECK_INT(transport->fd, -1);
    if (it->conn != NULL) {
        it->busy += hc_conn_close(it->conn) == HC_ERR_BUSY;
        it->busy += hc_conn_set_dialer(it->conn, NULL, NULL) == HC_ERR_BUSY;
        it->busy += hc_conn_free(it->conn) == HC_ERR_BUSY;
    }
    if (it->pauses > 0) {
        it->pauses--;
        return HC_IO_WOULD_BLOCK;
    }
    if (it->answer != HC_DIAL_DONE) {
        return it->answer;
    }
    made = malloc(sizeof *made);
    made->fd = connect_port(it->port);
    made->of = it;
    it->open++;
    transport->context = made;
    transport->read = read_stream;
    transport->write = write_stream;
    transport->close = close_stream;
    return HC_DIAL_DONE;
}

static hc_conn *dialed(dialer *it, const char *host, int32_t port) {
    hc_conn *conn = NULL;

    CHECK_INT(hc_conn_new(host, port, &conn), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    CHECK_INT(hc_conn_set_dialer(conn, dial, it), HC_OK);
    return conn;
}

static void asked_at_every_opening(void) {
    server *peer = server_serve(NULL);
    dialer it = {.port = server_port(peer)};
    hc_conn *conn = dialed(&it, "no-such-name.invalid", 8080);

    CHECK_INT(it.asked, 0);
    it.conn = conn;
    CHECK_GET(conn, "/bytes/0", 200, "");
    CHECK_INT(it.asked, 1);
    CHECK_INT(it.busy, 3);
    CHECK_STR(it.host, "no-such-name.invalid");
    CHECK_INT(it.asked_port, 8080);
    it.conn = NULL;
    CHECK_GET(conn, "/bytes/0", 200, "");
    CHECK_INT(it.asked, 1);
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_INT(it.open, 0);
    CHECK_GET(conn, "/close?size=0", 200, "");
    CHECK_INT(it.open, 0);
    CHECK_GET(conn, "/bytes/0", 200, "");
    CHECK_INT(it.asked, 3);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(it.open, 0);
    server_finish(peer);
}

/* With a tunnel it is the proxy that is dialed; with another address, that. */
static void asked_for_the_proxy(void) {
    server *peer = server_start("expect \"CONNECT origin.test:80 HTTP/1.1|Host: origin.test:80"
                                "||\"\n"
                                "send \"HTTP/1.1 200 OK||\"\n"
                                "read-head\nsend \"HTTP/1.1 204 OK||\"\nwait-close\n");
    dialer it = {.port = server_port(peer)};
    hc_conn *conn = dialed(&it, "proxy.test", 3128);

    CHECK_INT(hc_conn_set_tunnel(conn, "origin.test", 80, NULL), HC_OK);
    CHECK_GET(conn, "/", 204, "");
    CHECK_STR(it.host, "proxy.test");
    CHECK_INT(it.asked_port, 3128);
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_INT(hc_conn_set_address(conn, "192.0.2.1", 81), HC_OK);
    it.answer = -5;
    CHECK_INT(hc_conn_connect(conn), HC_ERR_TRANSPORT);
    CHECK_STR(it.host, "192.0.2.1");
    CHECK_INT(it.asked_port, 81);
    end(conn, peer);
}

static void leaves_it_to_the_library(void) {
    server *peer = server_serve(NULL);
    dialer it = {.answer = HC_DIAL_DEFAULT};
    hc_conn *conn = dialed(&it, "127.0.0.1", server_port(peer));

    CHECK_GET(conn, "/bytes/0", 200, "");
    CHECK_INT(it.asked, 1);
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_INT(hc_conn_set_dialer(conn, NULL, NULL), HC_OK);
    CHECK_GET(conn, "/bytes/0", 200, "");
    CHECK_INT(it.asked, 1);
    end(conn, peer);
}

/* Not yet: each repetition asks once more, with nothing to wait for that the library knows. */
static void cannot_say_yet(void) {
    server *peer = server_serve(NULL);
    dialer it = {.port = server_port(peer), .pauses = 3};
    hc_conn *conn = dialed(&it, "h.test", 80);
    int times = 0;

    CHECK_INT(hc_conn_set_timeout(conn, 0), HC_OK);
    while (hc_conn_connect(conn) == HC_WOULD_BLOCK && times < 10) {
        CHECK_INT(hc_conn_fileno(conn), -1);
        CHECK_INT(hc_conn_interest(conn), 0);
        CHECK(!hc_conn_is_open(conn));
        times++;
    }
    CHECK_INT(times, 3);
    CHECK_INT(it.asked, 4);
    CHECK(hc_conn_is_open(conn));
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    CHECK_GET(conn, "/bytes/0", 200, "");
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(it.open, 0);
    server_finish(peer);
}

static int64_t gives_half(void *context, const char *host, int32_t port, hc_transport *transport) {
    (void)context;
    (void)host;
    (void)port;
    transport->read = read_stream;
    return HC_DIAL_DONE;
}

static void failures(void) {
    static const int64_t answers[] = {-2, -1234567, INT64_MIN, 2, INT64_MAX};
    dialer it = {.port = 0};
    hc_conn *conn = dialed(&it, "h.test", 80);
    size_t i;

    for (i = 0; i < sizeof answers / sizeof *answers; i++) {
        it.answer = answers[i];
        CHECK_INT(send_get(conn, "/"), HC_ERR_TRANSPORT);
        CHECK_INT(conn_detail(conn).retry, HC_RETRY_NOT_SENT);
        CHECK_INT(conn_detail(conn).phase, HC_PHASE_OPENING);
        if (i < 2) {
            CHECK_INT(conn_detail(conn).os_error, answers[i]);
        }
        CHECK_INT(hc_conn_state(conn), HC_STATE_IDLE);
    }
    /* A transport that cannot be one. */
    CHECK_INT(hc_conn_set_dialer(conn, gives_half, NULL), HC_OK);
    CHECK_INT(send_get(conn, "/"), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_dialer(NULL, dial, NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(hc_conn_set_dialer(conn, dial, NULL), HC_ERR_INVALID_HANDLE);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(asked_at_every_opening), TEST(asked_for_the_proxy), TEST(leaves_it_to_the_library),
        TEST(cannot_say_yet),         TEST(failures),
    };
    return RUN_TESTS(tests, argc, argv);
}
