#include "CKernels.h"

const char *nnc_preferred_core_type(void) {
#if defined(__x86_64__)
    // Zen's 512-bit units are no wider than its 256-bit ones: there the AVX2 kernels win by 3 to 8 %.
    if (__builtin_cpu_is("amd") && __builtin_cpu_supports("avx512f")) return "Haswell";
#endif
    return NULL;
}
