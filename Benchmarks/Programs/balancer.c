// A large load balancer: inner headers of ICMP errors, TCP options, QUIC connection identifiers, a ring and a table of
// connections, tunnels of three kinds. About 2,500 instructions, of which verifiers follow some 60,000.
#include "../../Programs/include/transport.h"

enum { RING = 65537, SERVERS = 4096, SERVICES = 512 };

struct connection {
  u32 source[4];
  u32 destination[4];
  u16 source_port;
  u16 destination_port;
  u8 protocol;
  u8 pad[3];
};

struct service {
  u32 address[4];
  u16 port;
  u8 protocol;
  u8 pad;
};

struct service_state {
  u32 number;
  u32 flags;
};

struct server {
  u32 address[4];
  u32 tunnel;
  u32 flags;
};

struct counter {
  u64 packets;
  u64 bytes;
};

#define MAP(name, kind, count, key_type, value_type) \
  struct {                                           \
    __uint(type, kind);                              \
    __uint(max_entries, count);                      \
    __type(key, key_type);                           \
    __type(value, value_type);                       \
  } name SEC(".maps")

MAP(services, BPF_MAP_TYPE_HASH, SERVICES, struct service, struct service_state);
MAP(ring, BPF_MAP_TYPE_ARRAY, RING, u32, u32);
MAP(servers, BPF_MAP_TYPE_ARRAY, SERVERS, u32, struct server);
MAP(connections, BPF_MAP_TYPE_LRU_HASH, 65536, struct connection, u32);
MAP(identifiers, BPF_MAP_TYPE_HASH, 4096, u32, u32);
MAP(counters, BPF_MAP_TYPE_PERCPU_ARRAY, SERVICES, u32, struct counter);

enum { BY_SOURCE = 1, NO_TABLE = 2, QUIC = 4, TUNNEL_UDP = 1, TUNNEL_GRE = 2 };

inlined u32 rotated(u32 value, int bits) { return value << bits | value >> (32 - bits); }

// Bob Jenkins's mix, written out for each use.
inlined u32 hash(const u32 *words, int count, u32 seed) {
  u32 a = 0xdeadbeef + seed, b = a, c = a;
#pragma unroll
  for (int index = 0; index + 2 < count; index += 3) {
    a += words[index];
    b += words[index + 1];
    c += words[index + 2];
    a -= c; a ^= rotated(c, 4); c += b;
    b -= a; b ^= rotated(a, 6); a += c;
    c -= b; c ^= rotated(b, 8); b += a;
    a -= c; a ^= rotated(c, 16); c += b;
    b -= a; b ^= rotated(a, 19); a += c;
    c -= b; c ^= rotated(b, 4); b += a;
  }
  return c ^ words[count - 1];
}

inlined void count(u32 number, u64 bytes) {
  struct counter *counter = bpf_map_lookup_elem(&counters, &number);
  if (!counter) return;
  counter->packets++;
  counter->bytes += bytes;
}

// The server that a TCP option of ours names, 0 for none: options one after the other, up to eleven.
inlined u32 named_by_option(struct tcp_header *tcp, void *end) {
  u32 length = tcp->header_words * 4;
  if (length <= sizeof *tcp || length > 60) return 0;
  u32 offset = sizeof *tcp;
  for (int index = 0; index < 11; index++) {
    u8 *option = (void *)tcp + offset;
    if (offset > 58 || option + 2 > (u8 *)end) return 0;
    if (option[0] == 0) return 0;
    if (option[0] == 1) {
      offset++;
      continue;
    }
    if (option[0] == 0xb7 && option[1] == 6) {
      if (option + 6 > (u8 *)end) return 0;
      return word(option + 2);
    }
    u8 size = option[1];
    if (size < 2 || size > 40) return 0;
    offset += size;
  }
  return 0;
}

// The sum of an IPv4 header of twenty bytes.
inlined u16 header_sum(struct ipv4_header *ip) {
  u16 *words = (u16 *)ip;
  u32 sum = 0;
#pragma unroll
  for (int index = 0; index < 10; index++) sum += words[index];
  sum = (sum & 0xffff) + (sum >> 16);
  return ~(sum + (sum >> 16));
}

