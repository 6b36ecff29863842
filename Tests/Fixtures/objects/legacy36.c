/* iproute2's struct: ids, inner maps by id, tail calls by section name. */
struct bpf_elf_map {
  unsigned type, size_key, size_value, max_elem, flags, id, pinning, inner_id, inner_idx;
};
struct bpf_elf_map first __attribute__((section("maps"), used)) = {2, 4, 8, 16, 0, 42, 2, 0, 1};
struct bpf_elf_map second __attribute__((section("maps"), used)) = {12, 4, 4, 3, 0, 0, 0, 42, 0};
struct bpf_elf_map tails __attribute__((section("maps"), used)) = {3, 4, 4, 2, 0, 7, 0, 0, 0};
#include "legacy.h"

SEC("7/1") int tail(struct xdp_md *ctx) { return XDP_TX; }
