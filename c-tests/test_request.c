/* Requests: the bytes that go out, bodies of every kind, and step-by-step sending. */
#define _POSIX_C_SOURCE 200809L

#include "client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define OK_EMPTY "send \"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n\"\n"
#define HOST "Host: 127.0.0.1:\\p\\r\\n"
#define IDENTITY "Accept-Encoding: identity\\r\\n"

/* Receives an empty 200. */
static void take_answer(hc_conn *conn) {
    hc_response *response = NULL;

    CHECK_INT(hc_getresponse(conn, &response), HC_OK);
    CHECK_INT(hc_response_status(response), 200);
    CHECK_BODY(response, "");
    CHECK_INT(hc_response_free(response), HC_OK);
}

static void end(hc_conn *conn, server *peer) {
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
}

static void heads(void) {
    static const char *const headers[] = {"X-One", "1", "x-two", "caf\xe9 \t!", "X-Empty", "", NULL};
    static const char *const own[] = {"Accept-Encoding", "gzip", "hOST", "other:1", NULL};
    static const char *const none[] = {NULL};
    server *peer = server_start(
        "expect \"GET / HTTP/1.1\\r\\n" HOST IDENTITY "\\r\\n\"\n" OK_EMPTY
        "expect \"GET /p?q=%20 HTTP/1.1\\r\\n" HOST IDENTITY
        "X-One: 1\\r\\nx-two: caf\\xe9 \\t!\\r\\nX-Empty: \\r\\n\\r\\n\"\n" OK_EMPTY
        "expect \"PROPFIND /x HTTP/1.1\\r\\nhOST: other:1\\r\\nAccept-Encoding: gzip\\r\\n\\r\\n\"\n"
        OK_EMPTY
        "expect \"OPTIONS * HTTP/1.1\\r\\n" HOST IDENTITY "\\r\\n\"\n" OK_EMPTY
        "expect \"GET /a HTTP/1.1\\r\\n" HOST IDENTITY "\\r\\n\"\n" OK_EMPTY
        "expect \"GET http://h:81/a HTTP/1.1\\r\\nHost: h:81\\r\\n" IDENTITY "\\r\\n\"\n" OK_EMPTY);
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_request(conn, "GET", "", none, NULL, 0), HC_OK);
    take_answer(conn);
    CHECK_INT(hc_request(conn, "GET", "/p?q=%20", headers, NULL, 0), HC_OK);
    take_answer(conn);
    CHECK_INT(hc_request(conn, "PROPFIND", "/x", own, NULL, 0), HC_OK);
    take_answer(conn);
    CHECK_INT(hc_request(conn, "OPTIONS", "*", NULL, NULL, 0), HC_OK);
    take_answer(conn);
    CHECK_INT(send_get(conn, "/a#fragment"), HC_OK);
    take_answer(conn);
    CHECK_INT(send_get(conn, "http://user:secret@h:81/a"), HC_OK);
    take_answer(conn);
    end(conn, peer);
}

/* One text may be the value of several headers, Host among them. */
static void one_text_for_two_headers(void) {
    static const char name[] = "h.example";
    const char *const headers[] = {"X-Before", name, "Host", name, "X-Forwarded-Host", name, NULL};
    const char *const twice[] = {"Host", name, "Host", name, NULL};
    server *peer = server_start("expect \"GET / HTTP/1.1\\r\\nHost: h.example\\r\\n" IDENTITY
                                "X-Before: h.example\\r\\nX-Forwarded-Host: h.example\\r\\n\\r\\n\"\n"
                                OK_EMPTY "wait-close\n");
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_request(conn, "GET", "/", twice, NULL, 0), HC_ERR_VALUE);
    CHECK_INT(hc_request(conn, "GET", "/", headers, NULL, 0), HC_OK);
    take_answer(conn);
    end(conn, peer);
}

