// Spreads packets over queues by Toeplitz's hash, as network cards do, through a table that control planes write.
#include "../../../Programs/include/transport.h"

static const u8 hash_key[40] = {
  0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
  0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
};

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 128);
  __type(key, u32);
  __type(value, u32);
} indirection SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 16);
  __type(key, u32);
  __type(value, u64);
} queues SEC(".maps");

u32 last_hash;

static noinline u32 toeplitz(const u8 *input, u32 count) {
  u32 window = (u32)hash_key[0] << 24 | hash_key[1] << 16 | hash_key[2] << 8 | hash_key[3], hash = 0;
  for (u32 index = 0; index < 12; index++) {
    if (index >= count) break;
    for (int bit = 7; bit >= 0; bit--) {
      u32 is_set = input[index] >> bit & 1;
      __asm__ volatile("" : "+r"(is_set)); // else a branch for every bit comes of it, and the verifier tries all paths
      hash ^= window * is_set;
      window = window << 1 | (hash_key[index + 4] >> bit & 1);
    }
  }
  return hash;
}

SEC("xdp")
int spread(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet;
  struct ipv4_header *ip = take_ipv4(&cursor, &ethernet);
  if (!ip) return XDP_PASS;
  u8 input[12] = {};
  u32 count = 8;
  __builtin_memcpy(input, ip->source, 4);
  __builtin_memcpy(input + 4, ip->destination, 4);
  struct ports *ports = take(&cursor, sizeof *ports);
  if (ports && (ip->protocol == PROTOCOL_TCP || ip->protocol == PROTOCOL_UDP)) {
    __builtin_memcpy(input + 8, ports, 4);
    count = 12;
  }
  last_hash = toeplitz(input, count);
  u32 place = last_hash & 127;
  u32 *queue = bpf_map_lookup_elem(&indirection, &place);
  if (!queue) return XDP_ABORTED;
  u32 chosen = *queue;
  u64 *packets = bpf_map_lookup_elem(&queues, &chosen);
  if (!packets) return XDP_DROP;
  *packets += 1;
  return chosen & 1 ? XDP_TX : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
