#include "conv2d.h"

#include <string.h>

#include "conv2d_sets.h"

static inline intptr_t smaller(intptr_t a, intptr_t b) { return a < b ? a : b; }
static inline intptr_t larger(intptr_t a, intptr_t b) { return a > b ? a : b; }

// Rows that a thread works on together: what they touch should stay in its second-level cache.
static intptr_t rows_together(intptr_t rows, intptr_t floatsPerRow) { return larger(1, smaller(rows, 65536 / larger(1, floatsPerRow))); }

/// A panel of filters: `vectors` vectors wide, of which `count` numbers are filters.
typedef struct {
    intptr_t vectors, width, count;
} panel;

static panel panel_at(const nnc_conv2d_tiles *tiles, intptr_t from, intptr_t to) {
    panel p = {.vectors = to - from > tiles->vector ? tiles->across : 1};
    p.width = p.vectors * tiles->vector;
    p.count = smaller(p.width, to - from);
    return p;
}

// Padding. Only to the left and right: rows above and below the image are left out of the sums instead.

static intptr_t padded_width(const nnc_conv2d *s) { return (s->outWidth - 1) * s->strideWidth + s->kernelWidth; }
static int needs_padding(const nnc_conv2d *s) { return s->padLeft != 0 || padded_width(s) > s->width; }

intptr_t nnc_conv2d_padded_input(const nnc_conv2d *s) {
    return s->outWidth > 0 && needs_padding(s) ? s->height * padded_width(s) * s->channels : 0;
}

static intptr_t padded_gradient_width(const nnc_conv2d *s) { return s->width + s->kernelWidth - 1; }
static intptr_t gradient_shift(const nnc_conv2d *s) { return s->kernelWidth - 1 - s->padLeft; }
static int gradient_needs_padding(const nnc_conv2d *s) {
    return s->strideWidth != 1 || gradient_shift(s) != 0 || s->outWidth != padded_gradient_width(s);
}

intptr_t nnc_conv2d_padded_gradient(const nnc_conv2d *s) {
    return gradient_needs_padding(s) ? s->outHeight * padded_gradient_width(s) * s->filters : 0;
}

intptr_t nnc_conv2d_partial_gradient(const nnc_conv2d *s) { return s->filters % 16 ? s->outHeight * s->outWidth * 32 : 0; }

/// Column `c` of `width` goes to column `shift + c * stride` of `wide`, if there is one; zeros fill the rest.
static void pad_rows(
    const float *x, float *padded, intptr_t rows, intptr_t width, intptr_t wide, intptr_t shift, intptr_t stride, intptr_t channels
) {
    size_t cell = (size_t)channels * sizeof(float);
    intptr_t first = shift < 0 ? (-shift + stride - 1) / stride : 0;
    intptr_t end = wide > shift ? smaller(width, (wide - 1 - shift) / stride + 1) : 0;
    for (intptr_t row = 0; row < rows; row++, x += width * channels, padded += wide * channels) {
        if (end <= first) {
            memset(padded, 0, (size_t)wide * cell);
        } else if (stride == 1) {
            intptr_t left = shift + first, right = shift + end;
            memset(padded, 0, (size_t)left * cell);
            memcpy(padded + left * channels, x + first * channels, (size_t)(end - first) * cell);
            memset(padded + right * channels, 0, (size_t)(wide - right) * cell);
        } else {
            memset(padded, 0, (size_t)wide * cell);
            for (intptr_t c = first; c < end; c++) memcpy(padded + (shift + c * stride) * channels, x + c * channels, cell);
        }
    }
}

// Packing.

void nnc_conv2d_pack(const float *w, float *packed, const nnc_conv2d *s, intptr_t ky) {
    const nnc_conv2d_tiles *tiles = nnc_conv2d_choose();
    intptr_t run = s->kernelWidth * s->channels, depth = s->kernelHeight * run;
    for (intptr_t f = 0; f < s->filters;) {
        panel p = panel_at(tiles, f, s->filters);
        float *to = packed + f * depth + ky * run * p.width;
        const float *from = w + ky * run * s->filters + f;
        for (intptr_t k = 0; k < run; k++, to += p.width, from += s->filters) {
            memcpy(to, from, (size_t)p.count * sizeof(float));
            for (intptr_t i = p.count; i < p.width; i++) to[i] = 0;
        }
        f += p.width;
    }
}

