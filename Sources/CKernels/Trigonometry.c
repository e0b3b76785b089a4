// Eight numbers at a time in the compiler's vector type, compiled for the baseline, AVX2 and AVX-512;
// the dynamic linker takes the best one that the machine has.
#include "Trigonometry.h"

#include <string.h>

#include "SineCosine.h"

INLINE void sine_cosine_block(const double *x, double *sine, double *cosine) {
  Vector value, first, second;
  memcpy(&value, x, sizeof value);
  sine_cosine_vector(&value, &first, cosine ? &second : 0);
  memcpy(sine, &first, sizeof first);
  if (cosine) memcpy(cosine, &second, sizeof second);
}

INLINE int all_reducible(size_t count, const double *x) {
  Integers outside = {};
  size_t i = 0;
  for (; i + LANES <= count; i += LANES) {
    Vector value;
    memcpy(&value, x + i, sizeof value);
    // Comparing the bits finds infinities and NaN too.
    outside |= ((Integers)value & INT64_MAX) > (Integers)((Vector){} + reducible);
  }
  int64_t any = 0;
  for (int lane = 0; lane < LANES; lane++) any |= outside[lane];
  for (; i < count; i++) any |= !(fabs(x[i]) <= reducible);
  return any == 0;
}

INLINE void sine_cosine_array(size_t count, const double *x, double *sine, double *cosine) {
  int simple = __builtin_expect(all_reducible(count, x), 1);
  if (count == 1 && simple) {
    // One number goes through registers; padding it in memory would cost more than its sine.
    Vector value = {x[0]}, first, second;
    sine_cosine_vector(&value, &first, cosine ? &second : 0);
    sine[0] = first[0];
    if (cosine) cosine[0] = second[0];
    return;
  }
  size_t start = 0;
  if (simple) {
    for (; start + LANES <= count; start += LANES)
      sine_cosine_block(x + start, sine + start, cosine ? cosine + start : 0);
  }
  for (; start < count; start += LANES) {
    size_t present = count - start < LANES ? count - start : LANES;
    double input[LANES] = {0}, first[LANES], second[LANES];
    memcpy(input, x + start, present * sizeof *input);
    sine_cosine_block(input, first, cosine ? second : 0);
    if (!simple) mend(input, first, cosine ? second : 0);
    memcpy(sine + start, first, present * sizeof *first);
    if (cosine) memcpy(cosine + start, second, present * sizeof *second);
  }
}

FOR_EACH_INSTRUCTION_SET
void handful_sine_cosine(size_t count, const double *x, double *sine, double *cosine) {
  sine_cosine_array(count, x, sine, cosine);
}

FOR_EACH_INSTRUCTION_SET
void handful_sine(size_t count, const double *x, double *sine) {
  sine_cosine_array(count, x, sine, 0);
}

// tanh x = sign(x) (1 - e) / (1 + e), e = exp(-2 |x|); beyond |x| = 20 it is 1 to the last bit.
INLINE void tanh_vector(Vector *x) {
  Vector value = *x;
  Integers sign = (Integers)value & INT64_MIN;
  Vector magnitude = (Vector)((Integers)value & INT64_MAX);
  Integers large = magnitude > 20.0;
  Vector twenty = (Vector){} + 20.0;
  magnitude = (Vector)(((Integers)twenty & large) | ((Integers)magnitude & ~large));
  Vector y = -2.0 * magnitude;
  Vector shifted = y * 0x1.71547652b82fep0 + rounder;
  Vector power = shifted - rounder;
  Vector r = (y - power * 6.93147180369123816490e-01) - power * 1.90821492927058770002e-10;
  // Taylor's series to r^13/13!; |r| is below ln(2)/2.
  Vector p = r * (1.0 / 6227020800.0) + 1.0 / 479001600.0;
  p = p * r + 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  p = p * r + 1.0;
  p = p * r + 1.0;
  Vector e = (Vector)((Integers)p + ((Integers)shifted << 52));
  Vector t = (1.0 - e) / (1.0 + e);
  t = (Vector)((Integers)t | sign);
  *x = t;
}

INLINE void tanh_block(const double *x, double *result) {
  Vector value;
  memcpy(&value, x, sizeof value);
  tanh_vector(&value);
  memcpy(result, &value, sizeof value);
}

FOR_EACH_INSTRUCTION_SET
void handful_tanh(size_t count, const double *x, double *result) {
  size_t start = 0;
  for (; start + LANES <= count; start += LANES) tanh_block(x + start, result + start);
  if (start == count) return;
  if (count == 1) {
    Vector value = {x[0]};
    tanh_vector(&value);
    result[0] = value[0];
    return;
  }
  double padded[LANES] = {0};
  memcpy(padded, x + start, (count - start) * sizeof *padded);
  tanh_block(padded, padded);
  memcpy(result + start, padded, (count - start) * sizeof *padded);
}
