/// What `.BTF.ext` says about an object's instructions: functions, source lines and CO-RE relocations.
///
/// All are grouped by the name of the ELF section that they are about, in the order of the file.
public struct BTFExtension: Hashable, Sendable {
  /// Which function begins where (`struct bpf_func_info`).
  public var functions: [String: [FunctionRecord]] = [:]
  /// Which source line an instruction came from (`struct bpf_line_info`).
  public var lines: [String: [LineRecord]] = [:]
  /// Which instructions depend on the layout of the kernel's types (`struct bpf_core_relo`).
  public var relocations: [String: [CORERelocation]] = [:]

  /// A function's first instruction.
  public struct FunctionRecord: Hashable, Sendable {
    /// From the start of the ELF section, in bytes.
    public var byteOffset: Int
    /// A `function` of the object's BTF.
    public var type: BTF.TypeID
    /// Makes a record.
    public init(byteOffset: Int, type: BTF.TypeID) {
      self.byteOffset = byteOffset
      self.type = type
    }
  }

  /// The source position of an instruction and of those after it, up to the next record.
  public struct LineRecord: Hashable, Sendable {
    /// From the start of the ELF section, in bytes.
    public var byteOffset: Int
    /// The source file as the compiler was given it.
    public var file: String
    /// Counted from 1; 0 where the compiler knew none.
    public var line: Int
    /// Counted from 1; 0 where the compiler knew none.
    public var column: Int
    /// The line's text without its newline; empty where it was not recorded.
    public var text: String
    /// Makes a record.
    public init(byteOffset: Int, file: String, line: Int, column: Int, text: String) {
      self.byteOffset = byteOffset
      self.file = file
      self.line = line
      self.column = column
      self.text = text
    }
  }

  /// Makes an empty collection.
  public init() {}

  /// Reads a `.BTF.ext` section, whose strings and types are those of the object's BTF.
  ///
  /// Records longer than we know are accepted, and what is new in them ignored.
  public init(parsing data: RawSpan, btf: BTF) throws(BTFError) {
    var parser = try ExtensionParser(data, btf: btf)
    functions = try parser.functions()
    lines = try parser.lines()
    relocations = try parser.relocations()
  }
}
