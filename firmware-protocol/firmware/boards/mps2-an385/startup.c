/* What runs before main() on a Cortex-M3 without a C library: the vectors, the data, and the
 * few functions that the compiler and the protocol call. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

extern uint32_t data_load[], data_start[], data_end[], bss_start[], bss_end[], stack_top[];

int main(void);
void timer_interrupt(void);
void watchdog_interrupt(void);
void line_received_interrupt(void);
void line_sent_interrupt(void);
void bench_received_interrupt(void);
void reset_handler(void);

/* MARK: What a C library would have */

void *memcpy(void *restrict to, const void *restrict from, size_t count) {
  uint8_t *target = to;
  const uint8_t *source = from;
  while (count-- > 0u) { *target++ = *source++; }
  return to;
}

void *memmove(void *to, const void *from, size_t count) {
  uint8_t *target = to;
  const uint8_t *source = from;
  if (target < source) { return memcpy(to, from, count); }
  while (count-- > 0u) { target[count] = source[count]; }
  return to;
}

void *memset(void *to, int value, size_t count) {
  uint8_t *target = to;
  while (count-- > 0u) { *target++ = (uint8_t)value; }
  return to;
}

int memcmp(const void *one, const void *other, size_t count) {
  const uint8_t *a = one;
  const uint8_t *b = other;
  for (; count-- > 0u; a++, b++) {
    if (*a != *b) { return *a < *b ? -1 : 1; }
  }
  return 0;
}

size_t strlen(const char *text) {
  size_t count = 0u;
  while (text[count] != '\0') { count++; }
  return count;
}

/* MARK: Reset */

void reset_handler(void) {
  const uint32_t *from = data_load;
  for (uint32_t *to = data_start; to < data_end; to++) { *to = *from++; }
  for (uint32_t *to = bss_start; to < bss_end; to++) { *to = 0u; }
  (void)main();
  for (;;) {}
}

/* A fault of the processor: wait for the board's watchdog, which turns the motor off and resets. */
static void hang(void) {
  for (;;) {}
}

typedef void (*vector)(void);

__attribute__((used, section(".vectors"))) static const vector vectors[16 + 9] = {
    [0] = (vector)(uintptr_t)stack_top,
    [1] = reset_handler,
    [2] = watchdog_interrupt, /* the non-maskable interrupt */
    [3] = hang,
    [4] = hang,
    [5] = hang,
    [6] = hang,
    [11] = hang,
    [12] = hang,
    [14] = hang,
    [15] = hang,
    [16 + 0] = line_received_interrupt,
    [16 + 1] = line_sent_interrupt,
    [16 + 2] = bench_received_interrupt,
    [16 + 8] = timer_interrupt,
};
