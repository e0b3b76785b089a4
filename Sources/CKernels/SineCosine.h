// Eight numbers at a time in the compiler's vector type, and their sine and cosine; for this target's
// C files alone. A file that includes it may leave some of it unused.
#pragma once
#include <math.h>
#include <stdint.h>

#if defined(__x86_64__) && defined(__linux__)
#define FOR_EACH_INSTRUCTION_SET __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FOR_EACH_INSTRUCTION_SET
#endif
#define LANES 8
#define INLINE static inline __attribute__((always_inline))

typedef double Vector __attribute__((vector_size(8 * LANES)));
typedef int64_t Integers __attribute__((vector_size(8 * LANES)));

// Adding it rounds a number below 2^51 to an integer, left in the low bits.
static const double rounder = 0x1.8p52;
// Where the reduction by three parts of pi/2 is still exact: fewer than 2^20 quarter turns.
static const double reducible = 1e6;

// sin r and cos r on [-pi/4, pi/4], and the quarter turn that r was reduced by, combined.
// The parts of pi/2 and the minimax coefficients are those of Cody & Waite's scheme as published
// with 4.4BSD's libm (s_sin, k_sin, k_cos).
INLINE void reduce(const Vector *x, Vector *r, Integers *quarter) {
  Vector shifted = *x * 0x1.45f306dc9c883p-1 + rounder;
  Vector turns = shifted - rounder;
  *quarter = (Integers)shifted;
  *r = ((*x - turns * 1.57079632673412561417e+00) - turns * 6.07710050630396597660e-11) -
       turns * 2.02226624879595063154e-21;
}

INLINE void polynomials(const Vector *r, Vector *sine, Vector *cosine) {
  Vector z = *r * *r;
  Vector s = z * 1.58969099521155010221e-10 - 2.50507602534068634195e-08;
  s = s * z + 2.75573137070700676789e-06;
  s = s * z - 1.98412698298579493134e-04;
  s = s * z + 8.33333333332248946124e-03;
  s = s * z - 1.66666666666666324348e-01;
  *sine = *r + *r * z * s;
  Vector c = z * -1.13596475577881948265e-11 + 2.08757232129817482790e-09;
  c = c * z - 2.75573143513906633035e-07;
  c = c * z + 2.48015872894767294178e-05;
  c = c * z - 1.38888888888741095749e-03;
  c = c * z + 4.16666666666666019037e-02;
  *cosine = 1.0 - (0.5 * z - z * z * c);
}

INLINE void select_sine(
    const Vector *s, const Vector *c, const Integers *quarter, Vector *result) {
  Integers odd = -(*quarter & 1);
  Integers sign = (*quarter & 2) << 62;
  *result = (Vector)((((Integers)*c & odd) | ((Integers)*s & ~odd)) ^ sign);
}

INLINE void sine_cosine_vector(const Vector *x, Vector *sine, Vector *cosine) {
  Vector r, s, c;
  Integers quarter;
  reduce(x, &r, &quarter);
  polynomials(&r, &s, &c);
  select_sine(&s, &c, &quarter, sine);
  quarter += 1;
  if (cosine) select_sine(&s, &c, &quarter, cosine);
}

// Sines and cosines beyond what is reduced exactly, from the C library. `x` may not be the output.
__attribute__((unused)) static void mend(const double *x, double *sine, double *cosine) {
  for (int i = 0; i < LANES; i++) {
    if (fabs(x[i]) <= reducible) continue;
    sine[i] = sin(x[i]);
    if (cosine) cosine[i] = cos(x[i]);
  }
}
