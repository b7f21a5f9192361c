/* Threads that are cancelled (pthread_cancel) while they are in a call: the call comes to its end. */
#define _POSIX_C_SOURCE 200809L

#include "client.h"
#include "tls_client.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

/* A call that takes a while in a thread, and is over when its timeout is. */
typedef struct job {
    void (*call)(struct job *job);
    hc_conn *conn;
    server *peer;
    /* The thread has begun. Written once the other side may cancel it. */
    int begun[2];
    hc_error code;
    bool returned, ended;
} job;

/* For how long a call waits. It is cancelled long before. */
enum { WHILE_MS = 1000 };

static void on_end(void *context) {
    job *it = context;

    it->ended = true;
}

static void *work(void *context) {
    job *it = context;
    int state;

    pthread_cleanup_push(on_end, it);
    /* So that the call has the first cancellation point. */
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    CHECK(write(it->begun[1], "x", 1) == 1);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
    it->call(it);
    it->returned = true;
    for (;;) {
        pthread_testcancel();
    }
    pthread_cleanup_pop(1);
    return NULL;
}

/* Cancels a thread that is in a call, or is just about to make it: either way the call is made whole. */
static void check_cancelled(job *it, hc_error code) {
    pthread_t thread;
    void *result = NULL;
    char byte;

    it->returned = it->ended = false;
    REQUIRE(pipe(it->begun) == 0);
    REQUIRE(pthread_create(&thread, NULL, work, it) == 0);
    CHECK(read(it->begun[0], &byte, 1) == 1);
    CHECK_INT(pthread_cancel(thread), 0);
    CHECK_INT(pthread_join(thread, &result), 0);
    CHECK(result == PTHREAD_CANCELED);
    CHECK(it->returned && it->ended);
    CHECK_INT(it->code, code);
    close(it->begun[0]);
    close(it->begun[1]);
}

static void call_get(job *it) {
    hc_response *response = NULL;

    it->code = send_get(it->conn, "/");
    if (it->code == HC_OK) {
        it->code = hc_getresponse(it->conn, &response);
    }
    if (it->code == HC_OK) {
        const char *body;
        size_t len;

        it->code = hc_response_read_all(response, 1 << 20, &body, &len);
    }
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_conn_close(it->conn), HC_OK);
}

/* Waiting for an answer, by the kernel's timeout, by poll, and for ever until the server answers. */
static void a_wait_for_an_answer(void) {
    server *peer = server_start("read-head\nwait-close\nconnection\nread-head\nwait-close\n"
                                "connection\nread-head\n" OK_EMPTY "wait-close\n");
    job it = {0};

    it.call = call_get;
    it.conn = connect_to(peer);
    CHECK_INT(hc_conn_set_timeout(it.conn, WHILE_MS), HC_OK);
    check_cancelled(&it, HC_ERR_TIMEOUT);
    CHECK_INT(hc_conn_set_deadline(it.conn, WHILE_MS), HC_OK);
    check_cancelled(&it, HC_ERR_DEADLINE);
    CHECK_INT(hc_conn_set_deadline(it.conn, HC_TIMEOUT_NONE), HC_OK);
    CHECK_INT(hc_conn_set_timeout(it.conn, HC_TIMEOUT_NONE), HC_OK);
    check_cancelled(&it, HC_OK);
    end(it.conn, peer);
}

static void call_post(job *it) {
    static char body[16 << 20];

    it->code = hc_request(it->conn, "POST", "/", NULL, body, sizeof body);
    CHECK_INT(hc_conn_close(it->conn), HC_OK);
}

/* A server that takes nothing. */
static void an_upload(void) {
    server *peer = server_start("read-head\nawait\n");
    job it = {0};

    it.call = call_post;
    it.conn = connect_to(peer);
    CHECK_INT(hc_conn_set_timeout(it.conn, WHILE_MS), HC_OK);
    check_cancelled(&it, HC_ERR_TIMEOUT);
    server_go_on(peer);
    end(it.conn, peer);
}

/* Functions of the program that come to cancellation points of their own. */
static int64_t slow_lookup(void *context, const char *host, char *addresses, size_t capacity) {
    (void)context, (void)host, (void)addresses, (void)capacity;
    pthread_testcancel();
    return -7;
}

static int64_t slow_body(void *context, void *buffer, size_t capacity) {
    (void)context, (void)buffer, (void)capacity;
    pthread_testcancel();
    return -7;
}

static void a_resolver_of_the_program(void) {
    job it = {0};

    it.call = call_get;
    CHECK_INT(hc_conn_new("name.test", 80, &it.conn), HC_OK);
    CHECK_INT(hc_conn_set_resolver(it.conn, slow_lookup, NULL, NULL), HC_OK);
    check_cancelled(&it, HC_ERR_NAME_LOOKUP);
    CHECK_INT(hc_conn_free(it.conn), HC_OK);
}

static void call_put(job *it) {
    it->code = hc_request_callback(it->conn, "PUT", "/", NULL, slow_body, NULL, HC_LENGTH_UNKNOWN);
    CHECK_INT(hc_conn_close(it->conn), HC_OK);
}

static void a_body_of_the_program(void) {
    server *peer = server_serve(NULL);
    job it = {0};

    it.call = call_put;
    it.conn = connect_to(peer);
    check_cancelled(&it, HC_ERR_TRANSPORT);
    end(it.conn, peer);
}

/* Connecting, the lookup of a name, and closing. */
static void an_exchange(void) {
    static const char *const hosts[] = {"127.0.0.1", "localhost"};
    server *peer = server_serve(NULL);
    size_t i;

    for (i = 0; i < 2; i++) {
        job it = {0};

        it.call = call_get;
        CHECK_INT(hc_conn_new(hosts[i], server_port(peer), &it.conn), HC_OK);
        check_cancelled(&it, HC_OK);
        CHECK_INT(hc_conn_set_timeout(it.conn, PATIENCE_MS), HC_OK);
        check_cancelled(&it, HC_OK);
        CHECK_INT(hc_conn_free(it.conn), HC_OK);
    }
    server_finish(peer);
}

/* A handshake, which draws random numbers, and the alert that ends the session. */
static void an_exchange_over_tls(void) {
    server *peer = serve("server");
    hc_tls_config *config = built(trusting());
    job it = {0};

    it.call = call_get;
    it.conn = connection("localhost", peer, config);
    check_cancelled(&it, HC_OK);
    CHECK_INT(hc_conn_free(it.conn), HC_OK);
    CHECK_INT(hc_tls_config_free(config), HC_OK);
    server_finish(peer);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST_OF_SOCKETS(a_wait_for_an_answer),
        TEST_OF_SOCKETS(an_upload),
        TEST_OF_SOCKETS(a_resolver_of_the_program),
        TEST_OF_SOCKETS(a_body_of_the_program),
        TEST_OF_SOCKETS(an_exchange),
        TEST_OF_SOCKETS(an_exchange_over_tls),
    };

    return RUN_TESTS_WITH_CERTIFICATES(tests, argc, argv);
}
