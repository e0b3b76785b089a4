// The kernels' bodies; included by CKernels.c once for each instruction set with KERNEL (a name's
// suffix), WIDTH (doubles a register), UNROLL (registers in flight) and LEVEL_NAME defined.
// No include guard: it is meant to be included again.

typedef double KERNEL(vector) __attribute__((vector_size(WIDTH * 8)));
typedef long long KERNEL(bits) __attribute__((vector_size(WIDTH * 8)));
#define VECTOR KERNEL(vector)
#define BITS KERNEL(bits)
#define INLINE static inline __attribute__((always_inline))

INLINE VECTOR KERNEL(splat)(double value) { return value - (VECTOR){0}; }

INLINE VECTOR KERNEL(load)(const double *address) {
  VECTOR v;
  memcpy(&v, address, sizeof v);
  return v;
}

INLINE void KERNEL(store)(double *address, VECTOR v) { memcpy(address, &v, sizeof v); }

INLINE VECTOR KERNEL(load_part)(const double *address, size_t count) {
  VECTOR v = {0};
  memcpy(&v, address, count * sizeof(double));
  return v;
}

INLINE void KERNEL(store_part)(double *address, VECTOR v, size_t count) {
  memcpy(address, &v, count * sizeof(double));
}

// exp by Cody and Waite: x = k ln 2 + r with ln 2 in two parts, then a minimax polynomial of
// degree 10 in r (error 2.2e-16 on |r| <= ln 2 / 2). Adding 1.5 * 2^52 leaves k in the low bits,
// which are shifted straight into the result's exponent. Right for -708 <= x <= 709.78.
INLINE VECTOR KERNEL(exp_inside)(VECTOR x) {
  const double magic = 0x1.8p52;
  VECTOR shifted = x * 0x1.71547652b82fep+0 + magic;
  VECTOR k = shifted - magic;
  VECTOR r = x - k * 0x1.62e42fefp-1;
  r = r - k * 0x1.473de6af278edp-34;
  VECTOR p = r * 0x1.28a2ca617b969p-22 + 0x1.72fafebdaf273p-19;
  p = p * r + 0x1.a019a6611cad5p-16;
  p = p * r + 0x1.a01978b8b3d18p-13;
  p = p * r + 0x1.6c16c17f46982p-10;
  p = p * r + 0x1.1111112ddae8bp-7;
  p = p * r + 0x1.55555555520a4p-5;
  p = p * r + 0x1.555555554b736p-3;
  p = p * r + 0x1.0000000000005p-1;
  p = p * r + 0x1.000000000001ep+0;
  p = p * r + 1.0;
  return (VECTOR)((BITS)p + ((BITS)shifted << 52));
}

INLINE VECTOR KERNEL(exp_any)(VECTOR x) {
  BITS above_least = x >= KERNEL(splat)(-708);
  BITS too_great = x > KERNEL(splat)(709.782712893384);
  BITS number = x == x;
  BITS infinity = (BITS)KERNEL(splat)(__builtin_inf());
  BITS y = (BITS)KERNEL(exp_inside)(x) & above_least;
  y = (y & ~too_great) | (infinity & too_great);
  return (VECTOR)((y & number) | ((BITS)x & ~number));
}

// exp for arguments that are never positive, as a kernel's are; 0 below -700, which keeps products
// with it clear of slow denormal numbers.
INLINE VECTOR KERNEL(exp_negative)(VECTOR x) {
  BITS kept = x >= KERNEL(splat)(-700);
  return (VECTOR)((BITS)KERNEL(exp_inside)(x) & kept);
}

// cos(pi t): t = q + r with r in [-1/2, 1/2] exactly, then a minimax polynomial of degree 7 in r^2
// (error 2e-15); the parity of q is the sign.
INLINE VECTOR KERNEL(cos_half_turns)(VECTOR t) {
  const double magic = 0x1.8p52;
  VECTOR shifted = t + magic;
  VECTOR r = t - (shifted - magic);
  VECTOR s = r * r;
  VECTOR p = s * -0x1.a52b942ef9208p-14 + 0x1.f961142dcf8c9p-10;
  p = p * s - 0x1.a6d070418cc42p-6;
  p = p * s + 0x1.e1f500e222097p-3;
  p = p * s - 0x1.55d3c7d84b599p+0;
  p = p * s + 0x1.03c1f0819eac4p+2;
  p = p * s - 0x1.3bd3cc9be417dp+2;
  p = p * s + 0x1.fffffffffffeep-1;
  return (VECTOR)((BITS)p ^ ((BITS)shifted << 63));
}

