import BPFVerifier

/// The colours of a refusal.
enum VerdictPaint {
  /// Dresses a part of the text for a stream that may be a terminal.
  static func paint(_ part: RejectionText.Part, _ text: String, on isTerminal: Bool) -> String {
    switch part {
    case .place, .message: Console.styled(text, .bold, on: isTerminal)
    case .errorLabel: Console.styled(text, .red, .bold, on: isTerminal)
    case .noteLabel: Console.styled(text, .blue, .bold, on: isTerminal)
    case .helpLabel, .caret: Console.styled(text, .green, .bold, on: isTerminal)
    }
  }
}
