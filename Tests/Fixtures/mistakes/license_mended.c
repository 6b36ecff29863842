// Prints, under a license with which that is allowed.
#include "bpf.h"

SEC("xdp") int mended(struct xdp_md *ctx) {
  char text[] = "seen";
  bpf_trace_printk(text, sizeof(text));
  return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
