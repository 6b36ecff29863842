// Blocked and allowed prefixes of both families: the longest decides; counters by verdict.
#include "../../../Programs/include/transport.h"

struct prefix_v4 {
  u32 length;
  u8 address[4];
};

struct prefix_v6 {
  u32 length;
  u8 address[16];
};

struct rule {
  u32 verdict;
  u32 hits;
};

struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 64);
  __type(key, struct prefix_v4);
  __type(value, struct rule);
} rules_v4 SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 64);
  __type(key, struct prefix_v6);
  __type(value, struct rule);
} rules_v6 SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 5);
  __type(key, u32);
  __type(value, u64);
} verdicts SEC(".maps");

inlined int answered(struct rule *rule, u32 otherwise) {
  u32 verdict = otherwise;
  if (rule) {
    __sync_fetch_and_add(&rule->hits, 1);
    verdict = rule->verdict;
  }
  u64 *count = bpf_map_lookup_elem(&verdicts, &verdict);
  if (!count) return XDP_ABORTED;
  *count += 1;
  return verdict;
}

SEC("xdp")
int filter(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet;
  struct ipv4_header *v4 = take_ipv4(&cursor, &ethernet);
  if (v4) {
    struct prefix_v4 key = {.length = 32};
    __builtin_memcpy(key.address, v4->source, 4);
    struct rule *rule = bpf_map_lookup_elem(&rules_v4, &key);
    if (!rule) {
      __builtin_memcpy(key.address, v4->destination, 4);
      key.length = 24;
      rule = bpf_map_lookup_elem(&rules_v4, &key);
    }
    return answered(rule, XDP_PASS);
  }
  cursor = packet_cursor(context);
  struct ipv6_header *v6 = take_ipv6(&cursor, &ethernet);
  if (!v6) return answered(0, XDP_DROP);
  struct prefix_v6 key = {.length = 128};
  __builtin_memcpy(key.address, v6->source, 16);
  return answered(bpf_map_lookup_elem(&rules_v6, &key), XDP_PASS);
}

char LICENSE[] SEC("license") = "GPL";
