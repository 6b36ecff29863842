/* One half of a statically linked object. */
#include "xdp.h"

struct {
  __uint(type, MAP_ARRAY);
  __uint(max_entries, 1);
  __type(key, u32);
  __type(value, u64);
} shared SEC(".maps");

u32 from_a = 1;
extern u32 from_b;
int helper_of_b(u32 value);

SEC("xdp") int entry_a(struct xdp_md *ctx) {
  u32 key = 0;
  return map_lookup_elem(&shared, &key) ? helper_of_b(from_a) : from_b;
}

char _license[] SEC("license") = "GPL";