static void bodies_of_bytes(void) {
    static const char *const chunked[] = {"Transfer-Encoding", "chunked", NULL};
    static const char *const length[] = {"Content-Length", "3", NULL};
    server *peer = server_start(
        "expect \"POST / HTTP/1.1\\r\\n" HOST IDENTITY "Content-Length: 5\\r\\n\\r\\na\\0b\\r\\n\"\n" OK_EMPTY
        "expect \"POST / HTTP/1.1\\r\\n" HOST IDENTITY "Content-Length: 0\\r\\n\\r\\n\"\n" OK_EMPTY
        "expect \"PUT / HTTP/1.1\\r\\n" HOST IDENTITY "Content-Length: 0\\r\\n\\r\\n\"\n" OK_EMPTY
        "expect \"GET / HTTP/1.1\\r\\n" HOST IDENTITY "Content-Length: 0\\r\\n\\r\\n\"\n" OK_EMPTY
        "expect \"DELETE / HTTP/1.1\\r\\n" HOST IDENTITY "\\r\\n\"\n" OK_EMPTY
        "expect \"POST / HTTP/1.1\\r\\n" HOST IDENTITY "Content-Length: 3\\r\\n\\r\\nabc\"\n" OK_EMPTY
        "expect \"POST / HTTP/1.1\\r\\n" HOST IDENTITY
        "Transfer-Encoding: chunked\\r\\n\\r\\n3\\r\\nabc\\r\\n0\\r\\n\\r\\n\"\n" OK_EMPTY
        "expect \"POST / HTTP/1.1\\r\\n" HOST IDENTITY
        "Transfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n\"\n" OK_EMPTY "wait-close\n");
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_request(conn, "POST", "/", NULL, "a\0b\r\n", 5), HC_OK);
    take_answer(conn);
    CHECK_INT(hc_request(conn, "POST", "/", NULL, NULL, 0), HC_OK);
    take_answer(conn);
    CHECK_INT(hc_request(conn, "PUT", "/", NULL, "", 0), HC_OK);
    take_answer(conn);
    CHECK_INT(hc_request(conn, "GET", "/", NULL, "", 0), HC_OK);
    take_answer(conn);
    CHECK_INT(hc_request(conn, "DELETE", "/", NULL, NULL, 0), HC_OK);
    take_answer(conn);
    CHECK_INT(hc_request(conn, "POST", "/", length, "abc", 3), HC_OK);
    take_answer(conn);
    CHECK_INT(hc_request(conn, "POST", "/", chunked, "abc", 3), HC_OK);
    take_answer(conn);
    CHECK_INT(hc_request(conn, "POST", "/", chunked, NULL, 0), HC_OK);
    take_answer(conn);
    end(conn, peer);
}

/* A body far larger than any socket's buffer. */
static void large_body(void) {
    enum { SIZE = 20 << 20 };
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    char *body = malloc(SIZE);
    hc_response *response = NULL;

    REQUIRE(body != NULL);
    memset(body, 'x', SIZE);
    CHECK_INT(hc_request(conn, "POST", "/count", NULL, body, SIZE), HC_OK);
    free(body);
    CHECK_INT(hc_getresponse(conn, &response), HC_OK);
    CHECK_BODY(response, "20971520");
    CHECK_INT(hc_response_free(response), HC_OK);
    end(conn, peer);
}

static void regular_file_from_an_offset(void) {
    server *peer = server_start("expect \"PUT / HTTP/1.1\\r\\n" HOST IDENTITY
                                "Content-Length: 4\\r\\n\\r\\n6789\"\n" OK_EMPTY
                                "expect \"PUT / HTTP/1.1\\r\\n" HOST IDENTITY
                                "Content-Length: 0\\r\\n\\r\\n\"\n" OK_EMPTY "wait-close\n");
    hc_conn *conn = connect_to(peer);
    FILE *file = tmpfile();

    REQUIRE(file != NULL && fputs("0123456789", file) >= 0 && fflush(file) == 0);
    CHECK_INT(lseek(fileno(file), 6, SEEK_SET), 6);
    CHECK_INT(hc_request_file(conn, "PUT", "/", NULL, fileno(file)), HC_OK);
    take_answer(conn);
    /* It was read to its end, and is still open. */
    CHECK_INT(lseek(fileno(file), 0, SEEK_CUR), 10);
    CHECK_INT(hc_request_file(conn, "PUT", "/", NULL, fileno(file)), HC_OK);
    take_answer(conn);
    fclose(file);
    end(conn, peer);
}

