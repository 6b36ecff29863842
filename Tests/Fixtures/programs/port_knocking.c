// A service that is open to who has knocked at three other ports first, in order: a state machine for each source.
#include "../../../Programs/include/transport.h"

volatile const u16 knocks[3] = {53, 123, 443};
volatile const u16 service = 80;

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16);
  __type(key, u32);
  __type(value, u8);
} progress SEC(".maps");

u64 opened, fallen_back, table_full;

SEC("xdp")
int knock(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet;
  struct ipv4_header *ip = take_ipv4(&cursor, &ethernet);
  if (!ip || (ip->protocol != PROTOCOL_TCP && ip->protocol != PROTOCOL_UDP)) return XDP_PASS;
  struct ports *ports = take(&cursor, sizeof *ports);
  if (!ports) return XDP_DROP;
  u32 source = word(ip->source);
  u16 port = network16(ports->destination);
  u8 *known = bpf_map_lookup_elem(&progress, &source);
  u8 state = known ? *known : 0;
  if (port == service) {
    if (state != 3) return XDP_DROP;
    bpf_map_delete_elem(&progress, &source);
    opened++;
    return XDP_PASS;
  }
  u8 next = 0;
  if (state < 3 && port == knocks[state]) next = state + 1;
  else if (port == knocks[0]) next = 1;
  if (next == 0) {
    if (known && bpf_map_delete_elem(&progress, &source) == 0) fallen_back++;
    return XDP_DROP;
  }
  if (bpf_map_update_elem(&progress, &source, &next, known ? BPF_EXIST : BPF_NOEXIST)) table_full++;
  return XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
