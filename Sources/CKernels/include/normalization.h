#ifndef NNC_NORMALIZATION_H
#define NNC_NORMALIZATION_H

#include "clones.h"

/// Sums over the rows of x - shift, and of its square, channel by channel.
void nnc_shifted_moments(const float *x, const float *shift, float *sums, float *squares, size_t rows, size_t channels);

/// y = x scale + shift, channel by channel.
void nnc_scale_shift(const float *x, const float *scale, const float *shift, float *y, size_t rows, size_t channels);

/// y = gamma (x - mean) / sqrt(variance + epsilon) + beta, channel by channel.
void nnc_batch_norm_inference(
    const float *x, const float *gamma, const float *beta, const float *mean, const float *variance, float epsilon, float *y,
    size_t rows, size_t channels);

/// Sums over the rows of dy, and of dy (x - mean), channel by channel.
void nnc_batch_norm_sums(
    const float *x, const float *dy, const float *mean, float *sums, float *products, size_t rows, size_t channels);

/// dx = a dy + b x + c, channel by channel.
void nnc_batch_norm_gradient(
    const float *x, const float *dy, const float *a, const float *b, const float *c, float *dx, size_t rows, size_t channels);

#endif
