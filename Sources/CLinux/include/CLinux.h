#pragma once
#include <stddef.h>
#include <stdint.h>

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

/// Eight bytes at any address, little endian, by two loads of four.
///
/// Compilers of BPF programs fill keys by 4-byte stores, and a wider load waits until such stores have reached the
/// cache. Volatile, or the two loads would be made one.
static inline uint64_t clinux_load_halves(const void *address) {
  struct half {
    uint32_t value;
  } __attribute__((packed));
  const volatile struct half *half = (const volatile struct half *)address;
  uint64_t low = half[0].value, high = half[1].value;
  return high << 32 | low;
}

#if defined(__SSE2__)
#include <cpuid.h>
#include <emmintrin.h>
#endif

/// Which of the 16 bytes at an address, a multiple of 16, equal `wanted`: a bit each.
///
/// Others may be storing whole words there. Each is read once, after all that was read before.
static inline uint32_t clinux_equal_bytes(const void *place, uint8_t wanted) {
  const uint64_t pattern = wanted * 0x0101010101010101ULL;
#if defined(__SSE2__)
  __m128i bytes = _mm_load_si128((const __m128i *)place);
  return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi64x((long long)pattern)));
#else
  const uint64_t low = 0x7F7F7F7F7F7F7F7FULL;
  uint32_t bits = 0;
  for (int half = 0; half < 2; half++) {
    uint64_t other = __atomic_load_n((const uint64_t *)place + half, __ATOMIC_ACQUIRE) ^ pattern;
    uint64_t equal = ~(((other & low) + low) | other | low) >> 7;
    bits |= (uint32_t)((equal * 0x0102040810204080ULL) >> 56) << (half * 8);
  }
  return bits;
#endif
}

/// Which of 16 bytes in two words, the low ones of `first` first, equal `wanted`: a bit each.
static inline uint32_t clinux_equal_bytes_of_words(uint64_t first, uint64_t second, uint8_t wanted) {
#if defined(__SSE2__)
  __m128i bytes = _mm_set_epi64x((long long)second, (long long)first);
  return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8((char)wanted)));
#else
  const uint64_t low = 0x7F7F7F7F7F7F7F7FULL, pattern = wanted * 0x0101010101010101ULL;
  uint32_t bits = 0;
  for (int half = 0; half < 2; half++) {
    uint64_t other = (half ? second : first) ^ pattern;
    uint64_t equal = ~(((other & low) + low) | other | low) >> 7;
    bits |= (uint32_t)((equal * 0x0102040810204080ULL) >> 56) << (half * 8);
  }
  return bits;
#endif
}

/// Asks for the cache line at an address, which need not be mapped.
static inline void clinux_prefetch(const void *address) { __builtin_prefetch(address); }

/// Whether the processor has shifts by any register; 0 on others than x86-64.
static inline int clinux_has_bmi2(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("bmi2") != 0;
#else
  return 0;
#endif
}

/// Whether the processor has atomic operations in one instruction (LSE); 0 on others than 64-bit Arm.
static inline int clinux_has_arm_atomics(void) {
#if defined(__aarch64__) && defined(__linux__)
  return (getauxval(AT_HWCAP) & 1UL << 8) != 0;
#elif defined(__aarch64__) && defined(__APPLE__)
  return 1;
#else
  return 0;
#endif
}

/// Whether the processor has loads that reverse bytes; 0 on others than x86-64.
static inline int clinux_has_movbe(void) {
#if defined(__x86_64__)
  unsigned int a, b, c, d;
  return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & (1u << 22)) != 0;
#else
  return 0;
#endif
}

/// Adds `count` times, a multiple of 8, each time to the sum before: one cycle each.
static inline void clinux_add_chain(uint64_t count) {
  uint64_t sum = 0, step = 1;
#if defined(__x86_64__)
#define CLINUX_ADD "add %2, %0\n"
  __asm__ volatile(
      "1:" CLINUX_ADD CLINUX_ADD CLINUX_ADD CLINUX_ADD CLINUX_ADD CLINUX_ADD CLINUX_ADD CLINUX_ADD "sub $8, %1; jnz 1b"
      : "+r"(sum), "+r"(count)
      : "r"(step)
      : "cc");
#elif defined(__aarch64__)
#define CLINUX_ADD "add %0, %0, %2\n"
  __asm__ volatile(
      "1:" CLINUX_ADD CLINUX_ADD CLINUX_ADD CLINUX_ADD CLINUX_ADD CLINUX_ADD CLINUX_ADD CLINUX_ADD
      "subs %1, %1, #8; b.ne 1b"
      : "+r"(sum), "+r"(count)
      : "r"(step)
      : "cc");
#else
  for (volatile uint64_t left = count; left > 0; left--) sum += step;
#endif
}

