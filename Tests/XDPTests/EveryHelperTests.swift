import BPF
import BPFRuntime
import Foundation
import TestSupport
import Testing
import XDP

/// All that Linux 6.18 lets XDP programs call, by name: `Tests/Fixtures/helpers/names.txt` and `functions.txt`.
@Suite struct `Everything that programs may call` {
  static let helpers = names("names")
  static let functions = names("functions")

  private static func names(_ file: String) -> [String] {
    let bytes = try? Fixture.bytes(of: "helpers/\(file).txt")
    return String(decoding: bytes ?? [], as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test func `is listed whole`() {
    #expect(Self.helpers.count == 104)
    #expect(Self.functions.count == 136)
  }

  /// Calls a helper in a program of its own, and gives what the load warns of and what the run says.
  private func call(_ target: CallTarget, externs: [Extern] = []) throws -> (warnings: [String], trap: Trap?)
  {
    var program = Program("caller", [.call(target), .exit], license: "GPL")
    program.externs = externs
    let object = try LoadedObject(unverified: [program])
    var test = try PacketTest(object.engines[0], on: object.makeWorker())
    let outcome = try test.run(PacketTest.Input([UInt8](repeating: 0, count: 60)))
    var watched = try PacketTest(object.oracle(for: object.engines[0]), on: object.makeWorker())
    let again = try watched.run(PacketTest.Input([UInt8](repeating: 0, count: 60)))
    if outcome.trap?.kind == .unknownHelper { #expect(again.trap?.message == outcome.trap?.message) }
    return (object.warnings, outcome.trap)
  }

  /// What is there is called, what is not has its own words, with its name and a reason; nothing is both.
  private func check(_ name: String, isThere: Bool, _ seen: (warnings: [String], trap: Trap?)) {
    let answer = "which this engine does not have: "
    if isThere {
      #expect(seen.warnings == [])
      #expect(seen.trap?.kind != .unknownHelper)
    } else {
      #expect(seen.trap?.kind == .unknownHelper)
      for text in seen.warnings + [seen.trap?.message ?? ""] {
        #expect(text.contains("\(name), \(answer)"), "\(text)")
      }
      #expect(seen.warnings.count == 1)
    }
  }

  @Test(arguments: helpers)
  func `of the helpers runs here or says by its name why it does not`(name: String) throws {
    let id = try #require(HelperNames.id(of: name))
    // Tail calls are the engine's own.
    let isThere = HelperTable.xdp[id] != nil || id == 12
    check(name, isThere: isThere, try call(.helper(id)))
    #expect(MissingHelpers.helperNames.contains(name) == !isThere)
  }

  @Test(arguments: functions)
  func `of the kernel's functions runs here or says by its name why it does not`(name: String) throws {
    let function = Extern(name: name, kind: .function, isWeak: false, type: 0, slots: [0])
    let seen = try call(.kernelFunction(btfID: 0, module: 0), externs: [function])
    check(name, isThere: HelperTable.xdp[function: name] != nil, seen)
  }

  @Test func `is all that there is here`() {
    let helpers = HelperTable.xdp.ids.compactMap(HelperNames.name)
    #expect(Set(helpers).isSubset(of: Self.helpers))
    #expect(Set(HelperTable.xdp.functionNames).isSubset(of: Self.functions))
    #expect(Set(MissingHelpers.helperNames).isSubset(of: Self.helpers))
  }
}
