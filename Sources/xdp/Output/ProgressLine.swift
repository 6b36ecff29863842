/// A line on a terminal that says how far a long job is; silent for its first second and where there is no terminal.
struct ProgressLine {
  private let started = ContinuousClock.now
  private var drawn: ContinuousClock.Instant
  private var isShown = false
  private let isEnabled: Bool

  /// `isEnabled` is false for a job that shows something else.
  init(isEnabled: Bool = Terminal.isError) {
    self.isEnabled = isEnabled
    drawn = started
  }

  /// Shows the text that `describe` makes, at most ten times a second.
  mutating func update(_ describe: () -> String) {
    guard isEnabled else { return }
    let now = ContinuousClock.now
    guard now - started > .seconds(1), now - drawn > .milliseconds(100) else { return }
    drawn = now
    isShown = true
    Console.draw("\r\u{1B}[K" + describe())
  }

  /// Clears the line.
  mutating func finish() {
    if isShown { Console.draw("\r\u{1B}[K") }
    isShown = false
  }
}
