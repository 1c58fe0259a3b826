#include "normalization.h"

#include "vector_math.h"

// Channels are taken in blocks whose running sums stay in registers.
enum { BLOCK = 64 };

NNC_INLINE void moments_block(
    const float *x, const float *shift, float *sums, float *squares, size_t rows, size_t channels, size_t width
) {
    float s[BLOCK] = {0}, q[BLOCK] = {0};
    for (size_t row = 0; row < rows; row++, x += channels)
        for (size_t i = 0; i < width; i++) {
            float d = x[i] - shift[i];
            s[i] += d;
            q[i] += d * d;
        }
    for (size_t i = 0; i < width; i++) sums[i] = s[i], squares[i] = q[i];
}

NNC_CLONES
void nnc_shifted_moments(const float *x, const float *shift, float *sums, float *squares, size_t rows, size_t channels) {
    size_t c = 0;
    for (; c + BLOCK <= channels; c += BLOCK) moments_block(x + c, shift + c, sums + c, squares + c, rows, channels, BLOCK);
    if (c + 32 <= channels) {
        moments_block(x + c, shift + c, sums + c, squares + c, rows, channels, 32);
        c += 32;
    }
    if (c < channels) moments_block(x + c, shift + c, sums + c, squares + c, rows, channels, channels - c);
}

NNC_CLONES
void nnc_scale_shift(const float *x, const float *scale, const float *shift, float *y, size_t rows, size_t channels) {
    for (size_t row = 0; row < rows; row++, x += channels, y += channels)
#pragma clang loop vectorize(assume_safety)
        for (size_t i = 0; i < channels; i++) y[i] = x[i] * scale[i] + shift[i];
}

NNC_INLINE void sums_block(
    const float *x, const float *dy, const float *mean, float *sums, float *products, size_t rows, size_t channels, size_t width
) {
    float s[BLOCK] = {0}, p[BLOCK] = {0};
    for (size_t row = 0; row < rows; row++, x += channels, dy += channels)
        for (size_t i = 0; i < width; i++) {
            s[i] += dy[i];
            p[i] += dy[i] * (x[i] - mean[i]);
        }
    for (size_t i = 0; i < width; i++) sums[i] = s[i], products[i] = p[i];
}

NNC_CLONES
void nnc_batch_norm_sums(
    const float *x, const float *dy, const float *mean, float *sums, float *products, size_t rows, size_t channels
) {
    size_t c = 0;
    for (; c + BLOCK <= channels; c += BLOCK) sums_block(x + c, dy + c, mean + c, sums + c, products + c, rows, channels, BLOCK);
    if (c + 32 <= channels) {
        sums_block(x + c, dy + c, mean + c, sums + c, products + c, rows, channels, 32);
        c += 32;
    }
    if (c < channels) sums_block(x + c, dy + c, mean + c, sums + c, products + c, rows, channels, channels - c);
}

NNC_CLONES
void nnc_batch_norm_gradient(
    const float *x, const float *dy, const float *a, const float *b, const float *c, float *dx, size_t rows, size_t channels
) {
    for (size_t row = 0; row < rows; row++, x += channels, dy += channels, dx += channels)
#pragma clang loop vectorize(assume_safety)
        for (size_t i = 0; i < channels; i++) dx[i] = a[i] * dy[i] + b[i] * x[i] + c[i];
}

NNC_CLONES
void nnc_batch_norm_inference(
    const float *x, const float *gamma, const float *beta, const float *mean, const float *variance, float epsilon, float *y,
    size_t rows, size_t channels
) {
    for (size_t from = 0; from < channels; from += BLOCK) {
        size_t width = channels - from < BLOCK ? channels - from : BLOCK;
        float scale[BLOCK], shift[BLOCK];
        for (size_t i = 0; i < width; i++) {
            scale[i] = gamma[from + i] / __builtin_sqrtf(variance[from + i] + epsilon);
            shift[i] = beta[from + i] - mean[from + i] * scale[i];
        }
        for (size_t row = 0; row < rows; row++)
#pragma clang loop vectorize(assume_safety)
            for (size_t i = 0; i < width; i++) y[row * channels + from + i] = x[row * channels + from + i] * scale[i] + shift[i];
    }
}
