/* What a connection tells of what it does, its requests' bodies included: to a function, or on standard
 * output. */
#define _POSIX_C_SOURCE 200809L

#include "client.h"
#include "printed.h"

typedef struct {
    char text[4096];
    size_t len;
    int heads;
    int interims;
    int infos;
} log;

static void write_log(void *context, int32_t event, const char *data, size_t len) {
    log *to = context;

    to->heads += event == HC_TRACE_HEAD;
    to->interims += event == HC_TRACE_INTERIM;
    to->infos += event == HC_TRACE_INFO;
    if (event == HC_TRACE_SEND && to->len + len < sizeof to->text) {
        memcpy(to->text + to->len, data, len);
        to->len += len;
    }
}

static void of_one_exchange(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    hc_response *response;
    static log seen;

    CHECK_INT(hc_conn_set_trace(conn, write_log, &seen), HC_OK);
    response = get(conn, "/interim");
    CHECK_INT(hc_response_read_all(response, 100000, &(const char *){NULL}, NULL), HC_OK);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(seen.heads, 1);
    CHECK_INT(seen.interims, 2);
    CHECK_INT(seen.infos, 1);
    CHECK(seen.len > 30 && memcmp(seen.text, "GET /interim HTTP/1.1\r\n", 23) == 0);
    CHECK_INT(hc_conn_set_trace(conn, NULL, NULL), HC_OK);
    CHECK_GET(conn, "/bytes/0", 200, "");
    CHECK_INT(seen.heads, 1);
    end(conn, peer);
}

/* The head of the final response, as it came, and after the request. */
typedef struct {
    char heads[512];
    size_t len;
    char order[16];
    size_t events;
} heads;

static void take_heads(void *context, int32_t event, const char *data, size_t len) {
    heads *to = context;

    if (to->events < sizeof to->order - 1 && event != HC_TRACE_INFO) {
        to->order[to->events++] = (char)('0' + event);
    }
    if ((event == HC_TRACE_HEAD || event == HC_TRACE_TUNNEL || event == HC_TRACE_INTERIM) &&
        to->len + len < sizeof to->heads) {
        memcpy(to->heads + to->len, data, len);
        to->len += len;
    }
}

static void heads_and_tunnels(void) {
    static const char tunnel[] = "HTTP/1.1 200 Connected\r\nX: y\r\n\r\n";
    static const char hints[] = "HTTP/1.1 103 Hints\r\n\r\n";
    static const char final[] = "HTTP/1.1 204 OK\r\nA: b\r\n\r\n";
    server *peer = server_start("read-head\nsend \"HTTP/1.1 200 Connected|X: y||\"\n"
                                "read-head\nsend \"HTTP/1.1 103 Hints||\"\n"
                                "send \"HTTP/1.1 204 OK|A: b||\"\nwait-close\n");
    hc_conn *conn = connect_to(peer);
    static heads seen;
    char expected[256];

    CHECK_INT(hc_conn_set_tunnel(conn, "h.test", 80, NULL), HC_OK);
    CHECK_INT(hc_conn_set_trace(conn, take_heads, &seen), HC_OK);
    CHECK_GET(conn, "/", 204, "");
    sprintf(expected, "%s%s%s", tunnel, hints, final);
    CHECK_MEM(seen.heads, seen.len, expected, strlen(expected));
    /* First to the proxy, then to the server, each in one event, however many writes that takes. */
    CHECK_STR(seen.order, "1416263");
    end(conn, peer);
}

