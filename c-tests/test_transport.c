/* Custom transports: a peer in memory that blocks, would block, dribbles, and fails. */
#define _POSIX_C_SOURCE 200809L

#include "tls_client.h"

#include <errno.h>
#include <time.h>

/* A stream in memory. Reading gives the script's bytes, writing collects what was sent. */
typedef struct {
    const char *input;
    size_t input_len;
    size_t at;
    size_t piece;      /* bytes at a time, 0 for any number */
    bool stutters;     /* would block before each byte either way */
    bool ready;        /* the stutter is over */
    size_t write_room; /* bytes that are taken before would-block */
    int64_t at_the_end;
    int64_t write_failure;
    bool noisy;
    char sent[4096];
    size_t sent_len;
    int closed;
    hc_conn *conn; /* called back into, if not NULL */
    int busy;
} memory;

static void start_memory(memory *peer, const char *input) {
    memset(peer, 0, sizeof *peer);
    peer->input = input;
    peer->input_len = strlen(input);
    peer->write_room = (size_t)-1;
}

/* Every call on the connection from inside one of its functions is refused. */
static void call_back(memory *peer) {
    if (peer->conn != NULL) {
        peer->busy += hc_conn_close(peer->conn) == HC_ERR_BUSY;
        peer->busy += hc_conn_free(peer->conn) == HC_ERR_BUSY;
        peer->busy += hc_conn_state(peer->conn) == -1;
    }
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

static int64_t read_memory(void *context, void *buffer, size_t capacity) {
    memory *peer = context;
    size_t count = least(capacity, peer->input_len - peer->at);

    CHECK(capacity > 0);
    CHECK_INT(peer->closed, 0);
    call_back(peer);
    errno = EPERM;
    if (peer->stutters && !(peer->ready = !peer->ready)) {
        return HC_IO_WOULD_BLOCK;
    }
    if (count == 0) {
        return peer->at_the_end;
    }
    if (peer->piece > 0) {
        count = least(count, peer->piece);
    }
    memcpy(buffer, peer->input + peer->at, count);
    peer->at += count;
    return (int64_t)count;
}

static int64_t write_memory(void *context, const void *data, size_t len) {
    memory *peer = context;
    size_t count = least(len, sizeof peer->sent - peer->sent_len);

    CHECK(len > 0);
    CHECK_INT(peer->closed, 0);
    call_back(peer);
    if (peer->write_failure != 0) {
        return peer->write_failure;
    }
    if (peer->stutters && !(peer->ready = !peer->ready)) {
        return HC_IO_WOULD_BLOCK;
    }
    if (peer->piece > 0) {
        count = least(count, peer->piece);
    }
    count = least(count, peer->write_room);
    if (count == 0) {
        return HC_IO_WOULD_BLOCK;
    }
    peer->write_room -= count;
    memcpy(peer->sent + peer->sent_len, data, count);
    peer->sent_len += count;
    return (int64_t)count;
}

static bool memory_is_quiet(void *context) {
    memory *peer = context;

    call_back(peer);
    return !peer->noisy;
}

static void close_memory(void *context) { ((memory *)context)->closed++; }

static hc_transport functions_of(memory *peer) {
    hc_transport functions;

    memset(&functions, 0, sizeof functions);
    functions.size = sizeof functions;
    functions.context = peer;
    functions.read = read_memory;
    functions.write = write_memory;
    functions.quiet = memory_is_quiet;
    functions.close = close_memory;
    functions.fd = -1;
    return functions;
}

static hc_conn *connect_memory(memory *peer) {
    hc_transport functions = functions_of(peer);
    hc_conn *conn = NULL;

    CHECK_INT(hc_conn_new_with_transport(&functions, "uart", HC_PORT_DEFAULT, &conn), HC_OK);
    /* The struct was copied. */
    memset(&functions, 0xff, sizeof functions);
    return conn;
}

static const char head[] = "GET / HTTP/1.1\r\nHost: uart\r\nAccept-Encoding: identity\r\n\r\n";

#define ANSWERS                                                                               \
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"      \
    "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nxyz" \
    "HTTP/1.0 200 OK\r\n\r\nrest"

static void blocking(void) {
    static memory peer;
    hc_conn *conn;

    start_memory(&peer, ANSWERS);
    conn = connect_memory(&peer);
    CHECK_INT(hc_conn_fileno(conn), -1);
    peer.piece = 1;
    CHECK_GET(conn, "/", 200, "abcde");
    CHECK_MEM(peer.sent, peer.sent_len, head, strlen(head));
    CHECK_GET(conn, "/", 200, "xyz");
    CHECK_GET(conn, "/", 200, "rest");
    CHECK_INT(peer.closed, 1);
    CHECK_INT(send_get(conn, "/"), HC_ERR_NOT_CONNECTED);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(peer.closed, 1);
}

/* Repeats a call for as long as it would block. A response that has taken the stream over leaves the
 * connection nothing to wait for. */
#define AGAIN(call, times)                                          \
    while (((code) = (call)) == HC_WOULD_BLOCK && (times)++ < 10000) \
    CHECK(hc_conn_interest(conn) != 0 || !hc_conn_is_open(conn))

static void would_block_before_every_byte(void) {
    static memory peer;
    static const char *const bodies[] = {"abcde", "xyz", "rest"};
    hc_conn *conn;
    hc_error code;
    size_t i;

    start_memory(&peer, ANSWERS);
    conn = connect_memory(&peer);
    peer.piece = 1;
    peer.stutters = true;
    for (i = 0; i < 3; i++) {
        hc_response *response = NULL;
        char body[16];
        size_t have = 0;
        size_t count = 1;
        int waits = 0;

        AGAIN(hc_request(conn, "POST", "/", NULL, "body", 4), waits);
        REQUIRE(CHECK_INT(code, HC_OK));
        AGAIN(hc_getresponse(conn, &response), waits);
        REQUIRE(CHECK_INT(code, HC_OK));
        while (count > 0) {
            AGAIN(hc_response_read(response, body + have, sizeof body - have, &count), waits);
            REQUIRE(CHECK_INT(code, HC_OK));
            have += count;
        }
        CHECK_MEM(body, have, bodies[i], strlen(bodies[i]));
        CHECK(waits > 50);
        CHECK_INT(hc_response_free(response), HC_OK);
    }
    CHECK_INT(peer.at, peer.input_len);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(peer.closed, 1);
}

/* The same, the whole body gathered by repeating one call. */
static void read_all_is_repeated(void) {
    static memory peer;
    hc_response *response = NULL;
    const char *body = NULL;
    size_t len = 0;
    int waits = 0;
    hc_error code;
    hc_conn *conn;

    start_memory(&peer, ANSWERS);
    conn = connect_memory(&peer);
    peer.piece = 1;
    CHECK_INT(send_get(conn, "/"), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_OK);
    peer.stutters = true;
    AGAIN(hc_response_read_all(response, 100, &body, &len), waits);
    CHECK_INT(code, HC_OK);
    CHECK_MEM(body, len, "abcde", 5);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

/* A little at a time of a body of megabytes: the work must not grow with what was received already. */
static void read_all_of_much_by_little(void) {
    enum { SIZE = 8 << 20, PIECE = 512 };
    static const char start[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
    static memory peer;
    char *input = malloc(SIZE + sizeof start);
    hc_response *response;
    const char *body = NULL;
    size_t len = 0;
    hc_error code;
    hc_conn *conn;
    time_t begun = time(NULL);

    REQUIRE(input != NULL);
    memset(input, 'x', SIZE + sizeof start - 1);
    input[SIZE + sizeof start - 1] = '\0';
    memcpy(input, start, strlen(start));
    start_memory(&peer, input);
    conn = connect_memory(&peer);
    response = get(conn, "/");
    peer.piece = PIECE;
    peer.stutters = true;
    while ((code = hc_response_read_all(response, (size_t)-1, &body, &len)) == HC_WOULD_BLOCK) {
    }
    CHECK_INT(code, HC_OK);
    CHECK_INT(len, SIZE);
    CHECK(time(NULL) - begun < 20);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    free(input);
}

/* Another call in between must not put its bytes into the request that is half-way out. */
static void other_calls_before_the_repetition(void) {
    static memory peer;
    hc_response *response = NULL;
    hc_conn *conn;

    start_memory(&peer, "HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n");
    conn = connect_memory(&peer);
    peer.write_room = 10;
    CHECK_INT(send_get(conn, "/"), HC_WOULD_BLOCK);
    CHECK_INT(hc_conn_interest(conn), HC_INTEREST_WRITE);
    CHECK_INT(hc_send(conn, "x", 1), HC_ERR_CANNOT_SEND_REQUEST);
    CHECK_INT(hc_endheaders(conn, "x", 1, false), HC_ERR_CANNOT_SEND_HEADER);
    CHECK_INT(hc_putrequest(conn, "GET", "/b", false, false), HC_ERR_CANNOT_SEND_REQUEST);
    CHECK_INT(hc_putheader(conn, "A", "b"), HC_ERR_CANNOT_SEND_HEADER);
    CHECK_INT(hc_conn_state(conn), HC_STATE_REQUEST_SENT);
    /* Nor is it repeated with another body. */
    CHECK_INT(hc_request(conn, "GET", "/", NULL, "x", 1), HC_ERR_INVALID_ARGUMENT);
    peer.write_room = 1000;
    CHECK_INT(send_get(conn, "/"), HC_OK);
    CHECK_MEM(peer.sent, peer.sent_len, head, strlen(head));
    CHECK_INT(hc_getresponse(conn, &response), HC_OK);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_conn_free(conn), HC_OK);

    /* And a piece that is half-way out must not swallow a request. */
    start_memory(&peer, "");
    conn = connect_memory(&peer);
    peer.write_room = 1;
    CHECK_INT(hc_send(conn, "abc", 3), HC_WOULD_BLOCK);
    CHECK_INT(send_get(conn, "/"), HC_ERR_CANNOT_SEND_REQUEST);
    CHECK_INT(hc_putrequest(conn, "GET", "/", false, false), HC_ERR_CANNOT_SEND_REQUEST);
    peer.write_room = 1000;
    CHECK_INT(hc_send(conn, "abc", 3), HC_OK);
    CHECK_MEM(peer.sent, peer.sent_len, "abc", 3);
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

/* As in http.client, send() sends at any time; what putrequest has begun stays whole. */
static void sending_before_the_head_has_ended(void) {
    static memory peer;
    hc_conn *conn;

    start_memory(&peer, "");
    conn = connect_memory(&peer);
    CHECK_INT(hc_putrequest(conn, "GET", "/", false, false), HC_OK);
    CHECK_INT(hc_send(conn, "x", 1), HC_OK);
    CHECK_MEM(peer.sent, peer.sent_len, "x", 1);
    CHECK_INT(hc_endheaders(conn, NULL, 0, false), HC_OK);
    CHECK_MEM(peer.sent + 1, peer.sent_len - 1, head, strlen(head));
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

/* After an answer that came before the body was sent whole, nothing more goes over that stream. */
static void answer_before_the_whole_body(void) {
    static memory peer;
    hc_response *response = NULL;
    size_t sent;
    hc_conn *conn;

    start_memory(&peer, "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
    conn = connect_memory(&peer);
    CHECK_INT(hc_putrequest(conn, "POST", "/", false, false), HC_OK);
    CHECK_INT(hc_putheader(conn, "Content-Length", "10"), HC_OK);
    CHECK_INT(hc_endheaders(conn, NULL, 0, false), HC_OK);
    CHECK_INT(hc_send(conn, "abc", 3), HC_OK);
    sent = peer.sent_len;
    CHECK_INT(hc_getresponse(conn, &response), HC_OK);
    CHECK(hc_response_will_close(response));
    CHECK_BODY(response, "");
    CHECK_INT(send_get(conn, "/"), HC_ERR_NOT_CONNECTED);
    CHECK_INT(peer.sent_len, sent);
    CHECK_INT(peer.closed, 1);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

static void failures_keep_their_code(void) {
    static memory peer;
    hc_response *response = NULL;
    char buffer[8];
    size_t count;
    hc_conn *conn;

    start_memory(&peer, "");
    conn = connect_memory(&peer);
    peer.write_failure = -42;
    errno = 5;
    CHECK_INT(send_get(conn, "/"), HC_ERR_TRANSPORT);
    CHECK_INT(errno, 5);
    CHECK_INT(conn_detail(conn).os_error, -42);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(peer.closed, 1);

    start_memory(&peer, "HTTP/1.1 2");
    conn = connect_memory(&peer);
    peer.at_the_end = -1234567;
    CHECK_INT(send_get(conn, "/"), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_ERR_TRANSPORT);
    CHECK_INT(conn_detail(conn).os_error, -1234567);
    CHECK_INT(conn_detail(conn).retry, HC_RETRY_RESPONSE_STARTED);
    CHECK_INT(peer.closed, 1);
    CHECK_INT(hc_conn_free(conn), HC_OK);

    start_memory(&peer, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
    conn = connect_memory(&peer);
    peer.at_the_end = -7;
    response = get(conn, "/");
    CHECK_INT(hc_response_read(response, buffer, sizeof buffer, &count), HC_OK);
    CHECK_INT(count, 3);
    CHECK_INT(hc_response_read(response, buffer, sizeof buffer, &count), HC_ERR_TRANSPORT);
    CHECK_INT(count, 0);
    CHECK_INT(response_detail(response).os_error, -7);
    CHECK_INT(response_detail(response).received, 3);
    CHECK_INT(response_detail(response).expected, 6);
    /* It does not heal. */
    CHECK_INT(hc_response_read(response, buffer, sizeof buffer, &count), HC_ERR_TRANSPORT);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(peer.closed, 1);
}

static int64_t claim_too_much(void *context, void *buffer, size_t capacity) {
    (void)context;
    (void)buffer;
    return (int64_t)capacity + 1;
}

static int64_t claim_too_much_written(void *context, const void *data, size_t len) {
    (void)context;
    (void)data;
    return (int64_t)len + 1;
}

static int64_t take_nothing(void *context, const void *data, size_t len) {
    (void)context;
    (void)data;
    (void)len;
    return 0;
}

static void functions_that_lie(void) {
    static memory peer;
    hc_transport functions;
    hc_response *response = NULL;
    hc_conn *conn = NULL;

    start_memory(&peer, "");
    functions = functions_of(&peer);
    functions.read = claim_too_much;
    REQUIRE(hc_conn_new_with_transport(&functions, "h", 80, &conn) == HC_OK);
    CHECK_INT(send_get(conn, "/"), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_ERR_TRANSPORT);
    CHECK_INT(hc_conn_free(conn), HC_OK);

    functions.write = claim_too_much_written;
    REQUIRE(hc_conn_new_with_transport(&functions, "h", 80, &conn) == HC_OK);
    CHECK_INT(send_get(conn, "/"), HC_ERR_TRANSPORT);
    CHECK_INT(hc_conn_free(conn), HC_OK);

    functions.write = take_nothing;
    REQUIRE(hc_conn_new_with_transport(&functions, "h", 80, &conn) == HC_OK);
    CHECK_INT(send_get(conn, "/"), HC_ERR_TRANSPORT);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(peer.closed, 3);
}

static void not_quiet(void) {
    static memory peer;
    size_t sent;
    hc_conn *conn;

    start_memory(&peer, "HTTP/1.1 204 OK\r\n\r\n");
    conn = connect_memory(&peer);
    CHECK_GET(conn, "/", 204, "");
    sent = peer.sent_len;
    peer.noisy = true;
    CHECK_INT(send_get(conn, "/"), HC_ERR_NOT_CONNECTED);
    CHECK_INT(peer.sent_len, sent);
    CHECK_INT(peer.closed, 1);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(peer.closed, 1);
}

static void re_entry_is_busy(void) {
    static memory peer;
    hc_conn *conn;

    start_memory(&peer, "HTTP/1.1 204 OK\r\n\r\nHTTP/1.1 204 OK\r\n\r\n");
    conn = connect_memory(&peer);
    peer.piece = 1;
    peer.conn = conn;
    CHECK_GET(conn, "/", 204, "");
    CHECK_GET(conn, "/", 204, "");
    /* Three calls in each of: every write, every read, and the look before the second request. */
    CHECK_INT(peer.busy, 3 * (2 * (strlen(head) + strlen("HTTP/1.1 204 OK\r\n\r\n")) + 1));
    peer.conn = NULL;
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(peer.closed, 1);
}

/* Whoever is last closes; never twice, never not at all. */
static void closed_once(void) {
    static memory peer;
    hc_response *response;
    hc_conn *conn;

    start_memory(&peer, "");
    conn = connect_memory(&peer);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(peer.closed, 1);

    start_memory(&peer, "");
    conn = connect_memory(&peer);
    CHECK_INT(hc_conn_connect(conn), HC_OK);
    CHECK_INT(hc_conn_close(conn), HC_OK);
    CHECK_INT(peer.closed, 1);
    CHECK_INT(hc_conn_connect(conn), HC_ERR_NOT_CONNECTED);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(peer.closed, 1);

    start_memory(&peer, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
    conn = connect_memory(&peer);
    peer.piece = 1;
    response = get(conn, "/");
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(peer.closed, 0);
    CHECK_BODY(response, "abc");
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(peer.closed, 1);

    start_memory(&peer, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
    conn = connect_memory(&peer);
    response = get(conn, "/");
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(peer.closed, 1);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(peer.closed, 1);
}

static void arguments(void) {
    static memory peer;
    hc_transport functions;
    hc_conn *conn = (hc_conn *)&peer;

    start_memory(&peer, "");
    functions = functions_of(&peer);
    CHECK_INT(hc_conn_new_with_transport(NULL, "h", 80, &conn), HC_ERR_INVALID_ARGUMENT);
    CHECK(conn == NULL);
    CHECK_INT(hc_conn_new_with_transport(&functions, "h", 80, NULL), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_new_with_transport(&functions, NULL, 80, &conn), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_new_with_transport(&functions, "h", 0, &conn), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(hc_conn_new_with_transport(&functions, "h", 65536, &conn), HC_ERR_INVALID_ARGUMENT);
    functions.size = 0;
    CHECK_INT(hc_conn_new_with_transport(&functions, "h", 80, &conn), HC_ERR_INVALID_ARGUMENT);
    functions = functions_of(&peer);
    functions.read = NULL;
    CHECK_INT(hc_conn_new_with_transport(&functions, "h", 80, &conn), HC_ERR_INVALID_ARGUMENT);
    functions = functions_of(&peer);
    functions.write = NULL;
    CHECK_INT(hc_conn_new_with_transport(&functions, "h", 80, &conn), HC_ERR_INVALID_ARGUMENT);
    functions = functions_of(&peer);
    CHECK_INT(hc_conn_new_with_transport(&functions, "a b", 80, &conn), HC_ERR_INVALID_URL);
    /* The transport is still the program's. */
    CHECK_INT(peer.closed, 0);
    /* What may be absent. */
    functions.quiet = NULL;
    functions.close = NULL;
    functions.fd = 99;
    start_memory(&peer, "HTTP/1.1 204 OK\r\n\r\n");
    REQUIRE(hc_conn_new_with_transport(&functions, "h", 80, &conn) == HC_OK);
    CHECK_GET(conn, "/", 204, "");
    CHECK_INT(hc_conn_fileno(conn), 99);
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

/* --- Writing several parts at once ----------------------------------------------------------------- */

/* A peer that takes parts: as much as `take` of them at a time, with what is counted of the calls. */
typedef struct {
    memory peer;
    size_t take;
    int64_t answer; /* instead, if not 0 */
    int together;   /* calls of writev */
    int alone;      /* calls of write */
    size_t most_parts;
} gatherer;

static int64_t gather(void *context, const hc_slice *parts, size_t count) {
    gatherer *it = context;
    size_t left = it->take;
    size_t i;

    it->together++;
    it->most_parts = count > it->most_parts ? count : it->most_parts;
    CHECK(count >= 2 && count <= 4);
    if (it->answer != 0) {
        return it->answer;
    }
    for (i = 0; i < count; i++) {
        size_t part = least(left, parts[i].len);

        CHECK(parts[i].len > 0 && parts[i].data != NULL);
        memcpy(it->peer.sent + it->peer.sent_len, parts[i].data, part);
        it->peer.sent_len += part;
        left -= part;
    }
    return left == it->take ? HC_IO_WOULD_BLOCK : (int64_t)(it->take - left);
}

static int64_t write_alone(void *context, const void *data, size_t len) {
    gatherer *it = context;

    it->alone++;
    return write_memory(&it->peer, data, len);
}

static hc_conn *connect_gatherer(gatherer *it, const char *input) {
    hc_transport functions;
    hc_conn *conn = NULL;

    memset(it, 0, sizeof *it);
    start_memory(&it->peer, input);
    it->take = (size_t)-1;
    functions = functions_of(&it->peer);
    functions.write = write_alone;
    functions.writev = gather;
    CHECK_INT(hc_conn_new_with_transport(&functions, "uart", HC_PORT_DEFAULT, &conn), HC_OK);
    return conn;
}

/* Large enough not to be copied behind the head. */
static char content[3000];

static const char post_head[] = "POST / HTTP/1.1\r\nHost: uart\r\nAccept-Encoding: identity\r\n"
                                "Content-Length: 3000\r\n\r\n";

static hc_error post(hc_conn *conn) {
    return hc_request(conn, "POST", "/", NULL, content, sizeof content);
}

/* Head and body, whole and in this order, and nothing behind them. */
static void check_post(const memory *peer) {
    size_t len = strlen(post_head);

    REQUIRE(CHECK_INT(peer->sent_len, len + sizeof content));
    CHECK_MEM(peer->sent, len, post_head, len);
    CHECK_MEM(peer->sent + len, sizeof content, content, sizeof content);
}

static void head_and_body_in_one_call(void) {
    static gatherer it;
    hc_conn *conn = connect_gatherer(&it, "HTTP/1.1 204 OK\r\n\r\n");
    hc_response *response = NULL;

    memset(content, 'c', sizeof content);
    CHECK_INT(post(conn), HC_OK);
    CHECK_INT(it.together, 1);
    CHECK_INT(it.alone, 0);
    CHECK_INT(it.most_parts, 2);
    check_post(&it.peer);
    CHECK_INT(hc_getresponse(conn, &response), HC_OK);
    CHECK_INT(hc_response_free(response), HC_OK);
    /* One part goes by write. */
    it.peer.at = 0;
    CHECK_GET(conn, "/", 204, "");
    CHECK_INT(it.together, 1);
    CHECK_INT(it.alone, 1);
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

/* Whatever the first call takes, and however little each takes: nothing is lost or sent twice. */
static void short_counts_everywhere(void) {
    static gatherer it;
    const size_t whole = strlen(post_head) + sizeof content;
    size_t take;

    memset(content, 'c', sizeof content);
    for (take = 1; take < whole; take += take < strlen(post_head) + 10 ? 1 : 97) {
        hc_conn *conn = connect_gatherer(&it, "");
        hc_error code;
        int calls = 0;

        it.take = take;
        do {
            code = post(conn);
            /* Not ready in between. */
            it.take = calls++ % 2 == 0 ? 0 : take;
            it.peer.write_room = it.take;
            CHECK(code == HC_OK || hc_conn_interest(conn) == HC_INTEREST_WRITE);
        } while (code == HC_WOULD_BLOCK && calls < 10000);
        CHECK_INT(code, HC_OK);
        check_post(&it.peer);
        CHECK_INT(hc_conn_free(conn), HC_OK);
        CHECK_INT(it.peer.closed, 1);
    }
}

static void gathering_that_fails(void) {
    static gatherer it;
    const int64_t lie = (int64_t)(strlen(post_head) + sizeof content) + 1;
    const int64_t answers[] = {-42, lie, INT64_MAX, INT64_MIN};
    size_t i;

    for (i = 0; i < sizeof answers / sizeof *answers; i++) {
        hc_conn *conn = connect_gatherer(&it, "");

        it.answer = answers[i];
        CHECK_INT(post(conn), HC_ERR_TRANSPORT);
        CHECK_INT(conn_detail(conn).os_error, i == 0 ? -42 : i == 3 ? INT32_MIN : 0);
        CHECK_INT(it.together, 1);
        CHECK_INT(it.alone, 0);
        CHECK_INT(hc_conn_free(conn), HC_OK);
    }
}

/* A program that was compiled before there was a writev has a shorter struct. */
static void without_writev(void) {
    static gatherer it;
    hc_transport functions;
    hc_conn *conn = NULL;

    memset(&it, 0, sizeof it);
    start_memory(&it.peer, "");
    functions = functions_of(&it.peer);
    functions.write = write_alone;
    functions.writev = gather;
    functions.size = offsetof(hc_transport, writev) - 1;
    CHECK_INT(hc_conn_new_with_transport(&functions, "uart", HC_PORT_DEFAULT, &conn),
              HC_ERR_INVALID_ARGUMENT);
    functions.size = offsetof(hc_transport, writev);
    CHECK_INT(hc_conn_new_with_transport(&functions, "uart", HC_PORT_DEFAULT, &conn), HC_OK);
    CHECK_INT(post(conn), HC_OK);
    CHECK_INT(it.together, 0);
    CHECK_INT(it.alone, 2);
    check_post(&it.peer);
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

/* A write that fails once, after as many calls, and would then go on as if nothing had been. */
typedef struct {
    memory peer;
    int calls;
    int fails_at;
} breaker;

static int64_t write_until_broken(void *context, const void *data, size_t len) {
    breaker *it = context;

    return ++it->calls == it->fails_at ? -42 : write_memory(&it->peer, data, len);
}

/* The head was taken whole, and the body failed: that must not be forgotten. */
static void a_failure_between_two_parts(void) {
    static breaker it;
    int fails_at;

    memset(content, 'c', sizeof content);
    for (fails_at = 1; fails_at <= 2; fails_at++) {
        hc_transport functions;
        hc_conn *conn = NULL;

        memset(&it, 0, sizeof it);
        start_memory(&it.peer, "");
        it.fails_at = fails_at;
        functions = functions_of(&it.peer);
        functions.write = write_until_broken;
        CHECK_INT(hc_conn_new_with_transport(&functions, "uart", HC_PORT_DEFAULT, &conn), HC_OK);
        CHECK_INT(post(conn), HC_ERR_TRANSPORT);
        CHECK_INT(conn_detail(conn).os_error, -42);
        CHECK_INT(conn_detail(conn).retry,
                  fails_at == 1 ? HC_RETRY_NOT_SENT : HC_RETRY_MAYBE_PROCESSED);
        /* Nobody was asked again. */
        CHECK_INT(it.calls, fails_at);
        CHECK_INT(it.peer.sent_len, fails_at == 1 ? 0 : strlen(post_head));
        CHECK_INT(hc_conn_free(conn), HC_OK);
    }
}

/* --- Over a socket of the program ------------------------------------------------------------------ */

/* Goes through routes with every framing. */
static void take_routes(hc_conn *conn) {
    static const char *const routes[] = {"/",           "/bytes/300",  "/bytes/300?chunked=7",
                                         "/interim",    "/trailers",   "/headers/9",
                                         "/status/204", "/status/404", "/close?size=99"};
    size_t i;

    for (i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        hc_response *response = get(conn, routes[i]);
        const char *body;
        size_t len;

        CHECK_INT(hc_conn_interest(conn), 0);
        if (!CHECK_INT(hc_response_read_all(response, 1 << 20, &body, &len), HC_OK)) {
            puts(routes[i]);
        }
        CHECK(strncmp(routes[i], "/bytes/300", 10) != 0 || len == 300);
        CHECK_INT(hc_response_free(response), HC_OK);
    }
}

static void over_a_socket(void) {
    server *peer = server_serve(NULL);
    hc_transport functions;
    hc_conn *conn = NULL;

    REQUIRE(connect_transport(server_port(peer), &functions));
    CHECK_INT(hc_conn_new_with_transport(&functions, "127.0.0.1", server_port(peer), &conn), HC_OK);
    take_routes(conn);
    CHECK_INT(send_get(conn, "/"), HC_ERR_NOT_CONNECTED);
    end(conn, peer);
}

static void tls_over_a_socket(void) {
    server *peer = serve("server");
    hc_tls_config *config = built(trusting());
    hc_transport functions;
    hc_conn *conn = NULL;

    REQUIRE(connect_transport(server_port(peer), &functions));
    CHECK_INT(hc_conn_new_with_transport(&functions, "localhost", HC_PORT_DEFAULT, &conn), HC_OK);
    CHECK_INT(hc_conn_set_tls(conn, config), HC_OK);
    CHECK_INT(hc_tls_config_free(config), HC_OK);
    CHECK_INT(hc_conn_port(conn), 443);
    CHECK_INT(hc_conn_connect(conn), HC_OK);
    CHECK_INT(hc_conn_set_tls(conn, NULL), HC_ERR_STATE);
    CHECK_STR(hc_conn_tls_peer_name(conn, NULL), "localhost");
    take_routes(conn);
    end(conn, peer);
}

/* The farewell of TLS goes through the program's write, before its close. */
static int64_t (*write_below)(void *, const void *, size_t);
static void (*close_below)(void *);
static unsigned char last_type;
static bool closed_below;

static int64_t watch_write(void *context, const void *data, size_t len) {
    CHECK(!closed_below);
    last_type = *(const unsigned char *)data;
    return write_below(context, data, len);
}

static void watch_close(void *context) {
    closed_below = true;
    close_below(context);
}

static void tls_says_goodbye_when_freed(void) {
    server *peer = serve("server");
    hc_tls_builder *builder = trusting();
    hc_tls_config *config;
    hc_transport functions;
    hc_conn *conn = NULL;

    /* There its record says that it is an alert, 21. */
    CHECK_INT(hc_tls_builder_set_versions(builder, HC_TLS_1_2, HC_TLS_1_2), HC_OK);
    config = built(builder);
    REQUIRE(connect_transport(server_port(peer), &functions));
    write_below = functions.write;
    close_below = functions.close;
    functions.write = watch_write;
    functions.close = watch_close;
    closed_below = false;
    CHECK_INT(hc_conn_new_with_transport(&functions, "localhost", HC_PORT_DEFAULT, &conn), HC_OK);
    CHECK_INT(hc_conn_set_tls(conn, config), HC_OK);
    CHECK_INT(hc_tls_config_free(config), HC_OK);
    CHECK_GET(conn, "/bytes/0", 200, "");
    last_type = 0;
    CHECK_INT(hc_conn_free(conn), HC_OK);
    /* It was tried; what is not taken at once is not sent. */
    CHECK_INT(last_type, 21);
    CHECK(closed_below);
    server_finish(peer);
}

static void tls_where_it_cannot_be(void) {
    static memory peer;
    hc_conn *conn = NULL;

    CHECK_INT(hc_conn_set_tls(NULL, NULL), HC_ERR_INVALID_ARGUMENT);
    REQUIRE(hc_conn_new("h", 80, &conn) == HC_OK);
    CHECK_INT(hc_conn_set_tls(conn, NULL), HC_ERR_UNSUPPORTED);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(hc_conn_set_tls(conn, NULL), HC_ERR_INVALID_HANDLE);
    start_memory(&peer, "");
    conn = connect_memory(&peer);
    CHECK_INT(hc_conn_set_tls(conn, (const hc_tls_config *)(const void *)conn), HC_ERR_INVALID_HANDLE);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(peer.closed, 1);
}

static void deadlines_and_cancels_reach_transports(void) {
    static memory peer;
    hc_cancel_handle *cancel = NULL;
    hc_conn *conn;
    int opened;

    CHECK_INT(hc_cancel_new(&cancel), HC_OK);
    CHECK_INT(hc_cancel(cancel), HC_OK);
    for (opened = 0; opened < 2; opened++) {
        start_memory(&peer, "HTTP/1.1 204 OK\r\n\r\n");
        conn = connect_memory(&peer);
        CHECK_INT(opened ? hc_conn_connect(conn) : HC_OK, HC_OK);
        CHECK_INT(hc_conn_set_deadline(conn, 0), HC_OK);
        CHECK_INT(send_get(conn, "/"), HC_ERR_DEADLINE);
        CHECK_INT(peer.sent_len, 0);
        CHECK_INT(hc_conn_free(conn), HC_OK);

        start_memory(&peer, "HTTP/1.1 204 OK\r\n\r\n");
        conn = connect_memory(&peer);
        CHECK_INT(opened ? hc_conn_connect(conn) : HC_OK, HC_OK);
        CHECK_INT(hc_conn_set_cancel(conn, cancel), HC_OK);
        CHECK_INT(send_get(conn, "/"), HC_ERR_CANCELLED);
        CHECK_INT(peer.sent_len, 0);
        CHECK_INT(hc_conn_free(conn), HC_OK);
        CHECK_INT(peer.closed, 1);
    }
    CHECK_INT(hc_cancel_free(cancel), HC_OK);
}

/* --- Secured by the program --------------------------------------------------------------------- */

static void secured_already(void) {
    static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    memory peer;
    hc_conn *conn = NULL;
    hc_response *response = NULL;
    hc_transport functions;

    memset(&peer, 0, sizeof peer);
    peer.input = ok;
    peer.input_len = strlen(ok);
    peer.write_room = sizeof peer.sent;
    functions = functions_of(&peer);
    CHECK_INT(hc_conn_new_with_transport(&functions, "h.test", HC_PORT_DEFAULT, &conn), HC_OK);
    CHECK(!hc_conn_has_origin(conn, "https://h.test/"));
    CHECK_INT(hc_conn_set_secured(conn, true), HC_OK);
    CHECK_INT(hc_conn_port(conn), 443);
    CHECK(hc_conn_has_origin(conn, "https://h.test/"));
    CHECK_INT(hc_conn_set_secured(conn, false), HC_OK);
    CHECK_INT(hc_conn_port(conn), 80);
    CHECK_INT(hc_conn_set_secured(conn, true), HC_OK);
    CHECK_INT(hc_request_url(conn, "GET", "https://h.test/a?b", NULL, NULL, 0), HC_OK);
    CHECK_INT(hc_conn_set_secured(conn, true), HC_ERR_STATE);
    CHECK_INT(hc_getresponse(conn, &response), HC_OK);
    CHECK_STR(hc_response_url(response, NULL), "https://h.test/a?b");
    CHECK_INT(strncmp(peer.sent, "GET /a?b HTTP/1.1\r\nHost: h.test\r\n", 33), 0);
    CHECK(hc_conn_tls_version(conn, NULL) == NULL);
    CHECK_INT(hc_response_free(response), HC_OK);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    /* Another port is shown. */
    CHECK_INT(hc_conn_new_with_transport(&functions, "h.test", 80, &conn), HC_OK);
    peer.at = peer.sent_len = 0;
    peer.closed = 0;
    CHECK_INT(hc_conn_set_secured(conn, true), HC_OK);
    CHECK_INT(hc_conn_port(conn), 443);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(hc_conn_new_unix("/a", "h", &conn), HC_OK);
    CHECK_INT(hc_conn_set_secured(conn, true), HC_ERR_UNSUPPORTED);
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

/* A cut is no end: of a body that runs to the end, and of a head. */
static void a_secured_stream_that_is_cut(void) {
    static const char until_close[] = "HTTP/1.1 200 OK\r\n\r\nhalf";
    memory peer;
    hc_conn *conn = NULL;
    hc_response *response = NULL;
    hc_transport functions;
    char data[16];
    size_t count = 0;
    int lenient;

    for (lenient = 0; lenient < 2; lenient++) {
        memset(&peer, 0, sizeof peer);
        peer.input = until_close;
        peer.input_len = strlen(until_close);
        peer.write_room = sizeof peer.sent;
        peer.at_the_end = HC_IO_TRUNCATED;
        functions = functions_of(&peer);
        CHECK_INT(hc_conn_new_with_transport(&functions, "h.test", HC_PORT_DEFAULT, &conn), HC_OK);
        CHECK_INT(hc_conn_set_secured(conn, true), HC_OK);
        if (lenient) CHECK_INT(hc_conn_set_leniency(conn, HC_LENIENT_TLS_TRUNCATION), HC_OK);
        response = get(conn, "/");
        CHECK_INT(hc_response_read(response, data, sizeof data, &count), HC_OK);
        CHECK_MEM(data, count, "half", 4);
        CHECK_INT(hc_response_read(response, data, sizeof data, &count), lenient ? HC_OK : HC_ERR_INCOMPLETE_READ);
        CHECK_INT(hc_response_free(response), HC_OK);
        CHECK_INT(hc_conn_free(conn), HC_OK);
    }
    peer.at = peer.input_len;
    peer.closed = 0;
    CHECK_INT(hc_conn_new_with_transport(&functions, "h.test", HC_PORT_DEFAULT, &conn), HC_OK);
    CHECK_INT(send_get(conn, "/"), HC_OK);
    CHECK_INT(hc_getresponse(conn, &response), HC_ERR_TLS_TRUNCATED);
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

static int64_t read_slowly(void *context, void *buffer, size_t capacity) {
    struct timespec five_ms = {0, 5 * 1000 * 1000};

    nanosleep(&five_ms, NULL);
    return read_memory(context, buffer, capacity < 5 ? capacity : 5);
}

/* The time of a single read is the transport's own to keep. */
static void a_transport_that_takes_its_time(void) {
    static const char answer[] = "HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                 "2;some extension\r\nok\r\n0\r\nA: b\r\n\r\n";
    memory peer;
    hc_conn *conn = NULL;
    hc_transport functions;

    memset(&peer, 0, sizeof peer);
    peer.input = answer;
    peer.input_len = strlen(answer);
    peer.write_room = sizeof peer.sent;
    functions = functions_of(&peer);
    functions.read = read_slowly;
    CHECK_INT(hc_conn_new_with_transport(&functions, "h.test", HC_PORT_DEFAULT, &conn), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, 1), HC_OK);
    CHECK_GET(conn, "/", 200, "ok");
    CHECK_INT(hc_conn_free(conn), HC_OK);
}

static int64_t leave_it(void *context, const char *host, int32_t port, hc_transport *transport) {
    (void)context, (void)host, (void)port, (void)transport;
    return HC_DIAL_DEFAULT;
}

/* What the library connects is in the clear. */
static void a_dialer_that_leaves_a_secured_connection_to_the_library(void) {
    server *peer = server_start("wait-close\n");
    hc_conn *conn = connect_to(peer);

    CHECK_INT(hc_conn_set_dialer(conn, leave_it, NULL), HC_OK);
    CHECK_INT(hc_conn_set_secured(conn, true), HC_OK);
    CHECK_INT(send_get(conn, "/secret"), HC_ERR_STATE);
    CHECK(!hc_conn_is_open(conn));
    end(conn, peer);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(blocking),
        TEST(would_block_before_every_byte),
        TEST(read_all_is_repeated),
        TEST(read_all_of_much_by_little),
        TEST(other_calls_before_the_repetition),
        TEST(sending_before_the_head_has_ended),
        TEST(answer_before_the_whole_body),
        TEST(failures_keep_their_code),
        TEST(functions_that_lie),
        TEST(not_quiet),
        TEST(re_entry_is_busy),
        TEST(closed_once),
        TEST(arguments),
        TEST(head_and_body_in_one_call),
        TEST(short_counts_everywhere),
        TEST(gathering_that_fails),
        TEST(without_writev),
        TEST(a_failure_between_two_parts),
        TEST(over_a_socket),
        TEST(tls_over_a_socket),
        TEST(tls_says_goodbye_when_freed),
        TEST(tls_where_it_cannot_be),
        TEST(deadlines_and_cancels_reach_transports),
        TEST(a_transport_that_takes_its_time),
        TEST(secured_already),
        TEST(a_secured_stream_that_is_cut),
        TEST_OF_SOCKETS(a_dialer_that_leaves_a_secured_connection_to_the_library),
    };

    return RUN_TESTS_WITH_CERTIFICATES(tests, argc, argv);
}
