#include "rank.h"
#include "vector_math.h"

enum { LANES = 16 };

/// x += bias; returns the largest.
NNC_INLINE float add_bias(float *x, const float *bias, size_t n) {
    float lanes[LANES];
    for (int l = 0; l < LANES; l++) lanes[l] = -INFINITY;
    size_t i = 0;
    if (bias) {
        for (; i + LANES <= n; i += LANES)
            for (int l = 0; l < LANES; l++) {
                x[i + l] += bias[i + l];
                lanes[l] = x[i + l] > lanes[l] ? x[i + l] : lanes[l];
            }
    } else {
        for (; i + LANES <= n; i += LANES)
            for (int l = 0; l < LANES; l++) lanes[l] = x[i + l] > lanes[l] ? x[i + l] : lanes[l];
    }
    float largest = -INFINITY;
    for (; i < n; i++) {
        if (bias) x[i] += bias[i];
        largest = x[i] > largest ? x[i] : largest;
    }
    for (int l = 0; l < LANES; l++) largest = lanes[l] > largest ? lanes[l] : largest;
    return largest;
}

NNC_INLINE float sum_of_powers(const float *x, size_t n, float largest) {
    float lanes[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
#pragma clang loop vectorize(assume_safety)
        for (int l = 0; l < LANES; l++) lanes[l] += nnc_exp(x[i + l] - largest);
    float sum = 0;
    for (; i < n; i++) sum += nnc_exp(x[i] - largest);
    for (int l = 0; l < LANES; l++) sum += lanes[l];
    return sum;
}

NNC_INLINE int any_above(const float *x, float limit) {
    int above = 0;
    for (int l = 0; l < LANES; l++) above |= x[l] > limit;
    return above;
}

/// Puts a number in its place among the best, behind those that are as large.
NNC_INLINE void insert(float value, int32_t unit, float *scores, int32_t *units, size_t k) {
    size_t place = k - 1;
    while (place > 0 && value > scores[place - 1]) {
        scores[place] = scores[place - 1];
        units[place] = units[place - 1];
        place--;
    }
    scores[place] = value;
    units[place] = unit;
}

NNC_INLINE void take_best(
    const float *x, size_t n, const int32_t *ids, int32_t first, float *scores, int32_t *units, size_t k
) {
    for (size_t i = 0; i < n; i += LANES) {
        size_t end = i + LANES <= n ? i + LANES : n;
        if (end - i == LANES && !any_above(x + i, scores[k - 1])) continue;
        for (size_t j = i; j < end; j++)
            if (x[j] > scores[k - 1]) insert(x[j], ids ? ids[j] : first + (int32_t)j, scores, units, k);
    }
}

/// Where a unit stands among n that ascend, or n.
NNC_INLINE size_t position(const int32_t *ids, size_t n, int32_t unit) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (ids[middle] < unit) low = middle + 1;
        else high = middle;
    }
    return low < n && ids[low] == unit ? low : n;
}

NNC_CLONES
void nnc_rank_block(
    float *x, size_t stride, const float *bias, const int32_t *ids, size_t idStride, int32_t first, size_t rows, size_t n,
    const int32_t *labels, size_t most, float *largest, float *sums, float *chosen, int32_t *found, float *scores, int32_t *units, size_t k
) {
    for (size_t row = 0; row < rows; row++, x += stride, scores += k, units += k) {
        float here = add_bias(x, bias, n), before = largest[row], now = here > before ? here : before;
        if (now > -INFINITY) {
            sums[row] = (before > -INFINITY ? sums[row] * nnc_exp(before - now) : 0) + sum_of_powers(x, n, now);
            largest[row] = now;
        } else {
            // Nothing but NaN: the sum shows it.
            sums[row] += sum_of_powers(x, n, 0);
        }
        if (here > scores[k - 1]) take_best(x, n, ids, first, scores, units, k);
        for (size_t j = 0; j < most && labels[row * most + j] >= 0; j++) {
            int32_t label = labels[row * most + j];
            size_t place = ids ? position(ids, n, label)
                : label >= first && (size_t)(label - first) < n ? (size_t)(label - first) : n;
            if (place == n) continue;
            chosen[row] += x[place];
            found[row]++;
        }
        if (ids) ids += idStride;
    }
}

/// Whether one of the best is worse than another.
NNC_INLINE int worse(float a, int32_t unitA, float b, int32_t unitB) { return a < b || (a == b && unitA > unitB); }

/// Puts a number where the root of a heap was.
NNC_INLINE void replace_root(float value, int32_t unit, float *scores, int32_t *units, size_t k) {
    size_t place = 0;
    for (;;) {
        size_t child = 2 * place + 1;
        if (child >= k) break;
        if (child + 1 < k && worse(scores[child + 1], units[child + 1], scores[child], units[child])) child++;
        if (!worse(scores[child], units[child], value, unit)) break;
        scores[place] = scores[child];
        units[place] = units[child];
        place = child;
    }
    scores[place] = value;
    units[place] = unit;
}

NNC_CLONES
void nnc_heap_block(float *x, const float *bias, size_t n, int32_t first, float *scores, int32_t *units, size_t k) {
    if (bias)
        for (size_t i = 0; i < n; i++) x[i] += bias[i];
    for (size_t i = 0; i < n; i += LANES) {
        size_t end = i + LANES <= n ? i + LANES : n;
        if (end - i == LANES && !any_above(x + i, scores[0])) continue;
        for (size_t j = i; j < end; j++)
            if (x[j] > scores[0]) replace_root(x[j], first + (int32_t)j, scores, units, k);
    }
}

/// Lets the unit at a place of a heap with the largest at its root sink to where it belongs.
NNC_INLINE void sink(int32_t *units, size_t place, size_t n) {
    int32_t unit = units[place];
    for (;;) {
        size_t child = 2 * place + 1;
        if (child >= n) break;
        if (child + 1 < n && units[child + 1] > units[child]) child++;
        if (units[child] <= unit) break;
        units[place] = units[child];
        place = child;
    }
    units[place] = unit;
}

void nnc_sort_units(int32_t *units, size_t n) {
    for (size_t place = n / 2; place-- > 0;) sink(units, place, n);
    for (size_t end = n; end-- > 1;) {
        int32_t largest = units[0];
        units[0] = units[end];
        units[end] = largest;
        sink(units, 0, end);
    }
}
