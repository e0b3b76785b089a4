/*
 * A check that a policy gives the same bits on every processor: decides on a fixed sequence of states and
 * prints the actions' bits. Built for the host, an ATmega2560 (simavr) and a Cortex-M3 (QEMU), with
 * EXPORTED_POLICY naming the exported header.
 */
#include <string.h>

#include EXPORTED_POLICY

#define DECISIONS 200u
#define MAXIMUM_STATES 16u
#define MAXIMUM_ACTIONS 8u

#if defined(__AVR__)
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
static void put(char c) {
  while (!(UCSR0A & (1 << UDRE0))) {}
  UDR0 = c;
}
static void begin(void) { UCSR0B = (1 << TXEN0); }
static void end(void) {
  /* simavr ends when the processor sleeps for good; before that, the last bytes must be out. */
  for (volatile unsigned long i = 0; i < 100000; i++) {}
  cli();
  sleep_enable();
  sleep_cpu();
}
#elif defined(__arm__)
#define UART ((volatile uint32_t *)0x40004000)
/* What startup.c wants of a board; nothing interrupts here. */
void timer_interrupt(void) {}
void watchdog_interrupt(void) {}
void line_received_interrupt(void) {}
void line_sent_interrupt(void) {}
void bench_received_interrupt(void) {}
static void put(char c) {
  while (UART[1] & 1u) {}
  UART[0] = (uint32_t)c;
}
static void begin(void) {
  UART[4] = 16u;
  UART[2] = 1u;
}
static void end(void) {
  /* Semihosting: the program has ended. */
  register uint32_t operation __asm__("r0") = 0x18u;
  register uint32_t reason __asm__("r1") = 0x20026u;
  __asm__ volatile("bkpt 0xab" : : "r"(operation), "r"(reason));
}
#else
#include <stdio.h>
static void put(char c) { (void)putchar(c); }
static void begin(void) {}
static void end(void) {}
#endif

/* 32 bits of a linear congruential generator (Numerical Recipes). */
static uint32_t draw(uint32_t *seed) {
  *seed = *seed * 1664525u + 1013904223u;
  return *seed;
}

int main(void) {
  const struct handful_policy *policy = &handful_exported_policy;
  float state[MAXIMUM_STATES];
  float action[MAXIMUM_ACTIONS];
  uint32_t seed = 1u;
  begin();
  for (uint16_t i = 0u; i < DECISIONS; i++) {
    for (uint8_t d = 0u; d < 2u * policy->joints; d++) {
      /* -16 to 16 in steps of 2^-12. */
      state[d] = (float)((int32_t)(draw(&seed) >> 15) - 65536) / 4096.0f;
    }
    (void)handful_policy_decide(policy, i, state, action);
    for (uint8_t a = 0u; a < policy->actions; a++) {
      uint32_t bits;
      (void)memcpy(&bits, &action[a], sizeof bits);
      for (int8_t shift = 28; shift >= 0; shift -= 4) { put("0123456789abcdef"[(bits >> shift) & 15u]); }
    }
    put('\n');
  }
  end();
  return 0;
}
