// Takes a stack of MPLS labels off, finding out by the first half byte what is below (RFC 4928), and swaps labels.
#include "../../../Programs/include/transport.h"

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16);
  __type(key, u32);
  __type(value, u32);
} labels SEC(".maps");

u64 popped, swapped, too_deep;

SEC("xdp")
int pop(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet = take(&cursor, sizeof *ethernet);
  if (!ethernet || ethernet->type != network16(ETHERTYPE_MPLS)) return XDP_PASS;
  struct ethernet_header kept = *ethernet;
  int depth = 0, is_bottom = 0;
  for (; depth < 6 && !is_bottom; depth++) {
    u32 *entry = take(&cursor, 4);
    if (!entry) return XDP_DROP;
    is_bottom = network32(*entry) >> 8 & 1;
  }
  if (!is_bottom) {
    too_deep++;
    return XDP_DROP;
  }
  u8 *below = take(&cursor, 1);
  if (!below) return XDP_DROP;
  if (*below >> 4 == 4) kept.type = network16(ETHERTYPE_IPV4);
  else if (*below >> 4 == 6) kept.type = network16(ETHERTYPE_IPV6);
  else return XDP_PASS;
  if (bpf_xdp_adjust_head(context, depth * 4)) return XDP_ABORTED;
  cursor = packet_cursor(context);
  ethernet = take(&cursor, sizeof *ethernet);
  if (!ethernet) return XDP_ABORTED;
  *ethernet = kept;
  popped += depth;
  return XDP_PASS;
}

SEC("xdp")
int swap(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet = take(&cursor, sizeof *ethernet);
  if (!ethernet || ethernet->type != network16(ETHERTYPE_MPLS)) return XDP_PASS;
  u32 *entry = take(&cursor, 4);
  if (!entry) return XDP_DROP;
  u32 value = network32(*entry), label = value >> 12, hops = value & 0xff;
  u32 *other = bpf_map_lookup_elem(&labels, &label);
  if (!other) {
    // A label that nobody has announced is learnt as itself, while there is room.
    bpf_map_update_elem(&labels, &label, &label, BPF_NOEXIST);
    return XDP_DROP;
  }
  if (hops <= 1) return XDP_DROP;
  *entry = network32(*other << 12 | (value & 0xf00) | (hops - 1));
  swapped++;
  return XDP_TX;
}

char LICENSE[] SEC("license") = "GPL";
