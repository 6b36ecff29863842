// Read-only configuration, initialized and zeroed globals of every size, a table of limits, and a heap of state in .bss.
#include "../../../Programs/include/transport.h"

struct limits {
  u16 least, most;
  u8 verdict;
};

volatile const u32 enabled = 1;
volatile const u64 sampled_every = 4;
volatile const struct limits limits[4] = {{0, 63, XDP_PASS}, {64, 127, XDP_TX}, {128, 1023, XDP_PASS}, {1024, 65535, XDP_DROP}};

u8 last_bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};
u16 half = 0x1234;
u32 word_value = 0xfffffff0;
u64 total = ~0ull - 1000;
signed char small = -3;
short signed_half = -300;
int signed_word = -70000;
long long signed_total = -1;
_Bool odd;

struct {
  u64 by_verdict[5];
  u32 ring[32];
  u32 next;
} state;

SEC("xdp")
int configured(struct xdp_md *context) {
  if (!enabled) return XDP_PASS;
  struct cursor cursor = packet_cursor(context);
  u32 size = cursor.end - cursor.position;
  u32 verdict = XDP_ABORTED;
  for (int index = 0; index < 4; index++) {
    if (size >= limits[index].least && size <= limits[index].most) {
      verdict = limits[index].verdict;
      break;
    }
  }
  total += size;
  half = half * 5 + size;
  word_value += 3;
  small -= (signed char)size;
  signed_half /= 3;
  signed_half -= (short)size * 7;
  signed_word = signed_word / 7 - (int)size * small;
  signed_total = (signed_total >> 3) + signed_half;
  odd = !odd;
  last_bytes[size & 7] ^= half;
  if (verdict < 5) state.by_verdict[verdict]++;
  if (total % sampled_every == 0) state.ring[state.next++ & 31] = size;
  return verdict;
}

char LICENSE[] SEC("license") = "GPL";
