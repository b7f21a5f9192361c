/* Name lookup by the program. */
#define _GNU_SOURCE

#include "client.h"

#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

/* The system's lookup, which fails for some names. */
int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **out) {
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");

    if (strcmp(host, "again.test") == 0) return EAI_AGAIN;
    if (strcmp(host, "none.test") == 0) return EAI_NONAME;
    if (strcmp(host, "fail.test") == 0) return EAI_FAIL;
    if (strcmp(host, "memory.test") == 0) return EAI_MEMORY;
    if (strcmp(host, "system.test") == 0) {
        errno = EIO;
        return EAI_SYSTEM;
    }
    return real(host, service, hints, out);
}

/* What the system says of a name is kept: Python has it as the error's errno. */
static void system_failure(const char *host, int32_t code, hc_error err, int32_t retry, const char *word) {
    int timeout;

    /* On the caller's thread, and on one of its own. */
    for (timeout = 0; timeout < 2; timeout++) {
        hc_conn *conn = NULL;
        hc_error_detail detail;

        CHECK_INT(hc_conn_new(host, 80, &conn), HC_OK);
        CHECK_INT(hc_conn_set_timeout(conn, timeout ? PATIENCE_MS : HC_TIMEOUT_NONE), HC_OK);
        CHECK_INT(hc_request(conn, "GET", "/", NULL, NULL, 0), err);
        detail = conn_detail(conn);
        CHECK_INT(detail.os_error, code);
        CHECK_INT(detail.retry, retry);
        CHECK_INT(detail.phase, HC_PHASE_OPENING);
        CHECK(strstr(detail.message, word) != NULL);
        CHECK_INT(hc_conn_free(conn), HC_OK);
    }
}

static void failures_of_the_system(void) {
    system_failure("again.test", EAI_AGAIN, HC_ERR_NAME_LOOKUP, HC_RETRY_NOT_SENT, "(it may succeed later)");
    system_failure("none.test", EAI_NONAME, HC_ERR_NAME_LOOKUP, HC_RETRY_FINAL, gai_strerror(EAI_NONAME));
    system_failure("fail.test", EAI_FAIL, HC_ERR_NAME_LOOKUP, HC_RETRY_FINAL, gai_strerror(EAI_FAIL));
    system_failure("system.test", EIO, HC_ERR_NAME_LOOKUP, HC_RETRY_NOT_SENT, "nput/output error");
    system_failure("memory.test", 0, HC_ERR_NO_MEMORY, HC_RETRY_NOT_SENT, "memory");
}

/* Answers for one name; told when it is done with. A thread of the library's uses it. */
typedef struct {
    const char *answer; /* NULL: the failure */
    int64_t failure;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int asked;
    int released;
} names;

#define NAMES(text)                                                                               \
    {.answer = (text), .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER}

static int64_t look_up(void *context, const char *host, char *addresses, size_t capacity) {
    names *it = context;
    int64_t answer = it->failure;

    pthread_mutex_lock(&it->lock);
    it->asked += strcmp(host, "device.example") == 0;
    if (it->answer != NULL && strlen(it->answer) <= capacity) {
        answer = (int64_t)strlen(it->answer);
        memcpy(addresses, it->answer, strlen(it->answer));
    }
    pthread_mutex_unlock(&it->lock);
    return answer;
}

static void release(void *context) {
    names *it = context;

    pthread_mutex_lock(&it->lock);
    it->released++;
    pthread_cond_signal(&it->changed);
    pthread_mutex_unlock(&it->lock);
}

/* The library lets go when the last lookup is over, which its own thread may see last. */
static void wait_until_released(names *it) {
    pthread_mutex_lock(&it->lock);
    while (it->released == 0) {
        pthread_cond_wait(&it->changed, &it->lock);
    }
    CHECK_INT(it->released, 1);
    pthread_mutex_unlock(&it->lock);
}

