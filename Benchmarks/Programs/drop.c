// The least that a program can do.
#include "../../Programs/include/bpf.h"

SEC("xdp") int drop(struct xdp_md *context) { return XDP_DROP; }

char LICENSE[] SEC("license") = "Apache-2.0";
