#define _POSIX_C_SOURCE 200809L

#include "harness.h"
#include "httpclient.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What a stream moves byte by byte, either way, and what at a time after that. */
enum { BYTEWISE = 64 << 10, PIECE = 1009, MOST_FDS = 4096 };

/* After which time a call is repeated even where nothing became ready: nobody wakes a program's own wait
 * when something is cancelled. In milliseconds. */
enum { NOW_AND_THEN = 20 };

/* A connection. It is never freed: its responses and streams may outlive it. */
typedef struct line {
    const hc_conn *conn;
    int64_t timeout; /* -1: for ever; 0: the test waits */
    int64_t waited;  /* for how long nothing became ready */
    bool paused;     /* the dialer has said that it would block */
    struct line *older;
} line;

/* A direction of a stream. */
typedef struct way {
    bool paused; /* it has said that it would block */
    size_t moved;
} way;

/* A stream of a connection. */
typedef struct wire {
    int fd;
    bool slow;
    way in, out;
} wire;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static line *newest;
int one_byte_unanswered;
/* Whose a descriptor is. */
static line *owners[MOST_FDS];

bool is_byte_by_byte(void) { return getenv("HC_ONE_BYTE") != NULL; }

static line *line_of(const hc_conn *conn) {
    line *found;

    pthread_mutex_lock(&lock);
    found = newest;
    while (found != NULL && found->conn != conn) {
        found = found->older;
    }
    pthread_mutex_unlock(&lock);
    return found;
}

static line *owner_of(int fd) {
    line *found;

    pthread_mutex_lock(&lock);
    found = fd >= 0 && fd < MOST_FDS ? owners[fd] : NULL;
    pthread_mutex_unlock(&lock);
    return found;
}

static void set_owner(int fd, line *owner) {
    pthread_mutex_lock(&lock);
    owners[fd] = owner;
    pthread_mutex_unlock(&lock);
}

/* --- The transport ------------------------------------------------------------------------------ */

/* How many bytes may be moved: any number, or every other time none and then one. */
static size_t pass(const wire *it, way *way, size_t len) {
    if (!it->slow) {
        return len;
    }
    way->paused = !way->paused;
    if (way->paused) {
        return 0;
    }
    if (way->moved < BYTEWISE) {
        return 1;
    }
    return len < PIECE ? len : PIECE;
}

/* A socket of the first run waits. */
static int flags(const wire *it) { return MSG_NOSIGNAL | (it->slow ? MSG_DONTWAIT : 0); }

static int64_t moved(way *way, ssize_t count) {
    if (count >= 0) {
        way->moved += (size_t)count;
        return count;
    }
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? HC_IO_WOULD_BLOCK
                                                                     : -1000 - errno;
}

static int64_t wire_read(void *context, void *buffer, size_t capacity) {
    wire *it = context;
    size_t len = pass(it, &it->in, capacity);

    return len == 0 ? HC_IO_WOULD_BLOCK : moved(&it->in, recv(it->fd, buffer, len, flags(it)));
}

static int64_t wire_write(void *context, const void *data, size_t len) {
    wire *it = context;

    len = pass(it, &it->out, len);
    return len == 0 ? HC_IO_WOULD_BLOCK : moved(&it->out, send(it->fd, data, len, flags(it)));
}

static bool wire_quiet(void *context) {
    wire *it = context;
    char byte;

    return recv(it->fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0 && errno == EAGAIN;
}

static void wire_close(void *context) {
    wire *it = context;

    set_owner(it->fd, NULL);
    close(it->fd);
    free(it);
}

static int connect_to_address(const char *host, int port) {
    struct sockaddr_in address;
    int fd;

    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)port);
    if (strcmp(host, "localhost") == 0) {
        host = "127.0.0.1";
    }
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1) {
        return -1;
    }
    fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd >= 0 && (fd >= MOST_FDS ||
                    connect(fd, (struct sockaddr *)&address, sizeof address) != 0)) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Takes the socket. */
static bool make_wire(int fd, hc_transport *transport) {
    wire *made = fd < 0 ? NULL : calloc(1, sizeof *made);

    if (made == NULL) {
        return false;
    }
    made->fd = fd;
    made->slow = is_byte_by_byte();
    transport->context = made;
    transport->read = wire_read;
    transport->write = wire_write;
    transport->quiet = wire_quiet;
    transport->close = wire_close;
    transport->fd = fd;
    return true;
}