static hc_conn *connect_by_name(const server *peer) {
    hc_conn *conn = NULL;

    CHECK_INT(hc_conn_new("device.example", server_port(peer), &conn), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, PATIENCE_MS), HC_OK);
    return conn;
}

static void is_asked(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_by_name(peer);
    names first = NAMES("127.0.0.1"), second = NAMES("::1 127.0.0.1\n");

    CHECK_INT(hc_conn_set_resolver(conn, look_up, &first, release), HC_OK);
    CHECK_GET(conn, "/bytes/0", 200, "");
    CHECK_INT(first.asked, 1);
    CHECK_INT(hc_conn_close(conn), HC_OK);
    /* In the place of the first, which is not needed any more; the second address is tried, too. */
    CHECK_INT(hc_conn_set_resolver(conn, look_up, &second, release), HC_OK);
    wait_until_released(&first);
    CHECK_GET(conn, "/bytes/0", 200, "");
    CHECK_INT(second.asked, 1);
    CHECK_INT(first.asked, 1);
    CHECK_INT(second.released, 0);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    wait_until_released(&second);
    server_finish(peer);
}

/* A literal address needs no lookup. */
static void is_not_asked_for_addresses(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_to(peer);
    names it = NAMES(NULL);

    CHECK_INT(hc_conn_set_resolver(conn, look_up, &it, release), HC_OK);
    CHECK_GET(conn, "/bytes/0", 200, "");
    CHECK_INT(it.asked, 0);
    CHECK_INT(hc_conn_set_resolver(conn, NULL, NULL, NULL), HC_OK);
    wait_until_released(&it);
    end(conn, peer);
}

static void answers_that_are_none(void) {
    static const char *const answers[] = {"",        "\n192.0.2.1.1", "device.example", "127.0.0.1:80",
                                          "[::1]",   "127.0.0.1,::1", "\xff\xfe",       "127.0.0.1\x01"};
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_by_name(peer);
    names it = NAMES(NULL);
    size_t i;

    CHECK_INT(hc_conn_set_resolver(conn, look_up, &it, NULL), HC_OK);
    for (i = 0; i < sizeof answers / sizeof *answers; i++) {
        it.answer = answers[i];
        CHECK_INT(hc_conn_connect(conn), HC_ERR_NAME_LOOKUP);
        CHECK(strlen(hc_conn_error_message(conn)) > 0);
        CHECK_INT(conn_detail(conn).phase, HC_PHASE_OPENING);
        CHECK_INT(conn_detail(conn).retry, HC_RETRY_NOT_SENT);
    }
    it.answer = NULL;
    it.failure = -7;
    CHECK_INT(send_get(conn, "/"), HC_ERR_NAME_LOOKUP);
    CHECK_INT(conn_detail(conn).os_error, -7);
    CHECK_INT(hc_conn_state(conn), HC_STATE_IDLE);
    /* What failed can be tried again. */
    it.answer = "127.0.0.1";
    CHECK_GET(conn, "/bytes/0", 200, "");
    end(conn, peer);
}

/* More than its room is a lie, and not read. */
static int64_t claim_too_much(void *context, const char *host, char *addresses, size_t capacity) {
    (void)context;
    (void)host;
    (void)addresses;
    return (int64_t)capacity + 1;
}

static void arguments(void) {
    server *peer = server_serve(NULL);
    hc_conn *conn = connect_by_name(peer);
    names it = NAMES(NULL);

    CHECK_INT(hc_conn_set_resolver(conn, claim_too_much, NULL, NULL), HC_OK);
    CHECK_INT(hc_conn_connect(conn), HC_ERR_INVALID_ARGUMENT);
    /* The context is released also where the function fails. */
    CHECK_INT(hc_conn_set_resolver(NULL, look_up, &it, release), HC_ERR_INVALID_ARGUMENT);
    CHECK_INT(it.released, 1);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    CHECK_INT(hc_conn_set_resolver(conn, look_up, &it, release), HC_ERR_INVALID_HANDLE);
    CHECK_INT(it.released, 2);
    server_finish(peer);
}

