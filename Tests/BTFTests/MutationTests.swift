import BTF
import TestSupport
import Testing

@Suite struct `Mutated BTF` {
  /// Does with a parsed BTF all that can be done; only ends of it matter.
  static func exercise(_ btf: BTF, random: inout SplitMix) {
    for (index, type) in btf.types.enumerated() {
      let id = BTF.TypeID(index)
      _ = btf.resolved(id)
      _ = btf.alignment(of: id)
      _ = btf.member("b", of: id)
      _ = btf.memberNames(of: id)
      _ = try? btf.place(of: "->inner.b", in: id)
      if let byteCount = btf.byteCount(of: id), byteCount < 4096 {
        let bytes = random.bytes(byteCount)
        if let value = try? btf.decode(bytes, as: id) { _ = try? btf.encode(value, as: id) }
      }
      _ = btf.find(named: type.name, kind: type.kind)
    }
    #expect(CPrinter.header(of: btf).utf8.count < 10_000_000)
    if let bytes = try? btf.encoded() { #expect(throws: Never.self) { try BTF(bytes) == btf } }
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func `objects with flipped bits end in an error or in types that can be walked`(seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    let fixture = random.pick(["btf_types", "core_local", "core_target", "shared_state"])
    let sound = try TestBTF.section(".BTF", of: fixture)
    for _ in 0..<25 {
      var bytes = sound
      for _ in 0...Int.random(in: 0..<4, using: &random) {
        let bit = Int.random(in: 0..<(bytes.count * 8), using: &random)
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      }
      guard let btf = try? BTF(bytes) else { continue }
      Self.exercise(btf, random: &random)
    }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `words that became others end in an error or in types that can be walked`(seed: UInt64) throws {
    var random = SplitMix(seed: 1000 + seed)
    let fixture = random.pick(["btf_types", "core_local", "core_target"])
    let sound = try TestBTF.section(".BTF", of: fixture)
    let typeBytes = sound.count / 3
    for _ in 0..<25 {
      var bytes = sound
      for _ in 0...Int.random(in: 0..<4, using: &random) {
        let word = 6 + Int.random(in: 0..<(typeBytes / 4), using: &random)
        let value: UInt32 = random.pick([
          0, 1, 2, 3, 20, 40, 0x7fff_ffff, 0xffff_ffff, 0x8400_0002, 0x0400_ffff,
        ])
        bytes.replaceSubrange((word * 4)..<(word * 4 + 4), with: TestBTF.littleEndian(value))
      }
      guard let btf = try? BTF(bytes) else { continue }
      Self.exercise(btf, random: &random)
    }
  }

  @Test(arguments: ["btf_types", "core_local"])
  func `every truncation ends in an error`(fixture: String) throws {
    let btf = try TestBTF.fixture(fixture)
    let sound = try TestBTF.section(".BTF", of: fixture)
    for length in 0..<sound.count {
      #expect(throws: BTFError.self, "cut to \(length) bytes") { try BTF(Array(sound.prefix(length))) }
    }
    let ext = try TestBTF.section(".BTF.ext", of: fixture)
    for length in 0..<ext.count {
      let part = Array(ext.prefix(length))
      #expect(throws: BTFError.self, "cut to \(length) bytes") {
        try BTFExtension(parsing: part.rawBytes, btf: btf)
      }
    }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `relocations with flipped bits, for flipped targets, end`(seed: UInt64) throws {
    var random = SplitMix(seed: 2000 + seed)
    let local = try TestBTF.fixture("core_local")
    let soundTarget = try TestBTF.section(".BTF", of: "core_target")
    let soundExtension = try TestBTF.section(".BTF.ext", of: "core_local")
    for _ in 0..<25 {
      var bytes = soundTarget
      for _ in 0..<3 {
        let bit = Int.random(in: 0..<(bytes.count * 8), using: &random)
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      }
      var ext = soundExtension
      for _ in 0..<3 {
        let bit = Int.random(in: 0..<(ext.count * 8), using: &random)
        ext[bit / 8] ^= 1 << UInt8(bit % 8)
      }
      let target = (try? BTF(bytes)) ?? local
      guard let relocations = try? BTFExtension(parsing: ext.rawBytes, btf: local).relocations else {
        continue
      }
      var resolver = COREResolver(local: local, target: target)
      for relocation in relocations.values.joined() { _ = try? resolver.resolve(relocation) }
    }
  }

  @Test(.enabled(if: TestBTF.hasKernel))
  func `the kernel's types, cut and flipped, end in an error or are read`() throws {
    let sound = try #require(TestBTF.kernelBytes)
    var random = SplitMix(seed: 5)
    for _ in 0..<6 {
      let length = Int.random(in: 0..<sound.count, using: &random)
      #expect(throws: BTFError.self) { try BTF(Array(sound.prefix(length))) }
    }
    for _ in 0..<3 {
      var bytes = sound
      for _ in 0..<8 {
        let bit = Int.random(in: 0..<(bytes.count * 8), using: &random)
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      }
      _ = try? BTF(bytes)
    }
  }
}
