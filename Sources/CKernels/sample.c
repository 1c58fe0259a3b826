#include "sample.h"
#include "vector_math.h"

#include <string.h>

typedef float floats __attribute__((vector_size(64), aligned(4)));
typedef int32_t ints __attribute__((vector_size(64), aligned(4)));
typedef uint32_t words __attribute__((vector_size(64), aligned(4)));
typedef double doubles __attribute__((vector_size(128), aligned(8)));
typedef uint64_t longs __attribute__((vector_size(128), aligned(8)));
typedef _Bool flags __attribute__((ext_vector_type(16)));

enum { LANES = 16 };

// Vectors go through memory, since some of the targets have no registers to pass them in.

/// The last numbers of a row with zeros behind them, which are below every threshold.
NNC_INLINE void last_numbers(const float *x, size_t n, floats *numbers) {
    *numbers = (floats){0};
    memcpy(numbers, x, n * sizeof *x);
}

NNC_INLINE void add_below(const floats *x, float limit, doubles *sum, ints *reached) {
    floats a = (floats)(*(const ints *)x & 0x7FFFFFFF);
    ints above = a >= limit;
    *sum += __builtin_convertvector((floats)((ints)a & ~above), doubles);
    *reached -= above;
}

NNC_CLONES
void nnc_sum_below(const float *x, size_t n, float limit, double *sum, uint64_t *reached) {
    doubles even = {0}, odd = {0};
    ints evenReached = {0}, oddReached = {0};
    size_t i = 0;
    for (; i + 2 * LANES <= n; i += 2 * LANES) {
        add_below((const floats *)(x + i), limit, &even, &evenReached);
        add_below((const floats *)(x + i + LANES), limit, &odd, &oddReached);
    }
    if (i + LANES <= n) {
        add_below((const floats *)(x + i), limit, &even, &evenReached);
        i += LANES;
    }
    if (i < n) {
        floats last;
        last_numbers(x + i, n - i, &last);
        add_below(&last, limit, &odd, &oddReached);
    }
    even += odd;
    evenReached += oddReached;
    double all = 0;
    uint64_t count = 0;
    for (int l = 0; l < LANES; l++) {
        all += even[l];
        count += (uint64_t)evenReached[l];
    }
    *sum = all;
    *reached = count;
}

/// What `|x| / threshold` is, at most 1, in units of 2^-27.
NNC_INLINE void probabilities(const floats *x, float inverse, words *q) {
    floats p = (floats)(*(const ints *)x & 0x7FFFFFFF) * inverse;
    // NaN is not below 1.
    ints below = p < 1.0f;
    floats one = (floats){0} + 1.0f;
    p = (floats)(((ints)p & below) | ((ints)one & ~below));
    *q = (words)__builtin_convertvector(p * (float)(1 << NNC_SAMPLE_BITS), ints);
}

/// The same of the last numbers of a row, with zeros behind them whatever the threshold is.
NNC_INLINE void last_probabilities(const float *x, size_t n, float inverse, words *q) {
    const ints lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    floats last;
    last_numbers(x, n, &last);
    probabilities(&last, inverse, q);
    *q &= (words)(lane < (int32_t)n);
}

NNC_CLONES
uint64_t nnc_sum_probabilities(const float *x, size_t n, float inverse) {
    longs sum = {0};
    size_t i = 0;
    words q;
    for (; i + LANES <= n; i += LANES) {
        probabilities((const floats *)(x + i), inverse, &q);
        sum += __builtin_convertvector(q, longs);
    }
    if (i < n) {
        last_probabilities(x + i, n - i, inverse, &q);
        sum += __builtin_convertvector(q, longs);
    }
    uint64_t all = 0;
    for (int l = 0; l < LANES; l++) all += sum[l];
    return all;
}

/// Each lane becomes the sum of the lanes up to it.
NNC_INLINE void running_sums(words *sums) {
    const words none = {0};
    words q = *sums;
    q += __builtin_shufflevector(none, q, 0, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
    q += __builtin_shufflevector(none, q, 0, 1, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
    q += __builtin_shufflevector(none, q, 0, 1, 2, 3, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27);
    q += __builtin_shufflevector(none, q, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    *sums = q;
}

NNC_CLONES
size_t nnc_sample_row(
    const float *x, size_t n, float threshold, float inverse, uint32_t *fraction, int32_t *units, float *values, size_t most
) {
    const uint32_t mask = (1u << NNC_SAMPLE_BITS) - 1;
    uint32_t rest = *fraction;
    size_t kept = 0;
    for (size_t from = 0; from < n; from += LANES) {
        words q;
        if (n - from < LANES) last_probabilities(x + from, n - from, inverse, &q);
        else probabilities((const floats *)(x + from), inverse, &q);
        words after = q;
        running_sums(&after);
        after += rest;
        flags passes = __builtin_convertvector((after >> NNC_SAMPLE_BITS) != ((after - q) >> NNC_SAMPLE_BITS), flags);
        rest = after[LANES - 1] & mask;
        uint16_t bits;
        memcpy(&bits, &passes, sizeof bits);
        for (uint32_t left = bits; left && kept < most; left &= left - 1) {
            size_t unit = from + (size_t)__builtin_ctz(left);
            float a = __builtin_fabsf(x[unit]);
            units[kept] = (int32_t)unit;
            values[kept++] = __builtin_copysignf(a * inverse >= 1.0f ? a : threshold, x[unit]);
        }
    }
    *fraction = rest;
    return kept;
}
