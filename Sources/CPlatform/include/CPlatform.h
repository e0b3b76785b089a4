// Low-level pieces of Linux that Swift cannot say: custom baud rates, serial flags, scheduling.
//
// Every function returns 0 (or a value that is not negative) on success and minus errno on failure,
// unless its comment says otherwise.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// MARK: Serial lines

// Sets a terminal raw: 8 data bits, no parity, one stop bit, no flow control, no translation, no
// echo, modem lines ignored, and DTR left as it is when the port closes (no HUPCL). The rate is any
// number of baud (termios2 with BOTHER), or 0 to leave it. A read gives EAGAIN when there is
// nothing and 0 only after a hang-up (VMIN 1, VTIME 0, with O_NONBLOCK).
int platform_serial_set_raw(int fd, uint32_t baud);

// The rate that the driver settled on, in baud.
int64_t platform_serial_baud(int fd);

// Asks the driver to pass bytes on at once (ASYNC_LOW_LATENCY). Returns 1 when the driver took it,
// 0 when it knows no such flag (pseudo-terminals, many CDC-ACM devices).
int platform_serial_set_low_latency(int fd);

// Refuses further opens of the terminal (TIOCEXCL), or allows them again.
int platform_serial_set_exclusive(int fd, int is_exclusive);

// Raises or lowers DTR or RTS. Returns 1 when done, 0 when the terminal has no such line.
int platform_serial_set_dtr(int fd, int is_on);
int platform_serial_set_rts(int fd, int is_on);

// Throws away what was received but not read (and, with `output`, what was not sent yet).
int platform_serial_flush(int fd, int output);

// Waits until there is something to read (or room to write), or a hang-up. Returns 1 when there is,
// 0 when the time is up, minus EINTR after a signal.
int platform_wait_ready(int fd, int is_output, int64_t timeout_nanoseconds);

// Whether a device number belongs to a pseudo-terminal's slave side.
int platform_is_pseudo_terminal(uint64_t device);

// Opens a pseudo-terminal. Returns the master side, which doesn't block; writes the slave side, open,
// and its path.
int platform_open_pseudo_terminal(int *slave, char *path, size_t capacity);

// MARK: Scheduling

// Gives the calling thread a fixed priority (SCHED_FIFO; not inherited by children).
int platform_set_fifo_priority(int priority);

// Gives the calling thread back to the ordinary scheduler.
int platform_set_ordinary_scheduling(void);

// Lets the calling thread's timers fire at most this late on purpose; the kernel's default is
// 50 microseconds for threads without real-time priority.
int platform_set_timer_slack(uint64_t nanoseconds);

// Keeps the process's memory in RAM. Future mappings are included only where the limit on locked
// memory can't make them fail.
int platform_lock_memory(void);

// Lets memory be paged out again.
int platform_unlock_memory(void);

// Names the calling thread, for tools that list threads; at most 15 characters count.
int platform_set_thread_name(const char *name);

// Touches `bytes` of the calling thread's stack, so that they are mapped before they are needed.
void platform_prefault_stack(uint32_t bytes);

#ifdef __cplusplus
}
#endif
