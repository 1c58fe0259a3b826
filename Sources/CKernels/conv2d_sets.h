#ifndef NNC_CONV2D_SETS_H
#define NNC_CONV2D_SETS_H

#include <stddef.h>
#include <stdint.h>

/// What a tile of the forward product needs beside its operands. Steps and rows are in floats.
typedef struct {
    const float *bias;
    /// From a pixel to the next, and from a row of the kernel to the next, in the input; the latter in the weights.
    intptr_t xStep, xRow, wRow;
    /// Rows of the kernel, and numbers in each.
    intptr_t rows, run;
    /// From a pixel to the next in the output, and how many of the tile's filters there are.
    intptr_t yStep, filters;
    int relu;
} nnc_forward_tile;

typedef struct {
    /// Rows of pixels, and pixels in each.
    intptr_t rows, pixels;
    intptr_t xStep, xRow, dyStep, dyRow;
    intptr_t dwStep, filters;
} nnc_weights_tile;

enum { NNC_MOST_PLACES = 14 };

typedef struct {
    /// Floats in a vector, and places in the largest tile.
    intptr_t vector, most;
    /// Vectors across a tile: two, or one where a broadcast can be part of a multiplication.
    intptr_t across;
    void (*forward[2][NNC_MOST_PLACES])(const nnc_forward_tile *t, const float *x, const float *w, float *y);
    void (*weights[2][NNC_MOST_PLACES])(const nnc_weights_tile *t, const float *x, const float *dy, float *dw);
} nnc_conv2d_tiles;

/// Those of this machine.
const nnc_conv2d_tiles *nnc_conv2d_choose(void);

#endif
