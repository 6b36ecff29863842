// Timers in values of arrays and hashes: what their helpers answer, and what their functions leave behind.
#include "helpers.h"

struct timed {
  u64 fired;
  struct bpf_timer timer;
  u64 last_key;
};

struct {
  __uint(type, MAP_ARRAY);
  __type(key, u32);
  __type(value, struct timed);
  __uint(max_entries, 4);
} slots SEC(".maps");
struct {
  __uint(type, MAP_HASH);
  __type(key, u64);
  __type(value, struct timed);
  __uint(max_entries, 8);
} sessions SEC(".maps");

static long (*const timer_init)(struct bpf_timer *, void *map, u64 flags) = (void *)169;
static long (*const timer_set_callback)(struct bpf_timer *, void *function) = (void *)170;
static long (*const timer_start)(struct bpf_timer *, u64 nanoseconds, u64 flags) = (void *)171;
static long (*const timer_cancel)(struct bpf_timer *) = (void *)172;

s64 from_function[8];

static int expire(void *map, u32 *key, struct timed *value) {
  value->fired++;
  value->last_key = *key;
  from_function[0] = timer_cancel(&value->timer);
  from_function[1] = timer_init(&value->timer, &slots, 1);
  if (value->fired == 1) from_function[2] = timer_start(&value->timer, 0, 0);
  return 0;
}

static int end_session(void *map, u64 *key, struct timed *value) {
  u64 own = *key;
  from_function[3] += own;
  from_function[4] = erase(&sessions, &own);
  return 0;
}

static int never(void *map, u64 *key, struct timed *value) {
  from_function[5]++;
  return 0;
}

SEC("xdp") int answers(struct xdp_md *ctx) {
  u32 key = 2;
  struct timed *value = lookup(&slots, &key);
  if (!value) return XDP_DROP;
  keep(timer_cancel(&value->timer));
  keep(timer_start(&value->timer, 0, 0));
  keep(timer_set_callback(&value->timer, expire));
  keep(timer_init(&value->timer, &slots, 2));
  keep(timer_init(&value->timer, &slots, 16));
  keep(timer_init(&value->timer, &slots, 1));
  keep(timer_init(&value->timer, &slots, 1));
  keep(timer_init(&value->timer, &slots, 3));
  keep(timer_start(&value->timer, 0, 0));
  keep(timer_set_callback(&value->timer, expire));
  keep(timer_start(&value->timer, 1000000000000ull, 4));
  keep(timer_start(&value->timer, 1000000000000ull, 0));
  keep(timer_cancel(&value->timer));
  keep(timer_cancel(&value->timer));
  keep(timer_start(&value->timer, 0, 0));
  keep(timer_set_callback(&value->timer, expire));
  keep(timer_start(&value->timer, ktime() + 1000000000000ull, 1));
  keep(timer_start(&value->timer, 1000000000000ull, 2));
  keep(timer_cancel(&value->timer));
  return XDP_PASS;
}

u32 phase;

SEC("xdp") int firing(struct xdp_md *ctx) {
  u32 slot = 3;
  u64 key = 77, other = 78, gone = 79;
  if (phase == 0) {
    struct timed *value = lookup(&slots, &slot);
    if (!value) return XDP_DROP;
    timer_init(&value->timer, &slots, 1);
    timer_set_callback(&value->timer, expire);
    keep(timer_start(&value->timer, 1000, 0));
    struct timed fresh = {};
    update(&sessions, &key, &fresh, 0);
    update(&sessions, &other, &fresh, 0);
    update(&sessions, &gone, &fresh, 0);
    value = lookup(&sessions, &key);
    if (!value) return XDP_DROP;
    timer_init(&value->timer, &sessions, 1);
    timer_set_callback(&value->timer, end_session);
    keep(timer_start(&value->timer, 0, 0));
    value = lookup(&sessions, &other);
    if (!value) return XDP_DROP;
    timer_init(&value->timer, &sessions, 7);
    timer_set_callback(&value->timer, never);
    keep(timer_start(&value->timer, 3600000000000ull, 0));
    value = lookup(&sessions, &gone);
    if (!value) return XDP_DROP;
    timer_init(&value->timer, &sessions, 1);
    timer_set_callback(&value->timer, never);
    keep(timer_start(&value->timer, 20000000, 0));
    keep(erase(&sessions, &gone));
  }
  phase++;
  return XDP_PASS;
}
