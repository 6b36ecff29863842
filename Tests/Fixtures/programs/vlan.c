// 802.1Q tags put on, taken off, exchanged; and a second one put on for a provider's network (802.1ad).
#include "../../../Programs/include/transport.h"

struct tagged {
  u8 destination[6];
  u8 source[6];
  u16 ether_type;
  struct vlan_header vlan;
} __attribute__((packed));

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 4096);
  __type(key, u32);
  __type(value, u16);
} renumbered SEC(".maps");

inlined int is_tag(u16 type) { return type == network16(ETHERTYPE_VLAN) || type == network16(ETHERTYPE_QINQ); }

// Puts a tag before the type; the addresses move up.
inlined int push(struct xdp_md *context, u16 kind, u16 tag) {
  if (bpf_xdp_adjust_head(context, -(int)sizeof(struct vlan_header))) return XDP_DROP;
  struct cursor cursor = packet_cursor(context);
  struct tagged *frame = take(&cursor, sizeof *frame);
  if (!frame) return XDP_DROP;
  struct ethernet_header old;
  __builtin_memcpy(&old, (void *)frame + sizeof(struct vlan_header), sizeof old);
  __builtin_memcpy(frame->destination, old.destination, 12);
  frame->ether_type = network16(kind);
  frame->vlan.tag = network16(tag);
  frame->vlan.type = old.type;
  return XDP_TX;
}

SEC("xdp")
int push_tag(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet = take(&cursor, sizeof *ethernet);
  if (!ethernet || is_tag(ethernet->type)) return XDP_PASS;
  return push(context, ETHERTYPE_VLAN, 3 << 13 | 100);
}

SEC("xdp")
int push_service_tag(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct tagged *frame = take(&cursor, sizeof *frame);
  if (!frame || frame->ether_type != network16(ETHERTYPE_VLAN)) return XDP_PASS;
  return push(context, ETHERTYPE_QINQ, (network16(frame->vlan.tag) & 0xe000) | 1000);
}

SEC("xdp")
int pop_tag(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct tagged *frame = take(&cursor, sizeof *frame);
  if (!frame || !is_tag(frame->ether_type)) return XDP_PASS;
  struct tagged old = *frame;
  if (bpf_xdp_adjust_head(context, sizeof old.vlan)) return XDP_DROP;
  cursor = packet_cursor(context);
  struct ethernet_header *ethernet = take(&cursor, sizeof *ethernet);
  if (!ethernet) return XDP_DROP;
  __builtin_memcpy(ethernet, &old, 12);
  ethernet->type = old.vlan.type;
  return XDP_PASS;
}

SEC("xdp")
int exchange_tag(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct tagged *frame = take(&cursor, sizeof *frame);
  if (!frame || !is_tag(frame->ether_type)) return XDP_PASS;
  u16 tag = network16(frame->vlan.tag);
  u32 number = tag & 0xfff;
  u16 *other = bpf_map_lookup_elem(&renumbered, &number);
  if (!other || *other == 0) return XDP_DROP;
  frame->vlan.tag = network16((tag & 0xf000) | (*other & 0xfff));
  return XDP_TX;
}

char LICENSE[] SEC("license") = "GPL";
