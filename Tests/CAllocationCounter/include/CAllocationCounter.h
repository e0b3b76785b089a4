// Counts what the calling thread allocates, for tests of hot paths. Linking this target replaces
// malloc and its kin in the test program by versions that count, then call the C library's.
#pragma once

#include <stdint.h>

// The number of calls of malloc, calloc, realloc, aligned_alloc and posix_memalign that the calling
// thread made since it began.
uint64_t allocation_count_of_this_thread(void);
