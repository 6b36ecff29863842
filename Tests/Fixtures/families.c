// One map of each family that a program fills without an interface: what dumps and --map files are tried on.
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

#define SEC(name) __attribute__((section(name), used))
#define __uint(name, val) int(*name)[val]
#define __type(name, val) typeof(val) *name
#define __array(name, val) typeof(val) *name[]

static void *(*map_lookup)(void *, const void *) = (void *)1;
static long (*map_update)(void *, const void *, const void *, u64) = (void *)2;
static long (*perf_output)(void *, void *, u64, void *, u64) = (void *)25;
static long (*map_push)(void *, const void *, u64) = (void *)87;
static long (*map_pop)(void *, void *) = (void *)88;
static long (*map_peek)(void *, void *) = (void *)89;
static void *(*map_lookup_percpu)(void *, const void *, u32) = (void *)195;

struct pair {
  u32 first;
  u32 second;
};

struct counters {
  __uint(type, 1);
  __uint(max_entries, 4);
  __type(key, u32);
  __type(value, struct pair);
};

struct {
  __uint(type, 22);
  __uint(max_entries, 3);
  __type(value, struct pair);
} waiting SEC(".maps");

struct {
  __uint(type, 23);
  __uint(max_entries, 3);
  __type(value, u32);
} undone SEC(".maps");

struct {
  __uint(type, 30);
  __uint(max_entries, 100000);
  __uint(map_extra, 3);
  __type(value, u32);
} known SEC(".maps");

struct {
  __uint(type, 10);
  __uint(max_entries, 100);
  __type(key, u32);
  __type(value, u64);
} recent SEC(".maps");

struct {
  __uint(type, 25);
  __uint(max_entries, 8);
  __type(key, u32);
  __type(value, struct pair);
} ports SEC(".maps");

struct {
  __uint(type, 16);
  __uint(max_entries, 4);
  __type(key, u32);
  __type(value, struct pair);
} cpus SEC(".maps");

struct {
  __uint(type, 13);
  __uint(max_entries, 4);
  __type(key, u32);
  __array(values, struct counters);
} tenants SEC(".maps");

struct counters shared SEC(".maps");

struct {
  __uint(type, 12);
  __uint(max_entries, 2);
  __type(key, u32);
  __array(values, struct counters);
} slots SEC(".maps") = {.values = {[1] = &shared}};

struct {
  __uint(type, 4);
  __uint(max_entries, 4);
  __uint(key_size, 4);
  __uint(value_size, 4);
} events SEC(".maps");

struct context {
  u32 data;
  u32 data_end;
};

// Counts a packet's first byte in the map under a key of a map of maps.
static void count(void *map, u8 byte) {
  u32 key = byte;
  struct pair *found = map_lookup(map, &key);
  struct pair fresh = {byte, 1};
  if (found)
    found->second += 1;
  else
    map_update(map, &key, &fresh, 0);
}

SEC("xdp")
int families(struct context *ctx) {
  u8 *data = (u8 *)(long)ctx->data, *end = (u8 *)(long)ctx->data_end;
  if (data + 2 > end)
    return 1;
  u8 byte = data[0];
  struct pair pair = {byte, data[1]};
  u32 word = byte, one = 1, tenant = data[1];
  u64 total = 1;
  int verdict = 2;

  map_push(&waiting, &pair, 2);
  if (map_push(&undone, &word, 0))
    map_pop(&undone, &word);
  if (!map_peek(&known, &word))
    verdict = 1;
  map_push(&known, &word, 0);

  u64 *seen = map_lookup_percpu(&recent, &word, 0);
  if (seen)
    *seen += 1;
  else
    map_update(&recent, &word, &total, 0);

  void *inner = map_lookup(&tenants, &tenant);
  if (inner)
    count(inner, byte);
  inner = map_lookup(&slots, &one);
  if (inner)
    count(inner, byte);
  perf_output(ctx, &events, 0xffffffffULL | 4ULL << 32, &pair, sizeof pair);
  return verdict;
}

char _license[] SEC("license") = "GPL";
