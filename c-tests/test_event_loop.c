/* Waiting, or not: a timeout of 0 in every call, deadlines, cancelling, forks, threads, unloading,
 * and requests that are sent again. */
#define _POSIX_C_SOURCE 200809L

#include "certificates.h"
#include "client.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    SOON_MS = 100,       /* a deadline */
    LATE_MS = 30000,     /* no deadline and no cancel may take so long */
    LARGE = 16 << 20,    /* more than the kernel's buffers hold */
};

static long long now_ms(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Lets the other side get where it can only wait, most of the time: there is no event to be seen from outside.
 * What comes to pass is the same if it is not there yet. */
static void nap(void) {
    struct timespec time = {0, 30 * 1000 * 1000};

    nanosleep(&time, NULL);
}

static bool poll_one(int fd, short events, int timeout) {
    struct pollfd entry = {fd, events, 0};

    return poll(&entry, 1, timeout) > 0;
}

/* --- An event loop of one connection -------------------------------------------------------------- */

typedef struct flow {
    hc_conn *conn;
    hc_response *response; /* which is being read, if any */
    unsigned waits;
    const server *awaits; /* which goes on whenever there is nothing to read yet, if any */
} flow;

/* Repeats a call until it is done, waiting in between as a program's event loop does. */
#define DRIVE(flow, result, call)                                 \
    do {                                                          \
        (result) = (call);                                        \
    } while ((result) == HC_WOULD_BLOCK && wait_for(flow))

/* Waits for what the library says. */
static bool wait_for(flow *flow) {
    bool of_response = flow->response != NULL;
    int fd = of_response ? hc_response_fileno(flow->response) : hc_conn_fileno(flow->conn);
    uint32_t interest =
        of_response ? hc_response_interest(flow->response) : hc_conn_interest(flow->conn);
    int64_t timeout = hc_conn_next_timeout(flow->conn);
    short events = 0;
    struct pollfd entry;

    flow->waits++;
    if (interest & HC_INTEREST_READ) events |= POLLIN;
    if (interest & HC_INTEREST_WRITE) events |= POLLOUT;
    /* There is something to wait for. */
    if (!CHECK(timeout >= 0 || (fd >= 0 && events != 0))) return false;
    if (timeout < 0 || timeout > PATIENCE_MS) timeout = PATIENCE_MS;
    entry = (struct pollfd){events != 0 ? fd : -1, events, 0};
    if (flow->awaits != NULL && events == POLLIN && poll(&entry, 1, 0) == 0) {
        server_go_on(flow->awaits);
    }
    return CHECK(poll(&entry, 1, (int)timeout) > 0 || timeout < PATIENCE_MS);
}

static hc_conn *plain(const char *host, const server *peer) {
    hc_conn *conn = NULL;

    CHECK_INT(hc_conn_new(host, server_port(peer), &conn), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, 0), HC_OK);
    return conn;
}

static void finish(flow *flow) {
    CHECK_INT(hc_response_free(flow->response), HC_OK);
    CHECK_INT(hc_conn_free(flow->conn), HC_OK);
}

static const char text[] = "first line\nsecond line\nand the rest of it, which has no end of line";

/* Requests, and reads `text` by every call that reads, each of which has to wait. */
static void read_in_all_ways(flow *flow) {
    char buffer[128];
    const char *body;
    size_t count;
    hc_error err;

    CHECK_INT(hc_conn_interest(flow->conn), 0);
    DRIVE(flow, err, hc_request(flow->conn, "GET", "/", NULL, NULL, 0));
    CHECK_INT(err, HC_OK);
    CHECK_INT(hc_conn_interest(flow->conn), 0);
    DRIVE(flow, err, hc_getresponse(flow->conn, &flow->response));
    REQUIRE(err == HC_OK);
    CHECK_INT(hc_response_interest(flow->response), 0);

    DRIVE(flow, err, hc_response_readline(flow->response, buffer, sizeof buffer, &count));
    CHECK_INT(err, HC_OK);
    CHECK_MEM(buffer, count, text, 11);
    DRIVE(flow, err, hc_response_read1(flow->response, buffer, 1, &count));
    CHECK_INT(err, HC_OK);
    CHECK_MEM(buffer, count, text + 11, 1);
    /* With a timeout of 0 a read gives what there is, as a socket does. */
    size_t got = 0;
    while (got < 10) {
        DRIVE(flow, err, hc_response_read(flow->response, buffer + got, 10 - got, &count));
        REQUIRE(err == HC_OK && count > 0);
        /* It may have come to a wait behind those bytes, and that is over, too. */
        CHECK_INT(hc_response_interest(flow->response), 0);
        got += count;
    }
    CHECK_MEM(buffer, got, text + 12, 10);
    DRIVE(flow, err, hc_response_read_all(flow->response, 1000, &body, &count));
    CHECK_INT(err, HC_OK);
    CHECK_MEM(body, count, text + 22, sizeof text - 1 - 22);
    CHECK(hc_response_is_closed(flow->response));
    CHECK_INT(hc_response_interest(flow->response), 0);
    CHECK_INT(hc_conn_interest(flow->conn), 0);
}

/* A server that sends `text` byte by byte, each when the client waits for it. */
static server *slow_server(const char *const *options) {
    static const char response[] =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        "10\r\nfirst line\nsecon\r\n33\r\nd line\nand the rest of it, which has no end of line\r\n"
        "0\r\n\r\n";
    char script[sizeof response * sizeof "await\nsend \"\\x00\"\n"];
    char *end = script + sprintf(script, "read-head\n");
    size_t i;

    for (i = 0; i < sizeof response - 1; i++) {
        end += sprintf(end, "await\nsend \"\\x%02x\"\n", (unsigned)response[i]);
    }
    return server_script(script, options);
}

static void every_read_would_block(void) {
    server *peer = slow_server(NULL);
    flow flow = {plain("127.0.0.1", peer), NULL, 0, peer};

    read_in_all_ways(&flow);
    CHECK(flow.waits > 20);
    finish(&flow);
    server_finish(peer);
}

static void a_name_is_looked_up_without_blocking(void) {
    server *peer = server_serve(NULL);
    flow flow = {plain("localhost", peer), NULL, 0, NULL};
    hc_error err;

    CHECK_INT(hc_conn_interest(flow.conn), 0);
    /* The lookup's thread may be faster than the call. */
    DRIVE(&flow, err, hc_conn_connect(flow.conn));
    CHECK_INT(err, HC_OK);
    CHECK_INT(hc_conn_interest(flow.conn), 0);
    finish(&flow);
    server_finish(peer);
}

static void a_large_body_waits_for_a_slow_reader(void) {
    server *slow = server_start("read-head\nawait\nread 16777216\n"
                                "send \"HTTP/1.1 204 No Content\\r\\n\\r\\n\"\n");
    flow flow = {plain("127.0.0.1", slow), NULL, 0, NULL};
    char *body = calloc(1, LARGE);
    hc_error err;

    DRIVE(&flow, err, hc_conn_connect(flow.conn));
    REQUIRE(err == HC_OK);
    /* Once something is out, an early answer is heard, too. */
    while ((err = hc_request(flow.conn, "PUT", "/", NULL, body, LARGE)) == HC_WOULD_BLOCK &&
           hc_conn_interest(flow.conn) == HC_INTEREST_WRITE) {
        wait_for(&flow);
    }
    CHECK_INT(err, HC_WOULD_BLOCK);
    CHECK_INT(hc_conn_interest(flow.conn), HC_INTEREST_READ | HC_INTEREST_WRITE);
    server_go_on(slow);
    DRIVE(&flow, err, hc_request(flow.conn, "PUT", "/", NULL, body, LARGE));
    CHECK_INT(err, HC_OK);
    DRIVE(&flow, err, hc_getresponse(flow.conn, &flow.response));
    CHECK_INT(err, HC_OK);
    finish(&flow);
    free(body);
    server_finish(slow);
}