static void large_file(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    hc_response *response = NULL;
    FILE *file = tmpfile();

    REQUIRE(file != NULL && ftruncate(fileno(file), 50000000) == 0);
    CHECK_INT(hc_request_file(conn, "POST", "/count", NULL, fileno(file)), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_OK);
    CHECK_BODY(response, "50000000");
    CHECK_INT(hc_response_free(response), HC_OK);
    fclose(file);
    end(conn, peer);
}

static void pipe_in_chunks(void) {
    server *peer = server_start("expect \"PUT / HTTP/1.1\\r\\n" HOST IDENTITY
                                "Transfer-Encoding: chunked\\r\\n\\r\\n"
                                "5\\r\\nhello\\r\\n0\\r\\n\\r\\n\"\n" OK_EMPTY "wait-close\n");
    hc_conn *conn = connect_to(peer);
    int ends[2];

    REQUIRE(pipe(ends) == 0);
    CHECK_INT(write(ends[1], "hello", 5), 5);
    close(ends[1]);
    CHECK_INT(hc_request_file(conn, "PUT", "/", NULL, ends[0]), HC_OK);
    close(ends[0]);
    take_answer(conn);
    end(conn, peer);
}

/* A pipe that is non-blocking and empty: the request goes on when it is repeated. */
static void pipe_not_ready(void) {
    server *peer = server_start("expect \"PUT / HTTP/1.1\\r\\n" HOST IDENTITY
                                "Transfer-Encoding: chunked\\r\\n\\r\\n"
                                "2\\r\\nab\\r\\n1\\r\\nc\\r\\n0\\r\\n\\r\\n\"\n" OK_EMPTY
                                "wait-close\n");
    hc_conn *conn = connect_to(peer);
    int ends[2];

    REQUIRE(pipe(ends) == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
    CHECK_INT(hc_request_file(conn, "PUT", "/", NULL, ends[0]), HC_WOULD_BLOCK);
    CHECK_INT(write(ends[1], "ab", 2), 2);
    CHECK_INT(hc_request_file(conn, "PUT", "/", NULL, ends[0]), HC_WOULD_BLOCK);
    CHECK_INT(write(ends[1], "c", 1), 1);
    close(ends[1]);
    CHECK_INT(hc_request_file(conn, "PUT", "/", NULL, ends[0]), HC_OK);
    close(ends[0]);
    take_answer(conn);
    end(conn, peer);
}

static void files_that_cannot_be_read(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    int fd = open("/dev/null", O_WRONLY);
    int directory = open("/", O_RDONLY);

    CHECK_INT(hc_request_file(conn, "PUT", "/", NULL, -1), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_request_file(conn, "PUT", "/", NULL, 1 << 20), HC_ERR_OS);
    CHECK_INT(conn_detail(conn).os_error, EBADF);
    CHECK_INT(hc_request_file(conn, "PUT", "/count", NULL, fd), HC_ERR_OS);
    CHECK_INT(conn_detail(conn).os_error, EBADF);
    CHECK(!hc_conn_is_open(conn));
    CHECK_INT(hc_request_file(conn, "PUT", "/count", NULL, directory), HC_ERR_OS);
    CHECK_INT(conn_detail(conn).os_error, EISDIR);
    CHECK(!hc_conn_is_open(conn));
    CHECK_INT(hc_conn_state(conn), HC_STATE_IDLE);
    CHECK_GET(conn, "/bytes/0", 200, "");
    close(fd);
    close(directory);
    end(conn, peer);
}

/* A body function that gives its pieces one after the other; "" is "nothing yet". */
typedef struct {
    const char *const *next;
    int64_t at_the_end;
    size_t capacity;
} pieces;

static int64_t give_piece(void *context, void *buffer, size_t capacity) {
    pieces *from = context;
    size_t len;

    from->capacity = capacity;
    if (*from->next == NULL) {
        return from->at_the_end;
    }
    len = strlen(*from->next);
    memcpy(buffer, *from->next++, len);
    return len > 0 ? (int64_t)len : HC_BODY_WOULD_BLOCK;
}

static hc_error send_pieces(hc_conn *conn, pieces *from, int64_t length) {
    return hc_request_callback(conn, "POST", "/count", NULL, give_piece, from, length);
}

static void body_function(void) {
    static const char *const texts[] = {"ab", "", "c", "", "", NULL};
    pieces from = {texts, 0, 0};
    server *peer = server_start(
        "expect \"POST /count HTTP/1.1\\r\\n" HOST IDENTITY "Content-Length: 3\\r\\n\\r\\nabc\"\n" OK_EMPTY
        "expect \"POST /count HTTP/1.1\\r\\n" HOST IDENTITY "Transfer-Encoding: chunked\\r\\n\\r\\n"
        "2\\r\\nab\\r\\n1\\r\\nc\\r\\n0\\r\\n\\r\\n\"\n" OK_EMPTY
        "expect \"POST /count HTTP/1.1\\r\\n" HOST IDENTITY "Content-Length: 0\\r\\n\\r\\n\"\n" OK_EMPTY
        "wait-close\n");
    hc_conn *conn = connect_to(peer);

    CHECK_INT(send_pieces(conn, &from, 3), HC_WOULD_BLOCK);
    CHECK_INT(send_pieces(conn, &from, 3), HC_WOULD_BLOCK);
    CHECK_INT(send_pieces(conn, &from, 3), HC_WOULD_BLOCK);
    CHECK_INT(send_pieces(conn, &from, 3), HC_OK);
    CHECK(from.capacity > 0);
    take_answer(conn);
    from.next = texts;
    while (send_pieces(conn, &from, HC_LENGTH_UNKNOWN) == HC_WOULD_BLOCK) {
    }
    take_answer(conn);
    CHECK_INT(send_pieces(conn, &from, 0), HC_OK);
    take_answer(conn);
    end(conn, peer);
}

/* A body that is not what was announced can never become a request: the connection is closed. */
static void body_function_that_errs(void) {
    static const char *const texts[] = {"ab", "cd", NULL};
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    static const struct {
        int64_t length;
        int64_t at_the_end;
        hc_error code;
        int32_t os_error;
    } cases[] = {
        {3, 0, HC_ERR_VALUE, 0},
        {5, 0, HC_ERR_VALUE, 0},
        {HC_LENGTH_UNKNOWN, -77, HC_ERR_TRANSPORT, -77},
        {4, -1000000, HC_ERR_TRANSPORT, -1000000},
        {9, INT64_MIN, HC_ERR_TRANSPORT, INT32_MIN},
        {HC_LENGTH_UNKNOWN, INT64_MAX, HC_ERR_INVALID_ARGUMENT, 0},
    };
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        pieces from = {texts, cases[i].at_the_end, 0};
        hc_error code = send_pieces(conn, &from, cases[i].length);
        hc_error_detail detail = conn_detail(conn);

        if (cases[i].length == 4 && code == HC_OK) {
            /* Content-Length 4 was given in full; nobody asks for more. */
            CHECK_INT(hc_conn_close(conn), HC_OK);
            continue;
        }
        CHECK_INT(code, cases[i].code);
        CHECK_INT(detail.os_error, cases[i].os_error);
        CHECK_INT(detail.retry, HC_RETRY_MAYBE_PROCESSED);
        CHECK(detail.message_len > 0);
        CHECK(!hc_conn_is_open(conn));
        CHECK_INT(hc_conn_state(conn), HC_STATE_IDLE);
        CHECK_GET(conn, "/bytes/0", 200, "");
    }
    CHECK_INT(hc_request_callback(conn, "POST", "/", NULL, NULL, NULL, 0), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_request_callback(conn, "POST", "/", NULL, give_piece, NULL, -2),
              HC_ERR_INVALID_ARGUMENT);
    end(conn, peer);
}

