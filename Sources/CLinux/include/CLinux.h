#pragma once
#include <stddef.h>
#include <stdint.h>

#if defined(__linux__)
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

/// `bpf(2)`: negative errno on failure.
static inline long clinux_bpf(int command, void *attributes, unsigned int size) {
  long result = syscall(__NR_bpf, command, attributes, size);
  return result < 0 ? -errno : result;
}

/// `memfd_create(2)`: a file without a name, closed on exec; negative errno on failure.
static inline int clinux_memory_file(const char *name) {
  long result = syscall(__NR_memfd_create, name, 1U /* MFD_CLOEXEC */);
  return result < 0 ? -errno : (int)result;
}
#endif
