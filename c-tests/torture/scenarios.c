/* The stories of the torture test. Most run over a transport that plays recorded answers; those about sockets talk to
 * a server in another process. */
#define _POSIX_C_SOURCE 200809L

#include "play.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static hc_error read_hello(hc_response *response) { return read_text(response, "hello"); }

static hc_error get_hello(hc_conn *conn) {
    TRY(hc_request(conn, "GET", "/", NULL, NULL, 0));
    return fetch(conn, read_hello);
}

static const char HELLO[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
static const char *const hello[] = {HELLO, NULL};

static void tell_hello(hc_conn *conn) {
    exchange(conn, get_hello);
    release(conn);
}

/* --- Requests ----------------------------------------------------------------------------------- */

static void get(void) { tell_hello(playing(hello)); }

static void get_twice(void) {
    static const char *const two[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello\f"
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        NULL};
    hc_conn *conn = playing(two);

    exchange(conn, get_hello);
    exchange(conn, get_hello);
    release(conn);
}

static hc_error post(hc_conn *conn) {
    const char *headers[] = {"Content-Type", "text/plain", "X-Mood", "calm", NULL};

    TRY(hc_request(conn, "POST", "/form", headers, "a=1&b=2", 7));
    return fetch(conn, read_hello);
}

static void post_bytes(void) { tell(hello, post); }

static int64_t give(void *context, void *buffer, size_t capacity) {
    int *left = context;

    if (*left == 0) {
        return 0;
    }
    memset(buffer, 'x', capacity);
    return --*left, (int64_t)capacity;
}

static hc_error post_given(hc_conn *conn) {
    int left = 3;

    TRY(hc_request_callback(conn, "PUT", "/", NULL, give, &left, HC_LENGTH_UNKNOWN));
    return fetch(conn, read_hello);
}

static void post_callback(void) {
    hc_conn *conn = playing(hello);

    MUST(hc_conn_set_blocksize(conn, 100));
    exchange(conn, post_given);
    release(conn);
}

static int64_t lend(void *context, const void **piece) {
    int *left = context;

    if (*left == 0) {
        return 0;
    }
    *piece = "piece";
    return --*left, 5;
}

static hc_error post_lent(hc_conn *conn) {
    int left = 3;

    TRY(hc_request_pieces(conn, "PUT", "/", NULL, lend, &left, 15));
    return fetch(conn, read_hello);
}

static void post_pieces(void) { tell(hello, post_lent); }

static int open_file(const char *name) {
    char path[512];
    int fd;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    EXPECT(fd >= 0);
    return fd;
}

static hc_error post_opened(hc_conn *conn) {
    int fd = open_file("file");
    hc_error code = hc_request_file(conn, "PUT", "/", NULL, fd);

    close(fd);
    TRY(code);
    return fetch(conn, read_hello);
}

static void post_file(void) { tell(hello, post_opened); }

static hc_error post_steps(hc_conn *conn) {
    const char *values[] = {"a", "b", NULL};

    TRY(hc_putrequest(conn, "POST", "/steps?x=1", false, false));
    TRY(hc_putheader(conn, "X-One", "1"));
    TRY(hc_putheader_values(conn, "X-Both", values));
    TRY(hc_putheader_bytes(conn, "Content-Length", 14, "10", 2));
    TRY(hc_endheaders(conn, NULL, 0, false));
    TRY(hc_send(conn, "01234", 5));
    TRY(hc_send(conn, "56789", 5));
    return fetch(conn, read_hello);
}

static void step_by_step(void) { tell(hello, post_steps); }

static hc_error post_options(hc_conn *conn) {
    hc_header headers[] = {{"Accept", 6, "text/html", 9}};
    hc_request_options options = {0};
    int left = 3;

    options.size = sizeof options;
    options.method = "PATCH";
    options.method_len = 5;
    options.target = "/p#fragment";
    options.target_len = 11;
    options.headers = headers;
    options.header_count = 1;
    options.body_kind = HC_BODY_PIECES;
    options.pieces = lend;
    options.context = &left;
    options.length = HC_LENGTH_UNKNOWN;
    TRY(hc_request_with(conn, &options));
    return fetch(conn, read_hello);
}

static void request_with(void) { tell(hello, post_options); }

static hc_error post_many(hc_conn *conn) {
    const char *headers[201];
    char names[100][8];
    int i;

    for (i = 0; i < 100; i++) {
        snprintf(names[i], sizeof names[i], "X-%d", i);
        headers[2 * i] = names[i];
        headers[2 * i + 1] = "a value of some forty bytes, as many have";
    }
    headers[200] = NULL;
    TRY(hc_request(conn, "GET", "/", headers, NULL, 0));
    return fetch(conn, read_hello);
}

static void hundred_headers_sent(void) { tell(hello, post_many); }

static hc_error expect_continue(hc_conn *conn) {
    const char *headers[] = {"Expect", "100-continue", NULL};

    TRY(hc_request(conn, "POST", "/", headers, "12345", 5));
    return fetch(conn, read_hello);
}

static void expecting(void) {
    static const char *const list[] = {
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", NULL};
    hc_conn *conn = playing(list);

    MUST(hc_conn_set_expect_wait(conn, 60000));
    exchange(conn, expect_continue);
    release(conn);
}

/* A server that closes instead of answering the second request. */
static void retried(void) {
    static const char *const list[] = {HELLO, HELLO, NULL};
    hc_conn *conn = playing(list);

    MUST(hc_conn_set_retry(conn, true));
    MUST(hc_conn_set_stale_check(conn, HC_STALE_CHECK_NEVER));
    exchange(conn, get_hello);
    exchange(conn, get_hello);
    release(conn);
}

static hc_error get_strange(hc_conn *conn) {
    TRY(hc_request(conn, "GET", "/a b", NULL, NULL, 0));
    return fetch(conn, read_hello);
}

static void lenient(void) {
    hc_conn *conn = playing(hello);

    MUST(hc_conn_dangerous_skip_checks(conn, HC_UNCHECKED_TARGET));
    exchange(conn, get_strange);
    release(conn);
}

/* --- Responses ---------------------------------------------------------------------------------- */

static const char *const chunked[] = {
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: A\r\n\r\n"
    "3;name=value\r\nhel\r\n2\r\nlo\r\n0\r\nA: 1\r\nB: 2\r\n\r\n",
    NULL};

static hc_error read_trailers(hc_response *response) {
    const char *name = NULL, *value = NULL;

    TRY(read_text(response, "hello"));
    EXPECT(hc_response_trailer_count(response) == 2);
    TRY(hc_response_trailer_at(response, 1, &name, NULL, &value, NULL));
    EXPECT(strcmp(name, "B") == 0 && strcmp(value, "2") == 0);
    return HC_OK;
}

static hc_error get_trailers(hc_conn *conn) {
    TRY(hc_request(conn, "GET", "/", NULL, NULL, 0));
    return fetch(conn, read_trailers);
}

static void chunks(void) { tell(chunked, get_trailers); }

static hc_error read_fields(hc_response *response) {
    size_t len = 0;
    const char *joined, *raw;

    EXPECT(hc_response_header_count(response) == 101);
    /* NULL also stands for no memory to join them in. */
    joined = hc_response_getheader(response, "x-same", &len);
    if (joined == NULL) {
        EXPECT(again(HC_ERR_NO_MEMORY));
        joined = hc_response_getheader(response, "x-same", &len);
    }
    EXPECT(joined != NULL && len == 100 * 6 - 2 && strncmp(joined, "same, same", 10) == 0);
    raw = hc_response_raw_head(response, &len);
    if (raw == NULL) {
        EXPECT(again(HC_ERR_NO_MEMORY));
        raw = hc_response_raw_head(response, &len);
    }
    EXPECT(raw != NULL && len == strlen(raw) && strcmp(raw + len - 4, "\r\n\r\n") == 0);
    return read_text(response, "hello");
}

static hc_error get_fields(hc_conn *conn) {
    TRY(hc_request(conn, "GET", "/", NULL, NULL, 0));
    return fetch(conn, read_fields);
}

static void hundred_headers(void) {
    static char answer[4096];
    static const char *const list[] = {answer, NULL};
    hc_conn *conn;
    int i;

    strcpy(answer, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n");
    for (i = 0; i < 100; i++) {
        strcat(answer, "X-Same: same\r\n");
    }
    strcat(answer, "\r\nhello");
    conn = playing(list);
    MUST(hc_conn_set_limit(conn, HC_LIMIT_HEADERS, 200));
    exchange(conn, get_fields);
    release(conn);
}

static hc_error read_long(hc_response *response) {
    const char *value;
    size_t len;

    EXPECT(hc_response_header_count(response) == 101);
    TRY(hc_response_header_at(response, 99, NULL, NULL, &value, &len));
    EXPECT(len == 904 && memcmp(value + 899, "a\r\n b", 5) == 0);
    return read_text(response, "hello");
}

static hc_error get_long(hc_conn *conn) {
    TRY(hc_request(conn, "GET", "/", NULL, NULL, 0));
    return fetch(conn, read_long);
}

/* Of a head of more than 64 KiB there is one text. */
static void long_head(void) {
    static char answer[100 << 10];
    static const char *const list[] = {answer, NULL};
    hc_conn *conn;
    size_t at;
    int i;

    at = (size_t)sprintf(answer, "HTTP/1.1 200 OK\r\n");
    for (i = 0; i < 100; i++) {
        at += (size_t)sprintf(answer + at, "X-Long: ");
        memset(answer + at, 'a', 900);
        at += 900;
        at += (size_t)sprintf(answer + at, "\r\n b\r\n");
    }
    sprintf(answer + at, "Content-Length: 5\r\n\r\nhello");
    conn = playing(list);
    MUST(hc_conn_set_leniency(conn, HC_LENIENT_RAW_VALUES));
    exchange(conn, get_long);
    release(conn);
}

static hc_error read_lines(hc_response *response) {
    char line[64];
    size_t count = 0;

    TRY(hc_response_readline(response, line, sizeof line, &count));
    EXPECT(count == 4 && memcmp(line, "one\n", 4) == 0);
    TRY(hc_response_readline(response, line, sizeof line, &count));
    EXPECT(count == 3 && memcmp(line, "two", 3) == 0);
    return HC_OK;
}

static hc_error get_lines(hc_conn *conn) {
    TRY(hc_request(conn, "GET", "/", NULL, NULL, 0));
    return fetch(conn, read_lines);
}

static void lines(void) {
    static const char *const list[] = {
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n5\r\nne\ntw\r\n1\r\no\r\n0\r\n\r\n",
        NULL};

    tell(list, get_lines);
}

static hc_error read_peeks(hc_response *response) {
    const void *data = NULL;
    size_t len = 0, count = 0;
    char piece[2];

    TRY(hc_response_peek(response, &data, &len));
    EXPECT(len > 0 && *(const char *)data == 'h');
    TRY(hc_response_read1(response, piece, sizeof piece, &count));
    EXPECT(count == 2 && memcmp(piece, "he", 2) == 0);
    TRY(hc_response_skip(response, 100));
    EXPECT(hc_response_is_closed(response));
    return HC_OK;
}

static hc_error get_peeks(hc_conn *conn) {
    TRY(hc_request(conn, "GET", "/", NULL, NULL, 0));
    return fetch(conn, read_peeks);
}

static void peeks(void) { tell(chunked, get_peeks); }

static char large_body[100001];

static hc_error read_large(hc_response *response) { return read_text(response, large_body); }

static hc_error get_large(hc_conn *conn) {
    TRY(hc_request(conn, "GET", "/", NULL, NULL, 0));
    return fetch(conn, read_large);
}

/* A body that ends with the stream, which the response takes over. */
static void until_the_end(void) {
    static char answer[100100];
    static const char *const list[] = {answer, NULL};
    hc_conn *conn;

    memset(large_body, 'x', sizeof large_body - 1);
    snprintf(answer, sizeof answer, "HTTP/1.0 200 OK\r\n\r\n%s", large_body);
    conn = playing(list);
    exchange(conn, get_large);
    release(conn);
}

static void large_body_of_known_length(void) {
    static char answer[100100];
    static const char *const list[] = {answer, NULL};
    hc_conn *conn;

    memset(large_body, 'x', sizeof large_body - 1);
    snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n%s", large_body);
    conn = playing(list);
    exchange(conn, get_large);
    release(conn);
}

static hc_error read_url(hc_response *response) {
    size_t len = 0;
    const char *url = hc_response_url(response, &len);

    if (url == NULL) {
        EXPECT(again(HC_ERR_NO_MEMORY));
        url = hc_response_url(response, &len);
    }
    EXPECT(url != NULL && strcmp(url, "http://example.com/a%20path?q=1") == 0);
    return read_text(response, "hello");
}

static hc_error get_url(hc_conn *conn) {
    TRY(hc_request(conn, "GET", "/a%20path?q=1", NULL, NULL, 0));
    return fetch(conn, read_url);
}

static void url_of_response(void) { tell(hello, get_url); }

static int interim_status;

static void on_interim(void *context, int32_t status, const hc_headers *fields) {
    (void)context;
    interim_status = status;
    /* NULL: there was no memory for them. */
    EXPECT(fields == NULL || hc_headers_count(fields) == 1);
}

static void interim(void) {
    static const char *const list[] = {
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        NULL};
    hc_conn *conn = playing(list);

    MUST(hc_conn_set_interim(conn, on_interim, NULL));
    interim_status = 0;
    exchange(conn, get_hello);
    EXPECT(interim_status == 103);
    release(conn);
}

static size_t traced;

static void on_trace(void *context, int32_t event, const char *data, size_t len) {
    (void)context, (void)data, (void)len;
    traced |= (size_t)1 << event;
}

static void trace_function(void) {
    hc_conn *conn = playing(hello);

    MUST(hc_conn_set_trace(conn, on_trace, NULL));
    traced = 0;
    exchange(conn, get_hello);
    /* What there is no memory to show is not shown. */
    EXPECT((traced & 1 << HC_TRACE_SEND) && (traced & 1 << HC_TRACE_STATUS));
    release(conn);
}

static void printing(void) {
    hc_conn *conn = playing(chunked);

    MUST(hc_conn_set_debuglevel(conn, 1));
    exchange(conn, get_trailers);
    exchange(conn, post_given);
    release(conn);
}

static void timings(void) {
    hc_conn *conn = playing(hello);

    MUST(hc_conn_set_timings(conn, true));
    MUST(hc_conn_set_timeout(conn, 60000));
    MUST(hc_conn_set_deadline(conn, 60000));
    tell_hello(conn);
}

static hc_error read_stream(hc_response *response) {
    hc_stream *stream = NULL;
    char text[16];
    size_t count = 0;

    MUST(hc_response_detach(response, &stream));
    MUST(hc_stream_read(stream, text, sizeof text, &count));
    EXPECT(count == 4 && memcmp(text, "PING", 4) == 0);
    MUST(hc_stream_write(stream, "PONG", 4, &count));
    EXPECT(hc_stream_free(stream) == HC_OK);
    return HC_OK;
}

static hc_error upgrade(hc_conn *conn) {
    const char *headers[] = {"Connection", "upgrade", "Upgrade", "ping", NULL};
    hc_response *response = NULL;
    hc_error code;

    TRY(hc_request(conn, "GET", "/", headers, NULL, 0));
    TRY(hc_getresponse(conn, &response));
    EXPECT(hc_response_status(response) == 101);
    code = read_stream(response);
    EXPECT(hc_response_free(response) == HC_OK);
    return code;
}

static void stream(void) {
    static const char *const list[] = {
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: ping\r\n\r\nPING", NULL};

    tell(list, upgrade);
}

/* --- By themselves ------------------------------------------------------------------------------ */

static void header_block(void) {
    static const char block[] = "A: 1\r\nB: 2\r\nA: 3\r\nFolded: a\r\n b\r\n\r\nrest";
    hc_headers *headers = NULL;
    size_t consumed = 0;
    const char *joined;

    MUST(hc_headers_parse(block, sizeof block - 1, &headers, &consumed));
    EXPECT(consumed == sizeof block - 1 - 4 && hc_headers_count(headers) == 4);
    joined = hc_headers_get(headers, "a", NULL);
    if (joined == NULL) {
        EXPECT(again(HC_ERR_NO_MEMORY));
        joined = hc_headers_get(headers, "a", NULL);
    }
    EXPECT(joined != NULL && strcmp(joined, "1, 3") == 0);
    EXPECT(hc_headers_free(headers) == HC_OK);
}

static void url_parts(void) {
    static const char text[] = "http://user@example.com:8080/path?q#f";
    char copy[sizeof text];
    hc_url url = {0};

    url.size = sizeof url;
    MUST(hc_url_parse(text, &url));
    MUST(hc_url_copy_host(&url, copy, sizeof copy));
    EXPECT(strcmp(copy, "example.com") == 0);
    MUST(hc_url_copy_target(&url, copy, sizeof copy));
    EXPECT(strcmp(copy, "/path?q") == 0);
}

/* What puts a URL together takes memory, and what only escapes takes none. */
static void url_texts(void) {
    char copy[64];
    size_t len = 0;
    hc_url url = {0};

    url.size = sizeof url;
    MUST(hc_url_resolve("http://h/a/b?c", "../d/./e#f", copy, sizeof copy, &len));
    EXPECT(strcmp(copy, "http://h/d/e#f") == 0 && len == 14);
    MUST(hc_url_repair(copy, "\\\\B\xc3\xbc" "cher.example/a b?%", copy, sizeof copy, &len, &url));
    EXPECT(strcmp(copy, "http://xn--bcher-kva.example/a%20b?%25") == 0 && url.query == copy + len - 3);
    MUST_GIVE(HC_ERR_INVALID_URL, hc_url_repair(NULL, "http://\xe2\x84\x80/", copy, sizeof copy, &len, &url));
    EXPECT(url.error_offset == 7 && len == 7);
    MUST(hc_url_parse("http://Aladdin:open%20sesame@h/", &url));
    MUST(hc_url_copy_authorization(&url, copy, sizeof copy, NULL));
    EXPECT(strcmp(copy, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==") == 0);
    EXPECT(hc_url_encode("a b", 3, HC_ENCODING_FORM, copy, sizeof copy, NULL) == HC_OK);
    EXPECT(hc_url_decode("a+b", 3, HC_ENCODING_FORM, copy, sizeof copy, NULL) == HC_OK);
    EXPECT(hc_basic_authorization("a", "b", copy, sizeof copy, NULL) == HC_OK);
}

static void recorded_answer(void) {
    hc_transport transport;
    hc_response *response = NULL;
    hc_error code;

    play(chunked);
    transport = plug();
    MUST(hc_response_new(&transport, "GET", &response));
    MUST(hc_response_set_trace(response, on_trace, NULL));
    code = hc_response_begin(response);
    if (again(code)) {
        /* "After any other failure the response is closed": read it once more from the beginning. */
        EXPECT(hc_response_free(response) == HC_OK);
        transport = plug();
        EXPECT(hc_response_new(&transport, "GET", &response) == HC_OK);
        code = hc_response_begin(response);
    }
    EXPECT(code == HC_OK && hc_response_status(response) == 200);
    code = read_trailers(response);
    EXPECT(code == HC_OK || again(code));
    EXPECT(hc_response_free(response) == HC_OK);
}

static int closed;

static void on_close(void *context) {
    (void)context;
    closed++;
}

static void own_transport(void) {
    hc_transport transport;
    hc_conn *conn = NULL;
    hc_error code;

    play(hello);
    transport = plug();
    transport.close = on_close;
    closed = 0;
    code = hc_conn_new_with_transport(&transport, "example.com", 80, &conn);
    if (again(code)) {
        /* After a failure the transport is still ours. */
        EXPECT(conn == NULL && closed == 0);
        code = hc_conn_new_with_transport(&transport, "example.com", 80, &conn);
    }
    EXPECT(code == HC_OK);
    code = get_hello(conn);
    EXPECT(code == HC_OK || again(code));
    release(conn);
    EXPECT(closed == 1);
}

/* --- Connections -------------------------------------------------------------------------------- */

static void read_proxy(hc_conn *conn) {
    const char *name = NULL, *value = NULL;

    EXPECT(hc_conn_proxy_status(conn) == 200 && hc_conn_proxy_header_count(conn) == 1);
    EXPECT(hc_conn_proxy_header_at(conn, 0, &name, NULL, &value, NULL) == HC_OK);
    EXPECT(strcmp(name, "Via") == 0 && strcmp(value, "proxy") == 0);
}

static void tunnel(void) {
    static const char *const list[] = {
        "HTTP/1.1 200 OK\r\nVia: proxy\r\n\r\n\fHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", NULL};
    const char *headers[] = {"Proxy-Authorization", "Basic abc", NULL};
    hc_conn *conn = playing(list);

    MUST(hc_conn_set_tunnel(conn, "inside.example", 8080, headers));
    exchange(conn, get_hello);
    read_proxy(conn);
    release(conn);
}

/* A connection to the server with routes, whose texts are known. */
static hc_error read_count(hc_response *response) { return read_text(response, "3"); }

static hc_error count(hc_conn *conn) {
    TRY(hc_request(conn, "POST", "/count", NULL, "abc", 3));
    return fetch(conn, read_count);
}

static hc_conn *connected_to(const char *host) {
    hc_conn *conn = NULL;

    MUST(hc_conn_new(host, server_port_plain, &conn));
    return conn;
}

static void tell_count(hc_conn *conn) {
    exchange(conn, count);
    release(conn);
}

static hc_error skip(hc_response *response) {
    EXPECT(hc_response_status(response) == 200);
    return hc_response_skip(response, 1 << 20);
}

/* Without a path the target is put together. */
static hc_error get_by_url(hc_conn *conn) {
    char url[64];

    snprintf(url, sizeof url, "http://127.0.0.1:%d?q#f", server_port_plain);
    EXPECT(hc_conn_has_origin(conn, url));
    TRY(hc_request_url(conn, "GET", url, NULL, NULL, 0));
    return fetch(conn, skip);
}

static hc_error get_others_url(hc_conn *conn) {
    hc_error code = hc_request_url(conn, "GET", "http://h/", NULL, NULL, 0);

    EXPECT(hc_conn_state(conn) == HC_STATE_IDLE);
    return code;
}

static void tcp_by_url(void) {
    char url[64];
    hc_conn *conn = NULL;

    snprintf(url, sizeof url, "http://127.0.0.1:%d", server_port_plain);
    MUST(hc_conn_new_url(url, NULL, &conn));
    exchange(conn, get_by_url);
    MUST_GIVE(HC_ERR_INVALID_URL, get_others_url(conn));
    note_message(hc_conn_error_message(conn));
    exchange(conn, get_by_url);
    release(conn);
}

static void tcp(void) { tell_count(connected_to("127.0.0.1")); }

static void tcp_with_settings(void) {
    hc_conn *conn = connected_to("unused.example");
    size_t len = 0;
    const char *peer;

    MUST(hc_conn_set_address(conn, "127.0.0.1", server_port_plain));
    MUST(hc_conn_set_source_address(conn, "127.0.0.1", 0));
    MUST(hc_conn_set_timeout(conn, 60000));
    MUST(hc_conn_connect(conn));
    peer = hc_conn_peer_address(conn, &len);
    if (peer == NULL) {
        EXPECT(again(HC_ERR_NO_MEMORY));
        peer = hc_conn_peer_address(conn, &len);
    }
    EXPECT(peer != NULL && strncmp(peer, "127.0.0.1:", 10) == 0);
    if (hc_conn_local_address(conn, &len) == NULL) {
        EXPECT(again(HC_ERR_NO_MEMORY));
        EXPECT(hc_conn_local_address(conn, &len) != NULL);
    }
    tell_count(conn);
}

/* A file goes by sendfile. */
static hc_error put_file(hc_conn *conn) {
    int fd = open_file("file");
    hc_error code = hc_request_file(conn, "PUT", "/echo", NULL, fd);
    hc_response *response = NULL;

    close(fd);
    TRY(code);
    TRY(hc_getresponse(conn, &response));
    code = hc_response_skip(response, 1 << 20);
    EXPECT(hc_response_free(response) == HC_OK);
    return code;
}

static void tcp_file(void) {
    hc_conn *conn = connected_to("127.0.0.1");

    exchange(conn, put_file);
    release(conn);
}

/* The system's lookup, in place: there is nothing that could end it. */
static void lookup(void) { tell_count(connected_to("localhost")); }

/* The same on a thread. */
static void lookup_on_a_thread(void) {
    hc_conn *conn = connected_to("localhost");

    MUST(hc_conn_set_timeout(conn, 60000));
    tell_count(conn);
}

static int64_t resolve(void *context, const char *host, char *addresses, size_t capacity) {
    static const char text[] = "127.0.0.1";

    (void)context;
    EXPECT(strcmp(host, "name.example") == 0 && capacity > sizeof text);
    memcpy(addresses, text, sizeof text - 1);
    return sizeof text - 1;
}

static int released;

static void on_release(void *context) {
    (void)context;
    __atomic_add_fetch(&released, 1, __ATOMIC_SEQ_CST);
}

static void resolver(void) {
    hc_conn *conn = connected_to("name.example");

    MUST(hc_conn_set_resolver(conn, resolve, NULL, on_release));
    tell_count(conn);
}

static void resolver_on_a_thread(void) {
    hc_conn *conn = connected_to("name.example");

    MUST(hc_conn_set_resolver(conn, resolve, NULL, on_release));
    MUST(hc_conn_set_timeout(conn, 60000));
    tell_count(conn);
}

/* Waits as an event loop does. */
static void wait_for(hc_conn *conn) {
    struct pollfd it = {hc_conn_fileno(conn), 0, 0};
    uint32_t interest = hc_conn_interest(conn);
    int64_t timeout = hc_conn_next_timeout(conn);

    it.events = (short)((interest & HC_INTEREST_READ ? POLLIN : 0) |
                        (interest & HC_INTEREST_WRITE ? POLLOUT : 0));
    poll(&it, it.fd >= 0, timeout < 0 || timeout > 1000 ? 1000 : (int)timeout);
}

#define UNTIL_DONE(code, conn, call)                   \
    while (((code) = (call)) == HC_WOULD_BLOCK) {      \
        wait_for(conn);                                \
    }

static hc_error count_in_loop(hc_conn *conn) {
    hc_response *response = NULL;
    hc_error code;
    const char *body = NULL;
    size_t len = 0;

    UNTIL_DONE(code, conn, hc_request(conn, "POST", "/count", NULL, "abc", 3))
    TRY(code);
    UNTIL_DONE(code, conn, hc_getresponse(conn, &response))
    TRY(code);
    UNTIL_DONE(code, conn, hc_response_read_all(response, 100, &body, &len))
    EXPECT(code != HC_OK || (len == 1 && *body == '3'));
    EXPECT(hc_response_free(response) == HC_OK);
    return code;
}

static void event_loop(void) {
    hc_conn *conn = connected_to("localhost");

    MUST(hc_conn_set_timeout(conn, 0));
    exchange(conn, count_in_loop);
    release(conn);
}

/* Two addresses, of which the first refuses: both are tried. */
static int64_t resolve_two(void *context, const char *host, char *addresses, size_t capacity) {
    static const char text[] = "::1 127.0.0.1";

    (void)context, (void)host, (void)capacity;
    memcpy(addresses, text, sizeof text - 1);
    return sizeof text - 1;
}

static void two_addresses(void) {
    hc_conn *conn = connected_to("name.example");

    MUST(hc_conn_set_resolver(conn, resolve_two, NULL, NULL));
    MUST(hc_conn_set_timeout(conn, 0));
    exchange(conn, count_in_loop);
    release(conn);
}

static void unix_socket(void) {
    char path[512];
    hc_conn *conn = NULL;

    snprintf(path, sizeof path, "%s/socket", folder);
    MUST(hc_conn_new_unix(path, "localhost", &conn));
    /* Nobody accepts there: what connects is the backlog. */
    MUST(hc_conn_connect(conn));
    if (hc_conn_peer_address(conn, NULL) == NULL) {
        EXPECT(again(HC_ERR_NO_MEMORY));
        EXPECT(hc_conn_peer_address(conn, NULL) != NULL);
    }
    release(conn);
}

static void name_beyond_ascii(void) {
    hc_conn *conn = NULL;

    play(hello);
    MUST(hc_conn_new("b\xc3\xbc" "cher.example", 80, &conn));
    MUST(hc_conn_set_dialer(conn, dial, NULL));
    tell_hello(conn);
}

static void hundred_connections(void) {
    enum { MANY = 100 };
    hc_conn *conns[MANY];
    int i;

    for (i = 0; i < MANY; i++) {
        conns[i] = playing(hello);
        exchange(conns[i], get_hello);
    }
    for (i = 0; i < MANY; i++) {
        release(conns[i]);
    }
}

static void cancel(void) {
    hc_cancel_handle *token = NULL;
    hc_conn *conn = connected_to("localhost");

    MUST(hc_cancel_new(&token));
    MUST(hc_conn_set_cancel(conn, token));
    exchange(conn, count);
    MUST(hc_cancel(token));
    MUST_GIVE(HC_ERR_CANCELLED, hc_request(conn, "GET", "/", NULL, NULL, 0));
    MUST(hc_cancel_rearm(token));
    EXPECT(hc_conn_close(conn) == HC_OK);
    tell_count(conn);
    EXPECT(hc_cancel_free(token) == HC_OK);
}

static void dialer_default(void) {
    hc_conn *conn = connected_to("127.0.0.1");

    MUST(hc_conn_set_dialer(conn, NULL, NULL));
    tell_count(conn);
}

/* --- Errors ------------------------------------------------------------------------------------- */

/* Fails as expected, while the request goes out, or the head or the body comes in. */
static hc_error expected_code;

static hc_error get_failing(hc_conn *conn) {
    hc_response *response = NULL;
    const char *body = NULL;
    size_t len = 0;
    hc_error code = hc_request(conn, "GET", "/", NULL, NULL, 0);

    if (code == HC_OK) {
        code = receive(conn, &response);
    }
    if (code == HC_OK) {
        code = hc_response_read_all(response, 10, &body, &len);
        if (again(code)) {
            code = hc_response_read_all(response, 10, &body, &len);
        }
        if (code == expected_code) {
            note_message(hc_response_error_message(response));
        }
        EXPECT(hc_response_free(response) == HC_OK);
    } else if (code == expected_code) {
        note_message(hc_conn_error_message(conn));
    }
    return code == expected_code ? HC_OK : code;
}

static void fail(hc_conn *conn, hc_error code) {
    expected_code = code;
    exchange(conn, get_failing);
    EXPECT(hc_conn_close(conn) == HC_OK);
    release(conn);
}

static void fail_with(const char *answer, hc_error code) {
    const char *list[] = {answer, NULL};

    fail(playing(list), code);
}

#define HEAD "HTTP/1.1 200 OK\r\n"

static void bad_heads(void) {
    static const struct {
        const char *answer;
        hc_error code;
    } bad[] = {
        {"no status line\r\n\r\n", HC_ERR_BAD_STATUS_LINE},
        {"HTTP/3.0 200 OK\r\n\r\n", HC_ERR_UNKNOWN_PROTOCOL},
        {HEAD "no field\r\n\r\n", HC_ERR_BAD_HEADER},
        {HEAD "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", HC_ERR_BAD_FRAMING},
        {HEAD "Transfer-Encoding: gzip\r\n\r\n", HC_ERR_UNKNOWN_TRANSFER_ENCODING},
        {HEAD "Cut: of", HC_ERR_INCOMPLETE_READ},
        {"", HC_ERR_REMOTE_DISCONNECTED},
    };
    size_t i;

    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        fail_with(bad[i].answer, bad[i].code);
    }
}

static void bad_bodies(void) {
    fail_with(HEAD "Content-Length: 9\r\n\r\nhello", HC_ERR_INCOMPLETE_READ);
    fail_with(HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX", HC_ERR_INCOMPLETE_READ);
    fail_with(HEAD "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nbad\r\n\r\n", HC_ERR_BAD_HEADER);
    fail_with(HEAD "Content-Length: 11\r\n\r\nhello world", HC_ERR_TOO_LARGE);
}

static void heads_beyond_limits(void) {
    static char answer[1 << 17];
    hc_conn *conn;
    const char *list[] = {answer, NULL};

    snprintf(answer, sizeof answer, HEAD "X: %070000d\r\n\r\n", 0);
    fail_with(answer, HC_ERR_LINE_TOO_LONG);
    conn = playing(list);
    strcpy(answer, HEAD "A: 1\r\nB: 2\r\nC: 3\r\n\r\n");
    MUST(hc_conn_set_limit(conn, HC_LIMIT_HEADERS, 2));
    fail(conn, HC_ERR_TOO_MANY_HEADERS);
    strcpy(answer, "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" HEAD "\r\n");
    conn = playing(list);
    MUST(hc_conn_set_limit(conn, HC_LIMIT_INTERIM, 1));
    fail(conn, HC_ERR_TOO_MANY_INTERIM);
}

static void refused_tunnel(void) {
    static const char *const list[] = {"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", NULL};
    hc_conn *conn = playing(list);

    MUST(hc_conn_set_tunnel(conn, "inside.example", 443, NULL));
    fail(conn, HC_ERR_TUNNEL);
}

static hc_error read_refusal(hc_conn *conn) {
    hc_response *response = NULL;
    hc_error err = hc_request(conn, "GET", "/", NULL, NULL, 0);

    if (err != HC_ERR_TUNNEL) return err;
    err = hc_conn_proxy_response(conn, &response);
    if (err == HC_ERR_NO_MEMORY) {
        EXPECT(again(err));
        err = hc_conn_proxy_response(conn, &response);
    }
    TRY(err);
    EXPECT(hc_response_status(response) == 403);
    err = read_text(response, "because");
    MUST(hc_response_free(response));
    return err;
}

static void refusal_of_a_proxy(void) {
    static const char *const list[] = {"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                                       "HTTP/1.1 403 Forbidden\r\nContent-Length: 7\r\n\r\nbecause",
                                       NULL};
    hc_conn *conn = playing(list);

    MUST(hc_conn_set_tunnel(conn, "inside.example", 443, NULL));
    exchange(conn, read_refusal);
    release(conn);
}

/* A port where nobody listens: the server's has not ended, so this one is bound and not listened on. */
static void refused_connection(void) {
    hc_conn *conn = NULL;

    MUST(hc_conn_new("127.0.0.1", closed_port, &conn));
    fail(conn, HC_ERR_CONNECTION_REFUSED);
}

static int64_t resolve_nothing(void *context, const char *host, char *addresses, size_t capacity) {
    (void)context, (void)host, (void)addresses, (void)capacity;
    return -7;
}

static void unknown_name(void) {
    hc_conn *conn = connected_to("name.example");

    MUST(hc_conn_set_resolver(conn, resolve_nothing, NULL, NULL));
    fail(conn, HC_ERR_NAME_LOOKUP);
    conn = connected_to("name.example");
    MUST(hc_conn_set_resolver(conn, resolve_nothing, NULL, NULL));
    MUST(hc_conn_set_timeout(conn, 60000));
    fail(conn, HC_ERR_NAME_LOOKUP);
}

static hc_error refused_requests(hc_conn *conn) {
    const char *bad_name[] = {"Bad Name", "1", NULL}, *bad_value[] = {"X", "a\nb", NULL};

#define REFUSED(expected, call)                        \
    do {                                               \
        hc_error code_ = (call);                       \
        if (code_ != (expected)) {                     \
            return code_;                              \
        }                                              \
        note_message(hc_conn_error_message(conn));     \
        EXPECT(hc_conn_close(conn) == HC_OK);          \
    } while (0)
    REFUSED(HC_ERR_VALUE, hc_request(conn, "GE T", "/", NULL, NULL, 0));
    REFUSED(HC_ERR_VALUE, hc_request(conn, "GET", "/", bad_name, NULL, 0));
    REFUSED(HC_ERR_VALUE, hc_request(conn, "GET", "/", bad_value, NULL, 0));
    REFUSED(HC_ERR_INVALID_URL, hc_request(conn, "GET", "/a b", NULL, NULL, 0));
    REFUSED(HC_ERR_ENCODING, hc_request(conn, "GET", "/\xc3\xbc", NULL, NULL, 0));
    REFUSED(HC_ERR_CANNOT_SEND_HEADER, hc_putheader(conn, "A", "1"));
    return HC_OK;
}

static void refused(void) { tell(hello, refused_requests); }

static void bad_hosts(void) {
    hc_conn *conn = NULL;

    MUST_GIVE(HC_ERR_INVALID_URL, hc_conn_new("a b", 80, &conn));
    MUST_GIVE(HC_ERR_INVALID_URL, hc_conn_new("host:port", 80, &conn));
    MUST_GIVE(HC_ERR_VALUE, hc_conn_new_unix("/a/longer/path/that/is/far/too/long/for/a/socket/address/which/has/"
                                            "but/one/hundred/and/eight/bytes/to/hold/it/with/its/NUL",
                                            "localhost", &conn));
}

/* --- TLS ---------------------------------------------------------------------------------------- */

/* Makes a configuration, by a builder of its own. */
static hc_error build(const char *file, hc_tls_config **config) {
    char path[512];
    hc_tls_builder *builder = NULL;
    hc_error code;

    snprintf(path, sizeof path, "%s/%s", folder, file);
    TRY(hc_tls_builder_new(&builder));
    code = hc_tls_builder_add_roots_file(builder, path);
    if (code == HC_OK) {
        code = hc_tls_builder_build(builder, config);
    }
    EXPECT(hc_tls_builder_free(builder) == HC_OK);
    return code;
}

/* A builder of which a call has failed builds nothing: it is begun anew. */
static hc_tls_config *trusting(const char *file) {
    hc_tls_config *config = NULL;

    MUST(build(file, &config));
    return config;
}

static void tls_config(void) { EXPECT(hc_tls_config_free(trusting("ca.pem")) == HC_OK); }

static void tls_builder(void) {
    char path[512], key[512];
    hc_tls_builder *builder = NULL;
    const char *alpn[] = {"http/1.1", NULL};

    MUST(hc_tls_builder_new(&builder));
    MUST(hc_tls_builder_add_bundled_roots(builder));
    snprintf(path, sizeof path, "%s/client.pem", folder);
    snprintf(key, sizeof key, "%s/client.key", folder);
    MUST(hc_tls_builder_set_client_certificate_files(builder, path, key));
    snprintf(path, sizeof path, "%s/ca.crl", folder);
    MUST(hc_tls_builder_add_revocation_lists_file(builder, path));
    snprintf(path, sizeof path, "%s/server.pem", folder);
    MUST(hc_tls_builder_trust_certificate_file(builder, path));
    MUST(hc_tls_builder_set_alpn(builder, alpn));
    MUST(hc_tls_builder_verify_name(builder, "other.example"));
    MUST(hc_tls_builder_set_resumption(builder, 8));
    EXPECT(hc_tls_builder_free(builder) == HC_OK);
}

static void tls_get(void) {
    hc_tls_config *config = trusting("ca.pem");
    hc_conn *conn = NULL;

    MUST(hc_conn_new_tls("localhost", server_port_tls, config, &conn));
    EXPECT(hc_tls_config_free(config) == HC_OK);
    exchange(conn, count);
    if (hc_conn_tls_version(conn, NULL) == NULL) {
        EXPECT(again(HC_ERR_NO_MEMORY));
        EXPECT(hc_conn_tls_version(conn, NULL) != NULL);
    }
    exchange(conn, count);
    EXPECT(hc_conn_close(conn) == HC_OK);
    tell_count(conn);
}

static void tls_refused(void) {
    hc_tls_config *config = trusting("other-ca.pem");
    hc_conn *conn = NULL;

    MUST(hc_conn_new_tls("localhost", server_port_tls, config, &conn));
    EXPECT(hc_tls_config_free(config) == HC_OK);
    fail(conn, HC_ERR_TLS_UNKNOWN_ISSUER);
}

#define OF(function) {#function, function, false}
#define OF_TLS(function) {#function, function, true}

const scenario scenarios[] = {
    OF(get), OF(get_twice), OF(post_bytes), OF(post_callback), OF(post_pieces), OF(post_file),
    OF(step_by_step), OF(request_with), OF(hundred_headers_sent), OF(expecting), OF(retried),
    OF(lenient), OF(chunks), OF(hundred_headers), OF(long_head), OF(lines), OF(peeks), OF(until_the_end),
    OF(large_body_of_known_length), OF(url_of_response), OF(interim), OF(trace_function), OF(printing),
    OF(timings), OF(stream), OF(header_block), OF(url_parts), OF(url_texts), OF(recorded_answer),
    OF(own_transport), OF(tunnel), OF(tcp), OF(tcp_by_url), OF(tcp_with_settings), OF(tcp_file), OF(lookup),
    OF(lookup_on_a_thread), OF(resolver), OF(resolver_on_a_thread), OF(event_loop),
    OF(two_addresses), OF(unix_socket), OF(name_beyond_ascii), OF(hundred_connections),
    OF(cancel), OF(dialer_default), OF(bad_heads), OF(bad_bodies), OF(heads_beyond_limits),
    OF(refused_tunnel), OF(refusal_of_a_proxy), OF(refused_connection), OF(unknown_name), OF(refused), OF(bad_hosts),
    OF_TLS(tls_config), OF_TLS(tls_builder), OF_TLS(tls_get), OF_TLS(tls_refused),
};

const size_t scenario_count = sizeof scenarios / sizeof scenarios[0];
