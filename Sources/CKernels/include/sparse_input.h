#ifndef NNC_SPARSE_INPUT_H
#define NNC_SPARSE_INPUT_H

// Examples that are lists of the inputs that they have: example e has the numbers values[e * longest + j] at the inputs
// places[e * longest + j], which ascend. It ends behind `longest` of them, or before a place below 0.

#include <stddef.h>
#include <stdint.h>

/// Entries that are there among `n` places, or -1 where a place is not below `inputs`.
int64_t nnc_count_entries(const int32_t *places, size_t n, int32_t inputs);

/// y[e * units ..] = the sum over the entries of example e, in their order, of their numbers times the rows of `w` that their
/// places name; for the examples from ..< to. A row is called `ahead` entries before its turn, or never if that is 0.
void nnc_sparse_input_sums(const float *values, const int32_t *places, size_t longest, size_t from, size_t to, const float *w,
                           size_t units, size_t ahead, float *y);

/// Lists the entries of `batch` examples by ascending place, and those of one place by ascending example: the place in the upper
/// half of a word, e * longest + j in the lower one. Both arrays have room for all entries; the one returned holds the list.
uint64_t *nnc_sort_entries(const int32_t *places, size_t longest, size_t batch, int32_t inputs, uint64_t *words, uint64_t *other);

/// Takes such a list apart: each entry's example and number, for each place that occurs its number in touched[r], and in
/// starts[r] ..< starts[r + 1] its entries. Returns how many places there are.
size_t nnc_split_entries(const uint64_t *words, size_t count, size_t longest, const float *values, int32_t *examples, float *numbers,
                         int32_t *touched, int32_t *starts);

#endif
