#ifndef NNC_POOLED_CONV_H
#define NNC_POOLED_CONV_H

#include <stddef.h>
#include <stdint.h>

/// A convolution whose output went through max pooling, seen from behind: of each window and filter only one cell has
/// a cotangent. All counts are of floats or cells; `padded` images have the convolution's zeros around them.
///
/// Where an image keeps a few filters only, `filters` are so many, and `kept` says which: the cotangents and winners have
/// only these. Else `kept` is NULL. Without pooling `winners` are NULL, and every window of the pooling is one cell.
typedef struct {
    size_t channels, filters;
    size_t kernelHeight, kernelWidth;
    size_t paddedWidth;
    /// Floats from one output row (column) of the convolution to the next, in the padded image.
    size_t rowStep, columnStep;
    size_t pooledHeight, pooledWidth;
    size_t poolWidth;
    size_t poolStrideHeight, poolStrideWidth;
    size_t poolPadTop, poolPadLeft;
    size_t outWidth;
} nnc_pooled_conv;

/// acc[0..<run] += the sum over i of values[i] * base[offsets[i] ..< offsets[i] + run]
void nnc_add_rows(float *acc, size_t run, const float *base, const int32_t *offsets, const float *values, size_t count);

/// Copies an image of rows x columns pixels into the middle of a zero one.
void nnc_pad_image(const float *image, float *padded, size_t rows, size_t columns, size_t channels, size_t paddedRows,
                   size_t paddedColumns, size_t top, size_t left);

/// Copies the window under each output pixel, as one row of `patch` floats (the last ones zero).
void nnc_patches(const float *padded, float *patches, const nnc_pooled_conv *s, size_t outHeight, size_t patch);

/// For each filter, its cells in the order of the pooled image: where in the padded image each window starts
/// (times `scale` over `step` where patches are used), and the cotangent.
void nnc_winners_by_filter(const float *dy, const uint8_t *winners, const nnc_pooled_conv *s, size_t patch, int32_t *offsets,
                           float *values);

/// For each output pixel, the filters that won there: starts[pixel] ..< starts[pixel + 1] in `offsets` (into the
/// weights, filter by filter) and `values`.
void nnc_winners_by_pixel(const float *dy, const uint8_t *winners, const int32_t *kept, const nnc_pooled_conv *s, size_t outHeight,
                          int32_t *starts, int32_t *offsets, float *values);

/// Adds one image's part to the gradient of the weights, [filters][kernelHeight][kernelWidth * channels], or
/// [filters][patch] where `patch` is not 0.
void nnc_pooled_conv_weights(const float *image, float *sums, const int32_t *kept, const nnc_pooled_conv *s, size_t patch,
                             const int32_t *offsets, const float *values);

/// Adds to the cotangent of one padded image; weights are [filters][kernelHeight][kernelWidth * channels].
void nnc_pooled_conv_input(const float *weights, float *padded, const nnc_pooled_conv *s, size_t outHeight,
                           const int32_t *starts, const int32_t *offsets, const float *values);

#endif
