// Every kind of BTF type that clang writes. Built with: clang -O2 -g -target bpf -c btf_types.c
#define SEC(name) __attribute__((section(name), used))
#define TAG(text) __attribute__((btf_decl_tag(text)))

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef _Bool bool_t;

enum color { RED, GREEN = 7, BLUE = 4000000000u };
enum temperature { COLD = -40, MILD = 0, HOT = 40 };
enum wide { SMALL = 1, HUGE = 0x123456789abcdef0ull, TOP = 0xffffffffffffffffull };
enum deep { BOTTOM = -0x7fffffffffffffffll - 1, SURFACE = 0 };
enum __attribute__((packed)) tiny { TINY_A, TINY_B = 200 };
enum { ANONYMOUS_CONSTANT = 99 };

struct bits {
  u32 version : 4;
  u32 length : 4;
  signed int delta : 5;
  u32 : 3;
  u64 wide : 40;
  bool_t flag : 1;
};

struct __attribute__((packed)) packed {
  u8 tag;
  u32 value;
  u16 tail;
};

struct aligned {
  u8 first;
  u32 counter __attribute__((aligned(64)));
  u8 last;
};

struct node {
  struct node *next;
  struct hidden *secret;
  union {
    u32 address;
    struct {
      u16 low;
      u16 high;
    };
    u8 bytes[4];
  };
  struct {
    int x, y;
  } point;
  int (*visit)(struct node *self, const char *name, ...);
  const char *const restrict names[3];
  char label[12];
  u16 grid[2][3];
  enum color color;
  enum temperature temperature;
  enum wide wide;
  struct bits bits;
  float ratio;
  double mean;
  __int128 large;
  unsigned __int128 larger;
  volatile u64 counter;
  bool_t enabled;
  signed char small;
  TAG("member") struct packed packed;
  struct aligned aligned;
  enum tiny tiny;
  enum deep deep;
  enum { INNER_ONE = 1, INNER_TWO = 2 } inner;
  u8 flexible[];
};

typedef struct {
  u32 a;
  union {
    u64 b;
    void *c;
  } both;
} TAG("typedef") anonymous_t;

typedef int (*callback_t)(anonymous_t *state, int (*compare)(const void *, const void *), u64 list[4]);
typedef int __attribute__((btf_type_tag("user"))) *user_pointer;

struct keeper {
  callback_t callback;
  user_pointer pointer;
  anonymous_t state;
  anonymous_t states[2];
  struct node *node;
};

int initialized = 5;
u64 zeroed[4];
static volatile const char banner[] = "hello";
struct keeper keeper TAG("variable");
struct node *start;
enum deep deepest;
int choice = ANONYMOUS_CONSTANT;

static __attribute__((noinline)) int helper(struct node *node, int by) { return node->point.x + by; }

__attribute__((noinline)) u64 global_function(struct keeper *keeper, const struct bits *bits TAG("argument")) {
  return keeper->state.a + bits->version;
}

extern int external_function(struct keeper *keeper, ...) __attribute__((section(".ksyms")));
extern const u32 external_variable __attribute__((section(".ksyms")));

SEC("xdp") int program(void *context) {
  struct bits bits = {.version = 4};
  int result = helper(start, initialized) + global_function(&keeper, &bits) + banner[1];
  return result + zeroed[0] + external_function(&keeper) + external_variable + choice + deepest;
}

char _license[] SEC("license") = "GPL";