void nnc_conv2d_pack_turned(const float *w, float *packed, const nnc_conv2d *s, intptr_t ky) {
    const nnc_conv2d_tiles *tiles = nnc_conv2d_choose();
    intptr_t run = s->kernelWidth * s->filters, depth = s->kernelHeight * run;
    for (intptr_t c = 0; c < s->channels;) {
        panel p = panel_at(tiles, c, s->channels);
        float *to = packed + c * depth + ky * run * p.width;
        for (intptr_t kx = s->kernelWidth - 1; kx >= 0; kx--, to += s->filters * p.width) {
            const float *from = w + ((ky * s->kernelWidth + kx) * s->channels + c) * s->filters;
            for (intptr_t i = 0; i < p.width; i++)
                for (intptr_t f = 0; f < s->filters; f++) to[f * p.width + i] = i < p.count ? from[i * s->filters + f] : 0;
        }
        c += p.width;
    }
}

// Products.

/// One row of outputs, in tiles of about the same size.
static void forward_row(
    const nnc_conv2d_tiles *tiles, intptr_t vectors, const nnc_forward_tile *t, const float *x, const float *w, float *y, intptr_t width
) {
    intptr_t pieces = (width + tiles->most - 1) / tiles->most;
    for (intptr_t piece = 0; piece < pieces; piece++) {
        intptr_t from = width * piece / pieces, count = width * (piece + 1) / pieces - from;
        tiles->forward[vectors - 1][count - 1](t, x + from * t->xStep, w, y + from * t->yStep);
    }
}

void nnc_conv2d_forward(
    const float *x, const float *packed, const float *bias, int relu, float *y, float *padded, const nnc_conv2d *s
) {
    if (s->outWidth <= 0) return;
    const nnc_conv2d_tiles *tiles = nnc_conv2d_choose();
    intptr_t wide = s->width, run = s->kernelWidth * s->channels, depth = s->kernelHeight * run;
    if (needs_padding(s)) {
        wide = padded_width(s);
        pad_rows(x, padded, s->height, s->width, wide, s->padLeft, 1, s->channels);
        x = padded;
    }
    intptr_t rowFloats = wide * s->channels, together = rows_together(s->outHeight, rowFloats * s->strideHeight + s->outWidth * s->filters);
    for (intptr_t top = 0; top < s->outHeight; top += together)
        for (intptr_t f = 0; f < s->filters;) {
            panel p = panel_at(tiles, f, s->filters);
            nnc_forward_tile t = {
                .bias = bias + f, .xStep = s->strideWidth * s->channels, .xRow = rowFloats, .wRow = run * p.width, .run = run,
                .yStep = s->filters, .filters = p.count, .relu = relu};
            for (intptr_t oy = top; oy < smaller(top + together, s->outHeight); oy++) {
                intptr_t iy = oy * s->strideHeight - s->padTop;
                intptr_t first = larger(0, -iy), end = smaller(s->kernelHeight, s->height - iy);
                t.rows = larger(0, end - first);
                if (t.rows == 0) first = 0, iy = 0;
                forward_row(
                    tiles, p.vectors, &t, x + (iy + first) * rowFloats, packed + f * depth + first * t.wRow,
                    y + oy * s->outWidth * s->filters + f, s->outWidth);
            }
            f += p.width;
        }
}

