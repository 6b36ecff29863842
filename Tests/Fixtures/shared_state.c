// Ways in which an object keeps state: globals, constants, maps, tail calls, functions of both linkages. What it does to a packet depends on the packet's bytes alone, so every engine must agree.
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define SEC(name) __attribute__((section(name), used))
#define __uint(name, val) int(*name)[val]
#define __type(name, val) typeof(val) *name
#define __array(name, val) typeof(val) *name[]
#define noinline __attribute__((noinline))

struct xdp_md {
  u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
};

static void *(*map_lookup)(void *, const void *) = (void *)1;
static long (*map_update)(void *, const void *, const void *, u64) = (void *)2;
static long (*tail_call)(void *, void *, u32) = (void *)12;

struct flow {
  u32 bytes;
  u16 last_length;
  u8 protocol;
  u8 pad;
};

struct {
  __uint(type, 1);
  __uint(max_entries, 16);
  __type(key, u32);
  __type(value, struct flow);
} flows SEC(".maps");

struct {
  __uint(type, 6);
  __uint(max_entries, 4);
  __type(key, u32);
  __type(value, u64);
} counters SEC(".maps");

int finish(struct xdp_md *ctx);

struct {
  __uint(type, 3);
  __uint(max_entries, 4);
  __uint(key_size, 4);
  __array(values, int(void *));
} steps SEC(".maps") = {.values = {[2] = (void *)&finish}};

const volatile u32 limit = 1000;
u32 seen = 7;
u64 total;
static u8 mask[4] = {1, 2, 4, 8};

noinline int weigh(u32 length, u32 protocol) {
  if (protocol > 3)
    return length;
  return length + mask[protocol & 3];
}

static noinline void count(u32 slot) {
  u64 *value = map_lookup(&counters, &slot);
  if (value)
    *value += 1;
}

// A tail call from here comes back to who called this.
static noinline int hop(struct xdp_md *ctx, u32 step) {
  int verdict = 2;
  tail_call(ctx, &steps, step);
  __asm__ volatile("" : "+r"(verdict)); // else the compiler takes the 2 for granted
  return verdict;
}

SEC("xdp")
int start(struct xdp_md *ctx) {
  u8 *data = (u8 *)(u64)ctx->data, *end = (u8 *)(u64)ctx->data_end;
  if (data + 24 > end)
    return 0;
  u32 length = end - data, key = data[14] & 31;
  struct flow fresh = {.bytes = 0, .protocol = data[23]};
  struct flow *flow = map_lookup(&flows, &key);
  if (!flow) {
    map_update(&flows, &key, &fresh, 0);
    flow = map_lookup(&flows, &key);
  }
  if (flow) {
    flow->bytes += length;
    flow->last_length = length;
  }
  seen++;
  total += weigh(length, data[23]);
  count(data[15]);
  data[0] = seen;
  if (length > limit)
    return 1;
  return hop(ctx, data[16]) + 40;
}

SEC("xdp")
int finish(struct xdp_md *ctx) {
  u8 *data = (u8 *)(u64)ctx->data, *end = (u8 *)(u64)ctx->data_end;
  if (data + 14 > end)
    return 0;
  data[1] = 0xEE;
  return 3;
}

char _license[] SEC("license") = "GPL";
