// Sums a whole jumbo frame a hundred times over.
#include "bpf.h"

SEC("xdp") int wrong(struct xdp_md *ctx) {
  u32 sum = ctx->rx_queue_index;
  for (u32 i = 0; i < 1000000; i++) {
    sum = sum * 31 + i;
    asm volatile("" : "+r"(sum));
  }
  return sum & 1 ? XDP_DROP : XDP_PASS;
}

SEC("xdp") int mended(struct xdp_md *ctx) {
  u32 sum = ctx->rx_queue_index;
  for (u32 i = 0; i < 10000; i++) {
    sum = sum * 31 + i;
    asm volatile("" : "+r"(sum));
  }
  return sum & 1 ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
