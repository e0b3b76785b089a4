#define _GNU_SOURCE
#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int platform_open_pseudo_terminal(int *slave, char *path, size_t capacity) {
  int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master < 0) return -errno;
  int error = 0;
  if (grantpt(master) < 0 || unlockpt(master) < 0) error = errno;
  if (!error) error = ptsname_r(master, path, capacity);
  if (!error && fcntl(master, F_SETFL, O_NONBLOCK) < 0) error = errno;
  if (!error) {
    *slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*slave < 0) error = errno;
  }
  if (!error) return master;
  close(master);
  return -error;
}
