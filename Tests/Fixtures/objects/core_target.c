/* The "kernel" that core.c is relocated against: other offsets, sizes and values, and no struct gone. */
#include "xdp.h"

struct flow {
  u64 added;
  u64 bytes;
  u64 source;
  u32 state : 9, kind : 4;
  u32 target;
  u16 window[8];
  struct flow *next;
  s32 balance;
};

enum color { RED = 10, GREEN = 20 };
enum huge { LARGE = 0x700000000ULL };

struct flow flow = {};
enum color color = RED;
enum huge huge = LARGE;

SEC("xdp") int entry(struct xdp_md *ctx) { return flow.target + color + (u32)huge; }
