// Vectorised kernels with a run-time choice of instruction set.
//
// All arrays are of doubles, need no alignment, and do not overlap unless said. Batches are stored a
// dimension at a time: entry `d * stride + b` is dimension `d` of member `b`. What is computed for
// one member does not depend on where in a batch it stands, nor on how many stand beside it.
#pragma once

#include "FreedMemory.h"
#include "Normals.h"
#include "PlanarArm.h"
#include "Trigonometry.h"

#include <stddef.h>

/// Points of a squared-exponential kernel, divided by the lengthscales, and less a centre, so that squares of
/// distances may be made of squares of lengths.
typedef struct HandfulPoints {
  size_t count, dimensions;
  /// A point's dimensions side by side.
  const double *points;
  /// What was taken off them.
  const double *centre;
  /// log variance - 0.5 |point|^2; null where points are so far from their centre that the squares of
  /// their distances are to be made of differences.
  const double *exponents;
  /// The logarithm of the kernel's greatest value.
  double log_variance;
} HandfulPoints;

/// The greatest |point|^2 for which squares of distances are made of squares of lengths: an exponent is then
/// right to about 2e-11.
#define HANDFUL_FARTHEST 1e5

/// The kernels compiled for one instruction set.
typedef struct HandfulKernels {
  /// The instruction set's name: "avx512", "avx2" or "baseline".
  const char *name;

  /// out[i] = exp(x[i]); `out` may be `x`. Relative error below 1e-14; 0 below -708, infinity
  /// above 709.78, NaN for NaN.
  void (*exponential)(size_t count, const double *x, double *out);

  /// The squared-exponential kernel of all pairs i > j of points, in the order of a lower triangle's
  /// columns: exp(log_variance - 0.5 * sum_d weights[d] * (columns[d * stride + i] - columns[d * stride + j])^2).
  /// `stride` is at least `count` + HANDFUL_PAIR_PADDING, and the numbers between columns are finite. It is
  /// best when columns are centred. `scratch` has room for `stride` * (`dimensions` + 1) numbers.
  void (*kernel_of_pairs)(size_t count, size_t dimensions, const double *columns, size_t stride,
                          const double *weights, double log_variance, double *scratch, double *out);

  /// With w_ij = (solution[i] solution[j] - inverse[i + j * inverse_stride]) * kernel_ij of all such pairs,
  /// kernels in the same order: sums[d] = sum_ij w_ij * (difference of columns d)^2, and
  /// sums[dimensions] = sum_ij w_ij. `kernel`, `inverse` and `solution` are followed by
  /// HANDFUL_PAIR_PADDING numbers.
  void (*pair_gradient)(size_t count, size_t dimensions, const double *columns, size_t stride,
                        const double *kernel, const double *inverse, size_t inverse_stride,
                        const double *solution, double *sums);

  /// Decomposes a symmetric positive definite matrix of `size` rows, columns one after the other, of which
  /// the lower triangle is read: `matrix` gets L with L L^T, `upper`, zeros before, L^-T. What stands
  /// above the diagonal of `matrix` is overwritten. `size` is the next multiple of HANDFUL_CHOLESKY_BLOCK
  /// from `count` on; rows and columns from `count` on are an identity's, and `upper` may get its or zeros.
  /// Zero on success, else the order of the first minor that isn't positive.
  size_t (*decompose)(size_t size, size_t count, double *matrix, double *upper);

  /// The lower triangle of U U^T of the first `count` columns of an upper triangular U with zeros below,
  /// such as (L L^T)^-1 of L^-T. What stands above the diagonal of `out` is overwritten, and what stands
  /// from row and column `count` on.
  void (*upper_gram)(size_t size, size_t count, const double *upper, double *out);

  /// white = U^T y and solution = U white of the same; all have `size` entries.
  void (*upper_solve)(size_t size, const double *upper, const double *y, double *white,
                      double *solution);

  /// The squared-exponential kernel between points and a batch of `count` queries, already divided by the
  /// lengthscales: k(b, n) = variance * exp(-0.5 * sum_d (points[n][d] + centre[d] - queries[d][b])^2).
  ///
  /// `mean`, unless null: mean[b] = sum_n coefficients[n * coefficient_stride + f] k(b, n), where
  /// f is 0 if `function_count` is 0 and (first_function + b) % function_count otherwise; rows of
  /// `coefficients` must then repeat from their beginning for 8 entries past `function_count`.
  /// `kernel`, unless null: kernel[n * kernel_stride + b] = k(b, n).
  void (*kernel_batch)(const HandfulPoints *points, size_t count, const double *queries,
                       size_t query_stride, const double *coefficients, size_t coefficient_stride,
                       size_t function_count, size_t first_function, double *mean, double *kernel,
                       size_t kernel_stride);

  /// Random Fourier features, summed with a weight for each function:
  /// sum[b] += sum_m weights[m * weight_stride + f] cos(pi * (frequencies[m] . query_b + phases[m])),
  /// f as in `kernel_batch`; frequencies[m] has `dimensions` entries, in half turns a unit.
  void (*cosine_features)(size_t feature_count, size_t dimensions, const double *frequencies,
                          const double *phases, size_t count, const double *queries,
                          size_t query_stride, const double *weights, size_t weight_stride,
                          size_t function_count, size_t first_function, double *sum);

  /// out[m * out_stride + b] = cos(pi * (frequencies[m] . query_b + phases[m])).
  void (*cosine_matrix)(size_t feature_count, size_t dimensions, const double *frequencies,
                        const double *phases, size_t count, const double *queries,
                        size_t query_stride, double *out, size_t out_stride);

  /// out[b] = start - sum_n matrix[n * stride + b]^2.
  void (*subtract_squares)(size_t rows, size_t count, const double *matrix, size_t stride,
                           double start, double *out);

  /// out[b] = start - sum_i (sum_{j <= i} R[i][j] matrix[j * stride + b])^2 with a lower triangular R
  /// of `size` rows in panels of HANDFUL_PANEL_ROWS rows: panel p has, for every column j up to its
  /// last row's, that column's entry of each of its rows, zeros right of the diagonal and below R.
  void (*triangle_squares)(size_t size, const double *panels, size_t count, const double *matrix,
                           size_t stride, double start, double *out);

  /// One layer of a network whose members have weights of their own:
  /// out[o * out_stride + b] = w(o, inputs)[b] + sum_i w(o, i)[b] in[i * in_stride + b], where
  /// w(o, i)[b] is weights[(o * (inputs + 1) + i) * weight_stride + b]; added in this order, each product
  /// rounded first.
  void (*member_layer)(size_t count, size_t inputs, size_t outputs, const double *weights,
                       size_t weight_stride, const double *in, size_t in_stride, double *out,
                       size_t out_stride);

  /// Sums as `kernel_batch` makes them, into `value`, and their derivatives by the queries:
  /// slopes[d * slope_stride + b] = d value[b] / d queries[d][b].
  void (*kernel_slopes)(const HandfulPoints *points, size_t count, const double *queries,
                        size_t query_stride, const double *coefficients, size_t coefficient_stride,
                        size_t function_count, size_t first_function, double *value,
                        double *slopes, size_t slope_stride);

  /// Adds sums as `cosine_features` makes them to `value`, and their derivatives to `slopes`.
  void (*cosine_slopes)(size_t feature_count, size_t dimensions, const double *frequencies,
                        const double *phases, size_t count, const double *queries,
                        size_t query_stride, const double *weights, size_t weight_stride,
                        size_t function_count, size_t first_function, double *value,
                        double *slopes, size_t slope_stride);
} HandfulKernels;

/// The fastest kernels that this machine can run.
const HandfulKernels *handful_kernels(void);

/// The kernels of one level, slowest first from 0; null where this machine or this build has none.
const HandfulKernels *handful_kernels_at(int level);

/// What sizes of matrices to decompose are multiples of.
enum { HANDFUL_CHOLESKY_BLOCK = 8 };

/// How many readable numbers follow the arrays of pairs.
enum { HANDFUL_PAIR_PADDING = 32 };

/// The rows of a panel of a triangular matrix.
enum { HANDFUL_PANEL_ROWS = 4 };

/// The number of levels.
enum { HANDFUL_KERNEL_LEVELS = 3 };
