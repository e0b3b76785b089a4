#ifndef ROLLOUT_YARDSTICK_H
#define ROLLOUT_YARDSTICK_H

// The yardstick: rollouts of a policy in Gaussian-process dynamics of a cart-pole, one at a time, as
// published C++ code for policy search does them: a kernel value a call, Eigen's vectors and matrices,
// one rollout a thread.

#ifdef __cplusplus
extern "C" {
#endif

/// Training data and hyperparameters. Inputs are x, cos, sin, velocity, rate, force; outputs are the
/// changes of the four states.
typedef struct {
  int points;
  const double *inputs;            // points x 6, a point's inputs side by side
  const double *targets;           // 4 x points
  const double *means;             // 4
  const double *lengthscales;      // 4 x 6
  const double *signal_variances;  // 4
  const double *noise_variances;   // 4
} yardstick_data;

/// What all rollouts have in common.
typedef struct {
  int steps;
  int hidden;
  double initial[4];
  double position_scale;
  double velocity_scales[2];
  double force_limit;
  double pole_length;
  double reward_width;
} yardstick_task;

/// Conditions the processes on the data.
void *yardstick_make(const yardstick_data *data);
void yardstick_free(void *model);

/// Mean and variance of each output at one input.
void yardstick_predict(const void *model, const double *input, double *mean, double *variance);

/// The mean reward a step of `count` rollouts, one weight vector each.
///
/// weights: count x weight_count; normals: count x steps x 4, a standard normal number a step and
/// state.
void yardstick_rollouts(const void *model, const yardstick_task *task, int count,
                        const double *weights, int weight_count, const double *normals, int threads,
                        double *returns);

#ifdef __cplusplus
}
#endif

#endif
