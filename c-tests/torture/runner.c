/* The torture test: every allocation of every scenario fails, once, and from there on; in a process
 * that has not used the library before ("cold"), and in one that has ("warm"). See torture.h.
 *
 *     torture PORT TLS_PORT CLOSED_PORT FOLDER [plain] [tls] [SCENARIO...]
 *
 * Prints a table: allocations of the scenario cold and warm, runs, those that ended by a signal, those
 * after which memory was missing, and those with another result than with memory. Before that a line
 * for each run that ended in one of these ways, and for an abort where it came from, as blame.py reads it. */
#define _GNU_SOURCE

#include "memory.h"
#include "torture.h"

#include <execinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WRONG = 3, LEAK = 4, SENT_MOST = 1 << 16, MESSAGES = 32, MESSAGE_MOST = 600, TRACE_FD = 99 };

/* What the library says where there was no memory for a message. */
#define NO_MESSAGE "there was no memory to tell more"

int server_port_plain, server_port_tls, closed_port;
const char *folder;

/* What a child tells its parent, in memory that both have. */
typedef struct report {
    unsigned long at;    /* the allocation that fails, while the run with it goes on */
    unsigned long asked; /* allocations of the last run */
    bool finished;       /* every one of them was tried */
    char what[1400];
    /* What a run sends and says that has all the memory it wants. */
    char usual[SENT_MOST];
    size_t usual_len;
    char messages[MESSAGES][MESSAGE_MOST];
} report;

static report *told;
static char sent[SENT_MOST];
static size_t sent_len;
static size_t message;
static bool call_failed, learning;

void note_sent(const void *data, size_t len) {
    if (len <= sizeof sent - sent_len) {
        memcpy(sent + sent_len, data, len);
        sent_len += len;
    }
}

void note_message(const char *text) {
    const char *usual = told->messages[message];

    if (call_failed && message > 0) {
        /* The exchange may have begun anew, and its messages with it. */
        size_t known = 0;
        while (known < MESSAGES && strcmp(text, told->messages[known]) != 0) {
            known++;
        }
        usual = told->messages[known < MESSAGES ? known : 0];
    }
    message++;
    if (learning) {
        snprintf(told->messages[message - 1], MESSAGE_MOST, "%s", text);
    } else if (strcmp(text, usual) != 0 && strcmp(text, NO_MESSAGE) != 0) {
        snprintf(told->what, sizeof told->what, "the message is \"%s\", and usually \"%s\"", text,
                 usual);
        _exit(WRONG);
    }
}

void wrong(const char *what, const char *file, int line) {
    memory_restore();
    snprintf(told->what, sizeof told->what, "%s:%d: %s", file, line, what);
    _exit(WRONG);
}

bool again(hc_error code) {
    if (code != HC_ERR_NO_MEMORY || !memory_has_failed() || call_failed) {
        return false;
    }
    memory_restore();
    return call_failed = true;
}

/* A run in which the `nth` allocation fails; 0: none. */
static void run(const scenario *story, unsigned long nth, bool lasting) {
    sent_len = 0;
    message = 0;
    call_failed = false;
    memory_fail(nth, lasting);
    story->run();
    memory_restore();
    told->asked = memory_asked();
}

/* What is left when everything was freed. Threads of the library's are let come to their end. */
static long settled(long at_most) {
    const struct timespec moment = {0, 1000000};
    int turn;

    for (turn = 0; memory_blocks() > at_most && turn < 1000; turn++) {
        nanosleep(&moment, NULL);
    }
    return memory_blocks();
}

static void compare_sent(void) {
    if (!call_failed && (sent_len != told->usual_len || memcmp(sent, told->usual, sent_len) != 0)) {
        snprintf(told->what, sizeof told->what, "no call failed, and other bytes were sent");
        _exit(WRONG);
    }
}

/* Whether a run with this failure leaves more behind each time. Once is nothing: a list may have grown, or the
 * system have kept what a thread had. */
static bool leaks(const scenario *story, unsigned long nth, bool lasting) {
    enum { TIMES = 10 };
    long before = memory_blocks();
    int i;

    for (i = 0; i < TIMES; i++) {
        run(story, nth, lasting);
        run(story, 0, false);
    }
    if (settled(before) < before + TIMES) {
        return false;
    }
    snprintf(told->what, sizeof told->what, "%d runs leave %ld blocks", TIMES, memory_blocks() - before);
    return true;
}

/* Where this program begins in memory. */
extern const char __executable_start;

/* Prints where an abort comes from: addresses of this program, for blame.py. */
static void trace(int number) {
    void *frames[64];
    int count = backtrace(frames, 64), i;
    char line[64];

    for (i = 0; i < count; i++) {
        int len = snprintf(line, sizeof line, "%s%lx", i == 0 ? "TRACE " : " ",
                           (unsigned long)((const char *)frames[i] - &__executable_start));
        if (write(TRACE_FD, line, (size_t)len) < 0) break;
    }
    if (write(TRACE_FD, "\n", 1) < 0) _exit(1);
    signal(number, SIG_DFL);
    raise(number);
}

/* Has the allocation told->at fail; false where there are not so many. */
static bool try_next(const scenario *story, bool lasting) {
    run(story, told->at, lasting);
    compare_sent();
    return !(told->finished = !memory_has_failed());
}

/* A child: tries the allocations from told->at on, and tells when there are no more. */
static void try_warm(const scenario *story, bool lasting) {
    long before;

    run(story, 0, false);
    run(story, 0, false);
    before = memory_blocks();
    while (try_next(story, lasting)) {
        run(story, 0, false);
        if (settled(before) > before) {
            if (leaks(story, told->at, lasting)) _exit(LEAK);
            before = memory_blocks();
        }
        told->at++;
    }
}

