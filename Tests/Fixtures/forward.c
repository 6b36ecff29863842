// Programs that send packets on: by routes, and through a devmap whose entry has a program.
// clang -O2 -g -target bpf -c forward.c
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define SEC(name) __attribute__((section(name), used))
#define __uint(name, value) int (*name)[value]
#define __type(name, value) value *name

struct xdp_md {
  u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
};

struct target {
  u32 ifindex;
  u32 program;
};

struct lookup {
  u8 family, protocol;
  u16 source_port, destination_port, length;
  u32 ifindex, flow;
  u32 source[4], destination[4];
  u32 vlan;
  u8 source_link[6], destination_link[6];
};

static long (*redirect)(u32, u64) = (void *)23;
static long (*redirect_map)(void *, u64, u64) = (void *)51;
static long (*fib_lookup)(void *, struct lookup *, int, u32) = (void *)69;

struct {
  __uint(type, 14);
  __uint(max_entries, 4);
  __type(key, u32);
  __type(value, struct target);
} targets SEC(".maps");

// To the first entry of the map.
SEC("xdp") int send(struct xdp_md *ctx) { return redirect_map(&targets, 0, 0); }

// Marks what leaves with the interface, and keeps packets back that begin with 1.
SEC("xdp/devmap") int leave(struct xdp_md *ctx) {
  u8 *data = (u8 *)(long)ctx->data, *end = (u8 *)(long)ctx->data_end;
  if (data + 14 > end || data[0] == 1) return 1;
  data[0] = ctx->egress_ifindex;
  return 2;
}

// Where the routes lead an IPv4 packet, with the Ethernet addresses that it needs there.
SEC("xdp") int route(struct xdp_md *ctx) {
  u8 *data = (u8 *)(long)ctx->data, *end = (u8 *)(long)ctx->data_end;
  struct lookup lookup = {.family = 2};
  if (data + 34 > end) return 0;
  lookup.ifindex = ctx->ingress_ifindex;
  __builtin_memcpy(lookup.source, data + 26, 4);
  __builtin_memcpy(lookup.destination, data + 30, 4);
  long answer = fib_lookup(ctx, &lookup, sizeof(lookup), 0);
  if (answer != 0) return answer == 7 ? 2 : 1;
  __builtin_memcpy(data, lookup.destination_link, 6);
  __builtin_memcpy(data + 6, lookup.source_link, 6);
  return redirect(lookup.ifindex, 0);
}

char _license[] SEC("license") = "GPL";
