/*
 * The bench for the ATmega2560's image: runs the image that would be flashed, in simavr, with a
 * simulated pendulum at its pins and its serial line on a pseudo-terminal.
 *
 *     bench-atmega2560 pendulum-atmega2560.elf
 *
 * prints 'port /dev/pts/N', and then the same events as the other board's emulated pendulum (see
 * ../boards/mps2-an385/emulated_pendulum.c), whose letters it takes on its standard input. Times are
 * microseconds since the firmware started its clock, counted in the processor's cycles.
 *
 * The processor's time follows the wall's; when this process is held up it catches up. It ends when
 * its standard input does.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "avr_ioport.h"
#include "avr_uart.h"
#include "pendulum_plant.h"
#include "sim_avr.h"
#include "sim_cycle_timers.h"
#include "sim_elf.h"
#include "sim_io.h"

#define CYCLES_PER_MICROSECOND 16u
#define CYCLES_PER_MILLISECOND (1000u * CYCLES_PER_MICROSECOND)
#define SLICE_MICROSECONDS 250u
#define COUNTS_PER_TURN 16384.0f
#define FULL_SCALE_NEWTON_METRES 2.5f

/* Addresses in the ATmega2560's data space. */
enum { DDRB = 0x24, PORTB = 0x25, TCCR1A = 0x80, ICR1 = 0x86, OCR1A = 0x88, TCCR3B = 0x91 };
enum { MOTOR_ENABLE = 1 << 4, MOTOR_PWM = 1 << 5, MOTOR_DIRECTION = 1 << 6 };

struct bench {
  avr_t *avr;
  avr_irq_t *line_input;
  bool line_has_room;
  int line;
  struct pendulum_plant plant;
  int32_t count;        /* as the encoder's pins say it */
  int32_t target_count; /* where the plant is */
  bool encoder_skips;
  avr_cycle_count_t edge_spacing;
  uint8_t external_pins[2]; /* of ports E and G */
  bool is_clock_running;
  avr_cycle_count_t clock_start;
  bool is_motor_on;
};

static uint64_t robot_microseconds(const struct bench *bench) {
  return (bench->avr->cycle - bench->clock_start) / CYCLES_PER_MICROSECOND;
}

static void tell_event(const struct bench *bench, const char *what) {
  printf("%s %" PRIu64 "\n", what, robot_microseconds(bench));
  fflush(stdout);
}

/* MARK: Pins */

static void set_pin(struct bench *bench, char port, uint8_t pin, bool is_high) {
  uint8_t *pins = &bench->external_pins[port == 'E' ? 0 : 1];
  *pins = is_high ? *pins | (uint8_t)(1u << pin) : *pins & (uint8_t)~(1u << pin);
  /* What holds the pin, should the firmware write the port's pull-ups. */
  avr_ioport_external_t external = {
      .name = (unsigned long)port, .mask = port == 'E' ? 0x30 : 0x20, .value = *pins};
  avr_ioctl(bench->avr, AVR_IOCTL_IOPORT_SET_EXTERNAL(port), &external);
  avr_raise_irq(avr_io_getirq(bench->avr, AVR_IOCTL_IOPORT_GETIRQ(port), pin), is_high ? 1 : 0);
}

/*
 * A quadrature encoder's pins: A leads B while it turns counter-clockwise. Both are high at count 0,
 * because simavr looks at a low pin in every cycle as long as its interrupt isn't set up.
 */
static void set_encoder_pins(struct bench *bench) {
  static const uint8_t pins[4] = {3, 1, 0, 2};
  const uint8_t now = pins[(uint32_t)bench->count & 3u];
  set_pin(bench, 'E', 4, (now & 2u) != 0u);
  set_pin(bench, 'E', 5, (now & 1u) != 0u);
}

/* The torque that the driver makes of the pins: none below 10 % of PWM, full scale at 90 %. */
static float motor_torque(const struct bench *bench) {
  const uint8_t *data = bench->avr->data;
  const uint8_t driven = data[DDRB] & data[PORTB];
  if ((driven & MOTOR_ENABLE) == 0 || (data[DDRB] & MOTOR_PWM) == 0) { return 0.0f; }
  if ((data[TCCR1A] & 0xC0) != 0x80) { return 0.0f; }
  const float high = 1.0f + (float)(data[OCR1A] | data[OCR1A + 1] << 8);
  const float period = 1.0f + (float)(data[ICR1] | data[ICR1 + 1] << 8);
  float share = (high / period - 0.1f) / 0.8f;
  share = share < 0.0f ? 0.0f : share > 1.0f ? 1.0f : share;
  return ((driven & MOTOR_DIRECTION) != 0 ? share : -share) * FULL_SCALE_NEWTON_METRES;
}

