// Prints, under a license with which that is not allowed.
#include "bpf.h"

SEC("xdp") int wrong(struct xdp_md *ctx) {
  char text[] = "seen";
  bpf_trace_printk(text, sizeof(text));
  return XDP_PASS;
}

char _license[] SEC("license") = "MIT";
