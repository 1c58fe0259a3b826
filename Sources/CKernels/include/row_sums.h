#ifndef NNC_ROW_SUMS_H
#define NNC_ROW_SUMS_H

#include <stddef.h>
#include <stdint.h>

/// sums[0..<run] = the sum over i of values[i] * base[rows[i] * stride ..< rows[i] * stride + run], in the order of i for
/// each place by itself: however the places are cut into runs, the bits are the same.
void nnc_sum_rows(float *sums, size_t run, const float *base, size_t stride, const int32_t *rows, const float *values, size_t count);

#endif
