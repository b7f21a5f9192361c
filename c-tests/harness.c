#define _POSIX_C_SOURCE 200809L

#include "harness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum {
    TEST_SECONDS = 600, /* far more than any takes on a busy machine */
    MAX_OPTIONS = 32,
    EXCERPT = 64 /* bytes shown of each side of a mismatch */
};

/* The test that runs now, for the alarm's handler too. */
static const char *volatile current_test = "";
static unsigned failures;

/* --- Checks ------------------------------------------------------------------------------------ */

/* Counts a failed check and begins its message. */
static void fail(const char *file, int line, const char *format, ...) {
    va_list arguments;

    failures++;
    printf("%s:%d: %s: ", file, line, current_test);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

bool check_true(bool held, const char *text, const char *file, int line) {
    if (!held) {
        fail(file, line, "not so: %s", text);
    }
    return held;
}

bool check_int(long long actual, long long expected, const char *text, const char *file, int line) {
    if (actual != expected) {
        fail(file, line, "%s is %lld, expected %lld", text, actual, expected);
    }
    return actual == expected;
}

static void print_escaped(const char *label, const unsigned char *bytes, size_t len) {
    size_t i;

    printf("    %s %lu bytes: \"", label, (unsigned long)len);
    for (i = 0; i < len && i < EXCERPT; i++) {
        if (bytes[i] == '\r') {
            fputs("\\r", stdout);
        } else if (bytes[i] == '\n') {
            fputs("\\n", stdout);
        } else if (bytes[i] >= ' ' && bytes[i] <= '~' && bytes[i] != '"' && bytes[i] != '\\') {
            putchar(bytes[i]);
        } else {
            printf("\\x%02x", bytes[i]);
        }
    }
    puts(i < len ? "\"..." : "\"");
}

bool check_mem(const void *actual, size_t actual_len, const void *expected, size_t expected_len,
               const char *text, const char *file, int line) {
    const unsigned char *a = actual;
    const unsigned char *e = expected;
    size_t same = 0;

    while (same < actual_len && same < expected_len && a[same] == e[same]) {
        same++;
    }
    if (same == actual_len && same == expected_len) {
        return true;
    }
    fail(file, line, "%s differs at byte %lu; from there on", text, (unsigned long)same);
    /* Nothing is added to a pointer that may be NULL. */
    print_escaped("actual", same < actual_len ? a + same : NULL, actual_len - same);
    print_escaped("expected", same < expected_len ? e + same : NULL, expected_len - same);
    return false;
}

bool check_str(const char *actual, const char *expected, const char *text, const char *file,
               int line) {
    if (actual == NULL || expected == NULL) {
        if (actual != expected) {
            fail(file, line, "%s is %s, expected %s", text, actual ? actual : "NULL",
                 expected ? expected : "NULL");
        }
        return actual == expected;
    }
    return check_mem(actual, strlen(actual), expected, strlen(expected), text, file, line);
}

/* --- Servers ----------------------------------------------------------------------------------- */

struct server {
    pid_t pid;
    int port;
    int input; /* the pipe whose end ends a server with routes; -1 for a script */
    server *next;
};

/* Servers that no test has finished yet. */
static server *live;

/* For what makes all further tests pointless. */
static void die(const char *what) {
    printf("harness: %s: %s\n", what, strerror(errno));
    fflush(stdout);
    _exit(2);
}

/* No other child may hold a server's pipe open. */
static void close_on_exec(int fd) {
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
        die("fcntl");
    }
}

static void make_pipe(int ends[2]) {
    if (pipe(ends) != 0) {
        die("pipe");
    }
    close_on_exec(ends[0]);
    close_on_exec(ends[1]);
}

/* Starts testserver with these streams and returns its process id. */
static pid_t spawn(const char *command, const char *const *options, int input, int output) {
    const char *path = getenv("HC_TESTSERVER");
    char parent[24];
    const char *words[MAX_OPTIONS + 8] = {"testserver", command, "--parent-pid", parent};
    size_t count = 4;
    posix_spawn_file_actions_t streams;
    pid_t pid;

    if (path == NULL) {
        errno = ENOENT;
        die("HC_TESTSERVER, the path of testserver, is not set");
    }
    /* Not left to posix_spawn, which under valgrind does not report it. */
    if (access(path, X_OK) != 0) {
        die(path);
    }
    sprintf(parent, "%ld", (long)getpid());
    while (options != NULL && *options != NULL) {
        if (count == MAX_OPTIONS) {
            errno = E2BIG;
            die("testserver's options");
        }
        words[count++] = *options++;
    }
    if (strcmp(command, "script") == 0) {
        words[count++] = "-";
    }
    errno = posix_spawn_file_actions_init(&streams);
    if (errno != 0 || (errno = posix_spawn_file_actions_adddup2(&streams, input, 0)) != 0 ||
        (errno = posix_spawn_file_actions_adddup2(&streams, output, 1)) != 0) {
        die("posix_spawn_file_actions");
    }
    /* The words are not written to: execve's type is older than const. */
    errno = posix_spawn(&pid, path, &streams, NULL, (char **)words, environ);
    if (errno != 0) {
        die(path);
    }
    posix_spawn_file_actions_destroy(&streams);
    return pid;
}