static void KERNEL(exponential)(size_t count, const double *x, double *out) {
  size_t i = 0;
  for (; i + WIDTH <= count; i += WIDTH)
    KERNEL(store)(out + i, KERNEL(exp_any)(KERNEL(load)(x + i)));
  if (i < count)
    KERNEL(store_part)
  (out + i, KERNEL(exp_any)(KERNEL(load_part)(x + i, count - i)), count - i);
}

static void KERNEL(kernel_of_squares)(size_t count, size_t dimensions, const double *squares,
                                      size_t stride, const double *weights, double variance,
                                      double *out) {
  size_t i = 0;
  for (; i + UNROLL * WIDTH <= count; i += UNROLL * WIDTH) {
    VECTOR sum[UNROLL];
#pragma clang loop unroll(full)
    for (int u = 0; u < UNROLL; u++) sum[u] = (VECTOR){0};
    for (size_t d = 0; d < dimensions; d++) {
      VECTOR weight = KERNEL(splat)(weights[d]);
#pragma clang loop unroll(full)
      for (int u = 0; u < UNROLL; u++)
        sum[u] += weight * KERNEL(load)(squares + d * stride + i + u * WIDTH);
    }
#pragma clang loop unroll(full)
    for (int u = 0; u < UNROLL; u++)
      KERNEL(store)(out + i + u * WIDTH, KERNEL(exp_negative)(sum[u] * -0.5) * variance);
  }
  for (; i < count; i += WIDTH) {
    size_t part = count - i < WIDTH ? count - i : WIDTH;
    VECTOR sum = {0};
    for (size_t d = 0; d < dimensions; d++)
      sum += KERNEL(splat)(weights[d]) * KERNEL(load_part)(squares + d * stride + i, part);
    KERNEL(store_part)(out + i, KERNEL(exp_negative)(sum * -0.5) * variance, part);
  }
}

// The most dimensions whose queries are kept in a block on the stack.
#ifndef MOST_DIMENSIONS
#define MOST_DIMENSIONS 256
#endif

// Copies `units` registers of queries to `x` ([dimension][register]), zeros past the batch's end.
INLINE void KERNEL(gather)(size_t dimensions, const double *queries, size_t query_stride,
                                 size_t first, size_t part, const int units, VECTOR *x) {
  for (size_t d = 0; d < dimensions; d++) {
    const double *row = queries + d * query_stride + first;
    if (part == (size_t)units * WIDTH) {
#pragma clang loop unroll(full)
      for (int u = 0; u < units; u++) x[d * units + u] = KERNEL(load)(row + u * WIDTH);
    } else {
      double padded[UNROLL * WIDTH] = {0};
      memcpy(padded, row, part * sizeof(double));
#pragma clang loop unroll(full)
      for (int u = 0; u < units; u++) x[d * units + u] = KERNEL(load)(padded + u * WIDTH);
    }
  }
}

INLINE void KERNEL(scatter)(double *out, size_t part, const int units,
                                  const VECTOR *values) {
  if (part == (size_t)units * WIDTH) {
#pragma clang loop unroll(full)
    for (int u = 0; u < units; u++) KERNEL(store)(out + u * WIDTH, values[u]);
  } else {
    double padded[UNROLL * WIDTH];
#pragma clang loop unroll(full)
    for (int u = 0; u < units; u++) KERNEL(store)(padded + u * WIDTH, values[u]);
    memcpy(out, padded, part * sizeof(double));
  }
}

// Where each register of a block finds its functions' coefficients in a row.
INLINE void KERNEL(functions)(size_t function_count, size_t first, size_t *offsets) {
#pragma clang loop unroll(full)
  for (int u = 0; u < UNROLL; u++)
    offsets[u] = function_count ? (first + u * WIDTH) % function_count : 0;
}

