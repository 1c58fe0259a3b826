#ifndef NNC_ELEMENTWISE_H
#define NNC_ELEMENTWISE_H

#include "clones.h"

/// As the cases of `ActivationFunction`, in their order.
enum { NNC_LINEAR, NNC_RELU, NNC_LEAKY_RELU, NNC_ELU, NNC_GELU, NNC_SIGMOID, NNC_TANH };

/// y = f(x)
void nnc_activation(int function, const float *x, float *y, size_t n);

/// dx = dy f'(x), from f(x), or from x for gelu.
void nnc_activation_gradient(int function, const float *saved, const float *dy, float *dx, size_t n);

/// y = f(y + bias), in place, for `rows` rows of `columns`, `stride` apart. No bias: NULL.
void nnc_bias_activation(int function, const float *bias, float *y, size_t rows, size_t columns, size_t stride);

/// dx = dx f'(.), in place, the saved values lying as dx does.
void nnc_activation_gradient_rows(int function, const float *saved, float *dx, size_t rows, size_t columns, size_t stride);

/// c = a + b
void nnc_add(const float *a, const float *b, float *c, size_t n);

/// y = alpha sum over the rows of x + beta y; where beta is 0, y is not read.
void nnc_column_sums(const float *x, float *y, size_t rows, size_t columns, size_t stride, float alpha, float beta);

#endif
