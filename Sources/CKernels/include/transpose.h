#ifndef NNC_TRANSPOSE_H
#define NNC_TRANSPOSE_H

#include "clones.h"

/// y[c * yStride + r] = x[r * xStride + c]
void nnc_transpose(const float *x, size_t xStride, size_t rows, size_t columns, float *y, size_t yStride);

#endif
