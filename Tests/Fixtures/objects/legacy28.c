/* The kernel samples' struct: inner map by position, NUMA node. */
struct bpf_map_def {
  unsigned type, key_size, value_size, max_entries, map_flags, inner_map_idx, numa_node;
};
struct bpf_map_def first __attribute__((section("maps"), used)) = {2, 4, 8, 16, 4, 0, 1};
struct bpf_map_def second __attribute__((section("maps"), used)) = {12, 4, 4, 3, 0, 0, 0};
#include "legacy.h"
