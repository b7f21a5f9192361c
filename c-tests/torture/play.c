#include "play.h"

#include <string.h>

/* --- A transport that plays an answer ----------------------------------------------------------- */

/* What the next streams give, one behind the other; the last one again and again. */
static const char *const *answers;
/* What is left of the stream that is open. A form feed stands where it waits for another request. */
static const char *rest;

static int64_t wire_read(void *context, void *buffer, size_t capacity) {
    size_t count = strcspn(rest, "\f");

    (void)context;
    count = count < capacity ? count : capacity;
    memcpy(buffer, rest, count);
    rest += count;
    return (int64_t)count;
}

static int64_t wire_write(void *context, const void *data, size_t len) {
    (void)context;
    note_sent(data, len);
    rest += *rest == '\f';
    return (int64_t)len;
}

static bool wire_is_quiet(void *context) {
    (void)context;
    return *rest == '\f';
}

hc_transport plug(void) {
    hc_transport transport = {0};

    transport.size = sizeof transport;
    transport.read = wire_read;
    transport.write = wire_write;
    transport.quiet = wire_is_quiet;
    transport.fd = -1;
    rest = *answers;
    if (answers[1] != NULL) {
        answers++;
    }
    return transport;
}

int64_t dial(void *context, const char *host, int32_t port, hc_transport *transport) {
    size_t size = transport->size;

    (void)context, (void)host, (void)port;
    *transport = plug();
    transport->size = size;
    return HC_DIAL_DONE;
}

void play(const char *const *list) { answers = list; }

hc_conn *playing(const char *const *list) {
    hc_conn *conn = NULL;

    play(list);
    MUST(hc_conn_new("example.com", 80, &conn));
    MUST(hc_conn_set_dialer(conn, dial, NULL));
    return conn;
}

/* --- Exchanges ---------------------------------------------------------------------------------- */

void exchange(hc_conn *conn, hc_error (*whole)(hc_conn *conn)) {
    const char *const *list = answers;
    hc_error code = whole(conn);

    if (again(code)) {
        EXPECT(hc_conn_close(conn) == HC_OK);
        answers = list;
        code = whole(conn);
    }
    if (code != HC_OK) {
        wrong(hc_error_name(code), __FILE__, __LINE__);
    }
}

void release(hc_conn *conn) { EXPECT(hc_conn_free(conn) == HC_OK); }

void tell(const char *const *list, hc_error (*whole)(hc_conn *conn)) {
    hc_conn *conn = playing(list);

    exchange(conn, whole);
    release(conn);
}

hc_error receive(hc_conn *conn, hc_response **response) {
    hc_error code = hc_getresponse(conn, response);

    return again(code) ? hc_getresponse(conn, response) : code;
}

/* Reads the body whole: so with that. */
static hc_error read_whole(hc_response *response, const char **body, size_t *len) {
    hc_error code = hc_response_read_all(response, (size_t)-1, body, len);

    return again(code) ? hc_response_read_all(response, (size_t)-1, body, len) : code;
}

hc_error fetch(hc_conn *conn, hc_error (*read)(hc_response *response)) {
    hc_response *response = NULL;
    hc_error code;

    TRY(receive(conn, &response));
    EXPECT(hc_response_status(response) == 200);
    code = read(response);
    EXPECT(hc_response_free(response) == HC_OK);
    return code;
}

hc_error read_text(hc_response *response, const char *text) {
    const char *body = NULL;
    size_t len = 0;

    TRY(read_whole(response, &body, &len));
    EXPECT(len == strlen(text) && memcmp(body, text, len) == 0 && body[len] == '\0');
    return HC_OK;
}
