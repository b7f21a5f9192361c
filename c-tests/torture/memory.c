#define _GNU_SOURCE

#include "memory.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

/* All of it is for any thread. Armed, an allocation counts; the one of number `failing` fails. */
static bool armed, all_after, has_failed;
static unsigned long asked, failing;
static long blocks;

#define LOAD(variable) __atomic_load_n(&(variable), __ATOMIC_SEQ_CST)
#define STORE(variable, value) __atomic_store_n(&(variable), (value), __ATOMIC_SEQ_CST)
#define ADD(variable, value) __atomic_add_fetch(&(variable), (value), __ATOMIC_SEQ_CST)

void memory_fail(unsigned long nth, bool lasting) {
    STORE(armed, false);
    STORE(asked, 0);
    STORE(failing, nth);
    STORE(all_after, lasting);
    STORE(has_failed, false);
    STORE(armed, true);
}

void memory_restore(void) { STORE(armed, false); }

bool memory_has_failed(void) { return LOAD(has_failed); }

unsigned long memory_asked(void) { return LOAD(asked); }

long memory_blocks(void) { return LOAD(blocks); }

/* Where the code of this program is, the library in it. What the system's own functions do without memory is
 * theirs: a lookup, for one, may then call a name unknown, or crash. */
extern const char __executable_start, etext;

/* Whether this allocation, asked for by `caller`, is one that fails. */
static bool fails(const void *caller) {
    unsigned long number, nth = LOAD(failing);

    if (!LOAD(armed) || (const char *)caller < &__executable_start || (const char *)caller >= &etext) {
        return false;
    }
    number = ADD(asked, 1);
    if (nth == 0 || number < nth || (number > nth && !LOAD(all_after))) {
        return false;
    }
    STORE(has_failed, true);
    errno = ENOMEM;
    return true;
}

static void *handed_out(void *memory) {
    if (memory != NULL) {
        ADD(blocks, 1);
    }
    return memory;
}

void *malloc(size_t size) { return fails(__builtin_return_address(0)) ? NULL : handed_out(__libc_malloc(size)); }

void *calloc(size_t count, size_t size) {
    return fails(__builtin_return_address(0)) ? NULL : handed_out(__libc_calloc(count, size));
}

void *realloc(void *memory, size_t size) {
    void *moved;

    if (fails(__builtin_return_address(0))) {
        return NULL;
    }
    moved = __libc_realloc(memory, size);
    return memory == NULL ? handed_out(moved) : moved;
}

void *memalign(size_t alignment, size_t size) {
    return fails(__builtin_return_address(0)) ? NULL : handed_out(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size) {
    return fails(__builtin_return_address(0)) ? NULL : handed_out(__libc_memalign(alignment, size));
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    if (fails(__builtin_return_address(0))) {
        return ENOMEM;
    }
    *memory = handed_out(__libc_memalign(alignment, size));
    return *memory == NULL ? ENOMEM : 0;
}

void free(void *memory) {
    if (memory != NULL) {
        ADD(blocks, -1);
        __libc_free(memory);
    }
}
