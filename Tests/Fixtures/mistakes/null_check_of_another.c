// Looks twice, and compares only what the first look gave.
#include "bpf.h"

struct {
  __uint(type, 1);
  __uint(max_entries, 64);
  __type(key, u32);
  __type(value, u64);
} packets SEC(".maps");

SEC("xdp") int wrong(struct xdp_md *ctx) {
  u32 queue = ctx->rx_queue_index, device = ctx->ingress_ifindex;
  u64 *by_queue = bpf_map_lookup_elem(&packets, &queue);
  u64 *by_device = bpf_map_lookup_elem(&packets, &device);
  if (!by_queue)
    return XDP_PASS;
  *by_queue += 1;
  *by_device += 1;
  return XDP_PASS;
}

SEC("xdp") int mended(struct xdp_md *ctx) {
  u32 queue = ctx->rx_queue_index, device = ctx->ingress_ifindex;
  u64 *by_queue = bpf_map_lookup_elem(&packets, &queue);
  u64 *by_device = bpf_map_lookup_elem(&packets, &device);
  if (!by_device) return XDP_PASS;
  if (!by_queue)
    return XDP_PASS;
  *by_queue += 1;
  *by_device += 1;
  return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
