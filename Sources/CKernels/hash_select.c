#include "hash_tables.h"
#include "vector_math.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

typedef uint32_t words16 __attribute__((vector_size(64), aligned(4)));
typedef int32_t ints16 __attribute__((vector_size(64), aligned(4)));
typedef _Bool flags16 __attribute__((ext_vector_type(16)));

// MARK: an order of the units

int nnc_order_bits(size_t units) {
    int bits = 1;
    while (bits < 32 && (size_t)1 << bits < units) bits++;
    return bits;
}

/// A product with an odd number, and a number that its own upper half is added to, are both one to one: so is what is made of them.
typedef struct {
    int bits;
    uint32_t mask, half, change, first, second, shift;
    /// By which the products are undone.
    uint32_t un_first, un_second;
} unit_order;

#define IN_ORDER(u, o)                                                                                     \
    u = (u ^ (o).change) & (o).mask, u = u * (o).first & (o).mask, u ^= u >> (o).half,                      \
    u = (u * (o).second + (o).shift) & (o).mask, u ^= u >> (o).half

/// The number whose product with an odd number is 1.
NNC_INLINE uint32_t inverse(uint32_t odd) {
    uint32_t x = odd;
    for (int i = 0; i < 5; i++) x *= 2 - odd * x;
    return x;
}

NNC_INLINE unit_order order_of_bits(int bits, const uint32_t words[4]) {
    unit_order o = {bits, bits < 32 ? (1u << bits) - 1 : ~0u, (uint32_t)(bits + 1) / 2, words[0], words[1] | 1, words[2] | 1, words[3], 0, 0};
    o.un_first = inverse(o.first), o.un_second = inverse(o.second);
    return o;
}

NNC_INLINE unit_order order_of(size_t units, const uint32_t words[4]) { return order_of_bits(nnc_order_bits(units), words); }

/// The unit that has a place in the order.
NNC_INLINE uint32_t unit_at(const unit_order *o, uint32_t place) {
    uint32_t u = place;
    u ^= u >> o->half;
    u = (u - o->shift) * o->un_second & o->mask;
    u ^= u >> o->half;
    u = u * o->un_first & o->mask;
    return (u ^ o->change) & o->mask;
}

uint32_t nnc_unit_order(uint32_t unit, int bits, const uint32_t words[4]) {
    const unit_order order = order_of_bits(bits, words);
    IN_ORDER(unit, order);
    return unit;
}

// MARK: for every processor

#define TARGET
#define EMIT(bits, from, place)                                                   \
    do {                                                                          \
        int32_t *next = place;                                                    \
        for (uint32_t left = bits; left; left &= left - 1) *next++ = (int32_t)(from + (size_t)__builtin_ctz(left)); \
    } while (0)

#define ELEMENT uint16_t
#define LANES 8
#define NAME(x) plain_scored_##x
#include "hash_select.h"

#define ELEMENT int32_t
#define LANES 4
#define NAME(x) plain_summed_##x
#include "hash_select.h"

#undef TARGET
#undef EMIT

// MARK: for those with AVX-512

#if defined(__x86_64__)
#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,popcnt")))
#define EMIT(bits, from, place)                                                                                              \
    do {                                                                                                                     \
        const __m512i lane = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);                          \
        __m512i units = _mm512_maskz_compress_epi32((__mmask16)(bits), _mm512_add_epi32(lane, _mm512_set1_epi32((int)(from)))); \
        _mm512_mask_storeu_epi32(place, (__mmask16)((1u << __builtin_popcount(bits)) - 1), units);                           \
    } while (0)

#define ELEMENT uint16_t
#define LANES 32
#define NAME(x) wide_scored_##x
#include "hash_select.h"

#define ELEMENT int32_t
#define LANES 16
#define NAME(x) wide_summed_##x
#include "hash_select.h"

static int is_wide(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")
        && __builtin_cpu_supports("avx512bw");
}
#endif

void nnc_select_scored(
    uint16_t *scores, size_t units, size_t k, int32_t most, int bits, const uint32_t words[4], int32_t *chosen, int32_t *ties
) {
#if defined(__x86_64__)
    if (is_wide()) return wide_scored_select(scores, units, k, most, bits, words, chosen, ties);
#endif
    plain_scored_select(scores, units, k, most, bits, words, chosen, ties);
}

void nnc_select_summed(
    int32_t *scores, size_t units, size_t k, int32_t most, int bits, const uint32_t words[4], int32_t *chosen, int32_t *ties
) {
#if defined(__x86_64__)
    if (is_wide()) return wide_summed_select(scores, units, k, most, bits, words, chosen, ties);
#endif
    plain_summed_select(scores, units, k, most, bits, words, chosen, ties);
}

void nnc_select_scored_plainly(
    uint16_t *scores, size_t units, size_t k, int32_t most, int bits, const uint32_t words[4], int32_t *chosen, int32_t *ties
) {
    plain_scored_select(scores, units, k, most, bits, words, chosen, ties);
}

void nnc_select_summed_plainly(
    int32_t *scores, size_t units, size_t k, int32_t most, int bits, const uint32_t words[4], int32_t *chosen, int32_t *ties
) {
    plain_summed_select(scores, units, k, most, bits, words, chosen, ties);
}
