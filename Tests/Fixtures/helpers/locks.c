// Spin locks in values of arrays and hashes.
#include "helpers.h"

struct account {
  u64 balance;
  struct bpf_spin_lock lock;
  u32 changes;
};

struct {
  __uint(type, MAP_ARRAY);
  __type(key, u32);
  __type(value, struct account);
  __uint(max_entries, 4);
} accounts SEC(".maps");
struct {
  __uint(type, MAP_HASH);
  __type(key, u32);
  __type(value, struct account);
  __uint(max_entries, 4);
} named SEC(".maps");

// In sections of their own: a lock among other variables, and what it guards.
struct bpf_spin_lock gate SEC(".data.gated") = {};
u64 gated SEC(".data.gated") = 5;
struct bpf_spin_lock door SEC(".bss.doored");
u64 doored SEC(".bss.doored");

SEC("xdp") int global(struct xdp_md *ctx) {
  spin_lock(&gate);
  gated += 3;
  spin_unlock(&gate);
  spin_lock(&door);
  doored = doored * 2 + 1;
  spin_unlock(&door);
  keep(gated);
  keep(doored);
  return XDP_PASS;
}

SEC("xdp") int transfer(struct xdp_md *ctx) {
  u32 key = 1;
  struct account *account = lookup(&accounts, &key);
  if (!account) return XDP_DROP;
  spin_lock(&account->lock);
  account->balance += 10;
  account->changes++;
  spin_unlock(&account->lock);
  struct account fresh = {.balance = 3};
  keep(update(&named, &key, &fresh, 0));
  account = lookup(&named, &key);
  if (!account) return XDP_DROP;
  spin_lock(&account->lock);
  account->balance *= 7;
  spin_unlock(&account->lock);
  spin_lock(&account->lock);
  account->balance += 1;
  keep(account->balance);
  spin_unlock(&account->lock);
  return XDP_PASS;
}

static int add(void *map, u32 *key, struct account *account, void *context) {
  spin_lock(&account->lock);
  account->balance += *key;
  spin_unlock(&account->lock);
  return 0;
}

SEC("xdp") int everywhere(struct xdp_md *ctx) {
  keep(for_each(&accounts, add, 0, 0));
  return XDP_PASS;
}
