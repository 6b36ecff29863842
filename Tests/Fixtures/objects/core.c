/* CO-RE relocations of every kind, against the types of core_target.c. */
#include "core.h"

struct flow {
  u32 source;
  u32 target;
  u64 bytes;
  s32 balance;
  u32 kind : 3, state : 5;
  u16 window[4];
  struct flow *next;
  u8 narrow;
} __preserve;

struct gone {
  u64 value;
  u32 word;
} __preserve;

enum color { RED = 1, GREEN = 2, BLUE = 3 };
enum huge { LARGE = 0x100000000ULL };

struct flow___old {
  u64 ancient;
} __preserve;

SEC("xdp") int fields(struct flow *flow) {
  u64 sum = flow->source + flow->target + flow->bytes + flow->window[2] + flow->narrow;
  sum += (s64)flow->balance;
  flow->target = 9;
  flow->bytes = sum;
  return sum + flow->next->source;
}

SEC("xdp") int infos(struct flow *flow) {
  u64 sum = BYTE_OFFSET(flow->kind);
  sum += BYTE_SIZE(flow->source) * 3;
  sum += EXISTS(flow->narrow) * 5;
  sum += SIGNED(flow->balance) * 7;
  sum += LSHIFT(flow->state) * 11;
  sum += RSHIFT(flow->state) * 13;
  return sum;
}

SEC("xdp") int types(void *ctx) {
  u64 sum = TYPE_ID_LOCAL(struct flow) + TYPE_ID_TARGET(struct flow) * 3;
  sum += TYPE_EXISTS(struct flow) * 5 + TYPE_EXISTS(struct gone) * 7;
  sum += TYPE_SIZE(struct flow) * 11 + TYPE_MATCHES(struct flow) * 13;
  return sum;
}

SEC("xdp") int enumerators(void *ctx) {
  u64 sum = ENUM_EXISTS(enum color, BLUE) * 3 + ENUM_EXISTS(enum color, RED) * 5;
  sum += ENUM_VALUE(enum color, GREEN) * 7 + ENUM_VALUE(enum huge, LARGE);
  return sum;
}

SEC("xdp") int missing(struct gone *gone) {
  struct flow___old *old = (void *)gone;
  if (TYPE_EXISTS(struct gone)) return gone->value + gone->word;
  if (EXISTS(old->ancient)) return old->ancient;
  return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
