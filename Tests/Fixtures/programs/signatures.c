// Looks for words anywhere in the first 512 bytes of the payload, all of them at once, by an automaton in a map.
#include "../../../Programs/include/transport.h"

enum { STATES = 24, DEPTH = 512 };

// For each state the letter that leads on, where to, and where to fall back; then what is found there.
struct state {
  u8 letter;
  u8 next;
  u8 back;
  u8 found;
};

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, u32);
  __type(value, struct state[STATES]);
} automaton SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LRU_PERCPU_HASH);
  __uint(max_entries, 512);
  __type(key, u32);
  __type(value, u64);
} offenders SEC(".maps");

u64 found[8], scanned;

SEC("xdp")
int search(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet;
  struct ipv4_header *ip = take_ipv4(&cursor, &ethernet);
  if (!ip) return XDP_PASS;
  u32 zero = 0, at = 0, source = word(ip->source);
  struct state *states = bpf_map_lookup_elem(&automaton, &zero);
  if (!states) return XDP_ABORTED;
  u8 *byte = cursor.position;
  for (int index = 0; index < DEPTH; index++, byte++) {
    if ((void *)(byte + 1) > cursor.end) break;
    u8 letter = *byte;
    scanned++;
    for (int hop = 0; hop < 3; hop++) {
      if (at >= STATES) at = 0;
      struct state state = states[at];
      if (state.letter == letter && state.next) {
        at = state.next;
        break;
      }
      if (at == 0) break;
      at = state.back;
    }
    if (at < STATES && states[at].found) {
      found[states[at].found & 7]++;
      u64 one = 1, *count = bpf_map_lookup_elem(&offenders, &source);
      if (count) *count += 1;
      else bpf_map_update_elem(&offenders, &source, &one, BPF_ANY);
      return XDP_DROP;
    }
  }
  return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
