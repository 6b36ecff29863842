// Maps within maps: each tenant's own rules by its VLAN, and counters that a control plane exchanges as a whole.
#include "../../../Programs/include/transport.h"

struct rule {
  u32 verdict;
  u32 hits;
};

struct rules {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 8);
  __type(key, u16);
  __type(value, struct rule);
};

struct rules tenant_1 SEC(".maps"), tenant_5 SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
  __uint(max_entries, 4);
  __uint(key_size, 4);
  __array(values, struct rules);
} tenants SEC(".maps") = {.values = {[1] = &tenant_1, [5] = &tenant_5}};

struct counters {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 4);
  __type(key, u32);
  __type(value, u64);
};

struct counters day SEC(".maps"), night SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
  __uint(max_entries, 3);
  __uint(key_size, 4);
  __array(values, struct counters);
} periods SEC(".maps") = {.values = {[0] = &day, [2] = &night}};

u64 strangers, full;

SEC("xdp")
int judge(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet = take(&cursor, sizeof *ethernet);
  if (!ethernet) return XDP_ABORTED;
  u32 tenant = 1, period = ethernet->source[5] & 3, kind = 0;
  u16 type = ethernet->type;
  if (type == network16(ETHERTYPE_VLAN)) {
    struct vlan_header *vlan = take(&cursor, sizeof *vlan);
    if (!vlan) return XDP_DROP;
    tenant = network16(vlan->tag) & 0xfff;
    type = vlan->type;
    kind = 1;
  }
  void *counters = bpf_map_lookup_elem(&periods, &period);
  if (counters) {
    u64 *count = bpf_map_lookup_elem(counters, &kind);
    if (count) *count += 1;
  }
  void *rules = bpf_map_lookup_elem(&tenants, &tenant);
  if (!rules) {
    strangers++;
    return XDP_DROP;
  }
  struct rule *rule = bpf_map_lookup_elem(rules, &type);
  if (!rule) {
    struct rule fresh = {.verdict = XDP_PASS};
    if (bpf_map_update_elem(rules, &type, &fresh, BPF_NOEXIST)) full++;
    return XDP_TX;
  }
  rule->hits++;
  return rule->verdict;
}

char LICENSE[] SEC("license") = "GPL";
