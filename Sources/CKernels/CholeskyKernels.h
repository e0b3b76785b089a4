// The Cholesky decomposition of a symmetric matrix and its inverse, a few columns at a time in registers.
// KernelBodies.h includes this for each instruction set; no include guard, as there.
//
// BLAS, which takes its own choice of instructions, packs its operands; for matrices that stay in the
// caches that costs as much as it gains. Sizes are multiples of HANDFUL_CHOLESKY_BLOCK, and columns stand
// `size` apart, so that there are no ends of rows to look after. Of the last block's columns those beyond
// `count` are an identity's, and half of them are left out where all of these are.

// The registers of rows, and the columns, that are worked on at once.
#define ROWS (WIDTH == 8 ? 3 : 2)
#define COLUMNS (WIDTH == 8 ? 8 : 4)

// sum[u][c] += sum over k from `from` to `to` of left[u][k] right[c][k], or less it, columns of both
// `stride` apart: `left` are rows in registers, `right` rows one by one.
INLINE void KERNEL(add_products)(const double *left, const double *right, size_t stride, size_t from,
                                 size_t to, const int units, const int columns,
                                 const int is_less, VECTOR (*sum)[COLUMNS]) {
  for (size_t k = from; k < to; k++) {
    VECTOR rows[ROWS];
#pragma clang loop unroll(full)
    for (int u = 0; u < units; u++) rows[u] = KERNEL(load)(left + k * stride + u * WIDTH);
#pragma clang loop unroll(full)
    for (int c = 0; c < columns; c++) {
      VECTOR factor = KERNEL(splat)(right[k * stride + c]);
#pragma clang loop unroll(full)
      for (int u = 0; u < units; u++) {
        if (is_less)
          sum[u][c] -= rows[u] * factor;
        else
          sum[u][c] += rows[u] * factor;
      }
    }
  }
}

// The same of a `left` that is upper triangular, with its diagonal in column `from`: a register has nothing
// but zeros before its own first row.
INLINE void KERNEL(add_upper_products)(const double *left, const double *right, size_t stride,
                                       size_t from, size_t to, const int units, const int columns,
                                       const int is_less, VECTOR (*sum)[COLUMNS]) {
  if (units > 1) {
    size_t next = from + WIDTH < to ? from + WIDTH : to;
    KERNEL(add_products)(left, right, stride, from, next, 1, columns, is_less, sum);
    from = next;
  }
  if (units > 2) {
    size_t next = from + WIDTH < to ? from + WIDTH : to;
    KERNEL(add_products)(left, right, stride, from, next, 2, columns, is_less, sum);
    from = next;
  }
  KERNEL(add_products)(left, right, stride, from, to, units, columns, is_less, sum);
}

// Replaces X, rows in registers, by X L^-T with a lower triangular L of COLUMNS rows, columns of it
// `stride` apart; `inverses` are those of its diagonal.
INLINE void KERNEL(solve_rows)(const double *lower, size_t stride, const double *inverses,
                               const int units, const int columns, VECTOR (*x)[COLUMNS]) {
#pragma clang loop unroll(full)
  for (int c = 0; c < columns; c++) {
#pragma clang loop unroll(full)
    for (int d = 0; d < c; d++) {
      VECTOR factor = KERNEL(splat)(lower[c + d * stride]);
#pragma clang loop unroll(full)
      for (int u = 0; u < units; u++) x[u][c] -= x[u][d] * factor;
    }
#pragma clang loop unroll(full)
    for (int u = 0; u < units; u++) x[u][c] *= inverses[c];
  }
}

