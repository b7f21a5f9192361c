/* The memory of a program under test: it counts what is handed out, and fails on demand. */
#ifndef TORTURE_MEMORY_H
#define TORTURE_MEMORY_H

#include <stdbool.h>

/* From now on the `nth` allocation fails, from 1 on; with `lasting` also each one after it, until
 * memory_restore. 0 fails none and counts. */
void memory_fail(unsigned long nth, bool lasting);

/* There is memory again. */
void memory_restore(void);

/* Whether an allocation has failed since memory_fail. */
bool memory_has_failed(void);

/* Allocations since memory_fail, those that failed included. */
unsigned long memory_asked(void);

/* Blocks that were handed out and not freed. */
long memory_blocks(void);

#endif
