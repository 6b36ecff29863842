// Walks IPv6's extension headers, counts each kind, refuses what RFC 8200 and RFC 5095 do not want, and strips hop-by-hop options.
#include "../../../Programs/include/transport.h"

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 256);
  __type(key, u32);
  __type(value, u32);
} kinds SEC(".maps");

u32 deepest, last_fragment;

SEC("xdp")
int walk(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet;
  struct ipv6_header *ip = take_ipv6(&cursor, &ethernet);
  if (!ip) return XDP_PASS;
  u32 next = ip->next_header;
  u32 depth = 0;
  for (; depth < 10; depth++) {
    u32 *count = bpf_map_lookup_elem(&kinds, &next);
    if (count) __sync_fetch_and_add(count, 1);
    u32 size;
    switch (next) {
      case PROTOCOL_HOP_BY_HOP:
        if (depth > 0) return XDP_DROP;
      case PROTOCOL_DESTINATION_OPTIONS: {
        struct ipv6_extension *extension = take(&cursor, 8);
        if (!extension) return XDP_ABORTED;
        next = extension->next_header;
        size = extension->length * 8;
        break;
      }
      case PROTOCOL_ROUTING: {
        u8 *routing = take(&cursor, 8);
        if (!routing) return XDP_ABORTED;
        if (routing[2] == 0 && routing[3] != 0) return XDP_DROP;
        next = routing[0];
        size = routing[1] * 8;
        break;
      }
      case PROTOCOL_AUTHENTICATION: {
        struct ipv6_extension *extension = take(&cursor, 8);
        if (!extension) return XDP_ABORTED;
        next = extension->next_header;
        size = extension->length * 4;
        break;
      }
      case PROTOCOL_FRAGMENT: {
        struct ipv6_fragment *fragment = take(&cursor, sizeof *fragment);
        if (!fragment) return XDP_ABORTED;
        last_fragment = fragment->identification;
        if (fragment->fragment & network16(IPV6_FRAGMENT_OFFSET)) return XDP_TX;
        next = fragment->next_header;
        size = 0;
        break;
      }
      case 59: return XDP_DROP;
      default: goto found;
    }
    if (!take(&cursor, size)) return XDP_ABORTED;
  }
found:
  if (depth > deepest) deepest = depth;
  return depth == 10 ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int strip(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet;
  struct ipv6_header *ip = take_ipv6(&cursor, &ethernet);
  if (!ip || ip->next_header != PROTOCOL_HOP_BY_HOP) return XDP_PASS;
  struct ipv6_extension *extension = take(&cursor, 8);
  if (!extension) return XDP_DROP;
  int size = 8 + extension->length * 8;
  struct ethernet_header kept = *ethernet;
  struct ipv6_header header = *ip;
  header.next_header = extension->next_header;
  header.payload_length = network16(network16(header.payload_length) - size);
  if (bpf_xdp_adjust_head(context, size)) return XDP_DROP;
  cursor = packet_cursor(context);
  ethernet = take(&cursor, sizeof *ethernet);
  ip = take(&cursor, sizeof *ip);
  if (!ethernet || !ip) return XDP_ABORTED;
  *ethernet = kept;
  *ip = header;
  return XDP_TX;
}

char LICENSE[] SEC("license") = "GPL";
