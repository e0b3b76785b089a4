/*
 * The board: an ATmega2560 at 16 MHz, such as an Arduino Mega 2560.
 *
 *   PE0, PE1  pins 0, 1  serial line to the host, 500 000 baud (exact at 16 MHz; 460 800 isn't)
 *   PE4, PE5  pins 2, 3  encoder A and B, pulled up
 *   PG5       pin 4      stop button, normally closed to ground, pulled up: a broken wire stops too
 *   PB4       pin 10     motor driver: enable
 *   PB5       pin 11     motor driver: magnitude, 4 kHz PWM, 10 % for none and 90 % for full scale
 *   PB6       pin 12     motor driver: direction, high for positive torque
 *
 * Interrupts are short, since the encoder makes an edge every 15 us at 25 rad/s and the serial line
 * brings a byte every 20 us. Nothing here needs more time than that with interrupts off.
 */
#include "hal.h"

#include <avr/eeprom.h>
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <avr/wdt.h>
#include <util/atomic.h>

#define ENCODER_A _BV(PE4)
#define ENCODER_B _BV(PE5)
#define STOP _BV(PG5)
#define MOTOR_ENABLE _BV(PB4)
#define MOTOR_PWM _BV(PB5)
#define MOTOR_DIRECTION _BV(PB6)

/* 16 MHz / 4000 = 4 kHz. */
#define PWM_COUNTS 4000u
#define PWM_ZERO (PWM_COUNTS / 10u)
#define PWM_SPAN (PWM_COUNTS - 2u * PWM_ZERO)

/* MARK: Reset */

/* The watchdog stays on through a reset that it caused, at 16 ms: turned off before anything else. */
void stop_watchdog_early(void) __attribute__((naked, used, section(".init3")));
void stop_watchdog_early(void) {
  MCUSR = 0;
  wdt_disable();
}

/* MARK: Time */

/* Timer 3 runs at 2 MHz and begins anew at every 250 us. */
#define TICK_MICROSECONDS 250u

static volatile uint64_t tick_microseconds;
static volatile uint8_t tick_count;

static volatile int32_t encoder_count;
static int32_t readings_ring[HAL_ENCODER_READINGS];
static volatile uint8_t oldest_reading;

ISR(TIMER3_COMPA_vect) {
  tick_microseconds += TICK_MICROSECONDS;
  tick_count++;
  if ((tick_count & 3u) != 0u) { return; }
  uint8_t oldest = oldest_reading;
  readings_ring[oldest] = encoder_count;
  oldest++;
  oldest_reading = oldest == HAL_ENCODER_READINGS ? 0 : oldest;
}

uint64_t hal_time_microseconds(void) {
  uint64_t microseconds = 0;
  uint16_t half_microseconds = 0;
  bool is_tick_due = false;
  ATOMIC_BLOCK(ATOMIC_RESTORESTATE) {
    half_microseconds = TCNT3;
    is_tick_due = (TIFR3 & _BV(OCF3A)) != 0;
    /* Read again: the timer may have begun anew between the two. */
    if (is_tick_due) { half_microseconds = TCNT3; }
    microseconds = tick_microseconds;
  }
  return microseconds + (is_tick_due ? TICK_MICROSECONDS : 0u) + half_microseconds / 2u;
}

void hal_feed_watchdog(void) { wdt_reset(); }

void hal_wait(void) {
  set_sleep_mode(SLEEP_MODE_IDLE);
  sleep_mode();
}

/* MARK: The encoder */

static volatile bool encoder_is_sound = true;
static uint8_t encoder_pins;

ISR(INT4_vect) {
  /* The count's change by the pins before (A 2, B 1) times 4 plus the pins now; 2 for impossible. */
  static const int8_t change[16] = {0, -1, 1, 2, 1, 0, 2, -1, -1, 2, 0, 1, 2, 1, -1, 0};
  const uint8_t port = PINE;
  uint8_t pins = 0;
  if (port & ENCODER_A) { pins |= 2u; }
  if (port & ENCODER_B) { pins |= 1u; }
  const int8_t step = change[(uint8_t)(encoder_pins << 2) | pins];
  encoder_pins = pins;
  if (step == 2) {
    encoder_is_sound = false;
  } else {
    encoder_count += step;
  }
}

ISR(INT5_vect, ISR_ALIASOF(INT4_vect));

int32_t hal_encoder_count(void) {
  int32_t count = 0;
  ATOMIC_BLOCK(ATOMIC_RESTORESTATE) { count = encoder_count; }
  return count;
}

void hal_encoder_readings(int32_t readings[HAL_ENCODER_READINGS]) {
  uint8_t before = 0;
  /* Copied with interrupts on, again if a reading came meanwhile: once more at most, as it takes
   * much less than 1 ms. */
  do {
    before = oldest_reading;
    uint8_t from = before;
    for (uint8_t i = 0; i < HAL_ENCODER_READINGS; i++) {
      readings[i] = readings_ring[from];
      from++;
      if (from == HAL_ENCODER_READINGS) { from = 0; }
    }
  } while (before != oldest_reading);
}

