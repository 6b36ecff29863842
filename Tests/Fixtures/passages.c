// Programs on the way: through devmaps and cpumaps with programs of their own, to one target or to all of them.
// clang -O2 -g -target bpf -fdebug-compilation-dir=. -c passages.c -o passages.o && llvm-objcopy --strip-debug passages.o
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define SEC(name) __attribute__((section(name), used))
#define __uint(name, value) int (*name)[value]
#define __type(name, value) value *name
#define inline inline __attribute__((always_inline))

enum { ABORTED, DROP, PASS, TX, REDIRECT };
enum { BROADCAST = 8, EXCLUDE_INGRESS = 16 };

struct xdp_md {
  u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
};

struct target {
  u32 number;
  u32 program;
};

// What a program saw of a packet beside its bytes.
struct sight {
  u32 program, ingress, queue, egress, metadata;
};

struct sum {
  u64 packets, bytes, first_bytes;
};

static void *(*lookup)(void *, const void *) = (void *)1;
static long (*update)(void *, const void *, const void *, u64) = (void *)2;
static long (*redirect)(u32, u64) = (void *)23;
static long (*adjust_head)(struct xdp_md *, int) = (void *)44;
static long (*redirect_map)(void *, u64, u64) = (void *)51;
static long (*adjust_meta)(struct xdp_md *, int) = (void *)54;
static long (*adjust_tail)(struct xdp_md *, int) = (void *)65;

struct {
  __uint(type, 14);
  __uint(max_entries, 8);
  __type(key, u32);
  __type(value, struct target);
} devices SEC(".maps");

struct {
  __uint(type, 25);
  __uint(max_entries, 8);
  __type(key, u32);
  __type(value, struct target);
} ports SEC(".maps");

struct {
  __uint(type, 16);
  __uint(max_entries, 4);
  __type(key, u32);
  __type(value, struct target);
} cpus SEC(".maps");

struct {
  __uint(type, 1);
  __uint(max_entries, 64);
  __type(key, struct sight);
  __type(value, struct sum);
} sights SEC(".maps");

static inline void see(u32 program, struct xdp_md *ctx, u32 egress) {
  u8 *data = (u8 *)(long)ctx->data, *end = (u8 *)(long)ctx->data_end, *meta = (u8 *)(long)ctx->data_meta;
  struct sight sight = {program, ctx->ingress_ifindex, ctx->rx_queue_index, egress, data - meta};
  struct sum none = {}, *sum;
  if (meta + 4 <= data) sight.metadata |= *(u32 *)meta << 8;
  update(&sights, &sight, &none, 1);
  sum = lookup(&sights, &sight);
  if (!sum) return;
  __sync_fetch_and_add(&sum->packets, 1);
  __sync_fetch_and_add(&sum->bytes, end - data);
  if (data + 14 <= end) __sync_fetch_and_add(&sum->first_bytes, data[0] | data[11] << 8 | data[13] << 16);
}

// Which target a packet names: a byte of its sender's address.
static inline u32 key(struct xdp_md *ctx) {
  u8 *data = (u8 *)(long)ctx->data, *end = (u8 *)(long)ctx->data_end;
  return data + 14 <= end ? data[11] & 7 : 0;
}

static inline u32 length(struct xdp_md *ctx) { return ctx->data_end - ctx->data; }

// Where a map has no target, a packet's length says what becomes of it.
SEC("xdp") int to_device(struct xdp_md *ctx) {
  see(1, ctx, 0);
  return redirect_map(&devices, key(ctx), length(ctx) & 3);
}

SEC("xdp") int to_port(struct xdp_md *ctx) {
  see(2, ctx, 0);
  return redirect_map(&ports, key(ctx) * 1000003, length(ctx) & 3);
}

// With metadata, which goes along.
SEC("xdp") int stamped(struct xdp_md *ctx) {
  u8 *data, *meta;
  if (adjust_meta(ctx, -8)) return ABORTED;
  meta = (u8 *)(long)ctx->data_meta;
  data = (u8 *)(long)ctx->data;
  if (meta + 8 > data) return ABORTED;
  *(u32 *)meta = 0x5a0000 | length(ctx) % 3;
  *(u32 *)(meta + 4) = 0;
  see(3, ctx, 0);
  return redirect_map(&devices, key(ctx), PASS);
}

