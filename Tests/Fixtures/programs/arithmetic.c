// Averages, shares and hashes: division and remainder of both signs, 64-bit products, rotations, atomics of every kind.
#include "../../../Programs/include/transport.h"

struct flow {
  u64 average;
  u64 variance;
  long long drift;
  u32 share;
  int last;
};

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 16);
  __type(key, u32);
  __type(value, struct flow);
} flows SEC(".maps");

u64 total = 1, atomic_sum, atomic_or, atomic_and = ~0ull, atomic_xor, exchanged, compared;
u32 small_sum, small_exchanged, winners;

// Division towards zero, by the instructions for it where there are any.
inlined long long quotient(long long value, long long divisor) {
#if __BPF_CPU_VERSION__ >= 4
  return value / divisor;
#else
  u64 result = (u64)(value < 0 ? -value : value) / (u64)(divisor < 0 ? -divisor : divisor);
  return (value < 0) != (divisor < 0) ? -result : result;
#endif
}

inlined long long remainder(long long value, long long divisor) { return value - quotient(value, divisor) * divisor; }

inlined long long magnitude(long long value) { return value < 0 ? -value : value; }

SEC("xdp")
int measure(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  u32 size = cursor.end - cursor.position;
  u64 *words = take(&cursor, 40);
  if (!words) return XDP_PASS;
  u64 a = words[0], b = words[1], c = words[2], d = words[3];
  u32 slot = (a ^ b >> 32 ^ c) & 15;
  struct flow *flow = bpf_map_lookup_elem(&flows, &slot);
  if (!flow) return XDP_ABORTED;

  long long error = (long long)(size << 10) - (long long)flow->average;
  flow->average += error / 8;
  flow->variance += (magnitude(error) - (long long)flow->variance) / 4;
  flow->drift += remainder(a * 31 + d, 1000) - remainder((int)(u32)b, 77);
  flow->share = (u64)size * 1000000 / (total ? total : 1);
  flow->last = quotient((int)(u32)c, (int)(b & 0xff) - 128 ? (int)(b & 0xff) - 128 : 1);
  total += size;

  __sync_fetch_and_add(&atomic_sum, a);
  small_sum = __sync_fetch_and_add(&winners, (u32)d) ^ size;
  __sync_fetch_and_or(&atomic_or, 1ull << (a & 63));
  __sync_fetch_and_and(&atomic_and, ~(1ull << (b & 63)));
  u64 old = __sync_fetch_and_xor(&atomic_xor, c * 0x9e3779b97f4a7c15ull);
  exchanged = __sync_lock_test_and_set(&compared, old + a);
  if (__sync_val_compare_and_swap(&compared, old + a, d) == old + a) small_exchanged++;
  words[4] = (a << (b & 63) | a >> (64 - (b & 63) & 63)) + (u64)(unsigned)(d % ((u32)c | 1));
  words[0] = __builtin_bswap64(a) ^ (u64)__builtin_bswap32((u32)b) << 16 ^ __builtin_bswap16((u16)c);
  return flow->drift > 0 ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
