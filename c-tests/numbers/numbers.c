/* Every number of the interface with values that cannot be, or only just: 0, 1, the greatest, the least. No call may
 * crash, hang, or take memory that nobody has; what it answers is its own affair. The calls are in calls.inc,
 * which generate.py makes of the header.
 *
 * Each call is made in a process of its own, with all kinds of handles at hand, in two states of a connection:
 * idle, and with a response whose body is unread. */
#define _POSIX_C_SOURCE 200809L

#include "httpclient.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS = 60, STATES = 2 };

/* More than any call needs, less than a number can ask for: 256 MiB. */
#define ADDRESS_SPACE ((rlim_t)256 << 20)

static char memory[64];
static const char *const names[] = {"a", "b", NULL};
static const hc_header counted[] = {{"a", 1, "b", 1}};
static const hc_slice slices[] = {{"a", 1}};
static hc_conn *conn;
static hc_response *response;
static hc_stream *stream;
static hc_headers *headers;
static hc_tls_builder *builder;
static hc_tls_config *config;
static hc_cancel_handle *cancel;
static hc_url url;
static hc_error_detail detail;
static hc_timings timings;
static hc_transport transport;
static hc_request_options options;
static struct {
    hc_conn *conn;
    hc_response *response;
    hc_stream *stream;
    hc_headers *headers;
    hc_tls_builder *builder;
    hc_tls_config *config;
    hc_cancel_handle *cancel;
    size_t size;
    int32_t int32;
    const char *text;
    const void *data;
} out;

/* --- What the calls work on --------------------------------------------------------------------- */

static const char *answer;

static int64_t read_answer(void *context, void *buffer, size_t capacity) {
    size_t count = strlen(answer);

    (void)context;
    count = count < capacity ? count : capacity;
    memcpy(buffer, answer, count);
    answer += count;
    return (int64_t)count;
}

static int64_t write_nowhere(void *context, const void *data, size_t len) {
    (void)context, (void)data;
    return (int64_t)len;
}

static int64_t give(void *context, void *buffer, size_t capacity) {
    (void)context, (void)buffer, (void)capacity;
    return 0;
}

static int64_t lend(void *context, const void **piece) {
    (void)context, (void)piece;
    return 0;
}

static void must(hc_error code) {
    if (code != HC_OK) {
        fprintf(stderr, "numbers: %s\n", hc_error_name(code));
        _exit(3);
    }
}

static hc_conn *connect_to(const char *given) {
    hc_conn *made = NULL;

    memset(&transport, 0, sizeof transport);
    transport.size = sizeof transport;
    transport.read = read_answer;
    transport.write = write_nowhere;
    transport.fd = -1;
    answer = given;
    must(hc_conn_new_with_transport(&transport, "a.example", 80, &made));
    return made;
}

static hc_response *fetch(hc_conn *from, const char *const *fields) {
    hc_response *fetched = NULL;

    must(hc_request(from, "GET", "/", fields, NULL, 0));
    must(hc_getresponse(from, &fetched));
    return fetched;
}

static void prepare(int state) {
    static const char *const upgrade[] = {"Connection", "upgrade", "Upgrade", "x", NULL};

    stream = NULL;
    must(hc_response_detach(fetch(connect_to("HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nabc"),
                                  upgrade),
                            &stream));
    must(hc_headers_parse("A: 1\r\nB: 2\r\n\r\n", 14, &headers, NULL));
    must(hc_cancel_new(&cancel));
    builder = NULL;
    if (hc_features() & HC_FEATURE_TLS) {
        must(hc_tls_builder_new(&builder));
        must(hc_tls_builder_build(builder, &config));
        must(hc_tls_builder_free(builder));
        must(hc_tls_builder_new(&builder));
    }
    memset(&url, 0, sizeof url);
    url.size = sizeof url;
    must(hc_url_parse("http://a.example/", &url));
    memset(&detail, 0, sizeof detail);
    detail.size = sizeof detail;
    memset(&timings, 0, sizeof timings);
    timings.size = sizeof timings;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    response = fetch(connect_to("HTTP/1.1 200 OK\r\nA: 1\r\nContent-Length: 9\r\n\r\nsome\nbody"), NULL);
    conn = connect_to("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody");
    if (state > 0) {
        (void)fetch(conn, NULL);
    }
    answer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody";
}

/* Uses what a number may have set. What that answers is its own affair, too. */
static hc_error use(void) {
    const char *body = NULL;
    size_t len = 0;
    hc_error codes[] = {
        hc_tls_builder_build(builder, &out.config),
        hc_response_read_all(response, 1 << 20, &body, &len),
        hc_request_callback(conn, "POST", "/", NULL, give, NULL, HC_LENGTH_UNKNOWN),
        hc_getresponse(conn, &out.response),
        hc_response_read_all(out.response, 1 << 20, &body, &len),
        hc_stream_read(stream, memory, sizeof memory, &len),
    };
    size_t i;

    for (i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (codes[i] == HC_ERR_PANIC) {
            return HC_ERR_PANIC;
        }
    }
    return HC_OK;
}

/* --- The runs ----------------------------------------------------------------------------------- */

static int passed, failed;

/* The memory that this process has now, in bytes of its address space. */
static rlim_t used(void) {
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    if (file == NULL || fscanf(file, "%lu", &pages) != 1) {
        _exit(2);
    }
    fclose(file);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* Begins a run: true in the child, which makes the call. */
static bool begins(int state, pid_t *child) {
    struct rlimit limit;

    fflush(stdout);
    *child = fork();
    if (*child != 0) {
        return false;
    }
    if (freopen("/dev/null", "w", stdout) == NULL) {
        _exit(2);
    }
    prepare(state);
    limit.rlim_cur = limit.rlim_max = used() + ADDRESS_SPACE;
    if (setrlimit(RLIMIT_AS, &limit) != 0) {
        _exit(2);
    }
    alarm(SECONDS);
    return true;
}

static void ended(const char *call, int state, pid_t child) {
    int status = 0;

    if (child < 0 || waitpid(child, &status, 0) != child) {
        perror("numbers");
        exit(2);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        passed++;
        return;
    }
    failed++;
    printf("FAILED  %s in state %d: ", call, state);
    if (WIFSIGNALED(status)) {
        printf("signal %d\n", WTERMSIG(status));
    } else {
        printf("%s\n", WEXITSTATUS(status) == 1 ? "HC_ERR_PANIC" : "the call could not be prepared");
    }
}

#define TRY(text, call)                                           \
    for (state = 0; state < STATES; state++) {                    \
        if (begins(state, &child)) {                              \
            hc_error code = HC_OK;                                \
                                                                  \
            call;                                                 \
            _exit(code == HC_ERR_PANIC || use() == HC_ERR_PANIC); \
        }                                                         \
        ended(text, state, child);                                \
    }

int main(void) {
    int state;
    pid_t child;

#include "calls.inc"
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0 || passed == 0;
}
