// Normally distributed numbers from uniform ones.
#pragma once

#include <stddef.h>

/// Replaces pairs u, v of numbers in [0, 1) by sqrt(-2 log(1 - u)) times cos(2 pi v) and sin(2 pi v), two
/// independent standard normal numbers where u and v are uniform (Box & Muller 1958). The same to the last
/// bit on every processor; within 4e-16 of their size, plus 4e-16 times the radius.
void handful_normals(size_t pair_count, double *pairs);