/* Sends and gets back `len` bytes, none of which may be lost. */
static void echo(flow *flow, size_t len) {
    unsigned char *body = malloc(len);
    const char *back = NULL;
    size_t back_len = 0;
    size_t i;
    hc_error err;

    for (i = 0; i < len; i++) {
        body[i] = (unsigned char)(i * 7 % 253);
    }
    DRIVE(flow, err, hc_request(flow->conn, "POST", "/echo", NULL, body, len));
    CHECK_INT(err, HC_OK);
    DRIVE(flow, err, hc_getresponse(flow->conn, &flow->response));
    CHECK_INT(err, HC_OK);
    DRIVE(flow, err, hc_response_read_all(flow->response, (size_t)-1, &back, &back_len));
    CHECK_INT(err, HC_OK);
    /* The echo begins with the request's head. */
    if (CHECK(back_len > len)) {
        CHECK(memcmp(back + back_len - len, body, len) == 0);
    }
    CHECK_INT(hc_response_free(flow->response), HC_OK);
    flow->response = NULL;
    free(body);
}

static void nothing_of_a_large_body_is_lost(void) {
    server *peer = server_serve(NULL);
    flow flow = {plain("127.0.0.1", peer), NULL, 0, NULL};

    echo(&flow, 8 << 20);
    echo(&flow, 3);
    CHECK_INT(hc_conn_exchange_flags(flow.conn), HC_EXCHANGE_REUSED);
    finish(&flow);
    server_finish(peer);
}

static void skipping_would_block(void) {
    server *peer = server_start(
        "read-head\nsend \"HTTP/1.1 200 OK\\r\\nContent-Length: 10240\\r\\n\\r\\n\" \"x\" * 1k\n"
        "await\nsend \"x\" * 4k\nawait\nsend \"x\" * 5k\n"
        "read-head\n" OK_EMPTY "wait-close\n");
    flow flow = {plain("127.0.0.1", peer), NULL, 0, NULL};
    hc_error err;

    DRIVE(&flow, err, hc_request(flow.conn, "GET", "/", NULL, NULL, 0));
    CHECK_INT(err, HC_OK);
    DRIVE(&flow, err, hc_getresponse(flow.conn, &flow.response));
    CHECK_INT(err, HC_OK);
    flow.waits = 0;
    flow.awaits = peer;
    DRIVE(&flow, err, hc_response_skip(flow.response, 10240));
    CHECK_INT(err, HC_OK);
    CHECK(flow.waits >= 2);
    hc_response_free(flow.response);
    flow.response = NULL;
    flow.awaits = NULL;
    DRIVE(&flow, err, hc_request(flow.conn, "GET", "/", NULL, NULL, 0));
    CHECK_INT(err, HC_OK);
    DRIVE(&flow, err, hc_getresponse(flow.conn, &flow.response));
    CHECK_INT(err, HC_OK);
    CHECK_INT(hc_conn_exchange_flags(flow.conn), HC_EXCHANGE_REUSED);
    finish(&flow);
    server_finish(peer);
}

static void a_response_that_owns_its_stream_is_waited_for(void) {
    server *peer = server_start("read-head\n"
                                "send \"HTTP/1.1 200 OK\\r\\nConnection: close\\r\\n\\r\\n\"\n"
                                "await\n"
                                "dribble \"0123456789\" 2\n");
    flow flow = {plain("127.0.0.1", peer), NULL, 0, NULL};
    const char *body;
    size_t len;
    hc_error err;

    DRIVE(&flow, err, hc_request(flow.conn, "GET", "/", NULL, NULL, 0));
    CHECK_INT(err, HC_OK);
    DRIVE(&flow, err, hc_getresponse(flow.conn, &flow.response));
    CHECK_INT(err, HC_OK);
    CHECK(!hc_conn_is_open(flow.conn));
    CHECK_INT(hc_conn_fileno(flow.conn), -1);
    CHECK_INT(hc_conn_interest(flow.conn), 0);
    CHECK(hc_response_fileno(flow.response) >= 0);
    flow.awaits = peer;
    DRIVE(&flow, err, hc_response_read_all(flow.response, 100, &body, &len));
    CHECK_INT(err, HC_OK);
    CHECK_STR(body, "0123456789");
    CHECK_INT(hc_response_fileno(flow.response), -1);
    CHECK_INT(hc_response_interest(flow.response), 0);
    finish(&flow);
    server_finish(peer);
}

/* --- TLS ------------------------------------------------------------------------------------------ */

static hc_tls_config *trusting(void) {
    hc_tls_builder *builder = NULL;
    hc_tls_config *config = NULL;

    CHECK_INT(hc_tls_builder_new(&builder), HC_OK);
    CHECK_INT(hc_tls_builder_add_roots_file(builder, FILE_AT("ca.pem")), HC_OK);
    CHECK_INT(hc_tls_builder_build(builder, &config), HC_OK);
    hc_tls_builder_free(builder);
    return config;
}

static hc_conn *secured(int port) {
    hc_tls_config *config = trusting();
    hc_conn *conn = NULL;

    CHECK_INT(hc_conn_new_tls("127.0.0.1", port, config, &conn), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, 0), HC_OK);
    hc_tls_config_free(config);
    return conn;
}

static void tls_would_block_too(void) {
    path chain = in_folder("server.pem"), key = in_folder("server.key");
    const char *options[] = {"--tls", chain.text, key.text, NULL};
    server *slow = slow_server(options);
    flow flow = {secured(server_port(slow)), NULL, 0, NULL};
    hc_error err;

    CHECK_INT(hc_conn_interest(flow.conn), 0);
    DRIVE(&flow, err, hc_conn_connect(flow.conn));
    CHECK_INT(err, HC_OK);
    flow.awaits = slow;
    read_in_all_ways(&flow);
    CHECK(flow.waits > 20);
    finish(&flow);
    server_finish(slow);
}

static void nothing_of_a_large_body_is_lost_over_tls(void) {
    path chain = in_folder("server.pem"), key = in_folder("server.key");
    const char *options[] = {"--tls", chain.text, key.text, NULL};
    server *peer = server_serve(options);
    flow flow = {secured(server_port(peer)), NULL, 0, NULL};

    echo(&flow, 8 << 20);
    echo(&flow, 3);
    finish(&flow);
    server_finish(peer);
}

/* --- Deadlines and cancelling, in each phase ------------------------------------------------------ */

/* A server that never says a word. */
static int mute_listener(int backlog, int *port) {
    struct sockaddr_in address;
    socklen_t len = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(bind(listener, (struct sockaddr *)&address, sizeof address) == 0);
    CHECK(listen(listener, backlog) == 0);
    CHECK(getsockname(listener, (struct sockaddr *)&address, &len) == 0);
    *port = ntohs(address.sin_port);
    return listener;
}

