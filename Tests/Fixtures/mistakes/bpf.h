// What the programs beside this file share.
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define SEC(name) __attribute__((section(name), used))
#define __uint(name, val) int(*name)[val]
#define __type(name, val) typeof(val) *name
#define htons(x) __builtin_bswap16(x)

enum xdp_action { XDP_ABORTED, XDP_DROP, XDP_PASS };

struct xdp_md {
  u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
};

struct ethhdr {
  u8 h_dest[6], h_source[6];
  u16 h_proto;
};

struct iphdr {
  u8 ihl : 4, version : 4, tos;
  u16 tot_len, id, frag_off;
  u8 ttl, protocol;
  u16 check;
  u32 saddr, daddr;
};

struct udphdr {
  u16 source, dest, len, check;
};

static void *(*bpf_map_lookup_elem)(void *, const void *) = (void *)1;
static long (*bpf_map_update_elem)(void *, const void *, const void *, u64) = (void *)2;
static u64 (*bpf_ktime_get_ns)(void) = (void *)5;
static long (*bpf_trace_printk)(const char *, u32, ...) = (void *)6;
static long (*bpf_skb_store_bytes)(void *, u32, const void *, u32, u64) = (void *)9;
static long (*bpf_csum_diff)(void *, u32, void *, u32, u32) = (void *)28;
static long (*bpf_xdp_adjust_head)(struct xdp_md *, int) = (void *)44;
static void *(*bpf_ringbuf_reserve)(void *, u64, u64) = (void *)131;
static void (*bpf_ringbuf_submit)(void *, u64) = (void *)132;
static void (*bpf_ringbuf_discard)(void *, u64) = (void *)133;
static long (*bpf_xdp_store_bytes)(struct xdp_md *, u32, void *, u32) = (void *)190;
