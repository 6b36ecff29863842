// A filter of about 35 instructions: what making code for a small program is measured with.
#include "../../Programs/include/packet.h"

SEC("xdp") int filter(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet = take(&cursor, sizeof *ethernet);
  if (!ethernet || network16(ethernet->type) != ETHERTYPE_IPV4) return XDP_PASS;
  struct ipv4_header *ip = take(&cursor, sizeof *ip);
  if (!ip || ip->header_words != 5 || ip->protocol != PROTOCOL_UDP) return XDP_PASS;
  struct ports *ports = take(&cursor, sizeof *ports);
  if (!ports) return XDP_ABORTED;
  u16 port = network16(ports->destination);
  return port >= 1000 && port < 60000 && ip->source[0] == 10 ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "Apache-2.0";
