/// A symbol of an ELF file (`Elf64_Sym`).
struct ELFSymbol: Sendable {
  /// What a symbol names (`STT_…`).
  enum Kind: Equatable, Sendable {
    case none, object, function, section, file
    case other(UInt8)

    init(_ raw: UInt8) {
      switch raw {
      case 0: self = .none
      case 1: self = .object
      case 2: self = .function
      case 3: self = .section
      case 4: self = .file
      default: self = .other(raw)
      }
    }
  }

  /// Who sees it (`STB_…`).
  enum Binding: Sendable { case local, global, weak }

  /// Where it is defined (`st_shndx`).
  enum Home: Equatable, Sendable {
    case undefined, absolute, common
    case section(Int)
  }

  /// `sizeof(Elf64_Sym)`.
  static let byteCount = 24

  let name: String
  let kind: Kind
  let binding: Binding
  /// `STV_HIDDEN` or `STV_INTERNAL`: global for the static linker, static for the verifier.
  let isHidden: Bool
  let home: Home
  /// The offset within its section.
  let value: Int
  /// 0 where the compiler recorded none.
  let size: Int

  /// The section that it is defined in.
  var section: Int? { if case .section(let index) = home { index } else { nil } }
}
