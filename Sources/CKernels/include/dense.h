#ifndef NNC_DENSE_H
#define NNC_DENSE_H

// Products of dense layers for AVX-512, in register tiles like the convolutions'. They copy little: of the weights a
// forward product copies nothing, and the small side, activations of a batch, is packed once for all threads.

#include "clones.h"

enum {
    NNC_DENSE_LANES = 16,
    /// Rows of a packed block, and its inner dimension or columns: half of a second-level cache of 1 MiB.
    NNC_DENSE_BATCH = 128,
    NNC_DENSE_DEPTH = 1024,
    /// Floats of a thread's memory: for a packed block, and for what a kernel copies.
    NNC_DENSE_PACKED = NNC_DENSE_BATCH * NNC_DENSE_DEPTH,
    NNC_DENSE_SCRATCH = 43008,
};

/// Whether this machine runs these kernels, and they are faster than OpenBLAS's.
int nnc_dense_has_tiles(void);

/// packed[k * 16 + j] = x[j * stride + k], for up to 16 rows; rows beyond are zeros.
void nnc_dense_pack_rows(const float *x, size_t stride, size_t rows, size_t depth, float *packed);

/// packed[k * 16 + j] = alpha x[k * stride + j], for up to 16 columns; columns beyond are zeros.
void nnc_dense_pack_columns(const float *x, size_t stride, size_t columns, size_t depth, float alpha, float *packed);

/// y[b, u] (+)= sum over k < depth of x[b, k] w[u, k]; x in panels of 16 rows, depth * 16 floats each.
void nnc_dense_forward(
    const float *w, size_t wStride, size_t units, const float *packed, size_t rows, size_t depth, int add, float *y, size_t yStride,
    float *scratch);

/// dx[b, i] (+)= sum over u < units of dy[b, u] w[u, i]; dy in panels of 16 rows, units * 16 floats each.
void nnc_dense_backward_input(
    const float *packed, size_t rows, const float *w, size_t wStride, size_t units, size_t columns, int add, float *dx, size_t dxStride,
    float *scratch);

/// dw[u, i] (+)= sum over b < rows of dy[b, u] x[b, i]; x in panels of 16 columns, rows * 16 floats each.
/// `rows` is at most NNC_DENSE_BATCH.
void nnc_dense_backward_weights(
    const float *dy, size_t dyStride, size_t rows, size_t units, const float *packed, size_t columns, int add, float *dw, size_t dwStride,
    float *scratch);

#endif
