import BPF
import BPFObject
import Foundation
import LinuxKernel
import TestSupport
import Testing

/// Programs that call helpers with every kind of argument and keep what they give.
@Suite(KernelAccess.required) struct `General helpers on every engine` {
  /// One program of a fixture.
  struct Subject: CustomStringConvertible {
    var object: String
    var program: String
    var description: String { "\(object): \(program)" }
  }

  static let subjects = [
    "loops": ["counting", "nested", "elements"],
    "iterators": ["counting", "nested", "set_bits", "open_ended", "sections"],
    "locks": ["transfer", "everywhere", "global"],
    "dynptrs": ["memory", "records", "packets", "fragments"],
    "text": ["format", "compare"], "timers": ["answers"], "counts": ["counting"],
  ].sorted { $0.key < $1.key }.flatMap { object in
    object.value.map { Subject(object: object.key, program: $0) }
  }

  @Test(arguments: subjects, Judge.allCases)
  func `give the same results`(subject: Subject, judge: Judge) throws {
    let object = try Fixture.object("helpers/\(subject.object)")
    var engines = try Engines(object, entry: subject.program, judge: judge)
    let packet = (0..<(subject.program == "fragments" ? 6000 : 60)).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    for _ in 0..<2 {
      let seen = try engines.run(packet)
      #expect(seen.interpreter == seen.kernel)
    }
    let differing = try engines.differingGlobals() + engines.differingMaps()
    #expect(differing == [])
  }

  @Test(arguments: Judge.allCases, Seeds.first(4))
  func `read the same numbers out of text`(judge: Judge, seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    var engines = try Engines(try Fixture.object("helpers/text"), entry: "parse", judge: judge)
    let table: [String] = [
      "0", "-0", "1", "-1", "  42", "\t\n 42x", "x", "-", "--1", "+1", "0x", "0x1f", "0X1F", "0xg", "077",
      "08",
      "0x0x1", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
      "18446744073709551615", "18446744073709551616", "1777777777777777777777", "2000000000000000000000",
      "ffffffffffffffff", "10000000000000000", "-0x10", "- 1", "1 2", " ", "",
      "000000000000000000000000000000000000000000000000000000000000001",
    ]
    var texts = seed == 0 ? table.map { Array($0.utf8) } : []
    for _ in 0..<20 {
      let letters = Array("0123456789abcdefxX- \t\u{b}+g".utf8) + [0, 0xa0]
      texts.append((0..<Int.random(in: 1...30, using: &random)).map { _ in random.pick(letters) })
    }
    for text in texts {
      for base: UInt32 in [0, 8, 10, 16] + (seed == 0 ? [1, 2, 7, 31, 32, 42] : []) {
        let size = UInt32(max(1, min(64, text.count + Int.random(in: -1...2, using: &random))))
        try engines.set("input", to: text)
        try engines.set("length", to: size.bytes)
        try engines.set("base", to: base.bytes)
        _ = try engines.run([UInt8](repeating: 0, count: 60))
        let differing = try engines.differingGlobals() + engines.differingMaps()
        #expect(differing == [], "'\(String(decoding: text, as: UTF8.self))', \(size) bytes, base \(base)")
      }
    }
  }

  @Test(arguments: Judge.allCases, Seeds.first(4))
  func `put the same values into text`(judge: Judge, seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    var engines = try Engines(try Fixture.object("helpers/text"), entry: "format", judge: judge)
    for _ in 0..<15 {
      var values: [UInt8] = []
      for _ in 0..<12 {
        let wide = random.next() >> UInt64.random(in: 0...63, using: &random)
        values += random.pick([wide, 0 &- wide, UInt64.max, 0, 1 << 31, 1 << 63]).bytes
      }
      try engines.set("data", to: values)
      try engines.set(
        "input",
        to: random.pick([random.bytes(40), Array("hello, world".utf8), Array("hellp".utf8)])
      )
      try engines.set("room", to: UInt32.random(in: 0...256, using: &random).bytes)
      _ = try engines.run([UInt8](repeating: 0, count: 60))
      let differing = try engines.differingGlobals() + engines.differingMaps()
      #expect(differing == [])
    }
  }

