// Packets to the readers of perf events: a few words of our own before as much of the packet as is wanted.
#include "../../../Programs/include/transport.h"

static long (*const bpf_perf_event_output)(void *context, void *map, u64 flags, void *data, u64 size) = (void *)25;
static u64 (*const bpf_xdp_get_buff_len)(void *context) = (void *)188;

enum { CURRENT_CPU = 0xffffffff, LONGEST_COPY = 300 };

struct {
  __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
  __uint(key_size, 4);
  __uint(value_size, 4);
  __uint(max_entries, 2);
} readers SEC(".maps");

struct notice {
  u64 number;
  u32 length;
  u16 type;
  u8 source[6];
  u8 unused[4];
};

u64 number, answers[128];

SEC("xdp.frags")
int mirror(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet = take(&cursor, sizeof *ethernet);
  if (!ethernet) return XDP_PASS;
  u64 length = bpf_xdp_get_buff_len(context);
  struct notice notice = {.number = ++number, .length = length, .type = network16(ethernet->type)};
  __builtin_memcpy(notice.source, ethernet->source, 6);
  u64 copied = length < LONGEST_COPY ? length : LONGEST_COPY;
  // Now and then more than there is, another CPU, or a shorter notice.
  if (number % 13 == 0) copied = length + 1;
  u64 reader = number % 17 == 0 ? 1 : number % 19 == 0 ? 2 : CURRENT_CPU;
  u64 size = number % 5 ? sizeof notice : number & 15;
  long answer = bpf_perf_event_output(context, &readers, copied << 32 | reader, &notice, size);
  answers[-answer & 127]++;
  return answer ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
