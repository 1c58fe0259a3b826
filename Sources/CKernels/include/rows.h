#ifndef NNC_ROWS_H
#define NNC_ROWS_H

#include "clones.h"

/// y[i] = x[i] scale[i mod period] + shift[i mod period]
void nnc_scale_bytes(const uint8_t *x, float *y, size_t n, const float *scale, const float *shift, size_t period);
void nnc_scale_floats(const float *x, float *y, size_t n, const float *scale, const float *shift, size_t period);

/// Philox4x32-10 (Salmon et al. 2011): four random words from a counter of four and a key of two.
void nnc_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t words[4]);

/// Uniform in [-limit, limit), number i from word i of the stream.
void nnc_uniform(float *y, size_t n, const uint32_t counter[4], const uint32_t key[2], float limit);

/// y[i] = word i of the stream is below `limit` ? 0 : x[i] scale, for `n` elements from word `first`, a multiple of 4.
/// The stream's counter at word i is `counter` with its first word raised by i / 4.
void nnc_dropout(
    const float *x, float *y, size_t n, size_t first, const uint32_t counter[4], const uint32_t key[2], uint64_t limit, float scale);

/// y[i] = the upper 24 bits of word i of the stream, as a fraction of 2^24, are below p[i] ? 1 : 0, from word `first`, a multiple of 4.
void nnc_bernoulli(const float *p, float *y, size_t n, size_t first, const uint32_t counter[4], const uint32_t key[2]);

/// keys[i] = word `first` + i of the stream without its lowest bit, for `n` words from a multiple of 4.
void nnc_random_keys(int32_t *keys, size_t n, size_t first, const uint32_t counter[4], const uint32_t key[2]);

/// In double precision, in eight interleaved lanes.
double nnc_sum(const float *x, size_t n);

/// Where the first NaN or infinity stands, or n.
size_t nnc_first_non_finite(const float *x, size_t n);

#endif
