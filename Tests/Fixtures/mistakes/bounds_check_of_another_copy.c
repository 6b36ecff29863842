// Compares where the options would end without them, and reads behind the options.
#include "bpf.h"

SEC("xdp") int wrong(struct xdp_md *ctx) {
  void *data = (void *)(long)ctx->data;
  void *data_end = (void *)(long)ctx->data_end;
  struct iphdr *ip = data + sizeof(struct ethhdr);
  struct udphdr *udp = data + sizeof(struct ethhdr) + sizeof(*ip);
  if ((void *)(udp + 1) > data_end)
    return XDP_PASS;
  u32 length = ip->ihl * 4;
  struct udphdr *behind = (void *)ip + length;
  if (behind->dest == htons(53))
    return XDP_DROP;
  return XDP_PASS;
}

SEC("xdp") int mended(struct xdp_md *ctx) {
  void *data = (void *)(long)ctx->data;
  void *data_end = (void *)(long)ctx->data_end;
  struct iphdr *ip = data + sizeof(struct ethhdr);
  struct udphdr *udp = data + sizeof(struct ethhdr) + sizeof(*ip);
  if ((void *)(udp + 1) > data_end)
    return XDP_PASS;
  u32 length = ip->ihl * 4;
  struct udphdr *behind = (void *)ip + length;
  if ((void *)behind + 4 > data_end) return XDP_PASS;
  if (behind->dest == htons(53))
    return XDP_DROP;
  return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
