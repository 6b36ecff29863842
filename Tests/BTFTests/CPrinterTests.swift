import BTF
import Foundation
import Testing

@Suite struct `C declarations` {
  @Test(arguments: [
    ("color", "enum color {\n\tRED = 0,\n\tGREEN = 7,\n\tBLUE = 4000000000LL,\n};"),
    ("tiny", "enum tiny {\n\tTINY_A = 0,\n\tTINY_B = 200,\n} __attribute__((mode(QI)));"),
    (
      "bits",
      """
      struct bits {
      \tu32 version : 4;
      \tu32 length : 4;
      \tint delta : 5;
      \tunsigned char : 3;
      \tu64 wide : 40;
      \tbool_t flag : 1;
      };
      """
    ),
    (
      "packed",
      "struct packed {\n\tu8 tag;\n\tu32 value;\n\tu16 tail;\n} __attribute__((packed));"
    ),
    (
      "aligned",
      """
      struct aligned {
      \tu8 first;
      \tunsigned char _padding_1[63];
      \tu32 counter;
      \tu8 last;
      \tunsigned char _padding_2[59];
      };
      """
    ),
    (
      "anonymous_t",
      "typedef struct {\n\tu32 a;\n\tunion {\n\t\tu64 b;\n\t\tvoid *c;\n\t} both;\n} anonymous_t;"
    ),
    (
      "callback_t",
      "typedef int (*callback_t)(anonymous_t *, int (*)(const void *, const void *), u64 *);"
    ),
    ("user_pointer", "typedef __attribute__((btf_type_tag(\"user\"))) int *user_pointer;"),
    ("helper", "static int helper(struct node *node, int by);"),
    ("external_function", "extern int external_function(struct keeper *, ...);"),
    ("external_variable", "extern const u32 external_variable;"),
    ("banner", "static const volatile char banner[6];"),
    ("zeroed", "extern u64 zeroed[4];"),
    ("hidden", "struct hidden;"),
    ("int", "int"),
  ])
  func `read as they were written`(name: String, text: String) throws {
    let btf = try TestBTF.fixture("btf_types")
    var printer = CPrinter(btf)
    #expect(try printer.definition(of: btf.id(name)) == text)
  }

  @Test func `names stand inside their declarators`() throws {
    let btf = try TestBTF.fixture("btf_types")
    let members = try #require(btf[btf.id("node")].composite?.members)
    var printer = CPrinter(btf)
    let texts = members.filter { !$0.name.isEmpty }.map { printer.declaration(of: $0.type, named: $0.name) }
    #expect(texts.contains("int (*visit)(struct node *, const char *, ...)"))
    #expect(texts.contains("const char *const restrict names[3]"))
    #expect(texts.contains("u16 grid[2][3]"))
    #expect(texts.contains("volatile u64 counter"))
    #expect(texts.contains("u8 flexible[0]"))
  }

  /// C that fails to compile where a type doesn't lie in memory as the BTF says.
  static func checks(of btf: BTF) -> String {
    var text = ""
    for type in btf.types {
      guard let composite = type.composite, !composite.name.isEmpty else { continue }
      let name = "\(type.kind) \(composite.name)"
      text += "_Static_assert(sizeof(\(name)) == \(composite.byteCount), \"\(name)\");\n"
      for member in composite.members where member.bitFieldWidth == 0 && !member.name.isEmpty {
        text +=
          "_Static_assert(__builtin_offsetof(\(name), \(member.name)) == \(member.bitOffset / 8), \"\(name).\(member.name)\");\n"
      }
    }
    return text
  }

  static func compilerOutput(of source: String) throws -> String {
    let compiler = Process()
    compiler.executableURL = URL(filePath: "/usr/bin/env")
    compiler.arguments = [
      "clang", "-target", "bpf", "-fsyntax-only", "-Wno-everything", "-ferror-limit=5", "-x", "c", "-",
    ]
    let input = Pipe()
    let output = Pipe()
    compiler.standardInput = input
    compiler.standardError = output
    try compiler.run()
    let writer = Thread {
      try? input.fileHandleForWriting.write(contentsOf: Data(source.utf8))
      try? input.fileHandleForWriting.close()
    }
    writer.start()
    let message = try output.fileHandleForReading.readToEnd() ?? Data()
    compiler.waitUntilExit()
    return String(decoding: message, as: UTF8.self) + (compiler.terminationStatus == 0 ? "" : "failed")
  }

  static let hasCompiler = (try? compilerOutput(of: "int x;")) == ""

  @Test(.enabled(if: hasCompiler), arguments: ["btf_types", "core_local", "core_target", "shared_state"])
  func `of a whole object compile, with the same layout`(fixture: String) throws {
    let btf = try TestBTF.fixture(fixture)
    let source = CPrinter.header(of: btf) + Self.checks(of: btf)
    #expect(try Self.compilerOutput(of: source) == "")
  }

  @Test(.enabled(if: hasCompiler))
  func `keep apart what has one name, and make identifiers of what is none`() throws {
    let int = `CO-RE relocations`.int
    let odd = BTFType.integer(name: "u32::<T>", byteCount: 4, bitOffset: 0, bitCount: 32, encoding: .unsigned)
    let enumeration = BTFType.enumeration(
      name: "",
      byteCount: 4,
      isSigned: false,
      values: [.init(name: "A", value: 1), .init(name: "s", value: 2)]
    )
    let btf = BTF(
      types: [
        .void, int, odd, `CO-RE relocations`.structure("s", fieldAt: 0),
        `CO-RE relocations`.structure("s", fieldAt: 8, type: 2),
        .union(.init(name: "s", byteCount: 4, members: [.init(name: "int", type: 1, bitOffset: 0)])),
        .typedef(name: "s", of: 3), .typedef(name: "s", of: 4), enumeration, enumeration,
        .forward(name: "s", isUnion: true),
        .typedef(name: "while", of: 10), .variable(name: ".rodata.x", type: 11, linkage: .global),
      ]
    )
    let header = CPrinter.header(of: btf)
    #expect(header.contains("struct s___2 {"))
    #expect(header.contains("typedef unsigned int u32___T_;"))
    #expect(try Self.compilerOutput(of: header) == "")
  }

  @Test(.enabled(if: hasCompiler && TestBTF.hasKernel))
  func `of the running kernel compile`() throws {
    let btf = try BTF(#require(TestBTF.kernelBytes))
    let header = CPrinter.header(of: btf, includingFunctions: false)
    #expect(try Self.compilerOutput(of: header) == "")
  }
}
