// Makes room before the packet, and goes on with the pointers of before.
#include "bpf.h"

SEC("xdp") int wrong(struct xdp_md *ctx) {
  void *data = (void *)(long)ctx->data;
  void *data_end = (void *)(long)ctx->data_end;
  if (data + 14 > data_end)
    return XDP_PASS;
  if (bpf_xdp_adjust_head(ctx, -4))
    return XDP_DROP;
  struct ethhdr *eth = data;
  eth->h_proto = htons(0x8100);
  return XDP_PASS;
}

SEC("xdp") int mended(struct xdp_md *ctx) {
  void *data = (void *)(long)ctx->data;
  void *data_end = (void *)(long)ctx->data_end;
  if (data + 14 > data_end)
    return XDP_PASS;
  if (bpf_xdp_adjust_head(ctx, -4))
    return XDP_DROP;
  data = (void *)(long)ctx->data;
  data_end = (void *)(long)ctx->data_end;
  if (data + 14 > data_end)
    return XDP_PASS;
  struct ethhdr *eth = data;
  eth->h_proto = htons(0x8100);
  return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
