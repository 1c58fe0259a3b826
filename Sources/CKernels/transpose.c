#include "transpose.h"

typedef float lanes __attribute__((vector_size(32), aligned(4)));

enum { SIDE = 8 };

#define UNROLLED _Pragma("clang loop unroll(full)")

// Blocks off the diagonal change places, of 1, 2 and 4 rows.
#define LOW(S, k) (((k) & (S)) ? SIDE + ((k) ^ (S)) : (k))
#define HIGH(S, k) (((k) & (S)) ? SIDE + (k) : ((k) ^ (S)))
#define EIGHT(M, S) M(S, 0), M(S, 1), M(S, 2), M(S, 3), M(S, 4), M(S, 5), M(S, 6), M(S, 7)
#define STAGE(S)                                                             \
    UNROLLED for (int i = 0; i < SIDE; i++) {                                \
        if (i & (S)) continue;                                               \
        lanes low = rows[i], high = rows[i | (S)];                           \
        rows[i] = __builtin_shufflevector(low, high, EIGHT(LOW, S));         \
        rows[i | (S)] = __builtin_shufflevector(low, high, EIGHT(HIGH, S));  \
    }

static inline __attribute__((always_inline)) void block(const float *x, size_t xStride, float *y, size_t yStride) {
    lanes rows[SIDE];
    UNROLLED for (int i = 0; i < SIDE; i++) rows[i] = *(const lanes *)(x + i * xStride);
    STAGE(1)
    STAGE(2)
    STAGE(4)
    UNROLLED for (int i = 0; i < SIDE; i++) *(lanes *)(y + i * yStride) = rows[i];
}

NNC_CLONES
void nnc_transpose(const float *x, size_t xStride, size_t rows, size_t columns, float *y, size_t yStride) {
    // Two blocks side by side: a line of `x` is used up while it is there.
    enum { TOGETHER = 2 * SIDE };
    size_t c = 0;
    for (; c + TOGETHER <= columns; c += TOGETHER) {
        size_t r = 0;
        for (; r + SIDE <= rows; r += SIDE) {
            block(x + r * xStride + c, xStride, y + c * yStride + r, yStride);
            block(x + r * xStride + c + SIDE, xStride, y + (c + SIDE) * yStride + r, yStride);
        }
        for (; r < rows; r++)
            for (size_t j = c; j < c + TOGETHER; j++) y[j * yStride + r] = x[r * xStride + j];
    }
    for (; c < columns; c++)
        for (size_t r = 0; r < rows; r++) y[c * yStride + r] = x[r * xStride + c];
}