  @Test(arguments: Judge.allCases)
  func `refuse the same formats`(judge: Judge) throws {
    var engines = try Engines(try Fixture.object("helpers/text"), entry: "formats", judge: judge)
    let formats = [
      "", "plain", "%d", "%d %d %d", "%d %d %d %d", "%5d", "%-5d", "%05d", "%+d", "% d", "%#x", "%.3d", "%ld",
      "%lld",
      "%llld", "%hd", "%hhx", "%o", "%c", "%lc", "%5c", "%f", "%", "%%", "%%%d", "%5%", "%i", "%u", "%lu",
      "%llu",
      "%X", "%s", "%sx", "%s,", "%s %d", "%ls", "%p", "%px", "%pK", "%pS", "%ps", "%pB", "%pI4", "%pi4",
      "%pI6", "%pi6",
      "%pI5", "%pI", "%pM", "%pks", "%pus", "%pk", "%pksx", "%p.", "%p4", "%z", "\u{7f}", "tab\t",
      "bell\u{7}",
      "%0+- 12lldx", "%123456789d",
    ]
    for format in formats {
      let text = Array(format.utf8)
      for isTerminated in [true, false] where isTerminated || !text.isEmpty {
        try engines.set("input", to: text)
        try engines.set("length", to: UInt32(text.count + (isTerminated ? 1 : 0)).bytes)
        _ = try engines.run([UInt8](repeating: 0, count: 60))
        let differing = try engines.differingGlobals() + engines.differingMaps()
        #expect(differing == [], "'\(format)'\(isTerminated ? "" : ", no NUL")")
      }
    }
  }

  @Test(arguments: Judge.allCases, Seeds.first(3))
  func `compare the same texts`(judge: Judge, seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    var engines = try Engines(try Fixture.object("helpers/text"), entry: "compare", judge: judge)
    for _ in 0..<25 {
      let letters = Array("hHeElLoO ".utf8) + [0x80, 0xff]
      for (name, limit) in [("input", 12), ("second", 5)] {
        let count = Int.random(in: 0...limit, using: &random)
        try engines.set(name, to: (0..<count).map { _ in random.pick(letters) })
      }
      _ = try engines.run([UInt8](repeating: 0, count: 60))
      let differing = try engines.differingGlobals() + engines.differingMaps()
      #expect(differing == [])
    }
  }

  @Test(arguments: Judge.allCases)
  func `timers call the same functions as often`(judge: Judge) throws {
    var engines = try Engines(try Fixture.object("helpers/timers"), entry: "firing", judge: judge)
    for _ in 0..<4 {
      _ = try engines.run([UInt8](repeating: 0, count: 60))
      usleep(60_000)
    }
    // Ours run when the next batch comes.
    _ = try engines.run([UInt8](repeating: 0, count: 60))
    let differing = try engines.differingGlobals() + engines.differingMaps()
    #expect(differing == [])
    #expect(try engines.values(of: "from_function", count: 4).ours[3] == 77)
  }

  @Test func `clocks show the kernel's time`() throws {
    var engines = try Engines(try Fixture.object("helpers/text"), entry: "clocks", judge: .interpreter)
    _ = try engines.run([UInt8](repeating: 0, count: 60))
    let values = try engines.values(of: "results", count: 5)
    for (ours, kernels) in zip(values.ours, values.kernels).prefix(4) {
      #expect(ours.magnitudeOfDifference(from: kernels) < 60_000_000_000)
    }
  }
}

extension FixedWidthInteger {
  /// Its bytes in a program's order.
  fileprivate var bytes: [UInt8] {
    (0..<bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> Self($0 * 8)) }
  }
}

extension UInt64 {
  fileprivate func magnitudeOfDifference(from other: UInt64) -> UInt64 {
    self > other ? self - other : other - self
  }
}
