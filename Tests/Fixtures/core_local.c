// CO-RE relocations of every kind, about types that core_target.c has in another form.
// Built with: clang -O2 -g -target bpf -c core_local.c
#define SEC(name) __attribute__((section(name), used))
#define STABLE __attribute__((preserve_access_index))
#define FIELD(field, kind) __builtin_preserve_field_info(field, kind)
#define TYPE(type, kind) __builtin_preserve_type_info(*(type *)0, kind)
#define VALUE(type, name, kind) __builtin_preserve_enum_value(*(type *)name, kind)

enum { BYTE_OFFSET, BYTE_SIZE, EXISTS, SIGNED, LEFT_SHIFT, RIGHT_SHIFT };

typedef unsigned int u32;

struct inner {
  int b;
} STABLE;

struct moved {
  int first;
  unsigned int narrow;   // the target has 64 bits
  int signed_narrow;     // the target has 64 bits, signed
  void *pointer;
  unsigned int bits : 5; // the target has 7 at another place
  int signed_bits : 6;
  struct inner inner;
  struct inner list[4];
  int anonymous_before;  // the target has it in an anonymous union
  int changed_kind;      // the target has a struct
  int gone;
  char text[8];          // the target has 16
} STABLE;

struct moved___old {
  int older_name;
} STABLE;

struct absent {
  int field;
} STABLE;

enum state { IDLE, BUSY, VANISHED = 9 };
enum state___newer { BUSY___newer = 1 };
enum far { FARTHEST = 0x1122334455667788ull };

typedef int (*visitor)(struct moved *, long);
typedef struct inner inner_t;

struct subset {
  int b;
  struct moved *owner;
};
struct superset {
  int b;
  int more;
};

volatile unsigned long long sink;

SEC("xdp/offsets") int offsets(struct moved *moved) {
  sink = moved->first;
  sink = moved->narrow;
  sink = moved->signed_narrow;
  sink = (unsigned long)moved->pointer;
  sink = moved->inner.b;
  sink = moved->list[2].b;
  sink = moved->anonymous_before;
  sink = moved->changed_kind;
  sink = moved->gone;
  sink = moved->text[3];
  sink = moved[1].first;
  sink = ((struct moved___old *)moved)->older_name;
  sink = ((struct absent *)moved)->field;
  return 2;
}

SEC("xdp/fields") int fields(struct moved *moved) {
  sink = FIELD(moved->gone, EXISTS);
  sink = FIELD(moved->narrow, EXISTS);
  sink = FIELD(moved->narrow, BYTE_SIZE);
  sink = FIELD(moved->narrow, SIGNED);
  sink = FIELD(moved->signed_narrow, SIGNED);
  sink = FIELD(moved->bits, BYTE_OFFSET);
  sink = FIELD(moved->bits, BYTE_SIZE);
  sink = FIELD(moved->bits, LEFT_SHIFT);
  sink = FIELD(moved->bits, RIGHT_SHIFT);
  sink = FIELD(moved->bits, SIGNED);
  sink = FIELD(moved->signed_bits, SIGNED);
  sink = FIELD(moved->text, BYTE_SIZE);
  return 2;
}

SEC("xdp/types") int types(void *context) {
  sink = __builtin_btf_type_id(*(struct inner *)0, 0);
  sink = __builtin_btf_type_id(*(struct inner *)0, 1);
  sink = __builtin_btf_type_id(*(struct absent *)0, 1);
  sink = TYPE(struct moved, 0);
  sink = TYPE(struct moved, 1);
  sink = TYPE(struct absent, 0);
  sink = TYPE(struct absent, 1);
  sink = TYPE(visitor, 0);
  sink = TYPE(inner_t, 0);
  sink = TYPE(struct subset, 2);
  sink = TYPE(struct superset, 2);
  return 2;
}

SEC("xdp/values") int values(void *context) {
  sink = VALUE(enum state, BUSY, 0);
  sink = VALUE(enum state, BUSY, 1);
  sink = VALUE(enum state, VANISHED, 0);
  sink = VALUE(enum state, VANISHED, 1);
  sink = VALUE(enum state___newer, BUSY___newer, 1);
  sink = VALUE(enum far, FARTHEST, 1);
  return 2;
}

char _license[] SEC("license") = "GPL";