INLINE void KERNEL(kernel_block)(size_t point_count, size_t dimensions, const double *points,
                                 size_t part, const int units, const VECTOR *x, double variance,
                                 const double *coefficients, size_t coefficient_stride,
                                 int has_functions, const size_t *offsets, VECTOR *total,
                                 double *kernel, size_t kernel_stride) {
  for (size_t n = 0; n < point_count; n++) {
    const double *point = points + n * dimensions;
    VECTOR sum[UNROLL];
#pragma clang loop unroll(full)
    for (int u = 0; u < units; u++) sum[u] = (VECTOR){0};
    for (size_t d = 0; d < dimensions; d++) {
      VECTOR p = KERNEL(splat)(point[d]);
#pragma clang loop unroll(full)
      for (int u = 0; u < units; u++) {
        VECTOR difference = x[d * units + u] - p;
        sum[u] += difference * difference;
      }
    }
#pragma clang loop unroll(full)
    for (int u = 0; u < units; u++) sum[u] = KERNEL(exp_negative)(sum[u] * -0.5) * variance;
    if (coefficients) {
      const double *row = coefficients + n * coefficient_stride;
#pragma clang loop unroll(full)
      for (int u = 0; u < units; u++)
        total[u] += sum[u] * (has_functions ? KERNEL(load)(row + offsets[u]) : KERNEL(splat)(row[0]));
    }
    if (kernel) KERNEL(scatter)(kernel + n * kernel_stride, part, units, sum);
  }
}

static void KERNEL(kernel_batch)(size_t point_count, size_t dimensions, const double *points,
                                 size_t count, const double *queries, size_t query_stride,
                                 double variance, const double *coefficients,
                                 size_t coefficient_stride, size_t function_count,
                                 size_t first_function, double *mean, double *kernel,
                                 size_t kernel_stride) {
  VECTOR x[MOST_DIMENSIONS * UNROLL];
  if (dimensions > MOST_DIMENSIONS) __builtin_trap();
  const double *weights = mean ? coefficients : NULL;
  size_t b = 0;
    // The usual numbers of dimensions (a joint or two, as features, and an action) get loops of
    // their own, so that the compiler unrolls them.
#define BLOCK(D, UNITS, HAS_FUNCTIONS)                                                            \
  KERNEL(kernel_block)                                                                            \
  (point_count, D, points, part, UNITS, x, variance, weights, coefficient_stride, HAS_FUNCTIONS,  \
   offsets, total, out, kernel_stride)
#define BLOCKS(UNITS, HAS_FUNCTIONS)                         \
  switch (dimensions) {                                      \
    case 3: BLOCK(3, UNITS, HAS_FUNCTIONS); break;           \
    case 4: BLOCK(4, UNITS, HAS_FUNCTIONS); break;           \
    case 5: BLOCK(5, UNITS, HAS_FUNCTIONS); break;           \
    case 6: BLOCK(6, UNITS, HAS_FUNCTIONS); break;           \
    case 7: BLOCK(7, UNITS, HAS_FUNCTIONS); break;           \
    default: BLOCK(dimensions, UNITS, HAS_FUNCTIONS); break; \
  }
  // Full blocks of UNROLL registers, then what is left a register at a time: a small batch wastes
  // less than a register.
#define PIECE(UNITS)                                                                               \
  {                                                                                                \
    size_t part = count - b < UNITS * WIDTH ? count - b : UNITS * WIDTH;                           \
    KERNEL(gather)(dimensions, queries, query_stride, b, part, UNITS, x);                    \
    VECTOR total[UNROLL];                                                                          \
    size_t offsets[UNROLL];                                                                        \
    for (int u = 0; u < UNITS; u++) {                                                              \
      total[u] = (VECTOR){0};                                                                      \
      offsets[u] = function_count ? (first_function + b + u * WIDTH) % function_count : 0;         \
    }                                                                                              \
    double *out = kernel ? kernel + b : NULL;                                                      \
    if (function_count) {                                                                          \
      BLOCKS(UNITS, 1)                                                                             \
    } else {                                                                                       \
      BLOCKS(UNITS, 0)                                                                             \
    }                                                                                              \
    if (mean) KERNEL(scatter)(mean + b, part, UNITS, total);                                 \
    b += part;                                                                                     \
  }
  while (count - b >= UNROLL * WIDTH) PIECE(UNROLL)
  while (b < count) PIECE(1)
#undef PIECE
#undef BLOCKS
#undef BLOCK
}

// The rows of a triangle that are summed at once, and the registers of members beside each.
#define ROWS HANDFUL_PANEL_ROWS
#define BESIDE 2

