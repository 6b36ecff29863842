/* goebpf's struct: pointers to the inner map and to a path. */
struct bpf_map_def {
  unsigned type, key_size, value_size, max_entries, map_flags;
  void *inner_map_def;
  const char *persistent_path;
};
struct bpf_map_def first __attribute__((section("maps"), used)) = {2, 4, 8, 16, 0, 0, "/sys/fs/bpf/first"};
struct bpf_map_def second __attribute__((section("maps"), used)) = {12, 4, 4, 3, 0, &first, 0};
#include "legacy.h"
