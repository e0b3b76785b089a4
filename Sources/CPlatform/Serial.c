// The kernel's own termios2 (with its free choice of rate) and the C library's termios cannot be
// included together; this file takes the kernel's.
#define _GNU_SOURCE
#include "CPlatform.h"

#include <asm/termbits.h>
#include <errno.h>
#include <linux/serial.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <time.h>

int platform_serial_set_raw(int fd, uint32_t baud) {
  struct termios2 settings;
  if (ioctl(fd, TCGETS2, &settings) < 0) return -errno;

  settings.c_iflag = IGNBRK;
  settings.c_oflag = 0;
  settings.c_lflag = 0;
  settings.c_cflag &= ~(CSIZE | PARENB | CSTOPB | CRTSCTS | HUPCL);
  settings.c_cflag |= CS8 | CREAD | CLOCAL;
  if (baud > 0) {
    // The same value for input: IBSHIFT's field at zero means "as output".
    settings.c_cflag &= ~(CBAUD | (CBAUD << IBSHIFT));
    settings.c_cflag |= BOTHER;
    settings.c_ospeed = baud;
    settings.c_ispeed = baud;
  }
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  if (ioctl(fd, TCSETS2, &settings) < 0) return -errno;
  return 0;
}

int64_t platform_serial_baud(int fd) {
  struct termios2 settings;
  if (ioctl(fd, TCGETS2, &settings) < 0) return -errno;
  return settings.c_ospeed;
}

int platform_serial_set_low_latency(int fd) {
  struct serial_struct serial;
  if (ioctl(fd, TIOCGSERIAL, &serial) < 0) {
    return (errno == ENOTTY || errno == EINVAL || errno == ENOSYS) ? 0 : -errno;
  }
  serial.flags |= ASYNC_LOW_LATENCY;
  if (ioctl(fd, TIOCSSERIAL, &serial) < 0) {
    return (errno == ENOTTY || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP) ? 0
                                                                                          : -errno;
  }
  // Some drivers accept the call and drop the flag.
  if (ioctl(fd, TIOCGSERIAL, &serial) < 0) return -errno;
  return (serial.flags & ASYNC_LOW_LATENCY) != 0;
}

int platform_serial_set_exclusive(int fd, int is_exclusive) {
  return ioctl(fd, is_exclusive ? TIOCEXCL : TIOCNXCL) < 0 ? -errno : 0;
}

static int set_modem_line(int fd, int line, int is_on) {
  if (ioctl(fd, is_on ? TIOCMBIS : TIOCMBIC, &line) < 0) {
    return (errno == ENOTTY || errno == EINVAL) ? 0 : -errno;
  }
  return 1;
}

int platform_serial_set_dtr(int fd, int is_on) { return set_modem_line(fd, TIOCM_DTR, is_on); }

int platform_serial_set_rts(int fd, int is_on) { return set_modem_line(fd, TIOCM_RTS, is_on); }

int platform_serial_flush(int fd, int output) {
  return ioctl(fd, TCFLSH, output ? TCIOFLUSH : TCIFLUSH) < 0 ? -errno : 0;
}

int platform_wait_ready(int fd, int is_output, int64_t timeout_nanoseconds) {
  struct pollfd request = {.fd = fd, .events = is_output ? POLLOUT : POLLIN};
  struct timespec timeout = {
      .tv_sec = timeout_nanoseconds / 1000000000,
      .tv_nsec = timeout_nanoseconds % 1000000000,
  };
  int count = ppoll(&request, 1, &timeout, NULL);
  return count < 0 ? -errno : count;
}

// Unix98 pseudo-terminals have the majors 136 to 143 (Documentation/admin-guide/devices.txt).
int platform_is_pseudo_terminal(uint64_t device) {
  unsigned int number = major(device);
  return number >= 136 && number <= 143;
}
