#ifndef NNC_ROW_UPDATES_H
#define NNC_ROW_UPDATES_H

#include "clones.h"

/// What brings weights up to date with the steps that they missed. Each points to one number for all weights, or if
/// `perWeight` to one for each; a rule reads only those that it has a use for.
typedef struct {
    /// What a weight shrinks by.
    const float *keep;
    /// How far it moves, in units of its direction.
    const float *drift;
    /// What the states shrink by.
    const float *first, *second;
    int perWeight;
} nnc_catch_up;

/// w = keep w
void nnc_sgd_catch_up(float *w, size_t n, const nnc_catch_up *c);
/// w -= drift v; v = first v
void nnc_momentum_catch_up(float *w, float *v, size_t n, const nnc_catch_up *c);
/// a = first a
void nnc_rmsprop_catch_up(float *a, size_t n, const nnc_catch_up *c);
/// w = keep w - drift m / (sqrt(v) rootScale + epsilon); m = first m; v = second v
void nnc_adam_catch_up(float *w, float *m, float *v, size_t n, const nnc_catch_up *c, float rootScale, float epsilon);

/// y[o, j] = x[o, columns[j]] for `rows` rows of `width` numbers, and back.
void nnc_gather_columns(const float *x, float *y, size_t rows, size_t width, const int32_t *columns, size_t n);
void nnc_scatter_columns(const float *y, float *x, size_t rows, size_t width, const int32_t *columns, size_t n);

#endif
