#define _GNU_SOURCE
#include "CPlatform.h"

#include <errno.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

int platform_set_fifo_priority(int priority) {
  struct sched_param parameters = {.sched_priority = priority};
  return sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &parameters) < 0 ? -errno : 0;
}

int platform_set_ordinary_scheduling(void) {
  struct sched_param parameters = {.sched_priority = 0};
  return sched_setscheduler(0, SCHED_OTHER, &parameters) < 0 ? -errno : 0;
}

int platform_set_timer_slack(uint64_t nanoseconds) {
  return prctl(PR_SET_TIMERSLACK, nanoseconds, 0, 0, 0) < 0 ? -errno : 0;
}

int platform_lock_memory(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0) return -errno;
  // With MCL_FUTURE, an allocation past the limit would fail long after this call succeeded.
  int includes_future = limit.rlim_cur == RLIM_INFINITY || geteuid() == 0;
  return mlockall(includes_future ? MCL_CURRENT | MCL_FUTURE : MCL_CURRENT) < 0 ? -errno : 0;
}

int platform_unlock_memory(void) { return munlockall() < 0 ? -errno : 0; }

void platform_prefault_stack(uint32_t bytes) {
  volatile char stack[bytes > 0 ? bytes : 1];
  for (uint32_t i = 0; i < bytes; i += 1024) stack[i] = 0;
}

int platform_set_thread_name(const char *name) {
  return prctl(PR_SET_NAME, name, 0, 0, 0) == 0 ? 0 : -errno;
}
