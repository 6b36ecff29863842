// Pads short frames to 60 bytes and puts a check sequence behind each (CRC-32, by a table); takes it off again if it is right.
#include "../../../Programs/include/transport.h"

enum { LONGEST = 256 };

// The remainders of all half bytes.
static const u32 remainders[16] = {
  0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
  0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
};

u64 padded, refused, good, bad, too_long;

static noinline u32 crc(struct xdp_md *context, u32 count) {
  struct cursor cursor = packet_cursor(context);
  u8 *byte = cursor.position;
  u32 value = 0xffffffff;
  for (u32 index = 0; index < LONGEST; index++, byte++) {
    if (index >= count || (void *)(byte + 1) > cursor.end) break;
    value ^= *byte;
    value = value >> 4 ^ remainders[value & 15];
    value = value >> 4 ^ remainders[value & 15];
  }
  return ~value;
}

inlined u32 *last_word(struct xdp_md *context, u32 size) {
  if (size > LONGEST) return 0;
  struct cursor cursor = packet_cursor(context);
  cursor.position += size;
  return take(&cursor, 4);
}

SEC("xdp")
int seal(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  u32 size = cursor.end - cursor.position;
  if (size > LONGEST) {
    too_long++;
    return XDP_PASS;
  }
  u32 grown = size < 60 ? 60 : size;
  if (bpf_xdp_adjust_tail(context, (int)(grown - size) + 4)) {
    refused++;
    return XDP_DROP;
  }
  if (grown != size) padded++;
  u32 value = crc(context, grown);
  u32 *check = last_word(context, grown);
  if (!check) return XDP_ABORTED;
  *check = value;
  return XDP_TX;
}

SEC("xdp")
int unseal(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  u32 size = cursor.end - cursor.position;
  if (size < 18 || size > LONGEST + 4) return XDP_PASS;
  size -= 4;
  u32 *check = last_word(context, size);
  if (!check) return XDP_ABORTED;
  if (*check != crc(context, size)) {
    bad++;
    return XDP_DROP;
  }
  good++;
  return bpf_xdp_adjust_tail(context, -4) ? XDP_ABORTED : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
