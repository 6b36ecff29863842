// Answers IPv4 packets that are too long with ICMP's demand to fragment (RFC 1191): the packet is cut, then grows in front.
#include "../../../Programs/include/transport.h"

volatile const u16 largest = 600;
u64 answered, failed;

struct reply {
  struct ethernet_header ethernet;
  struct ipv4_header ip;
  struct icmp_header icmp;
} __attribute__((packed));

enum { QUOTED = 28 };

SEC("xdp")
int demand(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet;
  struct ipv4_header *ip = take_ipv4(&cursor, &ethernet);
  if (!ip) return XDP_PASS;
  int size = cursor.end - (void *)ip;
  if (size <= largest || ip->header_words != 5) return XDP_PASS;
  u32 source = word(ip->source), destination = word(ip->destination);
  struct ethernet_header kept = *ethernet;
  swap_ethernet(&kept);

  if (bpf_xdp_adjust_tail(context, QUOTED - size)) {
    failed++;
    return XDP_DROP;
  }
  if (bpf_xdp_adjust_head(context, -(int)(sizeof *ip + sizeof(struct icmp_header)))) {
    failed++;
    return XDP_DROP;
  }
  cursor = packet_cursor(context);
  struct reply *reply = take(&cursor, sizeof *reply + QUOTED);
  if (!reply) return XDP_ABORTED;
  u16 *quoted = (u16 *)(reply + 1);
  reply->ethernet = kept;
  struct ipv4_header header = {.version = 4, .header_words = 5, .time_to_live = 64, .protocol = PROTOCOL_ICMP};
  header.length = network16(sizeof header + sizeof(struct icmp_header) + QUOTED);
  set_word(header.source, destination);
  set_word(header.destination, source);
  header.checksum = ipv4_checksum(&header);
  reply->ip = header;
  reply->icmp = (struct icmp_header){.type = 3, .code = 4, .sequence = network16(largest)};
  u64 sum = 0x0403 + network16(largest);
  for (int index = 0; index < QUOTED / 2; index++) sum += quoted[index];
  reply->icmp.checksum = (u16)~folded(sum);
  answered++;
  return XDP_TX;
}

char LICENSE[] SEC("license") = "GPL";
