// Events to user space by ring buffer: reserved and filled, thrown away, copied; and what the ring itself says.
#include "../../../Programs/include/transport.h"

static u64 (*const bpf_ringbuf_query)(void *ring, u64 flags) = (void *)134;

struct event {
  u32 size;
  u16 type;
  u8 head[26];
};

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4096);
} events SEC(".maps");

u64 submitted, discarded, copied, lost, waiting, ring_size;

SEC("xdp")
int report(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  u32 size = cursor.end - cursor.position;
  u8 *head = take(&cursor, 26);
  if (!head) return XDP_PASS;
  struct event *event = bpf_ringbuf_reserve(&events, sizeof *event, 0);
  if (!event) {
    lost++;
    return XDP_DROP;
  }
  event->size = size;
  event->type = network16(((struct ethernet_header *)head)->type);
  __builtin_memcpy(event->head, head, 26);
  if (head[0] & 4) {
    bpf_ringbuf_discard(event, 0);
    discarded++;
  } else {
    bpf_ringbuf_submit(event, 0);
    submitted++;
  }
  u32 pair[2] = {size, head[5]};
  if (bpf_ringbuf_output(&events, pair, head[5] & 1 ? 8 : 5, 0)) lost++;
  else copied++;
  waiting = bpf_ringbuf_query(&events, 0);
  ring_size = bpf_ringbuf_query(&events, 1);
  return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
