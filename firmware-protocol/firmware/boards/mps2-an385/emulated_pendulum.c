/*
 * The encoder, motor and stop button of a board that has none: a simulated pendulum, compiled into
 * the emulator's image only. It moves in the timer's interrupt, by the board's clock.
 *
 * Its bench is UART1. The bench says in one letter each
 *   p, r  press, release the stop button
 *   e     the encoder skips, as one with a broken wire does
 *   h     the firmware hangs
 *   b     the board is reset
 *   s     tell the pendulum's angle in urad, its velocity in urad/s, the torque in uN m
 * and is told, in a line each, when the firmware starts, when the motor goes on and off, and when
 * p, h and b were obeyed, in microseconds since the start.
 */
#include "hal.h"
#include "mps2_an385.h"
#include "pendulum_plant.h"

void bench_received_interrupt(void);

static struct pendulum_plant plant;
static uint64_t plant_microseconds;
static volatile float torque;
static volatile bool is_motor_on;
static volatile bool is_stop_pressed;
static volatile bool is_encoder_sound = true;

static int32_t readings_ring[HAL_ENCODER_READINGS];
static uint8_t oldest_reading;

/* MARK: The bench */

static void tell_text(const char *text) {
  for (; *text != '\0'; text++) {
    while ((UART1->state & UART_TRANSMITTER_FULL) != 0u) {}
    UART1->data = (uint8_t)*text;
  }
}

static void tell_number(int64_t number) {
  char digits[21];
  uint8_t first = sizeof digits - 1u;
  uint64_t rest = number < 0 ? (uint64_t)-number : (uint64_t)number;
  digits[first] = '\0';
  do {
    digits[--first] = (char)('0' + (char)(rest % 10u));
    rest /= 10u;
  } while (rest != 0u);
  tell_text(number < 0 ? " -" : " ");
  tell_text(&digits[first]);
}

static void tell_event(const char *what) {
  tell_text(what);
  tell_number((int64_t)hal_time_microseconds());
  tell_text("\n");
}

void bench_received_interrupt(void) {
  UART1->interrupt = 2u;
  switch (UART1->data) {
    case 'p':
      tell_event("stop pressed");
      is_stop_pressed = true;
      break;
    case 'r': is_stop_pressed = false; break;
    case 'e': is_encoder_sound = false; break;
    case 'h':
      tell_event("hang");
      for (;;) {}
    case 'b':
      tell_event("reset");
      RESET_CONTROL = 0x05FA0004UL;
      break;
    case 's':
      tell_text("state");
      tell_number((int64_t)(plant.angle * 1e6f));
      tell_number((int64_t)(plant.velocity * 1e6f));
      tell_number((int64_t)(torque * 1e6f));
      tell_text("\n");
      break;
    default: break;
  }
}

/* MARK: The pendulum */

void emulated_pendulum_start(void) {
  pendulum_plant_start(&plant);
  UART1->divider = 16u;
  UART1->control = 0xBu;
  tell_event("start");
}

/* An emulator that was held up owes several steps: the world doesn't wait for it. */
void emulated_pendulum_advance(uint64_t now) {
  while (plant_microseconds + 1000u <= now) {
    plant_microseconds += 1000u;
    pendulum_plant_step(&plant, torque);
    readings_ring[oldest_reading] =
        pendulum_plant_count(&plant, (float)HAL_ENCODER_COUNTS_PER_TURN);
    oldest_reading++;
    if (oldest_reading == HAL_ENCODER_READINGS) { oldest_reading = 0u; }
  }
}

int32_t hal_encoder_count(void) {
  const uint32_t mask = hold_interrupts();
  const uint8_t newest = oldest_reading == 0u ? HAL_ENCODER_READINGS - 1u : oldest_reading - 1u;
  const int32_t count = readings_ring[newest];
  restore_interrupts(mask);
  return count;
}

void hal_encoder_readings(int32_t readings[HAL_ENCODER_READINGS]) {
  const uint32_t mask = hold_interrupts();
  uint8_t from = oldest_reading;
  for (uint8_t i = 0u; i < HAL_ENCODER_READINGS; i++) {
    readings[i] = readings_ring[from];
    from++;
    if (from == HAL_ENCODER_READINGS) { from = 0u; }
  }
  restore_interrupts(mask);
}

bool hal_encoder_is_sound(void) { return is_encoder_sound; }

/* MARK: The motor */

void emulated_motor_cut(void) {
  torque = 0.0f;
  if (is_motor_on) {
    is_motor_on = false;
    tell_event("motor off");
  }
}

void hal_motor_enable(bool on) {
  const uint32_t mask = hold_interrupts();
  if (!on) {
    emulated_motor_cut();
  } else if (!is_motor_on) {
    torque = 0.0f;
    is_motor_on = true;
    tell_event("motor on");
  }
  restore_interrupts(mask);
}

void hal_motor_set(float share) {
  const uint32_t mask = hold_interrupts();
  if (is_motor_on) { torque = share * HAL_FULL_SCALE_NEWTON_METRES; }
  restore_interrupts(mask);
}

bool hal_stop_is_pressed(void) { return is_stop_pressed; }
