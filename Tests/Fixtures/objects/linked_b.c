/* The other half of a statically linked object. */
#include "xdp.h"

u32 from_b = 2;
static u64 quiet;

static __noinline u32 twice(u32 value) { return value * 2; }

__noinline int helper_of_b(u32 value) {
  quiet += value;
  return twice(value) + from_b;
}

SEC("xdp") int entry_b(struct xdp_md *ctx) { return twice(ctx->rx_queue_index) + quiet; }

char _license[] SEC("license") = "GPL";
