#ifndef NNC_OPTIMIZERS_H
#define NNC_OPTIMIZERS_H

#include "clones.h"

// Each changes w and its own state in place. `decay` times w is added to the gradient, except where said.

void nnc_sgd(float *w, const float *g, size_t n, float rate, float decay);
/// v = mu v + g; w -= rate v, or rate (g + mu v) for Nesterov's form.
void nnc_momentum(float *w, const float *g, float *v, size_t n, float rate, float mu, float decay, int nesterov);
/// a += g g; w -= rate g / (sqrt(a) + epsilon)
void nnc_adagrad(float *w, const float *g, float *a, size_t n, float rate, float epsilon, float decay);
/// a = rho a + (1 - rho) g g; w -= rate g / (sqrt(a) + epsilon)
void nnc_rmsprop(float *w, const float *g, float *a, size_t n, float rate, float rho, float epsilon, float decay);

typedef struct {
    float beta1, beta2, epsilon;
    /// Learning rate over 1 - beta1^t.
    float step;
    /// 1 over the root of 1 - beta2^t.
    float rootScale;
    /// Added to the gradient, times w.
    float decay;
    /// What w shrinks by first: 1, or 1 - rate * decay where decay is decoupled.
    float keep;
} nnc_adam_settings;

void nnc_adam(float *w, const float *g, float *m, float *v, size_t n, const nnc_adam_settings *settings);

#endif
