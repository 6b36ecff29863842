// Ethernet, IPv4 and UDP, every bound checked: what a filter does before it decides.
#include "../../Programs/include/packet.h"

SEC("xdp") int parse(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet = take(&cursor, sizeof *ethernet);
  if (!ethernet || network16(ethernet->type) != ETHERTYPE_IPV4) return XDP_PASS;
  struct ipv4_header *ip = take(&cursor, sizeof *ip);
  if (!ip || ip->version != 4 || ip->header_words < 5) return XDP_ABORTED;
  if (network16(ip->fragment) & 0x3fff) return XDP_PASS;
  if (ip->protocol != PROTOCOL_UDP) return XDP_PASS;
  if (!take(&cursor, ip->header_words * 4 - sizeof *ip)) return XDP_ABORTED;
  struct ports *ports = take(&cursor, sizeof *ports);
  if (!ports) return XDP_ABORTED;
  u16 port = network16(ports->destination);
  if (port == 53) return XDP_PASS;
  return port >= 1000 && port < 60000 ? XDP_DROP : XDP_PASS;
}
