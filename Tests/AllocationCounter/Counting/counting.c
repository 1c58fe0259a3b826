#include "CAllocationCounter.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

static _Atomic uint64_t process_count;
// initial-exec: the default model may itself allocate at a thread's first access.
static __thread uint64_t thread_count __attribute__((tls_model("initial-exec")));

uint64_t allocation_count_of_process(void) { return atomic_load(&process_count); }
uint64_t allocation_count_of_thread(void) { return thread_count; }

#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)

// Symbols of the executable come before those of the C library, also for calls out of the Swift runtime and BLAS. glibc
// offers its own functions under these names, so `free` needs no replacement.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static void count(void) {
    atomic_fetch_add_explicit(&process_count, 1, memory_order_relaxed);
    thread_count += 1;
}

void *malloc(size_t size) {
    count();
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count();
    return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
    count();
    return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
    count();
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    count();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
    count();
    void *memory = __libc_memalign(alignment, size);
    if (memory == NULL) return ENOMEM;
    *result = memory;
    return 0;
}

#endif
