import BPFRuntime
import BPFVerifier
import Testing
import XDP

/// The verifier's prototypes and those of the engines are two tables of the same helpers.
@Suite struct `Helper prototypes of the verifier` {
  @Test func `agree with what the engines know`() {
    let known = VerifierEnvironment.xdp().helpers
    for id in HelperTable.xdp.ids {
      guard let theirs = HelperTable.xdp[id]?.prototype else { continue }
      guard let ours = known[id] else {
        Issue.record("\(theirs.name) has no prototype for the verifier")
        continue
      }
      // The verifier lets what follows a text's size be anything; the engines print it.
      if id != 6 { #expect(ours.parameters.count == theirs.arguments.count, "\(ours.name)") }
      #expect(ours.name == theirs.name)
      #expect(ours.traits.contains(.changesPacket) == theirs.changesPacket, "\(ours.name)")
      #expect(ours.traits.contains(.gplOnly) == theirs.isGPLOnly, "\(ours.name)")
    }
  }

  @Test func `have an age where they are functions`() {
    let unknown = VerifierEnvironment.xdp().functions.keys.filter { KernelProfile.since(function: $0) == nil }
    #expect(unknown.sorted() == [])
  }
}
