#include "CKernels.h"
#include "row_sums.h"

// A sparse product is a sum of scaled rows. A block of the sum stays in registers while the rows go by; every
// multiplication reads its factor from the cache, which is what bounds the speed.

typedef float lanes __attribute__((vector_size(32), aligned(4)));

enum { LANES = 8 };

static inline __attribute__((always_inline)) void sum_block(const int width, float *sums, const float *base, size_t stride,
                                                             const int32_t *rows, const float *values, size_t count) {
    lanes sum[width];
    for (int j = 0; j < width; j++) sum[j] = (lanes){0};
    for (size_t i = 0; i < count; i++) {
        const float *row = base + (size_t)rows[i] * stride;
        const float v = values[i];
        for (int j = 0; j < width; j++) sum[j] += v * *(const lanes *)(row + LANES * j);
    }
    for (int j = 0; j < width; j++) *(lanes *)(sums + LANES * j) = sum[j];
}

NNC_CLONES
void nnc_sum_rows(float *sums, size_t run, const float *base, size_t stride, const int32_t *rows, const float *values, size_t count) {
    size_t r = 0;
    for (; r + 8 * LANES <= run; r += 8 * LANES) sum_block(8, sums + r, base + r, stride, rows, values, count);
    for (; r + 4 * LANES <= run; r += 4 * LANES) sum_block(4, sums + r, base + r, stride, rows, values, count);
    for (; r + 2 * LANES <= run; r += 2 * LANES) sum_block(2, sums + r, base + r, stride, rows, values, count);
    for (; r + LANES <= run; r += LANES) sum_block(1, sums + r, base + r, stride, rows, values, count);
    if (r < run && run >= LANES) {
        // The last places once more, with those before them: one pass instead of one for each place.
        r = run - LANES;
        sum_block(1, sums + r, base + r, stride, rows, values, count);
        return;
    }
    for (; r < run; r++) {
        float sum = 0;
        for (size_t i = 0; i < count; i++) sum += values[i] * base[(size_t)rows[i] * stride + r];
        sums[r] = sum;
    }
}
