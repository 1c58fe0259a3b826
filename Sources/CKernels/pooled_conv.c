#include "CKernels.h"
#include "pooled_conv.h"

#include <string.h>

// A cell that won its window has a cotangent for one filter only, so a convolution's two backward products are sums of
// scaled rows. A block of the sum stays in registers while the rows go by. Measured on one Zen 4 core, 5x5x32x64 on
// 14x14 pooled by 2: 87 GFLOP/s (weights) and 72 (input) at a quarter of the products of the dense loops.

typedef float lanes __attribute__((vector_size(32), aligned(4)));

#define BLOCK(N)                                                                                                          \
    static inline __attribute__((always_inline)) void add_block##N(float *acc, const float *base, const int32_t *offsets, \
                                                                   const float *values, size_t count) {                   \
        lanes sum[N];                                                                                                     \
        for (size_t j = 0; j < N; j++) sum[j] = *(const lanes *)(acc + 8 * j);                                            \
        for (size_t i = 0; i < count; i++) {                                                                              \
            const float *row = base + offsets[i];                                                                         \
            const float v = values[i];                                                                                    \
            const lanes scale = {v, v, v, v, v, v, v, v};                                                                 \
            for (size_t j = 0; j < N; j++) sum[j] += scale * *(const lanes *)(row + 8 * j);                               \
        }                                                                                                                 \
        for (size_t j = 0; j < N; j++) *(lanes *)(acc + 8 * j) = sum[j];                                                  \
    }
BLOCK(20)
BLOCK(12)
BLOCK(8)
BLOCK(4)
BLOCK(2)
BLOCK(1)

static inline __attribute__((always_inline)) void add_rows(float *acc, size_t run, const float *base, const int32_t *offsets,
                                                            const float *values, size_t count) {
    size_t r = 0;
    for (; r + 160 <= run; r += 160) add_block20(acc + r, base + r, offsets, values, count);
    for (; r + 96 <= run; r += 96) add_block12(acc + r, base + r, offsets, values, count);
    for (; r + 64 <= run; r += 64) add_block8(acc + r, base + r, offsets, values, count);
    for (; r + 32 <= run; r += 32) add_block4(acc + r, base + r, offsets, values, count);
    for (; r + 16 <= run; r += 16) add_block2(acc + r, base + r, offsets, values, count);
    for (; r + 8 <= run; r += 8) add_block1(acc + r, base + r, offsets, values, count);
    for (; r < run; r++) {
        float sum = acc[r];
        for (size_t i = 0; i < count; i++) sum += values[i] * base[offsets[i] + r];
        acc[r] = sum;
    }
}

NNC_CLONES
void nnc_add_rows(float *acc, size_t run, const float *base, const int32_t *offsets, const float *values, size_t count) {
    add_rows(acc, run, base, offsets, values, count);
}

void nnc_pad_image(const float *image, float *padded, size_t rows, size_t columns, size_t channels, size_t paddedRows,
                   size_t paddedColumns, size_t top, size_t left) {
    const size_t width = columns * channels, paddedWidth = paddedColumns * channels;
    memset(padded, 0, paddedRows * paddedWidth * sizeof(float));
    // A stride may leave the last rows and columns of an image unread.
    const size_t copiedRows = rows < paddedRows - top ? rows : paddedRows - top;
    const size_t room = paddedWidth - left * channels, copied = width < room ? width : room;
    for (size_t r = 0; r < copiedRows; r++)
        memcpy(padded + (r + top) * paddedWidth + left * channels, image + r * width, copied * sizeof(float));
}

void nnc_patches(const float *padded, float *patches, const nnc_pooled_conv *s, size_t outHeight, size_t patch) {
    const size_t run = s->kernelWidth * s->channels, used = run * s->kernelHeight;
    for (size_t y = 0; y < outHeight; y++)
        for (size_t x = 0; x < s->outWidth; x++) {
            const float *window = padded + y * s->rowStep + x * s->columnStep;
            for (size_t k = 0; k < s->kernelHeight; k++)
                for (size_t r = 0; r < run; r++) patches[k * run + r] = window[k * s->paddedWidth * s->channels + r];
            for (size_t r = used; r < patch; r++) patches[r] = 0;
            patches += patch;
        }
}

/// The output pixel of the convolution that won: its row and column.
static inline void winner(const nnc_pooled_conv *s, size_t row, size_t column, uint8_t index, size_t *y, size_t *x) {
    *y = row * s->poolStrideHeight + index / s->poolWidth - s->poolPadTop;
    *x = column * s->poolStrideWidth + index % s->poolWidth - s->poolPadLeft;
}

