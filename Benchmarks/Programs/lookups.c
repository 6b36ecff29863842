// Sixty look-ups in a row, each with its own key and its own check.
#include "../../Programs/include/packet.h"

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1024);
  __type(key, u32);
  __type(value, u64);
} table SEC(".maps");

#define LOOK_UP(number)                                                \
  {                                                                    \
    u32 key = hash + (number);                                         \
    u64 *value = bpf_map_lookup_elem(&table, &key);                    \
    if (value) sum += *value;                                          \
  }
#define TEN(tens)                                                                               \
  LOOK_UP(tens##0) LOOK_UP(tens##1) LOOK_UP(tens##2) LOOK_UP(tens##3) LOOK_UP(tens##4) \
  LOOK_UP(tens##5) LOOK_UP(tens##6) LOOK_UP(tens##7) LOOK_UP(tens##8) LOOK_UP(tens##9)

SEC("xdp") int lookups(struct xdp_md *context) {
  u32 hash = context->rx_queue_index;
  u64 sum = 0;
  TEN(1) TEN(2) TEN(3) TEN(4) TEN(5) TEN(6)
  return sum & 1 ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "Apache-2.0";
