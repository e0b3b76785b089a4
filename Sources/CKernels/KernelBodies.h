// The kernels' bodies; included by CKernels.c once for each instruction set with KERNEL (a name's
// suffix), WIDTH (doubles a register), UNROLL (registers in flight) and LEVEL_NAME defined.
// No include guard: it is meant to be included again.

typedef double KERNEL(vector) __attribute__((vector_size(WIDTH * 8)));
typedef long long KERNEL(bits) __attribute__((vector_size(WIDTH * 8)));
#define VECTOR KERNEL(vector)
#define BITS KERNEL(bits)
#define INLINE static inline __attribute__((always_inline))

#include "Vectors.h"

static void KERNEL(exponential)(size_t count, const double *x, double *out) {
  size_t i = 0;
  for (; i + WIDTH <= count; i += WIDTH)
    KERNEL(store)(out + i, KERNEL(exp_any)(KERNEL(load)(x + i)));
  if (i < count)
    KERNEL(store_part)
  (out + i, KERNEL(exp_any)(KERNEL(load_part)(x + i, count - i)), count - i);
}

// The most dimensions whose queries are kept in a block on the stack.
#ifndef MOST_DIMENSIONS
#define MOST_DIMENSIONS 256
#endif

// The usual numbers of dimensions (a joint or two, as features, and an action) get loops of their own, so
// that the compiler unrolls them and keeps sums in registers.
#define WITH_DIMENSIONS(body, ...)              \
  switch (dimensions) {                         \
    case 3: body(3, ##__VA_ARGS__); break;      \
    case 4: body(4, ##__VA_ARGS__); break;      \
    case 5: body(5, ##__VA_ARGS__); break;      \
    case 6: body(6, ##__VA_ARGS__); break;      \
    case 7: body(7, ##__VA_ARGS__); break;      \
    default: body(dimensions, ##__VA_ARGS__);   \
  }

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

// Where each of a block's `units` registers finds its functions' coefficients in a row.
INLINE void KERNEL(functions)(size_t function_count, size_t first, const int units,
                              size_t *offsets) {
#pragma clang loop unroll(full)
  for (int u = 0; u < units; u++)
    offsets[u] = function_count ? (first + u * WIDTH) % function_count : 0;
}

// The queries' own part of a block's exponents, -0.5 |q - centre|^2 of `units` registers of them, which are
// centred for it. (Differences don't ask for it.)
INLINE void KERNEL(centre)(const HandfulPoints *points, size_t dimensions, const int units, VECTOR *x,
                           VECTOR *own) {
#pragma clang loop unroll(full)
  for (int u = 0; u < units; u++) own[u] = (VECTOR){0};
  for (size_t d = 0; d < dimensions; d++) {
    VECTOR centre = KERNEL(splat)(points->centre[d]);
#pragma clang loop unroll(full)
    for (int u = 0; u < units; u++) {
      VECTOR centred = x[d * units + u] - centre;
      own[u] -= 0.5 * centred * centred;
      x[d * units + u] = centred;
    }
  }
}

// The covariances of a point with a block's `units` registers of queries. With exponents an exponent is
// |p|'s part + |q|'s part + p . q: a multiply-add a dimension, where a difference and its square are two.
INLINE void KERNEL(covariances)(const HandfulPoints *points, size_t dimensions, size_t n,
                                const int has_exponents, const int units, const VECTOR *x,
                                const VECTOR *own, VECTOR *out) {
  const double *point = points->points + n * dimensions;
  VECTOR start = KERNEL(splat)(has_exponents ? points->exponents[n] : points->log_variance);
#pragma clang loop unroll(full)
  for (int u = 0; u < units; u++) out[u] = has_exponents ? start + own[u] : start;
  for (size_t d = 0; d < dimensions; d++) {
    VECTOR p = KERNEL(splat)(point[d]);
#pragma clang loop unroll(full)
    for (int u = 0; u < units; u++) {
      VECTOR query = x[d * units + u];
      if (has_exponents)
        out[u] += query * p;
      else
        out[u] -= 0.5 * (query - p) * (query - p);
    }
  }
#pragma clang loop unroll(full)
  for (int u = 0; u < units; u++) out[u] = KERNEL(exp_kernel)(out[u]);
}

INLINE void KERNEL(kernel_block)(const HandfulPoints *points, size_t dimensions,
                                 const int has_exponents, size_t part, const int units,
                                 const VECTOR *x, const VECTOR *own, const double *coefficients,
                                 size_t coefficient_stride, int has_functions,
                                 const size_t *offsets, VECTOR *total, double *kernel,
                                 size_t kernel_stride) {
  for (size_t n = 0; n < points->count; n++) {
    VECTOR sum[UNROLL];
    KERNEL(covariances)(points, dimensions, n, has_exponents, units, x, own, sum);
    if (coefficients) {
      const double *row = coefficients + n * coefficient_stride;
#pragma clang loop unroll(full)
      for (int u = 0; u < units; u++)
        total[u] += sum[u] * (has_functions ? KERNEL(load)(row + offsets[u]) : KERNEL(splat)(row[0]));
    }
    if (kernel) KERNEL(scatter)(kernel + n * kernel_stride, part, units, sum);
  }
}

static void KERNEL(kernel_batch)(const HandfulPoints *points, size_t count, const double *queries,
                                 size_t query_stride, const double *coefficients,
                                 size_t coefficient_stride, size_t function_count,
                                 size_t first_function, double *mean, double *kernel,
                                 size_t kernel_stride) {
  VECTOR x[MOST_DIMENSIONS * UNROLL];
  const size_t dimensions = points->dimensions;
  if (dimensions > MOST_DIMENSIONS) __builtin_trap();
  const double *weights = mean ? coefficients : NULL;
  size_t b = 0;
#define BLOCK(D, UNITS, HAS_EXPONENTS, HAS_FUNCTIONS)                                             \
  KERNEL(kernel_block)                                                                            \
  (points, D, HAS_EXPONENTS, part, UNITS, x, own, weights, coefficient_stride, HAS_FUNCTIONS,     \
   offsets, total, out, kernel_stride)
  // Full blocks of UNROLL registers, then what is left a register at a time: a small batch wastes
  // less than a register.
#define PIECE(UNITS)                                                                               \
  {                                                                                                \
    size_t part = count - b < UNITS * WIDTH ? count - b : UNITS * WIDTH;                           \
    KERNEL(gather)(dimensions, queries, query_stride, b, part, UNITS, x);                    \
    VECTOR own[UNITS], total[UNROLL];                                                              \
    KERNEL(centre)(points, dimensions, UNITS, x, own);                                             \
    size_t offsets[UNROLL];                                                                        \
    for (int u = 0; u < UNITS; u++) total[u] = (VECTOR){0};                                        \
    KERNEL(functions)(function_count, first_function + b, UNITS, offsets);                         \
    double *out = kernel ? kernel + b : NULL;                                                      \
    if (!points->exponents) {                                                                      \
      BLOCK(dimensions, UNITS, 0, function_count != 0);                                            \
    } else if (function_count) {                                                                   \
      WITH_DIMENSIONS(BLOCK, UNITS, 1, 1)                                                          \
    } else {                                                                                       \
      WITH_DIMENSIONS(BLOCK, UNITS, 1, 0)                                                          \
    }                                                                                              \
    if (mean) KERNEL(scatter)(mean + b, part, UNITS, total);                                 \
    b += part;                                                                                     \
  }
  while (count - b >= UNROLL * WIDTH) PIECE(UNROLL)
  while (b < count) PIECE(1)
#undef PIECE
#undef BLOCK
}

// The rows of a triangle that are summed at once, and the registers of members beside each: sixteen sums
// in flight where there are 32 registers, eight where there are 16. Two multiply-adds a cycle that take
// four cycles each want at least eight.
#define ROWS HANDFUL_PANEL_ROWS
#define BESIDE UNROLL

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
  // What is left: one sum a row alone waits for its multiply-adds, so two where there are as many.
  while (count - b > WIDTH) PIECE(2)
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

INLINE void KERNEL(sum_features)(size_t feature_count, size_t dimensions, const double *frequencies,
                                 const double *phases, const VECTOR *x, const double *weights,
                                 size_t weight_stride, int has_functions, const size_t *offsets,
                                 VECTOR *total) {
  for (size_t m = 0; m < feature_count; m++) {
    VECTOR feature[UNROLL];
    KERNEL(cosine_block)(dimensions, frequencies + m * dimensions, phases[m], x, feature);
    const double *row = weights + m * weight_stride;
#pragma clang loop unroll(full)
    for (int u = 0; u < UNROLL; u++)
      total[u] +=
          feature[u] * (has_functions ? KERNEL(load)(row + offsets[u]) : KERNEL(splat)(row[0]));
  }
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
    KERNEL(functions)(function_count, first_function + b, UNROLL, offsets);
#define FEATURES(D)                                                                                \
  KERNEL(sum_features)                                                                             \
  (feature_count, D, frequencies, phases, x, weights, weight_stride, function_count != 0, offsets, \
   total)
    WITH_DIMENSIONS(FEATURES)
#undef FEATURES
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

#include "KernelSlopes.h"
#include "PairKernels.h"
#include "CholeskyKernels.h"

static const HandfulKernels KERNEL(kernels) = {
    .name = LEVEL_NAME,
    .exponential = KERNEL(exponential),
    .kernel_of_pairs = KERNEL(kernel_of_pairs),
    .pair_gradient = KERNEL(pair_gradient),
    .decompose = KERNEL(decompose),
    .upper_gram = KERNEL(upper_gram),
    .upper_solve = KERNEL(upper_solve),
    .kernel_batch = KERNEL(kernel_batch),
    .cosine_features = KERNEL(cosine_features),
    .cosine_matrix = KERNEL(cosine_matrix),
    .subtract_squares = KERNEL(subtract_squares),
    .triangle_squares = KERNEL(triangle_squares),
    .member_layer = KERNEL(member_layer),
    .kernel_slopes = KERNEL(kernel_slopes),
    .cosine_slopes = KERNEL(cosine_slopes),
};

#undef WITH_DIMENSIONS
#undef VECTOR
#undef BITS
#undef INLINE
