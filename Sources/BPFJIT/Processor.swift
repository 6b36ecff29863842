/// A processor that machine code is made for and runs on: the one here, or, in tests, one that is emulated.
package protocol Processor: Sendable {
  /// What its code is like; nil where none is made.
  var target: CodeTarget? { get }

  /// Puts code where it can run.
  func load(_ code: [UInt8]) throws(CompilationError) -> any CodeMemory
}

/// Code where it can run, for as long as this lives.
package protocol CodeMemory: AnyObject, Sendable {
  /// The address of the first byte, as the code knows it.
  var base: UInt64 { get }

  /// What the host calls to enter the code at an offset.
  func entrance(at offset: Int) -> UInt64
}

/// The processor here.
package struct HostProcessor: Processor {
  package init() {}

  package var target: CodeTarget? { InstructionSet.host?.target }

  package func load(_ code: [UInt8]) throws(CompilationError) -> any CodeMemory { try ExecutableMemory(code) }
}

extension ExecutableMemory: CodeMemory {
  package func entrance(at offset: Int) -> UInt64 { base + UInt64(offset) }
}
