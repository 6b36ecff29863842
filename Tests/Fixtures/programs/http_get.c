// Finds the method and the path of an HTTP request behind headers of any length, and counts by path.
#include "../../../Programs/include/transport.h"

enum { PATH = 24 };

struct path {
  u8 text[PATH];
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 8);
  __type(key, struct path);
  __type(value, u64);
} paths SEC(".maps");

static const u8 forbidden[] = "/admin";
u64 gets, posts, others;

inlined int begins_with(const u8 *text, const char *prefix, int count) {
  for (int index = 0; index < count; index++)
    if (text[index] != prefix[index]) return 0;
  return 1;
}

SEC("xdp")
int inspect(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet;
  struct ipv4_header *ip = take_ipv4(&cursor, &ethernet);
  if (!ip || ip->protocol != PROTOCOL_TCP) return XDP_PASS;
  struct tcp_header *tcp = take(&cursor, sizeof *tcp);
  if (!tcp || tcp->header_words < 5) return XDP_DROP;
  if (!take(&cursor, tcp->header_words * 4 - sizeof *tcp)) return XDP_DROP;
  if (tcp->destination != network16(PORT_HTTP)) return XDP_PASS;
  u8 *text = take(&cursor, 8);
  if (!text) return XDP_PASS;
  u8 *start;
  if (begins_with(text, "GET ", 4)) {
    gets++;
    start = text + 4;
  } else if (begins_with(text, "POST ", 5)) {
    posts++;
    start = text + 5;
  } else {
    others++;
    return XDP_PASS;
  }
  struct path path = {};
  for (int index = 0; index < PATH; index++) {
    if ((void *)(start + index + 1) > cursor.end) break;
    if (start[index] == ' ' || start[index] == '?' || start[index] == '\r') break;
    path.text[index] = start[index];
  }
  u64 *count = bpf_map_lookup_elem(&paths, &path), one = 1;
  if (count) *count += 1;
  else bpf_map_update_elem(&paths, &path, &one, BPF_ANY);
  for (int index = 0; index < (int)sizeof forbidden - 1; index++)
    if (path.text[index] != forbidden[index]) return XDP_PASS;
  return XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
