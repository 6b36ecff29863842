// bpf_loop and bpf_for_each_map_elem in every shape that the verifier takes.
#include "helpers.h"

struct sums {
  u64 sum, last;
};

static int add(u64 index, struct sums *sums) {
  sums->sum += index * 3;
  sums->last = index;
  return 0;
}

static int until_seven(u64 index, struct sums *sums) {
  sums->last = index;
  return index == 7;
}

static int nothing(u64 index, void *context) { return 0; }

SEC("xdp") int counting(struct xdp_md *ctx) {
  struct sums sums = {};
  keep(loop(10, add, &sums, 0));
  keep(sums.sum);
  keep(loop(0, add, &sums, 0));
  keep(loop(100, until_seven, &sums, 0));
  keep(sums.last);
  keep(loop(1, until_seven, &sums, 0));
  keep(loop(10, add, &sums, 1));
  keep(loop((8 << 20) + 1, add, &sums, 0));
  keep(loop(-1, add, &sums, 0));
  keep(loop(300000, nothing, 0, 0));
  keep(sums.sum);
  return XDP_PASS;
}

static int inner(u64 index, struct sums *sums) {
  sums->sum += index;
  return sums->sum > 1000;
}

static int outer(u64 index, struct sums *sums) {
  u64 own = index * 2;
  sums->last += loop(index + 1, inner, sums, 0);
  return own > 60;
}

SEC("xdp") int nested(struct xdp_md *ctx) {
  struct sums sums = {};
  u64 before = ctx->rx_queue_index + 5;
  keep(loop(40, outer, &sums, 0));
  keep(sums.sum);
  keep(sums.last);
  keep(before);
  return XDP_DROP;
}

struct pair {
  u32 first, second;
};

struct {
  __uint(type, MAP_ARRAY);
  __type(key, u32);
  __type(value, struct pair);
  __uint(max_entries, 9);
} array SEC(".maps");
struct {
  __uint(type, MAP_HASH);
  __type(key, u64);
  __type(value, struct pair);
  __uint(max_entries, 64);
} hash SEC(".maps");
struct {
  __uint(type, MAP_LRU_HASH);
  __type(key, u32);
  __type(value, u64);
  __uint(max_entries, 64);
} recent SEC(".maps");
struct {
  __uint(type, MAP_PERCPU_HASH);
  __type(key, u32);
  __type(value, u64);
  __uint(max_entries, 64);
} counters SEC(".maps");
struct {
  __uint(type, MAP_PERCPU_ARRAY);
  __type(key, u32);
  __type(value, u64);
  __uint(max_entries, 5);
} totals SEC(".maps");

static int fill(u64 index, void *context) {
  u64 key = index * 1000;
  u32 small = index;
  struct pair pair = {index, index + 1};
  u64 number = index * index;
  update(&hash, &key, &pair, 0);
  update(&recent, &small, &number, 0);
  update(&counters, &small, &number, 0);
  update(&totals, &small, &number, 0);
  update(&array, &small, &pair, 0);
  return 0;
}

static int visit_pair(void *map, u64 *key, struct pair *value, struct sums *sums) {
  sums->sum += *key + value->first * 7 + value->second;
  value->second += 100;
  return 0;
}

static int visit_element(void *map, u32 *key, struct pair *value, struct sums *sums) {
  sums->sum += *key * 10 + value->second;
  sums->last = *key;
  value->first = 77;
  return *key == 5;
}

static int visit_number(void *map, u32 *key, u64 *value, struct sums *sums) {
  sums->sum += *key * 10 + *value;
  *value += 1;
  return 0;
}

static int remove_odd(void *map, u64 *key, struct pair *value, struct sums *sums) {
  u64 own = *key;
  if (value->first & 1) sums->last += erase(&hash, &own) == 0;
  return 0;
}

static int stop(void *map, void *key, void *value, void *context) { return 1; }

SEC("xdp") int elements(struct xdp_md *ctx) {
  struct sums sums = {};
  keep(for_each(&hash, visit_pair, &sums, 0));
  loop(20, fill, 0, 0);
  keep(for_each(&hash, visit_pair, &sums, 0));
  keep(sums.sum);
  keep(for_each(&array, visit_element, &sums, 0));
  keep(sums.sum);
  keep(sums.last);
  keep(for_each(&recent, visit_number, &sums, 0));
  keep(sums.sum);
  keep(for_each(&counters, visit_number, &sums, 0));
  keep(sums.sum);
  keep(for_each(&totals, visit_number, &sums, 0));
  keep(sums.sum);
  keep(for_each(&hash, remove_odd, &sums, 0));
  keep(sums.last);
  keep(for_each(&hash, stop, &sums, 0));
  keep(for_each(&hash, stop, &sums, 1));
  return XDP_PASS;
}