void nnc_conv2d_backward_input(
    const float *dy, const float *packed, const float *zeros, float *dx, float *padded, const nnc_conv2d *s
) {
    const nnc_conv2d_tiles *tiles = nnc_conv2d_choose();
    intptr_t wide = padded_gradient_width(s), run = s->kernelWidth * s->filters, depth = s->kernelHeight * run;
    if (gradient_needs_padding(s)) {
        pad_rows(dy, padded, s->outHeight, s->outWidth, wide, gradient_shift(s), s->strideWidth, s->filters);
        dy = padded;
    }
    intptr_t rowFloats = wide * s->filters, stride = s->strideHeight;
    intptr_t together = rows_together(s->height, rowFloats + s->width * s->channels);
    for (intptr_t top = 0; top < s->height; top += together)
        for (intptr_t c = 0; c < s->channels;) {
            panel p = panel_at(tiles, c, s->channels);
            // A row of the kernel further down meets a row of the gradient further up.
            nnc_forward_tile t = {
                .bias = zeros, .xStep = s->filters, .xRow = -rowFloats, .wRow = stride * run * p.width, .run = run,
                .yStep = s->channels, .filters = p.count};
            for (intptr_t iy = top; iy < smaller(top + together, s->height); iy++) {
                // Rows ky of the kernel with iy + padTop - ky = oy * stride for a row oy of the gradient.
                intptr_t at = iy + s->padTop;
                intptr_t first = larger(at % stride, at - stride * (s->outHeight - 1)), last = smaller(s->kernelHeight - 1, at);
                t.rows = first > last || s->outWidth <= 0 ? 0 : (last - first) / stride + 1;
                if (t.rows == 0) first = at;
                forward_row(
                    tiles, p.vectors, &t, dy + (at - first) / stride * rowFloats, t.rows ? packed + c * depth + first * run * p.width : packed,
                    dx + iy * s->width * s->channels + c, s->width);
            }
            c += p.width;
        }
}

void nnc_conv2d_backward_weights(
    const float *x, const float *dy, float *dw, intptr_t from, intptr_t to, float *padded, float *partial, const nnc_conv2d *s
) {
    if (s->outWidth <= 0) return;
    const nnc_conv2d_tiles *tiles = nnc_conv2d_choose();
    intptr_t wide = s->width, run = s->kernelWidth * s->channels, pixels = s->outHeight * s->outWidth, stride = s->strideHeight;
    if (needs_padding(s)) {
        wide = padded_width(s);
        pad_rows(x, padded, s->height, s->width, wide, s->padLeft, 1, s->channels);
        x = padded;
    }
    intptr_t rowFloats = wide * s->channels, pieces = (run + tiles->most - 1) / tiles->most;
    intptr_t together = rows_together(s->outHeight, rowFloats * stride + s->outWidth * 32);
    for (intptr_t f = from; f < to;) {
        panel p = panel_at(tiles, f, to);
        const float *gradients = dy + f;
        nnc_weights_tile t = {
            .pixels = s->outWidth, .xStep = s->strideWidth * s->channels, .xRow = stride * rowFloats, .dyStep = s->filters,
            .dwStep = s->filters, .filters = p.count};
        if (p.count < p.width) {
            for (intptr_t i = 0; i < pixels; i++)
                for (intptr_t j = 0; j < p.width; j++) partial[i * p.width + j] = j < p.count ? gradients[i * s->filters + j] : 0;
            gradients = partial;
            t.dyStep = p.width;
        }
        t.dyRow = s->outWidth * t.dyStep;
        for (intptr_t top = 0; top < s->outHeight; top += together)
            for (intptr_t ky = 0; ky < s->kernelHeight; ky++) {
                // Rows oy of the gradient with 0 <= oy * stride - padTop + ky < height.
                intptr_t lift = s->padTop - ky, reach = s->height - 1 + lift;
                intptr_t first = larger(top, lift > 0 ? (lift + stride - 1) / stride : 0);
                intptr_t end = reach < 0 ? 0 : smaller(smaller(top + together, s->outHeight), reach / stride + 1);
                if (end <= first) continue;
                t.rows = end - first;
                const float *values = x + (first * stride - lift) * rowFloats;
                for (intptr_t piece = 0; piece < pieces; piece++) {
                    intptr_t k = run * piece / pieces, count = run * (piece + 1) / pieces - k;
                    tiles->weights[p.vectors - 1][count - 1](
                        &t, values + k, gradients + first * t.dyRow, dw + (ky * run + k) * s->filters + f);
                }
            }
        f += p.width;
    }
}