bool hal_encoder_is_sound(void) { return encoder_is_sound; }

/* MARK: The motor */

void hal_motor_enable(bool on) {
  const bool is_on = (PORTB & MOTOR_ENABLE) != 0;
  if (on == is_on) { return; }
  if (on) { hal_motor_set(0.0f); }
  ATOMIC_BLOCK(ATOMIC_RESTORESTATE) {
    if (on) {
      PORTB |= MOTOR_ENABLE;
    } else {
      PORTB &= (uint8_t)~MOTOR_ENABLE;
    }
  }
  if (!on) { hal_motor_set(0.0f); }
}

void hal_motor_set(float share) {
  const bool is_positive = share >= 0.0f;
  float magnitude = is_positive ? share : -share;
  if (!(magnitude <= 1.0f)) { magnitude = magnitude > 1.0f ? 1.0f : 0.0f; }
  const uint16_t compare = PWM_ZERO + (uint16_t)(magnitude * (float)PWM_SPAN + 0.5f);
  ATOMIC_BLOCK(ATOMIC_RESTORESTATE) {
    if (is_positive) {
      PORTB |= MOTOR_DIRECTION;
    } else {
      PORTB &= (uint8_t)~MOTOR_DIRECTION;
    }
    OCR1A = compare - 1u;
  }
}

bool hal_stop_is_pressed(void) { return (PING & STOP) != 0; }

/* MARK: The serial line */

static volatile uint8_t received[256], received_head, received_tail;
static volatile uint8_t queued[256], queued_head, queued_tail;

ISR(USART0_RX_vect) {
  const uint8_t byte = UDR0;
  const uint8_t head = received_head;
  /* A byte that finds no room is lost; the frame's checksum shows it. */
  if ((uint8_t)(head + 1u) != received_tail) {
    received[head] = byte;
    received_head = head + 1u;
  }
}

ISR(USART0_UDRE_vect) {
  const uint8_t tail = queued_tail;
  if (tail == queued_head) {
    UCSR0B &= (uint8_t)~_BV(UDRIE0);
  } else {
    UDR0 = queued[tail];
    queued_tail = tail + 1u;
  }
}

int hal_line_receive(void) {
  const uint8_t tail = received_tail;
  if (tail == received_head) { return -1; }
  const uint8_t byte = received[tail];
  received_tail = tail + 1u;
  return byte;
}

bool hal_line_has_room(void) { return (uint8_t)(queued_head + 1u) != queued_tail; }

void hal_line_send(uint8_t byte) {
  const uint8_t head = queued_head;
  queued[head] = byte;
  queued_head = head + 1u;
  UCSR0B |= _BV(UDRIE0);
}

/* MARK: Start */

static uint32_t EEMEM stored_boot_counter;
static uint32_t boot_counter;

uint32_t hal_boot_counter(void) { return boot_counter; }

void hal_start(void) {
  /* The driver's enable has a pull-down of its own; here it is driven low before all else. */
  PORTB &= (uint8_t) ~(MOTOR_ENABLE | MOTOR_PWM | MOTOR_DIRECTION);
  DDRB |= MOTOR_ENABLE | MOTOR_PWM | MOTOR_DIRECTION;
  wdt_enable(WDTO_60MS);

  /* Kept in EEPROM, which bears 100 000 boots. */
  boot_counter = eeprom_read_dword(&stored_boot_counter) + 1u;
  eeprom_write_dword(&stored_boot_counter, boot_counter);
  wdt_reset();

  PORTE |= ENCODER_A | ENCODER_B;
  PORTG |= STOP;

  ICR1 = PWM_COUNTS - 1u;
  TCCR1A = _BV(COM1A1) | _BV(WGM11);
  TCCR1B = _BV(WGM13) | _BV(WGM12) | _BV(CS10);
  hal_motor_set(0.0f);

  OCR3A = 2u * TICK_MICROSECONDS - 1u;
  TCCR3B = _BV(WGM32) | _BV(CS31);
  TIMSK3 = _BV(OCIE3A);

  encoder_pins = (uint8_t)(((PINE & ENCODER_A) ? 2u : 0u) | ((PINE & ENCODER_B) ? 1u : 0u));
  EICRB = _BV(ISC40) | _BV(ISC50);
  EIFR = _BV(INTF4) | _BV(INTF5);
  EIMSK = _BV(INT4) | _BV(INT5);

  UBRR0 = 3;
  UCSR0A = _BV(U2X0);
  UCSR0C = _BV(UCSZ01) | _BV(UCSZ00);
  UCSR0B = _BV(RXEN0) | _BV(TXEN0) | _BV(RXCIE0);

  sei();
}
