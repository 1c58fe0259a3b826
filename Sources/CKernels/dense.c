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
    // Rows of the weights that the product to the input walks over at a time: a line of each stays in the
    // first-level cache, and their pages in its table.
    INPUT_DEPTH = 32,
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

INLINE void multiply(
    const int count, const int ahead, const tile *t, size_t aStep, size_t aNext, const float *a, const float *b, float *c
) {
    vector acc[count];
    UNROLLED for (int r = 0; r < count; r++) acc[r] = (vector){0};
    for (size_t k = t->depth; k > 0; k--, a += aNext, b += LANES) {
        vector right = *(const vector *)b;
        if (ahead) __builtin_prefetch(a + ahead);
        UNROLLED for (int r = 0; r < count; r++) acc[r] += a[r * aStep] * right;
    }
    __mmask16 mask = t->mask;
    if (t->add)
        UNROLLED for (int r = 0; r < count; r++) acc[r] += (vector)_mm512_maskz_loadu_ps(mask, c + r * t->cStep);
    UNROLLED for (int r = 0; r < count; r++) _mm512_mask_storeu_ps(c + r * t->cStep, mask, (__m512)acc[r]);
}

// `a` by rows, each a run of memory; by columns; or by columns of rows too far apart for the processor to foresee
// what comes next: there the line after this one is called early.
#define DEFINE(R)                                                                                     \
    static TARGET void by_rows_##R(const tile *t, const float *a, const float *b, float *c) {        \
        multiply(R, 0, t, t->aStep, 1, a, b, c);                                                      \
    }                                                                                                 \
    static TARGET void by_columns_##R(const tile *t, const float *a, const float *b, float *c) {     \
        multiply(R, 0, t, 1, t->aNext, a, b, c);                                                      \
    }                                                                                                 \
    static TARGET void by_far_columns_##R(const tile *t, const float *a, const float *b, float *c) { \
        multiply(R, 2 * LANES, t, 1, t->aNext, a, b, c);                                              \
    }
#define EACH_COUNT(M) M(1) M(2) M(3) M(4) M(5) M(6) M(7) M(8) M(9) M(10) M(11) M(12) M(13) M(14)
EACH_COUNT(DEFINE)

typedef void (*kernel)(const tile *, const float *, const float *, float *);
#define BY_ROWS(R) by_rows_##R,
#define BY_COLUMNS(R) by_columns_##R,
#define BY_FAR_COLUMNS(R) by_far_columns_##R,
static const kernel by_rows[MOST] = {EACH_COUNT(BY_ROWS)};
static const kernel by_columns[MOST] = {EACH_COUNT(BY_COLUMNS)};
static const kernel by_far_columns[MOST] = {EACH_COUNT(BY_FAR_COLUMNS)};

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
    const float *packed, size_t rows, const float *w, size_t wStride, size_t units, size_t columns, int add, float *dx, size_t dxStride,
    float *scratch
) {
    float *copy = scratch, *sums = scratch + INPUT_DEPTH * LANES;
    size_t panels = (rows + LANES - 1) / LANES, blocks = (units + INPUT_DEPTH - 1) / INPUT_DEPTH;
    // So many columns at a time that their sums, panel by panel of examples, stay in the second-level cache;
    // the last block of them may be read in full.
    size_t room = (NNC_DENSE_SCRATCH - INPUT_DEPTH * LANES - LANES * LANES) / (panels * LANES) / MOST * MOST;
    size_t parts = (columns + room - 1) / room;
    for (size_t part = 0; part < parts; part++) {
        size_t from = columns * part / parts, width = columns * (part + 1) / parts - from, tiles = (width + MOST - 1) / MOST;
        for (size_t block = 0; block < blocks; block++) {
            size_t u = units * block / blocks, depth = units * (block + 1) / blocks - u;
            for (size_t j = 0; j < tiles; j++) {
                size_t i = width * j / tiles, count = width * (j + 1) / tiles - i;
                const float *weights = w + u * wStride + from + i;
                tile t = {.aNext = wStride, .depth = depth, .cStep = LANES, .mask = 0xFFFF, .add = block > 0};
                const kernel *kernels = by_far_columns;
                if (collide(wStride)) {
                    __mmask16 mask = lanes(count);
                    for (size_t k = 0; k < depth; k++) {
                        __builtin_prefetch(weights + k * wStride + 2 * LANES, 0, 2);
                        _mm512_storeu_ps(copy + k * LANES, _mm512_maskz_loadu_ps(mask, weights + k * wStride));
                    }
                    weights = copy;
                    t.aNext = LANES;
                    kernels = by_columns;
                }
                for (size_t p = 0; p < panels; p++)
                    (p == 0 ? kernels : by_columns)[count - 1](
                        &t, weights, packed + p * units * LANES + u * LANES, sums + (p * width + i) * LANES);
            }
        }
        for (size_t p = 0; p < panels; p++)
            for (size_t i = 0; i < width; i += LANES)
                store_transposed(
                    sums + (p * width + i) * LANES, smaller(LANES, width - i), dx + p * LANES * dxStride + from + i, dxStride,
                    smaller(LANES, rows - p * LANES), add);
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
    const float *packed, size_t rows, const float *w, size_t wStride, size_t units, size_t columns, int add, float *dx, size_t dxStride,
    float *scratch) {}
void nnc_dense_backward_weights(
    const float *dy, size_t dyStride, size_t rows, size_t units, const float *packed, size_t columns, int add, float *dw, size_t dwStride,
    float *scratch) {}

#endif
