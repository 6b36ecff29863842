import BPF
import TestSupport
import Testing

@testable import BPFVerifier

@Suite(KernelAccess.required) struct `Control flow beside the kernel's` {
  @Test func `has its structure, its loops and its live registers`() throws {
    var compared = 0
    for seed in Seeds.first(400) {
      let program = Program("flow", RandomControlFlow(seed: seed).instructions, license: "GPL")
      let kernel = KernelControlFlow(of: program)
      let counts = program.argumentCounts
      do throws(Violation) {
        let layout = try CodeLayout(program)
        let flow = try ControlFlow(layout, argumentCounts: { counts[$0] ?? 5 })
        guard let kernel else {
          Issue.record("seed \(seed): only the kernel refuses the structure")
          continue
        }
        compare(layout, flow, kernel, "seed \(seed)")
        compared += 1
      } catch {
        #expect(kernel == nil, "seed \(seed): only we refuse the structure: \(error.message)")
      }
    }
    #expect(compared > 40, "too few of the programs have a structure to compare")
  }

  private func compare(_ layout: CodeLayout, _ flow: ControlFlow, _ kernel: KernelControlFlow, _ seed: String)
  {
    var partners: [Int32: Int] = [:]
    for slot in 0..<layout.slotCount where layout.isStart(slot) {
      let live = (0..<10).map { flow.liveBefore[slot] >> $0 & 1 == 1 ? "\($0)" : "." }.joined()
      #expect(live == kernel.live[slot], "\(seed), live registers at slot \(slot)")
      let component = flow.component[slot]
      #expect((component == 0) == (kernel.components[slot] == 0), "\(seed), component at slot \(slot)")
      guard component != 0 else { continue }
      let partner = partners[component, default: kernel.components[slot] ?? 0]
      partners[component] = partner
      #expect(partner == kernel.components[slot], "\(seed), component at slot \(slot)")
    }
    #expect(
      Set(partners.values).count == partners.count,
      "\(seed), two components that are one for the kernel"
    )
  }
}

extension Program {
  /// How many arguments the helper calls take, by slot.
  fileprivate var argumentCounts: [Int: Int] {
    var counts: [Int: Int] = [:]
    var slot = 0
    for instruction in instructions {
      if case .call(.helper(let id)) = instruction { counts[slot] = RandomControlFlow.helpers[id] }
      slot += instruction.slotCount
    }
    return counts
  }
}
