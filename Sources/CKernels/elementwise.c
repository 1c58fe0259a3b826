#include "elementwise.h"
#include "vector_math.h"

#define LEAKY_SLOPE 0.01f

// Comparisons are written so that NaN takes the branch that keeps it.
NNC_INLINE float relu(float x) { return x < 0 ? 0 : x; }
NNC_INLINE float leaky(float x) { return x < 0 ? LEAKY_SLOPE * x : x; }
NNC_INLINE float elu(float x) {
    float negative = nnc_expm1_negative(x > 0 ? 0 : x);
    return x > 0 ? x : negative;
}
NNC_INLINE float gelu(float x) {
    // At minus infinity the product is not a number; the limit is 0.
    float y = x * nnc_normal_cumulative(x);
    return x < -1e9f ? 0.0f : y;
}

NNC_INLINE float relu_gradient(float y, float dy) { return y <= 0 ? 0 : dy; }
NNC_INLINE float leaky_gradient(float y, float dy) { return y < 0 ? LEAKY_SLOPE * dy : dy; }
// e^x = y + 1 where x < 0.
NNC_INLINE float elu_gradient(float y, float dy) { return y < 0 ? dy * (y + 1.0f) : dy; }
NNC_INLINE float sigmoid_gradient(float y, float dy) { return dy * y * (1.0f - y); }
NNC_INLINE float tanh_gradient(float y, float dy) { return dy * (1.0f - y * y); }
NNC_INLINE float gelu_gradient(float x, float dy) {
    float cumulative = nnc_normal_cumulative(x);
    float density = 0.39894228f * nnc_exp(-0.5f * x * x);
    // Where x is infinite the density is 0 and their product is not a number; the limit is 0.
    float slope = x * density;
    return dy * (cumulative + (density == 0 ? 0 : slope));
}

// The loops over `linear` in place are empty: no news.
#pragma clang diagnostic ignored "-Wpass-failed"

// Operands may be the same memory, but never overlap otherwise.
#define EACH(N, STATEMENT)                              \
    _Pragma("clang loop vectorize(assume_safety)")      \
    for (size_t i = 0; i < (N); i++) { STATEMENT; }

#define FOR_FUNCTION(N, LINEAR, APPLY)                         \
    switch (function) {                                        \
    case NNC_RELU: EACH(N, APPLY(relu)) break;                 \
    case NNC_LEAKY_RELU: EACH(N, APPLY(leaky)) break;          \
    case NNC_ELU: EACH(N, APPLY(elu)) break;                   \
    case NNC_GELU: EACH(N, APPLY(gelu)) break;                 \
    case NNC_SIGMOID: EACH(N, APPLY(nnc_sigmoid)) break;       \
    case NNC_TANH: EACH(N, APPLY(nnc_tanh)) break;             \
    default: EACH(N, LINEAR)                                   \
    }

#define FOR_GRADIENT(N, LINEAR, APPLY)                         \
    switch (function) {                                        \
    case NNC_RELU: EACH(N, APPLY(relu_gradient)) break;        \
    case NNC_LEAKY_RELU: EACH(N, APPLY(leaky_gradient)) break; \
    case NNC_ELU: EACH(N, APPLY(elu_gradient)) break;          \
    case NNC_GELU: EACH(N, APPLY(gelu_gradient)) break;        \
    case NNC_SIGMOID: EACH(N, APPLY(sigmoid_gradient)) break;  \
    case NNC_TANH: EACH(N, APPLY(tanh_gradient)) break;        \
    default: EACH(N, LINEAR)                                   \
    }

NNC_CLONES
void nnc_activation(int function, const float *x, float *y, size_t n) {
#define APPLY(f) y[i] = f(x[i])
    FOR_FUNCTION(n, y[i] = x[i], APPLY)
#undef APPLY
}

NNC_CLONES
void nnc_activation_gradient(int function, const float *saved, const float *dy, float *dx, size_t n) {
#define APPLY(f) dx[i] = f(saved[i], dy[i])
    FOR_GRADIENT(n, dx[i] = dy[i], APPLY)
#undef APPLY
}

NNC_CLONES
void nnc_bias_activation(int function, const float *bias, float *y, size_t rows, size_t columns, size_t stride) {
    if (bias == NULL && function == NNC_LINEAR) return;
    for (size_t row = 0; row < rows; row++, y += stride) {
        if (bias == NULL) {
#define APPLY(f) y[i] = f(y[i])
            FOR_FUNCTION(columns, (void)0, APPLY)
#undef APPLY
        } else {
#define APPLY(f) y[i] = f(y[i] + bias[i])
            FOR_FUNCTION(columns, y[i] += bias[i], APPLY)
#undef APPLY
        }
    }
}

NNC_CLONES
void nnc_activation_gradient_rows(int function, const float *saved, float *dx, size_t rows, size_t columns, size_t stride) {
    if (function == NNC_LINEAR) return;
    for (size_t row = 0; row < rows; row++, dx += stride, saved += stride) {
#define APPLY(f) dx[i] = f(saved[i], dx[i])
        FOR_GRADIENT(columns, (void)0, APPLY)
#undef APPLY
    }
}

NNC_CLONES
void nnc_add(const float *a, const float *b, float *c, size_t n) {
    EACH(n, c[i] = a[i] + b[i])
}

NNC_CLONES
void nnc_column_sums(const float *x, float *y, size_t rows, size_t columns, size_t stride, float alpha, float beta) {
    enum { BLOCK = 64 };
    for (size_t from = 0; from < columns; from += BLOCK) {
        size_t width = columns - from < BLOCK ? columns - from : BLOCK;
        float sums[BLOCK] = {0};
        if (width == BLOCK) {
            for (size_t row = 0; row < rows; row++)
                for (size_t i = 0; i < BLOCK; i++) sums[i] += x[row * stride + from + i];
        } else {
            for (size_t row = 0; row < rows; row++)
                for (size_t i = 0; i < width; i++) sums[i] += x[row * stride + from + i];
        }
        for (size_t i = 0; i < width; i++) y[from + i] = beta == 0 ? alpha * sums[i] : alpha * sums[i] + beta * y[from + i];
    }
}
