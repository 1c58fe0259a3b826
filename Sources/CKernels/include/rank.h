#ifndef NNC_RANK_H
#define NNC_RANK_H

#include "clones.h"

/// Takes n more numbers of each row into what is known of it: x[row * stride + j] + bias[j], if there is a bias, is that of unit
/// ids[row * idStride + j], or of first + j without ids. Units ascend from call to call.
///
/// By row: the largest so far, and the sum of e^(x - largest); both begin as -infinity and 0. scores and units hold the k best, the best first,
/// of equal ones the one that came first. If there are labels, `most` places a row, ascending, negative behind the last: chosen gets the sum
/// of the numbers that belong to them, and found how many there were.
void nnc_rank_block(
    float *x, size_t stride, const float *bias, const int32_t *ids, size_t idStride, int32_t first, size_t rows, size_t n,
    const int32_t *labels, size_t most, float *largest, float *sums, float *chosen, int32_t *found, float *scores, int32_t *units, size_t k);

/// Takes n more numbers x[j] + bias[j], those of units first + j, into the k best so far, held as a heap with the worst at its root: the
/// smallest, of equal ones that of the highest unit. A heap begins as -infinity everywhere. x is overwritten.
void nnc_heap_block(float *x, const float *bias, size_t n, int32_t first, float *scores, int32_t *units, size_t k);

/// Sorts units, ascending.
void nnc_sort_units(int32_t *units, size_t n);

#endif
