#include "CKernels.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

// A worker waits for work by spinning for a short while, because the next kernel usually follows within
// microseconds, and then blocks, because a spinning thread slows every other on a busy machine.
enum { SPIN_NANOSECONDS = 50000, PAUSES_BETWEEN_CLOCKS = 32 };

struct nnc_pool {
    // The job: written by the caller before `generation` changes, read by the workers after.
    nnc_piece body;
    void *context;
    intptr_t pieces;

    _Alignas(64) atomic_uint generation;
    atomic_bool closing;
    _Alignas(64) atomic_int pending;
    _Alignas(64) atomic_int sleepers;
    atomic_bool callerSleeps;
    atomic_bool busy;

    pthread_mutex_t mutex;
    pthread_cond_t wake;
    pthread_cond_t done;
    intptr_t threads;
    pthread_t handles[];
};

typedef struct {
    nnc_pool *pool;
    intptr_t thread;
} worker_start;

static inline void pause_briefly(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static int64_t nanoseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

// Contiguous and static, so that a thread meets the same data in every step and finds it in its cache.
static void run_share(nnc_pool *pool, nnc_piece body, void *context, intptr_t pieces, intptr_t thread) {
    intptr_t from = thread * pieces / pool->threads, to = (thread + 1) * pieces / pool->threads;
    for (intptr_t piece = from; piece < to; piece++) body(piece, thread, context);
}

static void wait_for_job(nnc_pool *pool, unsigned seen) {
    int64_t end = nanoseconds() + SPIN_NANOSECONDS;
    do {
        for (int i = 0; i < PAUSES_BETWEEN_CLOCKS; i++) {
            if (atomic_load_explicit(&pool->generation, memory_order_acquire) != seen) return;
            pause_briefly();
        }
    } while (nanoseconds() < end);
    pthread_mutex_lock(&pool->mutex);
    // Announced before the last look at `generation`; the caller changes that before it looks for sleepers.
    atomic_fetch_add(&pool->sleepers, 1);
    while (atomic_load(&pool->generation) == seen) pthread_cond_wait(&pool->wake, &pool->mutex);
    atomic_fetch_sub(&pool->sleepers, 1);
    pthread_mutex_unlock(&pool->mutex);
}

static void wait_for_workers(nnc_pool *pool) {
    int64_t end = nanoseconds() + SPIN_NANOSECONDS;
    do {
        for (int i = 0; i < PAUSES_BETWEEN_CLOCKS; i++) {
            if (atomic_load_explicit(&pool->pending, memory_order_acquire) == 0) return;
            pause_briefly();
        }
    } while (nanoseconds() < end);
    pthread_mutex_lock(&pool->mutex);
    atomic_store(&pool->callerSleeps, true);
    while (atomic_load(&pool->pending) != 0) pthread_cond_wait(&pool->done, &pool->mutex);
    atomic_store(&pool->callerSleeps, false);
    pthread_mutex_unlock(&pool->mutex);
}

static void publish(nnc_pool *pool) {
    atomic_store(&pool->pending, (int)(pool->threads - 1));
    atomic_fetch_add(&pool->generation, 1);
    if (atomic_load(&pool->sleepers) == 0) return;
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->mutex);
}

static void *work(void *argument) {
    worker_start start = *(worker_start *)argument;
    free(argument);
    nnc_pool *pool = start.pool;
    unsigned seen = 0;
    for (;;) {
        wait_for_job(pool, seen);
        seen++;
        if (atomic_load(&pool->closing)) return NULL;
        run_share(pool, pool->body, pool->context, pool->pieces, start.thread);
        if (atomic_fetch_sub(&pool->pending, 1) == 1 && atomic_load(&pool->callerSleeps)) {
            pthread_mutex_lock(&pool->mutex);
            pthread_cond_signal(&pool->done);
            pthread_mutex_unlock(&pool->mutex);
        }
    }
}

nnc_pool *nnc_pool_create(intptr_t threads) {
    if (threads < 1) threads = 1;
    void *memory;
    if (posix_memalign(&memory, 64, sizeof(nnc_pool) + (size_t)threads * sizeof(pthread_t)) != 0) return NULL;
    nnc_pool *pool = memory;
    *pool = (nnc_pool){.threads = 1};
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->wake, NULL);
    pthread_cond_init(&pool->done, NULL);
    // A system that refuses a thread leaves a smaller pool: the pieces, and so the results, stay the same.
    for (intptr_t thread = 1; thread < threads; thread++) {
        worker_start *start = malloc(sizeof *start);
        if (start == NULL) break;
        *start = (worker_start){pool, thread};
        if (pthread_create(&pool->handles[thread], NULL, work, start) != 0) {
            free(start);
            break;
        }
        pool->threads = thread + 1;
    }
    return pool;
}

intptr_t nnc_pool_threads(const nnc_pool *pool) { return pool->threads; }

void nnc_pool_destroy(nnc_pool *pool) {
    if (pool == NULL) return;
    atomic_store(&pool->closing, true);
    publish(pool);
    for (intptr_t thread = 1; thread < pool->threads; thread++) pthread_join(pool->handles[thread], NULL);
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->mutex);
    free(pool);
}

NNC_SWIFT void nnc_pool_run(void *memory, intptr_t pieces, nnc_piece body, void *context) {
    nnc_pool *pool = memory;
    // A kernel inside a kernel, or two runs that share a pool, take their pieces one by one.
    if (pool == NULL || pool->threads == 1 || pieces <= 1 || atomic_exchange(&pool->busy, true)) {
        for (intptr_t piece = 0; piece < pieces; piece++) body(piece, 0, context);
        return;
    }
    pool->body = body;
    pool->context = context;
    pool->pieces = pieces;
    publish(pool);
    run_share(pool, body, context, pieces, 0);
    wait_for_workers(pool);
    atomic_store(&pool->busy, false);
}
