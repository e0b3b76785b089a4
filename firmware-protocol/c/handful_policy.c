/*
 * See handful_policy.h. The functions sum, product and quotient keep a compiler from fusing or widening
 * what must be rounded after every operation; the host's copy does the same operations in the same order.
 */
#include "handful_policy.h"

#include <string.h>

static float sum(float a, float b) {
  volatile float result = a + b;
  return result;
}

static float product(float a, float b) {
  volatile float result = a * b;
  return result;
}

static float quotient(float a, float b) {
  volatile float result = a / b;
  return result;
}

/* 2^n for -126 <= n <= 127. */
static float power_of_two(int32_t n) {
  const uint32_t bits = (uint32_t)(n + 127) << 23;
  float result;
  (void)memcpy(&result, &bits, sizeof result);
  return result;
}

/* The nearest whole number, halves away from zero. */
static int32_t nearest(float x) {
  return (x < 0.0f) ? (int32_t)sum(x, -0.5f) : (int32_t)sum(x, 0.5f);
}

/* Horner's rule: c[0] + x (c[1] + x (...)). */
static float polynomial(float x, const float *coefficients, uint8_t count) {
  float value = coefficients[count - 1u];
  for (uint8_t i = (uint8_t)(count - 1u); i > 0u; i--) {
    value = sum(product(value, x), coefficients[i - 1u]);
  }
  return value;
}

/* exp(x) for 0 <= x <= 20: x = n ln 2 + r, and Taylor's series of exp(r). */
static float exponential(float x) {
  static const float series[] = {1.0f, 1.0f, 0.5f, 0.166666672f, 0.0416666679f, 0.00833333377f, 0.00138888892f};
  const int32_t n = nearest(product(x, 1.44269502f));
  const float count = (float)n;
  /* ln 2 in two parts; the first has few enough digits that n times it is exact. */
  float r = sum(x, -product(count, 0.693359375f));
  r = sum(r, product(count, 0.000212194442f));
  return product(polynomial(r, series, 7u), power_of_two(n));
}

float handful_policy_tanh(float x) {
  const float size = (x < 0.0f) ? -x : x;
  if (size > 9.5f) { return (x < 0.0f) ? -1.0f : 1.0f; }
  const float result = sum(1.0f, -quotient(2.0f, sum(exponential(sum(size, size)), 1.0f)));
  return (x < 0.0f) ? -result : result;
}

void handful_policy_cos_sin(float angle, float *cosine, float *sine) {
  static const float cosines[] = {1.0f, -0.5f, 0.0416666679f, -0.00138888892f, 0.0000248015876f};
  static const float sines[] = {1.0f, -0.166666672f, 0.00833333377f, -0.000198412701f, 0.00000275573188f};
  const int32_t n = nearest(product(angle, 0.636619747f));
  const float count = (float)n;
  /* A quarter turn in three parts, of which the first two have few digits. */
  float r = sum(angle, -product(count, 1.5703125f));
  r = sum(r, -product(count, 0.000483751297f));
  r = sum(r, -product(count, 0.0000000754978942f));
  const float square = product(r, r);
  const float c = polynomial(square, cosines, 5u);
  const float s = product(r, polynomial(square, sines, 5u));
  switch ((uint32_t)n & 3u) {
    case 0u: *cosine = c; *sine = s; break;
    case 1u: *cosine = -s; *sine = c; break;
    case 2u: *cosine = -c; *sine = -s; break;
    default: *cosine = s; *sine = -c; break;
  }
}

/* An angle less its whole turns, from -pi to pi; a turn is in three parts too. */
static float without_turns(float angle) {
  const float turns = (float)nearest(product(angle, 0.159154937f));
  float r = sum(angle, -product(turns, 6.28125f));
  r = sum(r, -product(turns, 0.00193500519f));
  return sum(r, -product(turns, 0.000000301991577f));
}

/* Whether a number is finite and its size at most `most`; false for no number. */
static bool is_within(float x, float most) { return (x >= -most) && (x <= most); }

/* One layer: for each unit its bias and the weighted inputs, in their order. */
static const float *layer(const float *weights, const float *inputs, uint8_t input_count, float *outputs,
                          uint8_t output_count) {
  for (uint8_t o = 0u; o < output_count; o++) {
    float value = weights[input_count];
    for (uint8_t i = 0u; i < input_count; i++) { value = sum(value, product(weights[i], inputs[i])); }
    outputs[o] = value;
    weights += input_count + 1u;
  }
  return weights;
}

