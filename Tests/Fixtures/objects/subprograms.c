/* Functions of all kinds, called directly and back, across sections. */
#include "xdp.h"

u32 total;

static __noinline int leaf(u32 value) {
  total += value;
  return value > 10;
}

__noinline int visible(u32 value) { return leaf(value) + 1; }
__hidden __noinline int hidden(u32 value) { return leaf(value * 3) + 2; }
__weak __noinline int replaceable(u32 value) {
  total ^= value;
  return 3;
}

static __noinline int elsewhere(u32 value) SEC("xdp_library");
static __noinline int elsewhere(u32 value) { return visible(value) + leaf(value); }

static long step(u32 index, void *context) {
  *(u32 *)context += index;
  return leaf(index);
}

SEC("xdp") int direct(struct xdp_md *ctx) {
  return visible(ctx->rx_queue_index) + hidden(ctx->ingress_ifindex) + replaceable(1);
}

SEC("xdp") int back(struct xdp_md *ctx) {
  u32 sum = 0;
  loop(4, step, &sum, 0);
  return sum + elsewhere(sum);
}

SEC("xdp.frags") int alone(struct xdp_md *ctx) { return XDP_PASS; }

char _license[] SEC("license") = "GPL";
