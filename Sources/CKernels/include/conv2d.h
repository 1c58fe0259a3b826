#ifndef NNC_CONV2D_H
#define NNC_CONV2D_H

// Convolutions without a copy of every window: a row of the kernel meets a run of memory, kernelWidth * channels long,
// so a row of outputs is a product of overlapping runs and the kernel's rows.

#include "clones.h"

/// One image: x [height, width, channels], y [outHeight, outWidth, filters],
/// weights [kernelHeight, kernelWidth, channels, filters].
typedef struct {
    intptr_t height, width, channels, outHeight, outWidth, filters;
    intptr_t kernelHeight, kernelWidth, strideHeight, strideWidth, padTop, padLeft;
} nnc_conv2d;

/// `count` numbers fill panels of the widest vector: the room that packed weights and biases take for each.
static inline intptr_t nnc_conv2d_padded(intptr_t count) { return (count + 31) / 32 * 32; }

/// Floats of one image with its rows padded to the left and right, 0 if no padding is needed.
intptr_t nnc_conv2d_padded_input(const nnc_conv2d *shape);
/// The same of a gradient, with zeros between its columns where the stride is not 1.
intptr_t nnc_conv2d_padded_gradient(const nnc_conv2d *shape);
/// Floats for the gradients of a panel whose filters do not fill it.
intptr_t nnc_conv2d_partial_gradient(const nnc_conv2d *shape);

/// Puts row `ky` of the kernel where the forward kernel reads it: panels of filters, each a run of memory.
/// `packed` holds kernelHeight * kernelWidth * channels * padded(filters) floats.
void nnc_conv2d_pack(const float *w, float *packed, const nnc_conv2d *shape, intptr_t ky);
/// The same for the kernel to the input: panels of channels, the columns turned round.
void nnc_conv2d_pack_turned(const float *w, float *packed, const nnc_conv2d *shape, intptr_t ky);

/// y = x * w + bias of one image, then relu if asked for. `bias` holds padded(filters) floats.
void nnc_conv2d_forward(
    const float *x, const float *packed, const float *bias, int relu, float *y, float *padded, const nnc_conv2d *shape);

/// dx of one image. `zeros` holds padded(channels) zeros.
void nnc_conv2d_backward_input(
    const float *dy, const float *packed, const float *zeros, float *dx, float *padded, const nnc_conv2d *shape);

/// dw += the share of one image, for filters `from` ..< `to` ; `from` is a multiple of 32, and `to` too or the last.
void nnc_conv2d_backward_weights(
    const float *x, const float *dy, float *dw, intptr_t from, intptr_t to, float *padded, float *partial, const nnc_conv2d *shape);

/// On this thread, no vectors of more than so many floats: for tests of the narrower sets.
void nnc_conv2d_limit(intptr_t vector);

#endif
