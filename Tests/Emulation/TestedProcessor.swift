package import BPFJIT
internal import Testing

/// A processor that the tests run machine code on: the one here, and those that can be emulated.
package struct TestedProcessor: Sendable, CustomTestStringConvertible {
  package let testDescription: String
  package let processor: any Processor

  /// All that there are; `EmulatedProcessor.required` says why one is not.
  package static let all: [TestedProcessor] = {
    var found: [TestedProcessor] = []
    if CompiledProgram.isSupported {
      found.append(TestedProcessor(testDescription: "machine code", processor: HostProcessor()))
    }
    return found + emulated
  }()

  /// Those that are emulated.
  package static let emulated: [TestedProcessor] =
    EmulatedProcessor.unavailability == nil
    ? EmulatedProcessor.all.map { TestedProcessor(testDescription: $0.testDescription, processor: $0) } : []
}
