/* Maps as structs of words, from before BTF; each file includes this with another loader's struct. */
#include "xdp.h"

SEC("xdp_prog") int entry(struct xdp_md *ctx) {
  u32 key = 0;
  u64 *value = map_lookup_elem(&second, &key);
  return map_lookup_elem(&first, &key) && value ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "GPL";
