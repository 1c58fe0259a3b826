#ifndef NNC_HASH_H
#define NNC_HASH_H

// Keys of vectors, sixteen vectors at a time: number i of vector l stands at [i * 16 + l] of a tile.

#include "clones.h"

enum {
    NNC_HASH_LANES = 16,
    /// How many others an empty window asks before it gives up.
    NNC_HASH_ATTEMPTS = 100,
};

/// The window that window `window` asks as its `attempt`-th.
uint32_t nnc_hash_donor(uint32_t window, uint32_t attempt, uint32_t windows);

/// What all vectors of a layer have in common.
typedef struct {
    size_t inputs, coordinates, rounds, projections, tables, hashes, probes;
    /// Of a code, of a whole key, and of what is left of it for the bucket.
    int code_bits, key_bits, bucket_bits;
    /// Whether zeros take no part.
    int densified;
    /// For each set of codes to change, by rising cost, a bit for each rank among the margins.
    const uint32_t *probe_sets;
} nnc_hash_shape;

/// One vector of a tile: adds ±x to the sum that the pattern names (place * 2 + sign for each coordinate of each round).
void nnc_sign_sums_add(const nnc_hash_shape *s, const int32_t *pattern, size_t coordinate, float x, float *sums, size_t lane);

/// `count` (1 to 16) vectors of `inputs` numbers: row `rows[l]`, or l, of x, `stride` apart, each number times its factor. Adds ± these to
/// the sums, which are [projections] tiles and already hold something; then `extra`, if any, as the coordinates behind the inputs.
void nnc_sign_sums(
    const nnc_hash_shape *s, const int32_t *pattern, const float *x, size_t stride, const int32_t *rows, size_t count, const float *factors,
    const float *extra, float *sums);

/// In place: each sum becomes the sum of all of them with the signs of a row of a Hadamard matrix.
void nnc_walsh_hadamard(float *sums, size_t projections);

/// keys[p * tables + t] of 16 lanes: the buckets of table t, from the signs of the projections less `centre`, one for each.
void nnc_sign_keys(const nnc_hash_shape *s, const float *sums, const float *centre, int32_t *keys);

/// Floats (of four bytes) that the winners of 16 vectors take: best, second best, and which they are, for the window of each code.
size_t nnc_winner_floats(size_t codes);
void nnc_winners_begin(size_t codes, float *winners);

/// `count` vectors as in `nnc_sign_sums`, less `centre` and times `factors` (of `inputs` numbers, or null), into the windows that the pattern names.
void nnc_winners(
    const nnc_hash_shape *s, const int32_t *pattern, const float *x, size_t stride, const int32_t *rows, size_t count, const float *centre,
    const float *factors, float *winners);

/// One number of one vector.
void nnc_winners_add(const nnc_hash_shape *s, const int32_t *pattern, size_t input, float x, float *winners, size_t lane);

/// keys as in `nnc_sign_keys`; of densified hashes, empty windows of the `count` vectors that there are first borrow.
void nnc_winner_keys(const nnc_hash_shape *s, float *winners, size_t count, int32_t *keys);

/// y[l * columns + c] = keys[c * 16 + l] for `count` vectors.
void nnc_store_keys(const int32_t *keys, size_t columns, size_t count, int32_t *y);

#endif
