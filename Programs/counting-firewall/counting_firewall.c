// The least that one would call a firewall, for benchmarks: parse, look the source up, count by protocol.

#include "../include/packet.h"

struct counter {
  u64 packets;
  u64 bytes;
};

// Refused IPv4 sources.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16384);
  __type(key, u32);
  __type(value, u64);
} refused SEC(".maps");

// By the number of the IP protocol.
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 256);
  __type(key, u32);
  __type(value, struct counter);
} protocols SEC(".maps");

SEC("xdp")
int counting_firewall(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  u64 bytes = cursor.end - cursor.position;

  struct ethernet_header *ethernet = take(&cursor, sizeof *ethernet);
  if (!ethernet) return XDP_DROP;
  if (ethernet->type != network16(ETHERTYPE_IPV4)) return XDP_PASS;
  struct ipv4_header *ip = take(&cursor, sizeof *ip);
  if (!ip || ip->header_words < 5 || !take(&cursor, ip->header_words * 4 - sizeof *ip)) return XDP_DROP;

  if (ip->protocol == PROTOCOL_UDP || ip->protocol == PROTOCOL_TCP) {
    struct ports *ports = take(&cursor, sizeof *ports);
    if (!ports || ports->destination == 0) return XDP_DROP;
  }

  u32 protocol = ip->protocol;
  struct counter *counter = bpf_map_lookup_elem(&protocols, &protocol);
  if (counter) {
    counter->packets += 1;
    counter->bytes += bytes;
  }

  u32 source;
  __builtin_memcpy(&source, ip->source, sizeof source);
  return bpf_map_lookup_elem(&refused, &source) ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "Apache-2.0";
