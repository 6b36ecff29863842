// Walks the options of TCP's SYN segments, lowers the largest segment size, and mends the checksum.
#include "../../../Programs/include/transport.h"

volatile const u16 limit = 1360;
u64 clamped, malformed, seen[8];

SEC("xdp")
int clamp(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet;
  u8 protocol;
  struct ipv4_header *v4 = take_ipv4(&cursor, &ethernet);
  if (v4) {
    protocol = v4->protocol;
  } else {
    cursor = packet_cursor(context);
    struct ipv6_header *v6 = take_ipv6(&cursor, &ethernet);
    if (!v6) return XDP_PASS;
    protocol = v6->next_header;
  }
  if (protocol != PROTOCOL_TCP) return XDP_PASS;
  struct tcp_header *tcp = take(&cursor, sizeof *tcp);
  if (!tcp || !(tcp->flags & TCP_SYN) || tcp->header_words < 5) return XDP_PASS;

  u8 *option = cursor.position;
  int left = tcp->header_words * 4 - (int)sizeof *tcp;
  for (int round = 0; round < 10 && left > 0; round++) {
    if ((void *)(option + 1) > cursor.end) break;
    u8 kind = option[0];
    seen[kind & 7]++;
    if (kind == 0) break;
    if (kind == 1) {
      option += 1;
      left -= 1;
      continue;
    }
    if ((void *)(option + 2) > cursor.end) break;
    u8 length = option[1];
    if (length < 2 || length > 40 || length > left) {
      malformed++;
      return XDP_DROP;
    }
    if (kind == 2 && length == 4) {
      if ((void *)(option + 4) > cursor.end) break;
      u16 size = option[2] << 8 | option[3];
      if (size > limit) {
        // A word that begins at an odd place is the same word with its bytes exchanged.
        u16 from = network16(size), to = network16(limit);
        if ((option - (u8 *)tcp) & 1) {
          from = size;
          to = limit;
        }
        tcp->checksum = checksum_changed(tcp->checksum, from, to);
        option[2] = limit >> 8;
        option[3] = (u8)limit;
        clamped++;
      }
      return XDP_PASS;
    }
    option += length;
    left -= length;
  }
  return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
