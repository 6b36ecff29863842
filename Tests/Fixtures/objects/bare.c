/* Compiled without -g, as the first compilers' users did: no types, maps as structs, variables by symbol. */
struct bpf_map_def {
  unsigned type, key_size, value_size, max_entries, map_flags;
};
struct bpf_map_def first __attribute__((section("maps"), used)) = {6, 4, 8, 16, 0};
struct bpf_map_def second __attribute__((section("maps"), used)) = {1, 4, 8, 100, 0};
unsigned threshold = 5;
#include "legacy.h"

SEC("xdp_other") int other(struct xdp_md *ctx) { return ctx->rx_queue_index > threshold ? XDP_DROP : XDP_PASS; }
