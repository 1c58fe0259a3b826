#include "rows.h"
#include "vector_math.h"

#define SCALE_ROWS(NAME, ELEMENT)                                                                              \
    NNC_CLONES                                                                                                 \
    void NAME(const ELEMENT *x, float *restrict y, size_t n, const float *scale, const float *shift, size_t period) { \
        if (period == 1) {                                                                                     \
            float factor = *scale, offset = *shift;                                                            \
            for (size_t i = 0; i < n; i++) y[i] = (float)x[i] * factor + offset;                               \
            return;                                                                                            \
        }                                                                                                      \
        for (size_t from = 0; from < n; from += period) {                                                      \
            size_t width = n - from < period ? n - from : period;                                              \
            for (size_t i = 0; i < width; i++) y[from + i] = (float)x[from + i] * scale[i] + shift[i];         \
        }                                                                                                      \
    }

SCALE_ROWS(nnc_scale_bytes, uint8_t)
SCALE_ROWS(nnc_scale_floats, float)

NNC_CLONES
double nnc_sum(const float *x, size_t n) {
    double lanes[8] = {0}, sum = 0;
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (int l = 0; l < 8; l++) lanes[l] += (double)x[i + l];
    for (; i < n; i++) sum += (double)x[i];
    for (int l = 0; l < 8; l++) sum += lanes[l];
    return sum;
}

NNC_CLONES
size_t nnc_first_non_finite(const float *x, size_t n) {
    enum { BLOCK = 256 };
    for (size_t from = 0; from < n; from += BLOCK) {
        size_t width = n - from < BLOCK ? n - from : BLOCK;
        int32_t bad = 0;
        for (size_t i = 0; i < width; i++) bad |= (nnc_bits(x[from + i]) & 0x7F800000) == 0x7F800000;
        if (!bad) continue;
        for (size_t i = 0; i < width; i++)
            if ((nnc_bits(x[from + i]) & 0x7F800000) == 0x7F800000) return from + i;
    }
    return n;
}
