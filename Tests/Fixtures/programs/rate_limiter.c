// A token bucket for each source, refilled by the clock.
#include "../../../Programs/include/transport.h"

// One token in this many nanoseconds, and how many a source may save.
volatile const u64 interval = 3600ull * 1000000000;
volatile const u64 depth = 3;

struct bucket {
  u64 tokens;
  u64 filled_at;
};

struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 1024);
  __type(key, u32);
  __type(value, struct bucket);
} buckets SEC(".maps");

u64 passed, limited;

SEC("xdp")
int limit(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet;
  struct ipv4_header *ip = take_ipv4(&cursor, &ethernet);
  if (!ip) return XDP_PASS;
  u32 source = word(ip->source);
  u64 now = bpf_ktime_get_ns();
  struct bucket *bucket = bpf_map_lookup_elem(&buckets, &source);
  if (!bucket) {
    struct bucket fresh = {.tokens = depth - 1, .filled_at = now};
    bpf_map_update_elem(&buckets, &source, &fresh, BPF_ANY);
    passed++;
    return XDP_PASS;
  }
  u64 earned = (now - bucket->filled_at) / interval;
  if (earned) {
    bucket->filled_at += earned * interval;
    bucket->tokens = bucket->tokens + earned < depth ? bucket->tokens + earned : depth;
  }
  if (bucket->tokens == 0) {
    limited++;
    return XDP_DROP;
  }
  bucket->tokens--;
  passed++;
  return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
