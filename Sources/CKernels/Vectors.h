// What a register of doubles can do: be loaded and stored, and elementary functions. KernelBodies.h
// includes this for each instruction set; no include guard, as there.

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

// The bits of 2^k exp(r) for |r| <= ln 2 / 2, with k in the low bits of `power`: a minimax polynomial of
// degree 10 (error 2.2e-16), whose exponent k is shifted straight into.
INLINE BITS KERNEL(scaled_exp)(VECTOR r, BITS power) {
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
  return (BITS)p + (power << 52);
}

// exp by Cody and Waite: x = k ln 2 + r with ln 2 in two parts. Adding 1.5 * 2^52 leaves k in the low
// bits. Right for -708 <= x <= 709.78.
INLINE VECTOR KERNEL(exp_inside)(VECTOR x) {
  const double magic = 0x1.8p52;
  VECTOR shifted = x * 0x1.71547652b82fep+0 + magic;
  VECTOR k = shifted - magic;
  VECTOR r = x - k * 0x1.62e42fefp-1;
  r = r - k * 0x1.473de6af278edp-34;
  return (VECTOR)KERNEL(scaled_exp)(r, (BITS)shifted);
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

// exp of a kernel's exponents, 0 below -700, which keeps products with it clear of slow denormal numbers.
// ln 2 has one part: what it lacks of ln 2, k times, is less than the last bit of x.
INLINE VECTOR KERNEL(exp_kernel)(VECTOR x) {
  const double magic = 0x1.8p52;
  VECTOR shifted = x * 0x1.71547652b82fep+0 + magic;
  VECTOR k = shifted - magic;
  BITS kept = x >= KERNEL(splat)(-700);
  return (VECTOR)(KERNEL(scaled_exp)(x - k * 0x1.62e42fefa39efp-1, (BITS)shifted) & kept);
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
