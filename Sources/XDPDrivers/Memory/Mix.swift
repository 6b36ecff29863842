/// Choices with weights, of which one is drawn again and again, such as `udp:6+tcp:3+icmp`.
public struct Mix<Choice: Hashable & Sendable>: Hashable, Sendable {
  /// One choice, and how often it is drawn beside the others.
  public struct Part: Hashable, Sendable {
    /// What is drawn.
    public var choice: Choice
    /// Its share, in parts of the sum of all weights.
    public var weight: UInt32

    /// Makes a part.
    public init(_ choice: Choice, weight: UInt32 = 1) {
      self.choice = choice
      self.weight = weight
    }
  }

  /// The choices, at least one, none of them of weight 0.
  public let parts: [Part]

  /// Always the same.
  public init(_ choice: Choice) { parts = [Part(choice)] }

  /// A mix of at least one part, none of them of weight 0.
  public init(_ parts: [Part]) {
    precondition(!parts.isEmpty && parts.allSatisfy { $0.weight > 0 }, "a mix needs parts that can be drawn")
    self.parts = parts
  }

  /// Reads `CHOICE`, `CHOICE:WEIGHT`, or several of them with `+` between; nil where one cannot be read.
  init?(_ text: Substring, _ read: (Substring) -> Choice?) {
    var parts: [Part] = []
    for item in text.split(separator: "+", omittingEmptySubsequences: false) {
      let words = item.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard let choice = read(words[0]) else { return nil }
      let weight = words.count == 2 ? UInt32(words[1]) : 1
      guard let weight, weight > 0, words.last?.first != "+" else { return nil }
      parts.append(Part(choice, weight: weight))
    }
    guard !parts.isEmpty else { return nil }
    self.parts = parts
  }

  /// The mix as it is read, with each choice written by `write`.
  func text(_ write: (Choice) -> String) -> String {
    parts.map { write($0.choice) + ($0.weight == 1 ? "" : ":\($0.weight)") }.joined(separator: "+")
  }
}
