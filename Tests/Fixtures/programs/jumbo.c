// Long packets in several pieces: sums, cuts and rewrites them without ever seeing more than the first piece directly.
#include "../../../Programs/include/transport.h"

static u64 (*const bpf_xdp_get_buff_len)(struct xdp_md *context) = (void *)188;

enum { CHUNK = 64, CHUNKS = 144 };

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 64);
  __type(key, u32);
  __type(value, u64);
} lengths SEC(".maps");

u64 sums[4], unread, refused, linear;

SEC("xdp.frags")
int sum(struct xdp_md *context) {
  u64 total = 0, length = bpf_xdp_get_buff_len(context);
  u8 chunk[CHUNK];
  for (int index = 0; index < CHUNKS; index++) {
    if (index * CHUNK + CHUNK > length) break;
    if (bpf_xdp_load_bytes(context, index * CHUNK, chunk, CHUNK)) {
      unread++;
      break;
    }
    for (int place = 0; place < CHUNK; place += 8) total = total * 31 + *(u64 *)(chunk + place);
  }
  linear += context->data_end - context->data;
  sums[total & 3] += total;
  u32 slot = length / 256;
  u64 *count = bpf_map_lookup_elem(&lengths, &slot), one = 1;
  if (count) *count += 1;
  else bpf_map_update_elem(&lengths, &slot, &one, BPF_NOEXIST);
  if (bpf_xdp_store_bytes(context, length > 8 ? (u32)length - 8 : 0, &total, 8)) refused++;
  return total & 1 ? XDP_PASS : XDP_TX;
}

SEC("xdp.frags")
int cut(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  u8 *bytes = take(&cursor, 14);
  if (!bytes) return XDP_DROP;
  int change = bytes[5] & 1 ? -(bytes[11] * 17) : bytes[11];
  if (bpf_xdp_adjust_tail(context, change)) {
    refused++;
    return XDP_DROP;
  }
  if (change > 0 && bpf_xdp_adjust_head(context, -8)) refused++;
  return bpf_xdp_get_buff_len(context) & 1 ? XDP_PASS : XDP_TX;
}

SEC("xdp.frags")
int rewrite(struct xdp_md *context) {
  u32 offset = 0;
  u8 bytes[32];
  for (int index = 0; index < 24; index++) {
    if (bpf_xdp_load_bytes(context, offset, bytes, sizeof bytes)) break;
    u32 step = bytes[0] | (bytes[1] & 7) << 8;
    bytes[1] ^= index;
    bytes[31] = step;
    u32 size = (bytes[2] & 31) + 1;
    if (bpf_xdp_store_bytes(context, offset, bytes, size)) unread++;
    offset += step;
  }
  return offset > 2000 ? XDP_TX : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
