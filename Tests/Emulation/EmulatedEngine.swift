import BPFRuntime
import CUnicorn
internal import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// An arm64 processor over the host's own memory: what it loads and stores lies at the same addresses here.
///
/// It is stricter than a real one: what it calls loses every register that a function may lose, and who calls it finds
/// those that a function must keep, or the test fails. One thread uses it at a time.
///
/// Unsafe: memory is shared only where the host has some, and what is called is a function of the host's that takes six
/// numbers, as everything does that machine code calls.
@safe final class EmulatedEngine: @unchecked Sendable {
  private let unicorn: Unicorn
  private let engine: Unicorn.Engine
  private let arena: CodeArena
  private let stackTop: UInt64
  /// How many calls are under way, one within the other.
  private var depth = 0

  private enum Register {
    static let stackPointer: CInt = 4, programCounter: CInt = 260

    /// The number that unicorn gives a general register.
    static func general(_ number: Int) -> CInt { number < 29 ? 199 + CInt(number) : CInt(number) - 28 }
  }

  /// What a function must leave as it is: its caller's registers, and the platform's.
  private static let kept = [18] + Array(19...29)
  /// What a function may change.
  private static let lost = Array(1...17)

  init(_ arena: CodeArena, processor: CInt) throws {
    unicorn = try Unicorn.library.get()
    self.arena = arena
    var engine: Unicorn.Engine? = nil
    let isOpen = unsafe unicorn.open(2, 0, &engine) == Unicorn.done
    guard isOpen, let engine = unsafe engine else { throw Unavailable(reason: "unicorn has no arm64") }
    unsafe self.engine = engine
    let stack = try CodeArena.reserve(CodeArena.granule)
    stackTop = stack + UInt64(CodeArena.granule) - 64
    guard unsafe unicorn.choose(processor, for: engine) == Unicorn.done,
      share(arena.base, arena.byteCount, access: 5), share(stack, CodeArena.granule, access: 3)
    else { throw Unavailable(reason: "unicorn cannot share memory") }
    var hook = 0
    let mapper: Unicorn.MemoryHook = { _, kind, address, _, _, context in
      guard kind != Unicorn.fetchKind, let context = unsafe context else { return false }
      let engine = unsafe Unmanaged<EmulatedEngine>.fromOpaque(context).takeUnretainedValue()
      return engine.isMapped(address)
        && engine.share(address & ~UInt64(CodeArena.granule - 1), CodeArena.granule, access: 3)
    }
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    guard unsafe unicorn.addHook(engine, &hook, Unicorn.unmapped, mapper, context, 1, 0) == Unicorn.done
    else {
      throw Unavailable(reason: "unicorn takes no hooks")
    }
  }

  /// Lets the processor use memory of the host's: 1 to read, 2 to write, 4 to run.
  private func share(_ address: UInt64, _ byteCount: Int, access: UInt32) -> Bool {
    guard let place = unsafe UnsafeMutableRawPointer(bitPattern: UInt(address)) else { return false }
    return unsafe unicorn.map(engine, address, byteCount, access, place) == Unicorn.done
  }

  /// Whether the host has memory at an address.
  private func isMapped(_ address: UInt64) -> Bool {
    var isThere: UInt8 = 0
    let page = UInt(address) & ~UInt(getpagesize() - 1)
    return unsafe mincore(UnsafeMutableRawPointer(bitPattern: page), Int(getpagesize()), &isThere) == 0
  }

  private subscript(register: CInt) -> UInt64 {
    get {
      var value: UInt64 = 0
      _ = unsafe unicorn.read(engine, register, &value)
      return value
    }
    set {
      var value = newValue
      _ = unsafe unicorn.write(engine, register, &value)
    }
  }

  private subscript(general number: Int) -> UInt64 {
    get { self[Register.general(number)] }
    set { self[Register.general(number)] = newValue }
  }

  /// Calls a function with up to six arguments: what it returns.
  func call(_ function: UInt64, _ arguments: [UInt64]) -> UInt64 {
    if depth == 0 {
      self[Register.stackPointer] = stackTop
      for number in Self.kept { self[general: number] = 0x5AFE_0000_0000_0000 + UInt64(number) }
    }
    depth += 1
    defer { depth -= 1 }
    let before = Self.kept.map { self[general: $0] } + [self[Register.stackPointer]]
    spoil()
    for (number, argument) in arguments.enumerated() { self[general: number] = argument }
    self[general: 30] = arena.base
    var place = function
    while true {
      let answer = unsafe unicorn.start(engine, place, arena.base, 0, 0)
      if answer == Unicorn.done { break }
      let target = self[Register.programCounter]
      guard Unicorn.fetchErrors.contains(answer), let callee = unsafe Self.host(target) else {
        Issue.record("emulated code stopped at \(arena.describe(target)): \(unicorn.describe(answer))")
        return 0
      }
      if self[Register.stackPointer] % 16 != 0 { Issue.record("the stack is not aligned in a call") }
      place = self[general: 30]
      let values = (0..<6).map { self[general: $0] }
      let result = unsafe callee(
        UnsafeMutableRawPointer(bitPattern: UInt(values[0]))!,
        values[1],
        values[2],
        values[3],
        values[4],
        values[5]
      )
      spoil()
      self[general: 0] = result
    }
    let after = Self.kept.map { self[general: $0] } + [self[Register.stackPointer]]
    if before != after { Issue.record("registers before a call \(before), after it \(after)") }
    return self[general: 0]
  }

  /// Changes what a function may change.
  private func spoil() {
    for number in Self.lost { self[general: number] = 0xDEAD_0000_0000_0000 + UInt64(number) }
  }

  /// The function of the host's at an address; nil where there is none.
  private static func host(_ address: UInt64) -> HelperThunk? {
    let place = unsafe UnsafeRawPointer(bitPattern: UInt(address))
    guard let place = unsafe place, unsafe cunicorn_is_of_program(place) != 0 else { return nil }
    return unsafe unsafeBitCast(place, to: HelperThunk.self)
  }
}
