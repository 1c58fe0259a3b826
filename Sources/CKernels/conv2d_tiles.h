// Register tiles of the convolutions, for one instruction set. Included once for each, with
//   VECTOR        floats in a vector register
//   ACROSS        vectors across a tile
//   TARGET        the attribute that allows the instructions
//   NAME(x)       x with the set's name
//   FOR_COUNTS(M) M(1) M(2) ... up to the most places that fit into the registers
//
// A tile is `count` places (pixels, or taps of the kernel) by one or two vectors of filters, held in registers over
// the whole sum; each step loads the filters' vectors once and broadcasts one number for each place.

typedef float NAME(vector) __attribute__((vector_size(4 * VECTOR), aligned(4)));
typedef int32_t NAME(mask) __attribute__((vector_size(4 * VECTOR), aligned(4)));

#define UNROLLED _Pragma("clang loop unroll(full)")
#define TILE static inline __attribute__((always_inline)) TARGET void
#define LOAD(p) (*(const NAME(vector) *)(p))
#define STORE(p) (*(NAME(vector) *)(p))

TILE NAME(forward_any)(const int count, const int vectors, const nnc_forward_tile *t, const float *x, const float *w, float *y) {
    NAME(vector) acc[count][vectors];
    UNROLLED for (int r = 0; r < count; r++)
        UNROLLED for (int v = 0; v < vectors; v++) acc[r][v] = LOAD(t->bias + v * VECTOR);
    intptr_t xStep = t->xStep, run = t->run;
    for (intptr_t row = t->rows; row > 0; row--, x += t->xRow, w += t->wRow) {
        const float *weights = w, *values = x;
        for (intptr_t k = run; k > 0; k--, values++, weights += vectors * VECTOR) {
            NAME(vector) b[vectors];
            UNROLLED for (int v = 0; v < vectors; v++) b[v] = LOAD(weights + v * VECTOR);
            UNROLLED for (int r = 0; r < count; r++) {
                float a = values[r * xStep];
                UNROLLED for (int v = 0; v < vectors; v++) acc[r][v] += a * b[v];
            }
        }
    }
    if (t->relu)
        UNROLLED for (int r = 0; r < count; r++)
            UNROLLED for (int v = 0; v < vectors; v++)
                acc[r][v] = (NAME(vector))((NAME(mask))acc[r][v] & ~(acc[r][v] < 0));
    if (t->filters == vectors * VECTOR) {
        UNROLLED for (int r = 0; r < count; r++)
            UNROLLED for (int v = 0; v < vectors; v++) STORE(y + r * t->yStep + v * VECTOR) = acc[r][v];
    } else {
        // The last filters do not fill their vectors.
        UNROLLED for (int r = 0; r < count; r++) {
            float all[2 * VECTOR];
            UNROLLED for (int v = 0; v < vectors; v++) STORE(all + v * VECTOR) = acc[r][v];
            for (intptr_t f = 0; f < t->filters; f++) y[r * t->yStep + f] = all[f];
        }
    }
}

TILE NAME(weights_any)(const int count, const int vectors, const nnc_weights_tile *t, const float *x, const float *dy, float *dw) {
    NAME(vector) acc[count][vectors];
    UNROLLED for (int r = 0; r < count; r++)
        UNROLLED for (int v = 0; v < vectors; v++) acc[r][v] = (NAME(vector)){0};
    intptr_t xStep = t->xStep, dyStep = t->dyStep;
    for (intptr_t row = t->rows; row > 0; row--, x += t->xRow, dy += t->dyRow) {
        const float *gradients = dy, *values = x;
        for (intptr_t p = t->pixels; p > 0; p--, values += xStep, gradients += dyStep) {
            NAME(vector) b[vectors];
            UNROLLED for (int v = 0; v < vectors; v++) b[v] = LOAD(gradients + v * VECTOR);
            UNROLLED for (int r = 0; r < count; r++) {
                float a = values[r];
                UNROLLED for (int v = 0; v < vectors; v++) acc[r][v] += a * b[v];
            }
        }
    }
    if (t->filters == vectors * VECTOR) {
        UNROLLED for (int r = 0; r < count; r++)
            UNROLLED for (int v = 0; v < vectors; v++) STORE(dw + r * t->dwStep + v * VECTOR) += acc[r][v];
    } else {
        UNROLLED for (int r = 0; r < count; r++) {
            float all[2 * VECTOR];
            UNROLLED for (int v = 0; v < vectors; v++) STORE(all + v * VECTOR) = acc[r][v];
            for (intptr_t f = 0; f < t->filters; f++) dw[r * t->dwStep + f] += all[f];
        }
    }
}

#define DEFINE(R, V)                                                                                              \
    static TARGET void NAME(forward_##V##_##R)(const nnc_forward_tile *t, const float *x, const float *w, float *y) {    \
        NAME(forward_any)(R, V, t, x, w, y);                                                                      \
    }                                                                                                             \
    static TARGET void NAME(weights_##V##_##R)(const nnc_weights_tile *t, const float *x, const float *dy, float *dw) {  \
        NAME(weights_any)(R, V, t, x, dy, dw);                                                                    \
    }
#define DEFINE_BOTH(R) DEFINE(R, 1) DEFINE(R, 2)
FOR_COUNTS(DEFINE_BOTH)

#define FORWARD_1(R) NAME(forward_1_##R),
#define FORWARD_2(R) NAME(forward_2_##R),
#define WEIGHTS_1(R) NAME(weights_1_##R),
#define WEIGHTS_2(R) NAME(weights_2_##R),
#define ONE(R) +1

static const nnc_conv2d_tiles NAME(tiles) = {
    .vector = VECTOR,
    .most = 0 FOR_COUNTS(ONE),
    .across = ACROSS,
    .forward = {{FOR_COUNTS(FORWARD_1)}, {FOR_COUNTS(FORWARD_2)}},
    .weights = {{FOR_COUNTS(WEIGHTS_1)}, {FOR_COUNTS(WEIGHTS_2)}},
};

#undef UNROLLED
#undef TILE
#undef LOAD
#undef STORE
#undef DEFINE
#undef DEFINE_BOTH
#undef FORWARD_1
#undef FORWARD_2
#undef WEIGHTS_1
#undef WEIGHTS_2
#undef ONE
#undef VECTOR
#undef ACROSS
#undef TARGET
#undef NAME
#undef FOR_COUNTS
