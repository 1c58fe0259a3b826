#ifndef NNC_GATHERED_H
#define NNC_GATHERED_H

// Products of one row of weights with those examples that meet it. `examples` and `places` are lists of `count`: an example, and
// where its number for this row stands. Every result is a sum in an order that depends on its own operands' length alone.

#include "clones.h"

/// y[places[i]] (+)= bias + sum over j < n of w[j] x[examples[i] * stride + j]
void nnc_gathered_dots(const float *w, size_t n, const float *x, size_t stride, const int32_t *examples, const int32_t *places,
                       size_t count, float bias, int add, float *y);

// Examples whose inputs are zero but for k of them: example e has the numbers values[e * k ..] at the inputs indices[e * k ..].

/// y[places[i]] = bias + sum over j < k of values[e * k + j] w[indices[e * k + j]] with e = examples[i]
void nnc_sparse_dots(const float *w, const float *values, const int32_t *indices, size_t k, const int32_t *examples, const int32_t *places,
                     size_t count, float bias, float *y);

/// dx[e * k + j] += dy[places[i]] w[indices[e * k + j]]
void nnc_sparse_add_inputs(const float *w, const int32_t *indices, size_t k, const int32_t *examples, const int32_t *places, size_t count,
                           const float *dy, float *dx);

/// Of one example: dx[j] = Σ dy[i] w[units[i] * inputs + indices[j]], i < count, j < k
void nnc_sparse_inputs(const float *w, size_t inputs, const int32_t *indices, size_t k, const int32_t *units, const float *dy, size_t count, float *dx);

/// dw[indices[e * k + j]] += alpha dy[places[i]] values[e * k + j]
void nnc_sparse_add_outer(float *dw, const float *values, const int32_t *indices, size_t k, const int32_t *examples, const int32_t *places,
                          size_t count, float alpha, const float *dy);

#endif
