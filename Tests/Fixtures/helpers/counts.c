// How many elements maps have, which Linux counts in hashes.
#include "helpers.h"

struct bpf_map;
extern s64 bpf_map_sum_elem_count(const struct bpf_map *map) __ksym;

#define map(name, kind, flags, key_type)                                                                      \
  struct {                                                                                                    \
    __uint(type, kind);                                                                                       \
    __uint(map_flags, flags);                                                                                 \
    __type(key, key_type);                                                                                    \
    __type(value, u64);                                                                                       \
    __uint(max_entries, 8);                                                                                   \
  } name SEC(".maps")

map(hash, MAP_HASH, 0, u32);
map(unreserved, MAP_HASH, 1, u32);
map(per_cpu, MAP_PERCPU_HASH, 0, u32);
map(lru, MAP_LRU_HASH, 0, u32);
map(lru_per_cpu, 10, 0, u32);
map(array, MAP_ARRAY, 0, u32);
map(trie, 11, 1, u64);

#define count(name) keep(bpf_map_sum_elem_count((void *)&name))
#define fill(name)                                                                                            \
  {                                                                                                           \
    count(name);                                                                                              \
    for (u32 key = 0; key < 5; key++) update(&name, &key, &value, 0);                                         \
    count(name);                                                                                              \
    u32 key = 3;                                                                                              \
    update(&name, &key, &value, 0);                                                                           \
    count(name);                                                                                              \
    erase(&name, &key);                                                                                       \
    erase(&name, &key);                                                                                       \
    count(name);                                                                                              \
  }

SEC("xdp") int counting(struct xdp_md *ctx) {
  u64 value = 1;
  fill(hash);
  fill(unreserved);
  fill(per_cpu);
  fill(lru);
  fill(lru_per_cpu);
  fill(array);
  struct {
    u32 length, address;
  } prefix = {8, 10};
  update(&trie, &prefix, &value, 0);
  count(trie);
  return XDP_PASS;
}
