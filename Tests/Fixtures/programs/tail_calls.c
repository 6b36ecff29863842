// A chain of programs, one a layer, that hand each other a cursor in a per-CPU array.
#include "../../../Programs/include/transport.h"

enum step { STEP_IPV4, STEP_IPV6, STEP_TCP, STEP_UDP, STEP_VLAN, STEPS };

int on_ipv4(struct xdp_md *context);
int on_ipv6(struct xdp_md *context);
int on_tcp(struct xdp_md *context);
int on_vlan(struct xdp_md *context);

// UDP's place stays empty: the chain ends there.
struct {
  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
  __uint(max_entries, STEPS);
  __uint(key_size, 4);
  __array(values, int(void *));
} steps SEC(".maps") = {
  .values = {
    [STEP_IPV4] = (void *)&on_ipv4,
    [STEP_IPV6] = (void *)&on_ipv6,
    [STEP_TCP] = (void *)&on_tcp,
    [STEP_VLAN] = (void *)&on_vlan,
  },
};

struct position {
  u32 offset;
  u32 depth;
};

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, u32);
  __type(value, struct position);
} positions SEC(".maps");

u64 reached[STEPS], missing, ends[4];

inlined struct position *here(void) {
  u32 zero = 0;
  return bpf_map_lookup_elem(&positions, &zero);
}

inlined void *at(struct xdp_md *context, struct position *position, u32 size) {
  struct cursor cursor = packet_cursor(context);
  u32 offset = position->offset;
  if (offset > 256) return 0;
  cursor.position += offset;
  return take(&cursor, size);
}

inlined int go(struct xdp_md *context, struct position *position, u32 step, u32 size) {
  position->offset += size;
  position->depth++;
  bpf_tail_call(context, &steps, step);
  missing++;
  return XDP_PASS;
}

inlined int by_type(struct xdp_md *context, struct position *position, u16 type, u32 size) {
  switch (network16(type)) {
    case ETHERTYPE_IPV4: return go(context, position, STEP_IPV4, size);
    case ETHERTYPE_IPV6: return go(context, position, STEP_IPV6, size);
    case ETHERTYPE_VLAN: case ETHERTYPE_QINQ: return go(context, position, STEP_VLAN, size);
    default: return go(context, position, STEPS + 1, size);
  }
}

inlined int by_protocol(struct xdp_md *context, struct position *position, u8 protocol, u32 size) {
  if (protocol == PROTOCOL_TCP) return go(context, position, STEP_TCP, size);
  if (protocol == PROTOCOL_UDP) return go(context, position, STEP_UDP, size);
  ends[3]++;
  return XDP_DROP;
}

SEC("xdp")
int start(struct xdp_md *context) {
  struct position *position = here();
  if (!position) return XDP_ABORTED;
  *position = (struct position){};
  struct ethernet_header *ethernet = at(context, position, sizeof *ethernet);
  if (!ethernet) return XDP_DROP;
  return by_type(context, position, ethernet->type, sizeof *ethernet);
}

SEC("xdp")
int on_vlan(struct xdp_md *context) {
  struct position *position = here();
  if (!position) return XDP_ABORTED;
  reached[STEP_VLAN]++;
  struct vlan_header *vlan = at(context, position, sizeof *vlan);
  if (!vlan) return XDP_DROP;
  return by_type(context, position, vlan->type, sizeof *vlan);
}

SEC("xdp")
int on_ipv4(struct xdp_md *context) {
  struct position *position = here();
  if (!position) return XDP_ABORTED;
  reached[STEP_IPV4]++;
  struct ipv4_header *ip = at(context, position, sizeof *ip);
  if (!ip) return XDP_DROP;
  return by_protocol(context, position, ip->protocol, ip->header_words * 4);
}

SEC("xdp")
int on_ipv6(struct xdp_md *context) {
  struct position *position = here();
  if (!position) return XDP_ABORTED;
  reached[STEP_IPV6]++;
  struct ipv6_header *ip = at(context, position, sizeof *ip);
  if (!ip) return XDP_DROP;
  return by_protocol(context, position, ip->next_header, sizeof *ip);
}

SEC("xdp")
int on_tcp(struct xdp_md *context) {
  struct position *position = here();
  if (!position) return XDP_ABORTED;
  reached[STEP_TCP]++;
  struct tcp_header *tcp = at(context, position, sizeof *tcp);
  if (!tcp) return XDP_DROP;
  ends[position->depth & 1]++;
  return tcp->flags & TCP_SYN ? XDP_TX : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
