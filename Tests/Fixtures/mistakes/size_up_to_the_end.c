// Has a helper sum everything up to the packet's end, which is no number that is known.
#include "bpf.h"

SEC("xdp") int wrong(struct xdp_md *ctx) {
  void *data = (void *)(long)ctx->data;
  void *data_end = (void *)(long)ctx->data_end;
  if (data + 40 > data_end)
    return XDP_PASS;
  u32 length = (data_end - data) & 0x1fc;
  long sum = bpf_csum_diff(0, 0, data, length, 0);
  return sum == 0xffff ? XDP_DROP : XDP_PASS;
}

SEC("xdp") int mended(struct xdp_md *ctx) {
  void *data = (void *)(long)ctx->data;
  void *data_end = (void *)(long)ctx->data_end;
  if (data + 40 > data_end)
    return XDP_PASS;
  if (data + 508 > data_end) return XDP_PASS;
  u32 length = (data_end - data) & 0x1fc;
  long sum = bpf_csum_diff(0, 0, data, length, 0);
  return sum == 0xffff ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
