/* What the tests of request bodies share: a peer in memory that takes whatever is sent, and bodies that
 * come in parts. Functions are inline so that a test may leave some of them unused. */
#ifndef BODIES_H
#define BODIES_H

#include "client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* --- A peer in memory ------------------------------------------------------------------------------ */

/* What it answers. */
#define EMPTY_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

typedef struct {
    bool stutters; /* takes one byte at a time, and would block before each */
    bool paused;
    char sent[2048];
    size_t sent_len;
    size_t answered;
    int writes;
    int closed;
} memory;

static inline int64_t read_memory(void *context, void *buffer, size_t capacity) {
    memory *peer = context;
    size_t left = strlen(EMPTY_ANSWER) - peer->answered;
    size_t count = left < capacity ? left : capacity;

    memcpy(buffer, EMPTY_ANSWER + peer->answered, count);
    peer->answered += count;
    return (int64_t)count;
}

static inline int64_t write_memory(void *context, const void *data, size_t len) {
    memory *peer = context;
    size_t count = peer->stutters ? 1 : len;

    if (peer->stutters && (peer->paused = !peer->paused)) {
        return HC_IO_WOULD_BLOCK;
    }
    if (peer->sent_len + count > sizeof peer->sent) {
        return -ENOBUFS;
    }
    memcpy(peer->sent + peer->sent_len, data, count);
    peer->sent_len += count;
    peer->writes++;
    return (int64_t)count;
}

static inline void close_memory(void *context) { ((memory *)context)->closed++; }

static inline hc_conn *connect_memory(memory *peer, bool stutters) {
    hc_transport transport;
    hc_conn *conn = NULL;

    memset(&transport, 0, sizeof transport);
    transport.size = sizeof transport;
    transport.context = peer;
    transport.read = read_memory;
    transport.write = write_memory;
    transport.close = close_memory;
    transport.fd = -1;
    memset(peer, 0, sizeof *peer);
    peer->stutters = stutters;
    CHECK_INT(hc_conn_new_with_transport(&transport, "h", HC_PORT_DEFAULT, &conn), HC_OK);
    return conn;
}

#define CHECK_SENT(peer, text) CHECK_MEM((peer)->sent, (peer)->sent_len, (text), strlen(text))

/* --- Bodies in parts ------------------------------------------------------------------------------- */

/* Gives its parts one after the other. What is lent is freed as soon as it may be, so that a look at it
 * later is seen. */
typedef struct {
    const char *const *next; /* ended by NULL; "" is an empty piece */
    bool stutters;           /* has nothing yet before each part, and before the end */
    bool paused;
    int64_t at_the_end;
    void *lent;
    hc_conn *conn; /* called back into, if not NULL */
    int calls;
} source;

static inline void take_back(source *from) {
    free(from->lent);
    from->lent = NULL;
}

/* The next part, or NULL with what to return instead. */
static inline const char *next_part(source *from, int64_t *answer) {
    from->calls++;
    if (from->conn != NULL) {
        CHECK_INT(hc_send(from->conn, "x", 1), HC_ERR_BUSY);
        CHECK_INT(hc_conn_close(from->conn), HC_ERR_BUSY);
    }
    if (from->stutters && (from->paused = !from->paused)) {
        *answer = HC_BODY_WOULD_BLOCK;
        return NULL;
    }
    *answer = from->at_the_end;
    return *from->next == NULL ? NULL : *from->next++;
}

static inline int64_t fill(void *context, void *buffer, size_t capacity) {
    int64_t answer;
    const char *part = next_part(context, &answer);

    /* To a function that fills, nothing would be the end. */
    while (part != NULL && *part == '\0') {
        part = next_part(context, &answer);
    }
    if (part == NULL) {
        return answer;
    }
    CHECK(strlen(part) <= capacity);
    memcpy(buffer, part, strlen(part));
    return (int64_t)strlen(part);
}

static inline int64_t lend(void *context, const void **piece) {
    source *from = context;
    int64_t answer;
    const char *part;
    size_t len;

    CHECK(*piece == NULL);
    take_back(from);
    part = next_part(from, &answer);
    if (part == NULL) {
        return answer;
    }
    len = strlen(part);
    /* Without the NUL: a byte more than was lent is seen too. */
    from->lent = malloc(len > 0 ? len : 1);
    if (from->lent == NULL) {
        return -ENOMEM;
    }
    memcpy(from->lent, part, len);
    *piece = from->lent;
    return (int64_t)len;
}

/* A file or, where its length must not be known, a pipe, with "abc" to come. */
static inline int file_or_pipe(bool pipe_wanted) {
    int ends[2];

    if (pipe_wanted) {
        if (!CHECK(pipe(ends) == 0)) {
            return -1;
        }
        CHECK_INT(write(ends[1], "abc", 3), 3);
        close(ends[1]);
        return ends[0];
    } else {
        FILE *file = tmpfile();
        int fd;

        if (!CHECK(file != NULL)) {
            return -1;
        }
        fd = dup(fileno(file));
        fclose(file);
        CHECK_INT(write(fd, "0abc", 4), 4);
        CHECK_INT(lseek(fd, 1, SEEK_SET), 1);
        return fd;
    }
}

/* Repeats a call for as long as it would block. */
#define REPEAT(code, call)        \
    do {                          \
        code = (call);            \
    } while (code == HC_WOULD_BLOCK)

#endif
