/* A function that is nowhere, and one whose caller is fine. */
#include "xdp.h"

int nowhere(int value);

SEC("xdp") int lost(struct xdp_md *ctx) { return nowhere(1); }
SEC("xdp") int fine(struct xdp_md *ctx) { return XDP_PASS; }
