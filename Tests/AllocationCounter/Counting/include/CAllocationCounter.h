#pragma once

#include <stdint.h>

/// Calls of malloc and its kin in this process since it began, on all threads. Zero in a build with a sanitizer, which
/// brings an allocator of its own.
uint64_t allocation_count_of_process(void);

/// The same, made by the calling thread.
uint64_t allocation_count_of_thread(void);
