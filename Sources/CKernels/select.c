#include "select.h"
#include "vector_math.h"

#include <string.h>

// As many columns as stay in a first-level cache beside the rows that are added to them.
enum { COLUMNS = 1024 };

// Not below zero; NaN stays NaN.
#define POSITIVE(x) ((x) < 0.0f ? 0.0f : (x))

#define COLUMN_SUMS(NAME, PART)                                                                                \
    NNC_CLONES                                                                                                 \
    void NAME(const float *x, float *restrict sums, size_t rows, size_t columns, size_t stride) {             \
        for (size_t from = 0; from < columns; from += COLUMNS) {                                               \
            size_t width = columns - from < COLUMNS ? columns - from : COLUMNS;                                \
            const float *row = x + from;                                                                       \
            float *restrict s = sums + from;                                                                   \
            for (size_t c = 0; c < width; c++) s[c] = PART(row[c]);                                            \
            size_t left = rows - 1;                                                                            \
            row += stride;                                                                                     \
            /* Four rows for each time that the sums are read and written; still one after the other. */       \
            for (; left >= 4; left -= 4, row += 4 * stride) {                                                  \
                const float *a = row, *b = a + stride, *c = b + stride, *d = c + stride;                       \
                for (size_t i = 0; i < width; i++) {                                                           \
                    float sum = s[i] + PART(a[i]);                                                             \
                    sum += PART(b[i]);                                                                         \
                    sum += PART(c[i]);                                                                         \
                    s[i] = sum + PART(d[i]);                                                                   \
                }                                                                                              \
            }                                                                                                  \
            for (; left > 0; left--, row += stride)                                                            \
                for (size_t i = 0; i < width; i++) s[i] += PART(row[i]);                                       \
        }                                                                                                      \
    }

COLUMN_SUMS(nnc_column_magnitudes, __builtin_fabsf)
COLUMN_SUMS(nnc_column_positive_parts, POSITIVE)

NNC_INLINE void pad(int32_t *keys, size_t n, int32_t key) {
    size_t end = (n + NNC_SELECT_PADDING - 1) / NNC_SELECT_PADDING * NNC_SELECT_PADDING;
    for (size_t i = n; i < end; i++) keys[i] = key;
}

NNC_CLONES
void nnc_magnitude_keys(const float *x, int32_t *restrict keys, size_t n) {
    for (size_t i = 0; i < n; i++) {
        int32_t bits = nnc_bits(x[i]) & 0x7FFFFFFF;
        keys[i] = bits < NNC_SELECT_NAN ? bits : NNC_SELECT_NAN;
    }
    pad(keys, n, -1);
}

NNC_CLONES
void nnc_value_keys(const float *x, int32_t *restrict keys, size_t n) {
    for (size_t i = 0; i < n; i++) {
        // The two zeros are one. Of what is below, the larger magnitude comes first.
        int32_t bits = nnc_bits(x[i] + 0.0f), magnitude = bits & 0x7FFFFFFF;
        int32_t key = bits < 0 ? -magnitude : magnitude;
        keys[i] = magnitude < NNC_SELECT_NAN ? key : NNC_SELECT_NAN;
    }
    pad(keys, n, INT32_MIN);
}

typedef int32_t lanes __attribute__((vector_size(64), aligned(4)));
typedef _Bool flags __attribute__((ext_vector_type(16)));

/// Bit i is set where key i is not below `least`.
NNC_INLINE uint32_t reached(const int32_t *keys, int32_t least) {
    flags set = __builtin_convertvector(*(const lanes *)keys >= least, flags);
    uint16_t bits;
    memcpy(&bits, &set, sizeof bits);
    return bits;
}

/// How many keys are not below `least`. Summed by hand: left to itself, the compiler adds the lanes up in each round.
NNC_INLINE int32_t count_reached(const int32_t *keys, size_t padded, int32_t least) {
    enum { AT_ONCE = NNC_SELECT_PADDING / 16 };
    lanes counts[AT_ONCE] = {0};
    for (size_t from = 0; from < padded; from += NNC_SELECT_PADDING)
        for (int v = 0; v < AT_ONCE; v++) counts[v] -= *(const lanes *)(keys + from + 16 * v) >= least;
    lanes all = (counts[0] + counts[1]) + (counts[2] + counts[3]);
    return __builtin_reduce_add(all);
}

/// Keys are `lowest` or more, and differ from that in bits up to `highest`.
NNC_INLINE void select_largest(const int32_t *keys, size_t n, size_t k, int32_t *chosen, int32_t lowest, int highest) {
    size_t padded = (n + NNC_SELECT_PADDING - 1) / NNC_SELECT_PADDING * NNC_SELECT_PADDING;
    // The largest key that at least k reach, from its highest bit down. The last candidate that fewer reach is the next key.
    int32_t threshold = lowest, above = 0;
    for (int bit = highest; bit >= 0; bit--) {
        int32_t candidate = (int32_t)((uint32_t)threshold + (1u << bit));
        int32_t count = count_reached(keys, padded, candidate);
        if ((size_t)count >= k) threshold = candidate;
        else above = count;
    }
    size_t equal = k - (size_t)above, place = 0;
    for (size_t from = 0; place < k; from += 16) {
        for (uint32_t bits = reached(keys + from, threshold); bits; bits &= bits - 1) {
            size_t unit = from + (size_t)__builtin_ctz(bits);
            if (keys[unit] == threshold) {
                if (equal == 0) continue;
                equal--;
            }
            chosen[place++] = (int32_t)unit;
        }
    }
}

NNC_CLONES
void nnc_select_largest(const int32_t *keys, size_t n, size_t k, int32_t *chosen) { select_largest(keys, n, k, chosen, 0, 30); }

NNC_CLONES
void nnc_select_largest_signed(const int32_t *keys, size_t n, size_t k, int32_t *chosen) {
    select_largest(keys, n, k, chosen, INT32_MIN, 31);
}

#define GATHER(NAME, ELEMENT)                                                                                      \
    NNC_CLONES                                                                                                     \
    void NAME(const ELEMENT *x, ELEMENT *restrict y, size_t rows, size_t units, const int32_t *indices, size_t k) { \
        for (size_t row = 0; row < rows; row++, x += units, y += k)                                                \
            for (size_t j = 0; j < k; j++) y[j] = x[indices[j]];                                                   \
    }

GATHER(nnc_gather_floats, float)
GATHER(nnc_gather_bytes, uint8_t)

NNC_CLONES
int nnc_all_below(const int32_t *indices, size_t n, int32_t limit) {
    int32_t outside = 0;
    // What is negative is large as a number without a sign.
    for (size_t i = 0; i < n; i++) outside |= (uint32_t)indices[i] >= (uint32_t)limit;
    return !outside;
}
