import BPF
import BPFMaps
import BPFRuntime
import Testing

@Suite struct `A run that is granted more objects than there are tags` {
  /// More than twice as many as there are tags.
  private static let count = 140_000
  /// A pointer of which this value's number is kept in r7, one of the many.
  private static let kept = 100

  /// Looks every value up, writes its number into it, and goes on with this text.
  ///
  /// r9 then points to the first value, r7 to one of the many, and `fp-16` holds the pointer to the last.
  private static func walk(_ rest: String) -> String {
    let lookup = "r2 = r10\nr2 += -4\nr1 = map[idx:0]\ncall bpf_map_lookup_elem#1\nif r0 == 0 goto out\n"
    return """
      r7 = 0
      r6 = 0
      *(u32 *)(r10 -4) = r6
      \(lookup)r9 = r0
      loop: *(u32 *)(r10 -4) = r6
      \(lookup)*(u64 *)(r0 +0) = r6
      *(u64 *)(r10 -16) = r0
      if r6 != \(kept) goto next
      r7 = r0
      next: if r6 != \(kept + 1) goto after
      r8 = r0
      r1 = map[idx:1][0]+0
      *(u64 *)(r1 +0) = r8
      r8 = 0
      after: r6 += 1
      if r6 != \(count) goto loop
      \(rest)
      exit
      out: r0 = -1
      exit
      """
  }

  private func run(_ rest: String) throws -> (outcome: RunOutcome, values: UserMap) {
    let values = try makeMap(.array, entries: Self.count), put = try makeMap(.array, entries: 1)
    return (try Mode.fast.run(Self.walk(rest), maps: [values, put]), values)
  }

  @Test func `goes on, and every pointer that it still holds is good`() throws {
    let (outcome, values) = try run(
      "r1 = *(u64 *)(r10 -16)\nr0 = *(u64 *)(r1 +0)\nr2 = *(u64 *)(r7 +0)\nr0 += r2\n*(u64 *)(r9 +0) = 119"
    )
    #expect(outcome.value == UInt64(Self.count - 1 + Self.kept), "\(outcome)")
    for index in [0, 1, 7, 8, 64_494, 64_495, 64_496, 130_000, Self.count - 1] {
      let key = (0..<4).map { UInt8(truncatingIfNeeded: index >> (8 * $0)) }
      let number = try values.lookup(key)?.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      #expect(number == UInt64(index == 0 ? 119 : index))
    }
  }

  @Test(arguments: [
    "r0 = *(u64 *)(r9 +8)", "r0 = *(u8 *)(r9 -1)", "r0 = *(u64 *)(r7 +1)", "r0 = *(u64 *)(r7 -8)",
    "r1 = *(u64 *)(r10 -16)\nr0 = *(u64 *)(r1 +8)", "r1 = *(u64 *)(r10 -16)\nr0 = *(u32 *)(r1 -4)",
  ])
  func `stays exact to the byte`(access: String) throws {
    let outcome = try run(access).outcome
    #expect(outcome.trap?.kind == .outOfBounds)
    #expect(outcome.trap?.message.contains("a map value of 8 bytes") == true, "\(outcome)")
  }

  @Test func `may not use a pointer that it had put away where nobody keeps it`() throws {
    let outcome = try run("r1 = map[idx:1][0]+0\nr1 = *(u64 *)(r1 +0)\nr0 = *(u64 *)(r1 +0)").outcome
    #expect(outcome.trap?.kind == .outOfBounds, "\(outcome)")
  }

  @Test func `leaves nothing behind for the next run`() throws {
    let values = try makeMap(.array, entries: Self.count), put = try makeMap(.array, entries: 1)
    let machine = Machine(), environment = Environment.with([values, put])
    _ = try Mode.fast.run(.with([values, put], Self.walk("r0 = 0")), in: environment, on: machine)
    let stale = "r1 = map[idx:1][0]+0\nr1 = *(u64 *)(r1 +0)\nr0 = *(u64 *)(r1 +0)\nexit"
    let outcome = try Mode.fast.run(.with([values, put], stale), in: environment, on: machine)
    #expect(outcome.trap?.kind == .outOfBounds)
  }
}

@Suite struct `Ring-buffer records that a program forgets` {
  private static func reserve(_ size: Int) -> String {
    "r1 = map[idx:0]\nr2 = \(size)\nr3 = 0\ncall bpf_ringbuf_reserve#131\nif r0 == 0 goto full\n"
  }
  private static let submit = "*(u64 *)(r0 +0) = 7\nr1 = r0\nr2 = 0\ncall bpf_ringbuf_submit#132\nr0 = 0\n"

  /// Ways to forget a record of 3,000 bytes, and how many records they leave for the reader.
  private static let ways: [(text: String, submitted: Int)] = [
    (reserve(3000) + "r0 = 0\nexit\nfull: r0 = 1\nexit", 0),
    (reserve(3000) + "r0 = *(u64 *)(r0 +3000)\nexit\nfull: r0 = 1\nexit", 0),
    (reserve(3000) + "r0 = 0\nloop: goto loop\nfull: r0 = 1\nexit", 0),
    (reserve(2900) + reserve(64) + submit + "exit\nfull: r0 = 1\nexit", 1),
    (reserve(64) + "r6 = r0\n" + reserve(2900) + "r0 = r6\n" + submit + "exit\nfull: r0 = 1\nexit", 1),
  ]

  @Test(arguments: Mode.allCases, ways.indices)
  func `are discarded at the end of the run, so that the ring never fills with them`(
    mode: Mode,
    way: Int
  ) throws {
    let ring = try #require(try makeMap(.ringBuffer, key: 0, value: 0, entries: 4096) as? RingBufferMap)
    for round in 0..<5 {
      let outcome = try mode.run(Self.ways[way].text, maps: [ring], budget: 10_000)
      #expect(outcome.value != 1, "round \(round)")
      #expect(ring.query(0) > 2900)
      #expect(ring.takeRecords().count == Self.ways[way].submitted)
      #expect(ring.query(0) == 0)
    }
  }

  @Test(arguments: Mode.allCases)
  func `do not hold up what comes after them`(mode: Mode) throws {
    let ring = try #require(try makeMap(.ringBuffer, key: 0, value: 0, entries: 4096) as? RingBufferMap)
    _ = try mode.run(Self.reserve(8) + "r0 = 0\nexit\nfull: r0 = 1\nexit", maps: [ring])
    let outcome = try mode.run(Self.reserve(8) + Self.submit + "exit\nfull: r0 = 1\nexit", maps: [ring])
    #expect(outcome.value == 0)
    #expect(ring.takeRecords() == [[7, 0, 0, 0, 0, 0, 0, 0]])
  }
}
