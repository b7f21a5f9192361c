/* What ends a wait: deadlines, the time for opening, and cancelling, in every phase. */
#define _POSIX_C_SOURCE 200809L

#include "flow.h"

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
                                "send \"00 OK|Content-Length: 2||o\"\nawait\n"
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
    bool refuses;      /* it takes nothing of a large body, and says something instead */
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

    while (!drip->upload && !drip->refuses && memcmp(last, "\r\n\r\n", 4) != 0 && recv(fd, &byte, 1, 0) == 1) {
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

/* Has a GET, or an upload, of such a peer end with `expected`, not before SOON_MS. */
static void outlast(drip *drip, int64_t timeout, int64_t deadline, hc_error expected) {
    static char large[LARGE];
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
    CHECK_INT(hc_conn_set_timeout(conn, timeout), HC_OK);
    if (drip->tunnel) CHECK_INT(hc_conn_set_tunnel(conn, "far.example", 80, NULL), HC_OK);
    CHECK_INT(hc_conn_set_deadline(conn, deadline), HC_OK);
    start = now_ms();
    err = drip->upload ? hc_request(conn, "PUT", "/", NULL, large, LARGE)
                       : hc_request(conn, "GET", "/", NULL, NULL, 0);
    if (err == HC_OK) err = hc_getresponse(conn, &response);
    if (err == HC_OK) err = hc_response_read_all(response, (size_t)-1, &body, &len);
    if (!CHECK_INT(err, expected)) printf("in the %s\n", drip->what);
    CHECK(now_ms() - start >= SOON_MS && now_ms() - start < LATE_MS);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    atomic_store(&drip->over, true);
    /* The limit may have come before the connection. */
    shutdown(drip->listener, SHUT_RDWR);
    pthread_join(thread, NULL);
    close(drip->listener);
}

/* A byte now and then satisfies every timeout, and no deadline. */
static void a_peer_that_drips_cannot_outlast_a_deadline(void) {
    static drip drips[] = {
        {"head", false, false, false, "HTTP/1.1 200 OK\r\nX: ", "a", -1, false},
        {"interim heads", false, false, false, "", "HTTP/1.1 103 Hints\r\n\r\n", -1, false},
        {"proxy's answer", true, false, false, "HTTP/1.1 200 OK\r\nX: ", "a", -1, false},
        {"upload", false, true, false, "", "", -1, false},
        {"body", false, false, false, "HTTP/1.1 200 OK\r\n\r\n", "a", -1, false},
        {"chunks", false, false, false, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
         "1\r\na\r\n", -1, false},
        {"trailers", false, false, false,
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ", "a", -1, false},
    };
    size_t i;

    for (i = 0; i < sizeof drips / sizeof drips[0]; i++) outlast(&drips[i], PATIENCE_MS, SOON_MS, HC_ERR_DEADLINE);
}

/* Bytes that are nothing of what the program asked for do not even satisfy a timeout. */
static void a_peer_that_drips_what_was_not_asked_for_cannot_outlast_a_timeout(void) {
    static drip drips[] = {
        {"status line", false, false, false, "HTTP/1.1 200 ", "a", -1, false},
        {"interim heads", false, false, false, "", "HTTP/1.1 103 Hints\r\n\r\n", -1, false},
        {"an interim head", false, false, false, "HTTP/1.1 103 Hints\r\nX: ", "a", -1, false},
        {"status line behind an interim head", false, false, false,
         "HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 200 ", "a", -1, false},
        {"proxy's answer", true, false, false, "HTTP/1.1 200 OK\r\nX: ", "a", -1, false},
        {"chunk extension", false, false, false,
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n5;", "a", -1, false},
        {"trailers", false, false, false,
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ", "a", -1, false},
    };
    size_t i;

    /* The deadline ends the test if the timeout does not. */
    for (i = 0; i < sizeof drips / sizeof drips[0]; i++) outlast(&drips[i], SOON_MS, LATE_MS, HC_ERR_TIMEOUT);
}

/* A server that takes nothing of an upload cannot put its timeout off by a byte of its head now and then. */
static void a_peer_that_drips_its_head_cannot_outlast_the_timeout_of_an_upload(void) {
    static drip drip = {"head", false, false, true, "HTTP/1.1 200 OK\r\nX: ", "a", -1, false};
    static char large[LARGE];
    int port = 0;
    hc_conn *conn = NULL;
    pthread_t thread;
    long long start;

    drip.listener = mute_listener(1, &port);
    REQUIRE(pthread_create(&thread, NULL, drip_on, &drip) == 0);
    CHECK_INT(hc_conn_new("127.0.0.1", port, &conn), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, SOON_MS), HC_OK);
    /* Ends the test if the timeout does not. */
    CHECK_INT(hc_conn_set_deadline(conn, LATE_MS), HC_OK);
    start = now_ms();
    CHECK_INT(hc_request(conn, "PUT", "/", NULL, large, LARGE), HC_ERR_TIMEOUT);
    CHECK(now_ms() - start >= SOON_MS);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    atomic_store(&drip.over, true);
    pthread_join(thread, NULL);
    close(drip.listener);
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

static hc_error set_nothing(hc_conn *conn) {
    (void)conn;
    return HC_OK;
}

static hc_error set_keepalive(hc_conn *conn) {
    return hc_conn_set_tcp_keepalive(conn, 1, 1, 1);
}

static hc_error set_source(hc_conn *conn) {
    return hc_conn_set_source_address(conn, "127.0.0.1", 0);
}

static hc_error set_address(hc_conn *conn) {
    return hc_conn_set_address(conn, NULL, 0);
}

static hc_error set_dialer(hc_conn *conn) {
    return hc_conn_set_dialer(conn, NULL, NULL);
}

static hc_error set_resolver(hc_conn *conn) {
    return hc_conn_set_resolver(conn, NULL, NULL, NULL);
}

/* What says how a connection is opened holds for the whole of an opening: one under way is given up, whether it
 * still connects or already waits for the proxy's answer. */
static void what_says_how_to_open_gives_up_an_opening(void) {
    static hc_error (*const sets[])(hc_conn *) = {set_nothing, set_keepalive, set_source,
                                                  set_address, set_dialer,    set_resolver};
    enum { BOTH = 2 };
    int full_port = 0, mute_port = 0;
    int full = mute_listener(0, &full_port), filler = fill_backlog(full, full_port);
    int mute = mute_listener(BOTH * (int)(sizeof sets / sizeof *sets), &mute_port);
    size_t i;

    for (i = 0; i < BOTH * sizeof sets / sizeof *sets; i++) {
        bool is_connected = i % BOTH != 0;
        hc_error (*set)(hc_conn *) = sets[i / BOTH];
        hc_conn *conn = NULL;

        CHECK_INT(hc_conn_new("127.0.0.1", is_connected ? mute_port : full_port, &conn), HC_OK);
        CHECK_INT(hc_conn_set_timeout(conn, 0), HC_OK);
        CHECK_INT(hc_conn_set_tunnel(conn, "h", 80, NULL), HC_OK);
        CHECK_INT(hc_conn_connect(conn), HC_WOULD_BLOCK);
        if (is_connected) {
            CHECK(poll_one(hc_conn_fileno(conn), POLLOUT, PATIENCE_MS));
            CHECK_INT(hc_conn_connect(conn), HC_WOULD_BLOCK);
            CHECK_INT(hc_conn_interest(conn), HC_INTEREST_READ);
        }
        CHECK(hc_conn_fileno(conn) >= 0);
        CHECK_INT(set(conn), HC_OK);
        CHECK_INT(hc_conn_fileno(conn) >= 0, set == set_nothing);
        CHECK_INT(hc_conn_connect(conn), HC_WOULD_BLOCK);
        CHECK_INT(hc_conn_free(conn), HC_OK);
    }
    close(full);
    close(filler);
    close(mute);
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

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(a_deadline_ends_every_phase),
        TEST(a_deadline_ends_every_phase_of_an_event_loop),
        TEST(a_later_deadline_lets_it_go_on),
        TEST_OF_SOCKETS(a_connect_timeout_ends_every_phase_of_opening),
        TEST(a_connect_timeout_is_of_opening_alone),
        TEST(a_peer_that_drips_cannot_outlast_a_deadline),
        TEST_OF_SOCKETS(a_peer_that_drips_what_was_not_asked_for_cannot_outlast_a_timeout),
        TEST_OF_SOCKETS(a_peer_that_drips_its_head_cannot_outlast_the_timeout_of_an_upload),
        TEST(a_cancel_ends_every_phase),
        /* A cancel wakes no descriptor of another transport's. */
        TEST_OF_SOCKETS(a_cancel_wakes_an_event_loop_in_every_phase),
        TEST_OF_SOCKETS(every_descriptor_closes_on_exec),
        TEST_OF_SOCKETS(what_says_how_to_open_gives_up_an_opening),
        TEST(no_cancel_is_lost_in_a_crowd),
        TEST(a_cancelled_connection_can_be_rearmed),
    };

    return RUN_TESTS_WITH_CERTIFICATES(tests, argc, argv);
}
