import BPF
import BPFRuntime

/// Keeps the instructions of a run, of a long one the last, and where map entries were changed last.
final class TraceRecorder: RunObserver {
  /// How many are kept at least where there are as many.
  static let limit = 1 << 14
  /// Of how many map entries it is known where they were changed.
  private static let entryLimit = 1 << 16

  /// An entry of a map.
  struct Entry: Hashable {
    var map: String
    var key: [UInt8]
  }

  /// Where an entry was changed.
  struct Place: Hashable {
    var packet: Int
    var line: SourceLine?
    var slot: Int
  }

  /// What was kept.
  private(set) var steps: [TraceStep] = []
  /// How many instructions were run.
  private(set) var count: UInt64 = 0
  private var changes: [Entry: Place] = [:]
  private var packet = 0

  /// Whether the beginning of the run is gone.
  var isCut: Bool { count > steps.count }

  /// Forgets the last run's instructions.
  func begin(_ packet: Int) {
    steps.removeAll(keepingCapacity: true)
    count = 0
    self.packet = packet
  }

  func observe(_ step: TraceStep) {
    if steps.count == 2 * Self.limit { steps.removeFirst(Self.limit) }
    steps.append(step)
    count += 1
    if let change = step.mapChange, let key = change.key {
      let entry = Entry(map: change.map.name, key: key)
      guard changes[entry] != nil || changes.count < Self.entryLimit else { return }
      changes[entry] = Place(packet: packet, line: step.line, slot: step.slot)
    }
  }

  /// Where a run changed an entry last, such as `packet 3, flows.c:20`; nil where none has.
  func lastChange(of entry: Entry) -> String? {
    changes[entry].map { place in
      let spot = place.line.map { "\(TraceText.shortName($0.file)):\($0.line)" } ?? "slot \(place.slot)"
      return "packet \(place.packet), \(spot)"
    }
  }
}
