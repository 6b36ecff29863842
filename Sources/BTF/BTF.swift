/// The types of an object or of a kernel, in the BPF Type Format (kernel document `Documentation/bpf/btf.rst`).
public struct BTF: Hashable, Sendable {
  /// The number of a type; 0 is `void`.
  public typealias TypeID = UInt32

  /// The types by number; index 0 is `void`.
  public let types: [BTFType]

  /// Makes a collection from types whose numbers are their indices; index 0 must be `.void`.
  public init(types: [BTFType]) { self.types = types }
}
