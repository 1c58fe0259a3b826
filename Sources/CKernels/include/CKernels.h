#ifndef NNC_CKERNELS_H
#define NNC_CKERNELS_H

// Inner loops in C, where a vector unit wider than the default x86-64 target pays.
// Each is built for several instruction sets and chosen when it is first called.

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#define NNC_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define NNC_CLONES
#endif

/// sum of x[i]*y[i], in sixteen interleaved partial sums whatever the vector width.
float nnc_dot(const float *x, const float *y, size_t n);

#endif
