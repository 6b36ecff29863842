// Lets later fragments share the fate of the first one, which has the ports: for both families, whatever the order.
#include "../../../Programs/include/transport.h"

struct key {
  u32 source[4];
  u32 destination[4];
  u32 identification;
  u32 protocol;
};

struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 512);
  __type(key, struct key);
  __type(value, u32);
} fates SEC(".maps");

u64 whole, first, later, orphans, tiny;

inlined int judged(struct cursor *cursor, u32 protocol) {
  if (protocol != PROTOCOL_TCP && protocol != PROTOCOL_UDP) return XDP_PASS;
  struct ports *ports = take(cursor, sizeof *ports);
  if (!ports) {
    tiny++;
    return XDP_DROP;
  }
  return network16(ports->destination) & 1 ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int follow(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet;
  struct key key = {};
  u16 place;
  struct ipv4_header *v4 = take_ipv4(&cursor, &ethernet);
  if (v4) {
    u16 field = network16(v4->fragment);
    place = (field & IPV4_FRAGMENT_OFFSET) << 3 | (field & IPV4_MORE_FRAGMENTS ? 1 : 0);
    key.source[0] = word(v4->source);
    key.destination[0] = word(v4->destination);
    key.identification = v4->identification;
    key.protocol = v4->protocol;
  } else {
    cursor = packet_cursor(context);
    struct ipv6_header *v6 = take_ipv6(&cursor, &ethernet);
    if (!v6) return XDP_PASS;
    __builtin_memcpy(key.source, v6->source, 16);
    __builtin_memcpy(key.destination, v6->destination, 16);
    key.protocol = v6->next_header;
    place = 0;
    if (key.protocol == PROTOCOL_FRAGMENT) {
      struct ipv6_fragment *fragment = take(&cursor, sizeof *fragment);
      if (!fragment) return XDP_ABORTED;
      key.identification = fragment->identification;
      key.protocol = fragment->next_header;
      place = network16(fragment->fragment) & 0xfff9;
    }
  }
  if (place == 0) {
    whole++;
    return judged(&cursor, key.protocol);
  }
  u32 verdict;
  if (place >> 3 == 0) {
    first++;
    verdict = judged(&cursor, key.protocol);
    bpf_map_update_elem(&fates, &key, &verdict, BPF_ANY);
    return verdict;
  }
  later++;
  u32 *fate = bpf_map_lookup_elem(&fates, &key);
  if (!fate) {
    orphans++;
    return XDP_DROP;
  }
  verdict = *fate;
  if (!(place & 1)) bpf_map_delete_elem(&fates, &key);
  return verdict;
}

char LICENSE[] SEC("license") = "GPL";