/* Fills the queue of a listener that has room for one, so that the next connect gets no answer. */
static int fill_backlog(int listener, int port) {
    struct sockaddr_in address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((unsigned short)port);
    CHECK_INT(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    /* The server's side may not be done when ours is. */
    CHECK(poll_one(listener, POLLIN, PATIENCE_MS));
    one_byte_unanswered = port;
    return fd;
}

/* A resolver that is stuck until its end of a pipe is closed. */
typedef struct stuck {
    int ends[2];
    int released[2]; /* closed by `release` */
} stuck;

static int64_t look_up_for_ever(void *context, const char *host, char *addresses, size_t capacity) {
    stuck *stuck = context;

    (void)host;
    poll_one(stuck->ends[0], POLLIN, PATIENCE_MS);
    return capacity < 9 ? -1 : (memcpy(addresses, "127.0.0.1", 9), 9);
}

static void release_stuck(void *context) {
    stuck *stuck = context;

    close(stuck->released[1]);
}

/* One operation that cannot end by itself. */
typedef struct phase {
    const char *name;
    hc_conn *conn;
    hc_response *response;
    server *peer;
    int listener;
    int filler;
    stuck stuck;
} phase;

enum { LOOKUP, CONNECT, TUNNEL, HANDSHAKE, SEND, HEAD, BODY, PHASES, OPENED = SEND };

static void set_up(phase *phase, int which) {
    static const char *const names[] = {"lookup", "connect", "tunnel", "handshake",
                                        "send", "head", "body"};
    int port = 0;

    memset(phase, 0, sizeof *phase);
    phase->name = names[which];
    phase->listener = -1;
    phase->filler = -1;
    if (which == BODY) {
        phase->peer = server_serve(NULL);
        port = server_port(phase->peer);
    } else {
        phase->listener = mute_listener(which == CONNECT ? 0 : 8, &port);
    }
    if (which == CONNECT) {
        phase->filler = fill_backlog(phase->listener, port);
    }
    if (which == HANDSHAKE) {
        phase->conn = secured(port);
    } else {
        const char *host = which == LOOKUP ? "stuck.example" : "127.0.0.1";
        CHECK_INT(hc_conn_new(host, port, &phase->conn), HC_OK);
    }
    if (which == TUNNEL) {
        CHECK_INT(hc_conn_set_tunnel(phase->conn, "far.example", 80, NULL), HC_OK);
    }
    if (which == LOOKUP) {
        CHECK(pipe(phase->stuck.ends) == 0 && pipe(phase->stuck.released) == 0);
        CHECK_INT(hc_conn_set_resolver(phase->conn, look_up_for_ever, &phase->stuck, release_stuck),
                  HC_OK);
    }
    CHECK_INT(hc_conn_set_timeout(phase->conn, PATIENCE_MS), HC_OK);
}

/* Comes to the phase, blocking. */
static void prepare(phase *phase, int which) {
    if (which == HEAD) {
        CHECK_INT(hc_request(phase->conn, "GET", "/", NULL, NULL, 0), HC_OK);
    } else if (which == BODY) {
        /* A byte now and then, so that no timeout ends it. */
        CHECK_INT(hc_request(phase->conn, "GET", "/bytes/1M?piece=1&delay_ms=5", NULL, NULL, 0),
                  HC_OK);
        CHECK_INT(hc_getresponse(phase->conn, &phase->response), HC_OK);
    }
}

static hc_error operate(phase *phase, int which) {
    static char large[LARGE];
    const char *body;
    size_t len;

    switch (which) {
    case SEND:
        return hc_request(phase->conn, "PUT", "/", NULL, large, sizeof large);
    case HEAD:
        return hc_getresponse(phase->conn, &phase->response);
    case BODY:
        return hc_response_read_all(phase->response, (size_t)-1, &body, &len);
    default:
        return hc_conn_connect(phase->conn);
    }
}

static void tear_down(phase *phase, int which) {
    CHECK_INT(hc_response_free(phase->response), HC_OK);
    CHECK_INT(hc_conn_free(phase->conn), HC_OK);
    if (phase->filler >= 0) close(phase->filler);
    if (phase->listener >= 0) close(phase->listener);
    if (phase->peer != NULL) server_finish(phase->peer);
    if (which == LOOKUP) {
        /* The lookup outlives its connection; its context is released when it is over. */
        CHECK(!poll_one(phase->stuck.released[0], POLLIN, 0));
        close(phase->stuck.ends[1]);
        CHECK(poll_one(phase->stuck.released[0], POLLIN, PATIENCE_MS));
        close(phase->stuck.ends[0]);
        close(phase->stuck.released[0]);
    }
}

static void a_deadline_ends_every_phase(void) {
    int which;

    for (which = 0; which < PHASES; which++) {
        phase phase;
        long long start;

        set_up(&phase, which);
        prepare(&phase, which);
        start = now_ms();
        CHECK_INT(hc_conn_set_deadline(phase.conn, SOON_MS), HC_OK);
        if (!CHECK_INT(operate(&phase, which), HC_ERR_DEADLINE)) printf("in %s\n", phase.name);
        CHECK(now_ms() - start >= SOON_MS && now_ms() - start < LATE_MS);
        tear_down(&phase, which);
    }
}

static void a_deadline_ends_every_phase_of_an_event_loop(void) {
    int which;

    for (which = 0; which < PHASES; which++) {
        phase phase;
        flow flow = {0};
        hc_error err;

        set_up(&phase, which);
        prepare(&phase, which);
        CHECK_INT(hc_conn_set_timeout(phase.conn, 0), HC_OK);
        CHECK_INT(hc_conn_set_deadline(phase.conn, SOON_MS), HC_OK);
        flow.conn = phase.conn;
        flow.response = phase.response;
        DRIVE(&flow, err, operate(&phase, which));
        if (!CHECK_INT(err, HC_ERR_DEADLINE)) printf("in %s\n", phase.name);
        tear_down(&phase, which);
    }
}

/* Nothing is lost: with a later deadline the head, and then the body, go on where they were. */
static void a_later_deadline_lets_it_go_on(void) {
    server *peer = server_start("read-head\nsend \"HTTP/1.1 2\"\nawait\n"
                                "send \"00 OK\\r\\nContent-Length: 2\\r\\n\\r\\no\"\nawait\n"
                                "send \"k\"\nwait-close\n");
    hc_conn *conn = plain("127.0.0.1", peer);
    hc_response *response = NULL;
    const char *body = NULL;
    size_t len = 0;

    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    CHECK_INT(send_get(conn, "/"), HC_OK);
    CHECK_INT(hc_conn_set_deadline(conn, SOON_MS), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_ERR_DEADLINE);
    CHECK_INT(hc_getresponse(conn, &response), HC_ERR_DEADLINE);
    CHECK_INT(hc_conn_state(conn), HC_STATE_REQUEST_SENT);
    server_go_on(peer);
    CHECK_INT(hc_conn_set_deadline(conn, PATIENCE_MS), HC_OK);
    REQUIRE(hc_getresponse(conn, &response) == HC_OK);
    /* The first byte is here before the deadline begins, however long that takes. */
    flow flow = {conn, response, 0, NULL};
    CHECK_INT(hc_conn_set_timeout(conn, 0), HC_OK);
    while (hc_response_read_all(response, 9, &body, &len) == HC_WOULD_BLOCK && len < 1) {
        wait_for(&flow);
    }
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    CHECK_INT(hc_conn_set_deadline(conn, SOON_MS), HC_OK);
    CHECK_INT(hc_response_read_all(response, 9, &body, &len), HC_ERR_DEADLINE);
    CHECK_MEM(body, len, "o", 1);
    server_go_on(peer);
    CHECK_INT(hc_conn_set_deadline(conn, HC_TIMEOUT_NONE), HC_OK);
    CHECK_INT(hc_response_read_all(response, 9, &body, &len), HC_OK);
    CHECK_MEM(body, len, "ok", 2);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
}

/* Opens and does not come to an end, blocking or by an event loop; what it came to. */
static hc_error open_for_ever(int which, int64_t timeout, int64_t connect_timeout,
                              int64_t deadline) {
    phase phase;
    flow flow;
    hc_error err;

    set_up(&phase, which);
    CHECK_INT(hc_conn_set_timeout(phase.conn, timeout), HC_OK);
    CHECK_INT(hc_conn_set_connect_timeout(phase.conn, connect_timeout), HC_OK);
    CHECK_INT(hc_conn_set_deadline(phase.conn, deadline), HC_OK);
    flow = (struct flow){phase.conn, NULL, 0, NULL};
    DRIVE(&flow, err, hc_conn_connect(phase.conn));
    CHECK_INT(conn_detail(phase.conn).phase, HC_PHASE_OPENING);
    if (err == HC_ERR_CONNECT_TIMEOUT) {
        CHECK(strstr(hc_conn_error_message(phase.conn), "connect timeout") != NULL);
    }
    tear_down(&phase, which);
    return err;
}

static void a_connect_timeout_ends_every_phase_of_opening(void) {
    int which;

    for (which = 0; which < OPENED; which++) {
        CHECK_INT(open_for_ever(which, HC_TIMEOUT_NONE, SOON_MS, -1), HC_ERR_CONNECT_TIMEOUT);
        CHECK_INT(open_for_ever(which, 0, SOON_MS, LATE_MS), HC_ERR_CONNECT_TIMEOUT);
        /* The first limit is the one that is named. */
        CHECK_INT(open_for_ever(which, SOON_MS, LATE_MS, LATE_MS),
                  which == HANDSHAKE ? HC_ERR_TLS_TIMEOUT : HC_ERR_TIMEOUT);
        CHECK_INT(open_for_ever(which, LATE_MS, LATE_MS, SOON_MS), HC_ERR_DEADLINE);
    }
}

static void a_connect_timeout_is_of_opening_alone(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_conn_connect_timeout(conn), HC_TIMEOUT_NONE);
    CHECK_INT(hc_conn_set_connect_timeout(conn, 0), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_connect_timeout(conn, INT64_MIN), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_connect_timeout(conn, INT64_MAX), HC_OK);
    CHECK_INT(hc_conn_connect_timeout(conn), INT64_MAX);
    CHECK_GET(conn, "/bytes/0", 200, "");
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_INT(hc_conn_set_connect_timeout(conn, PATIENCE_MS), HC_OK);
    CHECK_INT(hc_conn_connect(conn), HC_OK);
    CHECK_INT(hc_conn_next_timeout(conn), -1);
    CHECK_INT(hc_conn_set_connect_timeout(conn, 1), HC_OK);
    CHECK_GET(conn, "/slow-head?delay_ms=1", 200, "after a slow head\n");
    CHECK_INT(hc_conn_next_timeout(conn), -1);
    end(conn, peer);
}

