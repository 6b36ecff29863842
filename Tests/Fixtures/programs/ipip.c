// IPv4 in IPv4 and IPv6 in IPv4 (RFC 2003, RFC 4213): towards virtual addresses into the tunnel, out of it at its end.
#include "../../../Programs/include/transport.h"

struct endpoints {
  u8 source[4];
  u8 destination[4];
};

// Where packets to an address go.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16);
  __type(key, u32);
  __type(value, struct endpoints);
} tunnels SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 4);
  __type(key, u32);
  __type(value, u64);
} outcomes SEC(".maps");

inlined int counted(u32 outcome, int verdict) {
  u64 *count = bpf_map_lookup_elem(&outcomes, &outcome);
  if (count) *count += 1;
  return verdict;
}

SEC("xdp")
int encapsulate(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet;
  struct ipv4_header *ip = take_ipv4(&cursor, &ethernet);
  if (!ip) return XDP_PASS;

  u32 destination = word(ip->destination);
  struct endpoints *tunnel = bpf_map_lookup_elem(&tunnels, &destination);
  if (!tunnel) return XDP_PASS;
  u16 length = network16(ip->length);
  u8 service = ip->service, hops = ip->time_to_live;

  if (bpf_xdp_adjust_head(context, -(int)sizeof *ip)) return counted(1, XDP_DROP);
  cursor = packet_cursor(context);
  ethernet = take(&cursor, sizeof *ethernet);
  ip = take(&cursor, sizeof *ip);
  struct ethernet_header *old = (void *)ethernet + sizeof *ip;
  if (!ethernet || !ip || (void *)(old + 1) > cursor.end) return counted(2, XDP_DROP);
  __builtin_memmove(ethernet, old, sizeof *ethernet);

  *ip = (struct ipv4_header){.version = 4, .header_words = 5, .service = service, .time_to_live = hops};
  ip->length = network16(length + sizeof *ip);
  ip->protocol = PROTOCOL_IPV4;
  __builtin_memcpy(ip->source, tunnel->source, 4);
  __builtin_memcpy(ip->destination, tunnel->destination, 4);
  ip->checksum = ipv4_checksum(ip);
  return counted(0, XDP_TX);
}

SEC("xdp")
int decapsulate(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet;
  struct ipv4_header *outer = take_ipv4(&cursor, &ethernet);
  if (!outer) return XDP_PASS;

  u16 type;
  if (outer->protocol == PROTOCOL_IPV4) type = network16(ETHERTYPE_IPV4);
  else if (outer->protocol == PROTOCOL_IPV6) type = network16(ETHERTYPE_IPV6);
  else return XDP_PASS;
  if (!take(&cursor, sizeof *outer)) return counted(2, XDP_DROP);

  struct ethernet_header kept = *ethernet;
  kept.type = type;
  if (bpf_xdp_adjust_head(context, outer->header_words * 4)) return counted(1, XDP_DROP);
  cursor = packet_cursor(context);
  ethernet = take(&cursor, sizeof *ethernet);
  if (!ethernet) return counted(2, XDP_DROP);
  *ethernet = kept;
  return counted(3, XDP_PASS);
}

char LICENSE[] SEC("license") = "GPL";
