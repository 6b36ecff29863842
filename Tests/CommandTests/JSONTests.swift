import JSON
import TestSupport
import Testing
import xdp

@Suite struct `JSON` {
  @Test(arguments: [
    ("null", "null"), (" true ", "true"), ("[1,2 , 3]", "[1, 2, 3]"),
    (#"{"b":1,"a":[]}"#, #"{"b": 1, "a": []}"#),
    ("-0", "0"), ("18446744073709551615", "18446744073709551615"),
    ("-9223372036854775808", "-9223372036854775808"),
    ("1.5e3", "1500.0"), (#""\u00e9\ud83d\ude00\n\"""#, #""é😀\n\"""#), (#""\u0000""#, #""\u0000""#),
    (#""/\/""#, #""//""#),
  ])
  func `that is read is written again`(text: String, expected: String) throws {
    #expect(JSONText.line(try JSONParser.parse(text)) == expected)
  }

  @Test(arguments: [
    ("", 1, 1), ("[1,\n 2,]", 2, 4), ("{\"a\":1,\n\"a\":2}", 2, 1), ("01", 1, 1), ("1.", 1, 3),
    ("[1 2]", 1, 4),
    ("\"\u{1}\"", 1, 2), ("\"a", 1, 1), (#""\ud800""#, 1, 2), (#""\x""#, 1, 2), ("truth", 1, 1),
    ("nul", 1, 1),
    ("{} {}", 1, 4), ("18446744073709551616", 1, 1), ("1e999", 1, 1), ("{a:1}", 1, 2), (#""\u12"#, 1, 2),
    ("[", 1, 2), ("-", 1, 2), ("+1", 1, 1), (#"{"a" 1}"#, 1, 6),
  ])
  func `that is malformed is refused at its place`(text: String, line: Int, column: Int) {
    let error = #expect(throws: JSONError.self) { try JSONParser.parse(text) }
    #expect(error?.line == line)
    #expect(error?.column == column)
  }

  @Test func `that is not UTF-8 is refused`() {
    #expect(throws: JSONError.self) { try JSONParser.parse([0x22, 0xFF, 0x22]) }
  }

  @Test func `nested a million deep is refused, not followed`() {
    for bracket in ["[", "{\"a\":"] {
      #expect(throws: JSONError.self) { try JSONParser.parse(String(repeating: bracket, count: 1_000_000)) }
    }
  }

  @Test
  func `with any bytes changed is read or refused, and what is read is written and read again as the same`() {
    let seed = Array(
      #"{"a": [1, -2.5e3, true, null, "\u00e9\ud83d\ude00\n"], "b": {"c": "18446744073709551615"}}"#.utf8
    )
    var random = SplitMix(seed: 1)
    var readable = 0
    for _ in 0..<20_000 {
      var bytes = seed
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: place)
        default: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &random)], at: place)
        }
      }
      guard let value = try? JSONParser.parse(bytes) else { continue }
      readable += 1
      #expect((try? JSONParser.parse(JSONText.document(value))) == value)
    }
    #expect(readable > 100 && readable < 19_000)
  }

  @Test func `as deep as the limit is read`() throws {
    let depth = JSONParser.depthLimit
    let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    #expect(JSONText.line(try JSONParser.parse(text)) == text)
  }

  private static let exactIntegers: [(Int128, String)] = [
    (9_007_199_254_740_992, "9007199254740992"), (9_007_199_254_740_993, #""9007199254740993""#),
    (-9_007_199_254_740_992, "-9007199254740992"), (-9_007_199_254_740_993, #""-9007199254740993""#),
    (0, "0"),
  ]

  @Test(arguments: exactIntegers)
  func `keeps integers exact beyond what doubles hold`(number: Int128, expected: String) {
    #expect(JSONText.line(.number(number)) == expected)
  }

  @Test func `keeps integers of 128 bits without a sign exact`() throws {
    let text = JSONText.line(.number(UInt128.max))
    #expect(text == #""340282366920938463463374607431768211455""#)
    #expect(JSONText.line(.number(UInt128(1))) == "1")
  }

  @Test func `is broken into lines where it does not fit one`() {
    let row: JSONValue = .array(Array(repeating: "abcdefghij", count: 6))
    let document: JSONValue = ["short": [1, 2], "rows": [row, row], "empty": [:]]
    let line = #"["abcdefghij", "abcdefghij", "abcdefghij", "abcdefghij", "abcdefghij", "abcdefghij"]"#
    #expect(
      String(decoding: JSONText.document(document), as: UTF8.self) == """
        {
          "short": [1, 2],
          "rows": [
            \(line),
            \(line)
          ],
          "empty": {}
        }

        """
    )
  }
}

@Suite struct `Hexadecimal digits` {
  @Test(arguments: [
    ("", [UInt8]()), ("00ff", [0, 255]), ("0xAb:cd ef", [0xAB, 0xCD, 0xEF]), ("b7  00\n0 1", [0xB7, 0, 1]),
  ])
  func `reads bytes with space and colons between`(text: String, bytes: [UInt8]) throws {
    #expect(try Hex.bytes(text) == bytes)
  }

  @Test(arguments: [
    ("abc", Hex.ParseError.oddLength(digits: 3)), ("0g", .notADigit("g", position: 2)),
    ("00 0x", .notADigit("x", position: 5)), ("１１", .notADigit("１", position: 1)),
  ])
  func `refuses what is no byte`(text: String, error: Hex.ParseError) {
    #expect(throws: error) { try Hex.bytes(text) }
  }
}

@Suite struct `Option values` {
  private static let sizes: [(String, Int?)] = [
    ("1", 1), ("4096", 4096), ("512K", 512 << 10), ("1GiB", 1 << 30), ("2m", 2 << 20), ("0", nil),
    ("-1", nil),
    ("9999999999G", nil), ("1X", nil), ("", nil), ("M", nil),
  ]

  @Test(arguments: sizes)
  func `that are sizes have units`(text: String, byteCount: Int?) {
    #expect(ByteSize(argument: text)?.byteCount == byteCount)
  }

  private static let clocks: [(String, ClockChoice?)] = [
    ("capture", .capture), ("host", .host), ("0", .fixed(0)), ("18446744073709551615", .fixed(.max)),
    ("-1", nil),
    ("now", nil),
  ]

  @Test(arguments: clocks)
  func `that are clocks are words or nanoseconds`(text: String, clock: ClockChoice?) {
    #expect(ClockChoice(argument: text) == clock)
  }

  @Test(arguments: [("a=1", "a", "1"), ("a=", "a", ""), ("a=b=c", "a", "b=c")])
  func `that assign are split at the first sign`(text: String, name: String, value: String) {
    #expect(Assignment(argument: text)?.name == name)
    #expect(Assignment(argument: text)?.value == value)
  }

  @Test(arguments: ["", "a", "=1"]) func `that assign to nothing are refused`(text: String) {
    #expect(Assignment(argument: text) == nil)
  }
}
