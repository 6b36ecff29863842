#if defined(__linux__)
#define _GNU_SOURCE
#include <sched.h>
#endif
#include "CPeer.h"

int peer_stay(int processor) {
#if defined(__linux__)
  cpu_set_t set;
  CPU_ZERO(&set);
  for (int each = 0; each < CPU_SETSIZE; each++) {
    if (processor < 0 || each == processor) CPU_SET(each, &set);
  }
  return sched_setaffinity(0, sizeof set, &set);
#else
  return -1;
#endif
}