void nnc_winners_by_filter(const float *dy, const uint8_t *winners, const nnc_pooled_conv *s, size_t patch, int32_t *offsets,
                           float *values) {
    const size_t cells = s->pooledHeight * s->pooledWidth;
    for (size_t row = 0, cell = 0; row < s->pooledHeight; row++)
        for (size_t column = 0; column < s->pooledWidth; column++, cell++)
            for (size_t f = 0; f < s->filters; f++) {
                size_t y, x;
                winner(s, row, column, winners ? winners[cell * s->filters + f] : 0, &y, &x);
                offsets[f * cells + cell] =
                    (int32_t)(patch ? (y * s->outWidth + x) * patch : y * s->rowStep + x * s->columnStep);
                values[f * cells + cell] = dy[cell * s->filters + f];
            }
}

void nnc_winners_by_pixel(const float *dy, const uint8_t *winners, const int32_t *kept, const nnc_pooled_conv *s, size_t outHeight,
                          int32_t *starts, int32_t *offsets, float *values) {
    const size_t pixels = outHeight * s->outWidth, weights = s->kernelHeight * s->kernelWidth * s->channels;
    memset(starts, 0, (pixels + 2) * sizeof(int32_t));
    // Counting sort: counts two places on, then sums, so that the second walk leaves the starts in place.
    for (int pass = 0; pass < 2; pass++) {
        for (size_t row = 0, cell = 0; row < s->pooledHeight; row++)
            for (size_t column = 0; column < s->pooledWidth; column++)
                for (size_t f = 0; f < s->filters; f++, cell++) {
                    size_t y, x;
                    winner(s, row, column, winners ? winners[cell] : 0, &y, &x);
                    const size_t pixel = y * s->outWidth + x;
                    if (pass == 0) {
                        starts[pixel + 2]++;
                    } else {
                        const int32_t place = starts[pixel + 1]++;
                        offsets[place] = (int32_t)((kept ? (size_t)kept[f] : f) * weights);
                        values[place] = dy[cell];
                    }
                }
        if (pass == 0)
            for (size_t pixel = 0; pixel < pixels; pixel++) starts[pixel + 2] += starts[pixel + 1];
    }
}

NNC_CLONES
void nnc_pooled_conv_weights(const float *image, float *sums, const int32_t *kept, const nnc_pooled_conv *s, size_t patch,
                             const int32_t *offsets, const float *values) {
    const size_t cells = s->pooledHeight * s->pooledWidth;
    if (patch) {
        for (size_t f = 0; f < s->filters; f++)
            add_rows(sums + (kept ? (size_t)kept[f] : f) * patch, patch, image, offsets + f * cells, values + f * cells, cells);
        return;
    }
    const size_t run = s->kernelWidth * s->channels, line = s->paddedWidth * s->channels;
    // So many pooled rows at a time that the lines of the image under them stay in the first-level cache.
    size_t rows = 20480 / (s->poolStrideHeight * s->rowStep * sizeof(float));
    if (rows < 1) rows = 1;
    for (size_t k = 0; k < s->kernelHeight; k++)
        for (size_t row = 0; row < s->pooledHeight; row += rows) {
            const size_t last = row + rows < s->pooledHeight ? row + rows : s->pooledHeight;
            const size_t from = row * s->pooledWidth, count = (last - row) * s->pooledWidth;
            for (size_t f = 0; f < s->filters; f++)
                add_rows(sums + ((kept ? (size_t)kept[f] : f) * s->kernelHeight + k) * run, run, image + k * line, offsets + f * cells + from,
                         values + f * cells + from, count);
        }
}

NNC_CLONES
void nnc_pooled_conv_input(const float *weights, float *padded, const nnc_pooled_conv *s, size_t outHeight,
                           const int32_t *starts, const int32_t *offsets, const float *values) {
    const size_t run = s->kernelWidth * s->channels, line = s->paddedWidth * s->channels;
    // So much of each weight row at a time that all filters' share stays in the first-level cache.
    size_t part = 24576 / (s->filters * sizeof(float)) / 32 * 32;
    if (part < 32) part = 32;
    for (size_t k = 0; k < s->kernelHeight; k++)
        for (size_t from = 0; from < run; from += part) {
            const size_t count = run - from < part ? run - from : part;
            for (size_t y = 0, pixel = 0; y < outHeight; y++)
                for (size_t x = 0; x < s->outWidth; x++, pixel++) {
                    const int32_t first = starts[pixel];
                    add_rows(padded + y * s->rowStep + x * s->columnStep + k * line + from, count, weights + k * run + from,
                             offsets + first, values + first, (size_t)(starts[pixel + 1] - first));
                }
        }
}
