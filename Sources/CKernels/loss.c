#include "loss.h"
#include "vector_math.h"

enum { LANES = 16 };

// Sums run in sixteen interleaved lanes, added up in their order: the same bits whatever the vector width.
NNC_INLINE float sum_lanes(const float *lanes) {
    float sum = 0;
    for (int l = 0; l < LANES; l++) sum += lanes[l];
    return sum;
}

NNC_INLINE float row_maximum(const float *x, size_t n) {
    float lanes[LANES];
    for (int l = 0; l < LANES; l++) lanes[l] = -INFINITY;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int l = 0; l < LANES; l++) lanes[l] = x[i + l] > lanes[l] ? x[i + l] : lanes[l];
    float maximum = -INFINITY;
    for (; i < n; i++) maximum = x[i] > maximum ? x[i] : maximum;
    for (int l = 0; l < LANES; l++) maximum = lanes[l] > maximum ? lanes[l] : maximum;
    return maximum;
}

/// y = e^(x - maximum); returns the sum.
NNC_INLINE float exponentials(const float *x, float *y, size_t n, float maximum) {
    float lanes[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
#pragma clang loop vectorize(assume_safety)
        for (int l = 0; l < LANES; l++) {
            float e = nnc_exp(x[i + l] - maximum);
            y[i + l] = e;
            lanes[l] += e;
        }
    float sum = 0;
    for (; i < n; i++) {
        y[i] = nnc_exp(x[i] - maximum);
        sum += y[i];
    }
    return sum + sum_lanes(lanes);
}

NNC_INLINE void scale_row(float *y, size_t n, float factor) {
    for (size_t i = 0; i < n; i++) y[i] *= factor;
}

/// log(1 + e) for 0 <= e <= 1: twice the series of the inverse hyperbolic tangent at e / (2 + e) <= 1/3.
NNC_INLINE float log1p_unit(float e) {
    float s = e / (2.0f + e), q = s * s;
    float p = 1.0f / 15;
    p = p * q + 1.0f / 13;
    p = p * q + 1.0f / 11;
    p = p * q + 1.0f / 9;
    p = p * q + 1.0f / 7;
    p = p * q + 1.0f / 5;
    p = p * q + 1.0f / 3;
    return 2.0f * (s + s * q * p);
}

NNC_CLONES
void nnc_softmax(const float *x, float *y, size_t rows, size_t columns) {
    for (size_t row = 0; row < rows; row++, x += columns, y += columns)
        scale_row(y, columns, 1.0f / exponentials(x, y, columns, row_maximum(x, columns)));
}

NNC_CLONES
void nnc_softmax_gradient(const float *y, const float *dy, float *dx, size_t rows, size_t columns) {
    for (size_t row = 0; row < rows; row++, y += columns, dy += columns, dx += columns) {
        float lanes[LANES] = {0};
        size_t i = 0;
        for (; i + LANES <= columns; i += LANES)
            for (int l = 0; l < LANES; l++) lanes[l] += y[i + l] * dy[i + l];
        float dot = 0;
        for (; i < columns; i++) dot += y[i] * dy[i];
        dot += sum_lanes(lanes);
#pragma clang loop vectorize(assume_safety)
        for (i = 0; i < columns; i++) dx[i] = y[i] * (dy[i] - dot);
    }
}

/// How many labels a row's list has: places behind the last are negative.
NNC_INLINE size_t list_length(const int32_t *labels, size_t most) {
    size_t n = 0;
    while (n < most && labels[n] >= 0) n++;
    return n;
}

NNC_CLONES
void nnc_softmax_cross_entropy(
    const float *x, const int32_t *labels, size_t most, float *losses, float *y, size_t rows, size_t columns
) {
    for (size_t row = 0; row < rows; row++, x += columns, y += columns, labels += most) {
        size_t n = list_length(labels, most);
        float maximum = row_maximum(x, columns), chosen = 0;
        for (size_t j = 0; j < n; j++) chosen += x[labels[j]];
        if (n > 1) chosen *= 1.0f / (float)n;
        float sum = exponentials(x, y, columns, maximum);
        losses[row] = n ? logf(sum) + (maximum - chosen) : 0;
        scale_row(y, columns, 1.0f / sum);
    }
}

NNC_CLONES
void nnc_softmax_cross_entropy_gradient(
    const float *y, const int32_t *labels, size_t most, float scale, float *dx, size_t rows, size_t columns
) {
    for (size_t row = 0; row < rows; row++, y += columns, dx += columns, labels += most) {
        size_t n = list_length(labels, most);
        // An example without a label says nothing.
        float own = n ? scale : 0, chosen = n == 1 ? y[labels[0]] : 0;
#pragma clang loop vectorize(assume_safety)
        for (size_t i = 0; i < columns; i++) dx[i] = y[i] * own;
        if (n == 1) dx[labels[0]] = (chosen - 1.0f) * own;
        else for (size_t j = 0; j < n; j++) dx[labels[j]] -= own / (float)n;
    }
}

NNC_INLINE float sigmoid_loss(float x, float t, float *y) {
    // One exponential serves the probability and the loss.
    float e = nnc_exp(x < 0 ? x : -x);
    *y = (x < 0 ? e : 1.0f) / (1.0f + e);
    return (x < 0 ? 0 : x) - x * t + log1p_unit(e);
}

NNC_CLONES
void nnc_sigmoid_cross_entropy(
    const float *x, const float *targets, float *losses, float *y, size_t rows, size_t columns
) {
    for (size_t row = 0; row < rows; row++, x += columns, y += columns, targets += columns) {
        float lanes[LANES] = {0};
        size_t i = 0;
        for (; i + LANES <= columns; i += LANES)
#pragma clang loop vectorize(assume_safety)
            for (int l = 0; l < LANES; l++) lanes[l] += sigmoid_loss(x[i + l], targets[i + l], &y[i + l]);
        float sum = 0;
        for (; i < columns; i++) sum += sigmoid_loss(x[i], targets[i], &y[i]);
        losses[row] = (sum + sum_lanes(lanes)) / (float)columns;
    }
}

NNC_CLONES
void nnc_mean_squared_error(const float *x, const float *targets, float *losses, size_t rows, size_t columns) {
    for (size_t row = 0; row < rows; row++, x += columns, targets += columns) {
        float lanes[LANES] = {0};
        size_t i = 0;
        for (; i + LANES <= columns; i += LANES)
            for (int l = 0; l < LANES; l++) {
                float d = x[i + l] - targets[i + l];
                lanes[l] += d * d;
            }
        float sum = 0;
        for (; i < columns; i++) sum += (x[i] - targets[i]) * (x[i] - targets[i]);
        losses[row] = (sum + sum_lanes(lanes)) / (float)columns;
    }
}

NNC_CLONES
void nnc_scaled_difference(const float *x, const float *targets, float scale, float *d, size_t n) {
#pragma clang loop vectorize(assume_safety)
    for (size_t i = 0; i < n; i++) d[i] = (x[i] - targets[i]) * scale;
}
