#ifndef NNC_HASH_TABLES_H
#define NNC_HASH_TABLES_H

// Hash tables of a layer's units: buckets of a fixed size. What a slot holds is a unit at every moment, so that a thread may read a table
// while another writes to it: at worst a unit is missed or seen twice.

#include "clones.h"

/// One table. counts[2 b] is how many units bucket b holds, counts[2 b + 1] how many belong there.
typedef struct {
    int32_t *slots, *counts;
    size_t bucket_size;
    /// By which a bucket that is full draws what it keeps.
    uint32_t seed;
} nnc_hash_table;

/// Of a full bucket that `members` units belong to already: the place of a new one, or `bucket_size` or more if it is to stay outside.
uint32_t nnc_reservoir_place(uint32_t seed, uint32_t unit, uint32_t members);

void nnc_table_insert(const nnc_hash_table *table, int32_t bucket, int32_t unit);
void nnc_table_remove(const nnc_hash_table *table, int32_t bucket, int32_t unit);

/// Empties a table and inserts units 0 ..< n, of which unit u belongs into bucket codes[u] - 1.
void nnc_table_build(const nnc_hash_table *table, size_t buckets, const int32_t *codes, size_t n);

/// Which buckets of which tables a query reads: keys[p * tables + t] is one of table t's.
typedef struct {
    const int32_t *slots, *counts;
    size_t tables, buckets, bucket_size, lookups, units;
} nnc_hash_lookup;

/// Adds one to the score of a unit for each bucket that holds it. Returns how many slots it read.
size_t nnc_count_hits(const nnc_hash_lookup *s, const int32_t *keys, uint16_t *scores);
size_t nnc_add_hits(const nnc_hash_lookup *s, const int32_t *keys, int32_t *scores);

/// Sets the score of a unit to the number of lookups less that of the first bucket that holds it, until `k` units are found or there
/// are no more buckets. Returns how many slots it read.
size_t nnc_find_first(const nnc_hash_lookup *s, const int32_t *keys, size_t k, uint16_t *scores);

/// The `k` units with the largest scores, ascending; a score above `most` counts as that. Equal ones are put into an order by four random words.
/// `ties` holds twice `units` numbers, rounded up to a multiple of 16, and 16 more. `bits`: of `most`. Scores are used up.
void nnc_select_scored(
    uint16_t *scores, size_t units, size_t k, int32_t most, int bits, const uint32_t words[4], int32_t *chosen, int32_t *ties);
void nnc_select_summed(
    int32_t *scores, size_t units, size_t k, int32_t most, int bits, const uint32_t words[4], int32_t *chosen, int32_t *ties);
/// The same for every processor.
void nnc_select_scored_plainly(
    uint16_t *scores, size_t units, size_t k, int32_t most, int bits, const uint32_t words[4], int32_t *chosen, int32_t *ties);
void nnc_select_summed_plainly(
    int32_t *scores, size_t units, size_t k, int32_t most, int bits, const uint32_t words[4], int32_t *chosen, int32_t *ties);

/// The place of a unit in the order of the four words: different for each of 0 ..< 2^bits.
uint32_t nnc_unit_order(uint32_t unit, int bits, const uint32_t words[4]);
/// Bits of such places, for so many units.
int nnc_order_bits(size_t units);

#endif