/* A peer that sends, or takes, a byte now and then, until it is told to end. */
typedef struct drip {
    const char *what;
    bool tunnel;       /* it is a proxy */
    bool upload;       /* it takes a large body */
    const char *first; /* what it says at once */
    const char *drops; /* what it says then, over and over */
    int listener;
    atomic_bool over;
} drip;

static void *drip_on(void *context) {
    drip *drip = context;
    int fd = accept(drip->listener, NULL, NULL);
    struct timespec pause = {0, 5 * 1000 * 1000};
    char byte, last[4] = {0};
    size_t i;

    while (!drip->upload && memcmp(last, "\r\n\r\n", 4) != 0 && recv(fd, &byte, 1, 0) == 1) {
        memmove(last, last + 1, 3);
        last[3] = byte;
    }
    send(fd, drip->first, strlen(drip->first), MSG_NOSIGNAL);
    for (i = 0; !atomic_load(&drip->over); i++) {
        if (drip->upload) {
            recv(fd, &byte, 1, 0);
        } else {
            send(fd, drip->drops + i % strlen(drip->drops), 1, MSG_NOSIGNAL);
        }
        nanosleep(&pause, NULL);
    }
    close(fd);
    return NULL;
}

/* A byte now and then satisfies every timeout, and no deadline. */
static void a_peer_that_drips_cannot_outlast_a_deadline(void) {
    static drip drips[] = {
        {"head", false, false, "HTTP/1.1 200 OK\r\nX: ", "a", -1, false},
        {"interim heads", false, false, "", "HTTP/1.1 103 Hints\r\n\r\n", -1, false},
        {"proxy's answer", true, false, "HTTP/1.1 200 OK\r\nX: ", "a", -1, false},
        {"upload", false, true, "", "", -1, false},
        {"body", false, false, "HTTP/1.1 200 OK\r\n\r\n", "a", -1, false},
        {"chunks", false, false, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
         "1\r\na\r\n", -1, false},
        {"trailers", false, false,
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ", "a", -1, false},
    };
    static char large[LARGE];
    size_t i;

    for (i = 0; i < sizeof drips / sizeof drips[0]; i++) {
        drip *drip = &drips[i];
        int port = 0;
        hc_conn *conn = NULL;
        hc_response *response = NULL;
        const char *body;
        size_t len;
        pthread_t thread;
        long long start;
        hc_error err;

        drip->listener = mute_listener(1, &port);
        REQUIRE(pthread_create(&thread, NULL, drip_on, drip) == 0);
        CHECK_INT(hc_conn_new("127.0.0.1", port, &conn), HC_OK);
        CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
        if (drip->tunnel) CHECK_INT(hc_conn_set_tunnel(conn, "far.example", 80, NULL), HC_OK);
        CHECK_INT(hc_conn_set_deadline(conn, SOON_MS), HC_OK);
        start = now_ms();
        err = drip->upload ? hc_request(conn, "PUT", "/", NULL, large, LARGE)
                           : hc_request(conn, "GET", "/", NULL, NULL, 0);
        if (err == HC_OK) err = hc_getresponse(conn, &response);
        if (err == HC_OK) err = hc_response_read_all(response, (size_t)-1, &body, &len);
        if (!CHECK_INT(err, HC_ERR_DEADLINE)) printf("in the %s\n", drip->what);
        CHECK(now_ms() - start >= SOON_MS && now_ms() - start < LATE_MS);
        CHECK_INT(hc_response_free(response), HC_OK);
        CHECK_INT(hc_conn_free(conn), HC_OK);
        atomic_store(&drip->over, true);
        /* The deadline may have come before the connection. */
        shutdown(drip->listener, SHUT_RDWR);
        pthread_join(thread, NULL);
        close(drip->listener);
    }
}

static void *cancel_soon(void *handle) {
    nap();
    return (void *)(intptr_t)hc_cancel(handle);
}

/* Cancels from another thread while `which` is under way, blocking or by an event loop. */
static void cancel_in(int which, int64_t timeout) {
    hc_cancel_handle *cancel = NULL;
    phase phase;
    flow flow = {0};
    pthread_t thread;
    void *outcome;
    long long start;
    hc_error err;

    CHECK_INT(hc_cancel_new(&cancel), HC_OK);
    set_up(&phase, which);
    CHECK_INT(hc_conn_set_cancel(phase.conn, cancel), HC_OK);
    prepare(&phase, which);
    CHECK_INT(hc_conn_set_timeout(phase.conn, timeout), HC_OK);
    start = now_ms();
    REQUIRE(pthread_create(&thread, NULL, cancel_soon, cancel) == 0);
    flow.conn = phase.conn;
    flow.response = phase.response;
    DRIVE(&flow, err, operate(&phase, which));
    if (!CHECK_INT(err, HC_ERR_CANCELLED)) printf("in %s\n", phase.name);
    CHECK(now_ms() - start < LATE_MS);
    pthread_join(thread, &outcome);
    CHECK_INT((intptr_t)outcome, HC_OK);
    /* Sticky. */
    CHECK_INT(hc_conn_close(phase.conn), HC_OK);
    CHECK_INT(hc_conn_connect(phase.conn), HC_ERR_CANCELLED);
    CHECK_INT(hc_cancel_free(cancel), HC_OK);
    tear_down(&phase, which);
}

static void a_cancel_ends_every_phase(void) {
    int which;

    for (which = 0; which < PHASES; which++) {
        cancel_in(which, PATIENCE_MS);
    }
}

static void a_cancel_wakes_an_event_loop_in_every_phase(void) {
    int which;

    for (which = 0; which < PHASES; which++) {
        cancel_in(which, 0);
    }
}

/* Checks all descriptors but those that were there, and counts them. */
static int count_new_descriptors(const bool *known, int most) {
    int count = 0, fd;

    for (fd = 0; fd < most; fd++) {
        int flags = known[fd] ? -1 : fcntl(fd, F_GETFD);

        if (flags >= 0) {
            count++;
            CHECK_INT(flags & FD_CLOEXEC, FD_CLOEXEC);
        }
    }
    return count;
}

static int64_t two_addresses(void *context, const char *host, char *addresses, size_t capacity) {
    (void)host;
    poll_one(*(int *)context, POLLIN, PATIENCE_MS);
    return snprintf(addresses, capacity, "127.0.0.1 127.0.0.2 127.0.0.3");
}

/* Whatever connecting needs, no program that is executed meanwhile gets it. */
static void every_descriptor_closes_on_exec(void) {
    enum { MOST = 256 };
    bool known[MOST];
    int port = 0, ends[2], fd;
    int listener = mute_listener(0, &port), filler = fill_backlog(listener, port);
    hc_cancel_handle *cancel = NULL;
    hc_conn *conn = NULL;

    REQUIRE(pipe(ends) == 0);
    for (fd = 0; fd < MOST; fd++) {
        known[fd] = fcntl(fd, F_GETFD) >= 0;
    }
    CHECK_INT(hc_cancel_new(&cancel), HC_OK);
    CHECK_INT(hc_conn_new("two.example", port, &conn), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, 0), HC_OK);
    CHECK_INT(hc_conn_set_cancel(conn, cancel), HC_OK);
    CHECK_INT(hc_conn_set_resolver(conn, two_addresses, &ends[0], NULL), HC_OK);
    /* Two pairs to be woken by, epoll, and a timer. */
    CHECK_INT(hc_conn_connect(conn), HC_WOULD_BLOCK);
    CHECK_INT(count_new_descriptors(known, MOST), 6);
    close(ends[1]);
    known[ends[1]] = false;
    CHECK(poll_one(hc_conn_fileno(conn), POLLIN, PATIENCE_MS));
    /* The lookup is over, and the first attempt under way. Its thread may still have the other pair. */
    CHECK_INT(hc_conn_connect(conn), HC_WOULD_BLOCK);
    CHECK(count_new_descriptors(known, MOST) >= 5);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(hc_cancel_free(cancel), HC_OK);
    close(ends[0]);
    close(listener);
    close(filler);
}