// Decomposes a block of COLUMNS rows, which stand in a register a column, of which `present` aren't an
// identity's; zero, or the order of the first minor that isn't positive. What is above the diagonal is
// scratch.
static size_t KERNEL(decompose_block)(double *a, size_t stride, size_t present,
                                      double *inverses) {
  VECTOR column[COLUMNS][COLUMNS / WIDTH];
#pragma clang loop unroll(full)
  for (int c = 0; c < COLUMNS; c++)
#pragma clang loop unroll(full)
    for (int u = 0; u < COLUMNS / WIDTH; u++)
      column[c][u] = KERNEL(load)(a + c * stride + u * WIDTH);
#pragma clang loop unroll(full)
  for (int j = 0; j < COLUMNS; j++) {
    if ((size_t)j >= present) {
      inverses[j] = 1;
      continue;
    }
    double pivot = column[j][j / WIDTH][j % WIDTH];
    if (!(pivot > 0) || !(pivot < __builtin_inf())) return (size_t)j + 1;
    // What follows needs the quotient alone, so that it doesn't wait for the root.
    double quotient = 1 / pivot;
    double root = __builtin_sqrt(pivot);
    inverses[j] = root * quotient;
    VECTOR scaled[COLUMNS / WIDTH];
#pragma clang loop unroll(full)
    for (int u = j / WIDTH; u < COLUMNS / WIDTH; u++) scaled[u] = column[j][u] * quotient;
#pragma clang loop unroll(full)
    for (int c = j + 1; c < COLUMNS; c++) {
      VECTOR factor = KERNEL(splat)(column[j][c / WIDTH][c % WIDTH]);
#pragma clang loop unroll(full)
      for (int u = c / WIDTH; u < COLUMNS / WIDTH; u++) column[c][u] -= scaled[u] * factor;
    }
#pragma clang loop unroll(full)
    for (int u = j / WIDTH; u < COLUMNS / WIDTH; u++) column[j][u] *= inverses[j];
    column[j][j / WIDTH][j % WIDTH] = root;
#pragma clang loop unroll(full)
    for (int u = 0; u < COLUMNS / WIDTH; u++)
      KERNEL(store)(a + j * stride + u * WIDTH, column[j][u]);
  }
  return 0;
}

// Rows of columns j to j + COLUMNS of L, from row i on: what the matrix has, less what columns before
// explain, solved by the block on the diagonal.
INLINE void KERNEL(lower_rows)(double *matrix, size_t size, size_t i, size_t j,
                               const double *inverses, const int units) {
  VECTOR sum[ROWS][COLUMNS];
#pragma clang loop unroll(full)
  for (int c = 0; c < COLUMNS; c++) {
#pragma clang loop unroll(full)
    for (int u = 0; u < units; u++)
      sum[u][c] = KERNEL(load)(matrix + (j + c) * size + i + u * WIDTH);
  }
  KERNEL(add_products)(matrix + i, matrix + j, size, 0, j, units, COLUMNS, 1, sum);
  if (inverses) KERNEL(solve_rows)(matrix + j * size + j, size, inverses, units, COLUMNS, sum);
#pragma clang loop unroll(full)
  for (int c = 0; c < COLUMNS; c++) {
#pragma clang loop unroll(full)
    for (int u = 0; u < units; u++)
      KERNEL(store)(matrix + (j + c) * size + i + u * WIDTH, sum[u][c]);
  }
}

// The same of L^-T, which is upper triangular: U_ij = -(sum_k U_ik L_jk) L_jj^-T.
INLINE void KERNEL(upper_rows)(const double *matrix, double *upper, size_t size, size_t i, size_t j,
                               const double *inverses, const int units, const int columns) {
  VECTOR sum[ROWS][COLUMNS];
#pragma clang loop unroll(full)
  for (int c = 0; c < columns; c++) {
#pragma clang loop unroll(full)
    for (int u = 0; u < units; u++) {
      sum[u][c] = (VECTOR){0};
      for (int lane = 0; lane < WIDTH; lane++)
        if (i + u * WIDTH + lane == j + c) sum[u][c][lane] = 1;
    }
  }
  KERNEL(add_upper_products)(upper + i, matrix + j, size, i, j, units, columns, 1, sum);
  KERNEL(solve_rows)(matrix + j * size + j, size, inverses, units, columns, sum);
#pragma clang loop unroll(full)
  for (int c = 0; c < columns; c++) {
#pragma clang loop unroll(full)
    for (int u = 0; u < units; u++)
      KERNEL(store)(upper + (j + c) * size + i + u * WIDTH, sum[u][c]);
  }
}

// Calls `body` with the registers of rows that are left as a constant.
#define WITH_UNITS(left, body)                \
  switch ((left) / WIDTH) {                   \
    case 1: body(1); break;                   \
    case 2: body(2); break;                   \
    default: body(ROWS);                      \
  }

