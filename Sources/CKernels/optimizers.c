#include "optimizers.h"

#include <math.h>

NNC_CLONES
void nnc_sgd(float *restrict w, const float *restrict g, size_t n, float rate, float decay) {
    for (size_t i = 0; i < n; i++) w[i] -= rate * (g[i] + decay * w[i]);
}

NNC_CLONES
void nnc_momentum(
    float *restrict w, const float *restrict g, float *restrict v, size_t n, float rate, float mu, float decay, int nesterov
) {
    if (nesterov) {
        for (size_t i = 0; i < n; i++) {
            float d = g[i] + decay * w[i];
            v[i] = mu * v[i] + d;
            w[i] -= rate * (d + mu * v[i]);
        }
    } else {
        for (size_t i = 0; i < n; i++) {
            v[i] = mu * v[i] + (g[i] + decay * w[i]);
            w[i] -= rate * v[i];
        }
    }
}

NNC_CLONES
void nnc_adagrad(float *restrict w, const float *restrict g, float *restrict a, size_t n, float rate, float epsilon, float decay) {
    for (size_t i = 0; i < n; i++) {
        float d = g[i] + decay * w[i];
        a[i] += d * d;
        w[i] -= rate * d / (__builtin_sqrtf(a[i]) + epsilon);
    }
}

NNC_CLONES
void nnc_rmsprop(
    float *restrict w, const float *restrict g, float *restrict a, size_t n, float rate, float rho, float epsilon, float decay
) {
    for (size_t i = 0; i < n; i++) {
        float d = g[i] + decay * w[i];
        a[i] = rho * a[i] + (1.0f - rho) * d * d;
        w[i] -= rate * d / (__builtin_sqrtf(a[i]) + epsilon);
    }
}

NNC_CLONES
void nnc_adam(float *restrict w, const float *restrict g, float *restrict m, float *restrict v, size_t n, const nnc_adam_settings *s) {
    float beta1 = s->beta1, beta2 = s->beta2, epsilon = s->epsilon, step = s->step, scale = s->rootScale, decay = s->decay, keep = s->keep;
    for (size_t i = 0; i < n; i++) {
        float d = g[i] + decay * w[i];
        m[i] = beta1 * m[i] + (1.0f - beta1) * d;
        v[i] = beta2 * v[i] + (1.0f - beta2) * d * d;
        w[i] = keep * w[i] - step * m[i] / (__builtin_sqrtf(v[i]) * scale + epsilon);
    }
}
