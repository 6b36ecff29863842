// A layer-4 load balancer: a ring of servers for each service, and a table of connections that keeps them where they are.
#include "../../../Programs/include/transport.h"

enum { RING = 61, SERVICES = 4 };

struct connection {
  u32 source[4];
  u32 destination[4];
  u16 source_port;
  u16 destination_port;
  u8 protocol;
  u8 pad[3];
};

struct service {
  u16 port;
  u8 protocol;
  u8 pad;
};

struct server {
  u8 hardware[6];
  u16 weight;
  u64 packets;
  u64 bytes;
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, SERVICES);
  __type(key, struct service);
  __type(value, u32);
} services SEC(".maps");

// One ring after the other.
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, RING * SERVICES);
  __type(key, u32);
  __type(value, u32);
} rings SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 8);
  __type(key, u32);
  __type(value, struct server);
} servers SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 4096);
  __type(key, struct connection);
  __type(value, u32);
} connections SEC(".maps");

u64 hits, misses;

inlined u32 rotated(u32 value, int bits) { return value << bits | value >> (32 - bits); }

// Bob Jenkins's mix of three words, once for each three words of the key.
static noinline u32 hash(const struct connection *connection) {
  const u32 *words = (const u32 *)connection;
  u32 a = 0xdeadbeef, b = a, c = a;
  for (int index = 0; index < 9; index += 3) {
    a += words[index];
    b += words[index + 1];
    c += words[index + 2];
    a -= c; a ^= rotated(c, 4); c += b;
    b -= a; b ^= rotated(a, 6); a += c;
    c -= b; c ^= rotated(b, 8); b += a;
    a -= c; a ^= rotated(c, 16); c += b;
    b -= a; b ^= rotated(a, 19); a += c;
    c -= b; c ^= rotated(b, 4); b += a;
  }
  return c ^ words[9];
}

SEC("xdp")
int balance(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet = take(&cursor, sizeof *ethernet);
  if (!ethernet) return XDP_PASS;
  u64 size = cursor.end - (void *)ethernet;
  struct connection connection = {};
  if (ethernet->type == network16(ETHERTYPE_IPV4)) {
    struct ipv4_header *ip = take(&cursor, sizeof *ip);
    if (!ip || ip->header_words != 5 || ip->fragment & network16(IPV4_FRAGMENT_OFFSET)) return XDP_PASS;
    connection.source[0] = word(ip->source);
    connection.destination[0] = word(ip->destination);
    connection.protocol = ip->protocol;
  } else if (ethernet->type == network16(ETHERTYPE_IPV6)) {
    struct ipv6_header *ip = take(&cursor, sizeof *ip);
    if (!ip) return XDP_PASS;
    __builtin_memcpy(connection.source, ip->source, 16);
    __builtin_memcpy(connection.destination, ip->destination, 16);
    connection.protocol = ip->next_header;
  } else {
    return XDP_PASS;
  }
  if (connection.protocol != PROTOCOL_TCP && connection.protocol != PROTOCOL_UDP) return XDP_PASS;
  struct ports *ports = take(&cursor, sizeof *ports);
  if (!ports) return XDP_DROP;
  connection.source_port = ports->source;
  connection.destination_port = ports->destination;

  struct service service = {.port = network16(ports->destination), .protocol = connection.protocol};
  u32 *ring = bpf_map_lookup_elem(&services, &service);
  if (!ring || *ring >= SERVICES) return XDP_PASS;
  u32 *known = bpf_map_lookup_elem(&connections, &connection), chosen;
  if (known) {
    chosen = *known;
    hits++;
  } else {
    u32 place = *ring * RING + hash(&connection) % RING;
    u32 *entry = bpf_map_lookup_elem(&rings, &place);
    if (!entry) return XDP_ABORTED;
    chosen = *entry;
    bpf_map_update_elem(&connections, &connection, &chosen, BPF_ANY);
    misses++;
  }
  struct server *server = bpf_map_lookup_elem(&servers, &chosen);
  if (!server || server->weight == 0) return XDP_DROP;
  server->packets++;
  server->bytes += size;
  __builtin_memcpy(ethernet->source, ethernet->destination, 6);
  __builtin_memcpy(ethernet->destination, server->hardware, 6);
  return XDP_TX;
}

char LICENSE[] SEC("license") = "GPL";
