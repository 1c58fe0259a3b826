#include "CKernels.h"
#include "row_sums.h"

// A sparse product is a sum of scaled rows. A block of the sum stays in registers while the rows go by; every
// multiplication reads its factor from the cache, which is what bounds the speed.

typedef float lanes __attribute__((vector_size(32), aligned(4)));

enum { LANES = 8 };

static inline __attribute__((always_inline)) void load_block(const int width, lanes *sum, const float *sums, int add) {
    for (int j = 0; j < width; j++) sum[j] = add ? *(const lanes *)(sums + LANES * j) : (lanes){0};
}

static inline __attribute__((always_inline)) void add_rows(const int width, lanes *sum, const float *base, size_t stride, int32_t first,
                                                            const int32_t *rows, const float *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const float *row = base + (size_t)(rows[i] - first) * stride;
        const float v = values[i];
        for (int j = 0; j < width; j++) sum[j] += v * *(const lanes *)(row + LANES * j);
    }
}

static inline __attribute__((always_inline)) void sum_block(const int width, float *sums, const float *base, size_t stride, int32_t first,
                                                             const int32_t *rows, const float *values, size_t count, int add) {
    lanes sum[width];
    load_block(width, sum, sums, add);
    add_rows(width, sum, base, stride, first, rows, values, count);
    for (int j = 0; j < width; j++) *(lanes *)(sums + LANES * j) = sum[j];
}

NNC_CLONES
void nnc_sum_rows(float *sums, size_t run, const float *base, size_t stride, int32_t first, const int32_t *rows, const float *values,
                  size_t count, int add) {
    if (add && count == 0) return;
    size_t r = 0;
    for (; r + 8 * LANES <= run; r += 8 * LANES) sum_block(8, sums + r, base + r, stride, first, rows, values, count, add);
    for (; r + 4 * LANES <= run; r += 4 * LANES) sum_block(4, sums + r, base + r, stride, first, rows, values, count, add);
    for (; r + 2 * LANES <= run; r += 2 * LANES) sum_block(2, sums + r, base + r, stride, first, rows, values, count, add);
    for (; r + LANES <= run; r += LANES) sum_block(1, sums + r, base + r, stride, first, rows, values, count, add);
    if (r == run) return;
    if (run >= LANES) {
        // One pass for all of the last places; those before them, which complete the vector, are not stored again.
        const size_t from = run - LANES;
        lanes sum;
        load_block(1, &sum, sums + from, add);
        add_rows(1, &sum, base + from, stride, first, rows, values, count);
        for (; r < run; r++) sums[r] = sum[r - from];
        return;
    }
    for (; r < run; r++) {
        float sum = add ? sums[r] : 0;
        for (size_t i = 0; i < count; i++) sum += values[i] * base[(size_t)(rows[i] - first) * stride + r];
        sums[r] = sum;
    }
}

void nnc_call_row(const float *row, size_t run) {
    for (size_t r = 0; r < run; r += 16) __builtin_prefetch(row + r, 0, 2);
}
