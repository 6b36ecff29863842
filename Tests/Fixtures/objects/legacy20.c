/* libbpf's struct: five words. */
struct bpf_map_def {
  unsigned type, key_size, value_size, max_entries, map_flags;
};
struct bpf_map_def first __attribute__((section("maps"), used)) = {2, 4, 8, 16, 0};
struct bpf_map_def second __attribute__((section("maps"), used)) = {11, 8, 8, 100, 1};
struct ____btf_map_first {
  unsigned key;
  unsigned long long value;
};
struct ____btf_map_first __attribute__((section(".maps.first"), used)) ____btf_map_first = {};
#include "legacy.h"
