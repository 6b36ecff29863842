// Routes IPv4 and IPv6: the longest prefix says the next hop, the hop's hardware address is written in, the time to live goes down.
#include "../../../Programs/include/transport.h"

struct prefix {
  u32 length;
  u8 address[16];
};

struct hop {
  u8 destination[6];
  u8 source[6];
  u32 port;
};

// IPv4 stands here as ::ffff:a.b.c.d.
struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 128);
  __type(key, struct prefix);
  __type(value, u32);
} routes SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 8);
  __type(key, u32);
  __type(value, struct hop);
} hops SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_DEVMAP);
  __uint(max_entries, 4);
  __type(key, u32);
  __type(value, u32);
} ports SEC(".maps");

u64 unrouted, expired;

SEC("xdp")
int route(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet;
  struct prefix key = {.length = 128};
  struct ipv4_header *v4 = take_ipv4(&cursor, &ethernet);
  struct ipv6_header *v6 = 0;
  if (v4) {
    key.address[10] = key.address[11] = 0xff;
    __builtin_memcpy(&key.address[12], v4->destination, 4);
  } else {
    cursor = packet_cursor(context);
    v6 = take_ipv6(&cursor, &ethernet);
    if (!v6) return XDP_PASS;
    __builtin_memcpy(key.address, v6->destination, 16);
  }
  u32 *number = bpf_map_lookup_elem(&routes, &key);
  struct hop *hop = number ? bpf_map_lookup_elem(&hops, number) : 0;
  if (!hop) {
    unrouted++;
    return XDP_PASS;
  }
  if (v4) {
    if (v4->time_to_live <= 1) {
      expired++;
      return XDP_PASS;
    }
    u16 before = *(u16 *)&v4->time_to_live;
    v4->time_to_live--;
    v4->checksum = checksum_changed(v4->checksum, before, *(u16 *)&v4->time_to_live);
  } else {
    if (v6->hop_limit <= 1) {
      expired++;
      return XDP_PASS;
    }
    v6->hop_limit--;
  }
  __builtin_memcpy(ethernet->destination, hop->destination, 6);
  __builtin_memcpy(ethernet->source, hop->source, 6);
  return bpf_redirect_map(&ports, hop->port, XDP_DROP);
}

char LICENSE[] SEC("license") = "GPL";
