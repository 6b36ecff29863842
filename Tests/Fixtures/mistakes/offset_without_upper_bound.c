// Goes as far as a field of the packet says, and compares; but nothing bounds the field.
#include "bpf.h"

struct header {
  u32 skip;
  u32 kind;
};

SEC("xdp") int wrong(struct xdp_md *ctx) {
  u8 *data = (u8 *)(long)ctx->data;
  u8 *data_end = (u8 *)(long)ctx->data_end;
  struct header *header = (void *)data;
  if ((u8 *)(header + 1) > data_end)
    return XDP_PASS;
  u32 skip = header->skip;
  u8 *payload = data + skip;
  if (payload + 1 > data_end)
    return XDP_PASS;
  return *payload == 7 ? XDP_DROP : XDP_PASS;
}

SEC("xdp") int mended(struct xdp_md *ctx) {
  u8 *data = (u8 *)(long)ctx->data;
  u8 *data_end = (u8 *)(long)ctx->data_end;
  struct header *header = (void *)data;
  if ((u8 *)(header + 1) > data_end)
    return XDP_PASS;
  u32 skip = header->skip;
  if (skip > 65534) return XDP_PASS;
  u8 *payload = data + skip;
  if (payload + 1 > data_end)
    return XDP_PASS;
  return *payload == 7 ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
