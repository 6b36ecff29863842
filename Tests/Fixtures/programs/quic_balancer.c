// Sends QUIC by its connection's id, wherever it comes from, and other UDP by its addresses; tables within .rodata.
#include "../../../Programs/include/transport.h"

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 8);
  __type(key, u32);
  __type(value, u64);
} sent SEC(".maps");

volatile const u8 servers[8][6] = {
  {2, 1, 0, 0, 0, 0}, {2, 1, 0, 0, 0, 1}, {2, 1, 0, 0, 0, 2}, {2, 1, 0, 0, 0, 3},
  {2, 1, 0, 0, 0, 4}, {2, 1, 0, 0, 0, 5}, {2, 1, 0, 0, 0, 6}, {2, 1, 0, 0, 0, 7},
};
u64 long_headers, short_headers, bad_ids;

SEC("xdp")
int balance(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet;
  u32 hash;
  u8 protocol;
  struct ipv4_header *v4 = take_ipv4(&cursor, &ethernet);
  if (v4) {
    hash = word(v4->source) ^ word(v4->destination);
    protocol = v4->protocol;
  } else {
    cursor = packet_cursor(context);
    struct ipv6_header *v6 = take_ipv6(&cursor, &ethernet);
    if (!v6) return XDP_PASS;
    hash = 0;
    for (int index = 0; index < 16; index += 4) hash ^= word(&v6->source[index]) ^ word(&v6->destination[index]);
    protocol = v6->next_header;
  }
  if (protocol != PROTOCOL_UDP) return XDP_PASS;
  struct udp_header *udp = take(&cursor, sizeof *udp);
  if (!udp) return XDP_DROP;
  if (udp->destination == network16(PORT_HTTPS)) {
    u8 *first = take(&cursor, 1);
    if (!first) return XDP_DROP;
    u8 *id;
    if (*first & 0x80) {
      u8 *rest = take(&cursor, 5);
      if (!rest) return XDP_DROP;
      if (rest[4] > 20 || rest[4] < 8) {
        bad_ids++;
        return XDP_DROP;
      }
      long_headers++;
      id = take(&cursor, 8);
    } else {
      short_headers++;
      id = take(&cursor, 8);
    }
    if (!id) return XDP_DROP;
    u64 number;
    __builtin_memcpy(&number, id, 8);
    hash = (number * 0x9e3779b97f4a7c15ull) >> 32;
  }
  hash = (hash ^ hash >> 16) * 0x85ebca6b;
  u32 server = (hash ^ hash >> 13) & 7, key = server;
  u64 *count = bpf_map_lookup_elem(&sent, &key);
  if (count) *count += 1;
  for (int index = 0; index < 6; index++) ethernet->destination[index] = servers[server][index];
  return XDP_TX;
}

char LICENSE[] SEC("license") = "GPL";
