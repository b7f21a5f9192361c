/* Whole requests: the bytes that go out, bodies of every kind, and requests in a struct. */
#define _POSIX_C_SOURCE 200809L

#include "bodies.h"

#include <fcntl.h>

static void heads(void) {
    static const char *const headers[] = {"X-One", "1", "x-two", "caf\xe9 \t!", "X-Empty", "", NULL};
    static const char *const own[] = {"Accept-Encoding", "gzip", "hOST", "other:1", NULL};
    static const char *const none[] = {NULL};
    server *peer = server_start(
        "expect \"GET / HTTP/1.1|" HOST IDENTITY "|\"\n" OK_EMPTY
        "expect \"GET /p?q=%20 HTTP/1.1|" HOST IDENTITY
        "X-One: 1|x-two: caf\\xe9 \\t!|X-Empty: ||\"\n" OK_EMPTY
        "expect \"PROPFIND /x HTTP/1.1|hOST: other:1|Accept-Encoding: gzip||\"\n"
        OK_EMPTY
        "expect \"OPTIONS * HTTP/1.1|" HOST IDENTITY "|\"\n" OK_EMPTY
        "expect \"GET /a HTTP/1.1|" HOST IDENTITY "|\"\n" OK_EMPTY
        "expect \"GET http://h:81/a HTTP/1.1|Host: h:81|" IDENTITY "|\"\n" OK_EMPTY);
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

static void urls(void) {
    static const char *const headers[] = {"X-One", "1", NULL};
    server *peer = server_start(
        "expect \"GET / HTTP/1.1|" HOST IDENTITY "|\"\n" OK_EMPTY
        "expect \"GET /p?q=%20 HTTP/1.1|" HOST IDENTITY "X-One: 1||\"\n" OK_EMPTY
        "expect \"GET /?q HTTP/1.1|" HOST IDENTITY "|\"\n" OK_EMPTY
        "expect \"GET /? HTTP/1.1|" HOST IDENTITY "|\"\n" OK_EMPTY
        "expect \"POST //a?b?c HTTP/1.1|" HOST IDENTITY "Content-Length: 3||abc\"\n" OK_EMPTY
        "expect \"GET /a?b HTTP/1.1|" HOST IDENTITY "|\"\n" OK_EMPTY
        "expect \"GET /http://h/ HTTP/1.1|" HOST IDENTITY "|\"\n" OK_EMPTY);
    hc_conn *conn = connect_to(peer);
    char origin[64], url[128];

    sprintf(origin, "127.0.0.1:%d", server_port(peer));
    sprintf(url, "http://%s", origin);
    CHECK_INT(hc_request_url(conn, "GET", url, NULL, NULL, 0), HC_OK);
    take_answer(conn);
    sprintf(url, "HTTP://u:p@%s/p?q=%%20#f", origin);
    CHECK_INT(hc_request_url(conn, "GET", url, headers, NULL, 0), HC_OK);
    take_answer(conn);
    sprintf(url, "http://%s?q#f", origin);
    CHECK_INT(hc_request_url(conn, "GET", url, NULL, NULL, 0), HC_OK);
    take_answer(conn);
    sprintf(url, "http://%s?", origin);
    CHECK_INT(hc_request_url(conn, "GET", url, NULL, NULL, 0), HC_OK);
    take_answer(conn);
    sprintf(url, "http://%s//a?b?c#", origin);
    CHECK_INT(hc_request_url(conn, "POST", url, NULL, "abc", 3), HC_OK);
    take_answer(conn);
    CHECK_INT(hc_request_url(conn, "GET", "/a?b#c", NULL, NULL, 0), HC_OK);
    take_answer(conn);
    CHECK_INT(hc_request_url(conn, "GET", "/http://h/", NULL, NULL, 0), HC_OK);
    take_answer(conn);
    end(conn, peer);
}

/* One text may be the value of several headers, Host among them. */
static void one_text_for_two_headers(void) {
    static const char name[] = "h.example";
    const char *const headers[] = {"X-Before", name, "Host", name, "X-Forwarded-Host", name, NULL};
    const char *const twice[] = {"Host", name, "Host", name, NULL};
    server *peer = server_start("expect \"GET / HTTP/1.1|Host: h.example|" IDENTITY
                                "X-Before: h.example|X-Forwarded-Host: h.example||\"\n"
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
        "expect \"POST / HTTP/1.1|" HOST IDENTITY "Content-Length: 5||a\\0b|\"\n" OK_EMPTY
        "expect \"POST / HTTP/1.1|" HOST IDENTITY "Content-Length: 0||\"\n" OK_EMPTY
        "expect \"PUT / HTTP/1.1|" HOST IDENTITY "Content-Length: 0||\"\n" OK_EMPTY
        "expect \"GET / HTTP/1.1|" HOST IDENTITY "Content-Length: 0||\"\n" OK_EMPTY
        "expect \"DELETE / HTTP/1.1|" HOST IDENTITY "|\"\n" OK_EMPTY
        "expect \"POST / HTTP/1.1|" HOST IDENTITY "Content-Length: 3||abc\"\n" OK_EMPTY
        "expect \"POST / HTTP/1.1|" HOST IDENTITY
        "Transfer-Encoding: chunked||3|abc|0||\"\n" OK_EMPTY
        "expect \"POST / HTTP/1.1|" HOST IDENTITY
        "Transfer-Encoding: chunked||0||\"\n" OK_EMPTY "wait-close\n");
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
    server *peer = server_start("expect \"PUT / HTTP/1.1|" HOST IDENTITY
                                "Content-Length: 4||6789\"\n" OK_EMPTY
                                "expect \"PUT / HTTP/1.1|" HOST IDENTITY
                                "Content-Length: 0||\"\n" OK_EMPTY "wait-close\n");
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
    server *peer = server_start("expect \"PUT / HTTP/1.1|" HOST IDENTITY
                                "Transfer-Encoding: chunked||"
                                "5|hello|0||\"\n" OK_EMPTY "wait-close\n");
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
    server *peer = server_start("expect \"PUT / HTTP/1.1|" HOST IDENTITY
                                "Transfer-Encoding: chunked||"
                                "2|ab|1|c|0||\"\n" OK_EMPTY
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

static hc_error send_filled(hc_conn *conn, source *from, int64_t length) {
    return hc_request_callback(conn, "POST", "/count", NULL, fill, from, length);
}

static hc_error send_lent(hc_conn *conn, source *from, int64_t length) {
    return hc_request_pieces(conn, "POST", "/count", NULL, lend, from, length);
}

/* What a function gives, with a wait before each part and before the end. */
static void in_parts(hc_error (*send)(hc_conn *, source *, int64_t)) {
    static const char *const parts[] = {"ab", "c", NULL};
    source from = {parts, true, false, 0, NULL, NULL, 0};
    server *peer = server_start(
        "expect \"POST /count HTTP/1.1|" HOST IDENTITY "Content-Length: 3||abc\"\n" OK_EMPTY
        "expect \"POST /count HTTP/1.1|" HOST IDENTITY "Transfer-Encoding: chunked||"
        "2|ab|1|c|0||\"\n" OK_EMPTY
        "expect \"POST /count HTTP/1.1|" HOST IDENTITY "Content-Length: 0||\"\n" OK_EMPTY
        "wait-close\n");
    hc_conn *conn = connect_to(peer);
    int waits = 0;
    hc_error code;

    while ((code = send(conn, &from, 3)) == HC_WOULD_BLOCK) {
        waits++;
    }
    CHECK_INT(code, HC_OK);
    /* Byte by byte, what waits for the transport as well is repeated for it. */
    CHECK(waits == 3 || is_byte_by_byte());
    take_answer(conn);
    from.next = parts;
    REPEAT(code, send(conn, &from, HC_LENGTH_UNKNOWN));
    CHECK_INT(code, HC_OK);
    take_answer(conn);
    REPEAT(code, send(conn, &from, 0));
    CHECK_INT(code, HC_OK);
    take_answer(conn);
    take_back(&from);
    end(conn, peer);
}

static void body_function(void) { in_parts(send_filled); }

static void pieces_that_are_lent(void) { in_parts(send_lent); }

/* A body that is not what was announced can never become a request: the connection is closed. */
static void not_as_announced(hc_error (*send)(hc_conn *, source *, int64_t)) {
    static const char *const parts[] = {"ab", "cd", NULL};
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
        source from = {parts, false, false, cases[i].at_the_end, NULL, NULL, 0};
        hc_error code = send(conn, &from, cases[i].length);
        hc_error_detail detail = conn_detail(conn);

        take_back(&from);
        CHECK_INT(code, cases[i].code);
        CHECK_INT(detail.os_error, cases[i].os_error);
        CHECK_INT(detail.retry, HC_RETRY_MAYBE_PROCESSED);
        CHECK(detail.message_len > 0);
        CHECK(!hc_conn_is_open(conn));
        CHECK_INT(hc_conn_state(conn), HC_STATE_IDLE);
        CHECK_GET(conn, "/bytes/0", 200, "");
    }
    end(conn, peer);
}

static void body_function_that_errs(void) { not_as_announced(send_filled); }

static void pieces_that_err(void) { not_as_announced(send_lent); }

static void functions_that_are_none(void) {
    hc_conn *conn = NULL;

    REQUIRE(hc_conn_new("127.0.0.1", 1, &conn) == HC_OK);
    CHECK_INT(hc_request_callback(conn, "POST", "/", NULL, NULL, NULL, 0), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_request_callback(conn, "POST", "/", NULL, fill, NULL, -2), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_request_pieces(conn, "POST", "/", NULL, NULL, NULL, 0), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_request_pieces(conn, "POST", "/", NULL, lend, NULL, -2), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

/* A failing body must not make the response that is still being read look complete. */
static void failing_body_behind_an_unread_response(void) {
    static const char *const parts[] = {"ab", NULL};
    source from = {parts, false, false, -5, NULL, NULL, 0};
    server *peer = server_start("read-head\n"
                                "send \"HTTP/1.1 200 OK|Content-Length: 6||abc\"\n"
                                "read-head\n"
                                "expect \"2|ab|\"\n"
                                "wait-close\n");
    hc_conn *conn = connect_to(peer);
    hc_response *response = get(conn, "/");
    char buffer[8];
    size_t count = 0;

    CHECK_INT(hc_response_read(response, buffer, 3, &count), HC_OK);
    CHECK_INT(count, 3);
    CHECK_INT(hc_request_callback(conn, "POST", "/", NULL, fill, &from, HC_LENGTH_UNKNOWN),
              HC_ERR_TRANSPORT);
    CHECK_INT(hc_response_read(response, buffer, sizeof buffer, &count), HC_ERR_INCOMPLETE_READ);
    CHECK_INT(count, 0);
    CHECK_INT(response_detail(response).received, 3);
    CHECK_INT(response_detail(response).expected, 3);
    CHECK_INT(hc_response_free(response), HC_OK);
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
    server *peer = server_start("read-head\nhold\n"
                                "connection\nread-head\n" OK_EMPTY);
    hc_conn *conn = connect_to(peer);
    char *body = calloc(SIZE, 1);

    REQUIRE(body != NULL);
    CHECK_INT(hc_conn_connect(conn), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, 100), HC_OK);
    CHECK_INT(hc_request(conn, "POST", "/", NULL, body, SIZE), of_socket(HC_ERR_TIMEOUT));
    CHECK_INT(hc_conn_state(conn), HC_STATE_REQUEST_SENT);
    /* The rest of that body must not be mistaken for a request: no other can begin before a close. */
    if (is_byte_by_byte()) {
        CHECK_INT(hc_putrequest(conn, "GET", "/", false, false), HC_ERR_CANNOT_SEND_REQUEST);
    } else {
        CHECK_INT(conn_detail(conn).retry, HC_RETRY_MAYBE_PROCESSED);
        CHECK_INT(send_get(conn, "/"), HC_ERR_CANNOT_SEND_REQUEST);
    }
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    CHECK_GET(conn, "/", 200, "");
    free(body);
    end(conn, peer);
}

/* --- Requests in a struct ------------------------------------------------------------------------------- */

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
    bad[count++].callback = fill;
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

/* What is refused is not sent, and leaves the connection as it was. */
static void urls_that_are_not_sent(void) {
    static const char *const refused[] = {
        "http://i/", "http://h:81/", "https://h/", "https://h:80/", "http://h./", "http://h@i/",
        "", "a", "*", "h:80", "?q", "h/", "ftp://h/", "http:/h/", "http:///", "http://h/a b",
        "http://h/\r\nX: y", "http://h/ HTTP/1.1\r\n", "http://h/\xc3\xa9", "http://h\\/", "/a b", "/\r\nX: y",
    };
    hc_error_detail detail = {0};
    memory peer;
    hc_conn *conn = connect_memory(&peer, false);
    hc_request_options options = options_for("GET", 3);
    size_t i;

    CHECK_INT(hc_request_url(conn, "GET", "http://H:80/a", NULL, NULL, 0), HC_OK);
    CHECK_SENT(&peer, "GET /a HTTP/1.1\r\nHost: h\r\nAccept-Encoding: identity\r\n\r\n");
    take_answer(conn);
    memset(&peer, 0, sizeof peer);
    detail.size = sizeof detail;
    options.target_is_url = true;
    for (i = 0; i < sizeof refused / sizeof *refused; i++) {
        if (!CHECK_INT(hc_request_url(conn, "GET", refused[i], NULL, NULL, 0), HC_ERR_INVALID_URL)) {
            puts(refused[i]);
        }
        CHECK_INT(hc_conn_error_detail(conn, &detail), HC_OK);
        CHECK_INT(detail.retry, HC_RETRY_NOT_SENT);
        options.target = refused[i];
        options.target_len = strlen(refused[i]);
        CHECK_INT(hc_request_with(conn, &options), HC_ERR_INVALID_URL);
    }
    CHECK_INT(hc_request_url(conn, "GET", "http://i/", NULL, NULL, 0), HC_ERR_INVALID_URL);
    CHECK(strstr(hc_conn_error_message(conn), "origin") != NULL);
    CHECK_INT(hc_request_url(conn, "GET", "http://h/a b", NULL, NULL, 0), HC_ERR_INVALID_URL);
    CHECK(strstr(hc_conn_error_message(conn), "path, at byte 10") != NULL);
    CHECK_INT(hc_request_url(conn, "G T", "http://h/", NULL, NULL, 0), HC_ERR_VALUE);
    CHECK_INT(hc_request_url(conn, "GET", NULL, NULL, NULL, 0), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_request_url(conn, NULL, "http://h/", NULL, NULL, 0), HC_ERR_INVALID_ARGUMENT);
    options.target = "http://h/\0x";
    options.target_len = 11;
    CHECK_INT(hc_request_with(conn, &options), HC_ERR_INVALID_URL);
    CHECK_SENT(&peer, "");
    CHECK_INT(hc_conn_state(conn), HC_STATE_IDLE);
    options.target_len = 9;
    CHECK_INT(hc_request_with(conn, &options), HC_OK);
    CHECK_SENT(&peer, "GET / HTTP/1.1\r\nHost: h\r\nAccept-Encoding: identity\r\n\r\n");
    CHECK_INT(hc_request_url(conn, "GET", "http://h/", NULL, NULL, 0), HC_ERR_CANNOT_SEND_REQUEST);
    take_answer(conn);
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

/* The whole URL again after each HC_WOULD_BLOCK, put together or not. */
static void urls_in_small_pieces(void) {
    memory peer;
    hc_conn *conn = connect_memory(&peer, true);
    hc_error code;
    int blocked = 0;

    do {
        char url[] = "http://h?q";

        code = (hc_request_url)(conn, "GET", url, NULL, NULL, 0);
        memset(url, 'x', sizeof url);
        blocked += code == HC_WOULD_BLOCK;
    } while (code == HC_WOULD_BLOCK);
    CHECK_INT(code, HC_OK);
    CHECK(blocked > 10);
    CHECK_SENT(&peer, "GET /?q HTTP/1.1\r\nHost: h\r\nAccept-Encoding: identity\r\n\r\n");
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

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(heads),
        TEST(urls),
        TEST(urls_that_are_not_sent),
        TEST(urls_in_small_pieces),
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
        TEST(pieces_that_are_lent),
        TEST(pieces_that_err),
        TEST(functions_that_are_none),
        TEST(failing_body_behind_an_unread_response),
        TEST(early_answer),
        TEST(timeout_while_sending),
        TEST(options_that_are_none),
        TEST(options_of_another_version),
        TEST(encode_chunked),
        TEST(bytes_that_are_none),
    };
    return RUN_TESTS(tests, argc, argv);
}
