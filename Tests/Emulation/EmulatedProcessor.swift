package import BPFJIT
import Synchronization
internal import TestSupport
package import Testing

/// An arm64 processor in the unicorn engine, which runs code over the memory of this process.
///
/// The host enters emulated code by stubs of its own instructions, and code comes out where it calls the host: nothing that
/// is tested knows that it is emulated.
package final class EmulatedProcessor: Processor, CustomTestStringConvertible {
  /// The first version of arm64, and one with atomic operations in one instruction.
  package static let all = [plain, withAtomics]
  package static let plain = EmulatedProcessor("arm64, emulated", hasAtomics: false, number: 0)
  package static let withAtomics = EmulatedProcessor("arm64 with LSE, emulated", hasAtomics: true, number: 3)

  /// What it is, for a person.
  package let testDescription: String
  package let target: CodeTarget?
  /// The number in unicorn's list of processors.
  private let number: CInt
  private let arena = Result { try CodeArena() }
  private let engines = Mutex(Engines())

  private struct Engines: Sendable {
    var idle: [EmulatedEngine] = []
    /// Those that run, by the machine state that they run with.
    var running: [UInt64: EmulatedEngine] = [:]
  }

  private init(_ name: String, hasAtomics: Bool, number: CInt) {
    testDescription = name
    self.number = number
    target = .arm64(ARM64Features(hasAtomics: hasAtomics))
  }

  /// The trait for tests that emulate: without the library they are skipped and say why, but in CI they fail.
  package static var required: ConditionTrait {
    .enabled("\(unavailability ?? "")") {
      guard let reason = unavailability else { return true }
      if ProcessEnvironment["CI"] == "true" { throw Unavailable(reason: "CI must emulate, but: \(reason)") }
      return false
    }
  }

  /// Why nothing can be emulated here; nil where it can.
  package static var unavailability: String? {
    #if arch(x86_64)
    do {
      _ = try Unicorn.library.get()
      return nil
    } catch { return "skipped: \(error)" }
    #else
    return "skipped: the stubs by which emulated code is entered are for x86-64"
    #endif
  }

  package func load(_ code: [UInt8]) throws(CompilationError) -> any CodeMemory {
    guard let arena = try? arena.get() else {
      throw CompilationError(slot: nil, reason: "there is no memory for emulated code")
    }
    return EmulatedCode(at: arena.add(code))
  }

  /// Runs emulated code for the host: what it returns.
  fileprivate static func enter(_ place: UInt64, _ arguments: [UInt64]) -> UInt64 {
    for processor in all {
      if let arena = try? processor.arena.get(), arena.contains(place) {
        return processor.run(place, arguments, arena)
      }
    }
    Issue.record("no emulated code lies at \(place)")
    return 0
  }

  private func run(_ place: UInt64, _ arguments: [UInt64], _ arena: CodeArena) -> UInt64 {
    // A call within a call of the same machine goes on with its engine.
    let state = arguments[0]
    if let running = engines.withLock({ $0.running[state] }) { return running.call(place, arguments) }
    do {
      let idle = engines.withLock { $0.idle.popLast() }
      let engine = try idle ?? EmulatedEngine(arena, processor: number)
      engines.withLock { $0.running[state] = engine }
      defer {
        engines.withLock {
          $0.running[state] = nil
          $0.idle.append(engine)
        }
      }
      return engine.call(place, arguments)
    } catch {
      Issue.record(error)
      return 0
    }
  }
}

/// Code in the arena, with the stubs by which the host enters it.
private final class EmulatedCode: CodeMemory {
  let base: UInt64
  private let stubs = Mutex<[any CodeMemory]>([])

  init(at base: UInt64) { self.base = base }

  /// A stub in x86-64 that passes its arguments on, the code's address behind them.
  func entrance(at offset: Int) -> UInt64 {
    let enter: Entrance = { a, b, c, d, e, f, place in EmulatedProcessor.enter(place, [a, b, c, d, e, f]) }
    let address = unsafe UInt64(unsafeBitCast(enter, to: UInt.self))
    let stub: [UInt8] =
      [0x48, 0xB8] + Self.bytes(base + UInt64(offset))  // mov rax, place
      + [0x50]  // push rax: the seventh argument, and the stack is aligned
      + [0x48, 0xB8] + Self.bytes(address)  // mov rax, enter
      + [0xFF, 0xD0]  // call rax
      + [0x59, 0xC3]  // pop rcx; ret
    guard let memory = try? HostProcessor().load(stub) else { return 0 }
    stubs.withLock { $0.append(memory) }
    return memory.entrance(at: 0)
  }

  private typealias Entrance =
    @convention(c) (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) -> UInt64

  private static func bytes(_ value: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
  }
}
