// MuJoCo behind a guard: what it would end the process for, or write to a log file, becomes an answer.
//
// MuJoCo reports a failure in its engine through `mju_user_error`, and does not expect that to
// return. Every call here that may fail sets a place to jump back to first, a thread's own, so that
// the handler leaves the engine and the caller learns of it. Its warnings, which by default go to
// MUJOCO_LOG.TXT in the working directory, are dropped: those that matter are counted in `mjData`, and
// `handful_mujoco_advance` answers for them.
#pragma once

#include <mujoco/mujoco.h>
#include <stddef.h>
#include <stdint.h>

// Where a robot's states and actions lie in a model.
typedef struct HandfulMuJoCoWiring {
  size_t joint_count;
  size_t action_count;
  // Of each joint: its places in `qpos` and in `qvel`.
  const int32_t *position_places;
  const int32_t *velocity_places;
  // Of each action: the actuator whose `ctrl` it is, or -1 for a joint without an actuator, whose
  // place in `qfrc_applied` it is then.
  const int32_t *actuators;
  const int32_t *effort_places;
} HandfulMuJoCoWiring;

// Reads MJCF or URDF. One thread at a time reads; others wait.
//
// Returns null, with the reason in `message`, for a file that can't be read.
mjModel *handful_mujoco_load(const char *path, char *message, size_t capacity);

// A copy of a model, and working memory for a model; null, with the reason in `message`, when memory
// is short.
mjModel *handful_mujoco_copy(const mjModel *model, char *message, size_t capacity);
mjData *handful_mujoco_make_data(const mjModel *model, char *message, size_t capacity);

// Reckons anew what in a model depends on the fields that were changed. Returns 0, or -1 when the
// engine refuses the model.
int32_t handful_mujoco_settle(mjModel *model, mjData *data);

// Writes the states that follow `count` states after `steps` steps of the model's own length under
// constant actions. Entry d * stride + b is dimension d of member b; `next` may be `states`.
//
// A member whose course diverges, or that the engine can't follow (a singular inertia, more contacts
// than there is room for), becomes NaN in all its dimensions. What is written for a member depends on
// that member alone. Allocates nothing.
void handful_mujoco_advance(const mjModel *model, mjData *data, const HandfulMuJoCoWiring *wiring,
                            size_t count, size_t stride, const double *states,
                            const double *actions, size_t steps, double *next);
