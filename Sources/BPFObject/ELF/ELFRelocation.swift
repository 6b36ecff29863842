/// A relocation without an explicit addend (`Elf64_Rel`): what is at the place is the addend.
struct ELFRelocation: Sendable {
  /// The types that LLVM's BPF backend has written, in all its versions (`R_BPF_…`).
  ///
  /// Which one stands at a place says little: before LLVM 13 `relative32` served calls and data alike, and
  /// before LLVM 4 calls had number 2.
  enum Kind: UInt32, Sendable {
    case none = 0
    /// `R_BPF_64_64`: a 64-bit immediate load; in old objects 64 bits of data too.
    case load64 = 1
    /// `R_BPF_64_ABS64`: 64 bits of data.
    case absolute64 = 2
    /// `R_BPF_64_ABS32`: 32 bits of data.
    case absolute32 = 3
    /// `R_BPF_64_NODYLD32`: 32 bits of `.BTF` and `.BTF.ext`.
    case notForLoaders32 = 4
    /// `R_BPF_64_32`: a call; in old objects 32 bits of data too.
    case relative32 = 10
  }

  /// `sizeof(Elf64_Rel)`.
  static let byteCount = 16

  /// The byte within the section that it applies to.
  let offset: Int
  let kind: Kind
  /// An index into the file's symbols.
  let symbol: Int
}
