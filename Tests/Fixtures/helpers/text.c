// Numbers out of text, text out of numbers, and text compared.
#include "helpers.h"

char input[64];
u32 length, base;
long number;
unsigned long positive;
s64 read_signed, read_unsigned;

SEC("xdp") int parse(struct xdp_md *ctx) {
  u32 size = length, flags = base;
  if (size == 0 || size > sizeof(input)) return XDP_DROP;
  read_signed = strtol(input, size, flags, &number);
  read_unsigned = strtoul(input, size, flags, &positive);
  return XDP_PASS;
}

const char format_all[] = "%d|%i|%u|%x|%X|%ld|%lld|%lu|%llx|%lX|%c|%%";
const char format_widths[] = "[%5d][%-5d][%05d][%+d][% d][%+5d][%-+5d][%08x][%-8X][%3c][%-3c][%20lld]";
const char format_texts[] = "<%s><%10s><%-10s><%3s><%pks>";
const char format_addresses[] = "%pi4 %pI4 %pi6 %pI6 %20pI4|";
const char format_plain[] = "no values at all\n";
const char format_none[] = "";
const char name[] = "packet";
const char hello[] = "hello";
const char hello_long[] = "hello, world";

u64 data[12];
u32 room;

char texts[8][256];

SEC("xdp") int format(struct xdp_md *ctx) {
  u32 size = room;
  if (size > 256) return XDP_DROP;
  u64 values[12];
  for (int i = 0; i < 12; i++) values[i] = data[i];
  keep(snprintf(texts[0], 256, format_all, values, 11 * 8));
  keep(snprintf(texts[1], 256, format_widths, values, 12 * 8));
  u64 pointers[5] = {(u64)name, (u64)name, (u64)hello, (u64)hello_long, (u64)hello};
  keep(snprintf(texts[2], 256, format_texts, pointers, 5 * 8));
  u64 addresses[5] = {(u64)input, (u64)input, (u64)input, (u64)input, (u64)input};
  keep(snprintf(texts[3], 256, format_addresses, addresses, 5 * 8));
  keep(snprintf(texts[4], 256, format_plain, 0, 0));
  keep(snprintf(texts[5], 256, format_none, 0, 0));
  keep(snprintf(texts[6], size, format_widths, values, 12 * 8));
  keep(snprintf(0, 0, format_all, values, 11 * 8));
  keep(strncmp(input, 5, hello));
  keep(strncmp(input, 6, hello));
  keep(strncmp(input, 12, hello_long));
  keep(strncmp(input, 1, hello));
  return XDP_PASS;
}

// The kernel looks at these formats only when it prints.
SEC("xdp") int formats(struct xdp_md *ctx) {
  u32 size = length;
  if (size == 0 || size > sizeof(input)) return XDP_DROP;
  u64 values[3] = {-1, 65, 7};
  keep(trace_printk(input, size, -1, 65, 7));
  keep(trace_vprintk(input, size, values, 24));
  keep(trace_vprintk(input, size, 0, 0));
  return XDP_PASS;
}

extern int bpf_strcmp(const char *, const char *) __weak __ksym;
extern int bpf_strcasecmp(const char *, const char *) __weak __ksym;
extern int bpf_strchr(const char *, char) __weak __ksym;
extern int bpf_strchrnul(const char *, char) __weak __ksym;
extern int bpf_strnchr(const char *, u64, char) __weak __ksym;
extern int bpf_strrchr(const char *, int) __weak __ksym;
extern int bpf_strlen(const char *) __weak __ksym;
extern int bpf_strnlen(const char *, u64) __weak __ksym;
extern int bpf_strspn(const char *, const char *) __weak __ksym;
extern int bpf_strcspn(const char *, const char *) __weak __ksym;
extern int bpf_strstr(const char *, const char *) __weak __ksym;
extern int bpf_strnstr(const char *, const char *, u64) __weak __ksym;

char second[16];

SEC("xdp") int compare(struct xdp_md *ctx) {
  keep(bpf_strcmp(input, second));
  keep(bpf_strcmp(second, input));
  keep(bpf_strcmp(input, input));
  keep(bpf_strcasecmp(input, second));
  keep(bpf_strchr(input, 'l'));
  keep(bpf_strchr(input, 'z'));
  keep(bpf_strchr(input, 0));
  keep(bpf_strchrnul(input, 'l'));
  keep(bpf_strchrnul(input, 'z'));
  keep(bpf_strnchr(input, 3, 'l'));
  keep(bpf_strnchr(input, 2, 'l'));
  keep(bpf_strnchr(input, 60, 0));
  keep(bpf_strnchr(input, 0, 'h'));
  keep(bpf_strrchr(input, 'l'));
  keep(bpf_strrchr(input, 0));
  keep(bpf_strrchr(input, 'z'));
  keep(bpf_strlen(input));
  keep(bpf_strnlen(input, 3));
  keep(bpf_strnlen(input, 60));
  keep(bpf_strspn(input, second));
  keep(bpf_strcspn(input, second));
  keep(bpf_strspn(second, input));
  keep(bpf_strcspn(second, input));
  keep(bpf_strstr(input, second));
  keep(bpf_strstr(second, input));
  keep(bpf_strnstr(input, second, 5));
  keep(bpf_strnstr(input, second, 60));
  keep(bpf_strlen(0));
  keep(bpf_strcmp(input, 0));
  return XDP_PASS;
}

SEC("xdp") int clocks(struct xdp_md *ctx) {
  keep(ktime());
  keep(ktime_boot());
  keep(ktime_coarse());
  keep(ktime_tai());
  keep(jiffies());
  return XDP_PASS;
}