/* A failing body must not make the response that is still being read look complete. */
static void failing_body_behind_an_unread_response(void) {
    static const char *const texts[] = {"ab", NULL};
    pieces from = {texts, -5, 0};
    server *peer = server_start("read-head\n"
                                "send \"HTTP/1.1 200 OK\\r\\nContent-Length: 6\\r\\n\\r\\nabc\"\n"
                                "read-head\n"
                                "expect \"2\\r\\nab\\r\\n\"\n"
                                "wait-close\n");
    hc_conn *conn = connect_to(peer);
    hc_response *response = get(conn, "/");
    char buffer[8];
    size_t count = 0;

    CHECK_INT(hc_response_read(response, buffer, 3, &count), HC_OK);
    CHECK_INT(count, 3);
    CHECK_INT(hc_request_callback(conn, "POST", "/", NULL, give_piece, &from, HC_LENGTH_UNKNOWN),
              HC_ERR_TRANSPORT);
    CHECK_INT(hc_response_read(response, buffer, sizeof buffer, &count), HC_ERR_INCOMPLETE_READ);
    CHECK_INT(count, 0);
    CHECK_INT(response_detail(response).received, 3);
    CHECK_INT(response_detail(response).expected, 3);
    CHECK_INT(hc_response_free(response), HC_OK);
    end(conn, peer);
}

