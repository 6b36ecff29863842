// Generic routing encapsulation (RFC 2784, RFC 2890): IPv4 and IPv6 in, with a key; out, with whatever options it has.
#include "../../../Programs/include/transport.h"

enum { GRE_CHECKSUM = 0x8000, GRE_KEY = 0x2000, GRE_SEQUENCE = 0x1000, GRE_VERSION = 7 };

volatile const u8 local[4] = {192, 0, 2, 1};
volatile const u8 remote[4] = {192, 0, 2, 2};
volatile const u32 key = 42;

u64 encapsulated, decapsulated, refused;

struct outer {
  struct ethernet_header ethernet;
  struct ipv4_header ip;
  struct gre_header gre;
  u32 key;
} __attribute__((packed));

enum { OUTER = sizeof(struct ipv4_header) + sizeof(struct gre_header) + 4 };

SEC("xdp")
int encapsulate(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet = take(&cursor, sizeof *ethernet);
  if (!ethernet) return XDP_PASS;
  if (ethernet->type != network16(ETHERTYPE_IPV4) && ethernet->type != network16(ETHERTYPE_IPV6)) return XDP_PASS;
  struct ethernet_header kept = *ethernet;
  u16 payload = cursor.end - cursor.position;

  if (bpf_xdp_adjust_head(context, -OUTER)) {
    refused++;
    return XDP_DROP;
  }
  cursor = packet_cursor(context);
  struct outer *outer = take(&cursor, sizeof *outer);
  if (!outer) return XDP_DROP;
  outer->ethernet = kept;
  outer->ethernet.type = network16(ETHERTYPE_IPV4);
  struct ipv4_header ip = {.version = 4, .header_words = 5, .time_to_live = 64, .protocol = PROTOCOL_GRE};
  ip.length = network16(payload + OUTER);
  for (int index = 0; index < 4; index++) {
    ip.source[index] = local[index];
    ip.destination[index] = remote[index];
  }
  ip.checksum = ipv4_checksum(&ip);
  outer->ip = ip;
  outer->gre = (struct gre_header){network16(GRE_KEY), kept.type};
  outer->key = network32(key);
  encapsulated++;
  return XDP_TX;
}

SEC("xdp")
int decapsulate(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet;
  struct ipv4_header *ip = take_ipv4(&cursor, &ethernet);
  if (!ip || ip->protocol != PROTOCOL_GRE) return XDP_PASS;
  struct gre_header *gre = take(&cursor, sizeof *gre);
  if (!gre) return XDP_DROP;
  u16 flags = network16(gre->flags);
  if (flags & GRE_VERSION) return XDP_PASS;

  u32 length = sizeof *gre;
  if (flags & GRE_CHECKSUM) length += 4;
  if (flags & GRE_KEY) {
    u32 *number = (void *)gre + length;
    if ((void *)(number + 1) > cursor.end) return XDP_DROP;
    if (*number != network32(key)) {
      refused++;
      return XDP_DROP;
    }
    length += 4;
  }
  if (flags & GRE_SEQUENCE) length += 4;

  struct ethernet_header kept = *ethernet;
  int is_bridged = gre->type == network16(ETHERTYPE_BRIDGED);
  kept.type = gre->type;
  int removed = ip->header_words * 4 + length + (is_bridged ? sizeof kept : 0);
  if (bpf_xdp_adjust_head(context, removed)) {
    refused++;
    return XDP_DROP;
  }
  decapsulated++;
  if (is_bridged) return XDP_PASS;
  cursor = packet_cursor(context);
  ethernet = take(&cursor, sizeof *ethernet);
  if (!ethernet) return XDP_DROP;
  *ethernet = kept;
  return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
