// Writes the packet as a tc program would.
#include "bpf.h"

SEC("xdp") int wrong(struct xdp_md *ctx) {
  u8 address[6] = {2, 0, 0, 0, 0, 1};
  bpf_skb_store_bytes(ctx, 0, address, sizeof(address), 0);
  return XDP_PASS;
}

SEC("xdp") int mended(struct xdp_md *ctx) {
  u8 address[6] = {2, 0, 0, 0, 0, 1};
  bpf_xdp_store_bytes(ctx, 0, address, sizeof(address));
  return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
