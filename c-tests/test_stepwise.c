/* Requests step by step: the request line, headers of every kind, the body with the end of the headers
 * or after it, and what is refused when. */
#define _POSIX_C_SOURCE 200809L

#include "bodies.h"

static void step_by_step(void) {
    server *peer = server_start(
        "expect \"POST /s HTTP/1.1|" HOST IDENTITY "A: 1|Content-Length: 6||abcdef\"\n"
        OK_EMPTY
        "expect \"POST /s HTTP/1.1|Content-Length: 3||abc\"\n" OK_EMPTY
        "expect \"POST /s HTTP/1.1|" HOST "Transfer-Encoding: chunked||"
        "3|abc|0||\"\n" OK_EMPTY
        "expect \"GET / HTTP/1.1|" HOST IDENTITY "|\"\n" OK_EMPTY "wait-close\n");
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_putrequest(conn, "POST", "/s", true, true), HC_OK);
    CHECK_INT(hc_endheaders(conn, "abc", 3, false), HC_ERR_VALUE);
    CHECK_STR(hc_conn_error_message(conn), "a request of HTTP/1.1 has a Host field");
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_INT(hc_putrequest(conn, "POST", "/s", false, false), HC_OK);
    CHECK_INT(hc_putheader(conn, "A", "1"), HC_OK);
    /* Refused ones leave those before them. */
    CHECK_INT(hc_putheader(conn, "Host", "again"), HC_ERR_VALUE);
    CHECK_INT(hc_putheader(conn, "B", "1\n2"), HC_ERR_VALUE);
    CHECK_INT(hc_putheader(conn, "Content-Length", "6"), HC_OK);
    CHECK_INT(hc_putheader(conn, "content-length", "7"), HC_ERR_VALUE);
    CHECK(!hc_conn_is_open(conn));
    CHECK_INT(hc_endheaders(conn, NULL, 0, false), HC_OK);
    CHECK_INT(hc_send(conn, "abc", 3), HC_OK);
    CHECK_INT(hc_send(conn, NULL, 0), HC_OK);
    CHECK_INT(hc_send(conn, "def", 3), HC_OK);
    take_answer(conn);

    /* HTTP/1.1 has a Host, unless that may pass. */
    CHECK_INT(hc_conn_set_leniency(conn, HC_LENIENT_HOST), HC_OK);
    CHECK_INT(hc_putrequest(conn, "POST", "/s", true, true), HC_OK);
    CHECK_INT(hc_endheaders(conn, "abc", 3, false), HC_OK);
    CHECK_INT(hc_conn_set_leniency(conn, 0), HC_OK);
    take_answer(conn);

    CHECK_INT(hc_putrequest(conn, "POST", "/s", false, true), HC_OK);
    CHECK_INT(hc_endheaders(conn, "abc", 3, true), HC_OK);
    take_answer(conn);

    CHECK_INT(hc_putrequest(conn, "GET", "/", false, false), HC_OK);
    CHECK_INT(hc_endheaders(conn, NULL, 0, false), HC_OK);
    take_answer(conn);
    end(conn, peer);
}

static void texts_with_their_lengths(void) {
    static const hc_slice values[] = {{"one+", 3}, {"", 0}, {"two", 3}}, bad[] = {{"a\0b", 3}}, none[] = {{NULL, 2}};
    server *peer = server_start("expect \"GET /a HTTP/1.1|" HOST "X: one, , two||\"\n" OK_EMPTY);
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_putrequest_bytes(conn, "G\0T", 3, "/", 1, false, true), HC_ERR_VALUE);
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_INT(hc_putrequest_bytes(conn, "GET", 3, "/\0", 2, false, true), HC_ERR_INVALID_URL);
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_INT(hc_putrequest_bytes(conn, NULL, 3, "/", 1, false, true), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_putrequest_bytes(conn, "GET", 3, NULL, 1, false, true), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_putrequest_bytes(conn, "GET+", 3, "/a+", 2, false, true), HC_OK);
    CHECK_INT(hc_putheader_values_bytes(conn, "X\0", 2, values, 3), HC_ERR_VALUE);
    CHECK_INT(hc_putheader_values_bytes(conn, "X", 1, bad, 1), HC_ERR_VALUE);
    CHECK_INT(hc_putheader_values_bytes(conn, "X", 1, values, 0), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_putheader_values_bytes(conn, "X", 1, NULL, 1), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_putheader_values_bytes(conn, "X", 1, none, 1), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_putheader_values_bytes(conn, "X+", 1, values, 3), HC_OK);
    CHECK_INT(hc_endheaders(conn, NULL, 0, false), HC_OK);
    take_answer(conn);
    end(conn, peer);
}

