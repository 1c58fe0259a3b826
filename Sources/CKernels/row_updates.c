#include "row_updates.h"

// Where nothing is missed, the drift is zero and the direction may be no number (0 / 0): then a weight must not move at all.

#define NNC_INLINE static inline __attribute__((always_inline))

NNC_INLINE float moved(float w, float drift, float direction) { return drift == 0.0f ? w : w - drift * direction; }

// `stride` is a constant wherever these are called, so that each becomes a loop of its own.

NNC_INLINE void scale(float *restrict x, size_t n, const float *restrict by, size_t stride) {
    for (size_t i = 0; i < n; i++) x[i] *= by[i * stride];
}

NNC_INLINE void momentum(
    float *restrict w, float *restrict v, size_t n, const float *restrict drift, const float *restrict first, size_t stride
) {
    for (size_t i = 0; i < n; i++) {
        w[i] = moved(w[i], drift[i * stride], v[i]);
        v[i] *= first[i * stride];
    }
}

NNC_INLINE void adam(
    float *restrict w, float *restrict m, float *restrict v, size_t n, const float *restrict keep, const float *restrict drift,
    const float *restrict first, const float *restrict second, float rootScale, float epsilon, size_t stride
) {
    for (size_t i = 0; i < n; i++) {
        size_t j = i * stride;
        w[i] = moved(keep[j] * w[i], drift[j], m[i] / (__builtin_sqrtf(v[i]) * rootScale + epsilon));
        m[i] *= first[j];
        v[i] *= second[j];
    }
}

NNC_CLONES
void nnc_sgd_catch_up(float *w, size_t n, const nnc_catch_up *c) {
    if (c->perWeight) scale(w, n, c->keep, 1);
    else scale(w, n, c->keep, 0);
}

NNC_CLONES
void nnc_momentum_catch_up(float *w, float *v, size_t n, const nnc_catch_up *c) {
    if (c->perWeight) momentum(w, v, n, c->drift, c->first, 1);
    else momentum(w, v, n, c->drift, c->first, 0);
}

NNC_CLONES
void nnc_rmsprop_catch_up(float *a, size_t n, const nnc_catch_up *c) {
    if (c->perWeight) scale(a, n, c->first, 1);
    else scale(a, n, c->first, 0);
}

NNC_CLONES
void nnc_adam_catch_up(float *w, float *m, float *v, size_t n, const nnc_catch_up *c, float rootScale, float epsilon) {
    if (c->perWeight) adam(w, m, v, n, c->keep, c->drift, c->first, c->second, rootScale, epsilon, 1);
    else adam(w, m, v, n, c->keep, c->drift, c->first, c->second, rootScale, epsilon, 0);
}

NNC_CLONES
void nnc_gather_columns(const float *restrict x, float *restrict y, size_t rows, size_t width, const int32_t *restrict columns, size_t n) {
    for (size_t o = 0; o < rows; o++)
        for (size_t j = 0; j < n; j++) y[o * n + j] = x[o * width + (size_t)columns[j]];
}

NNC_CLONES
void nnc_scatter_columns(const float *restrict y, float *restrict x, size_t rows, size_t width, const int32_t *restrict columns, size_t n) {
    for (size_t o = 0; o < rows; o++)
        for (size_t j = 0; j < n; j++) x[o * width + (size_t)columns[j]] = y[o * n + j];
}