/* Reads the line `PORT n`. */
static int read_port(int output) {
    char line[32];
    int port = 0;
    FILE *stream = fdopen(output, "r");

    if (stream == NULL) {
        die("fdopen");
    }
    if (fgets(line, sizeof line, stream) == NULL || sscanf(line, "PORT %d", &port) != 1) {
        errno = EPROTO;
        die("testserver told no port");
    }
    fclose(stream);
    return port;
}

/* Takes `input`, the child's standard input; `hold` is kept until the server is finished. */
static server *start(const char *command, const char *const *options, int input, int hold) {
    int output[2];
    server *peer = malloc(sizeof *peer);

    if (peer == NULL) {
        die("malloc");
    }
    make_pipe(output);
    peer->pid = spawn(command, options, input, output[1]);
    close(input);
    close(output[1]);
    peer->input = hold;
    peer->port = read_port(output[0]);
    peer->next = live;
    live = peer;
    return peer;
}

server *server_script(const char *script, const char *const *options) {
    /* A file takes a script of any length before anybody reads it, which a pipe does not. */
    FILE *file = tmpfile();
    int input;

    if (file == NULL || fputs(script, file) == EOF || fflush(file) != 0) {
        die("a temporary file");
    }
    input = dup(fileno(file));
    if (input < 0 || lseek(input, 0, SEEK_SET) != 0) {
        die("a temporary file");
    }
    close_on_exec(input);
    fclose(file);
    return start("script", options, input, -1);
}

server *server_serve(const char *const *options) {
    int input[2];

    make_pipe(input);
    return start("serve", options, input[0], input[1]);
}

int server_port(const server *peer) { return peer->port; }

void server_go_on(const server *peer) {
    struct sockaddr_in address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)peer->port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        die("telling testserver to go on");
    }
    close(fd);
}

/* Waits for the process and frees the server; returns the wait status. */
static int reap(server *peer) {
    server **link = &live;
    int status = 0;

    if (peer->input >= 0) {
        close(peer->input);
    }
    while (waitpid(peer->pid, &status, 0) < 0) {
        if (errno != EINTR) {
            die("waitpid");
        }
    }
    while (*link != peer) {
        link = &(*link)->next;
    }
    *link = peer->next;
    free(peer);
    return status;
}

void server_finish_at(server *peer, const char *file, int line) {
    int status = reap(peer);

    if (WIFSIGNALED(status)) {
        fail(file, line, "the server was ended by signal %d", WTERMSIG(status));
    } else if (WEXITSTATUS(status) != 0) {
        fail(file, line, "the server ended with exit status %d", WEXITSTATUS(status));
    }
}

/* A test that gave up half-way has left its servers running. */
static void end_live_servers(void) {
    if (live != NULL && failures == 0) {
        fail(__FILE__, __LINE__, "a server was not finished");
    }
    while (live != NULL) {
        kill(live->pid, SIGKILL);
        reap(live);
    }
}

/* --- Runner ------------------------------------------------------------------------------------ */

static void write_error(const char *text) {
    ssize_t ignored = write(STDERR_FILENO, text, strlen(text));
    (void)ignored;
}

/* Only calls that are safe in a signal handler. */
static void out_of_time(int signal_number) {
    (void)signal_number;
    write_error("harness: out of time: ");
    write_error(current_test);
    write_error("\n");
    _exit(1);
}

static bool is_wanted(const char *name, int argc, char **argv) {
    int i;

    for (i = 1; i < argc; i++) {
        if (strstr(name, argv[i]) != NULL) {
            return true;
        }
    }
    return argc <= 1;
}

static bool run_one(const test_case *test) {
    failures = 0;
    current_test = test->name;
    alarm(TEST_SECONDS);
    test->run();
    end_live_servers();
    alarm(0);
    if (failures == 0) {
        printf("ok      %s\n", test->name);
    } else {
        printf("FAILED  %s (%u checks)\n", test->name, failures);
    }
    return failures == 0;
}

int run_tests(const test_case *tests, size_t count, int argc, char **argv) {
    struct sigaction on_alarm;
    unsigned passed = 0;
    unsigned failed = 0;
    size_t i;

    memset(&on_alarm, 0, sizeof on_alarm);
    on_alarm.sa_handler = out_of_time;
    if (sigaction(SIGALRM, &on_alarm, NULL) != 0) {
        die("sigaction");
    }
    /* A line is out before a crash, and in order with a server's messages. */
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    for (i = 0; i < count; i++) {
        if (!is_wanted(tests[i].name, argc, argv)) {
            continue;
        }
        if (tests[i].of_sockets && getenv("HC_ONE_BYTE") != NULL) {
            printf("skipped %s: it is about sockets\n", tests[i].name);
            continue;
        }
        if (run_one(&tests[i])) {
            passed++;
        } else {
            failed++;
        }
    }
    printf("%u passed, %u failed\n", passed, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
}
