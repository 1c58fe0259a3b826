#ifndef NNC_LOSS_H
#define NNC_LOSS_H

#include "clones.h"

void nnc_softmax(const float *x, float *y, size_t rows, size_t columns);

/// dx = y (dy - y . dy), row by row.
void nnc_softmax_gradient(const float *y, const float *dy, float *dx, size_t rows, size_t columns);

/// losses = log sum exp(x) - mean of x[label]; y = softmax(x). Nothing overflows. A row has up to `most` labels, and negative places
/// behind the last; its loss is 0 if it has none.
void nnc_softmax_cross_entropy(
    const float *x, const int32_t *labels, size_t most, float *losses, float *y, size_t rows, size_t columns);

/// dx = (y - the share of each label) scale; 0 where there are none.
void nnc_softmax_cross_entropy_gradient(
    const float *y, const int32_t *labels, size_t most, float scale, float *dx, size_t rows, size_t columns);

/// losses = mean over the columns of log(1 + e^x) - t x; y = sigmoid(x).
void nnc_sigmoid_cross_entropy(
    const float *x, const float *targets, float *losses, float *y, size_t rows, size_t columns);

/// losses = mean over the columns of (x - t)^2
void nnc_mean_squared_error(const float *x, const float *targets, float *losses, size_t rows, size_t columns);

/// d = (x - t) scale
void nnc_scaled_difference(const float *x, const float *targets, float scale, float *d, size_t n);

#endif
