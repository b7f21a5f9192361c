/*
 * memory_transport: a whole exchange without a socket, over a transport of the program's own. Here
 * it is two pieces of memory; it may be a serial line, a channel of another protocol, or a device's
 * own TCP.
 */
#include <httpclient.h>
#include <stdio.h>
#include <string.h>

struct memory {
    const char *answer; /* what is still to be received */
    char sent[512];     /* what was sent */
    size_t sent_len;
};

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

static int64_t memory_read(void *context, void *buffer, size_t capacity) {
    struct memory *memory = context;
    size_t count = least(strlen(memory->answer), capacity);
    memcpy(buffer, memory->answer, count);
    memory->answer += count;
    return (int64_t)count; /* 0 is the end of the stream */
}

static int64_t memory_write(void *context, const void *data, size_t len) {
    struct memory *memory = context;
    size_t count = least(sizeof memory->sent - memory->sent_len, len);
    if (count == 0) {
        return -1; /* any negative number but HC_IO_WOULD_BLOCK: it comes back as os_error */
    }
    memcpy(memory->sent + memory->sent_len, data, count);
    memory->sent_len += count;
    return (int64_t)count;
}

static bool quiet(void *context) {
    (void)context; /* the answer to a request that is still to be sent is no noise */
    return true;
}

int main(void) {
    struct memory memory = {.answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                      "7\r\nHello, \r\n6\r\nworld.\r\n0\r\n\r\n"};
    hc_transport transport = {.size = sizeof transport, .context = &memory, .read = memory_read,
                              .write = memory_write, .quiet = quiet, .fd = -1};
    hc_conn *conn = NULL;
    hc_response *response = NULL;
    const char *body = NULL;
    size_t len = 0;
    hc_error err = hc_conn_new_with_transport(&transport, "device.example", HC_PORT_DEFAULT, &conn);
    if (!err) err = hc_request(conn, "GET", "/greeting", NULL, NULL, 0);
    if (!err) err = hc_getresponse(conn, &response);
    if (!err) err = hc_response_read_all(response, 1 << 20, &body, &len);
    if (err) fprintf(stderr, "%s: %s\n", hc_error_name(err), hc_error_string(err));
    else printf("sent:\n%.*sreceived:\n%s\n", (int)memory.sent_len, memory.sent, body);
    hc_response_free(response);
    hc_conn_free(conn);
    return err != HC_OK;
}
