// Reserves a record, and leaves early without giving it back.
#include "bpf.h"

struct {
  __uint(type, 27);
  __uint(max_entries, 4096);
} events SEC(".maps");

struct event {
  u32 device, length;
};

SEC("xdp") int wrong(struct xdp_md *ctx) {
  struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
  if (!event)
    return XDP_PASS;
  event->device = ctx->ingress_ifindex;
  void *data = (void *)(long)ctx->data;
  if (data + 14 > (void *)(long)ctx->data_end)
    return XDP_DROP;
  event->length = *(u16 *)(data + 12);
  bpf_ringbuf_submit(event, 0);
  return XDP_PASS;
}

SEC("xdp") int mended(struct xdp_md *ctx) {
  struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
  if (!event)
    return XDP_PASS;
  event->device = ctx->ingress_ifindex;
  void *data = (void *)(long)ctx->data;
  if (data + 14 > (void *)(long)ctx->data_end) {
    bpf_ringbuf_discard(event, 0);
    return XDP_DROP;
  }
  event->length = *(u16 *)(data + 12);
  bpf_ringbuf_submit(event, 0);
  return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
