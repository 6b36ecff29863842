import BTF

/// An object's types in the kernel, which names keys, values and functions by them (`BPF_BTF_LOAD`).
final class KernelTypes: Sendable {
  let descriptor: Descriptor

  private init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

  /// Loads types; nil where the kernel will not have them, for programs and maps work without.
  static func load(_ btf: BTF?) -> KernelTypes? {
    guard let btf, let bytes = try? btf.forKernel.encoded() else { return nil }
    var call = BPFCall()
    call.point(at: bytes, from: 0)
    call.set(UInt32(bytes.count), at: 16)
    return (try? call.perform(.btfLoad)).map { KernelTypes(Descriptor(owning: $0)) }
  }
}

extension BTF {
  /// These types in a form that the kernel takes, under the same numbers.
  ///
  /// It knows no functions but static and global ones, and no variables of other linkage than these in data sections
  /// whose sizes a linker has filled in. Sections it would refuse become empty structs, their variables bytes.
  fileprivate var forKernel: BTF {
    let incomplete = types.contains { type in
      guard case .dataSection(_, let byteCount, let variables) = type else { return false }
      return byteCount == 0 || variables.contains { self[$0.type].kind != .variable } || variables.isEmpty
    }
    return BTF(
      types: types.map { type in
        switch type {
        // Nothing but a section names it, and its parameters may lack the names that the kernel wants.
        case .function(_, _, .extern):
          .integer(name: "function", byteCount: 1, bitOffset: 0, bitCount: 8, encoding: .unsigned)
        case .dataSection where incomplete:
          .structure(BTFType.Composite(name: "", byteCount: 0, members: []))
        case .variable where incomplete:
          .integer(name: "variable", byteCount: 1, bitOffset: 0, bitCount: 8, encoding: .unsigned)
        default: type
        }
      }
    )
  }
}
