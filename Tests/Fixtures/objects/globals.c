/* Variables of every data section, global and static, and their addresses in code. */
#include "xdp.h"

struct limits {
  u32 rate;
  u16 burst[3];
};

u32 packets = 7;
struct limits limits = {1000, {1, 2, 3}};
u64 custom SEC(".data.custom") = 0x1122334455667788;
const volatile u32 verbosity = 2;
const volatile u16 ports[4] = {80, 443};
const u64 table[2] SEC(".rodata.table") = {5, 6};
u64 counters[8];
s8 small;
static volatile u32 hidden = 3;
static volatile u16 zeroed;

SEC("xdp") int count(struct xdp_md *ctx) {
  packets++;
  counters[ctx->rx_queue_index & 7]++;
  if (verbosity > 1) trace_printk("queue %u\n", 10, ctx->rx_queue_index);
  hidden += ports[1];
  zeroed = (u16)custom;
  small = (s8)limits.burst[2];
  return table[1] == 6 ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "GPL";
