/* Preloaded by counts.sh: counts the heap allocations between two calls of getppid, and prints their
 * number on standard error after the second. */
#define _GNU_SOURCE

#include <stddef.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static unsigned long allocations;
static int counting;

void *malloc(size_t size) {
    allocations += counting != 0;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    allocations += counting != 0;
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
    allocations += counting != 0;
    return __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    allocations += counting != 0;
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    allocations += counting != 0;
    *memory = __libc_memalign(alignment, size);
    return *memory == NULL ? 12 : 0;
}

pid_t getppid(void) {
    counting = !counting;
    if (!counting) {
        fprintf(stderr, "allocations %lu\n", allocations);
    }
    return (pid_t)syscall(SYS_getppid);
}
