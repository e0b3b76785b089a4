/*
 * The board: Arm's MPS2 with the AN385 image, a Cortex-M3, as QEMU emulates it. Clock, serial line,
 * watchdog and reset are the board's; it has no encoder and no motor, so these are
 * emulated_pendulum.c. UART0 is the line to the host.
 */
#include "hal.h"
#include "mps2_an385.h"

#define BAUD 500000UL

/* Long, because an emulator on a busy machine may be held up; a real board's should be 60 ms. */
#define WATCHDOG_MILLISECONDS 250UL

void timer_interrupt(void);
void watchdog_interrupt(void);
void line_received_interrupt(void);
void line_sent_interrupt(void);

/* MARK: Time */

static uint64_t microseconds;
static uint32_t rest_cycles;
static uint32_t last_value;

/* Timer 1 counts down without end. Read at least each millisecond, so that no round is missed. */
uint64_t hal_time_microseconds(void) {
  const uint32_t mask = hold_interrupts();
  const uint32_t value = TIMER1->value;
  const uint32_t cycles = rest_cycles + (last_value - value);
  last_value = value;
  microseconds += cycles / (CLOCK_HZ / 1000000UL);
  rest_cycles = cycles % (CLOCK_HZ / 1000000UL);
  const uint64_t now = microseconds;
  restore_interrupts(mask);
  return now;
}

void timer_interrupt(void) {
  TIMER0->interrupt = 1u;
  emulated_pendulum_advance(hal_time_microseconds());
}

/* The load is reached once more after as long again, and then the board resets. */
void hal_feed_watchdog(void) { WATCHDOG->clear = 1u; }

void watchdog_interrupt(void) {
  emulated_motor_cut();
  for (;;) {}
}

void hal_wait(void) { __asm__ volatile("wfi"); }

/* MARK: The serial line */

static volatile uint8_t received[256], received_head, received_tail;
static volatile uint8_t queued[256], queued_head, queued_tail;

void line_received_interrupt(void) {
  UART0->interrupt = 2u;
  while ((UART0->state & UART_RECEIVER_FULL) != 0u) {
    const uint8_t byte = (uint8_t)UART0->data;
    const uint8_t head = received_head;
    /* A byte that finds no room is lost; the frame's checksum shows it. */
    if ((uint8_t)(head + 1u) != received_tail) {
      received[head] = byte;
      received_head = (uint8_t)(head + 1u);
    }
  }
}

/* Moves a byte to the transmitter if it has room; its interrupt fetches the next. */
void line_sent_interrupt(void) {
  UART0->interrupt = 1u;
  while ((UART0->state & UART_TRANSMITTER_FULL) == 0u && queued_tail != queued_head) {
    UART0->data = queued[queued_tail];
    queued_tail++;
  }
}

int hal_line_receive(void) {
  const uint8_t tail = received_tail;
  if (tail == received_head) { return -1; }
  const uint8_t byte = received[tail];
  received_tail = (uint8_t)(tail + 1u);
  return byte;
}

bool hal_line_has_room(void) { return (uint8_t)(queued_head + 1u) != queued_tail; }

void hal_line_send(uint8_t byte) {
  const uint8_t head = queued_head;
  queued[head] = byte;
  const uint32_t mask = hold_interrupts();
  queued_head = (uint8_t)(head + 1u);
  line_sent_interrupt();
  restore_interrupts(mask);
}

/* MARK: Start */

/* The board has no memory that outlives power; this outlives a reset. */
__attribute__((section(".noinit"))) static struct {
  uint32_t mark;
  uint32_t boots;
} kept;

uint32_t hal_boot_counter(void) { return kept.boots; }

void hal_start(void) {
  if (kept.mark != 0x48414E44UL) {
    kept.mark = 0x48414E44UL;
    kept.boots = 0u;
  }
  kept.boots++;

  WATCHDOG->load = CLOCK_HZ / 1000UL * WATCHDOG_MILLISECONDS;
  WATCHDOG->control = 3u;

  TIMER1->reload = 0xFFFFFFFFUL;
  TIMER1->value = 0xFFFFFFFFUL;
  TIMER1->control = 1u;
  last_value = TIMER1->value;

  TIMER0->reload = CLOCK_HZ / 4000UL - 1u;
  TIMER0->value = CLOCK_HZ / 4000UL - 1u;
  TIMER0->control = 9u;

  UART0->divider = CLOCK_HZ / BAUD;
  UART0->control = 0xFu;
  emulated_pendulum_start();
  INTERRUPT_ENABLE = 1u << 0 | 1u << 1 | 1u << 2 | 1u << 8;
}
