#ifndef NNC_CONV2D_H
#define NNC_CONV2D_H

#include "clones.h"

/// One image: x [height, width, channels], y [outHeight, outWidth, filters],
/// weights [kernelHeight, kernelWidth, channels, filters].
typedef struct {
    intptr_t height, width, channels, outHeight, outWidth, filters;
    intptr_t kernelHeight, kernelWidth, strideHeight, strideWidth, padTop, padLeft;
} nnc_conv2d;

/// y = x * w + bias (NULL: none), for one image.
void nnc_conv2d_forward(const float *x, const float *w, const float *bias, float *y, const nnc_conv2d *shape);

/// dx of one image.
void nnc_conv2d_backward_input(const float *dy, const float *w, float *dx, const nnc_conv2d *shape);

/// dw += the share of one image.
void nnc_conv2d_backward_weights(const float *x, const float *dy, float *dw, const nnc_conv2d *shape);

#endif
