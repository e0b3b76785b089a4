#include "CKernels.h"

#include <string.h>

// The same source (KernelBodies.h) is compiled once for each instruction set, with vectors as wide
// as its registers. `#pragma clang attribute` keeps every function of a set, helpers included, on
// the same target, so that they inline into each other.

#define KERNEL(name) name##_baseline
#define WIDTH 2
#define UNROLL 2
#define LEVEL_NAME "baseline"
#include "KernelBodies.h"
#undef KERNEL
#undef WIDTH
#undef UNROLL
#undef LEVEL_NAME

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define KERNEL(name) name##_avx2
#define WIDTH 4
#define UNROLL 2
#define LEVEL_NAME "avx2"
#include "KernelBodies.h"
#undef KERNEL
#undef WIDTH
#undef UNROLL
#undef LEVEL_NAME
#pragma clang attribute pop

#pragma clang attribute push(                                                                     \
    __attribute__((target("avx2,fma,avx512f,avx512dq,avx512vl"))), apply_to = function)
#define KERNEL(name) name##_avx512
#define WIDTH 8
#define UNROLL 4
#define LEVEL_NAME "avx512"
#include "KernelBodies.h"
#undef KERNEL
#undef WIDTH
#undef UNROLL
#undef LEVEL_NAME
#pragma clang attribute pop
#endif

const HandfulKernels *handful_kernels_at(int level) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  int has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  int has_avx512 = has_avx2 && __builtin_cpu_supports("avx512f") &&
                   __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (level == 2 && has_avx512) return &kernels_avx512;
  if (level == 1 && has_avx2) return &kernels_avx2;
#endif
  return level == 0 ? &kernels_baseline : NULL;
}

const HandfulKernels *handful_kernels(void) {
  for (int level = HANDFUL_KERNEL_LEVELS - 1; level > 0; level--) {
    const HandfulKernels *kernels = handful_kernels_at(level);
    if (kernels) return kernels;
  }
  return &kernels_baseline;
}
