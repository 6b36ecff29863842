// A function that jumps to another program, whose caller then goes on with helpers and maps of its own.
typedef unsigned int u32;
typedef unsigned long long u64;

#define SEC(name) __attribute__((section(name), used))
#define __uint(name, val) int(*name)[val]
#define __type(name, val) typeof(val) *name
#define __array(name, val) typeof(val) *name[]

struct xdp_md {
  u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
};

static void *(*map_lookup)(void *, const void *) = (void *)1;
static long (*map_update)(void *, const void *, const void *, u64) = (void *)2;
static long (*map_delete)(void *, const void *) = (void *)3;
static long (*tail_call)(void *, void *, u32) = (void *)12;
static long (*adjust_head)(void *, int) = (void *)44;

int target(struct xdp_md *);

struct {
  __uint(type, 3);
  __uint(max_entries, 4);
  __uint(key_size, 4);
  __array(values, int(void *));
} stages SEC(".maps") = {.values = {[2] = (void *)&target}};

struct {
  __uint(type, 1);
  __uint(max_entries, 8);
  __type(key, u32);
  __type(value, u64);
} seen SEC(".maps");

struct {
  __uint(type, 1);
  __uint(max_entries, 8);
  __type(key, u64);
  __type(value, u32);
} marks SEC(".maps");

static __attribute__((noinline)) int jump(struct xdp_md *ctx, u32 stage) {
  int answer = 9;
  tail_call(ctx, &stages, stage);
  // Else the compiler knows the answer beforehand.
  __asm__ volatile("" : "+r"(answer));
  return answer;
}

SEC("xdp") int start(struct xdp_md *ctx) {
  unsigned char *data = (unsigned char *)(long)ctx->data, *end = (unsigned char *)(long)ctx->data_end;
  if (data + 14 > end)
    return 0;
  u32 stage = data[0] & 3, key = 7;
  u64 first = 1000;

  int answer = jump(ctx, stage);
  map_update(&seen, &key, &first, 0);
  u64 *value = map_lookup(&seen, &key);
  if (!value)
    return 1;
  *value += answer;
  answer += jump(ctx, stage ^ 2);
  *value += ctx->data_end - ctx->data;
  key = 8;
  map_delete(&seen, &key);
  return answer;
}

// Its helpers are other ones, and in another order.
SEC("xdp") int target(struct xdp_md *ctx) {
  u64 key = 5;
  u32 mark = 6;
  if (adjust_head(ctx, -4))
    return 1;
  map_delete(&marks, &key);
  map_update(&marks, &key, &mark, 0);
  return 50;
}

char _license[] SEC("license") = "GPL";
