// Eight members at a time in the compiler's vector type, compiled for the baseline, AVX2 and AVX-512, and
// for each number of joints, so that a member's system lies in registers.
#include "PlanarArm.h"

#include <string.h>

#include "SineCosine.h"

#define MOST HANDFUL_PLANAR_ARM_JOINTS
// Where the entry of row i and column j <= i stands in a lower triangle.
#define ENTRY(i, j) ((i) * ((i) + 1) / 2 + (j))

// What doesn't depend on the state.
typedef struct {
  double damping[MOST + 1];
  // g li (mi/2 + the mass beyond i)
  double weight[MOST];
  // C_ij of the plant's comment, a lower triangle.
  double coupling[ENTRY(MOST, 0)];
} Arm;

// A batch, from its first member on.
typedef struct {
  size_t count, stride, action_stride;
  const double *states, *actions, *offsets;
  double implicit_seconds;
  double *accelerations;
} Batch;

INLINE Arm arm_of(const size_t n, const double *parameters) {
  Arm arm = {0};
  const double *mass = parameters, *length = mass + n, *damping = length + n;
  const double gravity = damping[n];
  double beyond = 0;
  for (size_t i = n; i-- > 0;) {
    arm.damping[i] = damping[i];
    arm.weight[i] = gravity * length[i] * (mass[i] / 2 + beyond);
    arm.coupling[ENTRY(i, i)] = length[i] * length[i] * (mass[i] / 3 + beyond);
    for (size_t j = 0; j < i; j++)
      arm.coupling[ENTRY(i, j)] = length[i] * length[j] * (mass[i] / 2 + beyond);
    beyond += mass[i];
  }
  return arm;
}

INLINE void load(Vector *value, const double *from, size_t present) {
  if (present == LANES) {
    memcpy(value, from, sizeof *value);
  } else {
    *value = (Vector){0};
    memcpy(value, from, present * sizeof *from);
  }
}

INLINE void store(double *to, const Vector *value, size_t present) {
  if (present == LANES) {
    memcpy(to, value, sizeof *value);
  } else {
    memcpy(to, value, present * sizeof *to);
  }
}

INLINE void sine_cosine(const Vector *angle, Vector *sine, Vector *cosine) {
  sine_cosine_vector(angle, sine, cosine);
  // Comparing the bits finds infinities and NaN too.
  Integers outside = ((Integers)*angle & INT64_MAX) > (Integers)((Vector){0} + reducible);
  int64_t any = 0;
  for (int lane = 0; lane < LANES; lane++) any |= outside[lane];
  if (__builtin_expect(any == 0, 1)) return;
  double angles[LANES], sines[LANES], cosines[LANES];
  memcpy(angles, angle, sizeof angles);
  memcpy(sines, sine, sizeof angles);
  memcpy(cosines, cosine, sizeof angles);
  mend(angles, sines, cosines);
  memcpy(sine, sines, sizeof angles);
  memcpy(cosine, cosines, sizeof angles);
}

// Solves in place by L D L^T: the matrix's triangle becomes L with 1/D on its diagonal, the right-hand
// sides become the solution. The matrix is positive definite, so no pivots are needed.
INLINE void solve(const size_t n, Vector *matrix, Vector *sides) {
  for (size_t j = 0; j < n; j++) {
    // Columns to the left hold L D until their own turn is over.
    for (size_t k = 0; k < j; k++) {
      Vector product = matrix[ENTRY(j, k)];
      Vector factor = product * matrix[ENTRY(k, k)];
      matrix[ENTRY(j, k)] = factor;
      matrix[ENTRY(j, j)] -= product * factor;
      for (size_t i = j + 1; i < n; i++) matrix[ENTRY(i, j)] -= factor * matrix[ENTRY(i, k)];
    }
    matrix[ENTRY(j, j)] = 1.0 / matrix[ENTRY(j, j)];
  }
  for (size_t i = 1; i < n; i++)
    for (size_t k = 0; k < i; k++) sides[i] -= matrix[ENTRY(i, k)] * sides[k];
  for (size_t i = n; i-- > 0;) {
    sides[i] *= matrix[ENTRY(i, i)];
    for (size_t k = i + 1; k < n; k++) sides[i] -= matrix[ENTRY(k, i)] * sides[k];
  }
}

