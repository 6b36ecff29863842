// About 2,500 instructions with maps, lines and types: what loading is measured with.
#include "../../Programs/include/packet.h"

struct counter {
  u64 packets;
  u64 bytes;
};

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 256);
  __type(key, u32);
  __type(value, struct counter);
} counters SEC(".maps");

// One rule: a source, a range of destination ports, and a counter of its own.
#define RULE(number)                                                                     \
  if (ip->source[0] == (number) && ip->source[1] != (number) / 3 &&                      \
      destination >= (number) * 7 && destination < (number) * 7 + 100) {                 \
    u32 key = (number);                                                                  \
    struct counter *counter = bpf_map_lookup_elem(&counters, &key);                      \
    if (!counter) return XDP_ABORTED;                                                    \
    counter->packets += 1;                                                               \
    counter->bytes += cursor.end - cursor.position;                                      \
  }

#define RULES(tens) \
  RULE(tens##0) RULE(tens##1) RULE(tens##2) RULE(tens##3) RULE(tens##4) \
  RULE(tens##5) RULE(tens##6) RULE(tens##7) RULE(tens##8) RULE(tens##9)

SEC("xdp") int rules(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet = take(&cursor, sizeof *ethernet);
  if (!ethernet || network16(ethernet->type) != ETHERTYPE_IPV4) return XDP_PASS;
  struct ipv4_header *ip = take(&cursor, sizeof *ip);
  if (!ip || ip->header_words != 5) return XDP_PASS;
  struct ports *ports = take(&cursor, sizeof *ports);
  if (!ports) return XDP_PASS;
  u16 destination = network16(ports->destination);
  RULES(1) RULES(2) RULES(3) RULES(4) RULES(5) RULES(6) RULES(7) RULES(8) RULES(9) RULES(10) RULES(11) RULES(12)
  return XDP_DROP;
}

char LICENSE[] SEC("license") = "Apache-2.0";
