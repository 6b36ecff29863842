// The headers on the wire, and a cursor that never leaves the packet.
#pragma once

#include "bpf.h"

#define network16(value) __builtin_bswap16(value)

struct ethernet_header {
  u8 destination[6];
  u8 source[6];
  u16 type;
} __attribute__((packed));

enum ether_type { ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_ARP = 0x0806, ETHERTYPE_VLAN = 0x8100, ETHERTYPE_IPV6 = 0x86dd, ETHERTYPE_QINQ = 0x88a8 };

struct vlan_header {
  u16 tag;
  u16 type;
};

enum ip_protocol {
  PROTOCOL_HOP_BY_HOP = 0,
  PROTOCOL_ICMP = 1,
  PROTOCOL_TCP = 6,
  PROTOCOL_UDP = 17,
  PROTOCOL_ROUTING = 43,
  PROTOCOL_FRAGMENT = 44,
  PROTOCOL_AUTHENTICATION = 51,
  PROTOCOL_ICMPV6 = 58,
  PROTOCOL_DESTINATION_OPTIONS = 60,
};

struct ipv4_header {
  u8 header_words : 4;
  u8 version : 4;
  u8 service;
  u16 length;
  u16 identification;
  u16 fragment;
  u8 time_to_live;
  u8 protocol;
  u16 checksum;
  u8 source[4];
  u8 destination[4];
};

enum { IPV4_MORE_FRAGMENTS = 0x2000, IPV4_FRAGMENT_OFFSET = 0x1fff };

struct ipv6_header {
  u8 traffic_class : 4;
  u8 version : 4;
  u8 flow_label[3];
  u16 payload_length;
  u8 next_header;
  u8 hop_limit;
  u8 source[16];
  u8 destination[16];
};

struct ipv6_extension {
  u8 next_header;
  u8 length;
};

struct ipv6_fragment {
  u8 next_header;
  u8 reserved;
  u16 fragment;
  u32 identification;
};

enum { IPV6_FRAGMENT_OFFSET = 0xfff8 };

struct ports {
  u16 source;
  u16 destination;
};

struct cursor {
  void *position;
  void *end;
};

inlined struct cursor packet_cursor(struct xdp_md *context) {
  return (struct cursor){(void *)(u64)context->data, (void *)(u64)context->data_end};
}

// The next bytes, or null where the packet has fewer; the cursor goes on behind them.
inlined void *take(struct cursor *cursor, u64 size) {
  void *start = cursor->position;
  if (start + size > cursor->end) return 0;
  cursor->position = start + size;
  return start;
}
