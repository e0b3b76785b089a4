// As Trigonometry.c: eight numbers at a time, compiled for every instruction set. A seed's numbers must not
// depend on the processor, so that products and sums are rounded one by one here.
#pragma STDC FP_CONTRACT OFF
#include "Normals.h"

#include <string.h>

#include "SineCosine.h"

// log x for normal numbers x > 0: x = 2^k m with m in [sqrt(1/2), sqrt(2)), then the series in
// s = (m - 1) / (m + 1) with the minimax coefficients published with 4.4BSD's libm (e_log).
INLINE void logarithm(const Vector *x, Vector *result) {
  const int64_t half_root = 0x3fe6a09e667f3bcd;
  Integers shifted = (Integers)*x - half_root;
  Integers power = shifted >> 52;
  Vector f = (Vector)((Integers)*x - (power << 52)) - 1.0;
  Vector k = (Vector)((Integers)((Vector){} + rounder) + power) - rounder;
  Vector s = f / (2.0 + f);
  Vector z = s * s;
  Vector p = z * 1.479819860511658591e-01 + 1.531383769920937332e-01;
  p = p * z + 1.818357216161805012e-01;
  p = p * z + 2.222219843214978396e-01;
  p = p * z + 2.857142874366239149e-01;
  p = p * z + 3.999999999940941908e-01;
  p = p * z + 6.666666666666735130e-01;
  p = p * z;
  Vector square = 0.5 * f * f;
  *result = k * 6.93147180369123816490e-01 -
            ((square - (s * (square + p) + k * 1.90821492927058770002e-10)) - f);
}

INLINE void normal_block(const Vector *u, const Vector *v, Vector *first, Vector *second) {
  Vector x = 1.0 - *u, log;
  logarithm(&x, &log);
  Vector radius = __builtin_elementwise_sqrt(-2.0 * log);
  Vector angle = 6.28318530717958647693 * *v, sine, cosine;
  sine_cosine_vector(&angle, &sine, &cosine);
  *first = radius * cosine;
  *second = radius * sine;
}

FOR_EACH_INSTRUCTION_SET
void handful_normals(size_t pair_count, double *pairs) {
  for (size_t i = 0; i < pair_count; i += LANES) {
    size_t present = pair_count - i < LANES ? pair_count - i : LANES;
    Vector low = {}, high = {}, first, second;
    double padded[2 * LANES] = {0};
    if (present == LANES) {
      memcpy(&low, pairs + 2 * i, sizeof low);
      memcpy(&high, pairs + 2 * i + LANES, sizeof high);
    } else {
      memcpy(padded, pairs + 2 * i, 2 * present * sizeof *padded);
      memcpy(&low, padded, sizeof low);
      memcpy(&high, padded + LANES, sizeof high);
    }
    Vector u = __builtin_shufflevector(low, high, 0, 2, 4, 6, 8, 10, 12, 14);
    Vector v = __builtin_shufflevector(low, high, 1, 3, 5, 7, 9, 11, 13, 15);
    normal_block(&u, &v, &first, &second);
    low = __builtin_shufflevector(first, second, 0, 8, 1, 9, 2, 10, 3, 11);
    high = __builtin_shufflevector(first, second, 4, 12, 5, 13, 6, 14, 7, 15);
    if (present == LANES) {
      memcpy(pairs + 2 * i, &low, sizeof low);
      memcpy(pairs + 2 * i + LANES, &high, sizeof high);
    } else {
      memcpy(padded, &low, sizeof low);
      memcpy(padded + LANES, &high, sizeof high);
      memcpy(pairs + 2 * i, padded, 2 * present * sizeof *padded);
    }
  }
}
