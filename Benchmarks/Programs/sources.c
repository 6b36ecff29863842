// A parser and one look-up: packets from sources that the table knows are dropped.
#include "../../Programs/include/packet.h"

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 10000);
  __type(key, u32);
  __type(value, u64);
} sources SEC(".maps");

SEC("xdp") int known(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet = take(&cursor, sizeof *ethernet);
  if (!ethernet || network16(ethernet->type) != ETHERTYPE_IPV4) return XDP_PASS;
  struct ipv4_header *ip = take(&cursor, sizeof *ip);
  if (!ip || ip->version != 4 || ip->protocol != PROTOCOL_UDP) return XDP_PASS;
  u32 source;
  __builtin_memcpy(&source, ip->source, sizeof source);
  return bpf_map_lookup_elem(&sources, &source) ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "Apache-2.0";
