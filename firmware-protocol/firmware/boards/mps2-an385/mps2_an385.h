/* Registers of Arm's MPS2 board with the AN385 image: a Cortex-M3 at 25 MHz and CMSDK peripherals
 * (Arm DAI 0385 and DDI 0479). */
#ifndef MPS2_AN385_H
#define MPS2_AN385_H

#include <stdint.h>

#define CLOCK_HZ 25000000UL

struct uart_registers {
  volatile uint32_t data;
  volatile uint32_t state;     /* 1: transmitter full, 2: receiver full */
  volatile uint32_t control;   /* 1, 2: enable transmitter, receiver; 4, 8: their interrupts */
  volatile uint32_t interrupt; /* 1, 2: transmitter's, receiver's; written to clear */
  volatile uint32_t divider;
};

struct timer_registers {
  volatile uint32_t control; /* 1: enable, 8: interrupt */
  volatile uint32_t value;
  volatile uint32_t reload;
  volatile uint32_t interrupt;
};

struct watchdog_registers {
  volatile uint32_t load;
  volatile uint32_t value;
  volatile uint32_t control; /* 1: interrupt, 2: reset at the second time-out */
  volatile uint32_t clear;
};

#define TIMER0 ((struct timer_registers *)0x40000000UL)
#define TIMER1 ((struct timer_registers *)0x40001000UL)
#define UART0 ((struct uart_registers *)0x40004000UL)
#define UART1 ((struct uart_registers *)0x40005000UL)
#define WATCHDOG ((struct watchdog_registers *)0x40008000UL)
#define INTERRUPT_ENABLE (*(volatile uint32_t *)0xE000E100UL)
#define RESET_CONTROL (*(volatile uint32_t *)0xE000ED0CUL)

#define UART_TRANSMITTER_FULL 1u
#define UART_RECEIVER_FULL 2u

/* Turns interrupts off, and tells restore_interrupts() whether they were on. */
static inline uint32_t hold_interrupts(void) {
  uint32_t mask;
  __asm__ volatile("mrs %0, primask\n\tcpsid i" : "=r"(mask) : : "memory");
  return mask;
}

static inline void restore_interrupts(uint32_t mask) {
  __asm__ volatile("msr primask, %0" : : "r"(mask) : "memory");
}

/* MARK: The emulated pendulum, called by the board's interrupts */

/* Starts the bench's line and hangs the pendulum down. */
void emulated_pendulum_start(void);

/* Lets the pendulum's time go on to that of the board's clock. */
void emulated_pendulum_advance(uint64_t microseconds);

/* Cuts the motor from an interrupt that nothing holds off. */
void emulated_motor_cut(void);

#endif