/* What is looked up of a name beyond ASCII is its xn-- form, also where it is only where to connect to. */
static int64_t xn_form(void *context, const char *host, char *addresses, size_t capacity) {
    (void)context;
    if (strcmp(host, "xn--pxaix.gr") != 0 || capacity < 9) return -1;
    memcpy(addresses, "127.0.0.1", 9);
    return 9;
}

static void is_asked_for_a_name_beyond_ascii(void) {
    static const char name[] = "\xce\xb4\xcf\x80\xce\xb8.gr";
    server *peer = server_serve(NULL);
    hc_conn *conn = NULL;
    int of_the_host;

    for (of_the_host = 0; of_the_host < 2 && hc_features() & HC_FEATURE_IDNA; of_the_host++) {
        CHECK_INT(hc_conn_new(of_the_host ? name : "h.test", server_port(peer), &conn), HC_OK);
        if (!of_the_host) {
            CHECK_INT(hc_conn_set_address(conn, name, server_port(peer)), HC_OK);
            CHECK_INT(hc_conn_set_address(conn, "\xce\xb4..", 80), HC_ERR_ENCODING);
        }
        CHECK_STR(hc_conn_host(conn, NULL), of_the_host ? name : "h.test");
        CHECK_INT(hc_conn_set_resolver(conn, xn_form, NULL, NULL), HC_OK);
        CHECK_INT(hc_conn_connect(conn), HC_OK);
        CHECK_INT(hc_conn_free(conn), HC_OK);
    }
    server_finish(peer);
}

/* A resolver that waits until it is let go. */
static int64_t held(void *context, const char *host, char *addresses, size_t capacity) {
    char byte;

    (void)host, (void)addresses, (void)capacity;
    return read(*(int *)context, &byte, 1) > 0 ? 0 : -1;
}

static void closed(void *end) {
    close(*(int *)end);
    free(end);
}

static void is_bounded_by_the_timeout(void) {
    int *end = malloc(sizeof *end), ends[2];
    struct pollfd let_go = {-1, 0, 0};
    hc_conn *conn = NULL;
    hc_error_detail detail;

    REQUIRE(pipe(ends) == 0);
    *end = ends[0];
    CHECK_INT(hc_conn_new("device.example", 80, &conn), HC_OK);
    CHECK_INT(hc_conn_set_resolver(conn, held, end, closed), HC_OK);
    CHECK_INT(hc_conn_set_timeout(conn, 100), HC_OK);
    CHECK_INT(hc_conn_connect(conn), HC_ERR_TIMEOUT);
    detail = conn_detail(conn);
    CHECK_INT(detail.phase, HC_PHASE_OPENING);
    CHECK_INT(detail.retry, HC_RETRY_NOT_SENT);
    CHECK_STR(detail.message, "timed out while looking up device.example:80");
    CHECK(!hc_conn_is_open(conn));
    /* A request does the same, and nothing of it was sent. */
    CHECK_INT(hc_request(conn, "GET", "/", NULL, NULL, 0), HC_ERR_TIMEOUT);
    CHECK_INT(hc_conn_state(conn), HC_STATE_IDLE);
    CHECK_INT(hc_conn_free(conn), HC_OK);
    /* The lookups' threads end now, and the last one frees the context. */
    CHECK(write(ends[1], "..", 2) == 2);
    let_go.fd = ends[1];
    CHECK_INT(poll(&let_go, 1, PATIENCE_MS), 1);
    close(ends[1]);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(failures_of_the_system),
        TEST(is_asked),
        TEST(is_not_asked_for_addresses),
        TEST(answers_that_are_none),
        TEST(arguments),
        TEST(is_asked_for_a_name_beyond_ascii),
        TEST(is_bounded_by_the_timeout),
    };
    return RUN_TESTS(tests, argc, argv);
}
