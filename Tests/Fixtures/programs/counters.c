// Packets and bytes by protocol, port and size, for each CPU, and a histogram in powers of two.
#include "../../../Programs/include/transport.h"

struct key {
  u16 ether_type;
  u8 protocol;
  u8 pad;
  u32 port;
};

struct counter {
  u64 packets;
  u64 bytes;
  u64 largest;
};

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, 32);
  __type(key, struct key);
  __type(value, struct counter);
} traffic SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 64);
  __type(key, u32);
  __type(value, u64);
} sizes SEC(".maps");

u64 histogram[16];
u32 full;

// The position of the highest bit.
inlined u32 logarithm(u32 value) {
  u32 result = 0;
  if (value > 0xffff) { value >>= 16; result += 16; }
  if (value > 0xff) { value >>= 8; result += 8; }
  if (value > 0xf) { value >>= 4; result += 4; }
  if (value > 3) { value >>= 2; result += 2; }
  return result + (value >> 1);
}

SEC("xdp")
int count(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  u32 size = cursor.end - cursor.position;
  struct ethernet_header *ethernet = take(&cursor, sizeof *ethernet);
  if (!ethernet) return XDP_ABORTED;
  struct key key = {.ether_type = network16(ethernet->type)};
  if (key.ether_type == ETHERTYPE_IPV4) {
    struct ipv4_header *ip = take(&cursor, sizeof *ip);
    if (ip) {
      key.protocol = ip->protocol;
      struct ports *ports = take(&cursor, sizeof *ports);
      if (ports && ip->header_words == 5) key.port = network16(ports->destination);
    }
  } else if (key.ether_type == ETHERTYPE_IPV6) {
    struct ipv6_header *ip = take(&cursor, sizeof *ip);
    if (ip) key.protocol = ip->next_header;
  }

  struct counter *counter = bpf_map_lookup_elem(&traffic, &key);
  if (counter) {
    counter->packets++;
    counter->bytes += size;
    if (size > counter->largest) counter->largest = size;
  } else {
    struct counter first = {1, size, size};
    if (bpf_map_update_elem(&traffic, &key, &first, BPF_NOEXIST)) full++;
  }
  u32 slot = logarithm(size);
  histogram[slot & 15]++;
  slot = size / 64;
  u64 *packets = bpf_map_lookup_elem(&sizes, &slot);
  if (packets) *packets += 1;
  return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
