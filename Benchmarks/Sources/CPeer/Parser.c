// The benchmarks' parser as the host's compiler makes it: what machine code from BPF is measured against.
#include "CPeer.h"

#include "../../../Programs/include/bpf.h"

#undef SEC
#define SEC(name)
#define parse peer_parse

#include "../../Programs/parser.c"