/* The bells of a radial policy: exp(-q), of which nothing is left beyond q = 20. */
static const float *bells(const struct handful_policy *policy, const float *inputs, uint8_t input_count,
                          float *units) {
  const float *sharpness = policy->weights;
  const float *centre = sharpness + input_count;
  for (uint8_t k = 0u; k < policy->centres; k++) {
    float q = 0.0f;
    for (uint8_t i = 0u; i < input_count; i++) {
      const float distance = product(sharpness[i], sum(inputs[i], -centre[i]));
      q = sum(q, product(product(0.5f, distance), distance));
    }
    /* A q that is no number leaves nothing either. */
    units[k] = (q <= 20.0f) ? quotient(1.0f, exponential(q)) : 0.0f;
    centre += input_count;
  }
  return centre;
}

/* The cosines and sines of a periodic policy's phase, which counts whole 2^-32 turns and so never drifts;
 * its upper 24 bits are exact in single precision. */
static void clock_inputs(const struct handful_policy *policy, uint16_t step, float *inputs) {
  const uint32_t phase = (uint32_t)step * policy->turn;
  for (uint8_t h = 0u; h < policy->harmonics; h++) {
    const int32_t upper = (int32_t)((phase * (uint32_t)(h + 1u)) >> 8);
    const float turns = (float)((upper < 8388608) ? upper : (upper - 16777216));
    handful_policy_cos_sin(product(turns, 0.000000374507022f), &inputs[2u * h], &inputs[2u * h + 1u]);
  }
}

/* The features of a state: an angle's cosine and sine, a position times its factor, the velocities. */
static uint8_t features(const struct handful_policy *policy, const float *state, float *inputs) {
  uint8_t count = 0u;
  for (uint8_t j = 0u; j < policy->joints; j++) {
    if (policy->turns[j] != 0u) {
      handful_policy_cos_sin(state[j], &inputs[count], &inputs[count + 1u]);
      count = (uint8_t)(count + 2u);
    } else {
      inputs[count] = product(state[j], policy->factors[j]);
      count++;
    }
  }
  for (uint8_t j = policy->joints; j < (uint8_t)(2u * policy->joints); j++) {
    inputs[count] = product(state[j], policy->factors[j]);
    count++;
  }
  return count;
}

bool handful_policy_decide(const struct handful_policy *policy, uint16_t step, const float *state,
                           float *action) {
  float inputs[HANDFUL_POLICY_MAXIMUM_INPUTS];
  float units[HANDFUL_POLICY_MAXIMUM_HIDDEN];
  const uint8_t states = (uint8_t)(2u * policy->joints);
  bool is_usable = (3u * policy->joints + 2u * policy->harmonics <= HANDFUL_POLICY_MAXIMUM_INPUTS) &&
                   (policy->hidden <= HANDFUL_POLICY_MAXIMUM_HIDDEN) &&
                   (policy->centres <= HANDFUL_POLICY_MAXIMUM_HIDDEN);
  for (uint8_t d = 0u; is_usable && (d < states); d++) {
    const bool is_angle = (d < policy->joints) && (policy->turns[d] != 0u);
    is_usable = is_within(state[d], is_angle ? HANDFUL_POLICY_GREATEST_ANGLE : 3.0e38f);
  }
  if (!is_usable) {
    for (uint8_t a = 0u; a < policy->actions; a++) { action[a] = 0.0f; }
    return false;
  }

  const float *weights = policy->weights;
  uint8_t count = states;
  if (policy->steps > 0u) {
    const uint16_t entry = (step < policy->steps) ? step : (uint16_t)(policy->steps - 1u);
    weights += (uint32_t)entry * (states + policy->actions * (states + 1u));
    for (uint8_t d = 0u; d < states; d++) {
      const bool is_angle = (d < policy->joints) && (policy->turns[d] != 0u);
      const float difference = sum(state[d], -weights[d]);
      inputs[d] = product(is_angle ? without_turns(difference) : difference, policy->factors[d]);
    }
    weights += states;
  } else {
    count = features(policy, state, inputs);
    clock_inputs(policy, step, &inputs[count]);
    count = (uint8_t)(count + 2u * policy->harmonics);
  }

  const float *last = inputs;
  if (policy->hidden > 0u) {
    weights = layer(weights, inputs, count, units, policy->hidden);
    for (uint8_t h = 0u; h < policy->hidden; h++) { units[h] = handful_policy_tanh(units[h]); }
    last = units;
    count = policy->hidden;
  } else if (policy->centres > 0u) {
    weights = bells(policy, inputs, count, units);
    last = units;
    count = policy->centres;
  } else {
    /* The inputs themselves are weighed. */
  }
  (void)layer(weights, last, count, action, policy->actions);
  for (uint8_t a = 0u; a < policy->actions; a++) {
    action[a] = product(handful_policy_tanh(action[a]), policy->limits[a]);
  }
  return true;
}
