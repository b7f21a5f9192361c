/* A small harness for the C tests: checks, a runner, and the scripted server as a child process.
 *
 *     static void get(void) {
 *         server *peer = server_start("read-head\n"
 *                                     "send \"HTTP/1.1 204 No Content||\"\n");
 *         ... talk to 127.0.0.1, server_port(peer) ...
 *         server_finish(peer);
 *     }
 *
 *     int main(int argc, char **argv) {
 *         static const test_case tests[] = {TEST(get)};
 *         return RUN_TESTS(tests, argc, argv);
 *     }
 *
 * The environment variable HC_TESTSERVER is the path of the testserver program; its --help
 * describes scripts, options and routes. The harness is for one thread: what other threads find,
 * the test's own thread checks after it has joined them.
 */
#ifndef HARNESS_H
#define HARNESS_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- Checks ------------------------------------------------------------------------------------
 *
 * A check that fails prints where and what, counts against the test, and lets it go on. All answer
 * whether they held, and evaluate their arguments once. */

#define CHECK(condition) check_true(!!(condition), #condition, __FILE__, __LINE__)

/* Integers, as long long. */
#define CHECK_INT(actual, expected) \
    check_int((long long)(actual), (long long)(expected), #actual, __FILE__, __LINE__)

/* NUL-terminated strings; NULL equals only NULL. */
#define CHECK_STR(actual, expected) check_str((actual), (expected), #actual, __FILE__, __LINE__)

/* Bytes with their length. */
#define CHECK_MEM(actual, actual_len, expected, expected_len)                                  \
    check_mem((actual), (actual_len), (expected), (expected_len), #actual, __FILE__, __LINE__)

/* A check without which the rest makes no sense: a failure leaves the function, which must return
 * void. Servers that the test has started are ended by the runner. */
#define REQUIRE(condition)       \
    do {                         \
        if (!CHECK(condition)) { \
            return;              \
        }                        \
    } while (0)

bool check_true(bool held, const char *text, const char *file, int line);
bool check_int(long long actual, long long expected, const char *text, const char *file, int line);
bool check_str(const char *actual, const char *expected, const char *text, const char *file,
               int line);
bool check_mem(const void *actual, size_t actual_len, const void *expected, size_t expected_len,
               const char *text, const char *file, int line);

/* --- Runner ------------------------------------------------------------------------------------ */

typedef struct test_case {
    const char *name;
    void (*run)(void);
    bool of_sockets;
} test_case;

#define TEST(function) {#function, function, false}

/* A test about the library's own sockets, which makes no sense over another transport, or about bytes
 * that come in one receive: it is skipped where HC_ONE_BYTE is set. */
#define TEST_OF_SOCKETS(function) {#function, function, true}

/* Runs the tests in order, or only those whose name contains an argument of the command line, and
 * prints a line for each and the line "N passed, N failed" at the end. A test that takes longer
 * than ten minutes ends the program. Returns main's result: 0 if tests ran and all passed, else 1. */
#define RUN_TESTS(tests, argc, argv) \
    run_tests((tests), sizeof(tests) / sizeof((tests)[0]), (argc), (argv))

int run_tests(const test_case *tests, size_t count, int argc, char **argv);

/* --- Servers -----------------------------------------------------------------------------------
 *
 * A server that cannot be started ends the program with exit status 2. */

typedef struct server server;

/* Starts a server that plays this script, which is copied. */
#define server_start(script) server_script((script), NULL)

/* The same with options, an array that ends with NULL: {"--tls", "server.pem", "server.key", NULL}.
 * NULL stands for none. */
server *server_script(const char *script, const char *const *options);

/* Starts a server with the routes of `testserver serve`; options as above. */
server *server_serve(const char *const *options);

/* Lets a scripted server go on that has come, or will come, to a step `await`. */
void server_go_on(const server *peer);

/* The port on 127.0.0.1 (or what --bind says) where the server listens. */
int server_port(const server *peer);

/* Waits until the server has ended, checks that its exit status is 0, and frees it. A scripted
 * server ends after its last connection, or fails where the client departs from the script, which
 * includes waiting longer than its --timeout; one that serves routes is told to end. */
#define server_finish(peer) server_finish_at((peer), __FILE__, __LINE__)

void server_finish_at(server *peer, const char *file, int line);

#ifdef __cplusplus
}
#endif

#endif
