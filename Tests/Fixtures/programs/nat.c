// Source and destination address translation for IPv4, checksums mended word by word (RFC 3022, RFC 1624).
#include "../../../Programs/include/transport.h"

struct flow {
  u8 source[4];
  u8 destination[4];
  u16 source_port;
  u16 destination_port;
  u8 protocol;
  u8 pad[3];
};

struct binding {
  u8 address[4];
  u16 port;
  u16 pad;
  u64 packets;
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 24);
  __type(key, struct flow);
  __type(value, struct binding);
} outbound SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 24);
  __type(key, struct flow);
  __type(value, struct binding);
} inbound SEC(".maps");

volatile const u8 inside[4] = {10, 0, 0, 0};
volatile const u8 inside_bits = 8;
volatile const u8 public_address[4] = {203, 0, 113, 7};
u16 next_port = 20000;
u32 exhausted;

struct transport {
  u16 *source_port, *destination_port, *checksum;
};

// The ports and the checksum; where there is no checksum, null.
inlined int take_transport(struct cursor *cursor, u8 protocol, struct transport *transport) {
  if (protocol == PROTOCOL_TCP) {
    struct tcp_header *tcp = take(cursor, sizeof *tcp);
    if (!tcp) return 0;
    *transport = (struct transport){&tcp->source, &tcp->destination, &tcp->checksum};
  } else if (protocol == PROTOCOL_UDP) {
    struct udp_header *udp = take(cursor, sizeof *udp);
    if (!udp) return 0;
    *transport = (struct transport){&udp->source, &udp->destination, udp->checksum ? &udp->checksum : 0};
  } else {
    return 0;
  }
  return 1;
}

inlined void replace(struct ipv4_header *ip, u8 address[4], const u8 new_address[4], u16 *port, u16 new_port, u16 *checksum) {
  u32 from = word(address), to = word(new_address);
  ip->checksum = checksum_changed32(ip->checksum, from, to);
  if (checksum) {
    u16 sum = checksum_changed32(*checksum, from, to);
    sum = checksum_changed(sum, *port, new_port);
    // Zero would say that there is none (RFC 768).
    *checksum = sum == 0 && ip->protocol == PROTOCOL_UDP ? 0xffff : sum;
  }
  set_word(address, to);
  *port = new_port;
}

inlined int is_inside(const u8 address[4]) {
  u32 base = 0;
  for (int index = 0; index < 4; index++) base = base << 8 | inside[index];
  return inside_bits == 0 || (network32(word(address)) ^ base) >> (32 - (inside_bits & 31)) == 0;
}

SEC("xdp")
int translate(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet;
  struct ipv4_header *ip = take_ipv4(&cursor, &ethernet);
  if (!ip) return XDP_PASS;
  if (ip->fragment & network16(IPV4_MORE_FRAGMENTS | IPV4_FRAGMENT_OFFSET)) return XDP_PASS;
  struct transport transport;
  if (!take_transport(&cursor, ip->protocol, &transport)) return XDP_PASS;

  struct flow flow = {.source_port = *transport.source_port, .destination_port = *transport.destination_port, .protocol = ip->protocol};
  __builtin_memcpy(flow.source, ip->source, 4);
  __builtin_memcpy(flow.destination, ip->destination, 4);

  if (!is_inside(ip->source)) {
    struct binding *back = bpf_map_lookup_elem(&inbound, &flow);
    if (!back) return XDP_PASS;
    back->packets++;
    replace(ip, ip->destination, back->address, transport.destination_port, back->port, transport.checksum);
    return XDP_TX;
  }

  struct binding *binding = bpf_map_lookup_elem(&outbound, &flow);
  if (!binding) {
    struct binding fresh = {.port = network16(next_port)};
    for (int index = 0; index < 4; index++) fresh.address[index] = public_address[index];
    struct flow answer = {.source_port = flow.destination_port, .destination_port = fresh.port, .protocol = flow.protocol};
    __builtin_memcpy(answer.source, flow.destination, 4);
    __builtin_memcpy(answer.destination, fresh.address, 4);
    struct binding back = {.port = flow.source_port};
    __builtin_memcpy(back.address, flow.source, 4);
    if (bpf_map_update_elem(&outbound, &flow, &fresh, BPF_NOEXIST)) {
      exhausted++;
      return XDP_DROP;
    }
    bpf_map_update_elem(&inbound, &answer, &back, BPF_ANY);
    next_port++;
    binding = bpf_map_lookup_elem(&outbound, &flow);
    if (!binding) return XDP_ABORTED;
  }
  binding->packets++;
  replace(ip, ip->source, binding->address, transport.source_port, binding->port, transport.checksum);
  return XDP_TX;
}

char LICENSE[] SEC("license") = "GPL";
