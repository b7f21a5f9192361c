/* Request bodies: every kind by every verb in every framing, as fast as it can go and a byte at a time;
 * bodies that are not what was announced; requests in a struct and texts with their lengths. */
#define _POSIX_C_SOURCE 200809L

#include "client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define OK_EMPTY "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

/* --- A peer in memory ------------------------------------------------------------------------------ */

typedef struct {
    bool stutters; /* takes one byte at a time, and would block before each */
    bool ready;
    char sent[2048];
    size_t sent_len;
    size_t answered;
    int writes;
    int closed;
} memory;

static int64_t read_memory(void *context, void *buffer, size_t capacity) {
    memory *peer = context;
    size_t left = strlen(OK_EMPTY) - peer->answered;
    size_t count = left < capacity ? left : capacity;

    memcpy(buffer, OK_EMPTY + peer->answered, count);
    peer->answered += count;
    return (int64_t)count;
}

static int64_t write_memory(void *context, const void *data, size_t len) {
    memory *peer = context;
    size_t count = peer->stutters ? 1 : len;

    if (peer->stutters && !(peer->ready = !peer->ready)) {
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

static void close_memory(void *context) { ((memory *)context)->closed++; }

static hc_conn *connect_memory(memory *peer, bool stutters) {
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
    bool ready;
    int64_t at_the_end;
    void *lent;
    hc_conn *conn; /* called back into, if not NULL */
    int calls;
} source;

static void take_back(source *from) {
    free(from->lent);
    from->lent = NULL;
}

/* The next part, or NULL with what to return instead. */
static const char *next_part(source *from, int64_t *answer) {
    from->calls++;
    if (from->conn != NULL) {
        CHECK_INT(hc_send(from->conn, "x", 1), HC_ERR_BUSY);
        CHECK_INT(hc_conn_close(from->conn), HC_ERR_BUSY);
    }
    if (from->stutters && !(from->ready = !from->ready)) {
        *answer = HC_BODY_WOULD_BLOCK;
        return NULL;
    }
    *answer = from->at_the_end;
    return *from->next == NULL ? NULL : *from->next++;
}

static int64_t fill(void *context, void *buffer, size_t capacity) {
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

static int64_t lend(void *context, const void **piece) {
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

/* --- Every kind by every verb ------------------------------------------------------------------------ */

enum { REQUEST, WITH, ENDHEADERS, SEND, VERBS };
/* By a length; in chunks; by the caller's own Transfer-Encoding. */
enum { LENGTH, CHUNKS, CODING, FRAMINGS };

typedef struct {
    int verb;
    int kind; /* HC_BODY_ */
    int framing;
    int64_t length; /* for functions */
    source *from;
    int fd;
} body;

static const char *const CODING_HEADERS[] = {"Transfer-Encoding", "chunked", NULL};
static const char *const NO_HEADERS[] = {NULL};

static hc_error request_once(hc_conn *conn, const body *as) {
    const char *const *headers = as->framing == CODING ? CODING_HEADERS : NO_HEADERS;

    switch (as->kind) {
    case HC_BODY_BYTES:
        return hc_request(conn, "PUT", "/", headers, "abc", 3);
    case HC_BODY_FILE:
        return hc_request_file(conn, "PUT", "/", headers, as->fd);
    case HC_BODY_CALLBACK:
        return hc_request_callback(conn, "PUT", "/", headers, fill, as->from, as->length);
    default:
        return hc_request_pieces(conn, "PUT", "/", headers, lend, as->from, as->length);
    }
}

static hc_error request_with_once(hc_conn *conn, const body *as) {
    static const hc_header headers[] = {{"Transfer-Encoding+", 17, "chunked+", 7}};
    hc_request_options options;

    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.method = "PUT+";
    options.method_len = 3;
    options.target = "/+";
    options.target_len = 1;
    options.headers = headers;
    options.header_count = as->framing == CODING ? 1 : 0;
    options.encode_chunked = as->framing == CODING;
    options.body_kind = as->kind;
    options.fd = as->fd;
    options.context = as->from;
    options.length = as->length;
    if (as->kind == HC_BODY_BYTES) {
        options.body = "abc";
        options.body_len = 3;
    }
    options.function = as->kind == HC_BODY_CALLBACK ? fill : NULL;
    options.pieces = as->kind == HC_BODY_PIECES ? lend : NULL;
    return hc_request_with(conn, &options);
}

static hc_error endheaders_once(hc_conn *conn, const body *as) {
    bool encode = as->framing != LENGTH;

    switch (as->kind) {
    case HC_BODY_BYTES:
        return hc_endheaders(conn, "abc", 3, encode);
    case HC_BODY_FILE:
        return hc_endheaders_file(conn, as->fd, encode);
    case HC_BODY_CALLBACK:
        return hc_endheaders_callback(conn, fill, as->from, as->length, encode);
    default:
        return hc_endheaders_pieces(conn, lend, as->from, as->length, encode);
    }
}

static hc_error send_once(hc_conn *conn, const body *as) {
    switch (as->kind) {
    case HC_BODY_BYTES:
        return hc_send(conn, "abc", 3);
    case HC_BODY_FILE:
        return hc_send_file(conn, as->fd);
    case HC_BODY_CALLBACK:
        return hc_send_callback(conn, fill, as->from);
    default:
        return hc_send_pieces(conn, lend, as->from);
    }
}

#define REPEAT(code, call)        \
    do {                          \
        code = (call);            \
    } while (code == HC_WOULD_BLOCK)

/* Sends the body by its verb, to whatever end but HC_WOULD_BLOCK. */
static hc_error send_body(hc_conn *conn, const body *as) {
    hc_error code = HC_OK;

    if (as->verb == ENDHEADERS || as->verb == SEND) {
        CHECK_INT(hc_putrequest(conn, "PUT", "/", false, false), HC_OK);
    }
    if (as->framing == CODING && (as->verb == ENDHEADERS || as->verb == SEND)) {
        CHECK_INT(hc_putheader(conn, "Transfer-Encoding", "chunked"), HC_OK);
    }
    switch (as->verb) {
    case REQUEST:
        REPEAT(code, request_once(conn, as));
        break;
    case WITH:
        REPEAT(code, request_with_once(conn, as));
        break;
    case ENDHEADERS:
        REPEAT(code, endheaders_once(conn, as));
        break;
    default:
        if (as->framing != CODING) {
            CHECK_INT(hc_putheader(conn, "Content-Length", "3"), HC_OK);
        }
        REPEAT(code, hc_endheaders(conn, NULL, 0, false));
        CHECK_INT(code, HC_OK);
        REPEAT(code, send_once(conn, as));
    }
    if (as->from != NULL) {
        take_back(as->from);
    }
    return code;
}

/* A file or, where its length must not be known, a pipe, with "abc" to come. */
static int file_or_pipe(bool pipe_wanted) {
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

/* What follows the request line, Host and Accept-Encoding. */
static const char *expected(const body *as) {
    bool in_parts = as->kind == HC_BODY_CALLBACK || as->kind == HC_BODY_PIECES;

    if (as->verb == SEND) {
        return as->framing == CODING ? "Transfer-Encoding: chunked\r\n\r\nabc"
                                     : "Content-Length: 3\r\n\r\nabc";
    }
    if (as->framing == LENGTH) {
        return "Content-Length: 3\r\n\r\nabc";
    }
    return in_parts ? "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
                    : "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
}

static void one_of_all(body *as, bool stutters) {
    static const char *const parts[] = {"", "ab", "", "", "c", "", NULL};
    source from = {parts, stutters, false, 0, NULL, NULL, 0};
    char wire[256];
    memory peer;
    hc_conn *conn = connect_memory(&peer, stutters);
    hc_response *response = NULL;

    as->from = &from;
    as->length = as->framing == CHUNKS ? HC_LENGTH_UNKNOWN : 3;
    as->fd = as->kind == HC_BODY_FILE ? file_or_pipe(as->framing == CHUNKS) : -1;
    from.conn = stutters ? NULL : conn;
    snprintf(wire, sizeof wire, "PUT / HTTP/1.1\r\nHost: h\r\nAccept-Encoding: identity\r\n%s",
             expected(as));
    if (!CHECK_INT(send_body(conn, as), HC_OK) || !CHECK_SENT(&peer, wire)) {
        fprintf(stderr, "  verb %d, kind %d, framing %d\n", as->verb, as->kind, as->framing);
    }
    CHECK_INT(hc_getresponse(conn, &response), HC_OK);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(peer.closed, 1);
    if (as->fd >= 0) {
        close(as->fd);
    }
}

static void every_kind_by_every_verb(void) {
    body as;

    memset(&as, 0, sizeof as);
    for (as.verb = REQUEST; as.verb < VERBS; as.verb++) {
        for (as.kind = HC_BODY_BYTES; as.kind <= HC_BODY_PIECES; as.kind++) {
            for (as.framing = LENGTH; as.framing < FRAMINGS; as.framing++) {
                /* The length of bytes is known; only endheaders can be asked for chunks all the same. */
                if (as.framing != CHUNKS || as.kind != HC_BODY_BYTES || as.verb == ENDHEADERS) {
                    one_of_all(&as, false);
                    one_of_all(&as, true);
                }
            }
        }
    }
}

static void one_write_for_each_part(void) {
    static const char *const parts[] = {"ab", "", "c", NULL};
    static const struct {
        int verb, kind, framing, writes;
    } cases[] = {
        {REQUEST, HC_BODY_FILE, LENGTH, 2},  {REQUEST, HC_BODY_CALLBACK, LENGTH, 3},
        {REQUEST, HC_BODY_PIECES, LENGTH, 3}, {ENDHEADERS, HC_BODY_PIECES, LENGTH, 3},
        {SEND, HC_BODY_FILE, LENGTH, 2},     {SEND, HC_BODY_CALLBACK, LENGTH, 3},
        {SEND, HC_BODY_PIECES, LENGTH, 3},   {WITH, HC_BODY_PIECES, LENGTH, 3},
    };
    size_t i;

    /* In chunks a program's transport gets framing and data one by one: see counts.sh for sockets. */
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        source from = {parts, false, false, 0, NULL, NULL, 0};
        memory peer;
        hc_conn *conn = connect_memory(&peer, false);
        body as = {cases[i].verb, cases[i].kind, cases[i].framing, 3, &from, -1};

        as.fd = as.kind == HC_BODY_FILE ? file_or_pipe(false) : -1;
        CHECK_INT(send_body(conn, &as), HC_OK);
        CHECK_INT(peer.writes, cases[i].writes);
        CHECK_INT(hc_conn_free(conn), HC_OK);
        if (as.fd >= 0) {
            close(as.fd);
        }
    }
}

static void http_1_0(void) {
    static const char *const parts[] = {"ab", "c", NULL};
    body as;

    memset(&as, 0, sizeof as);
    for (as.verb = REQUEST; as.verb <= ENDHEADERS; as.verb++) {
        for (as.kind = HC_BODY_FILE; as.kind <= HC_BODY_PIECES; as.kind++) {
            for (as.framing = LENGTH; as.framing <= CHUNKS; as.framing++) {
                source from = {parts, false, false, 0, NULL, NULL, 0};
                memory peer;
                hc_conn *conn = connect_memory(&peer, false);

                as.from = &from;
                as.length = as.framing == LENGTH ? 3 : HC_LENGTH_UNKNOWN;
                as.fd = as.kind == HC_BODY_FILE ? file_or_pipe(as.framing == CHUNKS) : -1;
                CHECK_INT(hc_conn_set_http10(conn, true), HC_OK);
                if (as.framing == LENGTH) {
                    CHECK_INT(send_body(conn, &as), HC_OK);
                    CHECK_SENT(&peer, "PUT / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc");
                } else {
                    CHECK_INT(send_body(conn, &as), HC_ERR_VALUE);
                    CHECK_SENT(&peer, "");
                    CHECK_INT(from.calls, 0);
                }
                CHECK_INT(hc_conn_free(conn), HC_OK);
                if (as.fd >= 0) {
                    close(as.fd);
                }
            }
        }
    }
}

/* --- Bodies that are not what was announced ---------------------------------------------------------- */

/* A function whose body has another length, or that fails: what it gave before may have gone out, and the
 * request can never be completed. */
static void functions_that_err(void) {
    static const char *const parts[] = {"ab", "c", NULL};
    static const struct {
        int64_t length;
        int64_t at_the_end;
        hc_error code;
        int32_t os_error;
    } cases[] = {
        {2, 0, HC_ERR_VALUE, 0},
        {4, 0, HC_ERR_VALUE, 0},
        {HC_LENGTH_UNKNOWN, -77, HC_ERR_TRANSPORT, -77},
        {4, INT64_MIN, HC_ERR_TRANSPORT, INT32_MIN},
        {HC_LENGTH_UNKNOWN, 7, HC_ERR_INVALID_ARGUMENT, 0}, /* seven bytes at NULL */
        {HC_LENGTH_UNKNOWN, INT64_MAX, HC_ERR_INVALID_ARGUMENT, 0},
    };
    body as;
    size_t i;

    memset(&as, 0, sizeof as);
    as.kind = HC_BODY_PIECES;
    for (as.verb = REQUEST; as.verb <= ENDHEADERS; as.verb++) {
        for (i = 0; i < sizeof cases / sizeof *cases; i++) {
            source from = {parts, i % 2 == 0, false, cases[i].at_the_end, NULL, NULL, 0};
            memory peer;
            hc_conn *conn = connect_memory(&peer, i % 2 == 0);

            as.from = &from;
            as.length = cases[i].length;
            CHECK_INT(send_body(conn, &as), cases[i].code);
            CHECK_INT(conn_detail(conn).os_error, cases[i].os_error);
            /* The peer's answer lies there from the beginning, and is heard while sending waits. */
            CHECK_INT(conn_detail(conn).retry,
                      i % 2 == 0 ? HC_RETRY_RESPONSE_STARTED : HC_RETRY_MAYBE_PROCESSED);
            CHECK_INT(peer.closed, 1);
            CHECK_INT(hc_conn_state(conn), HC_STATE_IDLE);
            CHECK_INT(hc_conn_free(conn), HC_OK);
        }
    }
}

/* hc_send of every kind is held to what the headers announced. What is too much from the start changes
 * nothing; what turns out to be too much, or fails, on the way ends the request. */
static void sends_that_err(void) {
    static const char *const parts[] = {"ab", "c", NULL};
    static const char *const nothing[] = {NULL};
    static const struct {
        const char *announced;
        const char *const *parts;
        int64_t at_the_end;
        hc_error code;
        const char *sent;
    } cases[] = {
        {"1", parts, 0, HC_ERR_VALUE, ""},     {"0", parts, 0, HC_ERR_VALUE, ""},
        {"2", parts, 0, HC_ERR_VALUE, "ab"},   {"3", nothing, -7, HC_ERR_TRANSPORT, ""},
        {"9", parts, -7, HC_ERR_TRANSPORT, "abc"},
    };
    size_t i;
    int kind;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (kind = HC_BODY_CALLBACK; kind <= HC_BODY_PIECES; kind++) {
            source from = {cases[i].parts, true, false, cases[i].at_the_end, NULL, NULL, 0};
            body as = {SEND, kind, LENGTH, HC_LENGTH_UNKNOWN, &from, -1};
            bool begun = *cases[i].sent != '\0';
            size_t before;
            memory peer;
            hc_conn *conn = connect_memory(&peer, false);
            hc_error code;

            CHECK_INT(hc_putrequest(conn, "PUT", "/", false, false), HC_OK);
            CHECK_INT(hc_putheader(conn, "Content-Length", cases[i].announced), HC_OK);
            CHECK_INT(hc_endheaders(conn, NULL, 0, false), HC_OK);
            before = peer.sent_len;
            REPEAT(code, send_once(conn, &as));
            take_back(&from);
            CHECK_INT(code, cases[i].code);
            CHECK_MEM(peer.sent + before, peer.sent_len - before, cases[i].sent,
                      strlen(cases[i].sent));
            CHECK_INT(hc_conn_state(conn), begun ? HC_STATE_IDLE : HC_STATE_REQUEST_SENT);
            CHECK_INT(peer.closed, begun);
            if (!begun) {
                /* Another send may still give what was announced. */
                CHECK_INT(hc_send(conn, "xyz", (size_t)atoi(cases[i].announced)), HC_OK);
            }
            CHECK_INT(hc_conn_free(conn), HC_OK);
        }
    }
}

/* In the state Idle there is nothing that was announced; a file that is too long is known to be. */
static void sends_at_other_times(void) {
    static const char *const parts[] = {"GET / HTTP/1.0\r\n", "\r\n", NULL};
    source from = {parts, false, false, 0, NULL, NULL, 0};
    memory peer;
    hc_conn *conn = connect_memory(&peer, false);
    int fd = file_or_pipe(false);

    CHECK_INT(hc_send_pieces(conn, lend, &from), HC_OK);
    take_back(&from);
    CHECK_SENT(&peer, "GET / HTTP/1.0\r\n\r\n");
    peer.sent_len = 0;
    CHECK_INT(hc_putrequest(conn, "PUT", "/", true, true), HC_OK);
    CHECK_INT(hc_putheader(conn, "Content-Length", "2"), HC_OK);
    CHECK_INT(hc_endheaders(conn, NULL, 0, false), HC_OK);
    CHECK_INT(hc_send_file(conn, fd), HC_ERR_VALUE);
    CHECK_INT(lseek(fd, 0, SEEK_CUR), 1);
    CHECK_INT(hc_send_file(conn, -1), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_send_file(conn, 1 << 20), HC_ERR_OS);
    CHECK_INT(conn_detail(conn).os_error, EBADF);
    CHECK_INT(hc_send_callback(conn, NULL, NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_send_pieces(conn, NULL, NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_state(conn), HC_STATE_REQUEST_SENT);
    CHECK_INT(lseek(fd, 2, SEEK_SET), 2);
    CHECK_INT(hc_send_file(conn, fd), HC_OK);
    CHECK_SENT(&peer, "PUT / HTTP/1.1\r\nContent-Length: 2\r\n\r\nbc");
    CHECK_INT(hc_conn_free(conn), HC_OK);
    close(fd);
}

/* A call that is repeated keeps its kind of body, and its verb. */
static void another_call_in_between(void) {
    static const char *const parts[] = {"ab", "c", NULL};
    source from = {parts, false, false, 0, NULL, NULL, 0};
    source other = {parts, false, false, 0, NULL, NULL, 0};
    memory peer;
    hc_conn *conn = connect_memory(&peer, true);
    hc_error code;

    /* Until a piece is on its way. */
    while (from.lent == NULL) {
        CHECK_INT(hc_request_pieces(conn, "PUT", "/", NULL, lend, &from, 3), HC_WOULD_BLOCK);
    }
    CHECK_INT(hc_request_callback(conn, "PUT", "/", NULL, fill, &other, 3), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_request(conn, "PUT", "/", NULL, "abc", 3), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_send_pieces(conn, lend, &other), HC_ERR_CANNOT_SEND_REQUEST);
    CHECK_INT(hc_endheaders_pieces(conn, lend, &other, 3, false), HC_ERR_CANNOT_SEND_HEADER);
    CHECK_INT(other.calls, 0);
    REPEAT(code, hc_request_pieces(conn, "PUT", "/", NULL, lend, &from, 3));
    CHECK_INT(code, HC_OK);
    CHECK_SENT(&peer, "PUT / HTTP/1.1\r\nHost: h\r\nAccept-Encoding: identity\r\n"
                      "Content-Length: 3\r\n\r\nabc");
    take_back(&from);
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

/* A piece on its way is not looked at any more once the connection is closed. */
static void closed_with_a_piece_on_its_way(void) {
    static const char *const parts[] = {"ab", "c", NULL};
    source from = {parts, false, false, 0, NULL, NULL, 0};
    memory peer;
    hc_conn *conn = connect_memory(&peer, true);

    while (from.lent == NULL) {
        CHECK_INT(hc_request_pieces(conn, "PUT", "/", NULL, lend, &from, 3), HC_WOULD_BLOCK);
    }
    CHECK_INT(hc_conn_close(conn), HC_OK);
    take_back(&from);
    CHECK_INT(hc_request_pieces(conn, "PUT", "/", NULL, lend, &from, 3), HC_ERR_NOT_CONNECTED);
    CHECK_INT(from.calls, 1);
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

/* --- Files that are not what they say ------------------------------------------------------------------ */

/* /proc says 0 bytes and has more. What is empty stays empty. */
static void files_of_size_0(void) {
    char text[1024], wire[2048];
    int version = open("/proc/version", O_RDONLY);
    int null = open("/dev/null", O_RDONLY);
    FILE *empty = tmpfile();
    ssize_t len = version < 0 ? -1 : read(version, text, sizeof text - 1);
    memory peer;
    hc_conn *conn = connect_memory(&peer, false);

    REQUIRE(empty != NULL && null >= 0);
    if (len > 0) {
        text[len] = '\0';
        CHECK_INT(lseek(version, 0, SEEK_SET), 0);
        snprintf(wire, sizeof wire,
                 "PUT / HTTP/1.1\r\nHost: h\r\nAccept-Encoding: identity\r\n"
                 "Transfer-Encoding: chunked\r\n\r\n%zX\r\n%s\r\n0\r\n\r\n",
                 (size_t)len, text);
        CHECK_INT(hc_request_file(conn, "PUT", "/", NULL, version), HC_OK);
        CHECK_SENT(&peer, wire);
        CHECK_INT(hc_conn_close(conn), HC_OK);
    }
    CHECK_INT(hc_conn_free(conn), HC_OK);
    conn = connect_memory(&peer, false);
    CHECK_INT(hc_request_file(conn, "GET", "/", NULL, fileno(empty)), HC_OK);
    CHECK_SENT(&peer, "GET / HTTP/1.1\r\nHost: h\r\nAccept-Encoding: identity\r\n"
                      "Content-Length: 0\r\n\r\n");
    CHECK_INT(hc_conn_free(conn), HC_OK);
    conn = connect_memory(&peer, false);
    CHECK_INT(hc_request_file(conn, "GET", "/", NULL, null), HC_OK);
    CHECK_SENT(&peer, "GET / HTTP/1.1\r\nHost: h\r\nAccept-Encoding: identity\r\n"
                      "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    CHECK_INT(hc_conn_free(conn), HC_OK);
    close(version);
    close(null);
    fclose(empty);
}

/* --- Over sockets ------------------------------------------------------------------------------------ */

enum { PIECE = 3 << 20, PIECES = 8 };

/* Large pieces of one memory. */
typedef struct {
    char *memory;
    int left;
} large;

static int64_t lend_large(void *context, const void **piece) {
    large *from = context;

    if (from->left == 0) {
        return 0;
    }
    from->left--;
    *piece = from->memory;
    return PIECE;
}

/* Waits as the connection asks. */
static void wait_for(const hc_conn *conn) {
    uint32_t interest = hc_conn_interest(conn);
    struct pollfd entry = {hc_conn_fileno(conn), 0, 0};

    entry.events |= interest & HC_INTEREST_READ ? POLLIN : 0;
    entry.events |= interest & HC_INTEREST_WRITE ? POLLOUT : 0;
    CHECK(entry.fd >= 0 && entry.events != 0);
    CHECK(poll(&entry, 1, PATIENCE_MS) > 0);
}

/* Far more than a socket's buffers hold, blocking and not. */
static void large_pieces(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    char *memory = calloc(1, PIECE);
    int nonblocking;
    bool known;

    REQUIRE(memory != NULL);
    for (nonblocking = 0; nonblocking < 2; nonblocking++) {
        for (known = false;; known = true) {
            int64_t length = known ? (int64_t)PIECE * PIECES : HC_LENGTH_UNKNOWN;
            large from = {memory, PIECES};
            hc_response *response = NULL;
            hc_error code;
            int waits = 0;

            CHECK_INT(hc_conn_set_timeout(conn, nonblocking ? 0 : PATIENCE_MS), HC_OK);
            while ((code = hc_request_pieces(conn, "POST", "/count", NULL, lend_large, &from,
                                             length)) == HC_WOULD_BLOCK) {
                wait_for(conn);
                waits++;
            }
            CHECK_INT(code, HC_OK);
            CHECK(nonblocking || waits == 0);
            CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
            CHECK_INT(hc_getresponse(conn, &response), HC_OK);
            CHECK_BODY(response, "25165824");
            CHECK_INT(hc_response_free(response), HC_OK);
            if (known) {
                break;
            }
        }
    }
    free(memory);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
}

/* The server goes away amid a body: an error of the connection, and no signal. */
static void reset_amid_a_body(void) {
    static const struct {
        int verb;
        const char *header;
    } cases[] = {{REQUEST, NULL}, {SEND, "25165824"}};
    server *peer = server_start("read-head\nread 100\nreset\n"
                                "connection\nread-head\nread 100\nreset\n");
    hc_conn *conn = connect_to(peer);
    char *memory = calloc(1, PIECE);
    size_t i;

    REQUIRE(memory != NULL);
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        large from = {memory, PIECES};
        hc_error code;

        if (cases[i].verb == REQUEST) {
            code = hc_request_pieces(conn, "POST", "/", NULL, lend_large, &from, HC_LENGTH_UNKNOWN);
        } else {
            CHECK_INT(hc_putrequest(conn, "POST", "/", false, false), HC_OK);
            CHECK_INT(hc_putheader(conn, "Content-Length", cases[i].header), HC_OK);
            CHECK_INT(hc_endheaders(conn, NULL, 0, false), HC_OK);
            code = hc_send_pieces(conn, lend_large, &from);
        }
        CHECK(code == HC_ERR_CONNECTION_RESET || code == HC_ERR_BROKEN_PIPE);
        CHECK_INT(conn_detail(conn).retry, HC_RETRY_MAYBE_PROCESSED);
        CHECK(from.left > 0);
        CHECK_INT(hc_conn_close(conn), HC_OK);
    }
    free(memory);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
}

/* --- Large files, which need not be read on the way --------------------------------------------------- */

enum { FILE_SIZE = (16 << 20) + 12 };

/* What is in the file: bytes that are the same nowhere near. */
static const char *content(void) {
    static unsigned char bytes[FILE_SIZE];
    static bool made;
    size_t i;

    for (i = 0; !made && i < FILE_SIZE; i++) {
        bytes[i] = (unsigned char)(i % 251 + i / 65536);
    }
    made = true;
    return (const char *)bytes;
}

/* A file, its offset at the 5th byte. */
static int large_file(void) {
    FILE *file = tmpfile();
    int fd;

    if (!CHECK(file != NULL)) {
        return -1;
    }
    CHECK_INT(fwrite(content(), 1, FILE_SIZE, file), FILE_SIZE);
    fflush(file);
    fd = dup(fileno(file));
    fclose(file);
    CHECK_INT(lseek(fd, 5, SEEK_SET), 5);
    return fd;
}

/* The end of the answer is the file from its 5th byte on. */
static void check_echo(hc_conn *conn) {
    hc_response *response = NULL;
    const char *answer = NULL;
    size_t len = 0, size = FILE_SIZE - 5;

    CHECK_INT(hc_getresponse(conn, &response), HC_OK);
    CHECK_INT(hc_response_read_all(response, (size_t)-1, &answer, &len), HC_OK);
    CHECK(len > size && memcmp(answer + (len - size), content() + 5, size) == 0);
    CHECK_INT(hc_response_free(response), HC_OK);
}

static void ignore_event(void *context, int32_t event, const char *data, size_t len) {
    (void)context, (void)event, (void)data, (void)len;
}

/* In every way of waiting, and read as well as sent straight from the file. */
static void large_files(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    int fd = large_file(), way;

    for (way = 0; way < 5; way++) {
        hc_error code;

        CHECK_INT(hc_conn_set_trace(conn, way == 4 ? ignore_event : NULL, NULL), HC_OK);
        CHECK_INT(hc_conn_set_timeout(conn, way == 1 ? 0 : way == 2 ? -1 : PATIENCE_MS), HC_OK);
        CHECK_INT(hc_conn_set_deadline(conn, way == 2 ? PATIENCE_MS : -1), HC_OK);
        CHECK_INT(lseek(fd, 5, SEEK_SET), 5);
        if (way != 3) {
            while ((code = hc_request_file(conn, "POST", "/echo", NULL, fd)) == HC_WOULD_BLOCK) {
                wait_for(conn);
            }
        } else {
            CHECK_INT(hc_putrequest(conn, "POST", "/echo", false, false), HC_OK);
            CHECK_INT(hc_putheader(conn, "Content-Length", "16777223"), HC_OK);
            CHECK_INT(hc_endheaders(conn, NULL, 0, false), HC_OK);
            code = hc_send_file(conn, fd);
        }
        CHECK_INT(code, HC_OK);
        CHECK_INT(lseek(fd, 0, SEEK_CUR), FILE_SIZE);
        CHECK_INT(hc_conn_set_deadline(conn, -1), HC_OK);
        CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
        check_echo(conn);
    }
    close(fd);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
}

/* A large file that cannot be read is the file's failure; a server that takes nothing is the stream's. */
static void large_files_that_fail(void) {
    char name[] = "/tmp/test_bodies.XXXXXX";
    server *peer = server_start("read-head\nwait-close\nconnection\nread-head\npause 1500\nreset\n");
    hc_conn *conn = connect_to(peer);
    int fd = mkstemp(name), only_written = open(name, O_WRONLY);

    REQUIRE(fd >= 0 && only_written >= 0 && ftruncate(fd, 64000000) == 0);
    unlink(name);
    CHECK_INT(hc_request_file(conn, "PUT", "/", NULL, only_written), HC_ERR_OS);
    CHECK_INT(conn_detail(conn).os_error, EBADF);
    CHECK(!hc_conn_is_open(conn));
    CHECK_INT(hc_conn_set_timeout(conn, 100), HC_OK);
    CHECK_INT(hc_request_file(conn, "PUT", "/", NULL, fd), HC_ERR_TIMEOUT);
    CHECK_INT(conn_detail(conn).retry, HC_RETRY_MAYBE_PROCESSED);
    CHECK_INT(send_get(conn, "/"), HC_ERR_CANNOT_SEND_REQUEST);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
    close(fd);
    close(only_written);
}

static bool is_pending(int number) {
    sigset_t pending;

    return sigpending(&pending) == 0 && sigismember(&pending, number) == 1;
}

static bool is_blocked(int number) {
    sigset_t blocked;

    return pthread_sigmask(SIG_SETMASK, NULL, &blocked) == 0 && sigismember(&blocked, number) == 1;
}

/* A Unix-domain socket that this program itself listens at: the other side of a connection. */
static int listen_at(struct sockaddr_un *address) {
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);

    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    snprintf(address->sun_path, sizeof address->sun_path, "/tmp/test_bodies.%ld", (long)getpid());
    unlink(address->sun_path);
    CHECK(bind(listener, (struct sockaddr *)address, sizeof *address) == 0);
    CHECK(listen(listener, 1) == 0);
    return listener;
}

/* Files that become shorter or longer while they go out. */
static void large_files_that_change(void) {
    static const off_t sizes[] = {FILE_SIZE - 1000000, FILE_SIZE + 1};
    struct sockaddr_un address;
    int listener = listen_at(&address);
    size_t i;

    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        static char sink[1 << 16];
        hc_conn *conn = NULL;
        int fd = large_file(), other = -1, waits = 0;
        hc_error code;

        CHECK_INT(hc_conn_new_unix(address.sun_path, "h", &conn), HC_OK);
        CHECK_INT(hc_conn_set_timeout(conn, 0), HC_OK);
        while ((code = hc_request_file(conn, "PUT", "/", NULL, fd)) == HC_WOULD_BLOCK) {
            if (waits++ == 0) {
                other = accept(listener, NULL, NULL);
                CHECK_INT(ftruncate(fd, sizes[i]), 0);
            }
            while (recv(other, sink, sizeof sink, MSG_DONTWAIT) > 0) {
            }
        }
        CHECK(waits > 0);
        CHECK_INT(code, HC_ERR_VALUE);
        CHECK(!hc_conn_is_open(conn));
        CHECK_INT(hc_conn_state(conn), HC_STATE_IDLE);
        CHECK_INT(hc_conn_free(conn), HC_OK);
        close(other);
        close(fd);
    }
    unlink(address.sun_path);
    close(listener);
}

/* A request whose file meets a stream that its peer has closed. SIGPIPE would end this program. */
static void send_file_to_nobody(const char *path, int listener, int fd) {
    hc_conn *conn = NULL;

    CHECK_INT(hc_conn_new_unix(path, "h", &conn), HC_OK);
    CHECK_INT(hc_putrequest(conn, "PUT", "/", false, false), HC_OK);
    CHECK_INT(hc_putheader(conn, "Content-Length", "16777223"), HC_OK);
    CHECK_INT(hc_endheaders(conn, NULL, 0, false), HC_OK);
    close(accept(listener, NULL, NULL));
    CHECK_INT(lseek(fd, 5, SEEK_SET), 5);
    CHECK_INT(hc_send_file(conn, fd), HC_ERR_BROKEN_PIPE);
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

static void no_signal(void) {
    struct sockaddr_un address;
    int listener = listen_at(&address), fd = large_file();
    sigset_t pipe;

    send_file_to_nobody(address.sun_path, listener, fd);
    CHECK(!is_blocked(SIGPIPE));

    /* A program that blocks the signal has it blocked afterwards, and gets none of ours. */
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    CHECK_INT(pthread_sigmask(SIG_BLOCK, &pipe, NULL), 0);
    send_file_to_nobody(address.sun_path, listener, fd);
    CHECK(is_blocked(SIGPIPE));
    CHECK(!is_pending(SIGPIPE));

    /* Its own it keeps. */
    CHECK_INT(raise(SIGPIPE), 0);
    send_file_to_nobody(address.sun_path, listener, fd);
    CHECK(is_pending(SIGPIPE));
    CHECK_INT(sigwaitinfo(&pipe, NULL), SIGPIPE);
    CHECK_INT(pthread_sigmask(SIG_UNBLOCK, &pipe, NULL), 0);
    unlink(address.sun_path);
    close(listener);
    close(fd);
}

/* --- Requests in a struct, texts with their lengths --------------------------------------------------- */

static hc_request_options options_for(const char *method, size_t method_len) {
    hc_request_options options;

    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.method = method;
    options.method_len = method_len;
    return options;
}

static void options_that_are_none(void) {
    static const hc_header nul_in_name[] = {{"A\0B", 3, "c", 1}};
    static const hc_header nul_in_value[] = {{"A", 1, "b\0c", 3}};
    static const hc_header no_name[] = {{NULL, 0, "b", 1}};
    static const hc_header null_name[] = {{NULL, 1, "b", 1}};
    static const hc_header null_value[] = {{"A", 1, NULL, 1}};
    source from = {NULL, false, false, 0, NULL, NULL, 0};
    hc_request_options good = options_for("GET", 3);
    memory peer;
    hc_conn *conn = connect_memory(&peer, false);
    hc_request_options bad[16];
    size_t count = 0, values, i;

    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        bad[i] = good;
        bad[i].context = &from;
    }
    bad[count++].size = 0;
    bad[count++].size = sizeof good - 1;
    bad[count++].body_kind = -1;
    bad[count++].body_kind = HC_BODY_PIECES + 1;
    bad[count++].body = "x";
    bad[count++].body_len = 1;
    bad[count].body_kind = HC_BODY_BYTES;
    bad[count++].body_len = 1;
    bad[count++].function = fill;
    bad[count].body_kind = HC_BODY_CALLBACK;
    bad[count++].pieces = lend;
    bad[count++].body_kind = HC_BODY_CALLBACK;
    bad[count++].body_kind = HC_BODY_PIECES;
    bad[count++].method = NULL;
    bad[count++].header_count = 1;
    bad[count].headers = null_name;
    bad[count++].header_count = 1;
    bad[count].headers = null_value;
    bad[count++].header_count = 1;
    bad[count].body_kind = HC_BODY_FILE;
    bad[count++].fd = -1;
    CHECK_INT(count, sizeof bad / sizeof *bad);
    CHECK_INT(hc_request_with(NULL, &good), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_request_with(conn, NULL), HC_ERR_INVALID_ARGUMENT);
    for (i = 0; i < count; i++) {
        if (!CHECK_INT(hc_request_with(conn, &bad[i]), HC_ERR_INVALID_ARGUMENT)) {
            fprintf(stderr, "  case %zu\n", i);
        }
    }

    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        bad[i] = good;
    }
    values = 0;
    bad[values++] = options_for("G\0T", 3);
    bad[values++] = options_for("", 0);
    bad[values].headers = nul_in_name;
    bad[values++].header_count = 1;
    bad[values].headers = nul_in_value;
    bad[values++].header_count = 1;
    bad[values].headers = no_name;
    bad[values++].header_count = 1;
    for (i = 0; i < values; i++) {
        if (!CHECK_INT(hc_request_with(conn, &bad[i]), HC_ERR_VALUE)) {
            fprintf(stderr, "  case %zu\n", i);
        }
    }
    good.target = "/\0x";
    good.target_len = 3;
    CHECK_INT(hc_request_with(conn, &good), HC_ERR_INVALID_URL);
    CHECK_SENT(&peer, "");
    CHECK_INT(from.calls, 0);
    CHECK_INT(hc_conn_state(conn), HC_STATE_IDLE);
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

static void options_of_another_version(void) {
    struct {
        hc_request_options known;
        uint64_t unknown;
    } newer;
    memory peer;
    hc_conn *conn = connect_memory(&peer, false);

    newer.known = options_for("POST", 4);
    newer.known.size = sizeof newer;
    newer.unknown = UINT64_MAX;
    CHECK_INT(hc_request_with(conn, &newer.known), HC_OK);
    CHECK_SENT(&peer, "POST / HTTP/1.1\r\nHost: h\r\nAccept-Encoding: identity\r\n"
                      "Content-Length: 0\r\n\r\n");
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

/* As http.client's table has it: asking for chunks counts only where the headers have
 * Transfer-Encoding, and there it must be asked for. */
static void encode_chunked(void) {
    static const hc_header coding[] = {{"X", 1, NULL, 0}, {"Transfer-Encoding", 17, "chunked", 7}};
    static const hc_header length[] = {{"Content-Length", 14, "1", 1}};
    static const struct {
        const hc_header *headers;
        size_t count;
        bool encode;
        hc_error code;
        const char *sent;
    } cases[] = {
        {NULL, 0, false, HC_OK, "Content-Length: 1\r\n\r\na"},
        {NULL, 0, true, HC_OK, "Content-Length: 1\r\n\r\na"},
        {length, 1, false, HC_OK, "Content-Length: 1\r\n\r\na"},
        {length, 1, true, HC_OK, "Content-Length: 1\r\n\r\na"},
        {coding, 2, true, HC_OK,
         "X: \r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"},
        {coding, 2, false, HC_ERR_VALUE, NULL},
    };
    char wire[256];
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        hc_request_options options = options_for("GET", 3);
        memory peer;
        hc_conn *conn = connect_memory(&peer, false);

        options.headers = cases[i].headers;
        options.header_count = cases[i].count;
        options.body_kind = HC_BODY_BYTES;
        options.body = "a";
        options.body_len = 1;
        options.encode_chunked = cases[i].encode;
        CHECK_INT(hc_request_with(conn, &options), cases[i].code);
        snprintf(wire, sizeof wire, "GET / HTTP/1.1\r\nHost: h\r\nAccept-Encoding: identity\r\n%s",
                 cases[i].sent != NULL ? cases[i].sent : "");
        CHECK_SENT(&peer, cases[i].sent != NULL ? wire : "");
        CHECK_INT(hc_conn_free(conn), HC_OK);
    }
}

static void bytes_that_are_none(void) {
    hc_request_options options = options_for("GET", 3);
    memory peer;
    hc_conn *conn = connect_memory(&peer, false);

    options.body_kind = HC_BODY_BYTES;
    CHECK_INT(hc_request_with(conn, &options), HC_OK);
    CHECK_SENT(&peer, "GET / HTTP/1.1\r\nHost: h\r\nAccept-Encoding: identity\r\n"
                      "Content-Length: 0\r\n\r\n");
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

static void texts_with_their_lengths(void) {
    server *peer = server_start("expect \"GET /a HTTP/1.1\\r\\nHost: 127.0.0.1:\\p\\r\\n\\r\\n\"\n"
                                "send \"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n\"\n");
    hc_conn *conn = NULL;
    hc_response *response = NULL;

    CHECK_INT(hc_conn_new_bytes("127.0.0.1+", 9, server_port(peer), &conn), HC_OK);
    CHECK_STR(hc_conn_host(conn, NULL), "127.0.0.1");
    CHECK_INT(hc_putrequest_bytes(conn, "G\0T", 3, "/", 1, false, true), HC_ERR_VALUE);
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_INT(hc_putrequest_bytes(conn, "GET", 3, "/\0", 2, false, true), HC_ERR_INVALID_URL);
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_INT(hc_putrequest_bytes(conn, NULL, 3, "/", 1, false, true), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_putrequest_bytes(conn, "GET", 3, NULL, 1, false, true), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_putrequest_bytes(conn, "GET+", 3, "/a+", 2, false, true), HC_OK);
    CHECK_INT(hc_endheaders(conn, NULL, 0, false), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_OK);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
}

static void hosts_with_their_lengths(void) {
    static const struct {
        const char *host;
        size_t len;
        hc_error code;
    } cases[] = {
        {"h.example", 9, HC_OK},
        {"h.example\0.evil", 15, HC_ERR_INVALID_URL},
        {"\0", 1, HC_ERR_INVALID_URL},
        {"h\xff", 2, HC_ERR_ENCODING},
        {NULL, 1, HC_ERR_INVALID_ARGUMENT},
    };
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        hc_conn *conn = NULL;

        CHECK_INT(hc_conn_new_bytes(cases[i].host, cases[i].len, HC_PORT_DEFAULT, &conn),
                  cases[i].code);
        CHECK((conn != NULL) == (cases[i].code == HC_OK));
        CHECK_INT(hc_conn_port(conn), cases[i].code == HC_OK ? 80 : 0);
        CHECK_INT(hc_conn_free(conn), HC_OK);
        CHECK_INT(hc_conn_new_tls_bytes(cases[i].host, cases[i].len, HC_PORT_DEFAULT, NULL, &conn),
                  cases[i].code);
        CHECK_INT(hc_conn_port(conn), cases[i].code == HC_OK ? 443 : 0);
        CHECK_INT(hc_conn_free(conn), HC_OK);
    }
    CHECK_INT(hc_conn_new_bytes("h", 1, 0, NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_new_tls_bytes("h", 1, 0, NULL, NULL), HC_ERR_INVALID_ARGUMENT);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(every_kind_by_every_verb),
        TEST(one_write_for_each_part),
        TEST(http_1_0),
        TEST(functions_that_err),
        TEST(sends_that_err),
        TEST(sends_at_other_times),
        TEST(another_call_in_between),
        TEST(closed_with_a_piece_on_its_way),
        TEST(files_of_size_0),
        TEST_OF_SOCKETS(large_pieces),
        TEST_OF_SOCKETS(reset_amid_a_body),
        TEST_OF_SOCKETS(large_files),
        TEST(large_files_that_change),
        TEST_OF_SOCKETS(large_files_that_fail),
        TEST(no_signal),
        TEST(options_that_are_none),
        TEST(options_of_another_version),
        TEST(encode_chunked),
        TEST(bytes_that_are_none),
        TEST(texts_with_their_lengths),
        TEST(hosts_with_their_lengths),
    };
    return RUN_TESTS(tests, argc, argv);
}
