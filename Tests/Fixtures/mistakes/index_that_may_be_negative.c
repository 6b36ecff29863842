// Checks that an index is not too large, as a signed number.
#include "bpf.h"

struct counters {
  u64 by_kind[64];
};

struct {
  __uint(type, 2);
  __uint(max_entries, 1);
  __type(key, u32);
  __type(value, struct counters);
} statistics SEC(".maps");

SEC("xdp") int wrong(struct xdp_md *ctx) {
  int kind = ctx->ingress_ifindex, zero = 0;
  struct counters *counters = bpf_map_lookup_elem(&statistics, &zero);
  if (!counters)
    return XDP_PASS;
  if (kind > 63)
    return XDP_PASS;
  counters->by_kind[kind] += 1;
  return XDP_PASS;
}

SEC("xdp") int mended(struct xdp_md *ctx) {
  unsigned kind = ctx->ingress_ifindex, zero = 0;
  struct counters *counters = bpf_map_lookup_elem(&statistics, &zero);
  if (!counters)
    return XDP_PASS;
  if (kind > 63)
    return XDP_PASS;
  counters->by_kind[kind] += 1;
  return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
