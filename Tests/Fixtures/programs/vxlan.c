// VXLAN (RFC 7348): frames into UDP by the network that their destination belongs to, and out again with learning.
#include "../../../Programs/include/transport.h"

struct hardware {
  u8 address[6];
  u8 pad[2];
};

struct place {
  u8 endpoint[4];
  u32 network;
};

// Who is behind which endpoint.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 64);
  __type(key, struct hardware);
  __type(value, struct place);
} neighbours SEC(".maps");

struct outer {
  struct ethernet_header ethernet;
  struct ipv4_header ip;
  struct udp_header udp;
  struct vxlan_header vxlan;
} __attribute__((packed));

enum { HAS_NETWORK = 0x08000000 };

// A flow's port, so that routers on the way keep its packets together.
inlined u16 source_port(const struct ethernet_header *ethernet) {
  u32 hash = 2166136261u;
  const u8 *bytes = (const u8 *)ethernet;
#pragma unroll
  for (int index = 0; index < 14; index++) hash = (hash ^ bytes[index]) * 16777619u;
  return 49152 | (hash >> 18);
}

SEC("xdp")
int encapsulate(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet = take(&cursor, sizeof *ethernet);
  if (!ethernet) return XDP_DROP;
  struct hardware to = {};
  __builtin_memcpy(to.address, ethernet->destination, 6);
  struct place *place = bpf_map_lookup_elem(&neighbours, &to);
  if (!place) return XDP_PASS;
  u16 size = cursor.end - (void *)ethernet, port = source_port(ethernet);

  if (bpf_xdp_adjust_head(context, -(int)sizeof(struct outer))) return XDP_DROP;
  cursor = packet_cursor(context);
  struct outer *outer = take(&cursor, sizeof *outer);
  if (!outer) return XDP_DROP;
  *outer = (struct outer){.ethernet = {.destination = {2, 0, 0, 0, 0, 9}, .source = {2, 0, 0, 0, 0, 8}}};
  outer->ethernet.type = network16(ETHERTYPE_IPV4);
  struct ipv4_header ip = {.version = 4, .header_words = 5, .time_to_live = 64, .protocol = PROTOCOL_UDP};
  ip.length = network16(size + sizeof *outer - sizeof *ethernet);
  ip.source[0] = 198;
  ip.source[1] = 51;
  ip.source[2] = 100;
  ip.source[3] = 1;
  __builtin_memcpy(ip.destination, place->endpoint, 4);
  ip.checksum = ipv4_checksum(&ip);
  outer->ip = ip;
  outer->udp.source = network16(port);
  outer->udp.destination = network16(PORT_VXLAN);
  outer->udp.length = network16(size + sizeof outer->udp + sizeof outer->vxlan);
  outer->vxlan.flags = network32(HAS_NETWORK);
  outer->vxlan.network = network32(place->network << 8);
  return XDP_TX;
}

SEC("xdp")
int decapsulate(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet;
  struct ipv4_header *ip = take_ipv4(&cursor, &ethernet);
  if (!ip || ip->protocol != PROTOCOL_UDP || ip->header_words != 5) return XDP_PASS;
  struct udp_header *udp = take(&cursor, sizeof *udp);
  if (!udp || udp->destination != network16(PORT_VXLAN)) return XDP_PASS;
  struct vxlan_header *vxlan = take(&cursor, sizeof *vxlan);
  struct ethernet_header *inner = take(&cursor, sizeof *inner);
  if (!vxlan || !inner || !(vxlan->flags & network32(HAS_NETWORK))) return XDP_DROP;

  struct hardware from = {};
  struct place place = {.network = network32(vxlan->network) >> 8};
  __builtin_memcpy(from.address, inner->source, 6);
  __builtin_memcpy(place.endpoint, ip->source, 4);
  if (bpf_map_update_elem(&neighbours, &from, &place, BPF_NOEXIST)) {
    struct place *known = bpf_map_lookup_elem(&neighbours, &from);
    if (known && known->network != place.network) return XDP_DROP;
  }
  return bpf_xdp_adjust_head(context, sizeof(struct outer)) ? XDP_ABORTED : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