SEC("xdp") int to_all(struct xdp_md *ctx) {
  see(4, ctx, 0);
  return redirect_map(&devices, 0, BROADCAST);
}

SEC("xdp") int to_others(struct xdp_md *ctx) {
  see(5, ctx, 0);
  return redirect_map(&ports, 0, BROADCAST | EXCLUDE_INGRESS);
}

// A packet that was made longer or shorter before it is copied.
SEC("xdp") int moved_to_all(struct xdp_md *ctx) {
  u8 *data, *end;
  if (adjust_head(ctx, length(ctx) & 1 ? -6 : 2) || adjust_tail(ctx, length(ctx) > 60 ? -3 : 0)) return DROP;
  data = (u8 *)(long)ctx->data;
  end = (u8 *)(long)ctx->data_end;
  if (data + 14 > end) return DROP;
  for (int i = 0; i < 14; i++) data[i] = 2 + i;
  see(6, ctx, 0);
  return redirect_map(&devices, 0, BROADCAST | EXCLUDE_INGRESS);
}

SEC("xdp") int to_cpu(struct xdp_md *ctx) {
  see(7, ctx, 0);
  return redirect_map(&cpus, key(ctx) & 3, length(ctx) & 3);
}

// Straight to an interface, back, up, or nowhere.
SEC("xdp") int plain(struct xdp_md *ctx) {
  see(8, ctx, 0);
  switch (key(ctx)) {
  case 1: return redirect(12, 0);
  case 2: return redirect(14, 0);
  case 3: return redirect(10, 0);
  case 4: return TX;
  case 5: return PASS;
  case 6: return ABORTED;
  case 7: return 77;
  default: return DROP;
  }
}

// On the way out by an interface: marks, tags, cuts, or keeps back.
SEC("xdp/devmap") int leave(struct xdp_md *ctx) {
  u8 *data = (u8 *)(long)ctx->data, *end = (u8 *)(long)ctx->data_end;
  see(9, ctx, ctx->egress_ifindex);
  switch (length(ctx) % 9) {
  case 0: return DROP;
  case 1: return ABORTED;
  case 2: return TX;
  case 3: return redirect(14, 0);
  case 4:
    if (adjust_head(ctx, -4)) return DROP;
    data = (u8 *)(long)ctx->data;
    end = (u8 *)(long)ctx->data_end;
    if (data + 18 > end) return DROP;
    for (int i = 0; i < 12; i++) data[i] = data[i + 4];
    data[12] = 0x81;
    data[13] = 0;
    data[14] = 0;
    data[15] = ctx->egress_ifindex;
    return PASS;
  case 5: return length(ctx) > 40 && adjust_tail(ctx, -7) ? DROP : PASS;
  case 6: return 9;
  default:
    if (data + 14 > end) return DROP;
    data[6] = ctx->ingress_ifindex;
    data[7] = ctx->egress_ifindex;
    return PASS;
  }
}

// On the way out by another: only marks.
SEC("xdp/devmap") int mark(struct xdp_md *ctx) {
  u8 *data = (u8 *)(long)ctx->data, *end = (u8 *)(long)ctx->data_end;
  see(10, ctx, ctx->egress_ifindex);
  if (data + 14 > end) return DROP;
  data[8] = ctx->egress_ifindex;
  return PASS;
}

// On another CPU: up, on through the devmap, or nowhere.
SEC("xdp/cpumap") int arrive(struct xdp_md *ctx) {
  u8 *data = (u8 *)(long)ctx->data, *end = (u8 *)(long)ctx->data_end;
  see(11, ctx, 0);
  switch (length(ctx) % 7) {
  case 0: return DROP;
  case 1: return TX;
  case 2: return redirect_map(&devices, key(ctx), PASS);
  case 3: return redirect(10, 0);
  case 4: return redirect_map(&ports, 0, BROADCAST | EXCLUDE_INGRESS);
  default:
    if (data + 14 > end) return DROP;
    data[6] = ctx->ingress_ifindex;
    return PASS;
  }
}

char _license[] SEC("license") = "GPL";
