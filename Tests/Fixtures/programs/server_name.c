// Reads the server's name out of a TLS client hello, past everything of variable length before it (RFC 8446, RFC 6066).
#include "../../../Programs/include/transport.h"

enum { NAME = 32 };

struct name {
  u8 text[NAME];
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16);
  __type(key, struct name);
  __type(value, u64);
} names SEC(".maps");

u64 hellos, nameless, cut;

inlined u16 number(const u8 *bytes) { return bytes[0] << 8 | bytes[1]; }

SEC("xdp")
int read_hello(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet;
  struct ipv4_header *ip = take_ipv4(&cursor, &ethernet);
  if (!ip || ip->protocol != PROTOCOL_TCP) return XDP_PASS;
  struct tcp_header *tcp = take(&cursor, sizeof *tcp);
  if (!tcp || tcp->header_words < 5 || tcp->destination != network16(PORT_HTTPS)) return XDP_PASS;
  if (!take(&cursor, tcp->header_words * 4 - sizeof *tcp)) return XDP_DROP;
  u8 *hello = take(&cursor, 44);
  if (!hello || hello[0] != 22 || hello[5] != 1) return XDP_PASS;
  hellos++;
  if (hello[43] > 32 || !take(&cursor, hello[43])) goto cut;
  u8 *length = take(&cursor, 2);
  if (!length) goto cut;
  u16 suites = number(length);
  if (suites > 255 || !take(&cursor, suites & 255)) goto cut;
  length = take(&cursor, 1);
  if (!length || !take(&cursor, *length)) goto cut;
  if (!take(&cursor, 2)) goto cut;
  for (int index = 0; index < 12; index++) {
    u8 *extension = take(&cursor, 4);
    if (!extension) goto cut;
    u16 size = number(extension + 2);
    if (number(extension) != 0) {
      if (size > 511 || !take(&cursor, size & 511)) goto cut;
      continue;
    }
    u8 *entry = take(&cursor, 5);
    if (!entry) goto cut;
    struct name name = {};
    u16 count = number(entry + 3);
    for (int place = 0; place < NAME; place++) {
      u8 *letter = place < count ? take(&cursor, 1) : 0;
      if (!letter) break;
      name.text[place] = *letter;
    }
    u64 *hits = bpf_map_lookup_elem(&names, &name), one = 1;
    if (!hits) {
      bpf_map_update_elem(&names, &name, &one, BPF_NOEXIST);
      return XDP_PASS;
    }
    *hits += 1;
    return XDP_DROP;
  }
  nameless++;
  return XDP_PASS;
cut:
  cut++;
  return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
