// Derivatives of the functions that KernelBodies.h evaluates, which includes this for each instruction
// set; no include guard, as there.

// Fewer registers in flight, because every dimension's derivative is kept in some as well.
#define STEEP (UNROLL / 2 > 0 ? UNROLL / 2 : 1)

// Sums c k and c k p of a block; the derivative of the sum by x is sum(c k p) - x sum(c k), of centred
// points and queries as of others.
INLINE void KERNEL(kernel_slope_block)(const HandfulPoints *points, size_t dimensions,
                                       const int has_exponents, const VECTOR *x, const VECTOR *own,
                                       const double *coefficients, size_t coefficient_stride,
                                       int has_functions, const size_t *offsets, VECTOR *total,
                                       VECTOR *slope) {
  for (size_t n = 0; n < points->count; n++) {
    const double *point = points->points + n * dimensions;
    const double *row = coefficients + n * coefficient_stride;
    VECTOR sum[STEEP];
    KERNEL(covariances)(points, dimensions, n, has_exponents, STEEP, x, own, sum);
#pragma clang loop unroll(full)
    for (int u = 0; u < STEEP; u++) {
      sum[u] *= has_functions ? KERNEL(load)(row + offsets[u]) : KERNEL(splat)(row[0]);
      total[u] += sum[u];
    }
#pragma clang loop unroll(full)
    for (size_t d = 0; d < dimensions; d++) {
      VECTOR p = KERNEL(splat)(point[d]);
#pragma clang loop unroll(full)
      for (int u = 0; u < STEEP; u++) slope[d * STEEP + u] += sum[u] * p;
    }
  }
}

static void KERNEL(kernel_slopes)(const HandfulPoints *points, size_t count, const double *queries,
                                  size_t query_stride, const double *coefficients,
                                  size_t coefficient_stride, size_t function_count,
                                  size_t first_function, double *value, double *slopes,
                                  size_t slope_stride) {
  VECTOR x[MOST_DIMENSIONS * STEEP], slope[MOST_DIMENSIONS * STEEP];
  const size_t dimensions = points->dimensions;
  if (dimensions > MOST_DIMENSIONS) __builtin_trap();
  for (size_t b = 0; b < count; b += STEEP * WIDTH) {
    size_t part = count - b < STEEP * WIDTH ? count - b : STEEP * WIDTH;
    KERNEL(gather)(dimensions, queries, query_stride, b, part, STEEP, x);
    VECTOR own[STEEP], total[STEEP];
    KERNEL(centre)(points, dimensions, STEEP, x, own);
    size_t offsets[STEEP];
    for (int u = 0; u < STEEP; u++) total[u] = (VECTOR){0};
    KERNEL(functions)(function_count, first_function + b, STEEP, offsets);
#define BLOCK(D)                                                                            \
  {                                                                                         \
    VECTOR near[(D) * STEEP], sums[(D) * STEEP];                                            \
    memcpy(near, x, sizeof near);                                                           \
    memset(sums, 0, sizeof sums);                                                           \
    KERNEL(kernel_slope_block)                                                              \
    (points, D, 1, near, own, coefficients, coefficient_stride, function_count != 0,        \
     offsets, total, sums);                                                                 \
    memcpy(slope, sums, sizeof sums);                                                       \
  }
#define ANY(HAS_EXPONENTS)                                                                  \
  {                                                                                         \
    for (size_t i = 0; i < dimensions * STEEP; i++) slope[i] = (VECTOR){0};                 \
    KERNEL(kernel_slope_block)                                                              \
    (points, dimensions, HAS_EXPONENTS, x, own, coefficients, coefficient_stride,           \
     function_count != 0, offsets, total, slope);                                           \
  }
    switch (points->exponents ? dimensions : 0) {
      case 0: ANY(0); break;
      case 3: BLOCK(3); break;
      case 4: BLOCK(4); break;
      case 5: BLOCK(5); break;
      case 6: BLOCK(6); break;
      case 7: BLOCK(7); break;
      default: ANY(1);
    }
#undef ANY
#undef BLOCK
    KERNEL(scatter)(value + b, part, STEEP, total);
    for (size_t d = 0; d < dimensions; d++) {
      for (int u = 0; u < STEEP; u++)
        slope[d * STEEP + u] -= x[d * STEEP + u] * total[u];
      KERNEL(scatter)(slopes + d * slope_stride + b, part, STEEP, slope + d * STEEP);
    }
  }
}

// As gather, of one row, for cosine_slopes alone: gather's branch for full blocks costs it a tenth on
// AVX2.
INLINE void KERNEL(gather_steep)(const double *row, size_t part, VECTOR *x) {
  double padded[STEEP * WIDTH] = {0};
  memcpy(padded, row, part * sizeof(double));
#pragma clang loop unroll(full)
  for (int u = 0; u < STEEP; u++) x[u] = KERNEL(load)(padded + u * WIDTH);
}

static void KERNEL(cosine_slopes)(size_t feature_count, size_t dimensions,
                                  const double *frequencies, const double *phases, size_t count,
                                  const double *queries, size_t query_stride,
                                  const double *weights, size_t weight_stride,
                                  size_t function_count, size_t first_function, double *value,
                                  double *slopes, size_t slope_stride) {
  VECTOR x[MOST_DIMENSIONS * STEEP], slope[MOST_DIMENSIONS * STEEP];
  if (dimensions > MOST_DIMENSIONS) __builtin_trap();
  for (size_t b = 0; b < count; b += STEEP * WIDTH) {
    size_t part = count - b < STEEP * WIDTH ? count - b : STEEP * WIDTH;
    VECTOR total[STEEP];
    size_t offsets[STEEP];
    KERNEL(gather_steep)(value + b, part, total);
    for (size_t d = 0; d < dimensions; d++) {
      KERNEL(gather_steep)(queries + d * query_stride + b, part, x + d * STEEP);
      KERNEL(gather_steep)(slopes + d * slope_stride + b, part, slope + d * STEEP);
    }
    KERNEL(functions)(function_count, first_function + b, STEEP, offsets);
    for (size_t m = 0; m < feature_count; m++) {
      const double *frequency = frequencies + m * dimensions;
      const double *row = weights + m * weight_stride;
      VECTOR turn[STEEP], sine[STEEP];
      for (int u = 0; u < STEEP; u++) turn[u] = KERNEL(splat)(phases[m]);
      for (size_t d = 0; d < dimensions; d++)
        for (int u = 0; u < STEEP; u++)
          turn[u] += KERNEL(splat)(frequency[d]) * x[d * STEEP + u];
      for (int u = 0; u < STEEP; u++) {
        VECTOR weight = function_count ? KERNEL(load)(row + offsets[u]) : KERNEL(splat)(row[0]);
        total[u] += weight * KERNEL(cos_half_turns)(turn[u]);
        // -pi sin(pi t) = -pi cos(pi (t - 1/2))
        sine[u] = weight * KERNEL(cos_half_turns)(turn[u] - 0.5) * -0x1.921fb54442d18p+1;
      }
      for (size_t d = 0; d < dimensions; d++)
        for (int u = 0; u < STEEP; u++)
          slope[d * STEEP + u] += KERNEL(splat)(frequency[d]) * sine[u];
    }
    KERNEL(scatter)(value + b, part, STEEP, total);
    for (size_t d = 0; d < dimensions; d++)
      KERNEL(scatter)(slopes + d * slope_stride + b, part, STEEP, slope + d * STEEP);
  }
}
#undef STEEP
