// Counts by a byte of the packet in an array of 64 counters.
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
  u8 *data = (u8 *)(long)ctx->data;
  u8 *data_end = (u8 *)(long)ctx->data_end;
  if (data + 1 > data_end)
    return XDP_PASS;
  u32 kind = data[0], zero = 0;
  struct counters *counters = bpf_map_lookup_elem(&statistics, &zero);
  if (!counters)
    return XDP_PASS;
  counters->by_kind[kind] += 1;
  return XDP_PASS;
}

SEC("xdp") int mended(struct xdp_md *ctx) {
  u8 *data = (u8 *)(long)ctx->data;
  u8 *data_end = (u8 *)(long)ctx->data_end;
  if (data + 1 > data_end)
    return XDP_PASS;
  u32 kind = data[0], zero = 0;
  struct counters *counters = bpf_map_lookup_elem(&statistics, &zero);
  if (!counters)
    return XDP_PASS;
  if (kind > 63) return XDP_PASS;
  counters->by_kind[kind] += 1;
  return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
