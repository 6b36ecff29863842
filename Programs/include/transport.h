// The headers behind IP's, ARP, tunnels, and the checksum that most of them have.
#pragma once

#include "packet.h"

#define network32(value) __builtin_bswap32(value)

struct udp_header {
  u16 source;
  u16 destination;
  u16 length;
  u16 checksum;
};

struct tcp_header {
  u16 source;
  u16 destination;
  u32 sequence;
  u32 acknowledgement;
  u8 reserved : 4;
  u8 header_words : 4;
  u8 flags;
  u16 window;
  u16 checksum;
  u16 urgent;
};

enum { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16 };

struct icmp_header {
  u8 type;
  u8 code;
  u16 checksum;
  u16 identifier;
  u16 sequence;
};

struct arp_header {
  u16 hardware_type;
  u16 protocol_type;
  u8 hardware_length;
  u8 protocol_length;
  u16 operation;
  u8 sender_hardware[6];
  u8 sender[4];
  u8 target_hardware[6];
  u8 target[4];
} __attribute__((packed));

enum { PROTOCOL_IPV4 = 4, PROTOCOL_IPV6 = 41, PROTOCOL_GRE = 47, PROTOCOL_SCTP = 132 };
enum { ETHERTYPE_MPLS = 0x8847, ETHERTYPE_PPPOE = 0x8864, ETHERTYPE_BRIDGED = 0x6558 };
enum { PORT_DNS = 53, PORT_HTTP = 80, PORT_HTTPS = 443, PORT_GTP = 2152, PORT_VXLAN = 4789 };

struct gre_header {
  u16 flags;
  u16 type;
};

struct vxlan_header {
  u32 flags;
  u32 network;
};

// A sum of 16-bit words, folded into one word.
inlined u16 folded(u64 sum) {
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return (u16)sum;
}

// A checksum after a word under it has changed (RFC 1624).
inlined u16 checksum_changed(u16 checksum, u16 from, u16 to) {
  return (u16)~folded((u64)(u16)~checksum + (u16)~from + to);
}

inlined u16 checksum_changed32(u16 checksum, u32 from, u32 to) {
  checksum = checksum_changed(checksum, (u16)from, (u16)to);
  return checksum_changed(checksum, (u16)(from >> 16), (u16)(to >> 16));
}

// The checksum of an IPv4 header without options.
inlined u16 ipv4_checksum(struct ipv4_header *ip) {
  u16 *words = (u16 *)ip;
  u64 sum = 0;
  ip->checksum = 0;
#pragma unroll
  for (int index = 0; index < 10; index++) sum += words[index];
  return (u16)~folded(sum);
}

// The addresses as words, wherever they lie.
inlined u32 word(const u8 bytes[4]) {
  u32 value;
  __builtin_memcpy(&value, bytes, 4);
  return value;
}

inlined void set_word(u8 bytes[4], u32 value) { __builtin_memcpy(bytes, &value, 4); }

// Sends a frame back to where it came from.
inlined void swap_ethernet(struct ethernet_header *ethernet) {
  u8 address[6];
  __builtin_memcpy(address, ethernet->destination, 6);
  __builtin_memcpy(ethernet->destination, ethernet->source, 6);
  __builtin_memcpy(ethernet->source, address, 6);
}

// The headers up to IPv4's, whose options are skipped, or null where the packet is not whole IPv4.
inlined struct ipv4_header *take_ipv4(struct cursor *cursor, struct ethernet_header **ethernet) {
  struct ethernet_header *frame = take(cursor, sizeof *frame);
  if (!frame || frame->type != network16(ETHERTYPE_IPV4)) return 0;
  struct ipv4_header *ip = take(cursor, sizeof *ip);
  if (!ip || ip->version != 4 || ip->header_words < 5) return 0;
  if (!take(cursor, ip->header_words * 4 - sizeof *ip)) return 0;
  *ethernet = frame;
  return ip;
}

// The fixed headers up to IPv6's.
inlined struct ipv6_header *take_ipv6(struct cursor *cursor, struct ethernet_header **ethernet) {
  struct ethernet_header *frame = take(cursor, sizeof *frame);
  if (!frame || frame->type != network16(ETHERTYPE_IPV6)) return 0;
  struct ipv6_header *ip = take(cursor, sizeof *ip);
  if (!ip || ip->version != 6) return 0;
  *ethernet = frame;
  return ip;
}
