/*
 * A simulated pendulum for the emulators: what the motor drives and the encoder turns with.
 *
 * The pendulum of calibration/pendulum/robot.yaml: a uniform rod, angle 0 hanging down,
 *   (m l^2 / 3) a = torque - b v - (m g l / 2) sin(angle).
 * Never part of an image for a real robot.
 */
#ifndef PENDULUM_PLANT_H
#define PENDULUM_PLANT_H

#include <stdint.h>

struct pendulum_plant {
  float angle;    /* rad, not wrapped */
  float velocity; /* rad/s */
};

/* Hangs the pendulum down, at rest. */
void pendulum_plant_start(struct pendulum_plant *plant);

/* Lets one millisecond pass under a torque in N m. */
void pendulum_plant_step(struct pendulum_plant *plant, float torque);

/* The encoder's count at the plant's angle, with so many counts in a turn. */
int32_t pendulum_plant_count(const struct pendulum_plant *plant, float counts_per_turn);

#endif
