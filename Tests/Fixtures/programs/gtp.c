// Takes user packets out of GTP-U tunnels (3GPP TS 29.281) with their optional fields, and PPPoE's out of theirs (RFC 2516).
#include "../../../Programs/include/transport.h"

struct gtp_header {
  u8 flags;
  u8 type;
  u16 length;
  u32 tunnel;
};

struct pppoe_header {
  u8 version;
  u8 code;
  u16 session;
  u16 length;
  u16 protocol;
};

enum { GTP_NUMBER = 1, GTP_SEQUENCE = 2, GTP_EXTENSION = 4 };

struct session {
  u64 packets;
  u64 bytes;
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 16);
  __type(key, u32);
  __type(value, struct session);
} sessions SEC(".maps");

inlined int account(u32 tunnel, u64 bytes) {
  struct session *session = bpf_map_lookup_elem(&sessions, &tunnel);
  if (!session) {
    struct session fresh = {};
    if (bpf_map_update_elem(&sessions, &tunnel, &fresh, BPF_NOEXIST)) return 0;
    session = bpf_map_lookup_elem(&sessions, &tunnel);
    if (!session) return 0;
  }
  session->packets++;
  session->bytes += bytes;
  return 1;
}

inlined int strip(struct xdp_md *context, struct ethernet_header *ethernet, u16 type, int size) {
  struct ethernet_header kept = *ethernet;
  kept.type = network16(type);
  if (bpf_xdp_adjust_head(context, size)) return XDP_ABORTED;
  struct cursor cursor = packet_cursor(context);
  ethernet = take(&cursor, sizeof *ethernet);
  if (!ethernet) return XDP_ABORTED;
  *ethernet = kept;
  return XDP_PASS;
}

SEC("xdp")
int out_of_gtp(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet;
  struct ipv4_header *ip = take_ipv4(&cursor, &ethernet);
  if (!ip || ip->protocol != PROTOCOL_UDP) return XDP_PASS;
  struct udp_header *udp = take(&cursor, sizeof *udp);
  if (!udp || udp->destination != network16(PORT_GTP)) return XDP_PASS;
  struct gtp_header *gtp = take(&cursor, sizeof *gtp);
  if (!gtp || gtp->flags >> 5 != 1 || gtp->type != 255) return XDP_DROP;
  u32 size = sizeof *udp + sizeof *gtp + ip->header_words * 4;
  if (gtp->flags & (GTP_NUMBER | GTP_SEQUENCE | GTP_EXTENSION)) {
    u8 *fields = take(&cursor, 4);
    if (!fields) return XDP_DROP;
    size += 4;
    u8 next = gtp->flags & GTP_EXTENSION ? fields[3] : 0;
    for (int index = 0; index < 4 && next; index++) {
      u8 *extension = take(&cursor, 4);
      if (!extension || extension[0] != 1) return XDP_DROP;
      next = extension[3];
      size += 4;
    }
  }
  u8 *inner = take(&cursor, 1);
  if (!inner) return XDP_DROP;
  if (!account(network32(gtp->tunnel), network16(gtp->length))) return XDP_DROP;
  return strip(context, ethernet, *inner >> 4 == 6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4, size);
}

SEC("xdp")
int out_of_pppoe(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet = take(&cursor, sizeof *ethernet);
  if (!ethernet || ethernet->type != network16(ETHERTYPE_PPPOE)) return XDP_PASS;
  struct pppoe_header *pppoe = take(&cursor, sizeof *pppoe);
  if (!pppoe || pppoe->version != 0x11 || pppoe->code != 0) return XDP_DROP;
  if (!account(network16(pppoe->session), network16(pppoe->length))) return XDP_DROP;
  u16 protocol = network16(pppoe->protocol);
  if (protocol != 0x21 && protocol != 0x57) return XDP_PASS;
  return strip(context, ethernet, protocol == 0x57 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4, sizeof *pppoe);
}

char LICENSE[] SEC("license") = "GPL";
