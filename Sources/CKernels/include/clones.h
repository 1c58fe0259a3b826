#ifndef NNC_CLONES_H
#define NNC_CLONES_H

#include <stddef.h>
#include <stdint.h>

// The thread sanitizer marks entries of the functions that choose a clone, too, which run before it is there.
#if defined(__x86_64__) && defined(__linux__) && !__has_feature(thread_sanitizer)
#define NNC_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define NNC_CLONES
#endif

#endif
