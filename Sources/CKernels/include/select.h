#ifndef NNC_SELECT_H
#define NNC_SELECT_H

// The largest of many numbers, in a time that does not depend on them: magnitudes are compared as the whole numbers that
// their bits are, and the smallest that is kept is found bit by bit.

#include "clones.h"

enum {
    /// Keys are padded, with one that is below all, to a multiple of this.
    NNC_SELECT_PADDING = 64,
    /// The key of every NaN, above infinity's.
    NNC_SELECT_NAN = 0x7F800001,
};

/// sums[c] = sum over the rows of |x|, added in their order; at least one row. Rows are `stride` apart.
void nnc_column_magnitudes(const float *x, float *sums, size_t rows, size_t columns, size_t stride);

/// The same of max(x, 0).
void nnc_column_positive_parts(const float *x, float *sums, size_t rows, size_t columns, size_t stride);

/// keys[i] = the bits of |x[i]|, and the padding behind them.
void nnc_magnitude_keys(const float *x, int32_t *keys, size_t n);

/// keys[i] in the order of x[i], negative ones below zero; the padding, INT32_MIN, is below all.
void nnc_value_keys(const float *x, int32_t *keys, size_t n);

/// chosen[0 ..< k] = where the `k` largest of `n` keys stand, in ascending order. Of equal ones the first are taken.
void nnc_select_largest(const int32_t *keys, size_t n, size_t k, int32_t *chosen);
/// The same for keys that may be negative, with one step more.
void nnc_select_largest_signed(const int32_t *keys, size_t n, size_t k, int32_t *chosen);

/// y[r, j] = x[r, indices[j]] for rows of `units` numbers, which become rows of `k`.
void nnc_gather_floats(const float *x, float *y, size_t rows, size_t units, const int32_t *indices, size_t k);
void nnc_gather_bytes(const uint8_t *x, uint8_t *y, size_t rows, size_t units, const int32_t *indices, size_t k);

/// Whether every index is one of 0 ..< limit.
int nnc_all_below(const int32_t *indices, size_t n, int32_t limit);

#endif