static void step_by_step(void) {
    server *peer = server_start(
        "expect \"POST /s HTTP/1.1\\r\\n" HOST IDENTITY "A: 1\\r\\nContent-Length: 6\\r\\n\\r\\nabcdef\"\n"
        OK_EMPTY
        "expect \"POST /s HTTP/1.1\\r\\nContent-Length: 3\\r\\n\\r\\nabc\"\n" OK_EMPTY
        "expect \"POST /s HTTP/1.1\\r\\n" HOST "Transfer-Encoding: chunked\\r\\n\\r\\n"
        "3\\r\\nabc\\r\\n0\\r\\n\\r\\n\"\n" OK_EMPTY
        "expect \"GET / HTTP/1.1\\r\\n" HOST IDENTITY "\\r\\n\"\n" OK_EMPTY "wait-close\n");
    hc_conn *conn = connect_to(peer);

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

    CHECK_INT(hc_putrequest(conn, "POST", "/s", true, true), HC_OK);
    CHECK_INT(hc_endheaders(conn, "abc", 3, false), HC_OK);
    take_answer(conn);

    CHECK_INT(hc_putrequest(conn, "POST", "/s", false, true), HC_OK);
    CHECK_INT(hc_endheaders(conn, "abc", 3, true), HC_OK);
    take_answer(conn);

    CHECK_INT(hc_putrequest(conn, "GET", "/", false, false), HC_OK);
    CHECK_INT(hc_endheaders(conn, NULL, 0, false), HC_OK);
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

/* The server answers and closes while the body is on its way: the answer can be had. */
static void early_answer(void) {
    enum { SIZE = 20 << 20 };
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    char *body = calloc(SIZE, 1);
    hc_response *response = NULL;
    hc_error code;

    REQUIRE(body != NULL);
    code = hc_request(conn, "POST", "/early", NULL, body, SIZE);
    CHECK(code == HC_OK || code == of_socket(HC_ERR_BROKEN_PIPE) ||
          code == of_socket(HC_ERR_CONNECTION_RESET));
    code = hc_getresponse(conn, &response);
    /* The reset may overtake the answer. */
    if (code == HC_OK) {
        CHECK_INT(hc_response_status(response), 401);
    } else {
        CHECK(hc_error_is(code, HC_ERR_CONNECTION) || code == of_socket(HC_ERR_CONNECTION_RESET));
    }
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_GET(conn, "/bytes/0", 200, "");
    free(body);
    end(conn, peer);
}

/* A server that never reads: sending times out, and the connection can be used again. */
static void timeout_while_sending(void) {
    enum { SIZE = 40 << 20 };
    server *peer = server_start("read-head\npause 1500\nreset\n"
                                "connection\nread-head\n" OK_EMPTY);
    hc_conn *conn = connect_to(peer);
    char *body = calloc(SIZE, 1);

    REQUIRE(body != NULL);
    CHECK_INT(hc_conn_set_timeout(conn, 100), HC_OK);
    CHECK_INT(hc_request(conn, "POST", "/", NULL, body, SIZE), HC_ERR_TIMEOUT);
    CHECK_INT(conn_detail(conn).retry, HC_RETRY_MAYBE_PROCESSED);
    /* The rest of that body must not be mistaken for a request: no other can begin before a close. */
    CHECK_INT(send_get(conn, "/"), HC_ERR_CANNOT_SEND_REQUEST);
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    CHECK_GET(conn, "/", 200, "");
    free(body);
    end(conn, peer);
}

/* Values that are joined, and texts without a NUL. */
static void headers_of_every_kind(void) {
    static const char *const values[] = {"a", "", "b c", NULL};
    static const char *const none[] = {NULL};
    static const char *const bad[] = {"a", "b\r\nX: y", NULL};
    server *peer = server_start("expect \"GET / HTTP/1.1\\r\\n" HOST IDENTITY
                                "Accept: a, , b c\\r\\nX-Bytes: 1234\\r\\nX-None: \\r\\n\\r\\n\"\n" OK_EMPTY
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

/* The head is the caller's; the body comes from a file or a function, in chunks or as it is. */
static void bodies_of_steps(void) {
    static const char *const texts[] = {"ab", "c", NULL};
    pieces from = {texts, 0, 0};
    server *peer = server_start(
        "expect \"PUT /f HTTP/1.1\\r\\n" HOST IDENTITY "Content-Length: 4\\r\\n\\r\\n6789\"\n" OK_EMPTY
        "expect \"PUT /f HTTP/1.1\\r\\n" HOST IDENTITY "Transfer-Encoding: chunked\\r\\n\\r\\n"
        "4\\r\\n6789\\r\\n0\\r\\n\\r\\n\"\n" OK_EMPTY
        "expect \"PUT /c HTTP/1.1\\r\\n" HOST IDENTITY "Content-Length: 3\\r\\n\\r\\nabc\"\n" OK_EMPTY
        "expect \"PUT /c HTTP/1.1\\r\\n" HOST IDENTITY "Transfer-Encoding: chunked\\r\\n\\r\\n"
        "2\\r\\nab\\r\\n1\\r\\nc\\r\\n0\\r\\n\\r\\n\"\n" OK_EMPTY "wait-close\n");
    hc_conn *conn = connect_to(peer);
    FILE *file = tmpfile();
    int chunked;

    REQUIRE(file != NULL && fputs("0123456789", file) >= 0 && fflush(file) == 0);
    CHECK_INT(hc_endheaders_file(conn, fileno(file), false), HC_ERR_CANNOT_SEND_HEADER);
    CHECK_INT(hc_endheaders_callback(conn, give_piece, &from, 3, false), HC_ERR_CANNOT_SEND_HEADER);
    for (chunked = 0; chunked < 2; chunked++) {
        CHECK_INT(lseek(fileno(file), 6, SEEK_SET), 6);
        CHECK_INT(hc_putrequest(conn, "PUT", "/f", false, false), HC_OK);
        CHECK_INT(hc_endheaders_file(conn, -1, false), HC_ERR_INVALID_ARGUMENT);
        CHECK_INT(chunked ? hc_putheader(conn, "Transfer-Encoding", "chunked")
                          : hc_putheader(conn, "Content-Length", "4"), HC_OK);
        CHECK_INT(hc_endheaders_file(conn, fileno(file), chunked != 0), HC_OK);
        take_answer(conn);
    }
    for (chunked = 0; chunked < 2; chunked++) {
        from.next = texts;
        CHECK_INT(hc_putrequest(conn, "PUT", "/c", false, false), HC_OK);
        CHECK_INT(hc_endheaders_callback(conn, NULL, NULL, 3, false), HC_ERR_INVALID_ARGUMENT);
        CHECK_INT(hc_endheaders_callback(conn, give_piece, &from, -2, false),
                  HC_ERR_INVALID_ARGUMENT);
        CHECK_INT(chunked ? hc_putheader(conn, "Transfer-Encoding", "chunked")
                          : hc_putheader(conn, "Content-Length", "3"), HC_OK);
        CHECK_INT(hc_endheaders_callback(conn, give_piece, &from, chunked ? HC_LENGTH_UNKNOWN : 3,
                                         chunked != 0), HC_OK);
        take_answer(conn);
    }
    fclose(file);
    end(conn, peer);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(heads),
        TEST(one_text_for_two_headers),
        TEST(bodies_of_bytes),
        TEST(large_body),
        TEST(regular_file_from_an_offset),
        TEST(large_file),
        TEST(pipe_in_chunks),
        TEST(pipe_not_ready),
        TEST(files_that_cannot_be_read),
        TEST(body_function),
        TEST(body_function_that_errs),
        TEST(failing_body_behind_an_unread_response),
        TEST(step_by_step),
        TEST(headers_of_every_kind),
        TEST(bodies_of_steps),
        TEST(send_more_than_announced),
        TEST(early_answer),
        TEST_OF_SOCKETS(timeout_while_sending),
    };
    return RUN_TESTS(tests, argc, argv);
}
