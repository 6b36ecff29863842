/* The first loaders' struct: four words. */
struct map_def {
  unsigned type, key_size, value_size, max_entries;
};
struct map_def first __attribute__((section("maps"), used)) = {2, 4, 8, 16};
struct map_def second __attribute__((section("maps"), used)) = {1, 4, 8, 100};
#include "legacy.h"
