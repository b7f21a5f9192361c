/* The certificates of `testserver certs`, in a folder that lives as long as the program: for tests that
 * talk TLS. */
#ifndef CERTIFICATES_H
#define CERTIFICATES_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

enum { PATH_SIZE = 96 };

static char folder[] = "/tmp/httpclient_test.XXXXXX";

static const char *const files[] = {
    "ca.pem",          "ca.crl",         "server.pem",         "server.key",
    "wrongname.pem",   "wrongname.key",  "expired.pem",        "expired.key",
    "client.pem",      "client.key",     "revoked.pem",        "revoked.key",
    "chained.pem",     "chained.key",    "unchained.pem",      "unchained.key",
    "chainedclient.pem", "chainedclient.key", "unchainedclient.pem", "unchainedclient.key",
    "other-ca.pem",    "key.log",
};

typedef struct path {
    char text[PATH_SIZE];
} path;

/* A file among the certificates. */
static inline path in_folder(const char *name) {
    path whole;

    snprintf(whole.text, sizeof whole.text, "%s/%s", folder, name);
    return whole;
}

#define FILE_AT(name) (in_folder(name).text)

static inline bool make_certificates(void) {
    const char *program = getenv("HC_TESTSERVER");
    int status = -1;
    pid_t child;

    if (program == NULL || mkdtemp(folder) == NULL || (child = fork()) < 0) {
        return false;
    }
    if (child == 0) {
        execl(program, "testserver", "certs", folder, (char *)NULL);
        _exit(127);
    }
    return waitpid(child, &status, 0) == child && status == 0;
}

static inline void remove_certificates(void) {
    size_t i;

    for (i = 0; i < sizeof files / sizeof files[0]; i++) {
        unlink(FILE_AT(files[i]));
    }
    rmdir(folder);
}

/* RUN_TESTS with certificates there meanwhile. */
#define RUN_TESTS_WITH_CERTIFICATES(tests, argc, argv) \
    run_with_certificates((tests), sizeof(tests) / sizeof((tests)[0]), (argc), (argv))

static inline int run_with_certificates(const test_case *tests, size_t count, int argc, char **argv) {
    int result;

    if (!make_certificates()) {
        puts("testserver made no certificates; is HC_TESTSERVER set?");
        return 2;
    }
    result = run_tests(tests, count, argc, argv);
    remove_certificates();
    return result;
}

#endif
