#include "conv2d.h"

#include <string.h>

// The plain loops, for any stride and any machine.

NNC_CLONES
void nnc_conv2d_forward(const float *restrict x, const float *restrict w, const float *restrict bias, float *restrict y, const nnc_conv2d *s) {
    for (intptr_t oy = 0; oy < s->outHeight; oy++)
        for (intptr_t ox = 0; ox < s->outWidth; ox++, y += s->filters) {
            for (intptr_t f = 0; f < s->filters; f++) y[f] = bias ? bias[f] : 0;
            for (intptr_t ky = 0; ky < s->kernelHeight; ky++) {
                intptr_t iy = oy * s->strideHeight - s->padTop + ky;
                if (iy < 0 || iy >= s->height) continue;
                for (intptr_t kx = 0; kx < s->kernelWidth; kx++) {
                    intptr_t ix = ox * s->strideWidth - s->padLeft + kx;
                    if (ix < 0 || ix >= s->width) continue;
                    const float *cell = x + (iy * s->width + ix) * s->channels;
                    const float *weights = w + (ky * s->kernelWidth + kx) * s->channels * s->filters;
                    for (intptr_t c = 0; c < s->channels; c++, weights += s->filters)
                        for (intptr_t f = 0; f < s->filters; f++) y[f] += cell[c] * weights[f];
                }
            }
        }
}

NNC_CLONES
void nnc_conv2d_backward_input(const float *restrict dy, const float *restrict w, float *restrict dx, const nnc_conv2d *s) {
    memset(dx, 0, (size_t)(s->height * s->width * s->channels) * sizeof(float));
    for (intptr_t oy = 0; oy < s->outHeight; oy++)
        for (intptr_t ox = 0; ox < s->outWidth; ox++, dy += s->filters)
            for (intptr_t ky = 0; ky < s->kernelHeight; ky++) {
                intptr_t iy = oy * s->strideHeight - s->padTop + ky;
                if (iy < 0 || iy >= s->height) continue;
                for (intptr_t kx = 0; kx < s->kernelWidth; kx++) {
                    intptr_t ix = ox * s->strideWidth - s->padLeft + kx;
                    if (ix < 0 || ix >= s->width) continue;
                    float *cell = dx + (iy * s->width + ix) * s->channels;
                    const float *weights = w + (ky * s->kernelWidth + kx) * s->channels * s->filters;
                    for (intptr_t c = 0; c < s->channels; c++, weights += s->filters) {
                        float lanes[16] = {0}, sum = 0;
                        intptr_t f = 0;
                        for (; f + 16 <= s->filters; f += 16)
                            for (int l = 0; l < 16; l++) lanes[l] += dy[f + l] * weights[f + l];
                        for (; f < s->filters; f++) sum += dy[f] * weights[f];
                        for (int l = 0; l < 16; l++) sum += lanes[l];
                        cell[c] += sum;
                    }
                }
            }
}

NNC_CLONES
void nnc_conv2d_backward_weights(const float *restrict x, const float *restrict dy, float *restrict dw, const nnc_conv2d *s) {
    for (intptr_t oy = 0; oy < s->outHeight; oy++)
        for (intptr_t ox = 0; ox < s->outWidth; ox++, dy += s->filters)
            for (intptr_t ky = 0; ky < s->kernelHeight; ky++) {
                intptr_t iy = oy * s->strideHeight - s->padTop + ky;
                if (iy < 0 || iy >= s->height) continue;
                for (intptr_t kx = 0; kx < s->kernelWidth; kx++) {
                    intptr_t ix = ox * s->strideWidth - s->padLeft + kx;
                    if (ix < 0 || ix >= s->width) continue;
                    const float *cell = x + (iy * s->width + ix) * s->channels;
                    float *weights = dw + (ky * s->kernelWidth + kx) * s->channels * s->filters;
                    for (intptr_t c = 0; c < s->channels; c++, weights += s->filters)
                        for (intptr_t f = 0; f < s->filters; f++) weights[f] += cell[c] * dy[f];
                }
            }
}