static void on_standard_output(void) {
    server *peer = server_start("read-head\nsend \"HTTP/1.1 204 OK|A: b||\"\n"
                                "read-head\nsend \"HTTP/1.1 204 OK|A: b||\"\n"
                                "read-head\nsend \"HTTP/1.1 204 OK|A: b||\"\n"
                                "wait-close\n");
    hc_conn *conn = connect_to(peer);
    char text[16384];
    static log seen;
    printed to;

    to = print_to_file();
    CHECK_GET(conn, "/", 204, "");
    print_again(to, text, sizeof text);
    CHECK_STR(text, "");
    CHECK_INT(hc_conn_set_debuglevel(conn, 1), HC_OK);
    to = print_to_file();
    CHECK_GET(conn, "/", 204, "");
    print_again(to, text, sizeof text);
    CHECK(strncmp(text, "send: b'G", 9) == 0);
    CHECK(strstr(text, "reply: 'HTTP/1.1 204 OK\\r\\n'\n") != NULL);
    CHECK(strstr(text, "header: A: b\n") != NULL);
    /* Neither takes the place of the other. */
    CHECK_INT(hc_conn_set_trace(conn, write_log, &seen), HC_OK);
    to = print_to_file();
    CHECK_GET(conn, "/", 204, "");
    print_again(to, text, sizeof text);
    CHECK(strncmp(text, "send: b'G", 9) == 0);
    CHECK_INT(seen.heads, 1);
    CHECK_INT(hc_conn_set_debuglevel(conn, 0), HC_OK);
    CHECK_INT(hc_conn_set_debuglevel(NULL, 1), HC_ERR_INVALID_ARGUMENT);
    end(conn, peer);
}

/* A response has the level that its connection had when it came. */
static void debug_levels(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    hc_response *first, *second;
    char text[4096];
    printed to;

    CHECK_INT(hc_conn_debuglevel(conn), 0);
    first = get(conn, "/bytes/0");
    CHECK_INT(hc_response_debuglevel(first), 0);
    CHECK_INT(hc_response_skip(first, 0), HC_OK);
    CHECK_INT(hc_conn_set_debuglevel(conn, 2), HC_OK);
    to = print_to_file();
    second = get(conn, "/bytes/0");
    print_again(to, text, sizeof text);
    CHECK(strncmp(text, "send: b'G", 9) == 0);
    CHECK_INT(hc_conn_debuglevel(conn), 2);
    CHECK_INT(hc_response_debuglevel(first), 0);
    CHECK_INT(hc_response_debuglevel(second), 2);
    CHECK_INT(hc_conn_set_debuglevel(conn, 0), HC_OK);
    CHECK_INT(hc_response_debuglevel(second), 2);
    CHECK_INT(hc_conn_debuglevel(conn), 0);
    CHECK_INT(hc_response_free(first), HC_OK);
    CHECK_INT(hc_response_free(second), HC_OK);
    end(conn, peer);
}

/* --- What is said of bodies ------------------------------------------------------------------------ */

#define HEAD(framing) \
    "send: b'POST / HTTP/1.1\\r\\nHost: h\\r\\nAccept-Encoding: identity\\r\\n" framing \
    "\\r\\n\\r\\n'\n"
#define CHUNKED HEAD("Transfer-Encoding: chunked")
#define LAST "send: b'0\\r\\n\\r\\n'\n"

/* A peer that takes everything, or one byte after each refusal to block; or fails. */
typedef struct {
    bool stutters;
    bool ready;
    bool fails;
    const char *answer;
    char sent[1024];
    size_t len;
    const char *const *parts; /* of the body under way, ended by NULL */
} sink;

static int64_t answer_once(void *context, void *buffer, size_t capacity) {
    sink *peer = context;
    size_t len = peer->answer == NULL ? 0 : strlen(peer->answer);

    if (len == 0) {
        return HC_IO_WOULD_BLOCK;
    }
    CHECK(len <= capacity);
    memcpy(buffer, peer->answer, len);
    peer->answer = NULL;
    return (int64_t)len;
}

static int64_t take(void *context, const void *data, size_t len) {
    sink *peer = context;
    size_t count = peer->stutters ? 1 : len;

    if (peer->fails) {
        return -32;
    }
    if (peer->stutters && !(peer->ready = !peer->ready)) {
        return HC_IO_WOULD_BLOCK;
    }
    CHECK(peer->len + count <= sizeof peer->sent);
    memcpy(peer->sent + peer->len, data, count);
    peer->len += count;
    return (int64_t)count;
}

static void forget(void *context) { (void)context; }

