/*
 * epoll: 1,000 connections in one thread, by epoll (Linux) and with a deadline for each.
 *
 *     epoll http://127.0.0.1:8000/ [CONNECTIONS]
 *
 * Prints how many exchanges succeeded; the exit status is 0 if all did.
 */
#include <httpclient.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { DEADLINE_MS = 30000, BATCH = 64 };

/* A connection and how far it is. */
struct exchange {
    hc_conn *conn;
    hc_response *response;
    enum { SENDING, RECEIVING, READING, DONE } step;
    unsigned long bytes;
    hc_error result;
};

/* Goes on with an exchange until it has to wait, or is over. */
static hc_error advance(struct exchange *e, const char *url) {
    char buffer[4096];
    size_t count = 0;
    hc_error err;
    switch (e->step) {
    case SENDING: /* this connects, too */
        err = hc_request_url(e->conn, "GET", url, NULL, NULL, 0);
        if (err) return err;
        e->step = RECEIVING; /* fall through */
    case RECEIVING:
        err = hc_getresponse(e->conn, &e->response);
        if (err) return err;
        e->step = READING; /* fall through */
    case READING:
        do {
            err = hc_response_read(e->response, buffer, sizeof buffer, &count);
            if (err) return err;
            e->bytes += count;
        } while (count > 0); /* fall through */
    default:
        return HC_OK;
    }
}

/* Has epoll watch what the exchange waits for. */
static void watch(int epoll, struct exchange *e) {
    int reading = e->response != NULL;
    int fd = reading ? hc_response_fileno(e->response) : hc_conn_fileno(e->conn);
    uint32_t interest = reading ? hc_response_interest(e->response) : hc_conn_interest(e->conn);
    struct epoll_event event = {.data.ptr = e};
    if (interest & HC_INTEREST_READ) event.events |= EPOLLIN;
    if (interest & HC_INTEREST_WRITE) event.events |= EPOLLOUT;
    /* A descriptor that was closed has left epoll by itself, and a new one may have its number. */
    if (fd >= 0 && epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event) != 0) {
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    }
}

/* A step of an exchange; returns 1 when that ended it. */
static int step(int epoll, struct exchange *e, const char *url) {
    if (e->step == DONE) return 0;
    e->result = advance(e, url);
    if (e->result == HC_WOULD_BLOCK) {
        watch(epoll, e);
        return 0;
    }
    if (e->result != HC_OK && e->step == READING) {
        fprintf(stderr, "%s\n", hc_response_error_message(e->response));
    } else if (e->result != HC_OK) {
        fprintf(stderr, "%s\n", hc_conn_error_message(e->conn));
    }
    e->step = DONE;
    hc_response_free(e->response);
    hc_conn_free(e->conn); /* closes the descriptor, which leaves epoll */
    e->response = NULL;
    e->conn = NULL;
    return 1;
}

/* The shortest time after which an exchange goes on though nothing is ready. Many connections ask
 * for a heap of times instead of this loop. */
static int next_timeout(const struct exchange *all, size_t count) {
    int64_t next = DEADLINE_MS;
    for (size_t i = 0; i < count; i++) {
        int64_t mine = all[i].step == DONE ? -1 : hc_conn_next_timeout(all[i].conn);
        if (mine >= 0 && mine < next) next = mine;
    }
    return (int)next;
}

/* Runs all exchanges to their ends. */
static void run(int epoll, struct exchange *all, size_t count, const char *url) {
    struct epoll_event ready[BATCH];
    size_t left = count;
    for (size_t i = 0; i < count; i++) {
        left -= (size_t)step(epoll, &all[i], url);
    }
    while (left > 0) {
        int found = epoll_wait(epoll, ready, BATCH, next_timeout(all, count));
        for (int i = 0; i < found; i++) {
            left -= (size_t)step(epoll, ready[i].data.ptr, url);
        }
        for (size_t i = 0; found == 0 && i < count; i++) { /* a time has come */
            if (hc_conn_next_timeout(all[i].conn) == 0) {
                left -= (size_t)step(epoll, &all[i], url);
            }
        }
    }
}

int main(int argc, char **argv) {
    hc_url parts = {.size = sizeof parts};
    size_t count = argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : 1000;
    size_t good = 0;
    unsigned long bytes = 0;
    struct exchange *all = calloc(count, sizeof *all);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (argc < 2 || !all || epoll < 0 || hc_url_parse(argv[1], &parts) || parts.https) {
        fprintf(stderr, "usage: epoll http://HOST[:PORT]/PATH [CONNECTIONS]\n");
        return 2;
    }
    for (size_t i = 0; i < count; i++) {
        hc_error err = hc_conn_new_url(argv[1], NULL, &all[i].conn);
        if (!err) err = hc_conn_set_timeout(all[i].conn, 0);
        if (!err) err = hc_conn_set_deadline(all[i].conn, DEADLINE_MS);
        if (err) fprintf(stderr, "%s\n", hc_error_string(err));
    }
    run(epoll, all, count, argv[1]);
    for (size_t i = 0; i < count; i++) {
        good += all[i].result == HC_OK;
        bytes += all[i].bytes;
    }
    printf("%lu of %lu exchanges succeeded, %lu bytes\n", (unsigned long)good, (unsigned long)count,
           bytes);
    close(epoll);
    free(all);
    return good != count;
}