INLINE void KERNEL(triangle_block)(size_t size, const double *panels, size_t part,
                                   const int units, const double *matrix, size_t stride,
                                   VECTOR *total) {
  for (size_t first = 0; first < size; first += ROWS) {
    VECTOR sum[ROWS * BESIDE];
#pragma clang loop unroll(full)
    for (int i = 0; i < ROWS * units; i++) sum[i] = (VECTOR){0};
    size_t columns = size - first < ROWS ? size : first + ROWS;
    for (size_t j = 0; j < columns; j++) {
      VECTOR k[BESIDE];
      KERNEL(gather)(1, matrix + j * stride, 0, 0, part, units, k);
#pragma clang loop unroll(full)
      for (int r = 0; r < ROWS; r++) {
        VECTOR entry = KERNEL(splat)(panels[ROWS * j + r]);
#pragma clang loop unroll(full)
        for (int u = 0; u < units; u++) sum[r * units + u] += entry * k[u];
      }
    }
    panels += ROWS * (first + ROWS);
#pragma clang loop unroll(full)
    for (int r = 0; r < ROWS; r++)
#pragma clang loop unroll(full)
      for (int u = 0; u < units; u++) total[u] -= sum[r * units + u] * sum[r * units + u];
  }
}

static void KERNEL(triangle_squares)(size_t size, const double *panels, size_t count,
                                     const double *matrix, size_t stride, double start,
                                     double *out) {
  size_t b = 0;
#define PIECE(UNITS)                                                                          \
  {                                                                                           \
    size_t part = count - b < UNITS * WIDTH ? count - b : UNITS * WIDTH;                      \
    VECTOR total[BESIDE];                                                                     \
    for (int u = 0; u < UNITS; u++) total[u] = KERNEL(splat)(start);                          \
    if (part == UNITS * WIDTH)                                                                \
      KERNEL(triangle_block)(size, panels, UNITS * WIDTH, UNITS, matrix + b, stride, total);  \
    else                                                                                      \
      KERNEL(triangle_block)(size, panels, part, UNITS, matrix + b, stride, total);           \
    KERNEL(scatter)(out + b, part, UNITS, total);                                       \
    b += part;                                                                                \
  }
  while (count - b >= BESIDE * WIDTH) PIECE(BESIDE)
  while (b < count) PIECE(1)
#undef PIECE
}
#undef ROWS
#undef BESIDE

static void KERNEL(member_layer)(size_t count, size_t inputs, size_t outputs,
                                 const double *weights, size_t weight_stride, const double *in,
                                 size_t in_stride, double *out, size_t out_stride) {
  // As on the robot, where a product is rounded before it is added.
#pragma clang fp contract(off)
  for (size_t o = 0; o < outputs; o++) {
    const double *own = weights + o * (inputs + 1) * weight_stride;
    for (size_t b = 0; b < count; b += WIDTH) {
      size_t part = count - b < WIDTH ? count - b : WIDTH;
      VECTOR sum, w, x;
      KERNEL(gather)(1, own + inputs * weight_stride, 0, b, part, 1, &sum);
      for (size_t i = 0; i < inputs; i++) {
        KERNEL(gather)(1, own + i * weight_stride, 0, b, part, 1, &w);
        KERNEL(gather)(1, in + i * in_stride, 0, b, part, 1, &x);
        sum += w * x;
      }
      KERNEL(scatter)(out + o * out_stride + b, part, 1, &sum);
    }
  }
}

// cos(pi (frequency . x + phase)) of a block.
INLINE void KERNEL(cosine_block)(size_t dimensions, const double *frequency, double phase,
                                 const VECTOR *x, VECTOR *out) {
#pragma clang loop unroll(full)
  for (int u = 0; u < UNROLL; u++) out[u] = KERNEL(splat)(phase);
  for (size_t d = 0; d < dimensions; d++) {
    VECTOR f = KERNEL(splat)(frequency[d]);
#pragma clang loop unroll(full)
    for (int u = 0; u < UNROLL; u++) out[u] += f * x[d * UNROLL + u];
  }
#pragma clang loop unroll(full)
  for (int u = 0; u < UNROLL; u++) out[u] = KERNEL(cos_half_turns)(out[u]);
}

