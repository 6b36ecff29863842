// Compares the context's 32-bit fields themselves.
#include "bpf.h"

SEC("xdp") int wrong(struct xdp_md *ctx) {
  void *data = (void *)(long)ctx->data;
  struct ethhdr *eth = data;
  if ((u32)(long)data + 14 > (u32)ctx->data_end)
    return XDP_PASS;
  return eth->h_proto == htons(0x0806) ? XDP_DROP : XDP_PASS;
}

SEC("xdp") int mended(struct xdp_md *ctx) {
  void *data = (void *)(long)ctx->data;
  struct ethhdr *eth = data;
  if (data + 14 > (void *)(long)ctx->data_end)
    return XDP_PASS;
  return eth->h_proto == htons(0x0806) ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
