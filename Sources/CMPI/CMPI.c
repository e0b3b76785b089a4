#include "CMPI.h"

#include <dlfcn.h>
#include <stdio.h>

// Open MPI's status: three numbers for programs and some of its own, for which there is room enough.
typedef struct {
  int source, tag, error;
  char own[64];
} Status;

enum { FUNNELED = 1, TAG = 1 };

static struct {
  void *world, *byte;
  int (*init_thread)(int *, char ***, int, int *);
  int (*finalize)(void);
  int (*comm_rank)(void *, int *);
  int (*comm_size)(void *, int *);
  int (*allgather)(const void *, int, void *, void *, int, void *, void *);
  int (*allgatherv)(const void *, int, void *, void *, const int *, const int *, void *, void *);
  int (*send)(const void *, int, void *, int, int, void *);
  int (*receive)(void *, int, void *, int, int, void *, Status *);
  int (*probe)(int, int, void *, int *, Status *);
  int (*get_count)(const Status *, void *, int *);
} mpi;

static int load(char *why, size_t capacity) {
  // Its plug-ins look for the library's symbols among the global ones.
  void *library = dlopen("libmpi.so.40", RTLD_NOW | RTLD_GLOBAL);
  if (!library) library = dlopen("libmpi.so", RTLD_NOW | RTLD_GLOBAL);
  if (!library) {
    snprintf(why, capacity, "%s", dlerror());
    return -1;
  }
  struct {
    const char *name;
    void **place;
  } symbols[] = {
      {"ompi_mpi_comm_world", &mpi.world},
      {"ompi_mpi_byte", &mpi.byte},
      {"MPI_Init_thread", (void **)&mpi.init_thread},
      {"MPI_Finalize", (void **)&mpi.finalize},
      {"MPI_Comm_rank", (void **)&mpi.comm_rank},
      {"MPI_Comm_size", (void **)&mpi.comm_size},
      {"MPI_Allgather", (void **)&mpi.allgather},
      {"MPI_Allgatherv", (void **)&mpi.allgatherv},
      {"MPI_Send", (void **)&mpi.send},
      {"MPI_Recv", (void **)&mpi.receive},
      {"MPI_Iprobe", (void **)&mpi.probe},
      {"MPI_Get_count", (void **)&mpi.get_count},
  };
  for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
    *symbols[i].place = dlsym(library, symbols[i].name);
    if (!*symbols[i].place) {
      snprintf(why, capacity, "libmpi has no %s: it isn't Open MPI", symbols[i].name);
      return -1;
    }
  }
  return 0;
}

int mpi_join(int *rank, int *size, char *why, size_t capacity) {
  if (load(why, capacity)) return -1;
  int provided = 0;
  if (mpi.init_thread(NULL, NULL, FUNNELED, &provided) || provided < FUNNELED) {
    snprintf(why, capacity, "MPI_Init_thread failed");
    return -1;
  }
  if (mpi.comm_rank(mpi.world, rank) || mpi.comm_size(mpi.world, size)) {
    snprintf(why, capacity, "MPI_Comm_rank failed");
    return -1;
  }
  return 0;
}

int mpi_leave(void) { return mpi.finalize(); }

int mpi_gather_equal(const void *mine, int count, void *everyone) {
  return mpi.allgather(mine, count, mpi.byte, everyone, count, mpi.byte, mpi.world);
}

int mpi_gather(const void *mine, int count, void *everyone, const int *counts, const int *offsets) {
  return mpi.allgatherv(
      mine, count, mpi.byte, everyone, counts, offsets, mpi.byte, mpi.world);
}

int mpi_send(int rank, const void *bytes, int count) {
  return mpi.send(bytes, count, mpi.byte, rank, TAG, mpi.world);
}

int mpi_waiting_bytes(void) {
  int is_there = 0, count = 0;
  Status status;
  if (mpi.probe(0, TAG, mpi.world, &is_there, &status) || !is_there) return -1;
  return mpi.get_count(&status, mpi.byte, &count) ? -1 : count;
}

int mpi_receive(void *bytes, int count) {
  Status status;
  return mpi.receive(bytes, count, mpi.byte, 0, TAG, mpi.world, &status);
}
