/* Request bodies: every kind by every verb in every framing, as fast as it can go and a byte at a time;
 * bodies that are not what was announced; large ones. */
#define _POSIX_C_SOURCE 200809L

#include "bodies.h"
#include "unix_socket.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>

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
    options.callback = as->kind == HC_BODY_CALLBACK ? fill : NULL;
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
        {4, -1, HC_ERR_TRANSPORT, -1}, /* what a failed read(2) returns */
        {HC_LENGTH_UNKNOWN, -1, HC_ERR_TRANSPORT, -1},
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

/* A file of /sys says 4096 bytes, and has a line. From its offset on it is sent as what it has. */
static void files_that_say_too_much(void) {
    char text[4097], wire[8192];
    int mtu = open("/sys/class/net/lo/mtu", O_RDONLY), offset;
    ssize_t len = mtu < 0 ? -1 : read(mtu, text, sizeof text - 1);
    memory peer;

    for (offset = 0; len > 0 && offset < 2; offset++) {
        hc_conn *conn = connect_memory(&peer, false);

        text[len] = '\0';
        CHECK_INT(lseek(mtu, offset, SEEK_SET), offset);
        snprintf(wire, sizeof wire,
                 "PUT / HTTP/1.1\r\nHost: h\r\nAccept-Encoding: identity\r\n"
                 "Transfer-Encoding: chunked\r\n\r\n%zX\r\n%s\r\n0\r\n\r\n",
                 (size_t)len - (size_t)offset, text + offset);
        CHECK_INT(hc_request_file(conn, "PUT", "/", NULL, mtu), HC_OK);
        CHECK_SENT(&peer, wire);
        CHECK_INT(hc_conn_free(conn), HC_OK);
    }
    close(mtu);
}

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

/* --- Large pieces -------------------------------------------------------------------------------------- */

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
    end(conn, peer);
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
        CHECK(code == of_socket(HC_ERR_CONNECTION_RESET) || code == of_socket(HC_ERR_BROKEN_PIPE));
        CHECK_INT(conn_detail(conn).retry, HC_RETRY_MAYBE_PROCESSED);
        CHECK(from.left > 0);
        CHECK_INT(hc_conn_close(conn), HC_OK);
    }
    free(memory);
    end(conn, peer);
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
    end(conn, peer);
}

/* A large file that cannot be read is the file's failure; a server that takes nothing is the stream's. */
static void large_files_that_fail(void) {
    char name[] = "/tmp/test_bodies.XXXXXX";
    server *peer = server_start("read-head\nwait-close\nconnection\nread-head\nhold\n"
                                "connection\nread-head\n" OK_EMPTY "wait-close\n");
    hc_conn *conn = connect_to(peer);
    int fd = mkstemp(name), only_written = open(name, O_WRONLY);

    REQUIRE(fd >= 0 && only_written >= 0 && ftruncate(fd, 64000000) == 0);
    unlink(name);
    CHECK_INT(hc_request_file(conn, "PUT", "/", NULL, only_written), HC_ERR_OS);
    CHECK_INT(conn_detail(conn).os_error, EBADF);
    CHECK(!hc_conn_is_open(conn));
    CHECK_INT(hc_conn_connect(conn), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, 100), HC_OK);
    CHECK_INT(hc_request_file(conn, "PUT", "/", NULL, fd), of_socket(HC_ERR_TIMEOUT));
    /* A request that was not completed is in the way of the next, unless it can be gone on with. */
    if (!is_byte_by_byte()) {
        CHECK_INT(conn_detail(conn).retry, HC_RETRY_MAYBE_PROCESSED);
        CHECK_INT(send_get(conn, "/"), HC_ERR_CANNOT_SEND_REQUEST);
    }
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    CHECK_GET(conn, "/", 200, "");
    end(conn, peer);
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

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(every_kind_by_every_verb),
        TEST(one_write_for_each_part),
        TEST(http_1_0),
        TEST(functions_that_err),
        TEST(another_call_in_between),
        TEST(closed_with_a_piece_on_its_way),
        TEST(files_of_size_0),
        TEST(files_that_say_too_much),
        TEST(large_pieces),
        TEST(reset_amid_a_body),
        TEST(large_files),
        TEST(large_files_that_change),
        TEST(large_files_that_fail),
        TEST(no_signal),
    };
    return RUN_TESTS(tests, argc, argv);
}
