#include "CKernels.h"

NNC_CLONES
float nnc_dot(const float *x, const float *y, size_t n) {
    float lanes[16] = {0};
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (size_t l = 0; l < 16; l++) lanes[l] += x[i + l] * y[i + l];
    float sum = 0;
    for (; i < n; i++) sum += x[i] * y[i];
    for (size_t l = 0; l < 16; l++) sum += lanes[l];
    return sum;
}

NNC_CLONES
float nnc_scaled_square(const float *x, const float *factors, size_t n) {
    float lanes[16] = {0};
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (size_t l = 0; l < 16; l++) lanes[l] += (x[i + l] * factors[i + l]) * (x[i + l] * factors[i + l]);
    float sum = 0;
    for (; i < n; i++) sum += (x[i] * factors[i]) * (x[i] * factors[i]);
    for (size_t l = 0; l < 16; l++) sum += lanes[l];
    return sum;
}
