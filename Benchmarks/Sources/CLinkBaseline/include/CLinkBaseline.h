// What the link's timing is compared with: the barest C that does the same.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Gives the calling thread a fixed priority, locks the process's memory and asks for timers without
// slack. Returns 0, or the errno of what was refused first.
int baseline_become_real_time(int priority);

// Gives the calling thread back to the ordinary scheduler and unlocks the memory.
void baseline_become_ordinary(void);

// Wakes `count` times on a grid of `period_nanoseconds` and writes how late each time was.
void baseline_timer_loop(int64_t period_nanoseconds, int64_t count, int64_t *lateness_nanoseconds);

// Opens a raw pseudo-terminal. Returns the master side, and writes the slave side and its path.
int baseline_open_pseudo_terminal(int *slave, char *path, size_t capacity);

// Starts a process that sends back what comes at the master side until it is killed. Returns its
// number.
int baseline_start_echo_process(int master, int priority);

// Ends that process.
void baseline_end_process(int process);

// Writes `size` bytes to a terminal and waits until as many have come back, `count` times, one each
// `interval_nanoseconds`; writes how long each took. Returns the number that came back.
int64_t baseline_echo(int terminal, size_t size, int64_t count, int64_t interval_nanoseconds,
                      int64_t *round_trip_nanoseconds);
