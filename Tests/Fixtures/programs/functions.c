// Functions of both linkages: global ones that the verifier judges by themselves, static ones over pointers, deep calls, tables.
#include "../../../Programs/include/transport.h"

struct summary {
  u32 sum;
  u16 protocol;
  u16 port;
  u64 words;
};

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 8);
  __type(key, u32);
  __type(value, struct summary);
} summaries SEC(".maps");

static const u8 weights[16] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3};
static u32 calls;

// Divides towards zero, by the instructions for it where there are any.
inlined int quotient(int value, int divisor) {
#if __BPF_CPU_VERSION__ >= 4
  return value / divisor;
#else
  u32 result = (u32)(value < 0 ? -value : value) / (u32)(divisor < 0 ? -divisor : divisor);
  return (value < 0) != (divisor < 0) ? -result : result;
#endif
}

// Judged for any numbers at all.
noinline int scaled(int value, int factor) {
  calls++;
  if (factor == 0) return -1;
  return quotient(value, factor) * 3 - factor;
}

noinline u64 mixed(u64 a, u64 b, u64 c, u64 d, u64 e) {
  calls++;
  return (a ^ b << 3) + (c * d) - (e >> 5);
}

static noinline u32 leaf(const u8 *bytes, u32 count) {
  u32 sum = 0;
  for (u32 index = 0; index < 16; index++) {
    if (index >= count) break;
    sum += bytes[index] * weights[index];
  }
  return sum;
}

static noinline u32 second(struct summary *summary, const u8 *bytes, u32 count) {
  u8 copy[16];
  __builtin_memcpy(copy, bytes, 16);
  copy[0] ^= (u8)summary->port;
  return leaf(copy, count) + leaf(bytes, count / 2);
}

static noinline u32 first(struct summary *summary, const u8 *bytes, u32 count) {
  u32 sum = second(summary, bytes, count);
  summary->sum += sum;
  return sum ^ second(summary, bytes, 16 - (count & 15));
}

// A function that reads the packet by itself.
noinline int summarize(struct xdp_md *context, u32 slot) {
  struct cursor cursor = packet_cursor(context);
  u8 *bytes = take(&cursor, 32);
  if (!bytes) return -1;
  u8 head[16];
  __builtin_memcpy(head, bytes + 14, 16);
  struct summary *summary = bpf_map_lookup_elem(&summaries, &slot);
  if (!summary) return -2;
  summary->protocol = bytes[23];
  summary->port += head[3];
  summary->words = mixed(summary->words, head[0], head[1], head[2], summary->sum);
  return first(summary, head, bytes[15] & 31) & 0x7fffffff;
}

SEC("xdp")
int call(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  u8 *bytes = take(&cursor, 16);
  if (!bytes) return XDP_ABORTED;
  int summary = summarize(context, bytes[15] & 15);
  int answer = scaled(summary, (signed char)bytes[14]);
  bytes[0] = answer;
  bytes[1] = answer >> 8;
  bytes[2] = calls;
  return answer < 0 ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
