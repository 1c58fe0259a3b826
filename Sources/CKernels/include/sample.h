#ifndef NNC_SAMPLE_H
#define NNC_SAMPLE_H

// Random rounding of magnitudes against one threshold, and systematic sampling: a number is kept with the probability
// |x| / threshold, or for certain from there on. Probabilities are whole multiples of 2^-27, so that their running sum is
// exact, and the same however it is cut.

#include "clones.h"

enum {
    /// Bits of a probability behind the point. Sixteen probabilities and a remainder fit a word of 32 bits.
    NNC_SAMPLE_BITS = 27,
};

/// Adds up |x| where it does not reach `limit`, in double precision and 32 interleaved lanes, and counts where it does.
/// NaN as the limit: all are added up.
void nnc_sum_below(const float *x, size_t n, float limit, double *sum, uint64_t *reached);

/// The sum of the probabilities of `n` numbers; one that is NaN counts as 1.
uint64_t nnc_sum_probabilities(const float *x, size_t n, float inverse);

/// Continues the running sum of probabilities, whose fraction is `*fraction`, over a row of `n` numbers, and keeps those at
/// which it reaches the next whole number, at most `most`: where they stand, and x, or if |x| inverse is below 1 (or is NaN)
/// the threshold with the sign of x. Returns how many it kept.
size_t nnc_sample_row(
    const float *x, size_t n, float threshold, float inverse, uint32_t *fraction, int32_t *units, float *values, size_t most);

#endif
