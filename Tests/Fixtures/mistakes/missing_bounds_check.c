// Reads the IP header of a packet that may be shorter.
#include "bpf.h"

SEC("xdp") int wrong(struct xdp_md *ctx) {
  void *data = (void *)(long)ctx->data;
  void *data_end = (void *)(long)ctx->data_end;
  struct ethhdr *eth = data;
  if (data + sizeof(*eth) > data_end)
    return XDP_PASS;
  if (eth->h_proto != htons(0x0800))
    return XDP_PASS;
  struct iphdr *ip = data + sizeof(*eth);
  if (ip->protocol == 17)
    return XDP_DROP;
  return XDP_PASS;
}

SEC("xdp") int mended(struct xdp_md *ctx) {
  void *data = (void *)(long)ctx->data;
  void *data_end = (void *)(long)ctx->data_end;
  struct ethhdr *eth = data;
  if (data + sizeof(*eth) > data_end)
    return XDP_PASS;
  if (eth->h_proto != htons(0x0800))
    return XDP_PASS;
  struct iphdr *ip = data + sizeof(*eth);
  if (data + 24 > data_end) return XDP_PASS;
  if (ip->protocol == 17)
    return XDP_DROP;
  return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