inlined int wrap(struct xdp_md *context, struct server *server, struct connection *connection, int is_v6, u16 size) {
  int outer = server->address[1] | server->address[2] | server->address[3];
  int head = (outer ? (int)sizeof(struct ipv6_header) : (int)sizeof(struct ipv4_header)) +
             (server->tunnel == TUNNEL_UDP ? 8 : server->tunnel == TUNNEL_GRE ? 4 : 0);
  if (bpf_xdp_adjust_head(context, -head)) return XDP_DROP;
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet = take(&cursor, sizeof *ethernet);
  if (!ethernet) return XDP_DROP;
  u8 inner = is_v6 ? PROTOCOL_IPV6 : PROTOCOL_IPV4;
  u8 protocol = server->tunnel == TUNNEL_UDP ? PROTOCOL_UDP : server->tunnel == TUNNEL_GRE ? PROTOCOL_GRE : inner;
  if (outer) {
    struct ipv6_header *ip = take(&cursor, sizeof *ip);
    if (!ip) return XDP_DROP;
    ethernet->type = network16(ETHERTYPE_IPV6);
    *(u32 *)ip = network32(0x60000000);
    ip->payload_length = network16(size + head - sizeof *ip);
    ip->next_header = protocol;
    ip->hop_limit = 64;
    __builtin_memcpy(ip->source, connection->source, 16);
    __builtin_memcpy(ip->destination, server->address, 16);
  } else {
    struct ipv4_header *ip = take(&cursor, sizeof *ip);
    if (!ip) return XDP_DROP;
    ethernet->type = network16(ETHERTYPE_IPV4);
    *(u32 *)ip = network32(0x45000000) | (u32)network16(size + head) << 16;
    *((u32 *)ip + 1) = 0;
    ip->time_to_live = 64;
    ip->protocol = protocol;
    ip->checksum = 0;
    __builtin_memcpy(ip->source, connection->source, 4);
    __builtin_memcpy(ip->destination, server->address, 4);
    ip->checksum = header_sum(ip);
  }
  if (server->tunnel == TUNNEL_UDP) {
    struct udp_header *udp = take(&cursor, sizeof *udp);
    if (!udp) return XDP_DROP;
    udp->source = connection->source_port ^ connection->destination_port;
    udp->destination = network16(6080);
    udp->length = network16(size + 8);
    udp->checksum = 0;
  } else if (server->tunnel == TUNNEL_GRE) {
    struct gre_header *gre = take(&cursor, sizeof *gre);
    if (!gre) return XDP_DROP;
    gre->flags = 0;
    gre->type = is_v6 ? network16(ETHERTYPE_IPV6) : network16(ETHERTYPE_IPV4);
  }
  return XDP_TX;
}

inlined int transport(struct cursor *cursor, struct connection *connection, u32 *named) {
  if (connection->protocol == PROTOCOL_TCP) {
    struct tcp_header *tcp = take(cursor, sizeof *tcp);
    if (!tcp) return 0;
    connection->source_port = tcp->source;
    connection->destination_port = tcp->destination;
    if (!(tcp->flags & TCP_SYN)) *named = named_by_option(tcp, cursor->end);
    return 1;
  }
  if (connection->protocol != PROTOCOL_UDP) return 0;
  struct udp_header *udp = take(cursor, sizeof *udp);
  if (!udp) return 0;
  connection->source_port = udp->source;
  connection->destination_port = udp->destination;
  if (udp->destination == network16(PORT_HTTPS)) {
    // QUIC: eight bytes of connection identifier, behind one byte or six.
    u8 *first = take(cursor, 1);
    if (!first) return 1;
    if (*first & 0x80 && !take(cursor, 5)) return 1;
    u8 *identifier = take(cursor, 8);
    if (identifier && identifier[0] >> 6 == 1) *named = word(identifier) & 0x3fffff;
  }
  return 1;
}

