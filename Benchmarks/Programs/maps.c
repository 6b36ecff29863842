// Look-ups of keys drawn at random, and the same work without the look-up: what lies between them is the map's time.
// Each run draws from a number in the packet and leaves the next one there, so that one packet run again and again meets
// every entry. The host sets how many entries a map has, and says so in the packet.
#include "../../Programs/include/packet.h"

struct draw {
  u32 state;
  u32 entries;
  u32 found;
};

// Every number has another one of its own.
inlined u32 spread(u32 number) {
  number ^= number >> 16;
  number *= 0x7feb352d;
  number ^= number >> 15;
  number *= 0x846ca68b;
  return number ^ number >> 16;
}

inlined struct draw *drawing(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  return take(&cursor, 14) ? take(&cursor, sizeof(struct draw)) : 0;
}

inlined u32 next(struct draw *draw) {
  draw->state = draw->state * 1664525 + 1013904223;
  return spread((u64)draw->state * draw->entries >> 32);
}

struct key16 {
  u32 words[4];
};

inlined struct key16 widened(u32 number) {
  return (struct key16){{number, number ^ 0x5bd1e995, number * 3, ~number}};
}

struct prefix {
  u32 length;
  u32 address;
};

#define MAP(kind, name_, key_, flags_)        \
  struct {                                    \
    __uint(type, BPF_MAP_TYPE_##kind);        \
    __uint(max_entries, 16);                  \
    __uint(map_flags, flags_);                \
    __type(key, key_);                        \
    __type(value, u64);                       \
  } name_ SEC(".maps")

MAP(HASH, hash4, u32, 0);
MAP(HASH, hash8, u64, 0);
MAP(HASH, hash16, struct key16, 0);
MAP(LRU_HASH, lru4, u32, 0);
MAP(PERCPU_ARRAY, counters, u32, 0);
MAP(LPM_TRIE, prefixes, struct prefix, BPF_F_NO_PREALLOC);

// A program that looks up, and its twin, which keeps the key where the other keeps what it found.
#define LOOK_UP(name_, map_, made_)                            \
  SEC("xdp") int look_up_##name_(struct xdp_md *context) {     \
    struct draw *draw = drawing(context);                      \
    if (!draw) return XDP_ABORTED;                             \
    u32 number = next(draw);                                   \
    typeof(made_) key = made_;                                 \
    u64 *value = bpf_map_lookup_elem(&map_, &key);             \
    if (!value) return XDP_PASS;                               \
    draw->found = *value;                                      \
    return XDP_DROP;                                           \
  }                                                            \
  SEC("xdp") int make_##name_(struct xdp_md *context) {        \
    struct draw *draw = drawing(context);                      \
    if (!draw) return XDP_ABORTED;                             \
    u32 number = next(draw);                                   \
    typeof(made_) key = made_;                                 \
    asm volatile("" : : "r"(&key) : "memory");                 \
    draw->found = *(u32 *)&key;                                \
    return XDP_DROP;                                           \
  }

LOOK_UP(hash4, hash4, number)
LOOK_UP(hash8, hash8, (u64)number << 32 | ~number)
LOOK_UP(hash16, hash16, widened(number))
LOOK_UP(lru4, lru4, number)
LOOK_UP(prefix, prefixes, ((struct prefix){32, number}))

char LICENSE[] SEC("license") = "Apache-2.0";
