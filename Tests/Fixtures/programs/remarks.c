// Marks a class of service by ports and addresses, mends the checksum, and reflects congestion from within a tunnel (RFC 6040).
#include "../../../Programs/include/transport.h"

struct rule {
  u16 first_port, last_port;
  u8 protocol, service, pad[2];
};

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 8);
  __type(key, u32);
  __type(value, struct rule);
} rules SEC(".maps");

u64 marked, congested;

inlined void set_service(struct ipv4_header *ip, u8 service) {
  u16 before = *(u16 *)ip;
  ip->service = service;
  ip->checksum = checksum_changed(ip->checksum, before, *(u16 *)ip);
}

SEC("xdp")
int mark(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet;
  struct ipv4_header *ip = take_ipv4(&cursor, &ethernet);
  if (!ip) return XDP_PASS;
  if (ip->protocol == PROTOCOL_IPV4) {
    struct ipv4_header *inner = take(&cursor, sizeof *inner);
    if (!inner) return XDP_DROP;
    if ((ip->service & 3) == 3 && (inner->service & 3) != 0) {
      set_service(inner, inner->service | 3);
      congested++;
    }
    return XDP_PASS;
  }
  struct ports *ports = take(&cursor, sizeof *ports);
  if (!ports) return XDP_PASS;
  u16 port = network16(ports->destination);
  for (u32 index = 0; index < 8; index++) {
    u32 slot = index;
    struct rule *rule = bpf_map_lookup_elem(&rules, &slot);
    if (!rule) break;
    if (rule->protocol != ip->protocol || port < rule->first_port || port > rule->last_port) continue;
    set_service(ip, rule->service << 2 | (ip->service & 3));
    marked++;
    return XDP_TX;
  }
  return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
