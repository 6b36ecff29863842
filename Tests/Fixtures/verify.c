// Programs for `xdp verify`: one that is safe, and the mistakes that people make most.
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define SEC(name) __attribute__((section(name), used))
#define __uint(name, val) int(*name)[val]
#define __type(name, val) typeof(val) *name

enum xdp_action { XDP_ABORTED, XDP_DROP, XDP_PASS };

struct xdp_md {
  u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
};

struct ethhdr {
  u8 destination[6], source[6];
  u16 protocol;
};

struct {
  __uint(type, 2);
  __uint(max_entries, 4);
  __type(key, u32);
  __type(value, u64);
} counters SEC(".maps");

static void *(*bpf_map_lookup_elem)(void *, const void *) = (void *)1;

// Checks before it reads, and counts where there is a counter.
SEC("xdp") int careful(struct xdp_md *ctx) {
  void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
  struct ethhdr *eth = data;
  if ((void *)(eth + 1) > end)
    return XDP_PASS;
  u32 slot = eth->protocol & 3;
  u64 *counter = bpf_map_lookup_elem(&counters, &slot);
  if (counter)
    *counter += 1;
  return XDP_PASS;
}

// Checks 12 bytes, and reads the two behind them.
SEC("xdp") int packet_bounds(struct xdp_md *ctx) {
  void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
  struct ethhdr *eth = data;
  if ((void *)&eth->protocol > end)
    return XDP_PASS;
  return eth->protocol == 0x0008 ? XDP_DROP : XDP_PASS;
}

// Counts without a look at what the look-up gave.
SEC("xdp") int null_check(struct xdp_md *ctx) {
  u32 slot = ctx->rx_queue_index;
  u64 *counter = bpf_map_lookup_elem(&counters, &slot);
  *counter += 1;
  return XDP_PASS;
}

// Returns what it never chose.
SEC("xdp") int no_verdict(struct xdp_md *ctx) {
  int action;
  return action;
}

char _license[] SEC("license") = "GPL";