bool connect_transport(int port, hc_transport *transport) {
    memset(transport, 0, sizeof *transport);
    transport->size = sizeof *transport;
    return make_wire(connect_to_address("127.0.0.1", port), transport);
}

static int64_t dial(void *context, const char *host, int32_t port, hc_transport *transport) {
    line *of = context;

    /* A test that waits itself would find nothing to wait for. */
    of->paused = of->timeout != 0 && !of->paused;
    if (of->paused) {
        return HC_IO_WOULD_BLOCK;
    }
    /* A connect that waits is the library's own business. */
    if (port == one_byte_unanswered || !make_wire(connect_to_address(host, port), transport)) {
        return HC_DIAL_DEFAULT;
    }
    set_owner(transport->fd, of);
    return HC_DIAL_DONE;
}

/* --- What the tests' calls do --------------------------------------------------------------------- */

static line *new_line(const hc_conn *conn) {
    line *made = calloc(1, sizeof *made);

    if (made != NULL) {
        made->conn = conn;
        made->timeout = -1;
        pthread_mutex_lock(&lock);
        made->older = newest;
        newest = made;
        pthread_mutex_unlock(&lock);
    }
    return made;
}

hc_error one_byte_made(hc_error code, hc_conn *const *conn) {
    line *made = code == HC_OK && is_byte_by_byte() ? new_line(*conn) : NULL;

    return made != NULL ? hc_conn_set_dialer(*conn, dial, made) : code;
}

hc_error one_byte_given(hc_error code, const hc_transport *transport, hc_conn *const *conn) {
    if (code == HC_OK && is_byte_by_byte() && transport->fd >= 0) {
        set_owner(transport->fd, new_line(*conn));
    }
    return code;
}

hc_error one_byte_timeout(hc_error code, const hc_conn *conn, int64_t milliseconds) {
    line *of = is_byte_by_byte() ? line_of(conn) : NULL;

    if (code == HC_OK && of != NULL) {
        of->timeout = milliseconds;
    }
    return code;
}

/* Waits for what the library says, for a little; false if the timeout is over. */
static bool wait_for(line *of, int fd, uint32_t interest) {
    struct pollfd entry = {fd, 0, 0};
    int64_t due, left;

    if (of == NULL || of->timeout == 0) {
        return false;
    }
    if (interest & HC_INTEREST_READ) {
        entry.events |= POLLIN;
    }
    if (interest & HC_INTEREST_WRITE) {
        entry.events |= POLLOUT;
    }
    if (entry.events == 0) {
        return of->paused;
    }
    left = of->timeout < 0 ? NOW_AND_THEN : of->timeout - of->waited;
    due = hc_conn_next_timeout(of->conn);
    if (due >= 0 && due < left) {
        left = due;
    }
    left = left < NOW_AND_THEN ? left : NOW_AND_THEN;
    if (poll(&entry, 1, (int)left) > 0) {
        of->waited = 0;
        return true;
    }
    of->waited += left;
    if (of->timeout > 0 && of->waited >= of->timeout) {
        of->waited = 0;
        return false;
    }
    return true;
}

bool one_byte_wait_conn(const hc_conn *conn) {
    return is_byte_by_byte() && wait_for(line_of(conn), hc_conn_fileno(conn), hc_conn_interest(conn));
}

bool one_byte_wait_response(const hc_response *response) {
    int fd = is_byte_by_byte() ? hc_response_fileno(response) : -1;

    return wait_for(owner_of(fd), fd, hc_response_interest(response));
}

bool one_byte_wait_stream(const hc_stream *stream) {
    int fd = is_byte_by_byte() ? hc_stream_fileno(stream) : -1;

    return wait_for(owner_of(fd), fd, hc_stream_interest(stream));
}

hc_error of_socket(hc_error code) {
    if (!is_byte_by_byte()) {
        return code;
    }
    return code == HC_ERR_TIMEOUT ? HC_WOULD_BLOCK : HC_ERR_TRANSPORT;
}

bool one_byte_fills(const hc_response *response) {
    const line *of = is_byte_by_byte() ? owner_of(hc_response_fileno(response)) : NULL;

    return of != NULL && of->timeout != 0;
}
