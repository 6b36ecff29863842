// Puts what it knows of a packet before it, for the next layer to read; and reads what the layer before left.
#include "../../../Programs/include/transport.h"

struct hint {
  u32 mark;
  u32 hash;
  u16 network;
  u16 transport;
};

u64 refused, found, fresh;

SEC("xdp")
int leave(struct xdp_md *context) {
  struct hint hint = {.mark = 0x1234};
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet;
  struct ipv4_header *ip = take_ipv4(&cursor, &ethernet);
  if (ip) {
    hint.network = sizeof *ethernet;
    hint.transport = hint.network + ip->header_words * 4;
    hint.hash = word(ip->source) * 2654435761u ^ word(ip->destination) ^ ip->protocol;
  }
  if (bpf_xdp_adjust_meta(context, -(int)sizeof hint)) {
    refused++;
    return XDP_DROP;
  }
  void *data = (void *)(u64)context->data, *metadata = (void *)(u64)context->data_meta;
  if (metadata + sizeof hint > data) return XDP_ABORTED;
  __builtin_memcpy(metadata, &hint, sizeof hint);
  return XDP_PASS;
}

SEC("xdp")
int read(struct xdp_md *context) {
  void *data = (void *)(u64)context->data, *metadata = (void *)(u64)context->data_meta;
  u32 *mark = metadata;
  if (metadata + 4 > data) {
    fresh++;
    return XDP_PASS;
  }
  found += *mark;
  *mark ^= 0xffffffff;
  // All but the mark is taken away, then the packet's own head, which metadata moves with.
  if (bpf_xdp_adjust_meta(context, (int)(data - metadata) - 4 > 0 ? 4 : 0)) refused++;
  if (bpf_xdp_adjust_head(context, -8)) refused++;
  return XDP_TX;
}

char LICENSE[] SEC("license") = "GPL";
