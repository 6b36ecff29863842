// Looks a key up of which half was never written.
#include "bpf.h"

struct key {
  u32 device, queue;
};

struct {
  __uint(type, 1);
  __uint(max_entries, 64);
  __type(key, struct key);
  __type(value, u64);
} packets SEC(".maps");

SEC("xdp") int wrong(struct xdp_md *ctx) {
  struct key key;
  key.device = ctx->ingress_ifindex;
  u64 *count = bpf_map_lookup_elem(&packets, &key);
  if (count)
    *count += 1;
  return XDP_PASS;
}

SEC("xdp") int mended(struct xdp_md *ctx) {
  struct key key = {};
  key.device = ctx->ingress_ifindex;
  u64 *count = bpf_map_lookup_elem(&packets, &key);
  if (count)
    *count += 1;
  return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
