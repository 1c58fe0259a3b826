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

NNC_INLINE size_t bucket_of(const nnc_hash_lookup *s, const int32_t *keys, size_t lookup) {
    return lookup % s->tables * s->buckets + ((size_t)(uint32_t)keys[lookup] & (s->buckets - 1));
}

enum { AHEAD = 6 };

/// Calls for the bucket that comes some lookups later.
NNC_INLINE void call_ahead(const nnc_hash_lookup *s, const int32_t *keys, size_t lookup) {
    if (lookup + AHEAD >= s->lookups) return;
    size_t bucket = bucket_of(s, keys, lookup + AHEAD);
    __builtin_prefetch(s->counts + 2 * bucket);
    __builtin_prefetch(s->slots + bucket * s->bucket_size);
    if (s->bucket_size > 16) __builtin_prefetch(s->slots + bucket * s->bucket_size + 16);
}

#define FOR_EACH_SLOT(s, keys, lookup, id)                                                                    \
    call_ahead(s, keys, lookup);                                                                              \
    size_t bucket = bucket_of(s, keys, lookup);                                                               \
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
