#include "hash_tables.h"
#include "vector_math.h"

#include <string.h>

// MARK: what the tables hold

uint32_t nnc_reservoir_place(uint32_t seed, uint32_t unit, uint32_t members) {
    uint32_t h = (seed + unit * 0x9E3779B1u) ^ members * 0x85EBCA6Bu;
    h ^= h >> 16;
    h *= 0x7FEB352Du;
    h ^= h >> 15;
    h *= 0x846CA68Bu;
    h ^= h >> 16;
    return (uint32_t)((uint64_t)h * ((uint64_t)members + 1) >> 32);
}

/// How many slots of a bucket hold something, whatever its count says.
NNC_INLINE size_t stored(const int32_t *counts, size_t bucket, size_t bucket_size) {
    int32_t count = counts[2 * bucket];
    return count < 0 ? 0 : (size_t)count < bucket_size ? (size_t)count : bucket_size;
}

NNC_INLINE void insert(const nnc_hash_table *table, size_t bucket, int32_t unit) {
    int32_t *count = table->counts + 2 * bucket, *slots = table->slots + bucket * table->bucket_size;
    size_t held = stored(table->counts, bucket, table->bucket_size);
    uint32_t members = count[1] < 0 ? 0 : (uint32_t)count[1];
    if (held < table->bucket_size) {
        slots[held] = unit;
        count[0] = (int32_t)held + 1;
    } else {
        // So that each unit that belongs here is as likely to be kept as any other (Vitter 1985).
        uint32_t place = nnc_reservoir_place(table->seed, (uint32_t)unit, members);
        if (place < table->bucket_size) slots[place] = unit;
    }
    count[1] = (int32_t)members + 1;
}

void nnc_table_insert(const nnc_hash_table *table, int32_t bucket, int32_t unit) { insert(table, (size_t)bucket, unit); }

void nnc_table_remove(const nnc_hash_table *table, int32_t bucket, int32_t unit) {
    int32_t *count = table->counts + 2 * bucket, *slots = table->slots + (size_t)bucket * table->bucket_size;
    size_t held = stored(table->counts, (size_t)bucket, table->bucket_size);
    if (count[1] > 0) count[1]--;
    for (size_t i = 0; i < held; i++) {
        if (slots[i] != unit) continue;
        slots[i] = slots[held - 1];
        count[0] = (int32_t)held - 1;
        return;
    }
}

void nnc_table_build(const nnc_hash_table *table, size_t buckets, const int32_t *codes, size_t n) {
    memset(table->counts, 0, 2 * buckets * sizeof *table->counts);
    for (size_t u = 0; u < n; u++) insert(table, (size_t)codes[u] - 1, (int32_t)u);
}

// MARK: what a query finds

/// Calls for the ids of one bucket.
#define FOR_EACH_SLOT(s, keys, lookup, id)                                                                    \
    size_t bucket = lookup % s->tables * s->buckets + ((size_t)(uint32_t)keys[lookup] & (s->buckets - 1));     \
    size_t held = stored(s->counts, bucket, s->bucket_size);                                                  \
    const int32_t *slots = s->slots + bucket * s->bucket_size;                                                \
    read += held;                                                                                             \
    for (size_t i = 0, id; i < held && (id = (size_t)(uint32_t)slots[i], 1); i++)

size_t nnc_count_hits(const nnc_hash_lookup *s, const int32_t *keys, uint16_t *scores) {
    size_t read = 0;
    for (size_t l = 0; l < s->lookups; l++) {
        FOR_EACH_SLOT(s, keys, l, id) if (id < s->units) scores[id]++;
    }
    return read;
}

size_t nnc_add_hits(const nnc_hash_lookup *s, const int32_t *keys, int32_t *scores) {
    size_t read = 0;
    for (size_t l = 0; l < s->lookups; l++) {
        FOR_EACH_SLOT(s, keys, l, id) if (id < s->units) scores[id]++;
    }
    return read;
}

size_t nnc_find_first(const nnc_hash_lookup *s, const int32_t *keys, size_t k, uint16_t *scores) {
    size_t read = 0, found = 0;
    for (size_t l = 0; l < s->lookups && found < k; l++) {
        uint16_t score = (uint16_t)(s->lookups - l);
        FOR_EACH_SLOT(s, keys, l, id) {
            if (id >= s->units || scores[id]) continue;
            scores[id] = score;
            found++;
        }
    }
    return read;
}

// MARK: which of them are taken

int nnc_order_bits(size_t units) {
    int bits = 1;
    while (bits < 32 && (size_t)1 << bits < units) bits++;
    return bits;
}

// A product with an odd number, and a number that its own upper half is added to, are both one to one: so is all of it.
#define UNIT_ORDER(u, mask, half, words)                                     \
    u = (u ^ words[0]) & mask, u = u * (words[1] | 1) & mask, u ^= u >> half, \
    u = (u * (words[2] | 1) + words[3]) & mask, u ^= u >> half

uint32_t nnc_unit_order(uint32_t unit, int bits, const uint32_t words[4]) {
    uint32_t mask = bits < 32 ? (1u << bits) - 1 : ~0u, half = (uint32_t)(bits + 1) / 2;
    UNIT_ORDER(unit, mask, half, words);
    return unit;
}

typedef uint32_t words16 __attribute__((vector_size(64), aligned(4)));
typedef int32_t ints16 __attribute__((vector_size(64), aligned(4)));
typedef _Bool flags16 __attribute__((ext_vector_type(16)));

NNC_INLINE uint32_t mask_bits(const ints16 *set) {
    flags16 flags = __builtin_convertvector(*set, flags16);
    uint16_t bits;
    memcpy(&bits, &flags, sizeof bits);
    return bits;
}