inlined int forward(struct xdp_md *context, struct cursor *cursor, int is_v6, u16 size) {
  struct connection connection = {};
  u32 named = 0;
  int is_error = 0;
  if (is_v6) {
    struct ipv6_header *ip = take(cursor, sizeof *ip);
    if (!ip) return XDP_DROP;
    u8 next = ip->next_header;
    for (int index = 0; index < 4; index++) {
      if (next != PROTOCOL_HOP_BY_HOP && next != PROTOCOL_DESTINATION_OPTIONS) break;
      struct ipv6_extension *extension = take(cursor, 8);
      if (!extension) return XDP_DROP;
      next = extension->next_header;
      u32 rest = extension->length * 8;
      if (rest > 256 || !take(cursor, rest)) return XDP_DROP;
    }
    if (next == PROTOCOL_FRAGMENT) return XDP_DROP;
    if (next == PROTOCOL_ICMPV6) {
      struct icmp_header *icmp = take(cursor, sizeof *icmp);
      if (!icmp) return XDP_DROP;
      if (icmp->type == 0 || icmp->type > 4) return XDP_PASS;
      ip = take(cursor, sizeof *ip);
      if (!ip) return XDP_DROP;
      next = ip->next_header;
      is_error = 1;
    }
    connection.protocol = next;
    __builtin_memcpy(connection.source, is_error ? ip->destination : ip->source, 16);
    __builtin_memcpy(connection.destination, is_error ? ip->source : ip->destination, 16);
  } else {
    struct ipv4_header *ip = take(cursor, sizeof *ip);
    if (!ip || ip->header_words < 5) return XDP_DROP;
    if (ip->fragment & network16(IPV4_FRAGMENT_OFFSET | IPV4_MORE_FRAGMENTS)) return XDP_DROP;
    if (!take(cursor, ip->header_words * 4 - sizeof *ip)) return XDP_DROP;
    if (ip->protocol == PROTOCOL_ICMP) {
      struct icmp_header *icmp = take(cursor, sizeof *icmp);
      if (!icmp) return XDP_DROP;
      if (icmp->type != 3 && icmp->type != 11) return XDP_PASS;
      ip = take(cursor, sizeof *ip);
      if (!ip || ip->header_words != 5) return XDP_DROP;
      is_error = 1;
    }
    connection.protocol = ip->protocol;
    connection.source[0] = word(is_error ? ip->destination : ip->source);
    connection.destination[0] = word(is_error ? ip->source : ip->destination);
  }
  if (is_error) {
    struct ports *ports = take(cursor, sizeof *ports);
    if (!ports) return XDP_DROP;
    connection.source_port = ports->destination;
    connection.destination_port = ports->source;
  } else if (!transport(cursor, &connection, &named)) {
    return XDP_PASS;
  }

  struct service service = {.port = connection.destination_port, .protocol = connection.protocol};
  __builtin_memcpy(service.address, connection.destination, 16);
  struct service_state *state = bpf_map_lookup_elem(&services, &service);
  if (!state) {
    service.port = 0;
    state = bpf_map_lookup_elem(&services, &service);
    if (!state) return XDP_PASS;
  }
  u32 number = state->number, flags = state->flags, chosen = 0;
  if (named) {
    u32 *known = bpf_map_lookup_elem(&identifiers, &named);
    if (known) chosen = *known;
  }
  if (!chosen && !(flags & NO_TABLE)) {
    u32 *known = bpf_map_lookup_elem(&connections, &connection);
    if (known) chosen = *known;
  }
  if (!chosen) {
    if (flags & BY_SOURCE) connection.source_port = 0;
    // Up to four places in the ring, until one has a server.
#pragma unroll
    for (u32 attempt = 0; attempt < 4; attempt++) {
      u32 place = hash((u32 *)&connection, 10, number ^ attempt * 0x9e3779b9) % RING;
      u32 *entry = bpf_map_lookup_elem(&ring, &place);
      if (!entry) return XDP_DROP;
      chosen = *entry;
      if (chosen) break;
    }
    if (!(flags & NO_TABLE)) bpf_map_update_elem(&connections, &connection, &chosen, BPF_ANY);
  }
  struct server *server = bpf_map_lookup_elem(&servers, &chosen);
  if (!server) return XDP_DROP;
  count(number & (SERVICES - 1), size);
  return wrap(context, server, &connection, is_v6, size);
}

SEC("xdp") int balancer(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  u16 size = cursor.end - cursor.position - sizeof(struct ethernet_header);
  struct ethernet_header *ethernet = take(&cursor, sizeof *ethernet);
  if (!ethernet) return XDP_DROP;
  if (ethernet->type == network16(ETHERTYPE_IPV4)) return forward(context, &cursor, 0, size);
  if (ethernet->type == network16(ETHERTYPE_IPV6)) return forward(context, &cursor, 1, size);
  return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
