#include "rows.h"
#include "vector_math.h"

enum { LANES = 16 };

// Sixteen counters at a time, so that the rounds become vector code; a single one is lane 0 of none.
NNC_INLINE void philox_lanes(uint32_t c0[LANES], uint32_t c1[LANES], uint32_t c2[LANES], uint32_t c3[LANES], uint32_t k0, uint32_t k1, int lanes) {
    for (int round = 0; round < 10; round++) {
        for (int l = 0; l < lanes; l++) {
            uint64_t p = (uint64_t)c0[l] * 0xD2511F53u, q = (uint64_t)c2[l] * 0xCD9E8D57u;
            c0[l] = (uint32_t)(q >> 32) ^ c1[l] ^ k0;
            c1[l] = (uint32_t)q;
            c2[l] = (uint32_t)(p >> 32) ^ c3[l] ^ k1;
            c3[l] = (uint32_t)p;
        }
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
}

void nnc_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t words[4]) {
    uint32_t c0[LANES] = {counter[0]}, c1[LANES] = {counter[1]}, c2[LANES] = {counter[2]}, c3[LANES] = {counter[3]};
    philox_lanes(c0, c1, c2, c3, key[0], key[1], 1);
    words[0] = c0[0], words[1] = c1[0], words[2] = c2[0], words[3] = c3[0];
}

/// Sixteen blocks of the stream, from that of word `word` on.
NNC_INLINE void philox_from(
    size_t word, const uint32_t counter[4], const uint32_t key[2], uint32_t c0[LANES], uint32_t c1[LANES], uint32_t c2[LANES], uint32_t c3[LANES]
) {
    for (int l = 0; l < LANES; l++) {
        c0[l] = counter[0] + (uint32_t)(word / 4) + (uint32_t)l;
        c1[l] = counter[1], c2[l] = counter[2], c3[l] = counter[3];
    }
    philox_lanes(c0, c1, c2, c3, key[0], key[1], LANES);
}

NNC_CLONES
void nnc_random_keys(int32_t *keys, size_t n, size_t first, const uint32_t counter[4], const uint32_t key[2]) {
    for (size_t from = 0; from < n; from += 4 * LANES) {
        uint32_t c0[LANES], c1[LANES], c2[LANES], c3[LANES];
        philox_from(first + from, counter, key, c0, c1, c2, c3);
        int32_t drawn[4 * LANES];
        for (int l = 0; l < LANES; l++) {
            drawn[4 * l] = (int32_t)(c0[l] >> 1);
            drawn[4 * l + 1] = (int32_t)(c1[l] >> 1);
            drawn[4 * l + 2] = (int32_t)(c2[l] >> 1);
            drawn[4 * l + 3] = (int32_t)(c3[l] >> 1);
        }
        size_t width = n - from < 4 * LANES ? n - from : 4 * LANES;
        for (size_t i = 0; i < width; i++) keys[from + i] = drawn[i];
    }
}

NNC_CLONES
void nnc_uniform(float *y, size_t n, const uint32_t counter[4], const uint32_t key[2], float limit) {
    for (size_t from = 0; from < n; from += 4 * LANES) {
        uint32_t c0[LANES], c1[LANES], c2[LANES], c3[LANES];
        philox_from(from, counter, key, c0, c1, c2, c3);
        float drawn[4 * LANES];
        for (int l = 0; l < LANES; l++) {
            drawn[4 * l] = ((float)(c0[l] >> 8) * 0x1p-23f - 1) * limit;
            drawn[4 * l + 1] = ((float)(c1[l] >> 8) * 0x1p-23f - 1) * limit;
            drawn[4 * l + 2] = ((float)(c2[l] >> 8) * 0x1p-23f - 1) * limit;
            drawn[4 * l + 3] = ((float)(c3[l] >> 8) * 0x1p-23f - 1) * limit;
        }
        size_t width = n - from < 4 * LANES ? n - from : 4 * LANES;
        for (size_t i = 0; i < width; i++) y[from + i] = drawn[i];
    }
}

NNC_CLONES
void nnc_dropout(
    const float *x, float *y, size_t n, size_t first, const uint32_t counter[4], const uint32_t key[2], uint64_t limit, float scale
) {
    for (size_t from = 0; from < n; from += 4 * LANES) {
        uint32_t c0[LANES], c1[LANES], c2[LANES], c3[LANES];
        philox_from(first + from, counter, key, c0, c1, c2, c3);
        float factors[4 * LANES];
        for (int l = 0; l < LANES; l++) {
            factors[4 * l] = c0[l] < limit ? 0 : scale;
            factors[4 * l + 1] = c1[l] < limit ? 0 : scale;
            factors[4 * l + 2] = c2[l] < limit ? 0 : scale;
            factors[4 * l + 3] = c3[l] < limit ? 0 : scale;
        }
        size_t width = n - from < 4 * LANES ? n - from : 4 * LANES;
#pragma clang loop vectorize(assume_safety)
        for (size_t i = 0; i < width; i++) y[from + i] = factors[i] == 0 ? 0 : x[from + i] * factors[i];
    }
}

NNC_CLONES
void nnc_bernoulli(const float *p, float *y, size_t n, size_t first, const uint32_t counter[4], const uint32_t key[2]) {
    for (size_t from = 0; from < n; from += 4 * LANES) {
        uint32_t c0[LANES], c1[LANES], c2[LANES], c3[LANES];
        philox_from(first + from, counter, key, c0, c1, c2, c3);
        float drawn[4 * LANES];
        for (int l = 0; l < LANES; l++) {
            drawn[4 * l] = (float)(c0[l] >> 8) * 0x1p-24f;
            drawn[4 * l + 1] = (float)(c1[l] >> 8) * 0x1p-24f;
            drawn[4 * l + 2] = (float)(c2[l] >> 8) * 0x1p-24f;
            drawn[4 * l + 3] = (float)(c3[l] >> 8) * 0x1p-24f;
        }
        size_t width = n - from < 4 * LANES ? n - from : 4 * LANES;
#pragma clang loop vectorize(assume_safety)
        for (size_t i = 0; i < width; i++) y[from + i] = drawn[i] < p[from + i] ? 1 : 0;
    }
}
