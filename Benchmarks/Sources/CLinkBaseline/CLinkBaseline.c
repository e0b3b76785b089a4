#define _GNU_SOURCE
#include "CLinkBaseline.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void sleep_until(int64_t deadline) {
  struct timespec time = {deadline / 1000000000, deadline % 1000000000};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR) {
  }
}

int baseline_become_real_time(int priority) {
  struct sched_param parameters = {.sched_priority = priority};
  prctl(PR_SET_TIMERSLACK, 1);
  if (sched_setscheduler(0, SCHED_FIFO, &parameters) != 0) return errno;
  if (mlockall(MCL_CURRENT) != 0) return errno;
  return 0;
}

void baseline_become_ordinary(void) {
  struct sched_param parameters = {.sched_priority = 0};
  sched_setscheduler(0, SCHED_OTHER, &parameters);
  prctl(PR_SET_TIMERSLACK, 0);
  munlockall();
}

void baseline_timer_loop(int64_t period, int64_t count, int64_t *lateness) {
  int64_t deadline = now() + period;
  for (int64_t i = 0; i < count; i++) {
    sleep_until(deadline);
    int64_t late = now() - deadline;
    lateness[i] = late;
    // A deadline whose period went by is skipped, as the loop that this is compared with does.
    deadline += period * (1 + late / period);
  }
}

int baseline_open_pseudo_terminal(int *slave, char *path, size_t capacity) {
  int master;
  char name[128];
  struct termios settings;
  if (openpty(&master, slave, name, NULL, NULL) != 0) return -errno;
  tcgetattr(*slave, &settings);
  cfmakeraw(&settings);
  tcsetattr(*slave, TCSANOW, &settings);
  fcntl(master, F_SETFL, O_NONBLOCK);
  strncpy(path, name, capacity - 1);
  path[capacity - 1] = 0;
  return master;
}

int baseline_start_echo_process(int master, int priority) {
  int process = fork();
  if (process != 0) return process;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  baseline_become_real_time(priority);
  unsigned char buffer[4096];
  for (;;) {
    struct pollfd request = {.fd = master, .events = POLLIN};
    if (poll(&request, 1, -1) < 0) continue;
    ssize_t count = read(master, buffer, sizeof buffer);
    if (count > 0 && write(master, buffer, (size_t)count) != count) _exit(1);
  }
}

void baseline_end_process(int process) {
  kill(process, SIGKILL);
  waitpid(process, NULL, 0);
}

int64_t baseline_echo(int terminal, size_t size, int64_t count, int64_t interval,
                      int64_t *round_trip) {
  unsigned char buffer[4096] = {0};
  int64_t answered = 0;
  fcntl(terminal, F_SETFL, O_NONBLOCK);
  for (int64_t i = 0; i < count; i++) {
    int64_t sent = now();
    if (write(terminal, buffer, size) != (ssize_t)size) continue;
    size_t received = 0;
    while (received < size) {
      struct pollfd request = {.fd = terminal, .events = POLLIN};
      if (poll(&request, 1, 250) <= 0) break;
      ssize_t part = read(terminal, buffer, sizeof buffer);
      if (part > 0) received += (size_t)part;
    }
    if (received >= size) round_trip[answered++] = now() - sent;
    sleep_until(sent + interval);
  }
  return answered;
}
