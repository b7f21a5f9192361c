/* The harness tested by itself: what must fail runs in a child, whose output and result are
 * compared. */
#define _POSIX_C_SOURCE 200809L

#include "harness.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Sends a request, ends the sending direction, and reads up to the end. */
static void exchange(int port, const char *request, char *reply, size_t size) {
    struct sockaddr_in address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    size_t len = 0;
    ssize_t got;

    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_INT(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    CHECK_INT(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
    CHECK_INT(shutdown(fd, SHUT_WR), 0);
    while (len < size - 1 && (got = recv(fd, reply + len, size - 1 - len, 0)) > 0) {
        len += (size_t)got;
    }
    reply[len] = '\0';
    close(fd);
}

/* Runs tests in a child process; returns main's result and takes what it printed. */
static int run_in_child(const test_case *tests, size_t count, char *output, size_t size) {
    int ends[2];
    size_t len = 0;
    ssize_t got;
    pid_t child;
    int status = -1;

    fflush(stdout);
    if (!CHECK(pipe(ends) == 0) || !CHECK((child = fork()) >= 0)) {
        return -1;
    }
    if (child == 0) {
        char *no_arguments[] = {NULL};
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        status = run_tests(tests, count, 0, no_arguments);
        fflush(stdout);
        _exit(status);
    }
    close(ends[1]);
    while (len < size - 1 && (got = read(ends[0], output + len, size - 1 - len)) > 0) {
        len += (size_t)got;
    }
    output[len] = '\0';
    close(ends[0]);
    CHECK_INT(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status));
    return WEXITSTATUS(status);
}

#define RUN_IN_CHILD(tests, output) \
    run_in_child((tests), sizeof(tests) / sizeof((tests)[0]), (output), sizeof(output))

/* --- What must fail ---------------------------------------------------------------------------- */

static void false_checks(void) {
    CHECK(1 == 2);
    CHECK_INT(3, 4);
    CHECK_STR("a\r\"b", "a\r\"c");
    CHECK_STR(NULL, "x");
    CHECK_MEM("abc", 3, "ab", 2);
}

static void leaves_early(void) {
    REQUIRE(0);
    CHECK(!"reached");
}

static void departs_from_the_script(void) {
    char reply[8];
    server *peer = server_start("expect \"GET\"");

    exchange(server_port(peer), "PUT", reply, sizeof reply);
    server_finish(peer);
}

static void forgets_its_server(void) { server_serve(NULL); }

static void gives_up_beside_a_server(void) {
    server_start("hold");
    REQUIRE(0);
}

static void has_no_server(void) {
    setenv("HC_TESTSERVER", "/no/such/program", 1);
    server_finish(server_serve(NULL));
}

static void hangs(void) {
    raise(SIGALRM); /* as the runner's alarm would */
}

/* --- Tests ------------------------------------------------------------------------------------- */

static void checks_that_hold(void) {
    int evaluated = 0;

    CHECK(CHECK(1));
    CHECK(CHECK_INT(++evaluated, 1));
    CHECK_INT(evaluated, 1);
    CHECK(CHECK_STR("same", "same"));
    CHECK(CHECK_STR(NULL, NULL));
    CHECK(CHECK_MEM("a\0b", 3, "a\0b", 3));
    CHECK(CHECK_MEM(NULL, 0, NULL, 0));
    REQUIRE(1);
}

static void checks_that_fail(void) {
    static const test_case tests[] = {TEST(checks_that_hold), TEST(false_checks),
                                      TEST(leaves_early)};
    char output[4096];

    CHECK_INT(RUN_IN_CHILD(tests, output), 1);
    CHECK(strstr(output, "ok      checks_that_hold\n") != NULL);
    CHECK(strstr(output, "harness_test.c:") != NULL);
    CHECK(strstr(output, ": false_checks: not so: 1 == 2\n") != NULL);
    CHECK(strstr(output, ": false_checks: 3 is 3, expected 4\n") != NULL);
    CHECK(strstr(output, "differs at byte 3; from there on\n"
                         "    actual 1 bytes: \"b\"\n"
                         "    expected 1 bytes: \"c\"\n") != NULL);
    CHECK(strstr(output, "NULL is NULL, expected x\n") != NULL);
    CHECK(strstr(output, "differs at byte 2; from there on\n"
                         "    actual 1 bytes: \"c\"\n"
                         "    expected 0 bytes: \"\"\n") != NULL);
    CHECK(strstr(output, "FAILED  false_checks (5 checks)\n") != NULL);
    CHECK(strstr(output, "FAILED  leaves_early (1 checks)\n") != NULL);
    CHECK(strstr(output, "1 passed, 2 failed\n") != NULL);
}

static void no_test_is_a_failure(void) {
    static const test_case tests[] = {TEST(checks_that_hold)};
    char *arguments[] = {(char *)"program", (char *)"no such test", NULL};

    fflush(stdout);
    switch (fork()) {
        case 0:
            close(STDOUT_FILENO);
            _exit(RUN_TESTS(tests, 2, arguments));
        default: {
            int status = 0;
            CHECK(wait(&status) > 0);
            CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
        }
    }
}

static void a_script(void) {
    char reply[64];
    server *peer = server_start(
        "expect \"GET \\p\"\n"
        "send \"x\" * 3\n"
        "wait-close\n"
        "connection\n"
        "read 2\n"
        "send \"second\"\n");
    char request[16];

    sprintf(request, "GET %d", server_port(peer));
    exchange(server_port(peer), request, reply, sizeof reply);
    CHECK_STR(reply, "xxx");
    exchange(server_port(peer), "..", reply, sizeof reply);
    CHECK_STR(reply, "second");
    server_finish(peer);
}

static void routes(void) {
    static const char *const options[] = {"--lifetime", "30", NULL};
    char reply[512];
    server *peer = server_serve(options);
    server *other = server_serve(NULL);

    CHECK(server_port(peer) != server_port(other));
    exchange(server_port(peer), "GET /bytes/0 HTTP/1.0\r\n\r\n", reply, sizeof reply);
    CHECK(strncmp(reply, "HTTP/1.1 200 OK\r\n", 17) == 0);
    /* The first one ends though the second still runs. */
    server_finish(peer);
    server_finish(other);
}

static void servers_that_fail(void) {
    static const test_case tests[] = {TEST(departs_from_the_script), TEST(forgets_its_server),
                                      TEST(gives_up_beside_a_server)};
    char output[4096];

    CHECK_INT(RUN_IN_CHILD(tests, output), 1);
    CHECK(strstr(output, "    expected \"GET\"\n    received \"PUT\"\n") != NULL);
    CHECK(strstr(output, "departs_from_the_script: the server ended with exit status 1") != NULL);
    CHECK(strstr(output, "forgets_its_server: a server was not finished\n") != NULL);
    CHECK(strstr(output, "FAILED  gives_up_beside_a_server (1 checks)\n") != NULL);
    CHECK(strstr(output, "0 passed, 3 failed\n") != NULL);
}

static void a_missing_server_ends_the_program(void) {
    static const test_case tests[] = {TEST(has_no_server)};
    char output[4096];

    CHECK_INT(RUN_IN_CHILD(tests, output), 2);
    CHECK_STR(output, "harness: /no/such/program: No such file or directory\n");
}

static void a_hanging_test_ends_the_program(void) {
    static const test_case tests[] = {TEST(hangs), TEST(checks_that_hold)};
    char output[4096];

    CHECK_INT(RUN_IN_CHILD(tests, output), 1);
    CHECK_STR(output, "harness: out of time: hangs\n");
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(checks_that_hold),
        TEST(checks_that_fail),
        TEST(no_test_is_a_failure),
        TEST(a_script),
        TEST(routes),
        TEST(servers_that_fail),
        TEST(a_missing_server_ends_the_program),
        TEST(a_hanging_test_ends_the_program),
    };
    return RUN_TESTS(tests, argc, argv);
}
