// A map within a map, put there by the object.
typedef unsigned int u32;
typedef unsigned long long u64;

#define SEC(name) __attribute__((section(name), used))
#define __uint(name, val) int(*name)[val]
#define __type(name, val) typeof(val) *name
#define __array(name, val) typeof(val) *name[]

static void *(*map_lookup)(void *, const void *) = (void *)1;

struct inner {
  __uint(type, 2);
  __uint(max_entries, 2);
  __type(key, u32);
  __type(value, u64);
} small SEC(".maps");

struct {
  __uint(type, 12);
  __uint(max_entries, 2);
  __type(key, u32);
  __array(values, struct inner);
} nested SEC(".maps") = {.values = {[1] = &small}};

SEC("xdp")
int count(void *ctx) {
  u32 outer = 1, first = 1;
  void *map = map_lookup(&nested, &outer);
  if (!map)
    return 0;
  u64 *value = map_lookup(map, &first);
  if (!value)
    return 1;
  *value += 3;
  return 2;
}

char _license[] SEC("license") = "GPL";
