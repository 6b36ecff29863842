// Work handed from packet to packet: ports given out and taken back by a queue, the last senders on a stack, names that
// were seen before in a bloom filter.
#include "../../../Programs/include/transport.h"

struct {
  __uint(type, BPF_MAP_TYPE_QUEUE);
  __uint(max_entries, 8);
  __uint(key_size, 0);
  __type(value, u16);
} free_ports SEC(".maps");

struct sender {
  u8 address[6];
  u16 type;
};

struct {
  __uint(type, BPF_MAP_TYPE_STACK);
  __uint(max_entries, 5);
  __uint(key_size, 0);
  __type(value, struct sender);
} senders SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
  __uint(max_entries, 64);
  __uint(key_size, 0);
  __type(value, u32);
} known SEC(".maps");

u64 answers[64], given, refilled;
u16 next_port = 1000;

inlined void note(u32 operation, long answer) { answers[(operation * 8 + (answer ? 1 + (-answer & 3) : 0)) & 63]++; }

SEC("xdp")
int work(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet = take(&cursor, sizeof *ethernet);
  if (!ethernet) return XDP_ABORTED;
  struct sender sender = {.type = ethernet->type}, other = {};
  __builtin_memcpy(sender.address, ethernet->source, 6);

  note(0, bpf_map_push_elem(&senders, &sender, ethernet->source[5] & 1 ? BPF_EXIST : BPF_ANY));
  note(1, bpf_map_peek_elem(&senders, &other));
  if ((ethernet->source[5] & 6) == 2) {
    note(2, bpf_map_pop_elem(&senders, &other));
    __builtin_memcpy(ethernet->destination, other.address, 6);
  }

  u16 port = 0;
  if (bpf_map_pop_elem(&free_ports, &port)) {
    refilled++;
    for (int index = 0; index < 10; index++) {
      u16 fresh = next_port++;
      note(3, bpf_map_push_elem(&free_ports, &fresh, BPF_ANY));
    }
  } else {
    given += port;
    if (port & 1) note(4, bpf_map_push_elem(&free_ports, &port, BPF_ANY));
  }
  note(5, bpf_map_peek_elem(&free_ports, &port));

  // What was put into the filter is found in it, always; what was not may be.
  u32 name = ethernet->source[5] * 257u + ethernet->type;
  note(6, bpf_map_push_elem(&known, &name, BPF_ANY));
  if (bpf_map_peek_elem(&known, &name)) return XDP_ABORTED;
  return port & 1 ? XDP_TX : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
