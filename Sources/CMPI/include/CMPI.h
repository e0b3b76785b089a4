// The few calls of MPI that a search spread over hosts needs, of Open MPI (Debian's openmpi-bin).
//
// The library is looked for when the program runs under mpirun, so that a program built without it
// can use it and one that runs without it needs nothing. Only Open MPI's binary interface is known
// (handles are addresses of its own symbols); another MPI is refused by name.
//
// Call from one thread. Every function returns 0 on success; what another value means is said.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Loads the library and joins the other processes. On failure writes why, and returns -1.
int mpi_join(int *rank, int *size, char *why, size_t capacity);

// Leaves; to be called once by every process that joined, after its last call of another function.
int mpi_leave(void);

// Gives `count` bytes to every process; `everyone` has room for `count` times the number of processes.
int mpi_gather_equal(const void *mine, int count, void *everyone);

// The same with another number of bytes from each process: `counts` and the offsets in `everyone`.
int mpi_gather(const void *mine, int count, void *everyone, const int *counts, const int *offsets);

// Sends bytes to another process, and waits until they may be written over.
int mpi_send(int rank, const void *bytes, int count);

// Whether a message of the first process has come: its number of bytes, or -1. Doesn't wait.
int mpi_waiting_bytes(void);

// Takes that message.
int mpi_receive(void *bytes, int count);

#ifdef __cplusplus
}
#endif
