#define _GNU_SOURCE
#include "CUnicorn.h"
#include <dlfcn.h>

int cunicorn_is_of_program(const void *place) {
  Dl_info info;
  return dladdr(place, &info) != 0;
}
