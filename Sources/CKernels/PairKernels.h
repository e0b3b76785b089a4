// Sums over all pairs of some points under a squared exponential: what fitting one needs. KernelBodies.h
// includes this for each instruction set; no include guard, as there.
//
// Whole registers are loaded past the ends of columns, of the packed kernel, of the solution and of the
// inverse, which are padded for it; a register is stored past a row's end where the next row follows.

// exp of the exponents of points i and j and their product, which are -0.5 times the square of their
// distance and the kernel's logarithm, for `units` registers from i on. Of columns that are scaled;
// `own` is point j.
INLINE void KERNEL(pair_block)(size_t dimensions, const double *columns, size_t stride,
                               const double *exponents, const VECTOR *own, double own_exponent,
                               size_t i, const int units, double *out, const double *end) {
  VECTOR sum[UNROLL];
#pragma clang loop unroll(full)
  for (int u = 0; u < units; u++)
    sum[u] = KERNEL(load)(exponents + i + u * WIDTH) + own_exponent;
  for (size_t d = 0; d < dimensions; d++) {
    const double *column = columns + d * stride + i;
#pragma clang loop unroll(full)
    for (int u = 0; u < units; u++) sum[u] += KERNEL(load)(column + u * WIDTH) * own[d];
  }
#pragma clang loop unroll(full)
  for (int u = 0; u < units; u++) {
    VECTOR value = KERNEL(exp_kernel)(sum[u]);
    size_t room = (size_t)(end - out) - u * WIDTH;
    if (room >= WIDTH)
      KERNEL(store)(out + u * WIDTH, value);
    else
      KERNEL(store_part)(out + u * WIDTH, value, room);
  }
}

INLINE void KERNEL(all_pairs)(size_t count, size_t dimensions, const double *columns, size_t stride,
                              const double *exponents, VECTOR *own, double *out) {
  const double *end = out + count * (count - 1) / 2;
  for (size_t j = 0; j + 1 < count; j++) {
    for (size_t d = 0; d < dimensions; d++) own[d] = KERNEL(splat)(columns[d * stride + j]);
    size_t i = j + 1;
    double *row = out - i;
    for (; i + (UNROLL - 1) * WIDTH < count; i += UNROLL * WIDTH) {
      KERNEL(pair_block)
      (dimensions, columns, stride, exponents, own, exponents[j], i, UNROLL, row + i, end);
    }
    for (; i < count; i += WIDTH) {
      KERNEL(pair_block)
      (dimensions, columns, stride, exponents, own, exponents[j], i, 1, row + i, end);
    }
    out += count - j - 1;
  }
}

// The same of differences, of columns and weights as they are: for points so far from their middle that
// squares of lengths lose too much.
static void KERNEL(pairs_by_differences)(size_t count, size_t dimensions, const double *columns,
                                         size_t stride, const double *weights, double log_variance,
                                         double *out) {
  for (size_t j = 0; j + 1 < count; j++) {
    for (size_t i = j + 1; i < count; i += WIDTH) {
      size_t part = count - i < WIDTH ? count - i : WIDTH;
      VECTOR sum = KERNEL(splat)(log_variance);
      for (size_t d = 0; d < dimensions; d++) {
        VECTOR difference = KERNEL(load)(columns + d * stride + i) - columns[d * stride + j];
        sum -= 0.5 * weights[d] * difference * difference;
      }
      KERNEL(store_part)(out, KERNEL(exp_kernel)(sum), part);
      out += part;
    }
  }
}

static void KERNEL(kernel_of_pairs)(size_t count, size_t dimensions, const double *columns,
                                    size_t stride, const double *weights, double log_variance,
                                    double *scratch, double *out) {
  if (dimensions > MOST_DIMENSIONS) __builtin_trap();
  double *exponents = scratch + dimensions * stride;
  double half = 0.5 * log_variance, least = half;
  for (size_t i = 0; i < stride; i++) exponents[i] = half;
  for (size_t d = 0; d < dimensions; d++) {
    double factor = __builtin_sqrt(weights[d]);
    const double *column = columns + d * stride;
    double *scaled = scratch + d * stride;
    for (size_t i = 0; i < stride; i++) {
      scaled[i] = factor * column[i];
      exponents[i] -= 0.5 * scaled[i] * scaled[i];
    }
  }
  for (size_t i = 0; i < count; i++) least = exponents[i] < least ? exponents[i] : least;
  if (!(half - least <= 0.5 * HANDFUL_FARTHEST)) {
    KERNEL(pairs_by_differences)(count, dimensions, columns, stride, weights, log_variance, out);
    return;
  }
#define ALL_PAIRS(D)                                                           \
  {                                                                            \
    VECTOR own[MOST_DIMENSIONS];                                               \
    KERNEL(all_pairs)(count, D, scratch, stride, exponents, own, out);         \
  }
  WITH_DIMENSIONS(ALL_PAIRS)
}

