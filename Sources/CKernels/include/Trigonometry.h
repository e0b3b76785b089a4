// Sine, cosine and hyperbolic tangent of arrays: what the equations of motion of robots need.
#pragma once
#include <stddef.h>

// Writes sin x and cos x of `count` numbers (rad). The error is below 4e-16 for |x| up to 1e6;
// beyond, and for infinities and NaN, the C library answers. Each result depends on its own x
// alone, not on `count` or its place. `x` may be `sine` or `cosine`.
void handful_sine_cosine(size_t count, const double *x, double *sine, double *cosine);

// Writes sin x of `count` numbers (rad), as `handful_sine_cosine` does. `x` may be `sine`.
void handful_sine(size_t count, const double *x, double *sine);

// Writes tanh x of `count` numbers. The absolute error is below 4e-16; NaN stays NaN. Each result
// depends on its own x alone. `x` may be `result`.
void handful_tanh(size_t count, const double *x, double *result);
