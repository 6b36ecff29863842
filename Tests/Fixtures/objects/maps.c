/* Every attribute of maps that are declared by types, maps of maps and program arrays with contents. */
#include "xdp.h"

struct key {
  u32 address;
  u16 port;
};

typedef struct {
  u64 packets, bytes;
} counter;

struct {
  __uint(type, MAP_HASH);
  __uint(max_entries, 1024);
  __type(key, struct key);
  __type(value, counter);
  __uint(map_flags, 1);
} flows SEC(".maps");

struct {
  __uint(type, MAP_LRU_HASH);
  __uint(key_size, 6);
  __uint(value_size, 12);
  __uint(max_entries, 65536);
  __uint(map_flags, 1 << 2);
  __uint(numa_node, 1);
  __uint(pinning, 1);
} neighbours SEC(".maps");

struct {
  __uint(type, MAP_BLOOM_FILTER);
  __type(value, u64);
  __uint(max_entries, 100);
  __uint(map_extra, 3);
} seen SEC(".maps");

struct {
  __uint(type, MAP_RINGBUF);
  __uint(max_entries, 1 << 16);
  __ulong(map_extra, 0x123456789abcULL);
} events SEC(".maps");

struct inner {
  __uint(type, MAP_ARRAY);
  __uint(max_entries, 4);
  __type(key, u32);
  __type(value, u64);
};

struct inner inner_one SEC(".maps"), inner_two SEC(".maps");

struct {
  __uint(type, MAP_ARRAY_OF_MAPS);
  __uint(max_entries, 5);
  __type(key, u32);
  __array(values, struct inner);
} outer SEC(".maps") = {.values = {[0] = &inner_one, [3] = &inner_two}};

struct {
  __uint(type, MAP_HASH_OF_MAPS);
  __uint(max_entries, 2);
  __uint(key_size, 8);
  __uint(value_size, 4);
  __array(values, struct {
    __uint(type, MAP_HASH);
    __uint(max_entries, 7);
    __type(key, u16);
    __type(value, u8);
  });
} outer_hash SEC(".maps");

int drop(struct xdp_md *ctx);
int pass(struct xdp_md *ctx);

struct {
  __uint(type, MAP_PROG_ARRAY);
  __uint(max_entries, 8);
  __uint(key_size, 4);
  __array(values, int(struct xdp_md *));
} jumps SEC(".maps") = {.values = {[1] = &drop, [7] = &pass}};

SEC("xdp") int drop(struct xdp_md *ctx) { return XDP_DROP; }
SEC("xdp") int pass(struct xdp_md *ctx) { return XDP_PASS; }

SEC("xdp") int lookups(struct xdp_md *ctx) {
  struct key key = {1, 2};
  counter *found = map_lookup_elem(&flows, &key);
  u32 index = 3;
  void *map = map_lookup_elem(&outer, &index);
  if (map) map_lookup_elem(map, &index);
  tail_call(ctx, &jumps, 1);
  return found ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "GPL";
