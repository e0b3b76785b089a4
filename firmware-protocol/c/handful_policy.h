/*
 * A learnt policy on the microcontroller itself, in single precision.
 *
 *     handful export --store FILE --format c --out swing_up_policy.h
 *
 * writes the policy's numbers; handful_policy_decide() turns a state into an action. It uses nothing but
 * IEEE 754 single precision's +, -, *, / and rounding to nearest, each in a fixed order and none fused,
 * so that every compiler and processor that has those gives the same bits, and the host can tell
 * beforehand what the robot will do. It wants neither the C library's mathematics nor an FPU.
 *
 * Call it once a period (period_us), count the periods of the trial in `step`, and hold the action
 * between two calls. Limits, watchdog and stop button stay what they are: an action is an effort that
 * has yet to pass them.
 */
#ifndef HANDFUL_POLICY_H
#define HANDFUL_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The most inputs (features and harmonics, or deviations from a trajectory), and the most hidden units
 * or bells. */
#ifndef HANDFUL_POLICY_MAXIMUM_INPUTS
#define HANDFUL_POLICY_MAXIMUM_INPUTS 24u
#endif
#ifndef HANDFUL_POLICY_MAXIMUM_HIDDEN
#define HANDFUL_POLICY_MAXIMUM_HIDDEN 64u
#endif

/* Beyond this many rad an angle's sine has lost its digits. */
#define HANDFUL_POLICY_GREATEST_ANGLE 4096.0f

/* A policy, as its exported header describes it. */
struct handful_policy {
  uint8_t joints;
  uint8_t actions;
  /* Units of the hidden layer; 0 when there is none. */
  uint8_t hidden;
  /* Bells of a radial policy; 0 for other policies. */
  uint8_t centres;
  /* Harmonics of a periodic policy; 0 for other policies. */
  uint8_t harmonics;
  /* Whether each joint turns (1) or slides (0). */
  const uint8_t *turns;
  /* Steps of a trajectory; 0 for other policies. */
  uint16_t steps;
  /* What a periodic policy's phase moves a step, in 2^-32 turns. */
  uint32_t turn;
  /* How long an action is held, in microseconds. */
  uint32_t period_us;
  /* What each state is multiplied by: positions (1 for an angle), then velocities. */
  const float *factors;
  /* The limit of each action, N m or N. */
  const float *limits;
  /* The weights: for each unit of each layer its inputs' and then its bias; of a radial
   * policy before them one over the bells' width for each feature, then each centre's features; for a
   * trajectory, for each step the state, then for each action the deviations' and then the bias. */
  const float *weights;
};

/*
 * Decides on a state: the positions of the joints (rad or m), then their velocities.
 *
 * Writes one effort an actuated joint, within its limit. Returns false, and writes zeros, when the
 * state is not made of finite numbers, an angle is beyond HANDFUL_POLICY_GREATEST_ANGLE, or the policy
 * is larger than the sizes above.
 */
bool handful_policy_decide(const struct handful_policy *policy, uint16_t step, const float *state,
                           float *action);

/* tanh and, of an angle in rad, cosine and sine: what the policy is made of. */
float handful_policy_tanh(float x);
void handful_policy_cos_sin(float angle, float *cosine, float *sine);

#ifdef __cplusplus
}
#endif

#endif