/// Makes code that was written into memory visible to the part of the processor that runs it.
static inline void clinux_flush_instructions(void *place, size_t size) {
  __builtin___clear_cache((char *)place, (char *)place + size);
}

#if defined(__aarch64__) && defined(__APPLE__)
#include <pthread.h>
#include <string.h>

/// Copies code into memory that was mapped with `MAP_JIT`, which this thread may write to while it copies; the others
/// may run code there meanwhile.
static inline void clinux_copy_code(void *place, const void *code, size_t size) {
  pthread_jit_write_protect_np(0);
  memcpy(place, code, size);
  pthread_jit_write_protect_np(1);
  clinux_flush_instructions(place, size);
}
#endif

#if defined(__linux__)
#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/// `bpf(2)`: negative errno on failure.
static inline long clinux_bpf(int command, void *attributes, unsigned int size) {
  long result = syscall(__NR_bpf, command, attributes, size);
  return result < 0 ? -errno : result;
}

/// `memfd_create(2)`: a file in memory that may be executed and ends with its last use; negative on failure.
static inline int clinux_executable_memory_file(const char *name) {
  // Kernels before 6.3 know nothing of the wish to execute it, and allow it.
  long file = syscall(__NR_memfd_create, name, 0x11u);
  if (file < 0 && errno == EINVAL) file = syscall(__NR_memfd_create, name, 0x1u);
  return (int)file;
}

/// `sched_getaffinity(2)` of the calling thread: a bit for each CPU it may run on; negative errno on failure.
static inline long clinux_get_affinity(void *mask, size_t size) {
  long result = syscall(__NR_sched_getaffinity, 0, size, mask);
  return result < 0 ? -errno : result;
}

/// `sched_setaffinity(2)` of the calling thread; negative errno on failure.
static inline long clinux_set_affinity(const void *mask, size_t size) {
  long result = syscall(__NR_sched_setaffinity, 0, size, mask);
  return result < 0 ? -errno : result;
}

/// `memfd_create(2)`: a file without a name, closed on exec; negative errno on failure.
static inline int clinux_memory_file(const char *name) {
  long result = syscall(__NR_memfd_create, name, 1U /* MFD_CLOEXEC */);
  return result < 0 ? -errno : (int)result;
}

/// `perf_event_open(2)` for a CPU, whatever runs there, closed on exec; negative errno on failure.
static inline int clinux_open_perf_event(const void *attributes, int cpu) {
  long result = syscall(__NR_perf_event_open, attributes, -1, cpu, -1, 8UL /* PERF_FLAG_FD_CLOEXEC */);
  return result < 0 ? -errno : (int)result;
}

/// `mmap(2)` of what a descriptor shares; null on failure, with `errno` set.
static inline void *clinux_map_shared(int descriptor, long offset, size_t size, int is_writable) {
  int protection = is_writable ? PROT_READ | PROT_WRITE : PROT_READ;
  void *place = mmap(NULL, size, protection, MAP_SHARED, descriptor, offset);
  return place == MAP_FAILED ? NULL : place;
}

/// `munmap(2)`.
static inline void clinux_unmap(void *place, size_t size) { (void)munmap(place, size); }

/// The calling thread's last error number.
static inline int clinux_errno(void) { return errno; }

/// The size of a page, in bytes.
static inline size_t clinux_page_size(void) { return (size_t)sysconf(_SC_PAGESIZE); }

/// A word that the kernel has stored, and with it all that it stored before.
static inline uint32_t clinux_load_acquiring(const void *place) {
  return __atomic_load_n((const uint32_t *)place, __ATOMIC_ACQUIRE);
}

/// A position that the kernel has stored, and with it all that it stored before.
static inline uint64_t clinux_load_position(const void *place) {
  return __atomic_load_n((const uint64_t *)place, __ATOMIC_ACQUIRE);
}

/// Tells the kernel a position, after all that was read before.
static inline void clinux_store_position(void *place, uint64_t position) {
  __atomic_store_n((uint64_t *)place, position, __ATOMIC_RELEASE);
}
#endif
