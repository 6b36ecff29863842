#pragma once

/// Chooses the processor that an engine of unicorn is, by `uc_ctl`, whose arguments vary.
static inline int cunicorn_choose_processor(void *control, void *engine, int processor) {
  // An argument to be written, one of them, the seventh of what can be controlled.
  const int choice = 1 << 30 | 1 << 26 | 7;
  return ((int (*)(void *, int, ...))control)(engine, choice, processor);
}

/// Whether a place lies in the program or one of its libraries.
int cunicorn_is_of_program(const void *place);