// Roots and quotients of a block on the diagonal wait for each other, so that it is decomposed as soon as
// the rows that it needs stand, before what else its predecessor's columns have to do: the processor does
// both at once.
static size_t KERNEL(decompose)(size_t size, size_t count, double *matrix, double *upper) {
  double inverses[2][COLUMNS];
  size_t failed = KERNEL(decompose_block)(matrix, size, count, inverses[0]);
  if (failed) return failed;
  for (size_t j = 0; j < count; j += COLUMNS) {
    const double *own = inverses[j / COLUMNS % 2];
    for (size_t i = j + COLUMNS; i < size; i += ROWS * WIDTH) {
#define LOWER_ROWS(units) KERNEL(lower_rows)(matrix, size, i, j, own, units)
      WITH_UNITS(size - i, LOWER_ROWS)
      if (i > j + COLUMNS) continue;
      KERNEL(lower_rows)(matrix, size, i, i, NULL, COLUMNS / WIDTH);
      if (i >= count) continue;
      failed = KERNEL(decompose_block)
      (matrix + i + i * size, size, count - i, inverses[i / COLUMNS % 2]);
      if (failed) return i + failed;
    }
    for (size_t i = 0; i < j + COLUMNS; i += ROWS * WIDTH) {
#define UPPER_ROWS(units) KERNEL(upper_rows)(matrix, upper, size, i, j, own, units, COLUMNS)
#define HALF_UPPER_ROWS(units)                                                                 \
  KERNEL(upper_rows)(matrix, upper, size, i, j, own, units, COLUMNS / 2)
      if (count - j > COLUMNS / 2) {
        WITH_UNITS(j + COLUMNS - i, UPPER_ROWS)
      } else {
        WITH_UNITS(j + COLUMNS - i, HALF_UPPER_ROWS)
      }
    }
  }
  return 0;
}

// Rows of columns j to j + COLUMNS of U U^T, from row i on, of the first `count` columns of U.
INLINE void KERNEL(gram_rows)(const double *upper, double *out, size_t size, size_t count, size_t i,
                              size_t j, const int units) {
  VECTOR sum[ROWS][COLUMNS];
#pragma clang loop unroll(full)
  for (int c = 0; c < COLUMNS; c++) {
#pragma clang loop unroll(full)
    for (int u = 0; u < units; u++) sum[u][c] = (VECTOR){0};
  }
  KERNEL(add_upper_products)(upper + i, upper + j, size, i, count, units, COLUMNS, 0, sum);
#pragma clang loop unroll(full)
  for (int c = 0; c < COLUMNS; c++) {
#pragma clang loop unroll(full)
    for (int u = 0; u < units; u++)
      KERNEL(store)(out + (j + c) * size + i + u * WIDTH, sum[u][c]);
  }
}

static void KERNEL(upper_gram)(size_t size, size_t count, const double *upper, double *out) {
  for (size_t j = 0; j < count; j += COLUMNS) {
    for (size_t i = j / WIDTH * WIDTH; i < size; i += ROWS * WIDTH) {
#define GRAM_ROWS(units) KERNEL(gram_rows)(upper, out, size, count, i, j, units)
      WITH_UNITS(size - i, GRAM_ROWS)
    }
  }
}

// white = U^T y and solution = U white of an upper triangular U with zeros below its diagonal: with
// U = L^-T, L^-1 y and (L L^T)^-1 y. `y` and both results have `size` entries.
static void KERNEL(upper_solve)(size_t size, const double *upper, const double *y, double *white,
                                double *solution) {
  for (size_t c = 0; c < size; c += 4) {
    VECTOR sum[4] = {0};
    for (size_t i = 0; i < c + 4; i += WIDTH) {
      VECTOR part = KERNEL(load)(y + i);
#pragma clang loop unroll(full)
      for (int k = 0; k < 4; k++) sum[k] += KERNEL(load)(upper + (c + k) * size + i) * part;
    }
#pragma clang loop unroll(full)
    for (int k = 0; k < 4; k++) {
      double total = 0;
      for (int lane = 0; lane < WIDTH; lane++) total += sum[k][lane];
      white[c + k] = total;
    }
  }
  for (size_t i = 0; i < size; i += WIDTH) {
    // Four sums in turn, lest each product wait for the one before.
    VECTOR sum[4] = {0};
    for (size_t c = i / 4 * 4; c < size; c += 4)
#pragma clang loop unroll(full)
      for (int k = 0; k < 4; k++)
        sum[k] += KERNEL(load)(upper + (c + k) * size + i) * white[c + k];
    KERNEL(store)(solution + i, (sum[0] + sum[1]) + (sum[2] + sum[3]));
  }
}

#undef ROWS
#undef COLUMNS
#undef WITH_UNITS
#undef LOWER_ROWS
#undef UPPER_ROWS
#undef HALF_UPPER_ROWS
#undef GRAM_ROWS
