/* Forks, threads, and unloading the library. */
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
    server *echo_peer = server_start("read-head\nsend \"HTTP/1.1 101 Go||\"\n"
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

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(a_forks_child_may_only_free),
#ifndef __SANITIZE_ADDRESS__
        TEST(a_fork_while_handles_come_and_go),
#endif
        TEST(a_connection_moves_between_threads),
        TEST(the_library_can_be_unloaded),
    };

    return RUN_TESTS_WITH_CERTIFICATES(tests, argc, argv);
}
