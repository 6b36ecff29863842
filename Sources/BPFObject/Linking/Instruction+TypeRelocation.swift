import BPF
import BTF

extension Instruction {
  /// What becomes of an instruction with a CO-RE relocation.
  enum TypeRelocationOutcome: Hashable {
    case patched(Instruction)
    /// The target has nothing to put in: the instruction must never run.
    case unresolved(String)
    /// The relocation and the instruction contradict each other.
    case refused(String)
  }

  /// This instruction with a CO-RE answer in the place of what the compiler saw.
  ///
  /// Constants get their value from it, loads and stores their offset and, if that loses nothing, their width.
  func patched(by resolution: COREResolution) -> TypeRelocationOutcome {
    guard let value = resolution.value else { return .unresolved(resolution.explanation) }
    switch self {
    case .alu(let operation, let width, let register, .immediate(let old)):
      if let original = resolution.original, Int32(truncatingIfNeeded: original) != old {
        return .refused("the instruction holds \(old) instead of \(original)")
      }
      guard let new = Self.immediate(value) else { return .refused("\(value) doesn't fit into 32 bits") }
      return .patched(.alu(operation, width, register, .immediate(new)))
    case .loadImmediate(let register, .value(let old)):
      if let original = resolution.original, original != old {
        return .refused("the instruction holds \(old) instead of \(original)")
      }
      return .patched(.loadImmediate(register, .value(value)))
    default:
      return memoryAccess.map { patched($0, by: resolution, offset: value) }
        ?? .refused("the instruction holds neither a constant nor an offset")
    }
  }

  private func patched(
    _ access: (address: Address, byteCount: Int),
    by resolution: COREResolution,
    offset: UInt64
  ) -> TypeRelocationOutcome {
    if let original = resolution.original, Int64(bitPattern: original) != access.address.offset {
      return .refused("the instruction's offset is \(access.address.offset) instead of \(original)")
    }
    guard let offset = Int16(exactly: offset) else {
      return .refused("offset \(offset) doesn't fit into 16 bits")
    }
    let address = Address(access.address.base, offset)
    switch resolution.access {
    case .none: return replacing(address, byteCount: access.byteCount)
    case .lossy(let from, let to):
      return .unresolved("\(resolution.explanation), with \(to) bytes instead of \(from)")
    case .resize(let from, let to):
      guard from == access.byteCount else {
        return .refused("the instruction accesses \(access.byteCount) bytes instead of \(from)")
      }
      return replacing(address, byteCount: to)
    }
  }

  /// The memory that this accesses; nil for an instruction that isn't a load or store.
  private var memoryAccess: (address: Address, byteCount: Int)? {
    switch self {
    case .load(let size, _, let address), .loadSignExtending(let size, _, let address),
      .store(let size, _, let address), .loadAcquire(let size, _, let address),
      .storeRelease(let size, _, let address):
      (address, size.byteCount)
    case .atomic(_, let width, _, let address): (address, width.bitCount / 8)
    default: nil
    }
  }

  /// This load or store with another address and width.
  private func replacing(_ address: Address, byteCount: Int) -> TypeRelocationOutcome {
    guard let size = Size.allCases.first(where: { $0.byteCount == byteCount }) else {
      return .refused("no instruction accesses \(byteCount) bytes")
    }
    switch self {
    case .load(_, let register, _): return .patched(.load(size, register, from: address))
    case .store(_, let operand, _): return .patched(.store(size, operand, to: address))
    case .loadAcquire(_, let register, _): return .patched(.loadAcquire(size, register, from: address))
    case .storeRelease(_, let register, _): return .patched(.storeRelease(size, register, to: address))
    case .loadSignExtending(size, let register, _):
      return .patched(.loadSignExtending(size, register, from: address))
    case .atomic(let operation, let width, let register, _) where width.bitCount == size.bitCount:
      return .patched(.atomic(operation, width, register, at: address))
    default: return .refused("the instruction can't access \(byteCount) bytes")
    }
  }

  private static func immediate(_ value: UInt64) -> Int32? {
    Int32(exactly: Int64(bitPattern: value)) ?? UInt32(exactly: value).map { Int32(bitPattern: $0) }
  }
}
