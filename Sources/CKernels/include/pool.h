#ifndef NNC_POOL_H
#define NNC_POOL_H

// The threads of a run. In C because a Swift closure that does not escape can be handed to another thread
// without an allocation only as what it is underneath: a function and its context.

#include <stdint.h>

#if __has_attribute(swiftcall)
#define NNC_SWIFT __attribute__((swiftcall))
#define NNC_SWIFT_CONTEXT __attribute__((swift_context))
#else
#error "the worker pool calls Swift closures: build it with clang"
#endif

typedef struct nnc_pool nnc_pool;

/// Threads that wait for work, `threads` - 1 of them: the caller is one. NULL where memory is out.
nnc_pool *nnc_pool_create(intptr_t threads);

/// How many there are, the caller among them.
intptr_t nnc_pool_threads(const nnc_pool *pool);

/// Ends and joins the threads.
void nnc_pool_destroy(nnc_pool *pool);

typedef NNC_SWIFT void (*nnc_piece)(intptr_t piece, intptr_t thread, NNC_SWIFT_CONTEXT void *context);

#endif
