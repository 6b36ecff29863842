// Samples one packet in eight by chance, and trims what it keeps: the sample itself is nobody's promise.
#include "../../../Programs/include/transport.h"

volatile const u32 one_in = 8;
volatile const u32 kept_bytes = 64;
u64 seen, sampled;

SEC("xdp")
int sample(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  u32 size = cursor.end - cursor.position;
  seen++;
  if (bpf_get_prandom_u32() % one_in) return XDP_PASS;
  sampled++;
  if (size > kept_bytes && bpf_xdp_adjust_tail(context, (int)kept_bytes - (int)size)) return XDP_ABORTED;
  return XDP_TX;
}

char LICENSE[] SEC("license") = "GPL";
