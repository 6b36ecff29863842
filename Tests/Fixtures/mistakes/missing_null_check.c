// Counts without a look at what the look-up gave.
#include "bpf.h"

struct {
  __uint(type, 1);
  __uint(max_entries, 64);
  __type(key, u32);
  __type(value, u64);
} packets SEC(".maps");

SEC("xdp") int wrong(struct xdp_md *ctx) {
  u32 queue = ctx->rx_queue_index;
  u64 *count = bpf_map_lookup_elem(&packets, &queue);
  *count += 1;
  return XDP_PASS;
}

SEC("xdp") int mended(struct xdp_md *ctx) {
  u32 queue = ctx->rx_queue_index;
  u64 *count = bpf_map_lookup_elem(&packets, &queue);
  if (!count) return XDP_PASS;
  *count += 1;
  return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
