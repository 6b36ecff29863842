// What the programs here share: types, maps, the helpers by number, the kernel functions by name.
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int s32;
typedef long long s64;

#define SEC(name) __attribute__((section(name), used))
#define __uint(name, val) int(*name)[val]
#define __type(name, val) typeof(val) *name
#define __ksym __attribute__((section(".ksyms")))
#define __weak __attribute__((weak))
#define noinline __attribute__((noinline))

enum { MAP_HASH = 1, MAP_ARRAY = 2, MAP_PERCPU_HASH = 5, MAP_PERCPU_ARRAY = 6, MAP_LRU_HASH = 9, MAP_RINGBUF = 27 };
enum { XDP_DROP = 1, XDP_PASS = 2 };

struct xdp_md {
  u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
};
struct bpf_spin_lock {
  u32 val;
};
struct bpf_timer {
  u64 opaque[2];
} __attribute__((aligned(8)));
struct bpf_dynptr {
  u64 opaque[2];
} __attribute__((aligned(8)));
struct bpf_iter_num {
  u64 opaque[1];
} __attribute__((aligned(8)));
struct bpf_iter_bits {
  u64 opaque[2];
} __attribute__((aligned(8)));

static void *(*const lookup)(void *map, const void *key) = (void *)1;
static long (*const update)(void *map, const void *key, const void *value, u64 flags) = (void *)2;
static long (*const erase)(void *map, const void *key) = (void *)3;
static u64 (*const ktime)(void) = (void *)5;
static long (*const trace_printk)(const char *format, u32 size, ...) = (void *)6;
static u64 (*const numa_node)(void) = (void *)42;
static long (*const adjust_tail)(struct xdp_md *, int delta) = (void *)65;
static long (*const spin_lock)(struct bpf_spin_lock *) = (void *)93;
static long (*const spin_unlock)(struct bpf_spin_lock *) = (void *)94;
static long (*const strtol)(const char *, u64 size, u64 flags, long *) = (void *)105;
static long (*const strtoul)(const char *, u64 size, u64 flags, unsigned long *) = (void *)106;
static u64 (*const jiffies)(void) = (void *)118;
static u64 (*const ktime_boot)(void) = (void *)125;
static u64 (*const ktime_coarse)(void) = (void *)160;
static u64 (*const query)(void *ring, u64 what) = (void *)134;
static long (*const for_each)(void *map, void *function, void *context, u64 flags) = (void *)164;
static long (*const snprintf)(char *, u32 size, const char *format, u64 *data, u32 byteCount) = (void *)165;
static long (*const trace_vprintk)(const char *format, u32 size, const void *data, u32 byteCount) = (void *)177;
static long (*const loop)(u32 count, void *function, void *context, u64 flags) = (void *)181;
static long (*const strncmp)(const char *, u32 size, const char *) = (void *)182;
static long (*const dynptr_from_mem)(void *, u32 size, u64 flags, struct bpf_dynptr *) = (void *)197;
static long (*const reserve_dynptr)(void *map, u32 size, u64 flags, struct bpf_dynptr *) = (void *)198;
static void (*const submit_dynptr)(struct bpf_dynptr *, u64 flags) = (void *)199;
static void (*const discard_dynptr)(struct bpf_dynptr *, u64 flags) = (void *)200;
static long (*const dynptr_read)(void *, u32 size, struct bpf_dynptr *, u32 offset, u64 flags) = (void *)201;
static long (*const dynptr_write)(struct bpf_dynptr *, u32 offset, void *, u32 size, u64 flags) = (void *)202;
static void *(*const dynptr_data)(struct bpf_dynptr *, u32 offset, u32 size) = (void *)203;
static u64 (*const ktime_tai)(void) = (void *)208;

// What each call gave, by a number that the program counts up.
s64 results[256];
#define keep(value) (results[__COUNTER__] = (s64)(value))
#define zero(x) __builtin_memset(&(x), 0, sizeof(x))

char _license[] SEC("license") = "GPL";
