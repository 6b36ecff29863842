// Dynptrs over a map's value, over ring-buffer records and over the packet.
#include "helpers.h"

extern int bpf_dynptr_from_xdp(struct xdp_md *, u64 flags, struct bpf_dynptr *) __ksym;
extern void *bpf_dynptr_slice(const struct bpf_dynptr *, u32 offset, void *buffer, u32 size) __ksym;
extern void *bpf_dynptr_slice_rdwr(const struct bpf_dynptr *, u32 offset, void *buffer, u32 size) __ksym;
extern int bpf_dynptr_adjust(const struct bpf_dynptr *, u32 start, u32 end) __ksym;
extern _Bool bpf_dynptr_is_null(const struct bpf_dynptr *) __ksym;
extern _Bool bpf_dynptr_is_rdonly(const struct bpf_dynptr *) __ksym;
extern u32 bpf_dynptr_size(const struct bpf_dynptr *) __ksym;
extern int bpf_dynptr_clone(const struct bpf_dynptr *, struct bpf_dynptr *) __ksym;
extern int bpf_dynptr_copy(struct bpf_dynptr *, u32 offset, struct bpf_dynptr *, u32 from, u32 size) __ksym;
extern int bpf_dynptr_memset(struct bpf_dynptr *, u32 offset, u32 size, u8 value) __ksym;

struct value {
  char bytes[64];
};
struct {
  __uint(type, MAP_ARRAY);
  __type(key, u32);
  __type(value, struct value);
  __uint(max_entries, 2);
} values SEC(".maps");
struct {
  __uint(type, MAP_RINGBUF);
  __uint(max_entries, 4096);
} ring SEC(".maps");

char copied[64];

#define inspect(dynptr)                                                                                       \
  keep((int)bpf_dynptr_size(dynptr));                                                                         \
  keep(bpf_dynptr_is_null(dynptr));                                                                           \
  keep(bpf_dynptr_is_rdonly(dynptr))

SEC("xdp") int memory(struct xdp_md *ctx) {
  u32 key = 1;
  struct value *value = lookup(&values, &key);
  if (!value) return XDP_DROP;
  struct bpf_dynptr all, part, none;
  char buffer[16] = "abcdefghijklmno";
  keep(dynptr_from_mem(value, 64, 0, &all));
  inspect(&all);
  keep(dynptr_write(&all, 0, buffer, 16, 0));
  keep(dynptr_write(&all, 48, buffer, 16, 0));
  keep(dynptr_write(&all, 49, buffer, 16, 0));
  keep(dynptr_write(&all, 64, buffer, 0, 0));
  keep(dynptr_write(&all, 65, buffer, 0, 0));
  keep(dynptr_write(&all, -1, buffer, 2, 0));
  keep(dynptr_write(&all, 0, buffer, 16, 1));
  keep(dynptr_write(&all, 60, buffer, 16, 1));
  keep(dynptr_read(copied, 8, &all, 50, 0));
  keep(dynptr_read(copied, 16, &all, 49, 0));
  keep(dynptr_read(copied, 16, &all, 0, 1));
  keep(dynptr_read(copied, 16, &all, 70, 1));
  keep(bpf_dynptr_clone(&all, &part));
  keep(bpf_dynptr_adjust(&part, 4, 20));
  inspect(&part);
  keep(bpf_dynptr_adjust(&part, 5, 4));
  keep(bpf_dynptr_adjust(&part, 0, 17));
  keep(bpf_dynptr_adjust(&part, 17, 18));
  keep(bpf_dynptr_adjust(&part, 16, 16));
  inspect(&part);
  inspect(&all);
  keep(bpf_dynptr_clone(&all, &part));
  keep(bpf_dynptr_adjust(&part, 8, 40));
  char *data = dynptr_data(&part, 2, 4);
  keep(data != 0);
  if (data) {
    data[0] = 'X';
    data[3] = 'Y';
  }
  keep(dynptr_data(&part, 29, 4) == 0);
  char *slice = bpf_dynptr_slice(&part, 28, 0, 4);
  keep(slice != 0);
  if (slice) keep(slice[0] + slice[3]);
  slice = bpf_dynptr_slice_rdwr(&part, 0, buffer, 16);
  keep(slice != 0);
  if (slice) slice[15] = '!';
  keep(bpf_dynptr_slice(&part, 30, buffer, 3) == 0);
  keep(bpf_dynptr_copy(&part, 10, &all, 0, 8));
  keep(bpf_dynptr_copy(&part, 25, &all, 0, 8));
  keep(bpf_dynptr_copy(&part, 0, &all, 60, 8));
  keep(bpf_dynptr_copy(&all, 1, &all, 0, 20));
  keep(bpf_dynptr_memset(&all, 60, 4, '#'));
  keep(bpf_dynptr_memset(&all, 61, 4, '#'));
  keep(dynptr_from_mem(value, 64, 1, &none));
  inspect(&none);
  keep(dynptr_read(copied, 1, &none, 0, 0));
  keep(dynptr_write(&none, 0, buffer, 1, 0));
  keep(dynptr_data(&none, 0, 1) == 0);
  keep(bpf_dynptr_slice(&none, 0, buffer, 1) == 0);
  keep(bpf_dynptr_slice_rdwr(&none, 0, buffer, 1) == 0);
  keep(bpf_dynptr_adjust(&none, 0, 0));
  keep(bpf_dynptr_clone(&none, &part));
  keep(bpf_dynptr_is_null(&part));
  keep(bpf_dynptr_copy(&all, 0, &none, 0, 1));
  keep(bpf_dynptr_copy(&none, 0, &all, 0, 1));
  keep(bpf_dynptr_memset(&none, 0, 1, 0));
  keep(bpf_dynptr_memset(&none, 0, 0, 0));
  keep(dynptr_read(copied, 0, &all, 64, 0));
  return XDP_PASS;
}

