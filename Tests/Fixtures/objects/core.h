/* CO-RE relocations by their builtins, with the kinds' numbers. */
#include "xdp.h"

#define FIELD(field, kind) __builtin_preserve_field_info(field, kind)
#define BYTE_OFFSET(field) FIELD(field, 0)
#define BYTE_SIZE(field) FIELD(field, 1)
#define EXISTS(field) FIELD(field, 2)
#define SIGNED(field) FIELD(field, 3)
#define LSHIFT(field) FIELD(field, 4)
#define RSHIFT(field) FIELD(field, 5)
#define TYPE_ID_LOCAL(type) __builtin_btf_type_id(*(type *)0, 0)
#define TYPE_ID_TARGET(type) __builtin_btf_type_id(*(type *)0, 1)
#define TYPE_EXISTS(type) __builtin_preserve_type_info(*(type *)0, 0)
#define TYPE_SIZE(type) __builtin_preserve_type_info(*(type *)0, 1)
#define TYPE_MATCHES(type) __builtin_preserve_type_info(*(type *)0, 2)
#define ENUM_EXISTS(type, name) __builtin_preserve_enum_value(*(type *)name, 0)
#define ENUM_VALUE(type, name) __builtin_preserve_enum_value(*(type *)name, 1)
