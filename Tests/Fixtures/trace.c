// Programs whose traces and stories the tests of `xdp test` know line by line.
#define SEC(name) __attribute__((section(name), used))
#define noinline __attribute__((noinline))
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

struct xdp_md { u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex; };
static long (*adjust_head)(struct xdp_md *, int) = (void *)44;
static void *(*lookup)(void *, const void *) = (void *)1;
static u64 (*ktime)(void) = (void *)5;
static long (*update)(void *, const void *, const void *, u64) = (void *)2;

enum { DROP = 1, PASS = 2, TX = 3 };

struct flow { u32 packets; u32 limit; };
struct {
  int (*type)[1];
  int (*max_entries)[8];
  u16 *key;
  struct flow *value;
} flows SEC(".maps");

// A function of its own, called.
static noinline u32 sum(const u8 *bytes) { return bytes[0] + bytes[1]; }

// Puts four bytes before the packet and counts it.
SEC("xdp") int push(struct xdp_md *context) {
  if (adjust_head(context, -4)) return DROP;
  u8 *data = (u8 *)(u64)context->data, *end = (u8 *)(u64)context->data_end;
  if (data + 18 > end) return DROP;
  for (int i = 0; i < 4; i++) data[i] = 0x42;
  u16 key = sum(data);
  struct flow *flow = lookup(&flows, &key);
  if (!flow) {
    struct flow first = {.packets = 1, .limit = 2};
    update(&flows, &key, &first, 0);
    return TX;
  }
  flow->packets++;
  return flow->packets > flow->limit ? DROP : TX;
}

// The address that is checked comes from one of two places; the counter decides nothing.
SEC("xdp") int choose(struct xdp_md *context) {
  u8 *data = (u8 *)(u64)context->data, *end = (u8 *)(u64)context->data_end;
  if (data + 54 > end) return DROP;
  u16 zero = 0;
  struct flow *flow = lookup(&flows, &zero);
  if (flow) flow->packets++;
  u8 offset = data[12] == 0x08 ? 23 : 20;
  if (context->rx_queue_index > 3) return TX;
  if (data[offset] == 6) return PASS;
  return DROP;
}

// Runs for long.
SEC("xdp") int spin(struct xdp_md *context) {
  u8 *data = (u8 *)(u64)context->data, *end = (u8 *)(u64)context->data_end;
  if (data + 14 > end) return PASS;
  volatile u32 rounds = 0;
  for (u32 i = 0; i < 100000 * (u32)data[0]; i++) rounds = i;
  return rounds > 1000 ? DROP : PASS;
}

// Reads a byte that may not be there.
SEC("xdp") int careless(struct xdp_md *context) {
  u8 *data = (u8 *)(u64)context->data;
  if (context->ingress_ifindex == 1) return data[40];
  return PASS;
}

// Asks the clock, which no two engines share.
SEC("xdp") int late(struct xdp_md *context) {
  u8 *data = (u8 *)(u64)context->data, *end = (u8 *)(u64)context->data_end;
  if (data + 34 > end) return DROP;
  if (ktime() < 1000) return DROP;
  data[22]--;
  return PASS;
}

char LICENSE[] SEC("license") = "Apache-2.0";
