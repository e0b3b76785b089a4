/*
 * What the pendulum's firmware wants of a board. A port to another microcontroller is one file that
 * defines these functions; boards/ holds two, README.md says what each must promise.
 *
 * All are called from the main loop, none from an interrupt. None waits, but for hal_wait().
 */
#ifndef PENDULUM_HAL_H
#define PENDULUM_HAL_H

#include <stdbool.h>
#include <stdint.h>

/* The encoder's counts in one turn: all four edges of a 4096-line quadrature encoder. */
#define HAL_ENCODER_COUNTS_PER_TURN 16384L

/* The torque that the motor's driver gives at full scale, in N m. */
#define HAL_FULL_SCALE_NEWTON_METRES 2.5f

/* The encoder is read once a millisecond into a ring of so many readings, the newest included. */
#define HAL_ENCODER_READINGS 21u

/* MARK: The board */

/* Starts clocks, the serial line, the encoder, and the board's own watchdog, with the motor off. */
void hal_start(void);

/* A number that differs from boot to boot. */
uint32_t hal_boot_counter(void);

/* Microseconds since hal_start(), monotonic. */
uint64_t hal_time_microseconds(void);

/*
 * Tells the board's own watchdog that the main loop runs. If it isn't told for long, the board turns
 * the motor off by itself and resets: that is for a firmware that hangs, where the protocol's
 * watchdog is for a host that is silent.
 */
void hal_feed_watchdog(void);

/* Sleeps until the next interrupt: 250 us at most, so that the loop comes round often enough. */
void hal_wait(void);

/* MARK: The serial line */

/* Takes one byte that was received; -1 when there is none. */
int hal_line_receive(void);

/* Whether there is room for another byte to be sent. */
bool hal_line_has_room(void);

/* Queues a byte to be sent; only where there is room. */
void hal_line_send(uint8_t byte);

/* MARK: The pendulum */

/* The encoder's count now; 0 where it was at hal_start(), positive counter-clockwise. */
int32_t hal_encoder_count(void);

/* The last readings, one a millisecond, oldest first. */
void hal_encoder_readings(int32_t readings[HAL_ENCODER_READINGS]);

/*
 * Whether every edge so far was one that a quadrature encoder can make. Once false it stays so: edges
 * were missed, and nobody knows where the pendulum is until it hangs at rest and the board is reset.
 */
bool hal_encoder_is_sound(void);

/* Turns the motor's driver on, at zero torque, or off at once. */
void hal_motor_enable(bool on);

/* The torque, as a share of full scale from -1 to 1. */
void hal_motor_set(float share);

/* Whether the stop button is pressed, or its wire is broken. */
bool hal_stop_is_pressed(void);

#endif