/* Values that are joined, and texts without a NUL. */
static void headers_of_every_kind(void) {
    static const char *const values[] = {"a", "", "b c", NULL};
    static const char *const none[] = {NULL};
    static const char *const bad[] = {"a", "b\r\nX: y", NULL};
    server *peer = server_start("expect \"GET / HTTP/1.1|" HOST IDENTITY
                                "Accept: a, , b c|X-Bytes: 1234|X-None: ||\"\n" OK_EMPTY
                                "wait-close\n");
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_putheader_values(conn, "Accept", values), HC_ERR_CANNOT_SEND_HEADER);
    CHECK_INT(hc_putheader_bytes(conn, "A", 1, "b", 1), HC_ERR_CANNOT_SEND_HEADER);
    CHECK_INT(hc_putrequest(conn, "GET", "/", false, false), HC_OK);
    CHECK_INT(hc_putheader_values(conn, "Accept", values), HC_OK);
    CHECK_INT(hc_putheader_values(conn, "X", bad), HC_ERR_VALUE);
    CHECK_INT(hc_putheader_values(conn, "X", none), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_putheader_values(conn, "X", NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_putheader_values(conn, NULL, values), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_putheader_bytes(conn, "X-Bytes-and-more", 7, "123456", 4), HC_OK);
    CHECK_INT(hc_putheader_bytes(conn, "X-None", 6, NULL, 0), HC_OK);
    CHECK_INT(hc_putheader_bytes(conn, NULL, 1, "v", 1), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_putheader_bytes(conn, "X", 1, NULL, 1), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_putheader_bytes(conn, "", 0, "v", 1), HC_ERR_VALUE);
    CHECK_INT(hc_putheader_bytes(conn, "X", 1, "a\0b", 3), HC_ERR_VALUE);
    CHECK_INT(hc_endheaders(conn, NULL, 0, false), HC_OK);
    take_answer(conn);
    end(conn, peer);
}

/* The kinds of bodies that come with the end of the headers, or after it. */
typedef enum { BYTES, OPEN_FILE, CALLBACK, PIECES, KINDS } kind;

/* A body of "abc" to take from. */
typedef struct {
    kind kind;
    source parts;
    int fd;
} body;

static body new_body(kind kind, const char *const *parts) {
    body made = {kind, {parts, false, false, 0, NULL, NULL, 0}, -1};

    made.fd = kind == OPEN_FILE ? file_or_pipe(false) : -1;
    return made;
}

static void free_body(body *of) {
    take_back(&of->parts);
    if (of->fd >= 0) {
        close(of->fd);
    }
}

static hc_error end_headers(hc_conn *conn, body *with, int64_t length, bool encode_chunked) {
    switch (with->kind) {
    case BYTES:
        return hc_endheaders(conn, "abc", 3, encode_chunked);
    case OPEN_FILE:
        return hc_endheaders_file(conn, with->fd, encode_chunked);
    case CALLBACK:
        return hc_endheaders_callback(conn, fill, &with->parts, length, encode_chunked);
    default:
        return hc_endheaders_pieces(conn, lend, &with->parts, length, encode_chunked);
    }
}

