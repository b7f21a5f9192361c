/* An event loop of one connection, and what the tests of waiting share. */
#ifndef FLOW_H
#define FLOW_H

#include "certificates.h"
#include "client.h"

#include <poll.h>
#include <time.h>
#include <unistd.h>

enum {
    SOON_MS = 100,       /* a deadline */
    LATE_MS = 30000,     /* no deadline and no cancel may take so long */
    LARGE = 16 << 20,    /* more than the kernel's buffers hold */
};

static inline long long now_ms(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Lets the other side get where it can only wait, most of the time: there is no event to be seen from outside.
 * What comes to pass is the same if it is not there yet. */
static inline void nap(void) {
    struct timespec time = {0, 30 * 1000 * 1000};

    nanosleep(&time, NULL);
}

static inline bool poll_one(int fd, short events, int timeout) {
    struct pollfd entry = {fd, events, 0};

    return poll(&entry, 1, timeout) > 0;
}

typedef struct flow {
    hc_conn *conn;
    hc_response *response; /* which is being read, if any */
    unsigned waits;
    const server *awaits; /* which goes on whenever there is nothing to read yet, if any */
} flow;

static inline bool wait_for(flow *flow);

/* Repeats a call until it is done, waiting in between as a program's event loop does. */
#define DRIVE(flow, result, call)                                 \
    do {                                                          \
        (result) = (call);                                        \
    } while ((result) == HC_WOULD_BLOCK && wait_for(flow))

/* Waits for what the library says. */
static inline bool wait_for(flow *flow) {
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

static inline hc_conn *plain(const char *host, const server *peer) {
    hc_conn *conn = NULL;

    CHECK_INT(hc_conn_new(host, server_port(peer), &conn), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, 0), HC_OK);
    return conn;
}

static inline void finish(flow *flow) {
    CHECK_INT(hc_response_free(flow->response), HC_OK);
    CHECK_INT(hc_conn_free(flow->conn), HC_OK);
}

static inline hc_tls_config *trusting(void) {
    hc_tls_builder *builder = NULL;
    hc_tls_config *config = NULL;

    CHECK_INT(hc_tls_builder_new(&builder), HC_OK);
    CHECK_INT(hc_tls_builder_add_roots_file(builder, FILE_AT("ca.pem")), HC_OK);
    CHECK_INT(hc_tls_builder_build(builder, &config), HC_OK);
    hc_tls_builder_free(builder);
    return config;
}

static inline hc_conn *secured(int port) {
    hc_tls_config *config = trusting();
    hc_conn *conn = NULL;

    CHECK_INT(hc_conn_new_tls("127.0.0.1", port, config, &conn), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, 0), HC_OK);
    hc_tls_config_free(config);
    return conn;
}

/* Sends and gets back `len` bytes, none of which may be lost. */
static inline void echo(flow *flow, size_t len) {
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

/* A resolver that is stuck until its end of a pipe is closed. */
typedef struct stuck {
    int ends[2];
    int released[2]; /* closed by `release` */
} stuck;

static inline int64_t look_up_for_ever(void *context, const char *host, char *addresses, size_t capacity) {
    stuck *stuck = context;

    (void)host;
    poll_one(stuck->ends[0], POLLIN, PATIENCE_MS);
    return capacity < 9 ? -1 : (memcpy(addresses, "127.0.0.1", 9), 9);
}

static inline void release_stuck(void *context) {
    stuck *stuck = context;

    close(stuck->released[1]);
}

#endif
