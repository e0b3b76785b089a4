/* The speed of an encoder from its counts, without a filter that lags. */
#ifndef PENDULUM_VELOCITY_H
#define PENDULUM_VELOCITY_H

#include "hal.h"

/*
 * Counts a second at the newest of the readings, which are 1 ms apart, oldest first.
 *
 * It is the slope, at the newest reading, of the parabola that fits all of them best (least squares;
 * Savitzky & Golay 1964, at the end point). Unlike a difference it doesn't lag while the pendulum
 * accelerates evenly. It is exactly zero while the encoder stands still.
 */
float velocity_counts_per_second(const int32_t readings[HAL_ENCODER_READINGS]);

#endif
