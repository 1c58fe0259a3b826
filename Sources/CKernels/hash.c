#include "hash.h"
#include "vector_math.h"

#include <string.h>

enum { LANES = NNC_HASH_LANES };

typedef float floats __attribute__((vector_size(64), aligned(4)));
typedef int32_t ints __attribute__((vector_size(64), aligned(4)));
typedef uint32_t words __attribute__((vector_size(64), aligned(4)));

// Some of the targets have no registers in which to pass vectors on.
#define KEEP(mask, yes, no) (no = ((yes) & (mask)) | (no & ~(mask)))

/// Up to 16 columns of up to 16 rows, turned round: column j of all rows becomes vector j. Rows that are missing repeat the first.
NNC_INLINE void load_columns(const float *x, size_t stride, const int32_t *rows, size_t count, size_t from, size_t width, floats *columns) {
    floats a[LANES], b[LANES];
    for (size_t l = 0; l < LANES; l++) {
        size_t row = l < count ? l : 0;
        const float *place = x + (rows ? (size_t)rows[row] : row) * stride + from;
        if (width == LANES) {
            a[l] = *(const floats *)place;
        } else {
            a[l] = (floats){0};
            memcpy(&a[l], place, width * sizeof *place);
        }
    }
    // Pairs of rows 8, 4, 2 and 1 apart exchange halves, quarters, ... of their columns.
    for (int l = 0; l < 8; l++) {
        b[l] = __builtin_shufflevector(a[l], a[l + 8], 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
        b[l + 8] = __builtin_shufflevector(a[l], a[l + 8], 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    }
    for (int g = 0; g < LANES; g += 8)
        for (int l = g; l < g + 4; l++) {
            a[l] = __builtin_shufflevector(b[l], b[l + 4], 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27);
            a[l + 4] = __builtin_shufflevector(b[l], b[l + 4], 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
        }
    for (int g = 0; g < LANES; g += 4)
        for (int l = g; l < g + 2; l++) {
            b[l] = __builtin_shufflevector(a[l], a[l + 2], 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
            b[l + 2] = __builtin_shufflevector(a[l], a[l + 2], 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
        }
    for (int l = 0; l < LANES; l += 2) {
        columns[l] = __builtin_shufflevector(b[l], b[l + 1], 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30);
        columns[l + 1] = __builtin_shufflevector(b[l], b[l + 1], 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
    }
}

// MARK: signs of projections

/// Where the number of a coordinate goes in one round, and the bit that changes its sign.
NNC_INLINE size_t sum_place(const nnc_hash_shape *s, size_t round, int32_t entry) {
    return (round * s->coordinates + (size_t)((uint32_t)entry >> 1)) & (s->projections - 1);
}

NNC_INLINE void add_signed(const nnc_hash_shape *s, const int32_t *pattern, size_t coordinate, const floats *x, float *sums) {
    for (size_t r = 0; r < s->rounds; r++) {
        int32_t entry = pattern[r * s->coordinates + coordinate];
        floats *sum = (floats *)(sums + sum_place(s, r, entry) * LANES);
        *sum += (floats)((words)*x ^ ((uint32_t)entry << 31));
    }
}

void nnc_sign_sums_add(const nnc_hash_shape *s, const int32_t *pattern, size_t coordinate, float x, float *sums, size_t lane) {
    for (size_t r = 0; r < s->rounds; r++) {
        int32_t entry = pattern[r * s->coordinates + coordinate];
        sums[sum_place(s, r, entry) * LANES + lane] += entry & 1 ? -x : x;
    }
}

NNC_CLONES
void nnc_sign_sums(
    const nnc_hash_shape *s, const int32_t *pattern, const float *x, size_t stride, const int32_t *rows, size_t count, const float *factors,
    const float *extra, float *sums
) {
    floats columns[LANES];
    for (size_t from = 0; from < s->inputs; from += LANES) {
        size_t width = s->inputs - from < LANES ? s->inputs - from : LANES;
        load_columns(x, stride, rows, count, from, width, columns);
        for (size_t j = 0; j < width; j++) {
            columns[j] *= factors[from + j];
            add_signed(s, pattern, from + j, &columns[j], sums);
        }
    }
    if (!extra) return;
    for (size_t c = s->inputs; c < s->coordinates; c++) {
        floats column = *(const floats *)(extra + (c - s->inputs) * LANES);
        add_signed(s, pattern, c, &column, sums);
    }
}

NNC_CLONES
void nnc_walsh_hadamard(float *sums, size_t projections) {
    floats *y = (floats *)sums;
    size_t half = 1;
    // Two levels for each time that the sums are read and written.
    for (; half * 4 <= projections; half *= 4)
        for (size_t from = 0; from < projections; from += 4 * half)
            for (size_t i = from; i < from + half; i++) {
                floats a = y[i], b = y[i + half], c = y[i + 2 * half], d = y[i + 3 * half];
                floats ab = a + b, cd = c + d, a_b = a - b, c_d = c - d;
                y[i] = ab + cd;
                y[i + half] = a_b + c_d;
                y[i + 2 * half] = ab - cd;
                y[i + 3 * half] = a_b - c_d;
            }
    if (half < projections)
        for (size_t i = 0; i < half; i++) {
            floats a = y[i], b = y[i + half];
            y[i] = a + b;
            y[i + half] = a - b;
        }
}

// MARK: keys

enum { MOST_CODES = 32 };

/// A table's codes in 16 vectors, what each would be next, and by how much it is what it is.
typedef struct {
    ints code[MOST_CODES], next[MOST_CODES];
    floats margin[MOST_CODES];
} table_codes;

NNC_INLINE void store_bucket(const nnc_hash_shape *s, const words *key, int32_t *place) {
    if (s->key_bits > s->bucket_bits) *(words *)place = (*key * 0x9E3779B1u) >> (32 - s->bucket_bits);
    else *(words *)place = *key;
}

/// The buckets of table `t`: its own, and those of the probes.
NNC_INLINE void store_table(const nnc_hash_shape *s, size_t t, const table_codes *codes, int32_t *keys) {
    size_t hashes = s->hashes;
    words key = {0};
    for (size_t k = 0; k < hashes; k++) key |= (words)codes->code[k] << (uint32_t)((int)k * s->code_bits);
    store_bucket(s, &key, keys + t * LANES);
    if (s->probes == 0) return;
    ints rank[MOST_CODES];
    for (size_t k = 0; k < hashes; k++) rank[k] = (ints){0};
    for (size_t k = 1; k < hashes; k++)
        for (size_t j = 0; j < k; j++) {
            ints later = codes->margin[k] < codes->margin[j];
            rank[j] -= later;
            rank[k] += later + 1;
        }
    const uint32_t *set = s->probe_sets;
    for (size_t p = 1; p <= s->probes; set++) {
        if (hashes < 8 && *set >> hashes) continue;
        words probed = {0};
        for (size_t k = 0; k < hashes; k++) {
            // A shift by 32 or more is no shift: ranks beyond the probed ones are cut off.
            ints beyond = rank[k] > 7;
            ints change = -(ints)(((words){0} + *set) >> ((words)rank[k] & 7u) & 1u) & ~beyond;
            ints code = codes->code[k];
            KEEP(change, codes->next[k], code);
            probed |= (words)code << (uint32_t)((int)k * s->code_bits);
        }
        store_bucket(s, &probed, keys + (p * s->tables + t) * LANES);
        p++;
    }
}

NNC_CLONES
void nnc_sign_keys(const nnc_hash_shape *s, const float *sums, const float *centre, int32_t *keys) {
    table_codes codes;
    for (size_t t = 0; t < s->tables; t++) {
        for (size_t k = 0; k < s->hashes; k++) {
            size_t h = t * s->hashes + k;
            floats projection = *(const floats *)(sums + h * LANES);
            float middle = centre[h];
            codes.code[k] = (projection < middle) & 1;
            if (s->probes == 0) continue;
            codes.next[k] = codes.code[k] ^ 1;
            codes.margin[k] = (floats)((ints)(projection - middle) & 0x7FFFFFFF);
        }
        store_table(s, t, &codes, keys);
    }
}

// MARK: winners

// Of each window, in 16 lanes: the largest, the second largest, where in the window they stand.
enum { BEST, SECOND, CODE, NEXT, PARTS };

size_t nnc_winner_floats(size_t codes) { return codes * PARTS * LANES; }

NNC_CLONES
void nnc_winners_begin(size_t codes, float *winners) {
    floats *w = (floats *)winners;
    for (size_t i = 0; i < codes; i++, w += PARTS) {
        w[BEST] = w[SECOND] = (floats){0} - INFINITY;
        w[CODE] = w[NEXT] = (floats)((ints){0} - 1);
    }
}

NNC_CLONES
void nnc_winners(
    const nnc_hash_shape *s, const int32_t *pattern, const float *x, size_t stride, const int32_t *rows, size_t count, const float *centre,
    const float *factors, float *winners
) {
    floats columns[LANES];
    uint32_t last = (1u << s->code_bits) - 1;
    size_t codes = s->tables * s->hashes;
    for (size_t from = 0; from < s->inputs; from += LANES) {
        size_t width = s->inputs - from < LANES ? s->inputs - from : LANES;
        load_columns(x, stride, rows, count, from, width, columns);
        for (size_t j = 0; j < width; j++) {
            floats v = columns[j];
            if (centre) v -= centre[from + j];
            if (factors) v *= factors[from + j];
            if (s->densified) v = (floats)(((ints)v & (v != 0.0f)) | ((ints)((floats){0} - INFINITY) & (v == 0.0f)));
            for (size_t r = 0; r < s->rounds; r++) {
                size_t position = r * s->inputs + (size_t)(uint32_t)pattern[r * s->inputs + from + j];
                size_t window = position >> s->code_bits;
                if (window >= codes) continue;
                ints place = (ints){0} + (int32_t)(position & last);
                floats *w = (floats *)winners + window * PARTS;
                ints code = (ints)w[CODE], wins = w[BEST] < v;
                if (s->probes > 0) {
                    ints second = (ints)w[SECOND], next = (ints)w[NEXT], comesNext = w[SECOND] < v;
                    KEEP(comesNext, (ints)v, second);
                    KEEP(comesNext, place, next);
                    KEEP(wins, (ints)w[BEST], second);
                    KEEP(wins, code, next);
                    w[SECOND] = (floats)second;
                    w[NEXT] = (floats)next;
                }
                ints best = (ints)w[BEST];
                KEEP(wins, (ints)v, best);
                KEEP(wins, place, code);
                w[BEST] = (floats)best;
                w[CODE] = (floats)code;
            }
        }
    }
}

void nnc_winners_add(const nnc_hash_shape *s, const int32_t *pattern, size_t input, float x, float *winners, size_t lane) {
    if (s->densified && x == 0) return;
    size_t codes = s->tables * s->hashes;
    uint32_t last = (1u << s->code_bits) - 1;
    for (size_t r = 0; r < s->rounds; r++) {
        size_t position = r * s->inputs + (size_t)(uint32_t)pattern[r * s->inputs + input];
        size_t window = position >> s->code_bits;
        if (window >= codes) continue;
        float *w = winners + window * PARTS * LANES + lane;
        if (w[BEST * LANES] < x) {
            w[SECOND * LANES] = w[BEST * LANES];
            w[NEXT * LANES] = w[CODE * LANES];
            w[BEST * LANES] = x;
            w[CODE * LANES] = nnc_from_bits((int32_t)(position & last));
        } else if (w[SECOND * LANES] < x) {
            w[SECOND * LANES] = x;
            w[NEXT * LANES] = nnc_from_bits((int32_t)(position & last));
        }
    }
}

/// A whole number from two, without pattern.
NNC_INLINE uint32_t mixed(uint32_t a, uint32_t b) {
    uint32_t h = a * 0x9E3779B1u ^ b * 0x85EBCA6Bu;
    h ^= h >> 16;
    h *= 0x7FEB352Du;
    h ^= h >> 15;
    h *= 0x846CA68Bu;
    return h ^ h >> 16;
}

uint32_t nnc_hash_donor(uint32_t window, uint32_t attempt, uint32_t windows) {
    return (uint32_t)((uint64_t)mixed(window, attempt) * windows >> 32);
}

/// Empty windows of one vector take what the first full one has that a fixed sequence of others meets.
static void borrow(float *winners, size_t codes, size_t lane) {
    // Codes that are borrowed stand aside until all have been: what is lent must be one's own.
    enum { STEP = PARTS * LANES };
    size_t full = 0;
    for (size_t h = 0; h < codes; h++) full += nnc_bits(winners[h * STEP + CODE * LANES + lane]) >= 0;
    if (full == 0 || full == codes) return;
    for (size_t h = 0; h < codes; h++) {
        float *w = winners + h * STEP + lane;
        if (nnc_bits(w[CODE * LANES]) >= 0) continue;
        for (uint32_t attempt = 1; attempt <= NNC_HASH_ATTEMPTS; attempt++) {
            const float *donor = winners + nnc_hash_donor((uint32_t)h, attempt, (uint32_t)codes) * STEP + lane;
            // A borrower's best stays what it was: minus infinity.
            if (nnc_bits(donor[CODE * LANES]) < 0 || donor[BEST * LANES] == -INFINITY) continue;
            w[CODE * LANES] = donor[CODE * LANES];
            w[NEXT * LANES] = donor[NEXT * LANES];
            // Of a borrower only the margin is asked for later.
            w[SECOND * LANES] = donor[BEST * LANES] - donor[SECOND * LANES];
            break;
        }
        if (nnc_bits(w[CODE * LANES]) < 0) w[SECOND * LANES] = INFINITY;
    }
}

NNC_CLONES
void nnc_winner_keys(const nnc_hash_shape *s, float *winners, size_t count, int32_t *keys) {
    size_t all = s->tables * s->hashes;
    if (s->densified)
        for (size_t l = 0; l < count; l++) borrow(winners, all, l);
    table_codes codes;
    for (size_t t = 0; t < s->tables; t++) {
        for (size_t k = 0; k < s->hashes; k++) {
            const floats *w = (const floats *)winners + (t * s->hashes + k) * PARTS;
            ints code = (ints)w[CODE], next = (ints)w[NEXT], borrowed = w[BEST] == -INFINITY;
            floats margin = w[BEST] - w[SECOND];
            ints kept = (ints)margin;
            KEEP(borrowed, (ints)w[SECOND], kept);
            // Nothing in the window at all, or only one: that stays.
            code = code & ~(code < 0);
            KEEP(next < 0, code, next);
            codes.code[k] = code;
            codes.next[k] = next;
            codes.margin[k] = (floats)kept;
        }
        store_table(s, t, &codes, keys);
    }
}

NNC_CLONES
void nnc_store_keys(const int32_t *keys, size_t columns, size_t count, int32_t *y) {
    for (size_t l = 0; l < count; l++)
        for (size_t c = 0; c < columns; c++) y[l * columns + c] = keys[c * LANES + l];
}
