#include "dense.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma")))
#define INLINE static inline __attribute__((always_inline)) TARGET
#define UNROLLED _Pragma("clang loop unroll(full)")

typedef float vector __attribute__((vector_size(64), aligned(4)));

enum {
    LANES = NNC_DENSE_LANES,
    // Rows of a tile: one vector each.
    MOST = 14,
    // The backward product to the input packs so much of the weights at a time: 144 KiB.
    INPUT_DEPTH = 384,
    INPUT_COLUMNS = 96,
};

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

// Rows this far apart fall into the same places of the first-level cache and push each other out.
static int collide(size_t stride) { return stride % 512 == 0; }

int nnc_dense_has_tiles(void) {
    // Where two 512-bit multiplications run at a time, OpenBLAS's larger tiles were not measured against these.
    return __builtin_cpu_is("amd") && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")
        && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
}

/// c[r, 0 ..< 16] (+)= sum over k of a[r * aStep + k * aNext] b[k * 16 ...], where the mask has its bits.
typedef struct {
    size_t aStep, aNext, depth, cStep;
    __mmask16 mask;
    int add;
} tile;

INLINE void multiply(const int count, const tile *t, size_t aStep, size_t aNext, const float *a, const float *b, float *c) {
    vector acc[count];
    UNROLLED for (int r = 0; r < count; r++) acc[r] = (vector){0};
    for (size_t k = t->depth; k > 0; k--, a += aNext, b += LANES) {
        vector right = *(const vector *)b;
        UNROLLED for (int r = 0; r < count; r++) acc[r] += a[r * aStep] * right;
    }
    __mmask16 mask = t->mask;
    if (t->add)
        UNROLLED for (int r = 0; r < count; r++) acc[r] += (vector)_mm512_maskz_loadu_ps(mask, c + r * t->cStep);
    UNROLLED for (int r = 0; r < count; r++) _mm512_mask_storeu_ps(c + r * t->cStep, mask, (__m512)acc[r]);
}

// `a` by rows, each a run of memory, or by columns.
#define DEFINE(R)                                                                                     \
    static TARGET void by_rows_##R(const tile *t, const float *a, const float *b, float *c) {        \
        multiply(R, t, t->aStep, 1, a, b, c);                                                         \
    }                                                                                                 \
    static TARGET void by_columns_##R(const tile *t, const float *a, const float *b, float *c) {     \
        multiply(R, t, 1, t->aNext, a, b, c);                                                         \
    }
DEFINE(1) DEFINE(2) DEFINE(3) DEFINE(4) DEFINE(5) DEFINE(6) DEFINE(7)
DEFINE(8) DEFINE(9) DEFINE(10) DEFINE(11) DEFINE(12) DEFINE(13) DEFINE(14)

typedef void (*kernel)(const tile *, const float *, const float *, float *);
static const kernel by_rows[MOST] = {
    by_rows_1, by_rows_2, by_rows_3, by_rows_4, by_rows_5, by_rows_6, by_rows_7, by_rows_8,
    by_rows_9, by_rows_10, by_rows_11, by_rows_12, by_rows_13, by_rows_14,
};
static const kernel by_columns[MOST] = {
    by_columns_1, by_columns_2, by_columns_3, by_columns_4, by_columns_5, by_columns_6, by_columns_7, by_columns_8,
    by_columns_9, by_columns_10, by_columns_11, by_columns_12, by_columns_13, by_columns_14,
};

static __mmask16 lanes(size_t count) { return (__mmask16)(count >= LANES ? 0xFFFF : (1u << count) - 1); }

// Blocks off the diagonal change places, of 1, 2, 4 and 8 rows.
#define LOW(S, k) (((k) & (S)) ? 16 + ((k) ^ (S)) : (k))
#define HIGH(S, k) (((k) & (S)) ? 16 + (k) : ((k) ^ (S)))
#define SIXTEEN(M, S)                                                                                                         \
    M(S, 0), M(S, 1), M(S, 2), M(S, 3), M(S, 4), M(S, 5), M(S, 6), M(S, 7), M(S, 8), M(S, 9), M(S, 10), M(S, 11), M(S, 12),   \
        M(S, 13), M(S, 14), M(S, 15)
