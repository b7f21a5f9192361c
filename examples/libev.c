/*
 * libev: exchanges in somebody else's event loop: a watcher of libev and a timer for each connection.
 *
 *     libev http://127.0.0.1:8000/ [CONNECTIONS]
 *
 * Prints how many exchanges succeeded; the exit status is 0 if all did. Needs libev (Debian: libev-dev).
 */
#include <ev.h>
#include <httpclient.h>
#include <stdio.h>
#include <stdlib.h>

enum { DEADLINE_MS = 30000 };

/* A connection, its response, and what wakes it up. */
struct exchange {
    ev_io ready;
    ev_timer due;
    hc_conn *conn;
    hc_response *response;
    const char *url;
    int sent;
    hc_error result;
};

/* Goes on with an exchange until it has to wait, or is over. */
static hc_error advance(struct exchange *e) {
    char buffer[4096];
    size_t count = 1;
    hc_error err = HC_OK;
    if (!e->sent) err = hc_request_url(e->conn, "GET", e->url, NULL, NULL, 0); /* connects, too */
    if (!err) e->sent = 1;
    if (!err && !e->response) err = hc_getresponse(e->conn, &e->response);
    while (!err && count > 0) err = hc_response_read(e->response, buffer, sizeof buffer, &count);
    return err;
}

/* Has libev watch what the exchange waits for. */
static void watch(struct ev_loop *loop, struct exchange *e) {
    int reading = e->response != NULL;
    int fd = reading ? hc_response_fileno(e->response) : hc_conn_fileno(e->conn);
    uint32_t interest = reading ? hc_response_interest(e->response) : hc_conn_interest(e->conn);
    int64_t timeout = hc_conn_next_timeout(e->conn);
    int events = (interest & HC_INTEREST_READ ? EV_READ : 0) |
                 (interest & HC_INTEREST_WRITE ? EV_WRITE : 0);
    ev_io_stop(loop, &e->ready);
    if (fd >= 0 && events) {
        ev_io_set(&e->ready, fd, events);
        ev_io_start(loop, &e->ready);
    }
    ev_timer_stop(loop, &e->due);
    if (timeout >= 0) {
        ev_timer_set(&e->due, (double)timeout / 1000, 0.);
        ev_timer_start(loop, &e->due);
    }
}

static void step(struct ev_loop *loop, struct exchange *e) {
    /* libev must let go of a descriptor before the library may close it. */
    ev_io_stop(loop, &e->ready);
    ev_timer_stop(loop, &e->due);
    e->result = advance(e);
    if (e->result == HC_WOULD_BLOCK) {
        watch(loop, e);
        return;
    }
    if (e->result != HC_OK) {
        fprintf(stderr, "%s\n",
                e->conn ? hc_conn_error_message(e->conn) : hc_error_string(e->result));
    }
    hc_response_free(e->response);
    hc_conn_free(e->conn);
}

static void on_ready(struct ev_loop *loop, ev_io *watcher, int events) {
    (void)events;
    step(loop, watcher->data);
}

static void on_due(struct ev_loop *loop, ev_timer *watcher, int events) {
    (void)events;
    step(loop, watcher->data);
}

static void start(struct ev_loop *loop, struct exchange *e) {
    hc_error err = hc_conn_new_url(e->url, NULL, &e->conn);
    if (!err) err = hc_conn_set_timeout(e->conn, 0);
    if (!err) err = hc_conn_set_deadline(e->conn, DEADLINE_MS);
    if (err) fprintf(stderr, "%s\n", hc_error_string(err));
    ev_init(&e->ready, on_ready);
    ev_init(&e->due, on_due);
    e->ready.data = e->due.data = e;
    step(loop, e);
}

int main(int argc, char **argv) {
    hc_url parts = {.size = sizeof parts};
    size_t count = argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : 100;
    size_t good = 0;
    struct exchange *all = calloc(count, sizeof *all);
    struct ev_loop *loop = ev_default_loop(EVFLAG_AUTO);
    if (argc < 2 || !all || !loop || hc_url_parse(argv[1], &parts) || parts.https) {
        fprintf(stderr, "usage: libev http://HOST[:PORT]/PATH [CONNECTIONS]\n");
        return 2;
    }
    for (size_t i = 0; i < count; i++) {
        all[i].url = argv[1];
        start(loop, &all[i]);
    }
    ev_run(loop, 0); /* until nothing is waited for any more */
    for (size_t i = 0; i < count; i++) good += all[i].result == HC_OK;
    printf("%lu of %lu exchanges succeeded\n", (unsigned long)good, (unsigned long)count);
    free(all);
    return good != count;
}
