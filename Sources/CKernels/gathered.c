#include "gathered.h"
#include "vector_math.h"

#include <string.h>

typedef float lanes __attribute__((vector_size(64), aligned(4)));
typedef int32_t words __attribute__((vector_size(64), aligned(4)));

enum { LANES = 16 };

// Vectors are handed over by address: as arguments, their form would depend on the instruction set.

/// The sum of sixteen partial sums, by halves.
NNC_INLINE float folded(const lanes *sums) {
    lanes s = *sums;
    typedef float eight __attribute__((vector_size(32)));
    typedef float four __attribute__((vector_size(16)));
    eight a = __builtin_shufflevector(s, s, 0, 1, 2, 3, 4, 5, 6, 7) + __builtin_shufflevector(s, s, 8, 9, 10, 11, 12, 13, 14, 15);
    four b = __builtin_shufflevector(a, a, 0, 1, 2, 3) + __builtin_shufflevector(a, a, 4, 5, 6, 7);
    return (b[0] + b[2]) + (b[1] + b[3]);
}

/// The last vector of a row: of n >= 16 numbers the last sixteen, with zeros for those that an earlier vector has.
NNC_INLINE void load_last(lanes *to, const float *row, size_t n, const words *mask) {
    *to = (lanes)(*(const words *)(row + n - LANES) & *mask);
}

NNC_INLINE void dots(const int count, const float *w, size_t n, const float *x, size_t stride, const int32_t *examples, const int32_t *places,
                     const words *mask, float bias, int add, float *y) {
    lanes sums[count];
    const float *rows[count];
    for (int r = 0; r < count; r++) {
        sums[r] = (lanes){0};
        rows[r] = x + (size_t)examples[r] * stride;
    }
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        lanes left = *(const lanes *)(w + i);
        for (int r = 0; r < count; r++) sums[r] += left * *(const lanes *)(rows[r] + i);
    }
    if (i < n) {
        lanes left, right;
        load_last(&left, w, n, mask);
        for (int r = 0; r < count; r++) {
            load_last(&right, rows[r], n, mask);
            sums[r] += left * right;
        }
    }
    for (int r = 0; r < count; r++) {
        float sum = folded(&sums[r]);
        y[places[r]] = add ? y[places[r]] + sum : sum + bias;
    }
}

NNC_CLONES
void nnc_gathered_dots(const float *w, size_t n, const float *x, size_t stride, const int32_t *examples, const int32_t *places,
                       size_t count, float bias, int add, float *y) {
    if (n < LANES) {
        for (size_t i = 0; i < count; i++) {
            const float *row = x + (size_t)examples[i] * stride;
            float sum = 0;
            for (size_t j = 0; j < n; j++) sum += w[j] * row[j];
            y[places[i]] = add ? y[places[i]] + sum : sum + bias;
        }
        return;
    }
    words mask;
    for (int l = 0; l < LANES; l++) mask[l] = (size_t)l < LANES - n % LANES ? 0 : -1;
    size_t i = 0;
    for (; i + 4 <= count; i += 4) dots(4, w, n, x, stride, examples + i, places + i, &mask, bias, add, y);
    for (; i + 2 <= count; i += 2) dots(2, w, n, x, stride, examples + i, places + i, &mask, bias, add, y);
    if (i < count) dots(1, w, n, x, stride, examples + i, places + i, &mask, bias, add, y);
}

// Picked numbers are put together by four: faster here than the processor's own gathering of eight or sixteen, and it needs no more
// than any processor has.

typedef float four __attribute__((vector_size(16), aligned(4)));

#define PICKED(w, at) ((four){(w)[(uint32_t)(at)[0]], (w)[(uint32_t)(at)[1]], (w)[(uint32_t)(at)[2]], (w)[(uint32_t)(at)[3]]})

NNC_CLONES
void nnc_sparse_dots(const float *w, const float *values, const int32_t *indices, size_t k, const int32_t *examples, const int32_t *places,
                     size_t count, float bias, float *y) {
    for (size_t i = 0; i < count; i++) {
        const float *v = values + (size_t)examples[i] * k;
        const int32_t *at = indices + (size_t)examples[i] * k;
        four a = {0}, b = {0};
        size_t j = 0;
        for (; j + 8 <= k; j += 8) {
            a += *(const four *)(v + j) * PICKED(w, at + j);
            b += *(const four *)(v + j + 4) * PICKED(w, at + j + 4);
        }
        if (j + 4 <= k) {
            a += *(const four *)(v + j) * PICKED(w, at + j);
            j += 4;
        }
        a += b;
        float sum = (a[0] + a[2]) + (a[1] + a[3]);
        for (; j < k; j++) sum += v[j] * w[at[j]];
        y[places[i]] = sum + bias;
    }
}

NNC_CLONES
void nnc_sparse_add_inputs(const float *w, const int32_t *indices, size_t k, const int32_t *examples, const int32_t *places, size_t count,
                           const float *dy, float *dx) {
    for (size_t i = 0; i < count; i++) {
        float *d = dx + (size_t)examples[i] * k;
        const int32_t *at = indices + (size_t)examples[i] * k;
        float factor = dy[places[i]];
        size_t j = 0;
        for (; j + 4 <= k; j += 4) *(four *)(d + j) += factor * PICKED(w, at + j);
        for (; j < k; j++) d[j] += factor * w[at[j]];
    }
}

// The sums stay in registers, in the order of the units: the same bits as unit by unit.
NNC_CLONES
void nnc_sparse_inputs(const float *w, size_t inputs, const int32_t *indices, size_t k, const int32_t *units, const float *dy, size_t count, float *dx) {
    size_t j = 0;
    for (; j + 16 <= k; j += 16) {
        const int32_t *at = indices + j;
        four a = {0}, b = {0}, c = {0}, d = {0};
        for (size_t i = 0; i < count; i++) {
            const float *row = w + (size_t)units[i] * inputs;
            float factor = dy[i];
            a += factor * PICKED(row, at);
            b += factor * PICKED(row, at + 4);
            c += factor * PICKED(row, at + 8);
            d += factor * PICKED(row, at + 12);
        }
        *(four *)(dx + j) = a;
        *(four *)(dx + j + 4) = b;
        *(four *)(dx + j + 8) = c;
        *(four *)(dx + j + 12) = d;
    }
    for (; j + 4 <= k; j += 4) {
        four a = {0};
        for (size_t i = 0; i < count; i++) a += dy[i] * PICKED(w + (size_t)units[i] * inputs, indices + j);
        *(four *)(dx + j) = a;
    }
    for (; j < k; j++) {
        float a = 0;
        for (size_t i = 0; i < count; i++) a += dy[i] * w[(size_t)units[i] * inputs + (size_t)indices[j]];
        dx[j] = a;
    }
}

NNC_CLONES
void nnc_sparse_add_outer(float *dw, const float *values, const int32_t *indices, size_t k, const int32_t *examples, const int32_t *places,
                          size_t count, float alpha, const float *dy) {
    for (size_t i = 0; i < count; i++) {
        const float *v = values + (size_t)examples[i] * k;
        const int32_t *at = indices + (size_t)examples[i] * k;
        float factor = alpha * dy[places[i]];
        size_t j = 0;
        // The indices are different: all four are read before any is written.
        for (; j + 4 <= k; j += 4) {
            four sum = PICKED(dw, at + j) + factor * *(const four *)(v + j);
            for (int l = 0; l < 4; l++) dw[(uint32_t)at[j + l]] = sum[l];
        }
        for (; j < k; j++) dw[at[j]] += factor * v[j];
    }
}