static void KERNEL(cosine_features)(size_t feature_count, size_t dimensions,
                                    const double *frequencies, const double *phases, size_t count,
                                    const double *queries, size_t query_stride,
                                    const double *weights, size_t weight_stride,
                                    size_t function_count, size_t first_function, double *sum) {
  VECTOR x[MOST_DIMENSIONS * UNROLL];
  if (dimensions > MOST_DIMENSIONS) __builtin_trap();
  for (size_t b = 0; b < count; b += UNROLL * WIDTH) {
    size_t part = count - b < UNROLL * WIDTH ? count - b : UNROLL * WIDTH;
    KERNEL(gather)(dimensions, queries, query_stride, b, part, UNROLL, x);
    VECTOR total[UNROLL];
    KERNEL(gather)(1, sum, 0, b, part, UNROLL, total);
    size_t offsets[UNROLL];
    KERNEL(functions)(function_count, first_function + b, offsets);
    for (size_t m = 0; m < feature_count; m++) {
      VECTOR feature[UNROLL];
      KERNEL(cosine_block)(dimensions, frequencies + m * dimensions, phases[m], x, feature);
      const double *row = weights + m * weight_stride;
#pragma clang loop unroll(full)
      for (int u = 0; u < UNROLL; u++)
        total[u] +=
            feature[u] * (function_count ? KERNEL(load)(row + offsets[u]) : KERNEL(splat)(row[0]));
    }
    KERNEL(scatter)(sum + b, part, UNROLL, total);
  }
}

static void KERNEL(cosine_matrix)(size_t feature_count, size_t dimensions,
                                  const double *frequencies, const double *phases, size_t count,
                                  const double *queries, size_t query_stride, double *out,
                                  size_t out_stride) {
  VECTOR x[MOST_DIMENSIONS * UNROLL];
  if (dimensions > MOST_DIMENSIONS) __builtin_trap();
  for (size_t b = 0; b < count; b += UNROLL * WIDTH) {
    size_t part = count - b < UNROLL * WIDTH ? count - b : UNROLL * WIDTH;
    KERNEL(gather)(dimensions, queries, query_stride, b, part, UNROLL, x);
    for (size_t m = 0; m < feature_count; m++) {
      VECTOR feature[UNROLL];
      KERNEL(cosine_block)(dimensions, frequencies + m * dimensions, phases[m], x, feature);
      KERNEL(scatter)(out + m * out_stride + b, part, UNROLL, feature);
    }
  }
}

static void KERNEL(subtract_squares)(size_t rows, size_t count, const double *matrix,
                                     size_t stride, double start, double *out) {
  for (size_t b = 0; b < count; b += UNROLL * WIDTH) {
    size_t part = count - b < UNROLL * WIDTH ? count - b : UNROLL * WIDTH;
    VECTOR total[UNROLL];
#pragma clang loop unroll(full)
    for (int u = 0; u < UNROLL; u++) total[u] = KERNEL(splat)(start);
    for (size_t n = 0; n < rows; n++) {
      VECTOR v[UNROLL];
      KERNEL(gather)(1, matrix + n * stride, 0, b, part, UNROLL, v);
#pragma clang loop unroll(full)
      for (int u = 0; u < UNROLL; u++) total[u] -= v[u] * v[u];
    }
    KERNEL(scatter)(out + b, part, UNROLL, total);
  }
}

// Fewer registers in flight, because every dimension's derivative is kept in some as well.
#define STEEP (UNROLL / 2 > 0 ? UNROLL / 2 : 1)

// Copies a block of STEEP registers of one row, zeros past the batch's end.
INLINE void KERNEL(gather_steep)(const double *row, size_t part, VECTOR *x) {
  double padded[STEEP * WIDTH] = {0};
  memcpy(padded, row, part * sizeof(double));
#pragma clang loop unroll(full)
  for (int u = 0; u < STEEP; u++) x[u] = KERNEL(load)(padded + u * WIDTH);
}

INLINE void KERNEL(scatter_steep)(double *row, size_t part, const VECTOR *values) {
  double padded[STEEP * WIDTH];
#pragma clang loop unroll(full)
  for (int u = 0; u < STEEP; u++) KERNEL(store)(padded + u * WIDTH, values[u]);
  memcpy(row, padded, part * sizeof(double));
}