static hc_conn *connect_sink(sink *peer) {
    hc_transport functions;
    hc_conn *conn = NULL;

    memset(&functions, 0, sizeof functions);
    functions.size = sizeof functions;
    functions.context = peer;
    functions.read = answer_once;
    functions.write = take;
    functions.close = forget;
    functions.fd = -1;
    CHECK_INT(hc_conn_new_with_transport(&functions, "h", HC_PORT_DEFAULT, &conn), HC_OK);
    return conn;
}

static sink peer_of_bodies; /* for functions that are given a connection alone */
static const char *const three_parts[] = {"one", "", "two", NULL};

/* The next part; where the peer stutters there is nothing yet at first. */
static int64_t next_part(sink *peer, const char **part) {
    if (peer->stutters && !(peer->ready = !peer->ready)) {
        return HC_BODY_WOULD_BLOCK;
    }
    *part = *peer->parts;
    peer->parts += *part != NULL;
    return *part == NULL ? 0 : (int64_t)strlen(*part);
}

static int64_t lend_part(void *context, const void **piece) {
    const char *part = NULL;
    int64_t len = next_part(context, &part);

    *piece = part;
    return len;
}

static int64_t fill_part(void *context, void *buffer, size_t capacity) {
    const char *part = NULL;
    int64_t len;

    do {
        len = next_part(context, &part);
    } while (len == 0 && part != NULL);
    if (len > 0) {
        CHECK((size_t)len <= capacity);
        memcpy(buffer, part, (size_t)len);
    }
    return len;
}

/* Repeats a call until it is over. */
#define WHOLLY(call)                                            \
    do {                                                        \
        hc_error code;                                          \
        int times = 0;                                          \
        do {                                                    \
            code = (call);                                      \
        } while (code == HC_WOULD_BLOCK && times++ < 10000);    \
        CHECK_INT(code, peer_of_bodies.fails ? HC_ERR_TRANSPORT : HC_OK); \
    } while (0)

static void post_callback(hc_conn *conn) {
    WHOLLY(hc_request_callback(conn, "POST", "/", NULL, fill_part, &peer_of_bodies,
                               HC_LENGTH_UNKNOWN));
}

static void post_measured_callback(hc_conn *conn) {
    WHOLLY(hc_request_callback(conn, "POST", "/", NULL, fill_part, &peer_of_bodies, 6));
}

static void post_pieces(hc_conn *conn) {
    WHOLLY(hc_request_pieces(conn, "POST", "/", NULL, lend_part, &peer_of_bodies,
                             HC_LENGTH_UNKNOWN));
}

static void post_pipe(hc_conn *conn) {
    int ends[2];

    CHECK_INT(pipe(ends), 0);
    CHECK_INT(write(ends[1], "hello", 5), 5);
    close(ends[1]);
    WHOLLY(hc_request_file(conn, "POST", "/", NULL, ends[0]));
    close(ends[0]);
}

static void post_bytes(hc_conn *conn) {
    WHOLLY(hc_request(conn, "POST", "/", NULL, "it's", 4));
}

static void post_no_bytes(hc_conn *conn) { WHOLLY(hc_request(conn, "POST", "/", NULL, "", 0)); }

static void begin_six(hc_conn *conn) {
    CHECK_INT(hc_putrequest(conn, "POST", "/", false, false), HC_OK);
    CHECK_INT(hc_putheader(conn, "Content-Length", "6"), HC_OK);
    WHOLLY(hc_endheaders(conn, NULL, 0, false));
}

static void send_callback(hc_conn *conn) {
    begin_six(conn);
    WHOLLY(hc_send_callback(conn, fill_part, &peer_of_bodies));
}

static void send_pieces(hc_conn *conn) {
    begin_six(conn);
    WHOLLY(hc_send_pieces(conn, lend_part, &peer_of_bodies));
}

static void send_chunks(hc_conn *conn) {
    static const char *const chunked[] = {"Transfer-Encoding", "chunked", NULL};

    WHOLLY(hc_request(conn, "POST", "/", chunked, "hello", 5));
}

static void get_garbage(hc_conn *conn) {
    hc_response *response;

    WHOLLY(hc_request(conn, "GET", "/", NULL, NULL, 0));
    peer_of_bodies.answer = "garbage\r\n";
    CHECK_INT(hc_getresponse(conn, &response), HC_ERR_BAD_STATUS_LINE);
}

