// Returns what it did not choose on every way.
#include "bpf.h"

SEC("xdp") int wrong(struct xdp_md *ctx) {
  int action;
  return action;
}

SEC("xdp") int mended(struct xdp_md *ctx) {
  int action = XDP_PASS;
  return action;
}

char _license[] SEC("license") = "GPL";
