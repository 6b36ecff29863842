import BPF

extension KernelMap {
  /// Stores a program's or map's id at a position.
  func store(_ id: UInt32, at slot: Int) throws(KernelError) {
    try asKernelError { () throws(MapError) in
      let key = [UInt8](repeating: 0, count: definition.keySize)
        .replacingWord(at: 0, with: UInt32(truncatingIfNeeded: slot))
      try update(key, to: [UInt8](repeating: 0, count: 4).replacingWord(at: 0, with: id))
    }
  }

  /// Stores the only value of an array.
  func store(_ bytes: [UInt8]) throws(KernelError) {
    try asKernelError { () throws(MapError) in try update([0, 0, 0, 0], to: bytes) }
  }

  /// The only value of an array.
  func bytes() throws(KernelError) -> [UInt8] {
    try asKernelError { () throws(MapError) in try lookup([0, 0, 0, 0]) } ?? []
  }

  /// Stores a data section's bytes, and freezes what the program may only read.
  func fill(with bytes: [UInt8], _ section: MapDefinition.DataSection) throws(KernelError) {
    let padding = [UInt8](repeating: 0, count: max(0, definition.valueSize - bytes.count))
    try asKernelError { () throws(MapError) in
      if section != .zero { try update([0, 0, 0, 0], to: bytes + padding) }
      if section == .readOnly || section == .kconfig { try freeze() }
    }
  }

  private func asKernelError<Result>(_ body: () throws(MapError) -> Result) throws(KernelError) -> Result {
    do {
      return try body()
    } catch {
      throw KernelError(
        command: error.operation,
        subject: error.map,
        code: error.code,
        advice: error.detail.isEmpty ? nil : error.detail
      )
    }
  }
}
