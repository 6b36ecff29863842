// Reads the packet without having asked how long it is.
#include "bpf.h"

SEC("xdp") int wrong(struct xdp_md *ctx) {
  struct ethhdr *eth = (void *)(long)ctx->data;
  if (eth->h_proto == htons(0x86dd))
    return XDP_DROP;
  return XDP_PASS;
}

SEC("xdp") int mended(struct xdp_md *ctx) {
  struct ethhdr *eth = (void *)(long)ctx->data;
  if ((void *)eth + 14 > (void *)(long)ctx->data_end) return XDP_PASS;
  if (eth->h_proto == htons(0x86dd))
    return XDP_DROP;
  return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
