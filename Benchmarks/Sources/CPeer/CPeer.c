#include "CPeer.h"

#include <stddef.h>

struct slot {
  uint8_t opcode;
  uint8_t destination : 4, source : 4;
  int16_t offset;
  int32_t immediate;
};

#define ALU(code, operation)                                                                     \
  case 0x07 | code: r[at->destination] = r[at->destination] operation (int64_t)at->immediate; break; \
  case 0x0f | code: r[at->destination] = r[at->destination] operation r[at->source]; break;          \
  case 0x04 | code: r[at->destination] = (uint32_t)r[at->destination] operation (uint32_t)at->immediate; \
    r[at->destination] = (uint32_t)r[at->destination]; break;                                         \
  case 0x0c | code: r[at->destination] = (uint32_t)r[at->destination] operation (uint32_t)r[at->source]; \
    r[at->destination] = (uint32_t)r[at->destination]; break;

#define BRANCH(code, type, operation)                                                                       \
  case 0x05 | code: if ((type##64_t)r[at->destination] operation (type##64_t)(int64_t)at->immediate) at += at->offset; break; \
  case 0x0d | code: if ((type##64_t)r[at->destination] operation (type##64_t)r[at->source]) at += at->offset; break;          \
  case 0x06 | code: if ((type##32_t)r[at->destination] operation (type##32_t)at->immediate) at += at->offset; break;          \
  case 0x0e | code: if ((type##32_t)r[at->destination] operation (type##32_t)r[at->source]) at += at->offset; break;

#define MEMORY(code, type)                                                                             \
  case 0x61 | code: r[at->destination] = *(type *)(r[at->source] + at->offset); break;                 \
  case 0x63 | code: *(type *)(r[at->destination] + at->offset) = (type)r[at->source]; break;           \
  case 0x62 | code: *(type *)(r[at->destination] + at->offset) = (type)at->immediate; break;

uint64_t peer_run(const uint64_t *code, uint64_t r1) {
  uint8_t stack[512];
  uint64_t r[11] = {0};
  r[1] = r1;
  r[10] = (uint64_t)(uintptr_t)(stack + sizeof stack);
  for (const struct slot *at = (const struct slot *)code;; at++) {
    switch (at->opcode) {
      ALU(0x00, +) ALU(0x10, -) ALU(0x20, *) ALU(0x40, |) ALU(0x50, &) ALU(0xa0, ^)
      case 0x67: r[at->destination] <<= at->immediate & 63; break;
      case 0x6f: r[at->destination] <<= r[at->source] & 63; break;
      case 0x64: r[at->destination] = (uint32_t)r[at->destination] << (at->immediate & 31); break;
      case 0x77: r[at->destination] >>= at->immediate & 63; break;
      case 0x7f: r[at->destination] >>= r[at->source] & 63; break;
      case 0x74: r[at->destination] = (uint32_t)r[at->destination] >> (at->immediate & 31); break;
      case 0xc7: r[at->destination] = (uint64_t)((int64_t)r[at->destination] >> (at->immediate & 63)); break;
      case 0xb7: r[at->destination] = (uint64_t)(int64_t)at->immediate; break;
      case 0xbf: r[at->destination] = r[at->source]; break;
      case 0xb4: r[at->destination] = (uint32_t)at->immediate; break;
      case 0xbc: r[at->destination] = (uint32_t)r[at->source]; break;
      case 0x87: r[at->destination] = -r[at->destination]; break;
      case 0x84: r[at->destination] = (uint32_t)-r[at->destination]; break;
      case 0xdc: r[at->destination] = __builtin_bswap16((uint16_t)r[at->destination]); break;
      case 0x18: r[at->destination] = (uint32_t)at->immediate | (uint64_t)(uint32_t)at[1].immediate << 32; at++; break;
      MEMORY(0x00, uint32_t) MEMORY(0x08, uint16_t) MEMORY(0x10, uint8_t) MEMORY(0x18, uint64_t)
      case 0x05: at += at->offset; break;
      BRANCH(0x10, uint, ==) BRANCH(0x20, uint, >) BRANCH(0x30, uint, >=) BRANCH(0x40, uint, &) BRANCH(0x50, uint, !=)
      BRANCH(0x60, int, >) BRANCH(0x70, int, >=) BRANCH(0xa0, uint, <) BRANCH(0xb0, uint, <=) BRANCH(0xc0, int, <)
      BRANCH(0xd0, int, <=)
      case 0x95: return r[0];
      default: return ~(uint64_t)at->opcode;
    }
  }
}
