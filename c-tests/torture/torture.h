/* What the scenarios of the torture test share with its runner.
 *
 * A scenario is a story from the first call to the last that frees what it made. The runner lets it
 * run again and again, and each time another allocation fails. Whatever call then fails must say
 * HC_ERR_NO_MEMORY; the story makes it again, with memory, and has to come to the same end. */
#ifndef TORTURE_H
#define TORTURE_H

#include "httpclient.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct scenario {
    const char *name;
    void (*run)(void);
    /* TLS: what rustls and ring do without memory is theirs. */
    bool tls;
} scenario;

extern const scenario scenarios[];
extern const size_t scenario_count;

/* Where the server with the routes of `testserver serve` listens: in the clear, and with TLS. */
extern int server_port_plain, server_port_tls;
/* A port on 127.0.0.1 where nobody listens. */
extern int closed_port;
/* The folder with the certificates of `testserver certs`, and other files. */
extern const char *folder;

/* Says that something is not as it must be, and ends this run. */
void wrong(const char *what, const char *file, int line);

#define EXPECT(condition) ((condition) ? (void)0 : wrong(#condition, __FILE__, __LINE__))

/* Whether a call that gave `code` has to be made again: memory had failed, and is there again. */
bool again(hc_error code);

/* A call that has to give this code; one that failed for lack of memory is made again. */
#define MUST_GIVE(expected, call)        \
    do {                                 \
        hc_error code_ = (call);         \
        if (again(code_)) {              \
            code_ = (call);              \
        }                                \
        EXPECT(code_ == (expected));     \
    } while (0)

#define MUST(call) MUST_GIVE(HC_OK, call)

/* The message of a failure that belongs to the story: it is the same in every run, or says that there
 * was no memory for it. */
void note_message(const char *message);

/* Bytes that a scenario has sent: in runs where no call failed they are always the same. */
void note_sent(const void *data, size_t len);

#endif
