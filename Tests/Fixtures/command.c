// What the command's tests look at: a packet's first byte chooses what happens to it.
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef _Bool bool;

#define SEC(name) __attribute__((section(name), used))
#define __uint(name, val) int(*name)[val]
#define __type(name, val) typeof(val) *name

struct xdp_md {
  u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
};

static void *(*map_lookup)(void *, const void *) = (void *)1;
static long (*map_update)(void *, const void *, const void *, u64) = (void *)2;
static u64 (*ktime)(void) = (void *)5;
static u32 (*prandom)(void) = (void *)7;
static long (*redirect)(u32, u64) = (void *)23;
static long (*adjust_head)(void *, int) = (void *)44;
static long (*redirect_map)(void *, u64, u64) = (void *)51;
static long (*adjust_meta)(void *, int) = (void *)54;
static long (*adjust_tail)(void *, int) = (void *)65;
static long (*ring_output)(void *, void *, u64, u64) = (void *)130;

enum mode { MODE_OFF, MODE_COUNT, MODE_STRICT = 7 };

struct endpoint {
  u8 address[4];
  u16 port;
  u16 pad;
};

struct totals {
  u64 packets;
  u64 bytes;
  enum mode mode;
  bool seen;
};

struct {
  __uint(type, 1);
  __uint(max_entries, 16);
  __type(key, struct endpoint);
  __type(value, struct totals);
} flows SEC(".maps");

struct {
  __uint(type, 2);
  __uint(max_entries, 4);
  __type(key, u32);
  __type(value, u64);
} stamps SEC(".maps");

struct {
  __uint(type, 6);
  __uint(max_entries, 256);
  __type(key, u32);
  __type(value, u32);
} counters SEC(".maps");

struct {
  __uint(type, 14);
  __uint(max_entries, 4);
  __uint(key_size, 4);
  __uint(value_size, 4);
} ports SEC(".maps");

struct {
  __uint(type, 27);
  __uint(max_entries, 4096);
} events SEC(".maps");

const volatile u32 limit = 1000;
const volatile bool enabled = 1;
const volatile char label[16] = "default";
const volatile enum mode mode = MODE_COUNT;
u64 total;
struct endpoint last = {{10, 0, 0, 1}, 53};

static void count(u32 slot) {
  u32 *counter = map_lookup(&counters, &slot);
  if (counter)
    *counter += 1;
}

static void remember(const u8 *bytes, u32 length) {
  struct endpoint key = {{bytes[0], bytes[1], bytes[2], bytes[3]}, bytes[4], 0};
  struct totals *found = map_lookup(&flows, &key);
  if (found) {
    found->packets += 1;
    found->bytes += length;
    return;
  }
  struct totals first = {1, length, mode, 1};
  map_update(&flows, &key, &first, 0);
}

static void emit(const u8 *bytes) {
  u8 record[6] = {bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5]};
  ring_output(&events, record, sizeof record, 0);
}

static void stamp(u32 slot, u64 value) { map_update(&stamps, &slot, &value, 0); }

SEC("xdp") int classify(struct xdp_md *ctx) {
  u8 *data = (u8 *)(long)ctx->data, *end = (u8 *)(long)ctx->data_end;
  u32 length = end - data;

  if (data + 14 > end)
    return 0;
  total += length;
  u8 choice = data[0];
  count(choice);
  if (!enabled || length > limit)
    return 1;
  switch (choice) {
  case 0:
    return 2;
  case 1:
    return 1;
  case 2:
    return 3;
  case 3:
    return 0;
  case 4:
    return redirect(7, 0);
  case 5:
    return redirect_map(&ports, 1, 1);
  case 6:
    if (adjust_head(ctx, -4))
      return 0;
    data = (u8 *)(long)ctx->data;
    end = (u8 *)(long)ctx->data_end;
    if (data + 4 > end)
      return 0;
    data[0] = label[0];
    data[1] = label[1];
    data[2] = data[3] = 0;
    return 2;
  case 7:
    return adjust_tail(ctx, -2) ? 0 : 2;
  case 8:
    if (adjust_meta(ctx, -4))
      return 0;
    u32 *meta = (u32 *)(long)ctx->data_meta;
    if ((u8 *)(meta + 1) > (u8 *)(long)ctx->data)
      return 0;
    *meta = 0x04030201;
    return 2;
  case 9:
    return 77;
  case 10:
    emit(data);
    return 2;
  case 11:
    remember(data + 6, length);
    return 2;
  case 12:
    stamp(0, ktime());
    stamp(1, prandom());
    stamp(2, 0x0020000000000001);
    return 2;
  }
  return 1;
}

// Reads through a look-up that it does not check: the verifier refuses it, the interpreter stops it.
SEC("?xdp") int careless(struct xdp_md *ctx) {
  u32 slot = 1000;
  u32 *counter = map_lookup(&counters, &slot);
  return *counter;
}

char _license[] SEC("license") = "GPL";
