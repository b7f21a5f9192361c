/* Name lookup by the program. */
#define _POSIX_C_SOURCE 200809L

#include "client.h"

#include <pthread.h>

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
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
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
    CHECK_INT(hc_conn_free(conn), HC_OK);
    server_finish(peer);
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

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(is_asked),
        TEST(is_not_asked_for_addresses),
        TEST(answers_that_are_none),
        TEST(arguments),
    };
    return RUN_TESTS(tests, argc, argv);
}