#define STAGE(S)                                                                       \
    UNROLLED for (int i = 0; i < LANES; i++) {                                         \
        if (i & (S)) continue;                                                         \
        vector low = rows[i], high = rows[i | (S)];                                    \
        rows[i] = __builtin_shufflevector(low, high, SIXTEEN(LOW, S));                 \
        rows[i | (S)] = __builtin_shufflevector(low, high, SIXTEEN(HIGH, S));          \
    }

INLINE void transpose(vector rows[LANES]) { STAGE(1) STAGE(2) STAGE(4) STAGE(8) }

TARGET void nnc_dense_pack_rows(const float *x, size_t stride, size_t rows, size_t depth, float *packed) {
    for (size_t k = 0; k < depth; k += LANES, packed += LANES * LANES) {
        __mmask16 mask = lanes(depth - k);
        vector block[LANES];
        UNROLLED for (size_t j = 0; j < LANES; j++)
            block[j] = (vector)_mm512_maskz_loadu_ps(j < rows ? mask : 0, x + (j < rows ? j : 0) * stride + k);
        transpose(block);
        size_t count = smaller(LANES, depth - k);
        if (count == LANES) {
            UNROLLED for (size_t i = 0; i < LANES; i++) *(vector *)(packed + i * LANES) = block[i];
        } else {
            UNROLLED for (size_t i = 0; i < LANES; i++)
                if (i < count) *(vector *)(packed + i * LANES) = block[i];
        }
    }
}

TARGET void nnc_dense_pack_columns(const float *x, size_t stride, size_t columns, size_t depth, float alpha, float *packed) {
    __mmask16 mask = lanes(columns);
    for (size_t k = 0; k < depth; k++)
        *(vector *)(packed + k * LANES) = alpha * (vector)_mm512_maskz_loadu_ps(mask, x + k * stride);
}

/// y[b, r] (+)= tile[r, b] for a tile of `count` rows, and `rows` rows of y.
INLINE void store_transposed(const float *from, size_t count, float *y, size_t stride, size_t rows, int add) {
    vector block[LANES];
    UNROLLED for (int r = 0; r < LANES; r++) block[r] = *(const vector *)(from + r * LANES);
    transpose(block);
    __mmask16 mask = lanes(count);
    UNROLLED for (size_t j = 0; j < LANES; j++) {
        if (j >= rows) continue;
        if (add) block[j] += (vector)_mm512_maskz_loadu_ps(mask, y + j * stride);
        _mm512_mask_storeu_ps(y + j * stride, mask, (__m512)block[j]);
    }
}

TARGET void nnc_dense_forward(
    const float *w, size_t wStride, size_t units, const float *packed, size_t rows, size_t depth, int add, float *y, size_t yStride,
    float *scratch
) {
    float *result = scratch, *copy = scratch + LANES * LANES;
    size_t tiles = (units + MOST - 1) / MOST;
    memset(result, 0, LANES * LANES * sizeof(float));
    for (size_t i = 0; i < tiles; i++) {
        size_t u = units * i / tiles, count = units * (i + 1) / tiles - u, step = wStride;
        const float *weights = w + u * wStride;
        if (collide(wStride)) {
            step = depth + LANES;
            for (size_t r = 0; r < count; r++) memcpy(copy + r * step, weights + r * wStride, depth * sizeof(float));
            weights = copy;
        }
        tile t = {.aStep = step, .depth = depth, .cStep = LANES, .mask = 0xFFFF};
        for (size_t b = 0; b < rows; b += LANES) {
            by_rows[count - 1](&t, weights, packed + b * depth, result);
            store_transposed(result, count, y + b * yStride + u, yStride, smaller(LANES, rows - b), add);
        }
    }
}