static hc_error send_body(hc_conn *conn, body *it) {
    switch (it->kind) {
    case BYTES:
        return hc_send(conn, "abc", 3);
    case OPEN_FILE:
        return hc_send_file(conn, it->fd);
    case CALLBACK:
        return hc_send_callback(conn, fill, &it->parts);
    default:
        return hc_send_pieces(conn, lend, &it->parts);
    }
}

static const char *const two_parts[] = {"ab", "c", NULL};

/* The head is the caller's; the body is sent as it is, or in chunks. */
static void bodies_with_the_end_of_the_headers(void) {
    server *peer = server_start(
        "expect \"PUT /0 HTTP/1.1|" HOST IDENTITY "Content-Length: 3||abc\"\n" OK_EMPTY
        "expect \"PUT /0 HTTP/1.1|" HOST IDENTITY "Transfer-Encoding: chunked||"
        "3|abc|0||\"\n" OK_EMPTY
        "expect \"PUT /1 HTTP/1.1|" HOST IDENTITY "Content-Length: 3||abc\"\n" OK_EMPTY
        "expect \"PUT /1 HTTP/1.1|" HOST IDENTITY "Transfer-Encoding: chunked||"
        "3|abc|0||\"\n" OK_EMPTY
        "expect \"PUT /2 HTTP/1.1|" HOST IDENTITY "Content-Length: 3||abc\"\n" OK_EMPTY
        "expect \"PUT /2 HTTP/1.1|" HOST IDENTITY "Transfer-Encoding: chunked||"
        "2|ab|1|c|0||\"\n" OK_EMPTY
        "expect \"PUT /3 HTTP/1.1|" HOST IDENTITY "Content-Length: 3||abc\"\n" OK_EMPTY
        "expect \"PUT /3 HTTP/1.1|" HOST IDENTITY "Transfer-Encoding: chunked||"
        "2|ab|1|c|0||\"\n" OK_EMPTY "wait-close\n");
    hc_conn *conn = connect_to(peer);
    char target[] = "/0";
    int chunked;
    kind kind;

    for (kind = BYTES; kind < KINDS; kind++, target[1]++) {
        for (chunked = 0; chunked < 2; chunked++) {
            body with = new_body(kind, two_parts);

            CHECK_INT(end_headers(conn, &with, 3, false), HC_ERR_CANNOT_SEND_HEADER);
            CHECK_INT(hc_putrequest(conn, "PUT", target, false, false), HC_OK);
            CHECK_INT(chunked ? hc_putheader(conn, "Transfer-Encoding", "chunked")
                              : hc_putheader(conn, "Content-Length", "3"), HC_OK);
            CHECK_INT(end_headers(conn, &with, chunked ? HC_LENGTH_UNKNOWN : 3, chunked != 0), HC_OK);
            take_answer(conn);
            free_body(&with);
        }
    }
    end(conn, peer);
}

/* They change nothing: the headers can still be ended. */
static void bodies_that_are_none(void) {
    server *peer = server_start("expect \"GET / HTTP/1.1|" HOST IDENTITY "|\"\n" OK_EMPTY
                                "wait-close\n");
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_putrequest(conn, "GET", "/", false, false), HC_OK);
    CHECK_INT(hc_endheaders(conn, NULL, 1, false), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_endheaders_file(conn, -1, false), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_endheaders_callback(conn, NULL, NULL, 3, false), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_endheaders_callback(conn, fill, NULL, -2, false), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_endheaders_pieces(conn, NULL, NULL, 3, false), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_endheaders_pieces(conn, lend, NULL, -2, false), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_endheaders(conn, NULL, 0, false), HC_OK);
    take_answer(conn);
    end(conn, peer);
}

