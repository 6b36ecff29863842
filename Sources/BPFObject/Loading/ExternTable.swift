import BPF
import BTF

/// The symbols that an object expects from its loader, by their index in the symbol table.
struct ExternTable: Sendable {
  /// A symbol of `.ksyms`: a kernel function or variable.
  struct KernelSymbol: Sendable {
    let name: String
    let kind: Extern.Kind
    let isWeak: Bool
    let type: BTF.TypeID
  }

  private(set) var kernelSymbols: [Int: KernelSymbol] = [:]
  private(set) var kconfig: KconfigTable
  /// By symbol, the variable's offset in the map `.kconfig`.
  private(set) var kconfigOffsets: [Int: Int] = [:]

  /// Finds the declarations of undefined symbols among the object's types.
  ///
  /// A symbol without a declaration is left out: it is an error only where it is used.
  init(_ elf: ELFFile, _ btf: BTF?) throws(ObjectError) {
    let undefined = elf.symbols.indices.filter {
      elf.symbols[$0].home == .undefined && !elf.symbols[$0].name.isEmpty && elf.symbols[$0].binding != .local
    }
    guard let btf, !undefined.isEmpty else {
      kconfig = try KconfigTable([], type: 0, elf)
      return
    }
    let declarations = Declarations(btf)
    var variables: [KconfigVariable] = []
    var symbols: [String: Int] = [:]
    for index in undefined {
      let symbol = elf.symbols[index]
      let isWeak = symbol.binding == .weak
      guard symbols.updateValue(index, forKey: symbol.name) == nil else {
        throw elf.error(.duplicate("undefined symbol of the name"), symbol: symbol.name)
      }
      if let type = declarations.kconfig[symbol.name] {
        guard let form = KconfigVariable.Form(type, in: btf) else {
          throw elf.error(.kconfigValue("its type holds no configuration value"), symbol: symbol.name)
        }
        variables.append(KconfigVariable(name: symbol.name, form: form, isWeak: isWeak))
      } else if let declared = declarations.kernel[symbol.name] {
        kernelSymbols[index] = KernelSymbol(
          name: BTF.essentialName(symbol.name),
          kind: declared.kind,
          isWeak: isWeak,
          type: declared.type
        )
      }
    }
    kconfig = try KconfigTable(variables, type: declarations.kconfigSection, elf)
    for variable in kconfig.variables {
      if let index = symbols[variable.name] { kconfigOffsets[index] = variable.offset }
    }
  }

  /// What the object's types say of undefined symbols.
  private struct Declarations {
    /// Types of the variables in `.kconfig`.
    var kconfig: [String: BTF.TypeID] = [:]
    var kconfigSection: BTF.TypeID = 0
    /// Functions and variables in `.ksyms`.
    var kernel: [String: (kind: Extern.Kind, type: BTF.TypeID)] = [:]

    init(_ btf: BTF) {
      for (index, type) in btf.types.enumerated() {
        let id = BTF.TypeID(index)
        switch type {
        case .dataSection(".kconfig", _, let variables):
          kconfigSection = id
          for variable in variables {
            if case .variable(let name, let type, _) = btf[variable.type] { kconfig[name] = type }
          }
        case .dataSection(".ksyms", _, let variables):
          for variable in variables {
            switch btf[variable.type] {
            case .function(let name, _, _): kernel[name] = (.function, variable.type)
            case .variable(let name, let type, _):
              kernel[name] = (btf.resolved(type) == 0 ? .symbol : .variable, type)
            default: continue
            }
          }
        default: continue
        }
      }
    }
  }
}
