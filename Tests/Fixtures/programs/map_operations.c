// Every way to write a map, from the program: any, new and present entries, deletions, full maps; the answers are kept.
#include "../../../Programs/include/transport.h"

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 6);
  __type(key, u32);
  __type(value, u64);
} table SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, 5);
  __type(key, u16);
  __type(value, u32);
} shared SEC(".maps");

struct prefix {
  u32 length;
  u8 address[4];
};

struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 5);
  __type(key, struct prefix);
  __type(value, u64);
} trie SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 4);
  __type(key, u32);
  __type(value, u64);
} slots SEC(".maps");

// How often each operation gave each answer: the negative of an error number, or 0.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 256);
  __type(key, long);
  __type(value, u64);
} answers SEC(".maps");

inlined void note(long operation, long answer) {
  long key = operation * 1000 - answer;
  u64 one = 1, *count = bpf_map_lookup_elem(&answers, &key);
  if (count) *count += 1;
  else bpf_map_update_elem(&answers, &key, &one, BPF_ANY);
}

SEC("xdp")
int operate(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  u8 *bytes = take(&cursor, 14);
  if (!bytes) return XDP_ABORTED;
  u8 script[14];
  __builtin_memcpy(script, bytes, 14);
  for (int index = 0; index < 12; index++) {
    u32 operation = script[index] & 15, key = script[index] >> 4 & 7, small = key;
    u16 half = key;
    u64 value = index * 1000 + script[index];
    struct prefix prefix = {.length = script[index + 1] & 63, .address = {script[index], key}};
    switch (operation) {
      case 0: note(0, bpf_map_update_elem(&table, &key, &value, BPF_ANY)); break;
      case 1: note(1, bpf_map_update_elem(&table, &key, &value, BPF_NOEXIST)); break;
      case 2: note(2, bpf_map_update_elem(&table, &key, &value, BPF_EXIST)); break;
      case 3: note(3, bpf_map_delete_elem(&table, &key)); break;
      case 4: note(4, bpf_map_update_elem(&shared, &half, &small, BPF_ANY)); break;
      case 5: note(5, bpf_map_update_elem(&shared, &half, &small, BPF_NOEXIST)); break;
      case 6: note(6, bpf_map_delete_elem(&shared, &half)); break;
      case 7: note(7, bpf_map_update_elem(&trie, &prefix, &value, BPF_ANY)); break;
      case 8: note(8, bpf_map_update_elem(&trie, &prefix, &value, BPF_NOEXIST)); break;
      case 9: note(9, bpf_map_delete_elem(&trie, &prefix)); break;
      case 10: note(10, bpf_map_update_elem(&slots, &key, &value, BPF_ANY)); break;
      case 11: note(11, bpf_map_update_elem(&slots, &key, &value, BPF_NOEXIST)); break;
      case 12: note(12, bpf_map_delete_elem(&slots, &key)); break;
      case 13: {
        u64 *found = bpf_map_lookup_elem(&table, &key);
        note(13, found ? (long)(*found & 7) : -1);
        // Replaced while the old value is still looked at.
        bpf_map_update_elem(&table, &key, &value, BPF_ANY);
        if (found) *found += 1;
        break;
      }
      case 14: {
        u64 *found = bpf_map_lookup_elem(&trie, &prefix);
        if (found) *found += 1;
        note(14, found ? 0 : -1);
        break;
      }
      default: note(15, bpf_map_update_elem(&table, &key, &value, 3 + key));
    }
  }
  return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