/* One body of every kind of part, in the caller's own chunks. */
static void one_body_by_every_send(void) {
    server *peer = server_start(
        "expect \"PUT / HTTP/1.1|" HOST IDENTITY "Transfer-Encoding: chunked||"
        "c|abcabcabcabc|0||\"\n" OK_EMPTY "wait-close\n");
    hc_conn *conn = connect_to(peer);
    kind kind;

    CHECK_INT(hc_putrequest(conn, "PUT", "/", false, false), HC_OK);
    CHECK_INT(hc_putheader(conn, "Transfer-Encoding", "chunked"), HC_OK);
    CHECK_INT(hc_endheaders(conn, NULL, 0, false), HC_OK);
    CHECK_INT(hc_send(conn, "c\r\n", 3), HC_OK);
    for (kind = BYTES; kind < KINDS; kind++) {
        body part = new_body(kind, two_parts);
        hc_error code;

        part.parts.stutters = true;
        REPEAT(code, send_body(conn, &part));
        CHECK_INT(code, HC_OK);
        free_body(&part);
    }
    CHECK_INT(hc_send(conn, "\r\n0\r\n\r\n", 7), HC_OK);
    take_answer(conn);
    end(conn, peer);
}

/* More than Content-Length would be taken for the next request. */
static void send_more_than_announced(void) {
    server *peer = server_start("read-head\nread 3\nwait-close\n");
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_putrequest(conn, "POST", "/", false, false), HC_OK);
    CHECK_INT(hc_putheader(conn, "Content-Length", "3"), HC_OK);
    CHECK_INT(hc_endheaders(conn, NULL, 0, false), HC_OK);
    CHECK_INT(hc_send(conn, "abc", 3), HC_OK);
    CHECK_INT(hc_send(conn, "GET /smuggled HTTP/1.1\r\n\r\n", 26), HC_ERR_VALUE);
    end(conn, peer);
}

/* hc_send of every kind is held to what the headers announced. What is too much from the start changes
 * nothing; what turns out to be too much, or fails, on the way ends the request. */
static void sends_that_err(void) {
    static const char *const nothing[] = {NULL};
    static const struct {
        const char *announced;
        const char *const *parts;
        int64_t at_the_end;
        hc_error code;
        const char *sent;
    } cases[] = {
        {"1", two_parts, 0, HC_ERR_VALUE, ""},
        {"0", two_parts, 0, HC_ERR_VALUE, ""},
        {"2", two_parts, 0, HC_ERR_VALUE, "ab"},
        {"3", nothing, -7, HC_ERR_TRANSPORT, ""},
        {"9", two_parts, -7, HC_ERR_TRANSPORT, "abc"},
    };
    size_t i;
    kind kind;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (kind = CALLBACK; kind <= PIECES; kind++) {
            body it = new_body(kind, cases[i].parts);
            bool begun = *cases[i].sent != '\0';
            size_t before;
            memory peer;
            hc_conn *conn = connect_memory(&peer, false);
            hc_error code;

            CHECK_INT(hc_putrequest(conn, "PUT", "/", false, false), HC_OK);
            CHECK_INT(hc_putheader(conn, "Content-Length", cases[i].announced), HC_OK);
            CHECK_INT(hc_endheaders(conn, NULL, 0, false), HC_OK);
            before = peer.sent_len;
            it.parts.stutters = true;
            it.parts.at_the_end = cases[i].at_the_end;
            REPEAT(code, send_body(conn, &it));
            free_body(&it);
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
    CHECK_INT(hc_putheader(conn, "Host", ""), HC_OK);
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
    CHECK_SENT(&peer, "PUT / HTTP/1.1\r\nHost: \r\nContent-Length: 2\r\n\r\nbc");
    CHECK_INT(hc_conn_free(conn), HC_OK);
    close(fd);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(step_by_step),
        TEST(texts_with_their_lengths),
        TEST(headers_of_every_kind),
        TEST(bodies_with_the_end_of_the_headers),
        TEST(bodies_that_are_none),
        TEST(one_body_by_every_send),
        TEST(send_more_than_announced),
        TEST(sends_that_err),
        TEST(sends_at_other_times),
    };
    return RUN_TESTS(tests, argc, argv);
}