/* The same with one allocation only, since after it the library is warm. `usually` is what three runs leave. */
static void try_cold(const scenario *story, bool lasting, long usually) {
    if (!try_next(story, lasting)) {
        return;
    }
    run(story, 0, false);
    run(story, 0, false);
    /* One or two may be more than usual: a list has grown, or a thread's are kept. */
    if (settled(usually + 2) > usually + 2) {
        snprintf(told->what, sizeof told->what, "%ld blocks are left, and usually %ld", memory_blocks(),
                 usually);
        _exit(LEAK);
    }
}

typedef struct tally {
    unsigned long cold, warm, runs, aborts, theirs, leaks, wrongs;
} tally;

/* Runs a part of the test in a child; answers whether it came to its end. */
static void in_child(const scenario *story, bool warm, bool lasting, long usually, tally *all) {
    unsigned long first = told->at;
    bool theirs;
    int status;
    pid_t child;

    told->what[0] = '\0';
    fflush(stdout);
    child = fork();
    if (child == 0) {
        int output = dup(STDOUT_FILENO);

        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        signal(SIGABRT, trace);
        alarm(600);
        if (freopen("/dev/null", "w", stderr) == NULL || freopen("/dev/null", "w", stdout) == NULL ||
            dup2(output, TRACE_FD) < 0) {
            _exit(1);
        }
        if (warm) {
            try_warm(story, lasting);
        } else {
            try_cold(story, lasting, usually);
        }
        _exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        perror("torture");
        exit(2);
    }
    all->runs += told->at - first + !told->finished;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        told->at += !warm && !told->finished;
        return;
    }
    /* Rust ends by abort() where there is no memory; any other signal is a fault of its own, with TLS too. */
    theirs = story->tls && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
    all->aborts += WIFSIGNALED(status) && !theirs;
    all->theirs += theirs;
    all->leaks += WIFEXITED(status) && WEXITSTATUS(status) == LEAK;
    all->wrongs += WIFEXITED(status) && WEXITSTATUS(status) != LEAK;
    printf("%s: %s, allocation %lu fails%s: ", story->name, warm ? "warm" : "cold", told->at,
           lasting ? " and all after it" : "");
    if (WIFSIGNALED(status)) {
        printf("signal %d\n", WTERMSIG(status));
    } else {
        printf("%s\n", told->what);
    }
    told->at++;
}

/* Blocks that three runs leave, with `told->asked` allocations in the first. */
static long usual_blocks(const scenario *story) {
    int answer[2], status;
    long blocks = -1;

    if (pipe(answer) != 0) exit(2);
    fflush(stdout);
    if (fork() == 0) {
        unsigned long asked;

        if (freopen("/dev/null", "w", stdout) == NULL) _exit(1);
        learning = true;
        run(story, 0, false);
        learning = false;
        memcpy(told->usual, sent, told->usual_len = sent_len);
        asked = told->asked;
        run(story, 0, false);
        run(story, 0, false);
        /* A thread of the library's that has not ended yet makes this more, and so the test milder. */
        blocks = memory_blocks();
        told->asked = asked;
        _exit(write(answer[1], &blocks, sizeof blocks) != sizeof blocks);
    }
    close(answer[1]);
    if (read(answer[0], &blocks, sizeof blocks) != sizeof blocks) blocks = -1;
    close(answer[0]);
    wait(&status);
    return blocks;
}

static bool torture(const scenario *story) {
    tally all = {0};
    int warm, lasting;
    long usually = usual_blocks(story);

    if (usually < 0) {
        printf("%-24s does not even work with memory: %s\n", story->name, told->what);
        return false;
    }
    all.cold = told->asked;
    for (warm = 0; warm < 2; warm++) {
        for (lasting = 0; lasting < 2; lasting++) {
            told->at = 1;
            told->finished = false;
            while (!told->finished) {
                in_child(story, warm, lasting, usually, &all);
            }
        }
    }
    all.warm = told->asked;
    printf("%-24s %6lu %6lu %6lu %6lu %6lu %6lu", story->name, all.cold, all.warm, all.runs,
           all.aborts + all.theirs, all.leaks, all.wrongs);
    printf("%s\n", story->tls ? "  (whose the aborts are is told below)" : "");
    return all.aborts + all.leaks + all.wrongs == 0;
}

static bool is_chosen(const scenario *story, int argc, char **argv) {
    int i;

    for (i = 5; i < argc; i++) {
        if (strcmp(argv[i], story->name) == 0 || strcmp(argv[i], story->tls ? "tls" : "plain") == 0) {
            return true;
        }
    }
    return argc == 5;
}

int main(int argc, char **argv) {
    void *frames[4];
    size_t i, failed = 0, passed = 0;

    if (argc < 5) {
        fprintf(stderr, "torture PORT TLS_PORT CLOSED_PORT FOLDER [plain] [tls] [SCENARIO...]\n");
        return 2;
    }
    server_port_plain = atoi(argv[1]);
    server_port_tls = atoi(argv[2]);
    closed_port = atoi(argv[3]);
    folder = argv[4];
    /* The first call loads what it needs. */
    backtrace(frames, 4);
    told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (told == MAP_FAILED) return 2;
    printf("%-24s %6s %6s %6s %6s %6s %6s\n", "scenario", "cold", "warm", "runs", "abort", "leak",
           "wrong");
    for (i = 0; i < scenario_count; i++) {
        if (is_chosen(&scenarios[i], argc, argv)) {
            bool good = torture(&scenarios[i]);

            passed += good;
            failed += !good;
        }
    }
    printf("%zu passed, %zu failed\n", passed, failed);
    return failed != 0 || passed == 0;
}
