// What `xdp exec` runs out of an object: memory and its length, not a packet.
__attribute__((section("xdp"), used)) unsigned long sum(const unsigned char *memory, unsigned long length)
{
  if (length == 0)
    return 6;
  unsigned long total = 0;
  for (unsigned long index = 0; index < length; index++)
    total += memory[index];
  return total;
}

__attribute__((section("xdp"), used)) unsigned long first(const unsigned char *memory, unsigned long length)
{
  return length > 0 ? memory[0] : 0;
}