// Sums c k and c k p of a block; the derivative of the sum by x is sum(c k p) - x sum(c k).
INLINE void KERNEL(kernel_slope_block)(size_t point_count, size_t dimensions, const double *points,
                                       const VECTOR *x, double variance,
                                       const double *coefficients, size_t coefficient_stride,
                                       int has_functions, const size_t *offsets, VECTOR *total,
                                       VECTOR *slope) {
  for (size_t n = 0; n < point_count; n++) {
    const double *point = points + n * dimensions;
    const double *row = coefficients + n * coefficient_stride;
    VECTOR sum[STEEP];
#pragma clang loop unroll(full)
    for (int u = 0; u < STEEP; u++) sum[u] = (VECTOR){0};
#pragma clang loop unroll(full)
    for (size_t d = 0; d < dimensions; d++) {
      VECTOR p = KERNEL(splat)(point[d]);
#pragma clang loop unroll(full)
      for (int u = 0; u < STEEP; u++) {
        VECTOR difference = x[d * STEEP + u] - p;
        sum[u] += difference * difference;
      }
    }
#pragma clang loop unroll(full)
    for (int u = 0; u < STEEP; u++) {
      sum[u] = KERNEL(exp_negative)(sum[u] * -0.5) * variance;
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

static void KERNEL(kernel_slopes)(size_t point_count, size_t dimensions, const double *points,
                                  size_t count, const double *queries, size_t query_stride,
                                  double variance, const double *coefficients,
                                  size_t coefficient_stride, size_t function_count,
                                  size_t first_function, double *value, double *slopes,
                                  size_t slope_stride) {
  VECTOR x[MOST_DIMENSIONS * STEEP], slope[MOST_DIMENSIONS * STEEP];
  if (dimensions > MOST_DIMENSIONS) __builtin_trap();
  for (size_t b = 0; b < count; b += STEEP * WIDTH) {
    size_t part = count - b < STEEP * WIDTH ? count - b : STEEP * WIDTH;
    for (size_t d = 0; d < dimensions; d++)
      KERNEL(gather_steep)(queries + d * query_stride + b, part, x + d * STEEP);
    VECTOR total[STEEP];
    size_t offsets[STEEP];
    for (int u = 0; u < STEEP; u++) {
      total[u] = (VECTOR){0};
      offsets[u] = function_count ? (first_function + b + u * WIDTH) % function_count : 0;
    }
#define BLOCK(D)                                                                            \
  {                                                                                         \
    VECTOR near[(D) * STEEP], sums[(D) * STEEP];                                            \
    memcpy(near, x, sizeof near);                                                           \
    memset(sums, 0, sizeof sums);                                                           \
    KERNEL(kernel_slope_block)                                                              \
    (point_count, D, points, near, variance, coefficients, coefficient_stride,              \
     function_count != 0, offsets, total, sums);                                            \
    memcpy(slope, sums, sizeof sums);                                                       \
  }
    switch (dimensions) {
      case 3: BLOCK(3); break;
      case 4: BLOCK(4); break;
      case 5: BLOCK(5); break;
      case 6: BLOCK(6); break;
      case 7: BLOCK(7); break;
      default:
        for (size_t i = 0; i < dimensions * STEEP; i++) slope[i] = (VECTOR){0};
        KERNEL(kernel_slope_block)
        (point_count, dimensions, points, x, variance, coefficients, coefficient_stride,
         function_count != 0, offsets, total, slope);
    }
#undef BLOCK
    KERNEL(scatter_steep)(value + b, part, total);
    for (size_t d = 0; d < dimensions; d++) {
      for (int u = 0; u < STEEP; u++)
        slope[d * STEEP + u] -= x[d * STEEP + u] * total[u];
      KERNEL(scatter_steep)(slopes + d * slope_stride + b, part, slope + d * STEEP);
    }
  }
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
    for (int u = 0; u < STEEP; u++)
      offsets[u] = function_count ? (first_function + b + u * WIDTH) % function_count : 0;
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
    KERNEL(scatter_steep)(value + b, part, total);
    for (size_t d = 0; d < dimensions; d++)
      KERNEL(scatter_steep)(slopes + d * slope_stride + b, part, slope + d * STEEP);
  }
}
#undef STEEP

static const HandfulKernels KERNEL(kernels) = {
    .name = LEVEL_NAME,
    .exponential = KERNEL(exponential),
    .kernel_of_squares = KERNEL(kernel_of_squares),
    .kernel_batch = KERNEL(kernel_batch),
    .cosine_features = KERNEL(cosine_features),
    .cosine_matrix = KERNEL(cosine_matrix),
    .subtract_squares = KERNEL(subtract_squares),
    .triangle_squares = KERNEL(triangle_squares),
    .member_layer = KERNEL(member_layer),
    .kernel_slopes = KERNEL(kernel_slopes),
    .cosine_slopes = KERNEL(cosine_slopes),
};

#undef VECTOR
#undef BITS
#undef INLINE