/* MARK: The pendulum, by the processor's cycles */

static avr_cycle_count_t make_edge(avr_t *avr, avr_cycle_count_t when, void *context) {
  (void)avr;
  struct bench *bench = context;
  if (bench->count == bench->target_count) { return 0; }
  const int32_t step = bench->count < bench->target_count ? 1 : -1;
  bench->count += step;
  if (bench->encoder_skips) {
    /* Two edges at once: both pins change, which no encoder does. */
    bench->encoder_skips = false;
    bench->count += step;
    bench->target_count += step;
    bench->plant.angle += (float)step * 6.2831853f / COUNTS_PER_TURN;
  }
  set_encoder_pins(bench);
  return bench->count == bench->target_count ? 0 : when + bench->edge_spacing;
}

static avr_cycle_count_t step_plant(avr_t *avr, avr_cycle_count_t when, void *context) {
  struct bench *bench = context;
  pendulum_plant_step(&bench->plant, motor_torque(bench));
  bench->target_count = pendulum_plant_count(&bench->plant, COUNTS_PER_TURN);
  const uint32_t edges = (uint32_t)abs(bench->target_count - bench->count);
  if (edges > 0u) {
    bench->edge_spacing = CYCLES_PER_MILLISECOND / (edges + 1u);
    avr_cycle_timer_register(avr, bench->edge_spacing, make_edge, bench);
  }
  return when + CYCLES_PER_MILLISECOND;
}

/* MARK: The serial line */

static void line_has_room(avr_irq_t *irq, uint32_t value, void *context) {
  (void)irq, (void)value;
  ((struct bench *)context)->line_has_room = true;
}

static void line_is_full(avr_irq_t *irq, uint32_t value, void *context) {
  (void)irq, (void)value;
  ((struct bench *)context)->line_has_room = false;
}

static void line_output(avr_irq_t *irq, uint32_t value, void *context) {
  (void)irq;
  const uint8_t byte = (uint8_t)value;
  /* A full pseudo-terminal loses bytes, as a line without flow control does. */
  ssize_t written = write(((struct bench *)context)->line, &byte, 1);
  (void)written;
}

static void feed_line(struct bench *bench) {
  uint8_t byte = 0;
  while (bench->line_has_room && read(bench->line, &byte, 1) == 1) {
    avr_raise_irq(bench->line_input, byte);
  }
}

static int open_line(char *name, size_t capacity) {
  const int line = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
  if (line < 0 || grantpt(line) != 0 || unlockpt(line) != 0 ||
      ptsname_r(line, name, capacity) != 0) {
    perror("no pseudo-terminal");
    exit(1);
  }
  /* Kept open, so that the line doesn't hang up between two hosts. */
  const int other_end = open(name, O_RDWR | O_NOCTTY);
  struct termios settings;
  if (other_end < 0 || tcgetattr(other_end, &settings) != 0) {
    perror(name);
    exit(1);
  }
  cfmakeraw(&settings);
  tcsetattr(other_end, TCSANOW, &settings);
  return line;
}

/* MARK: The bench's letters */

static uint32_t stop_program_address(const char *image);

static void obey(struct bench *bench, char letter, const char *image) {
  switch (letter) {
    case 'p':
      tell_event(bench, "stop pressed");
      set_pin(bench, 'G', 5, true);
      break;
    case 'r': set_pin(bench, 'G', 5, false); break;
    case 'e': bench->encoder_skips = true; break;
    case 'h':
      tell_event(bench, "hang");
      bench->avr->pc = stop_program_address(image);
      bench->avr->sreg[S_I] = 0;
      bench->avr->state = cpu_Running;
      break;
    case 'b':
      tell_event(bench, "reset");
      avr_reset(bench->avr);
      bench->avr->state = cpu_Running;
      break;
    case 's':
      printf("state %ld %ld %ld\n", (long)(bench->plant.angle * 1e6f),
             (long)(bench->plant.velocity * 1e6f), (long)(motor_torque(bench) * 1e6f));
      fflush(stdout);
      break;
    default: break;
  }
}

/* Where avr-libc's program ends: interrupts off and a jump to itself, as a firmware that hangs. */
static uint32_t stop_program_address(const char *image) {
  char command[512], line[128] = "";
  snprintf(command, sizeof command, "avr-nm '%s' | grep ' __stop_program$'", image);
  FILE *names = popen(command, "r");
  if (names == NULL || fgets(line, sizeof line, names) == NULL) {
    fprintf(stderr, "%s has no __stop_program\n", image);
    exit(1);
  }
  pclose(names);
  return (uint32_t)strtoul(line, NULL, 16);
}