SEC("xdp") int records(struct xdp_md *ctx) {
  struct bpf_dynptr record, other;
  char text[8] = "record";
  keep(reserve_dynptr(&ring, 40, 0, &record));
  inspect(&record);
  keep(dynptr_write(&record, 0, text, 8, 0));
  keep(dynptr_write(&record, 36, text, 8, 0));
  keep(bpf_dynptr_clone(&record, &other));
  keep(bpf_dynptr_adjust(&other, 32, 40));
  keep(dynptr_write(&other, 0, text, 8, 0));
  char *data = dynptr_data(&record, 8, 24);
  if (data) __builtin_memset(data, '.', 24);
  submit_dynptr(&record, 0);
  keep(reserve_dynptr(&ring, 5000, 0, &record));
  inspect(&record);
  submit_dynptr(&record, 0);
  keep(reserve_dynptr(&ring, 8, 7, &record));
  discard_dynptr(&record, 0);
  keep(reserve_dynptr(&ring, 1 << 24, 0, &record));
  discard_dynptr(&record, 0);
  keep(reserve_dynptr(&ring, 16, 0, &record));
  discard_dynptr(&record, 0);
  keep(reserve_dynptr(&ring, 0, 0, &record));
  inspect(&record);
  discard_dynptr(&record, 0);
  for (int what = 0; what < 4; what++) results[200 + what] = query(&ring, what);
  return XDP_PASS;
}

#define packet_calls                                                                                          \
  struct bpf_dynptr packet, copy;                                                                             \
  char buffer[32] = {};                                                                                       \
  keep(bpf_dynptr_from_xdp(ctx, 0, &packet));                                                                 \
  inspect(&packet);                                                                                           \
  u8 *slice = bpf_dynptr_slice(&packet, 0, buffer, 14);                                                       \
  keep(slice != 0);                                                                                           \
  if (slice) keep(slice[12] << 8 | slice[13]);                                                                \
  slice = bpf_dynptr_slice_rdwr(&packet, 3, 0, 4);                                                            \
  keep(slice != 0);                                                                                           \
  if (slice) slice[0] ^= 0xff;                                                                                \
  slice = bpf_dynptr_slice(&packet, 3515, buffer, 32);                                                        \
  keep(slice != 0);                                                                                           \
  if (slice) keep(slice[0] + slice[31]);                                                                      \
  slice = bpf_dynptr_slice(&packet, 3515, 0, 32);                                                             \
  keep(slice != 0);                                                                                           \
  slice = bpf_dynptr_slice_rdwr(&packet, 3600, buffer, 4);                                                    \
  keep(slice != 0);                                                                                           \
  if (slice) slice[1] = 9;                                                                                    \
  keep(bpf_dynptr_slice(&packet, 40, buffer, 32) != 0);                                                       \
  keep(dynptr_read(copied, 20, &packet, 10, 0));                                                              \
  keep(dynptr_read(copied, 20, &packet, 41, 0));                                                              \
  keep(dynptr_read(copied, 20, &packet, 3510, 0));                                                            \
  keep(dynptr_write(&packet, 20, "hello", 5, 0));                                                             \
  keep(dynptr_write(&packet, 3518, "hello", 5, 0));                                                           \
  keep(dynptr_write(&packet, 20, "hello", 5, 1));                                                             \
  keep(dynptr_write(&packet, 59, "hello", 5, 0));                                                             \
  keep(dynptr_data(&packet, 0, 4) == 0);                                                                      \
  keep(bpf_dynptr_clone(&packet, &copy));                                                                     \
  keep(bpf_dynptr_adjust(&copy, 14, 30));                                                                     \
  inspect(&copy);                                                                                             \
  keep(dynptr_read(copied + 32, 16, &copy, 0, 0));                                                            \
  keep(bpf_dynptr_copy(&packet, 40, &copy, 1, 10));                                                           \
  keep(bpf_dynptr_copy(&packet, 3517, &copy, 1, 10));                                                         \
  keep(bpf_dynptr_memset(&packet, 30, 5, 0xaa));                                                              \
  keep(bpf_dynptr_memset(&packet, 3512, 300, 0xbb));                                                          \
  keep(adjust_tail(ctx, -5));                                                                                 \
  inspect(&packet);                                                                                           \
  keep(dynptr_read(copied, 20, &packet, 38, 0));                                                              \
  slice = bpf_dynptr_slice(&packet, 1, buffer, 4);                                                            \
  if (slice) keep(slice[0]);                                                                                  \
  keep(bpf_dynptr_from_xdp(ctx, 1, &copy));                                                                   \
  inspect(&copy);                                                                                             \
  return XDP_PASS

SEC("xdp") int packets(struct xdp_md *ctx) { packet_calls; }
SEC("xdp.frags") int fragments(struct xdp_md *ctx) { packet_calls; }
