import BPF
import LinuxKernel
import TestSupport
import Testing

@Suite(KernelAccess.required) struct `Map helpers on every engine` {
  private static let subjects = MapSubject.all.filter {
    $0.definition.flags.isDisjoint(with: [.readOnly, .writeOnly])
      && $0.takesHelpers
  }

  @Test(arguments: subjects, Seeds.first(3))
  func `give the same errors and leave the same values`(subject: MapSubject, seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    var script = HelperScript(over: [subject.definition])
    for _ in 0..<HelperScript.limit {
      let key = random.pick(subject.keys)
      switch random.operation(keys: subject.keys, values: subject.values, walks: false) {
      case .lookup, .nextKey: script.lookup(key, in: 0)
      case .delete, .take: script.delete(key, in: 0)
      case .update(_, let value, let flags): script.update(key, to: value, flags: flags, in: 0)
      }
    }
    var engines = try Engines(script.program())
    let differences = try engines.differences(script)
    #expect(differences.isEmpty, "\(differences)")
    #expect(try engines.differingMaps() == [])
  }
}
