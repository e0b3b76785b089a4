// The C interface by which any simulator can be a robot's prior model.
//
// Build a shared library that exports `handful_simulator`, and name it in the robot's description:
//
//     prior:
//       model: my-arm
//       library: my-arm.so          # relative to the description's folder
//       parameters: { mass: { nominal: 1 kg, lower: 0.5 kg, upper: 2 kg } }
//
//     cc -O2 -shared -fPIC -I Sources/CSimulator/include my-arm.c -o my-arm.so
//
// A library is code that runs in Handful's own process: load only what you would run.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define HANDFUL_SIMULATOR_VERSION 1

typedef struct HandfulSimulator {
  // HANDFUL_SIMULATOR_VERSION.
  uint32_t version;
  // Twice the number of joints: all positions (rad or m), then all velocities (rad/s or m/s).
  uint32_t state_dimensions;
  // The number of motors; an action is the effort of each (N m or N).
  uint32_t action_dimensions;
  uint32_t parameter_count;
  // `parameter_count` names, as the description gives them.
  const char *const *parameter_names;
  // Writes the states that follow `count` states after `period_seconds` under constant actions.
  //
  // Arrays are stored a dimension at a time: dimension d of member b is entry d * stride + b, for
  // `states`, `actions` and `next` alike; `next` may be `states`. `parameters` are in the order of
  // `parameter_names`, in the units of the description. What is written for a member depends on
  // that member alone. Called from several threads at once, so it keeps no state of its own.
  //
  // Returns 0, or another number when it cannot answer for one of the members; each of them is then
  // asked about alone. A member that it cannot answer for, or that diverges, is NaN. Such answers are
  // refused while parameters are fitted; in a rollout the prior then says that the state stays as it
  // is. Nothing may be thrown from here, C++ exceptions included: that ends the program.
  int32_t (*advance)(size_t count, size_t stride, const double *states, const double *actions,
                     const double *parameters, double period_seconds, double *next);
} HandfulSimulator;

// What the library exports. The structure lives as long as the library is loaded.
const HandfulSimulator *handful_simulator(void);

typedef const HandfulSimulator *(*HandfulSimulatorFunction)(void);
