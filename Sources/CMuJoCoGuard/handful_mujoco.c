#include "handful_mujoco.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Where the engine is left to when it fails, and what it said; a thread's own.
static _Thread_local jmp_buf *place_to_return;
static _Thread_local char last_message[1000];

static void on_error(const char *message) {
  snprintf(last_message, sizeof last_message, "%s", message ? message : "unknown");
  if (place_to_return) longjmp(*place_to_return, 1);
  // No call outside this file leads here.
  fprintf(stderr, "MuJoCo: %s\n", last_message);
  abort();
}

static void on_warning(const char *message) { (void)message; }

static void install_handlers(void) {
  mju_user_error = on_error;
  mju_user_warning = on_warning;
}

static void prepare(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, install_handlers);
}

static void copy_message(char *message, size_t capacity, const char *text) {
  if (capacity > 0) snprintf(message, capacity, "%s", text);
}

mjModel *handful_mujoco_load(const char *path, char *message, size_t capacity) {
  static pthread_mutex_t reading = PTHREAD_MUTEX_INITIALIZER;
  prepare();
  mjModel *volatile model = NULL;
  char reason[1000] = "";
  jmp_buf place;
  pthread_mutex_lock(&reading);
  if (setjmp(place) == 0) {
    place_to_return = &place;
    model = mj_loadXML(path, NULL, reason, sizeof reason);
  } else {
    snprintf(reason, sizeof reason, "%s", last_message);
  }
  place_to_return = NULL;
  pthread_mutex_unlock(&reading);
  if (!model) copy_message(message, capacity, reason);
  return model;
}

mjModel *handful_mujoco_copy(const mjModel *model, char *message, size_t capacity) {
  prepare();
  mjModel *volatile copy = NULL;
  jmp_buf place;
  if (setjmp(place) == 0) {
    place_to_return = &place;
    copy = mj_copyModel(NULL, model);
  }
  place_to_return = NULL;
  if (!copy) copy_message(message, capacity, "there is no memory for another copy");
  return copy;
}

mjData *handful_mujoco_make_data(const mjModel *model, char *message, size_t capacity) {
  prepare();
  mjData *volatile data = NULL;
  jmp_buf place;
  if (setjmp(place) == 0) {
    place_to_return = &place;
    data = mj_makeData(model);
  }
  place_to_return = NULL;
  if (!data) copy_message(message, capacity, "there is no memory to simulate it in");
  return data;
}

int32_t handful_mujoco_settle(mjModel *model, mjData *data) {
  prepare();
  volatile int32_t result = -1;
  jmp_buf place;
  if (setjmp(place) == 0) {
    place_to_return = &place;
    mj_resetData(model, data);
    mj_setConst(model, data);
    mj_resetData(model, data);
    result = 0;
  }
  place_to_return = NULL;
  return result;
}

// Whether the engine noted something that makes its answer worthless. It puts a diverged state back
// to the start by itself, which would look like an answer.
static int is_spoilt(const mjData *data) {
  static const int kinds[] = {mjWARN_INERTIA, mjWARN_CONTACTFULL, mjWARN_CNSTRFULL, mjWARN_BADQPOS,
                              mjWARN_BADQVEL, mjWARN_BADQACC,     mjWARN_BADCTRL};
  for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
    if (data->warning[kinds[k]].number) return 1;
  }
  return 0;
}

void handful_mujoco_advance(const mjModel *model, mjData *data, const HandfulMuJoCoWiring *wiring,
                            size_t count, size_t stride, const double *states,
                            const double *actions, size_t steps, double *next) {
  const size_t joints = wiring->joint_count;
  prepare();
  for (volatile size_t member = 0; member < count; member++) {
    const size_t b = member;
    volatile int answered = 0;
    jmp_buf place;
    if (_setjmp(place) == 0) {
      place_to_return = &place;
      for (size_t j = 0; j < joints; j++) {
        data->qpos[wiring->position_places[j]] = states[j * stride + b];
        data->qvel[wiring->velocity_places[j]] = states[(joints + j) * stride + b];
      }
      for (size_t a = 0; a < wiring->action_count; a++) {
        const double effort = actions[a * stride + b];
        if (wiring->actuators[a] >= 0) {
          data->ctrl[wiring->actuators[a]] = effort;
        } else {
          data->qfrc_applied[wiring->effort_places[a]] = effort;
        }
      }
      // What the engine keeps from step to step, beside the state, begins anew with each member.
      data->time = 0;
      memset(data->qacc_warmstart, 0, sizeof(mjtNum) * (size_t)model->nv);
      for (size_t step = 0; step < steps && !is_spoilt(data); step++) mj_step(model, data);
      answered = !is_spoilt(data);
    }
    place_to_return = NULL;
    for (size_t j = 0; j < joints; j++) {
      next[j * stride + b] = answered ? data->qpos[wiring->position_places[j]] : NAN;
      next[(joints + j) * stride + b] = answered ? data->qvel[wiring->velocity_places[j]] : NAN;
    }
    // A course that broke off leaves anything behind.
    if (!answered) mj_resetData(model, data);
  }
}
