#ifndef NNC_ROW_SUMS_H
#define NNC_ROW_SUMS_H

#include <stddef.h>
#include <stdint.h>

/// sums[0..<run] (+)= the sum over i of values[i] times the `run` floats at base[(rows[i] - first) * stride], term by term
/// in the order of i for each place by itself: however places and terms are cut, the bits are the same.
void nnc_sum_rows(float *sums, size_t run, const float *base, size_t stride, int32_t first, const int32_t *rows, const float *values,
                  size_t count, int add);

/// Asks for `run` floats before they are needed.
void nnc_call_row(const float *row, size_t run);

#endif
