// Open-coded iterators, may_goto and the sections of code that are only marked.
#include "helpers.h"

extern int bpf_iter_num_new(struct bpf_iter_num *, int start, int end) __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *) __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *) __ksym;
extern int bpf_iter_bits_new(struct bpf_iter_bits *, const u64 *, u32 count) __weak __ksym;
extern int *bpf_iter_bits_next(struct bpf_iter_bits *) __weak __ksym;
extern void bpf_iter_bits_destroy(struct bpf_iter_bits *) __weak __ksym;
extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
extern void bpf_preempt_disable(void) __weak __ksym;
extern void bpf_preempt_enable(void) __weak __ksym;
extern void bpf_local_irq_save(unsigned long *) __weak __ksym;
extern void bpf_local_irq_restore(unsigned long *) __weak __ksym;
extern void bpf_no_such_function(void) __weak __ksym;

// What bpf_for_each does, with its three results kept.
#define numbers(start, end)                                                                                   \
  {                                                                                                           \
    struct bpf_iter_num it;                                                                                   \
    int *found;                                                                                               \
    s64 sum = 0, count = 0;                                                                                   \
    keep(bpf_iter_num_new(&it, start, end));                                                                  \
    while ((found = bpf_iter_num_next(&it))) {                                                                \
      sum += *found;                                                                                          \
      count++;                                                                                                \
    }                                                                                                         \
    keep(sum);                                                                                                \
    keep(count);                                                                                              \
    keep(bpf_iter_num_next(&it) == 0);                                                                        \
    bpf_iter_num_destroy(&it);                                                                                \
  }

SEC("xdp") int counting(struct xdp_md *ctx) {
  numbers(0, 10);
  numbers(-3, 4);
  numbers(5, 5);
  numbers(6, 5);
  numbers(-2147483648, -2147483640);
  numbers(2147483640, 2147483647);
  numbers(0, 8 << 20 | 1);
  numbers(-2147483648, 2147483647);
  return XDP_PASS;
}

SEC("xdp") int nested(struct xdp_md *ctx) {
  struct bpf_iter_num outer, inner;
  int *a, *b;
  u64 sum = 0;
  bpf_iter_num_new(&outer, 1, 12);
  while ((a = bpf_iter_num_next(&outer))) {
    bpf_iter_num_new(&inner, 0, *a);
    while ((b = bpf_iter_num_next(&inner))) sum += *a * *b;
    bpf_iter_num_destroy(&inner);
  }
  bpf_iter_num_destroy(&outer);
  keep(sum);
  return XDP_PASS;
}

u64 words[520];

#define bits(pointer, count)                                                                                  \
  {                                                                                                           \
    struct bpf_iter_bits it;                                                                                  \
    int *found;                                                                                               \
    u64 hash = 0;                                                                                             \
    s64 total = 0;                                                                                            \
    keep(bpf_iter_bits_new(&it, pointer, count));                                                             \
    while ((found = bpf_iter_bits_next(&it))) {                                                               \
      hash = hash * 31 + *found;                                                                              \
      total++;                                                                                                \
    }                                                                                                         \
    keep(hash);                                                                                               \
    keep(total);                                                                                              \
    keep(bpf_iter_bits_next(&it) == 0);                                                                       \
    bpf_iter_bits_destroy(&it);                                                                               \
  }

SEC("xdp") int set_bits(struct xdp_md *ctx) {
  u64 one = 0x8000000000010403;
  bits(&one, 1);
  words[0] = 0x10;
  words[1] = 0;
  words[2] = 0x8000000000000001;
  words[510] = 2;
  bits(words, 3);
  bits(words, 2);
  bits(words, 511);
  bits(words, 512);
  bits(words, 0);
  bits(0, 1);
  one = 0;
  bits(&one, 1);
  return XDP_PASS;
}

#define may_goto(label) asm volatile goto("may_goto %l[" #label "]" : : : : label)

static noinline int bounded(u64 *count) {
  for (;;) {
    may_goto(out);
    if (++*count >= 70000) break;
  }
out:
  return 0;
}

u64 counts[3];

SEC("xdp") int open_ended(struct xdp_md *ctx) {
  for (;;) {
    may_goto(out);
    if (++counts[0] >= 70000) break;
  }
out:
  keep(bounded(&counts[1]));
  keep(bounded(&counts[2]));
  return XDP_PASS;
}

// Ends by the clock alone.
SEC("xdp") int endless(struct xdp_md *ctx) {
  for (;;) {
    may_goto(out);
    counts[0]++;
  }
out:
  for (;;) {
    may_goto(all);
    if (++counts[1] == 10) break;
  }
all:
  bounded(&counts[2]);
  return XDP_PASS;
}

SEC("xdp") int sections(struct xdp_md *ctx) {
  unsigned long flags;
  bpf_rcu_read_lock();
  keep(numa_node());
  bpf_rcu_read_unlock();
  bpf_preempt_disable();
  bpf_preempt_enable();
  bpf_local_irq_save(&flags);
  bpf_local_irq_restore(&flags);
  keep(&bpf_rcu_read_lock != 0);
  keep(bpf_no_such_function == 0);
  if (bpf_no_such_function) bpf_no_such_function();
  return XDP_PASS;
}