enum { CROWD = 8, TURNS = 20000 };

/* Uses a shared handle over and over; returns how many calls were refused. */
static void *crowd(void *handle) {
    intptr_t refused = 0;
    int i;

    for (i = 0; i < TURNS; i++) {
        refused += hc_cancel(handle) != HC_OK;
        refused += hc_cancel_rearm(handle) != HC_OK;
    }
    return (void *)refused;
}

/* However many threads use a cancel handle at the same time, none of their cancels is lost. */
static void no_cancel_is_lost_in_a_crowd(void) {
    pthread_t threads[CROWD];
    hc_cancel_handle *cancel = NULL;
    hc_conn *conn = NULL;
    void *refused;
    int i;

    CHECK_INT(hc_cancel_new(&cancel), HC_OK);
    CHECK_INT(hc_conn_new("127.0.0.1", 1, &conn), HC_OK);
    for (i = 0; i < CROWD; i++) {
        REQUIRE(pthread_create(&threads[i], NULL, crowd, cancel) == 0);
    }
    for (i = 0; i < TURNS; i++) {
        CHECK_INT(hc_conn_set_cancel(conn, cancel), HC_OK);
    }
    for (i = 0; i < CROWD; i++) {
        pthread_join(threads[i], &refused);
        CHECK_INT((intptr_t)refused, 0);
    }
    /* The last word was a re-arming; one more counts. */
    CHECK_INT(hc_cancel(cancel), HC_OK);
    CHECK_INT(hc_conn_connect(conn), HC_ERR_CANCELLED);
    CHECK_INT(hc_cancel_free(cancel), HC_OK);
    CHECK_INT(hc_cancel(cancel), HC_ERR_INVALID_HANDLE);
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

static void a_cancelled_connection_can_be_rearmed(void) {
    server *peer = server_serve(NULL);
    flow flow = {plain("127.0.0.1", peer), NULL, 0, NULL};
    hc_cancel_handle *cancel = NULL;

    CHECK_INT(hc_cancel_new(&cancel), HC_OK);
    CHECK_INT(hc_conn_set_cancel(flow.conn, cancel), HC_OK);
    CHECK_INT(hc_cancel(cancel), HC_OK);
    CHECK_INT(hc_cancel(cancel), HC_OK);
    CHECK_INT(hc_conn_connect(flow.conn), HC_ERR_CANCELLED);
    CHECK_INT(hc_request(flow.conn, "GET", "/", NULL, NULL, 0), HC_ERR_CANCELLED);
    CHECK_INT(hc_cancel_rearm(cancel), HC_OK);
    echo(&flow, 10);
    CHECK_INT(hc_conn_set_cancel(flow.conn, NULL), HC_OK);
    CHECK_INT(hc_cancel(cancel), HC_OK);
    echo(&flow, 10);
    CHECK_INT(hc_cancel_free(cancel), HC_OK);
    finish(&flow);
    server_finish(peer);
}

/* --- Processes and threads ------------------------------------------------------------------------ */

/* One handle of each type. */
typedef struct handles {
    hc_conn *conn;
    hc_response *response;
    hc_stream *stream;
    hc_headers *headers;
    hc_tls_builder *builder;
    hc_tls_config *config;
    hc_cancel_handle *cancel;
    /* A connection between two exchanges, and its descriptor. */
    hc_conn *idle;
    int idle_fd;
} handles;

/* The number of the first thing that is not as it should be in a fork's child. */
static int in_the_child(const handles *of_parent) {
    hc_conn *own = NULL;
    hc_tls_config *config = NULL;
    char byte;
    size_t count;

    if (hc_conn_connect(of_parent->conn) != HC_ERR_FORKED) return 1;
    if (hc_request(of_parent->conn, "GET", "/", NULL, NULL, 0) != HC_ERR_FORKED) return 2;
    if (hc_response_read(of_parent->response, &byte, 1, &count) != HC_ERR_FORKED) return 3;
    if (hc_stream_read(of_parent->stream, &byte, 1, &count) != HC_ERR_FORKED) return 4;
    if (hc_headers_count(of_parent->headers) != 0) return 5;
    if (hc_tls_builder_build(of_parent->builder, &config) != HC_ERR_FORKED) return 6;
    if (hc_conn_new_tls("h", 443, of_parent->config, &own) != HC_ERR_FORKED) return 7;
    if (hc_cancel(of_parent->cancel) != HC_ERR_FORKED) return 8;
    if (hc_conn_new("h", 80, &own) != HC_OK) return 9;
    if (hc_conn_set_cancel(own, of_parent->cancel) != HC_ERR_FORKED) return 10;
    if (hc_conn_free(own) != HC_OK) return 11;
    if (hc_conn_free(of_parent->conn) != HC_OK) return 12;
    if (hc_response_free(of_parent->response) != HC_OK) return 13;
    if (hc_stream_free(of_parent->stream) != HC_OK) return 14;
    if (hc_headers_free(of_parent->headers) != HC_OK) return 15;
    if (hc_tls_builder_free(of_parent->builder) != HC_OK) return 16;
    if (hc_tls_config_free(of_parent->config) != HC_OK) return 17;
    if (hc_cancel_free(of_parent->cancel) != HC_OK) return 18;
    if (hc_cancel_free(of_parent->cancel) != HC_ERR_INVALID_HANDLE) return 19;
    /* What is freed is closed here, so that the parent alone has it. */
    if (hc_conn_free(of_parent->idle) != HC_OK) return 20;
    if (fcntl(of_parent->idle_fd, F_GETFD) != -1) return 21;
    return 0;
}

static void a_forks_child_may_only_free(void) {
    server *peer = server_serve(NULL);
    server *echo_peer = server_start("read-head\nsend \"HTTP/1.1 101 Go\\r\\n\\r\\n\"\n"
                                     "expect \"?\"\nsend \"p\"\nwait-close\n");
    const char *upgrade[] = {"Upgrade", "echo", NULL};
    flow flow = {plain("127.0.0.1", peer), NULL, 0, NULL};
    handles all = {0};
    hc_conn *second = connect_to(echo_peer);
    hc_response *switched = NULL;
    const char *body = NULL;
    char byte;
    size_t count = 0;
    int status = -1;
    pid_t child;

    CHECK_INT(hc_cancel_new(&all.cancel), HC_OK);
    CHECK_INT(hc_conn_set_cancel(flow.conn, all.cancel), HC_OK);
    CHECK_INT(hc_conn_set_cancel(second, all.cancel), HC_OK);
    CHECK_INT(hc_request(second, "GET", "/", upgrade, NULL, 0), HC_OK);
    REQUIRE(hc_getresponse(second, &switched) == HC_OK);
    REQUIRE(hc_response_detach(switched, &all.stream) == HC_OK);
    CHECK_INT(hc_response_free(switched), HC_OK);
    CHECK_INT(hc_headers_parse("A: b\r\n\r\n", 8, &all.headers, NULL), HC_OK);
    CHECK_INT(hc_tls_builder_new(&all.builder), HC_OK);
    all.config = trusting();
    echo(&flow, 10);
    DRIVE(&flow, status, hc_request(flow.conn, "GET", "/bytes/10", NULL, NULL, 0));
    DRIVE(&flow, status, hc_getresponse(flow.conn, &flow.response));
    all.conn = flow.conn;
    all.response = flow.response;
    all.idle = connect_to(peer);
    CHECK_GET(all.idle, "/bytes/0", 200, "");
    all.idle_fd = hc_conn_fileno(all.idle);

    child = fork();
    if (child == 0) {
        _exit(in_the_child(&all));
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 0);
    /* The parent's streams were not touched. */
    DRIVE(&flow, status, hc_response_read_all(flow.response, 10, &body, &count));
    CHECK_MEM(body, count, "\0\1\2\3\4\5\6\7\10\11", 10);
    CHECK_INT(hc_stream_write(all.stream, "?", 1, &count), HC_OK);
    CHECK_INT(hc_stream_read(all.stream, &byte, 1, &count), HC_OK);
    CHECK_INT(hc_stream_free(all.stream), HC_OK);
    CHECK_INT(hc_headers_free(all.headers), HC_OK);
    CHECK_INT(hc_tls_builder_free(all.builder), HC_OK);
    CHECK_INT(hc_tls_config_free(all.config), HC_OK);
    CHECK_INT(hc_conn_free(second), HC_OK);
    CHECK_GET(all.idle, "/bytes/0", 200, "");
    CHECK_INT(hc_conn_free(all.idle), HC_OK);
    CHECK_INT(hc_response_free(flow.response), HC_OK);
    flow.response = NULL;
    echo(&flow, 10);
    CHECK_INT(hc_conn_exchange_flags(flow.conn), HC_EXCHANGE_REUSED);
    CHECK_INT(hc_cancel_free(all.cancel), HC_OK);
    finish(&flow);
    server_finish(echo_peer);
    server_finish(peer);
}

#ifndef __SANITIZE_ADDRESS__ /* AddressSanitizer's own allocator cannot be forked so. */

/* Makes and frees handles until it is told to stop. */
static void *churn(void *stop) {
    while (!atomic_load((atomic_bool *)stop)) {
        hc_conn *conn = NULL;

        /* The first makes the default configuration of TLS, and all of them look at it. */
        if (hc_conn_new_tls("127.0.0.1", 443, NULL, &conn) != HC_OK || hc_conn_free(conn) != HC_OK ||
            hc_conn_new("127.0.0.1", 80, &conn) != HC_OK || hc_conn_free(conn) != HC_OK) {
            return NULL;
        }
    }
    return stop;
}

/* What a child may do at any time: free what it got, and make its own. */
static int at_that_moment(hc_conn *conn, bool tls) {
    hc_conn *own[3];
    int i;

    /* Ends the child if it waits. */
    signal(SIGALRM, SIG_DFL);
    alarm(PATIENCE_MS / 1000);
    if (hc_conn_free(conn) != HC_OK) return 1;
    if (hc_conn_free(conn) != HC_ERR_INVALID_HANDLE) return 2;
    for (i = 0; i < 3; i++) {
        if (hc_conn_new("127.0.0.1", 80, &own[i]) != HC_OK) return 3;
        if (hc_conn_state(own[i]) != HC_STATE_IDLE) return 4;
    }
    for (i = 0; i < 3; i++) {
        if (hc_conn_free(own[i]) != HC_OK) return 5;
    }
    if (tls) {
        /* Which makes a default configuration of the child's own. */
        if (hc_conn_new_tls("127.0.0.1", 443, NULL, &own[0]) != HC_OK) return 6;
        if (hc_conn_free(own[0]) != HC_OK) return 7;
    }
    return 0;
}

/* A child says whether it could do all that, and is ended from outside: so nobody looks for what the other
 * threads lost. One that ends by itself says nothing. */
static bool a_child_can(hc_conn *conn, bool tls) {
    char failed = 99;
    int ends[2];
    pid_t child;

    if (!CHECK(pipe(ends) == 0)) {
        return false;
    }
    child = fork();
    if (child == 0) {
        close(ends[0]);
        failed = (char)at_that_moment(conn, tls);
        if (write(ends[1], &failed, 1) == 1) {
            pause();
        }
        _exit(1);
    }
    close(ends[1]);
    CHECK_INT(read(ends[0], &failed, 1), 1);
    close(ends[0]);
    kill(child, SIGKILL);
    CHECK(waitpid(child, NULL, 0) == child);
    return CHECK_INT(failed, 0);
}

/* A fork at the moment at which other threads make and free handles keeps no child waiting. */
static void a_fork_while_handles_come_and_go(void) {
    enum { FORKS = 150 };
    atomic_bool stop = false;
    pthread_t threads[2];
    void *outcome;
    bool can = true;
    int turn, i;

    for (i = 0; i < 2; i++) {
        REQUIRE(pthread_create(&threads[i], NULL, churn, &stop) == 0);
    }
    for (turn = 0; can && turn < FORKS; turn++) {
        hc_conn *conn = NULL;

        CHECK_INT(hc_conn_new("127.0.0.1", 80, &conn), HC_OK);
        can = a_child_can(conn, turn % 30 == 0);
        CHECK_INT(hc_conn_free(conn), HC_OK);
    }
    atomic_store(&stop, true);
    for (i = 0; i < 2; i++) {
        pthread_join(threads[i], &outcome);
        CHECK(outcome == &stop);
    }
}

#endif

static void *send_from_here(void *conn) {
    return (void *)(intptr_t)hc_request(conn, "GET", "/bytes/100k", NULL, NULL, 0);
}

static void *receive_here(void *context) {
    flow *flow = context;

    return (void *)(intptr_t)hc_getresponse(flow->conn, &flow->response);
}

static void a_connection_moves_between_threads(void) {
    server *peer = server_serve(NULL);
    flow flow = {plain("127.0.0.1", peer), NULL, 0, NULL};
    const char *body;
    size_t len;
    pthread_t thread;
    void *outcome;
    int turn;

    CHECK_INT(hc_conn_set_timeout(flow.conn, PATIENCE_MS), HC_OK);
    for (turn = 0; turn < 3; turn++) {
        REQUIRE(pthread_create(&thread, NULL, send_from_here, flow.conn) == 0);
        pthread_join(thread, &outcome);
        CHECK_INT((intptr_t)outcome, HC_OK);
        REQUIRE(pthread_create(&thread, NULL, receive_here, &flow) == 0);
        pthread_join(thread, &outcome);
        CHECK_INT((intptr_t)outcome, HC_OK);
        CHECK_INT(hc_response_read_all(flow.response, (size_t)-1, &body, &len), HC_OK);
        CHECK_INT(len, 102400);
        CHECK_INT(hc_response_free(flow.response), HC_OK);
        flow.response = NULL;
    }
    finish(&flow);
    server_finish(peer);
}

/* Unloads the library while a lookup is under way on its thread. */
static void the_library_can_be_unloaded(void) {
    const char *path = getenv("HC_SHARED_LIBRARY");
    int turn;

    REQUIRE(path != NULL);
    for (turn = 0; turn < 100; turn++) {
        void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        hc_error (*make)(const char *, int32_t, hc_conn **);
        hc_error (*call)(hc_conn *, hc_resolve_fn, void *, hc_release_fn);
        hc_error (*timeout)(hc_conn *, int64_t);
        hc_error (*on_conn)(hc_conn *);
        hc_conn *conn = NULL;
        stuck stuck;

        REQUIRE(library != NULL);
        CHECK(pipe(stuck.ends) == 0 && pipe(stuck.released) == 0);
        *(void **)&make = dlsym(library, "hc_conn_new");
        *(void **)&call = dlsym(library, "hc_conn_set_resolver");
        *(void **)&timeout = dlsym(library, "hc_conn_set_timeout");
        CHECK_INT(make("stuck.example", 80, &conn), HC_OK);
        CHECK_INT(call(conn, look_up_for_ever, &stuck, release_stuck), HC_OK);
        CHECK_INT(timeout(conn, 0), HC_OK);
        *(void **)&on_conn = dlsym(library, "hc_conn_connect");
        CHECK_INT(on_conn(conn), HC_WOULD_BLOCK);
        *(void **)&on_conn = dlsym(library, "hc_conn_free");
        CHECK_INT(on_conn(conn), HC_OK);
        CHECK_INT(dlclose(library), 0);
        close(stuck.ends[1]);
        CHECK(poll_one(stuck.released[0], POLLIN, PATIENCE_MS));
        close(stuck.ends[0]);
        close(stuck.released[0]);
    }
}

/* --- Stale connections ---------------------------------------------------------------------------- */

#define EXCHANGE "read-head\n" OK_EMPTY
/* Answers once, and closes instead of answering again. */
#define CLOSES_LATE EXCHANGE "read-head\nclose\n"

/* Sends `method` and receives the response; returns the first failure. */
static hc_error exchange(flow *flow, const char *method, const char *body) {
    size_t len = body == NULL ? 0 : strlen(body);
    hc_error err;

    DRIVE(flow, err, hc_request(flow->conn, method, "/", NULL, body, len));
    if (err == HC_OK) {
        DRIVE(flow, err, hc_getresponse(flow->conn, &flow->response));
    }
    hc_response_free(flow->response);
    flow->response = NULL;
    return err;
}

static void a_request_is_sent_again_where_asked(void) {
    server *peer = server_start(CLOSES_LATE "connection\n" EXCHANGE);
    flow flow = {plain("127.0.0.1", peer), NULL, 0, NULL};

    CHECK_INT(hc_conn_set_retry(flow.conn, true), HC_OK);
    CHECK_INT(exchange(&flow, "GET", NULL), HC_OK);
    CHECK_INT(hc_conn_exchange_flags(flow.conn), 0);
    CHECK_INT(exchange(&flow, "GET", NULL), HC_OK);
    CHECK_INT(hc_conn_exchange_flags(flow.conn), HC_EXCHANGE_REUSED | HC_EXCHANGE_RETRIED);
    finish(&flow);
    server_finish(peer);
}

static void any_method_is_sent_again_where_asked(void) {
    server *peer = server_start(CLOSES_LATE "connection\n" EXCHANGE);
    flow flow = {plain("127.0.0.1", peer), NULL, 0, NULL};

    CHECK_INT(hc_conn_set_retry(flow.conn, true), HC_OK);
    CHECK_INT(hc_conn_set_retry_any_method(flow.conn, true), HC_OK);
    CHECK_INT(exchange(&flow, "GET", NULL), HC_OK);
    CHECK_INT(exchange(&flow, "POST", NULL), HC_OK);
    CHECK_INT(hc_conn_exchange_flags(flow.conn), HC_EXCHANGE_REUSED | HC_EXCHANGE_RETRIED);
    finish(&flow);
    server_finish(peer);
}

static int64_t nothing(void *context, void *buffer, size_t capacity) {
    (void)context, (void)buffer, (void)capacity;
    return 0;
}

/* What a function gave cannot be had again. */
static void a_body_that_is_gone_is_not_sent_again(void) {
    server *peer = server_start(CLOSES_LATE);
    flow flow = {plain("127.0.0.1", peer), NULL, 0, NULL};
    hc_error err;

    CHECK_INT(hc_conn_set_retry(flow.conn, true), HC_OK);
    CHECK_INT(hc_conn_set_retry_any_method(flow.conn, true), HC_OK);
    CHECK_INT(exchange(&flow, "GET", NULL), HC_OK);
    DRIVE(&flow, err, hc_request_callback(flow.conn, "PUT", "/", NULL, nothing, NULL, 0));
    CHECK_INT(err, HC_OK);
    DRIVE(&flow, err, hc_getresponse(flow.conn, &flow.response));
    CHECK_INT(err, HC_ERR_REMOTE_DISCONNECTED);
    CHECK_INT(hc_conn_exchange_flags(flow.conn), HC_EXCHANGE_REUSED);
    finish(&flow);
    server_finish(peer);
}

static void a_body_of_bytes_is_sent_again(void) {
    server *peer = server_start(EXCHANGE "read-head\nread 4\nclose\n"
                                "connection\nread-head\nexpect \"data\"\n" OK_EMPTY);
    flow flow = {plain("127.0.0.1", peer), NULL, 0, NULL};

    CHECK_INT(hc_conn_set_retry(flow.conn, true), HC_OK);
    CHECK_INT(exchange(&flow, "GET", NULL), HC_OK);
    CHECK_INT(exchange(&flow, "PUT", "data"), HC_OK);
    CHECK_INT(hc_conn_exchange_flags(flow.conn), HC_EXCHANGE_REUSED | HC_EXCHANGE_RETRIED);
    finish(&flow);
    server_finish(peer);
}

/* A request that has no second chance: the server sees two connections only where `again`. */
static void no_repeat(bool retry, const char *method, const char *script) {
    server *peer = server_start(script);
    flow flow = {plain("127.0.0.1", peer), NULL, 0, NULL};

    CHECK_INT(hc_conn_set_retry(flow.conn, retry), HC_OK);
    CHECK_INT(exchange(&flow, "GET", NULL), HC_OK);
    CHECK(exchange(&flow, method, NULL) != HC_OK);
    CHECK_INT(hc_conn_exchange_flags(flow.conn), HC_EXCHANGE_REUSED);
    finish(&flow);
    server_finish(peer);
}

static void nothing_is_sent_twice_unasked(void) {
    server *peer;
    flow flow = {NULL, NULL, 0, NULL};

    no_repeat(false, "GET", CLOSES_LATE);
    no_repeat(false, "POST", CLOSES_LATE);
    no_repeat(true, "POST", CLOSES_LATE);
    no_repeat(true, "get", CLOSES_LATE);
    /* A byte of the response came. */
    no_repeat(true, "GET", EXCHANGE "read-head\nsend \"H\"\nclose\n");
    no_repeat(true, "GET", EXCHANGE "read-head\nsend \"HTTP/1.1 100 Continue\\r\\n\\r\\n\"\nclose\n");
    /* Methods alone ask for nothing. */
    peer = server_start(CLOSES_LATE);
    flow.conn = plain("127.0.0.1", peer);
    CHECK_INT(hc_conn_set_retry_any_method(flow.conn, true), HC_OK);
    CHECK_INT(exchange(&flow, "GET", NULL), HC_OK);
    CHECK_INT(exchange(&flow, "POST", NULL), HC_ERR_REMOTE_DISCONNECTED);
    CHECK_INT(hc_conn_exchange_flags(flow.conn), HC_EXCHANGE_REUSED);
    finish(&flow);
    server_finish(peer);
    /* The connection is new. */
    peer = server_start("read-head\nclose\n");
    flow.conn = plain("127.0.0.1", peer);
    CHECK_INT(hc_conn_set_retry(flow.conn, true), HC_OK);
    CHECK_INT(exchange(&flow, "GET", NULL), HC_ERR_REMOTE_DISCONNECTED);
    CHECK_INT(hc_conn_exchange_flags(flow.conn), 0);
    finish(&flow);
    server_finish(peer);
}

static void only_one_repeat(void) {
    server *peer = server_start(CLOSES_LATE "connection\nread-head\nclose\n");
    flow flow = {plain("127.0.0.1", peer), NULL, 0, NULL};

    CHECK_INT(hc_conn_set_retry(flow.conn, true), HC_OK);
    CHECK_INT(exchange(&flow, "GET", NULL), HC_OK);
    CHECK_INT(exchange(&flow, "GET", NULL), HC_ERR_REMOTE_DISCONNECTED);
    CHECK_INT(hc_conn_exchange_flags(flow.conn), HC_EXCHANGE_REUSED | HC_EXCHANGE_RETRIED);
    finish(&flow);
    server_finish(peer);
}

/* An exchange, and then the server's end of the stream has come. */
static void become_stale(flow *flow) {
    CHECK_INT(exchange(flow, "GET", NULL), HC_OK);
    CHECK(poll_one(hc_conn_fileno(flow->conn), POLLIN, PATIENCE_MS));
}

static void a_stale_connection_is_replaced(void) {
    server *peer = server_start(EXCHANGE "connection\n" EXCHANGE);
    flow flow = {plain("127.0.0.1", peer), NULL, 0, NULL};

    become_stale(&flow);
    CHECK_INT(exchange(&flow, "GET", NULL), HC_OK);
    CHECK_INT(hc_conn_exchange_flags(flow.conn), HC_EXCHANGE_REPLACED);
    finish(&flow);
    server_finish(peer);
}

static void a_stale_connection_is_used_where_nobody_looks(void) {
    server *peer = server_start(EXCHANGE "connection\n" EXCHANGE "connection\n" EXCHANGE);
    flow flow = {plain("127.0.0.1", peer), NULL, 0, NULL};

    become_stale(&flow);
    CHECK_INT(hc_conn_set_stale_check(flow.conn, -2), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_set_stale_check(flow.conn, HC_STALE_CHECK_NEVER), HC_OK);
    CHECK_INT(exchange(&flow, "GET", NULL), HC_ERR_REMOTE_DISCONNECTED);
    CHECK_INT(hc_conn_set_stale_check(flow.conn, PATIENCE_MS), HC_OK);
    become_stale(&flow);
    /* It rested for less than that, and may be sent again. */
    CHECK_INT(hc_conn_set_retry(flow.conn, true), HC_OK);
    CHECK_INT(exchange(&flow, "GET", NULL), HC_OK);
    CHECK_INT(hc_conn_exchange_flags(flow.conn), HC_EXCHANGE_REUSED | HC_EXCHANGE_RETRIED);
    finish(&flow);
    server_finish(peer);
}

static void it_is_looked_at_after_an_idle_time(void) {
    server *peer = server_start(EXCHANGE "connection\n" EXCHANGE);
    flow flow = {plain("127.0.0.1", peer), NULL, 0, NULL};

    CHECK_INT(hc_conn_set_stale_check(flow.conn, 1), HC_OK);
    become_stale(&flow);
    nap();
    CHECK_INT(exchange(&flow, "GET", NULL), HC_OK);
    CHECK_INT(hc_conn_exchange_flags(flow.conn), HC_EXCHANGE_REPLACED);
    finish(&flow);
    server_finish(peer);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(every_read_would_block),
        TEST_OF_SOCKETS(a_name_is_looked_up_without_blocking),
        TEST(a_large_body_waits_for_a_slow_reader),
        TEST(nothing_of_a_large_body_is_lost),
        TEST(skipping_would_block),
        TEST(a_response_that_owns_its_stream_is_waited_for),
        TEST(tls_would_block_too),
        TEST(nothing_of_a_large_body_is_lost_over_tls),
        TEST(a_deadline_ends_every_phase),
        TEST(a_deadline_ends_every_phase_of_an_event_loop),
        TEST(a_later_deadline_lets_it_go_on),
        TEST_OF_SOCKETS(a_connect_timeout_ends_every_phase_of_opening),
        TEST(a_connect_timeout_is_of_opening_alone),
        TEST(a_peer_that_drips_cannot_outlast_a_deadline),
        TEST(a_cancel_ends_every_phase),
        /* A cancel wakes no descriptor of another transport's. */
        TEST_OF_SOCKETS(a_cancel_wakes_an_event_loop_in_every_phase),
        TEST_OF_SOCKETS(every_descriptor_closes_on_exec),
        TEST(no_cancel_is_lost_in_a_crowd),
        TEST(a_cancelled_connection_can_be_rearmed),
        TEST(a_forks_child_may_only_free),
#ifndef __SANITIZE_ADDRESS__
        TEST(a_fork_while_handles_come_and_go),
#endif
        TEST(a_connection_moves_between_threads),
        TEST(the_library_can_be_unloaded),
        TEST(a_request_is_sent_again_where_asked),
        TEST(any_method_is_sent_again_where_asked),
        TEST(a_body_that_is_gone_is_not_sent_again),
        TEST(a_body_of_bytes_is_sent_again),
        TEST(nothing_is_sent_twice_unasked),
        TEST(only_one_repeat),
        TEST(a_stale_connection_is_replaced),
        /* The library knows which failures of its sockets are the peer's close. */
        TEST_OF_SOCKETS(a_stale_connection_is_used_where_nobody_looks),
        TEST(it_is_looked_at_after_an_idle_time),
    };

    return RUN_TESTS_WITH_CERTIFICATES(tests, argc, argv);
}
