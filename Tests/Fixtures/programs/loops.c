// Loops of every kind over one packet: unrolled, bounded, by callback, by iterator, with a way out; and over a map.
#include "../../../Programs/include/transport.h"

struct bpf_iter_num {
  u64 opaque[1];
} __attribute__((aligned(8)));

extern int bpf_iter_num_new(struct bpf_iter_num *iterator, int start, int end) __attribute__((section(".ksyms"))) __attribute__((weak));
extern int *bpf_iter_num_next(struct bpf_iter_num *iterator) __attribute__((section(".ksyms"))) __attribute__((weak));
extern void bpf_iter_num_destroy(struct bpf_iter_num *iterator) __attribute__((section(".ksyms"))) __attribute__((weak));

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 16);
  __type(key, u32);
  __type(value, u64);
} slots SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16);
  __type(key, u32);
  __type(value, u64);
} seen SEC(".maps");

u64 by_callback, by_iterator, by_goto, walked, largest;
long last_answer;

struct walk {
  u8 head[64];
  u32 count;
  u64 sum;
};

static long add(u32 index, struct walk *walk) {
  if (index >= 64 || index >= walk->count) return 1;
  walk->sum = walk->sum * 33 + walk->head[index & 63];
  return 0;
}

static long add_slot(void *map, u32 *key, u64 *value, u64 *sum) {
  *sum += *value ^ *key;
  *value += 1;
  return *key == 11;
}

static long add_seen(void *map, u32 *key, u64 *value, u64 *sum) {
  *sum += *value * *key;
  return 0;
}

SEC("xdp")
int walk(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  u8 *bytes = take(&cursor, 14);
  if (!bytes) return XDP_ABORTED;
  struct walk walk = {};
  u32 size = cursor.end - (void *)bytes;
  walk.count = size < 64 ? size : 64;
  for (int index = 0; index < 14; index++) walk.head[index] = bytes[index];
  last_answer = bpf_loop(bytes[5] + 1, add, &walk, 0);
  by_callback += walk.sum;
  last_answer += bpf_loop(1 << 24, add, &walk, 0) * 3;

  struct bpf_iter_num iterator;
  int *number;
  bpf_iter_num_new(&iterator, -3, walk.count & 31);
  while ((number = bpf_iter_num_next(&iterator))) {
    if (*number == 20) break;
    by_iterator += *number * 3 + walk.head[*number & 15];
  }
  bpf_iter_num_destroy(&iterator);

  // Leaves the loop where the run has looped for long enough, which it has not.
  for (u32 place = 0;; place++) {
    __asm__ volatile goto("may_goto %l[enough]" : : : : enough);
    if (place > 1000 || walk.head[place & 63] == 0) break;
    by_goto += place ^ walk.head[place & 63];
  }
enough:;

  u64 sum = 0;
  u32 key = bytes[11] & 15;
  u64 one = 1, *slot = bpf_map_lookup_elem(&slots, &key);
  if (slot) *slot += size;
  bpf_map_update_elem(&seen, &key, &one, BPF_ANY);
  walked += bpf_for_each_map_elem(&slots, add_slot, &sum, 0);
  walked += bpf_for_each_map_elem(&seen, add_seen, &sum, 0) << 8;
  if (sum > largest) largest = sum;
  return sum & 1 ? XDP_PASS : XDP_TX;
}

char LICENSE[] SEC("license") = "GPL";
