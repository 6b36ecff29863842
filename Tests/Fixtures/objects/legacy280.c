/* gobpf's struct: pinning and a path. */
struct bpf_map_def {
  unsigned type, key_size, value_size, max_entries, map_flags, pinning;
  char namespace[256];
};
struct bpf_map_def first __attribute__((section("maps"), used)) = {2, 4, 8, 16, 0, 1, ""};
struct bpf_map_def second __attribute__((section("maps"), used)) = {1, 4, 8, 100, 0, 0, "custom"};
#include "legacy.h"