TARGET void nnc_dense_backward_input(
    const float *dy, size_t dyStride, size_t rows, const float *w, size_t wStride, size_t units, size_t columns, float *dx, size_t dxStride,
    float *scratch
) {
    float *packed = scratch, *copy = scratch + INPUT_DEPTH * INPUT_COLUMNS;
    size_t tiles = (rows + MOST - 1) / MOST, blocks = (units + INPUT_DEPTH - 1) / INPUT_DEPTH;
    for (size_t i = 0; i < columns; i += INPUT_COLUMNS) {
        size_t width = smaller(INPUT_COLUMNS, columns - i);
        for (size_t block = 0; block < blocks; block++) {
            size_t u = units * block / blocks, depth = units * (block + 1) / blocks - u;
            const float *from = w + u * wStride + i;
            if (width == INPUT_COLUMNS) {
                // Whole lines of a row together, so that its page is looked up once.
                for (size_t k = 0; k < depth; k++)
                    UNROLLED for (size_t p = 0; p < INPUT_COLUMNS / LANES; p++)
                        *(vector *)(packed + p * depth * LANES + k * LANES) = *(const vector *)(from + k * wStride + p * LANES);
            } else {
                for (size_t p = 0; p < width; p += LANES)
                    nnc_dense_pack_columns(from + p, wStride, smaller(LANES, width - p), depth, 1, packed + p * depth);
            }
            // What comes next, into the second-level cache, a share with each tile: its rows are too far apart for the
            // processor to foresee them.
            const float *next = block + 1 < blocks ? from + depth * wStride : w + i + INPUT_COLUMNS;
            size_t ahead = block + 1 < blocks ? depth : i + 2 * INPUT_COLUMNS <= columns ? units / blocks : 0;
            for (size_t j = 0; j < tiles; j++) {
                for (size_t k = ahead * j / tiles; k < ahead * (j + 1) / tiles; k++)
                    UNROLLED for (size_t p = 0; p < INPUT_COLUMNS / LANES; p++)
                        __builtin_prefetch(next + k * wStride + p * LANES, 0, 2);
                size_t b = rows * j / tiles, count = rows * (j + 1) / tiles - b, step = dyStride;
                const float *gradients = dy + b * dyStride + u;
                if (collide(dyStride)) {
                    step = depth + LANES;
                    for (size_t r = 0; r < count; r++) memcpy(copy + r * step, gradients + r * dyStride, depth * sizeof(float));
                    gradients = copy;
                }
                tile t = {.aStep = step, .depth = depth, .cStep = dxStride, .add = block > 0};
                for (size_t p = 0; p < width; p += LANES) {
                    t.mask = lanes(width - p);
                    by_rows[count - 1](&t, gradients, packed + p * depth, dx + b * dxStride + i + p);
                }
            }
        }
    }
}

TARGET void nnc_dense_backward_weights(
    const float *dy, size_t dyStride, size_t rows, size_t units, const float *packed, size_t columns, int add, float *dw, size_t dwStride,
    float *scratch
) {
    size_t tiles = (units + MOST - 1) / MOST;
    for (size_t j = 0; j < tiles; j++) {
        size_t u = units * j / tiles, count = units * (j + 1) / tiles - u;
        __mmask16 mask = lanes(count);
        for (size_t b = 0; b < rows; b++)
            _mm512_storeu_ps(scratch + b * LANES, _mm512_maskz_loadu_ps(mask, dy + b * dyStride + u));
        tile t = {.aNext = LANES, .depth = rows, .cStep = dwStride, .add = add};
        for (size_t i = 0; i < columns; i += LANES) {
            t.mask = lanes(columns - i);
            by_columns[count - 1](&t, scratch, packed + i * rows, dw + u * dwStride + i);
        }
    }
}

#else

int nnc_dense_has_tiles(void) { return 0; }

// Never called where there are no tiles.
void nnc_dense_pack_rows(const float *x, size_t stride, size_t rows, size_t depth, float *packed) {}
void nnc_dense_pack_columns(const float *x, size_t stride, size_t columns, size_t depth, float alpha, float *packed) {}
void nnc_dense_forward(
    const float *w, size_t wStride, size_t units, const float *packed, size_t rows, size_t depth, int add, float *y, size_t yStride,
    float *scratch) {}
void nnc_dense_backward_input(
    const float *dy, size_t dyStride, size_t rows, const float *w, size_t wStride, size_t units, size_t columns, float *dx, size_t dxStride,
    float *scratch) {}
void nnc_dense_backward_weights(
    const float *dy, size_t dyStride, size_t rows, size_t units, const float *packed, size_t columns, int add, float *dw, size_t dwStride,
    float *scratch) {}

#endif