/* MARK: The run */

static void dont_sleep(avr_t *avr, avr_cycle_count_t cycles) { (void)avr, (void)cycles; }

/* Notices what changed in the last instruction: the clock's start, the motor's enable pin. */
static void watch(struct bench *bench) {
  const uint8_t *data = bench->avr->data;
  const bool is_clock_running = data[TCCR3B] != 0;
  if (is_clock_running != bench->is_clock_running) {
    bench->is_clock_running = is_clock_running;
    if (is_clock_running) {
      bench->clock_start = bench->avr->cycle;
      tell_event(bench, "start");
      /* The pendulum's timers went with the reset. */
      avr_cycle_timer_register(bench->avr, CYCLES_PER_MILLISECOND, step_plant, bench);
    }
  }
  const bool is_motor_on = (data[DDRB] & data[PORTB] & MOTOR_ENABLE) != 0;
  if (is_motor_on != bench->is_motor_on) {
    bench->is_motor_on = is_motor_on;
    tell_event(bench, is_motor_on ? "motor on" : "motor off");
  }
}

static void sleep_until(struct timespec *wake) {
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, wake, NULL) == EINTR) {}
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: bench-atmega2560 IMAGE.elf\n");
    return 2;
  }
  elf_firmware_t firmware;
  memset(&firmware, 0, sizeof firmware);
  if (elf_read_firmware(argv[1], &firmware) != 0) { return 1; }
  struct bench bench;
  memset(&bench, 0, sizeof bench);
  bench.avr = avr_make_mcu_by_name("atmega2560");
  if (bench.avr == NULL) {
    fprintf(stderr, "this simavr has no ATmega2560\n");
    return 1;
  }
  avr_init(bench.avr);
  bench.avr->frequency = 1000000u * CYCLES_PER_MICROSECOND;
  bench.avr->log = LOG_ERROR;
  bench.avr->sleep = dont_sleep;
  avr_load_firmware(bench.avr, &firmware);
  bench.avr->frequency = 1000000u * CYCLES_PER_MICROSECOND;

  uint32_t flags = 0;
  avr_ioctl(bench.avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
  const uint32_t uart = AVR_IOCTL_UART_GETIRQ('0');
  bench.line_has_room = true;
  bench.line_input = avr_io_getirq(bench.avr, uart, UART_IRQ_INPUT);
  avr_irq_register_notify(avr_io_getirq(bench.avr, uart, UART_IRQ_OUTPUT), line_output, &bench);
  avr_irq_register_notify(avr_io_getirq(bench.avr, uart, UART_IRQ_OUT_XON), line_has_room, &bench);
  avr_irq_register_notify(avr_io_getirq(bench.avr, uart, UART_IRQ_OUT_XOFF), line_is_full, &bench);

  char name[64];
  bench.line = open_line(name, sizeof name);
  printf("port %s\n", name);
  fflush(stdout);

  pendulum_plant_start(&bench.plant);
  set_encoder_pins(&bench);
  set_pin(&bench, 'G', 5, false);
  fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);

  /* A microcontroller isn't held up by what else a machine does; where we may, neither are we. */
  const struct sched_param priority = {.sched_priority = 5};
  if (sched_setscheduler(0, SCHED_FIFO, &priority) != 0) {
    fprintf(stderr, "no real-time priority: a busy machine may hold the robot up\n");
  }

  struct timespec wake;
  clock_gettime(CLOCK_MONOTONIC, &wake);
  avr_cycle_count_t until = bench.avr->cycle;
  for (;;) {
    until += SLICE_MICROSECONDS * CYCLES_PER_MICROSECOND;
    while (bench.avr->cycle < until) {
      const int state = avr_run(bench.avr);
      if (state == cpu_Done || state == cpu_Crashed) {
        fprintf(stderr, "the processor stopped\n");
        return 1;
      }
      watch(&bench);
    }
    feed_line(&bench);
    char letter = 0;
    const ssize_t letters = read(STDIN_FILENO, &letter, 1);
    if (letters == 0) { return 0; }
    if (letters == 1) { obey(&bench, letter, argv[1]); }
    wake.tv_nsec += 1000 * (long)SLICE_MICROSECONDS;
    if (wake.tv_nsec >= 1000000000) {
      wake.tv_nsec -= 1000000000;
      wake.tv_sec++;
    }
    sleep_until(&wake);
  }
}
