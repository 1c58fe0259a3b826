#ifndef NNC_DEFLATE_H
#define NNC_DEFLATE_H

#include "clones.h"

/// x[i, j] -= scale[i] row[j], for `rows` rows of `width` numbers that begin `stride` apart; squares[i], unless null, becomes
/// the sum of x[i, j]² over j, in sixteen interleaved partial sums.
void nnc_deflate(float *x, size_t rows, size_t width, size_t stride, const float *scale, const float *row, float *squares);

#endif
