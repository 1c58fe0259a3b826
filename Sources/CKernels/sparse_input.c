#include "CKernels.h"
#include "sparse_input.h"

typedef float lanes __attribute__((vector_size(32), aligned(4)));

enum { LANES = 8, BLOCK = 8 * LANES, DIGIT_BITS = 11 };

NNC_CLONES
int64_t nnc_count_entries(const int32_t *places, size_t n, int32_t inputs) {
    size_t beyond = 0, count = 0;
    for (size_t i = 0; i < n; i++) {
        beyond += places[i] >= inputs;
        count += places[i] >= 0;
    }
    return beyond > 0 ? -1 : (int64_t)count;
}

static inline size_t entries_of(const int32_t *places, size_t longest) {
    size_t count = 0;
    while (count < longest && places[count] >= 0) count++;
    return count;
}

// A block of the sum stays in registers while the rows go by. Rows lie anywhere in a large matrix, so the first block calls the
// whole of a row some entries before it is needed; the others find it in the cache.
static inline __attribute__((always_inline)) void sum_block(const int width, float *y, const float *w, size_t units,
                                                             const int32_t *places, const float *values, size_t count, size_t ahead,
                                                             size_t length) {
    lanes sum[width];
    for (int j = 0; j < width; j++) sum[j] = (lanes){0};
    for (size_t i = 0; i < count; i++) {
        if (ahead > 0 && i + ahead < count) {
            const float *later = w + (size_t)places[i + ahead] * units;
            for (size_t r = 0; r < length; r += 16) __builtin_prefetch(later + r, 0, 3);
        }
        const float *row = w + (size_t)places[i] * units;
        const float v = values[i];
        for (int j = 0; j < width; j++) sum[j] += v * *(const lanes *)(row + LANES * j);
    }
    for (int j = 0; j < width; j++) *(lanes *)(y + LANES * j) = sum[j];
}

static inline __attribute__((always_inline)) void sum_example(float *y, const float *w, size_t units, const int32_t *places,
                                                               const float *values, size_t count, size_t ahead) {
    // Of a very long row no more than the caches hold for an example's entries.
    const size_t length = units < 512 ? units : 512;
    size_t r = 0;
    for (; r + BLOCK <= units; r += BLOCK) {
        sum_block(8, y + r, w + r, units, places, values, count, r % 512 == 0 ? ahead : 0, units - r < length ? units - r : length);
    }
    for (; r + LANES <= units; r += LANES) sum_block(1, y + r, w + r, units, places, values, count, r == 0 ? ahead : 0, length);
    for (; r < units; r++) {
        float sum = 0;
        for (size_t i = 0; i < count; i++) sum += values[i] * w[(size_t)places[i] * units + r];
        y[r] = sum;
    }
}

NNC_CLONES
void nnc_sparse_input_sums(const float *values, const int32_t *places, size_t longest, size_t from, size_t to, const float *w,
                           size_t units, size_t ahead, float *y) {
    for (size_t e = from; e < to; e++) {
        const int32_t *own = places + e * longest;
        sum_example(y + e * units, w, units, own, values + e * longest, entries_of(own, longest), ahead);
    }
}

// Counting sort by digits from the last to the first; each keeps the order of what is equal, and so the order of the examples.
uint64_t *nnc_sort_entries(const int32_t *places, size_t longest, size_t batch, int32_t inputs, uint64_t *words, uint64_t *other) {
    size_t count = 0;
    for (size_t e = 0; e < batch; e++) {
        for (size_t j = 0; j < longest && places[e * longest + j] >= 0; j++) {
            words[count++] = (uint64_t)places[e * longest + j] << 32 | (uint64_t)(e * longest + j);
        }
    }
    const uint32_t largest = inputs > 1 ? (uint32_t)inputs - 1 : 1;
    const unsigned bits = 32 - (unsigned)__builtin_clz(largest), passes = (bits + DIGIT_BITS - 1) / DIGIT_BITS;
    const unsigned digit = (bits + passes - 1) / passes, mask = (1u << digit) - 1;
    uint32_t next[1 << DIGIT_BITS];
    for (unsigned pass = 0; pass < passes; pass++) {
        const unsigned shift = 32 + pass * digit;
        for (unsigned d = 0; d <= mask; d++) next[d] = 0;
        for (size_t i = 0; i < count; i++) next[words[i] >> shift & mask]++;
        uint32_t start = 0;
        for (unsigned d = 0; d <= mask; d++) {
            const uint32_t of_digit = next[d];
            next[d] = start;
            start += of_digit;
        }
        for (size_t i = 0; i < count; i++) other[next[words[i] >> shift & mask]++] = words[i];
        uint64_t *sorted = other;
        other = words;
        words = sorted;
    }
    return words;
}

size_t nnc_split_entries(const uint64_t *words, size_t count, size_t longest, const float *values, int32_t *examples, float *numbers,
                         int32_t *touched, int32_t *starts) {
    size_t rows = 0;
    int64_t last = -1;
    for (size_t i = 0; i < count; i++) {
        const uint32_t entry = (uint32_t)words[i];
        const int64_t place = (int64_t)(words[i] >> 32);
        examples[i] = (int32_t)(entry / (uint32_t)longest);
        numbers[i] = values[entry];
        if (place != last) {
            touched[rows] = (int32_t)place;
            starts[rows] = (int32_t)i;
            rows++;
            last = place;
        }
    }
    starts[rows] = (int32_t)count;
    return rows;
}
