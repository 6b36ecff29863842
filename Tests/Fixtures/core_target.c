// The types that core_local.c asks for, as another kernel might have them.
// Built with: clang -O2 -g -target bpf -c core_target.c
struct inner {
  long a;
  short b;
};

struct moved {
  long added;
  int first;
  unsigned long long narrow;
  long long signed_narrow;
  void *pointer;
  unsigned int filler : 30;
  unsigned int bits : 7;
  int signed_bits : 9;
  struct inner list[3];
  struct inner inner;
  union {
    int anonymous_before;
    struct {
      int nested;
      int older_name;
    };
  };
  struct inner changed_kind;
  char text[16];
};

enum state { IDLE = 3, BUSY = 5 };
enum far { NEAR, FARTHEST = 0x7766554433221100ull };

typedef int (*visitor)(struct moved *, long);
typedef struct inner inner_t;

struct subset {
  int b;
  int c;
  struct moved *owner;
};
struct superset {
  int b;
};

struct moved moved;
enum state state;
enum far far;
visitor visit;
inner_t inner;
struct subset subset;
struct superset superset;
