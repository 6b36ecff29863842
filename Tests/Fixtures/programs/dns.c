// Reads the question of a DNS query label by label, in lower case, looks its name and its parents up, and answers blocked ones itself.
#include "../../../Programs/include/transport.h"

enum { NAME = 64 };

struct dns_header {
  u16 identifier;
  u16 flags;
  u16 questions;
  u16 answers;
  u16 authorities;
  u16 additionals;
};

struct name {
  u8 text[NAME];
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 32);
  __type(key, struct name);
  __type(value, u32);
} blocked SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 32);
  __type(key, u32);
  __type(value, u32);
} question_types SEC(".maps");

u64 queries, too_long, answered;

SEC("xdp")
int resolve(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet;
  struct ipv4_header *ip = take_ipv4(&cursor, &ethernet);
  if (!ip || ip->protocol != PROTOCOL_UDP) return XDP_PASS;
  struct udp_header *udp = take(&cursor, sizeof *udp);
  if (!udp || udp->destination != network16(PORT_DNS)) return XDP_PASS;
  struct dns_header *dns = take(&cursor, sizeof *dns);
  if (!dns || (dns->flags & network16(0x8000)) || dns->questions != network16(1)) return XDP_DROP;
  queries++;

  struct name name = {};
  u8 *byte = cursor.position;
  u32 left = 0, length = 0;
  for (; length < NAME; length++) {
    if ((void *)(byte + 1) > cursor.end) return XDP_DROP;
    u8 value = *byte++;
    if (left == 0) {
      if (value > 63) return XDP_DROP;
      left = value;
      name.text[length] = value;
      if (value == 0) break;
      continue;
    }
    left--;
    name.text[length] = value >= 'A' && value <= 'Z' ? value + 32 : value;
  }
  if (length == NAME) {
    too_long++;
    return XDP_PASS;
  }
  u16 *question = (u16 *)byte;
  if ((void *)(question + 2) > cursor.end) return XDP_DROP;
  u32 type = network16(question[0]), one = 1;
  u32 *count = bpf_map_lookup_elem(&question_types, &type);
  if (count) *count += 1;
  else bpf_map_update_elem(&question_types, &type, &one, BPF_NOEXIST);

  u32 *hits = bpf_map_lookup_elem(&blocked, &name);
  if (!hits) return XDP_PASS;
  *hits += 1;
  // No such name, said by the packet itself.
  dns->flags = network16(0x8183);
  u32 from = word(ip->source);
  set_word(ip->source, word(ip->destination));
  set_word(ip->destination, from);
  u16 port = udp->source;
  udp->source = udp->destination;
  udp->destination = port;
  udp->checksum = 0;
  swap_ethernet(ethernet);
  answered++;
  return XDP_TX;
}

char LICENSE[] SEC("license") = "GPL";
