#ifndef NNC_CKERNELS_H
#define NNC_CKERNELS_H

// Inner loops in C, where a vector unit wider than the default x86-64 target pays.
// Each is built for several instruction sets and chosen when it is first called.

#include "clones.h"
#include "conv2d.h"
#include "deflate.h"
#include "dense.h"
#include "elementwise.h"
#include "gathered.h"
#include "hash.h"
#include "hash_tables.h"
#include "loss.h"
#include "normalization.h"
#include "optimizers.h"
#include "pool.h"
#include "pooled_conv.h"
#include "pooling.h"
#include "rank.h"
#include "row_sums.h"
#include "row_updates.h"
#include "rows.h"
#include "sample.h"
#include "select.h"
#include "sparse_input.h"
#include "transpose.h"

/// sum of x[i]*y[i], in sixteen interleaved partial sums whatever the vector width.
float nnc_dot(const float *x, const float *y, size_t n);

/// sum of (x[i]*factors[i])^2, likewise.
float nnc_scaled_square(const float *x, const float *factors, size_t n);

#endif
