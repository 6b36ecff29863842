// Waits for a clock, which may never come so far.
#include "bpf.h"

SEC("xdp") int wrong(struct xdp_md *ctx) {
  u64 start = bpf_ktime_get_ns();
  u64 now = start;
  while (now - start < 1000)
    now = bpf_ktime_get_ns();
  return now & 1 ? XDP_DROP : XDP_PASS;
}

SEC("xdp") int mended(struct xdp_md *ctx) {
  u64 start = bpf_ktime_get_ns();
  u64 now = start;
  for (int i = 0; i < 64 && now - start < 1000; i++)
    now = bpf_ktime_get_ns();
  return now & 1 ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