/// The largest place in the order that at least `need` of the tied units reach.
NNC_INLINE uint32_t least_place(int32_t *ties, size_t count, size_t need, int bits, const uint32_t words[4]) {
    uint32_t mask = bits < 32 ? (1u << bits) - 1 : ~0u, half = (uint32_t)(bits + 1) / 2;
    size_t padded = (count + 15) / 16 * 16;
    for (size_t i = 0; i < padded; i += 16) {
        words16 *t = (words16 *)(ties + i), u = *t;
        UNIT_ORDER(u, mask, half, words);
        *t = u;
    }
    for (size_t i = count; i < padded; i++) ties[i] = -1;
    uint32_t least = 0;
    for (int bit = bits - 1; bit >= 0; bit--) {
        ints16 reached = {0};
        int32_t candidate = (int32_t)(least | 1u << bit);
        for (size_t i = 0; i < padded; i += 16) reached -= *(const ints16 *)(ties + i) >= candidate;
        if ((size_t)__builtin_reduce_add(reached) >= need) least = (uint32_t)candidate;
    }
    return least;
}

#define SELECT(NAME, ELEMENT, LANES)                                                                                                    \
    typedef ELEMENT ELEMENT##_lanes __attribute__((vector_size(LANES * sizeof(ELEMENT)), aligned(sizeof(ELEMENT))));                    \
                                                                                                                                        \
    NNC_INLINE size_t NAME##_count(const ELEMENT *scores, size_t units, ELEMENT least) {                                                \
        size_t count = 0, u = 0;                                                                                                        \
        /* A lane counts to less than its number can hold. */                                                                           \
        while (u + LANES <= units) {                                                                                                    \
            ELEMENT##_lanes reached = {0};                                                                                              \
            size_t end = units - u < (size_t)LANES * 32000 ? units : u + (size_t)LANES * 32000;                                         \
            for (; u + LANES <= end; u += LANES) reached -= (ELEMENT##_lanes)(*(const ELEMENT##_lanes *)(scores + u) >= least);         \
            for (int l = 0; l < LANES; l++) count += (size_t)reached[l];                                                                \
        }                                                                                                                               \
        for (; u < units; u++) count += scores[u] >= least;                                                                             \
        return count;                                                                                                                   \
    }                                                                                                                                   \
                                                                                                                                        \
    NNC_CLONES                                                                                                                          \
    void NAME(                                                                                                                          \
        const ELEMENT *scores, size_t units, size_t k, int32_t most, int bits, const uint32_t words[4], int32_t *chosen, int32_t *ties  \
    ) {                                                                                                                                 \
        int32_t threshold = 0;                                                                                                          \
        size_t above = 0;                                                                                                               \
        for (int bit = bits - 1; bit >= 0; bit--) {                                                                                     \
            int32_t candidate = threshold | (int32_t)(1u << bit);                                                                       \
            /* Scores above the most count as the most. */                                                                              \
            size_t count = candidate > most ? 0 : NAME##_count(scores, units, (ELEMENT)candidate);                                      \
            if (count >= k) threshold = candidate;                                                                                      \
            else above = count;                                                                                                         \
        }                                                                                                                               \
        size_t tied = 0;                                                                                                                \
        for (size_t from = 0; from < units; from += 16) {                                                                               \
            ints16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, score;                                                \
            load_##ELEMENT(scores + from, units - from, &score);                                                                        \
            score = (score & (score < most)) | (most & ~(score < most));                                                                \
            ints16 equal = (score == threshold) & (lane < (int32_t)(units - from < 16 ? units - from : 16));                            \
            for (uint32_t left = mask_bits(&equal); left; left &= left - 1) ties[tied++] = (int32_t)(from + (size_t)__builtin_ctz(left)); \
        }                                                                                                                               \
        uint32_t least = 0;                                                                                                             \
        int order = nnc_order_bits(units);                                                                                              \
        if (tied > k - above) least = least_place(ties, tied, k - above, order, words);                                                 \
        uint32_t mask = order < 32 ? (1u << order) - 1 : ~0u, half = (uint32_t)(order + 1) / 2;                                         \
        size_t place = 0;                                                                                                               \
        for (size_t from = 0; from < units; from += 16) {                                                                               \
            ints16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, score;                                                \
            load_##ELEMENT(scores + from, units - from, &score);                                                                        \
            score = (score & (score < most)) | (most & ~(score < most));                                                                \
            ints16 inside = lane < (int32_t)(units - from < 16 ? units - from : 16);                                                    \
            words16 u = (words16)lane + (uint32_t)from;                                                                                 \
            UNIT_ORDER(u, mask, half, words);                                                                                           \
            ints16 taken = inside & ((score > threshold) | ((score == threshold) & (ints16)(u >= least)));                              \
            for (uint32_t left = mask_bits(&taken); left; left &= left - 1) chosen[place++] = (int32_t)(from + (size_t)__builtin_ctz(left)); \
        }                                                                                                                               \
    }

/// Sixteen scores, zeros behind the last.
NNC_INLINE void load_uint16_t(const uint16_t *scores, size_t count, ints16 *score) {
    typedef uint16_t shorts __attribute__((vector_size(32), aligned(2)));
    shorts s = {0};
    memcpy(&s, scores, count < 16 ? count * sizeof *scores : sizeof s);
    *score = __builtin_convertvector(s, ints16);
}

NNC_INLINE void load_int32_t(const int32_t *scores, size_t count, ints16 *score) {
    *score = (ints16){0};
    memcpy(score, scores, count < 16 ? count * sizeof *scores : sizeof *score);
}

SELECT(nnc_select_scored, uint16_t, 32)
SELECT(nnc_select_summed, int32_t, 16)
