/* What is printed on standard output while a test looks. Functions are inline so that a test may leave
 * some of them unused. */
#ifndef PRINTED_H
#define PRINTED_H

#include "harness.h"

#include <stdio.h>
#include <unistd.h>

/* Standard output while it goes to a file. */
typedef struct {
    FILE *file;
    int kept;
} printed;

static inline printed print_to_file(void) {
    printed to = {tmpfile(), -1};

    fflush(stdout);
    to.kept = dup(STDOUT_FILENO);
    if (CHECK(to.file != NULL && to.kept >= 0)) {
        dup2(fileno(to.file), STDOUT_FILENO);
    }
    return to;
}

/* Prints where it did before, and gives what was printed in between, NUL-terminated. */
static inline void print_again(printed to, char *text, size_t capacity) {
    fflush(stdout);
    dup2(to.kept, STDOUT_FILENO);
    close(to.kept);
    rewind(to.file);
    text[fread(text, 1, capacity - 1, to.file)] = '\0';
    fclose(to.file);
}

#endif
