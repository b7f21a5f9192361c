/* What the clients share: their job, and the line that they print at its end.
 *
 * CLIENT KIND COUNT PORT PATH [CA]
 *     KIND get      COUNT exchanges on one connection
 *          post     the same with a body of 1 KiB
 *          connect  a connection for each exchange
 *          fresh    and a handle for each connection
 *          idle     COUNT connections left open after an exchange each
 *     CA   trust this file, and speak TLS
 * A body is read in pieces of 64 KiB. */
#ifndef JOB_H
#define JOB_H
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 65536 };

struct job {
    const char *kind, *path, *ca;
    long count;
    int port;
    bool post, connect, fresh, idle;
};

static char posted[1024];

static inline struct job job_from(int argc, char **argv) {
    if (argc < 5) {
        fprintf(stderr, "usage: %s KIND COUNT PORT PATH [CA]\n", argv[0]);
        exit(2);
    }
    const char *kind = argv[1];
    memset(posted, 'x', sizeof posted);
    return (struct job){.kind = kind, .count = atol(argv[2]), .port = atoi(argv[3]), .path = argv[4],
                        .ca = argc > 5 ? argv[5] : NULL, .post = !strcmp(kind, "post"),
                        .connect = !strcmp(kind, "connect"), .fresh = !strcmp(kind, "fresh"),
                        .idle = !strcmp(kind, "idle")};
}

/* Prints the size of the resident set in KiB. */
static inline void job_end(void) {
    char line[256];
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        if (!strncmp(line, "VmRSS:", 6)) printf("%ld\n", atol(line + 6));
    if (status) fclose(status);
}
#endif