static const struct {
    void (*work)(hc_conn *conn);
    const char *text;
} bodies[] = {
    {post_callback, "Unable to determine size of <callback>\n" CHUNKED "reading a readable\n"
                    "send: b'3\\r\\none\\r\\n'\nsend: b'3\\r\\ntwo\\r\\n'\n" LAST},
    {post_measured_callback,
     HEAD("Content-Length: 6") "reading a readable\nsend: b'one'\nsend: b'two'\n"},
    {post_pieces, "Unable to determine size of <pieces>\n" CHUNKED
                  "send: b'3\\r\\none\\r\\n'\nZero length chunk ignored\n"
                  "send: b'3\\r\\ntwo\\r\\n'\n" LAST},
    {post_pipe, "Unable to determine size of <file>\n" CHUNKED "reading a readable\n"
                "send: b'5\\r\\nhello\\r\\n'\n" LAST},
    {post_bytes, HEAD("Content-Length: 4") "send: b\"it's\"\n"},
    {post_no_bytes, HEAD("Content-Length: 0") "Zero length chunk ignored\n"},
    {send_callback, HEAD("Content-Length: 6") "send: <callback>\nsending a readable\n"},
    {send_pieces, HEAD("Content-Length: 6") "send: <pieces>\n"},
    {send_chunks, CHUNKED "send: b'5\\r\\nhello\\r\\n'\n" LAST},
    {get_garbage, "send: b'GET / HTTP/1.1\\r\\nHost: h\\r\\n"
                  "Accept-Encoding: identity\\r\\n\\r\\n'\n"
                  "reply: 'garbage\\r\\n'\n"},
};

static void begin_body(bool stutters) {
    memset(&peer_of_bodies, 0, sizeof peer_of_bodies);
    peer_of_bodies.stutters = stutters;
    peer_of_bodies.parts = three_parts;
}

/* The same, and each line once, however often a call has to be repeated. */
static void bodies_on_standard_output(void) {
    char text[4096];
    size_t i;

    for (i = 0; i < 2 * sizeof bodies / sizeof *bodies; i++) {
        hc_conn *conn;
        printed to;

        begin_body(i % 2 != 0);
        conn = connect_sink(&peer_of_bodies);
        CHECK_INT(hc_conn_set_debuglevel(conn, 1), HC_OK);
        to = print_to_file();
        bodies[i / 2].work(conn);
        print_again(to, text, sizeof text);
        CHECK_STR(text, bodies[i / 2].text);
        CHECK_INT(hc_conn_free(conn), HC_OK);
    }
}

/* What goes out is told whole, in its blocks, to a function. */
static void bodies_to_a_function(void) {
    size_t i;

    for (i = 0; i < 2 * sizeof bodies / sizeof *bodies; i++) {
        static log seen;
        hc_conn *conn;

        memset(&seen, 0, sizeof seen);
        begin_body(i % 2 != 0);
        conn = connect_sink(&peer_of_bodies);
        CHECK_INT(hc_conn_set_trace(conn, write_log, &seen), HC_OK);
        bodies[i / 2].work(conn);
        CHECK_MEM(seen.text, seen.len, peer_of_bodies.sent, peer_of_bodies.len);
        CHECK_INT(hc_conn_free(conn), HC_OK);
    }
}

/* What could not be sent was shown, as by http.client; what would have come after it was not. */
static void a_body_that_fails(void) {
    char text[4096];
    hc_conn *conn;
    printed to;

    begin_body(false);
    peer_of_bodies.fails = true;
    conn = connect_sink(&peer_of_bodies);
    CHECK_INT(hc_conn_set_debuglevel(conn, 1), HC_OK);
    to = print_to_file();
    post_measured_callback(conn);
    print_again(to, text, sizeof text);
    CHECK_STR(text, HEAD("Content-Length: 6"));
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(of_one_exchange),
        TEST(heads_and_tunnels),
        TEST(on_standard_output),
        TEST(debug_levels),
        TEST(bodies_on_standard_output),
        TEST(bodies_to_a_function),
        TEST(a_body_that_fails),
    };
    return RUN_TESTS(tests, argc, argv);
}
