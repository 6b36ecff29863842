// The interpreter that one writes first: a switch in C, nothing checked, nothing counted. What checks cost is
// measured against it.
#pragma once
#include <stdint.h>

uint64_t peer_run(const uint64_t *code, uint64_t r1);

// Programs/parser.c, compiled for the host; the context's packet lies below 4 GiB.
struct xdp_md;
int peer_parse(struct xdp_md *context);

// A chain of dependent decrements, one cycle each: how fast the clock runs now.
static inline void peer_chain(uint64_t count) {
#if defined(__x86_64__)
  __asm__ volatile("1: dec %0; jnz 1b" : "+r"(count));
#elif defined(__aarch64__)
  __asm__ volatile("1: subs %0, %0, #1; b.ne 1b" : "+r"(count));
#endif
}

// Keeps the calling thread on one processor, or lets it go anywhere again for -1; 0 where that is possible.
int peer_stay(int processor);
