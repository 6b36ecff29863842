import CPeer

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// One thing to measure: a body that does `operations` of something.
struct Contestant {
  var name: String
  var operations: Int
  var body: () -> Void
}

/// Times of one contestant over the rounds, in cycles an operation.
struct Figures: CustomStringConvertible {
  var cycles: [Double]
  var nanoseconds: [Double]

  var median: Double { cycles.sorted()[cycles.count / 2] }
  var medianNanoseconds: Double { nanoseconds.sorted()[nanoseconds.count / 2] }

  var description: String {
    let sorted = cycles.sorted()
    return
      "\(text(median)) cycles (\(text(sorted[0]))–\(text(sorted[sorted.count - 1]))), \(text(medianNanoseconds)) ns"
  }
}

/// Measures contestants in turn, A B A B …, so that they share the machine's moods, with the clock's speed taken anew
/// before and after every one: a figure in cycles holds whatever the frequency.
func measure(_ contestants: [Contestant], rounds: Int = 15) -> [Figures] {
  var results = contestants.map { _ in Figures(cycles: [], nanoseconds: []) }
  for contestant in contestants { contestant.body() }
  for _ in 0..<rounds {
    for (index, contestant) in contestants.enumerated() {
      let cycle = nanosecondsPerCycle()
      let start = now()
      contestant.body()
      let each = Double(now() - start) / Double(contestant.operations)
      results[index].nanoseconds.append(each)
      results[index].cycles.append(2 * each / (cycle + nanosecondsPerCycle()))
    }
  }
  return results
}

/// What one cycle takes at this moment, by a chain of dependent decrements.
func nanosecondsPerCycle() -> Double {
  let count: UInt64 = 4_000_000
  let start = now()
  peer_chain(count)
  return Double(now() - start) / Double(count)
}

/// Nanoseconds of processor time that this thread has had: what others take from it does not count.
func now() -> UInt64 {
  var time = timespec()
  unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// A number with two decimals.
func text(_ number: Double) -> String {
  let hundredths = Int((number * 100).rounded())
  let fraction = hundredths % 100
  return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
}

/// Prints a figure beside what it must reach.
func judge(_ name: String, _ value: Double, atMost limit: Double, _ unit: String) {
  print(
    "  \(name): \(text(value)) \(unit), target at most \(text(limit)): \(value <= limit ? "met" : "MISSED")"
  )
}
