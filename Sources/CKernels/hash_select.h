// The k units with the largest scores, compiled once for each instruction set and each type of score:
//   NAME(x)   a name of its own for each
//   TARGET    the instruction set
//   ELEMENT   of a score; LANES of them are a vector
//   EMIT(bits, from, place)   writes from + i for each bit i of 16 that is set, one after the other, at `place`

#define VECTOR NAME(vector)
typedef ELEMENT VECTOR __attribute__((vector_size(LANES * sizeof(ELEMENT)), aligned(sizeof(ELEMENT))));

/// How many scores reach `least`.
TARGET static size_t NAME(count)(const ELEMENT *scores, size_t units, ELEMENT least) {
    size_t count = 0, u = 0;
    while (u + LANES <= units) {
        VECTOR reached = {0};
        // A lane counts no further than its number goes.
        size_t end = units - u < (size_t)LANES * 32000 ? units : u + (size_t)LANES * 32000;
        for (; u + LANES <= end; u += LANES) reached -= (VECTOR)(*(const VECTOR *)(scores + u) >= least);
        for (int l = 0; l < LANES; l++) count += (size_t)reached[l];
    }
    for (; u < units; u++) count += scores[u] >= least;
    return count;
}

/// Which of sixteen scores reach `least`, or are equal to it.
TARGET NNC_INLINE uint32_t NAME(mask)(const ELEMENT *scores, size_t count, ELEMENT least, int equal) {
    typedef ELEMENT sixteen __attribute__((vector_size(16 * sizeof(ELEMENT)), aligned(sizeof(ELEMENT))));
    sixteen s = {0};
    if (count >= 16) s = *(const sixteen *)scores;
    else memcpy(&s, scores, count * sizeof *scores);
    flags16 flags = __builtin_convertvector(s >= least, flags16);
    if (equal) flags = __builtin_convertvector(s == least, flags16);
    uint16_t bits;
    memcpy(&bits, &flags, sizeof bits);
    return count >= 16 ? bits : bits & ((1u << count) - 1);
}

/// Of the units whose score is `tied`, raises those that come last in the order, `need` of `count`.
TARGET static void NAME(break_ties)(
    ELEMENT *scores, size_t units, ELEMENT tied, size_t count, size_t need, const uint32_t words[4], int32_t *ties
) {
    const unit_order order = order_of(units, words);
    // Either from the end of the order, as far as it takes, or by looking at them all.
    double steps = (double)need / (double)count * (double)(order.mask + 1.0);
    if (steps * 6 + (double)need * 15 < (double)units / 4 + (double)count * 4) {
        for (uint32_t place = order.mask;; place--) {
            uint32_t unit = unit_at(&order, place);
            if (unit >= units || scores[unit] != tied) continue;
            scores[unit] = tied + 1;
            if (--need == 0) return;
        }
    }
    size_t padded = (count + 15) / 16 * 16, found = 0;
    int32_t *places = ties + (units + 15) / 16 * 16 + 16;
    for (size_t from = 0; from < units; from += 16) {
        uint32_t bits = NAME(mask)(scores + from, units - from, tied, 1);
        EMIT(bits, from, ties + found);
        found += (size_t)__builtin_popcount(bits);
    }
    for (size_t i = found; i < padded; i++) ties[i] = 0;
    for (size_t i = 0; i < padded; i += 16) {
        words16 u = *(const words16 *)(ties + i);
        IN_ORDER(u, order);
        *(words16 *)(places + i) = u;
    }
    for (size_t i = found; i < padded; i++) places[i] = -1;
    int32_t least = 0;
    for (int bit = order.bits - 1; bit >= 0; bit--) {
        ints16 reached = {0};
        int32_t candidate = (int32_t)((uint32_t)least | 1u << bit);
        for (size_t i = 0; i < padded; i += 16) reached -= *(const ints16 *)(places + i) >= candidate;
        if ((size_t)__builtin_reduce_add(reached) >= need) least = candidate;
    }
    for (size_t i = 0; i < found; i++) scores[ties[i]] = (ELEMENT)(tied + (places[i] >= least));
}

TARGET static void NAME(select)(
    ELEMENT *scores, size_t units, size_t k, int32_t most, int bits, const uint32_t words[4], int32_t *chosen, int32_t *ties
) {
    size_t u = 0;
    for (; u + LANES <= units; u += LANES) {
        VECTOR s = *(const VECTOR *)(scores + u), low = (VECTOR)(s < (ELEMENT)most);
        *(VECTOR *)(scores + u) = (s & low) | ((ELEMENT)most & ~low);
    }
    for (; u < units; u++) scores[u] = scores[u] < (ELEMENT)most ? scores[u] : (ELEMENT)most;

    int32_t threshold = 0;
    size_t reached = units, above = 0;
    for (int bit = bits - 1; bit >= 0; bit--) {
        int32_t candidate = threshold | (int32_t)(1u << bit);
        size_t count = candidate > most ? 0 : NAME(count)(scores, units, (ELEMENT)candidate);
        if (count >= k) {
            threshold = candidate;
            reached = count;
        } else {
            above = count;
        }
    }
    if (reached > k) NAME(break_ties)(scores, units, (ELEMENT)threshold, reached - above, k - above, words, ties);
    ELEMENT least = (ELEMENT)(reached > k ? threshold + 1 : threshold);
    size_t place = 0;
    for (size_t from = 0; from < units; from += 16) {
        uint32_t bits = NAME(mask)(scores + from, units - from, least, 0);
        EMIT(bits, from, chosen + place);
        place += (size_t)__builtin_popcount(bits);
    }
}

#undef VECTOR
#undef NAME
#undef ELEMENT
#undef LANES
