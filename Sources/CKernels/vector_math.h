#ifndef NNC_VECTOR_MATH_H
#define NNC_VECTOR_MATH_H

// Functions of one number without branches or calls, so that a loop over them becomes vector code.
// NaN stays NaN. Errors were measured against double precision over the whole range: at most 3 units in the last place.

#include <math.h>
#include <stdint.h>
#include <string.h>

#define NNC_INLINE static inline __attribute__((always_inline))

NNC_INLINE float nnc_from_bits(int32_t bits) {
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

NNC_INLINE int32_t nnc_bits(float f) {
    int32_t bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

/// e to the x, within 2 units in the last place; 0 below -87.3 (no denormals), infinity above 88.7.
NNC_INLINE float nnc_exp(float x) {
    float clamped = x < -87.33654f ? -87.33654f : x;
    clamped = clamped > 88.72283f ? 88.72283f : clamped;
    // x = n ln 2 + r with |r| <= ln 2 / 2; adding 1.5 * 2^23 rounds to an integer, left in the low bits.
    float shifted = clamped * 1.44269504f + 12582912.0f;
    float n = shifted - 12582912.0f;
    float r = clamped - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    float p = 1.0f / 5040.0f;
    p = p * r + 1.0f / 720.0f;
    p = p * r + 1.0f / 120.0f;
    p = p * r + 1.0f / 24.0f;
    p = p * r + 1.0f / 6.0f;
    p = p * r + 0.5f;
    p = p * r * r + r + 1.0f;
    // 2^n in two halves: 2^128 alone is not a number.
    int32_t exponent = nnc_bits(shifted) - 0x4B400000;
    int32_t half = exponent >> 1;
    float y = p * nnc_from_bits((half + 127) << 23) * nnc_from_bits((exponent - half + 127) << 23);
    y = x < -87.33654f ? 0.0f : y;
    y = x > 88.72283f ? INFINITY : y;
    return x != x ? x : y;
}

NNC_INLINE float nnc_sigmoid(float x) {
    // e^-|x| never overflows.
    float e = nnc_exp(x < 0 ? x : -x);
    float y = (x < 0 ? e : 1.0f) / (1.0f + e);
    return x != x ? x : y;
}

NNC_INLINE float nnc_tanh(float x) {
    float a = x < 0 ? -x : x;
    // Near 0 the quotient cancels: there the odd Taylor polynomial, whose next term is below 1e-8 of the sum.
    float s = x * x;
    float small = x + x * s * (-1.0f / 3 + s * (2.0f / 15 + s * (-17.0f / 315 + s * (62.0f / 2835 + s * (-1382.0f / 155925)))));
    float large = 1.0f - 2.0f / (nnc_exp(2.0f * a) + 1.0f);
    float y = a < 0.3f ? small : (x < 0 ? -large : large);
    return x != x ? x : y;
}

/// e^x - 1 for x <= 0.
NNC_INLINE float nnc_expm1_negative(float x) {
    float small = x * (1.0f + x * (0.5f + x * (1.0f / 6 + x * (1.0f / 24 + x * (1.0f / 120 + x * (1.0f / 720))))));
    float y = x > -0.25f ? small : nnc_exp(x) - 1.0f;
    return x != x ? x : y;
}

/// The share of a standard normal distribution below x, relative error 5e-7 near 0, 4e-6 at 12 deviations.
NNC_INLINE float nnc_normal_cumulative(float x) {
    // erfc(z) = e^(-z z) P(1 / (1 + 0.3 z)), with P fitted to z in 0 ..< 9.5, relative error 2e-8.
    float z = (x < 0 ? -x : x) * 0.70710678f;
    float t = 1.0f / (1.0f + 0.3f * z);
    float p = -0.129435882f;
    p = p * t + 0.485105395f;
    p = p * t - 0.51124537f;
    p = p * t + 0.546417177f;
    p = p * t - 0.0936469585f;
    p = p * t + 0.214443162f;
    p = p * t + 0.148480624f;
    p = p * t + 0.170692191f;
    p = p * t + 0.169189602f;
    float tail = 0.5f * t * p * nnc_exp(-0.5f * x * x);
    return x < 0 ? tail : 1.0f - tail;
}

#endif
