// Verifies the checksums of IPv4, TCP, UDP and ICMP over the whole packet, by hand and by the helper, and mends wrong ones.
#include "../../../Programs/include/transport.h"

u64 right, wrong, unchecked, headers, differences;

// The sum of up to 1,500 bytes at the cursor.
static noinline u64 summed(struct xdp_md *context, u32 offset) {
  struct cursor cursor = packet_cursor(context);
  u64 sum = 0;
  if (offset > 128) return 0;
  u8 *byte = cursor.position + offset;
  for (int index = 0; index < 750; index++) {
    if ((void *)(byte + 2) > cursor.end) break;
    sum += *(u16 *)byte;
    byte += 2;
  }
  if ((void *)(byte + 1) <= cursor.end) sum += *byte;
  return sum;
}

SEC("xdp")
int verify(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet;
  struct ipv4_header *ip = take_ipv4(&cursor, &ethernet);
  if (!ip) return XDP_PASS;
  if (ip->header_words == 5) {
    u32 zero[1] = {};
    u64 sum = bpf_csum_diff(0, 0, ip, sizeof *ip, 0);
    headers++;
    if (folded(sum) != 0xffff) {
      u32 pair = *(u32 *)&ip->time_to_live;
      u32 cleared = pair & 0xffff;
      ip->checksum = 0;
      ip->checksum = (u16)~folded(bpf_csum_diff(zero, 4, ip, sizeof *ip, 0));
      if (folded(bpf_csum_diff(&pair, 4, &cleared, 4, sum)) != (u16)~ip->checksum) differences++;
      wrong++;
      return XDP_TX;
    }
  }
  if (ip->fragment & network16(IPV4_MORE_FRAGMENTS | IPV4_FRAGMENT_OFFSET)) return XDP_PASS;
  u32 offset = sizeof *ethernet + ip->header_words * 4;
  u32 length = network16(ip->length) - ip->header_words * 4;
  u64 sum = 0;
  if (ip->protocol == PROTOCOL_TCP || ip->protocol == PROTOCOL_UDP) {
    sum = (u64)word(ip->source) + word(ip->destination) + network16(ip->protocol) + network16((u16)length);
  } else if (ip->protocol != PROTOCOL_ICMP) {
    unchecked++;
    return XDP_PASS;
  }
  sum += summed(context, offset);
  if (folded(sum) != 0xffff) {
    wrong++;
    return XDP_DROP;
  }
  right++;
  return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
