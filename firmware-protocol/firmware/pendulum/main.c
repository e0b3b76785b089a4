/*
 * The firmware of a driven pendulum, for any board with a HAL: what calibration/pendulum/robot.yaml
 * describes. The protocol, the limits, the protocol's watchdog and the latched faults are in
 * ../c/handful_robot.c; here are the pendulum's sensor and motor, and the loop.
 */
#include "hal.h"
#include "handful_robot.h"
#include "velocity.h"

#define RADIANS_PER_COUNT (6.28318531f / (float)HAL_ENCODER_COUNTS_PER_TURN)

static void read_sensors(void *context, float *positions, float *velocities) {
  (void)context;
  int32_t readings[HAL_ENCODER_READINGS];
  hal_encoder_readings(readings);
  velocities[0] = velocity_counts_per_second(readings) * RADIANS_PER_COUNT;
  positions[0] = (float)hal_encoder_count() * RADIANS_PER_COUNT;
  /* No number: the protocol's way to say that the sensor can't be believed. */
  if (!hal_encoder_is_sound()) { positions[0] = 0.0f / 0.0f; }
}

static void set_efforts(void *context, const float *efforts) {
  (void)context;
  hal_motor_enable(true);
  hal_motor_set(efforts[0] / HAL_FULL_SCALE_NEWTON_METRES);
}

static void disable_actuators(void *context) {
  (void)context;
  hal_motor_enable(false);
}

static const struct handful_joint joints[] = {{.name = "shoulder",
                                               .kind = HANDFUL_JOINT_REVOLUTE,
                                               .is_actuated = true,
                                               .effort_capability = HAL_FULL_SCALE_NEWTON_METRES}};

static const struct handful_description description = {.robot_name = "pendulum",
                                                       .firmware_version = FIRMWARE_VERSION,
                                                       .control_period_us = 10000u,
                                                       .watchdog_ms = 100u,
                                                       .joint_count = 1u,
                                                       .joints = joints};

static const struct handful_hooks hooks = {.read_sensors = read_sensors,
                                           .set_efforts = set_efforts,
                                           .disable_actuators = disable_actuators};

static struct handful_robot robot;

int main(void) {
  hal_start();
  /* Ends the frame that a reset may have cut, or the host would take this boot's hello for its rest. */
  hal_line_send(0u);
  if (handful_robot_init(&robot, &description, &hooks, hal_boot_counter(),
                         hal_time_microseconds()) != HANDFUL_STATUS_OK) {
    /* Silent and off: the description was changed to what can't be. */
    for (;;) { hal_feed_watchdog(); }
  }
  for (;;) {
    hal_feed_watchdog();
    int byte = hal_line_receive();
    while (byte >= 0) {
      handful_robot_receive_byte(&robot, (uint8_t)byte, hal_time_microseconds());
      byte = hal_line_receive();
    }
    handful_robot_set_stop_button(&robot, hal_stop_is_pressed(), hal_time_microseconds());
    (void)handful_robot_update(&robot, hal_time_microseconds());
    uint8_t next = 0u;
    while (hal_line_has_room() && handful_robot_next_byte(&robot, &next)) { hal_line_send(next); }
    hal_wait();
  }
}
