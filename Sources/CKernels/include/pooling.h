#ifndef NNC_POOLING_H
#define NNC_POOLING_H

#include "clones.h"

/// One image: height x width x channels becomes outHeight x outWidth x channels.
typedef struct {
    intptr_t height, width, channels, outHeight, outWidth;
    intptr_t poolHeight, poolWidth, strideHeight, strideWidth, padTop, padLeft;
} nnc_pool2d;

/// `indices`, if not NULL, gets the place in the window of each maximum: row * poolWidth + column.
void nnc_max_pool(const float *x, float *y, uint8_t *indices, const nnc_pool2d *shape);
void nnc_max_pool_gradient(const float *dy, const uint8_t *indices, float *dx, const nnc_pool2d *shape);
void nnc_average_pool(const float *x, float *y, const nnc_pool2d *shape);
void nnc_average_pool_gradient(const float *dy, float *dx, const nnc_pool2d *shape);

#endif
