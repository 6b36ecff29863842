// Sends packets on by device map, with each default, by CPU map, and by interface: what the program itself can see of it.
#include "../../../Programs/include/transport.h"

struct {
  __uint(type, BPF_MAP_TYPE_DEVMAP);
  __uint(max_entries, 8);
  __type(key, u32);
  __type(value, u32);
} devices SEC(".maps");

u64 answers[8];

SEC("xdp")
int forward(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  u8 *bytes = take(&cursor, 14);
  if (!bytes) return XDP_DROP;
  u32 key = bytes[5] & 15;
  long answer;
  switch (bytes[11] & 7) {
    case 0: answer = bpf_redirect_map(&devices, key, XDP_ABORTED); break;
    case 1: answer = bpf_redirect_map(&devices, key, XDP_DROP); break;
    case 2: answer = bpf_redirect_map(&devices, key, XDP_PASS); break;
    case 3: answer = bpf_redirect_map(&devices, key, XDP_TX); break;
    case 4: answer = bpf_redirect_map(&devices, key, 8); break;
    case 5: answer = bpf_redirect(context->ingress_ifindex, 0); break;
    case 6: answer = bpf_redirect(key, 1); break;
    default: answer = bpf_redirect_map(&devices, key | 1ull << 32, XDP_PASS);
  }
  answers[answer & 7]++;
  bytes[0] = answer;
  bytes[1] = context->rx_queue_index;
  return answer;
}

char LICENSE[] SEC("license") = "GPL";
