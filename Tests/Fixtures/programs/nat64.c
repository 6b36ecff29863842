// Turns IPv6 packets to a mapped prefix into IPv4, and back (RFC 7915, without options and fragments).
#include "../../../Programs/include/transport.h"

// 64:ff9b::/96, and the one client behind it.
volatile const u8 prefix[12] = {0, 0x64, 0xff, 0x9b};
volatile const u8 client[16] = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
volatile const u8 outside[4] = {192, 0, 2, 33};
u64 towards, back, refused;

inlined int translatable(u8 protocol) { return protocol == PROTOCOL_TCP || protocol == PROTOCOL_UDP; }

inlined u64 sum_of(const u8 *bytes, int count) {
  u64 sum = 0;
  for (int index = 0; index < count; index += 2) sum += *(const u16 *)(bytes + index);
  return sum;
}

// Puts the new pseudo-header's sum in place of the old one's.
inlined int mend(struct cursor *cursor, u8 protocol, u64 old_sum, u64 new_sum) {
  u16 *checksum;
  if (protocol == PROTOCOL_TCP) {
    struct tcp_header *tcp = take(cursor, sizeof *tcp);
    if (!tcp) return 0;
    checksum = &tcp->checksum;
  } else {
    struct udp_header *udp = take(cursor, sizeof *udp);
    if (!udp) return 0;
    checksum = &udp->checksum;
    if (!*checksum) return 1;
  }
  *checksum = (u16)~folded((u64)(u16)~*checksum + (u16)~folded(old_sum) + folded(new_sum));
  return 1;
}

inlined int to_ipv4(struct xdp_md *context, struct ethernet_header *ethernet, struct ipv6_header *ip) {
  for (int index = 0; index < 12; index++)
    if (ip->destination[index] != prefix[index]) return XDP_PASS;
  if (!translatable(ip->next_header) || ip->hop_limit <= 1) return XDP_DROP;
  struct ethernet_header kept = *ethernet;
  kept.type = network16(ETHERTYPE_IPV4);
  struct ipv4_header header = {.version = 4, .header_words = 5, .fragment = network16(0x4000)};
  header.length = network16(network16(ip->payload_length) + sizeof header);
  header.time_to_live = ip->hop_limit - 1;
  header.protocol = ip->next_header;
  for (int index = 0; index < 4; index++) header.source[index] = outside[index];
  __builtin_memcpy(header.destination, &ip->destination[12], 4);
  header.checksum = ipv4_checksum(&header);
  u64 old_sum = sum_of(ip->source, 32);
  u64 new_sum = sum_of(header.source, 8);
  if (bpf_xdp_adjust_head(context, 20)) {
    refused++;
    return XDP_DROP;
  }
  struct cursor cursor = packet_cursor(context);
  ethernet = take(&cursor, sizeof *ethernet);
  struct ipv4_header *place = take(&cursor, sizeof *place);
  if (!ethernet || !place) return XDP_DROP;
  *ethernet = kept;
  *place = header;
  if (!mend(&cursor, header.protocol, old_sum, new_sum)) return XDP_DROP;
  towards++;
  return XDP_TX;
}

inlined int to_ipv6(struct xdp_md *context, struct ethernet_header *ethernet, struct ipv4_header *ip) {
  for (int index = 0; index < 4; index++)
    if (ip->destination[index] != outside[index]) return XDP_PASS;
  if (!translatable(ip->protocol) || ip->time_to_live <= 1 || ip->header_words != 5) return XDP_DROP;
  if (ip->fragment & network16(IPV4_MORE_FRAGMENTS | IPV4_FRAGMENT_OFFSET)) return XDP_DROP;
  struct ethernet_header kept = *ethernet;
  kept.type = network16(ETHERTYPE_IPV6);
  struct ipv6_header header = {.version = 6, .next_header = ip->protocol};
  header.hop_limit = ip->time_to_live - 1;
  header.payload_length = network16(network16(ip->length) - sizeof *ip);
  for (int index = 0; index < 12; index++) header.source[index] = prefix[index];
  __builtin_memcpy(&header.source[12], ip->source, 4);
  for (int index = 0; index < 16; index++) header.destination[index] = client[index];
  u64 old_sum = sum_of(ip->source, 8);
  u64 new_sum = sum_of(header.source, 32);
  if (bpf_xdp_adjust_head(context, -20)) {
    refused++;
    return XDP_DROP;
  }
  struct cursor cursor = packet_cursor(context);
  ethernet = take(&cursor, sizeof *ethernet);
  struct ipv6_header *place = take(&cursor, sizeof *place);
  if (!ethernet || !place) return XDP_DROP;
  *ethernet = kept;
  *place = header;
  if (!mend(&cursor, header.next_header, old_sum, new_sum)) return XDP_DROP;
  back++;
  return XDP_TX;
}

SEC("xdp")
int translate(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet;
  struct ipv6_header *v6 = take_ipv6(&cursor, &ethernet);
  if (v6) return to_ipv4(context, ethernet, v6);
  cursor = packet_cursor(context);
  struct ipv4_header *v4 = take_ipv4(&cursor, &ethernet);
  return v4 ? to_ipv6(context, ethernet, v4) : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
