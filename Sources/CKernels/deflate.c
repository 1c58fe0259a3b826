#include "CKernels.h"

NNC_CLONES
void nnc_deflate(float *x, size_t rows, size_t width, size_t stride, const float *scale, const float *row, float *squares) {
    for (size_t i = 0; i < rows; i++) {
        float *r = x + i * stride;
        float s = scale[i], lanes[16] = {0}, sum = 0;
        size_t j = 0;
        for (; j + 16 <= width; j += 16)
            for (size_t l = 0; l < 16; l++) {
                float value = r[j + l] - s * row[j + l];
                r[j + l] = value;
                lanes[l] += value * value;
            }
        for (; j < width; j++) {
            r[j] -= s * row[j];
            sum += r[j] * r[j];
        }
        for (size_t l = 0; l < 16; l++) sum += lanes[l];
        if (squares) squares[i] = sum;
    }
}