// Adds a block's (own solution[i] - inverse[i]) kernel[i], and that times each squared difference.
// Registers past `part` entries count as zero.
INLINE void KERNEL(pair_sums)(size_t dimensions, const double *columns, size_t stride, size_t i,
                              size_t j, const double *kernel, const double *inverse,
                              const double *solution, const int units, size_t part, VECTOR *sums) {
  VECTOR own = KERNEL(splat)(solution[j]);
  VECTOR weighted[UNROLL];
  VECTOR total = {0};
#pragma clang loop unroll(full)
  for (int u = 0; u < units; u++) {
    weighted[u] = (own * KERNEL(load)(solution + i + u * WIDTH) - KERNEL(load)(inverse + u * WIDTH)) *
                  KERNEL(load)(kernel + u * WIDTH);
    if (part < (size_t)units * WIDTH) {
      BITS kept;
      for (int lane = 0; lane < WIDTH; lane++)
        kept[lane] = (size_t)(u * WIDTH + lane) < part ? -1 : 0;
      weighted[u] = (VECTOR)((BITS)weighted[u] & kept);
    }
    total += weighted[u];
  }
  sums[dimensions] += total;
  for (size_t d = 0; d < dimensions; d++) {
    const double *column = columns + d * stride;
    VECTOR origin = KERNEL(splat)(column[j]);
    VECTOR sum = sums[d];
#pragma clang loop unroll(full)
    for (int u = 0; u < units; u++) {
      VECTOR difference = KERNEL(load)(column + i + u * WIDTH) - origin;
      sum += weighted[u] * difference * difference;
    }
    sums[d] = sum;
  }
}

INLINE void KERNEL(sum_pairs)(size_t count, size_t dimensions, const double *columns, size_t stride,
                              const double *kernel, const double *inverse, size_t inverse_stride,
                              const double *solution, VECTOR *parts, double *sums) {
  for (size_t d = 0; d <= dimensions; d++) parts[d] = (VECTOR){0};
  for (size_t j = 0; j + 1 < count; j++) {
    const double *column = inverse + j * inverse_stride;
    size_t i = j + 1;
    const double *row = kernel - i;
    for (; i + UNROLL * WIDTH <= count; i += UNROLL * WIDTH) {
      KERNEL(pair_sums)
      (dimensions, columns, stride, i, j, row + i, column + i, solution, UNROLL, UNROLL * WIDTH,
       parts);
    }
    for (; i < count; i += WIDTH) {
      KERNEL(pair_sums)
      (dimensions, columns, stride, i, j, row + i, column + i, solution, 1, count - i, parts);
    }
    kernel += count - j - 1;
  }
  for (size_t d = 0; d <= dimensions; d++) {
    double sum = 0;
    for (int lane = 0; lane < WIDTH; lane++) sum += parts[d][lane];
    sums[d] = sum;
  }
}

static void KERNEL(pair_gradient)(size_t count, size_t dimensions, const double *columns,
                                  size_t stride, const double *kernel, const double *inverse,
                                  size_t inverse_stride, const double *solution, double *sums) {
  if (dimensions > MOST_DIMENSIONS) __builtin_trap();
#define SUM_PAIRS(D)                                                                             \
  {                                                                                              \
    VECTOR parts[MOST_DIMENSIONS + 1];                                                           \
    KERNEL(sum_pairs)                                                                            \
    (count, D, columns, stride, kernel, inverse, inverse_stride, solution, parts, sums);         \
  }
  WITH_DIMENSIONS(SUM_PAIRS)
}

#undef ALL_PAIRS
#undef SUM_PAIRS
