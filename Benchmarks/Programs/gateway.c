// Tags, IPv4 and IPv6, TCP and UDP, two maps: an ordinary filter, verified beside the kernel.
#include "../../Programs/include/transport.h"

struct rule {
  u64 packets;
  u32 action;
  u32 pad;
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1024);
  __type(key, u32);
  __type(value, struct rule);
} rules SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 256);
  __type(key, u32);
  __type(value, u64);
} protocols SEC(".maps");

SEC("xdp") int gateway(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet = take(&cursor, sizeof *ethernet);
  if (!ethernet) return XDP_ABORTED;
  u16 type = ethernet->type;
#pragma unroll
  for (int tag = 0; tag < 2; tag++) {
    if (type != network16(ETHERTYPE_VLAN) && type != network16(ETHERTYPE_QINQ)) break;
    struct vlan_header *vlan = take(&cursor, sizeof *vlan);
    if (!vlan) return XDP_ABORTED;
    type = vlan->type;
  }
  u32 protocol, address;
  if (type == network16(ETHERTYPE_IPV4)) {
    struct ipv4_header *ip = take(&cursor, sizeof *ip);
    if (!ip || ip->header_words < 5) return XDP_ABORTED;
    if (ip->fragment & network16(IPV4_FRAGMENT_OFFSET)) return XDP_PASS;
    if (!take(&cursor, ip->header_words * 4 - sizeof *ip)) return XDP_ABORTED;
    protocol = ip->protocol;
    address = word(ip->source);
  } else if (type == network16(ETHERTYPE_IPV6)) {
    struct ipv6_header *ip = take(&cursor, sizeof *ip);
    if (!ip) return XDP_ABORTED;
    protocol = ip->next_header;
    address = word(ip->source) ^ word(ip->source + 4) ^ word(ip->source + 8) ^ word(ip->source + 12);
  } else {
    return XDP_PASS;
  }
  u64 *seen = bpf_map_lookup_elem(&protocols, &protocol);
  if (seen) __sync_fetch_and_add(seen, 1);
  if (protocol != PROTOCOL_TCP && protocol != PROTOCOL_UDP) return XDP_PASS;
  struct ports *ports = take(&cursor, sizeof *ports);
  if (!ports) return XDP_ABORTED;
  u32 key = address ^ ports->destination;
  struct rule *rule = bpf_map_lookup_elem(&rules, &key);
  if (!rule) return XDP_PASS;
  __sync_fetch_and_add(&rule->packets, 1);
  return rule->action <= XDP_TX ? rule->action : XDP_DROP;
}

char LICENSE[] SEC("license") = "Apache-2.0";