// In the rods' own angles: an offset's product, and the damping's part, come after the matrix is whole.
INLINE void apply_implicit(
    const size_t n, const Arm *arm, const Batch *batch, size_t first, size_t present, Vector *matrix,
    Vector *sides) {
  if (batch->offsets) {
    Vector offset[MOST], own, sum = {0};
    for (size_t i = 0; i < n; i++) {
      load(&own, batch->offsets + i * batch->stride + first, present);
      sum += own;
      offset[i] = sum;
    }
    for (size_t i = 0; i < n; i++) {
      sides[i] -= matrix[ENTRY(i, i)] * offset[i];
      for (size_t j = 0; j < i; j++) {
        sides[i] -= matrix[ENTRY(i, j)] * offset[j];
        sides[j] -= matrix[ENTRY(i, j)] * offset[i];
      }
    }
  }
  const double s = batch->implicit_seconds;
  for (size_t i = 0; i < n; i++) {
    matrix[ENTRY(i, i)] += s * (arm->damping[i] + arm->damping[i + 1]);
    if (i > 0) matrix[ENTRY(i, i - 1)] -= s * arm->damping[i];
  }
}

INLINE void accelerate(
    const size_t n, const Arm *arm, const Batch *batch, size_t first, size_t present) {
  const size_t stride = batch->stride;
  Vector sine[MOST], cosine[MOST], rate[MOST], sides[MOST], matrix[ENTRY(MOST, 0)];
  Vector own, torque, angle = {0}, sum = {0};
  for (size_t i = 0; i < n; i++) {
    load(&own, batch->states + i * stride + first, present);
    angle += own;
    sine_cosine(&angle, &sine[i], &cosine[i]);
    load(&own, batch->states + (n + i) * stride + first, present);
    sum += own;
    rate[i] = sum;
    load(&torque, batch->actions + i * batch->action_stride + first, present);
    torque -= arm->damping[i] * own;
    sides[i] = torque - arm->weight[i] * sine[i];
    if (i > 0) sides[i - 1] -= torque;
  }
  for (size_t i = 0; i < n; i++) {
    matrix[ENTRY(i, i)] = (Vector){0} + arm->coupling[ENTRY(i, i)];
    for (size_t j = 0; j < i; j++) {
      const double coupling = arm->coupling[ENTRY(i, j)];
      matrix[ENTRY(i, j)] = coupling * (cosine[i] * cosine[j] + sine[i] * sine[j]);
      Vector centrifugal = coupling * (sine[i] * cosine[j] - cosine[i] * sine[j]);
      sides[i] -= centrifugal * rate[j] * rate[j];
      sides[j] += centrifugal * rate[i] * rate[i];
    }
  }
  apply_implicit(n, arm, batch, first, present, matrix, sides);
  solve(n, matrix, sides);
  for (size_t i = 0; i < n; i++) {
    own = sides[i];
    if (i > 0) own -= sides[i - 1];
    store(batch->accelerations + i * stride + first, &own, present);
  }
}

INLINE void accelerate_all(const size_t n, const double *parameters, const Batch *batch) {
  const Arm arm = arm_of(n, parameters);
  size_t first = 0;
  for (; first + LANES <= batch->count; first += LANES) accelerate(n, &arm, batch, first, LANES);
  if (first < batch->count) accelerate(n, &arm, batch, first, batch->count - first);
}

FOR_EACH_INSTRUCTION_SET
void handful_planar_arm(size_t joints, size_t count, size_t stride, const double *states,
                        const double *actions, size_t action_stride, const double *parameters,
                        double implicit_seconds, const double *offsets, double *accelerations) {
  const Batch batch = {count, stride, action_stride, states, actions, offsets, implicit_seconds,
                       accelerations};
  switch (joints) {
    case 2: accelerate_all(2, parameters, &batch); break;
    case 3: accelerate_all(3, parameters, &batch); break;
    case 4: accelerate_all(4, parameters, &batch); break;
    case 5: accelerate_all(5, parameters, &batch); break;
    default: break;
  }
}
